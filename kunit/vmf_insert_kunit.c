// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for the helpers that page faults use to map pages.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/dax.h>
#include <linux/debug_locks.h>
#include <linux/highmem.h>
#include <linux/huge_mm.h>
#include <linux/ioport.h>
#include <linux/kthread.h>
#include <linux/memblock.h>
#include <linux/memory_hotplug.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/pgalloc.h>
#include <linux/pgtable.h>
#include <linux/swapops.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "../internal.h"
#include "insert_kunit.h"

/* vm_fault_t as a number: KUnit compares and prints nothing else. */
static unsigned int test_code(vm_fault_t code)
{
	return (__force unsigned int)code;
}

#ifdef CONFIG_MMU
/* Call the helper as a fault handler would be called: with a read lock. */
static vm_fault_t test_fault_in(struct test_map *map, unsigned long addr,
				struct page *page)
{
	struct vm_area_struct *vma;
	vm_flags_t flags;
	vm_fault_t ret;

	mmap_read_lock(map->mm);
	vma = vma_lookup(map->mm, map->addr);
	flags = vma->vm_flags;
	ret = vmf_insert_page(vma, addr, page);
	KUNIT_EXPECT_EQ(map->test, flags, vma->vm_flags);
	mmap_read_unlock(map->mm);
	return ret;
}

static void test_nopage(struct test_map *map, unsigned long addr, struct page *page)
{
	KUNIT_EXPECT_EQ(map->test, test_code(VM_FAULT_NOPAGE),
			test_code(test_fault_in(map, addr, page)));
}

/* @code must come back, and nothing be mapped or counted. */
static void test_not_mapped(struct test_map *map, unsigned long addr,
			    struct page *page, vm_fault_t code)
{
	const long filepages = test_filepages(map);
	const int refs = page ? page_ref_count(page) : 0;
	struct kunit *test = map->test;

	KUNIT_EXPECT_EQ(test, test_code(test_fault_in(map, addr, page)), test_code(code));
	if (page)
		KUNIT_EXPECT_EQ(test, page_ref_count(page), refs);
	KUNIT_EXPECT_EQ(test, test_filepages(map), filepages);
}

struct test_fault {
	struct test_map map;
	struct page *page;
	unsigned int faults;
};

static vm_fault_t test_fault_handler(struct vm_fault *vmf)
{
	struct test_fault *fault = vmf->vma->vm_private_data;

	fault->faults++;
	return vmf_insert_page(vmf->vma, vmf->address, fault->page);
}

static const struct vm_operations_struct test_fault_ops = {
	.fault = test_fault_handler,
};

static int test_fault_mmap(struct test_map *map, struct vm_area_struct *vma)
{
	vma->vm_private_data = container_of(map, struct test_fault, map);
	vma->vm_ops = &test_fault_ops;
	return 0;
}

/* A real fault: the access that caused it succeeds, and later ones are free. */
static void fault_maps_the_page(struct kunit *test)
{
	struct test_fault fault = {
		.map = { .flags = VM_MIXEDMAP, .mmap = test_fault_mmap },
		.page = test_alloc(test, 0, 0),
	};
	u32 *kaddr = page_address(fault.page), value = 0;
	u32 __user *uaddr;
	long filepages;

	test_map_create(test, &fault.map, 1);
	uaddr = (u32 __user *)fault.map.addr;
	filepages = test_filepages(&fault.map);
	kaddr[1] = 0x12345678;
	flush_dcache_page(fault.page);

	KUNIT_EXPECT_EQ(test, get_user(value, uaddr + 1), 0);
	KUNIT_EXPECT_EQ(test, value, 0x12345678);
	KUNIT_EXPECT_EQ(test, fault.faults, 1);
	KUNIT_EXPECT_EQ(test, get_user(value, uaddr), 0);
	KUNIT_EXPECT_EQ(test, fault.faults, 1);
	test_mapped(&fault.map, fault.map.addr, &fault.page, 1);
	KUNIT_EXPECT_EQ(test, page_ref_count(fault.page), 2);
	KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(fault.page)), 1);
	KUNIT_EXPECT_EQ(test, test_filepages(&fault.map), filepages + 1);

	test_map_destroy(test, &fault.map);
	KUNIT_EXPECT_EQ(test, page_ref_count(fault.page), 1);
	KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(fault.page)), 0);
	KUNIT_EXPECT_EQ(test, test_filepages(&fault.map), filepages);
	__free_page(fault.page);
}

/* VM_FAULT_SIGBUS is what the access fails with. */
static void fault_on_a_typed_page_fails(struct kunit *test)
{
	struct test_fault fault = {
		.map = { .flags = VM_MIXEDMAP, .mmap = test_fault_mmap },
		.page = test_alloc(test, 0, 0),
	};
	u32 value = 0;

	test_map_create(test, &fault.map, 1);
	__folio_set_offline(page_folio(fault.page));
	KUNIT_EXPECT_EQ(test, -EFAULT, get_user(value, (u32 __user *)fault.map.addr));
	KUNIT_EXPECT_EQ(test, value, 0);
	KUNIT_EXPECT_EQ(test, fault.faults, 1);
	__folio_clear_offline(page_folio(fault.page));

	test_map_destroy(test, &fault.map);
	__free_page(fault.page);
}

/* Another address of the VMA than the one that faulted will do. */
static void any_address_of_the_vma(struct kunit *test)
{
	struct page *page = test_alloc(test, __GFP_COMP, 1);
	struct page *tail = page + 1;
	struct test_map map = { .flags = VM_MIXEDMAP };

	test_map_create(test, &map, 3);
	test_nopage(&map, map.addr, page);
	test_nopage(&map, map.addr + 2 * PAGE_SIZE, tail);
	test_mapped(&map, map.addr, &page, 1);
	test_mapped(&map, map.addr + 2 * PAGE_SIZE, &tail, 1);
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr + PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 3);

	test_map_destroy(test, &map);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	__free_pages(page, 1);
}

/* The thread that lost the race tries its access again. */
static void occupied_entry_is_a_lost_race(struct kunit *test)
{
	struct page *first = test_alloc(test, 0, 0), *page = test_alloc(test, 0, 0);
	struct test_map map = { .flags = VM_MIXEDMAP };

	test_map_create(test, &map, 1);
	test_nopage(&map, map.addr, first);
	test_not_mapped(&map, map.addr, page, VM_FAULT_NOPAGE);
	test_not_mapped(&map, map.addr, first, VM_FAULT_NOPAGE);
	test_mapped(&map, map.addr, &first, 1);

	test_map_destroy(test, &map);
	KUNIT_EXPECT_EQ(test, page_ref_count(first), 1);
	__free_page(first);
	__free_page(page);
}

static void address_is_checked(struct kunit *test)
{
	struct test_map map = { .flags = VM_MIXEDMAP };
	struct page *page = test_alloc(test, 0, 0);

	test_map_create(test, &map, 2);
	test_not_mapped(&map, map.addr - PAGE_SIZE, page, VM_FAULT_SIGBUS);
	test_not_mapped(&map, map.addr + 2 * PAGE_SIZE, page, VM_FAULT_SIGBUS);
	test_not_mapped(&map, map.addr + 1, page, VM_FAULT_SIGBUS);
	test_not_mapped(&map, map.addr + PAGE_SIZE / 2, page, VM_FAULT_SIGBUS);
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr));
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr + PAGE_SIZE));

	test_map_destroy(test, &map);
	__free_page(page);
}

static void unsuitable_pages_are_refused(struct kunit *test)
{
	struct page *page = test_alloc(test, __GFP_COMP, 1);
	struct test_map map = { .flags = VM_MIXEDMAP };

	test_map_create(test, &map, 1);
	test_not_mapped(&map, map.addr, NULL, VM_FAULT_SIGBUS);
	test_not_mapped(&map, map.addr, ZERO_PAGE(0), VM_FAULT_SIGBUS);

	__folio_set_offline(page_folio(page));
	test_not_mapped(&map, map.addr, page, VM_FAULT_SIGBUS);
	test_not_mapped(&map, map.addr, page + 1, VM_FAULT_SIGBUS);
	__folio_clear_offline(page_folio(page));

	KUNIT_ASSERT_TRUE(test, page_ref_freeze(page, 1));
	test_not_mapped(&map, map.addr, page, VM_FAULT_SIGBUS);
	page_ref_unfreeze(page, 1);

	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr));
	test_map_destroy(test, &map);
	__free_pages(page, 1);
}

static int test_pte_alloc_failures;

static int test_pte_alloc_fails(struct mm_struct *mm, pmd_t *pmd)
{
	test_pte_alloc_failures++;
	return -ENOMEM;
}

static void no_memory_for_a_page_table(struct kunit *test)
{
	struct test_map map = { .flags = VM_MIXEDMAP };
	struct page *page = test_alloc(test, 0, 0);
	unsigned long addr;

	test_map_create(test, &map, 2 * PTRS_PER_PTE);
	addr = ALIGN(map.addr + 1, PMD_SIZE);
	test_pte_alloc_failures = 0;
	kunit_activate_static_stub(test, __pte_alloc, test_pte_alloc_fails);
	test_not_mapped(&map, addr, page, VM_FAULT_OOM);
	kunit_deactivate_static_stub(test, __pte_alloc);
	KUNIT_EXPECT_EQ(test, test_pte_alloc_failures, 1);

	test_map_destroy(test, &map);
	__free_page(page);
}

