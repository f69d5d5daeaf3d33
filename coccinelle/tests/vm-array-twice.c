// SPDX-License-Identifier: GPL-2.0-only
/* Two loops of one function: one variable each, the counter is shared. */
static int pair_mmap(struct pair *p, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, p->sq[i]);
		if (err)
			return err;
	}
	for (i = 0; i < n; i++) {
		err = vm_insert_page(vma, p->cq_start + i * PAGE_SIZE, p->cq[i]);
		if (err)
			return err;
	}
	return 0;
}

static int pair_fill(struct pair *p, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int err;

	for (i = 0; i < n; i++)
		clear_highpage(p->sq[i]);
	for (i = 0; i < n; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, p->sq[i]);
		if (err)
			return err;
	}
	return 0;
}
