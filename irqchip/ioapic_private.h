/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ioapic_private.h - what the files of the IOAPIC share, and nobody else.
 */
#ifndef VIC_IRQCHIP_IOAPIC_PRIVATE_H
#define VIC_IRQCHIP_IOAPIC_PRIVATE_H

#include "irqchip/chip.h"

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct vic_vm;

/** VIC_RTC_PIN - where KVM tells its user of coalesced ticks (RTC_GSI) */
#define VIC_RTC_PIN		8

/**
 * struct vic_ioapic_storm - holds back a pin whose EOIs never end
 * @timer: ends the pause of all of @held
 * @held: pins that wait for @timer
 * @stopped: @timer must not be started any more
 * @eois: of each pin, successive EOIs that found the line still high
 *
 * All but @timer itself is guarded by the chip's lock. Not saved.
 */
struct vic_ioapic_storm {
	struct hrtimer timer;
	u32 held;
	bool stopped;
	u16 eois[VIC_IOAPIC_PINS];
};

/**
 * struct vic_ioapic_rtc - which ticks of VIC_RTC_PIN the guest has not ended
 * @vector: with which the last tracked tick was sent
 * @sending: it is on its way, its result is not known
 * @early: EOIs that came while @sending
 * @pending: LAPICs that took it and owe an EOI
 * @merging_since: when the first tick was merged into it, in ns of
 *	ktime_get_ns(); 0 if none was
 * @untrusted: EOIs do not seem to be visible: do not track until one is seen
 *
 * Guarded by the chip's lock. Not saved: KVM's ABI has no place for it.
 */
struct vic_ioapic_rtc {
	u8 vector;
	bool sending;
	u32 early;
	u32 pending;
	u64 merging_since;
	bool untrusted;
};

/**
 * struct vic_ioapic - an 82093AA
 * @vm: whose; set once
 * @version: of IOAPICVER; set once
 * @in_flight: messages taken whose result is not posted; taken under @lock;
 *	vic_ioapic_get() waits on it
 * @lock: guards all below; a leaf; raw and taken with interrupts off, because
 *	an irqfd's wake-up and a timer drive pins
 * @rte: redirection table, without the read-only bits; saved
 * @irr: pins that are high, and with them masked edges; saved
 * @remote_irr: level pins whose message a LAPIC took, or is just being sent;
 *	saved
 * @id: saved
 * @select: IOREGSEL; saved
 * @masked: RTE_MASKED of each of @rte; read lockless by vic_ioapic_flush()
 * @level: RTE_TRIGGER_LEVEL of each of @rte
 * @sources: who holds each pin high, a bit per enum vic_source
 * @irr_delivered: edges in @irr that were accepted: not shown to a saver
 * @due: accepted, message not sent; survives the line's fall, since KVM would
 *	have sent it; read lockless by vic_ioapic_flush()
 * @blocked: pins on which something happened that only @remote_irr kept from
 *	becoming due; cleared when a message is taken
 * @resampling: pins whose irr is cleared while their resampler is asked
 * @seq: of each pin, counts the messages taken and the ends of remote IRR: by
 *	it a result knows whether remote IRR is still its own
 * @rtc: ticks of VIC_RTC_PIN
 * @storm: pins held back
 * @stats: of each pin
 */
struct vic_ioapic {
	struct vic_vm *vm;
	u8 version;
	atomic_t in_flight;

	raw_spinlock_t lock;
	u64 rte[VIC_IOAPIC_PINS];
	u32 irr;
	u32 remote_irr;
	u8 id;
	u8 select;

	u32 masked;
	u32 level;
	u8 sources[VIC_IOAPIC_PINS];
	u32 irr_delivered;
	u32 due;
	u32 blocked;
	u32 resampling;
	u32 seq[VIC_IOAPIC_PINS];
	struct vic_ioapic_rtc rtc;
	struct vic_ioapic_storm storm;
	struct vic_pin_stats stats[VIC_IOAPIC_PINS];
};

/*
 * ioapic.c; all but wants_eoi, in_flight_done and directed_eoi under the lock
 */
void vic_ioapic_store_rte(struct vic_ioapic *ioapic, unsigned int pin, u64 rte);
int vic_ioapic_raise(struct vic_ioapic *ioapic, unsigned int pin);
int vic_ioapic_service(struct vic_ioapic *ioapic, unsigned int pin);
void vic_ioapic_message(const struct vic_ioapic *ioapic, unsigned int pin,
			struct vic_msg *msg);
bool vic_ioapic_wants_eoi(struct vic_ioapic *ioapic, const struct vic_msg *msg);
void vic_ioapic_in_flight_done(struct vic_ioapic *ioapic);
void vic_ioapic_directed_eoi(struct vic_ioapic *ioapic, u8 vector);

/* ioapic_rtc.c; under the lock */
bool vic_ioapic_rtc_coalesces(struct vic_ioapic_rtc *rtc);
void vic_ioapic_rtc_sending(struct vic_ioapic_rtc *rtc, u8 vector);
void vic_ioapic_rtc_overtaken(struct vic_ioapic_rtc *rtc, u8 vector);
void vic_ioapic_rtc_sent(struct vic_ioapic_rtc *rtc, int result);
void vic_ioapic_rtc_eoi(struct vic_ioapic_rtc *rtc, u8 vector);
void vic_ioapic_rtc_reset(struct vic_ioapic_rtc *rtc);

/* ioapic_storm.c; holds and reset under the lock */
void vic_ioapic_storm_init(struct vic_ioapic *ioapic);
bool vic_ioapic_storm_holds(struct vic_ioapic *ioapic, unsigned int pin);
void vic_ioapic_storm_reset(struct vic_ioapic *ioapic);
void vic_ioapic_storm_stop(struct vic_ioapic *ioapic);

#endif /* VIC_IRQCHIP_IOAPIC_PRIVATE_H */
