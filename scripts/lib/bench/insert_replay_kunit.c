// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inserts random arrays, and prints for each seed a fingerprint of what came of
 * it: errors and counts, page table entries, references, map counts, statistics.
 * bench.sh builds this into the base and into the series, and compares.
 *
 * Leaves out what the helpers of the series are meant to do differently: NULL
 * pages (the base crashes), tails of typed folios (the base maps them), unaligned
 * addresses, VMAs without VM_MIXEDMAP, huge pages, failing allocations.
 */
#include <kunit/static_stub.h>
#include <linux/highmem.h>
#include <linux/pgalloc.h>
#include <linux/prandom.h>
#include <linux/swapops.h>
#include <linux/vmalloc.h>

#include "../internal.h"
#include "insert_kunit.h"

#define ORDERS		10
#define SPAN		(2 * 512 + 40)
#define VMALLOC_NR	16

static unsigned int seeds = 4000;
module_param(seeds, uint, 0444);

struct replay {
	struct kunit *test;
	struct test_map map[2];			/* the second forbids writing */
	struct test_map *m;
	struct rnd_state rnd;
	u64 print;
	struct page *folios[ORDERS];
	struct page *typed, *unreferenced;
	void *area;
	struct page *array[SPAN + 8];
};

static void note(struct replay *r, u64 value)
{
	r->print = (r->print ^ value) * 0x100000001b3ULL;
	r->print ^= r->print >> 29;
}

static unsigned int pick(struct replay *r, unsigned int below)
{
	return prandom_u32_state(&r->rnd) % below;
}

static unsigned int fill_run(struct replay *r, struct page **array, unsigned int max)
{
	static const int steps[] = { 1, 1, 1, 1, -1, 0, 2 };
	const unsigned int order = pick(r, ORDERS), pages = 1 << order;
	const int step = steps[pick(r, ARRAY_SIZE(steps))];
	const unsigned int nr = 1 + pick(r, min(max, pages));
	int i = pick(r, 3) ? pick(r, pages) : 0;
	unsigned int n;

	for (n = 0; n < nr && i >= 0 && i < pages; n++, i += step)
		array[n] = r->folios[order] + i;
	return n;
}

static unsigned int fill_array(struct replay *r)
{
	const unsigned int nr = 1 + pick(r, pick(r, 4) ? 40 : SPAN);
	unsigned int n = 0;

	while (n < nr) {
		switch (pick(r, 40)) {
		case 0 ... 3:
			r->array[n++] = vmalloc_to_page(r->area + PAGE_SIZE * pick(r, VMALLOC_NR));
			break;
		case 4:
			r->array[n++] = ZERO_PAGE(0);
			break;
		case 5:
			if (!pick(r, 4))
				r->array[n++] = r->typed;
			break;
		case 6:
			if (!pick(r, 4))
				r->array[n++] = r->unreferenced;
			break;
		default:
			n += fill_run(r, r->array + n, nr - n);
		}
	}
	return nr;
}

/* Which page that is, by a name that does not depend on where it lies. */
static u64 name_of(struct replay *r, unsigned long pfn)
{
	for (int o = 0; o < ORDERS; o++)
		if (pfn - page_to_pfn(r->folios[o]) < 1UL << o)
			return 0x10000 * (o + 1) + pfn - page_to_pfn(r->folios[o]);
	for (int i = 0; i < VMALLOC_NR; i++)
		if (pfn == page_to_pfn(vmalloc_to_page(r->area + i * PAGE_SIZE)))
			return 0x100000 + i;
	return is_zero_pfn(pfn) ? 0x200000 : 0x300000;
}

static pte_t *entry(struct replay *r, unsigned int i, spinlock_t **ptl)
{
	pte_t *pte = get_locked_pte(r->m->mm, r->m->addr + i * PAGE_SIZE, ptl);

	KUNIT_ASSERT_NOT_NULL(r->test, pte);
	return pte;
}

/* Entries that are not empty, and map nothing. */
static void place_markers(struct replay *r)
{
	for (unsigned int nr = pick(r, 4); nr; nr--) {
		const unsigned int i = pick(r, SPAN);
		spinlock_t *ptl;
		pte_t *pte = entry(r, i, &ptl);

		if (pte_none(ptep_get(pte)))
			set_pte_at(r->m->mm, r->m->addr + i * PAGE_SIZE, pte,
				   make_pte_marker(PTE_MARKER_GUARD));
		pte_unmap_unlock(pte, ptl);
	}
}

