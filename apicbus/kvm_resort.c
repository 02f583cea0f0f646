// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_resort.c - who sends when no vCPU does: work items, and the guard that
 * calls for them.
 *
 * KVM's ioctls ask for no more than the VMM's address space as current->mm, and
 * a kernel thread can have that for a moment (kthread_use_mm()). It costs two
 * switches of threads, so it is for the exception: the search for a vCPU found
 * none on a CPU, and either one that sleeps or no end (kvm_kick.c). That is done
 * near, on the CPU that asks for it, as KVM's own work item is: no other has to
 * wake up. And somebody was told and does not come: his thread was preempted on
 * its way, or waits for something, or this CPU has no time for the near one.
 * Then it is for whichever comes first, a near one of where the guard fires or
 * one wherever the scheduler thinks that there is time.
 *
 * For the latter there is a timer, armed when somebody is told and no more than
 * once in GUARD_JIFFIES: a busy VM pays for one timer in that time, and one that
 * is idle again for one that finds nothing.
 *
 * And where a vCPU must not be woken. One that sleeps interruptibly in KVM_RUN
 * may be halted, or in a page fault that the VMM handles (userfaultfd), and
 * there is nothing to tell the two apart by: if it is the latter, to be woken
 * means to fault anew, and the VMM gets another message for each. So while any
 * of the VMM's memory is under such watch, sleepers are left alone and the work
 * item sends. That is found out when a sleeper was woken, at most once in
 * LOOK_JIFFIES, since it means to walk the address space.
 *
 * INTR cannot be served here: INTA is the vCPU's, with its KVM_INTERRUPT. If it
 * stays up, every vCPU is told, since the LAPIC that accepts it may be another
 * than the last time.
 *
 * Nothing here keeps the module loaded. A work item holds its VM; unloading, for
 * which all files have been closed, waits for work items.
 */
#include "virqchip.h"
#include "apicbus/kvm.h"
#include "irqchip/pic.h"
#include "trace.h"
#include "vm/vm.h"

#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>
#include <linux/userfaultfd_k.h>

/** GUARD_JIFFIES - whoever was told has this long at least, less one */
#define GUARD_JIFFIES	2

/** LOOK_JIFFIES - between two looks whether the VMM handles page faults */
#define LOOK_JIFFIES	(HZ / 10)

/**
 * enum errand_flag - bits of vic_errand.flags
 * @QUEUED: the work item is on its way, and holds the VM
 * @TELL_OF_INTR: it shall tell every vCPU of INTR
 */
enum errand_flag {
	QUEUED,
	TELL_OF_INTR,
};

static struct workqueue_struct *workqueues[VIC_NR_ERRANDS];

/* ---- page faults that the VMM handles -------------------------------- */

static bool handles_faults(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, 0);

	mmap_assert_locked(mm);
	for_each_vma(vmi, vma)
		if (userfaultfd_armed(vma))
			return true;
	return false;
}

/**
 * vic_resort_look_for_faults() - may a vCPU that sleeps be in a page fault?
 * @vm: whose
 *
 * The VMM may change that at any time: until the next look a vCPU is woken that
 * should not be, or not woken that could have been, and both do no harm.
 *
 * Context: process, the VM's mm.
 */
void vic_resort_look_for_faults(struct vic_vm *vm)
{
	struct vic_kvm *kvm = &vm->kvm;

	if (time_before(jiffies, READ_ONCE(kvm->looked_at) + LOOK_JIFFIES) ||
	    !mmap_read_trylock(vm->mm))
		return;
	WRITE_ONCE(kvm->looked_at, jiffies);
	WRITE_ONCE(kvm->spare_sleepers, handles_faults(vm->mm));
	mmap_read_unlock(vm->mm);
}

/* ---- the work item --------------------------------------------------- */

/*
 * Pages that are not there stay so: the VMM could hold up a page fault for as
 * long as it likes, and us with it. Then it is for its own threads to fetch the
 * window (kvm_window.c), or to hear that it has gone. Nor is there a wait for
 * whom the VMM may hold up: what another has locked is unsent (-EAGAIN).
 *
 * What is unsent after our flush may be so for us only; what is pending has
 * become so meanwhile, and whoever made it so may have left it to us. Then all
 * vCPUs are told: the first that comes by tries again, and reports what fails.
 */
