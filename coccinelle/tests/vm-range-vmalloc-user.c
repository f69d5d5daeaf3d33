// SPDX-License-Identifier: GPL-2.0-only
/* The area is seen to come from vmalloc_user(). */
static int cov_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct cov *cov = file->private_data;
	unsigned long size, off;
	struct page *page;
	void *area;
	int res;

	size = cov->words * sizeof(unsigned long);
	area = cov->area;
	for (off = 0; off < size; off += PAGE_SIZE) {
		page = vmalloc_to_page(area + off);
		res = vm_insert_page(vma, vma->vm_start + off, page);
		if (res) {
			pr_warn_once("cov: not mapped\n");
			return res;
		}
	}
	return 0;
}

static long cov_init(struct cov *cov, unsigned long size)
{
	void *area = vmalloc_user(size);

	if (!area)
		return -ENOMEM;
	cov->area = area;
	return 0;
}

static void cov_exit(struct cov *cov)
{
	vfree(cov->area);
	cov->area = NULL;
}
