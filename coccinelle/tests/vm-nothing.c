// SPDX-License-Identifier: GPL-2.0-only
/* No use of the names, only vm_insert_page() in a comment. */
static int nothing(struct vm_area_struct *vma)
{
	return vm_insert_kmem_page(vma, vma->vm_start, NULL);
}
