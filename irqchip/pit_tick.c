// SPDX-License-Identifier: GPL-2.0
/*
 * pit_tick.c - what channel 0 of the i8254 does to GSI 0: an hrtimer that
 * pulses it, without a thread, and the reinjection of ticks that the guest
 * was too slow to take.
 *
 * Reinjection is KVM's (arch/x86/kvm/i8254.c, pit_do_work() and
 * kvm_pit_ack_irq()): every tick is owed, one is in flight, the next goes out
 * when that is acknowledged; who unmasks the GSI is owed nothing. One thing is
 * added. KVM turns AVIC off for a VM whose PIT reinjects, because AVIC hides
 * the EOIs of edges, and we cannot: so the wait for an acknowledgement has an
 * end, see hold_back().
 *
 * The pulse is made under pit->lock, which is why that is outside the chips'
 * locks: a second one that began before the first was over would be none.
 * Nothing acknowledges from within a pulse.
 */
#include "irqchip/pit.h"
#include "irqchip/pit_private.h"
#include "trace.h"
#include "virqchip.h"

#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/timekeeping.h>

/* The GSI that channel 0's OUT is wired to. */
#define PIT_GSI			0

/*
 * Ticks that may fall due before one in flight counts as taken. A guest that
 * checks its timer at boot wants most of ten in a row.
 */
#define ACK_PATIENCE_TICKS	3

/* Ticks for which nobody has given a sign for so long are not owed. */
#define OWED_PATIENCE_NS	(10 * NSEC_PER_SEC)

static unsigned int min_timer_period_us = 200;
module_param(min_timer_period_us, uint, 0644);
MODULE_PARM_DESC(min_timer_period_us,
		 "shortest period of the PIT's periodic ticks, in us (200)");

/* How many ticks have fallen due since the load? */
static u64 ticks_due(const struct vic_pit *pit, u64 now)
{
	const struct pit_channel *channel = &pit->channels[PIT_CHANNEL_TICK];
	const struct pit_tick *tick = &pit->tick;

	if (tick->slowed_ns)
		return div64_u64(now - channel->regs.load_time,
				 tick->slowed_ns);
	return vic_pit_channel_passes(channel, now);
}

static u64 tick_time(const struct vic_pit *pit, u64 nth)
{
	const struct pit_channel *channel = &pit->channels[PIT_CHANNEL_TICK];

	if (pit->tick.slowed_ns)
		return channel->regs.load_time + nth * pit->tick.slowed_ns;
	return vic_pit_channel_pass_time(channel, nth);
}

static void arm(struct vic_pit *pit, u64 nth)
{
	struct pit_tick *tick = &pit->tick;

	lockdep_assert_held(&pit->lock);
	tick->nth = nth;
	tick->armed = true;
	hrtimer_start(&tick->timer, ns_to_ktime(tick_time(pit, nth)),
		      HRTIMER_MODE_ABS_HARD);
}

/*
 * An hrtimer has no throttle: a guest's shortest period would keep a host CPU
 * in interrupts. Only ticks are slowed, the count runs as programmed; as
 * KVM's create_pit_timer().
 */
static u64 slowed_period(const struct vic_pit *pit)
{
	const struct pit_channel *channel = &pit->channels[PIT_CHANNEL_TICK];
	u64 min_ns = (u64)READ_ONCE(min_timer_period_us) * NSEC_PER_USEC;

	if (!vic_pit_channel_is_periodic(channel) ||
	    vic_pit_channel_period_ns(channel) >= min_ns)
		return 0;
	pr_debug_ratelimited("vm %u: PIT: period of %llu ns slowed to %llu\n",
			     pit->vm->id, vic_pit_channel_period_ns(channel),
			     min_ns);
	return min_ns;
}

static void forgive(struct pit_tick *tick)
{
	tick->in_flight = false;
	tick->flight_ticks = 0;
	tick->owed = 0;
}

