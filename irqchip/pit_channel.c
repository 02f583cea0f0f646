// SPDX-License-Identifier: GPL-2.0
/*
 * pit_channel.c - one counter of an i8254 interval timer (Intel 231164-005;
 * bits in irqchip/pit_regs.h). A pure state machine over its registers and the
 * time: nothing counts, what a counter holds is derived from when it was
 * loaded. irqchip/pit.c holds the lock and calls all this.
 *
 * Where the data sheet and KVM's PIT (arch/x86/kvm/i8254.c) differ:
 *
 *  - as KVM: a count takes effect at once and not at the end of a period; a
 *    low GATE stops nothing, only its rise restarts modes 1, 2, 3 and 5; modes
 *    1 and 5 also start when they are loaded, without a trigger;
 *  - as the data sheet: BCD counts; NULL COUNT; OUT in modes 1, 2, 4 and 5,
 *    which KVM has upside down; mode 3 with odd counts; a control word stops
 *    the counter until it gets a count.
 */
#include "irqchip/pit_channel.h"
#include "irqchip/pit_regs.h"

#include <linux/bitfield.h>
#include <linux/kvm.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>

#define BITS_PER_DIGIT	4
#define BCD_DIGITS	4
#define BITS_PER_COUNT_BYTE	8

static u32 from_bcd(u32 digits)
{
	u32 value = 0;
	int i;

	for (i = BCD_DIGITS - 1; i >= 0; i--)
		value = value * 10 + ((digits >> (i * BITS_PER_DIGIT)) &
				      GENMASK(BITS_PER_DIGIT - 1, 0));
	return value;
}

static u16 to_bcd(u32 value)
{
	u16 digits = 0;
	int i;

	for (i = 0; i < BCD_DIGITS; i++, value /= 10)
		digits |= (value % 10) << (i * BITS_PER_DIGIT);
	return digits;
}

/* What it divides its clock by; never 0. Bad digits count for what they hold. */
static u32 divisor(const struct pit_channel_regs *r)
{
	if (!r->bcd)
		return r->count;
	return r->count == PIT_COUNT_MAX ? PIT_COUNT_MAX_BCD :
					   from_bcd(r->count);
}

static u64 ns_to_clocks(u64 ns)
{
	return mul_u64_u32_div(ns, PIT_HZ, NSEC_PER_SEC);
}

/* The first ns at which the clocks have passed. */
static u64 clocks_to_ns(u64 clocks)
{
	u64 ns = mul_u64_u32_div(clocks, NSEC_PER_SEC, PIT_HZ);

	return ns_to_clocks(ns) < clocks ? ns + 1 : ns;
}

/* Clocks since the load. */
static u64 elapsed_clocks(const struct pit_channel_regs *r, u64 now)
{
	return ns_to_clocks(now - r->load_time);
}

/* Clocks into the period that runs now. */
static u32 phase(const struct pit_channel_regs *r, u64 now)
{
	u32 rest;

	div_u64_rem(elapsed_clocks(r, now), divisor(r), &rest);
	return rest;
}

/*
 * Mode 3 counts down by twos, twice a period. An odd count is loaded without
 * its 1, and its first half lasts one clock longer, at 0.
 */
static u32 square_wave_count(const struct pit_channel_regs *r, u64 now)
{
	u32 n = divisor(r), clocks = phase(r, now), high = (n + 1) / 2;

	if (clocks >= high)
		clocks -= high;
	return (n & ~1U) - 2 * clocks;
}

/* One-shots count on below 0, around the highest count. */
static u32 one_shot_count(const struct pit_channel_regs *r, u64 now)
{
	u32 max = r->bcd ? PIT_COUNT_MAX_BCD : PIT_COUNT_MAX;
	u32 past;

	div_u64_rem(elapsed_clocks(r, now), max, &past);
	return (divisor(r) + max - past) % max;
}

/* The counting element as a guest reads it. */
static u16 read_count(const struct pit_channel_regs *r, u64 now)
{
	u32 count;

	switch (r->mode) {
	case PIT_MODE_TERMINAL:
	case PIT_MODE_ONE_SHOT:
	case PIT_MODE_SW_STROBE:
	case PIT_MODE_HW_STROBE:
		count = one_shot_count(r, now);
		break;
	case PIT_MODE_SQUARE:
		count = square_wave_count(r, now);
		break;
	default:
		count = divisor(r) - phase(r, now);
		break;
	}
	/* The greatest count reads as 0, in either notation. */
	return r->bcd ? to_bcd(count) : count;
}

