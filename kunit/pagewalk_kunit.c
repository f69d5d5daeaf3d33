// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for the page table walker, above all for walks that install.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/debug_locks.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/leafops.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pagewalk.h>
#include <linux/pgalloc.h>
#include <linux/pgtable.h>
#include <linux/prandom.h>
#include <linux/rmap.h>
#include <linux/swapops.h>
#include <linux/uaccess.h>

#include "../internal.h"
#include "insert_kunit.h"

#ifdef CONFIG_MMU
/*
 * An address with nothing near it, where page tables of all levels but the
 * top one or two begin.
 */
static unsigned long test_edge(struct kunit *test)
{
	/* With 32 bits there may be three of them, or four, in all. */
	const unsigned long size = (BITS_PER_LONG == 32 ? 2 : 4) * PUD_SIZE;
	unsigned long addr;

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	addr = vm_mmap(NULL, 0, size, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	KUNIT_ASSERT_EQ(test, vm_munmap(addr, size), 0);
	/* Where user space ends, ARM may have tables for the kernel. */
	if (BITS_PER_LONG == 32)
		return ALIGN(addr, PUD_SIZE);
	return ALIGN(addr + PUD_SIZE / 2, PUD_SIZE);
}

static void test_mmap_at(struct kunit *test, unsigned long addr,
			 unsigned long nr)
{
	KUNIT_ASSERT_EQ(test, addr,
			vm_mmap(NULL, addr, nr * PAGE_SIZE,
				PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
				0));
}

static void test_munmap(struct kunit *test, unsigned long addr,
			unsigned long nr)
{
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr, nr * PAGE_SIZE));
}

/* How far down there are tables for an address. */
enum {
	TEST_NO_P4D, TEST_NO_PUD, TEST_NO_PMD, TEST_NO_TABLE, TEST_TABLE, TEST_HUGE,
};

static int test_lookup(struct mm_struct *mm, unsigned long addr, pte_t *entry)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	spinlock_t *ptl;	/* of the page table */
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;
	pte_t *pte;

	if (pgd_none(*pgd))
		return TEST_NO_P4D;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d))
		return TEST_NO_PUD;
	pud = pud_offset(p4d, addr);
	if (pud_none(*pud))
		return TEST_NO_PMD;
	if (pud_leaf(*pud))
		return TEST_HUGE;
	pmd = pmd_offset(pud, addr);
	if (pmd_none(*pmd))
		return TEST_NO_TABLE;
	if (!pmd_present(*pmd) || pmd_leaf(*pmd))
		return TEST_HUGE;
	pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte)
		return TEST_NO_TABLE;
	*entry = ptep_get(pte);
	pte_unmap_unlock(pte, ptl);
	return TEST_TABLE;
}

/* An entry in a form that compares: a frame, a marker, or nothing. */
#define TEST_NONE	0UL
#define TEST_PFN(pfn)	((unsigned long)(pfn) << 2 | 1)
#define TEST_MARKER(m)	((unsigned long)(m) << 2 | 2)
#define TEST_OTHER	3UL
#define TEST_GUARD	TEST_MARKER(PTE_MARKER_GUARD)
#define TEST_POISON	TEST_MARKER(PTE_MARKER_POISONED)

static unsigned long test_code(pte_t pte)
{
	softleaf_t leaf;

	if (pte_none(pte))
		return TEST_NONE;
	if (pte_present(pte))
		return TEST_PFN(pte_pfn(pte));
	leaf = softleaf_from_pte(pte);
	return softleaf_is_marker(leaf) ? TEST_MARKER(softleaf_to_marker(leaf)) :
					  TEST_OTHER;
}

static unsigned long test_entry(unsigned long addr)
{
	pte_t pte;

	if (test_lookup(current->mm, addr, &pte) != TEST_TABLE)
		return TEST_NONE;
	return test_code(pte);
}

/* How many of the @nr entries from @addr on are @code. */
static unsigned long test_count(unsigned long addr, unsigned long nr,
				unsigned long code)
{
	unsigned long count = 0;

	for (; nr; nr--, addr += PAGE_SIZE)
		count += test_entry(addr) == code;
	return count;
}

static void test_set_entry(struct kunit *test, unsigned long addr, pte_t pteval)
{
	struct mm_struct *mm = current->mm;
	spinlock_t *ptl;	/* of the page table */
	pte_t *pte;

	mmap_read_lock(mm);
	pte = get_locked_pte(mm, addr, &ptl);
	if (pte) {
		set_pte_at(mm, addr, pte, pteval);
		pte_unmap_unlock(pte, ptl);
	}
	mmap_read_unlock(mm);
	KUNIT_ASSERT_NOT_NULL(test, pte);
}

static void test_poison(struct kunit *test, unsigned long addr)
{
	test_set_entry(test, addr, make_pte_marker(PTE_MARKER_POISONED));
}

static void test_touch(struct kunit *test, unsigned long addr)
{
	KUNIT_ASSERT_EQ(test, put_user(1, (char __user *)addr), 0);
}

/* What the callbacks are told to do, and what they have seen. */
struct test_walk {
	struct kunit *test;
	unsigned long stop_at;		/* not 0: here, */
	int stop;			/* return that */
	unsigned long skip_vma;		/* what ->test_walk says about a VMA */
	int skip;
	unsigned long installed;	/* entries */
	unsigned long existing;		/* calls of ->pte_entry */
	unsigned long pmds, holes, vmas, vma_ends, runs;
	unsigned long run_size;		/* entries in the last one */
	unsigned long hole_size;	/* bytes */
	int hole_depth;			/* of the last one */
	unsigned long next;		/* nothing below may come any more */
};

/* Every callback passes here: in order, and once. */
static int test_called(struct test_walk *w, unsigned long addr,
		       unsigned long next)
{
	KUNIT_EXPECT_LT(w->test, addr, next);
	KUNIT_EXPECT_GE(w->test, addr, w->next);
	if (w->stop_at == addr)
		return w->stop;
	w->next = next;
	return 0;
}

/* Installs what it can in one go. */
static int test_install_ptes(unsigned long addr, struct mm_walk_run *run,
			     struct mm_walk *walk)
{
	struct test_walk *w = walk->private;
	unsigned int nr = run->nr;
	int err;

	if (addr < w->stop_at)
		nr = min(nr, (w->stop_at - addr) >> PAGE_SHIFT);
	err = test_called(w, addr, addr + nr * PAGE_SIZE);
	if (err)
		return err;
	run->install = PGWALK_INSTALL_MARKERS;
	run->pte = make_pte_marker(PTE_MARKER_GUARD);
	run->nr = nr;
	w->installed += nr;
	return 0;
}

static int test_pte_entry(pte_t *pte, unsigned long addr, unsigned long next,
			  struct mm_walk *walk)
{
	struct test_walk *w = walk->private;
	int err = test_called(w, addr, next);

	w->existing += !err;
	return err;
}

static int test_pmd_entry(pmd_t *pmd, unsigned long addr, unsigned long next,
			  struct mm_walk *walk)
{
	struct test_walk *w = walk->private;

	w->pmds++;
	return 0;
}

static int test_pte_hole(unsigned long addr, unsigned long next, int depth,
			 struct mm_walk *walk)
{
	struct test_walk *w = walk->private;
	int err = test_called(w, addr, next);

	if (err)
		return err;
	w->holes++;
	w->hole_size += next - addr;
	w->hole_depth = depth;
	return 0;
}

static int test_pre_vma(unsigned long start, unsigned long end,
			struct mm_walk *walk)
{
	struct test_walk *w = walk->private;

	KUNIT_EXPECT_LE(w->test, walk->vma->vm_start, start);
	KUNIT_EXPECT_GE(w->test, walk->vma->vm_end, end);
	w->vmas++;
	return 0;
}

static void test_post_vma(struct mm_walk *walk)
{
	struct test_walk *w = walk->private;

	w->vma_ends++;
}

#define TEST_INSTALL	.install_ptes = test_install_ptes

static const struct mm_walk_ops test_install_ops = {
	TEST_INSTALL,
};

static const struct mm_walk_ops test_both_ops = {
	TEST_INSTALL,
	.pte_entry = test_pte_entry,
};

static const struct mm_walk_ops test_all_ops = {
	TEST_INSTALL,
	.pte_entry = test_pte_entry,
	.pmd_entry = test_pmd_entry,
	.pte_hole = test_pte_hole,
	.pre_vma = test_pre_vma,
	.post_vma = test_post_vma,
};

static int test_walk(struct test_walk *w, unsigned long addr, unsigned long nr,
		     const struct mm_walk_ops *ops)
{
	struct mm_struct *mm = current->mm;
	int err;

	w->next = 0;
	mmap_read_lock(mm);
	err = walk_page_range_mm_unsafe(mm, addr, addr + nr * PAGE_SIZE, ops, w);
	mmap_read_unlock(mm);
	return err;
}

static int test_walk_vma(struct test_walk *w, unsigned long addr,
			 unsigned long nr, const struct mm_walk_ops *ops)
{
	struct mm_struct *mm = current->mm;
	int err;

	w->next = 0;
	mmap_read_lock(mm);
	err = walk_page_range_vma_unsafe(vma_lookup(mm, addr), addr,
					 addr + nr * PAGE_SIZE, ops, w);
	mmap_read_unlock(mm);
	return err;
}

/* The oops: nobody is there to look at what is mapped already. */
static void install_only_leaves_entries_alone(struct kunit *test)
{
	const unsigned long addr = test_edge(test), nr = 8;
	struct test_walk w = { .test = test };
	unsigned long page;

	test_mmap_at(test, addr, nr);
	test_touch(test, addr + 3 * PAGE_SIZE);
	page = test_entry(addr + 3 * PAGE_SIZE);
	test_poison(test, addr + 5 * PAGE_SIZE);

	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &test_install_ops), 0);
	KUNIT_EXPECT_EQ(test, w.installed, nr - 2);
	KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_GUARD), nr - 2);
	KUNIT_EXPECT_EQ(test, test_entry(addr + 3 * PAGE_SIZE), page);
	KUNIT_EXPECT_EQ(test, test_entry(addr + 5 * PAGE_SIZE), TEST_POISON);

	/* All are populated now. */
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &test_install_ops), 0);
	KUNIT_EXPECT_EQ(test, w.installed, nr - 2);
	test_munmap(test, addr, nr);
}

