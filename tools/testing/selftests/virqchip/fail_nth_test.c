// SPDX-License-Identifier: GPL-2.0
/*
 * fail_nth_test.c - every ioctl of ours with its first, second, third, ...
 * allocation or copy made to fail, until it passes untouched.
 *
 * Each failure must be a clean errno, or be tolerated; after it the same call
 * works, a line still reaches its pin, and no descriptor is left. What is left
 * in memory is kmemleak's to find. Needs a kernel with fault injection. KVM_RUN
 * is left out: nothing of ours is allocated there, and KVM may give the guest a
 * fault instead of an errno to the VMM.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_NTH		5000
#define NR_ROUTES	24
#define PIN		20
#define MSI_GSI		40
#define VECTOR		IOAPIC_VECTOR(PIN)
#define TIMEOUT		300
#define KSFT_SKIP	4

static int fail_nth_fd = -1;

static void write_setting(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		test_skip("no %s: is debugfs mounted?", path);
	ASSERT_EQ((int)strlen(value), write(fd, value, strlen(value)));
	close(fd);
}

/* One line for all of them, where none can be run. */
__attribute__((constructor)) static void need_fault_injection(void)
{
	if (!access("/proc/self/fail-nth", F_OK))
		return;
	printf("TAP version 13\n1..0 # SKIP this kernel has no fault injection\n");
	exit(KSFT_SKIP);
}

/* Also allocations that may sleep; and no back-trace for each failure. */
static void open_fail_nth(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%ld/fail-nth",
		 syscall(SYS_gettid));
	fail_nth_fd = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_TRUE(fail_nth_fd >= 0);
	write_setting("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	write_setting("/sys/kernel/debug/failslab/verbose", "0");
	write_setting("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	write_setting("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	write_setting("/sys/kernel/debug/fail_page_alloc/verbose", "0");
	write_setting("/sys/kernel/debug/fail_usercopy/verbose", "0");
}

static void arm(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	ASSERT_EQ(length, pwrite(fail_nth_fd, text, length, 0));
}

/* True if nothing failed. What is still armed may hit these very calls. */
static bool disarm(void)
{
	char text[16] = "";
	ssize_t length = pread(fail_nth_fd, text, sizeof(text) - 1, 0);

	if (pwrite(fail_nth_fd, "0", 1, 0) != 1)
		ASSERT_EQ(1, pwrite(fail_nth_fd, "0", 1, 0));
	return length <= 0 || strtol(text, NULL, 10) > 0;
}

static unsigned int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int nr = 0;

	ASSERT_TRUE(dir != NULL);
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

static bool is_clean(int result)
{
	switch (result) {
	case -ENOMEM:
	case -EFAULT:
	case -EMFILE:
	case -ENFILE:
	case -EAGAIN:
		return true;
	}
	return result >= 0;
}

FIXTURE(fail_nth) {
	struct vm vm;
	struct routes *routes;
	int event;
	int resample;
};

FIXTURE_SETUP(fail_nth)
{
	open_fail_nth();
	self->routes = routes_new();
	self->event = event_new(0);
	self->resample = event_new(0);
}

/**
 * struct sweep - one operation
 * @begin: the state before it; nothing fails
 * @call: the operation: what it returned, or -errno
 * @end: puts back what a success did, so that it can be called again; or NULL
 */
struct sweep {
	void (*begin)(struct fixture_fail_nth *self);
	int (*call)(struct fixture_fail_nth *self);
	void (*end)(struct fixture_fail_nth *self, int result);
};

static void expect_works(struct vm *vm)
{
	vm_irq_line(vm, PIN, 1);
	EXPECT_EQ(1 << PIN, vm_ioapic(vm).irr & 1 << PIN);
	vm_irq_line(vm, PIN, 0);
	EXPECT_EQ(0, vm_ioapic(vm).irr & 1 << PIN);
}

static void close_vm(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < VM_MAX_VCPUS; i++) {
		if (!vm->vcpus[i].run)
			continue;
		munmap(vm->vcpus[i].run, vm->vcpus[i].run_size);
		close(vm->vcpus[i].fd);
	}
	if (vm->ram)
		munmap(vm->ram, VM_RAM_SIZE);
	close(vm->fd);
	close(vm->dev);
}

/* One failure; false if there was none any more. */
static bool fail_one(struct fixture_fail_nth *self, const struct sweep *sweep,
		     unsigned int nth, unsigned int *tolerated)
{
	unsigned int fds = count_fds();
	bool untouched;
	int result;

	sweep->begin(self);
	arm(nth);
	result = sweep->call(self);
	untouched = disarm();
	if (untouched)
		EXPECT_LE(0, result);
	else if (!is_clean(result))
		test_note("failure %u: errno %d", nth, -result);
	EXPECT_TRUE(is_clean(result));
	*tolerated += !untouched && result >= 0;
	if (result < 0) {
		result = sweep->call(self);
		EXPECT_LE(0, result);
	}
	if (sweep->end)
		sweep->end(self, result);
	close_vm(&self->vm);
	EXPECT_EQ(fds, count_fds());
	return !untouched;
}

