// SPDX-License-Identifier: GPL-2.0
/*
 * irqfd.c - an eventfd bound to a GSI: woken, injected, buried.
 *
 * A signal wakes us with the eventfd's wait-queue lock held and interrupts
 * off, and the pins' chips are driven right there: no work queue, no thread.
 * Whether it is an edge pulse or, for a resampling irqfd, a level that stays
 * until the guest's acknowledgement, is KVM's rule (virt/kvm/eventfd.c,
 * irqfd_inject()).
 *
 * Life. Whoever takes an irqfd out of by_ctx, under irqfds.lock, owns its
 * destruction: deassign, the VM's release, or the eventfd's last close. The
 * first two then leave the wait queue, which waits for a wake-up under way, and
 * only then the resampler: a signal must not raise a line that nobody lowers any
 * more. The last is a wake-up itself, holds the queue's lock, and leaves on the
 * spot. The memory goes after a grace period, for resamplers read the irqfds
 * under RCU, and a wake-up of the last kind may still be using it.
 */
#include "virqchip.h"
#include "irqfd/irqfd_private.h"
#include "objects.h"
#include "trace.h"

#include <linux/seq_file.h>
#include <linux/slab.h>

/**
 * vic_irqfds_init() - no irqfds yet
 * @irqfds: of a new VM
 */
void vic_irqfds_init(struct vic_irqfds *irqfds)
{
	spin_lock_init(&irqfds->lock);
	hash_init(irqfds->by_ctx);
	INIT_HLIST_HEAD(&irqfds->resamplers);
}

/**
 * vic_irqfd_inject() - what a signal does
 * @irqfd: alive, or in the hands of its owner
 *
 * Context: any, also with interrupts off.
 */
void vic_irqfd_inject(struct vic_irqfd *irqfd)
{
	const struct vic_assert high = {
		.source = VIC_SOURCE_RESAMPLE,
		.level = true,
	};
	int ret;

	if (irqfd->resampler)
		ret = vic_routing_set_gsi(irqfd->vm, irqfd->gsi, &high);
	else
		ret = vic_routing_pulse(irqfd->vm, irqfd->gsi, VIC_SOURCE_USER);
	atomic64_inc(&irqfd->injected);
	trace_vic_irqfd(irqfd->vm->id, irqfd->gsi, irqfd->resampler, ret);
}

/**
 * vic_irqfd_free() - the memory and the references
 * @irqfd: nobody sees it
 *
 * Context: any.
 */
void vic_irqfd_free(struct vic_irqfd *irqfd)
{
	if (irqfd->resamplefd)
		eventfd_ctx_put(irqfd->resamplefd);
	eventfd_ctx_put(irqfd->ctx);
	vic_object_gone(VIC_OBJECT_IRQFD);
	kfree(irqfd);
}

static void free_rcu_irqfd(struct rcu_head *rcu)
{
	vic_irqfd_free(container_of(rcu, struct vic_irqfd, rcu));
}

/* One that was announced; after a grace period. */
static void free_later(struct vic_irqfd *irqfd)
{
	call_rcu(&irqfd->rcu, free_rcu_irqfd);
}

/**
 * vic_irqfd_bury() - take an irqfd out of sight
 * @irqfd: perhaps alive
 *
 * Context: any; irqfds.lock held.
 * Return: true if the caller owns its destruction now. Off the wait queue, it
 * has to leave its resampler.
 */
bool vic_irqfd_bury(struct vic_irqfd *irqfd)
{
	lockdep_assert_held(&irqfd->vm->irqfds.lock);
	if (hlist_unhashed(&irqfd->link))
		return false;
	hash_del(&irqfd->link);
	return true;
}

/**
 * vic_irqfd_end() - the last of an irqfd: its resampler, and its memory
 * @irqfd: buried, and off the wait queue
 *
 * Context: process.
 */
