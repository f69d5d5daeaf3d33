// SPDX-License-Identifier: GPL-2.0
/*
 * The first program of the guest without an MMU, as scripts/lib/guest/init is
 * that of the others: runs COMMAND, a program in /tests, as the suite SUITE, and
 * ends the machine. For nolibc.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static long free_kb(void)
{
	static char text[2048];
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	char *p = NULL;

	write(fd, "3\n", 2);
	close(fd);
	fd = open("/proc/meminfo", O_RDONLY);
	if (read(fd, text, sizeof(text) - 1) > 0)
		p = strstr(text, "MemFree:");
	close(fd);
	if (!p)
		return 0;
	for (p += 8; *p == ' '; p++)
		;
	return strtoul(p, NULL, 10);
}

int main(void)
{
	const char *suite = getenv("SUITE") ?: "none";
	const char *command = getenv("COMMAND") ?: "none";
	char path[64], *argv[2], *envp[1];
	int fd, status = 0, rc;
	long before;
	pid_t pid;

	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	fd = open("/dev/hvc0", O_RDWR);
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);

	snprintf(path, sizeof(path), "/tests/%s", command);
	argv[0] = path;
	argv[1] = NULL;
	envp[0] = NULL;
	printf("# vm_insert: %s begins\n", suite);
	before = free_kb();
	pid = vfork();
	if (!pid) {
		execve(path, argv, envp);
		_exit(126);
	}
	waitpid(pid, &status, 0);
	rc = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	printf("# vm_insert: %s exit %d memory %ld %ld\n", suite, rc, before, free_kb());
	/* The port has no way to say when all of it is out. */
	sleep(1);
	reboot(LINUX_REBOOT_CMD_POWER_OFF);
	return 0;
}