/* From no table of any level to full, over the edges of tables. */
static void empty_range_is_filled(struct kunit *test)
{
	const unsigned long nr = 2 * PTRS_PER_PTE + 8;
	const unsigned long edge = test_edge(test);
	const unsigned long addr = edge - (PTRS_PER_PTE + 4) * PAGE_SIZE;
	struct test_walk w = { .test = test };

	test_mmap_at(test, addr - PAGE_SIZE, nr + 2);
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &test_all_ops), 0);
	KUNIT_EXPECT_EQ(test, w.installed, nr);
	KUNIT_EXPECT_EQ(test, w.existing, 0);
	KUNIT_EXPECT_EQ(test, w.pmds, 4);
	KUNIT_EXPECT_EQ(test, w.holes, 0);
	KUNIT_EXPECT_EQ(test, w.vmas, 1);
	KUNIT_EXPECT_EQ(test, w.vma_ends, 1);
	KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_GUARD), nr);
	/* No further than it was told. */
	KUNIT_EXPECT_EQ(test, test_entry(addr - PAGE_SIZE), TEST_NONE);
	KUNIT_EXPECT_EQ(test, test_entry(addr + nr * PAGE_SIZE), TEST_NONE);

	/* And now that they are there, each of them is shown. */
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &test_all_ops), 0);
	KUNIT_EXPECT_EQ(test, w.installed, nr);
	KUNIT_EXPECT_EQ(test, w.existing, nr);
	test_munmap(test, addr - PAGE_SIZE, nr + 2);
}

#ifdef CONFIG_HIGHPTE
/* Page tables that have an address only while they are mapped. */
static void tables_in_highmem(struct kunit *test)
{
	const unsigned long edge = test_edge(test), nr = 8;
	const unsigned long addr = edge - 4 * PAGE_SIZE;
	struct test_walk w = { .test = test };

	if (!totalhigh_pages())
		kunit_skip(test, "no high memory");
	test_mmap_at(test, addr, nr);
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &test_both_ops), 0);
	KUNIT_EXPECT_EQ(test, w.installed, nr);
	KUNIT_EXPECT_TRUE(test, PageHighMem(pmd_page(*pmd_off(current->mm, addr))));
	KUNIT_EXPECT_TRUE(test, PageHighMem(pmd_page(*pmd_off(current->mm, edge))));
	KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_GUARD), nr);
	test_munmap(test, addr, nr);
}
#endif

/* Some are there, some not: each callback has its own. */
static void callbacks_share_a_range(struct kunit *test)
{
	const unsigned long addr = test_edge(test), nr = 3 * 32;
	struct test_walk w = { .test = test };

	test_mmap_at(test, addr, nr);
	for (int i = 0; i < nr; i += 3)
		test_poison(test, addr + i * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, test_walk_vma(&w, addr, nr, &test_both_ops), 0);
	KUNIT_EXPECT_EQ(test, w.installed, 64);
	KUNIT_EXPECT_EQ(test, w.existing, 32);
	KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_GUARD), 64);
	KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_POISON), 32);
	test_munmap(test, addr, nr);
}

/* Without ->install_ptes, ->pte_entry sees empty entries as well. */
static void pte_entry_alone_sees_all(struct kunit *test)
{
	static const struct mm_walk_ops ops = {
		.pte_entry = test_pte_entry,
		.pte_hole = test_pte_hole,
	};
	const unsigned long nr = PTRS_PER_PTE;
	const unsigned long edge = test_edge(test);
	const unsigned long addr = edge - 4 * PAGE_SIZE;
	struct test_walk w = { .test = test };

	test_mmap_at(test, addr, nr);
	test_poison(test, addr + PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &ops), 0);
	KUNIT_EXPECT_EQ(test, w.existing, 4);
	KUNIT_EXPECT_EQ(test, w.holes, 1);
	KUNIT_EXPECT_EQ(test, w.hole_size, (nr - 4) * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_NONE), nr - 1);
	test_munmap(test, addr, nr);
}

/* Callbacks for the upper levels, alone and with others. */
struct test_levels {
	struct test_walk w;
	int calls[4];			/* PGD, P4D, PUD, PMD */
	int stop_level;
	enum page_walk_action action;	/* at that level */
};

static int test_at_level(struct mm_walk *walk, int level)
{
	struct test_levels *l = walk->private;

	l->calls[level]++;
	if (level != l->stop_level)
		return 0;
	walk->action = l->action;
	return l->w.stop;
}

static int test_at_pgd(pgd_t *pgd, unsigned long addr, unsigned long next,
		       struct mm_walk *walk)
{
	return test_at_level(walk, 0);
}

static int test_at_p4d(p4d_t *p4d, unsigned long addr, unsigned long next,
		       struct mm_walk *walk)
{
	return test_at_level(walk, 1);
}

static int test_at_pud(pud_t *pud, unsigned long addr, unsigned long next,
		       struct mm_walk *walk)
{
	return test_at_level(walk, 2);
}

static int test_at_pmd(pmd_t *pmd, unsigned long addr, unsigned long next,
		       struct mm_walk *walk)
{
	return test_at_level(walk, 3);
}

static const struct mm_walk_ops test_level_ops[] = {
	{ .pgd_entry = test_at_pgd },
	{ .p4d_entry = test_at_p4d },
	{ .pud_entry = test_at_pud },
	{ .pmd_entry = test_at_pmd },
	{
		.pgd_entry = test_at_pgd,
		.p4d_entry = test_at_p4d,
		.pud_entry = test_at_pud,
		.pmd_entry = test_at_pmd,
	},
};

#define TEST_ALL_LEVELS	4

/* A table for a neighbour on the same side of the edge stays where it is. */
static int test_nr_levels(unsigned long addr, unsigned long edge, int depth)
{
	pte_t pte;

	return (test_lookup(current->mm, addr, &pte) >= depth) +
	       (test_lookup(current->mm, edge, &pte) >= depth);
}

/* With ->install_ptes, each level has an entry that is not empty. */
static void every_level_has_a_callback(struct kunit *test)
{
	const unsigned long edge = test_edge(test);
	const unsigned long addr = edge - 4 * PAGE_SIZE, nr = 8;
	const int want[] = {
		1 + (addr >> PGDIR_SHIFT != edge >> PGDIR_SHIFT),
		1 + (addr >> P4D_SHIFT != edge >> P4D_SHIFT),
		2, 2,
	};

	for (int i = 0; i < ARRAY_SIZE(test_level_ops); i++) {
		struct test_levels l = { .w.test = test, .stop_level = -1 };
		struct mm_walk_ops ops = test_level_ops[i];

		test_mmap_at(test, addr, nr);
		KUNIT_EXPECT_EQ(test, test_walk(&l.w, addr, nr, &ops), 0);
		KUNIT_EXPECT_EQ(test, l.calls[2], !ops.pud_entry ? 0 :
				test_nr_levels(addr, edge, TEST_NO_TABLE));
		KUNIT_EXPECT_EQ(test, l.calls[3], !ops.pmd_entry ? 0 :
				test_nr_levels(addr, edge, TEST_TABLE));
		memset(l.calls, 0, sizeof(l.calls));

		ops.install_ptes = test_install_ptes;
		for (int again = 0; again < 2; again++) {
			KUNIT_EXPECT_EQ(test, test_walk(&l.w, addr, nr, &ops), 0);
			for (int j = 0; j < ARRAY_SIZE(want); j++)
				KUNIT_EXPECT_EQ_MSG(test, l.calls[j],
						    i == j || i == TEST_ALL_LEVELS ?
						    want[j] : 0, "callback %d", i);
			KUNIT_EXPECT_EQ(test, l.w.installed, nr);
			/* Now they are there, whether something is installed or not. */
			ops.install_ptes = NULL;
			memset(l.calls, 0, sizeof(l.calls));
		}
		test_munmap(test, addr, nr);
	}
}

/* They can end the walk, and keep it from what is below. */
static void every_level_can_stop_the_walk(struct kunit *test)
{
	const unsigned long edge = test_edge(test);
	const unsigned long addr = edge - 4 * PAGE_SIZE, nr = 8;

	for (int level = 0; level < 4; level++) {
		struct mm_walk_ops ops = test_level_ops[level];
		struct test_levels l = {
			.w.test = test, .stop_level = level, .w.stop = level & 1 ? 4 : -EIO,
		};

		ops.install_ptes = test_install_ptes;
		test_mmap_at(test, addr, nr);
		KUNIT_EXPECT_EQ(test, test_walk(&l.w, addr, nr, &ops), l.w.stop);
		KUNIT_EXPECT_EQ(test, l.calls[level], 1);
		KUNIT_EXPECT_EQ(test, l.w.installed, 0);

		if (level >= 2) {
			l.w.stop = 0;
			l.action = ACTION_CONTINUE;
			KUNIT_EXPECT_EQ(test, test_walk(&l.w, addr, nr, &ops), 0);
			KUNIT_EXPECT_EQ(test, l.calls[level], 3);
			KUNIT_EXPECT_EQ(test, l.w.installed, 0);
			KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_NONE), nr);
		}
		test_munmap(test, addr, nr);
	}
}

/* Between VMAs there are holes, even for a walk that installs. */
static void gaps_stay_empty(struct kunit *test)
{
	const unsigned long edge = test_edge(test);
	const unsigned long first = edge - 20 * PAGE_SIZE, second = edge;
	const unsigned long addr = first - 8 * PAGE_SIZE, nr = 8 + 20 + 10 + 6;
	struct test_walk w = { .test = test };

	test_mmap_at(test, first, 10);
	test_mmap_at(test, second, 10);
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &test_all_ops), 0);
	KUNIT_EXPECT_EQ(test, w.installed, 20);
	KUNIT_EXPECT_EQ(test, w.holes, 3);
	KUNIT_EXPECT_EQ(test, w.hole_size, (8 + 10 + 6) * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, w.hole_depth, -1);
	KUNIT_EXPECT_EQ(test, w.vmas, 2);
	KUNIT_EXPECT_EQ(test, w.vma_ends, 2);
	KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_GUARD), 20);
	KUNIT_EXPECT_EQ(test, test_count(first, 10, TEST_GUARD), 10);
	KUNIT_EXPECT_EQ(test, test_count(second, 10, TEST_GUARD), 10);

	/* A hole can end the walk. */
	w.stop_at = second - 10 * PAGE_SIZE;
	w.stop = -ENOENT;
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &test_all_ops), -ENOENT);
	KUNIT_EXPECT_EQ(test, w.existing, 10);
	test_munmap(test, first, 10);
	test_munmap(test, second, 10);
}

static void ranges_are_checked(struct kunit *test)
{
	const unsigned long addr = test_edge(test), nr = 4;
	struct test_walk w = { .test = test };
	struct vm_area_struct *vma;
	struct mm_struct *mm;

	test_mmap_at(test, addr, nr);
	mm = current->mm;
	mmap_read_lock(mm);
	vma = vma_lookup(mm, addr);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			walk_page_range_mm_unsafe(NULL, addr, addr + PAGE_SIZE,
						  &test_install_ops, &w));
	mmap_read_unlock(mm);
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, 0, &test_install_ops), -EINVAL);
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, -1, &test_install_ops), -EINVAL);
	KUNIT_EXPECT_EQ(test, test_walk_vma(&w, addr, 0, &test_install_ops), -EINVAL);
	KUNIT_EXPECT_EQ(test, test_walk_vma(&w, addr, nr + 1, &test_install_ops), -EINVAL);

	mmap_read_lock(mm);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			walk_page_range_vma_unsafe(vma, addr - PAGE_SIZE,
						   addr + PAGE_SIZE,
						   &test_install_ops, &w));
	mmap_read_unlock(mm);
	KUNIT_EXPECT_EQ(test, w.installed, 0);
	KUNIT_EXPECT_EQ(test, test_count(addr - PAGE_SIZE, nr + 2, TEST_NONE), nr + 2);
	test_munmap(test, addr, nr);
}

