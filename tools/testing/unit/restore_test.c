// SPDX-License-Identifier: GPL-2.0
/*
 * restore_test.c - entry 4 of kvm-parity.rst, field by field: KVM stores what KVM_SET_IRQCHIP and KVM_SET_PIT2 give it
 * unseen. Here each value that a KVM or a QEMU can have saved comes back as it was, and each other value becomes
 * one that a chip can hold. Bytes are tried with all their values.
 */
#include "ioapic_unit.h"
#include "irqchip/pic.h"
#include "irqchip/pit.h"

/* What becomes of a restored byte. */
enum rule {
	ANY,		/* nothing */
	MASK,		/* @arg of its bits are kept */
	FLAG,		/* 0 stays, the rest is 1 */
	UP_TO,		/* values up to @arg stay, the rest is @other */
	FIXED,		/* it is @arg, whatever is given */
	PIT_MODE,	/* 6 and 7 stand for 2 and 3, the rest for none */
};

struct field {
	const char *name;
	size_t offset;
	enum rule rule;
	u8 arg, other;
};

static u8 want(const struct field *f, u8 value)
{
	switch (f->rule) {
	case MASK: return value & f->arg;
	case FLAG: return value ? 1 : 0;
	case UP_TO: return value <= f->arg ? value : f->other;
	case FIXED: return f->arg;
	case PIT_MODE: return value < 6 ? value : value < 8 ? value - 4 : 255;
	default: return value;
	}
}

/* The pair */

#define PIC(f, ...)	{ #f, offsetof(struct kvm_pic_state, f), __VA_ARGS__ }
#define PIC_FIELDS(elcr_pins)						\
	PIC(last_irr, ANY), PIC(irr, ANY), PIC(imr, ANY), PIC(isr, ANY),	\
	PIC(priority_add, MASK, 7), PIC(irq_base, MASK, 0xf8),		\
	PIC(read_reg_select, FLAG), PIC(poll, FLAG), PIC(special_mask, FLAG), \
	PIC(init_state, UP_TO, 3, 0), PIC(auto_eoi, FLAG),		\
	PIC(rotate_on_auto_eoi, FLAG),					\
	PIC(special_fully_nested_mode, FLAG), PIC(init4, FLAG),		\
	PIC(elcr, MASK, elcr_pins), PIC(elcr_mask, FIXED, elcr_pins)

static const struct field pic_fields[][16] = {
	{ PIC_FIELDS(0xf8) }, { PIC_FIELDS(0xde) },
};

/* All of it is used once, so that nothing that was restored can trap. */
static void use_pair(struct vic_pic *pic)
{
	static const u16 ports[] = { 0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1 };
	const struct vic_assert high = { .level = true }, low = { .level = false };
	u8 value, eoi = 0x20;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ports); i++)
		expect(vic_pic_read(pic, ports[i], 1, &value));
	vic_pic_set_pin(pic, 14, &high);
	vic_pic_set_pin(pic, 14, &low);
	for (i = 0; i < 3; i++)
		vic_pic_inta(pic);
	expect(vic_pic_write(pic, 0xa0, 1, &eoi));
	expect(vic_pic_write(pic, 0x20, 1, &eoi));
	unit_take_log();
}

static void restore_pic_byte(enum vic_chip nr, const struct field *f, u8 value)
{
	struct vic_pic *pic = vic_pic_create(&vm);
	struct kvm_pic_state state, wanted, got;

	vic_pic_get(pic, nr, &state);
	wanted = state;
	((u8 *)&state)[f->offset] = value;
	((u8 *)&wanted)[f->offset] = want(f, value);
	vic_pic_set(pic, nr, &state);
	vic_pic_get(pic, nr, &got);
	expect(!memcmp(&wanted, &got, sizeof(got)));
	use_pair(pic);
	vic_pic_destroy(pic);
}

static void each_byte_of_the_pair_is_cut_to_what_it_holds(void)
{
	unsigned int nr, value;
	size_t i;

	for (nr = 0; nr < 2; nr++)
		for (i = 0; i < ARRAY_SIZE(pic_fields[nr]); i++)
			for (value = 0; value < 256; value++) {
				unit_row = pic_fields[nr][i].name;
				restore_pic_byte(nr, &pic_fields[nr][i], value);
			}
}

