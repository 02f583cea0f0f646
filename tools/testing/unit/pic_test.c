// SPDX-License-Identifier: GPL-2.0
/*
 * pic_test.c - the rules of the 8259A pair, a line each.
 *
 * A row starts with a pair fresh from vic_pic_create(). Its steps, numbers in
 * hex:
 *
 *	init		ICW1-4 to both: vectors 0x20 and 0x28, nothing masked
 *	+P -P		pin P rises, falls; +P=R also checks the result (1, 0, -1)
 *	+P/S -P/S	the same for source S (enum vic_source)
 *	w:PORT=V	writes; r:PORT=V reads and compares
 *	intr=V inta=V	INTR's level; the vector of an INTA
 *	C.FIELD=V	C.FIELD:V compares, sets a field of the saved state of chip C
 *	[LOG]		what was called since the last such step, "_" for a blank and
 *			"," for "; "
 */
#include "unit.h"
#include "irqchip/pic.h"
#include "irqchip/pic_regs.h"
#include "virqchip.h"

#include <linux/kvm.h>

static struct vic_vm vm;
static struct vic_pic *pic;
static struct vic_inta last_inta;

static void write_port(u16 port, u8 value)
{
	expect(vic_pic_write(pic, port, 1, &value));
}

static u8 read_port(u16 port)
{
	u8 value = 0xee;

	expect(vic_pic_read(pic, port, 1, &value));
	return value;
}

static void init_pair(void)
{
	static const u8 words[][2] = {
		{ 0x20, 0x11 }, { 0x21, 0x20 }, { 0x21, 0x04 }, { 0x21, 0x01 },
		{ 0xa0, 0x11 }, { 0xa1, 0x28 }, { 0xa1, 0x02 }, { 0xa1, 0x01 },
		{ 0x21, 0x00 }, { 0xa1, 0x00 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		write_port(words[i][0], words[i][1]);
	unit_take_log();
}

static int set_pin(unsigned int pin, bool level, enum vic_source source)
{
	struct vic_assert a = { .source = source, .level = level };

	return vic_pic_set_pin(pic, pin, &a);
}

#define FIELD(f)	{ #f, offsetof(struct kvm_pic_state, f) }
static const struct {
	const char *name;
	size_t offset;
} fields[] = {
	FIELD(last_irr), FIELD(irr), FIELD(imr), FIELD(isr),
	FIELD(priority_add), FIELD(irq_base), FIELD(read_reg_select),
	FIELD(poll), FIELD(special_mask), FIELD(init_state), FIELD(auto_eoi),
	FIELD(rotate_on_auto_eoi), FIELD(special_fully_nested_mode),
	FIELD(init4), FIELD(elcr), FIELD(elcr_mask),
};

static u8 *find_field(struct kvm_pic_state *state, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strcmp(fields[i].name, name))
			return (u8 *)state + fields[i].offset;
	unit_bug(__FILE__, __LINE__, name);
	return NULL;
}

static bool step_state(const char *token)
{
	struct kvm_pic_state state;
	unsigned int chip, value;
	char name[32], op;
	u8 *field;

	if (sscanf(token, "%u.%31[a-z_0-9]%c%x", &chip, name, &op, &value) != 4)
		return false;
	vic_pic_get(pic, chip, &state);
	field = find_field(&state, name);
	if (op == '=') {
		expect_eq(*field, value);
		return true;
	}
	*field = value;
	vic_pic_set(pic, chip, &state);
	return true;
}

static bool step_pin(const char *token)
{
	unsigned int pin, source = VIC_SOURCE_USER;
	const char *rest = strpbrk(token, "/=");
	int result, want;

	if ((*token != '+' && *token != '-') ||
	    sscanf(token + 1, "%x", &pin) != 1)
		return false;
	if (rest && *rest == '/')
		sscanf(rest, "/%u", &source);
	result = set_pin(pin, *token == '+', source);
	rest = strchr(token, '=');
	if (rest && sscanf(rest, "=%d", &want) == 1)
		expect_eq(result, want);
	return true;
}

static bool step_port(const char *token)
{
	unsigned int port, value;

	if (sscanf(token, "w:%x=%x", &port, &value) == 2)
		write_port(port, value);
	else if (sscanf(token, "r:%x=%x", &port, &value) == 2)
		expect_eq(read_port(port), value);
	else
		return false;
	return true;
}

static void expect_inta(unsigned int vector)
{
	last_inta = vic_pic_inta(pic);
	expect_eq(last_inta.vector, vector);
}

static bool step_output(const char *token)
{
	unsigned int value;

	if (sscanf(token, "intr=%x", &value) == 1)
		expect_eq(vic_pic_intr(pic), value);
	else if (sscanf(token, "inta=%x", &value) == 1)
		expect_inta(value);
	else if (!strcmp(token, "back"))
		vic_pic_take_back(pic, &last_inta);
	else
		return false;
	return true;
}

/* "[ack_primary_1,intr]" */
static bool step_log(const char *token)
{
	char want[256] = "";
	size_t n = 0;

	if (*token++ != '[')
		return false;
	for (; *token && *token != ']'; token++)
		n += sprintf(want + n, *token == ',' ? "; " : "%c",
			     *token == '_' ? ' ' : *token);
	expect_log(want);
	return true;
}

static void step(const char *token)
{
	if (!strcmp(token, "init"))
		init_pair();
	else if (!step_state(token) && !step_pin(token) && !step_port(token) &&
		 !step_output(token) && !step_log(token))
		unit_bug(__FILE__, __LINE__, token);
}

static void row(const char *script)
{
	pic = vic_pic_create(&vm);
	unit_each_step(script, step);
	vic_pic_destroy(pic);
}

static void access_of_other_ports_is_not_ours(void)
{
	static const struct { u16 port; unsigned int len; bool ours; } rows[] = {
		{ 0x1f, 1, false }, { 0x20, 1, true }, { 0x21, 1, true },
		{ 0x20, 2, true }, { 0x21, 2, false }, { 0x22, 1, false },
		{ 0x20, 4, false }, { 0x20, 0, false }, { 0xa0, 2, true },
		{ 0xa1, 1, true }, { 0xa2, 1, false }, { 0x4d0, 2, true },
		{ 0x4d1, 2, false }, { 0x4cf, 2, false }, { 0x4d2, 1, false },
		{ 0xffff, 4, false },
	};
	u8 data[4];
	size_t i;

	pic = vic_pic_create(&vm);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(data, 0, sizeof(data));
		expect_eq(vic_pic_read(pic, rows[i].port, rows[i].len, data),
			  rows[i].ours);
		expect_eq(vic_pic_write(pic, rows[i].port, rows[i].len, data),
			  rows[i].ours);
	}
	vic_pic_destroy(pic);
}

