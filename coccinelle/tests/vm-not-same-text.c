// SPDX-License-Identifier: GPL-2.0-only
/* Two loops of one text cannot be told apart. */
static int s_mmap(struct s *s, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, s->pages[i]);
		if (ret)
			return ret;
	}
	s_next(s);
	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, s->pages[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int s_static(struct s *s, struct vm_area_struct *vma, unsigned int n)
{
	static unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, s->pages[i]);
		if (ret)
			return ret;
	}
	return 0;
}
