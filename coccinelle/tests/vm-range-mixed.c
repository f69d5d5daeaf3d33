// SPDX-License-Identifier: GPL-2.0-only
/* Ranges and an array in one function, left in three ways. */
static int nic_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct nic *nic = file->private_data;
	size_t len = nic->len;
	void *ring = (void *)get_zeroed_page(GFP_KERNEL);
	unsigned long off, i;
	int ret, err;

	for (off = 0; off < len; off += PAGE_SIZE) {
		ret = vm_insert_page(vma, vma->vm_start + off, virt_to_page(ring + off));
		if (ret)
			return ret;
	}
	for (off = 0; off < vma->vm_end - vma->vm_start; off += PAGE_SIZE)
		if (vm_insert_page(vma, vma->vm_start + off, virt_to_page(ring + off)))
			return -EIO;
	for (i = 0; i < vma_pages(vma); i++) {
		err = vm_insert_page(vma, nic->start + i * PAGE_SIZE, nic->pages[i]);
		if (err)
			break;
	}
	return err;
}
