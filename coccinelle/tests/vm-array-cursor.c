// SPDX-License-Identifier: GPL-2.0-only
/* The user address is a variable of its own, which nobody reads afterwards. */
static int card_mmap(struct card *card, struct vm_area_struct *vma, unsigned int n)
{
	unsigned long start = vma->vm_start;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, start, card->pages[i]);
		if (ret)
			return ret;
		start += PAGE_SIZE;
	}
	return ret;
}
