// SPDX-License-Identifier: GPL-2.0-only
/* A signed bound may be negative: then the loop does not run. */
struct buf {
	int npages;
	struct page **pages;
};

static int buf_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct buf *buf = file->private_data;
	int i, err = 0;

	mutex_lock(&buf->lock);
	for (i = 0; i < buf->npages; ++i) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, buf->pages[i]);
		if (unlikely(err)) {
			pr_err("page not mapped\n");
			goto unlock;
		}
	}
unlock:
	mutex_unlock(&buf->lock);
	return err;
}