/**
 * vic_pit_channel_out() - see what a channel's OUT drives
 * @channel: the channel
 * @now: the time
 *
 * Return: its level.
 */
bool vic_pit_channel_out(const struct pit_channel *channel, u64 now)
{
	const struct pit_channel_regs *r = &channel->regs;
	u32 n = divisor(r);

	if (channel->null_count)
		return r->mode != PIT_MODE_TERMINAL;
	switch (r->mode) {
	case PIT_MODE_RATE:
		return phase(r, now) != n - 1;
	case PIT_MODE_SQUARE:
		return phase(r, now) < (n + 1) / 2;
	case PIT_MODE_SW_STROBE:
	case PIT_MODE_HW_STROBE:
		return elapsed_clocks(r, now) != n;
	default:
		return elapsed_clocks(r, now) >= n;
	}
}

/**
 * vic_pit_channel_is_periodic() - does the channel reload itself?
 * @channel: the channel
 *
 * Return: whether it counts in mode 2 or 3.
 */
bool vic_pit_channel_is_periodic(const struct pit_channel *channel)
{
	return channel->regs.mode == PIT_MODE_RATE ||
	       channel->regs.mode == PIT_MODE_SQUARE;
}

/**
 * vic_pit_channel_ticks() - does the channel raise an interrupt when it passes?
 * @channel: the channel
 *
 * Not in mode 5, as KVM (i8254.c, pit_load_count()), and not while it waits
 * for its count: then hardware does not count, and KVM goes on ticking.
 *
 * Return: whether it does.
 */
bool vic_pit_channel_ticks(const struct pit_channel *channel)
{
	return channel->regs.mode < PIT_MODE_HW_STROBE && !channel->null_count;
}

/**
 * vic_pit_channel_period_ns() - how long does the channel take to pass?
 * @channel: the channel
 *
 * Return: ns, rounded up.
 */
u64 vic_pit_channel_period_ns(const struct pit_channel *channel)
{
	return clocks_to_ns(divisor(&channel->regs));
}

/**
 * vic_pit_channel_passes() - how often has the count run out since the load?
 * @channel: the channel
 * @now: the time
 *
 * Return: how often.
 */
u64 vic_pit_channel_passes(const struct pit_channel *channel, u64 now)
{
	const struct pit_channel_regs *r = &channel->regs;

	return div_u64(elapsed_clocks(r, now), divisor(r));
}

/**
 * vic_pit_channel_pass_time() - when does the count run out?
 * @channel: the channel
 * @nth: for the how manyth time since the load, from 1
 *
 * Derived from the load, so that ticks do not drift from the count.
 *
 * Return: the time in ns, rounded up.
 */
u64 vic_pit_channel_pass_time(const struct pit_channel *channel, u64 nth)
{
	const struct pit_channel_regs *r = &channel->regs;

	return r->load_time + clocks_to_ns(nth * divisor(r));
}

/**
 * vic_pit_channel_reset() - power-on, as KVM's (i8254.c, kvm_pit_reset())
 * @channel: the channel
 * @gate: level of its GATE
 * @now: the time
 */
void vic_pit_channel_reset(struct pit_channel *channel, bool gate, u64 now)
{
	*channel = (struct pit_channel){
		.regs = {
			.count = PIT_COUNT_MAX,
			.load_time = now,
			.mode = PIT_MODE_NONE,
			.gate = gate,
		},
	};
}

static void latch_count(struct pit_channel_regs *r, u64 now)
{
	if (r->count_latched)
		return;
	r->latched_count = read_count(r, now);
	r->count_latched = r->rw_mode;
}

/* Before the first one all bits are set: KVM's 255 for the mode, shifted (i8254.c). */
static u8 control_word(const struct pit_channel_regs *r)
{
	if (r->mode == PIT_MODE_NONE)
		return PIT_CONTROL_ACCESS | PIT_CONTROL_MODE |
		       FIELD_PREP(PIT_CONTROL_BCD, r->bcd);
	return FIELD_PREP(PIT_CONTROL_ACCESS, r->rw_mode) |
	       FIELD_PREP(PIT_CONTROL_MODE, r->mode) |
	       FIELD_PREP(PIT_CONTROL_BCD, r->bcd);
}