/* Whatever lock is held, the flags are the business of ->mmap. */
static void mixedmap_is_never_set(struct kunit *test)
{
	static const vm_flags_t flags[] = { 0, VM_PFNMAP };
	static bool warned;	/* in this boot */

	for (int i = 0; i < ARRAY_SIZE(flags); i++) {
		struct test_map map = { .flags = flags[i] };
		struct page *page = test_alloc(test, 0, 0);
		struct vm_area_struct *vma;

		test_map_create(test, &map, 1);
		kunit_warning_suppress(test) {
			test_not_mapped(&map, map.addr, page, VM_FAULT_SIGBUS);

			mmap_write_lock(map.mm);
			vma = vma_lookup(map.mm, map.addr);
			KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS),
					test_code(vmf_insert_page(vma, map.addr, page)));
			KUNIT_EXPECT_FALSE(test, vma->vm_flags & VM_MIXEDMAP);
			mmap_write_unlock(map.mm);
			KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, test_warnings(2, warned));
		}
		warned = true;
		KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr));
		test_map_destroy(test, &map);
		__free_page(page);
	}
}

static void pfnmap_and_mixedmap_are_allowed(struct kunit *test)
{
	struct test_map map = { .flags = VM_PFNMAP | VM_MIXEDMAP };
	struct page *page = test_alloc(test, 0, 0);

	test_map_create(test, &map, 1);
	test_nopage(&map, map.addr, page);
	test_mapped(&map, map.addr, &page, 1);
	test_map_destroy(test, &map);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	__free_page(page);
}

#ifdef CONFIG_PER_VMA_LOCK
static void vma_read_lock_is_enough(struct kunit *test)
{
	struct test_map map = { .flags = VM_MIXEDMAP };
	struct page *page = test_alloc(test, 0, 0);
	struct vm_area_struct *vma;

	test_map_create(test, &map, 1);
	kunit_warning_suppress(test) {
		vma = lock_vma_under_rcu(map.mm, map.addr);
		KUNIT_ASSERT_NOT_NULL(test, vma);
		KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_NOPAGE),
				test_code(vmf_insert_page(vma, map.addr, page)));
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
		vmf_insert_page(vma, map.addr, page);
		KUNIT_EXPECT_GT(test, KUNIT_SUPPRESSED_WARNING_COUNT(), 0);
	}
	test_map_destroy(test, &map);
	__free_page(page);
}
#endif

/* Point @vmf to the entry of @order, as the page fault code does. */
static bool test_walk(struct test_map *map, struct vm_fault *vmf, unsigned int order)
{
	const unsigned long addr = vmf->address;
	p4d_t *p4d;

	if (order < PMD_ORDER)
		return true;
	p4d = p4d_alloc(map->mm, pgd_offset(map->mm, addr), addr);
	if (!p4d)
		return false;
	vmf->pud = pud_alloc(map->mm, p4d, addr);
	if (!vmf->pud)
		return false;
	if (order == PMD_ORDER)
		vmf->pmd = pmd_alloc(map->mm, vmf->pud, addr);
	return order != PMD_ORDER || vmf->pmd;
}

/*
 * A file whose pages are mapped read-only until somebody writes, as files on
 * DAX are: with ->page_mkwrite, vm_page_prot is not writable.
 */
static vm_fault_t test_dax_handler(struct vm_fault *vmf)
{
	struct test_fault *fault = vmf->vma->vm_private_data;

	fault->faults++;
	return dax_insert_pfn(vmf, page_to_pfn(fault->page), 0,
			      vmf->flags & FAULT_FLAG_WRITE);
}

static const struct vm_operations_struct test_dax_ops = {
	.fault = test_dax_handler,
	.page_mkwrite = test_dax_handler,
	.pfn_mkwrite = test_dax_handler,
};

static int test_dax_mmap(struct test_map *map, struct vm_area_struct *vma)
{
	vma->vm_private_data = container_of(map, struct test_fault, map);
	vma->vm_ops = &test_dax_ops;
	return 0;
}

/* Call the helper as a fault handler would be called. */
static vm_fault_t test_dax_insert_order(struct test_map *map, unsigned long addr,
					unsigned long pfn, unsigned int order,
					bool write)
{
	vm_fault_t ret = VM_FAULT_OOM;

	mmap_read_lock(map->mm);
	struct vm_fault vmf = {
		.vma = vma_lookup(map->mm, map->addr),
		.address = addr,
	};
	/* Elsewhere nobody would free the page tables, and nobody needs them. */
	if (addr < map->addr || addr >= map->addr + map->size ||
	    test_walk(map, &vmf, order))
		ret = dax_insert_pfn(&vmf, pfn, order, write);
	mmap_read_unlock(map->mm);
	return ret;
}

static vm_fault_t test_dax_insert(struct test_map *map, unsigned long addr,
				  struct page *page, bool write)
{
	return test_dax_insert_order(map, addr, page_to_pfn(page), 0, write);
}

static void test_dax_nopage(struct test_map *map, struct page *page, bool write)
{
	KUNIT_EXPECT_EQ(map->test, test_code(VM_FAULT_NOPAGE),
			test_code(test_dax_insert(map, map->addr, page, write)));
}

static pte_t test_pte_at(struct test_map *map, unsigned long addr)
{
	spinlock_t *ptl;	/* of the page table */
	pte_t *pte, pteval;

	pte = get_locked_pte(map->mm, addr, &ptl);
	KUNIT_ASSERT_NOT_NULL(map->test, pte);
	pteval = ptep_get(pte);
	pte_unmap_unlock(pte, ptl);
	return pteval;
}

/* Expect @page at the beginning of @map, writable or not. */
static void test_dax_mapped(struct test_map *map, struct page *page, bool write)
{
	const pte_t pte = test_pte_at(map, map->addr);
	struct kunit *test = map->test;

	KUNIT_ASSERT_TRUE(test, pte_present(pte));
	KUNIT_EXPECT_EQ(test, pte_pfn(pte), page_to_pfn(page));
	KUNIT_EXPECT_EQ(test, !!pte_write(pte), write);
	if (write)
		KUNIT_EXPECT_TRUE(test, pte_young(pte));
	KUNIT_EXPECT_EQ(test, !!pte_dirty(pte), write);
}

/* Fresh, upgraded and repeated: for a write, all three bits are set. */
static void write_sets_the_bits(struct kunit *test)
{
	struct page *page = test_alloc(test, 0, 0);

	for (int reads = 0; reads < 3; reads++) {
		struct test_fault fault = { .map.mmap = test_dax_mmap };
		struct test_map *map = &fault.map;
		long filepages;

		test_map_create(test, map, 1);
		filepages = test_filepages(map);
		for (int i = 0; i < reads; i++) {
			test_dax_nopage(map, page, false);
			test_dax_mapped(map, page, false);
		}
		for (int i = 0; i < 2; i++) {
			test_dax_nopage(map, page, true);
			test_dax_mapped(map, page, true);
		}
		test_dax_nopage(map, page, false);
		test_dax_mapped(map, page, true);
		KUNIT_EXPECT_EQ(test, page_ref_count(page), 2);
		KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(page)), 1);
		KUNIT_EXPECT_EQ(test, test_filepages(map), filepages + 1);

		test_map_destroy(test, map);
		KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
		KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(page)), 0);
		KUNIT_EXPECT_EQ(test, test_filepages(map), filepages);
	}
	__free_page(page);
}

/* The faults until a CPU that sets no bits by itself can write to @addr. */
static int test_faults_to_write(struct test_map *map, unsigned long addr)
{
	int faults;

	for (faults = 0; faults < 5; faults++) {
		const pte_t pte = test_pte_at(map, addr);
		struct vm_area_struct *vma;

		if (pte_present(pte) && pte_young(pte) && pte_write(pte) &&
		    pte_dirty(pte))
			break;
		mmap_read_lock(map->mm);
		vma = vma_lookup(map->mm, addr);
		if (handle_mm_fault(vma, addr, FAULT_FLAG_WRITE, NULL) & VM_FAULT_ERROR)
			faults = 5;
		mmap_read_unlock(map->mm);
	}
	return faults;
}

/* A second one would only set the dirty bit. */
static void write_needs_one_fault(struct kunit *test)
{
	for (int reads = 0; reads < 2; reads++) {
		struct test_fault fault = {
			.map.mmap = test_dax_mmap,
			.page = test_alloc(test, 0, 0),
		};
		u32 value = 1;

		test_map_create(test, &fault.map, 1);
		if (reads) {
			KUNIT_EXPECT_EQ(test, 0, get_user(value, (u32 __user *)fault.map.addr));
			KUNIT_EXPECT_EQ(test, value, 0);
			test_dax_mapped(&fault.map, fault.page, false);
		}
		KUNIT_EXPECT_EQ(test, test_faults_to_write(&fault.map, fault.map.addr), 1);
		KUNIT_EXPECT_EQ(test, fault.faults, reads + 1);
		KUNIT_EXPECT_EQ(test, 0, put_user(5, (u32 __user *)fault.map.addr));
		KUNIT_EXPECT_EQ(test, fault.faults, reads + 1);
		flush_dcache_page(fault.page);
		KUNIT_EXPECT_EQ(test, *(u32 *)page_address(fault.page), 5);

		test_map_destroy(test, &fault.map);
		__free_page(fault.page);
	}
}

