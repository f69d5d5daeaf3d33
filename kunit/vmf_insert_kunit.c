// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for the helpers that page faults use to map pages.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/debug_locks.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/uaccess.h>

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
