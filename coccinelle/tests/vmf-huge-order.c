// SPDX-License-Identifier: GPL-2.0-only
/* The new name of the same mistake, in a handler for huge pages. */
static vm_fault_t order_fault(struct vm_fault *vmf, unsigned int order)
{
	int err;

	if (order)
		return VM_FAULT_FALLBACK;
	err = vm_insert_kmem_page(vmf->vma, vmf->address, vmf->vma->vm_private_data);
	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	if (err && err != -EBUSY)
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}