static void latch_status(struct pit_channel *channel, u64 now)
{
	struct pit_channel_regs *r = &channel->regs;

	if (r->status_latched)
		return;
	r->status = control_word(r);
	if (vic_pit_channel_out(channel, now))
		r->status |= PIT_STATUS_OUT;
	if (channel->null_count)
		r->status |= PIT_STATUS_NULL_COUNT;
	r->status_latched = true;
}

static void set_mode(struct pit_channel *channel, u8 word)
{
	struct pit_channel_regs *r = &channel->regs;
	u8 mode = FIELD_GET(PIT_CONTROL_MODE, word);

	r->rw_mode = FIELD_GET(PIT_CONTROL_ACCESS, word);
	r->read_state = r->rw_mode;
	r->write_state = r->rw_mode;
	r->mode = mode <= PIT_MODE_LAST ? mode : mode & PIT_MODE_ALIAS;
	r->bcd = word & PIT_CONTROL_BCD;
	channel->null_count = true;
}

/**
 * vic_pit_channel_control() - a control word that names this channel
 * @channel: the channel
 * @word: the control word
 * @now: the time
 */
void vic_pit_channel_control(struct pit_channel *channel, u8 word, u64 now)
{
	if (FIELD_GET(PIT_CONTROL_ACCESS, word) == PIT_ACCESS_LATCH)
		latch_count(&channel->regs, now);
	else
		set_mode(channel, word);
}

/**
 * vic_pit_channel_readback() - a read-back command that names this channel
 * @channel: the channel
 * @word: the command
 * @now: the time
 */
void vic_pit_channel_readback(struct pit_channel *channel, u8 word, u64 now)
{
	if (!(word & PIT_READBACK_NO_COUNT))
		latch_count(&channel->regs, now);
	if (!(word & PIT_READBACK_NO_STATUS))
		latch_status(channel, now);
}

static void load(struct pit_channel *channel, u16 count, u64 now)
{
	channel->regs.count = count ?: PIT_COUNT_MAX;
	channel->regs.load_time = now;
	channel->null_count = false;
}

/**
 * vic_pit_channel_write() - a byte of a count
 * @channel: the channel
 * @value: the byte
 * @now: the time
 *
 * Return: whether that completed the count and the channel starts anew.
 */
bool vic_pit_channel_write(struct pit_channel *channel, u8 value, u64 now)
{
	struct pit_channel_regs *r = &channel->regs;
	u16 high = value << BITS_PER_COUNT_BYTE;

	switch (r->write_state) {
	case PIT_ACCESS_WORD0:
		r->write_latch = value;
		r->write_state = PIT_ACCESS_WORD1;
		return false;
	case PIT_ACCESS_WORD1:
		r->write_state = PIT_ACCESS_WORD0;
		load(channel, high | r->write_latch, now);
		return true;
	case PIT_ACCESS_MSB:
		load(channel, high, now);
		return true;
	default:
		load(channel, value, now);
		return true;
	}
}

static u8 read_latched(struct pit_channel_regs *r)
{
	enum pit_access byte = r->count_latched;

	r->count_latched = byte == PIT_ACCESS_WORD0 ? PIT_ACCESS_MSB :
						      PIT_ACCESS_NONE;
	if (byte == PIT_ACCESS_MSB)
		return r->latched_count >> BITS_PER_COUNT_BYTE;
	return r->latched_count;
}

static u8 read_live(struct pit_channel_regs *r, u64 now)
{
	u16 count = read_count(r, now);

	switch (r->read_state) {
	case PIT_ACCESS_WORD0:
		r->read_state = PIT_ACCESS_WORD1;
		return count;
	case PIT_ACCESS_WORD1:
		r->read_state = PIT_ACCESS_WORD0;
		return count >> BITS_PER_COUNT_BYTE;
	case PIT_ACCESS_MSB:
		return count >> BITS_PER_COUNT_BYTE;
	default:
		return count;
	}
}

/**
 * vic_pit_channel_read() - a guest reads a channel's port
 * @channel: the channel
 * @now: the time
 *
 * Return: the status if it is latched, else a byte of the latched or of the
 * running count.
 */
