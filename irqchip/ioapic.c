// SPDX-License-Identifier: GPL-2.0
/*
 * The IOAPIC: an 82093AA (Intel 290566), or with version 0x20 one that has the
 * EOI register of the I/O controller hubs. 24 pins; messages have an 8-bit
 * destination; pin polarity is ignored, high always means asserted, as in KVM
 * (KVM_CAP_IOAPIC_POLARITY_IGNORED).
 *
 * This file holds the pins: what a change of a line, an RTE or an EOI makes of
 * them. Registers are in ioapic_mmio.c, saved state in ioapic_state.c, quirks
 * in ioapic_rtc.c and ioapic_storm.c. Called by routing (lines), the APIC bus
 * (EOIs, flushes) and the memory bus.
 *
 * KVM sends a message inside the event that causes it (arch/x86/kvm/ioapic.c,
 * ioapic_service()). Ours is an ioctl, possible neither under a lock nor in
 * atomic context. So an event that makes KVM send makes a pin "due" here, and
 * the message goes out in a second step: at once if the caller may send, else
 * by vic_ioapic_flush() on the thread that vic_apicbus_pending() kicked. While
 * a level pin's message is on its way its remote IRR is already set, so that
 * nobody sends it twice; if no LAPIC took it, remote IRR is taken back.
 */
#include "irqchip/ioapic.h"
#include "irqchip/ioapic_private.h"
#include "irqchip/ioapic_regs.h"

#include "apicbus/apicbus.h"
#include "objects.h"
#include "trace.h"
#include "virqchip.h"

#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/moduleparam.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

static bool watch_edges;
module_param(watch_edges, bool, 0644);
MODULE_PARM_DESC(watch_edges,
		 "Count the guest's EOIs of edge-triggered IOAPIC pins, at the cost of an exit each (default: off)");

/**
 * struct taken - a message between its pin and its result
 * @msg: the message
 * @seq: of the pin when it was taken
 * @rtc: announced to vic_ioapic_rtc_sending()
 */
struct taken {
	struct vic_msg msg;
	u32 seq;
	bool rtc;
};

static void set_due(struct vic_ioapic *ioapic, u32 due)
{
	/* Pairs with sendable(). */
	WRITE_ONCE(ioapic->due, due);
}

/*
 * Lockless: whoever makes a pin due calls vic_apicbus_pending() afterwards, and
 * its kick_lock orders that before the flush it asks for.
 */
static u32 sendable(const struct vic_ioapic *ioapic)
{
	return READ_ONCE(ioapic->due) & ~READ_ONCE(ioapic->masked);
}

/**
 * vic_ioapic_message() - what a pin would send now
 * @ioapic: the chip
 * @pin: the pin
 * @msg: filled, but for want_eoi (vic_ioapic_wants_eoi())
 *
 * Context: under the chip's lock.
 */
void vic_ioapic_message(const struct vic_ioapic *ioapic, unsigned int pin,
			struct vic_msg *msg)
{
	u64 rte = ioapic->rte[pin];

	*msg = (struct vic_msg){
		.dest = FIELD_GET(RTE_DEST, rte),
		.vector = FIELD_GET(RTE_VECTOR, rte),
		.delivery_mode = FIELD_GET(RTE_DELMOD, rte),
		.logical = rte & RTE_DESTMOD_LOGICAL,
		.level = rte & RTE_TRIGGER_LEVEL,
		.pin = pin,
	};
}

/**
 * vic_ioapic_wants_eoi() - must we hear of the EOI of a message?
 * @ioapic: the chip
 * @msg: the message
 *
 * As KVM's kvm_ioapic_scan_entry().
 *
 * Context: any; not under the chip's lock.
 * Return: true if so.
 */
bool vic_ioapic_wants_eoi(struct vic_ioapic *ioapic, const struct vic_msg *msg)
{
	return msg->level || msg->pin == VIC_RTC_PIN || READ_ONCE(watch_edges) ||
	       vic_routing_has_ack(ioapic->vm, VIC_CHIP_IOAPIC, msg->pin);
}

/**
 * vic_ioapic_service() - make a pin due if its RTE lets it
 * @ioapic: the chip
 * @pin: the pin, which is pending
 *
 * Context: under the chip's lock.
 * Return: VIC_DELIVERED if it is due now, VIC_MASKED if its RTE is masked or
 * its last message is not ended.
 */
