// SPDX-License-Identifier: GPL-2.0
/*
 * sweep_test.c - every ioctl number there could be, made on KVM's files and on
 * ours side by side: the answers must be the same, and at the end the VMs.
 *
 * Numbers that have no meaning are tried with one pointer; where either side
 * takes a number for one it knows, with all kinds of bad ones.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE		4096
#define NR_NUMBERS	256
#define NR_DIRECTIONS	4
#define LAST_CAP	300
#define FAR_CAP		100000
#define NR_PAGES	4
#define COMPAT_NR_IOCTL	54

/* The two that every call is made on, and how to tell an unknown number. */
struct pair {
	const char *what;
	int kvm;
	int ours;
	int unknown;
	bool has_chips;
};

/* Sizes of arguments: all those of the chips, and some of KVM's own. */
static const unsigned short sizes[] = {
	0, 1, 4, 7, 8, 9, 12, 16, 24, 31, 32, 40, 48, 64, 72, 80, 104, 112,
	128, 144, 216, 240, 312, 416, 520, 1024, 4096, 16383,
};

/*
 * KVM_RUN may block. Of a VM without chips, KVM of 6.1 makes a PIT all the
 * same, and then answers for it: entry 19 of kvm-parity.rst, in create_test.c.
 */
static bool is_left_out(const struct pair *pair, unsigned int cmd)
{
	switch (cmd) {
	case KVM_RUN:
		return true;
	case KVM_CREATE_PIT:
	case KVM_CREATE_PIT2:
		return !pair->has_chips &&
		       parity(PARITY_PIT_WANTS_CHIPS, !kernel_since(6, 12), 0);
	default:
		return false;
	}
}

static bool makes_a_file(unsigned int cmd)
{
	switch (cmd) {
	case KVM_CREATE_VM:
	case KVM_CREATE_VCPU:
	case KVM_GET_STATS_FD:
		return true;
	default:
		return false;
	}
}

/*
 * ioctl() as a 32-bit program makes it; every argument of ours is below 4 GiB.
 * The kernel need not keep the registers that such a program has not.
 */
static int ioctl_compat(int fd, unsigned long cmd, void *argument)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a" (result)
			 : "a" (COMPAT_NR_IOCTL), "b" (fd), "c" (cmd),
			   "d" (argument)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

/* How the calls are made. */
static int (*make_call)(int, unsigned long, void *) = __sys_ioctl;

static int try_one(int fd, unsigned int cmd, void *argument)
{
	int result = make_call(fd, cmd, argument);

	if (result < 0 || !makes_a_file(cmd))
		return result;
	close(result);
	return 0;
}

/* Arguments that are there in full, or end before bytes nobody can touch. */
static char *read_only, *zeros, *before_hole;

static char *map_pages(unsigned int nr, int protection)
{
	char *pages = mmap(NULL, nr * PAGE, protection,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	ASSERT_TRUE(pages != MAP_FAILED);
	return pages;
}

/* The hole is a mapping too, so that nothing else is ever mapped there. */
static void make_arguments(void)
{
	read_only = map_pages(NR_PAGES, PROT_READ);
	zeros = map_pages(NR_PAGES, PROT_READ | PROT_WRITE);
	before_hole = map_pages(2, PROT_READ | PROT_WRITE) + PAGE;
	ASSERT_EQ(0, mprotect(before_hole, PAGE, PROT_NONE));
}

/* What one call wrote must not be what the next one reads. */
static int try_on_zeros(int fd, unsigned int cmd, void *argument)
{
	memset(zeros, 0, NR_PAGES * PAGE);
	memset(before_hole - PAGE, 0, PAGE);
	return try_one(fd, cmd, argument);
}

/* What both say, or a failure. */
static int compare(const struct pair *pair, unsigned int cmd, const char *how,
		   void *argument)
{
	int want = try_on_zeros(pair->kvm, cmd, argument);
	int got = try_on_zeros(pair->ours, cmd, argument);

	if (want != got)
		test_note("%s: ioctl %#x, argument %s", pair->what, cmd, how);
	EXPECT_EQ(want, got);
	return want;
}

/*
 * KVM_GET_IRQCHIP reads and writes the chip's bytes only: entry 7 of
 * kvm-parity.rst. errno_test.c has what it says to less.
 */
static bool may_be_cut(unsigned int cmd)
{
	return parity(PARITY_GET_IRQCHIP_SIZE, cmd != KVM_GET_IRQCHIP, true);
}

static void compare_bad_pointers(const struct pair *pair, unsigned int cmd)
{
	unsigned int size = _IOC_SIZE(cmd);

	compare(pair, cmd, "not canonical", (void *)(1UL << 63));
	compare(pair, cmd, "of the kernel", (void *)-1UL);
	compare(pair, cmd, "unmapped", before_hole);
	compare(pair, cmd, "of one byte", before_hole - 1);
	if (size > 1 && size <= PAGE && may_be_cut(cmd))
		compare(pair, cmd, "cut off", before_hole - size + 1);
	compare(pair, cmd, "read-only", read_only);
	compare(pair, cmd, "of zeros", zeros);
}

static void sweep_number(const struct pair *pair, unsigned int type,
			 unsigned int nr)
{
	unsigned int i, direction;

	for (direction = 0; direction < NR_DIRECTIONS; direction++)
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			unsigned int cmd = _IOC(direction, type, nr, sizes[i]);

			if (is_left_out(pair, cmd))
				continue;
			if (compare(pair, cmd, "NULL", NULL) != pair->unknown)
				compare_bad_pointers(pair, cmd);
		}
}

