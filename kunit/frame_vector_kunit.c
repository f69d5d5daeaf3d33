// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for the frame vector.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/debug_locks.h>
#include <linux/delay.h>
#include <linux/frame_vector.h>
#include <linux/highmem.h>
#include <linux/hugetlb.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mmu_notifier.h>
#include <linux/moduleparam.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/swap.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/syscall.h>
#if IS_BUILTIN(CONFIG_VIDEOBUF2_MEMOPS)
#include <media/videobuf2-memops.h>
#endif

#include "../internal.h"
#include "insert_kunit.h"

#define TEST_NR		4
#define TEST_SIZE	(TEST_NR * PAGE_SIZE)

/* What get_vaddr_frames() returns can be told from an errno. */
static_assert((int)FRAME_VECTOR_MAX_FRAMES > 0);

/* Some architectures make the warning of a WARN_ON_ONCE() once a boot. */
#ifdef __WARN_FLAGS
#define TEST_EXPECT_WARNINGS(test, nr)	\
	KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, nr)
#else
#define TEST_EXPECT_WARNINGS(test, nr)	\
	KUNIT_EXPECT_LE(test, KUNIT_SUPPRESSED_WARNING_COUNT(), nr)
#endif

static bool test_tell_nobody(struct frame_vector *vec,
			     const struct mmu_notifier_range *range)
{
	return true;
}

static const struct frame_vector_ops test_deaf_ops = {
	.invalidate = test_tell_nobody,
};

static struct frame_vector *test_vec(struct kunit *test, unsigned int nr,
				     const struct frame_vector_ops *ops,
				     void *private)
{
	struct frame_vector *vec = frame_vector_create(nr, ops, private);

	KUNIT_ASSERT_NOT_NULL(test, vec);
	KUNIT_EXPECT_EQ(test, frame_vector_count(vec), 0);
	KUNIT_EXPECT_FALSE(test, frame_vector_stale(vec));
	return vec;
}

/* A get that fails leaves an empty vector, and nobody who listens. */
static void test_get_fails(struct kunit *test, struct frame_vector *vec,
			   unsigned long addr, unsigned int nr, bool write,
			   int err)
{
	const int listeners = atomic_read(&current->mm->mm_count);

	KUNIT_EXPECT_EQ(test, get_vaddr_frames(addr, nr, write, vec), err);
	KUNIT_EXPECT_EQ(test, frame_vector_count(vec), 0);
	KUNIT_EXPECT_FALSE(test, frame_vector_stale(vec));
	KUNIT_EXPECT_EQ(test, atomic_read(&current->mm->mm_count), listeners);
	put_vaddr_frames(vec);
}

static void creates_what_can_be_held(struct kunit *test)
{
	static const struct frame_vector_ops no_callback = {};
	static const unsigned int sizes[] = { 1, 2, 511, 512, 100000 };
	struct frame_vector *vec;

	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		vec = test_vec(test, sizes[i], NULL, NULL);
		KUNIT_EXPECT_EQ(test, vec->nr_allocated, sizes[i]);
		/* All of it is there. */
		memset(vec->ptrs, 0, array_size(sizes[i], sizeof(void *)));
		frame_vector_destroy(vec);
	}

	kunit_warning_suppress(test) {
		KUNIT_EXPECT_NULL(test, frame_vector_create(0, NULL, NULL));
		KUNIT_EXPECT_NULL(test, frame_vector_create(FRAME_VECTOR_MAX_FRAMES + 1,
							    NULL, NULL));
		KUNIT_EXPECT_NULL(test, frame_vector_create(UINT_MAX, NULL, NULL));
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
		KUNIT_EXPECT_NULL(test, frame_vector_create(1, &no_callback, NULL));
		TEST_EXPECT_WARNINGS(test, 1);
	}
	frame_vector_destroy(NULL);
}

/* Without a fault injector: ask for more than there is. */
static void create_runs_out_of_memory(struct kunit *test)
{
	if (totalram_pages() > (INT_MAX / 2) >> PAGE_SHIFT)
		kunit_skip(test, "too much memory");
	KUNIT_EXPECT_NULL(test, frame_vector_create(FRAME_VECTOR_MAX_FRAMES, NULL, NULL));
}

/* Kernel threads have no user addresses. */
static void needs_an_mm(struct kunit *test)
{
	struct frame_vector *vec = test_vec(test, 1, NULL, NULL);

	KUNIT_ASSERT_NULL(test, current->mm);
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, get_vaddr_frames(PAGE_SIZE, 1, false, vec), -EINVAL);
		TEST_EXPECT_WARNINGS(test, 1);
	}
	frame_vector_destroy(vec);
}

#ifdef CONFIG_MMU
/* Ordinary memory at @addr, or wherever there is space for it if that is 0. */
static unsigned long test_anon(struct kunit *test, unsigned long addr,
			       unsigned long size, unsigned long prot)
{
	unsigned long flags = MAP_PRIVATE | MAP_ANONYMOUS | (addr ? MAP_FIXED : 0);

	addr = vm_mmap(NULL, addr, size, prot, flags, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	return addr;
}

/* The page of ordinary memory, which stays mapped. */
static struct page *test_page_at(struct kunit *test, unsigned long addr)
{
	struct page *page;

	KUNIT_ASSERT_EQ(test, get_user_pages_fast(addr, 1, FOLL_WRITE, &page), 1);
	put_page(page);
	/* References that would go away by themselves. */
	lru_add_drain_all();
	return page;
}

static void pins_ordinary_memory(struct kunit *test)
{
	struct frame_vector *vec = test_vec(test, TEST_NR, NULL, NULL);
	struct page *page[TEST_NR], **pages;
	unsigned long addr, *pfns;
	int refs[TEST_NR];

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	addr = test_anon(test, 0, TEST_SIZE, PROT_READ | PROT_WRITE);
	for (int i = 0; i < TEST_NR; i++) {
		page[i] = test_page_at(test, addr + i * PAGE_SIZE);
		refs[i] = page_ref_count(page[i]);
	}

	for (int write = 0; write < 2; write++) {
		/* Anywhere in the first page. */
		KUNIT_EXPECT_EQ(test, TEST_NR,
				get_vaddr_frames(addr + 123, TEST_NR, write, vec));
		KUNIT_EXPECT_EQ(test, frame_vector_count(vec), TEST_NR);
		KUNIT_EXPECT_FALSE(test, frame_vector_is_raw(vec));
		pages = frame_vector_pages(vec);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pages);
		for (int i = 0; i < TEST_NR; i++) {
			KUNIT_EXPECT_PTR_EQ(test, pages[i], page[i]);
			KUNIT_EXPECT_TRUE(test, folio_maybe_dma_pinned(page_folio(page[i])));
		}

		/* To pfns and back, while the pins stay. */
		pfns = frame_vector_pfns(vec);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pfns);
		for (int i = 0; i < TEST_NR; i++)
			KUNIT_EXPECT_EQ(test, pfns[i], page_to_pfn(page[i]));
		if (write) {
			pages = frame_vector_pages(vec);
			KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pages);
			KUNIT_EXPECT_EQ(test, frame_vector_to_pages(vec), 0);
			for (int i = 0; i < TEST_NR; i++)
				KUNIT_EXPECT_PTR_EQ(test, pages[i], page[i]);
		}
		KUNIT_EXPECT_EQ(test, frame_vector_count(vec), TEST_NR);

		put_vaddr_frames(vec);
		KUNIT_EXPECT_EQ(test, frame_vector_count(vec), 0);
		for (int i = 0; i < TEST_NR; i++) {
			KUNIT_EXPECT_EQ(test, page_ref_count(page[i]), refs[i]);
			KUNIT_EXPECT_FALSE(test, folio_maybe_dma_pinned(page_folio(page[i])));
		}
		put_vaddr_frames(vec);
	}
	frame_vector_destroy(vec);
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr, TEST_SIZE));
}

/* Pinned pages outlive the mapping, and need no listener. */
static void pins_outlive_the_mapping(struct kunit *test)
{
	struct frame_vector *vec = test_vec(test, 1, &test_deaf_ops, NULL);
	unsigned long addr;
	struct page *page;

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	addr = test_anon(test, 0, PAGE_SIZE, PROT_READ | PROT_WRITE);
	test_page_at(test, addr);
	KUNIT_EXPECT_EQ(test, get_vaddr_frames(addr, 1, true, vec), 1);
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr, PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, frame_vector_stale(vec));
	page = frame_vector_pages(vec)[0];
	KUNIT_EXPECT_TRUE(test, folio_maybe_dma_pinned(page_folio(page)));
	/* The last who holds it, but for us. */
	get_page(page);
	put_vaddr_frames(vec);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
	put_page(page);
	frame_vector_destroy(vec);
}

/* What destroy does for who forgot to put. */
static void destroy_puts_with_a_warning(struct kunit *test)
{
	struct frame_vector *vec = test_vec(test, 1, NULL, NULL);
	unsigned long addr;
	struct page *page;
	int refs;

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	addr = test_anon(test, 0, PAGE_SIZE, PROT_READ | PROT_WRITE);
	page = test_page_at(test, addr);
	refs = page_ref_count(page);
	KUNIT_EXPECT_EQ(test, get_vaddr_frames(addr, 1, true, vec), 1);
	kunit_warning_suppress(test) {
		frame_vector_destroy(vec);
		TEST_EXPECT_WARNINGS(test, 1);
	}
	KUNIT_EXPECT_EQ(test, page_ref_count(page), refs);
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr, PAGE_SIZE));
}

/* Caller bugs: a warning, an errno, and what was pinned stays pinned. */
static void wrong_callers_are_refused(struct kunit *test)
{
	struct frame_vector *vec = test_vec(test, 2, NULL, NULL);
	unsigned long addr;
	struct page *page;
	int refs;

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	addr = test_anon(test, 0, TEST_SIZE, PROT_READ | PROT_WRITE);
	page = test_page_at(test, addr);
	refs = page_ref_count(page);

	kunit_warning_suppress(test) {
		test_get_fails(test, vec, addr, 3, true, -EINVAL);
		TEST_EXPECT_WARNINGS(test, 1);
	}
	KUNIT_EXPECT_EQ(test, page_ref_count(page), refs);

	KUNIT_EXPECT_EQ(test, get_vaddr_frames(addr, 1, true, vec), 1);
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, get_vaddr_frames(addr + PAGE_SIZE, 1, true, vec),
				-EBUSY);
		TEST_EXPECT_WARNINGS(test, 1);
	}
	KUNIT_EXPECT_EQ(test, frame_vector_count(vec), 1);
	KUNIT_EXPECT_PTR_EQ(test, frame_vector_pages(vec)[0], page);
	put_vaddr_frames(vec);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), refs);
	frame_vector_destroy(vec);
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr, TEST_SIZE));
}

/* With and without operations, as the way through the code differs. */
static void bad_ranges_are_refused(struct kunit *test)
{
	static const struct frame_vector_ops *const ops[] = { NULL, &test_deaf_ops };
	unsigned long addr;

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	for (int i = 0; i < ARRAY_SIZE(ops); i++) {
		struct frame_vector *vec = test_vec(test, TEST_NR, ops[i], NULL);

		addr = test_anon(test, 0, TEST_SIZE, PROT_READ | PROT_WRITE);
		kunit_warning_suppress(test) {
			test_get_fails(test, vec, addr, 0, true, -EINVAL);
			/* Wraps, and ends where the address space does. */
			test_get_fails(test, vec, -PAGE_SIZE, 2, true, -EOVERFLOW);
			test_get_fails(test, vec, -PAGE_SIZE, 1, true, -EOVERFLOW);
			/* Kernel addresses, and up to them. */
			test_get_fails(test, vec, (unsigned long)vec, 1, true, -EFAULT);
			test_get_fails(test, vec, (unsigned long)test->name, 1, false,
				       -EFAULT);
			/* A hole. */
			KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr + 2 * PAGE_SIZE, PAGE_SIZE));
			test_get_fails(test, vec, addr + 2 * PAGE_SIZE, 2, true, -EFAULT);
			KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
		}
		/* Up to the hole, and behind it. */
		KUNIT_EXPECT_EQ(test, get_vaddr_frames(addr, TEST_NR, true, vec), 2);
		KUNIT_EXPECT_EQ(test, frame_vector_count(vec), 2);
		put_vaddr_frames(vec);
		KUNIT_EXPECT_EQ(test, 1,
				get_vaddr_frames(addr + 3 * PAGE_SIZE, 1, true, vec));
		put_vaddr_frames(vec);
		frame_vector_destroy(vec);
		KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr, TEST_SIZE));
	}
}

