// SPDX-License-Identifier: GPL-2.0-only
/* One expression is the table. */
static vm_fault_t uio_fault(struct vm_fault *vmf)
{
	int rc = vm_insert_page(vmf->vma, vmf->address, vmf->vma->vm_private_data);

	return rc == -ENOMEM ? VM_FAULT_OOM :
	       rc && rc != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}
