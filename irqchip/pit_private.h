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
 * struct pit_tick - what channel 0 does to its GSI
 * @timer: for the next tick; never restarts itself, pit->lock decides
 * @armed: a tick is to come; a timer that fires without is stale
 * @nth: which tick since the load it is
 * @slowed_ns: the period, if the guest's is too short to follow; else 0
 * @reinject: ticks are owed, one at a time; else they only pulse. Written
 *	under pit->lock and @reinject_lock
 * @in_flight: a tick was injected and not yet acknowledged
 * @flight_began: since when, in ns
 * @flight_ticks: how many ticks have fallen due since then
 * @owed: ticks not yet acknowledged, with the one in flight
 * @stopped: no more ticks, for good
 */
struct pit_tick {
	struct hrtimer timer;
	bool armed;
	u64 nth;
	u64 slowed_ns;
	bool reinject;
	bool in_flight;
	u64 flight_began;
	u64 flight_ticks;
	u32 owed;
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

#endif /* VIC_IRQCHIP_PIT_PRIVATE_H */
