// SPDX-License-Identifier: GPL-2.0
/*
 * The IOAPIC's pin 8: ticks of the RTC, which coalesce until their EOI.
 */
#include "ioapic_unit.h"

static void ticks_coalesce_until_the_eoi(void)
{
	setup();
	program(8, EDGE);
	expect_eq(tick(true), 1);
	expect_log(SENT_EDGE(8) " eoi");
	tick(false);
	expect_eq(tick(true), VIC_COALESCED);
	expect_eq(get().irr, 0);
	tick(false);
	vic_ioapic_eoi(chip, 0x31);
	expect_eq(tick(true), VIC_COALESCED);
	tick(false);
	vic_ioapic_eoi(chip, 0x30);
	unit_take_log();
	expect_eq(tick(true), 1);
	expect_stats(8, 4, 2, 2, 0);
	teardown();
}

static void tick_on_send(struct vic_vm *vm, unsigned int pin)
{
	unit_answers.on_send = NULL;
	tick(false);
	expect_eq(tick(true), VIC_COALESCED);
	tick(false);
}

static void every_lapic_owes_an_eoi(void)
{
	setup();
	program(8, EDGE);
	unit_answers.send_result = 2;
	tick(true);
	tick(false);
	vic_ioapic_eoi(chip, 0x30);
	expect_eq(tick(true), VIC_COALESCED);
	tick(false);
	vic_ioapic_eoi(chip, 0x30);
	vic_ioapic_eoi(chip, 0x30);
	vic_ioapic_eoi(chip, 0x30);
	expect_eq(tick(true), 2);
	teardown();
}

static void tick_with_an_early_eoi_owes_none(void)
{
	setup();
	program(8, EDGE);
	unit_answers.on_send = eoi_on_send;
	tick(true);
	expect_eq(tick(true), 1);
	teardown();
}

static void early_eoi_settles_one_lapics_debt(void)
{
	setup();
	program(8, EDGE);
	unit_answers.on_send = eoi_on_send;
	unit_answers.send_result = 2;
	tick(true);
	tick(false);
	expect_eq(tick(true), VIC_COALESCED);
	tick(false);
	vic_ioapic_eoi(chip, 0x30);
	expect_eq(tick(true), 2);
	teardown();
}

static void tick_while_the_last_is_being_sent_coalesces(void)
{
	setup();
	program(8, EDGE);
	unit_answers.on_send = tick_on_send;
	tick(true);
	expect_log(SENT_EDGE(8) " eoi");
	teardown();
}

static void tick_that_nobody_took_owes_no_eoi(void)
{
	setup();
	program(8, EDGE);
	unit_answers.send_result = -1;
	expect_eq(tick(true), -1);
	tick(false);
	unit_answers.send_result = 0;
	expect_eq(tick(true), 1);
	teardown();
}

static void ticks_without_status_do_not_coalesce(void)
{
	setup();
	program(8, EDGE);
	tick(true);
	tick(false);
	expect_eq(raise(8), 1);
	teardown();
}

static void new_rte_keeps_the_tick(void)
{
	setup();
	program(8, EDGE);
	tick(true);
	tick(false);
	program(8, EDGE | RTE_MASKED);
	program(8, EDGE + 1);
	expect_eq(tick(true), VIC_COALESCED);
	tick(false);
	/* Known by the vector that it was sent with. */
	vic_ioapic_eoi(chip, 0x31);
	expect_eq(tick(true), VIC_COALESCED);
	tick(false);
	vic_ioapic_eoi(chip, 0x30);
	expect_eq(tick(true), 1);
	teardown();
}

static void other_vector_without_status_ends_the_wait(void)
{
	setup();
	program(8, EDGE);
	tick(true);
	tick(false);
	raise(8);
	lower(8);
	expect_eq(tick(true), VIC_COALESCED);
	tick(false);
	program(8, EDGE + 1);
	raise(8);
	lower(8);
	expect_eq(tick(true), 1);
	teardown();
}

static void nmi_owes_no_eoi(void)
{
	setup();
	program(8, EDGE | FIELD_PREP(RTE_DELMOD, 4));
	expect_eq(tick(true), 1);
	tick(false);
	expect_eq(tick(true), 1);
	tick(false);
	program(8, EDGE | FIELD_PREP(RTE_DELMOD, RTE_DELMOD_LOWEST));
	expect_eq(tick(true), 1);
	tick(false);
	expect_eq(tick(true), VIC_COALESCED);
	teardown();
}

/* As many as can come within two seconds are merged. */
static void guest_that_waits_for_its_cpu_keeps_the_tick(void)
{
	unsigned int i;

	setup();
	program(8, EDGE);
	tick(true);
	tick(false);
	unit_now += 10 * NSEC_PER_SEC;
	for (i = 0; i < 2000; i++) {
		expect_eq(tick(true), VIC_COALESCED);
		tick(false);
		unit_now += NSEC_PER_MSEC;
	}
	vic_ioapic_eoi(chip, 0x30);
	expect_eq(tick(true), 1);
	tick(false);
	/* Each tick has two seconds of its own. */
	unit_now += NSEC_PER_SEC;
	expect_eq(tick(true), VIC_COALESCED);
	teardown();
}

static void lost_eoi_does_not_stop_ticks_for_ever(void)
{
	setup();
	program(8, EDGE);
	tick(true);
	tick(false);
	expect_eq(tick(true), VIC_COALESCED);
	tick(false);
	unit_now += 2 * NSEC_PER_SEC - 1;
	expect_eq(tick(true), VIC_COALESCED);
	tick(false);
	unit_now += 1;
	expect_eq(tick(true), 1);
	tick(false);
	/* Not tracked now, until an EOI proves that they are seen. */
	expect_eq(tick(true), 1);
	tick(false);
	vic_ioapic_eoi(chip, 0x30);
	expect_eq(tick(true), 1);
	tick(false);
	expect_eq(tick(true), VIC_COALESCED);
	teardown();
}

static const struct unit_case cases[] = {
	UNIT_CASE(ticks_coalesce_until_the_eoi),
	UNIT_CASE(every_lapic_owes_an_eoi),
	UNIT_CASE(tick_with_an_early_eoi_owes_none),
	UNIT_CASE(early_eoi_settles_one_lapics_debt),
	UNIT_CASE(tick_while_the_last_is_being_sent_coalesces),
	UNIT_CASE(tick_that_nobody_took_owes_no_eoi),
	UNIT_CASE(ticks_without_status_do_not_coalesce),
	UNIT_CASE(new_rte_keeps_the_tick),
	UNIT_CASE(other_vector_without_status_ends_the_wait),
	UNIT_CASE(nmi_owes_no_eoi),
	UNIT_CASE(guest_that_waits_for_its_cpu_keeps_the_tick),
	UNIT_CASE(lost_eoi_does_not_stop_ticks_for_ever),
};

UNIT_MAIN(cases)
