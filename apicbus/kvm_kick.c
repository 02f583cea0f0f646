// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_kick.c - whom to take out of KVM_RUN, and how, from any context.
 *
 * TIF_NOTIFY_SIGNAL makes KVM_RUN return -EINTR without a signal being queued
 * for the VMM. The vCPU's wrapper (kvm_run.c) knows by its @kicked flag that
 * it was us, clears the mark and goes round again; the VMM notices nothing.
 *
 * Whom: a thread that will come by at once. What a vCPU's thread does now is
 * read under its kick_lock, which keeps the task valid; vCPUs are found under
 * RCU. All of this may run with interrupts off, in an eventfd's wake-up, so no
 * more than MAX_LOOKS vCPUs are looked at, however many there are. What that
 * does not settle is left to a work item, and so is whoever was told and then
 * does not come (kvm_resort.c).
 */
#include "virqchip.h"
#include "apicbus/apicbus.h"
#include "irqchip/pic.h"
#include "trace.h"

#include <linux/bitops.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

/* ---- one vCPU -------------------------------------------------------- */

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

static void mark(struct vic_vcpu *vcpu)
{
	lockdep_assert_held(&vcpu->kick_lock);

	if (vcpu->kicked)
		return;
	vcpu->kicked = true;
	vcpu->woken = READ_ONCE(vcpu->task->__state) & TASK_INTERRUPTIBLE;
	WRITE_ONCE(vcpu->nr_kicks, vcpu->nr_kicks + 1);
	interrupt_task(vcpu->task);
}

/**
 * enum standing - what a vCPU's thread is good for now, worst first
 * @OUTSIDE: with its VMM: it looks what is pending before it runs its guest
 * @WAITING: for a CPU, a page or a lock; stopped or traced threads are OUTSIDE
 * @ASLEEP: inside KVM_RUN, interruptibly: halted, or in a page fault that the
 *	VMM handles
 * @RUNNING: on a CPU
 */
enum standing {
	OUTSIDE,
	WAITING,
	ASLEEP,
	RUNNING,
};

static bool is_on_cpu(const struct task_struct *task)
{
#ifdef CONFIG_SMP
	return READ_ONCE(task->on_cpu);
#else
	return task == current;
#endif
}

static enum standing standing_of(const struct vic_vcpu *vcpu)
{
	const struct task_struct *task = vcpu->task;

	lockdep_assert_held(&vcpu->kick_lock);

	if (!task)
		return OUTSIDE;
	if (is_on_cpu(task))
		return RUNNING;
	if (READ_ONCE(vcpu->inside) &&
	    (READ_ONCE(task->__state) & TASK_INTERRUPTIBLE))
		return ASLEEP;
	return WAITING;
}

/*
 * Tells a vCPU that stands at @least or better. One that is in our loop needs
 * no mark: it will look. The first look, which takes no lock, pairs with the
 * barrier in enter(): we come from a full barrier after what we have to tell,
 * and who is not yet seen here will see that. Returns where it stands.
 */
static enum standing tell(struct vic_vcpu *vcpu, enum standing least)
{
	enum standing standing;
	unsigned long flags;
	bool marked;

	if (!READ_ONCE(vcpu->task))
		return OUTSIDE;
	raw_spin_lock_irqsave(&vcpu->kick_lock, flags);
	standing = standing_of(vcpu);
	marked = standing != OUTSIDE && standing >= least &&
		 READ_ONCE(vcpu->inside);
	if (marked)
		mark(vcpu);
	raw_spin_unlock_irqrestore(&vcpu->kick_lock, flags);
	if (marked)
		trace_vic_kick(vcpu->vm->id, vcpu->id);
	return standing;
}

/**
 * vic_kvm_kick() - take one vCPU out of KVM_RUN, if it is there
 * @vcpu: which
 *
 * Context: any, also hard interrupt; RCU or a reference keeps @vcpu.
 */
void vic_kvm_kick(struct vic_vcpu *vcpu)
{
	tell(vcpu, WAITING);
}

/**
 * vic_kvm_kick_all() - take all vCPUs out of KVM_RUN that are there
 * @vm: whose
 *
 * Context: process, interrupts on; it goes by the number of vCPUs.
 */
