// SPDX-License-Identifier: GPL-2.0-only
/* The table is in a static helper of the handler. */
static vm_fault_t insert_one(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	int err = vm_insert_page(vma, addr, page);

	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	if (err && err != -EBUSY)
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}

static int insert_old(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	int err;

	err = vm_insert_page(vma, addr, page);
	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	return err && err != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static vm_fault_t one_fault(struct vm_fault *vmf)
{
	if (vmf->pgoff)
		return insert_old(vmf->vma, vmf->address, vmf->vma->vm_private_data);
	return insert_one(vmf->vma, vmf->address, vmf->vma->vm_private_data);
}
