// SPDX-License-Identifier: GPL-2.0
/*
 * The IOAPIC: registers and saved state.
 */
#include "ioapic_unit.h"

/* Registers */

static void registers_read_as_after_reset(void)
{
	setup();
	expect_eq(rd(IOAPIC_ID), 0);
	expect_eq(rd(IOAPIC_VER), 0x00170011);
	expect_eq(rd(IOAPIC_ARB), 0);
	expect_eq(rd(0x03), ~0U);
	expect_eq(rte_read(0), RTE_MASKED);
	expect_eq(rte_read(23), RTE_MASKED);
	expect_eq(rd(0x40), ~0U);
	expect_eq(rd(0xff), ~0U);
	teardown();
}

static void id_has_four_bits_and_is_arb(void)
{
	setup();
	wr(IOAPIC_ID, ~0U);
	expect_eq(rd(IOAPIC_ID), 0x0f000000);
	expect_eq(rd(IOAPIC_ARB), 0x0f000000);
	wr(IOAPIC_VER, 0);
	wr(IOAPIC_ARB, 0);
	wr(0x40, 0);
	expect_eq(rd(IOAPIC_VER), 0x00170011);
	expect_eq(rd(IOAPIC_ARB), 0x0f000000);
	teardown();
}

static void reserved_and_read_only_bits_read_as_zero(void)
{
	setup();
	rte_write(7, ~0ULL);
	expect_eq(rte_read(7), 0xff0000000001afffULL);
	teardown();
}

static void only_the_chips_memory_is_answered(void)
{
	u64 value = 0;

	setup();
	expect(!vic_ioapic_read(chip, IOAPIC_BASE - 4, 4, &value));
	expect(!vic_ioapic_read(chip, IOAPIC_BASE + IOAPIC_LENGTH, 4, &value));
	expect(!vic_ioapic_write(chip, IOAPIC_BASE + 0xfe, 4, &value));
	expect(!vic_ioapic_write(chip, ~0ULL, 1, &value));
	expect(!vic_ioapic_write(chip, 0, 8, &value));
	expect_eq(mmio_read(IOAPIC_BASE + 0x20, 4), 0);
	expect_eq(mmio_read(IOAPIC_BASE + 0x04, 4), 0);
	mmio_write(IOAPIC_BASE + 0x20, 4, 1);
	teardown();
}

static void widths_do_what_they_do_in_kvm(void)
{
	u64 value = ~0ULL;

	setup();
	rte_write(2, RTE_MASKED | 0x55);
	mmio_write(SELECT, 8, 0xffffffffffffff00ULL | (IOAPIC_REDTBL + 4));
	expect_eq(mmio_read(SELECT, 4), IOAPIC_REDTBL + 4);
	expect_eq(mmio_read(WINDOW, 8), RTE_MASKED | 0x55);
	expect_eq(mmio_read(WINDOW, 2), 0x55);
	mmio_write(WINDOW, 8, 0xffffffff00010066ULL);
	expect_eq(rte_read(2), RTE_MASKED | 0x66);
	mmio_write(SELECT, 1, IOAPIC_REDTBL + 4);
	mmio_write(WINDOW, 1, 0x77);
	expect_eq(rte_read(2), 0x77);
	expect(vic_ioapic_write(chip, WINDOW, 3, &value));
	expect(vic_ioapic_read(chip, WINDOW, 3, &value));
	expect_eq(value, ~0ULL << 24);
	teardown();
}

static void mask_changes_are_told(void)
{
	setup();
	wr(IOAPIC_REDTBL + 6, 0x30);
	expect_log("unmask ioapic 3");
	wr(IOAPIC_REDTBL + 6, 0x31);
	wr(IOAPIC_REDTBL + 7, 0x31);
	expect_log("");
	wr(IOAPIC_REDTBL + 6, 0x31 | RTE_MASKED);
	expect_log("mask ioapic 3");
	teardown();
}

static void what_was_accepted_leaves_before_the_write(void)
{
	setup();
	program(3, EDGE);
	raise_atomic(3);
	lower_atomic(3);
	unit_take_log();
	wr(IOAPIC_REDTBL + 6, RTE_MASKED | 0x99);
	expect_log(SENT_EDGE(3) "; mask ioapic 3");
	teardown();
}

