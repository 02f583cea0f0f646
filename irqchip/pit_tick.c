// SPDX-License-Identifier: GPL-2.0
/*
 * pit_tick.c - what channel 0 of the i8254 does to GSI 0: an hrtimer that
 * pulses it, without a thread, and the reinjection of ticks that the guest
 * was too slow to take.
 *
 * Reinjection is KVM's (arch/x86/kvm/i8254.c, pit_do_work() and
 * kvm_pit_ack_irq()): every tick is owed, one is in flight, the next goes out
 * after that is acknowledged; who unmasks the GSI is owed nothing.
 *
 * How soon after? In KVM an acknowledgement queues a work item, and the tick
 * leaves when the scheduler has let a kernel thread run. Nobody wrote that as
 * a rule, but it is one: between two ticks the guest always has that long for
 * what it does besides. A tick from within the EOI would leave it no
 * instruction, as long as it is behind; and a guest whose vCPU is starved is
 * behind for good, since its handler then lasts longer than a period. So there
 * is a pause after each acknowledgement, see fair_pause(); what falls due later
 * goes at once. For the same reason none is sent while one is in service: it
 * would wait in the LAPIC, and follow the EOI at once.
 *
 * KVM turns AVIC off for a VM whose PIT reinjects, because AVIC hides the EOIs
 * of edges, and we cannot: so the wait for an acknowledgement has an end, see
 * awaits_ack(). And what is owed is worth OWED_PATIENCE_NS at most, or a guest
 * that can never keep up would be run through hours when it can.
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

#define NEVER			U64_MAX

/*
 * Ticks that may fall due before one in flight counts as taken, where we have
 * no reason to think that we see it taken. A guest that checks its timer at
 * boot wants most of ten in a row.
 */
#define ACK_PATIENCE_TICKS	3

/*
 * So many acknowledgements in a row, none of which took longer than so many
 * ticks, and we think so: the next one is waited for as long as this.
 */
#define ACKS_IN_SIGHT		3
#define ACK_IN_A_ROW_TICKS	16
#define ACK_PATIENCE_NS		NSEC_PER_SEC

/* More than fall due in so long are not owed. */
#define OWED_PATIENCE_NS	(10 * NSEC_PER_SEC)

/* A guest that is owed more than this has not just been late for once. */
#define LATE_FOR_ONCE_NS	(100 * NSEC_PER_MSEC)

/* A pause is longer than the one before by a quarter, and this, at most. */
#define PAUSE_STEP_NS		(25 * NSEC_PER_USEC)

/* After a one-shot it is no shorter. */
#define ONE_SHOT_PAUSE_NS	(100 * NSEC_PER_USEC)

/* A second tick in flight is waited for no longer. */
#define SECOND_PATIENCE_NS	(250 * NSEC_PER_MSEC)

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

static bool is_in_sight(const struct pit_tick *tick)
{
	return tick->acks_seen >= ACKS_IN_SIGHT;
}

/*
 * When does a tick go that fell due and was put off? One in flight is in the
 * way of periodic ticks until the next of them looks again.
 */
static u64 put_off_until(const struct pit_tick *tick)
{
	if (!tick->owed)
		return NEVER;
	if (!tick->in_flight)
		return tick->pause_end;
	return tick->period_ns ? NEVER : tick->flight_began + ACK_PATIENCE_NS;
}

