// SPDX-License-Identifier: GPL-2.0-only
/* The table of many drm drivers; the variable is not needed any more. */
static vm_fault_t gem_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct gem *obj = vma->vm_private_data;
	pgoff_t offset = (vmf->address - vma->vm_start) >> PAGE_SHIFT;
	int ret = 0;

	if (!obj->pages)
		return VM_FAULT_SIGBUS;

	ret = vm_insert_page(vma, vmf->address, obj->pages[offset]);
	switch (ret) {
	case -EAGAIN:
	case 0:
	case -ERESTARTSYS:
	case -EINTR:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}