/* What KVM and QEMU have of a running guest. */
static void saved_pairs_come_back_as_they_were(void)
{
	static const struct kvm_pic_state rows[] = {
		/* Linux on the PIC, the timer in service and the cascade asking */
		{ .last_irr = 1, .irr = 4, .imr = 0xf8, .isr = 1, .irq_base = 0x30, .init4 = 1, .elcr_mask = 0xf8 },
		/* Linux on the IOAPIC: all masked, AEOI */
		{ .imr = 0xff, .irq_base = 0x30, .auto_eoi = 1, .init4 = 1, .elcr_mask = 0xf8 },
		/* DOS in the middle of initialisation */
		{ .irq_base = 8, .init_state = 2, .init4 = 1, .elcr_mask = 0xf8 },
		/* rotated, polled, level pins, special modes */
		{ .last_irr = 0x20, .irr = 0x20, .isr = 0x40, .priority_add = 5, .irq_base = 0xf8, .read_reg_select = 1,
		  .poll = 1, .special_mask = 1, .rotate_on_auto_eoi = 1, .special_fully_nested_mode = 1, .init4 = 1,
		  .elcr = 0x38, .elcr_mask = 0xf8 },
		/* never initialised */
		{ .elcr_mask = 0xf8 },
	};
	struct kvm_pic_state got;
	struct vic_pic *pic;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		pic = vic_pic_create(&vm);
		vic_pic_set(pic, VIC_CHIP_PRIMARY, &rows[i]);
		vic_pic_get(pic, VIC_CHIP_PRIMARY, &got);
		expect(!memcmp(&rows[i], &got, sizeof(got)));
		use_pair(pic);
		vic_pic_destroy(pic);
	}
}

/* The IOAPIC */

#define READ_ONLY	0x00fffffffffe1000ULL	/* reserved, delivery status */

static u64 want_rte(u64 rte)
{
	rte &= ~READ_ONLY;
	return rte & RTE_TRIGGER_LEVEL ? rte : rte & ~0x4000ULL;
}

static void restore_rte(unsigned int pin, u64 rte)
{
	struct kvm_ioapic_state state;

	setup();
	state = get();
	state.redirtbl[pin].bits = rte;
	expect_eq(vic_ioapic_set(chip, &state), 0);
	expect_eq(get().redirtbl[pin].bits, want_rte(rte));
	expect_eq(rte_read(pin), want_rte(rte));
	raise(pin);
	lower(pin);
	vic_ioapic_eoi(chip, rte & 0xff);
	unit_take_log();
	teardown();
}

static void each_bit_of_an_rte_is_kept_or_dropped(void)
{
	static const unsigned int pins[] = { 0, 8, 23 };
	static const u64 bases[] = { 0, LEVEL, RTE_MASKED, LEVEL | RTE_MASKED, LEVEL | 0x4000, ~0ULL };
	unsigned int bit;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(pins); i++)
		for (j = 0; j < ARRAY_SIZE(bases); j++)
			for (bit = 0; bit < 64; bit++)
				restore_rte(pins[i], bases[j] ^ BIT_ULL(bit));
}

static void the_ioapics_words_are_cut_to_what_it_holds(void)
{
	static const u64 values[] = { 0, 1, 0x0f, 0x10, 0x3f, 0xff, 0x100, 0x1ff, 0x80000000, 0xfec00000, 0xffffffff };
	struct kvm_ioapic_state state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		setup();
		state = get();
		state.base_address = values[i] << 32 | values[i];
		state.ioregsel = values[i];
		state.id = values[i];
		state.irr = values[i];
		state.pad = values[i];
		expect_eq(vic_ioapic_set(chip, &state), 0);
		state = get();
		expect_eq(state.base_address, 0xfec00000);
		expect_eq(state.ioregsel, values[i] & 0xff);
		expect_eq(state.id, values[i] & 0x0f);
		expect_eq(state.irr, values[i] & 0xffffff);
		expect_eq(mmio_read(SELECT, 4), values[i] & 0xff);
		expect_eq(rd(IOAPIC_ID), (values[i] & 0x0f) << 24);
		teardown();
	}
}

/* In KVM an edge with remote IRR from SET is sent, too: it looks at it for levels only. */
static void remote_irr_of_an_edge_stops_nothing(void)
{
	struct kvm_ioapic_state state;

	setup();
	state = get();
	state.redirtbl[3].bits = EDGE | RTE_REMOTE_IRR;
	vic_ioapic_set(chip, &state);
	expect_eq(raise(3), 1);
	expect_log(SENT_EDGE(3));
	/* Made level, it is not in service. */
	lower(3);
	rte_write(3, LEVEL);
	unit_take_log();
	expect_eq(raise(3), 1);
	expect_log(SENT_LEVEL(3));
	teardown();
}

