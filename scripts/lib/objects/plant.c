// SPDX-License-Identifier: GPL-2.0
// objects.sh builds this beside the real files. The compiler (W=1) and sparse
// have to object to it: if they don't, they did not look at the others either.
#include <linux/errno.h>
#include <linux/mm.h>

static const int planted_unused = 1;

static vm_fault_t planted_fault(struct vm_fault *vmf)
{
	return -EINVAL;
}

extern const struct vm_operations_struct planted_ops;
const struct vm_operations_struct planted_ops = { .fault = planted_fault };
