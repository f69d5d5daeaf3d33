// SPDX-License-Identifier: GPL-2.0-only
/* Loops that are not for. */
static int v_mmap(void *kaddr, struct vm_area_struct *vma, unsigned long size)
{
	unsigned long uaddr = vma->vm_start;

	do {
		struct page *page = vmalloc_to_page(kaddr);
		int ret;

		ret = vm_insert_page(vma, uaddr, page);
		if (ret)
			return ret;

		uaddr += PAGE_SIZE;
		kaddr += PAGE_SIZE;
		size -= PAGE_SIZE;
	} while (size > 0);
	return 0;
}

static int v_mmap_while(struct v *v, struct vm_area_struct *vma, long size)
{
	unsigned long uaddr = vma->vm_start;
	int i = 0;

	while (size > 0) {
		if (vm_insert_page(vma, uaddr, v->pages[i++]))
			return -EAGAIN;
		uaddr += PAGE_SIZE;
		size -= PAGE_SIZE;
	}
	return 0;
}