void vic_irqfd_end(struct vic_irqfd *irqfd)
{
	struct vic_irqfds *irqfds = &irqfd->vm->irqfds;

	if (irqfd->resampler) {
		spin_lock_irq(&irqfds->lock);
		vic_resampler_leave(irqfd);
		spin_unlock_irq(&irqfds->lock);
	}
	free_later(irqfd);
}

/* ---- wake-ups -------------------------------------------------------- */

/*
 * The eventfd's last close. Its wait-queue lock is held, so we may leave. The
 * callback is queued under irqfds.lock: who finds no irqfd any more, and then
 * takes the module away, waits for it (rcu_barrier()).
 */
static void wake_hup(struct vic_irqfd *irqfd)
{
	struct vic_irqfds *irqfds = &irqfd->vm->irqfds;

	spin_lock(&irqfds->lock);
	if (vic_irqfd_bury(irqfd)) {
		list_del_init(&irqfd->wait.entry);
		if (irqfd->resampler)
			vic_resampler_leave(irqfd);
		free_later(irqfd);
	}
	spin_unlock(&irqfds->lock);
}

static int wake_inject(wait_queue_entry_t *wait, unsigned int mode, int sync,
		       void *key)
{
	struct vic_irqfd *irqfd = container_of(wait, struct vic_irqfd, wait);
	__poll_t events = key_to_poll(key);
	int consumed = 0;
	u64 count;

	/* wake_hup() may give up what keeps the VM; a reader keeps it too. */
	rcu_read_lock();
	if (events & EPOLLIN) {
		eventfd_ctx_do_read(irqfd->ctx, &count);
		vic_irqfd_inject(irqfd);
		consumed = 1;
	}
	if (events & EPOLLHUP)
		wake_hup(irqfd);
	rcu_read_unlock();
	return consumed;
}

static int wake_only_hup(wait_queue_entry_t *wait, unsigned int mode, int sync,
			 void *key)
{
	struct vic_irqfd *irqfd = container_of(wait, struct vic_irqfd, wait);

	rcu_read_lock();
	if (key_to_poll(key) & EPOLLHUP)
		wake_hup(irqfd);
	rcu_read_unlock();
	return 0;
}

/* ---- the wait queue -------------------------------------------------- */

/*
 * Waiters with priority stand in front, in the order in which they came. A
 * signal goes to the first of them that injects, and no further. Since 6.17
 * nobody else may come while the first in the queue has priority.
 *
 * So while KVM injects, we stand behind it, with priority and deaf to signals:
 * when KVM leaves we are the first at that moment. To let KVM in, we give up
 * priority but not our place; should another have taken the eventfd then, we
 * are behind that one, and the first again when it leaves. In no case do we
 * leave the queue, so that the eventfd's last close is seen.
 */

static void queue_first(struct file *file, wait_queue_head_t *wqh,
			poll_table *poll)
{
	struct vic_irqfd *irqfd = container_of(poll, struct vic_irqfd, poll);

	WRITE_ONCE(irqfd->wqh, wqh);
	irqfd->wait_error = add_wait_queue_priority_exclusive(wqh, &irqfd->wait);
}

static void queue_behind(struct file *file, wait_queue_head_t *wqh,
			 poll_table *poll)
{
	struct vic_irqfd *irqfd = container_of(poll, struct vic_irqfd, poll);

	WRITE_ONCE(irqfd->wqh, wqh);
	irqfd->wait_error = 0;
	irqfd->wait.flags |= WQ_FLAG_PRIORITY;
	add_wait_queue(wqh, &irqfd->wait);
}

/**
 * vic_irqfd_listen() - be woken by the eventfd, before anybody else
 * @irqfd: not on a wait queue
 * @file: its eventfd; the caller holds a reference
 *
 * A signal that is there already is injected; as in KVM it stays readable.
 *
 * Context: process.
 * Return: 0; on kernels where an eventfd takes one such listener host-wide,
 * -EBUSY if it has one.
 */
