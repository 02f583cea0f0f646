// SPDX-License-Identifier: GPL-2.0
/*
 * The IOAPIC: pins, messages, EOIs, quirks.
 */
#include "ioapic_unit.h"

/* Lines and messages */

static void edge_is_sent_once_a_rise(void)
{
	setup();
	program(3, EDGE);
	expect_eq(raise(3), 1);
	expect_log(SENT_EDGE(3));
	expect(!(rte_read(3) & RTE_REMOTE_IRR));
	expect_eq(raise(3), VIC_COALESCED);
	expect_eq(lower(3), 1);
	expect_eq(raise(3), 1);
	expect_log(SENT_EDGE(3));
	expect_stats(3, 2, 2, 0, 0);
	teardown();
}

static void message_carries_the_rtes_fields(void)
{
	setup();
	program(5, 0xab00000000000000ULL | RTE_DESTMOD_LOGICAL | 0x1c5);
	unit_answers.has_ack = true;
	raise(5);
	expect_log("send pin 5 dest 0xab logical vector 0xc5 mode 1 edge eoi");
	teardown();
}

static void result_is_what_the_lapics_said(void)
{
	setup();
	program(3, EDGE);
	unit_answers.send_result = 3;
	expect_eq(raise(3), 3);
	lower(3);
	unit_answers.send_result = INT_MIN;
	expect_eq(raise(3), 0);
	lower(3);
	unit_answers.send_result = -1;
	expect_eq(raise(3), -1);
	expect_stats(3, 3, 1, 0, 0);
	teardown();
}

static void pins_are_masked_after_reset(void)
{
	unsigned int pin;

	setup();
	for (pin = 0; pin < VIC_IOAPIC_PINS; pin++)
		expect_eq(raise(pin), VIC_MASKED);
	expect_log("");
	expect_stats(23, 1, 0, 0, 1);
	teardown();
}

static void masked_edge_waits_for_nothing(void)
{
	setup();
	program(3, EDGE | RTE_MASKED);
	expect_eq(raise(3), VIC_MASKED);
	expect_eq(get().irr, BIT(3));
	program(3, EDGE);
	expect_eq(raise(3), VIC_COALESCED);
	lower(3);
	expect_eq(get().irr, 0);
	expect_log("");
	expect_eq(raise(3), 1);
	expect_stats(3, 2, 1, 0, 1);
	teardown();
}

static void level_refires_at_eoi_until_lowered(void)
{
	setup();
	program(9, LEVEL);
	expect_eq(raise(9), 1);
	expect_log(SENT_LEVEL(9));
	expect(rte_read(9) & RTE_REMOTE_IRR);
	expect_eq(raise(9), VIC_MASKED);
	vic_ioapic_eoi(chip, 0x30);
	expect_log("ack ioapic 9; " SENT_LEVEL(9));
	lower(9);
	vic_ioapic_eoi(chip, 0x30);
	expect_log("ack ioapic 9");
	expect(!(rte_read(9) & RTE_REMOTE_IRR));
	expect_stats(9, 1, 2, 0, 0);
	teardown();
}

static void line_is_the_or_of_its_sources(void)
{
	setup();
	program(9, LEVEL);
	drive(9, VIC_SOURCE_USER, true, true);
	drive(9, VIC_SOURCE_RESAMPLE, true, true);
	drive(9, VIC_SOURCE_USER, false, true);
	expect_eq(get().irr, BIT(9));
	drive(9, VIC_SOURCE_RESAMPLE, false, true);
	expect_eq(get().irr, 0);
	expect_stats(9, 1, 1, 0, 0);
	teardown();
}

static void pins_beyond_are_ignored(void)
{
	setup();
	expect_eq(raise(24), VIC_MASKED);
	expect_eq(raise(~0U), VIC_MASKED);
	teardown();
}

