// SPDX-License-Identifier: GPL-2.0
/*
 * guest.c - loads and drives the tiny guest of guest.h.
 */
#include "guest.h"
#include "harness.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Segment types and descriptor bits, Intel SDM volume 3, 3.4.5. */
#define SEGMENT_CODE		11	/* execute, read, accessed */
#define SEGMENT_DATA		3	/* read, write, accessed */
#define DESCRIPTOR_CODE		0x00cf9b000000ffffULL
#define DESCRIPTOR_DATA		0x00cf93000000ffffULL
#define GATE_INTERRUPT		0x8e00	/* 32 bits, present */
#define CR0_PE			0x1
#define RFLAGS_FIXED		0x2

extern const uint8_t guest_code[], guest_handlers[], guest_code_end[];

static_assert(offsetof(struct guest_cpu, action) == GUEST_CPU_ACTION, "");
static_assert(offsetof(struct guest_cpu, log) == GUEST_CPU_LOG, "");
static_assert(sizeof(struct guest_cpu) < GUEST_CPU_SIZE - 4096, "");

static uint32_t cpu_address(const struct vcpu *vcpu)
{
	return GUEST_CPUS + vcpu->id * GUEST_CPU_SIZE;
}

/** guest_cpu() - what a vCPU works on */
struct guest_cpu *guest_cpu(struct vcpu *vcpu)
{
	return (struct guest_cpu *)(vcpu->vm->ram + cpu_address(vcpu));
}

static void load_descriptors(struct vm *vm)
{
	const uint64_t gdt[] = { 0, DESCRIPTOR_CODE, DESCRIPTOR_DATA };
	uint32_t first = GUEST_CODE + (guest_handlers - guest_code);
	unsigned int vector;

	memcpy(vm->ram + GUEST_GDT, gdt, sizeof(gdt));
	for (vector = 0; vector < 256; vector++) {
		uint32_t address = first + vector * GUEST_HANDLER_SIZE;
		uint16_t gate[4] = {
			address, GUEST_CS, GATE_INTERRUPT, address >> 16,
		};

		memcpy(vm->ram + GUEST_IDT + vector * sizeof(gate), gate,
		       sizeof(gate));
	}
}

/** guest_load() - put code and tables into the VM's memory */
void guest_load(struct vm *vm)
{
	memcpy(vm->ram + GUEST_CODE, guest_code, guest_code_end - guest_code);
	load_descriptors(vm);
}

static struct kvm_segment flat_segment(unsigned int type, unsigned int selector,
				       uint32_t base)
{
	return (struct kvm_segment) {
		.base = base, .limit = UINT32_MAX, .selector = selector,
		.type = type, .present = 1, .db = 1, .s = 1, .g = 1,
	};
}

/** guest_start() - point a new vCPU at the guest's code; it runs nothing yet */
void guest_start(struct vcpu *vcpu)
{
	struct kvm_mp_state running = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_regs regs = {
		.rip = GUEST_CODE,
		.rflags = RFLAGS_FIXED,
		.rbp = cpu_address(vcpu),
		.rsp = cpu_address(vcpu) + GUEST_CPU_SIZE,
	};
	struct kvm_sregs sregs;

	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_GET_SREGS, &sregs));
	sregs.cs = flat_segment(SEGMENT_CODE, GUEST_CS, 0);
	sregs.ds = flat_segment(SEGMENT_DATA, GUEST_DS, 0);
	sregs.es = sregs.ds;
	sregs.ss = sregs.ds;
	sregs.gs = sregs.ds;
	sregs.fs = flat_segment(SEGMENT_DATA, GUEST_DS, cpu_address(vcpu));
	sregs.gdt = (struct kvm_dtable) { .base = GUEST_GDT, .limit = 23 };
	sregs.idt = (struct kvm_dtable) { .base = GUEST_IDT, .limit = 2047 };
	sregs.cr0 |= CR0_PE;
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_SET_SREGS, &sregs));
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_SET_REGS, &regs));
	/* Secondary vCPUs of a VM with LAPICs would wait for a start-up IPI. */
	__sys_ioctl(vcpu->fd, KVM_SET_MP_STATE, &running);
}

/* True when the guest came to the end of its list. */
static bool handle_port(struct vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;
	const uint8_t *data = (const uint8_t *)run + run->io.data_offset;

	if (run->io.direction == KVM_EXIT_IO_OUT) {
		if (run->io.port == GUEST_PORT_DONE)
			return true;
		if (run->io.port == GUEST_PORT_IRQ) {
			if (vcpu->on_irq)
				vcpu->on_irq(vcpu, *data);
			return false;
		}
	}
	test_fail("exit to user space for port %#x", run->io.port);
}

static void unexpected_exit(const struct kvm_run *run)
{
	if (run->exit_reason == KVM_EXIT_MMIO)
		test_fail("exit to user space for address %#llx",
			  run->mmio.phys_addr);
	test_fail("exit to user space for reason %u", run->exit_reason);
}

/**
 * __guest_run() - run until the guest has done its list
 * @vcpu: whose list
 *
 * Return: 0, or the first -errno that KVM_RUN gave.
 */
int __guest_run(struct vcpu *vcpu)
{
	for (;;) {
		int error = __vcpu_run(vcpu);

		if (error)
			return error;
		if (vcpu->run->exit_reason != KVM_EXIT_IO)
			unexpected_exit(vcpu->run);
		if (handle_port(vcpu))
			return 0;
	}
}

/** guest_run() - run until the guest has done its list; KVM_RUN never fails */
void guest_run(struct vcpu *vcpu)
{
	ASSERT_EQ(0, __guest_run(vcpu));
}