int vic_irqfd_listen(struct vic_irqfd *irqfd, struct file *file)
{
	__poll_t events;

	init_waitqueue_func_entry(&irqfd->wait, wake_inject);
	init_poll_funcptr(&irqfd->poll, queue_first);
	irqfd->wait_error = -EINVAL;
	events = vfs_poll(file, &irqfd->poll);
	if (irqfd->wait_error)
		return irqfd->wait_error;
	if (events & EPOLLIN)
		vic_irqfd_inject(irqfd);
	return 0;
}

/**
 * vic_irqfd_listen_hup() - be woken by the eventfd's last close only
 * @irqfd: not on a wait queue; KVM injects it
 * @file: its eventfd; the caller holds a reference
 *
 * Context: process.
 * Return: 0 or an errno.
 */
int vic_irqfd_listen_hup(struct vic_irqfd *irqfd, struct file *file)
{
	init_waitqueue_func_entry(&irqfd->wait, wake_only_hup);
	init_poll_funcptr(&irqfd->poll, queue_behind);
	irqfd->wait_error = -EINVAL;
	vfs_poll(file, &irqfd->poll);
	return irqfd->wait_error;
}

/* Past those without priority, who came while we had none. */
static void close_up(struct vic_irqfd *irqfd)
{
	wait_queue_entry_t *wait;

	lockdep_assert_held(&irqfd->wqh->lock);
	list_for_each_entry(wait, &irqfd->wqh->head, entry) {
		if (wait == &irqfd->wait)
			return;
		if (!(wait->flags & WQ_FLAG_PRIORITY))
			break;
	}
	list_move_tail(&irqfd->wait.entry, &wait->entry);
}

static void change_role(struct vic_irqfd *irqfd, wait_queue_func_t func,
			unsigned int flags)
{
	unsigned long irq;

	spin_lock_irqsave(&irqfd->wqh->lock, irq);
	irqfd->wait.func = func;
	irqfd->wait.flags = flags;
	if (flags & WQ_FLAG_PRIORITY)
		close_up(irqfd);
	spin_unlock_irqrestore(&irqfd->wqh->lock, irq);
}

/**
 * vic_irqfd_take_over() - inject what those in front of us leave
 * @irqfd: on a wait queue; the caller holds its file
 *
 * Context: process.
 */
void vic_irqfd_take_over(struct vic_irqfd *irqfd)
{
	change_role(irqfd, wake_inject, WQ_FLAG_EXCLUSIVE | WQ_FLAG_PRIORITY);
}

/**
 * vic_irqfd_stand_by() - inject no more: KVM does
 * @irqfd: on a wait queue; the caller holds its file
 *
 * Context: process.
 */
void vic_irqfd_stand_by(struct vic_irqfd *irqfd)
{
	change_role(irqfd, wake_only_hup, WQ_FLAG_PRIORITY);
}

/*
 * Each signal is taken at once, so what the eventfd holds was there when it was
 * bound, and has been injected then: it must not be a second time. If another
 * is in front of us the eventfd is that one's, and so is what it holds.
 */
static void empty(struct vic_irqfd *irqfd)
{
	u64 stale;

	lockdep_assert_held(&irqfd->wqh->lock);
	if (irqfd->wait.func != wake_inject ||
	    !list_is_first(&irqfd->wait.entry, &irqfd->wqh->head))
		return;
	eventfd_ctx_do_read(irqfd->ctx, &stale);
	if (stale)
		wake_up_locked_poll(irqfd->wqh, EPOLLOUT);
}

/**
 * vic_irqfd_make_way() - let KVM in front of us
 * @irqfd: on a wait queue, and ours; the caller holds its file
 *
 * Until KVM has come, signals are still injected by us.
 *
 * Context: process.
 */