/**
 * vic_pit_tick_restart() - channel 0 or the flags have changed
 * @pit: the PIT
 *
 * Context: under pit->lock. A timer that has fired already waits for that and
 * then finds itself stale.
 */
void vic_pit_tick_restart(struct vic_pit *pit)
{
	bool hpet_instead = pit->flags & KVM_PIT_FLAGS_HPET_LEGACY;
	struct pit_tick *tick = &pit->tick;

	lockdep_assert_held(&pit->lock);
	forgive(tick);
	tick->armed = false;
	hrtimer_try_to_cancel(&tick->timer);
	if (tick->stopped || hpet_instead ||
	    !vic_pit_channel_ticks(&pit->channels[PIT_CHANNEL_TICK]))
		return;
	tick->slowed_ns = slowed_period(pit);
	arm(pit, 1);
}

static void pulse(struct vic_pit *pit)
{
	lockdep_assert_held(&pit->lock);
	vic_routing_pulse(pit->vm, PIT_GSI, VIC_SOURCE_PIT);
}

static void inject(struct vic_pit *pit, u64 now)
{
	struct pit_tick *tick = &pit->tick;

	tick->in_flight = true;
	tick->flight_began = now;
	tick->flight_ticks = 0;
	pulse(pit);
	trace_vic_pit_tick(pit->vm->id, true, tick->owed);
}

/*
 * Is the tick in flight reason not to send another? For a few ticks it is;
 * then either the guest is late, and the chips merge what we send, or it has
 * acknowledged where we cannot see it. In both cases ticks go out as without
 * reinjection and stay owed for some time, so that a guest that was only late
 * gets them all. After that none is owed but the present one, or a guest whose
 * EOIs come into sight again would see time leap.
 */
static bool hold_back(struct pit_tick *tick, u64 ticks, u64 now)
{
	if (!tick->in_flight)
		return false;
	tick->flight_ticks += ticks;
	if (tick->flight_ticks < ACK_PATIENCE_TICKS)
		return true;
	if (now - tick->flight_began >= OWED_PATIENCE_NS)
		tick->owed = 1;
	return false;
}

/* @ticks have fallen due. */
static void owe(struct vic_pit *pit, u64 ticks, u64 now)
{
	struct pit_tick *tick = &pit->tick;

	if (!tick->reinject) {
		inject(pit, now);
		return;
	}
	tick->owed += min_t(u64, ticks, U32_MAX - tick->owed);
	if (hold_back(tick, ticks, now)) {
		trace_vic_pit_tick(pit->vm->id, false, tick->owed);
		return;
	}
	if (tick->in_flight)
		pulse(pit);
	else
		inject(pit, now);
}

static void expire(struct vic_pit *pit, u64 now)
{
	struct pit_tick *tick = &pit->tick;
	u64 due = ticks_due(pit, now);

	lockdep_assert_held(&pit->lock);
	/* Programmed anew while the timer was firing: it is not time yet. */
	if (due < tick->nth) {
		arm(pit, tick->nth);
		return;
	}
	if (!vic_pit_channel_is_periodic(&pit->channels[PIT_CHANNEL_TICK])) {
		tick->armed = false;
		owe(pit, 1, now);
		return;
	}
	/* Ticks that the host was too late for come as one, but are owed. */
	due -= tick->nth - 1;
	arm(pit, tick->nth + due);
	owe(pit, due, now);
}

static enum hrtimer_restart vic_pit_tick_fired(struct hrtimer *timer)
{
	struct vic_pit *pit = container_of(timer, struct vic_pit, tick.timer);
	unsigned long flags;

	raw_spin_lock_irqsave(&pit->lock, flags);
	if (pit->tick.armed)
		expire(pit, ktime_get_ns());
	raw_spin_unlock_irqrestore(&pit->lock, flags);
	return HRTIMER_NORESTART;
}

