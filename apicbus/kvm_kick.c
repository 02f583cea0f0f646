// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_kick.c - taking a vCPU out of KVM_RUN, from any context.
 *
 * TIF_NOTIFY_SIGNAL makes KVM_RUN return -EINTR without a signal being queued
 * for the VMM. The vCPU's wrapper (kvm_run.c) knows by its @kicked flag that
 * it was us, clears the mark and goes round again; the VMM notices nothing.
 *
 * Who is inside KVM_RUN is guarded by the vCPU's kick_lock: a task found there
 * cannot go away before the lock is released. vCPUs are found under RCU.
 */
#include "virqchip.h"
#include "apicbus/apicbus.h"
#include "irqchip/pic.h"
#include "trace.h"

#include <linux/sched.h>
#include <linux/sched/signal.h>

/*
 * A blocked task is woken, one in guest mode gets an interprocessor interrupt.
 * As set_notify_signal(), whose wake_up_state() is not exported; the look before
 * wake_up_process() keeps us from waking who sleeps uninterruptibly, say in a
 * page fault or on a mutex, for an event that is not ours.
 *
 * The look misses nobody. The flag is set with a full barrier before it. A task
 * that goes to sleep interruptibly afterwards has a full barrier between its
 * state and schedule()'s look at the flag (signal_pending_state()), and does not
 * sleep. One seen in another sleep is not waiting for what we have, and KVM_RUN
 * looks at the flag before it next halts or enters the guest. The state may
 * change between the look and the wake-up: then somebody may be woken without
 * need, which every sleeper must expect.
 */
static void interrupt_task(struct task_struct *task)
{
	if (test_and_set_tsk_thread_flag(task, TIF_NOTIFY_SIGNAL))
		return;
	if (!(READ_ONCE(task->__state) & TASK_INTERRUPTIBLE) ||
	    !wake_up_process(task))
		kick_process(task);
}

/**
 * vic_kvm_try_kick() - take one vCPU out of KVM_RUN
 * @vcpu: which
 *
 * Context: any, also hard interrupt; RCU or a reference keeps @vcpu.
 * Return: false if it is not inside KVM_RUN. Then it will look for itself what
 * is pending before it enters.
 */
bool vic_kvm_try_kick(struct vic_vcpu *vcpu)
{
	unsigned long flags;
	bool inside;

	raw_spin_lock_irqsave(&vcpu->kick_lock, flags);
	inside = vcpu->task;
	if (inside && !vcpu->kicked) {
		vcpu->kicked = true;
		interrupt_task(vcpu->task);
	}
	raw_spin_unlock_irqrestore(&vcpu->kick_lock, flags);
	if (inside)
		trace_vic_kick(vcpu->vm->id, vcpu->id);
	return inside;
}

/**
 * vic_kvm_kick_any() - get one thread that may send to come by
 * @vm: whose
 *
 * If no vCPU is inside KVM_RUN, none runs guest code, and the first that is
 * about to will come by.
 *
 * Context: any, also hard interrupt.
 */
void vic_kvm_kick_any(struct vic_vm *vm)
{
	struct vic_vcpu *vcpu;
	unsigned long id;

	rcu_read_lock();
	xa_for_each(&vm->kvm.vcpus, id, vcpu)
		if (vic_kvm_try_kick(vcpu))
			break;
	rcu_read_unlock();
}

/**
 * vic_kvm_kick_for() - as vic_kvm_kick_any(), best the vCPU that gets a message
 * @vm: whose
 * @msg: the message; a physical destination is most likely a vCPU's id
 *
 * The destination comes out and sends to itself: one exit, and no other vCPU
 * is disturbed.
 *
 * Context: any, also hard interrupt.
 */
void vic_kvm_kick_for(struct vic_vm *vm, const struct vic_msg *msg)
{
	struct vic_vcpu *vcpu = NULL;

	rcu_read_lock();
	if (!msg->logical)
		vcpu = xa_load(&vm->kvm.vcpus, msg->dest);
	if (!vcpu || !vic_kvm_try_kick(vcpu))
		vic_kvm_kick_any(vm);
	rcu_read_unlock();
}

/**
 * vic_kvm_kick_others() - kick every vCPU but one
 * @vm: whose
 * @self: who need not be kicked
 *
 * Context: any.
 */
void vic_kvm_kick_others(struct vic_vm *vm, const struct vic_vcpu *self)
{
	struct vic_vcpu *vcpu;
	unsigned long id;

	rcu_read_lock();
	xa_for_each(&vm->kvm.vcpus, id, vcpu)
		if (vcpu != self)
			vic_kvm_try_kick(vcpu);
	rcu_read_unlock();
}

/*
 * INTR goes to the LINT0 of every LAPIC, and only KVM knows which of them
 * accept it. The one that took the last INTA most likely still does; when it
 * finds that it cannot take this one now, it passes the kick on to all others
 * (kvm_run.c, prepare_extint()). See apicbus.h.
 */
void vic_apicbus_intr(struct vic_vm *vm)
{
	struct vic_vcpu *vcpu;

	/* Pairs with the one in enter(), kvm_run.c: INTR first, then who runs. */
	smp_mb();
	rcu_read_lock();
	vcpu = xa_load(&vm->kvm.vcpus, READ_ONCE(vm->kvm.extint_vcpu));
	if (!vcpu || !vic_kvm_try_kick(vcpu))
		vic_kvm_kick_others(vm, vcpu);
	rcu_read_unlock();
}
