// SPDX-License-Identifier: GPL-2.0
/*
 * errno_test.c - what every ioctl of the chips answers, as data: one row a
 * call, one column a state of the VM. The tests below make each call well and
 * in every wrong way, and see that a failed one has left nothing behind.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE			4096
#define NO_SUCH_FLAG		0x10000
#define LAST_ROUTE		4096
#define NO_SUCH_CHIP		KVM_NR_IRQCHIPS
#define NON_CANONICAL		0x8000000000000000UL
#define KERNEL_ADDRESS		0xffffffff81000000UL
#define X2APIC_API_BOTH_IDS	3
#define X2APIC_API_SUPPRESS	4
#define X2APIC_API_NO_SUPPRESS	8
#define X2APIC_API_NO_SUCH	16
#define CAP_NO_SUCH		100000

/* The states of a VM: the columns. */
enum state { NONE, SPLIT, CHIPS, WITH_PIT, NR_STATES };

static const char *const state_names[] = {
	"without chips", "split", "with chips", "with chips and PIT",
};

/* Answers that are no plain number; see answer(). */
enum {
	A_FILE = 10000,	/* a descriptor */
	NO_PIT,		/* a PIT without chips */
	NEW_FLAG,	/* a flag that newer kernels know */
	BOOT_ID,	/* a number that newer kernels refuse */
	SYNIC,		/* a part that KVM can be built without */
};

/**
 * struct call - one ioctl with its argument
 * @name: for the reader
 * @cmd: its number
 * @arg: what its argument points to
 * @size: bytes of @arg; 0: @value is the argument
 * @value: a plain argument
 * @out: written on success
 * @late: the argument is read, or written, after the state was looked at
 * @part: PARITY_GET_IRQCHIP_SIZE if not all of the argument is needed
 * @again: the answer to the same call once more, if it is another and not 0
 * @want: the answers, by state
 */
struct call {
	const char *name;
	unsigned long cmd;
	const void *arg;
	size_t size;
	unsigned long value;
	bool out;
	bool late;
	bool part;
	int again[NR_STATES];
	int want[NR_STATES];
};

#define ARG(...) .arg = &(__VA_ARGS__), .size = sizeof(__VA_ARGS__)
#define WANT(...) .want = { __VA_ARGS__ }
#define AGAIN(...) .again = { __VA_ARGS__ }
#define IN_ALL(answer) WANT(answer, answer, answer, answer)
#define CAP(number, argument) ARG((struct kvm_enable_cap) {		\
		.cap = KVM_CAP_##number, .args[0] = argument })