static void wide_access_reads_zeros_and_writes_nothing(void)
{
	u8 data[2] = { 0x5a, 0x5a };

	pic = vic_pic_create(&vm);
	write_port(0x21, 0x77);
	unit_messages = 0;
	expect(vic_pic_write(pic, 0x20, 2, data));
	expect_eq(read_port(0x21), 0x77);
	expect(vic_pic_read(pic, 0x20, 2, data));
	expect_eq(data[0] | data[1], 0);
	expect_eq(unit_messages, 2);
	vic_pic_destroy(pic);
}

static void lower_in_ack(struct vic_vm *v, unsigned int chip, unsigned int pin)
{
	set_pin(pin, false, VIC_SOURCE_RESAMPLE);
}

/* A level line with a resampler: down in its ack, so INTR must stay down. */
static void resampled_level_does_not_glitch_at_eoi(void)
{
	pic = vic_pic_create(&vm);
	init_pair();
	write_port(0x4d1, 0x08);
	set_pin(11, true, VIC_SOURCE_RESAMPLE);
	expect_log("intr");
	expect_eq(vic_pic_inta(pic).vector, 0x2b);
	unit_answers.on_ack = lower_in_ack;
	write_port(0xa0, 0x20);
	expect_log("ack secondary 11");
	write_port(0x20, 0x20);
	expect_log("ack primary 2");
	expect_eq(vic_pic_intr(pic), 0);
	vic_pic_destroy(pic);
}

static void raise_in_ack(struct vic_vm *v, unsigned int chip, unsigned int pin)
{
	unit_answers.on_ack = NULL;
	set_pin(pin, false, VIC_SOURCE_RESAMPLE);
	set_pin(pin, true, VIC_SOURCE_RESAMPLE);
}

