// SPDX-License-Identifier: GPL-2.0-only
/* What is no call in a function. */
int vm_insert_page(struct vm_area_struct *vma, unsigned long addr, struct page *page);

int vm_insert_page(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	return -EINVAL;
}
EXPORT_SYMBOL(vm_insert_page);

#define insert_first(vma, page) \
	vm_insert_page(vma, (vma)->vm_start, page)

static int chosen(struct vm_area_struct *vma, struct page **pages, unsigned long n)
{
	int (*fn)(struct vm_area_struct *, unsigned long, struct page **, unsigned long *);

	fn = vm_insert_pages;
	return fn(vma, vma->vm_start, pages, &n);
}

static int wrapped(struct vm_area_struct *vma, struct page *page)
{
	return insert_first(vma, page);
}