/* One timer for the next tick and for those put off: whichever is first. */
static void set_timer(struct vic_pit *pit)
{
	struct pit_tick *tick = &pit->tick;
	u64 when = put_off_until(tick);

	lockdep_assert_held(&pit->lock);
	if (tick->armed)
		when = min(when, tick_time(pit, tick->nth));
	if (when != NEVER)
		hrtimer_start(&tick->timer, ns_to_ktime(when),
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

static void set_period(struct vic_pit *pit)
{
	const struct pit_channel *channel = &pit->channels[PIT_CHANNEL_TICK];
	struct pit_tick *tick = &pit->tick;

	tick->slowed_ns = slowed_period(pit);
	tick->period_ns = 0;
	tick->owed_max = 1;
	if (!vic_pit_channel_is_periodic(channel))
		return;
	tick->period_ns = tick->slowed_ns ?: vic_pit_channel_period_ns(channel);
	tick->owed_max = div64_u64(OWED_PATIENCE_NS, tick->period_ns) ?: 1;
}

static void forgive(struct pit_tick *tick)
{
	tick->in_flight = false;
	tick->second = PIT_SECOND_NONE;
	tick->acks_seen = 0;
	tick->owed = 0;
	tick->pause_ns = 0;
	tick->pause_end = 0;
}

/**
 * vic_pit_tick_forget() - the guest's chips are not what they were
 * @pit: the PIT
 *
 * No tick is owed or awaited, and what was learnt of the guest is void.
 *
 * Context: under pit->lock.
 */
void vic_pit_tick_forget(struct vic_pit *pit)
{
	lockdep_assert_held(&pit->lock);
	forgive(&pit->tick);
}

/**
 * vic_pit_tick_restart() - channel 0 or the flags have changed
 * @pit: the PIT
 *
 * No tick is owed any more. One in service stays in the way of the next, where
 * its end will be seen: a guest that uses one-shots starts each from within
 * the handler of the one before.
 *
 * Context: under pit->lock. A timer that has fired already waits for that and
 * then finds nothing due.
 */
void vic_pit_tick_restart(struct vic_pit *pit)
{
	bool hpet_instead = pit->flags & KVM_PIT_FLAGS_HPET_LEGACY;
	struct pit_tick *tick = &pit->tick;

	lockdep_assert_held(&pit->lock);
	tick->owed = 0;
	if (tick->in_flight && !is_in_sight(tick)) {
		tick->in_flight = false;
		tick->second = PIT_SECOND_SENT;
	}
	tick->armed = false;
	hrtimer_try_to_cancel(&tick->timer);
	if (tick->stopped || hpet_instead ||
	    !vic_pit_channel_ticks(&pit->channels[PIT_CHANNEL_TICK]))
		return;
	set_period(pit);
	tick->nth = 1;
	tick->armed = true;
	set_timer(pit);
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
 * Is the tick in flight reason not to send another? It is for some time; then
 * either the guest is late, and the chips merge what we send, or it has
 * acknowledged where we cannot see it. Who has been seen to acknowledge all
 * along is late.
 */
static bool awaits_ack(struct pit_tick *tick, u64 now)
{
	bool patient = now - tick->flight_began < ACK_PATIENCE_NS;

	if (patient && is_in_sight(tick))
		return true;
	if (!patient || tick->flight_ticks >= ACK_IN_A_ROW_TICKS)
		tick->acks_seen = 0;
	return patient && tick->flight_ticks < ACK_PATIENCE_TICKS;
}

/*
 * The wait for an acknowledgement is over. Ticks go out as without reinjection
 * and stay owed for some time, so that a guest that was only late gets them
 * all. After that none is owed but this one, or a guest whose EOIs come into
 * sight again would see time leap.
 */
static void inject_unacked(struct vic_pit *pit, u64 now)
{
	struct pit_tick *tick = &pit->tick;

	tick->second = PIT_SECOND_SENT;
	pulse(pit);
	trace_vic_pit_tick(pit->vm->id, true, tick->owed);
	if (!tick->period_ns || now - tick->flight_began >= OWED_PATIENCE_NS)
		tick->owed = 0;
}

static void inject_owed(struct vic_pit *pit, u64 now)
{
	struct pit_tick *tick = &pit->tick;

	if (!tick->owed)
		return;
	if (tick->in_flight ? awaits_ack(tick, now) : now < tick->pause_end) {
		trace_vic_pit_tick(pit->vm->id, false, tick->owed);
		return;
	}
	if (tick->in_flight) {
		inject_unacked(pit, now);
		return;
	}
	tick->owed--;
	inject(pit, now);
}

/* @ticks have fallen due. */
static void owe(struct vic_pit *pit, u64 ticks, u64 now)
{
	struct pit_tick *tick = &pit->tick;

	if (!tick->reinject) {
		inject(pit, now);
		return;
	}
	if (tick->in_flight)
		tick->flight_ticks += ticks;
	tick->owed = min_t(u64, tick->owed + ticks, tick->owed_max);
}

/* Which ticks have fallen due? False if none. */
static bool expire(struct vic_pit *pit, u64 now)
{
	struct pit_tick *tick = &pit->tick;
	u64 due = ticks_due(pit, now);

	lockdep_assert_held(&pit->lock);
	/* A pause has ended; or it was programmed anew while firing. */
	if (!tick->armed || due < tick->nth)
		return false;
	if (!tick->period_ns) {
		tick->armed = false;
		owe(pit, 1, now);
		return true;
	}
	/* Ticks that the host was too late for come as one, but are owed. */
	due -= tick->nth - 1;
	tick->nth += due;
	owe(pit, due, now);
	return true;
}

static enum hrtimer_restart vic_pit_tick_fired(struct hrtimer *timer)
{
	struct vic_pit *pit = container_of(timer, struct vic_pit, tick.timer);
	struct pit_tick *tick = &pit->tick;
	unsigned long flags;
	u64 now;

	raw_spin_lock_irqsave(&pit->lock, flags);
	now = ktime_get_ns();
	if (!tick->stopped) {
		if (expire(pit, now) || put_off_until(tick) <= now)
			inject_owed(pit, now);
		set_timer(pit);
	}
	raw_spin_unlock_irqrestore(&pit->lock, flags);
	return HRTIMER_NORESTART;
}

/*
 * How long is the guest left alone after a tick that took @took ns to be
 * acknowledged? Half of the time is its own if it is behind, and it catches up
 * with the other half if it can. If it is hardly behind and a tick takes less
 * than a period, it has half of what this leaves; which catches up with a
 * handler that takes more than half of a period, too. But it has a fifth of
 * the time in any case. One that uses one-shots has half.
 */
static u64 fair_pause(const struct pit_tick *tick, u64 took)
{
	if (took >= tick->period_ns ||
	    tick->owed * tick->period_ns > LATE_FOR_ONCE_NS)
		return took;
	if (!tick->owed)
		return took / 4;
	return clamp((tick->period_ns - took) / 2, took / 4, took);
}

/*
 * One tick may have taken long because the guest's thread did not run, and a
 * pause as long would waste the time that it runs at last. Only if this goes
 * on is it the handler: so a pause grows step by step, and a short tick ends
 * that.
 */
static u64 next_pause(const struct pit_tick *tick, u64 took)
{
	return min(fair_pause(tick, took),
		   tick->pause_ns + tick->pause_ns / 4 + PAUSE_STEP_NS);
}

/*
 * If the guest had a tick in service when another was sent, it has that in
 * service by now, and a third would follow at once, and so on for ever. If the
 * chips have merged them there is none. We see no difference until there was
 * one pause that is longer than the handler: which takes as long as from one
 * acknowledgement to the next, or less.
 */
static u64 second_pause(struct pit_tick *tick, u64 now)
{
	u64 handler = now - tick->last_ack;

	switch (tick->second) {
	case PIT_SECOND_SENT:
		tick->second = PIT_SECOND_TIMED;
		return 0;
	case PIT_SECOND_TIMED:
		tick->second = PIT_SECOND_NONE;
		return min_t(u64, handler + handler / 4, SECOND_PATIENCE_NS);
	case PIT_SECOND_NONE:
		break;
	}
	return 0;
}

/*
 * A one-shot is never late: started within the handler of the one before, it
 * may fall due at the end of that or soon after, and the next likewise. KVM's
 * thread needs some time for each.
 */
static void begin_pause(struct pit_tick *tick, u64 now)
{
	u64 pause = second_pause(tick, now);

	pause = max(pause, tick->pause_ns);
	if (!tick->period_ns)
		pause = max_t(u64, pause, ONE_SHOT_PAUSE_NS);
	tick->pause_end = now + pause;
	tick->last_ack = now;
}

/* One that is not for the tick in flight is for a second, or another's. */
static void take_ack(struct pit_tick *tick, u64 now)
{
	tick->acks_seen = min(tick->acks_seen + 1, ACKS_IN_SIGHT);
	if (tick->in_flight)
		tick->pause_ns = next_pause(tick, now - tick->flight_began);
	else if (tick->owed && tick->period_ns)
		tick->owed--;
	tick->in_flight = false;
	begin_pause(tick, now);
}

static void vic_pit_tick_acked(struct vic_ack_notifier *notifier)
{
	struct vic_pit *pit = container_of(notifier, struct vic_pit, ack);
	struct pit_tick *tick = &pit->tick;
	unsigned long flags;

	raw_spin_lock_irqsave(&pit->lock, flags);
	take_ack(tick, ktime_get_ns());
	if (tick->owed && !tick->stopped)
		set_timer(pit);
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
	/* Waits for a timer that is firing, which then sets no other. */
	hrtimer_cancel(&pit->tick.timer);
	vic_pit_set_reinject(pit, false);
}
