// SPDX-License-Identifier: GPL-2.0-only
/* The new variable must not meet another of that name. */
static int q_mmap(struct queue *q, struct vm_area_struct *vma)
{
	unsigned int i, nr_pages = q->size >> PAGE_SHIFT;
	int num_pages = 0;
	int spare;
	int err;

	for (i = 0; i < nr_pages; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, q->pages[i]);
		if (err)
			return err;
	}
	return num_pages;
}
