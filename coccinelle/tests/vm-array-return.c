// SPDX-License-Identifier: GPL-2.0-only
/* An array under a size_t counter becomes one call. */
int ring_mmap(struct ring *ring, struct vm_area_struct *vma, size_t size)
{
	size_t count = PFN_UP(size);
	size_t i;
	int ret;

	for (i = 0; i < count; i++) {
		ret = vm_insert_page(vma, vma->vm_start + PFN_PHYS(i),
				     ring->pages[i]);
		if (ret < 0)
			return ret;
	}

	return 0;
}
