// SPDX-License-Identifier: GPL-2.0-only
/* Some rows leave the switch. */
static vm_fault_t vgem_fault(struct vm_fault *vmf)
{
	int err;

	err = vm_insert_page(vmf->vma, vmf->address, vmf->vma->vm_private_data);
	switch (err) {
	case -ENOMEM:
		return VM_FAULT_OOM;
	case 0:
	case -EBUSY:
		break;
	default:
		return VM_FAULT_SIGBUS;
	}
	return VM_FAULT_NOPAGE;
}
