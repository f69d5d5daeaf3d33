// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to put pages into user page tables, and to take them out again.
 *
 * Prints lines of the form
 *
 *	bench: CASE SOURCE STATE PAGES NS
 *
 * one for each round: NS nanoseconds for PAGES pages. Under "qemu -icount
 * shift=0" a nanosecond is an instruction. Whoever runs this compares kernels;
 * the cases fail only if what they measure goes wrong.
 */
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "../internal.h"
#include "insert_kunit.h"

#ifdef CONFIG_MMU
#define BENCH_PAGES	16384UL

static unsigned int rounds = 3;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "How often each case is measured");

/* Pages in the order in which they get mapped. */
struct bench_source {
	const char *name;
	unsigned int order;
	bool vmalloced;
	void *area;		/* from vmalloc_user() */
	struct page **pages;
	unsigned long nr;
};

static const struct bench_source bench_sources[] = {
	{ .name = "order0" },
	{ .name = "vmalloc", .vmalloced = true },
	{ .name = "order4", .order = 4 },
	{ .name = "order9", .order = 9 },
};

KUNIT_ARRAY_PARAM_DESC(bench_source, bench_sources, name);

struct bench {
	struct kunit *test;
	struct test_map map;
	struct bench_source src;
	struct vm_area_struct *vma;
	unsigned long addr;	/* of the first page, begins a page table */
};

typedef int (*bench_fn)(struct bench *b, unsigned long nr);

static void bench_report(const char *name, const char *source,
			 const char *state, unsigned long nr, u64 ns)
{
	pr_info("bench: %s %s %s %lu %llu\n", name, source, state, nr, ns);
}

static void bench_free_source(void *data)
{
	struct bench_source *src = data;

	if (src->vmalloced) {
		vfree(src->area);
	} else {
		for (unsigned long i = 0; i < src->nr; i += 1UL << src->order)
			if (src->pages[i])
				__free_pages(src->pages[i], src->order);
	}
	kvfree(src->pages);
}

static void bench_alloc_source(struct kunit *test, struct bench_source *src,
			       unsigned long nr)
{
	const gfp_t gfp = src->order ? __GFP_COMP : 0;

	src->nr = nr;
	src->pages = kvcalloc(nr, sizeof(*src->pages), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, src->pages);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, bench_free_source, src));
	if (src->vmalloced) {
		src->area = vmalloc_user(nr * PAGE_SIZE);
		KUNIT_ASSERT_NOT_NULL(test, src->area);
	}
	for (unsigned long i = 0; i < nr; i++) {
		const unsigned long tail = i & ((1UL << src->order) - 1);

		if (src->vmalloced)
			src->pages[i] = vmalloc_to_page(src->area + i * PAGE_SIZE);
		else if (tail)
			src->pages[i] = src->pages[i - tail] + tail;
		else
			src->pages[i] = test_alloc(test, gfp, src->order);
	}
}

/* A new VMA of @nr pages, with VM_MIXEDMAP set so that all may insert. */
static void bench_map(struct bench *b, unsigned long nr)
{
	const unsigned long addr = test_map_try(&b->map, nr + PTRS_PER_PTE);

	KUNIT_ASSERT_FALSE(b->test, IS_ERR_VALUE(addr));
	b->addr = ALIGN(addr, PMD_SIZE);
	b->vma = vma_lookup(b->map.mm, addr);
}

static void bench_init(struct kunit *test, struct bench *b)
{
	b->test = test;
	b->map.flags = VM_MIXEDMAP;
	test_map_init(test, &b->map);
}

/* The pages are freed after the case: their list must not be on its stack. */
static struct bench *bench_create(struct kunit *test, unsigned long nr)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->src = *(const struct bench_source *)test->param_value;
	bench_alloc_source(test, &b->src, nr);
	bench_init(test, b);
	return b;
}

static int bench_single(struct bench *b, unsigned long nr)
{
	int err = 0;

	for (unsigned long i = 0; i < nr && !err; i++)
		err = vm_insert_kmem_page(b->vma, b->addr + i * PAGE_SIZE,
					  b->src.pages[i]);
	return err;
}

static int bench_array(struct bench *b, unsigned long nr)
{
	return vm_insert_kmem_pages(b->vma, b->addr, b->src.pages, &nr);
}

/* One call for each piece that is contiguous by allocation. */
static int bench_range(struct bench *b, unsigned long nr)
{
	const unsigned long step = b->src.vmalloced ? nr : 1UL << b->src.order;
	int err = 0;

	for (unsigned long i = 0; i < nr && !err; i += step)
		err = vm_insert_kmem_range(b->vma, b->addr + i * PAGE_SIZE,
					   b->src.vmalloced ? b->src.area :
					   page_address(b->src.pages[i]),
					   step * PAGE_SIZE);
	return err;
}