static void run_sweep(struct fixture_fail_nth *self, const char *name,
		      const struct sweep *sweep)
{
	unsigned int nth, tolerated = 0;

	for (nth = 1; nth < MAX_NTH && !test_failed(); nth++)
		if (!fail_one(self, sweep, nth, &tolerated))
			break;
	test_note("%s %s: %u failure points, %u tolerated", variant->name, name,
		  nth - 1, tolerated);
	EXPECT_LT(nth, MAX_NTH);
}

#define SWEEP(name, ...)						\
	TEST_F_WITH(fail_nth, name, .timeout = TIMEOUT)			\
	{								\
		run_sweep(self, #name, &(const struct sweep) { __VA_ARGS__ }); \
	}

/* ---- making a VM ----------------------------------------------------- */

static void begin_node(struct fixture_fail_nth *self)
{
	memset(&self->vm, 0, sizeof(self->vm));
	self->vm.dev = node_open();
	self->vm.fd = -1;
}

static int create_vm(struct fixture_fail_nth *self)
{
	return self->vm.fd = __sys_ioctl_value(self->vm.dev, KVM_CREATE_VM, 0);
}

static int check_extension(struct fixture_fail_nth *self)
{
	return node_extension(self->vm.dev, KVM_CAP_IRQCHIP);
}

/* KVM claims KVM_CAP_IRQCHIP also without: skip if it cannot make one. */
static void begin_bare(struct fixture_fail_nth *self)
{
	if (!variant->stacked) {
		vm_open(&self->vm);
		vm_create_irqchip(&self->vm);
		close_vm(&self->vm);
	}
	vm_open(&self->vm);
}

static int create_irqchip(struct fixture_fail_nth *self)
{
	return __vm_create_irqchip(&self->vm);
}

static void end_works(struct fixture_fail_nth *self, int result)
{
	(void)result;
	expect_works(&self->vm);
}

static void begin_chips(struct fixture_fail_nth *self)
{
	vm_open(&self->vm);
	vm_create_irqchip(&self->vm);
}

static int create_pit(struct fixture_fail_nth *self)
{
	return __vm_create_pit(&self->vm);
}

static int create_pit2(struct fixture_fail_nth *self)
{
	return __vm_create_pit2(&self->vm, 0);
}

static int create_vcpu(struct fixture_fail_nth *self)
{
	return __vm_create_vcpu(&self->vm, 0);
}

static void end_vcpu(struct fixture_fail_nth *self, int fd)
{
	if (fd >= 0)
		close(fd);
	expect_works(&self->vm);
}

SWEEP(create_vcpu, begin_chips, create_vcpu, end_vcpu)
SWEEP(check_extension, begin_node, check_extension)
SWEEP(create_irqchip, begin_bare, create_irqchip, end_works)
SWEEP(create_pit, begin_chips, create_pit, end_works)
SWEEP(create_pit2, begin_chips, create_pit2, end_works)

/* ---- routes and irqfds ----------------------------------------------- */

static void use_routes(struct fixture_fail_nth *self, bool message)
{
	unsigned int pin;

	self->routes->head.nr = 0;
	for (pin = 0; pin < NR_ROUTES; pin++)
		routes_add_pin(self->routes, pin, KVM_IRQCHIP_IOAPIC, pin);
	if (message)
		routes_add_msi(self->routes, MSI_GSI, MSI_ADDRESS(0), VECTOR);
	else
		routes_add_pin(self->routes, MSI_GSI, KVM_IRQCHIP_IOAPIC, PIN);
}

static void begin_routes(struct fixture_fail_nth *self)
{
	begin_chips(self);
	use_routes(self, false);
	self->routes->head.nr = NR_ROUTES;
}

static void begin_messages(struct fixture_fail_nth *self)
{
	begin_chips(self);
	use_routes(self, true);
}

/* The irqfd is KVM's, and becomes ours. */
static void begin_leave(struct fixture_fail_nth *self)
{
	begin_messages(self);
	vm_set_routes(&self->vm, self->routes);
	vm_irqfd(&self->vm, self->event, MSI_GSI);
	use_routes(self, false);
}

/* The other way round. */
static void begin_go(struct fixture_fail_nth *self)
{
	begin_chips(self);
	use_routes(self, false);
	vm_set_routes(&self->vm, self->routes);
	vm_irqfd(&self->vm, self->event, MSI_GSI);
	use_routes(self, true);
}

static int set_routes(struct fixture_fail_nth *self)
{
	return __vm_set_routes(&self->vm, self->routes);
}

static void end_deassign(struct fixture_fail_nth *self, int result)
{
	(void)result;
	vm_irqfd_deassign(&self->vm, self->event, MSI_GSI);
	expect_works(&self->vm);
}

static int assign(struct fixture_fail_nth *self)
{
	return __vm_irqfd(&self->vm, self->event, MSI_GSI, 0, 0);
}

static int assign_resample(struct fixture_fail_nth *self)
{
	return __vm_irqfd(&self->vm, self->event, MSI_GSI,
			  KVM_IRQFD_FLAG_RESAMPLE, self->resample);
}

static int deassign(struct fixture_fail_nth *self)
{
	return __vm_irqfd(&self->vm, self->event, MSI_GSI,
			  KVM_IRQFD_FLAG_DEASSIGN, 0);
}

static void begin_pin_route(struct fixture_fail_nth *self)
{
	begin_chips(self);
	use_routes(self, false);
	vm_set_routes(&self->vm, self->routes);
}

static void begin_message_route(struct fixture_fail_nth *self)
{
	begin_messages(self);
	vm_set_routes(&self->vm, self->routes);
}

SWEEP(set_gsi_routing_pins, begin_routes, set_routes, end_works)
SWEEP(set_gsi_routing_messages, begin_messages, set_routes, end_works)
SWEEP(set_gsi_routing_irqfd_leaves_kvm, begin_leave, set_routes, end_deassign)
SWEEP(set_gsi_routing_irqfd_goes_to_kvm, begin_go, set_routes, end_deassign)
SWEEP(irqfd_assign_pin, begin_pin_route, assign, end_deassign)
SWEEP(irqfd_assign_message, begin_message_route, assign, end_deassign)
SWEEP(irqfd_assign_resample, begin_pin_route, assign_resample, end_deassign)
SWEEP(irqfd_deassign_pin, begin_go, deassign, end_works)
SWEEP(irqfd_deassign_message, begin_leave, deassign, end_works)

/* ---- state and lines ------------------------------------------------- */

static struct kvm_irqchip chip;
static struct kvm_pit_state pit;
static struct kvm_pit_state2 pit2;

static void begin_pit(struct fixture_fail_nth *self)
{
	begin_chips(self);
	vm_create_pit2(&self->vm, 0);
	vm_get_irqchip(&self->vm, KVM_IRQCHIP_IOAPIC, &chip);
	vm_get_pit2(&self->vm, &pit2);
	memcpy(&pit, &pit2, sizeof(pit));
}

static int get_irqchip(struct fixture_fail_nth *self)
{
	return __vm_get_irqchip(&self->vm, KVM_IRQCHIP_IOAPIC, &chip);
}

static int set_irqchip(struct fixture_fail_nth *self)
{
	return __vm_set_irqchip(&self->vm, &chip);
}

static int get_pit(struct fixture_fail_nth *self)
{
	return __sys_ioctl(self->vm.fd, KVM_GET_PIT, &pit);
}

static int set_pit(struct fixture_fail_nth *self)
{
	return __sys_ioctl(self->vm.fd, KVM_SET_PIT, &pit);
}

static int get_pit2(struct fixture_fail_nth *self)
{
	return __vm_get_pit2(&self->vm, &pit2);
}

static int set_pit2(struct fixture_fail_nth *self)
{
	return __vm_set_pit2(&self->vm, &pit2);
}

static int reinject(struct fixture_fail_nth *self)
{
	return __vm_reinject(&self->vm, false);
}

static int irq_line(struct fixture_fail_nth *self)
{
	return __vm_irq_line(&self->vm, PIN, 1);
}

static int irq_line_status(struct fixture_fail_nth *self)
{
	int status;

	return __vm_irq_line_status(&self->vm, PIN, 1, &status);
}

static void begin_vcpu(struct fixture_fail_nth *self)
{
	begin_chips(self);
	lapic_enable(vm_add_vcpu(&self->vm, 0));
}

static int signal_msi(struct fixture_fail_nth *self)
{
	return __vm_signal_msi(&self->vm, MSI_ADDRESS(0), VECTOR);
}

SWEEP(get_irqchip, begin_pit, get_irqchip, end_works)
SWEEP(set_irqchip, begin_pit, set_irqchip, end_works)
SWEEP(get_pit, begin_pit, get_pit, end_works)
SWEEP(set_pit, begin_pit, set_pit, end_works)
SWEEP(get_pit2, begin_pit, get_pit2, end_works)
SWEEP(set_pit2, begin_pit, set_pit2, end_works)
SWEEP(reinject_control, begin_pit, reinject, end_works)
SWEEP(irq_line, begin_chips, irq_line, end_works)
SWEEP(irq_line_status, begin_chips, irq_line_status, end_works)
SWEEP(signal_msi, begin_vcpu, signal_msi, end_works)

/* The longest comes last: KVM makes a file in debugfs for each of its counters. */
SWEEP(create_vm, begin_node, create_vm)