/* The entry of a write fault may be out of date, and is then left as it is. */
static void other_page_is_a_lost_race(struct kunit *test)
{
	struct page *page = test_alloc(test, 0, 0), *other = test_alloc(test, 0, 0);
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	static bool warned;	/* in this boot */

	test_map_create(test, &fault.map, 1);
	test_dax_nopage(&fault.map, page, false);
	kunit_warning_suppress(test) {
		test_dax_nopage(&fault.map, other, true);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, test_warnings(1, warned));
	}
	warned = true;
	test_dax_mapped(&fault.map, page, false);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 2);
	KUNIT_EXPECT_EQ(test, page_ref_count(other), 1);
	KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(other)), 0);

	test_map_destroy(test, &fault.map);
	__free_page(page);
	__free_page(other);
}

/* A hole that was read, and filled by somebody else: no need to warn. */
static void zero_page_then_write(struct kunit *test)
{
	struct test_fault fault = {
		/* vm_mixed_zeropage_allowed() wants VM_IO or an inode on DAX. */
		.map = { .flags = VM_IO, .mmap = test_dax_mmap },
		.page = test_alloc(test, 0, 0),
	};
	struct test_map *map = &fault.map;
	long filepages;

	test_map_create(test, map, 1);
	filepages = test_filepages(map);
	kunit_warning_suppress(test) {
		test_dax_nopage(map, ZERO_PAGE(0), false);
		test_dax_mapped(map, ZERO_PAGE(0), false);
		test_dax_nopage(map, fault.page, true);
		test_dax_mapped(map, ZERO_PAGE(0), false);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
	}
	KUNIT_EXPECT_EQ(test, page_ref_count(fault.page), 1);
	KUNIT_EXPECT_EQ(test, test_filepages(map), filepages);

	mmap_read_lock(map->mm);
	zap_vma(vma_lookup(map->mm, map->addr));
	mmap_read_unlock(map->mm);
	test_dax_nopage(map, fault.page, true);
	test_dax_mapped(map, fault.page, true);
	KUNIT_EXPECT_EQ(test, test_filepages(map), filepages + 1);

	test_map_destroy(test, map);
	KUNIT_EXPECT_EQ(test, page_ref_count(fault.page), 1);
	__free_page(fault.page);
}

/* Only what maps a page can be made writable. */
static void marker_is_no_page(struct kunit *test)
{
	const pte_t marker = make_pte_marker(PTE_MARKER_GUARD);
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	struct page *page = test_alloc(test, 0, 0);
	struct test_map *map = &fault.map;
	spinlock_t *ptl;	/* of the page table */
	pte_t *pte;

	test_map_create(test, map, 1);
	pte = get_locked_pte(map->mm, map->addr, &ptl);
	KUNIT_ASSERT_NOT_NULL(test, pte);
	set_pte_at(map->mm, map->addr, pte, marker);
	pte_unmap_unlock(pte, ptl);

	kunit_warning_suppress(test) {
		test_dax_nopage(map, page, true);
		KUNIT_EXPECT_TRUE(test, pte_same(test_pte_at(map, map->addr), marker));
		test_dax_nopage(map, page, false);
		KUNIT_EXPECT_TRUE(test, pte_same(test_pte_at(map, map->addr), marker));
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
	}
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);

	test_map_destroy(test, map);
	__free_page(page);
}

/* Let vmf_insert_pfn_pmd() or vmf_insert_pfn_pud() try to map @pfn at @addr. */
static vm_fault_t test_insert_huge_pfn(struct test_map *map, unsigned long addr,
				       unsigned long pfn, unsigned int order)
{
	vm_fault_t ret = VM_FAULT_OOM;

	mmap_read_lock(map->mm);
	struct vm_fault vmf = {
		.vma = vma_lookup(map->mm, map->addr),
		.address = addr,
	};
	if (test_walk(map, &vmf, order)) {
		if (!IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE))
			ret = VM_FAULT_FALLBACK;
		else if (order == PMD_ORDER)
			ret = vmf_insert_pfn_pmd(&vmf, pfn, true);
		else if (IS_ENABLED(CONFIG_HAVE_ARCH_TRANSPARENT_HUGEPAGE_PUD))
			ret = vmf_insert_pfn_pud(&vmf, pfn, true);
	}
	mmap_read_unlock(map->mm);
	return ret;
}

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
/* Where a huge page could be, there may be a page table by now. */
static void page_table_is_no_page(struct kunit *test)
{
	struct test_map map = { .flags = VM_PFNMAP };
	unsigned long addr;

	test_map_create(test, &map, 2 * (PUD_SIZE / PAGE_SIZE));
	addr = ALIGN(map.addr, PUD_SIZE);
	/* It gets a page table on the way. */
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, addr));

	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_NOPAGE),
				test_code(test_insert_huge_pfn(&map, addr + PAGE_SIZE, 0,
							       PMD_ORDER)));
		if (IS_ENABLED(CONFIG_HAVE_ARCH_TRANSPARENT_HUGEPAGE_PUD))
			KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_NOPAGE),
					test_code(test_insert_huge_pfn(&map, addr + PAGE_SIZE, 0,
								       PUD_ORDER)));
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
	}
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, addr));
	test_map_destroy(test, &map);
}
#endif

/* Like test_map_create(), but MAP_PRIVATE. */
static void test_map_private(struct kunit *test, struct test_map *map, unsigned long nr)
{
	test_map_init(test, map);
	map->size = nr * PAGE_SIZE;
	map->addr = vm_mmap(map->file, 0, map->size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_NORESERVE, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(map->addr));
}

/* @code must come back, and nothing be mapped, counted or kept. */
static void test_dax_refused(struct test_map *map, unsigned long addr,
			     unsigned long pfn, unsigned int order, bool write,
			     vm_fault_t code)
{
	const long filepages = test_filepages(map);
	struct folio *folio = pfn_folio(pfn);
	const int refs = folio_ref_count(folio);
	struct kunit *test = map->test;

	KUNIT_EXPECT_EQ(test, test_code(code),
			test_code(test_dax_insert_order(map, addr, pfn, order, write)));
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), refs);
	KUNIT_EXPECT_EQ(test, folio_mapcount(folio), 0);
	KUNIT_EXPECT_EQ(test, test_filepages(map), filepages);
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(map, map->addr));
}

/* Some architectures have vm_page_prot with the bit, but not all entries. */
static void old_entry_becomes_young(struct kunit *test)
{
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	struct page *page = test_alloc(test, 0, 0);
	struct test_map *map = &fault.map;
	spinlock_t *ptl;	/* of the page table */
	pte_t *pte;

	test_map_create(test, map, 1);
	test_dax_nopage(map, page, false);
	mmap_read_lock(map->mm);
	pte = get_locked_pte(map->mm, map->addr, &ptl);
	if (pte) {
		ptep_test_and_clear_young(vma_lookup(map->mm, map->addr), map->addr, pte);
		pte_unmap_unlock(pte, ptl);
	}
	mmap_read_unlock(map->mm);
	KUNIT_ASSERT_NOT_NULL(test, pte);
	test_dax_nopage(map, page, false);
	KUNIT_EXPECT_FALSE(test, pte_young(test_pte_at(map, map->addr)));
	test_dax_nopage(map, page, true);
	test_dax_mapped(map, page, true);
	test_map_destroy(test, map);

#ifdef _PAGE_ACCESSED
	struct vm_area_struct *vma;

	test_map_create(test, map, 1);
	mmap_write_lock(map->mm);
	vma = vma_lookup(map->mm, map->addr);
	vma->vm_page_prot = __pgprot(pgprot_val(vma->vm_page_prot) & ~_PAGE_ACCESSED);
	mmap_write_unlock(map->mm);
	test_dax_nopage(map, page, true);
	test_dax_mapped(map, page, true);
	test_map_destroy(test, map);
#endif
	__free_page(page);
}

/* The VMA has the last word: mprotect() may have taken VM_WRITE away. */
static void read_only_stays_read_only(struct kunit *test)
{
	for (int reads = 0; reads < 2; reads++) {
		struct test_fault fault = { .map.mmap = test_dax_mmap };
		struct page *page = test_alloc(test, 0, 0);
		struct test_map *map = &fault.map;

		test_map_init(test, map);
		map->size = PAGE_SIZE;
		map->addr = vm_mmap(map->file, 0, PAGE_SIZE, PROT_READ, MAP_SHARED, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(map->addr));
		if (reads)
			test_dax_nopage(map, page, false);
		test_dax_nopage(map, page, true);
		KUNIT_EXPECT_FALSE(test, pte_write(test_pte_at(map, map->addr)));
		KUNIT_EXPECT_EQ(test, test_pfn_at(map, map->addr), page_to_pfn(page));
		test_map_destroy(test, map);
		__free_page(page);
	}
}

