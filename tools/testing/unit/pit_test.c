// SPDX-License-Identifier: GPL-2.0
/*
 * pit_test.c - the rules of the i8254, a line each.
 *
 * A row starts with a PIT fresh from vic_pit_create(), with its speaker port.
 * Its steps, numbers in hex unless said:
 *
 *	w:PORT=V	writes; r:PORT=V reads and compares, but for the refresh
 *			bit of port 61
 *	@N		moves to just after N (decimal) clocks of the PIT since the
 *			last write that was not to port 43
 *	us=N ms=N s=N	N (decimal) us, ms or s pass
 *	n=N		N (decimal) pulses since the last such step
 *	ack unmask mask	the guest acknowledges, unmasks, masks GSI 0
 *	reinject=V	vic_pit_set_reinject()
 *	stop		vic_pit_stop()
 *	early		the timer fires, as if it had just begun to when it was set
 *	C.FIELD=V	compares a field of the saved state of channel C
 *	C.FIELD:V flags:V	restores the state with that changed
 *	flags=V		compares the saved flags
 */
#include "unit.h"
#include "irqchip/pit.h"
#include "irqchip/pit_regs.h"
#include "virqchip.h"

#include <linux/kvm.h>

static struct vic_vm vm;
static struct vic_pit *pit;
static unsigned int pulses;
static bool is_high;
static s64 written;

static void on_set_gsi(struct vic_vm *v, u32 gsi, bool level)
{
	expect_eq(gsi, 0);
	expect(is_high != level);
	is_high = level;
	pulses += level;
}

static void make_pit(u32 flags)
{
	unit_answers.on_set_gsi = on_set_gsi;
	pulses = 0;
	is_high = false;
	pit = vic_pit_create(&vm, flags);
}

static void drop_pit(void)
{
	vic_pit_stop(pit);
	/* As from an RCU callback: it must not sleep. */
	unit_spinning++;
	vic_pit_destroy(pit);
	unit_spinning--;
}

static void write_port(u16 port, u8 value)
{
	expect(vic_pit_write(pit, port, 1, &value));
}

static u8 read_port(u16 port)
{
	u8 value = 0xee;

	expect(vic_pit_read(pit, port, 1, &value));
	return value;
}

#define FIELD(f)	{ #f, offsetof(struct kvm_pit_channel_state, f),	\
			  sizeof_field(struct kvm_pit_channel_state, f) }
static const struct {
	const char *name;
	size_t offset, size;
} fields[] = {
	FIELD(count), FIELD(latched_count), FIELD(count_latched),
	FIELD(status_latched), FIELD(status), FIELD(read_state),
	FIELD(write_state), FIELD(write_latch), FIELD(rw_mode), FIELD(mode),
	FIELD(bcd), FIELD(gate), FIELD(count_load_time),
};

static bool step_channel(const char *token)
{
	struct kvm_pit_state2 state;
	unsigned int nr;
	long long value, got = 0;
	char name[32], op;
	size_t i;

	if (sscanf(token, "%u.%31[a-z_]%c%llx", &nr, name, &op, &value) != 4)
		return false;
	vic_pit_get(pit, &state);
	for (i = 0; strcmp(fields[i].name, name); i++)
		if (i + 1 == ARRAY_SIZE(fields))
			unit_bug(__FILE__, __LINE__, name);
	memcpy(&got, (char *)&state.channels[nr] + fields[i].offset,
	       fields[i].size);
	if (op == '=') {
		expect_eq(got, value);
		return true;
	}
	memcpy((char *)&state.channels[nr] + fields[i].offset, &value,
	       fields[i].size);
	expect_eq(vic_pit_set(pit, &state), 0);
	return true;
}

static bool step_flags(const char *token)
{
	struct kvm_pit_state2 state;
	unsigned int value;
	char op;

	if (sscanf(token, "flags%c%x", &op, &value) != 2)
		return false;
	vic_pit_get(pit, &state);
	if (op == '=') {
		expect_eq(state.flags, value);
		return true;
	}
	state.flags = value;
	expect_eq(vic_pit_set(pit, &state), 0);
	return true;
}

