// SPDX-License-Identifier: GPL-2.0
/*
 * pit_tick_test.c - how the i8254's ticks share a guest's time between its
 * handler and its main program, in virtual time.
 *
 * The guest is a handler that takes always as long and acknowledges at its
 * end, a chip that holds one tick while one is in service, and a main program
 * that has the rest of the time. A starved vCPU is one with a long handler.
 */
#include "unit.h"
#include "irqchip/pit.h"
#include "irqchip/pit_regs.h"
#include "virqchip.h"

#include <linux/kvm.h>

#define NEVER		S64_MAX

/* Just below 2 ms; and what may be owed. */
#define COUNT		2386
#define PERIOD_NS	(COUNT * NSEC_PER_SEC / PIT_HZ)
#define OWED_MAX	(10 * NSEC_PER_SEC / PERIOD_NS)

#define MODE_PERIODIC	0x34
#define MODE_ONE_SHOT	0x38

static struct vic_vm vm;
static struct vic_pit *pit;

/**
 * struct guest - what runs on the vCPU
 * @handler_ns: how long its handler takes
 * @rearm_ns: how long the handler has run when it starts a one-shot; or NEVER
 * @count: of that
 * @hides_acks: we do not see them
 * @pending: a tick waits in the chip
 * @in_service: the handler runs
 * @rearm_time: when it will start a one-shot
 * @end_time: when it will end
 * @taken: ticks
 * @main_ns: what the main program had
 */
static struct guest {
	s64 handler_ns;
	s64 rearm_ns;
	u16 count;
	bool hides_acks;
	bool pending;
	bool in_service;
	s64 rearm_time;
	s64 end_time;
	s64 taken;
	s64 main_ns;
} guest;

static void on_set_gsi(struct vic_vm *v, u32 gsi, bool level)
{
	guest.pending |= level;
}

static void write_port(u16 port, u8 value)
{
	expect(vic_pit_write(pit, port, 1, &value));
}

static void load(u16 count)
{
	write_port(PIT_PORT, count);
	write_port(PIT_PORT, count >> 8);
}

static void make_guest(u8 mode, u16 count, s64 handler_ns)
{
	unit_answers.on_set_gsi = on_set_gsi;
	guest = (struct guest){ .handler_ns = handler_ns, .rearm_ns = NEVER };
	pit = vic_pit_create(&vm, 0);
	write_port(PIT_PORT + PIT_CONTROL, mode);
	load(count);
}

static void drop_guest(void)
{
	vic_pit_stop(pit);
	vic_pit_destroy(pit);
}

static void handler_begins(void)
{
	guest.pending = false;
	guest.in_service = true;
	guest.end_time = unit_now + guest.handler_ns;
	guest.rearm_time = NEVER;
	if (guest.rearm_ns != NEVER)
		guest.rearm_time = unit_now + guest.rearm_ns;
}

static void handler_ends(void)
{
	guest.in_service = false;
	guest.taken++;
	if (!guest.hides_acks)
		unit_fire_ack(&vm, 0);
}

static void guest_acts(void)
{
	if (guest.in_service && unit_now >= guest.rearm_time) {
		guest.rearm_time = NEVER;
		load(guest.count);
	}
	if (guest.in_service && unit_now >= guest.end_time)
		handler_ends();
	if (guest.pending && !guest.in_service)
		handler_begins();
}

static s64 next_act(void)
{
	if (!guest.in_service)
		return NEVER;
	return min(guest.rearm_time, guest.end_time);
}

static void guest_runs(s64 ns)
{
	s64 end = unit_now + ns, next;

	guest.taken = 0;
	guest.main_ns = 0;
	while (unit_now < end) {
		guest_acts();
		next = min(end, min(unit_next_timer(), next_act()));
		next = max(next, unit_now);
		if (!guest.in_service)
			guest.main_ns += next - unit_now;
		unit_advance(next - unit_now);
	}
	unit_take_log();
}

