// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_run.c - KVM_RUN, with our chips inside.
 *
 * Round and round: send what is due, hand over a vector of the pair, let KVM
 * run the guest, and handle the exits that are ours. The VMM sees only those
 * that are not.
 *
 * Handing over a vector (ExtINT). In split mode KVM takes one vector by
 * KVM_INTERRUPT when the guest can take it, which it says at the end of
 * KVM_RUN (ready_for_interrupt_injection: interrupts enabled, LINT0 accepts,
 * nothing half injected). Else we ask for an exit at the moment when it can
 * (request_interrupt_window). Both fields are between KVM and us: a VMM with a
 * PIC in the kernel has no use for them, and what it sees in them is what KVM
 * shows with its own PIC.
 *
 * struct kvm_run lies in memory that the VMM can write at any time. Each field
 * is read once, and bounded; a VMM that scribbles there confuses its own guest.
 */
#include "virqchip.h"
#include "irqchip/ioapic.h"
#include "irqchip/pic.h"
#include "vm/vm.h"

#include <linux/kvm.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/task_work.h>

/* ---- ExtINT ---------------------------------------------------------- */

static bool wants_out(const struct vic_vcpu *vcpu)
{
	return vic_run_immediate_exit(vcpu->run) || signal_pending(current);
}

static void ask_window(struct vic_vcpu *vcpu, bool ask)
{
	if (READ_ONCE(vcpu->run->request_interrupt_window) != ask)
		WRITE_ONCE(vcpu->run->request_interrupt_window, ask);
}

/* Whether it could take a vector is not known until the end of a KVM_RUN. */
static void withdraw_ready(struct vic_vcpu *vcpu)
{
	vcpu->ready = false;
	vcpu->said = false;
}

/*
 * While a vector is in its slot, KVM opens no window for the next one, not
 * even in the entry that injects it (kvm_cpu_accept_dm_intr()), and a guest
 * that then makes no exit would wait for it. So if INTR stays up after an INTA
 * we kick ourselves: KVM injects, comes back at once, and the entry after that
 * opens the window. A halted vCPU needs a first call to wake up.
 */
#define NR_PUSHES	2

static void push_if_next_waits(struct vic_vcpu *vcpu)
{
	if (likely(!vcpu->pushes))
		return;
	vcpu->pushes--;
	vic_kvm_kick(vcpu);
}

/*
 * The vector is in KVM's slot after this; the next entry injects it, if no NMI
 * or SMI goes first. See kvm_rest.c. One that KVM could not be given is
 * requested again.
 */
static long hand_over(struct vic_vcpu *vcpu)
{
	struct vic_vm *vm = vcpu->vm;
	struct kvm_interrupt interrupt = {};
	long ret;

	vcpu->handed = vic_pic_inta(vm->pic);
	interrupt.irq = vcpu->handed.vector;
	withdraw_ready(vcpu);
	WRITE_ONCE(vm->kvm.extint_vcpu, vcpu->id);
	ret = vic_kvm_call(vm, vcpu->file, KVM_INTERRUPT, &interrupt,
			   sizeof(interrupt));
	if (ret)
		vic_pic_take_back(vm->pic, &vcpu->handed);
	else
		vcpu->in_slot = true;
	return ret;
}

/*
 * The vCPU that INTR kicks first could take no vector though the guest has its
 * interrupts on: most likely its LAPIC does not accept ExtINT. Perhaps another
 * one does, and sleeps. One that has its interrupts off will take it when they
 * are on again: nobody else is disturbed, unless INTR stays up (kvm_resort.c).
 */
static void pass_on(struct vic_vcpu *vcpu)
{
	struct vic_vm *vm = vcpu->vm;

	if (vcpu->said && READ_ONCE(vcpu->run->if_flag) &&
	    READ_ONCE(vm->kvm.extint_vcpu) == vcpu->id)
		vic_kvm_tell_all_of_intr(vm, vcpu);
}

static void intr_is_seen(struct vic_vcpu *vcpu, bool up)
{
	vcpu->intr_seen = up;
	ask_window(vcpu, up);
	WRITE_ONCE(vcpu->awaits_window, up && vcpu->said && !vcpu->ready);
}

static long prepare_extint(struct vic_vcpu *vcpu)
{
	struct vic_pic *pic = vcpu->vm->pic;
	long ret = 0;

	if (likely(!vic_pic_intr(pic))) {
		intr_is_seen(vcpu, false);
		return 0;
	}
	if (vcpu->ready && !wants_out(vcpu)) {
		ret = hand_over(vcpu);
		intr_is_seen(vcpu, vic_pic_intr(pic));
		vcpu->pushes = vcpu->intr_seen ? NR_PUSHES : 0;
		return ret;
	}
	if (!vcpu->ready)
		pass_on(vcpu);
	intr_is_seen(vcpu, true);
	return 0;
}

/* ---- exits ----------------------------------------------------------- */

/*
 * An access whose emulation may go on with further exits before the guest is
 * entered leaves no moment to inject at: a vector handed over now could still
 * be in the slot when the VMM gets the next exit and saves.
 */
