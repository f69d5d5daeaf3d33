// SPDX-License-Identifier: GPL-2.0-only
/* The loop may end early, go on after an error, or forget it. */
static int e_test(struct e *e, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, e->pages[i]);
		if (ret == -ENOMEM)
			return ret;
	}
	return ret;
}

static int e_continue(struct e *e, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, e->pages[i]);
		if (ret) {
			if (ret == -EBUSY)
				continue;
			return ret;
		}
	}
	return ret;
}

static int e_forget(struct e *e, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, e->pages[i]);
	return 0;
}

static int e_bound(struct e *e, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n && e->pages[i]; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, e->pages[i]);
		if (ret)
			return ret;
	}
	return ret;
}