static void masked_due_edge_waits_for_the_unmask(void)
{
	setup();
	program(3, EDGE);
	raise_atomic(3);
	lower_atomic(3);
	unit_answers.send_result = -ENOMEM;
	wr(IOAPIC_REDTBL + 6, EDGE | RTE_MASKED);
	unit_take_log();
	unit_answers.send_result = 0;
	vic_ioapic_flush(chip);
	expect_log("");
	wr(IOAPIC_REDTBL + 6, EDGE);
	expect_log("unmask ioapic 3; " SENT_EDGE(3));
	teardown();
}

static void masked_due_level_looks_at_its_line_again(void)
{
	setup();
	program(9, LEVEL);
	raise_atomic(9);
	unit_answers.send_result = -ENOMEM;
	wr(IOAPIC_REDTBL + 18, LEVEL | RTE_MASKED);
	unit_answers.send_result = 0;
	lower_atomic(9);
	unit_take_log();
	wr(IOAPIC_REDTBL + 18, LEVEL);
	expect_log("unmask ioapic 9");
	teardown();
}

static void eoi_register_needs_version_0x20(void)
{
	setup();
	program(9, LEVEL);
	raise(9);
	unit_take_log();
	mmio_write(EOIR, 4, 0x30);
	expect_log("");
	expect(rte_read(9) & RTE_REMOTE_IRR);
	teardown();
	setup_version(IOAPIC_VERSION_EOIR);
	expect_eq(rd(IOAPIC_VER), 0x00170020);
	program(9, LEVEL);
	program(3, EDGE);
	raise(9);
	lower(9);
	unit_take_log();
	mmio_write(EOIR, 4, 0x130);
	expect_log("ack ioapic 9");
	expect(!(rte_read(9) & RTE_REMOTE_IRR));
	mmio_write(EOIR, 4, 0x30);
	expect_log("");
	teardown();
}

/* Saved state */

static void state_round_trips(void)
{
	struct kvm_ioapic_state saved, again;

	setup();
	wr(IOAPIC_ID, 0x05000000);
	program(9, LEVEL | 0x0a00000000000000ULL);
	program(3, EDGE + 1 + RTE_MASKED);
	raise(9);
	raise(3);
	mmio_write(SELECT, 4, 0x13);
	saved = get();
	expect_eq(saved.base_address, IOAPIC_BASE);
	expect_eq(saved.ioregsel, 0x13);
	expect_eq(saved.id, 5);
	expect_eq(saved.irr, BIT(9) | BIT(3));
	expect_eq(saved.redirtbl[9].bits,
		  LEVEL | 0x0a00000000000000ULL | RTE_REMOTE_IRR);
	teardown();
	setup();
	unit_take_log();
	expect_eq(vic_ioapic_set(chip, &saved), 0);
	expect_log("expect pin 9 vector 0x30");
	again = get();
	expect(!memcmp(&saved, &again, sizeof(saved)));
	vic_ioapic_eoi(chip, 0x30);
	expect_log("ack ioapic 9; send pin 9 dest 0x0a physical vector 0x30 mode 0 level eoi");
	teardown();
}

static void restored_irr_is_raised_again(void)
{
	struct kvm_ioapic_state state;

	setup();
	state = get();
	state.irr = ~0U;
	state.redirtbl[3].bits = EDGE;
	state.redirtbl[9].bits = LEVEL;
	expect_eq(vic_ioapic_set(chip, &state), 0);
	expect_log("pending pin 3 vector 0x30");
	vic_ioapic_flush(chip);
	expect_log(SENT_EDGE(3) "; " SENT_LEVEL(9));
	expect_eq(get().irr, 0xffffff & ~BIT(3));
	teardown();
}

static void delivered_edge_is_not_saved(void)
{
	setup();
	program(3, EDGE);
	raise(3);
	expect_eq(get().irr, 0);
	lower(3);
	raise_atomic(3);
	lower_atomic(3);
	expect_eq(get().irr, BIT(3));
	teardown();
}

/* Two ways to it: the line is still high from the edge, or has been low since. */
static void level_that_once_was_an_edge_is_saved(void)
{
	setup();
	program(9, EDGE);
	program(10, EDGE);
	raise(9);
	raise(10);
	lower(10);
	program(9, LEVEL);
	program(10, LEVEL);
	raise(10);
	expect_eq(get().irr, BIT(9) | BIT(10));
	teardown();
}