static void protection_is_obeyed(struct kunit *test)
{
	struct frame_vector *vec = test_vec(test, 1, NULL, NULL);
	unsigned long none, ro;

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	none = test_anon(test, 0, PAGE_SIZE, PROT_NONE);
	ro = test_anon(test, 0, PAGE_SIZE, PROT_READ);
	test_get_fails(test, vec, none, 1, false, -EFAULT);
	test_get_fails(test, vec, none, 1, true, -EFAULT);
	test_get_fails(test, vec, ro, 1, true, -EFAULT);
	KUNIT_EXPECT_EQ(test, get_vaddr_frames(ro, 1, false, vec), 1);
	put_vaddr_frames(vec);
	frame_vector_destroy(vec);
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(none, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(ro, PAGE_SIZE));
}

#define TEST_LIVE	0xa5
#define TEST_POISON	0x6b

struct test_holder;

/*
 * Whose frames are mapped raw: when the last mapping is gone, the frames are
 * free and used for something else. The test keeps a reference, to look at
 * them.
 */
struct test_raw {
	struct test_map map;
	struct page *page[TEST_NR];
	struct test_holder *holder;
	atomic_t vmas;
	bool freed;
	bool told_before_free;

	/* What faults do. */
	bool lazy;
	unsigned int faults;
	unsigned int mkwrites;
	vm_fault_t fail;
	unsigned int fail_at;	/* index of the page */
	bool retry;
	void (*in_fault)(struct test_raw *raw, struct vm_fault *vmf);
};

/* Who uses the frames, and what was told. The hardware works under the lock. */
struct test_holder {
	struct test_raw *raw;
	spinlock_t lock;	/* taken by the callback */
	struct frame_vector *vec;
	unsigned int told;
	enum mmu_notifier_event event;
	bool mapped;		/* was it when the callback ran? */
	bool live;
	bool stale;
	bool needs_sleep;
};

/* The frame at @addr, found without an allocation: callbacks must not. */
static unsigned long test_peek(struct mm_struct *mm, unsigned long addr)
{
	pmd_t *pmd = mm_find_pmd(mm, addr);
	unsigned long pfn = TEST_NO_PFN;
	spinlock_t *ptl;	/* of the page table */
	pte_t *pte;

	pte = pmd ? pte_offset_map_lock(mm, pmd, addr, &ptl) : NULL;
	if (!pte)
		return TEST_NO_PFN;
	if (!pte_none(ptep_get(pte)))
		pfn = pte_pfn(ptep_get(pte));
	pte_unmap_unlock(pte, ptl);
	return pfn;
}

static bool test_tell(struct frame_vector *vec,
		      const struct mmu_notifier_range *range)
{
	struct test_holder *holder = vec->private;
	struct test_raw *raw = holder->raw;

	if (holder->needs_sleep && !mmu_notifier_range_blockable(range))
		return false;
	spin_lock(&holder->lock);
	holder->told++;
	holder->event = range->event;
	holder->stale = frame_vector_stale(vec);
	holder->live = *(u8 *)page_address(raw->page[0]) == TEST_LIVE;
	spin_unlock(&holder->lock);
	holder->mapped = test_peek(raw->map.mm, raw->map.addr) ==
			 page_to_pfn(raw->page[0]);
	return true;
}

static const struct frame_vector_ops test_holder_ops = {
	.invalidate = test_tell,
};

static void test_raw_open(struct vm_area_struct *vma)
{
	struct test_raw *raw = vma->vm_private_data;

	atomic_inc(&raw->vmas);
}

static void test_raw_close(struct vm_area_struct *vma)
{
	struct test_raw *raw = vma->vm_private_data;

	if (!atomic_dec_and_test(&raw->vmas))
		return;
	raw->told_before_free = raw->holder && raw->holder->told == 1;
	for (int i = 0; i < TEST_NR; i++) {
		memset(page_address(raw->page[i]), TEST_POISON, PAGE_SIZE);
		put_page(raw->page[i]);
	}
	raw->freed = true;
}

static vm_fault_t test_raw_fault(struct vm_fault *vmf)
{
	struct test_raw *raw = vmf->vma->vm_private_data;
	unsigned long i = linear_page_index(vmf->vma, vmf->address);

	raw->faults++;
	if (raw->in_fault)
		raw->in_fault(raw, vmf);
	if (raw->retry && vmf->flags & FAULT_FLAG_ALLOW_RETRY) {
		raw->retry = false;
		release_fault_lock(vmf);
		return VM_FAULT_RETRY;
	}
	if (raw->fail && i == raw->fail_at)
		return raw->fail;
	return vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(raw->page[i]));
}

static vm_fault_t test_raw_pfn_mkwrite(struct vm_fault *vmf)
{
	struct test_raw *raw = vmf->vma->vm_private_data;

	raw->mkwrites++;
	return 0;
}

static const struct vm_operations_struct test_raw_ops = {
	.open = test_raw_open,
	.close = test_raw_close,
	.fault = test_raw_fault,
};

static const struct vm_operations_struct test_raw_mkwrite_ops = {
	.open = test_raw_open,
	.close = test_raw_close,
	.fault = test_raw_fault,
	.pfn_mkwrite = test_raw_pfn_mkwrite,
};

static int test_raw_mmap(struct test_map *map, struct vm_area_struct *vma)
{
	struct test_raw *raw = container_of(map, struct test_raw, map);
	int err;

	vma->vm_private_data = raw;
	vma->vm_ops = raw->mkwrites ? &test_raw_mkwrite_ops : &test_raw_ops;
	raw->mkwrites = 0;
	atomic_set(&raw->vmas, 1);
	if (raw->lazy) {
		vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
		return 0;
	}
	err = remap_pfn_range(vma, vma->vm_start, page_to_pfn(raw->page[0]),
			      vma->vm_end - vma->vm_start, vma->vm_page_prot);
	return err;
}

/* Prepare the frames, which follow one another. */
static void test_raw_init(struct kunit *test, struct test_raw *raw)
{
	struct page *page = test_alloc(test, 0, get_order(TEST_SIZE));

	split_page(page, get_order(TEST_SIZE));
	for (int i = 0; i < TEST_NR; i++) {
		raw->page[i] = page + i;
		get_page(raw->page[i]);
		memset(page_address(raw->page[i]), TEST_LIVE, PAGE_SIZE);
	}
	raw->map.mmap = test_raw_mmap;
	test_map_init(test, &raw->map);
}

static void test_raw_create(struct kunit *test, struct test_raw *raw)
{
	test_raw_init(test, raw);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(test_map_try(&raw->map, TEST_NR)));
}

/* Nobody but the test has a reference: raw frames are never referenced. */
static void test_raw_free(struct test_raw *raw)
{
	KUNIT_EXPECT_TRUE(raw->map.test, raw->freed);
	for (int i = 0; i < TEST_NR; i++) {
		KUNIT_EXPECT_EQ(raw->map.test, page_ref_count(raw->page[i]), 1);
		__free_page(raw->page[i]);
	}
}

static void test_raw_destroy(struct test_raw *raw)
{
	if (!raw->freed)
		test_map_destroy(raw->map.test, &raw->map);
	test_raw_free(raw);
}

static void test_holder_init(struct test_raw *raw, struct test_holder *holder)
{
	spin_lock_init(&holder->lock);
	holder->raw = raw;
	raw->holder = holder;
	holder->vec = test_vec(raw->map.test, TEST_NR, &test_holder_ops, holder);
}

/* Get all frames, and expect the pfns and nothing else. */
static void test_hold(struct test_holder *holder, bool write)
{
	struct test_raw *raw = holder->raw;
	struct kunit *test = raw->map.test;
	unsigned long *pfns;
	int refs[TEST_NR];

	holder->told = 0;
	for (int i = 0; i < TEST_NR; i++)
		refs[i] = page_ref_count(raw->page[i]);
	KUNIT_ASSERT_EQ(test, TEST_NR,
			get_vaddr_frames(raw->map.addr, TEST_NR, write, holder->vec));
	KUNIT_EXPECT_EQ(test, frame_vector_count(holder->vec), TEST_NR);
	KUNIT_EXPECT_TRUE(test, frame_vector_is_raw(holder->vec));
	KUNIT_EXPECT_FALSE(test, frame_vector_stale(holder->vec));
	pfns = frame_vector_pfns(holder->vec);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pfns);
	for (int i = 0; i < TEST_NR; i++) {
		KUNIT_EXPECT_EQ(test, pfns[i], page_to_pfn(raw->page[i]));
		KUNIT_EXPECT_EQ(test, page_ref_count(raw->page[i]), refs[i]);
	}
	/* There are struct pages, but they are not for the holder. */
	KUNIT_EXPECT_EQ(test, frame_vector_to_pages(holder->vec), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(frame_vector_pages(holder->vec)), -EINVAL);
	KUNIT_EXPECT_PTR_EQ(test, frame_vector_pfns(holder->vec), pfns);
	KUNIT_EXPECT_EQ(test, holder->told, 0);
}

/* It was told once, while the frame was mapped and the owner's. */
static void test_was_told(struct test_holder *holder, enum mmu_notifier_event event)
{
	struct kunit *test = holder->raw->map.test;

	KUNIT_EXPECT_EQ(test, holder->told, 1);
	KUNIT_EXPECT_EQ(test, holder->event, event);
	KUNIT_EXPECT_TRUE(test, holder->mapped);
	KUNIT_EXPECT_TRUE(test, holder->live);
	KUNIT_EXPECT_TRUE(test, holder->stale);
	KUNIT_EXPECT_TRUE(test, frame_vector_stale(holder->vec));
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(frame_vector_pfns(holder->vec)), -ESTALE);
	put_vaddr_frames(holder->vec);
	KUNIT_EXPECT_FALSE(test, frame_vector_stale(holder->vec));
	KUNIT_EXPECT_FALSE(test, frame_vector_is_raw(holder->vec));
	KUNIT_EXPECT_EQ(test, frame_vector_count(holder->vec), 0);
}

static void test_was_not_told(struct test_holder *holder)
{
	struct kunit *test = holder->raw->map.test;

	KUNIT_EXPECT_EQ(test, holder->told, 0);
	KUNIT_EXPECT_FALSE(test, frame_vector_stale(holder->vec));
	KUNIT_EXPECT_FALSE(test, IS_ERR(frame_vector_pfns(holder->vec)));
}

static void test_release(struct test_holder *holder)
{
	frame_vector_destroy(holder->vec);
	test_raw_destroy(holder->raw);
}

static void test_event(struct test_raw *raw, enum mmu_notifier_event event,
		       unsigned long start, unsigned long size)
{
	struct mmu_notifier_range range;

	mmu_notifier_range_init(&range, event, 0, raw->map.mm, start, start + size);
	mmu_notifier_invalidate_range_start(&range);
	mmu_notifier_invalidate_range_end(&range);
}

static void raw_needs_a_listener(struct kunit *test)
{
	struct frame_vector *vec = test_vec(test, TEST_NR, NULL, NULL);
	struct test_raw raw = {};

	test_raw_create(test, &raw);
	test_get_fails(test, vec, raw.map.addr, TEST_NR, false, -EOPNOTSUPP);
	test_get_fails(test, vec, raw.map.addr, TEST_NR, true, -EOPNOTSUPP);
	test_get_fails(test, vec, raw.map.addr + PAGE_SIZE, 1, true, -EOPNOTSUPP);
	frame_vector_destroy(vec);
	test_raw_destroy(&raw);
}