/* In a private mapping, the copy of a page is somebody's data by now. */
static void private_copy_is_kept(struct kunit *test)
{
	struct test_fault fault = {
		.map.mmap = test_dax_mmap,
		.page = test_alloc(test, 0, 0),
	};
	struct test_map *map = &fault.map;
	u32 __user *uaddr;
	u32 value = 1;
	pte_t pte;

	test_map_private(test, map, 1);
	uaddr = (u32 __user *)map->addr;

	KUNIT_EXPECT_EQ(test, 0, get_user(value, uaddr));
	KUNIT_EXPECT_EQ(test, value, 0);
	test_dax_mapped(map, fault.page, false);
	KUNIT_EXPECT_EQ(test, 0, put_user(5, uaddr));
	pte = test_pte_at(map, map->addr);
	KUNIT_EXPECT_NE(test, pte_pfn(pte), page_to_pfn(fault.page));
	KUNIT_EXPECT_EQ(test, page_ref_count(fault.page), 1);

	test_dax_nopage(map, fault.page, false);
	KUNIT_EXPECT_TRUE(test, pte_same(pte, test_pte_at(map, map->addr)));
	KUNIT_EXPECT_EQ(test, 0, get_user(value, uaddr));
	KUNIT_EXPECT_EQ(test, value, 5);
	KUNIT_EXPECT_EQ(test, *(u32 *)page_address(fault.page), 0);
	KUNIT_EXPECT_EQ(test, page_ref_count(fault.page), 1);

	test_map_destroy(test, map);
	__free_page(fault.page);
}

/* As those of fs-dax do. The last user of this one frees it. */
static void references_may_start_at_zero(struct kunit *test)
{
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	struct page *page = test_alloc(test, 0, 0);

	test_map_create(test, &fault.map, 1);
	KUNIT_ASSERT_TRUE(test, page_ref_freeze(page, 1));
	test_dax_nopage(&fault.map, page, false);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	test_dax_nopage(&fault.map, page, true);
	test_dax_mapped(&fault.map, page, true);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(page)), 1);
	test_map_destroy(test, &fault.map);
}

/* A fault may want one page of a huge one. */
static void any_page_of_a_folio_is_mapped(struct kunit *test)
{
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	struct page *page = test_alloc(test, __GFP_COMP, 2);

	test_map_create(test, &fault.map, 1);
	test_dax_nopage(&fault.map, page + 3, false);
	test_dax_mapped(&fault.map, page + 3, false);
	test_dax_nopage(&fault.map, page + 3, true);
	test_dax_mapped(&fault.map, page + 3, true);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 2);

	test_map_destroy(test, &fault.map);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	__free_pages(page, 2);
}

/* An address within the page will do, but it must be one of the VMA. */
static void dax_address_is_checked(struct kunit *test)
{
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	struct page *page = test_alloc(test, 0, 0);
	const unsigned long pfn = page_to_pfn(page);
	struct test_map *map = &fault.map;

	test_map_create(test, map, 2);
	test_dax_refused(map, map->addr - 1, pfn, 0, true, VM_FAULT_SIGBUS);
	test_dax_refused(map, map->addr + 2 * PAGE_SIZE, pfn, 0, true, VM_FAULT_SIGBUS);
	test_dax_refused(map, 0, pfn, 0, true, VM_FAULT_SIGBUS);
	test_dax_refused(map, ULONG_MAX, pfn, 0, true, VM_FAULT_SIGBUS);
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(map, map->addr + PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_NOPAGE),
			test_code(test_dax_insert(map, map->addr + 2 * PAGE_SIZE - 1, page, true)));
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(map, map->addr));
	KUNIT_EXPECT_EQ(test, pfn, test_pfn_at(map, map->addr + PAGE_SIZE));

	test_map_destroy(test, map);
	__free_page(page);
}

static void dax_refuses_unsuitable_pages(struct kunit *test)
{
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	struct page *page = test_alloc(test, 0, 0);
	struct test_map *map = &fault.map;
	static bool warned;	/* in this boot */

	test_map_create(test, map, 1);
	__folio_set_offline(page_folio(page));
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS),
			test_code(test_dax_insert(map, map->addr, page, false)));
	__folio_clear_offline(page_folio(page));
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);

	/* vm_mixed_zeropage_allowed() wants more than this VMA has... */
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS),
			test_code(test_dax_insert(map, map->addr, ZERO_PAGE(0), false)));
	/* ... and a hole can't be written to. */
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS),
				test_code(test_dax_insert(map, map->addr, ZERO_PAGE(0), true)));
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, test_warnings(1, warned));
	}
	warned = true;
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(map, map->addr));

	test_map_destroy(test, map);
	__free_page(page);
}

static void dax_has_no_memory(struct kunit *test)
{
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	struct page *page = test_alloc(test, 0, 0);
	unsigned long addr;

	test_map_create(test, &fault.map, 2 * PTRS_PER_PTE);
	addr = ALIGN(fault.map.addr + 1, PMD_SIZE);
	test_pte_alloc_failures = 0;
	kunit_activate_static_stub(test, __pte_alloc, test_pte_alloc_fails);
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_OOM),
			test_code(test_dax_insert(&fault.map, addr, page, true)));
	kunit_deactivate_static_stub(test, __pte_alloc);
	KUNIT_EXPECT_EQ(test, test_pte_alloc_failures, 1);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);

	test_map_destroy(test, &fault.map);
	__free_page(page);
}

#ifdef CONFIG_ADVISE_SYSCALLS
/* Another thread makes the address a guard region while the handler waits. */
struct test_guard {
	struct test_map map;
	struct page *page;
	struct completion start, done;
	unsigned int faults;
	int ret;
};

static vm_fault_t test_guard_handler(struct vm_fault *vmf)
{
	struct test_guard *guard = vmf->vma->vm_private_data;

	if (!guard->faults++) {
		complete(&guard->start);
		wait_for_completion(&guard->done);
	}
	return dax_insert_pfn(vmf, page_to_pfn(guard->page), 0,
			      vmf->flags & FAULT_FLAG_WRITE);
}

static const struct vm_operations_struct test_guard_ops = {
	.fault = test_guard_handler,
};

static int test_guard_mmap(struct test_map *map, struct vm_area_struct *vma)
{
	vma->vm_private_data = container_of(map, struct test_guard, map);
	vma->vm_ops = &test_guard_ops;
	return 0;
}

static int test_guard_thread(void *data)
{
	struct test_guard *guard = data;

	wait_for_completion(&guard->start);
	kthread_use_mm(guard->map.mm);
	guard->ret = do_madvise(guard->map.mm, guard->map.addr, PAGE_SIZE,
				MADV_GUARD_INSTALL);
	kthread_unuse_mm(guard->map.mm);
	complete(&guard->done);
	return 0;
}

static void guard_region_wins(struct kunit *test)
{
	const pte_t marker = make_pte_marker(PTE_MARKER_GUARD);
	struct test_guard guard = {
		.map.mmap = test_guard_mmap,
		.page = test_alloc(test, 0, 0),
		.ret = -EINTR,
	};
	struct test_map *map = &guard.map;

	init_completion(&guard.start);
	init_completion(&guard.done);
	test_map_create(test, map, 1);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, kthread_run(test_guard_thread, &guard, "test_guard"));
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, -EFAULT, put_user(5, (u32 __user *)map->addr));
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
	}
	KUNIT_EXPECT_EQ(test, guard.ret, 0);
	KUNIT_EXPECT_EQ(test, guard.faults, 1);
	KUNIT_EXPECT_TRUE(test, pte_same(test_pte_at(map, map->addr), marker));
	KUNIT_EXPECT_EQ(test, page_ref_count(guard.page), 1);
	KUNIT_EXPECT_EQ(test, *(u32 *)page_address(guard.page), 0);

	test_map_destroy(test, map);
	__free_page(guard.page);
}
#endif

#if !defined(CONFIG_PER_VMA_LOCK) || defined(CONFIG_DEBUG_VM)
static void dax_without_lock_is_noticed(struct kunit *test)
{
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	struct page *page = test_alloc(test, 0, 0);
	struct test_map *map = &fault.map;

	if (IS_ENABLED(CONFIG_LOCKDEP) && !debug_locks) {
		__free_page(page);
		kunit_skip(test, "lockdep was turned off before");
	}
	test_map_create(test, map, 1);
	mmap_read_lock(map->mm);
	struct vm_fault vmf = {
		.vma = vma_lookup(map->mm, map->addr),
		.address = map->addr,
	};
	mmap_read_unlock(map->mm);
	kunit_warning_suppress(test) {
		/* Nobody else knows this mm, so this is as safe as with a lock. */
		dax_insert_pfn(&vmf, page_to_pfn(page), 0, false);
		KUNIT_EXPECT_GT(test, KUNIT_SUPPRESSED_WARNING_COUNT(), 0);
	}
	test_map_destroy(test, map);
	__free_page(page);
}
#endif

/* Whatever is neither a page nor a huge page of this kernel. */
static void other_orders_fall_back(struct kunit *test)
{
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	struct page *page = test_alloc(test, 0, 0);
	static const unsigned int orders[] = {
		1, 2, PMD_ORDER - 1, PMD_ORDER, PMD_ORDER + 1, PUD_ORDER, 40, 63, 64, 255,
	};

	test_map_create(test, &fault.map, 1);
	for (int i = 0; i < ARRAY_SIZE(orders); i++) {
		if (IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) &&
		    (orders[i] == PMD_ORDER || orders[i] == PUD_ORDER))
			continue;
		test_dax_refused(&fault.map, fault.map.addr, page_to_pfn(page), orders[i],
				 true, VM_FAULT_FALLBACK);
	}
	test_map_destroy(test, &fault.map);
	__free_page(page);
}

#define TEST_RACES	50

/* Two threads that are in the fault handler at the same time. */
struct test_race {
	struct test_map map;
	struct page *page;
	wait_queue_head_t wait;
	atomic_t arrived;
	struct test_racer {
		struct test_race *race;
		struct completion done;
		bool write;
		u32 value;
		int ret;
	} racers[2];
};