static void nonsense_is_made_harmless(void)
{
	struct kvm_ioapic_state state;

	setup();
	memset(&state, 0xff, sizeof(state));
	state.base_address = 0x1000;
	expect_eq(vic_ioapic_set(chip, &state), 0);
	expect_eq(mmio_read(SELECT, 4), 0xff);
	expect_eq(mmio_read(WINDOW, 4), ~0U);
	expect_eq(rd(IOAPIC_ID), 0x0f000000);
	expect_eq(get().id, 0x0f);
	expect_eq(get().base_address, IOAPIC_BASE);
	expect_eq(rte_read(0), RTE_WRITABLE | RTE_REMOTE_IRR);
	memset(&state, 0, sizeof(state));
	state.redirtbl[0].bits = EDGE | RTE_REMOTE_IRR | RTE_DELIVS;
	expect_eq(vic_ioapic_set(chip, &state), 0);
	expect_eq(rte_read(0), EDGE);
	teardown();
}

static void restored_ticks_and_acks_expect_their_eoi(void)
{
	struct kvm_ioapic_state state;

	setup();
	state = get();
	state.redirtbl[8].bits = EDGE;
	state.redirtbl[3].bits = EDGE;
	vic_ioapic_set(chip, &state);
	expect_log("expect pin 8 vector 0x30");
	unit_answers.has_ack = true;
	unit_answers.expect_eoi_result = -ENOMEM;
	expect_eq(vic_ioapic_set(chip, &state), -ENOMEM);
	expect_log("expect pin 3 vector 0x30");
	teardown();
}

static void set_forgets_what_was_due(void)
{
	struct kvm_ioapic_state state;

	setup();
	state = get();
	program(3, EDGE);
	raise_atomic(3);
	vic_ioapic_set(chip, &state);
	unit_take_log();
	program(3, EDGE);
	vic_ioapic_flush(chip);
	expect_log("");
	teardown();
}

static void set_on_send(struct vic_vm *vm, unsigned int pin)
{
	struct kvm_ioapic_state state = {};

	unit_answers.on_send = NULL;
	state.redirtbl[pin].bits = LEVEL | RTE_REMOTE_IRR;
	vic_ioapic_set(chip, &state);
}

static void result_does_not_touch_restored_state(void)
{
	setup();
	program(9, LEVEL);
	unit_answers.on_send = set_on_send;
	unit_answers.send_result = -1;
	raise(9);
	expect(rte_read(9) & RTE_REMOTE_IRR);
	teardown();
}

static void no_memory_is_reported(void)
{
	unit_fail_alloc(1);
	expect_eq(PTR_ERR(vic_ioapic_create(&vm, IOAPIC_VERSION_82093AA)),
		  -ENOMEM);
}

static const struct unit_case cases[] = {
	UNIT_CASE(registers_read_as_after_reset),
	UNIT_CASE(id_has_four_bits_and_is_arb),
	UNIT_CASE(reserved_and_read_only_bits_read_as_zero),
	UNIT_CASE(only_the_chips_memory_is_answered),
	UNIT_CASE(widths_do_what_they_do_in_kvm),
	UNIT_CASE(mask_changes_are_told),
	UNIT_CASE(what_was_accepted_leaves_before_the_write),
	UNIT_CASE(masked_due_edge_waits_for_the_unmask),
	UNIT_CASE(masked_due_level_looks_at_its_line_again),
	UNIT_CASE(eoi_register_needs_version_0x20),
	UNIT_CASE(state_round_trips),
	UNIT_CASE(restored_irr_is_raised_again),
	UNIT_CASE(delivered_edge_is_not_saved),
	UNIT_CASE(level_that_once_was_an_edge_is_saved),
	UNIT_CASE(nonsense_is_made_harmless),
	UNIT_CASE(restored_ticks_and_acks_expect_their_eoi),
	UNIT_CASE(set_forgets_what_was_due),
	UNIT_CASE(result_does_not_touch_restored_state),
	UNIT_CASE(no_memory_is_reported),
};

UNIT_MAIN(cases)