void vic_kvm_kick_all(struct vic_vm *vm)
{
	struct vic_vcpu *vcpu;
	unsigned long id;

	rcu_read_lock();
	xa_for_each(&vm->kvm.vcpus, id, vcpu)
		vic_kvm_kick(vcpu);
	rcu_read_unlock();
}

/* ---- somebody who sends ---------------------------------------------- */

/** MAX_LOOKS - vCPUs looked at with interrupts off, besides the destination */
#define MAX_LOOKS	8

/**
 * struct looks - at which vCPUs one search looks
 * @vcpus: them
 * @nr: how many
 * @all: there are no others
 */
struct looks {
	struct vic_vcpu *vcpus[MAX_LOOKS];
	unsigned int nr;
	bool all;
};

static void look_from(struct looks *looks, struct vic_kvm *kvm,
		      unsigned long first, unsigned long last)
{
	XA_STATE(xas, &kvm->vcpus, first);
	struct vic_vcpu *vcpu;

	xas_for_each(&xas, vcpu, last) {
		if (xas_retry(&xas, vcpu))
			continue;
		if (looks->nr == MAX_LOOKS) {
			looks->all = false;
			return;
		}
		looks->vcpus[looks->nr++] = vcpu;
	}
}

/* By id, round from where the last search found somebody, or ended. */
static void choose(struct looks *looks, struct vic_kvm *kvm)
{
	unsigned long first = READ_ONCE(kvm->sender);

	looks->nr = 0;
	looks->all = true;
	look_from(looks, kvm, first, ULONG_MAX);
	if (first)
		look_from(looks, kvm, 0, first - 1);
}

/*
 * To whom a message goes is a vCPU's id most often if it is physical, and the
 * lowest bit of it if it is logical, in the flat model. The destination sends
 * to itself: one exit, and nobody else is disturbed.
 */
static struct vic_vcpu *destination_of(struct vic_kvm *kvm,
				       const struct vic_msg *msg)
{
	if (!msg->logical)
		return xa_load(&kvm->vcpus, msg->dest);
	return msg->dest ? xa_load(&kvm->vcpus, __ffs(msg->dest)) : NULL;
}

/*
 * Nobody comes by at once, and nobody sleeps. Those inside KVM_RUN run no guest
 * code before they get what they wait for; if all of them are marked, whoever
 * gets it first sends before any guest code could miss the message.
 */
static void tell_waiting(const struct looks *looks)
{
	unsigned int i;

	for (i = 0; i < looks->nr; i++)
		vic_kvm_kick(looks->vcpus[i]);
}

static void begin_next_at(struct vic_kvm *kvm, const struct vic_vcpu *vcpu)
{
	if (READ_ONCE(kvm->sender) != vcpu->id)
		WRITE_ONCE(kvm->sender, vcpu->id);
}

/*
 * One on a CPU costs least. One that sleeps, and gets no message, is better not
 * woken: it is far away most often, on a CPU that sleeps as well, and the work
 * item is done by the time that it comes. Nor are those at which we have not
 * looked sought any further. Returns false if nobody needs to send.
 */
static bool tell_others(struct vic_vm *vm)
{
	bool waiting = false, asleep = false;
	struct vic_kvm *kvm = &vm->kvm;
	struct looks looks;
	unsigned int i;

	choose(&looks, kvm);
	for (i = 0; i < looks.nr; i++) {
		enum standing standing = tell(looks.vcpus[i], RUNNING);

		if (standing == RUNNING) {
			begin_next_at(kvm, looks.vcpus[i]);
			return true;
		}
		asleep |= standing == ASLEEP;
		waiting |= standing == WAITING;
	}
	if (looks.all && !asleep) {
		if (waiting)
			tell_waiting(&looks);
		return waiting;
	}
	if (!looks.all)
		begin_next_at(kvm, looks.vcpus[MAX_LOOKS - 1]);
	vic_resort_queue(vm, VIC_ERRAND_NEAR);
	return true;
}

/*
 * A destination that waits for a CPU is marked as well as somebody else is told:
 * if that one does not come, it has its message as soon as it has its CPU.
 */