static bool step_port(const char *token)
{
	unsigned int port, value;

	if (sscanf(token, "w:%x=%x", &port, &value) == 2) {
		write_port(port, value);
		if (port != PIT_PORT + PIT_CONTROL)
			written = unit_now;
	} else if (sscanf(token, "r:%x=%x", &port, &value) == 2) {
		u8 got = read_port(port);

		if (port == PIT_SPEAKER_PORT)
			got &= ~PIT_SPEAKER_REFRESH;
		expect_eq(got, value);
	} else {
		return false;
	}
	return true;
}

/* To the middle of the clock after those asked for. */
static s64 clocks_ns(s64 clocks)
{
	return (clocks * 1000 + 500) * 1000000 / PIT_HZ;
}

static bool step_time(const char *token)
{
	long long value;

	if (sscanf(token, "us=%lld", &value) == 1)
		unit_advance(value * NSEC_PER_USEC);
	else if (sscanf(token, "ms=%lld", &value) == 1)
		unit_advance(value * NSEC_PER_MSEC);
	else if (sscanf(token, "s=%lld", &value) == 1)
		unit_advance(value * NSEC_PER_SEC);
	else if (sscanf(token, "@%lld", &value) == 1)
		unit_advance(written + clocks_ns(value) - unit_now);
	else
		return false;
	return true;
}

static bool step_guest(const char *token)
{
	unsigned int value;

	if (!strcmp(token, "ack"))
		unit_fire_ack(&vm, 0);
	else if (!strcmp(token, "unmask"))
		unit_fire_mask(&vm, 0, false);
	else if (!strcmp(token, "mask"))
		unit_fire_mask(&vm, 0, true);
	else if (!strcmp(token, "early"))
		unit_fire_early();
	else if (!strcmp(token, "stop"))
		vic_pit_stop(pit);
	else if (sscanf(token, "reinject=%x", &value) == 1)
		vic_pit_set_reinject(pit, value);
	else
		return false;
	return true;
}

static bool step_count(const char *token)
{
	unsigned int value;

	if (sscanf(token, "n=%u", &value) != 1)
		return false;
	expect_eq(pulses, value);
	pulses = 0;
	return true;
}

static void step(const char *token)
{
	if (!step_channel(token) && !step_flags(token) && !step_port(token) &&
	    !step_time(token) && !step_guest(token) && !step_count(token))
		unit_bug(__FILE__, __LINE__, token);
}

static void row(const char *script)
{
	make_pit(KVM_PIT_SPEAKER_DUMMY);
	unit_each_step(script, step);
	expect(!is_high);
	drop_pit();
}

static void access_of_other_ports_is_not_ours(void)
{
	static const struct {
		u16 port;
		unsigned int len;
		bool plain, speaker;
	} rows[] = {
		{ 0x3f, 1, false, false }, { 0x40, 1, true, true },
		{ 0x43, 1, true, true }, { 0x43, 2, false, false },
		{ 0x40, 4, true, true }, { 0x40, 0, false, false },
		{ 0x44, 1, false, false }, { 0x61, 1, false, true },
		{ 0x61, 4, false, true }, { 0x62, 1, false, false },
		{ 0x60, 2, false, false }, { 0xffff, 4, false, false },
	};
	u8 data[8];
	size_t i;
	int speaker;

	for (speaker = 0; speaker < 2; speaker++) {
		make_pit(speaker ? KVM_PIT_SPEAKER_DUMMY : ~KVM_PIT_SPEAKER_DUMMY);
		for (i = 0; i < ARRAY_SIZE(rows); i++) {
			bool want = speaker ? rows[i].speaker : rows[i].plain;

			memset(data, 0, sizeof(data));
			expect_eq(vic_pit_write(pit, rows[i].port, rows[i].len,
						data), want);
			expect_eq(vic_pit_read(pit, rows[i].port, rows[i].len,
					       data), want);
		}
		drop_pit();
	}
}

