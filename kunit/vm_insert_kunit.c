// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for the helpers that put kernel pages into user page tables.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/cgroup.h>
#include <linux/debug_locks.h>
#include <linux/highmem.h>
#include <linux/huge_mm.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/pgalloc.h>
#include <linux/pgtable.h>
#include <linux/prandom.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/swapops.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "../internal.h"
#include "insert_kunit.h"

#ifdef CONFIG_MMU
/* set_ptes() maps consecutive pages, however many of one folio there are. */
static void set_ptes_maps_consecutive_pages(struct kunit *test)
{
	const unsigned int order = 3, nr = 1 << order;
	struct page *page = test_alloc(test, __GFP_COMP, order);
	struct test_map map = {};
	unsigned long pfn[1 << 3];
	spinlock_t *ptl;	/* of the page table */
	pte_t *pte;

	test_map_create(test, &map, PTRS_PER_PTE + nr);
	/* One page table holds all of the run. */
	const unsigned long addr = ALIGN(map.addr, nr * PAGE_SIZE);

	mmap_write_lock(map.mm);
	struct vm_area_struct *vma = vma_lookup(map.mm, addr);

	pte = get_locked_pte(map.mm, addr, &ptl);
	if (pte) {
		set_ptes(map.mm, addr, pte, mk_pte(page, vma->vm_page_prot), nr);
		for (unsigned int i = 0; i < nr; i++) {
			pfn[i] = pte_pfn(ptep_get(pte + i));
			ptep_get_and_clear(map.mm, addr + i * PAGE_SIZE, pte + i);
		}
		pte_unmap_unlock(pte, ptl);
	}
	mmap_write_unlock(map.mm);

	KUNIT_ASSERT_NOT_NULL(test, pte);
	for (unsigned int i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ_MSG(test, pfn[i], page_to_pfn(page) + i,
				    "entry %u of %u", i, nr);

	test_map_destroy(test, &map);
	__free_pages(page, order);
}

/* All helpers behind one signature; @num counts as in the array helper. */
static int test_insert_one(struct vm_area_struct *vma, unsigned long addr,
			   struct page **pages, unsigned long *num)
{
	int err = vm_insert_kmem_page(vma, addr, *pages);

	if (!err)
		*num -= 1;
	return err;
}

static int test_insert_address(struct vm_area_struct *vma, unsigned long addr,
			       struct page **pages, unsigned long *num)
{
	int err = vm_insert_kmem_range(vma, addr, page_address(*pages), PAGE_SIZE);

	if (!err)
		*num -= 1;
	return err;
}

typedef int (*test_insert_fn)(struct vm_area_struct *vma, unsigned long addr,
			      struct page **pages, unsigned long *num);
static const test_insert_fn test_helpers[] = {
	test_insert_one, vm_insert_kmem_pages, test_insert_address,
};

/* The last one insists on the mmap lock for writing. */
#define TEST_READ_HELPERS	(ARRAY_SIZE(test_helpers) - 1)

/* Insert under the mmap lock for writing, as ->mmap would. */
static int test_insert(struct test_map *map, unsigned long addr,
		       struct page **pages, unsigned long *num)
{
	int err;

	mmap_write_lock(map->mm);
	err = vm_insert_kmem_pages(vma_lookup(map->mm, map->addr), addr, pages,
				   num);
	mmap_write_unlock(map->mm);
	return err;
}

static bool test_mixedmap(struct test_map *map)
{
	bool set;

	mmap_read_lock(map->mm);
	set = vma_lookup(map->mm, map->addr)->vm_flags & VM_MIXEDMAP;
	mmap_read_unlock(map->mm);
	return set;
}

/* Offer one page to each helper: @err must come back, and nothing be mapped. */
static void __test_refused(struct test_map *map, unsigned long addr,
			   struct page *page, int err, vm_flags_t may_set)
{
	struct kunit *test = map->test;
	const long filepages = test_filepages(map);
	const int refs = page_ref_count(page);
	struct vm_area_struct *vma;
	vm_flags_t flags;

	for (int i = 0; i < ARRAY_SIZE(test_helpers); i++) {
		unsigned long num = 1;
		int ret;

		mmap_write_lock(map->mm);
		vma = vma_lookup(map->mm, map->addr);
		flags = vma->vm_flags;
		ret = test_helpers[i](vma, addr, &page, &num);
		KUNIT_EXPECT_EQ_MSG(test, flags | may_set, vma->vm_flags | may_set,
				    "helper %d", i);
		mmap_write_unlock(map->mm);

		KUNIT_EXPECT_EQ_MSG(test, ret, err, "helper %d", i);
		KUNIT_EXPECT_EQ_MSG(test, num, 1, "helper %d", i);
		KUNIT_EXPECT_EQ_MSG(test, page_ref_count(page), refs, "helper %d", i);
		KUNIT_EXPECT_EQ_MSG(test, test_filepages(map), filepages, "helper %d", i);
	}
}

/* Refused before anything is changed, VMA flags included. */
static void test_refused(struct test_map *map, unsigned long addr,
			 struct page *page, int err)
{
	__test_refused(map, addr, page, err, 0);
}

/* Refused where only the page table could tell. */
static void test_refused_late(struct test_map *map, unsigned long addr,
			      struct page *page, int err)
{
	__test_refused(map, addr, page, err, VM_MIXEDMAP);
}

#define TEST_NR	20

static void test_alloc_array(struct kunit *test, struct page **pages)
{
	for (int i = 0; i < TEST_NR; i++)
		pages[i] = test_alloc(test, 0, 0);
}

/* Unmap, and expect that nothing but the test holds the pages. */
static void test_free_array(struct test_map *map, struct page **pages)
{
	test_map_destroy(map->test, map);
	for (int i = 0; i < TEST_NR; i++) {
		KUNIT_EXPECT_EQ_MSG(map->test, page_ref_count(pages[i]), 1, "page %d", i);
		KUNIT_EXPECT_EQ_MSG(map->test, folio_mapcount(page_folio(pages[i])), 0,
				    "page %d", i);
		__free_page(pages[i]);
	}
}

struct test_one {
	struct test_map map;
	struct page *page;
};

static int test_mmap_one(struct test_map *map, struct vm_area_struct *vma)
{
	struct test_one *one = container_of(map, struct test_one, map);

	return vm_insert_kmem_page(vma, vma->vm_start, one->page);
}

/* The whole life of one page: ->mmap, user and kernel access, munmap. */
static void test_maps_one_page(struct kunit *test, struct page *page)
{
	struct test_one one = { .map.mmap = test_mmap_one };
	u32 *kaddr, value = 0;
	u32 __user *uaddr;
	long filepages;

	one.page = page;
	test_map_init(test, &one.map);
	filepages = test_filepages(&one.map);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(test_map_try(&one.map, 1)));
	uaddr = (u32 __user *)one.map.addr;

	KUNIT_EXPECT_EQ(test, page_to_pfn(page), test_pfn_at(&one.map, one.map.addr));
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 2);
	KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(page)), 1);
	KUNIT_EXPECT_EQ(test, test_filepages(&one.map), filepages + 1);

	kaddr = kmap_local_page(page);
	kaddr[0] = 0x12345678;
	flush_dcache_page(page);
	KUNIT_EXPECT_EQ(test, get_user(value, uaddr), 0);
	KUNIT_EXPECT_EQ(test, value, 0x12345678);
	KUNIT_EXPECT_EQ(test, put_user(0x87654321, uaddr + 1), 0);
	flush_dcache_page(page);
	KUNIT_EXPECT_EQ(test, kaddr[1], 0x87654321);
	kunmap_local(kaddr);

	test_map_destroy(test, &one.map);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(page)), 0);
	KUNIT_EXPECT_EQ(test, test_filepages(&one.map), filepages);
	__free_page(page);
}

static void maps_one_page(struct kunit *test)
{
	test_maps_one_page(test, test_alloc(test, 0, 0));
}

#ifdef CONFIG_HIGHMEM
/* The kernel has no address for it. */
static void maps_one_page_of_highmem(struct kunit *test)
{
	struct page *page;

	if (!totalhigh_pages())
		kunit_skip(test, "no high memory");
	page = test_alloc(test, __GFP_HIGHMEM, 0);
	KUNIT_EXPECT_TRUE(test, PageHighMem(page));
	test_maps_one_page(test, page);
}
#endif

/* What the helper returns in ->mmap is what mmap(2) returns. */
static void mmap_returns_the_errno(struct kunit *test)
{
	struct test_one one = { .map.mmap = test_mmap_one };
	struct page *page = test_alloc(test, 0, 0);

	one.page = page;
	test_map_init(test, &one.map);
	__folio_set_offline(page_folio(page));
	KUNIT_EXPECT_EQ(test, (long)test_map_try(&one.map, 1), -EINVAL);
	__folio_clear_offline(page_folio(page));
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	__free_page(page);
}

