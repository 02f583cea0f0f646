// SPDX-License-Identifier: GPL-2.0
/*
 * pit_fuzz.c - accesses, time, acknowledgements and restores of the i8254 in any order. Checked all the time:
 *
 *  - OUT, counts and status are what the data sheet's words say of the saved registers and the time;
 *  - channel 0 pulses GSI 0 once for each time its count runs out, no more and, without reinjection, no less; never
 *    while it has no count, is stopped or the HPET stands in for it;
 *  - no more ticks are owed than have fallen due;
 *  - saved registers are such as a chip can have, and a fresh PIT into which they are restored has the same.
 */
#include "fuzz/fuzz.h"
#include "irqchip/pit.h"
#include "irqchip/pit_private.h"
#include "virqchip.h"

#include <linux/kvm.h>

#define HZ_OF_PIT	1193181ULL
#define SHORTEST_NS	200000ULL
#define MODE_NONE	255

enum op {
	OP_CONTROL, OP_COUNT, OP_READ, OP_SPEAKER, OP_TIME, OP_LATE, OP_ACK, OP_MASK, OP_REINJECT, OP_RESTORE,
	OP_ROUND_TRIP, OP_EARLY, OP_STOP, OP_STATUS, NR_OPS
};

static struct vic_vm vm;
static struct vic_pit *pit;
static bool stopped;

/*
 * Channel 0's ticks.
 * @pulses: since it was last loaded
 * @began: when that was
 * @reinjected: it has reinjected since
 * @late: the clock has moved without its timer since
 */
static u64 pulses, began;
static bool reinjected, late;
/* Acknowledgements since: each may bring a pulse. */
static u64 acks;

static struct kvm_pit_state2 get(void)
{
	struct kvm_pit_state2 state;

	vic_pit_get(pit, &state);
	return state;
}

/* The data sheet, over the saved registers */

static u32 clocks_of(const struct kvm_pit_channel_state *c)
{
	u32 value = 0, weight = 1, digits;

	if (!c->bcd)
		return c->count;
	if (c->count == 0x10000)
		return 10000;
	for (digits = c->count; digits; digits >>= 4, weight *= 10)
		value += (digits & 15) * weight;
	return value;
}

static u64 elapsed(u64 since)
{
	return (unsigned __int128)(unit_now - since) * HZ_OF_PIT / NSEC_PER_SEC;
}

static u16 notation(const struct kvm_pit_channel_state *c, u32 count)
{
	if (!c->bcd)
		return count;
	return count / 1000 % 10 << 12 | count / 100 % 10 << 8 | count / 10 % 10 << 4 | count % 10;
}

static u16 want_count(const struct kvm_pit_channel_state *c, u64 since)
{
	u64 e = elapsed(since);
	u32 n = clocks_of(c), max = c->bcd ? 10000 : 65536, first_half = n - n / 2;
	u32 phase = e % n;

	switch (c->mode) {
	case 2:
	case MODE_NONE:
		return notation(c, n - phase);
	case 3:
		if (phase >= first_half)
			phase -= first_half;
		return notation(c, n - n % 2 - 2 * phase);
	default:
		return notation(c, ((s64)n - (s64)(e % max) + max) % max);
	}
}

static bool want_out(const struct kvm_pit_channel_state *c, u64 since, bool null_count)
{
	u64 e = elapsed(since);
	u32 n = clocks_of(c);

	if (null_count)
		return c->mode != 0;
	switch (c->mode) {
	case 2: return e % n + 1 != n;
	case 3: return e % n < n - n / 2;
	case 4:
	case 5: return e != n;
	default: return e >= n;
	}
}

/* How often channel 0 should have ticked since it was loaded. */
static u64 want_pulses(void)
{
	struct kvm_pit_state2 state = get();
	const struct kvm_pit_channel_state *c = &state.channels[0];
	u64 passes = elapsed(began) / clocks_of(c);
	u64 period = (unsigned __int128)clocks_of(c) * NSEC_PER_SEC / HZ_OF_PIT + 1;

	if (stopped || state.flags & KVM_PIT_FLAGS_HPET_LEGACY || c->mode > 4 || pit->channels[0].null_count)
		return 0;
	if (c->mode != 2 && c->mode != 3)
		return passes ? 1 : 0;
	return period < SHORTEST_NS ? (unit_now - began) / SHORTEST_NS : passes;
}

/* What the module calls */

int vic_routing_pulse(struct vic_vm *v, u32 gsi, enum vic_source source)
{
	check_eq(gsi, 0);
	check_eq(source, VIC_SOURCE_PIT);
	check(!stopped);
	pulses++;
	return VIC_DELIVERED;
}