static void atomic_edge_survives_its_fall(void)
{
	setup();
	program(4, EDGE);
	expect_eq(raise_atomic(4), VIC_DELIVERED);
	expect_eq(lower_atomic(4), VIC_DELIVERED);
	expect_log("pending pin 4 vector 0x30");
	expect_eq(vic_ioapic_flush(chip), 0);
	expect_log(SENT_EDGE(4));
	expect_eq(vic_ioapic_flush(chip), 0);
	expect_log("");
	expect_stats(4, 1, 1, 0, 0);
	teardown();
}

static void atomic_edges_before_a_flush_merge(void)
{
	setup();
	program(4, EDGE);
	raise_atomic(4);
	lower_atomic(4);
	expect_eq(raise_atomic(4), VIC_DELIVERED);
	unit_take_log();
	vic_ioapic_flush(chip);
	expect_log(SENT_EDGE(4));
	expect_stats(4, 2, 1, 1, 0);
	teardown();
}

static void flush_sends_every_due_pin(void)
{
	setup();
	program(1, EDGE);
	program(23, LEVEL);
	raise_atomic(23);
	raise_atomic(1);
	unit_take_log();
	vic_ioapic_flush(chip);
	expect_log(SENT_EDGE(1) "; " SENT_LEVEL(23));
	teardown();
}

static void nobody_matched_leaves_no_remote_irr(void)
{
	setup();
	program(9, LEVEL);
	unit_answers.send_result = -1;
	expect_eq(raise(9), -1);
	expect(!(rte_read(9) & RTE_REMOTE_IRR));
	unit_answers.send_result = INT_MIN;
	expect_eq(raise(9), 0);
	expect(!(rte_read(9) & RTE_REMOTE_IRR));
	unit_answers.send_result = 0;
	expect_eq(raise(9), 1);
	expect(rte_read(9) & RTE_REMOTE_IRR);
	teardown();
}

static void failed_send_loses_nothing(void)
{
	setup();
	program(9, LEVEL);
	program(3, EDGE);
	unit_answers.send_result = -EFAULT;
	expect_eq(raise(9), -EFAULT);
	expect_log(SENT_LEVEL(9) "; unsent");
	expect(!(rte_read(9) & RTE_REMOTE_IRR));
	raise_atomic(3);
	lower_atomic(3);
	unit_take_log();
	expect_eq(vic_ioapic_flush(chip), -EFAULT);
	expect_log(SENT_EDGE(3) "; unsent; " SENT_LEVEL(9) "; unsent");
	unit_answers.send_result = 0;
	expect_eq(vic_ioapic_flush(chip), 0);
	expect_log(SENT_EDGE(3) "; " SENT_LEVEL(9));
	expect(rte_read(9) & RTE_REMOTE_IRR);
	teardown();
}

static void fail_the_next(struct vic_vm *vm, unsigned int pin)
{
	unit_answers.send_result = pin == 3 ? -ENOMEM : 0;
}

static void pin_that_cannot_be_sent_holds_up_no_other(void)
{
	setup();
	program(9, LEVEL);
	program(3, EDGE);
	raise_atomic(3);
	raise_atomic(9);
	unit_take_log();
	unit_answers.on_send = fail_the_next;
	expect_eq(vic_ioapic_flush(chip), -ENOMEM);
	expect_log(SENT_EDGE(3) "; unsent; " SENT_LEVEL(9));
	unit_answers.on_send = NULL;
	unit_answers.send_result = 0;
	expect_eq(vic_ioapic_flush(chip), 0);
	expect_log(SENT_EDGE(3));
	teardown();
}

