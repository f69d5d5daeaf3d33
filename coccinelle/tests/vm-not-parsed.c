// SPDX-License-Identifier: GPL-2.0-only
/* A function that is not C is not understood; the other one is renamed. */
static int broken(struct vm_area_struct *vma, struct page *page)
{
	if (page) {
		return vm_insert_page(vma, vma->vm_start, page)
	}}
	return 0;
}

static int whole(struct vm_area_struct *vma, struct page *page)
{
	return vm_insert_page(vma, vma->vm_start, page);
}