static vm_fault_t test_race_handler(struct vm_fault *vmf)
{
	struct test_race *race = vmf->vma->vm_private_data;

	/* Only the first one may have to wait, and not for ever. */
	atomic_inc(&race->arrived);
	wake_up(&race->wait);
	wait_event_timeout(race->wait, atomic_read(&race->arrived) >= 2, 10 * HZ);
	return dax_insert_pfn(vmf, page_to_pfn(race->page), 0,
			      vmf->flags & FAULT_FLAG_WRITE);
}

static const struct vm_operations_struct test_race_ops = {
	.fault = test_race_handler,
	.page_mkwrite = test_race_handler,
};

static int test_race_mmap(struct test_map *map, struct vm_area_struct *vma)
{
	vma->vm_private_data = container_of(map, struct test_race, map);
	vma->vm_ops = &test_race_ops;
	return 0;
}

static int test_racer(void *data)
{
	struct test_racer *racer = data;
	u32 __user *uaddr = (u32 __user *)racer->race->map.addr;

	kthread_use_mm(racer->race->map.mm);
	if (racer->write)
		racer->ret = put_user(5, uaddr);
	else
		racer->ret = get_user(racer->value, uaddr);
	kthread_unuse_mm(racer->race->map.mm);
	complete(&racer->done);
	return 0;
}

static void two_threads_fault(struct kunit *test)
{
	struct test_race race = {
		.map.mmap = test_race_mmap,
		.page = test_alloc(test, 0, 0),
	};
	long filepages;
	u32 value;

	init_waitqueue_head(&race.wait);
	test_map_init(test, &race.map);
	filepages = test_filepages(&race.map);
	for (int i = 0; i < TEST_RACES; i++) {
		atomic_set(&race.arrived, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(test_map_try(&race.map, 1)));
		for (int j = 0; j < 2; j++) {
			struct test_racer *racer = &race.racers[j];

			struct task_struct *task;

			racer->race = &race;
			racer->write = (i >> j) & 1;
			racer->value = 0;
			init_completion(&racer->done);
			task = kthread_run(test_racer, racer, "test_racer/%d", j);
			if (IS_ERR(task)) {
				racer->ret = PTR_ERR(task);
				complete(&racer->done);
			}
		}
		for (int j = 0; j < 2; j++) {
			wait_for_completion(&race.racers[j].done);
			KUNIT_EXPECT_EQ(test, race.racers[j].ret, 0);
			value = race.racers[j].value;
			KUNIT_EXPECT_TRUE(test, value == 0 || value == 5);
		}
		KUNIT_EXPECT_GE(test, atomic_read(&race.arrived), 2);
		test_dax_mapped(&race.map, race.page, i & 3);
		KUNIT_EXPECT_EQ(test, page_ref_count(race.page), 2);
		KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(race.page)), 1);
		KUNIT_EXPECT_EQ(test, test_filepages(&race.map), filepages + 1);
		test_map_destroy(test, &race.map);
	}
	KUNIT_EXPECT_EQ(test, page_ref_count(race.page), 1);
	__free_page(race.page);
}

/* A frame that has no struct page. */
static unsigned long test_pageless_pfn(void)
{
	unsigned long pfn = max_pfn;

	while (pfn_valid(pfn))
		pfn++;
	return pfn;
}

static vm_fault_t test_insert_pfn(struct test_map *map, unsigned long addr,
				  unsigned long pfn)
{
	vm_fault_t ret;

	mmap_read_lock(map->mm);
	ret = vmf_insert_pfn(vma_lookup(map->mm, map->addr), addr, pfn);
	mmap_read_unlock(map->mm);
	return ret;
}

static vm_fault_t test_insert_mixed(struct test_map *map, unsigned long addr,
				    unsigned long pfn)
{
	vm_fault_t ret;

	mmap_read_lock(map->mm);
	ret = vmf_insert_mixed(vma_lookup(map->mm, map->addr), addr, pfn);
	mmap_read_unlock(map->mm);
	return ret;
}

static void pfns_are_not_counted(struct kunit *test)
{
	struct page *page = test_alloc(test, 0, 0), *other = test_alloc(test, 0, 0);
	struct test_map map = { .flags = VM_PFNMAP };
	const unsigned long pfn = page_to_pfn(page);
	long filepages;

	test_map_create(test, &map, 2);
	filepages = test_filepages(&map);
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS),
			test_code(test_insert_pfn(&map, map.addr - PAGE_SIZE, pfn)));
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS),
			test_code(test_insert_pfn(&map, map.addr + 2 * PAGE_SIZE, pfn)));
	for (int i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_NOPAGE),
				test_code(test_insert_pfn(&map, map.addr, pfn)));
		KUNIT_EXPECT_EQ(test, pfn, test_pfn_at(&map, map.addr));
	}
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_NOPAGE),
			test_code(test_insert_pfn(&map, map.addr, page_to_pfn(other))));
	KUNIT_EXPECT_EQ(test, pfn, test_pfn_at(&map, map.addr));
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr + PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	KUNIT_EXPECT_EQ(test, test_filepages(&map), filepages);

	test_map_destroy(test, &map);
	__free_page(page);
	__free_page(other);
}

/* What was a BUG() once is a failed access, and the driver's bugs a warning. */
static void flags_for_pfns_are_checked(struct kunit *test)
{
	static const unsigned long flags[] = { 0, VM_PFNMAP | VM_MIXEDMAP };
	const unsigned int last = IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) ?
			IS_ENABLED(CONFIG_HAVE_ARCH_TRANSPARENT_HUGEPAGE_PUD) ? 3 : 2 : 1;
	static const unsigned int orders[] = { 0, PMD_ORDER, PUD_ORDER };
	const unsigned long nr = last > 1 ? 2 * (PUD_SIZE / PAGE_SIZE) : 1;
	const unsigned long pfn = test_pageless_pfn();
	static bool warned[3];	/* in this boot */

	for (int i = 0; i < ARRAY_SIZE(flags); i++) {
		for (int j = 0; j < last; j++) {
			struct test_map map = { .flags = flags[i] };
			vm_fault_t code;
			int warnings;

			test_map_create(test, &map, nr);
			kunit_warning_suppress(test) {
				if (orders[j])
					code = test_insert_huge_pfn(&map, map.addr + PUD_SIZE,
								    0, orders[j]);
				else
					code = test_insert_pfn(&map, map.addr, pfn);
				warnings = test_warnings(1, warned[j]);
				KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, warnings);
			}
			warned[j] = true;
			KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS), test_code(code));
			KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr));
			test_map_destroy(test, &map);
		}
	}

	for (int j = 0; j < last; j++) {
		struct test_map map = { .flags = VM_PFNMAP };
		vm_fault_t code;

		test_map_private(test, &map, nr);
		kunit_warning_suppress(test) {
			if (orders[j])
				code = test_insert_huge_pfn(&map, map.addr + PUD_SIZE,
							    0, orders[j]);
			else
				code = test_insert_pfn(&map, map.addr, pfn);
			KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
		}
		KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS), test_code(code));
		test_map_destroy(test, &map);
	}
}

/* A frame with a struct page is for the helpers that know what a page is. */
static void mixedmap_has_pfns_without_pages(struct kunit *test)
{
	struct test_map map = { .flags = VM_MIXEDMAP };
	const unsigned long pfn = test_pageless_pfn();
	struct page *page = test_alloc(test, 0, 0);

	test_map_create(test, &map, 1);
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS),
				test_code(test_insert_pfn(&map, map.addr, page_to_pfn(page))));
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
	}
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr));
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_NOPAGE),
			test_code(test_insert_pfn(&map, map.addr, pfn)));
	KUNIT_EXPECT_EQ(test, pfn, test_pfn_at(&map, map.addr));
	test_map_destroy(test, &map);

	test_map_private(test, &map, 1);
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_NOPAGE),
			test_code(test_insert_pfn(&map, map.addr, pfn)));
	KUNIT_EXPECT_EQ(test, pfn, test_pfn_at(&map, map.addr));
	test_map_destroy(test, &map);
	__free_page(page);
}

/* Without a special bit, what has a struct page has to be counted as one. */
static void mixed_counts_without_a_special_bit(struct kunit *test)
{
	const int counted = !IS_ENABLED(CONFIG_ARCH_HAS_PTE_SPECIAL);
	struct test_map map = { .flags = VM_MIXEDMAP };
	struct page *page = test_alloc(test, 0, 0);
	const unsigned long pfns[] = { page_to_pfn(page), test_pageless_pfn() };
	long filepages;

	test_map_create(test, &map, 2);
	filepages = test_filepages(&map);
	for (int i = 0; i < 2; i++) {
		const unsigned long addr = map.addr + i * PAGE_SIZE;

		for (int j = 0; j < 2; j++) {
			KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_NOPAGE),
					test_code(test_insert_mixed(&map, addr, pfns[i])));
			KUNIT_EXPECT_EQ(test, pfns[i], test_pfn_at(&map, addr));
			KUNIT_EXPECT_EQ(test, !!pte_special(test_pte_at(&map, addr)), !counted);
		}
	}
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1 + counted);
	KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(page)), counted);
	KUNIT_EXPECT_EQ(test, test_filepages(&map), filepages + counted);

	test_map_destroy(test, &map);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	KUNIT_EXPECT_EQ(test, folio_mapcount(page_folio(page)), 0);
	KUNIT_EXPECT_EQ(test, test_filepages(&map), filepages);
	__free_page(page);
}