static void follows_raw_mappings(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = {};
	int listeners;

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	listeners = atomic_read(&raw.map.mm->mm_count);
	for (int write = 0; write < 2; write++) {
		test_hold(&holder, write);
		KUNIT_EXPECT_EQ(test, atomic_read(&raw.map.mm->mm_count), listeners + 1);
		put_vaddr_frames(holder.vec);
		KUNIT_EXPECT_EQ(test, frame_vector_count(holder.vec), 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&raw.map.mm->mm_count), listeners);
	}
	/* Anywhere in the first page, and none behind the last one. */
	KUNIT_EXPECT_EQ(test, TEST_NR, get_vaddr_frames(raw.map.addr + 123, TEST_NR,
							true, holder.vec));
	KUNIT_EXPECT_EQ(test, frame_vector_pfns(holder.vec)[0], page_to_pfn(raw.page[0]));
	test_event(&raw, MMU_NOTIFY_CLEAR, raw.map.addr + TEST_SIZE, PAGE_SIZE);
	test_was_not_told(&holder);
	put_vaddr_frames(holder.vec);
	/* Nobody is told after put. */
	test_event(&raw, MMU_NOTIFY_CLEAR, raw.map.addr, TEST_SIZE);
	KUNIT_EXPECT_EQ(test, holder.told, 0);
	test_release(&holder);
}

static void raw_protection_is_obeyed(struct kunit *test)
{
	static const vm_flags_t forbid[] = { VM_READ | VM_WRITE, VM_WRITE };

	for (int i = 0; i < ARRAY_SIZE(forbid); i++) {
		struct test_holder holder = {};
		struct test_raw raw = {};
		struct vm_area_struct *vma;

		test_raw_create(test, &raw);
		test_holder_init(&raw, &holder);
		/* The entries allow what the VMA does not. */
		mmap_write_lock(raw.map.mm);
		vma = vma_lookup(raw.map.mm, raw.map.addr);
		vm_flags_clear(vma, forbid[i]);
		mmap_write_unlock(raw.map.mm);
		test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, true, -EFAULT);
		if (forbid[i] & VM_READ)
			test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, false,
				       -EFAULT);
		else
			test_hold(&holder, false);
		put_vaddr_frames(holder.vec);
		test_release(&holder);
	}
}

/* The range ends where the other kind of mapping, or a hole, begins. */
static void kinds_are_not_mixed(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = {};
	struct frame_vector *vec;
	unsigned long addr;

	test_raw_init(test, &raw);
	test_holder_init(&raw, &holder);
	vec = test_vec(test, TEST_NR, NULL, NULL);

	/* Ordinary, ordinary, raw, raw, ordinary, hole. */
	addr = test_anon(test, 0, TEST_SIZE + PAGE_SIZE, PROT_READ | PROT_WRITE);
	raw.map.addr = vm_mmap(raw.map.file, addr + 2 * PAGE_SIZE, 2 * PAGE_SIZE,
			       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, 0);
	KUNIT_ASSERT_EQ(test, raw.map.addr, addr + 2 * PAGE_SIZE);
	raw.map.size = 2 * PAGE_SIZE;

	KUNIT_EXPECT_EQ(test, get_vaddr_frames(addr, TEST_NR, true, vec), 2);
	KUNIT_EXPECT_EQ(test, frame_vector_count(vec), 2);
	put_vaddr_frames(vec);
	test_get_fails(test, vec, raw.map.addr, 2, true, -EOPNOTSUPP);

	KUNIT_EXPECT_EQ(test, get_vaddr_frames(addr, TEST_NR, true, holder.vec), 2);
	KUNIT_EXPECT_EQ(test, 0, frame_vector_to_pages(holder.vec));
	put_vaddr_frames(holder.vec);
	KUNIT_EXPECT_EQ(test, 2,
			get_vaddr_frames(raw.map.addr, TEST_NR, true, holder.vec));
	KUNIT_EXPECT_EQ(test, -EINVAL, frame_vector_to_pages(holder.vec));
	/* Not even faulted. */
	KUNIT_EXPECT_EQ(test, TEST_NO_PFN,
			test_pfn_at(&raw.map, addr + 4 * PAGE_SIZE));

	/* What happens behind the last frame is none of its business. */
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr + 4 * PAGE_SIZE, PAGE_SIZE));
	test_was_not_told(&holder);
	put_vaddr_frames(holder.vec);

	/* Nothing of the raw frames is left in the vector. */
	KUNIT_EXPECT_EQ(test, get_vaddr_frames(addr, TEST_NR, true, holder.vec), 2);
	KUNIT_EXPECT_PTR_EQ(test, frame_vector_pages(holder.vec)[1],
			    pfn_to_page(test_pfn_at(&raw.map, addr + PAGE_SIZE)));
	put_vaddr_frames(holder.vec);

	/* Now there is a hole behind. */
	KUNIT_EXPECT_EQ(test, 2,
			get_vaddr_frames(raw.map.addr, TEST_NR, true, holder.vec));
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr, 2 * PAGE_SIZE));
	test_was_not_told(&holder);
	put_vaddr_frames(holder.vec);
	frame_vector_destroy(vec);
	test_release(&holder);
}

/* Two mappings of the kind make one range. */
static void raw_mappings_follow_one_another(struct kunit *test)
{
	struct test_raw raw[2] = {};
	struct test_holder holder = {};
	unsigned long addr, *pfns;

	test_raw_init(test, &raw[0]);
	test_raw_init(test, &raw[1]);
	test_holder_init(&raw[0], &holder);
	addr = test_anon(test, 0, 4 * PAGE_SIZE, PROT_READ | PROT_WRITE);
	for (int i = 0; i < 2; i++) {
		raw[i].map.size = 2 * PAGE_SIZE;
		raw[i].map.addr = vm_mmap(raw[i].map.file, addr + i * 2 * PAGE_SIZE,
					  2 * PAGE_SIZE, PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_FIXED, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(raw[i].map.addr));
	}
	KUNIT_EXPECT_EQ(test, get_vaddr_frames(addr, 4, true, holder.vec), 4);
	pfns = frame_vector_pfns(holder.vec);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pfns));
	for (int i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, pfns[i], page_to_pfn(raw[i / 2].page[i % 2]));

	/* The holder is told of either. */
	test_map_destroy(test, &raw[1].map);
	test_was_told(&holder, MMU_NOTIFY_UNMAP);
	test_release(&holder);
	test_raw_destroy(&raw[1]);
}

static void faults_what_is_missing(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = { .lazy = true };

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	test_hold(&holder, true);
	KUNIT_EXPECT_EQ(test, raw.faults, TEST_NR);
	put_vaddr_frames(holder.vec);
	/* All there: no more faults. */
	test_hold(&holder, true);
	KUNIT_EXPECT_EQ(test, raw.faults, TEST_NR);
	put_vaddr_frames(holder.vec);
	test_release(&holder);
}

/* Handlers may drop the lock, and be called again. */
static void fault_is_retried(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = { .lazy = true, .retry = true };

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	test_hold(&holder, false);
	KUNIT_EXPECT_FALSE(test, raw.retry);
	KUNIT_EXPECT_EQ(test, raw.faults, TEST_NR + 1);
	put_vaddr_frames(holder.vec);
	test_release(&holder);
}

static void write_faults_go_to_the_owner(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = { .lazy = true, .mkwrites = 1 };

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	test_hold(&holder, false);
	KUNIT_EXPECT_EQ(test, raw.mkwrites, 0);
	put_vaddr_frames(holder.vec);
	/* The handler maps read-only, as the owner wants to know of writes. */
	test_hold(&holder, true);
	KUNIT_EXPECT_EQ(test, raw.mkwrites, TEST_NR);
	put_vaddr_frames(holder.vec);
	test_release(&holder);
}

static void fault_errors_are_passed_on(struct kunit *test)
{
	static const struct {
		vm_fault_t fail;
		int err;
	} faults[] = {
		{ VM_FAULT_SIGBUS, -EFAULT },
		{ VM_FAULT_SIGSEGV, -EFAULT },
		{ VM_FAULT_OOM, -ENOMEM },
		{ VM_FAULT_HWPOISON, -EFAULT },
		/* Says that it mapped the page, and did not. */
		{ VM_FAULT_NOPAGE, -EFAULT },
	};

	for (int i = 0; i < ARRAY_SIZE(faults); i++) {
		struct test_raw raw = { .lazy = true, .fail = faults[i].fail };
		struct test_holder holder = {};

		test_raw_create(test, &raw);
		test_holder_init(&raw, &holder);
		test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, false,
			       faults[i].err);
		/* Now for the third page. */
		raw.fail_at = 2;
		KUNIT_EXPECT_EQ(test, get_vaddr_frames(raw.map.addr, TEST_NR, false,
						       holder.vec), 2);
		KUNIT_EXPECT_EQ(test, frame_vector_count(holder.vec), 2);
		put_vaddr_frames(holder.vec);
		test_get_fails(test, holder.vec, raw.map.addr + 2 * PAGE_SIZE, 1,
			       false, faults[i].err);
		KUNIT_EXPECT_EQ(test, holder.told, 0);
		test_release(&holder);
	}
}

/* Nobody else sends signals to the thread of a test. */
static void test_signal(int sig)
{
	sigaddset(&current->pending.signal, sig);
	set_tsk_thread_flag(current, TIF_SIGPENDING);
}

static void test_no_signal(int sig)
{
	sigdelset(&current->pending.signal, sig);
	clear_tsk_thread_flag(current, TIF_SIGPENDING);
}

static void test_kill(struct test_raw *raw, struct vm_fault *vmf)
{
	test_signal(SIGKILL);
	raw->retry = true;
}

static void fatal_signals_end_it(struct kunit *test)
{
	struct test_raw raw = { .lazy = true, .in_fault = test_kill };
	struct test_holder holder = {};

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);

	/* In the fault. */
	test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, false, -EINTR);
	KUNIT_EXPECT_EQ(test, raw.faults, 1);
	/* It is pending still: not even one more fault. */
	test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, false, -EINTR);
	KUNIT_EXPECT_EQ(test, raw.faults, 1);
	test_no_signal(SIGKILL);

	raw.in_fault = NULL;
	raw.retry = false;
	test_hold(&holder, false);
	put_vaddr_frames(holder.vec);
	test_release(&holder);
}

/* How often the page tables are looked at. */
static unsigned int test_looks;

static int test_look_and_die(struct follow_pfnmap_args *args)
{
	if (++test_looks == 2)
		test_signal(SIGKILL);
	return follow_pfnmap_start(args);
}

/* No fault and no lock to wait for, but maybe a long way to go. */
static void fatal_signals_end_the_walk(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = {};

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	test_looks = 0;
	kunit_activate_static_stub(test, follow_raw_entry, test_look_and_die);
	KUNIT_EXPECT_EQ(test, 2,
			get_vaddr_frames(raw.map.addr, TEST_NR, true, holder.vec));
	put_vaddr_frames(holder.vec);
	/* What is there for the next call to say. */
	test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, true, -EINTR);
	KUNIT_EXPECT_EQ(test, test_looks, 2);
	test_no_signal(SIGKILL);
	kunit_deactivate_static_stub(test, follow_raw_entry);
	test_hold(&holder, true);
	put_vaddr_frames(holder.vec);
	test_release(&holder);
}

static int test_interrupt(struct mm_struct *mm, unsigned long addr)
{
	return -EINTR;
}

/* Not -EFAULT, as nobody could look why. */
static void interrupts_are_passed_on(struct kunit *test)
{
	static const struct frame_vector_ops *const ops[] = { NULL, &test_deaf_ops };
	unsigned long addr;

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	addr = test_anon(test, 0, PAGE_SIZE, PROT_READ | PROT_WRITE);
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr, PAGE_SIZE));
	kunit_activate_static_stub(test, vaddr_is_raw, test_interrupt);
	for (int i = 0; i < ARRAY_SIZE(ops); i++) {
		struct frame_vector *vec = test_vec(test, 1, ops[i], NULL);

		test_get_fails(test, vec, addr, 1, false, -EINTR);
		frame_vector_destroy(vec);
	}
	kunit_deactivate_static_stub(test, vaddr_is_raw);
}

