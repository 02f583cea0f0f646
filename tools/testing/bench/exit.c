// SPDX-License-Identifier: GPL-2.0
/*
 * exit.c - what the guest does by leaving, in a loop of loops.S.
 */
#include "bench.h"
#include "chips.h"
#include "guest.h"
#include "harness.h"
#include "loops.h"

#include <errno.h>
#include <string.h>

#define ITERATIONS	1000

static uint32_t loop_address(const uint8_t *label)
{
	return LOOPS_CODE + (label - loops_code);
}

/** loops_start() - the next KVM_RUN begins a loop of so many rounds */
void loops_start(struct vcpu *vcpu, const uint8_t *loop, unsigned int rounds)
{
	struct kvm_regs regs;

	memcpy(vcpu->vm->ram + LOOPS_CODE, loops_code, loops_end - loops_code);
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_GET_REGS, &regs));
	regs.rip = loop_address(loop);
	regs.rbp = rounds;
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_SET_REGS, &regs));
}

/** loops_on_vector() - which handler the vector has, from now on */
void loops_on_vector(struct vm *vm, unsigned int vector, const uint8_t *isr)
{
	uint32_t address = loop_address(isr);
	uint16_t *gate = (uint16_t *)(vm->ram + GUEST_IDT + vector * 8);

	gate[0] = address;
	gate[3] = address >> 16;
}

/** loops_run() - KVM_RUN, which must end at LOOPS_PORT */
void loops_run(struct vcpu *vcpu)
{
	ASSERT_EQ(0, __vcpu_run(vcpu));
	ASSERT_EQ(KVM_EXIT_IO, vcpu->run->exit_reason);
	ASSERT_EQ(LOOPS_PORT, vcpu->run->io.port);
}

/* ---- handled inside KVM_RUN ------------------------------------------ */

static const uint8_t *const inside[] = {
	loop_cpuid, loop_pic_in, loop_pic_out, loop_pic_eoi,
	loop_ioapic_read, loop_ioapic_index, loop_ioapic_rte,
};

enum { CPUID, PIC_IN, PIC_OUT, PIC_EOI, READ, INDEX, RTE };

/**
 * struct looping - a vCPU and what it does
 * @vcpu: which
 * @loop: one of loops.S
 */
struct looping {
	struct vcpu *vcpu;
	const uint8_t *loop;
};

static uint64_t loop_batch(void *context, unsigned int rounds)
{
	const struct looping *looping = context;
	uint64_t start;

	loops_start(looping->vcpu, looping->loop, rounds);
	start = now_ns();
	loops_run(looping->vcpu);
	return now_ns() - start;
}

static void loop_inside(unsigned int which)
{
	struct looping looping = { .loop = inside[which] };
	struct vm vm;

	bench_vm(&vm);
	looping.vcpu = &vm.vcpus[0];
	measure_batches(ITERATIONS, loop_batch, &looping);
}

/* ---- handled by the VMM ---------------------------------------------- */

static void op_run(void *context)
{
	ASSERT_EQ(0, __vcpu_run(context));
}

static void loop_outside(const uint8_t *loop, unsigned int reason)
{
	struct vm vm;

	bench_vm(&vm);
	loops_start(&vm.vcpus[0], loop, 1);
	op_run(&vm.vcpus[0]);
	ASSERT_EQ(reason, vm.vcpus[0].run->exit_reason);
	measure(ITERATIONS, op_run, &vm.vcpus[0]);
}

static void pio(unsigned int arg)
{
	(void)arg;
	loop_outside(loop_pio, KVM_EXIT_IO);
}

static void mmio(unsigned int arg)
{
	(void)arg;
	loop_outside(loop_mmio, KVM_EXIT_MMIO);
}

static void op_immediate(void *context)
{
	ASSERT_EQ(-EINTR, __vcpu_run(context));
}

static void immediate(unsigned int arg)
{
	struct vm vm;

	(void)arg;
	bench_vm(&vm);
	vm.vcpus[0].run->immediate_exit = 1;
	measure(ITERATIONS, op_immediate, &vm.vcpus[0]);
}

const struct bench exit_benches[] = {
	{ "exit.immediate", immediate },
	{ "exit.cpuid", loop_inside, CPUID },
	{ "exit.pic-in", loop_inside, PIC_IN },
	{ "exit.pic-out", loop_inside, PIC_OUT },
	{ "exit.pic-eoi", loop_inside, PIC_EOI },
	{ "exit.ioapic-read", loop_inside, READ },
	{ "exit.ioapic-index", loop_inside, INDEX },
	{ "exit.ioapic-index+rte", loop_inside, RTE },
	{ "exit.pio-to-vmm", pio },
	{ "exit.mmio-to-vmm", mmio },
	{ }
};
