// SPDX-License-Identifier: GPL-2.0-only
/* The result goes through a variable of its own. */
static vm_fault_t tegra_fault(struct vm_fault *vmf)
{
	vm_fault_t result;
	int err;

	err = vm_insert_page(vmf->vma, vmf->address, vmf->vma->vm_private_data);
	switch (err) {
	case 0:
	case -EBUSY:
		result = VM_FAULT_NOPAGE;
		break;
	case -ENOMEM:
		result = VM_FAULT_OOM;
		break;
	default:
		result = VM_FAULT_SIGBUS;
		break;
	}
	return result;
}
