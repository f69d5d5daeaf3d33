// SPDX-License-Identifier: GPL-2.0-only
/* Each table differs in one row. */
static vm_fault_t busy(struct vm_fault *vmf)
{
	int ret = vm_insert_page(vmf->vma, vmf->address, vmf->vma->vm_private_data);

	switch (ret) {
	case 0:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

static vm_fault_t nomem(struct vm_fault *vmf)
{
	int ret = vm_insert_page(vmf->vma, vmf->address, vmf->vma->vm_private_data);

	if (ret && ret != -EBUSY)
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}

static vm_fault_t zero(struct vm_fault *vmf)
{
	int ret = vm_insert_page(vmf->vma, vmf->address, vmf->vma->vm_private_data);

	if (!ret || ret == -EBUSY)
		return 0;
	return ret == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
}

static vm_fault_t inval(struct vm_fault *vmf)
{
	int ret = vm_insert_page(vmf->vma, vmf->address, vmf->vma->vm_private_data);

	switch (ret) {
	case 0:
	case -EBUSY:
	case -EINVAL:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	}
	return VM_FAULT_SIGBUS;
}

static vm_fault_t ignored(struct vm_fault *vmf)
{
	vm_insert_page(vmf->vma, vmf->address, vmf->vma->vm_private_data);
	return VM_FAULT_NOPAGE;
}