/** guest_batch() - give the guest a list; guest_run() then works it off */
void guest_batch(struct vcpu *vcpu, const struct guest_op *ops,
		 unsigned int nr)
{
	struct guest_cpu *cpu = guest_cpu(vcpu);

	ASSERT_TRUE(nr < GUEST_MAX_OPS);
	memcpy(cpu->ops, ops, nr * sizeof(*ops));
	cpu->ops[nr].kind = GUEST_OP_DONE;
	cpu->next = cpu_address(vcpu) + offsetof(struct guest_cpu, ops);
}

/** guest_begin() - one operation, which the next KVM_RUN begins */
void guest_begin(struct vcpu *vcpu, unsigned int kind, uint32_t addr,
		 uint32_t value)
{
	const struct guest_op op = {
		.kind = kind, .addr = addr, .value = value,
	};

	guest_batch(vcpu, &op, 1);
}

/** guest_run_to_io() - KVM_RUN once, which must end in this exit for a port */
void guest_run_to_io(struct vcpu *vcpu, unsigned int direction,
		     unsigned int port, unsigned int size)
{
	ASSERT_EQ(0, __vcpu_run(vcpu));
	ASSERT_EQ(KVM_EXIT_IO, vcpu->run->exit_reason);
	EXPECT_EQ(direction, vcpu->run->io.direction);
	EXPECT_EQ(port, vcpu->run->io.port);
	EXPECT_EQ(size, vcpu->run->io.size);
}

/** guest_op() - one operation, now; its result */
uint32_t guest_op(struct vcpu *vcpu, unsigned int kind, uint32_t addr,
		  uint32_t value)
{
	guest_begin(vcpu, kind, addr, value);
	guest_run(vcpu);
	return guest_cpu(vcpu)->ops[0].result;
}

/*
 * No signal of the process ends KVM_RUN here, so an EINTR is the module's. But
 * SIGUSR2, which nobody sends, lets whoever gives up look at the vCPU.
 */
static void *run_thread(void *data)
{
	sigset_t all;

	sigfillset(&all);
	sigdelset(&all, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	guest_run(data);
	return NULL;
}

/** guest_run_in_thread() - one operation, in a thread of its own */
void guest_run_in_thread(struct vcpu *vcpu, unsigned int kind, uint32_t value)
{
	guest_cpu(vcpu)->stop = 0;
	guest_begin(vcpu, kind, 0, value);
	ASSERT_EQ(0, pthread_create(&vcpu->thread, NULL, run_thread, vcpu));
}

/** guest_join() - wait until that operation is done */
void guest_join(struct vcpu *vcpu)
{
	ASSERT_EQ(0, pthread_join(vcpu->thread, NULL));
}

uint8_t guest_in8(struct vcpu *vcpu, unsigned int port)
{
	return guest_op(vcpu, GUEST_OP_IN8, port, 0);
}

void guest_out8(struct vcpu *vcpu, unsigned int port, uint8_t value)
{
	guest_op(vcpu, GUEST_OP_OUT8, port, value);
}

uint32_t guest_read32(struct vcpu *vcpu, uint32_t addr)
{
	return guest_op(vcpu, GUEST_OP_READ32, addr, 0);
}

void guest_write32(struct vcpu *vcpu, uint32_t addr, uint32_t value)
{
	guest_op(vcpu, GUEST_OP_WRITE32, addr, value);
}

/** guest_on_vectors() - what the handlers of a range of vectors do */
void guest_on_vectors(struct vcpu *vcpu, unsigned int first, unsigned int last,
		      unsigned int action)
{
	memset(guest_cpu(vcpu)->action + first, action, last - first + 1);
}

/** guest_take() - let the guest take whatever is pending */
void guest_take(struct vcpu *vcpu)
{
	guest_op(vcpu, GUEST_OP_TAKE, 0, 0);
}

/** guest_halt() - let the guest wait for an interrupt and take it */
void guest_halt(struct vcpu *vcpu)
{
	guest_op(vcpu, GUEST_OP_HALT, 0, 0);
}

/** guest_nr_new() - vectors taken since they were last looked at */
unsigned int guest_nr_new(struct vcpu *vcpu)
{
	return guest_cpu(vcpu)->nr_taken - vcpu->taken;
}

static void print_vectors(struct vcpu *vcpu, unsigned int nr)
{
	struct guest_cpu *cpu = guest_cpu(vcpu);
	char text[256] = "";
	unsigned int i, at = 0;

	for (i = 0; i < nr && at < sizeof(text) - 8; i++)
		at += snprintf(text + at, sizeof(text) - at, " %#x",
			       cpu->log[(vcpu->taken + i) % GUEST_LOG_ENTRIES]);
	test_note("vCPU %u took:%s", vcpu->id, nr ? text : " nothing");
}

/** guest_expect() - what EXPECT_VECTORS() comes down to */
void guest_expect(struct vcpu *vcpu, const char *file, int line,
		  const int *want, unsigned int nr)
{
	struct guest_cpu *cpu = guest_cpu(vcpu);
	unsigned int i, got = guest_nr_new(vcpu);
	bool same = got == nr;

	for (i = 0; same && i < nr; i++)
		same = cpu->log[(vcpu->taken + i) % GUEST_LOG_ENTRIES] ==
		       (uint32_t)want[i];
	if (!same)
		print_vectors(vcpu, got);
	test_check(false, same, file, line, "vectors taken", nr, got);
	vcpu->taken += got;
}
