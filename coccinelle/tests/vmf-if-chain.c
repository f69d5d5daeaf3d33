// SPDX-License-Identifier: GPL-2.0-only
/* A chain of tests behind an initialised variable. */
static vm_fault_t psb_fault(struct vm_fault *vmf)
{
	int err = vm_insert_page(vmf->vma, vmf->address, vmf->vma->vm_private_data);

	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	if (err < 0 && err != -EBUSY)
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}

static vm_fault_t else_fault(struct vm_fault *vmf)
{
	int err;

	err = vm_insert_page(vmf->vma, vmf->address, vmf->vma->vm_private_data);
	if (likely(!err || err == -EBUSY)) {
		return VM_FAULT_NOPAGE;
	} else if (err == -ENOMEM) {
		return VM_FAULT_OOM;
	} else {
		return VM_FAULT_SIGBUS;
	}
}

static vm_fault_t ladder_fault(struct vm_fault *vmf)
{
	int err;

	err = vm_insert_page(vmf->vma, vmf->address, vmf->vma->vm_private_data);
	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	if (err == -EBUSY)
		return VM_FAULT_NOPAGE;
	if (err)
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}
