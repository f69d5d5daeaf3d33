// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for remap_pfn_range() and the memory type of what it maps.
 */
#include <linux/ioport.h>
#include <linux/memblock.h>
#include <linux/pfn.h>
#include <linux/prandom.h>
#ifdef CONFIG_X86_PAT
#include <asm/memtype.h>
#include <asm/set_memory.h>
#endif

#include "../internal.h"
#include "insert_kunit.h"

#ifdef CONFIG_MMU
#define TEST_ORDER	4

static int remap(struct test_map *map, unsigned long addr, unsigned long pfn,
		 unsigned long nr)
{
	struct vm_area_struct *vma;
	int err;

	mmap_write_lock(map->mm);
	vma = vma_lookup(map->mm, map->addr);
	err = remap_pfn_range(vma, addr, pfn, nr * PAGE_SIZE, vma->vm_page_prot);
	mmap_write_unlock(map->mm);
	return err;
}

/* RAM goes into part of a VMA, frame by frame, and nothing beside it. */
static void ram_is_mapped_into_part_of_a_vma(struct kunit *test)
{
	struct page *page = test_alloc(test, __GFP_COMP, TEST_ORDER);
	const unsigned long nr = 1UL << TEST_ORDER;
	struct test_map map = {};
	unsigned long addr;

	test_map_create(test, &map, nr + 2);
	addr = map.addr + PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, 0, remap(&map, addr, page_to_pfn(page), nr));

	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr));
	for (unsigned long i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, page_to_pfn(page) + i,
				test_pfn_at(&map, addr + i * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN,
			test_pfn_at(&map, addr + nr * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 1, page_ref_count(page));

	test_map_destroy(test, &map);
	__free_pages(page, TEST_ORDER);
}

/* What must come out for a range, asked for one page at a time. */
static int cachemode_by_page(unsigned long pfn, unsigned long nr,
			     pgprot_t *prot)
{
	const pgprot_t asked = *prot;

	for (unsigned long i = 0; i < nr; i++) {
		pgprot_t one = asked;
		int err = pfnmap_setup_cachemode(pfn + i, PAGE_SIZE, &one);

		if (err)
			return err;
		if (i && pgprot_val(one) != pgprot_val(*prot)) {
			*prot = asked;
			return -EINVAL;
		}
		*prot = one;
	}
	return 0;
}

static void test_cachemode(struct kunit *test, unsigned long pfn,
			   unsigned long nr, int *refused)
{
	pgprot_t expected = PAGE_SHARED, prot = PAGE_SHARED;
	const int err = cachemode_by_page(pfn, nr, &expected);

	KUNIT_EXPECT_EQ_MSG(test, err,
			    pfnmap_setup_cachemode(pfn, nr * PAGE_SIZE, &prot),
			    "pfn %#lx, %lu pages", pfn, nr);
	KUNIT_EXPECT_EQ_MSG(test, pgprot_val(expected), pgprot_val(prot),
			    "pfn %#lx, %lu pages", pfn, nr);
	*refused += !!err;
}

/* Where RAM begins and ends, and the space for old devices below 1M. */
struct test_borders {
	unsigned long pfn[32];
	unsigned int nr;
};

static int note_borders(unsigned long pfn, unsigned long nr_pages, void *data)
{
	struct test_borders *b = data;

	if (b->nr + 2 > ARRAY_SIZE(b->pfn))
		return 1;
	b->pfn[b->nr++] = pfn;
	b->pfn[b->nr++] = pfn + nr_pages;
	return 0;
}

/* A range has a memory type if all its pages have the same, and has that. */
static void memory_type_of_a_range_is_that_of_its_pages(struct kunit *test)
{
	struct test_borders b = { .pfn = { 0xa0, 0x100 }, .nr = 2 };
	struct rnd_state rnd;
	int refused = 0;

	walk_system_ram_range(0, max_pfn, &b, note_borders);
	prandom_seed_state(&rnd, 0x9a7);
	for (int i = 0; i < 2000; i++) {
		const unsigned long at = b.pfn[prandom_u32_state(&rnd) % b.nr];
		const unsigned long before = prandom_u32_state(&rnd) % 40;
		const unsigned long nr = 1 + prandom_u32_state(&rnd) % 80;

		test_cachemode(test, at - min(at, before), nr, &refused);
	}
#ifdef CONFIG_X86_PAT
	/* The layout has ranges of more than one type, if there are types. */
	KUNIT_EXPECT_GT(test, b.nr, 2);
	if (pat_enabled())
		KUNIT_EXPECT_GT(test, refused, 0);
#endif
}

#ifdef CONFIG_X86_PAT
/* RAM of one type is mapped with that type, RAM of two types is refused. */
static void ram_of_two_types_is_refused(struct kunit *test)
{
	struct page *page = test_alloc(test, __GFP_COMP, TEST_ORDER);
	const unsigned long nr = 1UL << TEST_ORDER, pfn = page_to_pfn(page);
	const unsigned long kaddr = (unsigned long)page_address(page);
	struct test_map map = {};
	int refused = 0;

	if (!pat_enabled())
		kunit_skip(test, "the CPU has no PAT");
	for (unsigned long odd = 0; odd < nr; odd++) {
		KUNIT_ASSERT_EQ(test, 0, set_memory_uc(kaddr + odd * PAGE_SIZE, 1));
		for (unsigned long first = 0; first < nr; first++)
			for (unsigned long n = 1; n <= nr - first; n++)
				test_cachemode(test, pfn + first, n, &refused);
		KUNIT_EXPECT_GT(test, refused, 0);

		/* All of a VMA would be another case: see pfnmap_track(). */
		test_map_create(test, &map, nr + 1);
		KUNIT_EXPECT_EQ(test, -EINVAL, remap(&map, map.addr, pfn, nr));
		test_map_destroy(test, &map);
		KUNIT_ASSERT_EQ(test, 0, set_memory_wb(kaddr + odd * PAGE_SIZE, 1));
	}

	KUNIT_ASSERT_EQ(test, 0, set_memory_wc(kaddr, nr));
	test_map_create(test, &map, nr + 1);
	KUNIT_EXPECT_EQ(test, 0, remap(&map, map.addr, pfn, nr));
	for (unsigned long i = 0; i < nr; i++) {
		spinlock_t *ptl;	/* of the page table */
		pte_t *pte = get_locked_pte(map.mm, map.addr + i * PAGE_SIZE, &ptl);

		KUNIT_ASSERT_NOT_NULL(test, pte);
		KUNIT_EXPECT_EQ(test, pgprot_val(pgprot_writecombine(PAGE_NONE)) & _PAGE_CACHE_MASK,
				pte_flags(ptep_get(pte)) & _PAGE_CACHE_MASK);
		pte_unmap_unlock(pte, ptl);
	}
	test_map_destroy(test, &map);
	KUNIT_ASSERT_EQ(test, 0, set_memory_wb(kaddr, nr));
	__free_pages(page, TEST_ORDER);
}
#endif

static struct kunit_case remap_pfn_cases[] = {
	KUNIT_CASE(ram_is_mapped_into_part_of_a_vma),
	KUNIT_CASE(memory_type_of_a_range_is_that_of_its_pages),
#ifdef CONFIG_X86_PAT
	KUNIT_CASE(ram_of_two_types_is_refused),
#endif
	{}
};
#else
/* Without an MMU user addresses are physical ones, others can't be mapped. */
static void other_addresses_are_refused(struct kunit *test)
{
	struct vm_area_struct vma = {};
	int err = remap_pfn_range(&vma, PAGE_SIZE, 2, PAGE_SIZE, PAGE_SHARED);

	KUNIT_EXPECT_EQ(test, -EINVAL, err);
	KUNIT_EXPECT_EQ(test, 0, vma.vm_flags);
}

static struct kunit_case remap_pfn_cases[] = {
	KUNIT_CASE(other_addresses_are_refused),
	{}
};
#endif /* CONFIG_MMU */

static struct kunit_suite remap_pfn_suite = {
	.name = "remap_pfn",
	.test_cases = remap_pfn_cases,
};

kunit_test_suite(remap_pfn_suite);

MODULE_DESCRIPTION("KUnit tests for remap_pfn_range()");
MODULE_LICENSE("GPL");