/* There nobody gets the error; who enters next must hear of it. */
static void failed_send_at_an_eoi_or_a_write_stays_due(void)
{
	setup();
	program(9, LEVEL);
	raise(9);
	unit_take_log();
	unit_answers.send_result = -ENOMEM;
	vic_ioapic_eoi(chip, 0x30);
	expect_log("ack ioapic 9; " SENT_LEVEL(9) "; unsent");
	unit_answers.send_result = 0;
	expect_eq(vic_ioapic_flush(chip), 0);
	vic_ioapic_eoi(chip, 0x30);
	program(9, LEVEL | RTE_MASKED);
	vic_ioapic_eoi(chip, 0x30);
	unit_take_log();
	unit_answers.send_result = -ENOMEM;
	wr(IOAPIC_REDTBL + 2 * 9, LEVEL);
	expect_log("unmask ioapic 9; resample 9; " SENT_LEVEL(9) "; unsent");
	unit_answers.send_result = 0;
	expect_eq(vic_ioapic_flush(chip), 0);
	expect_log(SENT_LEVEL(9));
	teardown();
}

/* Things that happen while a message is on its way */

static void quick_eoi_beats_the_result(void)
{
	setup();
	program(9, LEVEL);
	unit_answers.on_send = eoi_on_send;
	raise(9);
	expect(!(rte_read(9) & RTE_REMOTE_IRR));
	expect(!vic_ioapic_awaits_eoi(chip));
	unit_take_log();
	raise(9);
	expect_log(SENT_LEVEL(9));
	expect(vic_ioapic_awaits_eoi(chip));
	teardown();
}

static void raise_on_send(struct vic_vm *vm, unsigned int pin)
{
	unit_answers.on_send = NULL;
	expect_eq(raise_atomic(pin), VIC_MASKED);
}

static void level_in_flight_is_not_sent_twice(void)
{
	setup();
	program(9, LEVEL);
	unit_answers.on_send = raise_on_send;
	raise(9);
	vic_ioapic_flush(chip);
	expect_log(SENT_LEVEL(9));
	teardown();
}

static void retarget_on_send(struct vic_vm *vm, unsigned int pin)
{
	unit_answers.on_send = NULL;
	wr(IOAPIC_REDTBL + 2 * pin + 1, 0x05000000);
}

static void retarget_of_a_message_nobody_took_sends_again(void)
{
	setup();
	program(9, LEVEL);
	unit_answers.on_send = retarget_on_send;
	unit_answers.send_result = -1;
	raise(9);
	expect_log(SENT_LEVEL(9) "; pending pin 9 vector 0x30");
	unit_answers.send_result = 0;
	vic_ioapic_flush(chip);
	expect_log("send pin 9 dest 0x05 physical vector 0x30 mode 0 level eoi");
	teardown();
}

static void edge_on_send(struct vic_vm *vm, unsigned int pin)
{
	unit_answers.on_send = NULL;
	rte_write(pin, EDGE | RTE_MASKED);
}

static void flip_to_edge_in_flight_keeps_remote_irr_clear(void)
{
	setup();
	program(9, LEVEL);
	unit_answers.on_send = edge_on_send;
	raise(9);
	rte_write(9, LEVEL | RTE_MASKED);
	expect(!(rte_read(9) & RTE_REMOTE_IRR));
	teardown();
}

/* EOIs */

static void eoi_acknowledges_edges_too(void)
{
	setup();
	program(3, EDGE);
	program(4, EDGE | RTE_MASKED);
	program(5, EDGE + 1);
	vic_ioapic_eoi(chip, 0x30);
	expect_log("ack ioapic 3; ack ioapic 4");
	vic_ioapic_eoi(chip, 0x77);
	expect_log("");
	teardown();
}

static void lower_on_ack(struct vic_vm *vm, unsigned int c, unsigned int pin)
{
	lower_atomic(pin);
}

static void resampler_that_lowers_in_its_ack_ends_it(void)
{
	setup();
	program(9, LEVEL);
	raise(9);
	unit_take_log();
	unit_answers.on_ack = lower_on_ack;
	vic_ioapic_eoi(chip, 0x30);
	expect_log("ack ioapic 9");
	teardown();
}

static void rearm_on_ack(struct vic_vm *vm, unsigned int c, unsigned int pin)
{
	lower_atomic(pin);
	expect_eq(raise_atomic(pin), VIC_MASKED);
}