static const struct call vm_calls[] = {
	/* Making chips. */
	{ "CREATE_IRQCHIP", KVM_CREATE_IRQCHIP,
	  WANT(0, -EEXIST, -EEXIST, -EEXIST), AGAIN(-EEXIST) },
	{ "CREATE_PIT", KVM_CREATE_PIT,
	  WANT(NO_PIT, NO_PIT, 0, -EEXIST), AGAIN(0, 0, -EEXIST) },
	{ "CREATE_PIT2", KVM_CREATE_PIT2, ARG((struct kvm_pit_config) {}),
	  WANT(NO_PIT, NO_PIT, 0, -EEXIST), AGAIN(0, 0, -EEXIST) },
	{ "CREATE_PIT2, any flags", KVM_CREATE_PIT2,
	  ARG((struct kvm_pit_config) { .flags = UINT32_MAX, .pad[3] = 7 }),
	  WANT(NO_PIT, NO_PIT, 0, -EEXIST), AGAIN(0, 0, -EEXIST) },
	{ "CREATE_VCPU", KVM_CREATE_VCPU, IN_ALL(A_FILE),
	  AGAIN(-EEXIST, -EEXIST, -EEXIST, -EEXIST) },
	{ "CREATE_VCPU, no such id", KVM_CREATE_VCPU, .value = UINT32_MAX,
	  IN_ALL(-EINVAL) },
	{ "SET_BOOT_CPU_ID", KVM_SET_BOOT_CPU_ID, IN_ALL(0) },
	{ "SET_BOOT_CPU_ID, no such id", KVM_SET_BOOT_CPU_ID,
	  .value = UINT32_MAX, IN_ALL(BOOT_ID) },

	/* Lines and messages. */
	{ "IRQ_LINE", KVM_IRQ_LINE, ARG((struct kvm_irq_level) {}),
	  WANT(-ENXIO, 0, 0, 0) },
	{ "IRQ_LINE, GSI without route", KVM_IRQ_LINE,
	  ARG((struct kvm_irq_level) { .irq = LAST_ROUTE, .level = 1 }),
	  WANT(-ENXIO, 0, 0, 0) },
	{ "IRQ_LINE, no such GSI", KVM_IRQ_LINE,
	  ARG((struct kvm_irq_level) { .irq = UINT32_MAX, .level = 1 }),
	  WANT(-ENXIO, 0, 0, 0) },
	{ "IRQ_LINE_STATUS", KVM_IRQ_LINE_STATUS,
	  ARG((struct kvm_irq_level) {}), .out = true,
	  WANT(-ENXIO, 0, 0, 0) },
	{ "IRQ_LINE_STATUS, no such GSI", KVM_IRQ_LINE_STATUS,
	  ARG((struct kvm_irq_level) { .irq = UINT32_MAX, .level = 1 }),
	  .out = true, WANT(-ENXIO, 0, 0, 0) },
	{ "SIGNAL_MSI to nobody", KVM_SIGNAL_MSI,
	  ARG((struct kvm_msi) { .address_lo = LAPIC_BASE, .data = 0x50 }),
	  WANT(-EINVAL, -EPERM, -EPERM, -EPERM) },
	{ "SIGNAL_MSI, device id", KVM_SIGNAL_MSI,
	  ARG((struct kvm_msi) { .address_lo = LAPIC_BASE, .data = 0x50,
				 .flags = KVM_MSI_VALID_DEVID, .devid = 9 }),
	  WANT(-EINVAL, -EPERM, -EPERM, -EPERM) },
	{ "SIGNAL_MSI, unknown flag", KVM_SIGNAL_MSI,
	  ARG((struct kvm_msi) { .flags = NO_SUCH_FLAG }), IN_ALL(-EINVAL) },

	/* State. */
	{ "GET_IRQCHIP, primary", KVM_GET_IRQCHIP, ARG((struct kvm_irqchip) {}),
	  .out = true, .part = true, WANT(-ENXIO, -ENXIO, 0, 0) },
	{ "GET_IRQCHIP, IOAPIC", KVM_GET_IRQCHIP,
	  ARG((struct kvm_irqchip) { .chip_id = KVM_IRQCHIP_IOAPIC }),
	  .out = true, .part = true, WANT(-ENXIO, -ENXIO, 0, 0) },
	{ "GET_IRQCHIP, no such chip", KVM_GET_IRQCHIP,
	  ARG((struct kvm_irqchip) { .chip_id = NO_SUCH_CHIP }), .part = true,
	  WANT(-ENXIO, -ENXIO, -EINVAL, -EINVAL) },
	{ "GET_IRQCHIP, largest number", KVM_GET_IRQCHIP,
	  ARG((struct kvm_irqchip) { .chip_id = UINT32_MAX }), .part = true,
	  WANT(-ENXIO, -ENXIO, -EINVAL, -EINVAL) },
	{ "SET_IRQCHIP, primary", KVM_SET_IRQCHIP, ARG((struct kvm_irqchip) {}),
	  WANT(-ENXIO, -ENXIO, 0, 0) },
	{ "SET_IRQCHIP, no such chip", KVM_SET_IRQCHIP,
	  ARG((struct kvm_irqchip) { .chip_id = NO_SUCH_CHIP }),
	  WANT(-ENXIO, -ENXIO, -EINVAL, -EINVAL) },
	{ "SET_IRQCHIP, largest number", KVM_SET_IRQCHIP,
	  ARG((struct kvm_irqchip) { .chip_id = UINT32_MAX }),
	  WANT(-ENXIO, -ENXIO, -EINVAL, -EINVAL) },
	{ "GET_PIT", KVM_GET_PIT, ARG((struct kvm_pit_state) {}), .out = true,
	  WANT(-ENXIO, -ENXIO, -ENXIO, 0) },
	{ "SET_PIT", KVM_SET_PIT, ARG((struct kvm_pit_state) {}),
	  WANT(-ENXIO, -ENXIO, -ENXIO, 0) },
	{ "GET_PIT2", KVM_GET_PIT2, ARG((struct kvm_pit_state2) {}),
	  .out = true, .late = true, WANT(-ENXIO, -ENXIO, -ENXIO, 0) },
	{ "SET_PIT2", KVM_SET_PIT2, ARG((struct kvm_pit_state2) {}),
	  WANT(-ENXIO, -ENXIO, -ENXIO, 0) },
	{ "SET_PIT2, unknown flags", KVM_SET_PIT2,
	  ARG((struct kvm_pit_state2) { .flags = UINT32_MAX,
					.reserved[8] = 5 }),
	  WANT(-ENXIO, -ENXIO, -ENXIO, 0) },
	{ "REINJECT_CONTROL", KVM_REINJECT_CONTROL,
	  ARG((struct kvm_reinject_control) { .reserved[30] = 1 }),
	  WANT(-ENXIO, -ENXIO, -ENXIO, 0) },

	/* Routes and eventfds. */
	{ "SET_GSI_ROUTING, none", KVM_SET_GSI_ROUTING,
	  ARG((struct kvm_irq_routing) {}), WANT(-EINVAL, 0, 0, 0) },
	{ "SET_GSI_ROUTING, unknown flag", KVM_SET_GSI_ROUTING,
	  ARG((struct kvm_irq_routing) { .flags = 1 }), IN_ALL(-EINVAL) },
	{ "SET_GSI_ROUTING, too many", KVM_SET_GSI_ROUTING,
	  ARG((struct kvm_irq_routing) { .nr = LAST_ROUTE + 1 }),
	  IN_ALL(-EINVAL) },
	{ "SET_GSI_ROUTING, very many", KVM_SET_GSI_ROUTING,
	  ARG((struct kvm_irq_routing) { .nr = UINT32_MAX }), IN_ALL(-EINVAL) },
	{ "IRQFD, no file", KVM_IRQFD, ARG((struct kvm_irqfd) { .fd = -1 }),
	  WANT(-EINVAL, -EBADF, -EBADF, -EBADF) },
	{ "IRQFD, resampling, no file", KVM_IRQFD,
	  ARG((struct kvm_irqfd) { .fd = -1,
				   .flags = KVM_IRQFD_FLAG_RESAMPLE }),
	  WANT(-EINVAL, -EINVAL, -EBADF, -EBADF) },
	{ "IRQFD, deassign, no file", KVM_IRQFD,
	  ARG((struct kvm_irqfd) { .fd = -1,
				   .flags = KVM_IRQFD_FLAG_DEASSIGN }),
	  IN_ALL(-EBADF) },
	{ "IRQFD, unknown flag", KVM_IRQFD,
	  ARG((struct kvm_irqfd) { .fd = -1, .flags = 4 }), IN_ALL(-EINVAL) },
	{ "IRQFD, all flags", KVM_IRQFD,
	  ARG((struct kvm_irqfd) { .fd = -1, .flags = UINT32_MAX }),
	  IN_ALL(-EINVAL) },
	{ "IOEVENTFD, no file", KVM_IOEVENTFD,
	  ARG((struct kvm_ioeventfd) { .fd = -1, .addr = PIC_PRIMARY_DATA,
				       .len = 1,
				       .flags = KVM_IOEVENTFD_FLAG_PIO }),
	  IN_ALL(-EBADF) },
	{ "IOEVENTFD, deassign, no file", KVM_IOEVENTFD,
	  ARG((struct kvm_ioeventfd) { .fd = -1, .addr = PIC_PRIMARY_DATA,
				       .flags = KVM_IOEVENTFD_FLAG_PIO |
						KVM_IOEVENTFD_FLAG_DEASSIGN }),
	  IN_ALL(-EBADF) },
	{ "IOEVENTFD, unknown flag", KVM_IOEVENTFD,
	  ARG((struct kvm_ioeventfd) { .fd = -1, .len = 1,
				       .flags = NO_SUCH_FLAG }),
	  IN_ALL(-EINVAL) },
	{ "IOEVENTFD, three bytes", KVM_IOEVENTFD,
	  ARG((struct kvm_ioeventfd) { .fd = -1, .len = 3 }),
	  IN_ALL(-EINVAL) },

	/* Capabilities. */
	{ "ENABLE_CAP, no such", KVM_ENABLE_CAP,
	  ARG((struct kvm_enable_cap) { .cap = CAP_NO_SUCH }),
	  IN_ALL(-EINVAL) },
	{ "ENABLE_CAP, flags", KVM_ENABLE_CAP,
	  ARG((struct kvm_enable_cap) { .cap = KVM_CAP_SPLIT_IRQCHIP,
					.flags = 1 }), IN_ALL(-EINVAL) },
	{ "SPLIT_IRQCHIP", KVM_ENABLE_CAP, CAP(SPLIT_IRQCHIP, 24),
	  WANT(0, -EEXIST, -EEXIST, -EEXIST), AGAIN(-EEXIST) },
	{ "SPLIT_IRQCHIP, too many pins", KVM_ENABLE_CAP,
	  CAP(SPLIT_IRQCHIP, LAST_ROUTE + 1), IN_ALL(-EINVAL) },
	{ "X2APIC_API, ids", KVM_ENABLE_CAP,
	  CAP(X2APIC_API, X2APIC_API_BOTH_IDS), IN_ALL(0) },
	{ "X2APIC_API, no such flag", KVM_ENABLE_CAP,
	  CAP(X2APIC_API, X2APIC_API_NO_SUCH), IN_ALL(-EINVAL) },
	{ "X2APIC_API, suppressed broadcasts", KVM_ENABLE_CAP,
	  CAP(X2APIC_API, X2APIC_API_SUPPRESS),
	  WANT(-EINVAL, NEW_FLAG, -EINVAL, -EINVAL) },
	{ "X2APIC_API, no suppressed broadcasts", KVM_ENABLE_CAP,
	  CAP(X2APIC_API, X2APIC_API_NO_SUPPRESS), IN_ALL(NEW_FLAG) },
	{ "X2APIC_API, both at once", KVM_ENABLE_CAP,
	  CAP(X2APIC_API, X2APIC_API_SUPPRESS | X2APIC_API_NO_SUPPRESS),
	  IN_ALL(-EINVAL) },

	/* What is KVM's own, of which a VMM's start-up consists as well. */
	{ "GET_STATS_FD", KVM_GET_STATS_FD, IN_ALL(A_FILE) },
	{ "GET_CLOCK", KVM_GET_CLOCK, ARG((struct kvm_clock_data) {}),
	  .out = true, IN_ALL(0) },
	{ "SET_TSS_ADDR", KVM_SET_TSS_ADDR, .value = 0xfffbd000, IN_ALL(0) },
};

