// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to install entries by the page walker. bench.sh builds this into
 * the base, where a callback is asked for each entry, and into the series, where
 * it is asked for each run of them. Lines as insert_bench_kunit.c prints them.
 */
#include <linux/ktime.h>
#include <linux/pagewalk.h>
#include <linux/swapops.h>

#include "../internal.h"
#include "insert_kunit.h"

#define BENCH_PAGES	16384UL

static unsigned int rounds = 3;
module_param(rounds, uint, 0444);

struct bench {
	struct kunit *test;
	struct test_map map;
	struct page *pages[BENCH_PAGES];
	unsigned int order;
	unsigned long addr;
	long rss;
};

static struct page **page_at(struct bench *b, unsigned long addr)
{
	return b->pages + (addr - b->addr) / PAGE_SIZE;
}

/* What vm_insert_kmem_pages() looks at before it maps a page. */
static int validate(struct folio *folio, struct page *page)
{
	if (!folio_ref_count(folio) || is_zero_folio(folio) ||
	    folio_test_anon(folio) || page_has_type(page) ||
	    page_has_type(&folio->page))
		return -EINVAL;
	flush_dcache_folio(folio);
	return 0;
}

static pte_t marker(void)
{
	return make_pte_marker(PTE_MARKER_GUARD);
}

enum { PAGES, MARKERS, INSERT };

#ifdef INSERT_BENCH_COMPAT_H
static int install_pages(unsigned long addr, unsigned long next, pte_t *pte,
			 struct mm_walk *walk)
{
	*pte = mk_pte(*page_at(walk->private, addr), walk->vma->vm_page_prot);
	return 0;
}

static int install_markers(unsigned long addr, unsigned long next, pte_t *pte,
			   struct mm_walk *walk)
{
	*pte = marker();
	return 0;
}

static int insert_pages(unsigned long addr, unsigned long next, pte_t *pte,
			struct mm_walk *walk)
{
	struct bench *b = walk->private;
	struct page *page = *page_at(b, addr);
	struct folio *folio = page_folio(page);
	int err = validate(folio, page);

	if (err)
		return err;
	folio_get(folio);
	folio_add_file_rmap_pte(folio, page, walk->vma);
	b->rss++;
	*pte = mk_pte(page, walk->vma->vm_page_prot);
	return 0;
}

#define install_ptes install_pte
#else
/* How many pages from here on are neighbours in one folio. */
static unsigned int in_folio(struct page **pages, struct folio *folio, unsigned int max)
{
	struct page *page = *pages;
	unsigned int nr = 1;

	max = min(max, folio_nr_pages(folio) - folio_page_idx(folio, page));
	while (nr < max && pages[nr] == ++page)
		nr++;
	return nr;
}

static int install_pages(unsigned long addr, struct mm_walk_run *run,
			 struct mm_walk *walk)
{
	struct page *page = *page_at(walk->private, addr);
	struct folio *folio = page_folio(page);

	run->nr = min(run->nr, folio_nr_pages(folio) - folio_page_idx(folio, page));
	run->pte = mk_pte(page, walk->vma->vm_page_prot);
	run->install = PGWALK_INSTALL_PAGES;
	return 0;
}

static int install_markers(unsigned long addr, struct mm_walk_run *run,
			   struct mm_walk *walk)
{
	run->pte = marker();
	run->install = PGWALK_INSTALL_MARKERS;
	return 0;
}

/*
 * vm_insert_kmem_pages() as it would be on the walker. NR_FILE_MAPPED can't
 * wait here: a callback is not told when the lock of the page table is dropped.
 */
static int insert_pages(unsigned long addr, struct mm_walk_run *run,
			struct mm_walk *walk)
{
	struct bench *b = walk->private;
	struct page **pages = page_at(b, addr);
	struct folio *folio = page_folio(*pages);
	int err = validate(folio, *pages);

	if (err)
		return err;
	run->nr = folio_test_large(folio) ? in_folio(pages, folio, run->nr) : 1;
	folio_ref_add(folio, run->nr);
	folio_add_file_rmap_ptes(folio, *pages, run->nr, walk->vma);
	b->rss += run->nr;
	run->pte = mk_pte(*pages, walk->vma->vm_page_prot);
	run->install = PGWALK_INSTALL_PAGES;
	return 0;
}
#endif