static void edge_raised_in_its_own_ack_comes_again(void)
{
	pic = vic_pic_create(&vm);
	init_pair();
	set_pin(4, true, VIC_SOURCE_RESAMPLE);
	expect_eq(vic_pic_inta(pic).vector, 0x24);
	unit_take_log();
	unit_answers.on_ack = raise_in_ack;
	write_port(0x20, 0x64);
	expect_log("ack primary 4; intr");
	expect_eq(vic_pic_inta(pic).vector, 0x24);
	vic_pic_destroy(pic);
}

static void expect_stats(unsigned int pin, struct vic_pin_stats want)
{
	struct vic_pin_stats got;

	vic_pic_stats(pic, pin, &got);
	expect_eq(got.asserted, want.asserted);
	expect_eq(got.delivered, want.delivered);
	expect_eq(got.coalesced, want.coalesced);
	expect_eq(got.masked, want.masked);
	expect_eq(got.acked, want.acked);
}

static void counters_tell_what_became_of_rises(void)
{
	pic = vic_pic_create(&vm);
	init_pair();
	unit_each_step("+1 +1 +1/2 -1/2 -1 +1 -1 inta=21 w:20=20", step);
	unit_each_step("w:21=02 +1 -1 w:21=00 inta=21 w:20=20", step);
	unit_each_step("+c inta=2c inta=27 back", step);
	expect_stats(1, (struct vic_pin_stats){ 3, 2, 1, 1, 2 });
	expect_stats(12, (struct vic_pin_stats){ 1, 1, 0, 0 });
	expect_stats(2, (struct vic_pin_stats){});
	expect_stats(7, (struct vic_pin_stats){});
	unit_each_step("-c +c w:a0=20 w:20=20 inta=2c back inta=2c", step);
	expect_stats(12, (struct vic_pin_stats){ 2, 2, 0, 0, 1 });
	expect_stats(16, (struct vic_pin_stats){});
	vic_pic_destroy(pic);
}

static void pin_out_of_range_is_masked(void)
{
	pic = vic_pic_create(&vm);
	expect_eq(set_pin(16, true, VIC_SOURCE_USER), VIC_MASKED);
	expect_eq(set_pin(~0U, true, VIC_SOURCE_USER), VIC_MASKED);
	expect_log("");
	vic_pic_destroy(pic);
}

static void no_memory_is_enomem(void)
{
	unit_fail_alloc(1);
	expect_eq(PTR_ERR(vic_pic_create(&vm)), -ENOMEM);
}

static void unsupported_icw1_is_told(void)
{
	pic = vic_pic_create(&vm);
	unit_messages = 0;
	write_port(0x20, 0x1b);
	expect_eq(unit_messages, 2);
	vic_pic_destroy(pic);
}

/* Whatever a VMM restores: no access may upset the pair, or never end. */
static void any_restored_state_is_harmless(void)
{
	struct kvm_pic_state state;
	unsigned int round, i;

	pic = vic_pic_create(&vm);
	srand(1);
	for (round = 0; round < 20000; round++) {
		for (i = 0; i < sizeof(state); i++)
			((u8 *)&state)[i] = rand();
		vic_pic_set(pic, round & 1, &state);
		vic_pic_get(pic, round & 1, &state);
		expect(state.priority_add < 8 && state.init_state < 4);
		expect(!(state.elcr & ~state.elcr_mask));
		for (i = 0; i < 8; i++) {
			set_pin(rand() & 15, rand() & 1, rand() % 3);
			write_port((rand() & 1 ? 0x20 : 0xa0) | (rand() & 1),
				   rand());
			read_port((rand() & 1 ? 0x20 : 0xa0) | (rand() & 1));
			if (vic_pic_intr(pic))
				vic_pic_inta(pic);
		}
		unit_take_log();
	}
	vic_pic_destroy(pic);
}

static void saved_state_goes_round(void)
{
	struct kvm_pic_state state, again;

	pic = vic_pic_create(&vm);
	init_pair();
	unit_each_step("w:4d0=f8 +3 +5 w:21=a0 w:20=c2 w:20=0f w:20=6b", step);
	vic_pic_get(pic, VIC_CHIP_PRIMARY, &state);
	vic_pic_destroy(pic);
	pic = vic_pic_create(&vm);
	vic_pic_set(pic, VIC_CHIP_PRIMARY, &state);
	vic_pic_get(pic, VIC_CHIP_PRIMARY, &again);
	expect(!memcmp(&state, &again, sizeof(state)));
	vic_pic_destroy(pic);
}

#define ROW(name, script)	UNIT_ROW(row, name, script)