/* By the header's own numbers, whose sizes need not be among ours. */
static const unsigned int known[] = {
	KVM_CREATE_IRQCHIP, KVM_IRQ_LINE, KVM_IRQ_LINE_STATUS, KVM_GET_IRQCHIP,
	KVM_SET_IRQCHIP, KVM_CREATE_PIT, KVM_CREATE_PIT2, KVM_GET_PIT,
	KVM_SET_PIT, KVM_GET_PIT2, KVM_SET_PIT2, KVM_REINJECT_CONTROL,
	KVM_SET_GSI_ROUTING, KVM_IRQFD, KVM_SIGNAL_MSI, KVM_ENABLE_CAP,
	KVM_INTERRUPT, KVM_SET_BOOT_CPU_ID, KVM_GET_LAPIC, KVM_SET_LAPIC,
	KVM_HYPERV_EVENTFD, KVM_GET_STATS_FD, KVM_CHECK_EXTENSION,
	KVM_CREATE_VCPU, KVM_IOEVENTFD, KVM_SET_USER_MEMORY_REGION,
	KVM_SET_TSS_ADDR, KVM_SET_IDENTITY_MAP_ADDR, KVM_GET_CLOCK,
	KVM_SET_CLOCK, KVM_GET_MSRS, KVM_SET_MSRS, KVM_GET_REGS,
	KVM_GET_SREGS, KVM_SET_SREGS, KVM_GET_VCPU_EVENTS,
	KVM_SET_VCPU_EVENTS, KVM_GET_MP_STATE, KVM_SET_MP_STATE, KVM_NMI,
	KVM_SMI, KVM_KVMCLOCK_CTRL, KVM_SET_CPUID2, KVM_GET_XSAVE,
	KVM_GET_XCRS, KVM_GET_DEBUGREGS, KVM_GET_NESTED_STATE,
	KVM_GET_SUPPORTED_CPUID, KVM_GET_MSR_INDEX_LIST, KVM_CREATE_DEVICE,
	KVM_SET_SIGNAL_MASK, KVM_GET_TSC_KHZ, KVM_SET_TSC_KHZ,
	KVM_TPR_ACCESS_REPORTING, KVM_SET_VAPIC_ADDR, KVM_X86_SETUP_MCE,
	KVM_XEN_HVM_CONFIG, KVM_GET_FPU, KVM_TRANSLATE,
};

static void sweep(const struct pair *pair)
{
	unsigned int i, nr;

	for (nr = 0; nr < NR_NUMBERS; nr++)
		sweep_number(pair, KVMIO, nr);
	for (nr = 0; nr < NR_NUMBERS; nr++)
		compare(pair, _IO('!', nr), "NULL", NULL);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (is_left_out(pair, known[i]))
			continue;
		compare(pair, known[i], "NULL", NULL);
		compare_bad_pointers(pair, known[i]);
	}
}

/* Two VMs made alike. */
enum state { NONE, SPLIT, CHIPS, WITH_PIT };

static int make_vm(int dev, enum state state)
{
	struct vm vm = { .dev = dev };

	vm.fd = __sys_ioctl_value(dev, KVM_CREATE_VM, 0);
	ASSERT_LE(0, vm.fd);
	if (state == SPLIT)
		ASSERT_EQ(0, __vm_split_irqchip(&vm, 24));
	if (state >= CHIPS)
		ASSERT_EQ(0, __vm_create_irqchip(&vm));
	if (state == WITH_PIT)
		vm_create_pit2(&vm, KVM_PIT_SPEAKER_DUMMY);
	return vm.fd;
}

FIXTURE(sweep) { struct pair node, vm, vcpu; };
FIXTURE_SETUP(sweep)
{
	struct vm vm;

	make_arguments();
	self->node = (struct pair) {
		"node", open("/dev/kvm", O_RDWR), node_open(), -EINVAL,
	};
	ASSERT_LE(0, self->node.kvm);
	vm.fd = __sys_ioctl_value(self->node.kvm, KVM_CREATE_VM, 0);
	if (__vm_create_irqchip(&vm) == -ENOTTY)
		test_skip("this KVM was built without PIC and IOAPIC");
}