/* The walk ends where a callback says so, and what was done is done. */
static void callbacks_stop_the_walk(struct kunit *test)
{
	static const int values[] = { -EIO, 3 };
	const unsigned long nr = PTRS_PER_PTE + 40;
	const unsigned long edge = test_edge(test);
	const unsigned long addr = edge - 60 * PAGE_SIZE;
	const unsigned long stops[] = { 0, 1, 33, 59, 60, 61, nr - 1 };

	for (int i = 0; i < ARRAY_SIZE(stops) * ARRAY_SIZE(values); i++) {
		const unsigned long k = stops[i / ARRAY_SIZE(values)];
		struct test_walk w = {
			.test = test,
			.stop_at = addr + k * PAGE_SIZE,
			.stop = values[i % ARRAY_SIZE(values)],
		};

		test_mmap_at(test, addr, nr);
		KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &test_both_ops), w.stop);
		KUNIT_EXPECT_EQ_MSG(test, w.installed, k, "entry %lu", k);
		KUNIT_EXPECT_EQ(test, test_count(addr, k, TEST_GUARD), k);
		KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_NONE), nr - k);

		/* The same in what is there already. */
		test_poison(test, w.stop_at);
		KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &test_both_ops), w.stop);
		KUNIT_EXPECT_EQ_MSG(test, w.installed, k, "entry %lu", k);
		KUNIT_EXPECT_EQ_MSG(test, w.existing, k, "entry %lu", k);
		test_munmap(test, addr, nr);
	}
}

static int test_stop_early(unsigned long start, unsigned long end,
			   struct mm_walk *walk)
{
	struct test_walk *w = walk->private;

	return test_called(w, start, end);
}

static int test_skip_one(unsigned long start, unsigned long end,
			 struct mm_walk *walk)
{
	struct test_walk *w = walk->private;

	return walk->vma->vm_start == w->skip_vma ? w->skip : 0;
}

/* Before a VMA is walked it can be skipped, or the walk be ended. */
static void vmas_can_be_skipped(struct kunit *test)
{
	static const struct mm_walk_ops pre_ops = {
		TEST_INSTALL,
		.pre_vma = test_stop_early,
		.post_vma = test_post_vma,
	};
	static const struct mm_walk_ops skip_ops = {
		TEST_INSTALL,
		.test_walk = test_skip_one,
		.post_vma = test_post_vma,
	};
	const unsigned long addr = test_edge(test), nr = 3 * 8;
	struct test_walk pre = {
		.test = test, .stop_at = addr + 8 * PAGE_SIZE, .stop = 2,
	};
	struct test_walk skip = {
		.test = test, .skip_vma = addr + 8 * PAGE_SIZE, .skip = 1,
	};

	test_mmap_at(test, addr, 8);
	test_mmap_at(test, addr + 16 * PAGE_SIZE, 8);
	KUNIT_ASSERT_EQ(test, addr + 8 * PAGE_SIZE,
			vm_mmap(NULL, addr + 8 * PAGE_SIZE, 8 * PAGE_SIZE, PROT_READ,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, 0));

	KUNIT_EXPECT_EQ(test, test_walk(&skip, addr, nr, &skip_ops), 0);
	KUNIT_EXPECT_EQ(test, skip.installed, 16);
	KUNIT_EXPECT_EQ(test, skip.vma_ends, 2);
	KUNIT_EXPECT_EQ(test, 8, test_count(addr + 8 * PAGE_SIZE, 8, TEST_NONE));
	/* The one who names the VMA has decided already. */
	KUNIT_EXPECT_EQ(test, 0, test_walk_vma(&skip, skip.skip_vma, 4, &skip_ops));
	KUNIT_EXPECT_EQ(test, skip.installed, 20);
	skip.skip = -EPERM;
	KUNIT_EXPECT_EQ(test, test_walk(&skip, addr, nr, &skip_ops), -EPERM);

	test_munmap(test, addr, 8);
	test_mmap_at(test, addr, 8);
	pre.next = 0;
	mmap_read_lock(current->mm);
	KUNIT_EXPECT_EQ(test, 2, walk_page_range_mm_unsafe(current->mm, pre.stop_at,
							   addr + nr * PAGE_SIZE,
							   &pre_ops, &pre));
	mmap_read_unlock(current->mm);
	KUNIT_EXPECT_EQ(test, pre.installed, 0);
	KUNIT_EXPECT_EQ(test, pre.vma_ends, 0);
	test_munmap(test, addr, nr);
}

/* Who walks whatever there is skips raw frames; who names the VMA does not. */
static void pfnmap_is_skipped_by_the_mm_walk(struct kunit *test)
{
	struct test_map map = { .flags = VM_PFNMAP };
	struct test_walk w = { .test = test };
	const unsigned long nr = 8;

	test_map_create(test, &map, nr);
	KUNIT_EXPECT_EQ(test, 0, test_walk(&w, map.addr, nr, &test_install_ops));
	KUNIT_EXPECT_EQ(test, w.installed, 0);
	KUNIT_EXPECT_EQ(test, 0, test_walk(&w, map.addr, nr, &test_all_ops));
	KUNIT_EXPECT_EQ(test, w.installed, 0);
	KUNIT_EXPECT_EQ(test, w.holes, 1);
	KUNIT_EXPECT_EQ(test, w.hole_depth, -1);
	KUNIT_EXPECT_EQ(test, test_count(map.addr, nr, TEST_NONE), nr);

	KUNIT_EXPECT_EQ(test, 0, test_walk_vma(&w, map.addr, nr, &test_install_ops));
	KUNIT_EXPECT_EQ(test, w.installed, nr);
	KUNIT_EXPECT_EQ(test, test_count(map.addr, nr, TEST_GUARD), nr);
	test_map_destroy(test, &map);
}

static void hugetlb_is_refused(struct kunit *test)
{
#ifdef CONFIG_HUGETLB_PAGE
	const unsigned long addr = test_edge(test), nr = 8;
	struct mm_struct *mm = current->mm;
	struct test_walk w = { .test = test };
	struct vm_area_struct *vma;

	test_mmap_at(test, addr, nr);
	/* It is only looked at, so the flag makes it hugetlb enough. */
	mmap_write_lock(mm);
	vma = vma_lookup(mm, addr);
	vm_flags_set(vma, VM_HUGETLB);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			walk_page_range_mm_unsafe(mm, addr, addr + nr * PAGE_SIZE,
						  &test_all_ops, &w));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			walk_page_range_vma_unsafe(vma, addr, addr + nr * PAGE_SIZE,
						   &test_all_ops, &w));
	vm_flags_clear(vma, VM_HUGETLB);
	mmap_write_unlock(mm);
	KUNIT_EXPECT_EQ(test, w.vmas, 0);
	KUNIT_EXPECT_EQ(test, w.pmds, 0);
	KUNIT_EXPECT_EQ(test, w.installed, 0);
	KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_NONE), nr);
	test_munmap(test, addr, nr);
#else
	kunit_skip(test, "no hugetlb in this kernel");
#endif
}

/* Only mm may install: every other walker refuses before it does anything. */
static void other_walkers_refuse(struct kunit *test)
{
	struct test_map map = { .flags = VM_MIXEDMAP };
	const unsigned long nr = 8;
	struct test_walk w = { .test = test };
	struct address_space *mapping;
	struct vm_area_struct *vma;
	unsigned long start, end;
	struct mm_struct *mm;

	test_map_create(test, &map, nr);
	mm = map.mm;
	mapping = map.file->f_mapping;
	start = map.addr;
	end = start + nr * PAGE_SIZE;

	mmap_write_lock(&init_mm);
	mmap_write_lock_nested(mm, SINGLE_DEPTH_NESTING);
	vma = vma_lookup(mm, start);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			walk_page_range(mm, start, end, &test_both_ops, &w));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			walk_page_range_vma(vma, start, end, &test_both_ops, &w));
	KUNIT_EXPECT_EQ(test, -EINVAL, walk_page_vma(vma, &test_both_ops, &w));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			walk_page_range_debug(mm, start, end, &test_both_ops, NULL, &w));
	/* With page tables of the caller's, no VMA would be asked. */
	KUNIT_EXPECT_EQ(test, -EINVAL,
			walk_kernel_page_table_range(start, end, &test_both_ops,
						     mm->pgd, &w));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			walk_kernel_page_table_range_lockless(start, end, &test_both_ops,
							      mm->pgd, &w));
	mmap_write_unlock(mm);
	mmap_write_unlock(&init_mm);

	i_mmap_lock_write(mapping);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			walk_page_mapping(mapping, 0, nr, &test_both_ops, &w));
	i_mmap_unlock_write(mapping);

	KUNIT_EXPECT_EQ(test, w.installed + w.existing, 0);
	KUNIT_EXPECT_EQ(test, test_count(start, nr, TEST_NONE), nr);
	test_map_destroy(test, &map);
}

/* One call for all that is empty in a page table, and no call twice. */
static int test_count_runs(unsigned long addr, struct mm_walk_run *run,
			   struct mm_walk *walk)
{
	struct test_walk *w = walk->private;

	w->runs++;
	w->run_size = run->nr;
	KUNIT_EXPECT_EQ(w->test, run->install, PGWALK_INSTALL_NOTHING);
	return test_install_ptes(addr, run, walk);
}

static void runs_are_as_long_as_can_be(struct kunit *test)
{
	static const struct mm_walk_ops ops = { .install_ptes = test_count_runs };
	const unsigned long edge = test_edge(test);
	const unsigned long addr = edge - PTRS_PER_PTE * PAGE_SIZE;
	const unsigned long nr = 2 * PTRS_PER_PTE;
	struct test_walk w = { .test = test };

	test_mmap_at(test, addr, nr);
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &ops), 0);
	KUNIT_EXPECT_EQ(test, w.runs, 2);
	KUNIT_EXPECT_EQ(test, w.run_size, PTRS_PER_PTE);
	test_munmap(test, addr, nr);

	/* What is there already, the VMA and the range end a run as well. */
	test_mmap_at(test, addr, nr);
	test_poison(test, addr + 7 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, 10, &ops), 0);
	KUNIT_EXPECT_EQ(test, w.runs, 4);
	KUNIT_EXPECT_EQ(test, w.run_size, 2);
	test_munmap(test, addr, nr);
	test_mmap_at(test, addr, 5);
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr + PAGE_SIZE, nr, &ops), 0);
	KUNIT_EXPECT_EQ(test, w.runs, 5);
	KUNIT_EXPECT_EQ(test, w.run_size, 4);
	test_munmap(test, addr, 5);
}

/* Every third entry, of a run of whatever length. */
static int test_install_third(unsigned long addr, struct mm_walk_run *run,
			      struct mm_walk *walk)
{
	struct test_walk *w = walk->private;
	const unsigned long index = (addr >> PAGE_SHIFT) % 3;