static void handler_is_through(void)
{
	for (int i = 0; guest.in_service && i < 100000; i++)
		guest_runs(NSEC_PER_USEC);
	expect(!guest.in_service);
}

static void guest_is_out(s64 ns)
{
	unit_advance(ns);
	unit_take_log();
}

/* Ticks that a guest gets, once it is fast, beyond those that fall due. */
static s64 owed(void)
{
	guest.handler_ns = NSEC_PER_USEC;
	guest_runs(100 * PERIOD_NS);
	return guest.taken - 100;
}

static bool about(s64 got, s64 want)
{
	return got >= want - 2 && got <= want + 2;
}

/* In hundredths of a period; and the main program's share. */
struct pace {
	unsigned int handler, share;
};

static void expect_share(const struct pace *pace, s64 ns)
{
	unit_expect(guest.main_ns * 100 >= ns * (pace->share - 1),
		    __FILE__, __LINE__,
		    "handler of %u/100: %lld of 100 left, not %u",
		    pace->handler, (long long)guest.main_ns * 100 / ns,
		    pace->share);
}

static const struct pace paces[] = {
	{ 20, 80 }, { 40, 60 }, { 50, 50 }, { 80, 20 }, { 90, 20 }, { 99, 20 },
	{ 100, 20 }, { 101, 48 }, { 150, 48 }, { 200, 48 }, { 250, 48 },
	{ 300, 48 }, { 350, 48 }, { 400, 48 }, { 900, 48 },
};

static void main_program_has_its_share(void)
{
	const s64 ns = 10 * NSEC_PER_SEC;

	for (const struct pace *p = paces; p < paces + ARRAY_SIZE(paces); p++) {
		make_guest(MODE_PERIODIC, COUNT, p->handler * PERIOD_NS / 100);
		guest_runs(ns);
		expect_share(p, ns);
		drop_guest();
	}
}

static void handler_within_its_share_gets_every_tick(void)
{
	for (const struct pace *p = paces; p->handler <= 80; p++) {
		make_guest(MODE_PERIODIC, COUNT, p->handler * PERIOD_NS / 100);
		guest_runs(10 * NSEC_PER_SEC);
		expect(about(guest.taken, 10 * NSEC_PER_SEC / PERIOD_NS));
		expect(about(owed(), 0));
		drop_guest();
	}
}

static void longer_handler_is_owed_ten_seconds_at_most(void)
{
	for (const struct pace *p = paces; p < paces + ARRAY_SIZE(paces); p++) {
		if (p->handler < 150)
			continue;
		make_guest(MODE_PERIODIC, COUNT, p->handler * PERIOD_NS / 100);
		guest_runs(60 * NSEC_PER_SEC);
		guest.handler_ns = NSEC_PER_USEC;
		guest_runs(OWED_MAX * PERIOD_NS);
		expect(about(guest.taken / 10, 2 * OWED_MAX / 10));
		drop_guest();
	}
}

/* While it is run through what it missed. */
static void main_program_has_its_share_after_4_s_out(void)
{
	static const unsigned int handlers[] = {
		20, 33, 40, 50, 60, 80, 90, 100, 150, 200, 250, 300, 350, 400,
	};
	const s64 ns = NSEC_PER_SEC;

	for (size_t i = 0; i < ARRAY_SIZE(handlers); i++) {
		const struct pace pace = { handlers[i], 40 };

		make_guest(MODE_PERIODIC, COUNT, handlers[i] * PERIOD_NS / 100);
		guest_runs(ns);
		guest_is_out(4 * NSEC_PER_SEC);
		guest_runs(ns);
		expect_share(&pace, ns);
		drop_guest();
	}
}

