// SPDX-License-Identifier: GPL-2.0-only
/* A helper of a fault handler, one of both contexts, and one of ->mmap. */
static int in_fault(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	return vm_insert_page(vma, addr, page);
}

static int in_both(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	return vm_insert_page(vma, addr, page);
}

static int in_mmap(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	return vm_insert_page(vma, addr, page);
}

static int in_table(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	return vm_insert_page(vma, addr, page);
}

static vm_fault_t handler(struct vm_fault *vmf)
{
	if (in_fault(vmf->vma, vmf->address, vmf->page) ||
	    in_both(vmf->vma, vmf->address, vmf->page) ||
	    in_table(vmf->vma, vmf->address, vmf->page))
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}

static int do_mmap(struct file *file, struct vm_area_struct *vma)
{
	int ret = in_both(vma, vma->vm_start, file->private_data);

	return ret ?: in_mmap(vma, vma->vm_start + PAGE_SIZE, file->private_data);
}

static const struct inserter inserter = {
	.insert = in_table,
};
