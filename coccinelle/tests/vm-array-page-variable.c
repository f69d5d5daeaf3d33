// SPDX-License-Identifier: GPL-2.0-only
/* The page goes through a variable. */
static int gem_map(struct gem *obj, struct vm_area_struct *vma, unsigned int count)
{
	unsigned long uaddr = vma->vm_start;
	struct page *page;
	unsigned int i;
	int ret;

	for (i = 0; i < count; i++) {
		page = obj->pages[i];
		ret = vm_insert_page(vma, uaddr + ((unsigned long)i << PAGE_SHIFT), page);
		if (ret != 0)
			goto out;
	}
	ret = 0;
out:
	return ret;
}

static int gem_map_inner(struct gem *obj, struct vm_area_struct *vma)
{
	unsigned long i;

	if (obj->imported)
		for (i = 0; i < 4; i++) {
			struct page *page = obj->pages[i];

			if (vm_insert_page(vma, vma->vm_start + (i << PAGE_SHIFT), page))
				return -ENXIO;
		}
	return 0;
}