void vic_routing_add_ack(struct vic_vm *v, struct vic_ack_notifier *notifier)
{
	hlist_add_head(&notifier->link, &vm.routing.acks);
}

void vic_routing_del_ack(struct vic_vm *v, struct vic_ack_notifier *notifier)
{
	hlist_del(&notifier->link);
}

void vic_routing_add_mask(struct vic_vm *v, struct vic_mask_notifier *notifier)
{
	hlist_add_head(&notifier->link, &vm.routing.masks);
}

void vic_routing_del_mask(struct vic_vm *v, struct vic_mask_notifier *notifier)
{
	hlist_del(&notifier->link);
}

/* Checks */

static void check_channel(const struct kvm_pit_channel_state *c)
{
	check(c->count >= 1 && c->count <= 0x10000);
	check(c->mode <= 5 || c->mode == MODE_NONE);
	check(c->rw_mode <= 3 && c->count_latched <= 3);
	check(c->read_state <= 4 && c->write_state <= 4);
	check((c->status_latched | c->bcd | c->gate) <= 1);
	check(c->count_load_time >= 0 && c->count_load_time <= unit_now);
}

static void check_pit(void)
{
	struct kvm_pit_state2 state = get();
	unsigned int i;

	for (i = 0; i < 3; i++)
		check_channel(&state.channels[i]);
	check(!(state.flags & ~3U));
	check(pit->tick.owed <= want_pulses());
	if (!reinjected && !late)
		check_eq(pulses, want_pulses());
	else
		check(pulses <= want_pulses() + acks);
	if (pit->tick.reinject) {
		check(!hlist_empty(&vm.routing.acks));
		/* Whatever holds it back has an end. */
		check(!pit->tick.owed || hrtimer_active(&pit->tick.timer));
	} else {
		check(hlist_empty(&vm.routing.acks));
		check(!pit->tick.owed);
	}
}

/* Channel 0 begins anew at @since. */
static void restarted(u64 since)
{
	pulses = acks = 0;
	began = since;
	late = false;
	reinjected = pit->tick.reinject;
}

/* Operations */

static void write_port(u16 port, u8 value)
{
	check(vic_pit_write(pit, port, 1, &value));
}

static u8 read_port(u16 port)
{
	u8 value = 0xee;

	check(vic_pit_read(pit, port, 1, &value));
	return value;
}

static void op_control(struct fuzz_input *in)
{
	u8 word = take_u8(in);

	write_port(0x43, word);
	if (word >> 6 || !(word & 0x30))
		return;
	check(pit->channels[0].null_count);
	restarted(unit_now);
}

static void op_count(struct fuzz_input *in)
{
	u8 arg = take_u8(in), value = take_u8(in);
	unsigned int nr = arg % 3;
	const struct pit_channel_regs *r = &pit->channels[nr].regs;
	struct kvm_pit_channel_state before = get().channels[nr];
	u16 want;

	write_port(0x40 + nr, value);
	switch (before.write_state) {
	case 3: /* the low byte of two */
		check_eq(r->count, before.count);
		return;
	case 4: want = value << 8 | before.write_latch; break;
	case 2: want = value << 8; break;
	default: want = value; break;
	}
	check_eq(r->count, want ? want : 0x10000);
	check_eq(r->load_time, unit_now);
	check(!pit->channels[nr].null_count);
	if (!nr)
		restarted(unit_now);
}

static u8 half(u16 value, u8 state)
{
	return state == 2 || state == 4 ? value >> 8 : value;
}

static void op_read(struct fuzz_input *in)
{
	unsigned int nr = take_u8(in) % 3;
	struct kvm_pit_channel_state c = get().channels[nr];
	u16 count = want_count(&c, pit->channels[nr].regs.load_time);
	u8 value = read_port(0x40 + nr);

	if (c.status_latched)
		check_eq(value, c.status);
	else if (c.count_latched)
		check_eq(value, half(c.latched_count, c.count_latched));
	else
		check_eq(value, half(count, c.read_state));
}

/* Latches the status of a channel, and looks at it. */
static void check_status(unsigned int nr)
{
	struct kvm_pit_channel_state c = get().channels[nr];
	const struct pit_channel *channel = &pit->channels[nr];
	u8 want = c.rw_mode << 4 | (c.mode & 7) << 1 | c.bcd;

	if (c.status_latched)
		return;
	/* All bits set, as KVM has it. */
	if (c.mode == MODE_NONE)
		want = 0x3e | c.bcd;
	if (want_out(&c, channel->regs.load_time, channel->null_count))
		want |= 0x80;
	if (channel->null_count)
		want |= 0x40;
	write_port(0x43, 0xe0 | 2 << nr);
	check_eq(read_port(0x40 + nr), want);
}

