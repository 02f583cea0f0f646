// SPDX-License-Identifier: GPL-2.0
/*
 * resampler.c - level-triggered irqfds of one GSI.
 *
 * They share one line source. When the guest acknowledges the GSI, the source
 * goes low once and every resamplefd is signalled; a device that still wants
 * attention signals its irqfd again (virt/kvm/eventfd.c, irqfd_resampler_ack()).
 *
 * The list is read under RCU, from acknowledgements; it changes under
 * irqfds.lock. The last irqfd takes the resampler with it. An acknowledgement
 * that still sees it then must not lower the line, which may be that of the
 * GSI's next resampler.
 */
#include "virqchip.h"
#include "irqfd/irqfd_private.h"
#include "objects.h"
#include "trace.h"

#include <linux/rculist.h>
#include <linux/slab.h>

/**
 * struct vic_resampler - the resampling irqfds of one GSI
 * @link: in irqfds.resamplers; RCU
 * @vm: set once
 * @notifier: tells of acknowledgements; its gsi is ours; set once
 * @irqfds: struct vic_irqfd by resample_link; RCU, changed under irqfds.lock;
 *	empty for good when the last one has left
 * @rcu: frees it
 */
struct vic_resampler {
	struct hlist_node link;
	struct vic_vm *vm;
	struct vic_ack_notifier notifier;
	struct list_head irqfds;
	struct rcu_head rcu;
};

/*
 * Whatever the GSI leads to now: one that has moved while its line was high
 * leaves a pin high behind it, as in KVM (kvm-parity.rst, 53).
 */
static void set_line(struct vic_resampler *resampler, bool level)
{
	const struct vic_assert a = {
		.source = VIC_SOURCE_RESAMPLE,
		.level = level,
	};

	vic_routing_set_gsi(resampler->vm, resampler->notifier.gsi, &a);
}

static void signal_all(struct vic_resampler *resampler)
{
	struct vic_irqfd *irqfd;

	trace_vic_resample(resampler->vm->id, resampler->notifier.gsi);
	list_for_each_entry_rcu(irqfd, &resampler->irqfds, resample_link)
		eventfd_signal(irqfd->resamplefd);
}

/* The line of the GSI, if it is still @resampler's. */
static void lower(struct vic_resampler *resampler)
{
	struct vic_irqfds *irqfds = &resampler->vm->irqfds;
	unsigned long flags;

	spin_lock_irqsave(&irqfds->lock, flags);
	if (!list_empty(&resampler->irqfds))
		set_line(resampler, false);
	spin_unlock_irqrestore(&irqfds->lock, flags);
}

/*
 * Acknowledgements come from vCPU threads, never from within a wake-up of an
 * eventfd, so eventfd_signal() is allowed.
 */
static void vic_resampler_acked(struct vic_ack_notifier *notifier)
{
	struct vic_resampler *resampler =
		container_of(notifier, struct vic_resampler, notifier);

	lower(resampler);
	signal_all(resampler);
}

static struct vic_resampler *find(struct vic_vm *vm, u32 gsi)
{
	struct vic_resampler *resampler;

	hlist_for_each_entry_rcu(resampler, &vm->irqfds.resamplers, link,
				 lockdep_is_held(&vm->irqfds.lock))
		if (resampler->notifier.gsi == gsi)
			return resampler;
	return NULL;
}

/**
 * vic_resampler_alloc() - one for a GSI that may have none
 * @vm: whose
 * @gsi: which
 *
 * Context: process.
 * Return: it, or NULL.
 */
struct vic_resampler *vic_resampler_alloc(struct vic_vm *vm, u32 gsi)
{
	struct vic_resampler *resampler =
		kzalloc(sizeof(*resampler), GFP_KERNEL_ACCOUNT);

	if (!resampler)
		return NULL;
	vic_object_made(VIC_OBJECT_RESAMPLER);
	resampler->vm = vm;
	resampler->notifier.gsi = gsi;
	resampler->notifier.acked = vic_resampler_acked;
	INIT_LIST_HEAD(&resampler->irqfds);
	return resampler;
}

/**
 * vic_resampler_free() - give back one that was not used
 * @resampler: from vic_resampler_alloc(); NULL is fine
 */
void vic_resampler_free(struct vic_resampler *resampler)
{
	if (!resampler)
		return;
	vic_object_gone(VIC_OBJECT_RESAMPLER);
	kfree(resampler);
}

/**
 * vic_resampler_join() - put an irqfd under its GSI's resampler
 * @irqfd: a resampling one
 * @fresh: used if the GSI has none yet
 *
 * Context: irqfds.lock held.
 * Return: 1 if @fresh was used, else 0.
 */
int vic_resampler_join(struct vic_irqfd *irqfd, struct vic_resampler *fresh)
{
	struct vic_vm *vm = irqfd->vm;
	struct vic_resampler *resampler;

	lockdep_assert_held(&vm->irqfds.lock);
	resampler = find(vm, irqfd->gsi);
	if (!resampler) {
		resampler = fresh;
		hlist_add_head_rcu(&resampler->link, &vm->irqfds.resamplers);
		vic_routing_add_ack(vm, &resampler->notifier);
	}
	irqfd->resampler = resampler;
	list_add_rcu(&irqfd->resample_link, &resampler->irqfds);
	return resampler == fresh;
}

/**
 * vic_resampler_leave() - take an irqfd out of its resampler
 * @irqfd: one that joined, and is not woken any more; it stays in memory for a
 *	grace period
 *
 * With the last one the line goes low and nobody is told any more.
 *
 * Context: any; irqfds.lock held.
 */
void vic_resampler_leave(struct vic_irqfd *irqfd)
{
	struct vic_resampler *resampler = irqfd->resampler;

	lockdep_assert_held(&irqfd->vm->irqfds.lock);
	list_del_rcu(&irqfd->resample_link);
	if (!list_empty(&resampler->irqfds))
		return;
	hlist_del_rcu(&resampler->link);
	vic_routing_del_ack(irqfd->vm, &resampler->notifier);
	set_line(resampler, false);
	vic_object_gone(VIC_OBJECT_RESAMPLER);
	kfree_rcu(resampler, rcu);
}

/**
 * vic_irqfd_notify_resampler() - a level pin was unmasked while its line is high
 * @vm: whose
 * @chip: the pin's chip
 * @pin: the pin
 *
 * If resampling irqfds are on it, their devices are asked instead of trusting
 * the line: it may be high from before the mask (ioapic.c of 6.4 and newer,
 * ioapic_write_indirect()).
 *
 * Context: process, no chip lock held.
 * Return: true if there was somebody to ask.
 */
bool vic_irqfd_notify_resampler(struct vic_vm *vm, enum vic_chip chip,
				unsigned int pin)
{
	struct vic_resampler *resampler = NULL;
	int gsi;

	rcu_read_lock();
	gsi = vic_routing_pin_to_gsi(rcu_dereference(vm->routing.table), chip,
				     pin);
	if (gsi != VIC_NO_GSI)
		resampler = find(vm, gsi);
	if (resampler)
		signal_all(resampler);
	rcu_read_unlock();
	return resampler;
}
