// SPDX-License-Identifier: GPL-2.0-only
/* Unwinding needs to know how far the loop came. */
static int vb_mmap(struct vb *vb, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, vb->pages[i]);
		if (ret)
			goto undo;
	}
	return 0;
undo:
	while (i--)
		put_page(vb->pages[i]);
	return ret;
}

static int vb_mmap_said(struct vb *vb, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, vb->pages[i]);
		if (ret) {
			pr_err("page %u\n", i);
			return ret;
		}
	}
	return 0;
}

static int vb_mmap_cursor(struct vb *vb, struct vm_area_struct *vma, unsigned int n)
{
	unsigned long addr = vma->vm_start;
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, addr, vb->pages[i]);
		if (ret)
			return ret;
		addr += PAGE_SIZE;
	}
	return vb_map_status(vb, vma, addr);
}