static void resampler_that_reasserts_in_its_ack_is_heard(void)
{
	setup();
	program(9, LEVEL);
	raise(9);
	unit_take_log();
	unit_answers.on_ack = rearm_on_ack;
	vic_ioapic_eoi(chip, 0x30);
	expect_log("ack ioapic 9; " SENT_LEVEL(9));
	teardown();
}

static void eoi_ends_all_level_pins_of_the_vector(void)
{
	setup();
	program(9, LEVEL);
	program(10, LEVEL);
	raise(9);
	raise(10);
	unit_take_log();
	vic_ioapic_eoi(chip, 0x30);
	expect_log("ack ioapic 9; ack ioapic 10; " SENT_LEVEL(9) "; " SENT_LEVEL(10));
	teardown();
}

static void masked_level_is_sent_at_unmask(void)
{
	setup();
	program(9, LEVEL);
	raise(9);
	program(9, LEVEL | RTE_MASKED);
	vic_ioapic_eoi(chip, 0x30);
	expect_log("ack ioapic 9");
	wr(IOAPIC_REDTBL + 18, LEVEL);
	expect_log("unmask ioapic 9; resample 9; " SENT_LEVEL(9));
	teardown();
}

static void resampler_is_asked_instead_of_sending(void)
{
	setup();
	resampler = true;
	program(9, LEVEL | RTE_MASKED);
	drive(9, VIC_SOURCE_RESAMPLE, true, false);
	wr(IOAPIC_REDTBL + 18, LEVEL);
	expect_log("unmask ioapic 9; resample 9");
	expect_eq(get().irr, 0);
	drive(9, VIC_SOURCE_RESAMPLE, true, false);
	expect_log("pending pin 9 vector 0x30");
	vic_ioapic_flush(chip);
	expect_log(SENT_LEVEL(9));
	teardown();
}

/* The storm */

static void eois(unsigned int nr)
{
	while (nr--)
		vic_ioapic_eoi(chip, 0x30);
	unit_take_log();
}

static void endless_level_pauses_and_goes_on(void)
{
	setup();
	program(9, LEVEL);
	raise(9);
	eois(9999);
	expect(rte_read(9) & RTE_REMOTE_IRR);
	vic_ioapic_eoi(chip, 0x30);
	expect_log("ack ioapic 9");
	unit_advance(9 * NSEC_PER_MSEC);
	expect_log("");
	unit_advance(2 * NSEC_PER_MSEC);
	expect_log("pending pin 9 vector 0x30");
	vic_ioapic_flush(chip);
	expect_log(SENT_LEVEL(9));
	eois(9998);
	vic_ioapic_eoi(chip, 0x30);
	expect_log("ack ioapic 9; " SENT_LEVEL(9));
	teardown();
}

static void one_quiet_eoi_resets_the_storm(void)
{
	setup();
	program(9, LEVEL);
	raise(9);
	eois(9999);
	lower(9);
	eois(1);
	raise(9);
	eois(9999);
	expect(rte_read(9) & RTE_REMOTE_IRR);
	teardown();
}

static void unmask_ends_the_pause(void)
{
	setup();
	program(9, LEVEL);
	raise(9);
	eois(10000);
	rte_write(9, LEVEL);
	expect_log("resample 9; " SENT_LEVEL(9));
	unit_advance(20 * NSEC_PER_MSEC);
	expect_log("");
	teardown();
}

static void line_that_falls_in_the_pause_is_not_sent(void)
{
	setup();
	program(9, LEVEL);
	raise(9);
	eois(10000);
	lower(9);
	unit_advance(20 * NSEC_PER_MSEC);
	vic_ioapic_flush(chip);
	expect_log("");
	teardown();
}

