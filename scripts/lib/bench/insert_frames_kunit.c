// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to get the frames behind 64 MiB of user addresses. bench.sh
 * builds this into the base and into the series. Lines as insert_bench_kunit.c
 * prints them; the floor is bare pinning, or to write down frames that are known.
 * UML, which has no huge raw mappings, is left out.
 */
#ifndef CONFIG_UML
#include <linux/ktime.h>
#include <linux/uaccess.h>

#include "../internal.h"
#include "insert_kunit.h"

#define BENCH_PAGES	16384U

static unsigned int rounds = 3;
module_param(rounds, uint, 0444);

struct bench {
	struct kunit *test;
	struct test_map map;
	unsigned long addr;
	unsigned long pfn;		/* of the first frame, if it is raw */
	bool huge;
	const char *source;
	union {
		struct page *pages[BENCH_PAGES];
		unsigned long pfns[BENCH_PAGES];
	};
	struct frame_vector *vec;
};

#if __has_include(<linux/frame_vector.h>)
#include <linux/frame_vector.h>

static bool bench_told(struct frame_vector *vec, const struct mmu_notifier_range *range)
{
	return true;
}

static const struct frame_vector_ops bench_ops = { .invalidate = bench_told };

static struct frame_vector *bench_vec(bool raw)
{
	return frame_vector_create(BENCH_PAGES, raw ? &bench_ops : NULL, NULL);
}

static int get(struct bench *b)
{
	return get_vaddr_frames(b->addr, BENCH_PAGES, true, b->vec);
}

static void put(struct bench *b)
{
	put_vaddr_frames(b->vec);
}

#define get_raw get

static unsigned long *raw_pfns(struct bench *b)
{
	unsigned long *pfns = frame_vector_pfns(b->vec);

	return IS_ERR(pfns) ? NULL : pfns;
}
#else
/*
 * The base's get_vaddr_frames() pins, and is part of videobuf2; for raw mappings
 * its users have a loop, as acrn, and nobody who listens.
 */
static struct frame_vector *bench_vec(bool raw)
{
	return ERR_PTR(-ENOENT);	/* is not used */
}

static void frame_vector_destroy(struct frame_vector *vec)
{
}

static noinline int get(struct bench *b)
{
	return pin_user_pages_fast(untagged_addr(b->addr), BENCH_PAGES,
				   FOLL_LONGTERM | FOLL_WRITE, b->pages);
}

static noinline void put(struct bench *b)
{
	if (!b->pfn)
		unpin_user_pages(b->pages, BENCH_PAGES);
}

static noinline int get_raw(struct bench *b)
{
	struct mm_struct *mm = current->mm;
	unsigned int i;

	mmap_read_lock(mm);
	for (i = 0; i < BENCH_PAGES; i++) {
		struct follow_pfnmap_args args = {
			.vma = vma_lookup(mm, b->addr + i * PAGE_SIZE),
			.address = b->addr + i * PAGE_SIZE,
		};

		if (!args.vma || follow_pfnmap_start(&args))
			break;
		b->pfns[i] = args.pfn;
		follow_pfnmap_end(&args);
	}
	mmap_read_unlock(mm);
	return i;
}

static unsigned long *raw_pfns(struct bench *b)
{
	return b->pfns;
}
#endif

static noinline int pin(struct bench *b)
{
	return pin_user_pages_fast(b->addr, BENCH_PAGES, FOLL_LONGTERM | FOLL_WRITE, b->pages);
}

static noinline void unpin(struct bench *b)
{
	unpin_user_pages(b->pages, BENCH_PAGES);
}

static noinline int fill(struct bench *b)
{
	unsigned long pfn = b->pfn;

	for (unsigned int i = 0; i < BENCH_PAGES; i++)
		b->pfns[i] = pfn++;
	return BENCH_PAGES;
}

static void nothing(struct bench *b)
{
}

static bool right(struct bench *b)
{
	unsigned long *pfns = raw_pfns(b);

	for (unsigned int i = 0; pfns && i < BENCH_PAGES; i++)
		if (pfns[i] != b->pfn + i)
			return false;
	return pfns;
}

static void measure(struct bench *b, const char *name, int (*get_fn)(struct bench *),
		    const char *put_name, void (*put_fn)(struct bench *))
{
	struct kunit *test = b->test;

	/* A round more, so that the page tables are there. */
	for (unsigned int round = 0; round <= rounds; round++) {
		u64 ns, put_ns;
		int nr;

		memset(b->pages, 0, sizeof(b->pages));
		/* Not even a look for stubs. */
		current->kunit_test = NULL;
		cond_resched();
		ns = ktime_get_ns();
		nr = get_fn(b);
		ns = ktime_get_ns() - ns;
		current->kunit_test = test;
		KUNIT_ASSERT_EQ_MSG(test, nr, BENCH_PAGES, "%s %s", name, b->source);
		if (get_fn == get_raw && b->pfn)
			KUNIT_EXPECT_TRUE(test, right(b));
		current->kunit_test = NULL;
		put_ns = ktime_get_ns();
		put_fn(b);
		put_ns = ktime_get_ns() - put_ns;
		current->kunit_test = test;
		if (!round)
			continue;
		pr_info("bench: %s %s warm %u %llu\n", name, b->source, BENCH_PAGES, ns);
		if (put_name)
			pr_info("bench: %s %s warm %u %llu\n", put_name, b->source,
				BENCH_PAGES, put_ns);
	}
}

