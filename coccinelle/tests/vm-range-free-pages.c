// SPDX-License-Identifier: GPL-2.0-only
/* Pages of the linear map; the address is a number. */
struct trace {
	unsigned long buf;
};

static int trace_open(struct trace *t)
{
	t->buf = __get_free_pages(GFP_KERNEL | __GFP_COMP, 3);
	return t->buf ? 0 : -ENOMEM;
}

static int trace_map(struct trace *t, struct vm_area_struct *vma)
{
	unsigned long addr;
	int err;

	for (addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE) {
		err = vm_insert_page(vma, addr, virt_to_page((void *)(t->buf + (addr - vma->vm_start))));
		if (err)
			return err;
	}
	return 0;
}

static int trace_mmap(struct file *file, struct vm_area_struct *vma)
{
	return trace_map(file->private_data, vma);
}

static int trace_mmap_count(struct file *file, struct vm_area_struct *vma)
{
	struct trace *t = file->private_data;
	unsigned int i, n = t->count;
	int err = 0;

	for (i = 0; i < n; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE,
				     virt_to_page((void *)(t->buf + i * PAGE_SIZE)));
		if (err)
			break;
	}
	return err;
}
