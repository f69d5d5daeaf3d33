// SPDX-License-Identifier: GPL-2.0-only
/* The body does more than insert. */
static int g_users(struct g *g, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int rv;

	for (i = 0; i < n; i++) {
		g->users++;
		rv = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, g->pages[i]);
		if (rv)
			return rv;
	}
	return 0;
}

static int g_alloc(struct vm_area_struct *vma)
{
	unsigned long addr;

	for (addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE) {
		struct page *page = alloc_page(GFP_KERNEL);
		int ret;

		if (!page)
			return -ENOMEM;
		ret = vm_insert_page(vma, addr, page);
		if (ret) {
			__free_page(page);
			return ret;
		}
		put_page(page);
	}
	return 0;
}

static int g_call(struct g *g, struct vm_area_struct *vma, unsigned int n)
{
	unsigned int i;
	int rv;

	for (i = 0; i < n; i++) {
		rv = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, g_pages(g)[i]);
		if (rv)
			return rv;
	}
	return 0;
}

static int g_list(struct g *g, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	struct ref *ref;
	int rv;

	list_for_each_entry(ref, &g->refs, list) {
		rv = vm_insert_page(vma, addr, ref->page);
		if (rv)
			return rv;
		addr += PAGE_SIZE;
	}
	return 0;
}

static int g_pfn(struct g *g, struct vm_area_struct *vma)
{
	unsigned long va, pfn = g->pfn;
	int err = 0;

	for (va = vma->vm_start; va < vma->vm_end; va += PAGE_SIZE, pfn++) {
		err = vm_insert_page(vma, va, pfn_to_page(pfn));
		if (err)
			break;
	}
	return err;
}