/* vm_mixed_ok(): the flag, or the zeropage where vm_normal_page() expects it. */
static void mixed_needs_mixedmap(struct kunit *test)
{
	static const unsigned long flags[] = { 0, VM_PFNMAP };
	const unsigned long pageless = test_pageless_pfn();
	const unsigned long zero = page_to_pfn(ZERO_PAGE(0));
	struct test_map map = { .flags = VM_MIXEDMAP };
	struct page *page = test_alloc(test, 0, 0);
	long filepages;

	/* Shared and writable, so that someone could write to the zeropage. */
	test_map_create(test, &map, 1);
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS),
			test_code(test_insert_mixed(&map, map.addr, zero)));
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS),
			test_code(test_insert_mixed(&map, map.addr - PAGE_SIZE, pageless)));
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS),
			test_code(test_insert_mixed(&map, map.addr + PAGE_SIZE, pageless)));
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr));
	test_map_destroy(test, &map);

	for (int i = 0; i < ARRAY_SIZE(flags); i++) {
		map.flags = flags[i];
		test_map_create(test, &map, 1);
		KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS),
				test_code(test_insert_mixed(&map, map.addr, page_to_pfn(page))));
		KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS),
				test_code(test_insert_mixed(&map, map.addr, pageless)));
		KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&map, map.addr));
		KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
		test_map_destroy(test, &map);
	}

	map.flags = 0;
	test_map_private(test, &map, 1);
	filepages = test_filepages(&map);
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS),
			test_code(test_insert_mixed(&map, map.addr, page_to_pfn(page))));
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_NOPAGE),
			test_code(test_insert_mixed(&map, map.addr, zero)));
	KUNIT_EXPECT_EQ(test, zero, test_pfn_at(&map, map.addr));
	KUNIT_EXPECT_FALSE(test, pte_write(test_pte_at(&map, map.addr)));
	KUNIT_EXPECT_EQ(test, test_filepages(&map), filepages);
	test_map_destroy(test, &map);
	__free_page(page);
}

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
/*
 * A file that is on DAX as far as mm can see: it has an inode of its own, and
 * nothing is deposited for the huge zero folio.
 */
static void test_dax_file(struct kunit *test, struct test_map *map)
{
	struct file *file;

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	map->test = test;
	map->mm = current->mm;
	file = anon_inode_create_getfile("[vmf_insert_kunit]", &test_map_fops, map,
					 O_RDWR, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	file_inode(file)->i_flags |= S_DAX;
	map->file = file;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, test_fput, file));
}

/* A mapping that has one entry of @order, from *@addr on, and some more. */
static void test_dax_huge_create(struct kunit *test, struct test_map *map,
				 unsigned int order, unsigned long *addr)
{
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(test_map_try(map, 2UL << order)));
	*addr = ALIGN(map->addr, PAGE_SIZE << order);
}

/* What is where @addr would have an entry of @order. */
struct test_entry {
	bool none, leaf, young, dirty, write, special;
	unsigned long pfn;
};

static struct test_entry test_entry_at(struct test_map *map, unsigned long addr,
				       unsigned int order)
{
	pud_t *pud = pud_offset(p4d_offset(pgd_offset(map->mm, addr), addr), addr);
	struct test_entry entry = { .none = true };

	if (order == PUD_ORDER) {
		entry.none = pud_none(*pud);
#ifdef CONFIG_HAVE_ARCH_TRANSPARENT_HUGEPAGE_PUD
		entry.leaf = pud_present(*pud) && pud_leaf(*pud);
		if (entry.leaf) {
			entry.young = pud_young(*pud);
			entry.dirty = pud_dirty(*pud);
			entry.write = pud_write(*pud);
			entry.pfn = pud_pfn(*pud);
		}
#endif
	} else {
		pmd_t *pmd = pmd_offset(pud, addr);

		entry.none = pmd_none(*pmd);
		entry.leaf = pmd_present(*pmd) && pmd_leaf(*pmd);
		if (entry.leaf) {
			entry.young = pmd_young(*pmd);
			entry.dirty = pmd_dirty(*pmd);
			entry.write = pmd_write(*pmd);
			entry.special = pmd_special(*pmd);
			entry.pfn = pmd_pfn(*pmd);
		}
	}
	return entry;
}

static void test_huge_mapped(struct test_map *map, unsigned long addr,
			     unsigned long pfn, unsigned int order, bool write)
{
	const struct test_entry entry = test_entry_at(map, addr, order);
	struct kunit *test = map->test;

	KUNIT_ASSERT_TRUE(test, entry.leaf);
	KUNIT_EXPECT_EQ(test, entry.pfn, pfn);
	KUNIT_EXPECT_EQ(test, entry.write, write);
	KUNIT_EXPECT_EQ(test, entry.dirty, write);
	if (write)
		KUNIT_EXPECT_TRUE(test, entry.young);
}

static void test_huge_code(struct test_map *map, unsigned long addr, unsigned long pfn,
			   unsigned int order, bool write, vm_fault_t code)
{
	KUNIT_EXPECT_EQ(map->test, test_code(code),
			test_code(test_dax_insert_order(map, addr, pfn, order, write)));
}

/* Nobody has used the entry for a while. */
static void test_huge_age(struct test_map *map, unsigned long addr, unsigned int order)
{
	pud_t *pud = pud_offset(p4d_offset(pgd_offset(map->mm, addr), addr), addr);
	struct vm_area_struct *vma;

	mmap_read_lock(map->mm);
	vma = vma_lookup(map->mm, addr);
	if (order == PMD_ORDER)
		pmdp_test_and_clear_young(vma, addr, pmd_offset(pud, addr));
#ifdef CONFIG_HAVE_ARCH_TRANSPARENT_HUGEPAGE_PUD
	else
		pudp_test_and_clear_young(vma, addr, pud);
#endif
	mmap_read_unlock(map->mm);
	KUNIT_EXPECT_FALSE(map->test, test_entry_at(map, addr, order).young);
}

/*
 * All that a huge entry goes through. @folio and @other are of one order and
 * have @refs references. The address that faults is anywhere in the entry.
 */
static void test_huge_folio(struct kunit *test, struct folio *folio,
			    struct folio *other, int refs)
{
	static bool warned[2];		/* in this boot, for a PUD and a PMD */
	const unsigned int order = folio_order(folio);
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	const unsigned long pfn = folio_pfn(folio);
	struct test_map *map = &fault.map;
	unsigned long addr;
	long filepages;

	test_dax_file(test, map);
	filepages = test_filepages(map);
	for (int reads = 0; reads < 3; reads++) {
		test_dax_huge_create(test, map, order, &addr);
		for (int i = 0; i < reads; i++) {
			test_huge_code(map, addr + 5 * PAGE_SIZE, pfn, order, false,
				       VM_FAULT_NOPAGE);
			test_huge_mapped(map, addr, pfn, order, false);
		}
		kunit_warning_suppress(test) {
			if (reads) {
				test_huge_code(map, addr, folio_pfn(other), order, true,
					       VM_FAULT_NOPAGE);
				test_huge_mapped(map, addr, pfn, order, false);
				KUNIT_EXPECT_EQ(test, folio_ref_count(other), refs);
			}
			KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, reads ?
				test_warnings(1, warned[order == PMD_ORDER]) : 0);
			warned[order == PMD_ORDER] |= reads;
		}
		if (reads)
			test_huge_age(map, addr, order);
		for (int i = 0; i < 2; i++) {
			test_huge_code(map, addr + (PAGE_SIZE << order) - 1, pfn, order,
				       true, VM_FAULT_NOPAGE);
			test_huge_mapped(map, addr, pfn, order, true);
		}
		test_huge_code(map, addr, pfn, order, false, VM_FAULT_NOPAGE);
		test_huge_code(map, addr, folio_pfn(other), order, false, VM_FAULT_NOPAGE);
		test_huge_mapped(map, addr, pfn, order, true);

		/* A fault that wants only a part finds the whole. */
		test_huge_code(map, addr + 3 * PAGE_SIZE, pfn + 3, 0, true, VM_FAULT_NOPAGE);
		test_huge_mapped(map, addr, pfn, order, true);

		KUNIT_EXPECT_EQ(test, folio_ref_count(folio), refs + 1);
		KUNIT_EXPECT_EQ(test, folio_ref_count(other), refs);
		KUNIT_EXPECT_EQ(test, folio_entire_mapcount(folio), 1);
		KUNIT_EXPECT_EQ(test, test_filepages(map), filepages + (1L << order));
		test_map_destroy(test, map);
		KUNIT_EXPECT_EQ(test, folio_ref_count(folio), refs);
		KUNIT_EXPECT_EQ(test, folio_mapcount(folio), 0);
		KUNIT_EXPECT_EQ(test, test_filepages(map), filepages);
	}
}

