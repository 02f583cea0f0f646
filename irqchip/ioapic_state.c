// SPDX-License-Identifier: GPL-2.0
/*
 * Saved state of the IOAPIC: KVM_GET_IRQCHIP and KVM_SET_IRQCHIP.
 *
 * Anything that a KVM or a QEMU has saved is accepted. What no chip could hold
 * is made harmless, where KVM stores it as it comes: the base address is not
 * taken (with another one KVM's chip is nowhere), reserved bits of RTEs and the
 * delivery status are dropped, remote IRR exists for level pins only, and id
 * and IOREGSEL have the width that they have on the bus.
 *
 * Not part of the ABI, and so not saved: which source holds a line. A pin that
 * is restored as high stays so until some source drives it.
 */
#include "irqchip/ioapic.h"
#include "irqchip/ioapic_private.h"
#include "irqchip/ioapic_regs.h"

#include "apicbus/apicbus.h"
#include "virqchip.h"

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/jiffies.h>
#include <linux/kvm.h>
#include <linux/wait_bit.h>

static_assert(KVM_IOAPIC_NUM_PINS == VIC_IOAPIC_PINS);

#define ALL_PINS	GENMASK(VIC_IOAPIC_PINS - 1, 0)

/*
 * A saver has stopped its vCPUs, and then the wait is for the end of one ioctl
 * of another thread. Who does not stop them shall not wait for ever.
 */
#define IN_FLIGHT_WAIT	HZ

/**
 * vic_ioapic_get() - save
 * @ioapic: the chip; the caller has flushed it
 * @state: all but its padding is written
 *
 * Edges that were accepted are not shown, as in KVM (irr & ~irr_delivered), but
 * for those that became due after the caller's flush: restoring raises them
 * again. Not so level pins: one that has fallen would be restored as high, with
 * nobody to lower it. One that is high is always shown; KVM hides it if the pin
 * delivered an edge before it was made level, and the line is lost.
 *
 * Context: process; waits for messages that other threads are sending.
 */
void vic_ioapic_get(struct vic_ioapic *ioapic, struct kvm_ioapic_state *state)
{
	unsigned long flags;
	unsigned int pin;

	/* Pairs with vic_ioapic_in_flight_done(). */
	wait_var_event_timeout(&ioapic->in_flight,
			       !atomic_read(&ioapic->in_flight),
			       IN_FLIGHT_WAIT);

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	state->base_address = IOAPIC_BASE;
	state->ioregsel = ioapic->select;
	state->id = ioapic->id;
	state->irr = (ioapic->irr & (ioapic->level | ~ioapic->irr_delivered)) |
		     (ioapic->due & ~ioapic->masked & ~ioapic->level);
	for (pin = 0; pin < VIC_IOAPIC_PINS; pin++) {
		state->redirtbl[pin].bits = ioapic->rte[pin];
		if (ioapic->remote_irr & BIT(pin))
			state->redirtbl[pin].bits |= RTE_REMOTE_IRR;
	}
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
}

static void restore_pin(struct vic_ioapic *ioapic, unsigned int pin, u64 rte)
{
	lockdep_assert_held(&ioapic->lock);

	vic_ioapic_store_rte(ioapic, pin, rte);
	ioapic->seq[pin]++;
	if (rte & RTE_REMOTE_IRR && rte & RTE_TRIGGER_LEVEL)
		ioapic->remote_irr |= BIT(pin);
	else
		ioapic->remote_irr &= ~BIT(pin);
}

/* Everything but the pins' sources, which KVM keeps as well. */
static void restore(struct vic_ioapic *ioapic,
		    const struct kvm_ioapic_state *state)
{
	unsigned long irr = state->irr & ALL_PINS;
	unsigned int pin;

	lockdep_assert_held(&ioapic->lock);

	ioapic->select = FIELD_GET(IOREGSEL_INDEX, state->ioregsel);
	ioapic->id = state->id & FIELD_MAX(IOAPICID_ID);
	ioapic->irr = 0;
	ioapic->irr_delivered = 0;
	ioapic->blocked = 0;
	ioapic->resampling = 0;
	WRITE_ONCE(ioapic->due, 0);
	vic_ioapic_rtc_reset(&ioapic->rtc);
	vic_ioapic_storm_reset(ioapic);
	for (pin = 0; pin < VIC_IOAPIC_PINS; pin++)
		restore_pin(ioapic, pin, state->redirtbl[pin].bits);
	for_each_set_bit(pin, &irr, VIC_IOAPIC_PINS)
		vic_ioapic_raise(ioapic, pin);
}

/* A vCPU may have the message of this pin in service. */
static bool may_be_in_service(struct vic_ioapic *ioapic,
			      const struct vic_msg *msg, bool remote_irr,
			      bool masked)
{
	if (msg->level)
		return remote_irr;
	return !masked && vic_ioapic_wants_eoi(ioapic, msg);
}

static int expect_eoi(struct vic_ioapic *ioapic, unsigned int pin)
{
	bool masked, remote_irr;
	struct vic_msg msg;
	unsigned long flags;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	vic_ioapic_message(ioapic, pin, &msg);
	masked = ioapic->masked & BIT(pin);
	remote_irr = ioapic->remote_irr & BIT(pin);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);

	if (!may_be_in_service(ioapic, &msg, remote_irr, masked))
		return 0;
	msg.want_eoi = true;
	return vic_apicbus_expect_eoi(ioapic->vm, &msg);
}

/* The first pin that is due stands for all: who is kicked flushes them all. */
static void tell_due(struct vic_ioapic *ioapic)
{
	struct vic_msg msg;
	unsigned long flags;
	u32 due;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	due = ioapic->due;
	if (due)
		vic_ioapic_message(ioapic, __ffs(due), &msg);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);

	if (due)
		vic_apicbus_pending(ioapic->vm, &msg);
}

/**
 * vic_ioapic_set() - restore
 * @ioapic: the chip
 * @state: what a KVM, a QEMU or we have saved
 *
 * Pins that are high are raised again, as in KVM. Their messages are not sent
 * here but before a vCPU next runs, or somebody looks: a VMM that restores
 * LAPICs after the IOAPIC would overwrite them there.
 *
 * Context: process context that may send, no lock held.
 * Return: 0, or an errno of vic_apicbus_expect_eoi(); the state is set then,
 * and may be set again.
 */
int vic_ioapic_set(struct vic_ioapic *ioapic,
		   const struct kvm_ioapic_state *state)
{
	unsigned long flags;
	unsigned int pin;
	int ret = 0;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	restore(ioapic, state);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);

	for (pin = 0; pin < VIC_IOAPIC_PINS && !ret; pin++)
		ret = expect_eoi(ioapic, pin);
	tell_due(ioapic);
	return ret;
}
