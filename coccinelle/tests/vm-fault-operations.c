// SPDX-License-Identifier: GPL-2.0-only
/* Fault handlers by where they are stored. */
static int first(void *arg)
{
	struct state *s = arg;

	return vm_insert_page(s->vma, s->addr, s->page);
}

static int second(void *arg)
{
	struct state *s = arg;

	return vm_insert_page(s->vma, s->addr, s->page);
}

static int third(void *arg)
{
	struct state *s = arg;

	return vm_insert_page(s->vma, s->addr, s->page);
}

static const struct vm_operations_struct ops = {
	.open = state_open,
	.page_mkwrite = first,
};

static void state_init(struct vm_operations_struct *later, struct state *s)
{
	later->huge_fault = second;
	s->ops.pfn_mkwrite = third;
}