static const struct call vcpu_calls[] = {
	{ "INTERRUPT", KVM_INTERRUPT, ARG((struct kvm_interrupt) { .irq = 32 }),
	  WANT(0, 0, -ENXIO, -ENXIO), AGAIN(0, -EEXIST) },
	{ "INTERRUPT, no such vector", KVM_INTERRUPT,
	  ARG((struct kvm_interrupt) { .irq = 256 }), IN_ALL(-EINVAL) },
	{ "INTERRUPT, largest number", KVM_INTERRUPT,
	  ARG((struct kvm_interrupt) { .irq = UINT32_MAX }), IN_ALL(-EINVAL) },
	{ "GET_LAPIC", KVM_GET_LAPIC, ARG((struct kvm_lapic_state) {}),
	  .out = true, .late = true, WANT(-EINVAL, 0, 0, 0) },
	{ "SET_LAPIC", KVM_SET_LAPIC, ARG((struct kvm_lapic_state) {}),
	  .late = true, WANT(-EINVAL, 0, 0, 0) },
	{ "ENABLE_CAP, no such", KVM_ENABLE_CAP,
	  ARG((struct kvm_enable_cap) { .cap = CAP_NO_SUCH }),
	  IN_ALL(-EINVAL) },
	{ "HYPERV_SYNIC", KVM_ENABLE_CAP, CAP(HYPERV_SYNIC, 0),
	  WANT(-EINVAL, SYNIC, SYNIC, SYNIC) },
	{ "NMI", KVM_NMI, IN_ALL(0) },
	{ "GET_STATS_FD", KVM_GET_STATS_FD, IN_ALL(A_FILE) },
	{ "GET_VCPU_EVENTS", KVM_GET_VCPU_EVENTS,
	  ARG((struct kvm_vcpu_events) {}), .out = true, IN_ALL(0) },
	{ "GET_SREGS", KVM_GET_SREGS, ARG((struct kvm_sregs) {}), .out = true,
	  IN_ALL(0) },
};