/* The first listener of an mm takes all its locks, unless there is a signal. */
static void any_signal_keeps_from_listening(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = {};

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	KUNIT_ASSERT_FALSE(test, mm_has_notifiers(raw.map.mm));
	test_signal(SIGUSR1);
	test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, false, -EINTR);
	test_no_signal(SIGUSR1);
	test_hold(&holder, false);
	put_vaddr_frames(holder.vec);

	/* Not the second one. */
	test_signal(SIGUSR1);
	test_hold(&holder, false);
	test_no_signal(SIGUSR1);
	put_vaddr_frames(holder.vec);
	test_release(&holder);
}

static int test_no_memory(struct frame_vector *vec, struct mm_struct *mm,
			  unsigned long start, unsigned long len)
{
	return -ENOMEM;
}

static void no_memory_to_listen(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = {};

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	kunit_activate_static_stub(test, listen_to_raw_frames, test_no_memory);
	test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, false, -ENOMEM);
	kunit_deactivate_static_stub(test, listen_to_raw_frames);
	test_hold(&holder, false);
	put_vaddr_frames(holder.vec);
	test_release(&holder);
}

/* What was raw becomes ordinary memory, just before somebody listens. */
static struct kunit *test_remap_in;

static int test_remap_first(struct frame_vector *vec, struct mm_struct *mm,
			    unsigned long start, unsigned long len)
{
	kunit_deactivate_static_stub(test_remap_in, listen_to_raw_frames);
	test_anon(test_remap_in, start, len, PROT_READ | PROT_WRITE);
	return listen_to_raw_frames(vec, mm, start, len);
}

static void kind_changes_during_get(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = {};

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	test_remap_in = test;
	kunit_activate_static_stub(test, listen_to_raw_frames, test_remap_first);
	KUNIT_EXPECT_EQ(test, TEST_NR, get_vaddr_frames(raw.map.addr, TEST_NR, true,
							holder.vec));
	/* All pinned, and nobody listens. */
	KUNIT_EXPECT_EQ(test, 0, frame_vector_to_pages(holder.vec));
	KUNIT_EXPECT_TRUE(test, raw.freed);
	test_map_destroy(test, &raw.map);
	KUNIT_EXPECT_EQ(test, holder.told, 0);
	put_vaddr_frames(holder.vec);
	test_release(&holder);
}

/*
 * A page that was written to is a copy, and ordinary memory. GUP-fast sees the
 * page, and not the mapping that it is in.
 */
static void private_copies_are_not_raw(struct kunit *test)
{
	struct frame_vector *deaf = test_vec(test, TEST_NR, NULL, NULL);
	struct test_holder holder = {};
	struct test_raw raw = {};
	struct page *copy;
	u8 __user *uaddr;
	int refs;

	test_raw_init(test, &raw);
	test_holder_init(&raw, &holder);
	raw.map.size = TEST_SIZE;
	raw.map.addr = vm_mmap(raw.map.file, 0, TEST_SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(raw.map.addr));
	uaddr = (u8 __user *)raw.map.addr;

	/* It would have to be copied, which is not done just to refuse it. */
	test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, true, -EPERM);
	KUNIT_EXPECT_EQ(test, test_pfn_at(&raw.map, raw.map.addr),
			page_to_pfn(raw.page[0]));

	test_hold(&holder, false);
	KUNIT_EXPECT_EQ(test, put_user(1, uaddr), 0);
	test_was_told(&holder, MMU_NOTIFY_CLEAR);
	KUNIT_EXPECT_NE(test, test_pfn_at(&raw.map, raw.map.addr),
			page_to_pfn(raw.page[0]));

	copy = pfn_to_page(test_pfn_at(&raw.map, raw.map.addr));
	refs = page_ref_count(copy);
	test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, false, -EPERM);
	test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, true, -EPERM);
	KUNIT_EXPECT_EQ(test, page_ref_count(copy), refs);

	/* Without operations it may be pinned, and what is raw may not. */
	if (IS_ENABLED(CONFIG_HAVE_GUP_FAST)) {
		KUNIT_EXPECT_EQ(test, 1,
				get_vaddr_frames(raw.map.addr, TEST_NR, false, deaf));
		KUNIT_EXPECT_PTR_EQ(test, frame_vector_pages(deaf)[0], copy);
		KUNIT_EXPECT_FALSE(test, frame_vector_is_raw(deaf));
		KUNIT_EXPECT_GT(test, page_ref_count(copy), refs);
		put_vaddr_frames(deaf);
	} else {
		test_get_fails(test, deaf, raw.map.addr, TEST_NR, false, -EOPNOTSUPP);
	}
	test_get_fails(test, deaf, raw.map.addr + PAGE_SIZE, 1, false, -EOPNOTSUPP);
	frame_vector_destroy(deaf);
	KUNIT_EXPECT_EQ(test, page_ref_count(copy), refs);

	/* What was not written to still is raw, up to the next copy. */
	KUNIT_EXPECT_EQ(test, put_user(1, uaddr + 3 * PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, 2, get_vaddr_frames(raw.map.addr + PAGE_SIZE, 3, false,
						  holder.vec));
	put_vaddr_frames(holder.vec);
	test_release(&holder);
}

/* Referenced pages in a VM_IO mapping are not raw. */
static void inserted_pages_are_refused(struct kunit *test)
{
	struct test_map map = { .flags = VM_IO | VM_MIXEDMAP };
	struct frame_vector *vec = test_vec(test, 1, &test_deaf_ops, NULL);
	struct page *page = test_alloc(test, 0, 0);

	test_map_create(test, &map, 1);
	mmap_write_lock(map.mm);
	KUNIT_EXPECT_EQ(test, 0, vm_insert_kmem_page(vma_lookup(map.mm, map.addr),
						     map.addr, page));
	mmap_write_unlock(map.mm);
	test_get_fails(test, vec, map.addr, 1, false, -EPERM);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 2);
	frame_vector_destroy(vec);
	test_map_destroy(test, &map);
	__free_page(page);
}

static void munmap_tells_first(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = {};

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	test_hold(&holder, true);
	test_map_destroy(test, &raw.map);
	KUNIT_EXPECT_TRUE(test, raw.freed);
	KUNIT_EXPECT_TRUE(test, raw.told_before_free);
	test_was_told(&holder, MMU_NOTIFY_UNMAP);
	test_get_fails(test, holder.vec, raw.map.addr, 1, true, -EFAULT);
	test_release(&holder);
}

/* Any page of them will do. */
static void partial_munmap_tells_first(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = {};

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	test_hold(&holder, true);
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(raw.map.addr + 3 * PAGE_SIZE, PAGE_SIZE));
	test_was_told(&holder, MMU_NOTIFY_UNMAP);
	test_release(&holder);
}

#ifdef CONFIG_ARCH_HAS_SYSCALL_WRAPPER
#ifdef CONFIG_X86_64
static long test_syscall(int nr, unsigned long a, unsigned long b, unsigned long c,
			 unsigned long d, unsigned long e)
{
	const struct pt_regs regs = { .di = a, .si = b, .dx = c, .r10 = d, .r8 = e };

	return sys_call_table[nr](&regs);
}

#define test_mremap(addr, new)	\
	test_syscall(__NR_mremap, addr, TEST_SIZE, TEST_SIZE, \
		     MREMAP_MAYMOVE | MREMAP_FIXED, new)
#define test_mprotect(addr, prot) \
	test_syscall(__NR_mprotect, addr, TEST_SIZE, prot, 0, 0)
#endif
#else
#define test_mremap(addr, new)	\
	sys_mremap(addr, TEST_SIZE, TEST_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, new)
#define test_mprotect(addr, prot)	sys_mprotect(addr, TEST_SIZE, prot)
#endif

#ifdef test_mremap
static void mremap_tells_first(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = {};
	unsigned long new;

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	test_hold(&holder, true);
	new = test_anon(test, 0, TEST_SIZE, PROT_READ);
	KUNIT_ASSERT_EQ(test, test_mremap(raw.map.addr, new), new);
	test_was_told(&holder, MMU_NOTIFY_UNMAP);
	KUNIT_EXPECT_FALSE(test, raw.freed);

	/* The frames are at the new address now. */
	test_get_fails(test, holder.vec, raw.map.addr, 1, true, -EFAULT);
	raw.map.addr = new;
	test_hold(&holder, true);
	test_map_destroy(test, &raw.map);
	KUNIT_EXPECT_TRUE(test, raw.told_before_free);
	test_was_told(&holder, MMU_NOTIFY_UNMAP);
	test_release(&holder);
}

static void mprotect_tells_first(struct kunit *test)
{
	static const unsigned long prots[] = { PROT_NONE, PROT_READ };

	for (int i = 0; i < ARRAY_SIZE(prots); i++) {
		struct test_holder holder = {};
		struct test_raw raw = {};

		test_raw_create(test, &raw);
		test_holder_init(&raw, &holder);
		test_hold(&holder, true);
		KUNIT_ASSERT_EQ(test, 0, test_mprotect(raw.map.addr, prots[i]));
		test_was_told(&holder, MMU_NOTIFY_PROTECTION_VMA);
		test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, true, -EFAULT);
		if (prots[i] == PROT_NONE)
			test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, false,
				       -EFAULT);
		else
			test_hold(&holder, false);
		put_vaddr_frames(holder.vec);
		test_release(&holder);
	}
}
#endif

/* The owner takes its frames back, and maps others instead. */
static void zap_tells_first(struct kunit *test)
{
	for (int truncate = 0; truncate < 2; truncate++) {
		struct test_holder holder = {};
		struct test_raw raw = { .lazy = true };
		struct vm_area_struct *vma;

		test_raw_create(test, &raw);
		test_holder_init(&raw, &holder);
		test_hold(&holder, true);

		if (truncate) {
			unmap_mapping_range(raw.map.file->f_mapping, 0, PAGE_SIZE, 1);
		} else {
			mmap_read_lock(raw.map.mm);
			vma = vma_lookup(raw.map.mm, raw.map.addr);
			zap_special_vma_range(vma, raw.map.addr, PAGE_SIZE);
			mmap_read_unlock(raw.map.mm);
		}
		test_was_told(&holder, MMU_NOTIFY_CLEAR);
		KUNIT_EXPECT_EQ(test, TEST_NO_PFN, test_pfn_at(&raw.map, raw.map.addr));

		/* A new get finds the new frames. */
		swap(raw.page[0], raw.page[3]);
		KUNIT_EXPECT_EQ(test, get_vaddr_frames(raw.map.addr, 1, true, holder.vec),
				1);
		KUNIT_EXPECT_EQ(test, frame_vector_pfns(holder.vec)[0],
				page_to_pfn(raw.page[0]));
		put_vaddr_frames(holder.vec);
		test_release(&holder);
	}
}

/* While the last page is faulted, the first one gets another frame. */
static void test_swap_first(struct test_raw *raw, struct vm_fault *vmf)
{
	if (linear_page_index(vmf->vma, vmf->address) != TEST_NR - 1)
		return;
	raw->in_fault = NULL;
	zap_special_vma_range(vmf->vma, raw->map.addr, PAGE_SIZE);
	swap(raw->page[0], raw->page[1]);
}