static bool handle_io(struct vic_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	u8 size = READ_ONCE(run->io.size);
	u16 port = READ_ONCE(run->io.port);
	u32 count = READ_ONCE(run->io.count);
	u64 offset = READ_ONCE(run->io.data_offset);
	bool is_write = READ_ONCE(run->io.direction) == KVM_EXIT_IO_OUT;
	u8 *data;

	offset -= KVM_PIO_PAGE_OFFSET * PAGE_SIZE;
	if (!size || size > sizeof(u32) || !count || offset >= PAGE_SIZE ||
	    count > (PAGE_SIZE - offset) / size)
		return false;
	if (count != 1)
		withdraw_ready(vcpu);

	for (data = vcpu->pio + offset; count; count--, data += size) {
		u8 value[sizeof(u32)] = {};

		if (is_write)
			memcpy(value, data, size);
		if (!vic_bus_pio(vcpu->vm, port, size, value, is_write))
			return false;
		if (!is_write)
			memcpy(data, value, size);
	}
	return true;
}

static bool handle_mmio(struct vic_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	u64 addr = READ_ONCE(run->mmio.phys_addr);
	u32 len = READ_ONCE(run->mmio.len);
	bool is_write = READ_ONCE(run->mmio.is_write);
	u8 value[sizeof(run->mmio.data)] = {};

	withdraw_ready(vcpu);
	if (!len || len > sizeof(value))
		return false;
	if (is_write)
		memcpy(value, run->mmio.data, len);
	if (!vic_bus_mmio(vcpu->vm, addr, len, value, is_write))
		return false;
	if (!is_write)
		memcpy(run->mmio.data, value, len);
	return true;
}

/* True if the exit was ours and the guest can go on. */
static bool handle_exit(struct vic_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	switch (READ_ONCE(run->exit_reason)) {
	case KVM_EXIT_IO:
		return handle_io(vcpu);
	case KVM_EXIT_MMIO:
		return handle_mmio(vcpu);
	case KVM_EXIT_IOAPIC_EOI:
		vic_ioapic_eoi(vcpu->vm->ioapic, READ_ONCE(run->eoi.vector));
		return true;
	case KVM_EXIT_IRQ_WINDOW_OPEN:
		return true;
	default:
		return false;
	}
}

/* ---- in and out ------------------------------------------------------ */

/* Returns whether it woke us. */
static bool forget_kick(struct vic_vcpu *vcpu)
{
	bool woken;

	raw_spin_lock_irq(&vcpu->kick_lock);
	vcpu->kicked = false;
	woken = vcpu->woken;
	raw_spin_unlock_irq(&vcpu->kick_lock);
	return woken;
}

/* From here on others count on us to look what is pending. */
static void come_in(struct vic_vcpu *vcpu)
{
	raw_spin_lock_irq(&vcpu->kick_lock);
	WRITE_ONCE(vcpu->task, current);
	vcpu->kicked = false;
	raw_spin_unlock_irq(&vcpu->kick_lock);
}

/*
 * From here on nobody counts on us: so what others left to us until now is sent
 * now. The VMM may keep the thread for long.
 *
 * A kick whose mark nobody has taken away is not forgotten: another KVM_RUN of
 * this call would have ended by it, and the VMM would have heard of that. On
 * the way to user mode the core takes the mark.
 */
static void go_out(struct vic_vcpu *vcpu)
{
	raw_spin_lock_irq(&vcpu->kick_lock);
	WRITE_ONCE(vcpu->task, NULL);
	raw_spin_unlock_irq(&vcpu->kick_lock);
	/* Pairs with vic_kvm_seek(): outside first, then what is pending. */
	smp_mb();
	vic_kvm_flush_if_pending(vcpu->vm, &vcpu->vm->kvm);
}

static bool leave(struct vic_vcpu *vcpu)
{
	bool kicked;

	raw_spin_lock_irq(&vcpu->kick_lock);
	WRITE_ONCE(vcpu->inside, false);
	kicked = vcpu->kicked;
	raw_spin_unlock_irq(&vcpu->kick_lock);
	return kicked;
}

/*
 * False: something came up since prepare(); kickers did not see us inside. Not
 * if the thread has to come out: KVM_RUN then ends before the guest is entered,
 * and what came up is sent before the VMM gets the thread. A VMM may make
 * things come up faster than they are sent.
 */
static bool enter(struct vic_vcpu *vcpu)
{
	struct vic_vm *vm = vcpu->vm;

	/* Pairs with tell_of_intr(), kvm_kick.c. */
	smp_store_release(&vcpu->inside, true);
	/*
	 * Pairs with vic_kvm_seek() and vic_apicbus_intr(): either we see what
	 * they did, or they see us and kick.
	 */
	smp_mb();
	if (likely(!READ_ONCE(vm->kvm.pending) &&
		   (vcpu->intr_seen || !vic_pic_intr(vm->pic))))
		return true;
	if (wants_out(vcpu))
		return true;
	leave(vcpu);
	return false;
}

/*
 * Our kick ended KVM_RUN. If nothing else wants this thread out of it, take
 * the mark away and go on. Work queued for the thread (task_work_add()) uses
 * the same mark, and runs on the way to user mode only: leave it set, and let
 * the core restart the ioctl when the work is done. The work may come between
 * our look and our clearing; so look again.
 *
 * 0: go round again.
 */