int vic_ioapic_service(struct vic_ioapic *ioapic, unsigned int pin)
{
	u32 bit = BIT(pin);

	lockdep_assert_held(&ioapic->lock);

	if (ioapic->masked & bit)
		return VIC_MASKED;
	if (ioapic->level & ioapic->remote_irr & bit) {
		ioapic->blocked |= bit;
		return VIC_MASKED;
	}
	if (!(ioapic->level & bit))
		ioapic->irr_delivered |= bit;
	ioapic->storm.held &= ~bit;
	set_due(ioapic, ioapic->due | bit);
	return VIC_DELIVERED;
}

/**
 * vic_ioapic_raise() - a pin is driven high
 * @ioapic: the chip
 * @pin: the pin; may have been high before
 *
 * A masked edge stays in irr until the line falls: unmasking does not send it,
 * and the edges after it are merged into it. That is KVM's ioapic_set_irq();
 * the data sheet loses such an edge.
 *
 * Context: under the chip's lock.
 * Return: KVM's tri-state.
 */
int vic_ioapic_raise(struct vic_ioapic *ioapic, unsigned int pin)
{
	u32 bit = BIT(pin);
	bool was_pending = ioapic->irr & bit;

	lockdep_assert_held(&ioapic->lock);

	ioapic->irr |= bit;
	ioapic->resampling &= ~bit;
	if (!(ioapic->level & bit)) {
		ioapic->irr_delivered &= ~bit;
		if (was_pending)
			return VIC_COALESCED;
	}
	return vic_ioapic_service(ioapic, pin);
}

/**
 * vic_ioapic_store_rte() - the one place that changes an RTE
 * @ioapic: the chip
 * @pin: its pin
 * @rte: the new value; bits that are not RTE_WRITABLE are dropped
 *
 * Edge mode clears remote IRR: Linux and Xen end an interrupt by such a flip.
 * A masked level pin is not due: unmasking looks at its line again.
 *
 * Context: under the chip's lock.
 */
void vic_ioapic_store_rte(struct vic_ioapic *ioapic, unsigned int pin, u64 rte)
{
	u32 bit = BIT(pin);

	lockdep_assert_held(&ioapic->lock);

	ioapic->rte[pin] = rte & RTE_WRITABLE;
	/* Pairs with sendable(). */
	WRITE_ONCE(ioapic->masked, rte & RTE_MASKED ? ioapic->masked | bit :
						      ioapic->masked & ~bit);
	if (rte & RTE_TRIGGER_LEVEL) {
		ioapic->level |= bit;
		if (rte & RTE_MASKED)
			set_due(ioapic, ioapic->due & ~bit);
		return;
	}
	ioapic->level &= ~bit;
	if (ioapic->remote_irr & bit) {
		ioapic->remote_irr &= ~bit;
		ioapic->seq[pin]++;
	}
}

/* Of the others (SMI, NMI, INIT, ExtINT) no LAPIC broadcasts an EOI. */
static bool has_eoi(const struct vic_msg *msg)
{
	return msg->delivery_mode == RTE_DELMOD_FIXED ||
	       msg->delivery_mode == RTE_DELMOD_LOWEST;
}

/* A message of VIC_RTC_PIN is taken; @a as for take(). */
static void track_rtc(struct vic_ioapic *ioapic, const struct vic_assert *a,
		      struct taken *taken)
{
	lockdep_assert_held(&ioapic->lock);

	taken->rtc = a && a->line_status && has_eoi(&taken->msg);
	if (taken->rtc)
		vic_ioapic_rtc_sending(&ioapic->rtc, taken->msg.vector);
	else
		vic_ioapic_rtc_overtaken(&ioapic->rtc, taken->msg.vector);
}

/* Takes what @pin has to send; false if it has nothing, or cannot send it. */
static bool take(struct vic_ioapic *ioapic, unsigned int pin,
		 const struct vic_assert *a, struct taken *taken)
{
	u32 bit = BIT(pin);

	lockdep_assert_held(&ioapic->lock);

	if (!(ioapic->due & ~ioapic->masked & bit))
		return false;
	set_due(ioapic, ioapic->due & ~bit);
	if (ioapic->level & bit) {
		/* Its EOI will look at the line. */
		if (ioapic->remote_irr & bit)
			return false;
		ioapic->remote_irr |= bit;
	}
	ioapic->blocked &= ~bit;

	vic_ioapic_message(ioapic, pin, &taken->msg);
	taken->seq = ++ioapic->seq[pin];
	taken->rtc = false;
	if (pin == VIC_RTC_PIN)
		track_rtc(ioapic, a, taken);
	atomic_inc(&ioapic->in_flight);
	return true;
}