static void send_instead(struct vic_errand *errand)
{
	struct vic_vm *vm = errand->vm;

	pagefault_disable();
	WRITE_ONCE(errand->worker, current);
	vic_kvm_flush(vm);
	WRITE_ONCE(errand->worker, NULL);
	pagefault_enable();
	WRITE_ONCE(errand->nr_sent, errand->nr_sent + 1);
	trace_vic_last_resort(vm->id);
	if (READ_ONCE(vm->kvm.pending) || READ_ONCE(vm->kvm.unsent))
		vic_kvm_kick_all(vm);
	if (READ_ONCE(vm->kvm.spare_sleepers))
		vic_resort_look_for_faults(vm);
}

static bool any_vcpu_is_in(struct vic_vm *vm)
{
	XA_STATE(xas, &vm->kvm.vcpus, 0);
	struct vic_vcpu *vcpu;
	bool any = false;

	rcu_read_lock();
	xas_for_each(&xas, vcpu, ULONG_MAX) {
		any = !xas_retry(&xas, vcpu) && READ_ONCE(vcpu->task);
		if (any)
			break;
	}
	rcu_read_unlock();
	return any;
}

/*
 * If no vCPU is inside KVM_RUN what is pending stays so, for the first that
 * comes; likewise if the address space has no users left.
 */
static void work(struct work_struct *work)
{
	struct vic_errand *errand = container_of(work, struct vic_errand, work);
	struct vic_vm *vm = errand->vm;
	struct mm_struct *mm = mmget_not_zero(vm->mm) ? vm->mm : NULL;

	clear_bit(QUEUED, &errand->flags);
	/*
	 * Pairs with vic_resort_queue(): whoever found us queued had set what
	 * we look at now. And with enter(), as the one in vic_kvm_seek() does.
	 */
	smp_mb__after_atomic();
	if (test_and_clear_bit(TELL_OF_INTR, &errand->flags)) {
		WRITE_ONCE(errand->nr_told, errand->nr_told + 1);
		vic_kvm_tell_all_of_intr(vm, NULL);
	}
	if (mm)
		kthread_use_mm(mm);
	/* Under the lock from the look on: see vic_resort_settle(). */
	mutex_lock(&errand->sending);
	if (mm && READ_ONCE(vm->kvm.pending) && any_vcpu_is_in(vm))
		send_instead(errand);
	mutex_unlock(&errand->sending);
	/* If we were its last user, its windows are unmapped. */
	vic_vm_put(vm);
	if (!mm)
		return;
	kthread_unuse_mm(mm);
	/* Were we the last user, unmapping all would be no job of ours. */
	mmput_async(mm);
}

/**
 * vic_resort_queue() - have a work item look
 * @vm: whose
 * @kind: which
 *
 * Context: any, also hard interrupt; RCU or a reference keeps @vm.
 */
void vic_resort_queue(struct vic_vm *vm, enum vic_errand_kind kind)
{
	struct vic_errand *errand = &vm->kvm.resort.errands[kind];

	/* A full barrier, also if it was set. */
	if (test_and_set_bit(QUEUED, &errand->flags))
		return;
	/* A VM that is being destroyed has no vCPU; the flag stays. */
	if (kref_get_unless_zero(&vm->ref))
		queue_work(workqueues[kind], &errand->work);
}

/**
 * vic_resort_settle() - wait until no work item is sending
 * @vm: whose vCPUs have all come out, if it is to stay so
 *
 * For whoever looks at state or loads it: a message that is on its way would be
 * in no chip and in no LAPIC, or come into a state that has been loaded. Work
 * items that begin later find no vCPU inside, and leave what is pending alone.
 *
 * Context: process; no lock of ours held. A work item waits for nothing of the
 * VMM's, but may be kept from its CPU.
 * Return: 0; -EINTR if the thread is killed.
 */
int vic_resort_settle(struct vic_vm *vm)
{
	enum vic_errand_kind kind;

	for (kind = 0; kind < VIC_NR_ERRANDS; kind++) {
		struct vic_errand *errand = &vm->kvm.resort.errands[kind];

		if (mutex_lock_killable(&errand->sending))
			return -EINTR;
		mutex_unlock(&errand->sending);
	}
	return 0;
}

/**
 * vic_resort_is_current() - are we called by a work item's own flush?
 * @vm: whose
 *
 * Context: any.
 * Return: true if so.
 */
bool vic_resort_is_current(const struct vic_vm *vm)
{
	const struct vic_errand *errands = vm->kvm.resort.errands;

	return (READ_ONCE(errands[VIC_ERRAND_NEAR].worker) == current ||
		READ_ONCE(errands[VIC_ERRAND_FAR].worker) == current) &&
	       in_task();
}

/* ---- the guard ------------------------------------------------------- */

