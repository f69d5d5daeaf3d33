/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For insert_bench_kunit.c on a kernel without the series: what it offers for
 * the same job.
 */
#ifndef INSERT_BENCH_COMPAT_H
#define INSERT_BENCH_COMPAT_H

#include <linux/mm.h>
#include <linux/vmalloc.h>

#define vm_insert_kmem_page	vm_insert_page
#define vm_insert_kmem_pages	vm_insert_pages

/* What drivers and remap_vmalloc_range() do. */
static inline int vm_insert_kmem_range(struct vm_area_struct *vma,
				       unsigned long addr, void *kaddr,
				       unsigned long size)
{
	const bool vmalloced = is_vmalloc_addr(kaddr);
	int err = 0;

	for (; size && !err; size -= PAGE_SIZE) {
		err = vm_insert_page(vma, addr,
				     vmalloced ? vmalloc_to_page(kaddr) :
						 virt_to_page(kaddr));
		addr += PAGE_SIZE;
		kaddr += PAGE_SIZE;
	}
	return err;
}
#endif
