// SPDX-License-Identifier: GPL-2.0-only
/* Memory for user space, but nothing says that the mmap lock is held for writing. */
static int l_receive(struct l *l, struct vm_area_struct *vma, unsigned long size)
{
	void *area = vmalloc_user(size);
	unsigned long off;
	int ret;

	for (off = 0; off < size; off += PAGE_SIZE) {
		ret = vm_insert_page(vma, vma->vm_start + off, vmalloc_to_page(area + off));
		if (ret)
			return ret;
	}
	return 0;
}

static int l_narrow(struct l *l, struct vm_area_struct *vma)
{
	unsigned long addr;
	u8 i = 0;
	int ret;

	for (addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE) {
		ret = vm_insert_page(vma, addr, l->pages[i++]);
		if (ret)
			return ret;
	}
	return 0;
}
