// SPDX-License-Identifier: GPL-2.0-only
/* The helper gives the errno to the handler; one helper has both contexts. */
static int insert_one(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	return vm_insert_page(vma, addr, page);
}

static int insert_both(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	int err = vm_insert_page(vma, addr, page);

	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	return err && err != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static int insert_stored(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	return vm_insert_page(vma, addr, page);
}

static vm_fault_t one_fault(struct vm_fault *vmf)
{
	int err = insert_one(vmf->vma, vmf->address, vmf->vma->vm_private_data);

	if (insert_stored(vmf->vma, vmf->address, vmf->vma->vm_private_data))
		return VM_FAULT_SIGBUS;
	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	if (err && err != -EBUSY)
		return VM_FAULT_SIGBUS;
	return insert_both(vmf->vma, vmf->address, vmf->vma->vm_private_data);
}

static int one_mmap(struct file *file, struct vm_area_struct *vma)
{
	return insert_both(vma, vma->vm_start, file->private_data);
}

static const struct inserter inserter = {
	.insert = insert_stored,
};
