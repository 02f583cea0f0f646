// SPDX-License-Identifier: GPL-2.0
/*
 * The EOI storm back-off. A level pin that is still high at its EOI is sent
 * again at once; a guest that has no driver for the device then does nothing
 * else, and may never come to load the driver. So after very many in a row the
 * pin pauses for a moment, as KVM's does (arch/x86/kvm/ioapic.c,
 * kvm_ioapic_update_eoi_one()). Only the EOI's own re-injection pauses: a rise
 * of the line or a write to the RTE is served as ever.
 *
 * A timer and not a work item ends the pause, since it only changes state and
 * has somebody kicked who may send.
 */
#include "irqchip/ioapic_private.h"

#include "apicbus/apicbus.h"
#include "trace.h"
#include "virqchip.h"

#include <linux/bitops.h>
#include <linux/ktime.h>

/* IOAPIC_SUCCESSIVE_IRQ_MAX_COUNT and HZ / 100 in KVM */
#define STORM_EOIS		10000
#define STORM_PAUSE_MS		10

/* Fills @msgs with what the held pins would send; returns how many. */
static unsigned int service_held(struct vic_ioapic *ioapic,
				 struct vic_msg *msgs)
{
	unsigned long held = ioapic->storm.held & ioapic->irr & ioapic->level;
	unsigned int nr = 0, pin;

	lockdep_assert_held(&ioapic->lock);

	ioapic->storm.held = 0;
	for_each_set_bit(pin, &held, VIC_IOAPIC_PINS)
		if (vic_ioapic_service(ioapic, pin) > 0)
			vic_ioapic_message(ioapic, pin, &msgs[nr++]);
	return nr;
}

static enum hrtimer_restart pause_ends(struct hrtimer *timer)
{
	struct vic_ioapic *ioapic =
		container_of(timer, struct vic_ioapic, storm.timer);
	struct vic_msg msgs[VIC_IOAPIC_PINS];
	unsigned long flags;
	unsigned int i, nr;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	nr = service_held(ioapic, msgs);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);

	for (i = 0; i < nr; i++)
		vic_apicbus_pending(ioapic->vm, &msgs[i]);
	return HRTIMER_NORESTART;
}

/**
 * vic_ioapic_storm_init() - nothing held back
 * @ioapic: a chip that nobody else can see yet
 */
void vic_ioapic_storm_init(struct vic_ioapic *ioapic)
{
	hrtimer_setup(&ioapic->storm.timer, pause_ends, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
}

/**
 * vic_ioapic_storm_holds() - a level pin was ended and its line is still high
 * @ioapic: the chip
 * @pin: the pin
 *
 * Context: under the chip's lock.
 * Return: true if it must not be sent now; the timer will see to it.
 */
bool vic_ioapic_storm_holds(struct vic_ioapic *ioapic, unsigned int pin)
{
	struct vic_ioapic_storm *storm = &ioapic->storm;

	lockdep_assert_held(&ioapic->lock);

	if (++storm->eois[pin] < STORM_EOIS || storm->stopped)
		return false;

	storm->eois[pin] = 0;
	/* A pause that began for another pin ends for this one too. */
	if (!storm->held)
		hrtimer_start(&storm->timer, ms_to_ktime(STORM_PAUSE_MS),
			      HRTIMER_MODE_REL);
	storm->held |= BIT(pin);
	trace_vic_ioapic_storm(ioapic->vm->id, pin);
	return true;
}

/**
 * vic_ioapic_storm_reset() - hold nothing back; for restored state
 * @ioapic: the chip
 *
 * A timer that is under way finds nothing to do.
 *
 * Context: under the chip's lock.
 */
void vic_ioapic_storm_reset(struct vic_ioapic *ioapic)
{
	lockdep_assert_held(&ioapic->lock);

	ioapic->storm.held = 0;
	memset(ioapic->storm.eois, 0, sizeof(ioapic->storm.eois));
}

/**
 * vic_ioapic_storm_stop() - no timer after this returns
 * @ioapic: the chip
 *
 * Context: process context, no lock held.
 */
void vic_ioapic_storm_stop(struct vic_ioapic *ioapic)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	ioapic->storm.stopped = true;
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);

	hrtimer_cancel(&ioapic->storm.timer);
}