void vic_irqfd_make_way(struct vic_irqfd *irqfd)
{
	unsigned long flags;

	spin_lock_irqsave(&irqfd->wqh->lock, flags);
	empty(irqfd);
	irqfd->wait.flags &= ~WQ_FLAG_PRIORITY;
	spin_unlock_irqrestore(&irqfd->wqh->lock, flags);
}

/**
 * vic_irqfd_unlisten() - leave the wait queue; no wake-up runs after that
 * @irqfd: on a wait queue, or already off it
 *
 * Context: process; no spin lock held.
 */
void vic_irqfd_unlisten(struct vic_irqfd *irqfd)
{
	unsigned long flags;

	spin_lock_irqsave(&irqfd->wqh->lock, flags);
	list_del_init(&irqfd->wait.entry);
	spin_unlock_irqrestore(&irqfd->wqh->lock, flags);
}

/**
 * vic_irqfd_unlisten_and_empty() - as vic_irqfd_unlisten(), with what is there
 * @irqfd: on a wait queue, or already off it
 *
 * As in KVM what the eventfd holds goes with its irqfd, but not if it is
 * another one's by now. What KVM injects, KVM has emptied.
 *
 * Context: process; no spin lock held.
 */
void vic_irqfd_unlisten_and_empty(struct vic_irqfd *irqfd)
{
	unsigned long flags;

	spin_lock_irqsave(&irqfd->wqh->lock, flags);
	empty(irqfd);
	list_del_init(&irqfd->wait.entry);
	spin_unlock_irqrestore(&irqfd->wqh->lock, flags);
}

/* ---- all of a VM ----------------------------------------------------- */

static struct vic_irqfd *bury_any(struct vic_irqfds *irqfds)
{
	struct vic_irqfd *irqfd;
	unsigned int bucket;

	hash_for_each(irqfds->by_ctx, bucket, irqfd, link) {
		vic_irqfd_bury(irqfd);
		return irqfd;
	}
	return NULL;
}

/**
 * vic_irqfds_release() - the end of all irqfds of a VM
 * @vm: no ioctl on it is under way
 *
 * Those that KVM injects end with KVM's VM, or with their eventfd.
 *
 * Context: process, any mm.
 */
void vic_irqfds_release(struct vic_vm *vm)
{
	struct vic_irqfd *irqfd;

	for (;;) {
		spin_lock_irq(&vm->irqfds.lock);
		irqfd = bury_any(&vm->irqfds);
		spin_unlock_irq(&vm->irqfds.lock);
		if (!irqfd)
			return;
		vic_irqfd_unlisten(irqfd);
		vic_irqfd_end(irqfd);
	}
}

/*
 * Who has the eventfd's signals. A look at a pointer, which may be old by the
 * time it is shown: the queue's lock is outside irqfds.lock.
 */
static const char *injector(const struct vic_irqfd *irqfd)
{
	const wait_queue_head_t *wqh = READ_ONCE(irqfd->wqh);

	if (READ_ONCE(irqfd->kvm_gsi) != VIC_NO_KVM_GSI)
		return "kvm";
	if (wqh && READ_ONCE(wqh->head.next) != &irqfd->wait.entry)
		return "taken";
	return "virqchip";
}

/**
 * vic_irqfds_show() - one line an irqfd, for debugfs
 * @vm: whose
 * @m: where to
 *
 * Context: process.
 */
void vic_irqfds_show(struct vic_vm *vm, struct seq_file *m)
{
	struct vic_irqfd *irqfd;
	unsigned int bucket;

	seq_puts(m, "gsi  by       resample   injected\n");
	spin_lock_irq(&vm->irqfds.lock);
	hash_for_each(vm->irqfds.by_ctx, bucket, irqfd, link)
		seq_printf(m, "%4u %-8s %-8s %10llu\n", irqfd->gsi,
			   injector(irqfd), irqfd->resampler ? "yes" : "no",
			   (u64)atomic64_read(&irqfd->injected));
	spin_unlock_irq(&vm->irqfds.lock);
}
