// SPDX-License-Identifier: GPL-2.0
/*
 * memcg_test.c - a VMM in a memory cgroup. What it makes the module allocate is
 * charged to that. When the group is full the kernel kills the VMM, in the
 * middle of whatever ioctl it is in; its memory comes back, and others do not
 * notice.
 *
 * The kernel says whom it kills, with a back-trace: report.sh knows.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"
#include "stress.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOT		"/sys/fs/cgroup"
#define GROUP		ROOT "/virqchip-memcg-test"
#define LIMIT_KIB	8192
#define LEFT_KIB	1024	/* caches, and batches of each CPU */
#define NR_ROUNDS	4
#define NR_VMS		1000
#define PIN		20
#define PAGE		4096
#define NR_MESSAGES	100
#define PAGEMAP_PRESENT	(1ULL << 63)
#define PAGEMAP_PFN	((1ULL << 55) - 1)

FIXTURE(memcg) { struct vm vm; };
FIXTURE_SETUP(memcg)
{
	vm_open(&self->vm);
	vm_create_irqchip(&self->vm);
}

static bool write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static long read_kib(const char *path)
{
	long bytes = -1;
	FILE *file = fopen(path, "r");

	ASSERT_TRUE(file != NULL);
	ASSERT_EQ(1, fscanf(file, "%ld", &bytes));
	fclose(file);
	return bytes / 1024;
}

static void make_group(void)
{
	char limit[32];

	snprintf(limit, sizeof(limit), "%dK", LIMIT_KIB);
	if (!write_to(ROOT "/cgroup.subtree_control", "+memory"))
		test_skip("no memory cgroups");
	rmdir(GROUP);
	ASSERT_EQ(0, mkdir(GROUP, 0755));
	ASSERT_TRUE(write_to(GROUP "/memory.max", limit));
}

/* Everything is charged to the group, until somebody has to go. */
static void take_all(void)
{
	struct rlimit files = { 20000, 20000 };
	static struct vm vms[NR_VMS];
	unsigned int i;

	setrlimit(RLIMIT_NOFILE, &files);
	if (!write_to(GROUP "/cgroup.procs", "0"))
		_exit(1);
	for (i = 0; i < NR_VMS; i++) {
		vm_open_with_chips(&vms[i]);
		vm_create_pit2(&vms[i], 0);
		vm_add_vcpu(&vms[i], 0);
		vm_irqfd(&vms[i], event_new(0), PIN);
	}
	_exit(0);
}

static bool is_killed(void)
{
	pid_t pid = fork();
	int status;

	ASSERT_LE(0, pid);
	if (!pid)
		take_all();
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	if (!WIFSIGNALED(status))
		test_note("exit status %d", WEXITSTATUS(status));
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void expect_works(struct vm *vm)
{
	vm_irq_line(vm, PIN, 1);
	EXPECT_EQ(1 << PIN, vm_ioapic(vm).irr & 1 << PIN);
	vm_irq_line(vm, PIN, 0);
	EXPECT_EQ(0, vm_ioapic(vm).irr & 1 << PIN);
}

/* Frees that wait for a grace period are late. */
static long left_kib(void)
{
	unsigned int tries;
	long kib = LIMIT_KIB;

	for (tries = 0; tries < 600 && kib > LEFT_KIB; tries++) {
		usleep(100000);
		kib = read_kib(GROUP "/memory.current");
	}
	return kib;
}

TEST_F_WITH(memcg, vmm_is_killed_and_its_memory_comes_back, .only = "stacked")
{
	unsigned int round, killed = 0, rounds = stress_rounds(NR_ROUNDS);

	make_group();
	for (round = 0; round < rounds; round++) {
		killed += is_killed();
		expect_works(&self->vm);
	}
	EXPECT_LT(0, killed);
	EXPECT_LE(left_kib(), LEFT_KIB);
	test_note("%u of %u VMMs were killed, %ld KiB are left", killed, rounds,
		  read_kib(GROUP "/memory.current"));
	rmdir(GROUP);
}

/* ---- windows --------------------------------------------------------- */

/* The 64-bit word of a page in one of proc's tables of pages. */
static uint64_t word_of_page(const char *table, uint64_t page)
{
	int fd = open(table, O_RDONLY | O_CLOEXEC);
	uint64_t word = 0;

	if (fd < 0)
		test_skip("no %s", table);
	ASSERT_EQ((int)sizeof(word), pread(fd, &word, sizeof(word),
					   page * sizeof(word)));
	close(fd);
	return word;
}

/* By its inode, the group that the memory at @address is charged to. */
static uint64_t group_of(unsigned long address)
{
	uint64_t entry = word_of_page("/proc/self/pagemap", address / PAGE);

	ASSERT_TRUE(entry & PAGEMAP_PRESENT);
	return word_of_page("/proc/kpagecgroup", entry & PAGEMAP_PFN);
}

/* How many pages of windows there are, all charged to @group. */
static unsigned int pages_charged_to(uint64_t group)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	unsigned int nr = 0;
	char line[512];

	ASSERT_TRUE(maps != NULL);
	while (fgets(line, sizeof(line), maps)) {
		if (!strstr(line, "virqchip-window") ||
		    sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		for (; start < end; start += PAGE, nr++)
			EXPECT_EQ(group, group_of(start));
	}
	fclose(maps);
	return nr;
}

static void use_windows(void)
{
	struct routes *r = routes_new();
	static struct vm vm;
	struct stat group;
	unsigned int i;

	if (!write_to(GROUP "/cgroup.procs", "0"))
		_exit(1);
	ASSERT_EQ(0, stat(GROUP, &group));
	vm_open_with_chips(&vm);
	for (i = 0; i < NR_MESSAGES; i++)
		routes_add_msi(r, 40 + i, MSI_ADDRESS(0), 0xc0);
	vm_set_routes(&vm, r);
	/* Arguments, and a table of more than a page. */
	EXPECT_LE(3, pages_charged_to(group.st_ino));
	fflush(stdout);
	_exit(test_failed());
}

/* The fixture's windows are not inherited. */
TEST_F_WITH(memcg, windows_are_charged_to_the_vmms_group, .only = "stacked")
{
	pid_t pid;
	int status;

	make_group();
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		use_windows();
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	rmdir(GROUP);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 4)
		test_skip("this kernel does not tell what pages are charged to");
	EXPECT_EQ(0, status);
}