/*
 * No LAPIC took a level pin's message: there will be no EOI to clear remote
 * IRR. KVM sets it all the same if its slow path matched nobody (result -1),
 * which leaves the pin dead until the guest flips it to edge; by the data sheet
 * remote IRR says that a LAPIC accepted. Returns true if an event found the pin
 * blocked meanwhile and has made it due again.
 */
static bool take_back(struct vic_ioapic *ioapic, const struct taken *taken)
{
	unsigned int pin = taken->msg.pin;
	u32 bit = BIT(pin);

	lockdep_assert_held(&ioapic->lock);

	if (!taken->msg.level || ioapic->seq[pin] != taken->seq)
		return false;
	ioapic->remote_irr &= ~bit;
	return (ioapic->blocked & ioapic->irr & bit) &&
	       vic_ioapic_service(ioapic, pin) > 0;
}

/* True if the pin has become due again, and nobody has been told. */
static bool post(struct vic_ioapic *ioapic, const struct taken *taken, int ret)
{
	unsigned int pin = taken->msg.pin;
	u32 bit = BIT(pin);
	bool again;

	lockdep_assert_held(&ioapic->lock);

	if (taken->rtc)
		vic_ioapic_rtc_sent(&ioapic->rtc, ret);
	if (ret > 0) {
		ioapic->stats[pin].delivered++;
		return false;
	}
	again = take_back(ioapic, taken);
	if (ret >= VIC_MASKED)
		return again;

	/* Not sent: due as before, unless a level pin was masked meanwhile. */
	if (!(ioapic->masked & ioapic->level & bit))
		set_due(ioapic, ioapic->due | bit);
	return false;
}

/**
 * vic_ioapic_in_flight_done() - an operation begun under the lock is complete
 * @ioapic: the chip, whose in_flight the caller has raised by one
 *
 * Context: any; not under the chip's lock.
 */
void vic_ioapic_in_flight_done(struct vic_ioapic *ioapic)
{
	/* Pairs with vic_ioapic_get(). */
	if (atomic_dec_and_test(&ioapic->in_flight))
		wake_up_var(&ioapic->in_flight);
}

static int send(struct vic_ioapic *ioapic, struct taken *taken)
{
	unsigned long flags;
	bool again;
	int ret;

	taken->msg.want_eoi = vic_ioapic_wants_eoi(ioapic, &taken->msg);
	ret = vic_apicbus_send(ioapic->vm, &taken->msg);

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	again = post(ioapic, taken, ret);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);

	vic_ioapic_in_flight_done(ioapic);
	if (again)
		vic_apicbus_pending(ioapic->vm, &taken->msg);
	if (ret < VIC_MASKED)
		vic_apicbus_unsent(ioapic->vm);
	return ret;
}

/* A rise of @pin had this result. @was_due: a message waited already. */
static void count_rise(struct vic_ioapic *ioapic, unsigned int pin, int result,
		       bool was_due)
{
	struct vic_pin_stats *stats = &ioapic->stats[pin];

	stats->asserted++;
	if (ioapic->masked & BIT(pin))
		stats->masked++;
	else if (result <= 0 || was_due)
		stats->coalesced++;
}

/* Applies @a to the pin's line. */
static int drive(struct vic_ioapic *ioapic, unsigned int pin,
		 const struct vic_assert *a)
{
	bool was_due = ioapic->due & BIT(pin);
	bool was_high = ioapic->sources[pin];
	int result;

	if (a->level)
		ioapic->sources[pin] |= BIT(a->source);
	else
		ioapic->sources[pin] &= ~BIT(a->source);

	if (!ioapic->sources[pin]) {
		ioapic->irr &= ~BIT(pin);
		ioapic->resampling &= ~BIT(pin);
		return VIC_DELIVERED;
	}
	if (pin == VIC_RTC_PIN && a->line_status &&
	    vic_ioapic_rtc_coalesces(&ioapic->rtc))
		result = VIC_COALESCED;
	else
		result = vic_ioapic_raise(ioapic, pin);
	if (!was_high)
		count_rise(ioapic, pin, result, was_due);
	return result;
}

