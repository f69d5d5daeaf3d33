// SPDX-License-Identifier: GPL-2.0-only
/* The result is only tested, and the loop has its own counter. */
static int fb_map(struct fb *fb, struct vm_area_struct *vma, u32 n)
{
	for (unsigned int i = 0; i < n; i++)
		if (vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, fb->pages[i]))
			return -EAGAIN;
	return 0;
}