static void seek(struct vic_vm *vm, const struct vic_msg *msg)
{
	struct vic_kvm *kvm = &vm->kvm;
	struct vic_vcpu *vcpu = msg ? destination_of(kvm, msg) : NULL;
	enum standing least = READ_ONCE(kvm->spare_sleepers) ? RUNNING :
							       ASLEEP;
	enum standing standing = vcpu ? tell(vcpu, least) : OUTSIDE;
	bool told = standing >= least;

	if (!told && standing == WAITING)
		vic_kvm_kick(vcpu);
	if (!told)
		told = tell_others(vm) || standing == WAITING;
	if (told)
		vic_resort_guard(vm);
}

/**
 * vic_kvm_seek() - something may be due; get it sent
 * @vm: whose
 * @msg: the message, as a hint whom to tell; NULL: none that is known
 *
 * Whoever finds @pending set leaves it to those who were told when it was set.
 * If no vCPU is inside KVM_RUN, none runs guest code, and the first that is
 * about to will come by: then nobody is told.
 *
 * Context: any, also hard interrupt; bounded, whatever the number of vCPUs.
 */
void vic_kvm_seek(struct vic_vm *vm, const struct vic_msg *msg)
{
	struct vic_kvm *kvm = &vm->kvm;

	/*
	 * A full barrier between what is due and the look who runs; pairs with
	 * those in enter() and go_out(), kvm_run.c. If it was set, it pairs
	 * with the exchange in vic_kvm_flush(): that will see what is due.
	 */
	if (xchg(&kvm->pending, true))
		return;
	atomic_inc(&kvm->nr_seeks);
	/* Our own flush: the work item looks again (kvm_resort.c). */
	if (vic_resort_is_current(vm))
		return;
	rcu_read_lock();
	seek(vm, msg);
	rcu_read_unlock();
}

/* ---- who takes ExtINT ------------------------------------------------ */

/*
 * Who awaits the window comes out by itself when it can take a vector. Who is
 * not inside looks at INTR before it goes there. The order is as in tell().
 */
static void tell_of_intr(struct vic_vcpu *vcpu)
{
	/* Pairs with the release in enter(). */
	if (!smp_load_acquire(&vcpu->inside) ||
	    READ_ONCE(vcpu->awaits_window))
		return;
	vic_kvm_kick(vcpu);
}

/**
 * vic_kvm_tell_all_of_intr() - INTR is up, and who took the last INTA does not
 *	take it
 * @vm: whose; every vCPU is told once of each rise
 * @self: who need not be told, or NULL
 *
 * Context: process, interrupts on; it goes by the number of vCPUs.
 */
void vic_kvm_tell_all_of_intr(struct vic_vm *vm, const struct vic_vcpu *self)
{
	struct vic_kvm *kvm = &vm->kvm;
	u32 rise = atomic_read(&kvm->nr_rises);
	struct vic_vcpu *vcpu;
	unsigned long id;

	if (READ_ONCE(kvm->told_rise) == rise)
		return;
	WRITE_ONCE(kvm->told_rise, rise);
	rcu_read_lock();
	xa_for_each(&kvm->vcpus, id, vcpu)
		if (vcpu != self)
			tell_of_intr(vcpu);
	rcu_read_unlock();
}

/*
 * INTR goes to the LINT0 of every LAPIC, and only KVM knows which of them
 * accept it. The one that took the last INTA most likely still does. If it is
 * in our loop or with its VMM, it will look by itself, and no other is
 * disturbed. If it finds that its LAPIC does not accept, it tells all others
 * (kvm_run.c, prepare_extint()); and if INTR is still up after a moment, the
 * guard does. See apicbus.h.
 */
void vic_apicbus_intr(struct vic_vm *vm)
{
	struct vic_kvm *kvm = &vm->kvm;
	struct vic_vcpu *vcpu;

	/* Pairs with the one in enter(), kvm_run.c: INTR first, then who runs. */
	atomic_inc(&kvm->nr_rises);
	smp_mb__after_atomic();
	rcu_read_lock();
	vcpu = xa_load(&kvm->vcpus, READ_ONCE(kvm->extint_vcpu));
	if (vcpu)
		tell_of_intr(vcpu);
	rcu_read_unlock();
	vic_resort_guard(vm);
}
