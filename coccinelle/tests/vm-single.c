// SPDX-License-Identifier: GPL-2.0-only
/* One page, or an array already. */
static int dev_mmap(struct ctx *ctx, struct vm_area_struct *vma)
{
	unsigned long num = vma_pages(vma);
	int ret = -EINVAL;

	switch (ctx->kind) {
	case KIND_SHARED:
		ret = vm_insert_page(vma, vma->vm_start, virt_to_page(ctx->page));
		break;
	case KIND_ARRAY:
		ret = vm_insert_pages(vma, vma->vm_start, ctx->pages, &num);
		break;
	}
	/* vm_insert_page() in a comment and in "vm_insert_page" stays. */
	if (ret)
		pr_debug("vm_insert_page() failed\n");
	return ret;
}

static int status_mmap(struct ctx *ctx, struct vm_area_struct *vma)
{
	return vm_insert_page(vma, vma->vm_start, virt_to_page(ctx->status));
}