static int bench_fault(struct bench *b, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++)
		if (vmf_insert_page(b->vma, b->addr + i * PAGE_SIZE,
				    b->src.pages[i]) != VM_FAULT_NOPAGE)
			return -EFAULT;
	return 0;
}

/* The floor: entries are found empty and written, a folio at a time. */
static int bench_floor(struct bench *b, unsigned long nr)
{
	const unsigned long run = 1UL << b->src.order;
	unsigned long addr = b->addr;
	struct page **pages = b->src.pages;

	while (nr) {
		unsigned long left = min(nr, PTRS_PER_PTE);
		pte_t *start_pte, *pte;
		spinlock_t *ptl;	/* of the page table */

		start_pte = get_locked_pte(b->map.mm, addr, &ptl);
		if (!start_pte)
			return -ENOMEM;
		nr -= left;
		lazy_mmu_mode_enable();
		for (pte = start_pte; left; pte += run, left -= run) {
			for (unsigned long i = 0; i < run; i++)
				if (!pte_none(ptep_get(pte + i)))
					goto busy;
			set_ptes(b->map.mm, addr, pte,
				 mk_pte(*pages, b->vma->vm_page_prot), run);
			pages += run;
			addr += run * PAGE_SIZE;
		}
busy:
		lazy_mmu_mode_disable();
		pte_unmap_unlock(start_pte, ptl);
		if (left)
			return -EBUSY;
	}
	return 0;
}

/* Take back what bench_floor() did: nobody knows of these entries. */
static void bench_unfloor(struct bench *b, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		const unsigned long addr = b->addr + i * PAGE_SIZE;
		spinlock_t *ptl;	/* of the page table */
		pte_t *pte;

		pte = get_locked_pte(b->map.mm, addr, &ptl);
		KUNIT_ASSERT_NOT_NULL(b->test, pte);
		ptep_get_and_clear(b->map.mm, addr, pte);
		pte_unmap_unlock(pte, ptl);
	}
}

static void bench_zap(struct bench *b, unsigned long nr)
{
	if (nr)
		zap_vma_range(b->vma, b->addr, nr * PAGE_SIZE);
}

/* The pages that are mapped, and afterwards in the page tables or not. */
static u64 bench_time(struct bench *b, bench_fn fn, unsigned long nr, int *err)
{
	u64 start, ns;

	mmap_write_lock(b->map.mm);
	/* So that the lock of the VMA is not what is measured. */
	vma_start_write(b->vma);
	cond_resched();
	start = ktime_get_ns();
	*err = fn(b, nr);
	ns = ktime_get_ns() - start;
	mmap_write_unlock(b->map.mm);
	return ns;
}

static u64 bench_time_zap(struct bench *b, unsigned long nr)
{
	u64 start, ns;

	mmap_write_lock(b->map.mm);
	start = ktime_get_ns();
	bench_zap(b, nr);
	ns = ktime_get_ns() - start;
	mmap_write_unlock(b->map.mm);
	return ns;
}

static const struct {
	const char *name;
	bench_fn fn;
} bench_cases[] = {
	{ "floor", bench_floor },
	{ "vm_insert_kmem_page", bench_single },
	{ "vm_insert_kmem_pages", bench_array },
	{ "vm_insert_kmem_range", bench_range },
	{ "vmf_insert_page", bench_fault },
};

static void bench_undo(struct bench *b, bench_fn fn, unsigned long nr)
{
	if (fn == bench_floor)
		bench_unfloor(b, nr);
	else
		bench_zap(b, nr);
}

/* All pages, into page tables that are there; and out of them again. */
static void bench_warm(struct kunit *test)
{
	struct bench *b = bench_create(test, BENCH_PAGES);
	int err;

	bench_map(b, BENCH_PAGES);
	KUNIT_ASSERT_EQ(test, 0, bench_floor(b, BENCH_PAGES));
	bench_unfloor(b, BENCH_PAGES);

	for (int i = 0; i < ARRAY_SIZE(bench_cases); i++) {
		const bench_fn fn = bench_cases[i].fn;

		for (unsigned int round = 0; round < rounds; round++) {
			u64 ns = bench_time(b, fn, BENCH_PAGES, &err);

			KUNIT_ASSERT_EQ(test, 0, err);
			bench_report(bench_cases[i].name, b->src.name, "warm",
				     BENCH_PAGES, ns);
			if (fn != bench_array) {
				bench_undo(b, fn, BENCH_PAGES);
				continue;
			}
			bench_report("zap", b->src.name, "warm", BENCH_PAGES,
				     bench_time_zap(b, BENCH_PAGES));
		}
	}
	test_map_destroy(test, &b->map);
}