/* All that was missed, by one whose handler leaves half of the time. */
static void guest_that_was_out_gets_every_tick(void)
{
	static const struct { unsigned int handler, out_ms; } rows[] = {
		{ 1, 4000 }, { 20, 4000 }, { 40, 4000 }, { 48, 4000 },
		{ 50, 90 }, { 60, 90 }, { 70, 90 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		s64 out_ns = rows[i].out_ms * NSEC_PER_MSEC;

		make_guest(MODE_PERIODIC, COUNT,
			   rows[i].handler * PERIOD_NS / 100);
		guest_is_out(out_ns);
		guest_runs(200 * NSEC_PER_SEC - out_ns);
		expect(about(guest.taken, 200 * NSEC_PER_SEC / PERIOD_NS));
		expect(about(owed(), 0));
		drop_guest();
	}
}

/* Its thread waits for a CPU, perhaps within the handler. */
static void guest_waits(s64 ns)
{
	guest_is_out(ns);
	if (guest.in_service)
		guest.end_time += ns;
}

/*
 * A thread that has a CPU for a quarter of the time, in slices of 1 to 7 ms;
 * returns how long it had it.
 */
static s64 guest_is_starved(s64 *taken, s64 *main_ns)
{
	s64 total_ns = 0, run_ns;

	srand(1);
	*taken = 0;
	*main_ns = 0;
	for (int i = 0; i < 2000; i++, total_ns += run_ns) {
		run_ns = NSEC_PER_MSEC + rand() % (6 * NSEC_PER_MSEC);
		guest_waits(3 * run_ns);
		guest_runs(run_ns);
		*taken += guest.taken;
		*main_ns += guest.main_ns;
	}
	return total_ns;
}

static void starved_guest_gets_every_tick(void)
{
	s64 taken, main_ns, ns;

	make_guest(MODE_PERIODIC, COUNT / 2, 40 * NSEC_PER_USEC);
	ns = guest_is_starved(&taken, &main_ns);
	expect(taken >= 4 * ns / (PERIOD_NS / 2) - 30);
	expect(main_ns >= ns * 7 / 10);
	drop_guest();
}

/* Nor would all of the time that it has be enough for all. */
static void starved_guest_shares_the_time_that_it_has(void)
{
	static const s64 handlers_us[] = { 700, 800, 1100, 1700, 3100, 5300 };

	for (size_t i = 0; i < ARRAY_SIZE(handlers_us); i++) {
		s64 handler_ns = handlers_us[i] * NSEC_PER_USEC;
		s64 taken, main_ns, ns;

		make_guest(MODE_PERIODIC, COUNT, handler_ns);
		ns = guest_is_starved(&taken, &main_ns);
		unit_expect(main_ns >= ns * 35 / 100 &&
			    taken * handler_ns >= ns * 35 / 100,
			    __FILE__, __LINE__,
			    "handler of %lld us: %lld of 100 left, %lld used",
			    (long long)handlers_us[i],
			    (long long)main_ns * 100 / ns,
			    (long long)taken * handler_ns * 100 / ns);
		drop_guest();
	}
}

/* As Linux starts its shortest one, when the next event is past already. */
static void main_program_has_its_share_of_one_shots(void)
{
	static const struct { s64 handler_us, rearm; unsigned int share; } rows[] = {
		{ 20, 10, 80 }, { 20, 90, 80 }, { 40, 10, 70 }, { 40, 90, 70 },
		{ 200, 10, 48 }, { 200, 90, 48 }, { 2000, 10, 48 },
		{ 2000, 90, 48 }, { 20000, 10, 48 }, { 20000, 90, 48 },
		/* Due after the acknowledgement. */
		{ 40, 100, 70 }, { 2000, 100, 48 },
	};
	const s64 ns = 10 * NSEC_PER_SEC;
	struct pace pace;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		s64 handler_ns = rows[i].handler_us * NSEC_PER_USEC;

		make_guest(MODE_ONE_SHOT, 15, handler_ns);
		guest.count = 15;
		guest.rearm_ns = handler_ns * rows[i].rearm / 100;
		guest_runs(ns);
		pace = (struct pace){ rows[i].handler_us, rows[i].share };
		expect_share(&pace, ns);
		expect(guest.taken > 100);
		drop_guest();
	}
}