/**
 * vic_ioapic_set_pin() - a source drives a pin
 * @ioapic: the chip
 * @pin: 0 to 23; others are ignored
 * @a: the change
 *
 * Context: any; with @a->may_send process context that may send, no spin lock
 * held.
 * Return: KVM's tri-state (its kvm_ioapic_set_irq()): 1 for low; 0 for an edge
 * merged into one that is pending; -1 if masked or waiting for an EOI; else
 * what the LAPICs said, or VIC_DELIVERED if that is not known yet. With
 * @a->may_send also an errno of vic_apicbus_send(): the pin is still due.
 */
int vic_ioapic_set_pin(struct vic_ioapic *ioapic, unsigned int pin,
		       const struct vic_assert *a)
{
	bool accepted, taking;
	struct taken taken;
	unsigned long flags;
	int result;

	if (pin >= VIC_IOAPIC_PINS)
		return VIC_MASKED;
	pin = array_index_nospec(pin, VIC_IOAPIC_PINS);

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	result = drive(ioapic, pin, a);
	accepted = result > 0 && ioapic->sources[pin];
	taking = accepted && a->may_send && take(ioapic, pin, a, &taken);
	if (accepted && !taking)
		vic_ioapic_message(ioapic, pin, &taken.msg);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);

	if (taking)
		result = send(ioapic, &taken);
	else if (accepted)
		vic_apicbus_pending(ioapic->vm, &taken.msg);
	trace_vic_ioapic_pin(ioapic->vm->id, pin, a->level, result);
	return result;
}

/**
 * vic_ioapic_flush() - send what is due, each pin at most once
 * @ioapic: the chip
 *
 * Context: process context that may send, no spin lock held.
 * Return: 0, or the first errno of vic_apicbus_send(): then nothing is lost,
 * and the pins not sent are still due. One that cannot be sent holds up none.
 */
int vic_ioapic_flush(struct vic_ioapic *ioapic)
{
	unsigned long todo = sendable(ioapic);
	struct taken taken;
	unsigned long flags;
	unsigned int pin;
	int ret, err = 0;
	bool taking;

	for_each_set_bit(pin, &todo, VIC_IOAPIC_PINS) {
		raw_spin_lock_irqsave(&ioapic->lock, flags);
		taking = take(ioapic, pin, NULL, &taken);
		raw_spin_unlock_irqrestore(&ioapic->lock, flags);
		if (!taking)
			continue;
		ret = send(ioapic, &taken);
		if (ret < VIC_MASKED)
			err = err ?: ret;
	}
	return err;
}

static u32 pins_of_vector(const struct vic_ioapic *ioapic, u8 vector)
{
	unsigned int pin;
	u32 pins = 0;

	for (pin = 0; pin < VIC_IOAPIC_PINS; pin++)
		if (FIELD_GET(RTE_VECTOR, ioapic->rte[pin]) == vector)
			pins |= BIT(pin);
	return pins;
}

static void count_acks(struct vic_ioapic *ioapic, unsigned long pins)
{
	unsigned int pin;

	lockdep_assert_held(&ioapic->lock);
	pins &= ioapic->remote_irr | ~ioapic->level;
	for_each_set_bit(pin, &pins, VIC_IOAPIC_PINS)
		ioapic->stats[pin].acked++;
}

/* The level pin's message is ended; a line that is still high is another. */
static void end_level(struct vic_ioapic *ioapic, unsigned int pin)
{
	u32 bit = BIT(pin);

	lockdep_assert_held(&ioapic->lock);

	ioapic->remote_irr &= ~bit;
	ioapic->seq[pin]++;
	if (!(ioapic->irr & ~ioapic->masked & bit))
		ioapic->storm.eois[pin] = 0;
	else if (!vic_ioapic_storm_holds(ioapic, pin))
		vic_ioapic_service(ioapic, pin);
}

/*
 * Acknowledges @pins first, so that a resampler can lower its line before the
 * line is looked at, as kvm_ioapic_update_eoi_one() does. A resampler may raise
 * the line again from within: it finds remote IRR set, and we find the line.
 */
