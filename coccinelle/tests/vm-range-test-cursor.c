// SPDX-License-Identifier: GPL-2.0-only
/* Both addresses are cursors; the bytes come from alloc_pages_exact(). */
static int snd_mmap(struct snd *snd, struct vm_area_struct *vma)
{
	char *kaddr = alloc_pages_exact(vma->vm_end - vma->vm_start, GFP_KERNEL);
	unsigned long uaddr;

	if (!kaddr)
		return -ENOMEM;
	for (uaddr = vma->vm_start; uaddr < vma->vm_end; uaddr += PAGE_SIZE) {
		if (vm_insert_page(vma, uaddr, virt_to_page(kaddr)))
			goto fail;
		kaddr += PAGE_SIZE;
	}
	return 0;
fail:
	return -EIO;
}

static const struct snd_ops snd_ops = {
	.mmap = snd_mmap,
};