static void one_shots_come_on_time(void)
{
	make_guest(MODE_ONE_SHOT, 1193, 40 * NSEC_PER_USEC);
	guest.count = 1193 - 48;
	guest.rearm_ns = 40 * NSEC_PER_USEC - 1;
	guest_runs(NSEC_PER_SEC);
	expect(guest.taken >= 999);
	drop_guest();
}

/* Not for a pause, and not for the acknowledgement of the one in flight. */
static void held_one_shot_is_not_lost(void)
{
	make_guest(MODE_ONE_SHOT, 1193, NSEC_PER_MSEC);
	guest.count = 15;
	guest.rearm_ns = 10 * NSEC_PER_USEC;
	guest_runs(100 * NSEC_PER_MSEC);
	expect(guest.taken > 40);
	/* Its end does not come in sight: a second is waited for it. */
	guest.hides_acks = true;
	guest_runs(10 * NSEC_PER_SEC);
	expect(guest.taken > 5);
	drop_guest();
}

static void one_shots_whose_acks_are_not_seen_come_on_time(void)
{
	make_guest(MODE_ONE_SHOT, 1193, 40 * NSEC_PER_USEC);
	guest.count = 1193 - 48;
	guest.rearm_ns = 40 * NSEC_PER_USEC - 1;
	guest.hides_acks = true;
	guest_runs(NSEC_PER_SEC);
	expect(guest.taken >= 999);
	drop_guest();
}

/* There was one in flight when it was started; then nothing for long. */
static void one_shot_after_five_idle_seconds_delays_none_for_long(void)
{
	make_guest(MODE_ONE_SHOT, 15, 40 * NSEC_PER_USEC);
	guest.count = 0;
	guest.rearm_ns = 10 * NSEC_PER_USEC;
	guest_runs(NSEC_PER_MSEC);
	guest.rearm_ns = NEVER;
	write_port(PIT_PORT + PIT_CONTROL, MODE_ONE_SHOT);
	guest_runs(5 * NSEC_PER_SEC);
	load(15);
	guest_runs(NSEC_PER_MSEC);
	expect_eq(guest.taken, 1);
	load(15);
	guest_runs(300 * NSEC_PER_MSEC);
	expect_eq(guest.taken, 1);
	drop_guest();
}

static void ticks_whose_acks_are_not_seen_go_on(void)
{
	make_guest(MODE_PERIODIC, COUNT, 20 * NSEC_PER_USEC);
	guest.hides_acks = true;
	guest_runs(NSEC_PER_SEC);
	expect(about(guest.taken, NSEC_PER_SEC / PERIOD_NS));
	drop_guest();
}

/* Ten ticks, most of which Linux wants at boot, after it has unmasked. */
static void acks_that_are_seen_no_more_after_unmasking(void)
{
	make_guest(MODE_PERIODIC, COUNT, 20 * NSEC_PER_USEC);
	guest_runs(NSEC_PER_SEC);
	guest.hides_acks = true;
	unit_fire_mask(&vm, 0, false);
	guest_runs(10 * PERIOD_NS);
	expect(guest.taken >= 7);
	drop_guest();
}

static void acks_that_are_seen_no_more_are_waited_for_a_second(void)
{
	make_guest(MODE_PERIODIC, COUNT, 20 * NSEC_PER_USEC);
	guest_runs(NSEC_PER_SEC);
	guest.hides_acks = true;
	guest_runs(990 * NSEC_PER_MSEC);
	expect(guest.taken <= 1);
	guest_runs(NSEC_PER_SEC);
	expect(guest.taken >= 0.98 * NSEC_PER_SEC / PERIOD_NS);
	drop_guest();
}

/* Where EOIs are seen only now and then, each does not cost a second. */
static void single_ack_is_no_promise(void)
{
	s64 taken = 0;

	make_guest(MODE_PERIODIC, COUNT, 20 * NSEC_PER_USEC);
	guest.hides_acks = true;
	for (int i = 0; i < 10; i++) {
		guest_runs(NSEC_PER_SEC);
		taken += guest.taken;
		unit_fire_ack(&vm, 0);
	}
	expect(taken >= 10 * (NSEC_PER_SEC / PERIOD_NS - 10));
	drop_guest();
}