static void wide_access_uses_the_low_byte(void)
{
	u32 data = 0xabcdef12;

	make_pit(0);
	write_port(0x43, 0x50);
	expect(vic_pit_write(pit, 0x41, 2, &data));
	expect(vic_pit_read(pit, 0x41, 2, &data));
	expect_eq(data, 0xabcd0012);
	expect(vic_pit_read(pit, 0x40, 4, &data));
	expect_eq(data & ~0xff, 0);
	drop_pit();
}

static void control_word_reads_as_zero_in_every_width(void)
{
	u8 data = 0xee;

	make_pit(0);
	expect(vic_pit_read(pit, 0x43, 1, &data));
	expect_eq(data, 0);
	drop_pit();
}

static void speaker_has_a_refresh_clock(void)
{
	int i;

	make_pit(KVM_PIT_SPEAKER_DUMMY);
	unit_now &= ~(2 * PIT_REFRESH_NS - 1);
	for (i = 0; i < 4; i++, unit_now += PIT_REFRESH_NS)
		expect_eq(!!(read_port(0x61) & PIT_SPEAKER_REFRESH), i & 1);
	drop_pit();
}

static void no_memory_is_enomem(void)
{
	unit_fail_alloc(1);
	expect_eq(PTR_ERR(vic_pit_create(&vm, 0)), -ENOMEM);
}

static void stop_takes_the_notifiers_away(void)
{
	make_pit(0);
	expect(!hlist_empty(&vm.routing.acks));
	expect(!hlist_empty(&vm.routing.masks));
	drop_pit();
	expect(hlist_empty(&vm.routing.acks));
	expect(hlist_empty(&vm.routing.masks));
}

static void notifiers_are_there_only_while_it_reinjects(void)
{
	make_pit(0);
	vic_pit_set_reinject(pit, true);
	vic_pit_set_reinject(pit, false);
	vic_pit_set_reinject(pit, false);
	expect(hlist_empty(&vm.routing.acks));
	expect(hlist_empty(&vm.routing.masks));
	vic_pit_set_reinject(pit, true);
	expect(!hlist_empty(&vm.routing.acks));
	vic_pit_stop(pit);
	drop_pit();
	expect(hlist_empty(&vm.routing.acks));
}

/* For hours, at a period that is no whole number of ns. */
static void ticks_do_not_drift_from_the_count(void)
{
	u16 count;
	int i;

	make_pit(0);
	vic_pit_set_reinject(pit, false);
	unit_each_step("w:43=34 w:40=a9 w:40=04", step);
	for (i = 0; i < 100; i++)
		unit_advance(36 * NSEC_PER_SEC);
	expect_eq(pulses, 3600LL * PIT_HZ / 0x4a9);
	pulses = 0;
	while (!pulses)
		unit_advance(100);
	write_port(0x43, 0x00);
	count = read_port(0x40);
	count |= read_port(0x40) << 8;
	expect(count == 0x4a9 || count == 0x4a8);
	drop_pit();
}

/* By a guest that takes each at once, and so has short pauses. */
static unsigned int take_ticks(void)
{
	unsigned int taken = 0;

	while (pulses) {
		pulses = 0;
		taken++;
		unit_fire_ack(&vm, 0);
		unit_advance(0);
		for (int i = 0; i < 3 && !pulses; i++)
			unit_advance(50 * NSEC_PER_USEC);
	}
	return taken;
}

/* Every owed tick reaches a guest that was away, one at a time. */
static void late_guest_gets_every_tick(void)
{
	make_pit(0);
	unit_each_step("w:43=34 w:40=a9 w:40=04", step);
	unit_advance(5 * NSEC_PER_SEC);
	expect_eq(take_ticks(),
		  (unit_now - written) * PIT_HZ / NSEC_PER_SEC / 0x4a9);
	drop_pit();
}

