// SPDX-License-Identifier: GPL-2.0-only
/* A loop that does not run leaves the result alone, a call sets it. */
static int r_mmap(struct r *r, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int ret = -EINVAL;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, r->pages[i]);
		if (ret)
			return ret;
	}
	return ret;
}