static const struct unit_case cases[] = {
	/* Power-on and initialisation */
	ROW(power_on_interrupts_with_vector_zero, "+3=1 [intr] intr=1 inta=03"),
	ROW(power_on_state_is_kvms, "0.imr=0 0.init_state=0 0.elcr_mask=f8 1.elcr_mask=de 0.irq_base=0"),
	ROW(icw2_keeps_the_upper_five_bits, "w:20=11 w:21=37 0.irq_base=30"),
	ROW(icw_sequence_with_icw4, "w:20=11 0.init_state=1 w:21=20 0.init_state=2 w:21=04 0.init_state=3 w:21=03 0.init_state=0 0.auto_eoi=1"),
	ROW(icw_sequence_without_icw4, "w:20=10 w:21=20 w:21=04 0.init_state=0 w:21=5a r:21=5a"),
	ROW(icw1_without_ic4_clears_icw4s_modes, "w:20=11 w:21=20 w:21=04 w:21=12 0.auto_eoi=1 0.special_fully_nested_mode=1 w:20=10 0.auto_eoi=0 0.special_fully_nested_mode=0"),
	ROW(icw1_with_ic4_keeps_icw4s_modes, "w:20=11 w:21=20 w:21=04 w:21=12 w:20=11 0.auto_eoi=1 0.special_fully_nested_mode=1"),
	ROW(icw1_clears_imr, "init w:21=ff w:20=11 0.imr=0"),
	ROW(icw1_makes_pin_0_highest, "init w:20=c3 0.priority_add=4 w:20=11 0.priority_add=0"),
	ROW(icw1_leaves_special_mask_mode, "init w:20=68 0.special_mask=1 w:20=11 0.special_mask=0"),
	ROW(icw1_selects_irr, "init w:20=0b 0.read_reg_select=1 w:20=11 0.read_reg_select=0"),
	ROW(icw1_drops_edges_and_acknowledges_them, "init w:21=ff +3 +5 [mask_primary_0,mask_primary_1,mask_primary_2,mask_primary_3,mask_primary_4,mask_primary_5,mask_primary_6,mask_primary_7] w:20=11 [ack_primary_3,ack_primary_5] 0.irr=0"),
	ROW(icw1_to_the_secondary_acknowledges_its_pins, "init w:a1=ff [mask_secondary_8,mask_secondary_9,mask_secondary_10,mask_secondary_11,mask_secondary_12,mask_secondary_13,mask_secondary_14,mask_secondary_15] +c w:a0=11 [ack_secondary_12]"),
	ROW(icw1_keeps_level_requests, "init w:4d0=08 +3 [intr] w:20=11 [] 0.irr=8"),
	ROW(icw1_keeps_service_of_other_pins, "init +3 inta=23 w:20=11 0.isr=8"),
	ROW(icw1_ends_service_of_a_dropped_edge, "init +3 inta=23 -3 +3 w:20=11 0.isr=0"),
	ROW(icw1_forgets_edges_seen, "init +3 inta=23 w:20=20 w:20=11 0.last_irr=0 +3 0.irr=8"),
	ROW(icw1_keeps_vectors_and_rotation, "init w:20=80 w:20=11 0.irq_base=20 0.rotate_on_auto_eoi=1"),
	ROW(icw1_moves_intr_at_the_next_change_only, "init +3 intr=1 w:20=11 intr=1 +4 -4 w:21=20 w:21=04 w:21=01 w:21=ff intr=0"),
	ROW(icw1_in_the_middle_starts_again, "w:20=11 w:21=20 w:20=11 w:21=40 0.irq_base=40 0.init_state=2"),

	/* Lines */
	ROW(edge_is_taken_once, "init +3=1 inta=23 w:20=20 intr=0 +3=1 intr=0"),
	ROW(edge_needs_a_fall_to_come_again, "init +3 inta=23 w:20=20 -3=1 +3=1 intr=1"),
	ROW(edge_request_survives_the_fall, "init +3 -3 intr=1 inta=23"),
	ROW(edge_merges_into_a_pending_one, "init +3=1 -3 +3=0"),
	ROW(edge_held_high_reports_delivered, "init +3=1 +3=1"),
	ROW(level_asks_again_until_it_falls, "init w:4d0=08 +3=1 inta=23 w:20=20 intr=1 inta=23 -3=1 w:20=20 intr=0"),
	ROW(level_held_high_reports_coalesced, "init w:4d0=08 +3=1 +3=0"),
	ROW(level_request_falls_with_the_line, "init w:4d0=08 +3 intr=1 -3 intr=0"),
	ROW(line_is_the_or_of_its_sources, "init w:4d0=08 +3/0 +3/1 -3/0 intr=1 -3/1 intr=0"),
	ROW(second_source_makes_no_edge, "init +3/0 inta=23 w:20=20 +3/1 intr=0"),
	ROW(masked_pin_reports_masked_but_remembers, "init w:21=08 +3=-1 intr=0 -3=-1 w:21=00 intr=1 inta=23"),
	ROW(masked_pending_edge_stays_masked_in_result, "init w:21=08 +3=-1 -3 +3=-1"),
	ROW(intr_is_told_once, "init +3 [intr] +4 [] inta=23 w:20=20 [ack_primary_3,intr] inta=24"),
	ROW(pin_2_can_be_driven_like_any_other, "init +2 intr=1 inta=2f"),

	/* Priorities */
	ROW(lower_pin_wins, "init +5 +3 inta=23"),
	ROW(service_holds_back_lower_pins, "init +3 inta=23 +5 intr=0 w:20=20 intr=1 inta=25"),
	ROW(service_holds_back_the_same_pin, "init +3 inta=23 -3 +3 intr=0"),
	ROW(higher_pin_interrupts_service, "init +5 inta=25 +3 intr=1 inta=23 0.isr=28"),
	ROW(nonspecific_eoi_ends_the_highest, "init +5 inta=25 +3 inta=23 w:20=20 0.isr=20"),
	ROW(nonspecific_eoi_of_nothing_is_nothing, "init [] w:20=20 []"),
	ROW(specific_eoi_ends_its_pin, "init +5 inta=25 +3 inta=23 w:20=65 0.isr=8"),
	ROW(specific_eoi_acknowledges_even_what_was_not_in_service, "init w:20=66 [ack_primary_6]"),
	ROW(rotate_on_nonspecific_eoi, "init +3 inta=23 w:20=a0 0.priority_add=4 0.isr=0 +3 -3 +3 +4 inta=24"),
	ROW(rotate_on_nonspecific_eoi_of_nothing_is_nothing, "init w:20=a0 0.priority_add=0"),
	ROW(rotate_on_specific_eoi, "init +3 inta=23 w:20=e3 0.priority_add=4 0.isr=0"),
	ROW(set_priority_names_the_lowest, "init w:20=c4 0.priority_add=5 +4 +5 inta=25"),
	ROW(set_priority_may_raise_intr, "init +3 inta=23 +5 intr=0 w:20=c3 intr=1"),
	ROW(rotation_wraps, "init w:20=c7 0.priority_add=0"),
	ROW(ocw2_no_operation, "init +3 inta=23 w:20=40 0.isr=8 0.priority_add=0"),

	/* AEOI */
	ROW(aeoi_ends_service_at_inta, "init 0.auto_eoi:1 +3 inta=23 0.isr=0 [intr,ack_primary_3]"),
	ROW(aeoi_level_asks_again_at_once, "init w:4d0=08 0.auto_eoi:1 +3 inta=23 intr=1 inta=23"),
	ROW(aeoi_rotates_if_told, "init 0.auto_eoi:1 w:20=80 0.rotate_on_auto_eoi=1 +3 inta=23 0.priority_add=4"),
	ROW(aeoi_alone_rotates_not, "init 0.auto_eoi:1 +3 inta=23 0.priority_add=0"),
	ROW(aeoi_rotation_can_be_ended, "init w:20=80 w:20=00 0.rotate_on_auto_eoi=0"),
	ROW(aeoi_of_both_acknowledges_both, "init 0.auto_eoi:1 1.auto_eoi:1 +c inta=2c [intr,ack_primary_2,ack_secondary_12] 0.isr=0 1.isr=0"),
	ROW(aeoi_next_request_is_told_after_the_ack, "init 0.auto_eoi:1 +3 -3 [intr] inta=23 [ack_primary_3] +4 [intr]"),

	/* Cascade */
	ROW(secondary_goes_through_pin_2, "init +8 intr=1 inta=28 0.isr=4 1.isr=1"),
	ROW(secondary_ranks_as_pin_2, "init +3 +8 inta=28"),
	ROW(primary_pin_1_beats_the_secondary, "init +8 +1 inta=21"),
	ROW(second_request_of_the_secondary_waits_for_both_eois, "init +c inta=2c +8 intr=0 w:20=62 intr=1 inta=28"),
	ROW(secondary_eoi_brings_its_next, "init +8 +9 inta=28 w:a0=20 w:20=20 intr=1 inta=29"),
	ROW(masked_secondary_pin_is_silent, "init w:a1=10 +c=-1 intr=0 w:a1=00 intr=1"),
	ROW(masked_cascade_silences_the_secondary, "init w:21=04 +c=1 intr=0 w:21=00 intr=1 inta=2c"),
	ROW(special_fully_nested_lets_the_secondary_nest, "init w:20=11 w:21=20 w:21=04 w:21=11 w:21=00 +c inta=2c +8 intr=1 inta=28 1.isr=11"),
	ROW(special_fully_nested_still_ranks_lower_primary_pins, "init 0.special_fully_nested_mode:1 +1 inta=21 +8 intr=0"),
	ROW(special_fully_nested_means_nothing_on_the_secondary, "init 1.special_fully_nested_mode:1 +a inta=2a -a +a 1.isr=4 w:20=62 intr=0"),

	/* Spurious */
	ROW(inta_without_request_is_spurious_7, "init inta=27 0.isr=0 1.isr=0"),
	ROW(level_gone_before_inta_is_spurious_7, "init w:4d0=08 +3 -3 inta=27 0.isr=0"),
	ROW(secondary_level_gone_before_inta_is_spurious_15, "init w:4d1=10 +c -c intr=1 inta=2f 0.isr=4 1.isr=0"),
	ROW(secondary_masked_before_inta_is_spurious_15, "init +c w:a1=ff intr=1 inta=2f"),

	/* Masks */
	ROW(imr_reads_back, "init w:21=5a r:21=5a w:a1=a5 r:a1=a5"),
	ROW(mask_change_is_told_for_changed_pins_only, "init w:21=81 [mask_primary_0,mask_primary_7] w:21=02 [unmask_primary_0,mask_primary_1,unmask_primary_7]"),
	ROW(mask_change_of_the_secondary_uses_pair_pins, "init w:a1=01 [mask_secondary_8]"),
	ROW(same_mask_is_not_told, "init w:21=00 []"),
	ROW(mask_takes_intr_away, "init +3 intr=1 w:21=08 intr=0"),

	/* Special mask mode */
	ROW(special_mask_lets_lower_pins_through_a_masked_one, "init +3 inta=23 w:20=68 w:21=08 +5 intr=1 inta=25"),
	ROW(special_mask_needs_the_mask, "init +3 inta=23 w:20=68 +5 intr=0"),
	ROW(special_mask_set_late_raises_intr, "init +3 inta=23 w:21=08 +5 intr=0 w:20=68 intr=1"),
	ROW(special_mask_off_again, "init +3 inta=23 w:20=68 w:21=08 w:20=48 +5 intr=0"),
	ROW(special_mask_needs_esmm, "init w:20=28 0.special_mask=0"),
	ROW(special_mask_eoi_spares_masked_pins, "init +3 inta=23 w:20=68 w:21=08 +5 inta=25 w:20=20 0.isr=8"),
	ROW(special_mask_eoi_takes_a_masked_pin_if_no_other, "init +3 inta=23 w:20=68 w:21=08 w:20=20 0.isr=0"),

	/* Reads and polls */
	ROW(irr_is_read_by_default, "init +3 r:20=08"),
	ROW(ocw3_selects_isr_and_irr, "init +3 inta=23 w:20=0b r:20=08 w:20=0a r:20=00"),
	ROW(ocw3_without_rr_keeps_the_choice, "init w:20=0b w:20=09 0.read_reg_select=1 w:20=08 0.read_reg_select=1"),
	ROW(poll_answers_the_pin, "init +3 w:20=0c r:20=83"),
	ROW(poll_acknowledges_at_once, "init +3 [intr] w:20=0c r:20=83 [ack_primary_3] 0.isr=0 0.irr=0 intr=0"),
	ROW(poll_of_nothing_answers_7, "init w:20=0c r:20=07"),
	ROW(poll_lasts_for_one_read, "init +3 +5 w:20=0c r:20=83 r:20=20"),
	ROW(poll_can_be_read_at_the_data_port, "init +3 w:20=0c r:21=83 r:21=00"),
	ROW(poll_drops_even_a_level, "init w:4d0=08 +3 w:20=0c r:20=83 0.irr=0"),
	ROW(poll_ranks_below_service, "init +3 inta=23 +5 w:20=0c r:20=07"),
	ROW(poll_of_the_cascade_leaves_intr, "init +c w:20=0c r:20=82 0.irr=0 intr=1"),
	ROW(poll_of_the_secondary_clears_the_cascade, "init +c w:a0=0c r:a0=84 0.irr=0 0.isr=0 intr=0"),
	ROW(poll_of_the_secondary_brings_its_next, "init +c +8 w:a0=0c r:a0=80 intr=1 inta=2c"),
	ROW(poll_and_register_choice_in_one_word, "init +3 inta=23 w:20=0f r:20=07 r:20=08"),

	/* INTA cycles that are taken back */
	ROW(edge_taken_back_asks_again, "init +3 -3 inta=23 0.isr=8 [intr] back [intr] 0.isr=0 0.irr=8 intr=1 inta=23"),
	ROW(level_taken_back_asks_if_its_line_is_high, "init w:4d0=08 +3 inta=23 back intr=1 inta=23"),
	ROW(level_taken_back_is_over_if_its_line_is_low, "init w:4d0=08 +3 inta=23 -3 back intr=0 0.isr=0"),
	ROW(secondary_taken_back_asks_again, "init +c inta=2c back 0.isr=0 1.isr=0 1.irr=10 intr=1 inta=2c intr=0"),
	ROW(masked_pin_taken_back_waits, "init +3 inta=23 w:21=08 back intr=0 w:21=00 inta=23"),
	ROW(aeoi_taken_back_asks_again, "init 0.auto_eoi:1 +3 inta=23 back intr=1 inta=23 intr=0"),
	ROW(spurious_7_taken_back_is_nothing, "init inta=27 back 0.isr=0 0.irr=0 intr=0"),
	ROW(spurious_15_taken_back_comes_again, "init w:4d1=10 +c -c inta=2f back 0.isr=0 intr=1 inta=2f"),

	/* ELCR */
	ROW(elcr_takes_only_pins_that_may_be_level, "w:4d0=ff r:4d0=f8 w:4d1=ff r:4d1=de"),
	ROW(elcr_changes_no_request, "init +3 w:4d0=08 0.irr=8 -3 0.irr=0"),

	/* Saved state */
	ROW(restored_elcr_mask_is_the_chips, "0.elcr_mask:ff 0.elcr_mask=f8 0.elcr:ff 0.elcr=f8 1.elcr:ff 1.elcr=de"),
	ROW(restored_priority_is_cut, "0.priority_add:ff 0.priority_add=7"),
	ROW(restored_base_is_cut, "0.irq_base:ff 0.irq_base=f8"),
	ROW(restored_unknown_init_state_is_done, "0.init_state:4 0.init_state=0 0.init_state:3 0.init_state=3"),
	ROW(restored_booleans_are_one, "0.poll:80 0.poll=1 0.auto_eoi:2 0.auto_eoi=1 0.init4:ff 0.init4=1"),
	ROW(restored_request_raises_intr, "init 0.irr:8 [intr] intr=1 inta=23"),
	ROW(restored_secondary_request_raises_intr, "init 1.irr:10 [intr] inta=2c"),
	ROW(restored_state_without_request_lowers_intr, "init +3 0.irr:0 intr=0"),
	ROW(restore_tells_intr_even_if_it_was_up, "init +3 [intr] 0.imr:0 [intr]"),
	ROW(restore_keeps_the_sources, "init w:4d0=08 +3/1 0.irr:0 +3/0 0.irr=8 -3/0 0.irr=8 -3/1 0.irr=0"),
	ROW(restore_tells_no_masks, "init 0.imr:ff []"),

	UNIT_CASE(access_of_other_ports_is_not_ours),
	UNIT_CASE(wide_access_reads_zeros_and_writes_nothing),
	UNIT_CASE(resampled_level_does_not_glitch_at_eoi),
	UNIT_CASE(edge_raised_in_its_own_ack_comes_again),
	UNIT_CASE(counters_tell_what_became_of_rises),
	UNIT_CASE(pin_out_of_range_is_masked),
	UNIT_CASE(no_memory_is_enomem),
	UNIT_CASE(unsupported_icw1_is_told),
	UNIT_CASE(any_restored_state_is_harmless),
	UNIT_CASE(saved_state_goes_round),
};

UNIT_MAIN(cases)