/* Its acknowledgements come into sight only after a minute. */
static void unseen_acks_neither_stop_ticks_nor_pile_up(void)
{
	unsigned int taken = 0;

	make_pit(0);
	unit_each_step("w:43=34 w:40=a9 w:40=04", step);
	unit_advance(60 * NSEC_PER_SEC);
	expect_eq(pulses, 60LL * PIT_HZ / 0x4a9 - 2);
	for (pulses = 1; pulses; taken++) {
		pulses = 0;
		unit_fire_ack(&vm, 0);
	}
	expect_eq(taken, 1);
	drop_pit();
}

/* A timer that was not served for long: no tick is lost, no burst is made. */
static void late_host_owes_what_it_missed(void)
{
	make_pit(0);
	unit_each_step("w:43=34 w:40=a9 w:40=04", step);
	unit_now += 100 * NSEC_PER_MSEC;
	unit_advance(0);
	expect_eq(pulses, 1);
	expect_eq(take_ticks(),
		  (unit_now - written) * PIT_HZ / NSEC_PER_SEC / 0x4a9);
	drop_pit();
}

static void random_access(void)
{
	static const u16 ports[] = { 0x40, 0x41, 0x42, 0x43, 0x43, 0x61 };
	u16 port = ports[rand() % ARRAY_SIZE(ports)];

	if (rand() & 1)
		write_port(port, rand());
	else
		read_port(port);
	if (!(rand() % 4))
		unit_fire_ack(&vm, 0);
	if (!(rand() % 4))
		unit_advance(rand() % 3000000);
}

/* Whatever a VMM restores: no access may divide by zero, or never end. */
static void any_restored_state_is_harmless(void)
{
	struct kvm_pit_state2 state;
	unsigned int round, i;

	make_pit(KVM_PIT_SPEAKER_DUMMY);
	srand(1);
	for (round = 0; round < 20000; round++) {
		for (i = 0; i < sizeof(state); i++)
			((u8 *)&state)[i] = rand();
		for (i = 0; i < 3; i++)
			if (rand() & 1)
				state.channels[i].count &= 1;
		vic_pit_set(pit, &state);
		vic_pit_get(pit, &state);
		for (i = 0; i < 3; i++)
			expect(state.channels[i].count - 1 < PIT_COUNT_MAX);
		for (i = 0; i < 8; i++)
			random_access();
		unit_take_log();
	}
	drop_pit();
}

static void saved_state_goes_round(void)
{
	struct kvm_pit_state2 state, again;

	make_pit(KVM_PIT_SPEAKER_DUMMY);
	unit_each_step("w:43=34 w:40=a9 w:40=04 w:43=b6 w:42=12 w:42=34 "
		       "w:61=03 w:43=e8 us=1500 w:42=77", step);
	vic_pit_get(pit, &state);
	drop_pit();
	make_pit(KVM_PIT_SPEAKER_DUMMY);
	vic_pit_set(pit, &state);
	vic_pit_get(pit, &again);
	expect(!memcmp(&state, &again, sizeof(state)));
	drop_pit();
}

/* A second is a whole number of clocks, and of these periods. */
static void saved_time_is_not_after_now(void)
{
	struct kvm_pit_state2 state;

	make_pit(0);
	unit_each_step("w:43=54 w:41=21 s=1", step);
	vic_pit_get(pit, &state);
	expect_eq(state.channels[1].count_load_time, unit_now);
	drop_pit();
}

static void slowing_is_told(void)
{
	make_pit(0);
	unit_messages = 0;
	unit_each_step("reinject=0 w:43=14 w:40=77 us=1000 n=5", step);
	expect_eq(unit_messages, 1);
	drop_pit();
}

#define ROW(name, script)	UNIT_ROW(row, name, script)

/* 0x4a9 = 1193 clocks are just below 1 ms. */
#define MS_TICKS	"w:43=34 w:40=a9 w:40=04 "