	if (index) {
		run->nr = min(run->nr, 3 - index);
		return test_called(w, addr, addr + run->nr * PAGE_SIZE);
	}
	run->nr = 1;
	run->install = PGWALK_INSTALL_MARKERS;
	run->pte = make_pte_marker(PTE_MARKER_GUARD);
	w->installed++;
	return test_called(w, addr, addr + PAGE_SIZE);
}

/* Not even a preset is changed: all of it stays empty. */
static int test_install_nothing(unsigned long addr, struct mm_walk_run *run,
				struct mm_walk *walk)
{
	struct test_walk *w = walk->private;

	w->runs++;
	return test_called(w, addr, addr + run->nr * PAGE_SIZE);
}

static void entries_can_be_left_empty(struct kunit *test)
{
	static const struct mm_walk_ops third = { .install_ptes = test_install_third };
	static const struct mm_walk_ops nothing = { .install_ptes = test_install_nothing };
	const unsigned long nr = 3 * (PTRS_PER_PTE / 2);
	const unsigned long edge = test_edge(test);
	const unsigned long addr = edge - 300 * PAGE_SIZE;
	struct test_walk w = { .test = test };
	pte_t pte;

	test_mmap_at(test, addr, nr);
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &nothing), 0);
	KUNIT_EXPECT_EQ(test, w.runs, 2 + (300 > PTRS_PER_PTE));
	KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_NONE), nr);
	/* That is not without effect. */
	KUNIT_EXPECT_EQ(test, test_lookup(current->mm, addr, &pte), TEST_TABLE);
	KUNIT_EXPECT_EQ(test, test_lookup(current->mm, edge, &pte), TEST_TABLE);

	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &third), 0);
	KUNIT_EXPECT_EQ(test, w.installed, nr / 3);
	KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_GUARD), nr / 3);
	for (unsigned long a = addr; a < addr + nr * PAGE_SIZE; a += PAGE_SIZE)
		KUNIT_EXPECT_EQ(test, test_entry(a), (a >> PAGE_SHIFT) % 3 ?
				TEST_NONE : TEST_GUARD);
	test_munmap(test, addr, nr);
}

/* Answers that make no sense. */
static int test_install_badly(unsigned long addr, struct mm_walk_run *run,
			      struct mm_walk *walk)
{
	struct test_walk *w = walk->private;
	pte_t present = mk_pte(ZERO_PAGE(0), walk->vma->vm_page_prot);

	run->install = PGWALK_INSTALL_MARKERS;
	run->pte = make_pte_marker(PTE_MARKER_GUARD);
	if (addr < w->stop_at) {
		run->nr = 1;
		return 0;
	}
	switch (w->stop) {
	case 0:
		run->nr = 0;
		break;
	case 1:
		run->nr++;
		break;
	case 2:
		run->pte = present;
		break;
	case 3:
		run->install = PGWALK_INSTALL_PAGES;
		break;
	case 4:
		run->install = PGWALK_INSTALL_MARKERS + 1;
		break;
	}
	return 0;
}

static void bad_answers_are_refused(struct kunit *test)
{
	static const struct mm_walk_ops ops = { .install_ptes = test_install_badly };
	const unsigned long addr = test_edge(test), nr = 8;
	static bool warned[5];	/* in this boot; nr has one place, 0 and 1 */

	for (int i = 0; i < ARRAY_SIZE(warned); i++) {
		struct test_walk w = {
			.test = test, .stop_at = addr + 3 * PAGE_SIZE, .stop = i,
		};

		test_mmap_at(test, addr, nr);
		kunit_warning_suppress(test) {
			KUNIT_EXPECT_EQ_MSG(test, test_walk(&w, addr, nr, &ops),
					    -EINVAL, "answer %d", i);
			KUNIT_EXPECT_EQ(test, KUNIT_SUPPRESSED_WARNING_COUNT(),
					test_warnings(1, warned[i] || (i == 1 && warned[0])));
		}
		warned[i] = true;
		KUNIT_EXPECT_EQ(test, test_count(addr, 3, TEST_GUARD), 3);
		KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_NONE), nr - 3);
		test_munmap(test, addr, nr);
	}
}

/* Pages of folios, as a driver's VMA could have them. */
#define TEST_FOLIO_ORDER	3
#define TEST_FOLIO_PAGES	8U

struct test_pages {
	struct test_walk w;
	struct folio *folio;
	unsigned long start;	/* of what is mapped to page 0 */
};

static void test_map_pages(struct mm_walk_run *run, struct mm_walk *walk,
			   struct folio *folio, unsigned int first)
{
	folio_ref_add(folio, run->nr);
	folio_add_file_rmap_ptes(folio, folio_page(folio, first), run->nr, walk->vma);
	add_mm_counter(walk->mm, mm_counter_file(folio), run->nr);
	run->install = PGWALK_INSTALL_PAGES;
	run->pte = mk_pte(folio_page(folio, first), walk->vma->vm_page_prot);
}

/* The pages of one folio again and again. */
static int test_install_pages(unsigned long addr, struct mm_walk_run *run,
			      struct mm_walk *walk)
{
	struct test_pages *p = walk->private;
	const unsigned int first = (addr - p->start) / PAGE_SIZE % TEST_FOLIO_PAGES;

	run->nr = min(run->nr, TEST_FOLIO_PAGES - first);
	p->w.runs++;
	p->w.installed += run->nr;
	test_map_pages(run, walk, p->folio, first);
	return test_called(&p->w, addr, addr + run->nr * PAGE_SIZE);
}

static void pages_of_folios_are_installed(struct kunit *test)
{
	static const struct mm_walk_ops ops = { .install_ptes = test_install_pages };
	struct page *page = test_alloc(test, __GFP_COMP, TEST_FOLIO_ORDER);
	struct test_map map = { .flags = VM_MIXEDMAP };
	struct test_pages p = { .w.test = test, .folio = page_folio(page) };
	const unsigned long nr = PTRS_PER_PTE + 6;
	long filepages;
	char byte;

	for (int i = 0; i < TEST_FOLIO_PAGES; i++)
		memset(page_address(page + i), 'a' + i, PAGE_SIZE);
	test_map_create(test, &map, nr);
	filepages = test_filepages(&map);
	p.start = map.addr - 3 * PAGE_SIZE;
	test_poison(test, map.addr + PAGE_SIZE);

	KUNIT_EXPECT_EQ(test, 0, test_walk(&p.w, map.addr, nr, &ops));
	KUNIT_EXPECT_EQ(test, p.w.installed, nr - 1);
	KUNIT_EXPECT_EQ(test, test_filepages(&map), filepages + nr - 1);
	KUNIT_EXPECT_EQ(test, folio_mapcount(p.folio), nr - 1);
	KUNIT_EXPECT_EQ(test, folio_ref_count(p.folio), nr - 1 + 1);
	for (unsigned long i = 0; i < nr; i++) {
		const unsigned long addr = map.addr + i * PAGE_SIZE;
		const int k = (i + 3) % TEST_FOLIO_PAGES;

		if (i == 1) {
			KUNIT_EXPECT_EQ(test, test_entry(addr), TEST_POISON);
			continue;
		}
		KUNIT_EXPECT_EQ_MSG(test, test_entry(addr),
				    TEST_PFN(page_to_pfn(page + k)), "entry %lu", i);
		KUNIT_EXPECT_EQ(test, 0, get_user(byte, (char __user *)addr));
		KUNIT_EXPECT_EQ_MSG(test, byte, 'a' + k, "entry %lu", i);
	}
	test_map_destroy(test, &map);
	KUNIT_EXPECT_EQ(test, folio_mapcount(p.folio), 0);
	KUNIT_EXPECT_EQ(test, folio_ref_count(p.folio), 1);
	__free_pages(page, TEST_FOLIO_ORDER);
}

/*
 * Page table allocations: replaced by functions that count, and let one fail.
 */
static struct kunit *test_alloc_test;
static int test_allocs, test_alloc_fails_at;

static bool test_alloc_fails(void)
{
	return ++test_allocs == test_alloc_fails_at;
}

#ifndef __PAGETABLE_P4D_FOLDED
static int test_p4d_alloc(struct mm_struct *mm, pgd_t *entry,
			  unsigned long addr)
{
	int err;

	if (test_alloc_fails())
		return -ENOMEM;
	kunit_deactivate_static_stub(test_alloc_test, __p4d_alloc);
	err = __p4d_alloc(mm, entry, addr);
	kunit_activate_static_stub(test_alloc_test, __p4d_alloc, test_p4d_alloc);
	return err;
}
#endif

#ifndef __PAGETABLE_PUD_FOLDED
static int test_pud_alloc(struct mm_struct *mm, p4d_t *entry,
			  unsigned long addr)
{
	int err;

	if (test_alloc_fails())
		return -ENOMEM;
	kunit_deactivate_static_stub(test_alloc_test, __pud_alloc);
	err = __pud_alloc(mm, entry, addr);
	kunit_activate_static_stub(test_alloc_test, __pud_alloc, test_pud_alloc);
	return err;
}
#endif

#ifndef __PAGETABLE_PMD_FOLDED
static int test_pmd_alloc(struct mm_struct *mm, pud_t *entry,
			  unsigned long addr)
{
	int err;

	if (test_alloc_fails())
		return -ENOMEM;
	kunit_deactivate_static_stub(test_alloc_test, __pmd_alloc);
	err = __pmd_alloc(mm, entry, addr);
	kunit_activate_static_stub(test_alloc_test, __pmd_alloc, test_pmd_alloc);
	return err;
}
#endif

static int test_pte_alloc(struct mm_struct *mm, pmd_t *entry)
{
	int err;

	if (test_alloc_fails())
		return -ENOMEM;
	kunit_deactivate_static_stub(test_alloc_test, __pte_alloc);
	err = __pte_alloc(mm, entry);
	kunit_activate_static_stub(test_alloc_test, __pte_alloc, test_pte_alloc);
	return err;
}

static void test_watch_allocs(struct kunit *test, int fails_at)
{
	if (!test_alloc_test) {
		test_alloc_test = test;
#ifndef __PAGETABLE_P4D_FOLDED
		kunit_activate_static_stub(test, __p4d_alloc, test_p4d_alloc);
#endif
#ifndef __PAGETABLE_PUD_FOLDED
		kunit_activate_static_stub(test, __pud_alloc, test_pud_alloc);
#endif
#ifndef __PAGETABLE_PMD_FOLDED
		kunit_activate_static_stub(test, __pmd_alloc, test_pmd_alloc);
#endif
		kunit_activate_static_stub(test, __pte_alloc, test_pte_alloc);
	}
	test_allocs = 0;
	test_alloc_fails_at = fails_at;
}

/* The stubs go with the test. */
static void test_unwatch_allocs(void)
{
	test_alloc_test = NULL;
}

