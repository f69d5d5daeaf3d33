// SPDX-License-Identifier: GPL-2.0-only
/* Fault handlers by what they return or take are left alone. */
static vm_fault_t new_fault(struct vm_fault *vmf)
{
	if (vm_insert_page(vmf->vma, vmf->address, vmf->page))
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}

static int old_fault(struct vm_area_struct *vma, struct vm_fault *vmf)
{
	if (vm_insert_page(vma, (unsigned long)vmf->virtual_address, vmf->page))
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}

static vm_fault_t special_fault(struct mapping *m, unsigned long addr)
{
	if (vm_insert_page(m->vma, addr, m->page))
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}