static void maps_an_array(struct kunit *test)
{
	struct page *pages[TEST_NR];
	unsigned long num = TEST_NR;
	struct test_map map = {};
	long filepages;

	test_alloc_array(test, pages);
	test_map_create(test, &map, TEST_NR);
	filepages = test_filepages(&map);

	KUNIT_EXPECT_EQ(test, test_insert(&map, map.addr, pages, &num), 0);
	KUNIT_EXPECT_EQ(test, num, 0);
	test_mapped(&map, map.addr, pages, TEST_NR);
	KUNIT_EXPECT_EQ(test, test_filepages(&map), filepages + TEST_NR);
	for (int i = 0; i < TEST_NR; i++) {
		KUNIT_EXPECT_EQ(test, page_ref_count(pages[i]), 2);
		KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(pages[i])), 1);
	}
	test_free_array(&map, pages);
	KUNIT_EXPECT_EQ(test, test_filepages(&map), filepages);
}

/* A range that needs two page tables. */
static void crosses_a_page_table(struct kunit *test)
{
	struct page *pages[TEST_NR];
	unsigned long addr, num = TEST_NR;
	struct test_map map = {};

	test_alloc_array(test, pages);
	test_map_create(test, &map, 2 * PTRS_PER_PTE);
	addr = ALIGN(map.addr + TEST_NR * PAGE_SIZE, PMD_SIZE) - 5 * PAGE_SIZE;

	KUNIT_EXPECT_EQ(test, test_insert(&map, addr, pages, &num), 0);
	KUNIT_EXPECT_EQ(test, num, 0);
	test_mapped(&map, addr, pages, TEST_NR);
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, addr - PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN,
			test_pfn_at(&map, addr + TEST_NR * PAGE_SIZE));
	test_free_array(&map, pages);
}

/* Tail pages of a compound page, last page first, and one page twice. */
static void maps_tail_pages_in_any_order(struct kunit *test)
{
	const unsigned int order = 3, nr = 1 << order;
	struct page *head = test_alloc(test, __GFP_COMP, order);
	struct page *pages[(1 << 3) + 2];
	unsigned long num = ARRAY_SIZE(pages);
	struct folio *folio = page_folio(head);
	struct test_map map = {};
	long filepages;

	for (unsigned int i = 0; i < nr; i++)
		pages[i] = head + nr - 1 - i;
	pages[nr] = head + 3;
	pages[nr + 1] = head + 3;

	test_map_create(test, &map, ARRAY_SIZE(pages));
	filepages = test_filepages(&map);
	KUNIT_EXPECT_EQ(test, test_insert(&map, map.addr, pages, &num), 0);
	KUNIT_EXPECT_EQ(test, num, 0);
	test_mapped(&map, map.addr, pages, ARRAY_SIZE(pages));
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1 + nr + 2);
	KUNIT_EXPECT_EQ(test, folio_mapcount(folio), nr + 2);
	KUNIT_EXPECT_EQ(test, test_filepages(&map), filepages + nr + 2);

	test_map_destroy(test, &map);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);
	KUNIT_EXPECT_EQ(test, folio_mapcount(folio), 0);
	KUNIT_EXPECT_EQ(test, test_filepages(&map), filepages);
	__free_pages(head, order);
}

static void occupied_entry_is_busy(struct kunit *test)
{
	struct page *old = test_alloc(test, 0, 0), *page = test_alloc(test, 0, 0);
	struct test_map map = {};
	unsigned long num = 1;

	test_map_create(test, &map, 1);
	KUNIT_ASSERT_EQ(test, test_insert(&map, map.addr, &old, &num), 0);

	test_refused(&map, map.addr, page, -EBUSY);
	test_refused(&map, map.addr, old, -EBUSY);
	KUNIT_EXPECT_EQ(test, page_to_pfn(old), test_pfn_at(&map, map.addr));

	test_map_destroy(test, &map);
	KUNIT_EXPECT_EQ(test, page_ref_count(old), 1);
	__free_page(old);
	__free_page(page);
}

/* What is neither a page nor nothing, in the middle of a folio's run. */
static void marker_is_busy(struct kunit *test)
{
	const unsigned int order = 3, nr = 1 << order, k = 5;
	struct page *head = test_alloc(test, __GFP_COMP, order);
	struct page *pages[1 << 3];
	unsigned long num = nr, addr;
	struct test_map map = {};
	spinlock_t *ptl;	/* of the page table */
	pte_t *pte, pteval;

	for (unsigned int i = 0; i < nr; i++)
		pages[i] = head + i;
	test_map_create(test, &map, nr);
	addr = map.addr + k * PAGE_SIZE;
	pte = get_locked_pte(map.mm, addr, &ptl);
	KUNIT_ASSERT_NOT_NULL(test, pte);
	set_pte_at(map.mm, addr, pte, make_pte_marker(PTE_MARKER_GUARD));
	pte_unmap_unlock(pte, ptl);

	KUNIT_EXPECT_EQ(test, test_insert(&map, map.addr, pages, &num), -EBUSY);
	KUNIT_EXPECT_EQ(test, num, nr - k);
	test_mapped(&map, map.addr, pages, k);
	KUNIT_EXPECT_EQ(test, folio_ref_count(page_folio(head)), 1 + k);
	KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(head)), k);

	pte = get_locked_pte(map.mm, addr, &ptl);
	KUNIT_ASSERT_NOT_NULL(test, pte);
	pteval = ptep_get(pte);
	KUNIT_EXPECT_TRUE(test, pte_same(pteval, make_pte_marker(PTE_MARKER_GUARD)));
	pte_clear(map.mm, addr, pte);
	pte_unmap_unlock(pte, ptl);

	test_map_destroy(test, &map);
	KUNIT_EXPECT_EQ(test, folio_ref_count(page_folio(head)), 1);
	__free_pages(head, order);
}

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
/* There is no page table, because a huge page is in its place. */
static void huge_page_is_busy(struct kunit *test)
{
	struct test_map map = { .flags = VM_MIXEDMAP };
	vm_fault_t ret = VM_FAULT_OOM;
	struct folio *folio = NULL;
	struct page *page;
	unsigned long addr;

	if (has_transparent_hugepage())
		folio = folio_alloc(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN, HPAGE_PMD_ORDER);
	if (!folio)
		kunit_skip(test, "no huge page to be had");
	page = test_alloc(test, 0, 0);
	test_map_create(test, &map, 2 * HPAGE_PMD_NR);
	addr = ALIGN(map.addr, PMD_SIZE);

	mmap_write_lock(map.mm);
	struct vm_fault vmf = {
		.vma = vma_lookup(map.mm, map.addr),
		.address = addr,
	};
	p4d_t *p4d = p4d_alloc(map.mm, pgd_offset(map.mm, addr), addr);
	pud_t *pud = p4d ? pud_alloc(map.mm, p4d, addr) : NULL;

	vmf.pmd = pud ? pmd_alloc(map.mm, pud, addr) : NULL;
	if (vmf.pmd)
		ret = vmf_insert_folio_pmd(&vmf, folio, false);
	mmap_write_unlock(map.mm);
	KUNIT_ASSERT_TRUE(test, ret == VM_FAULT_NOPAGE);

	test_refused(&map, addr + 3 * PAGE_SIZE, page, -EBUSY);
	mmap_read_lock(map.mm);
	ret = vmf_insert_page(vma_lookup(map.mm, map.addr), addr, page);
	mmap_read_unlock(map.mm);
	KUNIT_EXPECT_TRUE(test, ret == VM_FAULT_NOPAGE);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);

	test_map_destroy(test, &map);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);
	folio_put(folio);
	__free_page(page);
}
#endif

static void address_is_checked(struct kunit *test)
{
	struct page *page = test_alloc(test, 0, 0);
	struct test_map map = {};

	test_map_create(test, &map, 2);
	test_refused(&map, map.addr + 1, page, -EINVAL);
	test_refused(&map, map.addr + PAGE_SIZE / 2, page, -EINVAL);
	test_refused(&map, map.addr - PAGE_SIZE, page, -EFAULT);
	test_refused(&map, map.addr + 2 * PAGE_SIZE, page, -EFAULT);
	test_refused(&map, 0, page, -EFAULT);
	test_refused(&map, ULONG_MAX & PAGE_MASK, page, -EFAULT);
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr));
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr + PAGE_SIZE));

	test_map_destroy(test, &map);
	__free_page(page);
}

/* A range that leaves the VMA, by one page or all the way round. */
static void range_is_checked(struct kunit *test)
{
	struct page *pages[TEST_NR];
	struct test_map map = {};
	struct vm_area_struct *vma;
	unsigned long num;

	test_alloc_array(test, pages);
	test_map_create(test, &map, TEST_NR - 1);

	const struct {
		unsigned long first, num;
	} bad[] = {
		{ 0, TEST_NR },
		{ TEST_NR - 2, 2 },
		/* addr + PAGE_SIZE * num wraps to addr, and to just after it. */
		{ 1, ULONG_MAX / PAGE_SIZE + 1 },
		{ 1, ULONG_MAX / PAGE_SIZE + 3 },
		{ 1, ULONG_MAX },
	};
	for (int i = 0; i < ARRAY_SIZE(bad); i++) {
		num = bad[i].num;
		KUNIT_EXPECT_EQ_MSG(test, -EFAULT,
				    test_insert(&map, map.addr + bad[i].first * PAGE_SIZE,
						pages, &num), "range %d", i);
		KUNIT_EXPECT_EQ_MSG(test, num, bad[i].num, "range %d", i);
	}
	for (int i = 0; i < TEST_NR - 1; i++)
		KUNIT_EXPECT_EQ(test, TEST_NO_PFN,
				test_pfn_at(&map, map.addr + i * PAGE_SIZE));

	num = 0;
	KUNIT_EXPECT_EQ(test, test_insert(&map, map.addr, pages, &num), 0);
	KUNIT_EXPECT_EQ(test, num, 0);
	mmap_write_lock(map.mm);
	vma = vma_lookup(map.mm, map.addr);
	KUNIT_EXPECT_FALSE(test, vma->vm_flags & VM_MIXEDMAP);
	mmap_write_unlock(map.mm);

	test_free_array(&map, pages);
}

