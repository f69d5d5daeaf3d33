// SPDX-License-Identifier: GPL-2.0-only
/* Where the memory comes from is not seen, or it is not for user space. */
struct m {
	void *area;
	void *linear;
	void *both;
};

static int m_init(struct m *m, size_t size)
{
	m->area = vmalloc(size);
	m->linear = kmalloc(size, GFP_KERNEL);
	m->both = vmalloc_user(size);
	if (!m->both)
		m->both = m_find(m);
	return 0;
}

static int m_vmalloc(struct file *file, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;
	struct m *m = file->private_data;
	unsigned long off;
	int ret;

	for (off = 0; off < size; off += PAGE_SIZE) {
		ret = vm_insert_page(vma, vma->vm_start + off, vmalloc_to_page(m->area + off));
		if (ret)
			return ret;
	}
	return 0;
}

static int m_kmalloc(struct file *file, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;
	struct m *m = file->private_data;
	unsigned long off;
	int ret;

	for (off = 0; off < size; off += PAGE_SIZE) {
		ret = vm_insert_page(vma, vma->vm_start + off, virt_to_page(m->linear + off));
		if (ret)
			return ret;
	}
	return 0;
}

static int m_both(struct file *file, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;
	struct m *m = file->private_data;
	unsigned long off;
	int ret;

	for (off = 0; off < size; off += PAGE_SIZE) {
		ret = vm_insert_page(vma, vma->vm_start + off, vmalloc_to_page(m->both + off));
		if (ret)
			return ret;
	}
	return 0;
}

static const struct dma_buf_ops m_ops = {
	.mmap = m_parameter,
};

static int m_parameter(void *buf, struct vm_area_struct *vma, unsigned long size)
{
	unsigned long off;
	int ret;

	for (off = 0; off < size; off += PAGE_SIZE) {
		ret = vm_insert_page(vma, vma->vm_start + off, virt_to_page(buf + off));
		if (ret)
			return ret;
	}
	return 0;
}
