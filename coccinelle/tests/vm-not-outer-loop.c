// SPDX-License-Identifier: GPL-2.0-only
/* The user address goes on from one round of the outer loop to the next. */
static int blocks_mmap(struct blocks *b, struct vm_area_struct *vma, unsigned int len)
{
	unsigned long start = vma->vm_start;
	unsigned int i, j;
	int err;

	for (j = 0; j < b->nr; j++) {
		for (i = 0; i < len; i++) {
			err = vm_insert_page(vma, start, b->block[j].pages[i]);
			if (err)
				return err;
			start += PAGE_SIZE;
		}
	}
	return 0;
}

static int blocks_walk(struct blocks *b, struct vm_area_struct *vma, unsigned int n)
{
	unsigned long start = vma->vm_start;
	unsigned int i;
	int err;

	while (blocks_next(b)) {
		for (i = 0; i < n; i++) {
			err = vm_insert_page(vma, start, b->pages[i]);
			if (err)
				return err;
			start += PAGE_SIZE;
		}
	}
	return 0;
}

static int blocks_again(struct blocks *b, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int err;

again:
	for (i = 0; i < n; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, b->pages[i]);
		if (err)
			return err;
	}
	if (blocks_next(b))
		goto again;
	return 0;
}