/* All of the entry must be within the VMA, and the pfn be aligned to it. */
static void test_huge_refused(struct kunit *test, struct folio *folio, int refs)
{
	const unsigned int order = folio_order(folio);
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	const unsigned long pfn = folio_pfn(folio), size = PAGE_SIZE << order;
	struct test_map *map = &fault.map;
	unsigned long addr;
	static bool warned;		/* in this boot */

	test_dax_file(test, map);
	test_dax_huge_create(test, map, order, &addr);
	kunit_warning_suppress(test) {
		test_huge_code(map, addr, pfn + 1, order, false, VM_FAULT_SIGBUS);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, test_warnings(1, warned));
		warned = true;
	}
	KUNIT_EXPECT_TRUE(test, test_entry_at(map, addr, order).none);

	/* Without the first page of one huge page and the last of the next. */
	KUNIT_ASSERT_EQ(test, 0, vm_munmap(map->addr, addr + PAGE_SIZE - map->addr));
	KUNIT_ASSERT_EQ(test, 0, vm_munmap(map->addr + map->size - PAGE_SIZE, PAGE_SIZE));
	map->size -= addr + 2 * PAGE_SIZE - map->addr;
	map->addr = addr + PAGE_SIZE;
	kunit_warning_suppress(test) {
		test_huge_code(map, map->addr, pfn, order, true, VM_FAULT_SIGBUS);
		test_huge_code(map, addr + size, pfn, order, true, VM_FAULT_SIGBUS);
		test_huge_code(map, addr + 2 * size, pfn, order, true, VM_FAULT_SIGBUS);
		test_huge_code(map, 0, pfn, order, true, VM_FAULT_SIGBUS);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
	}
	KUNIT_EXPECT_TRUE(test, test_entry_at(map, addr, order).none);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), refs);
	KUNIT_EXPECT_EQ(test, folio_mapcount(folio), 0);
	test_map_destroy(test, map);
}

static struct folio *test_alloc_huge(struct kunit *test)
{
	struct folio *folio = NULL;

	if (has_transparent_hugepage())
		folio = folio_alloc(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN, HPAGE_PMD_ORDER);
	if (!folio)
		kunit_skip(test, "no huge page to be had");
	return folio;
}

static void pmd_of_memory(struct kunit *test)
{
	struct folio *folio = test_alloc_huge(test), *other = test_alloc_huge(test);

	test_huge_folio(test, folio, other, 1);
	test_huge_refused(test, folio, 1);
	folio_put(folio);
	folio_put(other);
}

/* Somebody reads and writes through the entry. */
static vm_fault_t test_huge_handler(struct vm_fault *vmf, unsigned int order)
{
	struct test_fault *fault = vmf->vma->vm_private_data;

	/* Larger ones are tried first. */
	if (order != PMD_ORDER)
		return VM_FAULT_FALLBACK;
	fault->faults++;
	return dax_insert_pfn(vmf, page_to_pfn(fault->page), order,
			      vmf->flags & FAULT_FLAG_WRITE);
}

static const struct vm_operations_struct test_huge_ops = {
	.huge_fault = test_huge_handler,
	.page_mkwrite = test_dax_handler,
	.fault = test_dax_handler,
};

static int test_huge_mmap(struct test_map *map, struct vm_area_struct *vma)
{
	vma->vm_private_data = container_of(map, struct test_fault, map);
	vma->vm_ops = &test_huge_ops;
	vm_flags_set(vma, VM_HUGEPAGE);
	return 0;
}

static void pmd_is_faulted_in(struct kunit *test)
{
	struct folio *folio = test_alloc_huge(test);
	struct test_fault fault = {
		.map.mmap = test_huge_mmap,
		.page = &folio->page,
	};
	u32 *kaddr = folio_address(folio) + 7 * PAGE_SIZE, value = 0;
	struct test_map *map = &fault.map;
	unsigned long addr;

	if (!IS_ENABLED(CONFIG_FS_DAX)) {
		folio_put(folio);
		kunit_skip(test, "no DAX");
	}
	test_dax_file(test, map);
	test_dax_huge_create(test, map, PMD_ORDER, &addr);
	*kaddr = 0x12345678;
	KUNIT_EXPECT_EQ(test, 0, get_user(value, (u32 __user *)(addr + 7 * PAGE_SIZE)));
	KUNIT_EXPECT_EQ(test, value, 0x12345678);
	KUNIT_EXPECT_EQ(test, fault.faults, 1);
	test_huge_mapped(map, addr, folio_pfn(folio), PMD_ORDER, false);
	KUNIT_EXPECT_EQ(test, 0, put_user(5, (u32 __user *)(addr + 7 * PAGE_SIZE)));
	KUNIT_EXPECT_EQ(test, fault.faults, 2);
	test_huge_mapped(map, addr, folio_pfn(folio), PMD_ORDER, true);
	KUNIT_EXPECT_EQ(test, *kaddr, 5);

	test_map_destroy(test, map);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);
	folio_put(folio);
}

/* The huge zero folio is mapped for reads, not counted, and gives way. */
static void huge_hole_then_write(struct kunit *test)
{
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	struct folio *folio = test_alloc_huge(test), *zero;
	struct test_map *map = &fault.map;
	struct test_entry entry;
	unsigned long addr;
	long filepages;
	int refs;

	test_dax_file(test, map);
	zero = mm_get_huge_zero_folio(map->mm);
	if (!zero || !IS_ENABLED(CONFIG_FS_DAX)) {
		folio_put(folio);
		kunit_skip(test, "no huge zero folio, or no DAX");
	}
	test_dax_huge_create(test, map, PMD_ORDER, &addr);
	filepages = test_filepages(map);
	refs = folio_ref_count(zero);
	kunit_warning_suppress(test) {
		for (int i = 0; i < 2; i++)
			test_huge_code(map, addr, folio_pfn(zero), PMD_ORDER, false,
				       VM_FAULT_NOPAGE);
		test_huge_code(map, addr, folio_pfn(folio), PMD_ORDER, true, VM_FAULT_NOPAGE);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
		test_huge_code(map, addr, folio_pfn(zero), PMD_ORDER, true, VM_FAULT_SIGBUS);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
		test_huge_code(map, addr, folio_pfn(zero) + 1, 0, false, VM_FAULT_SIGBUS);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 2);
	}
	entry = test_entry_at(map, addr, PMD_ORDER);
	KUNIT_EXPECT_TRUE(test, entry.leaf);
	KUNIT_EXPECT_EQ(test, entry.pfn, folio_pfn(zero));
	KUNIT_EXPECT_FALSE(test, entry.write);
	KUNIT_EXPECT_EQ(test, entry.special, IS_ENABLED(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP));
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);
	KUNIT_EXPECT_EQ(test, folio_ref_count(zero), refs);
	KUNIT_EXPECT_EQ(test, test_filepages(map), filepages);

	mmap_read_lock(map->mm);
	zap_vma(vma_lookup(map->mm, map->addr));
	mmap_read_unlock(map->mm);
	test_huge_code(map, addr, folio_pfn(folio), PMD_ORDER, true, VM_FAULT_NOPAGE);
	test_huge_mapped(map, addr, folio_pfn(folio), PMD_ORDER, true);

	test_map_destroy(test, map);
	KUNIT_EXPECT_EQ(test, folio_ref_count(zero), refs);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);
	folio_put(folio);
}

/* A page table wants to be where a huge pfn is. */
static void pfn_under_a_huge_one(struct kunit *test)
{
	struct folio *folio = test_alloc_huge(test);
	const unsigned long pfn = folio_pfn(folio);
	struct test_map map = { .flags = VM_PFNMAP };
	unsigned long addr;

	test_map_create(test, &map, 2UL << PMD_ORDER);
	addr = ALIGN(map.addr, PMD_SIZE);
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_NOPAGE),
			test_code(test_insert_huge_pfn(&map, addr + PAGE_SIZE, pfn, PMD_ORDER)));
	test_huge_mapped(&map, addr, pfn, PMD_ORDER, true);
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_NOPAGE),
			test_code(test_insert_pfn(&map, addr + 3 * PAGE_SIZE, pfn + 3)));
	test_huge_mapped(&map, addr, pfn, PMD_ORDER, true);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);

	test_map_destroy(test, &map);
	folio_put(folio);
}

/* A VMA may end in the middle of a huge pfn, once it is split. */
static void part_of_a_huge_pfn_is_unmapped(struct kunit *test)
{
	static const unsigned int orders[] = { PMD_ORDER, PUD_ORDER };
	const unsigned long pfn = 1UL << (38 - PAGE_SHIFT);	/* there is nothing */

	for (int i = 0; i < ARRAY_SIZE(orders); i++) {
		struct test_map map = { .flags = VM_PFNMAP };
		unsigned long addr, part;

		if (orders[i] == PUD_ORDER &&
		    !IS_ENABLED(CONFIG_ARCH_SUPPORTS_PUD_PFNMAP))
			break;
		test_map_create(test, &map, 2UL << orders[i]);
		addr = ALIGN(map.addr, PAGE_SIZE << orders[i]);
		KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_NOPAGE),
				test_code(test_insert_huge_pfn(&map, addr, pfn, orders[i])));
		test_huge_mapped(&map, addr, pfn, orders[i], true);

		part = addr + (PAGE_SIZE << orders[i]) / 2 + 5 * PAGE_SIZE;
		KUNIT_EXPECT_EQ(test, 0, vm_munmap(part, PAGE_SIZE));
		KUNIT_EXPECT_TRUE(test, test_entry_at(&map, addr, orders[i]).none);
		mmap_read_lock(map.mm);
		KUNIT_EXPECT_NULL(test, vma_lookup(map.mm, part));
		KUNIT_EXPECT_NOT_NULL(test, vma_lookup(map.mm, part - PAGE_SIZE));
		KUNIT_EXPECT_NOT_NULL(test, vma_lookup(map.mm, part + PAGE_SIZE));
		mmap_read_unlock(map.mm);
		test_map_destroy(test, &map);
	}
}

