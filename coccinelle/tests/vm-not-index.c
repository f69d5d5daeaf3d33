// SPDX-License-Identifier: GPL-2.0-only
/* Index and address do not go along by one page from the start. */
static int a_first(struct a *a, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int ret;

	for (i = 1; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, a->pages[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int a_other_index(struct a *a, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, a->pages[n - 1 - i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int a_step(struct a *a, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n; i += 2) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, a->pages[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int a_size(struct a *a, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * a->page_size, a->pages[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int a_same_page(struct a *a, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start, a->pages[i]);
		if (ret)
			return ret;
	}
	return 0;
}
