// SPDX-License-Identifier: GPL-2.0
/*
 * pic_fuzz.c - accesses, lines, INTAs and restores of the 8259A pair in any order. After each, from the saved
 * state alone: INTR is up if and only if a pin asks that nothing holds back; an INTA takes the pin that the
 * data sheet says; acknowledgements and mask changes are those of the access; a fresh pair into which the state is
 * restored is in the same state; no rise of INTR is kept from the CPUs.
 *
 * An input is operations of a byte, each followed by what it needs.
 */
#include "fuzz/fuzz.h"
#include "apicbus/apicbus.h"
#include "irqchip/pic.h"
#include "virqchip.h"

#include <linux/kvm.h>

#define PINS		16
#define CASCADE		2
#define NO_PIN		(-1)
#define NO_ACTION	0xff

enum op { OP_PIN, OP_WRITE, OP_READ, OP_INTA, OP_RESTORE, OP_ON_ACK, OP_ROUND_TRIP, OP_INIT, NR_OPS };

static const u16 ports[] = { 0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1 };

static struct vic_vm vm;
static struct vic_pic *pic;
/* Who holds a pin high, as the fuzzer drove it. */
static u8 sources[PINS];
/* Outputs are not derived yet: ICW1, ICW4 and a poll of the cascade leave that to the next change, as in KVM. */
static bool stale;
/* Pin 2 was driven beside the cascade: then the cascade's pulse may find it high. */
static bool cascade_driven;
/* What the next acknowledgement does: a pin, and in bit 4 its level. */
static u8 on_ack;
static bool reentered;

static u16 acked, told_masked, told_unmasked;
static unsigned int intr_calls;
static bool intr_before;

struct pair {
	struct kvm_pic_state chips[2];
};

static struct pair get_pair(struct vic_pic *of)
{
	struct pair pair;

	vic_pic_get(of, VIC_CHIP_PRIMARY, &pair.chips[0]);
	vic_pic_get(of, VIC_CHIP_SECONDARY, &pair.chips[1]);
	return pair;
}

static int set_pin(unsigned int pin, bool level, enum vic_source source)
{
	const struct vic_assert a = { .source = source, .level = level };

	if (level)
		sources[pin] |= BIT(source);
	else
		sources[pin] &= ~BIT(source);
	if (pin == CASCADE)
		cascade_driven = true;
	return vic_pic_set_pin(pic, pin, &a);
}

/* What the module calls */

void vic_routing_ack(struct vic_vm *v, enum vic_chip chip, unsigned int pin)
{
	u8 action = on_ack;

	check_eq(unit_spinning, 0);
	check(pin < PINS);
	check_eq(chip, pin < 8 ? VIC_CHIP_PRIMARY : VIC_CHIP_SECONDARY);
	check(!(acked & BIT(pin)));
	acked |= BIT(pin);
	if (action == NO_ACTION)
		return;
	on_ack = NO_ACTION;
	reentered = true;
	set_pin(action & 15, action & 16, VIC_SOURCE_RESAMPLE);
}

void vic_routing_mask(struct vic_vm *v, enum vic_chip chip, unsigned int pin, bool masked)
{
	check_eq(unit_spinning, 0);
	check(pin < PINS);
	check_eq(chip, pin < 8 ? VIC_CHIP_PRIMARY : VIC_CHIP_SECONDARY);
	*(masked ? &told_masked : &told_unmasked) |= BIT(pin);
}

void vic_apicbus_intr(struct vic_vm *v)
{
	check_eq(unit_spinning, 0);
	intr_calls++;
}

/* The data sheet, over the saved state */

static bool holds_back(const struct kvm_pic_state *s, unsigned int pin, bool primary)
{
	if (!(s->isr & BIT(pin)))
		return false;
	if (s->special_mask && s->imr & BIT(pin))
		return false;
	return !(s->special_fully_nested_mode && primary && pin == CASCADE);
}

static int requested(const struct kvm_pic_state *s, bool primary)
{
	unsigned int rank, pin;

	for (rank = 0; rank < 8; rank++) {
		pin = (s->priority_add + rank) % 8;
		if (holds_back(s, pin, primary))
			return NO_PIN;
		if (s->irr & ~s->imr & BIT(pin))
			return pin;
	}
	return NO_PIN;
}

static int highest_in_service(const struct kvm_pic_state *s)
{
	unsigned int rank;

	for (rank = 0; rank < 8; rank++)
		if (s->isr & BIT((s->priority_add + rank) % 8))
			return (s->priority_add + rank) % 8;
	return NO_PIN;
}

