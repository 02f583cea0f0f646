// SPDX-License-Identifier: GPL-2.0
/*
 * dump.c - what can be seen of a VM that has come to a stop. See round.h.
 */
#include "chips.h"
#include "round.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LAPIC_ISR	(LAPIC_BASE + 0x100)
#define LAPIC_REGISTERS	8	/* of 32 vectors each, 16 bytes apart */

static void dump_pic(struct round *round, unsigned int which)
{
	struct kvm_irqchip chip;
	const struct kvm_pic_state *pic = &chip.chip.pic;

	if (__vm_get_irqchip(&round->vm, which, &chip))
		return;
	printf("# PIC %u: irr %#x imr %#x isr %#x last_irr %#x elcr %#x irq_base %#x init_state %u\n",
	       which, pic->irr, pic->imr, pic->isr, pic->last_irr, pic->elcr,
	       pic->irq_base, pic->init_state);
}

static void dump_ioapic(struct round *round)
{
	struct kvm_irqchip chip;
	const struct kvm_ioapic_state *ioapic = &chip.chip.ioapic;
	unsigned int pin;

	if (__vm_get_irqchip(&round->vm, KVM_IRQCHIP_IOAPIC, &chip))
		return;
	printf("# IOAPIC: irr %#x\n", ioapic->irr);
	for (pin = 0; pin < NR_IOAPIC_PINS; pin++)
		if (!ioapic->redirtbl[pin].fields.mask)
			printf("# IOAPIC: pin %u: %#llx\n", pin,
			       ioapic->redirtbl[pin].bits);
}

static void dump_pit(struct round *round)
{
	struct kvm_pit_state2 pit;

	if (__vm_get_pit2(&round->vm, &pit))
		return;
	printf("# PIT: channel 0: count %u mode %u gate %u flags %#x\n",
	       pit.channels[0].count, pit.channels[0].mode,
	       pit.channels[0].gate, pit.flags);
}

static void dump_bits(const struct kvm_lapic_state *lapic, const char *name,
		      unsigned int first)
{
	unsigned int i;
	uint32_t bits;

	for (i = 0; i < LAPIC_REGISTERS; i++) {
		memcpy(&bits, lapic->regs + (first - LAPIC_BASE) + 16 * i, sizeof(bits));
		if (bits)
			printf("#   %s of vectors from %#x: %#x\n", name,
			       32 * i, bits);
	}
}

static uint32_t lapic_register(const struct kvm_lapic_state *lapic,
			       uint32_t address)
{
	uint32_t value;

	memcpy(&value, lapic->regs + (address - LAPIC_BASE), sizeof(value));
	return value;
}

/* GIF, without which a vCPU of AMD's takes nothing, is among what is nested. */
static void dump_nested(struct vcpu *vcpu)
{
	union {
		struct kvm_nested_state state;
		uint8_t room[16384];
	} nested = { .state.size = sizeof(nested) };

	if (!__sys_ioctl(vcpu->fd, KVM_GET_NESTED_STATE, &nested))
		printf("#   nested format %u flags %#x\n", nested.state.format,
		       nested.state.flags);
}

static void dump_run(const struct kvm_run *run)
{
	printf("#   KVM_RUN: exit %u ready %u window %u immediate %u dirty %#llx\n",
	       run->exit_reason, run->ready_for_interrupt_injection,
	       run->request_interrupt_window, run->immediate_exit,
	       run->kvm_dirty_regs);
}

static void dump_vcpu(struct vcpu *vcpu)
{
	struct kvm_mp_state state = { 0 };
	struct kvm_vcpu_events events = { 0 };
	struct kvm_lapic_state lapic = { 0 };
	struct kvm_regs regs = { 0 };

	printf("# vCPU %u: %u taken, %u of them looked at\n", vcpu->id,
	       guest_cpu(vcpu)->nr_taken, vcpu->taken);
	fflush(stdout);
	__sys_ioctl(vcpu->fd, KVM_GET_REGS, &regs);
	__sys_ioctl(vcpu->fd, KVM_GET_MP_STATE, &state);
	__sys_ioctl(vcpu->fd, KVM_GET_VCPU_EVENTS, &events);
	__sys_ioctl(vcpu->fd, KVM_GET_LAPIC, &lapic);
	printf("#   mp_state %u rip %#llx rflags %#llx; interrupt injected %u nr %#x shadow %#x; nmi injected %u pending %u masked %u; latched INIT %u\n",
	       state.mp_state, regs.rip, regs.rflags, events.interrupt.injected,
	       events.interrupt.nr, events.interrupt.shadow,
	       events.nmi.injected, events.nmi.pending, events.nmi.masked,
	       events.smi.latched_init);
	printf("#   LVT0 %#x SPIV %#x TPR %#x\n",
	       lapic_register(&lapic, LAPIC_LVT0),
	       lapic_register(&lapic, LAPIC_SPIV),
	       lapic_register(&lapic, LAPIC_BASE + 0x80));
	dump_run(vcpu->run);
	dump_nested(vcpu);
	dump_bits(&lapic, "IRR", LAPIC_IRR);
	dump_bits(&lapic, "ISR", LAPIC_ISR);
}

/**
 * round_dump() - print the state of the chips and of each vCPU
 * @round: whose threads are lost
 *
 * Chips first: if a signal does not bring a vCPU's thread out of KVM_RUN, what
 * is asked of that vCPU does not return.
 */
void round_dump(struct round *round)
{
	unsigned int i;

	if (round->waiting) {
		printf("# vCPU %u waits for an interrupt by %s\n",
		       round->waiting->id, round->way);
		pthread_kill(round->waiting->thread, SIGUSR2);
	}
	dump_pic(round, KVM_IRQCHIP_PIC_MASTER);
	dump_pic(round, KVM_IRQCHIP_PIC_SLAVE);
	dump_ioapic(round);
	dump_pit(round);
	for (i = 0; i < round->nr_vcpus; i++)
		if (round->hammerers[i].vcpu)
			dump_vcpu(round->hammerers[i].vcpu);
	fflush(stdout);
}