/* Pins without a word are masked. */
static void saved_ioapics_come_back_as_they_were(void)
{
	static const struct kvm_ioapic_state rows[] = {
		/* Linux: timer, keyboard, RTC as edges; SCI in service; INTx high and masked */
		{ .base_address = 0xfec00000, .ioregsel = 0x10, .id = 0, .irr = BIT(9) | BIT(16), .redirtbl = {
			[1] = { .bits = 0x0100000000000031 }, [2] = { .bits = 0x0100000000000030 },
			[8] = { .bits = 0x0300000000000838 }, [9] = { .bits = 0x0100000000008039 | RTE_REMOTE_IRR },
			[16] = { .bits = 0x010000000000a941 | RTE_MASKED },
		} },
		/* KVM's of a guest that masked a pin in service, and one with a masked edge latched */
		{ .base_address = 0xfec00000, .ioregsel = 0x3f, .id = 15, .irr = BIT(4) | BIT(23), .redirtbl = {
			[4] = { .bits = RTE_MASKED | 0x34 },
			[23] = { .bits = RTE_MASKED | LEVEL | RTE_REMOTE_IRR },
		} },
		/* all modes that a message can have */
		{ .base_address = 0xfec00000, .redirtbl = {
			[0] = { .bits = 0xff00000000000700 }, [1] = { .bits = 0x0000000000000400 },
			[2] = { .bits = 0x0000000000000200 }, [3] = { .bits = 0xaa00000000002d55 },
		} },
	};
	struct kvm_ioapic_state state, got;
	unsigned int pin;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		state = rows[i];
		for (pin = 0; pin < VIC_IOAPIC_PINS; pin++)
			if (!state.redirtbl[pin].bits)
				state.redirtbl[pin].bits = RTE_MASKED;
		setup();
		expect_eq(vic_ioapic_set(chip, &state), 0);
		got = get();
		expect(!memcmp(&state, &got, sizeof(got)));
		teardown();
	}
}

/* The PIT */

#define PIT(f, ...)	{ #f, offsetof(struct kvm_pit_channel_state, f), __VA_ARGS__ }

static const struct field pit_fields[] = {
	PIT(count_latched, UP_TO, 3, 1), PIT(status_latched, FLAG), PIT(status, ANY), PIT(read_state, UP_TO, 4, 1),
	PIT(write_state, UP_TO, 4, 1), PIT(write_latch, ANY), PIT(rw_mode, UP_TO, 3, 1), PIT(mode, PIT_MODE),
	PIT(bcd, FLAG), PIT(gate, FLAG),
};

static struct vic_pit *pit;

/* All three count 0x1000 clocks in mode 2, from now. */
static struct kvm_pit_state2 plain_pit(void)
{
	struct kvm_pit_state2 state = {};
	unsigned int i;

	for (i = 0; i < 3; i++)
		state.channels[i] = (struct kvm_pit_channel_state){
			.count = 0x1000, .rw_mode = 3, .read_state = 3, .write_state = 3, .mode = 2, .gate = 1,
			.count_load_time = unit_now,
		};
	return state;
}

static void make_pit(void)
{
	pit = vic_pit_create(&vm, KVM_PIT_SPEAKER_DUMMY);
}

/* All of it is used once, so that nothing that was restored can trap. */
static void drop_pit(void)
{
	u8 value, readback = 0xce;
	u16 port;
	int i;

	for (i = 0; i < 3; i++) {
		unit_advance(3 * NSEC_PER_MSEC);
		expect(vic_pit_write(pit, 0x43, 1, &readback));
		for (port = 0x40; port < 0x43; port++)
			expect(vic_pit_read(pit, port, 1, &value) && vic_pit_read(pit, port, 1, &value));
		expect(vic_pit_read(pit, 0x61, 1, &value));
		unit_fire_ack(&vm, 0);
	}
	vic_pit_stop(pit);
	vic_pit_destroy(pit);
	unit_take_log();
}

static void expect_pit(const struct kvm_pit_state2 *state, const struct kvm_pit_state2 *wanted)
{
	struct kvm_pit_state2 got;

	make_pit();
	expect_eq(vic_pit_set(pit, state), 0);
	vic_pit_get(pit, &got);
	expect(!memcmp(wanted, &got, sizeof(got)));
	drop_pit();
}

static void each_byte_of_a_counter_is_cut_to_what_it_holds(void)
{
	struct kvm_pit_state2 state, wanted;
	unsigned int nr, value;
	size_t i;

	for (nr = 0; nr < 3; nr++)
		for (i = 0; i < ARRAY_SIZE(pit_fields); i++)
			for (value = 0; value < 256; value++) {
				const struct field *f = &pit_fields[i];

				unit_row = f->name;
				state = wanted = plain_pit();
				((u8 *)&state.channels[nr])[f->offset] = value;
				((u8 *)&wanted.channels[nr])[f->offset] = want(f, value);
				expect_pit(&state, &wanted);
			}
}