static void check_sane(const struct kvm_pic_state *s, u8 elcr_mask)
{
	check(s->priority_add < 8);
	check(!(s->irq_base & 7));
	check(s->init_state <= 3);
	check((s->read_reg_select | s->poll | s->special_mask | s->auto_eoi | s->rotate_on_auto_eoi |
	       s->special_fully_nested_mode | s->init4) <= 1);
	check_eq(s->elcr_mask, elcr_mask);
	check(!(s->elcr & ~elcr_mask));
}

static void check_pair(void)
{
	struct pair now = get_pair(pic);
	bool intr = vic_pic_intr(pic);

	check_sane(&now.chips[0], 0xf8);
	check_sane(&now.chips[1], 0xde);
	if (!stale) {
		check_eq(intr, requested(&now.chips[0], true) != NO_PIN);
		if (!cascade_driven && requested(&now.chips[1], false) != NO_PIN)
			check(now.chips[0].irr & BIT(CASCADE));
	}
	if (intr && !intr_before)
		check(intr_calls);
	intr_before = intr;
	intr_calls = 0;
}

/* Operations */

static int line_result(const struct kvm_pic_state *before, unsigned int pin, bool high)
{
	bool is_level = before->elcr & BIT(pin);

	if (before->imr & BIT(pin))
		return VIC_MASKED;
	if (high && (is_level || !(before->last_irr & BIT(pin))) && before->irr & BIT(pin))
		return VIC_COALESCED;
	return VIC_DELIVERED;
}

static void op_pin(struct fuzz_input *in)
{
	unsigned int arg = take_u8(in), pin = arg & 15;
	struct pair before = get_pair(pic), after;
	const struct kvm_pic_state *chip = &before.chips[pin / 8];
	int result;

	result = set_pin(pin, arg & 16, (arg >> 5) % VIC_NR_SOURCES);
	check_eq(result, line_result(chip, pin % 8, sources[pin]));
	after = get_pair(pic);
	stale = false;
	if (pin == CASCADE)
		return;
	chip = &after.chips[pin / 8];
	check_eq(!!(chip->last_irr & BIT(pin % 8)), !!sources[pin]);
	if (chip->elcr & BIT(pin % 8))
		check_eq(!!(chip->irr & BIT(pin % 8)), !!sources[pin]);
}

/* An EOI or OCW1 does what it says, and nothing else; true if it was one. */
static bool check_command(const struct kvm_pic_state *before, unsigned int nr, bool a0, u8 value)
{
	unsigned int command = value >> 5, shift = 8 * nr;
	int pin = highest_in_service(before);

	if (a0 && !before->init_state) {
		u8 changed = before->imr ^ value;

		check_eq(told_masked, (changed & value) << shift);
		check_eq(told_unmasked, (changed & ~value) << shift);
		return true;
	}
	if (a0 || value & 0x18)
		return false;
	if (command == 3 || command == 7)
		check_eq(acked, BIT(value & 7) << shift);
	else if ((command == 1 || command == 5) && pin == NO_PIN)
		check_eq(acked, 0);
	else if ((command == 1 || command == 5) && !before->special_mask)
		check_eq(acked, BIT(pin) << shift);
	else if (command == 1 || command == 5)
		check(hweight32(acked) == 1 && before->isr << shift & acked);
	else
		check_eq(acked, 0);
	return false;
}

static void op_write(struct fuzz_input *in)
{
	unsigned int which = take_u8(in) % ARRAY_SIZE(ports);
	unsigned int nr = which / 2 % 2;
	struct pair before = get_pair(pic);
	bool a0 = which & 1;
	u8 value = take_u8(in);

	check(vic_pic_write(pic, ports[which], 1, &value));
	if (which >= 4)
		return;
	if ((a0 && before.chips[nr].init_state) || (!a0 && value & 0x10))
		stale = true;
	else if (check_command(&before.chips[nr], nr, a0, value))
		stale = false;
}

static void op_read(struct fuzz_input *in)
{
	unsigned int which = take_u8(in) % ARRAY_SIZE(ports);
	struct pair before = get_pair(pic);
	const struct kvm_pic_state *s = &before.chips[which / 2 % 2];
	int pin = requested(s, which < 2);
	u8 value;

	check(vic_pic_read(pic, ports[which], 1, &value));
	if (which >= 4) {
		check_eq(value, before.chips[which - 4].elcr);
	} else if (!s->poll) {
		check_eq(value, which & 1 ? s->imr : s->read_reg_select ? s->isr : s->irr);
	} else if (pin == NO_PIN) {
		check_eq(value, 0x07);
		check_eq(acked, 0);
	} else {
		check_eq(value, 0x80 | pin);
		check_eq(acked, BIT(pin) << (which < 2 ? 0 : 8));
		if (which < 2 && pin == CASCADE)
			stale = true;
	}
}

