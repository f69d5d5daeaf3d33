// SPDX-License-Identifier: GPL-2.0
/*
 * Where programs without an MMU start: at an address that nobody knew, without
 * a dynamic linker. Applies the relocations, and goes on where nolibc starts:
 * that wants the stack pointer as the kernel left it.
 */
#include <elf.h>

extern char __ehdr_start[] __attribute__((visibility("hidden")));
extern Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));
void start_relocate(void);

void start_relocate(void)
{
	unsigned long base = (unsigned long)__ehdr_start, size = 0;
	Elf64_Rela *r = NULL;

	for (Elf64_Dyn *d = _DYNAMIC; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_RELA)
			r = (Elf64_Rela *)(base + d->d_un.d_ptr);
		else if (d->d_tag == DT_RELASZ)
			size = d->d_un.d_val;
	}
	for (; size; size -= sizeof(*r), r++)
		*(unsigned long *)(base + r->r_offset) = base + r->r_addend;
}

__asm__(
	".text\n"
	".globl start_nommu\n"
	"start_nommu:\n"
	"mv	s0, sp\n"
	"call	start_relocate\n"
	"mv	sp, s0\n"
	"tail	_start\n"
);