static void no_memory_for_a_table(struct kunit *test)
{
	const unsigned long nr = 40;
	const unsigned long edge = test_edge(test);
	const unsigned long addr = edge - 20 * PAGE_SIZE;
	int levels;

	/* Two tables, and all that is above them. */
	test_mmap_at(test, addr, nr);
	for (levels = 1;; levels++) {
		struct test_walk w = { .test = test };
		unsigned long want;
		int err;

		test_watch_allocs(test, levels);
		err = test_walk(&w, addr, nr, &test_all_ops);
		if (!err)
			break;
		KUNIT_ASSERT_EQ(test, err, -ENOMEM);
		KUNIT_EXPECT_EQ(test, test_allocs, levels);
		/* Either none or all of the first table, to which all but the last belong. */
		want = test_entry(addr) == TEST_GUARD ? 20 : 0;
		KUNIT_EXPECT_EQ(test, w.installed, want);
		KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_GUARD), want);
		KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_NONE), nr - want);
		KUNIT_EXPECT_EQ(test, w.vma_ends, 1);
		test_munmap(test, addr, nr);
		test_mmap_at(test, addr, nr);
	}
	/* At least the PTE tables, and what else a level is for. */
	KUNIT_EXPECT_GE(test, levels - 1, 2);
	KUNIT_EXPECT_EQ(test, test_allocs, levels - 1);
	KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_GUARD), nr);
	test_unwatch_allocs();
	test_munmap(test, addr, nr);
}

/* How the lock of the page table is given up. */
static int test_breaks;
static bool test_always_breaks(spinlock_t *ptl)
{
	lockdep_assert_held(ptl);
	test_breaks++;
	return true;
}

/* The lock is given up every 32 entries or so, if that is asked for. */
static void others_get_the_lock(struct kunit *test)
{
	static const struct mm_walk_ops ops = {
		.install_ptes = test_install_third,
		.pte_entry = test_pte_entry,
		.pmd_entry = test_pmd_entry,
	};
	const unsigned long addr = test_edge(test);
	const unsigned long nr = 3 * (PTRS_PER_PTE / 3);
	struct test_walk w = { .test = test };

	test_mmap_at(test, addr, nr);
	for (int i = 0; i < nr; i += 48)
		for (int j = i; j < i + 12; j++)
			test_poison(test, addr + j * PAGE_SIZE);
	const unsigned long poisoned = test_count(addr, nr, TEST_POISON);

	test_breaks = 0;
	kunit_activate_static_stub(test, pgwalk_needs_break, test_always_breaks);
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &ops), 0);
	KUNIT_EXPECT_GE(test, test_breaks, nr / 40);
	KUNIT_EXPECT_LE(test, test_breaks, nr / 32);
	KUNIT_EXPECT_EQ(test, w.pmds, 1);
	KUNIT_EXPECT_EQ(test, w.existing, poisoned);
	KUNIT_EXPECT_EQ(test, w.installed, (nr - poisoned) / 3);
	KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_GUARD), w.installed);

	/* In one go, there is nothing to ask. */
	test_breaks = 0;
	test_munmap(test, addr, nr);
	test_mmap_at(test, addr, nr);
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &test_install_ops), 0);
	KUNIT_EXPECT_EQ(test, test_breaks, 0);
	kunit_deactivate_static_stub(test, pgwalk_needs_break);
	test_munmap(test, addr, nr);
}

/* While others have the lock they take away the page table, once. */
static unsigned long test_taken_from;
static pgtable_t test_taken;

static bool test_break_and_take(spinlock_t *ptl)
{
	pmd_t *pmd = pmd_off(current->mm, test_taken_from);

	if (test_taken)
		return false;
	test_taken = pmd_pgtable(*pmd);
	pmd_clear(pmd);
	return true;
}

static void walk_goes_on_where_it_was(struct kunit *test)
{
	static const struct mm_walk_ops ops = {
		.install_ptes = test_install_third,
		.pmd_entry = test_pmd_entry,
	};
	const unsigned long addr = test_edge(test), nr = 3 * 40;
	struct test_walk w = { .test = test };
	unsigned long done = 0;

	test_mmap_at(test, addr, nr);
	test_taken_from = addr;
	test_taken = NULL;
	kunit_activate_static_stub(test, pgwalk_needs_break, test_break_and_take);
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &ops), 0);
	kunit_deactivate_static_stub(test, pgwalk_needs_break);
	KUNIT_ASSERT_NOT_NULL(test, (void *)test_taken);

	/* It came back for what was left, in a new table, and not for more. */
	while (done < nr && test_count(addr, done + 3, TEST_GUARD) == 0)
		done += 3;
	KUNIT_EXPECT_GE(test, done, 30);
	KUNIT_EXPECT_LE(test, done, 36);
	KUNIT_EXPECT_EQ(test, w.pmds, 2);
	KUNIT_EXPECT_EQ(test, w.installed, nr / 3);
	KUNIT_EXPECT_LE(test, w.installed - test_count(addr, nr, TEST_GUARD), 12);

	mm_dec_nr_ptes(current->mm);
	pte_free(current->mm, test_taken);
	test_munmap(test, addr, nr);
}

/* Each way to hold the locks is good; none of them is not. */
static int test_walk_lock_mode(struct test_walk *w, unsigned long addr,
			       unsigned long nr, enum page_walk_lock mode,
			       bool one_vma)
{
	const unsigned long end = addr + nr * PAGE_SIZE;
	struct mm_walk_ops ops = test_both_ops;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int err;

	ops.walk_lock = mode;
	w->next = 0;
#ifdef CONFIG_PER_VMA_LOCK
	if (mode == PGWALK_VMA_RDLOCK_VERIFY) {
		vma = lock_vma_under_rcu(mm, addr);
		if (!vma)
			return -EAGAIN;
		err = walk_page_range_vma_unsafe(vma, addr, end, &ops, w);
		vma_end_read(vma);
		return err;
	}
#endif
	if (mode == PGWALK_WRLOCK || mode == PGWALK_WRLOCK_VERIFY)
		mmap_write_lock(mm);
	else
		mmap_read_lock(mm);
	vma = vma_lookup(mm, addr);
	if (mode == PGWALK_WRLOCK_VERIFY)
		vma_start_write(vma);
	if (one_vma)
		err = walk_page_range_vma_unsafe(vma, addr, end, &ops, w);
	else
		err = walk_page_range_mm_unsafe(mm, addr, end, &ops, w);
	if (mode == PGWALK_WRLOCK || mode == PGWALK_WRLOCK_VERIFY) {
		vma_assert_write_locked(vma);
		mmap_write_unlock(mm);
	} else {
		mmap_read_unlock(mm);
	}
	return err;
}

static void every_lock_mode_works(struct kunit *test)
{
	const unsigned long addr = test_edge(test), nr = 16;

	kunit_warning_suppress(test) {
		for (int i = 0; i <= 2 * PGWALK_VMA_RDLOCK_VERIFY + 1; i++) {
			const enum page_walk_lock mode = i / 2;
			struct test_walk w = { .test = test };

			test_mmap_at(test, addr, nr);
			test_poison(test, addr + PAGE_SIZE);
			KUNIT_EXPECT_EQ_MSG(test, 0,
					    test_walk_lock_mode(&w, addr, nr, mode, i & 1),
					    "mode %d", mode);
			KUNIT_EXPECT_EQ_MSG(test, w.installed, nr - 1, "mode %d", mode);
			KUNIT_EXPECT_EQ_MSG(test, w.existing, 1, "mode %d", mode);
			test_munmap(test, addr, nr);
		}
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
	}
}

#if defined(CONFIG_LOCKDEP) && defined(CONFIG_DEBUG_VM) && defined(CONFIG_PER_VMA_LOCK)
static void missing_locks_are_noticed(struct kunit *test)
{
	const unsigned long addr = test_edge(test), nr = 4;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;

	if (!debug_locks)
		kunit_skip(test, "lockdep was turned off before");
	test_mmap_at(test, addr, nr);
	for (int mode = 0; mode <= PGWALK_VMA_RDLOCK_VERIFY; mode++) {
		struct mm_walk_ops ops = { TEST_INSTALL, .walk_lock = mode };
		struct test_walk w = { .test = test };

		/* PGWALK_RDLOCK: no lock at all; the others: one that won't do. */
		mmap_read_lock(mm);
		vma = vma_lookup(mm, addr);
		if (mode == PGWALK_RDLOCK || mode == PGWALK_VMA_RDLOCK_VERIFY)
			mmap_read_unlock(mm);
		if (mode == PGWALK_WRLOCK_VERIFY) {
			mmap_read_unlock(mm);
			mmap_write_lock(mm);
		}
		kunit_warning_suppress(test) {
			/* Nobody else knows this mm. */
			if (mode != PGWALK_WRLOCK)
				walk_page_range_vma_unsafe(vma, addr, addr + PAGE_SIZE,
							   &ops, &w);
			else
				mmap_assert_write_locked(mm);
			KUNIT_EXPECT_GT_MSG(test, KUNIT_SUPPRESSED_WARNING_COUNT(), 0,
					    "mode %d", mode);
		}
		if (mode == PGWALK_WRLOCK)
			mmap_read_unlock(mm);
		if (mode == PGWALK_WRLOCK_VERIFY)
			mmap_write_unlock(mm);
	}
	test_munmap(test, addr, nr);
}
#endif

/*
 * One task installs, one faults pages in, and one takes all of it away again.
 * Whoever wins, every entry is shown to exactly one callback.
 */
#define TEST_RACE_PAGES		(PTRS_PER_PTE + 100UL)
#define TEST_RACE_WALKS		100

struct test_race {
	struct mm_struct *mm;
	unsigned long addr;
	struct rnd_state rnd;
	unsigned long touched;
};

static int test_race_touch(void *data)
{
	struct test_race *race = data;

	kthread_use_mm(race->mm);
	while (!kthread_should_stop()) {
		const u32 i = prandom_u32_state(&race->rnd) % TEST_RACE_PAGES;

		/* A guard is a fault. */
		if (!put_user(1, (char __user *)race->addr + i * PAGE_SIZE))
			WRITE_ONCE(race->touched, race->touched + 1);
		cond_resched();
	}
	kthread_unuse_mm(race->mm);
	return 0;
}

static int test_race_zap(void *data)
{
	struct test_race *race = data;

	kthread_use_mm(race->mm);
	while (!kthread_should_stop()) {
		u32 first = prandom_u32_state(&race->rnd) % TEST_RACE_PAGES;
		u32 nr = 1 + prandom_u32_state(&race->rnd) % (TEST_RACE_PAGES - first);
		const unsigned long addr = race->addr + first * PAGE_SIZE;

		if (prandom_u32_state(&race->rnd) & 1) {
			do_madvise(race->mm, race->addr, TEST_RACE_PAGES * PAGE_SIZE,
				   MADV_GUARD_REMOVE);
			do_madvise(race->mm, race->addr, TEST_RACE_PAGES * PAGE_SIZE,
				   MADV_DONTNEED);
		} else {
			do_madvise(race->mm, addr, nr * PAGE_SIZE, MADV_GUARD_REMOVE);
			do_madvise(race->mm, addr, nr * PAGE_SIZE, MADV_DONTNEED);
		}
		cond_resched();
	}
	kthread_unuse_mm(race->mm);
	return 0;
}

