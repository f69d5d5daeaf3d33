/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the KUnit suites share that put pages into user page tables.
 */
#ifndef _MM_TESTS_INSERT_KUNIT_H
#define _MM_TESTS_INSERT_KUNIT_H

#include <kunit/test.h>
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pgtable.h>

#ifdef CONFIG_MMU
/*
 * What a driver is to the helpers: a file whose ->mmap can be told what to do.
 * By default it does nothing, and the case inserts into the VMA afterwards.
 */
struct test_map {
	struct kunit *test;
	struct file *file;
	struct mm_struct *mm;
	unsigned long addr;
	unsigned long size;
	vm_flags_t flags;
	int (*mmap)(struct test_map *map, struct vm_area_struct *vma);
	void *private;		/* of ->mmap */
};

static int test_map_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct test_map *map = file->private_data;

	if (map->flags)
		vm_flags_set(vma, map->flags);
	return map->mmap ? map->mmap(map, vma) : 0;
}

static const struct file_operations test_map_fops = {
	.mmap = test_map_mmap,
};

KUNIT_DEFINE_ACTION_WRAPPER(test_fput, fput, struct file *);

static inline void test_map_init_fops(struct kunit *test, struct test_map *map,
				      const struct file_operations *fops)
{
	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);

	map->test = test;
	map->mm = current->mm;
	map->file = anon_inode_getfile("[insert_kunit]", fops, map, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, map->file);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, test_fput, map->file));
}

static inline void test_map_init(struct kunit *test, struct test_map *map)
{
	test_map_init_fops(test, map, &test_map_fops);
}

/* The address of a new mapping, or an errno, as mmap(2) returns it. */
static inline unsigned long test_map_try(struct test_map *map, unsigned long nr)
{
	map->size = nr * PAGE_SIZE;
	map->addr = vm_mmap(map->file, 0, map->size, PROT_READ | PROT_WRITE,
			    MAP_SHARED, 0);
	return map->addr;
}

static inline void test_map_create(struct kunit *test, struct test_map *map,
				   unsigned long nr)
{
	test_map_init(test, map);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(test_map_try(map, nr)));
}

static inline void test_map_destroy(struct kunit *test, struct test_map *map)
{
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(map->addr, map->size));
}

static inline struct page *test_alloc(struct kunit *test, gfp_t gfp,
				      unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO | gfp, order);

	KUNIT_ASSERT_NOT_NULL(test, page);
	return page;
}

/* The frame that the page tables hold for @addr, or TEST_NO_PFN. */
#define TEST_NO_PFN	ULONG_MAX

static inline unsigned long test_pfn_at(struct test_map *map,
					unsigned long addr)
{
	unsigned long pfn = TEST_NO_PFN;
	spinlock_t *ptl;	/* of the page table */
	pte_t *pte;

	pte = get_locked_pte(map->mm, addr, &ptl);
	KUNIT_ASSERT_NOT_NULL(map->test, pte);
	if (!pte_none(ptep_get(pte)))
		pfn = pte_pfn(ptep_get(pte));
	pte_unmap_unlock(pte, ptl);
	return pfn;
}

static inline long test_filepages(struct test_map *map)
{
	return get_mm_counter_sum(map->mm, MM_FILEPAGES);
}

/* NR_FILE_MAPPED, with what the CPUs have not handed in yet. */
static inline long test_file_mapped(void)
{
	long sum = atomic_long_read(&vm_node_stat[NR_FILE_MAPPED]);
#ifdef CONFIG_SMP
	struct pglist_data *pgdat;
	int cpu;

	for_each_online_pgdat(pgdat) {
		for_each_online_cpu(cpu)
			sum += per_cpu_ptr(pgdat->per_cpu_nodestats,
					   cpu)->vm_node_stat_diff[NR_FILE_MAPPED];
	}
#endif
	return sum;
}

/*
 * How many warnings a WARN_ON_ONCE() that fires @nr times makes. Architectures
 * without __WARN_FLAGS have it count once a boot, even when it is suppressed.
 */
static inline int test_warnings(int nr, bool warned)
{
#ifndef __WARN_FLAGS
	nr = !warned;
#endif
	return nr;
}

/* Expect @nr pages mapped from @addr on. */
static inline void test_mapped(struct test_map *map, unsigned long addr,
			       struct page **pages, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ_MSG(map->test, page_to_pfn(pages[i]),
				    test_pfn_at(map, addr + i * PAGE_SIZE),
				    "page %lu of %lu", i, nr);
}
#endif /* CONFIG_MMU */

#endif /* _MM_TESTS_INSERT_KUNIT_H */
