// SPDX-License-Identifier: GPL-2.0-only
/*
 * What whole mmap(2) and madvise(2) calls cost: init of the virtual machines of bench.sh.
 * Prints lines like those of insert_bench_kunit.c, and powers off.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/io_uring.h>
#include <linux/ioctl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MIB (1UL << 20)
#define PAGE 4096UL
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif
#define KCOV_INIT_TRACE _IOR('c', 1, unsigned long)

static int rounds = 3;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void bench(const char *name, const char *source, int fd, size_t size, off_t off)
{
	for (int i = 0; i < rounds; i++) {
		uint64_t start, ns;
		void *p;

		start = now();
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, off);
		ns = now() - start;
		if (p == MAP_FAILED) {
			printf("bench: %s %s failed: %s\n", name, source, strerror(errno));
			return;
		}
		/* The last page has to be there without a page fault. */
		*(volatile char *)(p + size - PAGE);
		printf("bench: %s %s mmap %zu %llu\n", name, source, size / PAGE,
		       (unsigned long long)ns);
		munmap(p, size);
	}
}

static void packet(const char *source, unsigned int block)
{
	struct tpacket_req req = {
		.tp_block_size = block,
		.tp_block_nr = 64 * MIB / block,
		.tp_frame_size = 2048,
		.tp_frame_nr = 64 * MIB / 2048,
	};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		printf("bench: af_packet %s failed: %s\n", source, strerror(errno));
	else
		bench("af_packet", source, fd, 64 * MIB, 0);
	if (fd >= 0)
		close(fd);
}

static void kcov(void)
{
	int fd = open("/debug/kcov", O_RDWR);

	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, 64 * MIB / sizeof(long)))
		printf("bench: kcov vmalloc failed: %s\n", strerror(errno));
	else
		bench("kcov", "vmalloc", fd, 64 * MIB, 0);
	if (fd >= 0)
		close(fd);
}

static void io_uring(void)
{
	struct io_uring_params p = { .flags = IORING_SETUP_CLAMP };
	int fd = syscall(SYS_io_uring_setup, 32768, &p);

	if (fd < 0) {
		printf("bench: io_uring sqes failed: %s\n", strerror(errno));
		return;
	}
	bench("io_uring", "sqes", fd, p.sq_entries * sizeof(struct io_uring_sqe),
	      IORING_OFF_SQES);
	close(fd);
}

/* Guard markers into page tables that are there, and out of them again. */
static void guard(void)
{
	static const struct {
		const char *name;
		int advice;
	} steps[] = {
		{ "guard_install", MADV_GUARD_INSTALL },
		{ "guard_remove", MADV_GUARD_REMOVE },
	};
	char *p = mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* The first round allocates the page tables. */
	for (int i = 0; i <= rounds; i++)
		for (int j = 0; j < 2; j++) {
			uint64_t start = now(), ns;
			int err = madvise(p, 64 * MIB, steps[j].advice);

			ns = now() - start;
			if (p == MAP_FAILED || err) {
				printf("bench: %s none failed: %s\n", steps[j].name, strerror(errno));
				return;
			}
			if (i)
				printf("bench: %s none madvise %zu %llu\n", steps[j].name,
				       64 * MIB / PAGE, (unsigned long long)ns);
		}
	munmap(p, 64 * MIB);
}

int main(int argc, char **argv)
{
	const char *r = getenv("bench_rounds");

	if (r)
		rounds = atoi(r);
	setvbuf(stdout, NULL, _IONBF, 0);
	mkdir("/debug", 0755);
	if (mount("debugfs", "/debug", "debugfs", 0, NULL))
		perror("debugfs");
	packet("page", PAGE);
	packet("order4", 64 * 1024);
	packet("order9", 2 * MIB);
	kcov();
	io_uring();
	guard();
	printf("bench: done\n");
	/* A PC without ACPI stays on, UML would boot again. */
	reboot(getenv("bench_end") ? RB_AUTOBOOT : RB_POWER_OFF);
	return 1;
}