/* Single entries, so that there is a moment to give up the lock. */
static int test_install_few(unsigned long addr, struct mm_walk_run *run,
			    struct mm_walk *walk)
{
	run->nr = min(run->nr, 5);
	return test_install_ptes(addr, run, walk);
}

/*
 * The ticks may keep three tasks in step, so that one that touches pages only
 * runs when a walk has made guards of all of them and before the zapper has its
 * turn. Wait until it has touched something.
 */
static void test_race_let_touch(struct test_race *touch)
{
	unsigned long touched;

	do_madvise(touch->mm, touch->addr, TEST_RACE_PAGES * PAGE_SIZE,
		   MADV_GUARD_REMOVE);
	touched = READ_ONCE(touch->touched);
	/* Not for ever: that it touched is checked in the end. */
	for (int i = 0; i < HZ && READ_ONCE(touch->touched) == touched; i++)
		schedule_timeout_uninterruptible(1);
	do_madvise(touch->mm, touch->addr, PTRS_PER_PTE * PAGE_SIZE,
		   MADV_DONTNEED);
}

static void faults_and_zaps_at_the_same_time(struct kunit *test)
{
	static const struct mm_walk_ops ops = {
		.install_ptes = test_install_few,
		.pte_entry = test_pte_entry,
	};
	const unsigned long edge = test_edge(test);
	const unsigned long addr = edge - 100 * PAGE_SIZE;
	struct test_race touch = { .mm = current->mm, .addr = addr };
	struct test_race zap = touch;
	struct task_struct *toucher, *zapper;
	unsigned long installed = 0, existing = 0;

	test_mmap_at(test, addr, TEST_RACE_PAGES);
	prandom_seed_state(&touch.rnd, 1);
	prandom_seed_state(&zap.rnd, 2);
	toucher = kthread_run(test_race_touch, &touch, "pagewalk_touch");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, toucher);
	zapper = kthread_run(test_race_zap, &zap, "pagewalk_zap");
	if (!IS_ERR(zapper)) {
		test_breaks = 0;
		kunit_activate_static_stub(test, pgwalk_needs_break,
					   test_always_breaks);
		for (int i = 0; i < TEST_RACE_WALKS; i++) {
			struct test_walk w = { .test = test };

			KUNIT_EXPECT_EQ(test, 0, test_walk(&w, addr, TEST_RACE_PAGES,
							   &ops));
			KUNIT_EXPECT_EQ(test, w.installed + w.existing, TEST_RACE_PAGES);
			installed += w.installed;
			existing += w.existing;
			if (i % 8 == 0)
				test_race_let_touch(&touch);
			else if (i % 2)
				schedule_timeout_uninterruptible(1);
			/* else the next one follows at once */
		}
		kunit_deactivate_static_stub(test, pgwalk_needs_break);
		kthread_stop(zapper);
	}
	kthread_stop(toucher);
	KUNIT_EXPECT_FALSE(test, IS_ERR(zapper));
	KUNIT_EXPECT_GT(test, touch.touched, 0);
	KUNIT_EXPECT_GT(test, installed, TEST_RACE_PAGES);
	KUNIT_EXPECT_GT(test, existing, 0);

	test_munmap(test, addr, TEST_RACE_PAGES);
	KUNIT_EXPECT_EQ(test, get_mm_counter_sum(current->mm, MM_ANONPAGES), 0);
}

/* What user space gets from all this. */
static void guard_regions(struct kunit *test)
{
	const unsigned long nr = PTRS_PER_PTE + 80;
	const unsigned long edge = test_edge(test);
	const unsigned long addr = edge - 50 * PAGE_SIZE;
	struct mm_struct *mm = current->mm;
	unsigned long page;

	test_mmap_at(test, addr, nr);
	/* Installed where nothing is, twice, and in place of what there is. */
	for (int i = 0; i < 3; i++) {
		if (i == 2) {
			KUNIT_EXPECT_EQ(test, 0, do_madvise(mm, addr, 10 * PAGE_SIZE,
							    MADV_GUARD_REMOVE));
			test_touch(test, addr + 7 * PAGE_SIZE);
		}
		KUNIT_EXPECT_EQ(test, 0, do_madvise(mm, addr, (nr - 1) * PAGE_SIZE,
						    MADV_GUARD_INSTALL));
		KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_GUARD), nr - 1);
	}
	KUNIT_EXPECT_EQ(test, -EFAULT, put_user(1, (char __user *)addr));
	test_touch(test, addr + (nr - 1) * PAGE_SIZE);

	/* Removed, whatever else they say, without harm to anything else. */
	KUNIT_EXPECT_EQ(test, 0, do_madvise(mm, addr + PAGE_SIZE, PAGE_SIZE,
					    MADV_GUARD_REMOVE));
	test_touch(test, addr + PAGE_SIZE);
	page = test_entry(addr + PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, 0, do_madvise(mm, addr + 2 * PAGE_SIZE, PAGE_SIZE,
					    MADV_GUARD_REMOVE));
	test_poison(test, addr + 2 * PAGE_SIZE);
	test_set_entry(test, addr + 3 * PAGE_SIZE,
		       make_pte_marker(PTE_MARKER_GUARD | PTE_MARKER_UFFD_WP));
	KUNIT_EXPECT_EQ(test, 0, do_madvise(mm, addr + PAGE_SIZE, (nr - 1) * PAGE_SIZE,
					    MADV_GUARD_REMOVE));
	KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_GUARD), 1);
	KUNIT_EXPECT_EQ(test, test_entry(addr), TEST_GUARD);
	KUNIT_EXPECT_EQ(test, test_entry(addr + PAGE_SIZE), page);
	KUNIT_EXPECT_EQ(test, test_entry(addr + 2 * PAGE_SIZE), TEST_POISON);
	KUNIT_EXPECT_EQ(test, test_count(addr, nr, TEST_NONE), nr - 4);
	test_munmap(test, addr, nr);
}

/*
 * Random walks over random layouts, against a walker that goes from entry to
 * entry of an array: which callback must see what, in which order, what must
 * be in every entry at the end, and which tables must be there.
 */
#define TEST_SPAN	(PTRS_PER_PTE + 80)
#define TEST_ROUNDS	2000

enum test_kind { TEST_PRE, TEST_POST, TEST_HOLE, TEST_PMD, TEST_PTE, TEST_RUN };

struct test_event {
	unsigned long addr, next;
	int kind, depth;
};

struct test_log {
	struct rnd_state rnd;		/* for the answers */
	unsigned int nr, stop_at;	/* not 0: after so many events, */
	int stop;			/* return that */
	struct test_event events[TEST_SPAN + 64];
};

struct test_model {
	struct test_map map;
	struct rnd_state rnd;
	unsigned long seed, base, start, end;
	struct folio *folio;
	struct mm_walk_ops ops;
	bool one_vma;
	int allocs, alloc_fails_at;
	struct test_log walk, want;
	unsigned long entries[TEST_SPAN];
	int levels[TEST_SPAN];		/* as test_lookup() */
};

static unsigned int test_pick(struct test_model *m, unsigned int below)
{
	return prandom_u32_state(&m->rnd) % below;
}

static int test_log_event(struct test_log *log, int kind, unsigned long addr,
			  unsigned long next, int depth)
{
	if (log->nr == ARRAY_SIZE(log->events))
		return -E2BIG;
	log->events[log->nr++] = (struct test_event) {
		.addr = addr, .next = next, .kind = kind, .depth = depth,
	};
	return log->nr == log->stop_at && kind != TEST_POST ? log->stop : 0;
}

/* What to install in a run. Returns the first page of the folio, if any. */
static unsigned int test_answer(struct test_log *log, struct mm_walk_run *run)
{
	const u32 r = prandom_u32_state(&log->rnd);
	const unsigned int first = (r >> 8) % TEST_FOLIO_PAGES;

	if (r & 4)
		run->nr = 1 + (r >> 16) % run->nr;
	switch (r & 3) {
	case 0:
		break;
	case 1:
		run->install = PGWALK_INSTALL_MARKERS;
		run->pte = make_pte_marker(PTE_MARKER_GUARD);
		break;
	default:
		run->install = PGWALK_INSTALL_PAGES;
		run->nr = min(run->nr, TEST_FOLIO_PAGES - first);
	}
	return first;
}

/* The callbacks of the walk that is tested. */
static int test_model_install(unsigned long addr, struct mm_walk_run *run,
			      struct mm_walk *walk)
{
	struct test_model *m = walk->private;
	unsigned int first;
	int err;

	err = test_log_event(&m->walk, TEST_RUN, addr, addr + run->nr * PAGE_SIZE, 0);
	if (err)
		return err;
	first = test_answer(&m->walk, run);
	if (run->install != PGWALK_INSTALL_PAGES)
		return 0;
	if (walk->vma->vm_flags & VM_PFNMAP)
		run->pte = pte_mkspecial(mk_pte(folio_page(m->folio, first),
						walk->vma->vm_page_prot));
	else
		test_map_pages(run, walk, m->folio, first);
	return 0;
}

static int test_model_pte(pte_t *pte, unsigned long addr, unsigned long next,
			  struct mm_walk *walk)
{
	struct test_model *m = walk->private;

	return test_log_event(&m->walk, TEST_PTE, addr, next, 0);
}

static int test_model_pmd(pmd_t *pmd, unsigned long addr, unsigned long next,
			  struct mm_walk *walk)
{
	struct test_model *m = walk->private;

	return test_log_event(&m->walk, TEST_PMD, addr, next, 0);
}

static int test_model_hole(unsigned long addr, unsigned long next, int depth,
			   struct mm_walk *walk)
{
	struct test_model *m = walk->private;

	return test_log_event(&m->walk, TEST_HOLE, addr, next, depth);
}

static int test_model_pre(unsigned long start, unsigned long end,
			  struct mm_walk *walk)
{
	struct test_model *m = walk->private;

	return test_log_event(&m->walk, TEST_PRE, start, end, 0);
}

static void test_model_post(struct mm_walk *walk)
{
	struct test_model *m = walk->private;

	test_log_event(&m->walk, TEST_POST, 0, 0, 0);
}

/* The reference walker. */
static unsigned long test_index(struct test_model *m, unsigned long addr)
{
	return (addr - m->base) / PAGE_SIZE;
}

static unsigned long test_table_end(unsigned long addr, int level)
{
	const unsigned long size = level == TEST_NO_P4D ? PGDIR_SIZE :
				   level == TEST_NO_PUD ? P4D_SIZE :
				   level == TEST_NO_PMD ? PUD_SIZE : PMD_SIZE;

	return ALIGN(addr + 1, size);
}