static void note_entries(struct replay *r, bool clear_markers)
{
	for (unsigned int i = 0; i < SPAN; i++) {
		spinlock_t *ptl;
		pte_t *pte = entry(r, i, &ptl), pteval = ptep_get(pte);

		if (pte_none(pteval)) {
			note(r, 1);
		} else if (!pte_present(pteval)) {
			note(r, 2);
			if (clear_markers)
				pte_clear(r->m->mm, r->m->addr + i * PAGE_SIZE, pte);
		} else {
			note(r, name_of(r, pte_pfn(pteval)));
			note(r, pte_special(pteval) | !!pte_write(pteval) << 1 |
				!!pte_dirty(pteval) << 2 | !!pte_young(pteval) << 3);
		}
		pte_unmap_unlock(pte, ptl);
	}
}

static void note_page(struct replay *r, struct page *page)
{
	note(r, page_ref_count(page));
	note(r, atomic_read(&page->_mapcount));
	note(r, folio_mapcount(page_folio(page)));
}

static void note_all(struct replay *r, long file_mapped, bool clear_markers)
{
	note_entries(r, clear_markers);
	note(r, get_mm_counter_sum(r->m->mm, MM_FILEPAGES));
	note(r, get_mm_counter_sum(r->m->mm, MM_SHMEMPAGES));
	note(r, test_file_mapped() - file_mapped);
	for (int o = 0; o < ORDERS; o++)
		for (int i = 0; i < 1 << o; i++)
			note_page(r, r->folios[o] + i);
	for (int i = 0; i < VMALLOC_NR; i++)
		note_page(r, vmalloc_to_page(r->area + i * PAGE_SIZE));
	note_page(r, r->typed);
	note(r, page_ref_count(r->unreferenced));
}

static void replay_seed(struct replay *r, u64 seed)
{
	const long file_mapped = test_file_mapped();
	struct vm_area_struct *vma;

	prandom_seed_state(&r->rnd, seed);
	r->print = seed;
	r->m = &r->map[pick(r, 3) == 0];
	place_markers(r);
	for (int i = 1 + pick(r, 5); i; i--) {
		const unsigned int nr = fill_array(r);
		/* Sometimes over the end, or before the beginning. */
		const long first = (long)pick(r, SPAN - nr + 3) - !pick(r, 8);
		unsigned long num = nr;
		int err;

		mmap_write_lock(r->m->mm);
		vma = vma_lookup(r->m->mm, r->m->addr);
		err = vm_insert_kmem_pages(vma, r->m->addr + first * PAGE_SIZE,
					   r->array, &num);
		mmap_write_unlock(r->m->mm);
		note(r, err);
		note(r, num);
	}
	note_all(r, file_mapped, true);
	mmap_write_lock(r->m->mm);
	vma = vma_lookup(r->m->mm, r->m->addr);
	zap_vma_range(vma, r->m->addr, r->m->size);
	mmap_write_unlock(r->m->mm);
	note_all(r, file_mapped, false);
	pr_info("replay: %llu %016llx\n", seed, r->print);
}

static void insert_replay(struct kunit *test)
{
	struct replay *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	struct vm_area_struct *vma;

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->test = test;
	for (int i = 0; i < ORDERS; i++)
		r->folios[i] = test_alloc(test, __GFP_COMP, i);
	r->typed = test_alloc(test, 0, 0);
	__SetPageOffline(r->typed);
	r->unreferenced = test_alloc(test, 0, 0);
	KUNIT_ASSERT_TRUE(test, page_ref_freeze(r->unreferenced, 1));
	r->area = vmalloc_user(VMALLOC_NR * PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, r->area);
	for (int i = 0; i < 2; i++) {
		r->map[i].flags = VM_MIXEDMAP;
		test_map_init(test, &r->map[i]);
		KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(test_map_try(&r->map[i], SPAN)));
	}
	mmap_write_lock(r->map[1].mm);
	vma = vma_lookup(r->map[1].mm, r->map[1].addr);
	vm_flags_clear(vma, VM_WRITE | VM_MAYWRITE);
	vma_set_page_prot(vma);
	mmap_write_unlock(r->map[1].mm);

	for (u64 seed = 0; seed < seeds; seed++)
		replay_seed(r, seed);

	page_ref_unfreeze(r->unreferenced, 1);
	__ClearPageOffline(r->typed);
	for (int i = 0; i < 2; i++)
		test_map_destroy(test, &r->map[i]);
	for (int i = 0; i < ORDERS; i++)
		__free_pages(r->folios[i], i);
	__free_page(r->typed);
	__free_page(r->unreferenced);
	vfree(r->area);
}

static struct kunit_case insert_replay_cases[] = {
	KUNIT_CASE_SLOW(insert_replay),
	{}
};

static struct kunit_suite insert_replay_suite = {
	.name = "insert_replay",
	.test_cases = insert_replay_cases,
};

kunit_test_suite(insert_replay_suite);

MODULE_DESCRIPTION("Fingerprints of random insertions");
MODULE_LICENSE("GPL");