static void changes_during_get_are_noticed(struct kunit *test)
{
	struct test_raw raw = { .lazy = true };
	struct test_holder holder = {};
	u8 __user *uaddr;
	u8 value;

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	uaddr = (u8 __user *)raw.map.addr;
	/* The second page is there, whatever the first one will be. */
	KUNIT_EXPECT_EQ(test, 0, get_user(value, uaddr + PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, value, TEST_LIVE);
	raw.in_fault = test_swap_first;

	KUNIT_EXPECT_EQ(test, TEST_NR, get_vaddr_frames(raw.map.addr, TEST_NR, true,
							holder.vec));
	KUNIT_EXPECT_PTR_EQ(test, raw.in_fault, NULL);
	KUNIT_EXPECT_EQ(test, frame_vector_pfns(holder.vec)[0], page_to_pfn(raw.page[0]));
	/* Nothing had been handed out yet. */
	test_was_not_told(&holder);
	put_vaddr_frames(holder.vec);
	test_release(&holder);
}

/* While the last page is faulted, something before the range goes, too. */
static void test_zap_from_before(struct test_raw *raw, struct vm_fault *vmf)
{
	if (linear_page_index(vmf->vma, vmf->address) != raw->fail_at)
		return;
	raw->in_fault = NULL;
	zap_special_vma_range(vmf->vma, raw->map.addr, 2 * PAGE_SIZE);
}

static void changes_from_before_the_range_are_not_told(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = {
		.lazy = true,
		.in_fault = test_zap_from_before,
		.fail_at = TEST_NR - 1,
	};
	unsigned long addr, *pfns;

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	addr = raw.map.addr + PAGE_SIZE;

	/* Nothing had been handed out yet. */
	KUNIT_EXPECT_EQ(test, TEST_NR - 1,
			get_vaddr_frames(addr, TEST_NR - 1, true, holder.vec));
	KUNIT_EXPECT_PTR_EQ(test, raw.in_fault, NULL);
	test_was_not_told(&holder);
	pfns = frame_vector_pfns(holder.vec);
	if (!IS_ERR(pfns))
		KUNIT_EXPECT_EQ(test, pfns[0], page_to_pfn(raw.page[1]));
	put_vaddr_frames(holder.vec);

	/* Nor was it by a get that failed: the next one begins afresh. */
	mmap_read_lock(raw.map.mm);
	zap_special_vma_range(vma_lookup(raw.map.mm, addr), addr, PAGE_SIZE);
	mmap_read_unlock(raw.map.mm);
	raw.in_fault = test_zap_from_before;
	raw.fail_at = 1;
	raw.fail = VM_FAULT_SIGBUS;
	KUNIT_EXPECT_EQ(test, -EFAULT,
			get_vaddr_frames(addr, TEST_NR - 1, true, holder.vec));
	KUNIT_EXPECT_PTR_EQ(test, raw.in_fault, NULL);
	KUNIT_EXPECT_EQ(test, holder.told, 0);
	KUNIT_EXPECT_FALSE(test, frame_vector_stale(holder.vec));
	raw.fail = 0;
	KUNIT_EXPECT_EQ(test, TEST_NR - 1,
			get_vaddr_frames(addr, TEST_NR - 1, true, holder.vec));
	test_was_not_told(&holder);
	test_event(&raw, MMU_NOTIFY_CLEAR, raw.map.addr, 2 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, holder.told, 1);
	KUNIT_EXPECT_TRUE(test, frame_vector_stale(holder.vec));
	put_vaddr_frames(holder.vec);
	test_release(&holder);
}

/* Changes again and again, and it would go on for ever but for the signal. */
static void test_change_for_ever(struct test_raw *raw, struct vm_fault *vmf)
{
	/* Of the first two pages, one is always missing. */
	bool second = linear_page_index(vmf->vma, vmf->address) == 0;

	zap_special_vma_range(vmf->vma, raw->map.addr + second * PAGE_SIZE, PAGE_SIZE);
	if (raw->faults == 50)
		test_signal(SIGKILL);
}

static void endless_changes_can_be_killed(struct kunit *test)
{
	struct test_raw raw = { .lazy = true, .in_fault = test_change_for_ever };
	struct test_holder holder = {};

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, false, -EINTR);
	test_no_signal(SIGKILL);
	KUNIT_EXPECT_GE(test, raw.faults, 50);
	raw.in_fault = NULL;
	test_release(&holder);
}

/* The same with nothing to fault, as what changes is put back at once. */
static struct test_raw *test_changing;
static unsigned int test_changes;

static int test_look_and_change(struct follow_pfnmap_args *args)
{
	if (++test_changes == 50)
		test_signal(SIGKILL);
	if (test_changes < 100)
		test_event(test_changing, MMU_NOTIFY_CLEAR, args->address, PAGE_SIZE);
	return follow_pfnmap_start(args);
}

static void changes_without_faults_can_be_killed(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = {};

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	test_changing = &raw;
	test_changes = 0;
	kunit_activate_static_stub(test, follow_raw_entry, test_look_and_change);
	test_get_fails(test, holder.vec, raw.map.addr, TEST_NR, false, -EINTR);
	kunit_deactivate_static_stub(test, follow_raw_entry);
	test_no_signal(SIGKILL);
	KUNIT_EXPECT_EQ(test, holder.told, 0);
	test_release(&holder);
}

static void only_soft_dirty_is_not_told(struct kunit *test)
{
	static const struct {
		enum mmu_notifier_event event;
		bool told;
	} events[] = {
		{ MMU_NOTIFY_UNMAP, true },
		{ MMU_NOTIFY_CLEAR, true },
		{ MMU_NOTIFY_PROTECTION_VMA, true },
		{ MMU_NOTIFY_PROTECTION_PAGE, true },
		{ MMU_NOTIFY_SOFT_DIRTY, false },
		{ MMU_NOTIFY_RELEASE, true },
		{ MMU_NOTIFY_MIGRATE, true },
		{ MMU_NOTIFY_EXCLUSIVE, true },
	};
	struct test_holder holder = {};
	struct test_raw raw = {};

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	for (int i = 0; i < ARRAY_SIZE(events); i++) {
		test_hold(&holder, true);
		/* The pages before and behind do not count. */
		test_event(&raw, events[i].event, raw.map.addr - PAGE_SIZE, PAGE_SIZE);
		test_event(&raw, events[i].event, raw.map.addr + TEST_SIZE, PAGE_SIZE);
		test_was_not_told(&holder);
		test_event(&raw, events[i].event, raw.map.addr + 3 * PAGE_SIZE, PAGE_SIZE);
		if (events[i].told) {
			test_was_told(&holder, events[i].event);
		} else {
			test_was_not_told(&holder);
			put_vaddr_frames(holder.vec);
		}
	}
	test_release(&holder);
}

/* Once, even if there is more to tell before the frames are put. */
static void told_once(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = {};

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	for (int i = 0; i < 2; i++) {
		test_hold(&holder, true);
		test_event(&raw, MMU_NOTIFY_CLEAR, raw.map.addr, PAGE_SIZE);
		test_event(&raw, MMU_NOTIFY_UNMAP, raw.map.addr, TEST_SIZE);
		test_was_told(&holder, MMU_NOTIFY_CLEAR);
	}
	test_release(&holder);
}

static int test_event_nonblock(struct test_raw *raw)
{
	struct mmu_notifier_range range;
	int err;

	mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, raw->map.mm,
				raw->map.addr, raw->map.addr + TEST_SIZE);
	err = mmu_notifier_invalidate_range_start_nonblock(&range);
	if (!err)
		mmu_notifier_invalidate_range_end(&range);
	return err;
}

/* The OOM reaper does not wait: it leaves alone what needs to. */
static void may_refuse_when_it_must_not_block(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = {};

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	test_hold(&holder, true);
	KUNIT_EXPECT_EQ(test, test_event_nonblock(&raw), 0);
	test_was_told(&holder, MMU_NOTIFY_CLEAR);

	holder.needs_sleep = true;
	test_hold(&holder, true);
	KUNIT_EXPECT_EQ(test, test_event_nonblock(&raw), -EAGAIN);
	KUNIT_EXPECT_EQ(test, holder.told, 0);
	KUNIT_EXPECT_TRUE(test, frame_vector_stale(holder.vec));
	/* Then it is told by who can wait. */
	test_map_destroy(test, &raw.map);
	KUNIT_EXPECT_TRUE(test, raw.told_before_free);
	test_was_told(&holder, MMU_NOTIFY_UNMAP);
	test_release(&holder);
}

/* Two changes at a time: neither goes on before the callback has returned. */
struct test_race {
	struct test_raw *raw;
	struct completion entered, go, done[2];
	unsigned int told, passed;
};

static bool test_tell_slowly(struct frame_vector *vec,
			     const struct mmu_notifier_range *range)
{
	struct test_race *race = vec->private;

	race->told++;
	complete(&race->entered);
	wait_for_completion(&race->go);
	return true;
}

static const struct frame_vector_ops test_slow_ops = {
	.invalidate = test_tell_slowly,
};

static int test_race_thread(void *data)
{
	struct test_race *race = data;
	struct mmu_notifier_range range;
	struct test_raw *raw = race->raw;

	mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, raw->map.mm,
				raw->map.addr, raw->map.addr + TEST_SIZE);
	mmu_notifier_invalidate_range_start(&range);
	WRITE_ONCE(race->passed, race->passed + 1);
	mmu_notifier_invalidate_range_end(&range);
	return 0;
}

static void nobody_overtakes_the_callback(struct kunit *test)
{
	struct test_race race = {};
	struct task_struct *thread[2];
	struct frame_vector *vec;
	struct test_raw raw = {};

	test_raw_create(test, &raw);
	race.raw = &raw;
	init_completion(&race.entered);
	init_completion(&race.go);
	vec = test_vec(test, TEST_NR, &test_slow_ops, &race);
	KUNIT_ASSERT_EQ(test, TEST_NR,
			get_vaddr_frames(raw.map.addr, TEST_NR, true, vec));

	for (int i = 0; i < 2; i++) {
		thread[i] = kthread_create(test_race_thread, &race, "frame_vector");
		KUNIT_ASSERT_FALSE(test, IS_ERR(thread[i]));
		get_task_struct(thread[i]);
		wake_up_process(thread[i]);
		if (!i)
			wait_for_completion(&race.entered);
	}
	msleep(20);
	KUNIT_EXPECT_EQ(test, READ_ONCE(race.passed), 0);
	/* Who may not wait is sent away. */
	KUNIT_EXPECT_EQ(test, test_event_nonblock(&raw), -EAGAIN);
	complete_all(&race.go);
	for (int i = 0; i < 2; i++)
		kthread_stop_put(thread[i]);
	KUNIT_EXPECT_EQ(test, race.passed, 2);
	KUNIT_EXPECT_EQ(test, race.told, 1);

	put_vaddr_frames(vec);
	frame_vector_destroy(vec);
	test_raw_destroy(&raw);
}

/* The callback may not take the vector away from under itself. */
static bool test_tell_wrongly(struct frame_vector *vec,
			      const struct mmu_notifier_range *range)
{
	put_vaddr_frames(vec);
	frame_vector_destroy(vec);
	return true;
}

static void callback_must_not_put(struct kunit *test)
{
	static const struct frame_vector_ops ops = { .invalidate = test_tell_wrongly };
	struct frame_vector *vec = test_vec(test, TEST_NR, &ops, NULL);
	struct test_raw raw = {};

	test_raw_create(test, &raw);
	KUNIT_ASSERT_EQ(test, TEST_NR,
			get_vaddr_frames(raw.map.addr, TEST_NR, true, vec));
	kunit_warning_suppress(test) {
		test_map_destroy(test, &raw.map);
		TEST_EXPECT_WARNINGS(test, 2);
	}
	KUNIT_EXPECT_EQ(test, frame_vector_count(vec), TEST_NR);
	put_vaddr_frames(vec);
	frame_vector_destroy(vec);
	test_raw_destroy(&raw);
}

#ifdef CONFIG_PROVE_LOCKING
/* Does lockdep know that @map was taken under @lock? */
static bool test_was_taken_under(struct mutex *lock, struct lockdep_map *map)
{
	struct lock_class *class = lock->dep_map.class_cache[0];
	struct lock_list *dep;
	bool ret = false;

	rcu_read_lock();
	list_for_each_entry_rcu(dep, &class->locks_after, entry)
		ret |= dep->class == map->class_cache[0];
	rcu_read_unlock();
	return ret;
}

