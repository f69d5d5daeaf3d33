// SPDX-License-Identifier: GPL-2.0-only
/* A macro, a function pointer and a function that is not C. */
#define insert_here(vmf, page) \
	vm_insert_page((vmf)->vma, (vmf)->address, page)

static vm_fault_t pointer(struct vm_fault *vmf)
{
	int (*fn)(struct vm_area_struct *, unsigned long, struct page *) = vm_insert_page;

	return fn(vmf->vma, vmf->address, vmf->page) ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static vm_fault_t broken(struct vm_fault *vmf)
{
	if (vmf->page) {
		return vm_insert_page(vmf->vma, vmf->address, vmf->page)
	}}
	return 0;
}