/* @pin of this chip was taken. */
static void check_taken(const struct kvm_pic_state *before, const struct kvm_pic_state *after, unsigned int nr,
			unsigned int pin)
{
	u16 bit = BIT(pin) << (8 * nr);

	if (before->auto_eoi) {
		check(acked & bit);
		check_eq(after->priority_add, before->rotate_on_auto_eoi ? (pin + 1) % 8 : before->priority_add);
	} else {
		check(!(acked & bit));
	}
	if (reentered)
		return;
	check_eq(after->isr, before->auto_eoi ? before->isr & ~BIT(pin) : before->isr | BIT(pin));
	/* The cascade is asked for again at once if the secondary has more. */
	if (nr || pin != CASCADE)
		check_eq(after->irr & BIT(pin), before->irr & before->elcr & BIT(pin));
}

static void op_inta(void)
{
	struct pair before = get_pair(pic), after;
	const struct kvm_pic_state *chip = &before.chips[0];
	int pin = requested(chip, true), second = NO_PIN;
	u8 vector = vic_pic_inta(pic).vector;

	stale = false;
	after = get_pair(pic);
	if (pin == NO_PIN) {
		check_eq(vector, chip->irq_base + 7);
		check_eq(acked, 0);
		check_eq(after.chips[0].isr, chip->isr);
		return;
	}
	check_taken(chip, &after.chips[0], 0, pin);
	if (pin != CASCADE) {
		check_eq(vector, chip->irq_base + pin);
		check_eq(acked & 0xff00, 0);
		return;
	}
	chip = &before.chips[1];
	second = requested(chip, false);
	check_eq(vector, chip->irq_base + (second == NO_PIN ? 7 : second));
	if (second != NO_PIN)
		check_taken(chip, &after.chips[1], 1, second);
	else
		check_eq(after.chips[1].isr, chip->isr);
}

static void op_restore(struct fuzz_input *in)
{
	unsigned int nr = take_u8(in) & 1;
	struct kvm_pic_state state;

	take_bytes(in, &state, sizeof(state));
	vic_pic_set(pic, nr, &state);
	check_eq(acked | told_masked | told_unmasked, 0);
	if (vic_pic_intr(pic))
		check(intr_calls);
	cascade_driven = true;
	stale = false;
}

static void op_round_trip(void)
{
	struct pair saved = get_pair(pic), again;
	struct vic_pic *fresh;

	if (stale || cascade_driven)
		return;
	fresh = vic_pic_create(&vm);
	vic_pic_set(fresh, VIC_CHIP_PRIMARY, &saved.chips[0]);
	vic_pic_set(fresh, VIC_CHIP_SECONDARY, &saved.chips[1]);
	again = get_pair(fresh);
	check(!memcmp(&saved, &again, sizeof(saved)));
	check_eq(vic_pic_intr(fresh), vic_pic_intr(pic));
	vic_pic_destroy(fresh);
}

/* As a PC's firmware does it; @aeoi in bits 0 and 1, special fully nested mode in bit 2. */
static void op_init(struct fuzz_input *in)
{
	u8 modes = take_u8(in);
	const u8 words[][2] = {
		{ 0x20, 0x11 }, { 0x21, 0x20 }, { 0x21, 0x04 },
		{ 0x21, 0x01 | (modes & 1) << 1 | (modes & 4) << 2 },
		{ 0xa0, 0x11 }, { 0xa1, 0x28 }, { 0xa1, 0x02 }, { 0xa1, 0x01 | (modes & 2) },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		acked = 0;
		check(vic_pic_write(pic, words[i][0], 1, &words[i][1]));
	}
	stale = true;
}

static void run_op(enum op op, struct fuzz_input *in)
{
	acked = told_masked = told_unmasked = 0;
	reentered = false;
	switch (op) {
	case OP_PIN: op_pin(in); break;
	case OP_WRITE: op_write(in); break;
	case OP_READ: op_read(in); break;
	case OP_INTA: op_inta(); break;
	case OP_RESTORE: op_restore(in); break;
	case OP_ON_ACK: on_ack = take_u8(in) & 31; break;
	case OP_ROUND_TRIP: op_round_trip(); break;
	default: op_init(in); break;
	}
	check_pair();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };

	fuzz_begin();
	memset(sources, 0, sizeof(sources));
	stale = cascade_driven = intr_before = false;
	intr_calls = 0;
	on_ack = NO_ACTION;
	pic = vic_pic_create(&vm);
	while (in.left)
		run_op(take_u8(&in) % NR_OPS, &in);
	vic_pic_destroy(pic);
	fuzz_end();
	return 0;
}