/* Another pin's storm begins within the pause, and shares its end. */
static void second_storm_shares_the_pause(void)
{
	setup();
	program(9, LEVEL);
	program(10, LEVEL + 1);
	raise(9);
	raise(10);
	eois(10000);
	unit_advance(4 * NSEC_PER_MSEC);
	for (int i = 0; i < 10000; i++)
		vic_ioapic_eoi(chip, 0x31);
	unit_take_log();
	unit_advance(7 * NSEC_PER_MSEC);
	expect_log("pending pin 9 vector 0x30; pending pin 10 vector 0x31");
	teardown();
}

static void pause_of_a_masked_pin_ends_in_silence(void)
{
	setup();
	program(9, LEVEL);
	raise(9);
	eois(10000);
	wr(IOAPIC_REDTBL + 18, LEVEL | RTE_MASKED);
	unit_take_log();
	unit_advance(20 * NSEC_PER_MSEC);
	expect_log("");
	wr(IOAPIC_REDTBL + 18, LEVEL);
	expect_log("unmask ioapic 9; resample 9; " SENT_LEVEL(9));
	teardown();
}

static void no_pause_ends_after_stop(void)
{
	setup();
	program(9, LEVEL);
	raise(9);
	eois(10000);
	vic_ioapic_stop(chip);
	unit_advance(20 * NSEC_PER_MSEC);
	expect_log("");
	teardown();
}

static void no_pause_begins_after_stop(void)
{
	setup();
	program(9, LEVEL);
	raise(9);
	vic_ioapic_stop(chip);
	eois(20000);
	expect(rte_read(9) & RTE_REMOTE_IRR);
	teardown();
}

static const struct unit_case cases[] = {
	UNIT_CASE(edge_is_sent_once_a_rise),
	UNIT_CASE(message_carries_the_rtes_fields),
	UNIT_CASE(result_is_what_the_lapics_said),
	UNIT_CASE(pins_are_masked_after_reset),
	UNIT_CASE(masked_edge_waits_for_nothing),
	UNIT_CASE(level_refires_at_eoi_until_lowered),
	UNIT_CASE(line_is_the_or_of_its_sources),
	UNIT_CASE(pins_beyond_are_ignored),
	UNIT_CASE(atomic_edge_survives_its_fall),
	UNIT_CASE(atomic_edges_before_a_flush_merge),
	UNIT_CASE(flush_sends_every_due_pin),
	UNIT_CASE(nobody_matched_leaves_no_remote_irr),
	UNIT_CASE(failed_send_loses_nothing),
	UNIT_CASE(pin_that_cannot_be_sent_holds_up_no_other),
	UNIT_CASE(failed_send_at_an_eoi_or_a_write_stays_due),
	UNIT_CASE(quick_eoi_beats_the_result),
	UNIT_CASE(level_in_flight_is_not_sent_twice),
	UNIT_CASE(retarget_of_a_message_nobody_took_sends_again),
	UNIT_CASE(flip_to_edge_in_flight_keeps_remote_irr_clear),
	UNIT_CASE(eoi_acknowledges_edges_too),
	UNIT_CASE(resampler_that_lowers_in_its_ack_ends_it),
	UNIT_CASE(resampler_that_reasserts_in_its_ack_is_heard),
	UNIT_CASE(eoi_ends_all_level_pins_of_the_vector),
	UNIT_CASE(masked_level_is_sent_at_unmask),
	UNIT_CASE(resampler_is_asked_instead_of_sending),
	UNIT_CASE(endless_level_pauses_and_goes_on),
	UNIT_CASE(one_quiet_eoi_resets_the_storm),
	UNIT_CASE(unmask_ends_the_pause),
	UNIT_CASE(line_that_falls_in_the_pause_is_not_sent),
	UNIT_CASE(second_storm_shares_the_pause),
	UNIT_CASE(pause_of_a_masked_pin_ends_in_silence),
	UNIT_CASE(no_pause_ends_after_stop),
	UNIT_CASE(no_pause_begins_after_stop),
};

UNIT_MAIN(cases)