/* Pages that are somebody else's, or nobody's. */
static void unsuitable_pages_are_refused(struct kunit *test)
{
	struct page *page = test_alloc(test, __GFP_COMP, 1), *anon = NULL;
	void *slab = kmalloc(64, GFP_KERNEL);
	void *large = kmalloc(16 * PAGE_SIZE, GFP_KERNEL);
	struct test_map map = {};
	unsigned long addr;

	KUNIT_ASSERT_NOT_NULL(test, slab);
	KUNIT_ASSERT_NOT_NULL(test, large);
	test_map_create(test, &map, 1);

	test_refused(&map, map.addr, virt_to_page(slab), -EINVAL);
	test_refused(&map, map.addr, virt_to_page(large), -EINVAL);
	test_refused(&map, map.addr, virt_to_page(large) + 1, -EINVAL);
	test_refused(&map, map.addr, ZERO_PAGE(0), -EINVAL);

	/* A typed page with a reference, so that only its type can be why. */
	__folio_set_offline(page_folio(page));
	test_refused(&map, map.addr, page, -EINVAL);
	test_refused(&map, map.addr, page + 1, -EINVAL);
	__folio_clear_offline(page_folio(page));

	KUNIT_ASSERT_TRUE(test, page_ref_freeze(page, 1));
	test_refused(&map, map.addr, page, -EINVAL);
	test_refused(&map, map.addr, page + 1, -EINVAL);
	page_ref_unfreeze(page, 1);

	addr = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	mmap_read_lock(map.mm);
	KUNIT_EXPECT_EQ(test, 1, get_user_pages(addr, 1, FOLL_WRITE, &anon));
	mmap_read_unlock(map.mm);
	KUNIT_ASSERT_NOT_NULL(test, anon);
	KUNIT_EXPECT_TRUE(test, PageAnon(anon));
	test_refused(&map, map.addr, anon, -EINVAL);
	put_page(anon);
	vm_munmap(addr, PAGE_SIZE);

	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr));
	/* All that was wrong with the page is what was done to it above. */
	unsigned long num = 1;

	KUNIT_EXPECT_EQ(test, test_insert(&map, map.addr, &page, &num), 0);

	test_map_destroy(test, &map);
	__free_pages(page, 1);
	kfree(slab);
	kfree(large);
}

struct test_action {
	struct test_map map;
	struct page **pages;
	unsigned long first, nr;
	bool pfnmap, mixedmap;
	int prepared;
};

static int test_action_mmap_prepare(struct vm_area_desc *desc)
{
	struct test_map *map = desc->file->private_data;
	struct test_action *action = container_of(map, struct test_action, map);

	if (action->pfnmap)
		vma_desc_set_flags(desc, VMA_PFNMAP_BIT);
	mmap_action_map_kernel_pages(desc, desc->start + action->first,
				     action->pages, action->nr);
	/* What mmap(2) will come to as well, before it makes the VMA. */
	action->prepared = mmap_action_prepare(desc);
	action->mixedmap = vma_desc_test(desc, VMA_MIXEDMAP_BIT);
	return 0;
}

static const struct file_operations test_action_fops = {
	.mmap_prepare = test_action_mmap_prepare,
};

/* ->mmap_prepare asks for the pages, and mmap(2) brings them or an errno. */
static void mmap_action_maps_pages(struct kunit *test)
{
	struct test_action action = {};
	struct page *pages[TEST_NR];
	struct test_map *map = &action.map;
	long filepages;

	test_alloc_array(test, pages);
	test_map_init_fops(test, map, &test_action_fops);
	filepages = test_filepages(map);

	const struct {
		unsigned long first, nr;
		bool pfnmap;
		int err;
	} bad[] = {
		{ 1, 1, false, -EINVAL },
		{ -PAGE_SIZE, 1, false, -EFAULT },
		{ TEST_NR * PAGE_SIZE, 1, false, -EFAULT },
		{ PAGE_SIZE, TEST_NR, false, -EFAULT },
		{ PAGE_SIZE, ULONG_MAX / PAGE_SIZE + 1, false, -EFAULT },
		{ 0, 1, true, -EINVAL },
	};
	int err;

	action.pages = pages;
	for (int i = 0; i < ARRAY_SIZE(bad); i++) {
		action.first = bad[i].first;
		action.nr = bad[i].nr;
		action.pfnmap = bad[i].pfnmap;
		KUNIT_EXPECT_EQ_MSG(test, (long)test_map_try(map, TEST_NR), bad[i].err,
				    "case %d", i);
		KUNIT_EXPECT_EQ_MSG(test, action.prepared, bad[i].err, "case %d", i);
		KUNIT_EXPECT_FALSE_MSG(test, action.mixedmap, "case %d", i);
	}
	KUNIT_EXPECT_EQ(test, test_filepages(map), filepages);

	/* What only the second half can find: mmap(2) takes it all back. */
	action.first = 0;
	action.nr = TEST_NR;
	action.pfnmap = false;
	__folio_set_offline(page_folio(pages[13]));
	err = test_map_try(map, TEST_NR);
	__folio_clear_offline(page_folio(pages[13]));
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	KUNIT_EXPECT_EQ(test, action.prepared, 0);
	KUNIT_EXPECT_EQ(test, test_filepages(map), filepages);
	for (int i = 0; i < TEST_NR; i++)
		KUNIT_EXPECT_EQ_MSG(test, page_ref_count(pages[i]), 1, "page %d", i);

	/* No pages are no error, wherever they are not. */
	action.first = TEST_NR * PAGE_SIZE;
	action.nr = 0;
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(test_map_try(map, TEST_NR)));
	KUNIT_EXPECT_FALSE(test, action.mixedmap);
	test_map_destroy(test, map);

	action.first = PAGE_SIZE;
	action.nr = TEST_NR - 1;
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(test_map_try(map, TEST_NR)));
	KUNIT_EXPECT_TRUE(test, action.mixedmap);
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(map, map->addr));
	test_mapped(map, map->addr + PAGE_SIZE, pages, TEST_NR - 1);
	KUNIT_EXPECT_EQ(test, test_filepages(map), filepages + TEST_NR - 1);
	test_free_array(map, pages);
	KUNIT_EXPECT_EQ(test, test_filepages(map), filepages);
}

struct test_stacked {
	struct test_map map;
	struct file *inner;
};

static int test_stacked_mmap(struct test_map *map, struct vm_area_struct *vma)
{
	struct test_stacked *stacked = container_of(map, struct test_stacked, map);

	return compat_vma_mmap(stacked->inner, vma);
}

/* A driver with ->mmap on top of one with ->mmap_prepare. */
static void mmap_action_in_a_stacked_file(struct kunit *test)
{
	struct test_stacked stacked = { .map.mmap = test_stacked_mmap };
	struct test_action action = { .nr = TEST_NR };
	struct page *pages[TEST_NR];

	test_alloc_array(test, pages);
	action.pages = pages;
	test_map_init(test, &stacked.map);
	stacked.inner = anon_inode_getfile("[insert_kunit]", &test_action_fops,
					   &action.map, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, stacked.inner);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, test_fput, stacked.inner));

	__folio_set_offline(page_folio(pages[13]));
	KUNIT_EXPECT_EQ(test, (long)test_map_try(&stacked.map, TEST_NR), -EINVAL);
	__folio_clear_offline(page_folio(pages[13]));
	for (int i = 0; i < TEST_NR; i++)
		KUNIT_EXPECT_EQ_MSG(test, page_ref_count(pages[i]), 1, "page %d", i);

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(test_map_try(&stacked.map, TEST_NR)));
	test_mapped(&stacked.map, stacked.map.addr, pages, TEST_NR);
	test_free_array(&stacked.map, pages);
}

/* A hole in the array is no page, nor is it the end of the world. */
static void null_page_is_refused(struct kunit *test)
{
	struct page *pages[TEST_NR], *none = NULL;
	struct test_map map = {};
	struct vm_area_struct *vma;
	unsigned long num;

	test_alloc_array(test, pages);
	test_map_create(test, &map, TEST_NR);

	num = 1;
	KUNIT_EXPECT_EQ(test, test_insert(&map, map.addr, &none, &num), -EINVAL);
	KUNIT_EXPECT_EQ(test, num, 1);
	mmap_write_lock(map.mm);
	vma = vma_lookup(map.mm, map.addr);
	KUNIT_EXPECT_EQ(test, vm_insert_kmem_page(vma, map.addr, NULL), -EINVAL);
	KUNIT_EXPECT_FALSE(test, vma->vm_flags & VM_MIXEDMAP);
	mmap_write_unlock(map.mm);

	swap(pages[5], none);
	num = TEST_NR;
	KUNIT_EXPECT_EQ(test, test_insert(&map, map.addr, pages, &num), -EINVAL);
	KUNIT_EXPECT_EQ(test, num, TEST_NR - 5);
	test_mapped(&map, map.addr, pages, 5);
	swap(pages[5], none);
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr + 5 * PAGE_SIZE));
	test_free_array(&map, pages);
}

