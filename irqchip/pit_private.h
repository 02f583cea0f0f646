/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pit_private.h - struct vic_pit, for irqchip/pit*.c only.
 */
#ifndef VIC_IRQCHIP_PIT_PRIVATE_H
#define VIC_IRQCHIP_PIT_PRIVATE_H

#include "irqchip/pit_channel.h"
#include "irqchip/pit_regs.h"
#include "routing/routing.h"

#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct vic_vm;

/**
 * enum pit_second - is there a second tick in flight?
 * @PIT_SECOND_NONE: no
 * @PIT_SECOND_SENT: one was sent before the first was acknowledged, and has
 *	followed that or been merged with it
 * @PIT_SECOND_TIMED: the first has been acknowledged since; the time from then
 *	to the next acknowledgement is enough for a second
 */
enum pit_second {
	PIT_SECOND_NONE,
	PIT_SECOND_SENT,
	PIT_SECOND_TIMED,
};

/**
 * struct pit_tick - what channel 0 does to its GSI
 * @timer: for the next tick, or for one put off; never restarts itself,
 *	pit->lock decides
 * @armed: a tick is to come
 * @nth: which tick since the load it is
 * @slowed_ns: the period, if the guest's is too short to follow; else 0
 * @period_ns: the period in which ticks come; 0 of a one-shot
 * @reinject: ticks are owed, one at a time; else they only pulse. Written
 *	under pit->lock and @reinject_lock
 * @in_flight: a tick was injected and not yet acknowledged
 * @flight_began: since when, in ns
 * @flight_ticks: how many ticks have fallen due since then
 * @second: another was sent since
 * @acks_seen: how many were acknowledged, up to ACKS_IN_SIGHT, since one was
 *	not in time
 * @owed: ticks that fell due and were not injected
 * @owed_max: no more than this
 * @last_ack: when one was acknowledged
 * @pause_ns: the last pause after an acknowledgement, or the next
 * @pause_end: when it is over
 * @stopped: no more ticks, for good
 */
struct pit_tick {
	struct hrtimer timer;
	bool armed;
	u64 nth;
	u64 slowed_ns;
	u64 period_ns;
	bool reinject;
	bool in_flight;
	u64 flight_began;
	u64 flight_ticks;
	enum pit_second second;
	int acks_seen;
	u32 owed;
	u32 owed_max;
	u64 last_ack;
	u64 pause_ns;
	u64 pause_end;
	bool stopped;
};

/**
 * struct vic_pit - an i8254
 * @vm: whose; set once
 * @has_speaker: answers the speaker port; set once
 * @reinject_lock: mutex: serialises vic_pit_set_reinject(); inside vm->lock,
 *	outside vm->routing.notify_lock
 * @ack: tells that the guest took a tick; in routing's list while
 *	@tick.reinject
 * @mask: tells that the guest unmasked the GSI; likewise
 * @unwatched: grace period to wait for before they are added again; under
 *	@reinject_lock
 * @rcu: frees it when no notifier can run any more
 * @lock: guards all below; raw, irqs off; outside the PIC's and IOAPIC's
 * @channels: saved
 * @flags: KVM_PIT_FLAGS_*; saved
 * @tick: not saved
 */
struct vic_pit {
	struct vic_vm *vm;
	bool has_speaker;
	struct mutex reinject_lock;
	struct vic_ack_notifier ack;
	struct vic_mask_notifier mask;
	unsigned long unwatched;
	struct rcu_head rcu;

	raw_spinlock_t lock;
	struct pit_channel channels[PIT_CHANNELS];
	u32 flags;
	struct pit_tick tick;
};

void vic_pit_tick_init(struct vic_pit *pit);
void vic_pit_tick_restart(struct vic_pit *pit);
void vic_pit_tick_forget(struct vic_pit *pit);

#endif /* VIC_IRQCHIP_PIT_PRIVATE_H */