/* One page table's worth of pages, and the page table has to be allocated. */
static void bench_fresh(struct kunit *test)
{
	struct bench *b = bench_create(test, PTRS_PER_PTE);
	const unsigned long nr = PTRS_PER_PTE;
	int err;

	for (int i = 0; i < ARRAY_SIZE(bench_cases); i++) {
		const bench_fn fn = bench_cases[i].fn;

		for (unsigned int round = 0; round < rounds; round++) {
			bench_map(b, nr);
			u64 ns = bench_time(b, fn, nr, &err);

			KUNIT_ASSERT_EQ(test, 0, err);
			bench_report(bench_cases[i].name, b->src.name, "fresh",
				     nr, ns);
			bench_undo(b, fn, nr);
			test_map_destroy(test, &b->map);
		}
	}
}

/*
 * How long others may have to wait for the lock of a page table: a call that
 * fills one page table, and one of 8 pages.
 */
static void bench_hold(struct kunit *test)
{
	struct bench *b = bench_create(test, PTRS_PER_PTE);
	static const unsigned long nr[] = { 8, PTRS_PER_PTE };
	int err;

	bench_map(b, PTRS_PER_PTE);
	KUNIT_ASSERT_EQ(test, 0, bench_floor(b, PTRS_PER_PTE));
	bench_unfloor(b, PTRS_PER_PTE);
	for (int i = 0; i < ARRAY_SIZE(nr); i++) {
		for (unsigned int round = 0; round < rounds; round++) {
			u64 ns = bench_time(b, bench_array, nr[i], &err);

			KUNIT_ASSERT_EQ(test, 0, err);
			bench_report("one_call", b->src.name, "warm", nr[i], ns);
			bench_zap(b, nr[i]);
		}
	}
	test_map_destroy(test, &b->map);
}

static void *bench_area;

static int bench_mmap_vmalloc(struct test_map *map, struct vm_area_struct *vma)
{
	return remap_vmalloc_range(vma, bench_area, 0);
}

/* A whole mmap() of a vmalloc area, as drivers do it. */
static void bench_mmap(struct kunit *test)
{
	struct test_map map = { .mmap = bench_mmap_vmalloc };

	bench_area = vmalloc_user(BENCH_PAGES * PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, bench_area);
	test_map_init(test, &map);
	for (unsigned int round = 0; round < rounds; round++) {
		u64 start = ktime_get_ns(), ns;
		unsigned long addr = test_map_try(&map, BENCH_PAGES);

		ns = ktime_get_ns() - start;
		KUNIT_EXPECT_FALSE(test, IS_ERR_VALUE(addr));
		if (IS_ERR_VALUE(addr))
			break;
		bench_report("remap_vmalloc_range", "vmalloc", "mmap",
			     BENCH_PAGES, ns);
		test_map_destroy(test, &map);
	}
	vfree(bench_area);
}

/* RAM by its frame numbers, into part of a VMA: no struct page is touched. */
static void bench_remap_pfn(struct kunit *test)
{
	const unsigned int order = 9;
	struct page *page = test_alloc(test, __GFP_COMP, order);
	struct bench b = {};
	u64 start, ns;
	int err;

	bench_init(test, &b);
	b.map.flags = 0;
	bench_map(&b, PTRS_PER_PTE);
	for (unsigned int round = 0; round <= rounds; round++) {
		mmap_write_lock(b.map.mm);
		start = ktime_get_ns();
		err = remap_pfn_range(b.vma, b.addr, page_to_pfn(page),
				      PAGE_SIZE << order, b.vma->vm_page_prot);
		ns = ktime_get_ns() - start;
		mmap_write_unlock(b.map.mm);
		KUNIT_EXPECT_EQ(test, 0, err);
		if (err)
			break;
		/* The first round allocates page tables. */
		if (round)
			bench_report("remap_pfn_range", "order9", "warm",
				     1UL << order, ns);
		bench_zap(&b, 1UL << order);
	}
	test_map_destroy(test, &b.map);
	__free_pages(page, order);
}

static struct kunit_case insert_bench_cases[] = {
	KUNIT_CASE_PARAM_ATTR(bench_warm, bench_source_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE_PARAM(bench_fresh, bench_source_gen_params),
	KUNIT_CASE_PARAM(bench_hold, bench_source_gen_params),
	KUNIT_CASE(bench_mmap),
	KUNIT_CASE(bench_remap_pfn),
	{}
};

static struct kunit_suite insert_bench_suite = {
	.name = "insert_bench",
	.test_cases = insert_bench_cases,
};

kunit_test_suite(insert_bench_suite);
#endif /* CONFIG_MMU */

MODULE_DESCRIPTION("What inserting pages into user page tables costs");
MODULE_LICENSE("GPL");
