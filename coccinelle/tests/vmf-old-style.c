// SPDX-License-Identifier: GPL-2.0-only
/* Handlers that return an int, with and without a VMA. */
static int exynos_fault(struct vm_area_struct *vma, struct vm_fault *vmf)
{
	int ret;

	ret = vm_insert_page(vma, (unsigned long)vmf->virtual_address, vma->vm_private_data);
	switch (ret) {
	case 0:
	case -ERESTARTSYS:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	}
	return VM_FAULT_SIGBUS;
}

static int omap_fault(struct vm_fault *vmf)
{
	int ret = vm_insert_page(vmf->vma, vmf->address, vmf->vma->vm_private_data);

	switch (ret) {
	case 0:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	}
	return VM_FAULT_SIGBUS;
}