/* Entry @k is occupied, or page @k unsuitable: the first @k pages are mapped. */
static void error_leaves_what_was_mapped(struct kunit *test)
{
	static const int stops[] = { 0, 1, 7, 8, 13, TEST_NR - 1 };

	for (int i = 0; i < 2 * ARRAY_SIZE(stops); i++) {
		const bool busy = i & 1;
		const unsigned long k = stops[i / 2];
		struct page *pages[TEST_NR];
		unsigned long num = 1;
		struct test_map map = {};
		long filepages;
		int err;

		test_alloc_array(test, pages);
		test_map_create(test, &map, TEST_NR);
		if (busy)
			KUNIT_ASSERT_EQ(test, 0, test_insert(&map, map.addr + k * PAGE_SIZE,
							     pages + k, &num));
		else
			__folio_set_offline(page_folio(pages[k]));
		filepages = test_filepages(&map);

		num = TEST_NR;
		err = test_insert(&map, map.addr, pages, &num);
		KUNIT_EXPECT_EQ_MSG(test, err, busy ? -EBUSY : -EINVAL, "k %lu", k);
		KUNIT_EXPECT_EQ_MSG(test, num, TEST_NR - k, "k %lu", k);
		test_mapped(&map, map.addr, pages, k);
		KUNIT_EXPECT_EQ_MSG(test, test_filepages(&map), filepages + k, "k %lu", k);
		KUNIT_EXPECT_EQ_MSG(test, test_mixedmap(&map), busy || k, "k %lu", k);
		for (unsigned long j = k + busy; j < TEST_NR; j++)
			KUNIT_EXPECT_EQ_MSG(test, TEST_NO_PFN,
					    test_pfn_at(&map, map.addr + j * PAGE_SIZE),
					    "k %lu entry %lu", k, j);
		if (!busy)
			__folio_clear_offline(page_folio(pages[k]));
		test_free_array(&map, pages);
	}
}

/* Insert by address under the mmap lock for writing, as ->mmap would. */
static int test_insert_range(struct test_map *map, unsigned long addr,
			     void *kaddr, unsigned long size)
{
	int err;

	mmap_write_lock(map->mm);
	err = vm_insert_kmem_range(vma_lookup(map->mm, map->addr), addr, kaddr,
				   size);
	mmap_write_unlock(map->mm);
	return err;
}

static void test_get_pages(struct page **pages, void *kaddr, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++, kaddr += PAGE_SIZE)
		pages[i] = is_vmalloc_addr(kaddr) ? vmalloc_to_page(kaddr) :
						    virt_to_page(kaddr);
}

/* Map all of TEST_NR pages at @kaddr, then some of them, and unmap. */
static void test_maps_range(struct kunit *test, void *kaddr)
{
	const unsigned long size = TEST_NR * PAGE_SIZE;
	struct page *pages[TEST_NR];
	int refs[TEST_NR], times[TEST_NR];
	struct test_map map = {};
	unsigned long addr;
	long filepages;

	test_get_pages(pages, kaddr, TEST_NR);
	for (int i = 0; i < TEST_NR; i++) {
		refs[i] = folio_ref_count(page_folio(pages[i]));
		times[i] = 0;
		for (int j = 0; j < TEST_NR; j++)
			times[i] += page_folio(pages[i]) == page_folio(pages[j]);
	}
	test_map_create(test, &map, 2 * PTRS_PER_PTE);
	filepages = test_filepages(&map);
	addr = ALIGN(map.addr + size, PMD_SIZE) - 5 * PAGE_SIZE;

	KUNIT_EXPECT_EQ(test, test_insert_range(&map, addr, kaddr, size), 0);
	test_mapped(&map, addr, pages, TEST_NR);
	KUNIT_EXPECT_EQ(test, test_filepages(&map), filepages + TEST_NR);
	for (int i = 0; i < TEST_NR; i++) {
		KUNIT_EXPECT_EQ_MSG(test, folio_ref_count(page_folio(pages[i])),
				    refs[i] + times[i], "page %d", i);
		KUNIT_EXPECT_EQ_MSG(test, folio_mapcount(page_folio(pages[i])),
				    times[i], "page %d", i);
	}
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, addr - PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, addr + size));

	KUNIT_EXPECT_EQ(test, 0, test_insert_range(&map, map.addr,
						   kaddr + 3 * PAGE_SIZE,
						   (TEST_NR - 3) * PAGE_SIZE));
	test_mapped(&map, map.addr, pages + 3, TEST_NR - 3);

	test_map_destroy(test, &map);
	KUNIT_EXPECT_EQ(test, test_filepages(&map), filepages);
	for (int i = 0; i < TEST_NR; i++) {
		KUNIT_EXPECT_EQ_MSG(test, folio_ref_count(page_folio(pages[i])), refs[i],
				    "page %d", i);
		KUNIT_EXPECT_EQ_MSG(test, folio_mapcount(page_folio(pages[i])), 0,
				    "page %d", i);
	}
}

static void maps_a_range_of_pages(struct kunit *test)
{
	void *exact = alloc_pages_exact(TEST_NR * PAGE_SIZE, GFP_KERNEL);
	struct page *compound = test_alloc(test, __GFP_COMP,
					   get_order(TEST_NR * PAGE_SIZE));

	KUNIT_ASSERT_NOT_NULL(test, exact);
	test_maps_range(test, exact);
	test_maps_range(test, page_address(compound));
	free_pages_exact(exact, TEST_NR * PAGE_SIZE);
	__free_pages(compound, get_order(TEST_NR * PAGE_SIZE));
}

static void maps_a_range_of_vmalloc(struct kunit *test)
{
	void *user = vmalloc_user(TEST_NR * PAGE_SIZE);
	void *user_32 = vmalloc_32_user(TEST_NR * PAGE_SIZE);
	void *coherent = vmalloc(TEST_NR * PAGE_SIZE), *twice;
	struct page *pages[TEST_NR];

	KUNIT_ASSERT_NOT_NULL(test, user);
	KUNIT_ASSERT_NOT_NULL(test, user_32);
	KUNIT_ASSERT_NOT_NULL(test, coherent);
	find_vm_area(coherent)->flags |= VM_DMA_COHERENT;
	test_maps_range(test, user);
	test_maps_range(test, user_32);
	test_maps_range(test, coherent);

	/* Like the BPF ring buffer, whose pages are there twice, one behind the other. */
	test_get_pages(pages, user, TEST_NR / 2);
	test_get_pages(pages + TEST_NR / 2, user, TEST_NR / 2);
	twice = vmap(pages, TEST_NR, VM_MAP | VM_USERMAP, PAGE_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, twice);
	test_maps_range(test, twice);
	vunmap(twice);

	vfree(user);
	vfree(user_32);
	vfree(coherent);
}

/* Refused before anything is changed, VMA flags included. */
static void test_range_refused(struct test_map *map, unsigned long addr,
			       void *kaddr, unsigned long size, int err)
{
	const long filepages = test_filepages(map);

	KUNIT_EXPECT_EQ_MSG(map->test, test_insert_range(map, addr, kaddr, size),
			    err, "address %#lx kernel address %#lx size %#lx",
			    addr, (unsigned long)kaddr, size);
	KUNIT_EXPECT_FALSE(map->test, test_mixedmap(map));
	KUNIT_EXPECT_EQ(map->test, test_filepages(map), filepages);
}

static void kernel_range_is_checked(struct kunit *test)
{
	const unsigned long size = TEST_NR * PAGE_SIZE;
	void *user = vmalloc_user(size), *other = vmalloc(size);
	void *large = kmalloc(16 * PAGE_SIZE, GFP_KERNEL);
	void *pages = alloc_pages_exact(size, GFP_KERNEL);
	struct test_map map = {};

	KUNIT_ASSERT_NOT_NULL(test, user);
	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_ASSERT_NOT_NULL(test, large);
	KUNIT_ASSERT_NOT_NULL(test, pages);
	test_map_create(test, &map, 2 * TEST_NR);

	/* Not page aligned. */
	test_range_refused(&map, map.addr, user + 1, PAGE_SIZE, -EINVAL);
	test_range_refused(&map, map.addr, pages + PAGE_SIZE / 2, PAGE_SIZE, -EINVAL);
	test_range_refused(&map, map.addr, pages, PAGE_SIZE + 1, -EINVAL);
	test_range_refused(&map, map.addr, user, 1, -EINVAL);
	test_range_refused(&map, map.addr + 1, user, PAGE_SIZE, -EINVAL);

	/* More than the vmalloc area, all or a part of it beyond the end. */
	test_range_refused(&map, map.addr, user, size + PAGE_SIZE, -EINVAL);
	test_range_refused(&map, map.addr, user + size - PAGE_SIZE, 2 * PAGE_SIZE, -EINVAL);
	test_range_refused(&map, map.addr, user + size, PAGE_SIZE, -EINVAL);
	test_range_refused(&map, map.addr, user, -PAGE_SIZE, -EINVAL);

	/* A vmalloc area that nobody meant for user space. */
	test_range_refused(&map, map.addr, other, PAGE_SIZE, -EINVAL);

	/* Slab memory, which has a type, and what is no memory. */
	test_range_refused(&map, map.addr, large, PAGE_SIZE, -EINVAL);
	test_range_refused(&map, map.addr, large + PAGE_SIZE, PAGE_SIZE, -EINVAL);
	test_range_refused(&map, map.addr, NULL, PAGE_SIZE, -EINVAL);
	test_range_refused(&map, map.addr, (void *)PAGE_MASK, PAGE_SIZE, -EINVAL);

#ifdef CONFIG_HIGHMEM
	/* High memory, at the address that it has for a while. */
	struct page *high = test_alloc(test, __GFP_HIGHMEM, 0);
	void *kaddr = kmap_local_page(high);

	if (PageHighMem(high))
		test_range_refused(&map, map.addr, kaddr, PAGE_SIZE, -EINVAL);
	kunmap_local(kaddr);
	__free_page(high);
#endif

	/* More than the VMA has room for. */
	test_range_refused(&map, map.addr + (TEST_NR + 1) * PAGE_SIZE, user, size, -EFAULT);
	test_range_refused(&map, map.addr - PAGE_SIZE, user, size, -EFAULT);
	test_range_refused(&map, map.addr + 2 * TEST_NR * PAGE_SIZE, user, PAGE_SIZE, -EFAULT);

	test_range_refused(&map, map.addr, user, 0, 0);
	test_range_refused(&map, map.addr, NULL, 0, 0);

	test_map_destroy(test, &map);
	vfree(user);
	vfree(other);
	kfree(large);
	free_pages_exact(pages, size);
}