static void arm(struct vic_vm *vm)
{
	struct vic_kvm *kvm = &vm->kvm;

	WRITE_ONCE(kvm->resort.guarded_seek, atomic_read(&kvm->nr_seeks));
	WRITE_ONCE(kvm->resort.guarded_rise, atomic_read(&kvm->nr_rises));
	mod_timer(&kvm->resort.guard, jiffies + GUARD_JIFFIES);
}

/**
 * vic_resort_guard() - somebody was told: see to it that he comes
 * @vm: whose
 *
 * If the guard is armed already, it will find that what it guards is done, and
 * be armed anew for what is not.
 *
 * Context: any, also hard interrupt; RCU or a reference keeps @vm. A full
 * barrier after what is to be guarded was set.
 */
void vic_resort_guard(struct vic_vm *vm)
{
	if (!timer_pending(&vm->kvm.resort.guard))
		arm(vm);
}

static void queue_all(struct vic_vm *vm)
{
	vic_resort_queue(vm, VIC_ERRAND_NEAR);
	vic_resort_queue(vm, VIC_ERRAND_FAR);
}

/* Softirq. */
static void guard_fires(struct timer_list *timer)
{
	struct vic_vm *vm = container_of(timer, struct vic_vm,
					 kvm.resort.guard);
	struct vic_kvm *kvm = &vm->kvm;
	struct vic_resort *resort = &kvm->resort;
	bool pending, up;

	/* Pairs with the barrier before vic_resort_guard(): disarmed first. */
	smp_mb();
	/* Nobody to tell; and without files of the VM's nothing is queued. */
	if (xa_empty(&kvm->vcpus))
		return;
	pending = READ_ONCE(kvm->pending);
	up = vic_pic_intr(vm->pic) &&
	     atomic_read(&kvm->nr_rises) != READ_ONCE(kvm->told_rise);
	if (!pending && !up)
		return;
	if (pending &&
	    atomic_read(&kvm->nr_seeks) == READ_ONCE(resort->guarded_seek)) {
		queue_all(vm);
		pending = false;
	}
	if (up &&
	    atomic_read(&kvm->nr_rises) == READ_ONCE(resort->guarded_rise)) {
		set_bit(TELL_OF_INTR, &resort->errands[VIC_ERRAND_NEAR].flags);
		set_bit(TELL_OF_INTR, &resort->errands[VIC_ERRAND_FAR].flags);
		queue_all(vm);
		up = false;
	}
	if (pending || up)
		arm(vm);
}

/* ---- life ------------------------------------------------------------ */

/**
 * vic_resort_init() - nothing to do yet
 * @vm: a VM that nobody else can see yet
 */
void vic_resort_init(struct vic_vm *vm)
{
	struct vic_resort *resort = &vm->kvm.resort;
	enum vic_errand_kind kind;

	vm->kvm.looked_at = jiffies - LOOK_JIFFIES;
	for (kind = 0; kind < VIC_NR_ERRANDS; kind++) {
		resort->errands[kind].vm = vm;
		mutex_init(&resort->errands[kind].sending);
		INIT_WORK(&resort->errands[kind].work, work);
	}
	timer_setup(&resort->guard, guard_fires, 0);
}

/**
 * vic_resort_stop() - the guard fires no more
 * @vm: a VM that nobody can see any more: wake-ups of eventfds that were under
 *	way when its last file was closed could arm the guard until now
 *
 * Context: softirq.
 */
void vic_resort_stop(struct vic_vm *vm)
{
	timer_delete_sync(&vm->kvm.resort.guard);
}

/**
 * vic_resort_start() - make it possible, when the module is loaded
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int vic_resort_start(void)
{
	workqueues[VIC_ERRAND_NEAR] =
		alloc_workqueue(KBUILD_MODNAME, WQ_PERCPU | WQ_HIGHPRI,
				WQ_MAX_ACTIVE);
	if (!workqueues[VIC_ERRAND_NEAR])
		return -ENOMEM;
	workqueues[VIC_ERRAND_FAR] =
		alloc_workqueue(KBUILD_MODNAME "-far", WQ_UNBOUND | WQ_HIGHPRI,
				WQ_MAX_ACTIVE);
	if (workqueues[VIC_ERRAND_FAR])
		return 0;
	destroy_workqueue(workqueues[VIC_ERRAND_NEAR]);
	return -ENOMEM;
}

/**
 * vic_resort_drain() - wait for all work items, when the module is unloaded
 *
 * No file of ours is open, and nothing queues one for a VM that no file holds:
 * not even the guard, since all others have gone. VMs that only work items hold
 * are destroyed here.
 *
 * Context: process.
 */
void vic_resort_drain(void)
{
	destroy_workqueue(workqueues[VIC_ERRAND_NEAR]);
	destroy_workqueue(workqueues[VIC_ERRAND_FAR]);
}