static struct bench *bench_create(struct kunit *test, const char *source, bool raw)
{
	struct bench *b = kvzalloc(sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->test = test;
	b->source = source;
	b->vec = bench_vec(raw);
	KUNIT_ASSERT_NOT_NULL(test, b->vec);
	return b;
}

static void bench_destroy(struct bench *b)
{
	frame_vector_destroy(b->vec);
	kvfree(b);
}

static void bench_pinned(struct kunit *test, const char *source, bool huge)
{
	const unsigned long size = BENCH_PAGES * PAGE_SIZE;
	struct bench *b = bench_create(test, source, false);
	struct vm_area_struct *vma;
	struct page *page;
	unsigned long map;

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	map = vm_mmap(NULL, 0, size + SZ_2M, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(map));
	b->addr = ALIGN(map, SZ_2M);
	mmap_write_lock(current->mm);
	vma = vma_lookup(current->mm, map);
	vm_flags_set(vma, huge ? VM_HUGEPAGE : VM_NOHUGEPAGE);
	mmap_write_unlock(current->mm);
	for (unsigned int i = 0; i < BENCH_PAGES; i++)
		KUNIT_ASSERT_EQ(test, 0, put_user(1, (u8 __user *)b->addr + i * PAGE_SIZE));
	KUNIT_ASSERT_EQ(test, 1, get_user_pages_fast(b->addr + size - PAGE_SIZE, 1, 0, &page));
	KUNIT_EXPECT_EQ(test, folio_test_large(page_folio(page)), huge);
	put_page(page);

	measure(b, "floor", pin, NULL, unpin);
	measure(b, "get_vaddr_frames", get, "put_vaddr_frames", put);
	bench_destroy(b);
	vm_munmap(map, size + SZ_2M);
}

static void pinned_pages(struct kunit *test)
{
	bench_pinned(test, "anon0", false);
}

static void pinned_huge_pages(struct kunit *test)
{
	bench_pinned(test, "anon9", true);
}

static vm_fault_t bench_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct bench *b = vmf->vma->vm_private_data;

	if (!b->huge || order != PMD_ORDER)
		return VM_FAULT_FALLBACK;
	return vmf_insert_pfn_pmd(vmf, b->pfn + (((vmf->address & PMD_MASK) - b->addr) >>
						 PAGE_SHIFT), true);
}

static vm_fault_t bench_fault(struct vm_fault *vmf)
{
	struct bench *b = vmf->vma->vm_private_data;

	if (b->huge)
		return VM_FAULT_SIGBUS;
	return vmf_insert_pfn(vmf->vma, vmf->address,
			      b->pfn + ((vmf->address - b->addr) >> PAGE_SHIFT));
}

static const struct vm_operations_struct bench_vm_ops = {
	.fault = bench_fault,
	.huge_fault = bench_huge_fault,
};

static int bench_mmap(struct test_map *map, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = container_of(map, struct bench, map);
	vma->vm_ops = &bench_vm_ops;
	return 0;
}

static void bench_raw(struct kunit *test, const char *source, bool huge)
{
	const unsigned long size = BENCH_PAGES * PAGE_SIZE;
	struct bench *b = bench_create(test, source, true);
	unsigned long end;

	b->huge = huge;
	b->pfn = 1UL << (38 - PAGE_SHIFT);	/* nobody looks there */
	b->map.mmap = bench_mmap;
	test_map_init(test, &b->map);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(test_map_try(&b->map, BENCH_PAGES + 512)));
	test_map_destroy(test, &b->map);
	b->addr = ALIGN(b->map.addr, SZ_2M);
	b->map.addr = vm_mmap(b->map.file, b->addr, size, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_FIXED, 0);
	KUNIT_ASSERT_EQ(test, b->map.addr, b->addr);
	b->map.size = size;
	end = b->addr + size;
	mmap_read_lock(b->map.mm);
	for (unsigned long addr = b->addr; addr < end; addr += huge ? PMD_SIZE : PAGE_SIZE)
		KUNIT_ASSERT_EQ(test, 0, fixup_user_fault(b->map.mm, addr, FAULT_FLAG_WRITE,
							  NULL));
	mmap_read_unlock(b->map.mm);

	measure(b, "floor", fill, NULL, nothing);
	measure(b, "get_raw_frames", get_raw, NULL, put);
	bench_destroy(b);
	test_map_destroy(test, &b->map);
}

static void raw_ptes(struct kunit *test)
{
	bench_raw(test, "raw_pte", false);
}

static void raw_pmds(struct kunit *test)
{
	bench_raw(test, "raw_pmd", true);
}

static struct kunit_case insert_frames_cases[] = {
	KUNIT_CASE(pinned_pages),
	KUNIT_CASE(pinned_huge_pages),
	KUNIT_CASE(raw_ptes),
	KUNIT_CASE(raw_pmds),
	{}
};

static struct kunit_suite insert_frames_suite = {
	.name = "insert_frames",
	.test_cases = insert_frames_cases,
};

kunit_test_suite(insert_frames_suite);

MODULE_DESCRIPTION("What it costs to get the frames behind user addresses");
MODULE_LICENSE("GPL");
#endif