/* An error at page @k: nothing stays mapped but what was there before. */
static void range_is_all_or_nothing(struct kunit *test)
{
	static const int stops[] = { 0, 1, 7, 8, 13, TEST_NR - 1 };
	const unsigned long size = TEST_NR * PAGE_SIZE;

	for (int i = 0; i < 2 * ARRAY_SIZE(stops); i++) {
		void *kaddr = alloc_pages_exact(size, GFP_KERNEL);
		const bool busy = i & 1;
		const int k = stops[i / 2];
		struct page *pages[TEST_NR], *old = test_alloc(test, 0, 0);
		unsigned long num = 1;
		struct test_map map = {};
		long filepages;

		KUNIT_ASSERT_NOT_NULL(test, kaddr);
		test_get_pages(pages, kaddr, TEST_NR);
		test_map_create(test, &map, TEST_NR);
		if (busy)
			KUNIT_ASSERT_EQ(test, 0, test_insert(&map, map.addr + k * PAGE_SIZE,
							     &old, &num));
		else
			__folio_set_offline(page_folio(pages[k]));
		filepages = test_filepages(&map);

		KUNIT_EXPECT_EQ_MSG(test, test_insert_range(&map, map.addr, kaddr, size),
				    busy ? -EBUSY : -EINVAL, "k %d", k);
		if (!busy)
			__folio_clear_offline(page_folio(pages[k]));
		KUNIT_EXPECT_EQ_MSG(test, test_mixedmap(&map), busy || k, "k %d", k);
		KUNIT_EXPECT_EQ_MSG(test, test_filepages(&map), filepages, "k %d", k);
		for (int j = 0; j < TEST_NR; j++) {
			KUNIT_EXPECT_EQ_MSG(test, test_pfn_at(&map, map.addr + j * PAGE_SIZE),
					    busy && j == k ? page_to_pfn(old) : TEST_NO_PFN,
					    "k %d entry %d", k, j);
			KUNIT_EXPECT_EQ_MSG(test, page_ref_count(pages[j]), 1,
					    "k %d page %d", k, j);
			KUNIT_EXPECT_EQ_MSG(test, folio_mapcount(page_folio(pages[j])), 0,
					    "k %d page %d", k, j);
		}
		test_map_destroy(test, &map);
		free_pages_exact(kaddr, size);
		__free_page(old);
	}
}

static int test_mmap_no_write(struct test_map *map, struct vm_area_struct *vma)
{
	vm_flags_clear(vma, VM_WRITE | VM_MAYWRITE);
	return 0;
}

/* The zeropage goes where nobody can write to it, and is not counted. */
static void zeropage_needs_no_reference(struct kunit *test)
{
	struct test_map map = { .mmap = test_mmap_no_write };
	struct page *page = ZERO_PAGE(0);
	unsigned long num = 1;
	long filepages;
	int refs;

	test_map_create(test, &map, 1);
	filepages = test_filepages(&map);
	refs = page_ref_count(page);
	KUNIT_EXPECT_EQ(test, test_insert(&map, map.addr, &page, &num), 0);
	test_mapped(&map, map.addr, &page, 1);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), refs);
	KUNIT_EXPECT_EQ(test, test_filepages(&map), filepages);
	test_map_destroy(test, &map);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), refs);
}

#ifndef __PAGETABLE_PMD_FOLDED
static int test_pmd_alloc_failures;

static int test_pmd_alloc_fails(struct mm_struct *mm, pud_t *pud,
				unsigned long address)
{
	test_pmd_alloc_failures++;
	return -ENOMEM;
}

/* In an mm that has mapped nothing, tables above the last level are missing. */
static void no_memory_for_an_upper_table(struct kunit *test)
{
	struct page *page = test_alloc(test, 0, 0);
	struct test_map map = {};

	test_map_create(test, &map, 1);
	test_pmd_alloc_failures = 0;
	kunit_activate_static_stub(test, __pmd_alloc, test_pmd_alloc_fails);
	test_refused_late(&map, map.addr, page, -ENOMEM);
	kunit_deactivate_static_stub(test, __pmd_alloc);
	KUNIT_EXPECT_EQ(test, test_pmd_alloc_failures, ARRAY_SIZE(test_helpers));

	test_map_destroy(test, &map);
	__free_page(page);
}
#endif

static int test_pte_alloc_failures;

static int test_pte_alloc_fails(struct mm_struct *mm, pmd_t *pmd)
{
	test_pte_alloc_failures++;
	return -ENOMEM;
}

/* The second page table of a range can't be allocated. */
static void no_memory_for_a_page_table(struct kunit *test)
{
	struct page *pages[TEST_NR];
	unsigned long addr, num = TEST_NR;
	struct test_map map = {};
	int err;

	test_alloc_array(test, pages);
	test_map_create(test, &map, 2 * PTRS_PER_PTE);
	addr = ALIGN(map.addr + TEST_NR * PAGE_SIZE, PMD_SIZE) - 5 * PAGE_SIZE;
	/* The first page table is there. */
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, addr));

	test_pte_alloc_failures = 0;
	kunit_activate_static_stub(test, __pte_alloc, test_pte_alloc_fails);
	err = test_insert(&map, addr, pages, &num);
	kunit_deactivate_static_stub(test, __pte_alloc);

	KUNIT_EXPECT_EQ(test, test_pte_alloc_failures, 1);
	KUNIT_EXPECT_EQ(test, err, -ENOMEM);
	KUNIT_EXPECT_EQ(test, num, TEST_NR - 5);
	test_mapped(&map, addr, pages, 5);
	KUNIT_EXPECT_EQ(test, page_ref_count(pages[5]), 1);
	test_free_array(&map, pages);
}

static int test_pte_alloc_then_free(struct mm_struct *mm, pmd_t *pmd)
{
	pgtable_t table;

	if (!test_pte_alloc_failures++)
		return 0;
	table = pte_alloc_one(mm);
	if (!table)
		return -ENOMEM;
	pmd_install(mm, pmd, &table);
	return 0;
}

/* Somebody else frees the empty page table before it can be locked. */
static void freed_page_table_is_allocated_again(struct kunit *test)
{
	struct page *pages[TEST_NR];
	unsigned long addr, num = TEST_NR;
	struct test_map map = {};
	int err;

	test_alloc_array(test, pages);
	test_map_create(test, &map, 2 * PTRS_PER_PTE);
	addr = ALIGN(map.addr + TEST_NR * PAGE_SIZE, PMD_SIZE) - 5 * PAGE_SIZE;
	/* The first page table is there. */
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, addr));

	test_pte_alloc_failures = 0;
	kunit_activate_static_stub(test, __pte_alloc, test_pte_alloc_then_free);
	err = test_insert(&map, addr, pages, &num);
	kunit_deactivate_static_stub(test, __pte_alloc);

	KUNIT_EXPECT_EQ(test, test_pte_alloc_failures, 2);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, num, 0);
	test_mapped(&map, addr, pages, TEST_NR);
	test_free_array(&map, pages);
}

/* The same for a range by address, of which nothing stays mapped. */
static void no_memory_for_a_part_of_a_range(struct kunit *test)
{
	const unsigned long size = TEST_NR * PAGE_SIZE;
	void *kaddr = vmalloc_user(size);
	struct test_map map = {};
	unsigned long addr;
	long filepages;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, kaddr);
	test_map_create(test, &map, 2 * PTRS_PER_PTE);
	addr = ALIGN(map.addr + size, PMD_SIZE) - 5 * PAGE_SIZE;
	/* The first page table is there. */
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, addr));
	filepages = test_filepages(&map);

	test_pte_alloc_failures = 0;
	kunit_activate_static_stub(test, __pte_alloc, test_pte_alloc_fails);
	err = test_insert_range(&map, addr, kaddr, size);
	kunit_deactivate_static_stub(test, __pte_alloc);

	KUNIT_EXPECT_EQ(test, test_pte_alloc_failures, 1);
	KUNIT_EXPECT_EQ(test, err, -ENOMEM);
	KUNIT_EXPECT_EQ(test, test_filepages(&map), filepages);
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, addr));
	KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(vmalloc_to_page(kaddr))), 0);
	test_map_destroy(test, &map);
	vfree(kaddr);
}