static int test_want_hole(struct test_model *m, unsigned long addr,
			  unsigned long next, int level)
{
	/* What is folded counts as the level above. */
	if (level == TEST_NO_TABLE && PTRS_PER_PMD == 1)
		level--;
	if (level == TEST_NO_PMD && PTRS_PER_PUD == 1)
		level--;
	if (level == TEST_NO_PUD && PTRS_PER_P4D == 1)
		level--;
	return !m->ops.pte_hole ? 0 :
		test_log_event(&m->want, TEST_HOLE, addr, next, level);
}

static int test_want_entries(struct test_model *m, unsigned long addr,
			     unsigned long end)
{
	int err;

	for (unsigned long *e; addr < end; addr += PAGE_SIZE) {
		struct mm_walk_run run = {};
		unsigned int first;

		e = m->entries + test_index(m, addr);
		if (!m->ops.install_ptes || *e != TEST_NONE) {
			if (!m->ops.pte_entry)
				continue;
			err = test_log_event(&m->want, TEST_PTE, addr,
					     addr + PAGE_SIZE, 0);
			if (err)
				return err;
			continue;
		}

		while (addr + run.nr * PAGE_SIZE < end && e[run.nr] == TEST_NONE)
			run.nr++;
		err = test_log_event(&m->want, TEST_RUN, addr,
				     addr + run.nr * PAGE_SIZE, 0);
		if (err)
			return err;
		first = test_answer(&m->want, &run);
		for (unsigned int i = 0; i < run.nr; i++) {
			if (run.install == PGWALK_INSTALL_MARKERS)
				e[i] = TEST_GUARD;
			else if (run.install == PGWALK_INSTALL_PAGES)
				e[i] = TEST_PFN(folio_pfn(m->folio) + first + i);
		}
		addr += (run.nr - 1) * PAGE_SIZE;
	}
	return 0;
}

static int test_want_vma(struct test_model *m, unsigned long addr,
			 unsigned long end)
{
	unsigned long next;
	int err, level;

	for (; addr < end; addr = next) {
		level = m->levels[test_index(m, addr)];
		next = min(end, test_table_end(addr, min(level, TEST_NO_TABLE)));
		if (level < TEST_TABLE && !m->ops.install_ptes) {
			err = test_want_hole(m, addr, next, level);
			if (err)
				return err;
			continue;
		}
		for (; level < TEST_TABLE; level++) {
			const unsigned long table_end = test_table_end(addr, level);

			if (++m->allocs == m->alloc_fails_at)
				return -ENOMEM;
			for (int i = 0; i < TEST_SPAN; i++)
				if (test_table_end(m->base + i * PAGE_SIZE,
						   level) == table_end)
					m->levels[i] = level + 1;
		}
		next = min(end, test_table_end(addr, TEST_NO_TABLE));
		err = 0;
		if (m->ops.pmd_entry)
			err = test_log_event(&m->want, TEST_PMD, addr, next, 0);
		if (!err)
			err = test_want_entries(m, addr, next);
		if (err)
			return err;
	}
	return 0;
}

static int test_want_walk(struct test_model *m)
{
	unsigned long next;
	int err;

	for (unsigned long addr = m->start; addr < m->end; addr = next) {
		struct vm_area_struct *vma = find_vma(m->map.mm, addr);

		if (!vma || vma->vm_start > addr) {
			next = vma ? min(vma->vm_start, m->end) : m->end;
			err = test_want_hole(m, addr, next, -1);
			if (err)
				return err;
			continue;
		}
		next = min(vma->vm_end, m->end);
		if ((vma->vm_flags & VM_PFNMAP) && !m->one_vma) {
			err = test_want_hole(m, addr, next, -1);
			if (err < 0)
				return err;
			continue;
		}
		err = 0;
		if (m->ops.pre_vma)
			err = test_log_event(&m->want, TEST_PRE, addr, next, 0);
		if (err)
			return err;
		err = test_want_vma(m, addr, next);
		if (m->ops.post_vma)
			test_log_event(&m->want, TEST_POST, 0, 0, 0);
		if (err)
			return err;
	}
	return 0;
}

/* Some VMAs, some of them empty, without page tables even. */
static void test_random_layout(struct test_model *m)
{
	const unsigned int fill = test_pick(m, 4);
	struct kunit *test = m->map.test;
	unsigned int pos = test_pick(m, 40);

	while (pos < TEST_SPAN) {
		unsigned int nr = 1 + test_pick(m, TEST_SPAN - pos);
		unsigned int end = pos + nr;

		m->map.flags = test_pick(m, 6) ? VM_MIXEDMAP : VM_PFNMAP;
		KUNIT_ASSERT_EQ(test, m->base + pos * PAGE_SIZE,
				vm_mmap(m->map.file, m->base + pos * PAGE_SIZE,
					nr * PAGE_SIZE, PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_FIXED_NOREPLACE, pos * PAGE_SIZE));
		while (m->map.flags == VM_MIXEDMAP && fill && pos < end) {
			unsigned int run = 1 + test_pick(m, 20 * fill);
			unsigned int what = test_pick(m, 3);

			for (; run && pos < end; run--, pos++)
				if (what == 1)
					test_poison(test, m->base + pos * PAGE_SIZE);
		}
		pos = end + (test_pick(m, 2) ? test_pick(m, 40) : 0);
	}
}

static void test_random_walk(struct test_model *m)
{
	unsigned int first = test_pick(m, TEST_SPAN);
	struct vm_area_struct *vma;
	const u32 ops = prandom_u32_state(&m->rnd);

	m->start = m->base + first * PAGE_SIZE;
	m->end = m->start + (1 + test_pick(m, TEST_SPAN - first)) * PAGE_SIZE;
	vma = vma_lookup(m->map.mm, m->start);
	m->one_vma = vma && !test_pick(m, 4);
	if (m->one_vma)
		m->end = min(m->end, vma->vm_end);

	m->ops = (struct mm_walk_ops) {
		.install_ptes = ops & 7 ? test_model_install : NULL,
		.pte_entry = ops & 8 ? test_model_pte : NULL,
		.pmd_entry = ops & 16 ? test_model_pmd : NULL,
		.pte_hole = ops & 32 ? test_model_hole : NULL,
		.pre_vma = ops & 64 ? test_model_pre : NULL,
		.post_vma = ops & 128 ? test_model_post : NULL,
	};
	/* Others do not go all the way down. */
	if (!m->ops.install_ptes)
		m->ops.pte_entry = test_model_pte;

	m->walk.nr = 0;
	m->walk.stop_at = test_pick(m, 4) ? 0 : 1 + test_pick(m, 30);
	m->walk.stop = test_pick(m, 2) ? -EIO : 5;
	prandom_seed_state(&m->walk.rnd, m->seed);
	m->want.nr = 0;
	m->want.stop_at = m->walk.stop_at;
	m->want.stop = m->walk.stop;
	prandom_seed_state(&m->want.rnd, m->seed);
	m->allocs = 0;
	m->alloc_fails_at = test_pick(m, 5) ? 0 : 1 + test_pick(m, 5);
}

/* What is there now; returns the first place where that is not as it ought. */
static int test_read_span(struct test_model *m, bool compare)
{
	for (int i = 0; i < TEST_SPAN; i++) {
		pte_t pte = __pte(0);
		int level = test_lookup(m->map.mm, m->base + i * PAGE_SIZE, &pte);
		unsigned long code = level == TEST_TABLE ? test_code(pte) : TEST_NONE;

		if (compare && (m->levels[i] != level || m->entries[i] != code))
			return i;
		m->levels[i] = level;
		m->entries[i] = code;
	}
	return TEST_SPAN;
}

/* Does the folio know of what is mapped there? */
static bool test_is_mapped(struct test_model *m, int i)
{
	const unsigned long code = m->entries[i];
	struct vm_area_struct *vma;
	vm_flags_t flags;

	if (code == TEST_NONE || code == TEST_GUARD || code == TEST_POISON)
		return false;
	mmap_read_lock(m->map.mm);
	vma = vma_lookup(m->map.mm, m->base + i * PAGE_SIZE);
	flags = vma ? vma->vm_flags : VM_NONE;
	mmap_read_unlock(m->map.mm);
	return flags & VM_MIXEDMAP;
}

static void test_random_round(struct test_model *m)
{
	struct kunit *test = m->map.test;
	int err, want, mapped = 0;

	test_watch_allocs(test, 0);
	test_random_layout(m);
	test_read_span(m, false);

	for (int i = 1 + test_pick(m, 2); i; i--) {
		mmap_read_lock(m->map.mm);
		test_random_walk(m);
		want = test_want_walk(m);
		test_watch_allocs(test, m->alloc_fails_at);
		if (m->one_vma)
			err = walk_page_range_vma_unsafe(vma_lookup(m->map.mm, m->start),
							 m->start, m->end, &m->ops, m);
		else
			err = walk_page_range_mm_unsafe(m->map.mm, m->start, m->end,
							&m->ops, m);
		mmap_read_unlock(m->map.mm);

		KUNIT_ASSERT_EQ_MSG(test, err, want, "seed %lu", m->seed);
		KUNIT_ASSERT_EQ_MSG(test, test_allocs, m->allocs, "seed %lu", m->seed);
		KUNIT_ASSERT_EQ_MSG(test, m->walk.nr, m->want.nr, "seed %lu", m->seed);
		KUNIT_ASSERT_MEMEQ_MSG(test, m->walk.events, m->want.events,
				       m->walk.nr * sizeof(m->walk.events[0]),
				       "seed %lu", m->seed);
		KUNIT_ASSERT_EQ_MSG(test, test_read_span(m, true), TEST_SPAN,
				    "seed %lu", m->seed);
	}

	for (int i = 0; i < TEST_SPAN; i++)
		mapped += test_is_mapped(m, i);
	KUNIT_ASSERT_EQ_MSG(test, folio_mapcount(m->folio), mapped, "seed %lu", m->seed);
	KUNIT_ASSERT_EQ_MSG(test, test_filepages(&m->map), mapped, "seed %lu", m->seed);
	KUNIT_ASSERT_EQ(test, 0, vm_munmap(m->base, TEST_SPAN * PAGE_SIZE));
	KUNIT_ASSERT_EQ_MSG(test, folio_ref_count(m->folio), 1, "seed %lu", m->seed);
}

/* Every other time that the lock could be given up, it is. */
static bool test_breaks_at_times(spinlock_t *ptl)
{
	return test_breaks++ & 1;
}