static const struct mm_walk_ops ops[] = {
	[PAGES] = { .install_ptes = install_pages, .walk_lock = PGWALK_RDLOCK },
	[MARKERS] = { .install_ptes = install_markers, .walk_lock = PGWALK_RDLOCK },
	[INSERT] = { .install_ptes = insert_pages, .walk_lock = PGWALK_RDLOCK },
};

/* Nobody counts these entries: they go as they came. Wrong ones are an error. */
static int take_out(struct bench *b, int kind)
{
	int err = 0;

	for (unsigned long i = 0; i < BENCH_PAGES; i++) {
		const unsigned long addr = b->addr + i * PAGE_SIZE;
		spinlock_t *ptl;	/* of the page table */
		pte_t *pte, old;

		pte = get_locked_pte(b->map.mm, addr, &ptl);
		if (!pte)
			return -ENOMEM;
		old = ptep_get(pte);
		if (kind != INSERT)
			ptep_get_and_clear(b->map.mm, addr, pte);
		pte_unmap_unlock(pte, ptl);
		if (kind == MARKERS ? !pte_same(old, marker()) :
		    !pte_present(old) || pte_page(old) != b->pages[i])
			err = -EFAULT;
	}
	return err;
}

static void bench_walk(struct bench *b, const char *name, int kind)
{
	struct vm_area_struct *vma = vma_lookup(b->map.mm, b->addr);
	struct kunit *test = b->test;
	char source[16] = "none";

	if (kind != MARKERS)
		sprintf(source, "order%u", b->order);
	/* The first round allocates the page tables. */
	for (unsigned int round = 0; round <= rounds; round++) {
		u64 ns;
		int err;

		mmap_write_lock(b->map.mm);
		vma_start_write(vma);
		cond_resched();
		b->rss = 0;
		ns = ktime_get_ns();
		err = walk_page_range_mm_unsafe(b->map.mm, b->addr,
						b->addr + BENCH_PAGES * PAGE_SIZE,
						&ops[kind], b);
		add_mm_counter(b->map.mm, MM_FILEPAGES, b->rss);
		ns = ktime_get_ns() - ns;
		KUNIT_EXPECT_EQ(test, err, 0);
		KUNIT_EXPECT_EQ(test, take_out(b, kind), 0);
		if (kind == INSERT)
			zap_vma_range(vma, b->addr, BENCH_PAGES * PAGE_SIZE);
		mmap_write_unlock(b->map.mm);
		if (round)
			pr_info("bench: %s %s warm %lu %llu\n", name, source,
				BENCH_PAGES, ns);
	}
}

static void walk_installs(struct kunit *test)
{
	static const unsigned int orders[] = { 0, 4, 9 };
	struct bench *b = kvzalloc(sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, (kunit_action_t *)kvfree, b));
	b->test = test;
	b->map.flags = VM_MIXEDMAP;
	test_map_init(test, &b->map);
	b->addr = test_map_try(&b->map, BENCH_PAGES);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(b->addr));
	bench_walk(b, "walk_markers", MARKERS);
	for (int i = 0; i < ARRAY_SIZE(orders); i++) {
		const unsigned long nr = 1UL << orders[i];

		b->order = orders[i];
		for (unsigned long j = 0; j < BENCH_PAGES; j++)
			b->pages[j] = j % nr ? b->pages[j - 1] + 1 :
				      test_alloc(test, nr > 1 ? __GFP_COMP : 0, orders[i]);
		bench_walk(b, "walk_pages", PAGES);
		bench_walk(b, "walk_insert", INSERT);
		for (unsigned long j = 0; j < BENCH_PAGES; j += nr)
			__free_pages(b->pages[j], orders[i]);
	}
	test_map_destroy(test, &b->map);
}

static struct kunit_case insert_walk_cases[] = {
	KUNIT_CASE(walk_installs),
	{}
};

static struct kunit_suite insert_walk_suite = {
	.name = "insert_walk",
	.test_cases = insert_walk_cases,
};

kunit_test_suite(insert_walk_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("What installing entries by the page walker costs");