static void make_vms(struct fixture_sweep *self, enum state state)
{
	self->vm = (struct pair) {
		"VM", make_vm(self->node.kvm, state),
		make_vm(self->node.ours, state), -ENOTTY, state >= CHIPS,
	};
}

static void make_vcpus(struct fixture_sweep *self)
{
	self->vcpu = (struct pair) {
		"vCPU", __sys_ioctl_value(self->vm.kvm, KVM_CREATE_VCPU, 0),
		__sys_ioctl_value(self->vm.ours, KVM_CREATE_VCPU, 0), -EINVAL,
	};
	ASSERT_LE(0, self->vcpu.kvm);
	ASSERT_LE(0, self->vcpu.ours);
}

/* After all that was done to both, they still look alike. */
static void expect_alike(const struct pair *vm)
{
	struct kvm_irqchip want, got;
	unsigned int chip;

	for (chip = 0; chip < KVM_NR_IRQCHIPS; chip++) {
		memset(&want, 0, sizeof(want));
		memset(&got, 0, sizeof(got));
		want.chip_id = chip;
		got.chip_id = chip;
		EXPECT_EQ(__sys_ioctl(vm->kvm, KVM_GET_IRQCHIP, &want),
			  __sys_ioctl(vm->ours, KVM_GET_IRQCHIP, &got));
		/* It was zeroed by KVM_SET_IRQCHIP; a PC has a fixed one. */
		if (chip == KVM_IRQCHIP_PIC_MASTER)
			want.chip.pic.elcr_mask =
				parity(PARITY_RESTORE_SANE,
				       got.chip.pic.elcr_mask, 0);
		EXPECT_EQ(0, memcmp(&want, &got, sizeof(want)));
	}
}

static void sweep_vm(struct fixture_sweep *self, enum state state)
{
	make_vms(self, state);
	sweep(&self->vm);
	make_vms(self, state);
	make_vcpus(self);
	sweep(&self->vm);
	expect_alike(&self->vm);
}

TEST_F_WITH(sweep, node, .only = "stacked")
{
	sweep(&self->node);
}

TEST_F_WITH(sweep, vm_without_chips, .only = "stacked")
{
	sweep_vm(self, NONE);
}

TEST_F_WITH(sweep, vm_with_split_chips, .only = "stacked")
{
	sweep_vm(self, SPLIT);
}

TEST_F_WITH(sweep, vm_with_chips, .only = "stacked")
{
	sweep_vm(self, CHIPS);
}

TEST_F_WITH(sweep, vm_with_chips_and_pit, .only = "stacked")
{
	sweep_vm(self, WITH_PIT);
}

TEST_F_WITH(sweep, vcpu_without_chips, .only = "stacked")
{
	make_vms(self, NONE);
	make_vcpus(self);
	sweep(&self->vcpu);
}

TEST_F_WITH(sweep, vcpu_with_chips, .only = "stacked")
{
	make_vms(self, CHIPS);
	make_vcpus(self);
	sweep(&self->vcpu);
	expect_alike(&self->vm);
}

/* A kernel without calls of 32-bit programs kills whoever makes one. */
static void make_calls_as_32_bit(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(ioctl_compat(-1, KVM_RUN, NULL) != -EBADF);
	waitpid(pid, &status, 0);
	if (status)
		test_skip("this kernel has no 32-bit system calls");
	make_call = ioctl_compat;
}

TEST_F_WITH(sweep, node_from_32_bits, .only = "stacked")
{
	make_calls_as_32_bit();
	sweep(&self->node);
}

TEST_F_WITH(sweep, vm_from_32_bits, .only = "stacked")
{
	make_vms(self, WITH_PIT);
	make_vcpus(self);
	make_calls_as_32_bit();
	sweep(&self->vm);
	expect_alike(&self->vm);
}

TEST_F_WITH(sweep, vcpu_from_32_bits, .only = "stacked")
{
	make_vms(self, CHIPS);
	make_vcpus(self);
	make_calls_as_32_bit();
	sweep(&self->vcpu);
	expect_alike(&self->vm);
}

static void compare_caps(const struct pair *pair)
{
	unsigned long cap;

	for (cap = 0; cap < LAST_CAP; cap++) {
		int want = right_extension(pair->kvm, cap);
		int got = node_extension(pair->ours, cap);

		if (want != got)
			test_note("capability %lu of a %s", cap, pair->what);
		EXPECT_EQ(want, got);
	}
	compare(pair, KVM_CHECK_EXTENSION, "no capability", (void *)FAR_CAP);
	compare(pair, KVM_CHECK_EXTENSION, "no capability", (void *)-1UL);
}

TEST_F_WITH(sweep, capabilities_of_every_vm, .only = "stacked")
{
	enum state state;

	compare_caps(&self->node);
	for (state = NONE; state <= WITH_PIT; state++) {
		make_vms(self, state);
		compare_caps(&self->vm);
		make_vcpus(self);
		compare_caps(&self->vm);
	}
}