/* What the calls of a table are made on. */
struct target {
	const struct call *calls;
	unsigned int nr;
	bool vcpu;
};

#define NR_CALLS(calls)	(sizeof(calls) / sizeof((calls)[0]))

static const struct target targets[] = {
	{ vm_calls, NR_CALLS(vm_calls), false },
	{ vcpu_calls, NR_CALLS(vcpu_calls), true },
};

/* A VM in one of the states, and the file that the calls are made on. */
struct machine {
	struct vm vm;
	enum state state;
	int fd;
};

static void machine_open(struct machine *m, const struct target *target,
			 enum state state)
{
	m->state = state;
	vm_open(&m->vm);
	if (state == SPLIT)
		ASSERT_EQ(0, __vm_split_irqchip(&m->vm, 24));
	if (state >= CHIPS)
		vm_create_irqchip(&m->vm);
	if (state == WITH_PIT)
		vm_create_pit2(&m->vm, 0);
	m->fd = target->vcpu ? __vm_create_vcpu(&m->vm, 0) : m->vm.fd;
	ASSERT_LE(0, m->fd);
}

static void machine_close(struct machine *m)
{
	if (m->fd != m->vm.fd)
		close(m->fd);
	close(m->vm.fd);
	close(m->vm.dev);
}

/* What KVM of this kernel answers, and where ours differs on purpose. */
static int answer(const struct machine *m, int want)
{
	switch (want) {
	case NO_PIT:
		return parity(PARITY_PIT_WANTS_CHIPS, -ENOENT,
			      kernel_since(6, 12) ? -ENOENT : 0);
	case NEW_FLAG:
		return node_extension(m->vm.dev, KVM_CAP_X2APIC_API) >
		       X2APIC_API_BOTH_IDS ? 0 : -EINVAL;
	case SYNIC:
		return node_extension(m->vm.dev, KVM_CAP_HYPERV_SYNIC) > 0 ?
		       0 : -EINVAL;
	case BOOT_ID:
		return kernel_since(6, 12) ? -EINVAL : 0;
	default:
		return want;
	}
}

