// SPDX-License-Identifier: GPL-2.0-only
/* What belongs to other errors, or does more, is left alone. */
static vm_fault_t shared(struct vm_fault *vmf)
{
	struct obj *obj = vmf->vma->vm_private_data;
	int ret;

	ret = mutex_lock_interruptible(&obj->lock);
	if (ret)
		goto out;
	ret = vm_insert_page(vmf->vma, vmf->address, obj->page);
out:
	switch (ret) {
	case 0:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

static vm_fault_t unlocks(struct vm_fault *vmf)
{
	struct obj *obj = vmf->vma->vm_private_data;
	int ret;

	mutex_lock(&obj->lock);
	ret = vm_insert_page(vmf->vma, vmf->address, obj->page);
	mutex_unlock(&obj->lock);
	if (ret == -ENOMEM)
		return VM_FAULT_OOM;
	return ret && ret != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static vm_fault_t condition(struct vm_fault *vmf)
{
	struct obj *obj = vmf->vma->vm_private_data;
	int ret = 0;

	if (obj->page)
		ret = vm_insert_page(vmf->vma, vmf->address, obj->page);
	if (ret == -ENOMEM)
		return VM_FAULT_OOM;
	return ret && ret != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static vm_fault_t direct(struct vm_fault *vmf)
{
	switch (vm_insert_page(vmf->vma, vmf->address, vmf->vma->vm_private_data)) {
	case 0:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

static vm_fault_t counted(struct vm_fault *vmf)
{
	int ret = vm_insert_page(vmf->vma, vmf->address, vmf->vma->vm_private_data);

	if (ret == -ENOMEM) {
		failures++;
		return VM_FAULT_OOM;
	}
	return ret && ret != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}