static void end_pins(struct vic_ioapic *ioapic, u8 vector, unsigned long pins)
{
	unsigned long flags;
	unsigned int pin;

	trace_vic_ioapic_eoi(ioapic->vm->id, vector, pins);
	if (!pins)
		return;
	for_each_set_bit(pin, &pins, VIC_IOAPIC_PINS)
		vic_routing_ack(ioapic->vm, VIC_CHIP_IOAPIC, pin);

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	pins &= ioapic->level;
	for_each_set_bit(pin, &pins, VIC_IOAPIC_PINS)
		end_level(ioapic, pin);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);

	/* What fails is still due; the vCPU tries again before it enters. */
	(void)vic_ioapic_flush(ioapic);
}

/**
 * vic_ioapic_eoi() - a LAPIC broadcasts an EOI
 * @ioapic: the chip
 * @vector: of which vector
 *
 * All pins with @vector are acknowledged, edges too and whether or not remote
 * IRR is set, as in KVM.
 *
 * Context: process context that may send, no lock held.
 */
void vic_ioapic_eoi(struct vic_ioapic *ioapic, u8 vector)
{
	unsigned long flags;
	u32 pins;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	vic_ioapic_rtc_eoi(&ioapic->rtc, vector);
	pins = pins_of_vector(ioapic, vector);
	count_acks(ioapic, pins);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);

	end_pins(ioapic, vector, pins);
}

/**
 * vic_ioapic_awaits_eoi() - is any level pin's message in service?
 * @ioapic: the chip
 *
 * Context: any; not under the chip's lock.
 * Return: true if so: an EOI may be on its way.
 */
bool vic_ioapic_awaits_eoi(struct vic_ioapic *ioapic)
{
	unsigned long flags;
	bool awaits;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	awaits = ioapic->remote_irr;
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
	return awaits;
}

/**
 * vic_ioapic_directed_eoi() - the guest wrote the EOI register
 * @ioapic: a chip of version 0x20
 * @vector: what it wrote
 *
 * Ends only what waits for an end: the guest may broadcast its EOI as well.
 *
 * Context: process context that may send, no lock held.
 */
void vic_ioapic_directed_eoi(struct vic_ioapic *ioapic, u8 vector)
{
	unsigned long flags;
	u32 pins;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	pins = pins_of_vector(ioapic, vector) & ioapic->remote_irr;
	count_acks(ioapic, pins);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);

	end_pins(ioapic, vector, pins);
}

/**
 * vic_ioapic_stats() - what became of the assertions of one pin
 * @ioapic: the chip
 * @pin: 0 to 23
 * @stats: filled
 *
 * Context: any.
 */
void vic_ioapic_stats(struct vic_ioapic *ioapic, unsigned int pin,
		      struct vic_pin_stats *stats)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	*stats = ioapic->stats[pin];
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
}

/**
 * vic_ioapic_create() - an IOAPIC after reset: all pins masked
 * @vm: whose; its routing exists
 * @version: IOAPICVER's version; from 0x20 on there is an EOI register
 *
 * Context: process.
 * Return: the chip, or ERR_PTR(-ENOMEM).
 */
struct vic_ioapic *vic_ioapic_create(struct vic_vm *vm, u8 version)
{
	struct vic_ioapic *ioapic;
	unsigned int pin;

	ioapic = kzalloc(sizeof(*ioapic), GFP_KERNEL_ACCOUNT);
	if (!ioapic)
		return ERR_PTR(-ENOMEM);
	vic_object_made(VIC_OBJECT_IOAPIC);
	ioapic->vm = vm;
	ioapic->version = version;
	atomic_set(&ioapic->in_flight, 0);
	raw_spin_lock_init(&ioapic->lock);
	for (pin = 0; pin < VIC_IOAPIC_PINS; pin++) {
		ioapic->rte[pin] = RTE_MASKED;
		ioapic->masked |= BIT(pin);
	}
	vic_ioapic_storm_init(ioapic);
	return ioapic;
}

/**
 * vic_ioapic_stop() - the chip does nothing by itself any more
 * @ioapic: the chip
 *
 * Before vCPUs go: its timer kicks them. Pins can still be driven.
 *
 * Context: process.
 */
void vic_ioapic_stop(struct vic_ioapic *ioapic)
{
	vic_ioapic_storm_stop(ioapic);
}

/**
 * vic_ioapic_destroy() - free the chip
 * @ioapic: the chip; nobody else can reach it any more
 *
 * Context: process.
 */
void vic_ioapic_destroy(struct vic_ioapic *ioapic)
{
	vic_ioapic_stop(ioapic);
	vic_object_gone(VIC_OBJECT_IOAPIC);
	kfree(ioapic);
}