/* With the mmap lock for writing, the helper sets VM_MIXEDMAP. */
static void write_lock_sets_mixedmap(struct kunit *test)
{
	for (int i = 0; i < ARRAY_SIZE(test_helpers); i++) {
		struct page *page = test_alloc(test, 0, 0);
		struct vm_area_struct *vma;
		struct test_map map = {};
		unsigned long num = 1;

		test_map_create(test, &map, 1);
		mmap_write_lock(map.mm);
		vma = vma_lookup(map.mm, map.addr);
		KUNIT_EXPECT_FALSE(test, vma->vm_flags & VM_MIXEDMAP);
		KUNIT_EXPECT_EQ(test, test_helpers[i](vma, map.addr, &page, &num), 0);
		KUNIT_EXPECT_TRUE(test, vma->vm_flags & VM_MIXEDMAP);
		mmap_write_unlock(map.mm);
		test_map_destroy(test, &map);
		__free_page(page);
	}
}

/* Without it, and without VM_MIXEDMAP, the caller is wrong and is told so. */
static void read_lock_needs_mixedmap(struct kunit *test)
{
	struct page *page = test_alloc(test, 0, 0);
	static bool warned;	/* in this boot */
	struct vm_area_struct *vma;
	struct test_map map = {};
	unsigned long num;

	test_map_create(test, &map, 1);
	mmap_read_lock(map.mm);
	vma = vma_lookup(map.mm, map.addr);
	const vm_flags_t flags = vma->vm_flags;

	kunit_warning_suppress(test) {
		for (int i = 0; i < TEST_READ_HELPERS; i++) {
			num = 1;
			KUNIT_EXPECT_EQ(test, -EINVAL,
					test_helpers[i](vma, map.addr, &page, &num));
			KUNIT_EXPECT_EQ(test, num, 1);
			KUNIT_EXPECT_EQ(test, flags, vma->vm_flags);
			KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, test_warnings(i + 1, warned));
		}
	}
	mmap_read_unlock(map.mm);
	warned = true;

	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr));
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	test_map_destroy(test, &map);
	__free_page(page);
}

/* What maps a range unmaps it when it fails, so nobody else may map there. */
static void range_needs_the_write_lock(struct kunit *test)
{
	struct test_map map = { .flags = VM_MIXEDMAP };
	struct page *page = test_alloc(test, 0, 0);
	static bool warned;	/* in this boot */
	struct vm_area_struct *vma;

	test_map_create(test, &map, 1);
	mmap_read_lock(map.mm);
	vma = vma_lookup(map.mm, map.addr);
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, -EINVAL,
				vm_insert_kmem_range(vma, map.addr, page_address(page),
						     PAGE_SIZE));
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, test_warnings(1, warned));
	}
	mmap_read_unlock(map.mm);
	warned = true;

	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr));
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	test_map_destroy(test, &map);
	__free_page(page);
}

/* With VM_MIXEDMAP set before, a lock that keeps the VMA stable is enough. */
static void mmap_write_lock_is_fine(struct kunit *test)
{
	struct test_map map = { .flags = VM_MIXEDMAP };
	struct page *page = test_alloc(test, 0, 0);
	unsigned long num = 1;

	test_map_create(test, &map, 1);
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, test_insert(&map, map.addr, &page, &num), 0);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
	}
	test_map_destroy(test, &map);
	__free_page(page);
}

static void mmap_read_lock_is_enough(struct kunit *test)
{
	struct test_map map = { .flags = VM_MIXEDMAP };
	struct page *page = test_alloc(test, 0, 0);
	struct vm_area_struct *vma;
	unsigned long num;

	test_map_create(test, &map, TEST_READ_HELPERS);
	kunit_warning_suppress(test) {
		mmap_read_lock(map.mm);
		vma = vma_lookup(map.mm, map.addr);
		for (int i = 0; i < TEST_READ_HELPERS; i++) {
			num = 1;
			KUNIT_EXPECT_EQ(test, 0,
					test_helpers[i](vma, map.addr + i * PAGE_SIZE,
							&page, &num));
		}
		mmap_read_unlock(map.mm);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
	}
	test_map_destroy(test, &map);
	__free_page(page);
}

#ifdef CONFIG_PER_VMA_LOCK
static void vma_read_lock_is_enough(struct kunit *test)
{
	struct test_map map = { .flags = VM_MIXEDMAP };
	struct page *page = test_alloc(test, 0, 0);
	struct vm_area_struct *vma;
	unsigned long num;

	test_map_create(test, &map, TEST_READ_HELPERS);
	kunit_warning_suppress(test) {
		vma = lock_vma_under_rcu(map.mm, map.addr);
		KUNIT_ASSERT_NOT_NULL(test, vma);
		for (int i = 0; i < TEST_READ_HELPERS; i++) {
			num = 1;
			KUNIT_EXPECT_EQ(test, 0,
					test_helpers[i](vma, map.addr + i * PAGE_SIZE,
							&page, &num));
		}
		vma_end_read(vma);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
	}
	test_map_destroy(test, &map);
	__free_page(page);
}
#endif

/* Kernels that can see it complain when nothing keeps the VMA stable. */
#if !defined(CONFIG_PER_VMA_LOCK) || defined(CONFIG_DEBUG_VM)
static void no_lock_is_noticed(struct kunit *test)
{
	struct test_map map = { .flags = VM_MIXEDMAP };
	struct page *page = test_alloc(test, 0, 0);
	struct vm_area_struct *vma;

	if (IS_ENABLED(CONFIG_LOCKDEP) && !debug_locks) {
		__free_page(page);
		kunit_skip(test, "lockdep was turned off before");
	}
	test_map_create(test, &map, 1);
	mmap_read_lock(map.mm);
	vma = vma_lookup(map.mm, map.addr);
	mmap_read_unlock(map.mm);
	kunit_warning_suppress(test) {
		/* Nobody else knows this mm, so this is as safe as with a lock. */
		vm_insert_kmem_page(vma, map.addr, page);
		KUNIT_EXPECT_GT(test, KUNIT_SUPPRESSED_WARNING_COUNT(), 0);
	}
	test_map_destroy(test, &map);
	__free_page(page);
}
#endif

static void pfnmap_alone_is_refused(struct kunit *test)
{
	struct test_map map = { .flags = VM_PFNMAP };
	struct page *page = test_alloc(test, 0, 0);

	test_map_create(test, &map, 1);
	test_refused(&map, map.addr, page, -EINVAL);
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr));
	test_map_destroy(test, &map);
	__free_page(page);
}

/* /proc/vmcore has pages and raw frames in one VMA. */
static void pfnmap_and_mixedmap_are_allowed(struct kunit *test)
{
	struct test_map map = { .flags = VM_PFNMAP | VM_MIXEDMAP };
	struct page *page = test_alloc(test, 0, 0);
	unsigned long num = 1;

	test_map_create(test, &map, 1);
	KUNIT_EXPECT_EQ(test, test_insert(&map, map.addr, &page, &num), 0);
	test_mapped(&map, map.addr, &page, 1);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 2);
	test_map_destroy(test, &map);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(page)), 0);
	__free_page(page);
}

#define LOCKED_ORDER	3
#define LOCKED_NR	BIT(LOCKED_ORDER)

/* VM_LOCKED is still set while ->mmap inserts, and then dropped: no mlock. */
static int test_insert_locked(struct test_map *map, struct vm_area_struct *vma)
{
	struct page **pages = map->private;
	unsigned long num = LOCKED_NR;

	KUNIT_EXPECT_TRUE(map->test, vma->vm_flags & VM_LOCKED);
	return vm_insert_kmem_pages(vma, vma->vm_start, pages, &num);
}

static void locked_vma_does_not_lock_pages(struct kunit *test)
{
	struct page *page = test_alloc(test, __GFP_COMP, LOCKED_ORDER);
	const unsigned long mlocked = global_zone_page_state(NR_MLOCK);
	struct page *pages[LOCKED_NR];
	struct test_map map = { .mmap = test_insert_locked, .private = pages };
	unsigned long addr;

	for (int i = 0; i < LOCKED_NR; i++)
		pages[i] = page + i;
	test_map_init(test, &map);
	/* As mlockall(MCL_FUTURE) does. */
	mmap_write_lock(map.mm);
	map.mm->def_flags |= VM_LOCKED;
	mmap_write_unlock(map.mm);
	addr = test_map_try(&map, LOCKED_NR);
	mmap_write_lock(map.mm);
	map.mm->def_flags &= ~VM_LOCKED;
	mmap_write_unlock(map.mm);

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	test_mapped(&map, addr, pages, LOCKED_NR);
	KUNIT_EXPECT_FALSE(test, folio_test_mlocked(page_folio(page)));
	KUNIT_EXPECT_EQ(test, mlocked, global_zone_page_state(NR_MLOCK));
	test_map_destroy(test, &map);
	KUNIT_EXPECT_EQ(test, 1, page_ref_count(page));
	__free_pages(page, LOCKED_ORDER);
}

