// SPDX-License-Identifier: GPL-2.0-only
/* Outside faults, declared or exported: not this semantic patch's business. */
int vm_insert_kmem_page(struct vm_area_struct *vma, unsigned long addr, struct page *page);

int vm_insert_kmem_page(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	unsigned long num = 1;

	return vm_insert_kmem_pages(vma, addr, &page, &num);
}
EXPORT_SYMBOL(vm_insert_kmem_page);

static int obj_mmap(struct file *file, struct vm_area_struct *vma)
{
	return vm_insert_page(vma, vma->vm_start, file->private_data);
}

static const struct inserter inserter = {
	.insert = vm_insert_kmem_page,
};