u8 vic_pit_channel_read(struct pit_channel *channel, u64 now)
{
	struct pit_channel_regs *r = &channel->regs;

	if (r->status_latched) {
		r->status_latched = false;
		return r->status;
	}
	if (r->count_latched)
		return read_latched(r);
	return read_live(r, now);
}

/**
 * vic_pit_channel_set_gate() - drive a channel's GATE
 * @channel: the channel
 * @gate: its level; a rise restarts modes 1, 2, 3 and 5
 * @now: the time
 */
void vic_pit_channel_set_gate(struct pit_channel *channel, bool gate, u64 now)
{
	struct pit_channel_regs *r = &channel->regs;
	bool restarts = r->mode != PIT_MODE_TERMINAL &&
			r->mode != PIT_MODE_SW_STROBE &&
			r->mode != PIT_MODE_NONE;

	if (gate && !r->gate && restarts)
		r->load_time = now;
	r->gate = gate;
}

/* A periodic count may as well have been loaded when its period began. */
static s64 save_load_time(const struct pit_channel *channel, u64 now)
{
	u64 passes = vic_pit_channel_passes(channel, now);

	if (!passes || !vic_pit_channel_is_periodic(channel))
		return channel->regs.load_time;
	return vic_pit_channel_pass_time(channel, passes);
}

/**
 * vic_pit_channel_save() - all of a channel in KVM's layout
 * @channel: the channel
 * @state: all of it is written
 * @now: the time
 */
void vic_pit_channel_save(const struct pit_channel *channel,
			  struct kvm_pit_channel_state *state, u64 now)
{
	const struct pit_channel_regs *r = &channel->regs;

	*state = (struct kvm_pit_channel_state){
		.count = r->count,
		.latched_count = r->latched_count,
		.count_latched = r->count_latched,
		.status_latched = r->status_latched,
		.status = r->status,
		.read_state = r->read_state,
		.write_state = r->write_state,
		.write_latch = r->write_latch,
		.rw_mode = r->rw_mode,
		.mode = r->mode,
		.bcd = r->bcd,
		.gate = r->gate,
		.count_load_time = save_load_time(channel, now),
	};
}

static enum pit_mode sane_mode(u8 mode)
{
	if (mode <= PIT_MODE_LAST)
		return mode;
	if (mode <= FIELD_MAX(PIT_CONTROL_MODE))
		return mode & PIT_MODE_ALIAS;
	return PIT_MODE_NONE;
}

/* What KVM's switches do with a state they do not know (RW_STATE_LSB). */
static enum pit_access sane_access(u8 access, enum pit_access last)
{
	return access <= last ? access : PIT_ACCESS_LSB;
}

/*
 * KVM starts the count anew. The phase is kept if the time lies within the
 * count's own period before now, which it does if the saved VM's clock was
 * carried over; any other time is from another host, or KVM's channel 0.
 */
static u64 sane_load_time(const struct pit_channel *channel, s64 saved, u64 now)
{
	u64 load_time = saved;

	if (saved < 0 || load_time > now)
		return now;
	if (now - load_time >= vic_pit_channel_period_ns(channel))
		return now;
	return load_time;
}

/**
 * vic_pit_channel_restore() - load a channel from KVM's layout
 * @channel: the channel
 * @state: anything; what no channel can hold is cut to size, what KVM or QEMU
 *	saved passes
 * @now: the time
 */
void vic_pit_channel_restore(struct pit_channel *channel,
			     const struct kvm_pit_channel_state *state, u64 now)
{
	struct pit_channel_regs *r = &channel->regs;

	channel->null_count = false;
	*r = (struct pit_channel_regs){
		.count = min_t(u32, state->count ?: PIT_COUNT_MAX, PIT_COUNT_MAX),
		.latched_count = state->latched_count,
		.count_latched = sane_access(state->count_latched,
					     PIT_ACCESS_WORD0),
		.status_latched = state->status_latched,
		.status = state->status,
		.rw_mode = sane_access(state->rw_mode, PIT_ACCESS_WORD0),
		.read_state = sane_access(state->read_state, PIT_ACCESS_WORD1),
		.write_state = sane_access(state->write_state,
					   PIT_ACCESS_WORD1),
		.write_latch = state->write_latch,
		.mode = sane_mode(state->mode),
		.bcd = state->bcd,
		.gate = state->gate,
	};
	r->load_time = sane_load_time(channel, state->count_load_time, now);
}
