// SPDX-License-Identifier: GPL-2.0-only
/* There is no helper for several pages in a fault. */
static vm_fault_t around(struct vm_fault *vmf)
{
	struct obj *obj = vmf->vma->vm_private_data;
	unsigned long num = 16;
	int ret;

	ret = vm_insert_pages(vmf->vma, vmf->address, obj->pages, &num);
	if (ret == -ENOMEM)
		return VM_FAULT_OOM;
	return ret && ret != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static vm_fault_t range(struct vm_fault *vmf)
{
	struct obj *obj = vmf->vma->vm_private_data;

	if (vm_insert_kmem_range(vmf->vma, vmf->address, obj->area, PAGE_SIZE))
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}
