// SPDX-License-Identifier: GPL-2.0-only
/* The variable has other uses, and one that has none is not ours. */
static vm_fault_t lock_fault(struct vm_fault *vmf)
{
	struct buf *buf = vmf->vma->vm_private_data;
	int spare;
	int ret;

	ret = buf_prepare(buf);
	if (ret)
		return VM_FAULT_RETRY;
	ret = vm_insert_page(vmf->vma, vmf->address, buf->page);
	if (ret == -ENOMEM)
		return VM_FAULT_OOM;
	return ret && ret != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}
