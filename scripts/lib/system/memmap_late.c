// SPDX-License-Identifier: GPL-2.0-only
/*
 * x86 shows regions of memmap=NN!SS, which stand for persistent memory, to
 * drivers when it surveys PCI. The kernels of system.sh have no PCI, but with
 * --debug, so this, built into both of them, does it.
 */
#include <linux/init.h>
#include <asm/e820/api.h>

#ifndef CONFIG_PCI
static int __init memmap_late(void)
{
	e820__reserve_resources_late();
	return 0;
}
fs_initcall(memmap_late);
#endif