/* Even if there is nobody to be told this time. */
static void callers_may_be_told(struct kunit *test)
{
	static DEFINE_MUTEX(get_lock);	/* held by the caller of get */
	static DEFINE_MUTEX(put_lock);	/* held by the caller of put */
	static DEFINE_MUTEX(any_lock);	/* held where nobody is told */
	struct frame_vector *vec = test_vec(test, 2, &test_deaf_ops, NULL);
	struct frame_vector *deaf = test_vec(test, 2, NULL, NULL);

	if (!debug_locks)
		kunit_skip(test, "lockdep was turned off before");
	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	mutex_lock(&get_lock);
	KUNIT_EXPECT_EQ(test, get_vaddr_frames(-PAGE_SIZE, 2, true, vec), -EOVERFLOW);
	mutex_unlock(&get_lock);
	mutex_lock(&put_lock);
	put_vaddr_frames(vec);
	mutex_unlock(&put_lock);
	mutex_lock(&any_lock);
	KUNIT_EXPECT_EQ(test, get_vaddr_frames(-PAGE_SIZE, 2, true, deaf), -EOVERFLOW);
	put_vaddr_frames(deaf);
	mutex_unlock(&any_lock);

	KUNIT_EXPECT_TRUE(test, debug_locks);
	KUNIT_EXPECT_TRUE(test,
			  test_was_taken_under(&get_lock,
					       &__mmu_notifier_invalidate_range_start_map));
	KUNIT_EXPECT_TRUE(test,
			  test_was_taken_under(&put_lock,
					       &__mmu_notifier_invalidate_range_start_map));
	KUNIT_EXPECT_FALSE(test,
			   test_was_taken_under(&any_lock,
						&__mmu_notifier_invalidate_range_start_map));
	frame_vector_destroy(deaf);
	frame_vector_destroy(vec);
}
#endif

#ifdef CONFIG_LOCKDEP
static void lock_rules_are_asserted(struct kunit *test)
{
	struct frame_vector *vec = test_vec(test, TEST_NR, &test_deaf_ops, NULL);
	struct test_raw raw = {};

	if (!debug_locks)
		kunit_skip(test, "lockdep was turned off before");
	test_raw_create(test, &raw);
	kunit_warning_suppress(test) {
		mmap_read_lock(raw.map.mm);
		/* Refused before the lock would be taken again. */
		KUNIT_EXPECT_EQ(test, get_vaddr_frames(raw.map.addr, 0, true, vec), -EINVAL);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
		KUNIT_EXPECT_EQ(test, get_vaddr_frames(-PAGE_SIZE, 2, true, vec),
				-EOVERFLOW);
		KUNIT_EXPECT_GT(test, KUNIT_SUPPRESSED_WARNING_COUNT(), 0);
		mmap_read_unlock(raw.map.mm);
	}
	kunit_warning_suppress(test) {
		KUNIT_ASSERT_EQ(test, TEST_NR,
				get_vaddr_frames(raw.map.addr, TEST_NR, true, vec));
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
		mmap_read_lock(raw.map.mm);
		put_vaddr_frames(vec);
		mmap_read_unlock(raw.map.mm);
		KUNIT_EXPECT_GT(test, KUNIT_SUPPRESSED_WARNING_COUNT(), 0);
	}
	frame_vector_destroy(vec);
	test_raw_destroy(&raw);
}
#endif

/* The mm goes away while the frames are held. */
static void exit_tells_first(struct kunit *test)
{
	struct mm_struct *mm = mm_alloc();
	struct test_holder holder = {};
	struct test_raw raw = {};

	KUNIT_ASSERT_NULL(test, current->mm);
	KUNIT_ASSERT_NOT_NULL(test, mm);
	mm->task_size = TASK_SIZE;
	arch_pick_mmap_layout(mm, &current->signal->rlim[RLIMIT_STACK]);
	kthread_use_mm(mm);
	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	test_hold(&holder, true);
	kthread_unuse_mm(mm);
	KUNIT_EXPECT_EQ(test, holder.told, 0);
	mmput(mm);
	KUNIT_EXPECT_TRUE(test, raw.freed);
	KUNIT_EXPECT_TRUE(test, raw.told_before_free);
	/* The last reference to what is left of the mm is the vector's. */
	test_was_told(&holder, MMU_NOTIFY_RELEASE);
	test_release(&holder);
}

/*
 * What acrn and others did: follow the mapping, remember the pfn, drop the lock.
 * Nobody told them that the frame had gone.
 */
static unsigned long test_old_pattern(struct test_raw *raw)
{
	unsigned long start_pfn = TEST_NO_PFN;

	mmap_read_lock(raw->map.mm);
	for (int i = 0; i < TEST_NR; i++) {
		struct follow_pfnmap_args args = {
			.vma = vma_lookup(raw->map.mm, raw->map.addr),
			.address = raw->map.addr + i * PAGE_SIZE,
		};

		if (follow_pfnmap_start(&args))
			break;
		if (!i)
			start_pfn = args.pfn;
		follow_pfnmap_end(&args);
	}
	mmap_read_unlock(raw->map.mm);
	return start_pfn;
}

static void the_old_pattern_uses_what_was_freed(struct kunit *test)
{
	struct test_holder holder = {};
	struct test_raw raw = {};
	unsigned long pfn;
	u8 *frame;

	test_raw_create(test, &raw);
	test_holder_init(&raw, &holder);
	pfn = test_old_pattern(&raw);
	KUNIT_ASSERT_EQ(test, pfn, page_to_pfn(raw.page[0]));
	test_hold(&holder, true);
	frame = page_address(pfn_to_page(pfn));
	KUNIT_EXPECT_EQ(test, *frame, TEST_LIVE);

	test_map_destroy(test, &raw.map);
	/* The kept pfn leads to what is somebody else's now. */
	KUNIT_EXPECT_TRUE(test, raw.freed);
	KUNIT_EXPECT_EQ(test, *frame, TEST_POISON);
	/* The vector told before, and gives out no pfn any more. */
	KUNIT_EXPECT_TRUE(test, raw.told_before_free);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(frame_vector_pfns(holder.vec)), -ESTALE);
	test_was_told(&holder, MMU_NOTIFY_UNMAP);
	test_release(&holder);
}

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
/* Every subpage is pinned, whatever maps the huge page. */
static void pins_huge_pages(struct kunit *test)
{
	unsigned int nr = HPAGE_PMD_NR;
	struct frame_vector *vec = test_vec(test, nr, NULL, NULL);
	unsigned long addr, size = 2 * HPAGE_PMD_SIZE;
	struct vm_area_struct *vma;
	struct folio *folio;
	struct page **pages;
	u8 value;
	int refs;

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	addr = test_anon(test, 0, size, PROT_READ | PROT_WRITE);
	mmap_write_lock(current->mm);
	vma = vma_lookup(current->mm, addr);
	vm_flags_set(vma, VM_HUGEPAGE);
	mmap_write_unlock(current->mm);
	addr = ALIGN(addr, HPAGE_PMD_SIZE);
	KUNIT_ASSERT_EQ(test, 0, put_user(1, (u8 __user *)addr));
	folio = page_folio(test_page_at(test, addr));
	if (!folio_test_pmd_mappable(folio))
		kunit_skip(test, "no huge page to be had");

	refs = folio_ref_count(folio);
	KUNIT_EXPECT_EQ(test, nr, get_vaddr_frames(addr, nr, true, vec));
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), refs + nr);
	KUNIT_EXPECT_EQ(test, atomic_read(&folio->_pincount), nr);
	pages = frame_vector_pages(vec);
	for (unsigned int i = 0; i < nr; i++)
		KUNIT_EXPECT_PTR_EQ(test, pages[i], folio_page(folio, i));
	frame_vector_pfns(vec);
	put_vaddr_frames(vec);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), refs);
	KUNIT_EXPECT_EQ(test, atomic_read(&folio->_pincount), 0);
	KUNIT_EXPECT_EQ(test, 0, get_user(value, (u8 __user *)addr));
	KUNIT_EXPECT_EQ(test, value, 1);
	frame_vector_destroy(vec);
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr, HPAGE_PMD_SIZE));
}
#endif

#ifdef CONFIG_HUGETLBFS
static void pins_hugetlb_pages(struct kunit *test)
{
	unsigned long addr, size = huge_page_size(&default_hstate);
	unsigned int nr = size >> PAGE_SHIFT;
	struct frame_vector *vec;
	struct folio *folio;
	struct file *file;
	int refs;

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	file = hugetlb_file_setup("frame_vector", size, EMPTY_VMA_FLAGS,
				  HUGETLB_ANONHUGE_INODE, 0);
	if (IS_ERR(file))
		kunit_skip(test, "no hugetlb pages, try hugepages=4");
	addr = vm_mmap(file, 0, size, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	fput(file);
	if (IS_ERR_VALUE(addr))
		kunit_skip(test, "no hugetlb pages, try hugepages=4");

	vec = test_vec(test, nr, NULL, NULL);
	folio = page_folio(test_page_at(test, addr));
	refs = folio_ref_count(folio);
	KUNIT_EXPECT_EQ(test, nr, get_vaddr_frames(addr, nr, true, vec));
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), refs + nr);
	KUNIT_EXPECT_PTR_EQ(test, frame_vector_pages(vec)[nr - 1],
			    folio_page(folio, nr - 1));
	put_vaddr_frames(vec);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), refs);
	frame_vector_destroy(vec);
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr, size));
}
#endif

/* A file that looks like one on fs-dax, of which pages can't be held long. */
static void test_map_dax(struct kunit *test, struct test_map *map)
{
	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	map->test = test;
	map->mm = current->mm;
	map->file = anon_inode_create_getfile("[frame_vector]", &test_map_fops, map,
					      O_RDWR, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, map->file);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, test_fput, map->file));
	file_inode(map->file)->i_flags |= S_DAX;
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(test_map_try(map, 1)));
}

static void fs_dax_is_refused(struct kunit *test)
{
	static const struct frame_vector_ops *const ops[] = { NULL, &test_deaf_ops };
	struct test_map map = {};

	if (!IS_ENABLED(CONFIG_FS_DAX))
		kunit_skip(test, "needs FS_DAX");
	test_map_dax(test, &map);
	for (int i = 0; i < ARRAY_SIZE(ops); i++) {
		struct frame_vector *vec = test_vec(test, 1, ops[i], NULL);

		test_get_fails(test, vec, map.addr, 1, true, -EOPNOTSUPP);
		test_get_fails(test, vec, map.addr, 1, false, -EOPNOTSUPP);
		frame_vector_destroy(vec);
	}
	test_map_destroy(test, &map);
}

#if IS_BUILTIN(CONFIG_VIDEOBUF2_MEMOPS)
/* What QBUF of a user pointer says is what it has always said. */
static void videobuf2_keeps_its_errnos(struct kunit *test)
{
	struct frame_vector *vec;
	struct test_map dax = {};
	struct test_raw raw = {};
	unsigned long addr;
	struct page *page;
	int refs;

	test_raw_create(test, &raw);
	vec = vb2_create_framevec(raw.map.addr, TEST_SIZE, true);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(vec), -EFAULT);
	test_raw_destroy(&raw);

	if (IS_ENABLED(CONFIG_FS_DAX)) {
		test_map_dax(test, &dax);
		vec = vb2_create_framevec(dax.addr, PAGE_SIZE, true);
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(vec), -EOPNOTSUPP);
		test_map_destroy(test, &dax);
	}

	addr = test_anon(test, 0, TEST_SIZE, PROT_READ | PROT_WRITE);
	page = test_page_at(test, addr);
	refs = page_ref_count(page);
	/* All or nothing. */
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr + 2 * PAGE_SIZE, PAGE_SIZE));
	vec = vb2_create_framevec(addr, TEST_SIZE, true);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(vec), -EFAULT);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), refs);
	/* Two bytes of two pages. */
	vec = vb2_create_framevec(addr + PAGE_SIZE - 1, 2, true);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vec);
	KUNIT_EXPECT_EQ(test, frame_vector_count(vec), 2);
	KUNIT_EXPECT_PTR_EQ(test, frame_vector_pages(vec)[0], page);
	vb2_destroy_framevec(vec);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), refs);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(vb2_create_framevec(0, PAGE_SIZE, true)),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr, TEST_SIZE));
}
#endif