static long after_kick(struct vic_vcpu *vcpu)
{
	bool woken;

	if (task_sigpending(current) || vic_run_immediate_exit(vcpu->run))
		return -EINTR;
	if (task_work_pending(current))
		return -ERESTARTNOINTR;
	woken = forget_kick(vcpu);
	clear_notify_signal();
	if (task_work_pending(current)) {
		set_thread_flag(TIF_NOTIFY_SIGNAL);
		return -ERESTARTNOINTR;
	}
	if (woken)
		vic_resort_look_for_faults(vcpu->vm);
	cond_resched();
	return 0;
}

/*
 * KVM tells of an open window before it looks whether something wants the
 * thread out (arch/x86/kvm/x86.c, vcpu_run()), and we hand over nothing while
 * something does: going round again would end the same way, for ever. So such
 * an exit is what it would be with KVM's own PIC, an interruption.
 */
static bool is_interrupted_at_window(struct vic_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	if (READ_ONCE(run->exit_reason) != KVM_EXIT_IRQ_WINDOW_OPEN ||
	    !signal_pending(current))
		return false;
	WRITE_ONCE(run->exit_reason, KVM_EXIT_INTR);
	return true;
}

#define RUN_AGAIN	1

static long run_once(struct vic_vcpu *vcpu, unsigned long arg)
{
	long ret = vic_kvm_flush_if_pending(vcpu->vm, &vcpu->vm->kvm);
	bool kicked;

	/* A VMM that goes on after it was told has a guest that goes on. */
	if (!ret || !vic_kvm_is_news(vcpu->vm, ret))
		ret = prepare_extint(vcpu);
	if (ret)
		return ret;
	if (!enter(vcpu)) {
		cond_resched();
		return RUN_AGAIN;
	}
	push_if_next_waits(vcpu);
	ret = vic_file_ioctl(vcpu->file, KVM_RUN, arg);
	if (!ret && is_interrupted_at_window(vcpu))
		ret = -EINTR;
	kicked = leave(vcpu);

	vcpu->ready = READ_ONCE(vcpu->run->ready_for_interrupt_injection);
	vcpu->said = true;
	if (vcpu->ready)
		vcpu->in_slot = false;
	if (ret == -EINTR && kicked)
		return after_kick(vcpu) ?: RUN_AGAIN;
	if (!ret && handle_exit(vcpu))
		return RUN_AGAIN;
	return ret;
}

/*
 * Nothing is half done that the next KVM_RUN would go on with, so the VMM may
 * save this state, or load another. After any other exit it has to come again
 * first (Documentation/virt/kvm/api.rst, KVM_RUN).
 */
static bool is_at_rest(struct vic_vcpu *vcpu, long ret)
{
	return ret == -EINTR || (!ret && READ_ONCE(vcpu->run->exit_reason) ==
				 KVM_EXIT_SHUTDOWN);
}

/**
 * vic_kvm_run() - KVM_RUN
 * @vcpu: a vCPU of a VM with our chips
 * @arg: KVM's, 0
 *
 * Whatever was kicked our way is sent before the VMM gets the thread back: it
 * may not come again for long, and other vCPUs may wait for it.
 *
 * Context: process; may run for ever.
 * Return: what KVM answers; the errno of vic_kvm_flush(), once; -EIO in another
 * mm than the VM's.
 */
long vic_kvm_run(struct vic_vcpu *vcpu, unsigned long arg)
{
	struct kvm_run *run = vcpu->run;
	u8 window;
	long ret;

	if (vcpu->vm->mm != current->mm)
		return -EIO;
	if (mutex_lock_killable(&vcpu->run_lock))
		return -EINTR;
	come_in(vcpu);
	window = READ_ONCE(run->request_interrupt_window);
	if (READ_ONCE(run->kvm_dirty_regs))
		withdraw_ready(vcpu);
	do {
		ret = run_once(vcpu, arg);
	} while (ret == RUN_AGAIN);

	if (is_at_rest(vcpu, ret))
		ret = vic_kvm_come_to_rest(vcpu, ret);
	go_out(vcpu);
	ask_window(vcpu, window);
	WRITE_ONCE(run->ready_for_interrupt_injection, 1);
	mutex_unlock(&vcpu->run_lock);
	return ret;
}

/**
 * vic_kvm_state_changes() - what KVM said of a vCPU need not hold any more
 * @vcpu: whose state the VMM is about to load
 *
 * With interrupts off now, a vector handed over would be in service long before
 * the guest takes it. KVM says anew at the end of the next KVM_RUN.
 *
 * Context: process; waits for KVM_RUN as KVM's own ioctls do.
 * Return: 0; -EINTR if the thread is killed: then nothing may be loaded.
 */
int vic_kvm_state_changes(struct vic_vcpu *vcpu)
{
	if (mutex_lock_killable(&vcpu->run_lock))
		return -EINTR;
	withdraw_ready(vcpu);
	mutex_unlock(&vcpu->run_lock);
	return 0;
}