static void counts_are_cut_to_what_divides(void)
{
	static const struct { u32 count, want; } rows[] = {
		{ 0, 0x10000 }, { 1, 1 }, { 2, 2 }, { 0x9999, 0x9999 }, { 0xffff, 0xffff }, { 0x10000, 0x10000 },
		{ 0x10001, 0x10000 }, { 0x7fffffff, 0x10000 }, { 0x80000000, 0x10000 }, { 0xffffffff, 0x10000 },
	};
	struct kvm_pit_state2 state, wanted;
	unsigned int bcd, mode;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		for (bcd = 0; bcd < 2; bcd++)
			for (mode = 0; mode < 6; mode++) {
				state = plain_pit();
				state.channels[0].count = rows[i].count;
				state.channels[0].bcd = bcd;
				state.channels[0].mode = mode;
				wanted = state;
				wanted.channels[0].count = rows[i].want;
				expect_pit(&state, &wanted);
			}
}

/* A time is kept if it is in the period before now; here a period is 0x1000 clocks, 3.43 ms. */
static void load_times_out_of_the_period_become_now(void)
{
	const struct { s64 time; bool kept; } rows[] = {
		{ unit_now, true }, { unit_now - 1, true }, { unit_now - 3400000, true }, { unit_now - 3500000, false },
		{ unit_now + 1, false }, { 0, false }, { -1, false }, { INT64_MIN, false }, { INT64_MAX, false },
	};
	struct kvm_pit_state2 got, state = plain_pit();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		make_pit();
		state.channels[1].count_load_time = rows[i].time;
		vic_pit_set(pit, &state);
		vic_pit_get(pit, &got);
		expect_eq(got.channels[1].count_load_time, rows[i].kept ? rows[i].time : unit_now);
		vic_pit_stop(pit);
		vic_pit_destroy(pit);
	}
}

static void unknown_flags_and_what_is_reserved_are_dropped(void)
{
	struct kvm_pit_state2 state = plain_pit(), wanted = plain_pit();

	memset(state.reserved, 0xff, sizeof(state.reserved));
	state.flags = 0xfffffffe;
	wanted.flags = KVM_PIT_FLAGS_SPEAKER_DATA_ON;
	expect_pit(&state, &wanted);
	state = wanted = plain_pit();
	state.flags = wanted.flags = KVM_PIT_FLAGS_HPET_LEGACY;
	expect_pit(&state, &wanted);
}

/* Channel 0 ticks, 2 sings with a latched count half read, 1 was never programmed. */
static void a_saved_pit_comes_back_as_it_was(void)
{
	struct kvm_pit_state2 state = {
		.channels = {
			{ .count = 4772, .rw_mode = 3, .read_state = 4, .write_state = 4, .write_latch = 0xa4, .mode = 2, .gate = 1,
			  .count_load_time = unit_now - 1000000 },
			{ .count = 0x10000, .mode = 0xff, .gate = 1, .count_load_time = unit_now },
			{ .count = 0x533, .latched_count = 0x2a1, .count_latched = 2, .status_latched = 1, .status = 0xb6,
			  .rw_mode = 3, .read_state = 3, .write_state = 3, .mode = 3, .count_load_time = unit_now - 1000000 },
		},
		.flags = KVM_PIT_FLAGS_SPEAKER_DATA_ON,
	};

	expect_pit(&state, &state);
}

static const struct unit_case cases[] = {
	UNIT_CASE(each_byte_of_the_pair_is_cut_to_what_it_holds),
	UNIT_CASE(saved_pairs_come_back_as_they_were),
	UNIT_CASE(each_bit_of_an_rte_is_kept_or_dropped),
	UNIT_CASE(the_ioapics_words_are_cut_to_what_it_holds),
	UNIT_CASE(remote_irr_of_an_edge_stops_nothing),
	UNIT_CASE(saved_ioapics_come_back_as_they_were),
	UNIT_CASE(each_byte_of_a_counter_is_cut_to_what_it_holds),
	UNIT_CASE(counts_are_cut_to_what_divides),
	UNIT_CASE(load_times_out_of_the_period_become_now),
	UNIT_CASE(unknown_flags_and_what_is_reserved_are_dropped),
	UNIT_CASE(a_saved_pit_comes_back_as_it_was),
};

UNIT_MAIN(cases)