static void random_walks_match_the_model(struct kunit *test)
{
	struct test_model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct page *page = test_alloc(test, __GFP_COMP, TEST_FOLIO_ORDER);
	unsigned long edge = test_edge(test);

	KUNIT_ASSERT_NOT_NULL(test, m);
	test_map_init(test, &m->map);
	m->folio = page_folio(page);
	/* A whole table, and some at either end that a PMD, or a PUD, parts. */
	m->base = edge - (PTRS_PER_PTE + 40) * PAGE_SIZE;
	KUNIT_ASSERT_EQ(test, test_filepages(&m->map), 0);

	test_breaks = 0;
	kunit_activate_static_stub(test, pgwalk_needs_break, test_breaks_at_times);
	for (m->seed = 0; m->seed < TEST_ROUNDS; m->seed++) {
		prandom_seed_state(&m->rnd, m->seed);
		test_random_round(m);
	}
	kunit_deactivate_static_stub(test, pgwalk_needs_break);
	KUNIT_EXPECT_GT(test, test_breaks, TEST_ROUNDS / 2);
	test_unwatch_allocs();
	__free_pages(page, TEST_FOLIO_ORDER);
}

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
/* Two PMDs' worth of anonymous memory, with a huge page for the first. */
static unsigned long test_mmap_huge(struct kunit *test)
{
	const unsigned long addr = test_edge(test);
	pte_t pte;

	if (!has_transparent_hugepage())
		kunit_skip(test, "no huge pages");
	test_mmap_at(test, addr, 2 * HPAGE_PMD_NR);
	KUNIT_ASSERT_EQ(test, 0, do_madvise(current->mm, addr, PMD_SIZE, MADV_HUGEPAGE));
	test_touch(test, addr);
	if (test_lookup(current->mm, addr, &pte) != TEST_HUGE)
		kunit_skip(test, "no huge page to be had");
	return addr;
}

/* Nobody wants to see the pages of a huge page: then it stays in one. */
static void huge_pmd_is_not_split_to_install(struct kunit *test)
{
	static const struct mm_walk_ops pmd_ops = {
		TEST_INSTALL,
		.pmd_entry = test_pmd_entry,
	};
	const unsigned long addr = test_mmap_huge(test);
	const unsigned long nr = HPAGE_PMD_NR + 8;
	struct test_walk w = { .test = test };
	pte_t pte;

	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &test_install_ops), 0);
	KUNIT_EXPECT_EQ(test, test_lookup(current->mm, addr, &pte), TEST_HUGE);
	KUNIT_EXPECT_EQ(test, w.installed, 8);
	KUNIT_EXPECT_EQ(test, 8, test_count(addr + PMD_SIZE, HPAGE_PMD_NR, TEST_GUARD));

	/* Who only looks at PMDs does not split them either. */
	KUNIT_EXPECT_EQ(test, test_walk(&w, addr, nr, &pmd_ops), 0);
	KUNIT_EXPECT_EQ(test, test_lookup(current->mm, addr, &pte), TEST_HUGE);
	KUNIT_EXPECT_EQ(test, w.installed, 8);
	KUNIT_EXPECT_EQ(test, w.pmds, 2);
	test_munmap(test, addr, 2 * HPAGE_PMD_NR);
}

/* With ->pte_entry it is split, even if only a page of it is walked. */
static void huge_pmd_is_split_for_pte_entry(struct kunit *test)
{
	const unsigned long addr = test_mmap_huge(test);
	struct test_walk w = { .test = test };
	pte_t pte;

	KUNIT_EXPECT_EQ(test, 0, test_walk(&w, addr + PAGE_SIZE, 2, &test_both_ops));
	KUNIT_EXPECT_EQ(test, test_lookup(current->mm, addr, &pte), TEST_TABLE);
	KUNIT_EXPECT_EQ(test, w.existing, 2);
	KUNIT_EXPECT_EQ(test, w.installed, 0);
	KUNIT_EXPECT_EQ(test, 0, test_count(addr, HPAGE_PMD_NR, TEST_NONE));
	test_munmap(test, addr, 2 * HPAGE_PMD_NR);
}

#ifdef CONFIG_ARCH_ENABLE_THP_MIGRATION
/* While a huge page migrates its PMD is not present: that one is split. */
static void migrating_pmd_is_split(struct kunit *test)
{
	const unsigned long addr = test_mmap_huge(test);
	struct test_walk w = { .test = test };
	struct page *page = NULL;
	struct folio *folio;
	pte_t pte;
	pmd_t pmd;

	mmap_read_lock(current->mm);
	KUNIT_EXPECT_EQ(test, 1, get_user_pages(addr, 1, 0, &page));
	mmap_read_unlock(current->mm);
	KUNIT_ASSERT_NOT_NULL(test, page);
	folio = page_folio(page);
	folio_lock(folio);
	try_to_migrate(folio, 0);
	pmd = *pmd_off(current->mm, addr);
	KUNIT_EXPECT_TRUE(test, !pmd_none(pmd) && !pmd_present(pmd));

	KUNIT_EXPECT_EQ(test, 0, test_walk(&w, addr, HPAGE_PMD_NR, &test_install_ops));
	KUNIT_EXPECT_EQ(test, test_lookup(current->mm, addr, &pte), TEST_TABLE);
	KUNIT_EXPECT_EQ(test, w.installed, 0);
	KUNIT_EXPECT_EQ(test, HPAGE_PMD_NR, test_count(addr, HPAGE_PMD_NR, TEST_OTHER));

	remove_migration_ptes(folio, folio, 0);
	folio_unlock(folio);
	folio_put(folio);
	KUNIT_EXPECT_EQ(test, 0, test_count(addr, HPAGE_PMD_NR, TEST_NONE));
	KUNIT_EXPECT_EQ(test, 0, test_count(addr, HPAGE_PMD_NR, TEST_OTHER));
	test_munmap(test, addr, 2 * HPAGE_PMD_NR);
}
#endif

#ifdef CONFIG_HAVE_ARCH_TRANSPARENT_HUGEPAGE_PUD
/* The same one level up, where ->pmd_entry is a reason to split as well. */
static void huge_pud_is_not_split_to_install(struct kunit *test)
{
	static const struct mm_walk_ops pmd_ops = {
		TEST_INSTALL,
		.pmd_entry = test_pmd_entry,
	};
	static const struct mm_walk_ops * const ops[] = {
		&test_install_ops, &pmd_ops, &test_both_ops,
	};
	struct test_map map = { .flags = VM_PFNMAP };
	const unsigned long addr = test_edge(test);
	vm_fault_t ret = VM_FAULT_OOM;
	pte_t pte;

	test_map_init(test, &map);
	for (int i = 0; i < ARRAY_SIZE(ops); i++) {
		struct test_walk w = { .test = test };
		struct vm_area_struct *vma;
		p4d_t *p4d;

		KUNIT_ASSERT_EQ(test, addr,
				vm_mmap(map.file, addr, PUD_SIZE + PMD_SIZE,
					PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_FIXED_NOREPLACE, 0));
		mmap_write_lock(map.mm);
		vma = vma_lookup(map.mm, addr);
		struct vm_fault vmf = { .vma = vma, .address = addr };

		p4d = p4d_alloc(map.mm, pgd_offset(map.mm, addr), addr);
		vmf.pud = p4d ? pud_alloc(map.mm, p4d, addr) : NULL;
		/* Nobody will look into it, and there is nothing. */
		if (vmf.pud)
			ret = vmf_insert_pfn_pud(&vmf, 1UL << (38 - PAGE_SHIFT), false);
		mmap_write_unlock(map.mm);
		KUNIT_ASSERT_TRUE(test, ret == VM_FAULT_NOPAGE);
		KUNIT_ASSERT_EQ(test, test_lookup(map.mm, addr, &pte), TEST_HUGE);

		mmap_read_lock(map.mm);
		KUNIT_EXPECT_EQ(test, 0,
				walk_page_range_vma_unsafe(vma, addr + PUD_SIZE - PMD_SIZE,
							   addr + PUD_SIZE + 8 * PAGE_SIZE,
							   ops[i], &w));
		mmap_read_unlock(map.mm);
		if (i) {
			/* A PUD of a file is dropped, and faulted in again. */
			KUNIT_EXPECT_EQ(test, w.installed, HPAGE_PMD_NR + 8);
			KUNIT_EXPECT_EQ(test, test_lookup(map.mm, addr, &pte),
					TEST_NO_TABLE);
		} else {
			KUNIT_EXPECT_EQ(test, w.installed, 8);
			KUNIT_EXPECT_EQ(test, test_lookup(map.mm, addr, &pte), TEST_HUGE);
		}
		KUNIT_EXPECT_EQ(test, 0, vm_munmap(addr, PUD_SIZE + PMD_SIZE));
	}
}
#endif
#endif /* CONFIG_TRANSPARENT_HUGEPAGE */

#else /* !CONFIG_MMU */

static void nommu_has_no_walker(struct kunit *test)
{
	kunit_skip(test, "no page tables without an MMU");
}
#endif /* CONFIG_MMU */

static struct kunit_case pagewalk_cases[] = {
#ifdef CONFIG_MMU
	KUNIT_CASE(install_only_leaves_entries_alone),
	KUNIT_CASE(empty_range_is_filled),
#ifdef CONFIG_HIGHPTE
	KUNIT_CASE(tables_in_highmem),
#endif
	KUNIT_CASE(callbacks_share_a_range),
	KUNIT_CASE(pte_entry_alone_sees_all),
	KUNIT_CASE(every_level_has_a_callback),
	KUNIT_CASE(every_level_can_stop_the_walk),
	KUNIT_CASE(gaps_stay_empty),
	KUNIT_CASE(ranges_are_checked),
	KUNIT_CASE(callbacks_stop_the_walk),
	KUNIT_CASE(vmas_can_be_skipped),
	KUNIT_CASE(pfnmap_is_skipped_by_the_mm_walk),
	KUNIT_CASE(hugetlb_is_refused),
	KUNIT_CASE(other_walkers_refuse),
	KUNIT_CASE(runs_are_as_long_as_can_be),
	KUNIT_CASE(entries_can_be_left_empty),
	KUNIT_CASE(bad_answers_are_refused),
	KUNIT_CASE(pages_of_folios_are_installed),
	KUNIT_CASE(no_memory_for_a_table),
	KUNIT_CASE(others_get_the_lock),
	KUNIT_CASE(walk_goes_on_where_it_was),
	KUNIT_CASE(every_lock_mode_works),
#if defined(CONFIG_LOCKDEP) && defined(CONFIG_DEBUG_VM) && defined(CONFIG_PER_VMA_LOCK)
	KUNIT_CASE(missing_locks_are_noticed),
#endif
	KUNIT_CASE_SLOW(faults_and_zaps_at_the_same_time),
	KUNIT_CASE(guard_regions),
	KUNIT_CASE_SLOW(random_walks_match_the_model),
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	KUNIT_CASE(huge_pmd_is_not_split_to_install),
	KUNIT_CASE(huge_pmd_is_split_for_pte_entry),
#ifdef CONFIG_ARCH_ENABLE_THP_MIGRATION
	KUNIT_CASE(migrating_pmd_is_split),
#endif
#ifdef CONFIG_HAVE_ARCH_TRANSPARENT_HUGEPAGE_PUD
	KUNIT_CASE(huge_pud_is_not_split_to_install),
#endif
#endif
#else
	KUNIT_CASE(nommu_has_no_walker),
#endif
	{}
};

static struct kunit_suite pagewalk_suite = {
	.name = "pagewalk",
	.test_cases = pagewalk_cases,
};

kunit_test_suite(pagewalk_suite);

MODULE_DESCRIPTION("KUnit tests for the page table walker");
MODULE_LICENSE("GPL");