#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
static int test_count_looks(struct follow_pfnmap_args *args)
{
	test_looks++;
	return follow_pfnmap_start(args);
}

/* A mapping of frames that nobody touches: they need not even exist. */
struct test_huge {
	struct test_map map;
	unsigned long pfn;	/* of the page at offset 0 */
	unsigned int order;
	unsigned int faults;
	bool mixed;
	struct folio *folio;	/* inserted instead of the pfn */
};

static vm_fault_t test_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct test_huge *huge = vmf->vma->vm_private_data;
	unsigned long addr = vmf->address & ~((PAGE_SIZE << order) - 1);
	unsigned long pfn = huge->pfn + linear_page_index(vmf->vma, addr);
	bool write = vmf->flags & FAULT_FLAG_WRITE;

	if (order != huge->order || addr < vmf->vma->vm_start ||
	    addr + (PAGE_SIZE << order) > vmf->vma->vm_end)
		return VM_FAULT_FALLBACK;
	huge->faults++;
	if (huge->folio)
		return vmf_insert_folio_pmd(vmf, huge->folio, write);
	if (order == PMD_ORDER)
		return vmf_insert_pfn_pmd(vmf, pfn, write);
#ifdef CONFIG_ARCH_SUPPORTS_PUD_PFNMAP
	if (order == PUD_ORDER)
		return vmf_insert_pfn_pud(vmf, pfn, write);
#endif
	return VM_FAULT_FALLBACK;
}

static vm_fault_t test_small_fault(struct vm_fault *vmf)
{
	struct test_huge *huge = vmf->vma->vm_private_data;

	huge->faults++;
	return vmf_insert_pfn(vmf->vma, vmf->address, huge->pfn +
			      linear_page_index(vmf->vma, vmf->address));
}

static const struct vm_operations_struct test_huge_ops = {
	.fault = test_small_fault,
	.huge_fault = test_huge_fault,
};

static int test_huge_mmap(struct test_map *map, struct vm_area_struct *vma)
{
	struct test_huge *huge = container_of(map, struct test_huge, map);

	vm_flags_set(vma, VM_IO | (huge->mixed ? VM_MIXEDMAP : VM_PFNMAP) |
			  VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = huge;
	vma->vm_ops = &test_huge_ops;
	return 0;
}

static void test_huge_frames(struct kunit *test, unsigned int order)
{
	struct test_huge huge = { .map.mmap = test_huge_mmap, .order = order };
	const unsigned int around = 3, nr = (1 << order) + 2 * around;
	const unsigned long size = PAGE_SIZE << order;
	unsigned long addr, *pfns;
	struct frame_vector *vec;
	struct vm_area_struct *vma;
	bool right = true;

	/* A mapping into which one huge page fits, with small ones around it. */
	test_map_init(test, &huge.map);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(test_map_try(&huge.map, 3 << order)));
	test_map_destroy(test, &huge.map);
	addr = ALIGN(huge.map.addr + around * PAGE_SIZE, size) - around * PAGE_SIZE;
	huge.map.addr = vm_mmap(huge.map.file, addr, nr * PAGE_SIZE,
				PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, 0);
	KUNIT_ASSERT_EQ(test, huge.map.addr, addr);
	huge.map.size = nr * PAGE_SIZE;
	huge.pfn = (1UL << (38 - PAGE_SHIFT)) - around;

	vec = test_vec(test, nr, &test_deaf_ops, NULL);
	for (int i = 0; i < 2; i++) {
		kunit_activate_static_stub(test, follow_raw_entry, test_count_looks);
		test_looks = 0;
		KUNIT_EXPECT_EQ(test, nr, get_vaddr_frames(addr, nr, true, vec));
		kunit_deactivate_static_stub(test, follow_raw_entry);
		KUNIT_EXPECT_EQ(test, huge.faults, 2 * around + 1);
		/* The first time, before and after each fault. */
		KUNIT_EXPECT_EQ(test, test_looks, (2 * around + 1) * (i ? 1 : 2));

		pfns = frame_vector_pfns(vec);
		KUNIT_ASSERT_FALSE(test, IS_ERR(pfns));
		for (unsigned int j = 0; j < nr; j++)
			right &= pfns[j] == huge.pfn + j;
		KUNIT_EXPECT_TRUE(test, right);
		put_vaddr_frames(vec);
	}

	/* From the middle of the huge page, and not to its end. */
	addr += around * PAGE_SIZE + size / 2;
	for (int i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, 5, get_vaddr_frames(addr, 5, true, vec));
		pfns = frame_vector_pfns(vec);
		KUNIT_ASSERT_FALSE(test, IS_ERR(pfns));
		for (unsigned int j = 0; j < 5; j++)
			KUNIT_EXPECT_EQ(test, pfns[j],
					huge.pfn + around + (1 << order) / 2 + j);
		/* One page of it goes, the second time from its VMA, too. */
		if (!i) {
			mmap_read_lock(huge.map.mm);
			vma = vma_lookup(huge.map.mm, addr);
			zap_special_vma_range(vma, addr, PAGE_SIZE);
			mmap_read_unlock(huge.map.mm);
		} else {
			KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr, PAGE_SIZE));
		}
		KUNIT_EXPECT_TRUE(test, frame_vector_stale(vec));
		put_vaddr_frames(vec);
	}
	frame_vector_destroy(vec);
	test_map_destroy(test, &huge.map);
}

/* Raw or a page that somebody may hold: the entry knows, not the page. */
static void inserted_huge_pages_are_refused(struct kunit *test)
{
	const unsigned int nr = 1 << PMD_ORDER;

	for (int insert = 0; insert < 2; insert++) {
		struct test_huge huge = {
			.map.mmap = test_huge_mmap,
			.order = PMD_ORDER,
			.mixed = true,
		};
		struct frame_vector *vec = test_vec(test, nr, &test_deaf_ops, NULL);
		struct page *page = test_alloc(test, __GFP_COMP, PMD_ORDER);
		unsigned long addr, *pfns;

		test_map_init(test, &huge.map);
		KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(test_map_try(&huge.map, 2 * nr)));
		test_map_destroy(test, &huge.map);
		addr = ALIGN(huge.map.addr, PMD_SIZE);
		huge.map.addr = vm_mmap(huge.map.file, addr, PMD_SIZE,
					PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, 0);
		KUNIT_ASSERT_EQ(test, huge.map.addr, addr);
		huge.map.size = PMD_SIZE;
		huge.pfn = page_to_pfn(page);
		if (insert) {
			huge.folio = page_folio(page);
			test_get_fails(test, vec, addr, nr, false, -EPERM);
		} else {
			KUNIT_EXPECT_EQ(test, nr, get_vaddr_frames(addr, nr, false, vec));
			pfns = frame_vector_pfns(vec);
			KUNIT_ASSERT_FALSE(test, IS_ERR(pfns));
			KUNIT_EXPECT_EQ(test, pfns[nr - 1], huge.pfn + nr - 1);
			put_vaddr_frames(vec);
		}
		KUNIT_EXPECT_EQ(test, huge.faults, 1);
		KUNIT_EXPECT_EQ(test, page_ref_count(page), 1 + insert);
		frame_vector_destroy(vec);
		test_map_destroy(test, &huge.map);
		KUNIT_EXPECT_EQ(test, page_ref_count(page), 1);
		__free_pages(page, PMD_ORDER);
	}
}

static void takes_pmds_in_one_step(struct kunit *test)
{
	test_huge_frames(test, PMD_ORDER);
}

#ifdef CONFIG_ARCH_SUPPORTS_PUD_PFNMAP
static void takes_puds_in_one_step(struct kunit *test)
{
	if (!has_transparent_pud_hugepage())
		kunit_skip(test, "the CPU has no such pages");
	test_huge_frames(test, PUD_ORDER);
}
#endif
#endif /* CONFIG_ARCH_SUPPORTS_PMD_PFNMAP */

/*
 * Threads that map, unmap, fault, get and put the same range of one mm. The
 * owner poisons its frames and frees them when they are unmapped. What uses
 * them, under the lock that the callback takes, must never see poison.
 */
static unsigned int stress_ms = 200;
module_param(stress_ms, uint, 0444);
MODULE_PARM_DESC(stress_ms, "how long the stress case runs, in ms");

#define TEST_THREADS	2	/* of each kind */

struct test_stress {
	struct kunit *test;
	struct mm_struct *mm;
	struct file *file;
	unsigned long addr;
	unsigned long until;
	atomic_long_t maps, gets, uses, stales, misses, poisoned, wrong;
};

struct test_frames {
	struct page *page[TEST_NR];
	atomic_t vmas;
};

static void test_stress_open(struct vm_area_struct *vma)
{
	struct test_frames *frames = vma->vm_private_data;

	atomic_inc(&frames->vmas);
}

static void test_stress_close(struct vm_area_struct *vma)
{
	struct test_frames *frames = vma->vm_private_data;

	if (!atomic_dec_and_test(&frames->vmas))
		return;
	for (int i = 0; i < TEST_NR; i++) {
		memset(page_address(frames->page[i]), TEST_POISON, PAGE_SIZE);
		__free_page(frames->page[i]);
	}
	kfree(frames);
}

static vm_fault_t test_stress_fault(struct vm_fault *vmf)
{
	struct test_frames *frames = vmf->vma->vm_private_data;
	unsigned long i = linear_page_index(vmf->vma, vmf->address);

	return vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(frames->page[i]));
}

static const struct vm_operations_struct test_stress_ops = {
	.open = test_stress_open,
	.close = test_stress_close,
	.fault = test_stress_fault,
};

static int test_stress_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct test_frames *frames = kzalloc_obj(*frames);

	if (!frames)
		return -ENOMEM;
	for (int i = 0; i < TEST_NR; i++) {
		frames->page[i] = alloc_page(GFP_KERNEL);
		if (!frames->page[i]) {
			while (i--)
				__free_page(frames->page[i]);
			kfree(frames);
			return -ENOMEM;
		}
		memset(page_address(frames->page[i]), TEST_LIVE, PAGE_SIZE);
	}
	atomic_set(&frames->vmas, 1);
	vma->vm_private_data = frames;
	vma->vm_ops = &test_stress_ops;
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	return 0;
}

static const struct file_operations test_stress_fops = {
	.mmap = test_stress_mmap,
};

static bool test_stress_goes_on(struct test_stress *stress)
{
	cond_resched();
	/* On a busy machine it takes longer until they meet. */
	return time_before(jiffies, stress->until) ||
	       (!atomic_long_read(&stress->stales) &&
		time_before(jiffies, stress->until + 20 * HZ));
}

static int test_stress_map(void *data)
{
	struct test_stress *stress = data;
	unsigned int n = 0;

	kthread_use_mm(stress->mm);
	while (test_stress_goes_on(stress)) {
		struct vm_area_struct *vma;

		switch (n++ % 4) {
		case 0:		/* replaces what is there */
			if (!IS_ERR_VALUE(vm_mmap(stress->file, stress->addr, TEST_SIZE,
						  PROT_READ | PROT_WRITE,
						  MAP_SHARED | MAP_FIXED, 0)))
				atomic_long_inc(&stress->maps);
			break;
		case 1:
			mmap_read_lock(stress->mm);
			vma = vma_lookup(stress->mm, stress->addr);
			if (vma)
				zap_special_vma_range(vma, stress->addr, PAGE_SIZE);
			mmap_read_unlock(stress->mm);
			break;
		case 2:
			unmap_mapping_range(stress->file->f_mapping, 0, 0, 1);
			break;
		case 3:
			if (n % 64 == 0)
				vm_munmap(stress->addr, TEST_SIZE);
			break;
		}
		if (n % 8 == 0)
			usleep_range(50, 100);
	}
	kthread_unuse_mm(stress->mm);
	return 0;
}

