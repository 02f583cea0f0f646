// SPDX-License-Identifier: GPL-2.0
/*
 * unload_test.c - the module goes exactly when nobody uses it, leaves nothing
 * behind, and can be loaded again.
 *
 * Needs the module for itself: run-all runs it last, so that what the other
 * programs have left is found here.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "harness.h"
#include "vm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MODULE		"virqchip"
#define NODE		"/dev/virqchip"
#define SYSFS		"/sys/module/virqchip"
#define REFCNT		"/sys/module/virqchip/refcnt"
#define DEBUGFS		"/sys/kernel/debug/virqchip"
#define OBJECTS		"/sys/kernel/debug/virqchip/objects"
#define EVENTS		"/sys/kernel/tracing/events/virqchip"
#define SLABS		"/sys/kernel/slab"
#define NR_KINDS	11
#define ROUNDS		20
#define PIN		20
#define NR_VCPUS	12	/* more than are looked at */

FIXTURE(unload) { int unused; };
FIXTURE_SETUP(unload)
{
	self->unused = 0;
}

/* ---- the module ------------------------------------------------------ */

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

/* Where the test host keeps it, unless the environment says otherwise. */
static const char *module_file(void)
{
	const char *env = getenv("VIRQCHIP_KO");

	return env ? env : "/run/testhost/virqchip.ko";
}

static int __unload(void)
{
	return syscall(SYS_delete_module, MODULE, O_NONBLOCK) ? -errno : 0;
}

static void load(void)
{
	int fd = open(module_file(), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		test_fail("%s: %s", module_file(), strerror(errno));
	ASSERT_EQ(0, syscall(SYS_finit_module, fd, "", 0));
	close(fd);
	ASSERT_TRUE(exists(NODE));
}

static unsigned int nr_users(void)
{
	FILE *file = fopen(REFCNT, "r");
	unsigned int users = 0;

	ASSERT_TRUE(file != NULL && fscanf(file, "%u", &users) == 1);
	fclose(file);
	return users;
}

/* How many objects of a kind are alive; of all kinds for NULL. */
static int nr_objects(const char *kind)
{
	unsigned int nr_kinds = 0;
	FILE *file = fopen(OBJECTS, "r");
	char name[32];
	int nr, sum = 0;

	ASSERT_TRUE(file != NULL);
	while (fscanf(file, "%31s %d", name, &nr) == 2) {
		nr_kinds++;
		if (!kind || !strcmp(kind, name))
			sum += nr;
	}
	fclose(file);
	ASSERT_EQ(NR_KINDS, nr_kinds);
	return sum;
}

static unsigned int nr_slab_caches(void)
{
	DIR *directory = opendir(SLABS);
	struct dirent *entry;
	unsigned int nr = 0;

	ASSERT_TRUE(directory != NULL);
	while ((entry = readdir(directory)) != NULL)
		nr += strstr(entry->d_name, MODULE) ||
		      !strncmp(entry->d_name, "vic_", 4);
	closedir(directory);
	return nr;
}

/* RCU frees what has just been closed. */
static void expect_unused(void)
{
	EXPECT_TRUE(EVENTUALLY(!nr_users()));
	EXPECT_TRUE(EVENTUALLY(!nr_objects(NULL)));
}

static void unload(void)
{
	ASSERT_EQ(0, __unload());
	EXPECT_FALSE(exists(NODE));
	EXPECT_FALSE(exists(DEBUGFS));
	EXPECT_FALSE(exists(SYSFS));
	EXPECT_FALSE(exists(EVENTS));
	EXPECT_EQ(0, nr_slab_caches());
}

/* ---- tests ----------------------------------------------------------- */

TEST_F_WITH(unload, nothing_is_left_of_what_ran_before, .only = "stacked")
{
	expect_unused();
	unload();
	load();
}

TEST_F_WITH(unload, open_node_keeps_it, .only = "stacked")
{
	int fd = node_open();

	EXPECT_EQ(1, nr_objects("node"));
	EXPECT_EQ(-EWOULDBLOCK, __unload());
	close(fd);
	unload();
	load();
}

TEST_F_WITH(unload, vm_keeps_it_without_its_node, .only = "stacked")
{
	struct vm vm;

	vm_open_with_chips(&vm);
	vm_create_pit2(&vm, 0);
	close(vm.dev);
	EXPECT_EQ(1, nr_objects("vm"));
	EXPECT_EQ(1, nr_objects("pic"));
	EXPECT_EQ(1, nr_objects("ioapic"));
	EXPECT_EQ(1, nr_objects("pit"));
	EXPECT_EQ(1, nr_objects("table"));
	EXPECT_LE(1, nr_objects("window"));
	EXPECT_EQ(-EWOULDBLOCK, __unload());
	close(vm.fd);
	expect_unused();
	unload();
	load();
}

TEST_F_WITH(unload, vcpu_keeps_it_without_its_vm, .only = "stacked")
{
	struct vm vm;
	int vcpu;

	vm_open(&vm);
	vm_create_irqchip(&vm);
	vcpu = __vm_create_vcpu(&vm, 0);
	ASSERT_LE(0, vcpu);
	close(vm.dev);
	close(vm.fd);
	EXPECT_EQ(1, nr_objects("vcpu"));
	EXPECT_EQ(1, nr_objects("vm"));
	EXPECT_EQ(-EWOULDBLOCK, __unload());
	close(vcpu);
	expect_unused();
	unload();
	load();
}

TEST_F_WITH(unload, irqfds_and_resamplers_are_counted, .only = "stacked")
{
	int level = event_new(0), edge = event_new(0), resample = event_new(0);
	struct vm vm;

	vm_open_with_chips(&vm);
	vm_irqfd(&vm, edge, 21);
	vm_irqfd_resample(&vm, level, 20, resample);
	EXPECT_EQ(2, nr_objects("irqfd"));
	EXPECT_EQ(1, nr_objects("resampler"));
	vm_irqfd_deassign(&vm, level, 20);
	EXPECT_EQ(0, nr_objects("resampler"));
	EXPECT_TRUE(EVENTUALLY(nr_objects("irqfd") == 1));
	close(vm.fd);
	EXPECT_TRUE(EVENTUALLY(!nr_objects("irqfd")));
}

TEST_F_WITH(unload, it_comes_back_again_and_again, .only = "stacked")
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		expect_unused();
		unload();
		load();
		close(node_open());
	}
}

/* The last user of a VM may be a work item; unloading waits for it. */
TEST_F_WITH(unload, while_a_work_item_holds_a_vm, .only = "stacked")
{
	unsigned int i, id;

	for (i = 0; i < ROUNDS / 4; i++) {
		int event = event_new(0), vcpus[NR_VCPUS];
		struct vm vm;

		vm_open(&vm);
		vm_create_irqchip(&vm);
		for (id = 0; id < NR_VCPUS; id++) {
			vcpus[id] = __vm_create_vcpu(&vm, id);
			ASSERT_LE(0, vcpus[id]);
		}
		vm_set_rte(&vm, PIN, IOAPIC_VECTOR(PIN));
		vm_irqfd(&vm, event, PIN);
		close(vm.dev);
		event_signal(event);
		for (id = 0; id < NR_VCPUS; id++)
			close(vcpus[id]);
		close(vm.fd);
		EXPECT_TRUE(EVENTUALLY(!__unload()));
		EXPECT_FALSE(exists(DEBUGFS));
		load();
		close(event);
	}
}

/* By then every other test's process has ended, and its windows with it. */
TEST_F_WITH(unload, nothing_is_left_in_the_end, .only = "stacked")
{
	expect_unused();
	unload();
	load();
}
