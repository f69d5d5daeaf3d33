// SPDX-License-Identifier: GPL-2.0-only
/* User address and index go along, up to the end of the VMA. */
static int usb_mmap(struct urbs *u, struct vm_area_struct *vma)
{
	unsigned long addr;
	int i = 0, err;

	for (addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE) {
		err = vm_insert_page(vma, addr, u->pages[i++]);
		if (err)
			return err;
	}
	return 0;
}

static int usb_mmap_two(struct urbs *u, struct vm_area_struct *vma)
{
	unsigned long addr;
	int i, err;

	for (i = 0, addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE, i++) {
		err = vm_insert_page(vma, addr, u->pages[i]);
		if (err)
			return err;
	}
	return 0;
}