static void vic_pit_tick_acked(struct vic_ack_notifier *notifier)
{
	struct vic_pit *pit = container_of(notifier, struct vic_pit, ack);
	struct pit_tick *tick = &pit->tick;
	unsigned long flags;

	raw_spin_lock_irqsave(&pit->lock, flags);
	tick->in_flight = false;
	if (tick->owed)
		tick->owed--;
	if (tick->owed && !tick->stopped)
		inject(pit, ktime_get_ns());
	raw_spin_unlock_irqrestore(&pit->lock, flags);
}

static void vic_pit_tick_masked(struct vic_mask_notifier *notifier, bool masked)
{
	struct vic_pit *pit = container_of(notifier, struct vic_pit, mask);
	unsigned long flags;

	if (masked)
		return;
	raw_spin_lock_irqsave(&pit->lock, flags);
	forgive(&pit->tick);
	raw_spin_unlock_irqrestore(&pit->lock, flags);
}

static void set_reinject(struct vic_pit *pit, bool reinject)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pit->lock, flags);
	pit->tick.reinject = reinject;
	forgive(&pit->tick);
	raw_spin_unlock_irqrestore(&pit->lock, flags);
}

static void watch(struct vic_pit *pit)
{
	lockdep_assert_held(&pit->reinject_lock);
	set_reinject(pit, true);
	vic_routing_add_ack(pit->vm, &pit->ack);
	vic_routing_add_mask(pit->vm, &pit->mask);
}

static void unwatch(struct vic_pit *pit)
{
	lockdep_assert_held(&pit->reinject_lock);
	vic_routing_del_mask(pit->vm, &pit->mask);
	vic_routing_del_ack(pit->vm, &pit->ack);
	set_reinject(pit, false);
	pit->unwatched = get_state_synchronize_rcu();
}

/**
 * vic_pit_set_reinject() - choose what becomes of ticks that come too fast
 * @pit: the PIT
 * @reinject: they are owed (the default); else lost
 *
 * Only while they are owed do we want to hear of acknowledgements, which cost.
 * Not for a PIT that is stopped.
 *
 * Context: process context; may sleep; inside vm->lock.
 */
void vic_pit_set_reinject(struct vic_pit *pit, bool reinject)
{
	mutex_lock(&pit->reinject_lock);
	if (reinject && !pit->tick.reinject) {
		/* A reader may still stand on a notifier just removed. */
		cond_synchronize_rcu(pit->unwatched);
		watch(pit);
	} else if (!reinject && pit->tick.reinject) {
		unwatch(pit);
	}
	mutex_unlock(&pit->reinject_lock);
}

/**
 * vic_pit_tick_init() - get ready to tick, and to reinject
 * @pit: the PIT, of which nobody knows yet
 *
 * Context: process context; may sleep.
 */
void vic_pit_tick_init(struct vic_pit *pit)
{
	hrtimer_setup(&pit->tick.timer, vic_pit_tick_fired, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_HARD);
	pit->ack.gsi = PIT_GSI;
	pit->ack.acked = vic_pit_tick_acked;
	pit->mask.gsi = PIT_GSI;
	pit->mask.changed = vic_pit_tick_masked;
	mutex_lock(&pit->reinject_lock);
	watch(pit);
	mutex_unlock(&pit->reinject_lock);
}

/**
 * vic_pit_stop() - end all ticks, and hear of no acknowledgement any more
 * @pit: the PIT
 *
 * No tick after it returns, whatever the guest or an acknowledgement does; a
 * notifier that has begun may run on until a grace period has passed.
 *
 * Context: process context; may sleep.
 */
void vic_pit_stop(struct vic_pit *pit)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pit->lock, flags);
	pit->tick.stopped = true;
	pit->tick.armed = false;
	raw_spin_unlock_irqrestore(&pit->lock, flags);
	/* Waits for a timer that is firing, which rearms only if armed. */
	hrtimer_cancel(&pit->tick.timer);
	vic_pit_set_reinject(pit, false);
}