static void expect_answer(const struct machine *m, const struct call *call,
			  const char *how, int want, int got)
{
	want = answer(m, want);
	if (want == A_FILE && got >= 0) {
		close(got);
		return;
	}
	if (want != got)
		test_note("%s, %s, VM %s", call->name, how,
			  state_names[m->state]);
	EXPECT_EQ(want, got);
}

/* The call with a copy of its argument at @at, or with its plain argument. */
static int make_call_at(const struct machine *m, const struct call *call,
			void *at)
{
	if (!call->size)
		return __sys_ioctl_value(m->fd, call->cmd, call->value);
	memcpy(at, call->arg, call->size);
	return __sys_ioctl(m->fd, call->cmd, at);
}

static int make_call(const struct machine *m, const struct call *call)
{
	static uint64_t buffer[PAGE / sizeof(uint64_t)];

	return make_call_at(m, call, buffer);
}

static int again_want(const struct machine *m, const struct call *call)
{
	if (call->want[m->state] == NO_PIT && answer(m, NO_PIT) == 0)
		return -EEXIST;
	return call->again[m->state] ? call->again[m->state] :
				       call->want[m->state];
}

/* Calls after which the same call, or another one, may answer otherwise. */
static bool leaves_a_mark(const struct call *call)
{
	enum state state;

	for (state = NONE; state < NR_STATES; state++)
		if (call->again[state] || call->want[state] == NO_PIT ||
		    call->want[state] == NEW_FLAG)
			return true;
	return false;
}

