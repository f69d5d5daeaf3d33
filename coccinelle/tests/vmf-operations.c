// SPDX-License-Identifier: GPL-2.0-only
/* Handlers by where they are stored. */
static int first(void *arg)
{
	struct state *s = arg;

	return vm_insert_page(s->vma, s->addr, s->page);
}

static int second(void *arg)
{
	struct state *s = arg;
	int ret;

	ret = vm_insert_page(s->vma, s->addr, s->page);
	return ret ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct ops = {
	.open = state_open,
	.page_mkwrite = first,
};

static void state_init(struct vm_operations_struct *later)
{
	later->pfn_mkwrite = second;
}