#ifdef CONFIG_ZONE_DEVICE
/* Device memory that nobody reads or writes: there is none behind it. */
struct test_device {
	struct dev_pagemap pgmap;
	struct resource res;
};

static void test_device_remove(void *data)
{
	struct test_device *dev = data;

	memunmap_pages(&dev->pgmap);
	WARN_ON(release_resource(&dev->res));
}

static unsigned long test_device_add(struct kunit *test, unsigned long size,
				     enum memory_type type, unsigned int shift)
{
	struct range range = mhp_get_pluggable_range(true);
	struct test_device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	void *kaddr;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	dev->res.name = "vmf_insert_kunit";
	dev->res.flags = IORESOURCE_MEM;
	if (allocate_resource(&iomem_resource, &dev->res, size,
			      max(range.start, PFN_PHYS(max_pfn)), range.end, size,
			      NULL, NULL))
		kunit_skip(test, "no room for %lu MiB of device memory", size >> 20);
	dev->pgmap.type = type;
	dev->pgmap.vmemmap_shift = shift;
	dev->pgmap.range.start = dev->res.start;
	dev->pgmap.range.end = dev->res.end;
	dev->pgmap.nr_range = 1;
	kaddr = memremap_pages(&dev->pgmap, NUMA_NO_NODE);
	if (IS_ERR(kaddr)) {
		release_resource(&dev->res);
		kunit_skip(test, "no device memory: %pe", kaddr);
	}
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, test_device_remove, dev));
	return PHYS_PFN(dev->res.start);
}

/* A folio that is larger or smaller than what is asked for. */
static void test_huge_order(struct kunit *test, unsigned long pfn, unsigned int order)
{
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	struct folio *folio = pfn_folio(pfn);
	const int refs = folio_ref_count(folio);
	struct test_map *map = &fault.map;
	unsigned long addr;

	test_dax_file(test, map);
	test_dax_huge_create(test, map, order, &addr);
	kunit_warning_suppress(test) {
		for (int write = 0; write < 2; write++) {
			test_huge_code(map, addr, pfn, order, write, VM_FAULT_SIGBUS);
			KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, write + 1);
		}
	}
	KUNIT_EXPECT_TRUE(test, test_entry_at(map, addr, order).none);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), refs);
	KUNIT_EXPECT_EQ(test, folio_mapcount(folio), 0);
	test_map_destroy(test, map);
}

/* As device-dax has its pages: of a fixed order, and never without reference. */
static void test_devdax(struct kunit *test, unsigned int order)
{
	const unsigned long pfn = test_device_add(test, PAGE_SIZE << (order + 1),
						  MEMORY_DEVICE_GENERIC, order);

	test_huge_folio(test, pfn_folio(pfn), pfn_folio(pfn + (1UL << order)), 1);
	test_huge_refused(test, pfn_folio(pfn), 1);
	if (order != PMD_ORDER)
		test_huge_order(test, pfn, PMD_ORDER);
}

static void pmd_of_device_dax(struct kunit *test)
{
	test_devdax(test, PMD_ORDER);
}

#ifdef CONFIG_HAVE_ARCH_TRANSPARENT_HUGEPAGE_PUD
static void pud_of_device_dax(struct kunit *test)
{
	test_devdax(test, PUD_ORDER);
}
#endif

#ifdef CONFIG_FS_DAX
/* As fs-dax has its pages: joined when needed, and without a reference. */
static void pages_of_fs_dax(struct kunit *test)
{
	const unsigned long pfn = test_device_add(test, 4 * PMD_SIZE, MEMORY_DEVICE_FS_DAX, 0);
	struct test_fault fault = { .map.mmap = test_dax_mmap };
	struct page *pages[] = { pfn_to_page(pfn), pfn_to_page(pfn + HPAGE_PMD_NR) };
	struct page *page = pfn_to_page(pfn + 2 * HPAGE_PMD_NR);
	struct page *tail = pages[1] + 9;
	struct test_map *map = &fault.map;

	for (int i = 0; i < 2; i++) {
		prep_compound_page(pages[i], PMD_ORDER);
		INIT_LIST_HEAD(&page_folio(pages[i])->_deferred_list);
	}
	test_huge_folio(test, page_folio(pages[0]), page_folio(pages[1]), 0);
	test_huge_refused(test, page_folio(pages[0]), 0);

	/* Small ones, and one of a large one. */
	for (int i = 0; i < 2; i++) {
		struct page *which = i ? tail : page;

		test_map_create(test, map, 1);
		KUNIT_EXPECT_EQ(test, page_ref_count(compound_head(which)), 0);
		test_dax_nopage(map, which, false);
		KUNIT_EXPECT_EQ(test, page_ref_count(compound_head(which)), 1);
		test_dax_nopage(map, which, true);
		test_dax_mapped(map, which, true);
		test_dax_nopage(map, page + 1, false);
		KUNIT_EXPECT_EQ(test, page_ref_count(page + 1), 0);
		KUNIT_EXPECT_EQ(test, page_ref_count(compound_head(which)), 1);
		test_map_destroy(test, map);
		KUNIT_EXPECT_EQ(test, page_ref_count(compound_head(which)), 0);
	}
	for (int i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, PMD_ORDER, dax_folio_reset_order(page_folio(pages[i])));
}
#endif
#endif /* CONFIG_ZONE_DEVICE */
#endif /* CONFIG_TRANSPARENT_HUGEPAGE */

#else /* !CONFIG_MMU */

static void nommu_refuses(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct vm_area_struct vma = {};

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, test_code(VM_FAULT_SIGBUS),
			test_code(vmf_insert_page(&vma, 0, page)));
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	__free_page(page);
}
#endif /* CONFIG_MMU */

static struct kunit_case vmf_insert_cases[] = {
#ifdef CONFIG_MMU
	KUNIT_CASE(fault_maps_the_page),
	KUNIT_CASE(fault_on_a_typed_page_fails),
	KUNIT_CASE(any_address_of_the_vma),
	KUNIT_CASE(occupied_entry_is_a_lost_race),
	KUNIT_CASE(address_is_checked),
	KUNIT_CASE(unsuitable_pages_are_refused),
	KUNIT_CASE(no_memory_for_a_page_table),
	KUNIT_CASE(mixedmap_is_never_set),
	KUNIT_CASE(pfnmap_and_mixedmap_are_allowed),
#ifdef CONFIG_PER_VMA_LOCK
	KUNIT_CASE(vma_read_lock_is_enough),
#endif
#if !defined(CONFIG_PER_VMA_LOCK) || defined(CONFIG_DEBUG_VM)
	KUNIT_CASE(no_lock_is_noticed),
#endif
	KUNIT_CASE(write_sets_the_bits),
	KUNIT_CASE(write_needs_one_fault),
	KUNIT_CASE(zero_page_then_write),
	KUNIT_CASE(marker_is_no_page),
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	KUNIT_CASE(page_table_is_no_page),
#endif
	KUNIT_CASE(old_entry_becomes_young),
	KUNIT_CASE(read_only_stays_read_only),
	KUNIT_CASE(private_copy_is_kept),
	KUNIT_CASE(references_may_start_at_zero),
	KUNIT_CASE(any_page_of_a_folio_is_mapped),
	KUNIT_CASE(dax_address_is_checked),
	KUNIT_CASE(dax_refuses_unsuitable_pages),
	KUNIT_CASE(dax_has_no_memory),
#if !defined(CONFIG_PER_VMA_LOCK) || defined(CONFIG_DEBUG_VM)
	KUNIT_CASE(dax_without_lock_is_noticed),
#endif
	KUNIT_CASE(other_orders_fall_back),
	KUNIT_CASE(two_threads_fault),
#ifdef CONFIG_ADVISE_SYSCALLS
	KUNIT_CASE(guard_region_wins),
#endif
	KUNIT_CASE(pfns_are_not_counted),
	KUNIT_CASE(flags_for_pfns_are_checked),
	KUNIT_CASE(mixedmap_has_pfns_without_pages),
	KUNIT_CASE(mixed_counts_without_a_special_bit),
	KUNIT_CASE(mixed_needs_mixedmap),
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	KUNIT_CASE(pmd_of_memory),
	KUNIT_CASE(pmd_is_faulted_in),
	KUNIT_CASE(huge_hole_then_write),
	KUNIT_CASE(pfn_under_a_huge_one),
	KUNIT_CASE(part_of_a_huge_pfn_is_unmapped),
#ifdef CONFIG_ZONE_DEVICE
	KUNIT_CASE(pmd_of_device_dax),
#ifdef CONFIG_HAVE_ARCH_TRANSPARENT_HUGEPAGE_PUD
	KUNIT_CASE(pud_of_device_dax),
#endif
#ifdef CONFIG_FS_DAX
	KUNIT_CASE(pages_of_fs_dax),
#endif
#endif
#endif
	/* Last, because some architectures warn but once a boot. */
	KUNIT_CASE(other_page_is_a_lost_race),
#else
	KUNIT_CASE(nommu_refuses),
#endif
	{}
};

static struct kunit_suite vmf_insert_suite = {
	.name = "vmf_insert",
	.test_cases = vmf_insert_cases,
};

kunit_test_suite(vmf_insert_suite);

MODULE_DESCRIPTION("KUnit tests for the helpers that page faults use");
MODULE_LICENSE("GPL");
