// SPDX-License-Identifier: GPL-2.0-only
/* The types of counter and bound decide how often a loop runs. */
static int t_shift(struct t *t, struct vm_area_struct *vma, unsigned int n)
{
	int i, ret;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + (i << PAGE_SHIFT), t->pages[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int t_unknown(struct t *t, struct vm_area_struct *vma)
{
	int i, ret;

	for (i = 0; i < t->count; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, t->pages[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int t_narrow(struct t *t, struct vm_area_struct *vma, unsigned long n)
{
	u8 i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, t->pages[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int t_signed(struct t *t, struct vm_area_struct *vma, long n)
{
	long i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, t->pages[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static const struct dma_buf_ops t_ops = {
	.mmap = t_words,
};

static int t_words(u32 *buf, struct vm_area_struct *vma, unsigned long size)
{
	unsigned long off;
	int ret;

	buf = vmalloc_user(size);
	for (off = 0; off < size; off += PAGE_SIZE) {
		ret = vm_insert_page(vma, vma->vm_start + off, vmalloc_to_page(buf + off));
		if (ret)
			return ret;
	}
	return 0;
}