#ifdef CONFIG_MEMCG
/* Two cgroups with a memory controller. */
struct test_memcgs {
	struct vfsmount *mnt;
	struct dentry *dir[2];
	struct mem_cgroup *memcg[2];
};

static int test_memcgs_create(struct test_memcgs *m)
{
	static const char * const names[] = { "vm_insert_a", "vm_insert_b" };
	static const char enable[] = "+memory";
	struct file_system_type *type = get_fs_type("cgroup2");
	struct file *file;
	loff_t pos = 0;
	ssize_t len;

	m->mnt = type ? kern_mount(type) : ERR_PTR(-ENODEV);
	if (IS_ERR(m->mnt))
		return PTR_ERR(m->mnt);
	file = file_open_root_mnt(m->mnt, "cgroup.subtree_control", O_WRONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	len = kernel_write(file, enable, sizeof(enable) - 1, &pos);
	fput(file);
	if (len < 0)
		return len;
	for (int i = 0; i < 2; i++) {
		struct cgroup_subsys_state *css;
		struct dentry *dir;

		dir = start_creating_noperm(m->mnt->mnt_root, &QSTR(names[i]));
		if (!IS_ERR(dir))
			dir = vfs_mkdir(&nop_mnt_idmap, d_inode(m->mnt->mnt_root),
					dir, 0755, NULL);
		if (IS_ERR(dir))
			return PTR_ERR(dir);
		end_creating(dir);
		/* What kernfs has made is found by looking it up. */
		dir = lookup_noperm_unlocked(&QSTR(names[i]), m->mnt->mnt_root);
		if (IS_ERR(dir))
			return PTR_ERR(dir);
		m->dir[i] = dir;
		css = css_tryget_online_from_dir(m->dir[i], &memory_cgrp_subsys);
		if (IS_ERR(css))
			return PTR_ERR(css);
		m->memcg[i] = mem_cgroup_from_css(css);
	}
	return 0;
}

static void test_memcgs_destroy(struct test_memcgs *m)
{
	for (int i = 0; i < 2; i++) {
		struct dentry *dir;

		if (m->memcg[i])
			css_put(&m->memcg[i]->css);
		if (!m->dir[i])
			continue;
		dir = start_removing_noperm(m->mnt->mnt_root, &QSTR(m->dir[i]->d_name.name));
		if (!IS_ERR(dir)) {
			vfs_rmdir(&nop_mnt_idmap, d_inode(m->mnt->mnt_root), dir, NULL);
			end_removing(dir);
		}
		dput(m->dir[i]);
	}
	if (!IS_ERR_OR_NULL(m->mnt))
		kern_unmount(m->mnt);
}

static unsigned long test_memcg_mapped(struct mem_cgroup *memcg)
{
	css_rstat_flush(&memcg->css);
	return memcg_page_state(memcg, NR_FILE_MAPPED);
}

/* Each cgroup is charged with its own mapped pages, in whatever order. */
static void mapped_pages_count_for_their_memcg(struct kunit *test)
{
	static const int owner[] = { 0, 0, 1, 0, 2, 2, 1, 1 };
	struct page *pages[ARRAY_SIZE(owner)];
	struct test_memcgs m = {};
	struct test_map map = {};
	unsigned long num = ARRAY_SIZE(owner), want[2] = {};
	const long mapped = test_file_mapped();
	int err = test_memcgs_create(&m);

	KUNIT_EXPECT_EQ(test, 0, err);
	for (int i = 0; !err && i < ARRAY_SIZE(owner); i++) {
		struct mem_cgroup *old;

		if (owner[i] == 2) {
			pages[i] = test_alloc(test, 0, 0);
			continue;
		}
		old = set_active_memcg(m.memcg[owner[i]]);
		pages[i] = alloc_page(GFP_KERNEL_ACCOUNT);
		set_active_memcg(old);
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
		rcu_read_lock();
		KUNIT_EXPECT_PTR_EQ(test, m.memcg[owner[i]],
				    folio_memcg(page_folio(pages[i])));
		rcu_read_unlock();
		want[owner[i]]++;
	}
	if (!err) {
		test_map_create(test, &map, ARRAY_SIZE(owner));
		KUNIT_EXPECT_EQ(test, 0, test_insert(&map, map.addr, pages, &num));
		KUNIT_EXPECT_EQ(test, want[0], test_memcg_mapped(m.memcg[0]));
		KUNIT_EXPECT_EQ(test, want[1], test_memcg_mapped(m.memcg[1]));
		KUNIT_EXPECT_EQ(test, mapped + ARRAY_SIZE(owner), test_file_mapped());
		test_map_destroy(test, &map);
		KUNIT_EXPECT_EQ(test, 0, test_memcg_mapped(m.memcg[0]));
		KUNIT_EXPECT_EQ(test, 0, test_memcg_mapped(m.memcg[1]));
		KUNIT_EXPECT_EQ(test, mapped, test_file_mapped());
		for (int i = 0; i < ARRAY_SIZE(owner); i++)
			__free_page(pages[i]);
	}
	test_memcgs_destroy(&m);
}
#endif /* CONFIG_MEMCG */

/*
 * Random arrays against a model that knows nothing of page tables: which page
 * each entry must map, so which errno an array must end with and where, and
 * how often each folio is mapped.
 */
#define TEST_ORDERS	10
#define TEST_SPAN	(2 * 512 + 40)
#define TEST_ROUNDS	3000

struct test_random {
	struct test_map map;
	struct rnd_state rnd;
	u64 seed;
	struct page *folios[TEST_ORDERS];	/* one of each order */
	struct page *typed, *unreferenced;
	void *vmalloc;
	struct page *want[TEST_SPAN];		/* by entry, from map.addr on */
	struct page *array[TEST_SPAN];
	struct page *vmalloc_pages[TEST_NR];
	unsigned short times[1 << TEST_ORDERS], vmalloc_times[TEST_NR];
	long filepages, file_mapped;
};

/* Every other time that the lock could be given up, it is. */
static unsigned int test_breaks;

static bool test_needs_break(spinlock_t *ptl)
{
	return test_breaks++ & 1;
}

static unsigned int test_pick(struct test_random *r, unsigned int below)
{
	return prandom_u32_state(&r->rnd) % below;
}

/* Pages of one folio: forward, backward or the same one, from anywhere on. */
static unsigned int test_fill_run(struct test_random *r, struct page **array,
				  unsigned int max)
{
	static const int steps[] = { 1, 1, 1, -1, 0 };
	const unsigned int order = test_pick(r, TEST_ORDERS);
	const unsigned int nr_pages = 1 << order;
	const int step = steps[test_pick(r, ARRAY_SIZE(steps))];
	const unsigned int nr = 1 + test_pick(r, min(max, nr_pages));
	int i = test_pick(r, nr_pages);
	unsigned int n;

	for (n = 0; n < nr && i >= 0 && i < nr_pages; n++, i += step)
		array[n] = r->folios[order] + i;
	return n;
}

static unsigned int test_fill_array(struct test_random *r)
{
	const unsigned int nr = 1 + test_pick(r, test_pick(r, 4) ? 40 : TEST_SPAN);
	unsigned int n = 0;

	while (n < nr) {
		switch (test_pick(r, 16)) {
		case 0:
			r->array[n++] = r->vmalloc_pages[test_pick(r, TEST_NR)];
			break;
		case 1:
			if (!test_pick(r, 4))
				r->array[n++] = r->typed + test_pick(r, 4);
			break;
		case 2:
			if (!test_pick(r, 4))
				r->array[n++] = r->unreferenced;
			break;
		case 3:
			if (!test_pick(r, 4))
				r->array[n++] = test_pick(r, 2) ? NULL : ZERO_PAGE(0);
			break;
		default:
			n += test_fill_run(r, r->array + n, nr - n);
		}
	}
	return nr;
}

static bool test_mappable(struct test_random *r, struct page *page)
{
	return page && page != r->unreferenced && page != ZERO_PAGE(0) &&
	       (page < r->typed || page >= r->typed + 4);
}

/* What must come of mapping @nr pages at entry @first; *@num as the helper's. */
static int test_model(struct test_random *r, unsigned int first,
		      unsigned int nr, unsigned long *num)
{
	for (*num = nr; *num; --*num) {
		const unsigned int k = nr - *num;

		if (!test_mappable(r, r->array[k]))
			return -EINVAL;
		if (r->want[first + k])
			return -EBUSY;
		r->want[first + k] = r->array[k];
	}
	return 0;
}

/* What the page tables hold, a table at a time; true if it is as in want[]. */
static bool test_entries_match(struct test_random *r)
{
	unsigned long addr = r->map.addr;
	bool match = true;
	int i = 0;

	while (i < TEST_SPAN) {
		spinlock_t *ptl;	/* of the page table */
		pte_t *start_pte = get_locked_pte(r->map.mm, addr, &ptl), *pte = start_pte;

		if (!pte)
			return false;
		do {
			const pte_t pteval = ptep_get(pte++);

			match &= r->want[i] ? pte_present(pteval) &&
					      pte_pfn(pteval) == page_to_pfn(r->want[i]) :
					      pte_none(pteval);
			addr += PAGE_SIZE;
		} while (++i < TEST_SPAN && pte_index(addr));
		pte_unmap_unlock(start_pte, ptl);
	}
	return match;
}

/* How often each page of a folio is mapped, and with it the folio. */
static void test_check_folio(struct test_random *r, struct folio *folio,
			     const unsigned short *times)
{
	struct kunit *test = r->map.test;
	int mapped = 0;

	for (int i = 0; i < folio_nr_pages(folio); i++) {
		mapped += times[i];
		if (IS_ENABLED(CONFIG_PAGE_MAPCOUNT))
			KUNIT_ASSERT_EQ_MSG(test, times[i],
					    atomic_read(&folio_page(folio, i)->_mapcount) + 1,
					    "seed %llu page %d of %lu", r->seed, i,
					    folio_nr_pages(folio));
	}
	KUNIT_ASSERT_EQ_MSG(test, folio_mapcount(folio), mapped, "seed %llu", r->seed);
	KUNIT_ASSERT_EQ_MSG(test, folio_ref_count(folio), 1 + mapped, "seed %llu",
			    r->seed);
}

static void test_check_all(struct test_random *r)
{
	struct kunit *test = r->map.test;
	int mapped = 0, once = 0;

	memset(r->times, 0, sizeof(r->times));
	memset(r->vmalloc_times, 0, sizeof(r->vmalloc_times));
	for (int i = 0; i < TEST_SPAN; i++) {
		struct page *page = r->want[i];
		unsigned int order;

		if (!page)
			continue;
		mapped++;
		order = folio_order(page_folio(page));
		if (page_folio(page) == page_folio(r->folios[order])) {
			r->times[(1 << order) - 1 + (page - r->folios[order])]++;
			continue;
		}
		for (int j = 0; j < TEST_NR; j++)
			r->vmalloc_times[j] += page == r->vmalloc_pages[j];
	}
	KUNIT_ASSERT_TRUE_MSG(test, test_entries_match(r), "seed %llu", r->seed);
	KUNIT_ASSERT_EQ_MSG(test, test_filepages(&r->map), r->filepages + mapped,
			    "seed %llu", r->seed);
	if (IS_ENABLED(CONFIG_PAGE_MAPCOUNT)) {
		/* A page counts once, however often it is mapped. */
		for (int i = 0; i < ARRAY_SIZE(r->times); i++)
			once += !!r->times[i];
		for (int i = 0; i < TEST_NR; i++)
			once += !!r->vmalloc_times[i];
		KUNIT_ASSERT_EQ_MSG(test, test_file_mapped(), r->file_mapped + once,
				    "seed %llu", r->seed);
	}
	for (int i = 0; i < TEST_ORDERS; i++)
		test_check_folio(r, page_folio(r->folios[i]), r->times + (1 << i) - 1);
	for (int i = 0; i < TEST_NR; i++)
		test_check_folio(r, page_folio(r->vmalloc_pages[i]), r->vmalloc_times + i);
	KUNIT_ASSERT_EQ_MSG(test, page_ref_count(r->unreferenced), 0, "seed %llu", r->seed);
}

/* A few arrays at random places, often where others are already. */
static void test_random_round(struct test_random *r)
{
	struct kunit *test = r->map.test;
	struct vm_area_struct *vma;

	for (int i = 1 + test_pick(r, 4); i; i--) {
		const unsigned int nr = test_fill_array(r);
		const unsigned int first = test_pick(r, TEST_SPAN - nr + 1);
		unsigned long num = nr, want_num;
		int err = test_insert(&r->map, r->map.addr + first * PAGE_SIZE,
				      r->array, &num);

		KUNIT_ASSERT_EQ_MSG(test, err, test_model(r, first, nr, &want_num),
				    "seed %llu", r->seed);
		KUNIT_ASSERT_EQ_MSG(test, num, want_num, "seed %llu", r->seed);
	}
	test_check_all(r);

	mmap_write_lock(r->map.mm);
	vma = vma_lookup(r->map.mm, r->map.addr);
	zap_vma_range(vma, r->map.addr, r->map.size);
	mmap_write_unlock(r->map.mm);
	memset(r->want, 0, sizeof(r->want));
}

static void random_arrays_match_the_model(struct kunit *test)
{
	struct test_random *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	for (int i = 0; i < TEST_ORDERS; i++)
		r->folios[i] = test_alloc(test, __GFP_COMP, i);
	r->typed = test_alloc(test, __GFP_COMP, 2);
	r->unreferenced = test_alloc(test, 0, 0);
	r->vmalloc = vmalloc_user(TEST_NR * PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, r->vmalloc);
	test_get_pages(r->vmalloc_pages, r->vmalloc, TEST_NR);
	test_map_create(test, &r->map, TEST_SPAN);
	__folio_set_offline(page_folio(r->typed));
	KUNIT_ASSERT_TRUE(test, page_ref_freeze(r->unreferenced, 1));
	r->filepages = test_filepages(&r->map);
	r->file_mapped = test_file_mapped();

	test_breaks = 0;
	kunit_activate_static_stub(test, kmem_insert_needs_break, test_needs_break);
	for (r->seed = 0; r->seed < TEST_ROUNDS; r->seed++) {
		prandom_seed_state(&r->rnd, r->seed);
		test_random_round(r);
	}
	kunit_deactivate_static_stub(test, kmem_insert_needs_break);
	test_check_all(r);
	KUNIT_EXPECT_GT(test, test_breaks, TEST_ROUNDS);

	page_ref_unfreeze(r->unreferenced, 1);
	__folio_clear_offline(page_folio(r->typed));
	test_map_destroy(test, &r->map);
	for (int i = 0; i < TEST_ORDERS; i++)
		__free_pages(r->folios[i], i);
	__free_pages(r->typed, 2);
	__free_page(r->unreferenced);
	vfree(r->vmalloc);
}

#else /* !CONFIG_MMU */

static void nommu_refuses(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct vm_area_struct vma = {};
	unsigned long num = 1;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, vm_insert_kmem_page(&vma, 0, page), -EINVAL);
	KUNIT_EXPECT_EQ(test, vm_insert_kmem_pages(&vma, 0, &page, &num), -EINVAL);
	KUNIT_EXPECT_EQ(test, num, 1);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			vm_insert_kmem_range(&vma, 0, page_address(page), PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	__free_page(page);
}
#endif /* CONFIG_MMU */

static struct kunit_case vm_insert_cases[] = {
#ifdef CONFIG_MMU
	KUNIT_CASE(set_ptes_maps_consecutive_pages),
	KUNIT_CASE(maps_one_page),
#ifdef CONFIG_HIGHMEM
	KUNIT_CASE(maps_one_page_of_highmem),
#endif
	KUNIT_CASE(mmap_returns_the_errno),
	KUNIT_CASE(maps_an_array),
	KUNIT_CASE(crosses_a_page_table),
	KUNIT_CASE(maps_tail_pages_in_any_order),
	KUNIT_CASE(occupied_entry_is_busy),
	KUNIT_CASE(marker_is_busy),
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	KUNIT_CASE(huge_page_is_busy),
#endif
	KUNIT_CASE(address_is_checked),
	KUNIT_CASE(range_is_checked),
	KUNIT_CASE(unsuitable_pages_are_refused),
	KUNIT_CASE(mmap_action_maps_pages),
	KUNIT_CASE(mmap_action_in_a_stacked_file),
	KUNIT_CASE(null_page_is_refused),
	KUNIT_CASE(error_leaves_what_was_mapped),
	KUNIT_CASE(maps_a_range_of_pages),
	KUNIT_CASE(maps_a_range_of_vmalloc),
	KUNIT_CASE(kernel_range_is_checked),
	KUNIT_CASE(range_is_all_or_nothing),
	KUNIT_CASE(zeropage_needs_no_reference),
#ifndef __PAGETABLE_PMD_FOLDED
	KUNIT_CASE(no_memory_for_an_upper_table),
#endif
	KUNIT_CASE(no_memory_for_a_page_table),
	KUNIT_CASE(no_memory_for_a_part_of_a_range),
	KUNIT_CASE(freed_page_table_is_allocated_again),
	KUNIT_CASE(write_lock_sets_mixedmap),
	KUNIT_CASE(read_lock_needs_mixedmap),
	KUNIT_CASE(range_needs_the_write_lock),
	KUNIT_CASE(mmap_write_lock_is_fine),
	KUNIT_CASE(mmap_read_lock_is_enough),
#ifdef CONFIG_PER_VMA_LOCK
	KUNIT_CASE(vma_read_lock_is_enough),
#endif
#if !defined(CONFIG_PER_VMA_LOCK) || defined(CONFIG_DEBUG_VM)
	KUNIT_CASE(no_lock_is_noticed),
#endif
	KUNIT_CASE(pfnmap_alone_is_refused),
	KUNIT_CASE(pfnmap_and_mixedmap_are_allowed),
	KUNIT_CASE(locked_vma_does_not_lock_pages),
#ifdef CONFIG_MEMCG
	KUNIT_CASE(mapped_pages_count_for_their_memcg),
#endif
	KUNIT_CASE_SLOW(random_arrays_match_the_model),
#else
	KUNIT_CASE(nommu_refuses),
#endif
	{}
};

static struct kunit_suite vm_insert_suite = {
	.name = "vm_insert",
	.test_cases = vm_insert_cases,
};

kunit_test_suite(vm_insert_suite);

MODULE_DESCRIPTION("KUnit tests for the helpers that insert kernel pages");
MODULE_LICENSE("GPL");
