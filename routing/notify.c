// SPDX-License-Identifier: GPL-2.0
/*
 * Back through the routing table: a pin was acknowledged, or its mask changed,
 * and who listens for its GSI hears of it. Called by the chips; listeners are
 * the resamplers of irqfds and the PIT.
 */
#include "routing/routing.h"
#include "routing/table.h"

#include "trace.h"
#include "virqchip.h"

#include <linux/rculist.h>
#include <linux/rcupdate.h>

static int gsi_of(struct vic_vm *vm, enum vic_chip chip, unsigned int pin)
{
	return vic_routing_pin_to_gsi(rcu_dereference(vm->routing.table), chip,
				      pin);
}

/**
 * vic_routing_ack() - the guest acknowledged a pin
 * @vm: the VM
 * @chip: the chip
 * @pin: its pin; the secondary's are 8 to 15
 *
 * Context: process, no lock held; the listeners may drive pins.
 */
void vic_routing_ack(struct vic_vm *vm, enum vic_chip chip, unsigned int pin)
{
	struct vic_ack_notifier *notifier;
	int gsi;

	rcu_read_lock();
	gsi = gsi_of(vm, chip, pin);
	trace_vic_ack(vm->id, chip, pin, gsi);
	if (gsi != VIC_NO_GSI)
		hlist_for_each_entry_rcu(notifier, &vm->routing.acks, link)
			if (notifier->gsi == gsi)
				notifier->acked(notifier);
	rcu_read_unlock();
}

/**
 * vic_routing_mask() - the guest masked or unmasked a pin
 * @vm: the VM
 * @chip: the chip
 * @pin: its pin; the secondary's are 8 to 15
 * @masked: the new state
 *
 * Context: process, no lock held; the listeners may drive pins.
 */
void vic_routing_mask(struct vic_vm *vm, enum vic_chip chip, unsigned int pin,
		      bool masked)
{
	struct vic_mask_notifier *notifier;
	int gsi;

	rcu_read_lock();
	gsi = gsi_of(vm, chip, pin);
	trace_vic_mask(vm->id, chip, pin, gsi, masked);
	if (gsi != VIC_NO_GSI)
		hlist_for_each_entry_rcu(notifier, &vm->routing.masks, link)
			if (notifier->gsi == gsi)
				notifier->changed(notifier, masked);
	rcu_read_unlock();
}

static bool gsi_has_ack(const struct vic_routing *routing, int gsi)
{
	const struct vic_ack_notifier *notifier;

	if (gsi == VIC_NO_GSI)
		return false;
	hlist_for_each_entry_rcu(notifier, &routing->acks, link)
		if (notifier->gsi == gsi)
			return true;
	return false;
}

/**
 * vic_routing_has_ack() - does anybody listen for acknowledgments of a pin?
 * @vm: the VM
 * @chip: the chip
 * @pin: its pin; the secondary's are 8 to 15
 *
 * Context: any.
 * Return: true if so.
 */
bool vic_routing_has_ack(struct vic_vm *vm, enum vic_chip chip,
			 unsigned int pin)
{
	bool has;

	rcu_read_lock();
	has = gsi_has_ack(&vm->routing, gsi_of(vm, chip, pin));
	rcu_read_unlock();
	return has;
}

static void add(struct vic_routing *routing, struct hlist_head *list,
		struct hlist_node *link)
{
	unsigned long flags;

	spin_lock_irqsave(&routing->notify_lock, flags);
	hlist_add_head_rcu(link, list);
	spin_unlock_irqrestore(&routing->notify_lock, flags);
}

static void del(struct vic_routing *routing, struct hlist_node *link)
{
	unsigned long flags;

	spin_lock_irqsave(&routing->notify_lock, flags);
	hlist_del_rcu(link);
	spin_unlock_irqrestore(&routing->notify_lock, flags);
}

/**
 * vic_routing_add_ack() - listen for acknowledgements of a GSI
 * @vm: the VM
 * @notifier: filled in; stays the caller's
 *
 * Of messages that are sent from now on: an edge that the guest has in service
 * at this moment ends unheard, since nobody asked KVM for its EOI.
 *
 * Context: any; takes notify_lock.
 */
void vic_routing_add_ack(struct vic_vm *vm, struct vic_ack_notifier *notifier)
{
	add(&vm->routing, &vm->routing.acks, &notifier->link);
}

/**
 * vic_routing_del_ack() - listen no more
 * @vm: the VM
 * @notifier: may still be called until a grace period has passed
 *
 * Context: any; takes notify_lock.
 */
void vic_routing_del_ack(struct vic_vm *vm, struct vic_ack_notifier *notifier)
{
	del(&vm->routing, &notifier->link);
}

/**
 * vic_routing_add_mask() - listen for mask changes of a GSI
 * @vm: the VM
 * @notifier: filled in; stays the caller's
 *
 * Context: any; takes notify_lock.
 */
void vic_routing_add_mask(struct vic_vm *vm,
			  struct vic_mask_notifier *notifier)
{
	add(&vm->routing, &vm->routing.masks, &notifier->link);
}

/**
 * vic_routing_del_mask() - listen no more
 * @vm: the VM
 * @notifier: may still be called until a grace period has passed
 *
 * Context: any; takes notify_lock.
 */
void vic_routing_del_mask(struct vic_vm *vm,
			  struct vic_mask_notifier *notifier)
{
	del(&vm->routing, &notifier->link);
}