static int test_stress_touch(void *data)
{
	struct test_stress *stress = data;
	u8 __user *uaddr = (u8 __user *)stress->addr;
	unsigned int n = 0;
	u8 value;

	kthread_use_mm(stress->mm);
	while (test_stress_goes_on(stress)) {
		if (!get_user(value, uaddr + n++ % TEST_NR * PAGE_SIZE) &&
		    value != TEST_LIVE)
			atomic_long_inc(&stress->wrong);
	}
	kthread_unuse_mm(stress->mm);
	return 0;
}

struct test_user {
	spinlock_t lock;	/* taken by the callback */
	bool using;
};

static bool test_stress_tell(struct frame_vector *vec,
			     const struct mmu_notifier_range *range)
{
	struct test_user *user = vec->private;

	spin_lock(&user->lock);
	user->using = false;
	spin_unlock(&user->lock);
	return true;
}

static const struct frame_vector_ops test_user_ops = {
	.invalidate = test_stress_tell,
};

static int test_stress_get(void *data)
{
	struct test_user user = {};
	struct test_stress *stress = data;
	struct frame_vector *vec;

	spin_lock_init(&user.lock);
	vec = frame_vector_create(TEST_NR, &test_user_ops, &user);
	if (!vec)
		return -ENOMEM;
	kthread_use_mm(stress->mm);
	while (test_stress_goes_on(stress)) {
		unsigned long *pfns;
		int nr = get_vaddr_frames(stress->addr, TEST_NR, true, vec);

		if (nr <= 0) {
			atomic_long_inc(nr == -EFAULT ? &stress->misses : &stress->wrong);
			put_vaddr_frames(vec);
			continue;
		}
		atomic_long_inc(&stress->gets);
		spin_lock(&user.lock);
		user.using = !frame_vector_stale(vec);
		spin_unlock(&user.lock);

		for (int n = 0; n < 200; n++) {
			bool using;

			if (n % 16 == 0)
				cond_resched();

			/* What the hardware does until it is stopped. */
			spin_lock(&user.lock);
			using = user.using;
			pfns = using ? frame_vector_pfns(vec) : NULL;
			for (int i = 0; using && i < nr; i++) {
				u8 *frame;

				/* Stale, but the callback waits for the lock. */
				if (IS_ERR(pfns))
					break;
				frame = page_address(pfn_to_page(pfns[i]));
				if (READ_ONCE(*frame) != TEST_LIVE)
					atomic_long_inc(&stress->poisoned);
				atomic_long_inc(&stress->uses);
			}
			spin_unlock(&user.lock);
			if (!using)
				break;
		}
		if (frame_vector_stale(vec))
			atomic_long_inc(&stress->stales);
		put_vaddr_frames(vec);
	}
	kthread_unuse_mm(stress->mm);
	frame_vector_destroy(vec);
	return 0;
}

static void stress(struct kunit *test)
{
	static int (*const jobs[])(void *) = {
		test_stress_map, test_stress_touch, test_stress_get,
	};
	struct task_struct *thread[ARRAY_SIZE(jobs) * TEST_THREADS];
	struct test_stress stress = { .test = test };

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	stress.mm = current->mm;
	stress.file = anon_inode_getfile("[frame_vector]", &test_stress_fops, NULL, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, stress.file);
	stress.addr = vm_mmap(stress.file, 0, TEST_SIZE, PROT_READ | PROT_WRITE,
			      MAP_SHARED, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(stress.addr));
	stress.until = jiffies + msecs_to_jiffies(stress_ms);

	for (int i = 0; i < ARRAY_SIZE(thread); i++) {
		thread[i] = kthread_create(jobs[i % ARRAY_SIZE(jobs)], &stress,
					   "frame_vector/%d", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(thread[i]));
		get_task_struct(thread[i]);
	}
	for (int i = 0; i < ARRAY_SIZE(thread); i++)
		wake_up_process(thread[i]);
	/* Who is stopped early does not even begin. */
	msleep(stress_ms);
	for (int i = 0; i < ARRAY_SIZE(thread); i++)
		KUNIT_EXPECT_EQ(test, 0, kthread_stop_put(thread[i]));
	vm_munmap(stress.addr, TEST_SIZE);
	fput(stress.file);

	kunit_info(test, "%ld maps, %ld gets, %ld uses, %ld stale, %ld misses",
		   atomic_long_read(&stress.maps), atomic_long_read(&stress.gets),
		   atomic_long_read(&stress.uses), atomic_long_read(&stress.stales),
		   atomic_long_read(&stress.misses));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&stress.poisoned), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&stress.wrong), 0);
	KUNIT_EXPECT_GT(test, atomic_long_read(&stress.maps), 0);
	KUNIT_EXPECT_GT(test, atomic_long_read(&stress.gets), 0);
	KUNIT_EXPECT_GT(test, atomic_long_read(&stress.uses), 0);
	KUNIT_EXPECT_GT(test, atomic_long_read(&stress.stales), 0);
}
#else /* !CONFIG_MMU */

static struct mm_struct *test_mm;

static unsigned long test_nommu_map(struct kunit *test)
{
	unsigned long addr;

	test_mm = mm_alloc();
	KUNIT_ASSERT_NOT_NULL(test, test_mm);
	kthread_use_mm(test_mm);
	addr = vm_mmap(NULL, 0, TEST_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	return addr;
}

static void test_nommu_unmap(void)
{
	kthread_unuse_mm(test_mm);
	mmput(test_mm);
}

/* As GUP, page by page: the pins that are put are the pins that were got. */
static void nommu_pins_ordinary_memory(struct kunit *test)
{
	struct frame_vector *vec = test_vec(test, TEST_NR, NULL, NULL);
	unsigned long addr = test_nommu_map(test);
	struct page **pages;
	int refs[TEST_NR];

	for (int i = 0; i < TEST_NR; i++)
		refs[i] = page_ref_count(virt_to_page((void *)addr + i * PAGE_SIZE));
	for (int write = 0; write < 2; write++) {
		KUNIT_EXPECT_EQ(test, TEST_NR,
				get_vaddr_frames(addr, TEST_NR, write, vec));
		pages = frame_vector_pages(vec);
		for (int i = 0; i < TEST_NR; i++) {
			KUNIT_EXPECT_PTR_EQ(test, pages[i],
					    virt_to_page((void *)addr + i * PAGE_SIZE));
			KUNIT_EXPECT_GT(test, page_ref_count(pages[i]), refs[i]);
		}
		put_vaddr_frames(vec);
		for (int i = 0; i < TEST_NR; i++)
			KUNIT_EXPECT_EQ(test, refs[i],
					page_ref_count(virt_to_page((void *)addr +
								    i * PAGE_SIZE)));
	}
	test_get_fails(test, vec, addr, 0, true, -EINVAL);
	test_get_fails(test, vec, -PAGE_SIZE, 2, true, -EOVERFLOW);
	frame_vector_destroy(vec);
	test_nommu_unmap();
}

static void nommu_refuses_raw_mappings(struct kunit *test)
{
	static const struct frame_vector_ops *const ops[] = { NULL, &test_deaf_ops };
	static const vm_flags_t flags[] = { VM_IO, VM_PFNMAP };
	unsigned long addr = test_nommu_map(test);
	struct vm_area_struct *vma;

	for (int i = 0; i < 4; i++) {
		struct frame_vector *vec = test_vec(test, TEST_NR, ops[i / 2], NULL);

		mmap_write_lock(test_mm);
		vma = vma_lookup(test_mm, addr);
		vm_flags_set(vma, flags[i % 2]);
		mmap_write_unlock(test_mm);
		test_get_fails(test, vec, addr, TEST_NR, false, -EOPNOTSUPP);
		mmap_write_lock(test_mm);
		vm_flags_clear(vma, flags[i % 2]);
		mmap_write_unlock(test_mm);
		frame_vector_destroy(vec);
	}
	test_nommu_unmap();
}
#endif /* CONFIG_MMU */

static struct kunit_case frame_vector_cases[] = {
	KUNIT_CASE(creates_what_can_be_held),
	KUNIT_CASE(create_runs_out_of_memory),
	KUNIT_CASE(needs_an_mm),
#ifdef CONFIG_MMU
	KUNIT_CASE(pins_ordinary_memory),
	KUNIT_CASE(pins_outlive_the_mapping),
	KUNIT_CASE(destroy_puts_with_a_warning),
	KUNIT_CASE(wrong_callers_are_refused),
	KUNIT_CASE(bad_ranges_are_refused),
	KUNIT_CASE(protection_is_obeyed),
	KUNIT_CASE(raw_needs_a_listener),
	KUNIT_CASE(follows_raw_mappings),
	KUNIT_CASE(raw_protection_is_obeyed),
	KUNIT_CASE(kinds_are_not_mixed),
	KUNIT_CASE(raw_mappings_follow_one_another),
	KUNIT_CASE(faults_what_is_missing),
	KUNIT_CASE(fault_is_retried),
	KUNIT_CASE(write_faults_go_to_the_owner),
	KUNIT_CASE(fault_errors_are_passed_on),
	KUNIT_CASE(fatal_signals_end_it),
	KUNIT_CASE(fatal_signals_end_the_walk),
	KUNIT_CASE(interrupts_are_passed_on),
	KUNIT_CASE(any_signal_keeps_from_listening),
	KUNIT_CASE(no_memory_to_listen),
	KUNIT_CASE(kind_changes_during_get),
	KUNIT_CASE(private_copies_are_not_raw),
	KUNIT_CASE(inserted_pages_are_refused),
	KUNIT_CASE(munmap_tells_first),
	KUNIT_CASE(partial_munmap_tells_first),
#ifdef test_mremap
	KUNIT_CASE(mremap_tells_first),
	KUNIT_CASE(mprotect_tells_first),
#endif
	KUNIT_CASE(zap_tells_first),
	KUNIT_CASE(changes_during_get_are_noticed),
	KUNIT_CASE(changes_from_before_the_range_are_not_told),
	KUNIT_CASE(endless_changes_can_be_killed),
	KUNIT_CASE(changes_without_faults_can_be_killed),
	KUNIT_CASE(only_soft_dirty_is_not_told),
	KUNIT_CASE(told_once),
	KUNIT_CASE(may_refuse_when_it_must_not_block),
	KUNIT_CASE(nobody_overtakes_the_callback),
	KUNIT_CASE(callback_must_not_put),
#ifdef CONFIG_LOCKDEP
	KUNIT_CASE(lock_rules_are_asserted),
#endif
#ifdef CONFIG_PROVE_LOCKING
	KUNIT_CASE(callers_may_be_told),
#endif
	KUNIT_CASE(exit_tells_first),
	KUNIT_CASE(the_old_pattern_uses_what_was_freed),
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	KUNIT_CASE(pins_huge_pages),
#endif
#ifdef CONFIG_HUGETLBFS
	KUNIT_CASE(pins_hugetlb_pages),
#endif
	KUNIT_CASE(fs_dax_is_refused),
#if IS_BUILTIN(CONFIG_VIDEOBUF2_MEMOPS)
	KUNIT_CASE(videobuf2_keeps_its_errnos),
#endif
#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
	KUNIT_CASE(inserted_huge_pages_are_refused),
	KUNIT_CASE(takes_pmds_in_one_step),
#ifdef CONFIG_ARCH_SUPPORTS_PUD_PFNMAP
	KUNIT_CASE(takes_puds_in_one_step),
#endif
#endif
	KUNIT_CASE_SLOW(stress),
#else
	KUNIT_CASE(nommu_pins_ordinary_memory),
	KUNIT_CASE(nommu_refuses_raw_mappings),
#endif
	{}
};

static struct kunit_suite frame_vector_suite = {
	.name = "frame_vector",
	.test_cases = frame_vector_cases,
};

kunit_test_suite(frame_vector_suite);

MODULE_DESCRIPTION("KUnit tests for the frame vector");
MODULE_LICENSE("GPL");
