// SPDX-License-Identifier: GPL-2.0-only
/* The loop ends by break; its counter is initialised and not needed any more. */
static int sg_mmap(struct sgbuf *sg, struct vm_area_struct *vma)
{
	unsigned int i = 0;
	int ret = 0;

	for (i = 0; i < vma_pages(vma); i++) {
		ret = vm_insert_page(vma, vma->vm_start + PAGE_SIZE * i, sg->pages[i]);
		if (ret)
			break;
	}
	return ret;
}

static int sg_mmap_long(struct sgbuf *sg, struct vm_area_struct *vma)
{
	unsigned long i = 0;
	int ret;

	for (i = 0; i < vma_pages(vma); i++) {
		ret = vm_insert_page(vma, vma->vm_start + PAGE_SIZE * i, sg->pages[i]);
		if (ret)
			break;
	}
	if (ret)
		sg->errors++;
	return ret;
}