static void unmasking_ends_a_pause(void)
{
	make_guest(MODE_PERIODIC, COUNT, 4 * PERIOD_NS);
	guest_runs(NSEC_PER_SEC);
	handler_is_through();
	unit_fire_mask(&vm, 0, false);
	guest_runs(PERIOD_NS);
	expect(guest.in_service);
	expect(guest.main_ns <= PERIOD_NS);
	drop_guest();
}

static void restored_pit_waits_for_nothing(void)
{
	struct kvm_pit_state2 state;

	make_guest(MODE_PERIODIC, COUNT, 20 * NSEC_PER_USEC);
	guest_runs(NSEC_PER_SEC);
	guest_is_out(3 * PERIOD_NS);
	guest.pending = false;
	vic_pit_get(pit, &state);
	vic_pit_set(pit, &state);
	guest_runs(10 * PERIOD_NS);
	expect(about(guest.taken, 10));
	drop_guest();
}

static void stop_ends_a_pause_without_a_tick(void)
{
	make_guest(MODE_PERIODIC, COUNT, 2 * PERIOD_NS);
	guest_runs(NSEC_PER_SEC);
	handler_is_through();
	vic_pit_stop(pit);
	expect_eq(unit_next_timer(), S64_MAX);
	load(COUNT);
	expect_eq(unit_next_timer(), S64_MAX);
	guest_runs(NSEC_PER_SEC);
	expect_eq(guest.taken, 0);
	drop_guest();
}

static void reinjection_turned_off_ends_a_pause(void)
{
	make_guest(MODE_PERIODIC, COUNT, 2 * PERIOD_NS);
	guest_runs(NSEC_PER_SEC);
	handler_is_through();
	vic_pit_set_reinject(pit, false);
	guest.handler_ns = NSEC_PER_USEC;
	guest_runs(100 * PERIOD_NS);
	expect(about(guest.taken, 100));
	drop_guest();
}

static void timer_fires_no_more_than_twice_a_tick(void)
{
	make_guest(MODE_PERIODIC, COUNT, 150 * PERIOD_NS / 100);
	guest_runs(NSEC_PER_SEC);
	unit_timers_fired = 0;
	guest_runs(NSEC_PER_SEC);
	expect(unit_timers_fired <= 2 * NSEC_PER_SEC / PERIOD_NS);
	drop_guest();
}

static const struct unit_case cases[] = {
	UNIT_CASE(main_program_has_its_share),
	UNIT_CASE(handler_within_its_share_gets_every_tick),
	UNIT_CASE(longer_handler_is_owed_ten_seconds_at_most),
	UNIT_CASE(main_program_has_its_share_after_4_s_out),
	UNIT_CASE(guest_that_was_out_gets_every_tick),
	UNIT_CASE(starved_guest_gets_every_tick),
	UNIT_CASE(starved_guest_shares_the_time_that_it_has),
	UNIT_CASE(main_program_has_its_share_of_one_shots),
	UNIT_CASE(one_shots_come_on_time),
	UNIT_CASE(held_one_shot_is_not_lost),
	UNIT_CASE(one_shots_whose_acks_are_not_seen_come_on_time),
	UNIT_CASE(one_shot_after_five_idle_seconds_delays_none_for_long),
	UNIT_CASE(ticks_whose_acks_are_not_seen_go_on),
	UNIT_CASE(acks_that_are_seen_no_more_after_unmasking),
	UNIT_CASE(acks_that_are_seen_no_more_are_waited_for_a_second),
	UNIT_CASE(single_ack_is_no_promise),
	UNIT_CASE(unmasking_ends_a_pause),
	UNIT_CASE(restored_pit_waits_for_nothing),
	UNIT_CASE(stop_ends_a_pause_without_a_tick),
	UNIT_CASE(reinjection_turned_off_ends_a_pause),
	UNIT_CASE(timer_fires_no_more_than_twice_a_tick),
};

UNIT_MAIN(cases)