/* Each body gets every call, on a VM that has its state. */
static void for_each_call(void (*body)(struct machine *m,
				       const struct call *call))
{
	struct machine m;
	unsigned int t, i;
	enum state state;

	for (t = 0; t < sizeof(targets) / sizeof(targets[0]); t++)
		for (state = NONE; state < NR_STATES; state++) {
			machine_open(&m, &targets[t], state);
			for (i = 0; i < targets[t].nr; i++) {
				body(&m, &targets[t].calls[i]);
				if (!leaves_a_mark(&targets[t].calls[i]))
					continue;
				machine_close(&m);
				machine_open(&m, &targets[t], state);
			}
			machine_close(&m);
		}
}

/* All that the ABI shows of a VM's chips. */
struct snapshot {
	struct kvm_irqchip chips[KVM_NR_IRQCHIPS];
	struct kvm_pit_state2 pit;
};

static void take_snapshot(struct machine *m, struct snapshot *s)
{
	unsigned int chip;

	memset(s, 0, sizeof(*s));
	for (chip = 0; m->state >= CHIPS && chip < KVM_NR_IRQCHIPS; chip++)
		vm_get_irqchip(&m->vm, chip, &s->chips[chip]);
	if (m->state == WITH_PIT)
		vm_get_pit2(&m->vm, &s->pit);
}

FIXTURE(errnos) { int unused; };
FIXTURE_SETUP(errnos)
{
	struct vm vm;

	self->unused = 0;
	vm_open(&vm);
	vm_create_irqchip(&vm);
}

static void expect_good(struct machine *m, const struct call *call)
{
	expect_answer(m, call, "well made", call->want[m->state],
		      make_call(m, call));
	expect_answer(m, call, "once more", again_want(m, call),
		      make_call(m, call));
}

TEST_F(errnos, every_call_in_every_state)
{
	for_each_call(expect_good);
}

/* Bad pointers: nothing but the answer, whatever the state of the VM. */
static void expect_fault(struct machine *m, const struct call *call,
			 const char *how, void *at)
{
	int want = call->late ? answer(m, call->want[m->state]) : 0;

	expect_answer(m, call, how, want < 0 ? want : -EFAULT,
		      __sys_ioctl(m->fd, call->cmd, at));
}

