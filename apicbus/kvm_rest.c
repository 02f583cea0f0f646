// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_rest.c - nothing between KVM and the chips while a vCPU is at rest. The
 * run loop calls us before a VMM gets its thread back that may save or load.
 *
 * EOIs. KVM notes one in a request of the vCPU and tells of it before the next
 * entry; but a signal goes first. A VM saved then would have remote IRR set, and
 * a LAPIC that has ended the vector: the pin would be dead. KVM's own IOAPIC
 * hears of an EOI at once. A call of KVM_RUN with a mark set beforehand comes
 * back with no guest instruction run, and tells of the EOI before that.
 *
 * Vectors between INTA and injection. KVM_INTERRUPT puts a vector into a slot
 * of the vCPU (pending_external_vector in arch/x86/kvm/irq.c), and the next
 * entry injects it; but an NMI or an SMI goes first, and then it stays there
 * until the guest's handler is done. KVM shows the slot in no state, and forgets
 * it at no reset: the vector would be missing in a VM that is saved, whose pair
 * has it in service, and come as a stray one after a reset. KVM's own PIC
 * answers INTA only when it injects.
 *
 * Injection is the only way out of the slot, and the same kind of call goes
 * that far; the vector is then in struct kvm_vcpu_events. If KVM does not
 * inject, it is made to, into a vCPU that has interrupts on and nothing else to
 * take; then that vCPU gets its own state again, and the pair its vector. State
 * passes by struct kvm_run (KVM_CAP_SYNC_REGS), since KVM's ioctls write to user
 * memory.
 *
 * What stays in the slot: a vector whose LAPIC has masked LINT0 since, or in a
 * vCPU that runs a guest of its guest, or has GIF clear; it is tried again.
 */
#include "virqchip.h"
#include "irqchip/ioapic.h"
#include "irqchip/pic.h"

#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <linux/kvm.h>
#include <linux/sched/signal.h>

#define SYNC_ALL	(KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | \
			 KVM_SYNC_X86_EVENTS)
/* No vector of the LAPIC's has a higher priority. ExtINT has none. */
#define HIGHEST_CR8	0xf
/* KVM takes any value but 0. A VMM writes 1: one written meanwhile stays. */
#define OUR_EXIT	2

/*
 * To come back with -EINTR, by the mark or by a signal that is there already.
 * Before that KVM may have an EOI to tell of, once.
 */
static long run_to_injection(struct vic_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	long ret;

	for (;;) {
		set_thread_flag(TIF_NOTIFY_SIGNAL);
		ret = vic_file_ioctl(vcpu->file, KVM_RUN, 0);
		if (ret || READ_ONCE(run->exit_reason) != KVM_EXIT_IOAPIC_EOI)
			return ret;
		vic_ioapic_eoi(vcpu->vm->ioapic, READ_ONCE(run->eoi.vector));
	}
}

static bool is_injected(const struct vic_vcpu *vcpu)
{
	const struct kvm_vcpu_events *events = &vcpu->run->s.regs.events;

	return READ_ONCE(events->interrupt.injected) &&
	       READ_ONCE(events->interrupt.nr) == vcpu->handed.vector;
}

static bool is_ready(const struct vic_vcpu *vcpu)
{
	return READ_ONCE(vcpu->run->ready_for_interrupt_injection);
}

/*
 * What KVM would do next anyway, but for guest instructions. A halted vCPU
 * needs a first call to wake up. Returns whether the slot is empty for sure.
 */
static bool push(struct vic_vcpu *vcpu)
{
	int calls;

	for (calls = 0; calls < 2; calls++) {
		if (run_to_injection(vcpu) != -EINTR)
			return false;
		if (is_injected(vcpu) || is_ready(vcpu))
			return true;
	}
	return false;
}

/*
 * NMIs stay where they are, pending or held back by the mask. The LAPIC's
 * vectors would be acknowledged and lost: the TPR holds them off.
 */
static void pretend_ready(struct kvm_sync_regs *regs)
{
	regs->regs.rflags |= X86_EFLAGS_IF;
	regs->sregs.cr8 = HIGHEST_CR8;
	memset(regs->sregs.interrupt_bitmap, 0,
	       sizeof(regs->sregs.interrupt_bitmap));
	regs->events = (struct kvm_vcpu_events){
		.flags = KVM_VCPUEVENT_VALID_SHADOW,
		.nmi.masked = 1,
	};
}