static void op_speaker(struct fuzz_input *in)
{
	struct kvm_pit_state2 state;
	u8 value = take_u8(in), want;

	write_port(0x61, value);
	state = get();
	want = (value & 3) | (unit_now & BIT(14) ? 0x10 : 0);
	if (want_out(&state.channels[2], pit->channels[2].regs.load_time, pit->channels[2].null_count))
		want |= 0x20;
	check_eq(read_port(0x61), want);
	check_eq(state.channels[2].gate, value & 1);
	check_eq(!!(state.flags & KVM_PIT_FLAGS_SPEAKER_DATA_ON), !!(value & 2));
}

static s64 take_ns(struct fuzz_input *in)
{
	u8 arg = take_u8(in);
	static const s64 units[] = { 100, 10000, 1000000, 20000000 };

	return (arg & 63) * units[arg >> 6];
}

static void op_ack(void)
{
	struct vic_ack_notifier *n;

	acks++;
	hlist_for_each_entry(n, &vm.routing.acks, link)
		n->acked(n);
}

static void op_mask(bool masked)
{
	struct vic_mask_notifier *n;

	hlist_for_each_entry(n, &vm.routing.masks, link)
		n->changed(n, masked);
	if (!masked)
		check(!pit->tick.owed);
}

static void op_reinject(bool reinject)
{
	if (stopped)
		return;
	vic_pit_set_reinject(pit, reinject);
	check_eq(pit->tick.reinject, reinject);
	reinjected |= reinject;
}

static void op_restore(struct fuzz_input *in)
{
	struct kvm_pit_state2 state = get();
	unsigned int changes = take_u8(in) % 8;

	while (changes--)
		((u8 *)&state)[take_u8(in) % sizeof(state)] = take_u8(in);
	check_eq(vic_pit_set(pit, &state), 0);
	restarted(pit->channels[0].regs.load_time);
}

/* The saved time is a whole ns, that of the count's end is none: a clock may be between. */
static void check_phase(const struct kvm_pit_channel_state *c, u64 old, u64 new)
{
	check((elapsed(old) - elapsed(new)) % clocks_of(c) <= 1);
}

static void op_round_trip(void)
{
	struct kvm_pit_state2 saved = get(), again;
	struct vic_pit *old = pit;
	unsigned int i;

	/* Its notifiers are beside the old one's, and go with it. */
	pit = vic_pit_create(&vm, KVM_PIT_SPEAKER_DUMMY);
	vic_pit_set(pit, &saved);
	again = get();
	/* A one-shot that has run out begins anew, as in KVM. */
	for (i = 0; i < 3; i++)
		if (again.channels[i].count_load_time == unit_now)
			again.channels[i].count_load_time = saved.channels[i].count_load_time;
	check(!memcmp(&saved, &again, sizeof(saved)));
	for (i = 0; i < 3; i++)
		if (saved.channels[i].mode == 2 || saved.channels[i].mode == 3)
			check_phase(&saved.channels[i], old->channels[i].regs.load_time,
				    pit->channels[i].regs.load_time);
	vic_pit_stop(pit);
	vic_pit_destroy(pit);
	pit = old;
}

static void run_op(enum op op, struct fuzz_input *in)
{
	switch (op) {
	case OP_CONTROL: op_control(in); break;
	case OP_COUNT: op_count(in); break;
	case OP_READ: op_read(in); break;
	case OP_SPEAKER: op_speaker(in); break;
	case OP_TIME: unit_advance(take_ns(in)); break;
	case OP_LATE:
		unit_now += take_ns(in);
		late = true;
		unit_advance(0);
		break;
	case OP_ACK: op_ack(); break;
	case OP_MASK: op_mask(take_u8(in) & 1); break;
	case OP_REINJECT: op_reinject(take_u8(in) & 1); break;
	case OP_RESTORE: op_restore(in); break;
	case OP_ROUND_TRIP: op_round_trip(); break;
	case OP_EARLY: unit_fire_early(); break;
	case OP_STOP:
		/* Few inputs shall end here. */
		if (take_u8(in) != 0x55 || stopped)
			break;
		vic_pit_stop(pit);
		stopped = true;
		restarted(unit_now);
		break;
	default: check_status(take_u8(in) % 3); break;
	}
	check_pit();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };

	fuzz_begin();
	stopped = false;
	pit = vic_pit_create(&vm, KVM_PIT_SPEAKER_DUMMY);
	if (take_u8(&in) & 1)
		vic_pit_set_reinject(pit, false);
	restarted(unit_now);
	while (in.left)
		run_op(take_u8(&in) % NR_OPS, &in);
	vic_pit_stop(pit);
	vic_pit_destroy(pit);
	fuzz_end();
	return 0;
}