static void expect_faults(struct machine *m, const struct call *call)
{
	struct snapshot before, after;

	if (!call->size)
		return;
	take_snapshot(m, &before);
	expect_fault(m, call, "NULL", NULL);
	expect_fault(m, call, "unmapped", bytes_before_hole(0));
	expect_fault(m, call, "not canonical", (void *)NON_CANONICAL);
	expect_fault(m, call, "of the kernel", (void *)KERNEL_ADDRESS);
	expect_fault(m, call, "one byte mapped", bytes_before_hole(1));
	take_snapshot(m, &after);
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

TEST_F(errnos, bad_pointers)
{
	for_each_call(expect_faults);
}

/* The last byte is not there. */
static void expect_cut(struct machine *m, const struct call *call)
{
	int want = call->late ? answer(m, call->want[m->state]) : 0;
	char *at;

	if (!call->size)
		return;
	want = want < 0 ? want : -EFAULT;
	if (call->part)
		want = parity(PARITY_GET_IRQCHIP_SIZE, call->want[m->state],
			      want);
	at = bytes_before_hole(call->size - 1);
	memcpy(at, call->arg, call->size - 1);
	expect_answer(m, call, "cut off", want,
		      __sys_ioctl(m->fd, call->cmd, at));
}

TEST_F(errnos, last_byte_is_missing)
{
	for_each_call(expect_cut);
}

/* All of it is there, and not a byte more. */
static void expect_exact(struct machine *m, const struct call *call)
{
	if (call->size)
		expect_answer(m, call, "at the end", call->want[m->state],
			      make_call_at(m, call,
					   bytes_before_hole(call->size)));
}

TEST_F(errnos, no_byte_too_many_is_read)
{
	for_each_call(expect_exact);
}

static void expect_read_only(struct machine *m, const struct call *call)
{
	int want = answer(m, call->want[m->state]);
	char *at;

	if (!call->size)
		return;
	at = bytes_before_hole(PAGE);
	memcpy(at, call->arg, call->size);
	ASSERT_EQ(0, mprotect(at, PAGE, PROT_READ));
	expect_answer(m, call, "read-only",
		      call->out && want >= 0 ? -EFAULT : want,
		      __sys_ioctl(m->fd, call->cmd, at));
	EXPECT_EQ(0, memcmp(at, call->arg, call->size));
}

TEST_F(errnos, read_only_arguments)
{
	for_each_call(expect_read_only);
}

/* Neighbours of a number: another size, another direction. */
static void expect_unknown(struct machine *m, const struct call *call)
{
	const unsigned int type = _IOC_TYPE(call->cmd);
	const unsigned int nr = _IOC_NR(call->cmd);
	const unsigned int size = _IOC_SIZE(call->cmd);
	const unsigned int direction = _IOC_DIR(call->cmd);
	const int want = m->fd == m->vm.fd ? -ENOTTY : -EINVAL;
	char at[PAGE] = { 0 };

	if (size) {
		expect_answer(m, call, "a byte less", want, __sys_ioctl(m->fd,
			      _IOC(direction, type, nr, size - 1), at));
		expect_answer(m, call, "no size", want, __sys_ioctl(m->fd,
			      _IOC(direction, type, nr, 0), at));
	}
	expect_answer(m, call, "a byte more", want, __sys_ioctl(m->fd,
		      _IOC(direction, type, nr, size + 1), at));
	expect_answer(m, call, "another type", want, __sys_ioctl(m->fd,
		      _IOC(direction, type + 1, nr, size), at));
	expect_answer(m, call, "another direction", want, __sys_ioctl(m->fd,
		      _IOC(direction ^ _IOC_WRITE, type, nr, size), at));
}

TEST_F(errnos, neighbouring_numbers_are_unknown)
{
	for_each_call(expect_unknown);
}

static void expect_eio(struct machine *m, const struct call *call)
{
	expect_answer(m, call, "from a child", -EIO, make_call(m, call));
	if (call->size)
		expect_answer(m, call, "from a child, NULL", -EIO,
			      __sys_ioctl(m->fd, call->cmd, NULL));
}

/* A child per VM: the table is gone through there, the state looked at here. */
static void expect_eio_of_all(struct machine *m, const struct target *target)
{
	unsigned int i;
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		for (i = 0; i < target->nr; i++)
			expect_eio(m, &target->calls[i]);
		_exit(test_failed());
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
}

TEST_F(errnos, forked_child_gets_eio)
{
	struct snapshot before, after;
	struct machine m;
	unsigned int t;
	enum state state;

	for (t = 0; t < sizeof(targets) / sizeof(targets[0]); t++)
		for (state = NONE; state < NR_STATES; state++) {
			machine_open(&m, &targets[t], state);
			take_snapshot(&m, &before);
			expect_eio_of_all(&m, &targets[t]);
			take_snapshot(&m, &after);
			EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
			machine_close(&m);
		}
}