/*
 * NMIs and SMIs that came meanwhile are not undone. KVM may refuse segments
 * that it has reported itself (a CS with L set, of a guest that is not in long
 * mode); then it has refused the pretended ones as well, and what comes before
 * them is back. It would refuse them at each KVM_RUN to come, so they go.
 */
static void restore(struct vic_vcpu *vcpu, const struct kvm_sync_regs *saved)
{
	struct kvm_run *run = vcpu->run;
	u8 *immediate_exit = vic_run_immediate_exit_ptr(run);
	u8 asked = xchg(immediate_exit, OUR_EXIT);

	run->s.regs = *saved;
	run->s.regs.events.flags &= ~(KVM_VCPUEVENT_VALID_NMI_PENDING |
				      KVM_VCPUEVENT_VALID_SMM);
	run->kvm_dirty_regs = SYNC_ALL;
	vic_file_ioctl(vcpu->file, KVM_RUN, 0);
	WRITE_ONCE(run->kvm_dirty_regs, 0);
	cmpxchg(immediate_exit, OUR_EXIT, asked);
}

/*
 * Then this state is that of the guest's guest, whose interrupts are not ours
 * to give. Kernels before 6.11 do not say; who has SVM and VMX off runs none.
 */
static bool may_run_nested(const struct kvm_run *run)
{
	const struct kvm_sregs *sregs = &run->s.regs.sregs;

	if (KVM_RUN_X86_GUEST_MODE)
		return READ_ONCE(run->flags) & KVM_RUN_X86_GUEST_MODE;
	return (READ_ONCE(sregs->efer) & EFER_SVME) ||
	       (READ_ONCE(sregs->cr4) & X86_CR4_VMXE);
}

/* Returns whether the slot is empty for sure. */
static bool pull(struct vic_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	const struct kvm_sync_regs saved = run->s.regs;
	bool injected, empty;

	if (may_run_nested(run))
		return false;
	pretend_ready(&run->s.regs);
	run->kvm_dirty_regs = SYNC_ALL;
	injected = run_to_injection(vcpu) == -EINTR && is_injected(vcpu);
	empty = injected || is_ready(vcpu);
	restore(vcpu, &saved);
	if (injected)
		vic_pic_take_back(vcpu->vm->pic, &vcpu->handed);
	return empty;
}

/*
 * A shutdown has no EOI behind it. Returns false if KVM has an exit for the
 * VMM, which is in struct kvm_run.
 */
static bool settle(struct vic_vcpu *vcpu, bool interrupted)
{
	struct kvm_run *run = vcpu->run;
	u32 reason = READ_ONCE(run->exit_reason);
	u64 valid = READ_ONCE(run->kvm_valid_regs);
	bool at_rest = true;

	WRITE_ONCE(run->request_interrupt_window, 0);
	if (interrupted)
		at_rest = run_to_injection(vcpu) != 0;
	if (at_rest && vcpu->in_slot) {
		WRITE_ONCE(run->kvm_valid_regs, valid | SYNC_ALL);
		if (push(vcpu) || pull(vcpu))
			vcpu->in_slot = false;
		WRITE_ONCE(run->kvm_valid_regs, valid);
	}
	vcpu->ready = is_ready(vcpu);
	if (at_rest)
		WRITE_ONCE(run->exit_reason, reason);
	return at_rest;
}

/**
 * vic_kvm_come_to_rest() - no EOI, and no vector between INTA and injection
 * @vcpu: at rest, its run_lock held
 * @ret: with which KVM_RUN ended
 *
 * The mark that is left on the thread goes on its way to user mode.
 *
 * Context: process, the VM's mm.
 * Return: @ret; or 0 if KVM had another exit for the VMM, which so has to come
 * again before it saves.
 */
long vic_kvm_come_to_rest(struct vic_vcpu *vcpu, long ret)
{
	u8 *immediate_exit = vic_run_immediate_exit_ptr(vcpu->run);
	bool at_rest;
	u8 asked;

	lockdep_assert_held(&vcpu->run_lock);
	if (!vcpu->in_slot && !vic_ioapic_awaits_eoi(vcpu->vm->ioapic))
		return ret;
	asked = xchg(immediate_exit, 0);
	at_rest = settle(vcpu, ret == -EINTR);
	if (asked)
		WRITE_ONCE(*immediate_exit, asked);
	return at_rest ? ret : 0;
}