static const struct unit_case cases[] = {
	/* Power-on */
	ROW(power_on_state_is_kvms, "0.mode=ff 0.count=10000 0.gate=1 1.gate=1 2.gate=0 0.rw_mode=0 flags=0"),
	ROW(power_on_ticks_not, "s=1 n=0"),
	ROW(count_before_a_control_word_ticks_not, "w:40=10 0.count=10 s=1 n=0"),

	/* Access to counts */
	ROW(lsb_only, "w:43=50 w:41=12 1.count=12 r:41=12 r:41=12"),
	ROW(msb_only, "w:43=60 w:41=12 1.count=1200 r:41=12 r:41=12"),
	ROW(word_is_low_then_high, "w:43=70 w:41=34 1.write_state=4 w:41=12 1.count=1234 1.write_state=3 r:41=34 r:41=12 r:41=34"),
	ROW(half_a_word_loads_nothing, "w:43=70 w:41=34 w:41=12 w:41=99 1.count=1234 r:41=34"),
	ROW(control_word_starts_the_word_anew, "w:43=70 w:41=34 w:43=70 w:41=78 w:41=56 1.count=5678"),
	ROW(count_of_zero_is_the_greatest, "w:43=70 w:41=00 w:41=00 1.count=10000 r:41=00 r:41=00"),
	ROW(mode_6_and_7_are_2_and_3, "w:43=7c 1.mode=2 w:43=7e 1.mode=3"),
	ROW(channels_are_their_own, "w:43=50 w:41=12 w:43=90 w:42=34 1.count=12 2.count=34"),

	/* Counting */
	ROW(mode_0_counts_down, "w:43=70 w:41=34 w:41=12 @52 r:41=00 r:41=12"),
	ROW(mode_0_counts_on_below_zero, "w:43=70 w:41=10 w:41=00 @18 r:41=fe r:41=ff"),
	ROW(mode_1_counts_from_the_load, "w:43=72 w:41=10 w:41=00 @3 r:41=0d"),
	ROW(mode_2_reloads, "w:43=74 w:41=10 w:41=00 @15 r:41=01 r:41=00 @16 r:41=10 r:41=00 @21 r:41=0b"),
	ROW(mode_3_counts_by_twos_twice, "w:43=56 w:41=10 @3 r:41=0a @8 r:41=10 @12 r:41=08"),
	ROW(mode_3_odd_count_starts_even, "w:43=56 w:41=05 r:41=04 @1 r:41=02 @2 r:41=00 @3 r:41=04 @4 r:41=02 @5 r:41=04"),
	ROW(mode_4_counts_on_below_zero, "w:43=58 w:41=02 @5 r:41=fd"),
	ROW(mode_5_counts_from_the_load, "w:43=5a w:41=10 @5 r:41=0b"),
	ROW(bcd_counts_digits, "w:43=71 w:41=34 w:41=12 @35 r:41=99 r:41=11"),
	ROW(bcd_count_of_zero_is_ten_thousand, "w:43=75 w:41=00 w:41=00 @1 r:41=99 r:41=99"),
	ROW(bcd_one_shot_wraps_to_9999, "w:43=71 w:41=01 w:41=00 @2 r:41=99 r:41=99"),
	ROW(bcd_bad_digits_count_for_what_they_hold, "w:43=51 w:41=0f @1 r:41=14"),
	ROW(new_count_takes_effect_at_once, "w:43=54 w:41=80 @5 w:41=40 r:41=40"),

	/* Latches and read-back */
	ROW(latch_holds_the_count, "w:43=54 w:41=80 @16 w:43=40 @22 r:41=70 r:41=6a"),
	ROW(latched_word_is_read_in_two, "w:43=74 w:41=34 w:41=12 w:43=40 @100 r:41=34 r:41=12"),
	ROW(second_latch_is_ignored, "w:43=54 w:41=80 w:43=40 @5 w:43=40 r:41=80"),
	ROW(latched_msb_is_the_high_byte, "w:43=64 w:41=12 w:43=40 @300 r:41=12 1.count_latched=0"),
	ROW(latch_before_a_control_word_is_none, "w:43=40 1.count_latched=0"),
	ROW(latch_is_no_mode, "w:43=54 w:41=80 w:43=4e 1.mode=2"),
	ROW(readback_latches_counts_of_all_named, "w:43=54 w:41=80 w:43=94 w:42=40 w:43=dc @5 r:41=80 r:42=40"),
	ROW(readback_spares_others, "w:43=54 w:41=80 w:43=94 w:42=40 w:43=d8 @16 r:41=70"),
	ROW(readback_status, "w:43=54 w:41=80 w:43=e4 r:41=94 r:41=80"),
	ROW(readback_status_and_count, "w:43=54 w:41=80 w:43=c4 @5 r:41=94 r:41=80"),
	ROW(readback_status_twice_keeps_the_first, "w:43=50 w:41=04 w:43=e4 @9 w:43=e4 r:41=10 r:41=fb"),
	ROW(readback_of_nothing, "w:43=54 w:41=80 w:43=f4 1.status_latched=0 1.count_latched=0"),
	ROW(status_has_bcd_and_access, "w:43=71 w:41=80 w:41=00 w:43=e4 r:41=31"),
	ROW(null_count_from_control_word_to_count, "w:43=74 w:41=80 w:43=e4 r:41=f4 w:41=00 w:43=e4 r:41=b4"),
	ROW(status_before_a_control_word, "w:43=e4 r:41=3e"),

	/* OUT, seen in status bit 7 and port 61 bit 5 */
	ROW(out_mode_0_rises_at_the_end, "w:43=90 w:42=10 r:61=00 @15 r:61=00 @16 r:61=20 @100 r:61=20"),
	ROW(out_mode_0_falls_with_the_control_word, "w:43=90 w:42=01 @10 r:61=20 w:43=90 r:61=00"),
	ROW(out_mode_1_is_low_for_the_count, "w:43=92 r:61=20 w:42=10 r:61=00 @15 r:61=00 @16 r:61=20"),
	ROW(out_mode_2_is_low_for_the_last_clock, "w:43=94 w:42=10 r:61=20 @14 r:61=20 @15 r:61=00 @16 r:61=20"),
	ROW(out_mode_3_is_high_for_half, "w:43=96 w:42=10 r:61=20 @7 r:61=20 @8 r:61=00 @16 r:61=20"),
	ROW(out_mode_3_odd_is_high_longer, "w:43=96 w:42=05 @2 r:61=20 @3 r:61=00 @5 r:61=20"),
	ROW(out_mode_4_strobes_low, "w:43=98 w:42=04 @3 r:61=20 @4 r:61=00 @5 r:61=20"),
	ROW(out_mode_5_strobes_low, "w:43=9a w:42=04 @3 r:61=20 @4 r:61=00 @5 r:61=20"),

	/* Speaker port and gate */
	ROW(speaker_holds_gate_and_data, "w:43=90 w:42=ff w:61=03 r:61=03 flags=2 2.gate=1 w:61=00 r:61=00 flags=0"),
	ROW(gate_rise_restarts_mode_2, "w:43=94 w:42=80 @5 w:61=01 r:42=80 @5 w:61=01 r:42=7b"),
	ROW(gate_rise_triggers_mode_1, "w:43=92 w:42=08 @20 r:61=20 w:61=01 r:61=01 @8 r:61=21"),
	ROW(gate_rise_restarts_not_mode_0, "w:43=90 w:42=80 @5 w:61=01 r:42=7b"),
	ROW(gate_rise_restarts_not_mode_4, "w:43=98 w:42=80 @5 w:61=01 r:42=7b"),
	ROW(gate_fall_stops_nothing, "w:61=01 w:43=94 w:42=80 w:61=00 @5 r:42=7b"),

	/* Ticks */
	ROW(mode_2_ticks_each_period, "reinject=0 " MS_TICKS "us=999 n=0 us=1 n=1 ms=9 n=9"),
	ROW(mode_3_ticks_each_period, "reinject=0 w:43=36 w:40=a9 w:40=04 ms=10 n=10"),
	ROW(mode_0_ticks_once, "w:43=30 w:40=a9 w:40=04 ms=10 n=1"),
	ROW(mode_1_ticks_once, "w:43=32 w:40=a9 w:40=04 ms=10 n=1"),
	ROW(mode_4_ticks_once, "w:43=38 w:40=a9 w:40=04 ms=10 n=1"),
	ROW(mode_5_ticks_not, "w:43=3a w:40=a9 w:40=04 ms=10 n=0"),
	ROW(other_channels_tick_not, "w:43=74 w:41=a9 w:41=04 w:43=b4 w:42=a9 w:42=04 ms=10 n=0"),
	ROW(new_count_restarts_the_period, "reinject=0 " MS_TICKS "us=600 w:40=a9 w:40=04 us=600 n=0 us=400 n=1"),
	ROW(control_word_stops_ticks_until_the_count, "reinject=0 " MS_TICKS "ms=2 n=2 w:43=34 ms=5 n=0 w:40=a9 w:40=04 ms=2 n=2"),
	ROW(count_of_another_channel_leaves_what_is_owed, MS_TICKS "ms=2 n=1 w:43=b4 w:42=10 w:42=00 us=1 n=0 ack us=100 n=1"),
	ROW(latch_stops_no_ticks, "reinject=0 " MS_TICKS "w:43=00 ms=2 n=2"),
	ROW(one_shot_after_periodic_ends_the_ticks, "reinject=0 " MS_TICKS "ms=2 n=2 w:43=38 w:40=a9 w:40=04 ms=5 n=1"),
	ROW(bcd_ticks_at_its_digits, "reinject=0 w:43=35 w:40=93 w:40=11 ms=10 n=10"),
	ROW(short_period_is_slowed, "reinject=0 w:43=14 w:40=77 ms=1 n=5"),
	ROW(short_one_shot_is_not_slowed, "w:43=10 w:40=77 us=100 n=1"),
	ROW(slowed_period_leaves_the_count, "reinject=0 w:43=14 w:40=77 @100 r:40=13"),
	ROW(stale_timer_ticks_not, "reinject=0 " MS_TICKS "us=500 early n=0 us=500 n=1"),
	ROW(stop_is_for_good, MS_TICKS "ms=1 n=1 stop ms=5 ack n=0 w:43=34 w:40=a9 w:40=04 ms=5 n=0"),

	/* Reinjection */
	ROW(next_tick_waits_for_the_ack, MS_TICKS "ms=2 n=1 ack us=24 n=0 us=1 n=1 ack us=800 n=0"),
	ROW(acked_ticks_flow, MS_TICKS "ms=1 ack ms=1 ack ms=1 ack n=3"),
	ROW(wait_for_the_ack_ends, MS_TICKS "ms=3 n=1 ms=1 n=1 ms=1 n=1"),
	ROW(ack_of_a_late_guest_pays_one, MS_TICKS "ms=5 n=3 ack us=200 n=1 ack us=250 n=1 ack us=200 n=1 ack us=200 n=1 ack us=100 n=0"),
	ROW(ack_of_a_second_tick_pays_too, MS_TICKS "ms=5 n=3 ack ack us=100 n=1 ack us=200 n=1 ack us=200 n=1 ack us=300 n=0"),
	ROW(stale_timer_sends_nothing_again, MS_TICKS "ms=5 n=3 us=500 early n=0 us=500 n=1"),
	ROW(unmask_forgives, MS_TICKS "ms=2 n=1 unmask ack us=900 n=0 us=100 n=1"),
	ROW(mask_forgives_not, MS_TICKS "ms=2 n=1 mask ack us=100 n=1"),
	ROW(new_count_forgives, MS_TICKS "ms=2 n=1 w:40=a9 w:40=04 us=800 n=0 ack us=190 n=0"),
	ROW(without_reinjection_ticks_do_not_wait, "reinject=0 " MS_TICKS "ms=5 n=5"),
	ROW(turning_reinjection_on_owes_nothing, "reinject=0 " MS_TICKS "ms=5 n=5 reinject=1 ack n=0 ms=1 n=1"),
	ROW(ack_of_others_is_harmless, "ack ack n=0"),

	/* Saved state */
	ROW(restored_count_of_zero_is_the_greatest, "0.count:0 0.count=10000 2.count:0 2.count=10000"),
	ROW(restored_count_is_bounded, "1.count:10001 1.count=10000 1.count:ffffffff 1.count=10000"),
	ROW(restored_mode_is_cut, "1.mode:6 1.mode=2 1.mode:7 1.mode=3 1.mode:8 1.mode=ff 1.mode:ff 1.mode=ff 1.mode:5 1.mode=5"),
	ROW(restored_states_are_cut, "1.read_state:5 1.read_state=1 1.write_state:ff 1.write_state=1 1.rw_mode:4 1.rw_mode=1 1.count_latched:4 1.count_latched=1 1.read_state:4 1.read_state=4"),
	ROW(restored_booleans_are_one, "1.bcd:80 1.bcd=1 1.gate:2 1.gate=1 1.status_latched:ff 1.status_latched=1"),
	ROW(restored_flags_are_cut, "flags:ffffffff flags=3"),
	ROW(restore_starts_the_ticks, "reinject=0 " MS_TICKS "stop n=0"),
	ROW(restore_keeps_the_phase, "reinject=0 " MS_TICKS "us=1600 n=1 flags:0 us=399 n=0 us=1 n=1"),
	ROW(restore_of_another_time_starts_anew, "reinject=0 " MS_TICKS "us=600 0.count_load_time:0 us=900 n=0 us=100 n=1"),
	ROW(restore_of_a_future_time_starts_anew, "reinject=0 " MS_TICKS "us=600 0.count_load_time:7fffffffffffffff us=900 n=0 us=100 n=1"),
	ROW(restore_of_a_negative_time_starts_anew, "reinject=0 " MS_TICKS "us=600 0.count_load_time:ffffffffffffffff us=900 n=0 us=100 n=1"),
	ROW(restore_forgives, MS_TICKS "ms=2 n=1 flags:0 us=800 n=0 ack us=190 n=0"),
	ROW(restore_of_an_expired_one_shot_runs_again, "w:43=30 w:40=a9 w:40=04 ms=2 n=1 flags:0 ms=2 n=1"),
	ROW(hpet_stops_the_ticks_and_keeps_the_state, "reinject=0 " MS_TICKS "flags:1 ms=5 n=0 0.mode=2 0.count=4a9 flags=1 w:40=a9 w:40=04 ms=5 n=0"),
	ROW(hpet_gone_starts_the_ticks, "reinject=0 " MS_TICKS "flags:1 ms=5 n=0 flags:0 ms=2 n=2"),

	UNIT_CASE(access_of_other_ports_is_not_ours),
	UNIT_CASE(wide_access_uses_the_low_byte),
	UNIT_CASE(control_word_reads_as_zero_in_every_width),
	UNIT_CASE(speaker_has_a_refresh_clock),
	UNIT_CASE(no_memory_is_enomem),
	UNIT_CASE(stop_takes_the_notifiers_away),
	UNIT_CASE(notifiers_are_there_only_while_it_reinjects),
	UNIT_CASE(ticks_do_not_drift_from_the_count),
	UNIT_CASE(late_guest_gets_every_tick),
	UNIT_CASE(unseen_acks_neither_stop_ticks_nor_pile_up),
	UNIT_CASE(late_host_owes_what_it_missed),
	UNIT_CASE(any_restored_state_is_harmless),
	UNIT_CASE(saved_state_goes_round),
	UNIT_CASE(saved_time_is_not_after_now),
	UNIT_CASE(slowing_is_told),
};

UNIT_MAIN(cases)
