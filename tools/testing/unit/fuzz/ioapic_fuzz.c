// SPDX-License-Identifier: GPL-2.0
/*
 * ioapic_fuzz.c - lines, registers, EOIs, restores and the results of messages in any order, also from within a
 * message on its way or an acknowledgement. Beside the chip runs a model of the LAPICs: which pins have a level
 * message there whose EOI is owed. Checked all the time:
 *
 *  - a message says what its RTE says, and no masked pin sends;
 *  - a level pin has at most one message out, and remote IRR if and only if it has one;
 *  - an edge is sent once for each rise that was accepted, and only then;
 *  - after a flush no level line is forgotten that is high, not masked and not in service;
 *  - a fresh chip into which the state is restored is in the same state.
 */
#include "fuzz/fuzz.h"
#include "apicbus/apicbus.h"
#include "irqchip/ioapic.h"
#include "irqchip/ioapic_private.h"
#include "irqchip/ioapic_regs.h"
#include "irqfd/irqfd.h"
#include "virqchip.h"

#include <linux/kvm.h>

#define PINS		VIC_IOAPIC_PINS
#define ALL_PINS	0xffffffU
#define LEVEL		0x8000U
#define MASKED		0x10000U

enum op {
	OP_DRIVE, OP_RTE, OP_EOI, OP_FLUSH, OP_RESULT, OP_TICK, OP_ROUND_TRIP, OP_RESTORE, OP_DIRECTED_EOI,
	OP_STORM, OP_TIME, OP_RESAMPLER, OP_ON_SEND, OP_ON_ACK, OP_REGISTER, NR_OPS
};

/* From within a message on its way, or an acknowledgement. */
enum action { ACT_NOTHING, ACT_LOWER, ACT_RAISE, ACT_REARM, ACT_EOI, ACT_RETARGET, ACT_EDGE, ACT_MASK, NR_ACTIONS };

static struct vic_vm vm;
static struct vic_ioapic *chip;
static u8 sources[PINS];

/*
 * The LAPICs' side, a bit per pin.
 * @out: a level message is there, or on its way
 * @ending: its EOI is being told
 * @lost: nobody took the last message: nothing will happen by itself
 * @accepted: the chip has said that it will send
 */
static u32 out, ending, lost, accepted;
/* Of each pin: ends of a message; by it a result knows whether it is too late. */
static unsigned int ends[PINS];
static u64 delivered[PINS];

static int result;
static unsigned int results_left;
static bool failed;
static bool resampler_answers;
static enum action on_send, on_ack, on_ask;
static unsigned int kicks;

static void wr(u8 index, u32 value)
{
	u32 select = index;

	check(vic_ioapic_write(chip, IOAPIC_BASE, 4, &select));
	check(vic_ioapic_write(chip, IOAPIC_BASE + 0x10, 4, &value));
}

static u64 rte_of(unsigned int pin)
{
	return chip->rte[pin];
}

static bool is_level(unsigned int pin)
{
	return rte_of(pin) & LEVEL;
}

static void write_half(unsigned int pin, bool high_half, u32 value)
{
	wr(0x10 + 2 * pin + high_half, value);
	/*
	 * Edge mode ends what was out; what is sent in it is not tracked. Any pin: a write from within moves IOREGSEL
	 * under the outer one.
	 */
	for (pin = 0; pin < PINS; pin++)
		if (!is_level(pin) && out & BIT(pin)) {
			out &= ~BIT(pin);
			ends[pin]++;
		}
}

static int drive(unsigned int pin, enum vic_source source, bool level, bool may_send, bool tick)
{
	const struct vic_assert a = {
		.source = source, .level = level, .may_send = may_send, .line_status = tick,
	};
	u32 bit = BIT(pin);
	bool is_high;
	int ret;

	if (level)
		sources[pin] |= BIT(source);
	else
		sources[pin] &= ~BIT(source);
	is_high = sources[pin];
	if (is_high && !(chip->irr & bit) && !(rte_of(pin) & MASKED))
		accepted |= bit;
	ret = vic_ioapic_set_pin(chip, pin, &a);
	/* A tick may have been merged, and the model does not count EOIs. */
	if (tick && !(chip->due & bit))
		accepted &= ~bit;
	if (!is_high)
		check_eq(ret, VIC_DELIVERED);
	return ret;
}

/* Pins that an EOI of @vector ends. */
static u32 pins_with(u8 vector)
{
	unsigned int pin;
	u32 pins = 0;

	for (pin = 0; pin < PINS; pin++)
		if ((rte_of(pin) & 0xff) == vector)
			pins |= BIT(pin);
	return pins;
}

static void eoi(u8 vector, bool directed)
{
	u32 value = vector, before = ending, pins = pins_with(vector);
	unsigned int pin;

	if (directed)
		pins &= out;
	for (pin = 0; pin < PINS; pin++)
		if (pins & BIT(pin) && is_level(pin))
			ending |= BIT(pin);
	if (directed)
		check(vic_ioapic_write(chip, IOAPIC_BASE + 0x40, 4, &value));
	else
		vic_ioapic_eoi(chip, vector);
	/* What was not sent again is over. */
	for (pin = 0; pin < PINS; pin++)
		if (ending & ~before & BIT(pin) && is_level(pin)) {
			out &= ~BIT(pin);
			ends[pin]++;
		}
	ending &= before;
}

static void act(enum action action, unsigned int pin)
{
	switch (action) {
	case ACT_LOWER: drive(pin, VIC_SOURCE_RESAMPLE, false, false, false); break;
	case ACT_RAISE: drive(pin, VIC_SOURCE_RESAMPLE, true, false, false); break;
	case ACT_REARM:
		drive(pin, VIC_SOURCE_RESAMPLE, false, false, false);
		drive(pin, VIC_SOURCE_RESAMPLE, true, false, false);
		break;
	default: break;
	}
}

/* What the module calls */

static void check_message(const struct vic_msg *msg)
{
	u64 rte = rte_of(msg->pin);

	check_eq(msg->vector, rte & 0xff);
	check_eq(msg->delivery_mode, rte >> 8 & 7);
	check_eq(msg->logical, rte >> 11 & 1);
	check_eq(msg->level, rte >> 15 & 1);
	check_eq(msg->dest, rte >> 56);
}

static int next_result(void)
{
	if (!results_left)
		return 1;
	results_left--;
	return result;
}

static void during_send(const struct vic_msg *msg)
{
	enum action action = on_send;

	on_send = ACT_NOTHING;
	switch (action) {
	case ACT_EOI: eoi(msg->vector, false); break;
	case ACT_RETARGET: write_half(msg->pin, true, 0x05000000); break;
	case ACT_EDGE: write_half(msg->pin, false, MASKED | msg->vector); break;
	case ACT_MASK: write_half(msg->pin, false, (u32)rte_of(msg->pin) | MASKED); break;
	default: act(action, msg->pin); break;
	}
}

int vic_apicbus_send(struct vic_vm *v, const struct vic_msg *msg)
{
	u32 bit = BIT(msg->pin);
	unsigned int since;
	int ret;

	might_sleep();
	check(!(rte_of(msg->pin) & MASKED));
	check_message(msg);
	if (msg->level) {
		check(msg->want_eoi);
		check(!(out & bit) || ending & bit);
		ending &= ~bit;
		out |= bit;
		since = ++ends[msg->pin];
	} else {
		check(accepted & bit);
		since = 0;
	}
	accepted &= ~bit;

	ret = next_result();
	during_send(msg);

	if (ret > 0) {
		delivered[msg->pin]++;
		lost &= ~bit;
		return ret;
	}
	lost |= bit;
	if (msg->level && ends[msg->pin] == since)
		out &= ~bit;
	if (ret < VIC_MASKED)
		failed = true;
	/* Due again if it was not sent, or a level was driven meanwhile; but for one that was masked meanwhile. */
	if ((ret < VIC_MASKED || (msg->level && is_level(msg->pin))) &&
	    (!is_level(msg->pin) || !(rte_of(msg->pin) & MASKED)))
		accepted |= bit;
	return ret;
}

int vic_apicbus_expect_eoi(struct vic_vm *v, const struct vic_msg *msg)
{
	might_sleep();
	check_message(msg);
	check(msg->want_eoi);
	return 0;
}

void vic_apicbus_pending(struct vic_vm *v, const struct vic_msg *msg)
{
	check(msg->pin < PINS);
	kicks++;
}

void vic_apicbus_unsent(struct vic_vm *v)
{
	check(failed);
	kicks++;
}

void vic_routing_ack(struct vic_vm *v, enum vic_chip c, unsigned int pin)
{
	enum action action = on_ack;

	check_eq(unit_spinning, 0);
	check_eq(c, VIC_CHIP_IOAPIC);
	on_ack = ACT_NOTHING;
	act(action, pin);
}

void vic_routing_mask(struct vic_vm *v, enum vic_chip c, unsigned int pin, bool masked)
{
	check_eq(unit_spinning, 0);
	check_eq(c, VIC_CHIP_IOAPIC);
	check_eq(!!(rte_of(pin) & MASKED), masked);
}

bool vic_routing_has_ack(struct vic_vm *v, enum vic_chip c, unsigned int pin)
{
	return pin & 1;
}

bool vic_irqfd_notify_resampler(struct vic_vm *v, enum vic_chip c, unsigned int pin)
{
	enum action action = on_ask;

	might_sleep();
	check(is_level(pin));
	on_ask = ACT_NOTHING;
	act(action, pin);
	return resampler_answers;
}

/* Checks */

static void check_pin(unsigned int pin)
{
	u32 bit = BIT(pin);
	u64 rte = rte_of(pin);

	check(!(rte & 0x00fffffffffe5000ULL));
	check_eq(!!(chip->masked & bit), !!(rte & MASKED));
	check_eq(!!(chip->level & bit), !!(rte & LEVEL));
	check_eq(chip->stats[pin].delivered, delivered[pin]);
	if (rte & LEVEL)
		check_eq(!!(chip->remote_irr & bit), !!(out & bit));
	else
		check(!(chip->remote_irr & bit));
	if (rte & LEVEL && rte & MASKED)
		check(!(chip->due & bit));
}

static void check_chip(u32 level_before)
{
	unsigned int pin;

	check_eq(atomic_read(&chip->in_flight), 0);
	check_eq(chip->resampling, 0);
	check(!(ending));
	check(!((chip->irr | chip->due | chip->remote_irr) & ~ALL_PINS));
	for (pin = 0; pin < PINS; pin++)
		check_pin(pin);
	/* A level that is due leaves as an edge if it is made one and sending failed before. */
	accepted = (accepted & ~chip->level) | (chip->due & chip->level);
	/* And what was a level when the operation began may have been sent as one. */
	accepted &= ~level_before | chip->due;
}

/* Nothing stands in the way: then nothing that could be sent waits. */
static void check_flushed(void)
{
	u32 waits = chip->irr & chip->level & ~chip->masked & ~chip->remote_irr;

	check(!(chip->due & ~chip->masked));
	check(!(waits & ~lost & ~chip->storm.held));
	check(!(accepted & ~chip->level & ~chip->masked));
}

/* Operations */

static void op_drive(struct fuzz_input *in)
{
	u8 arg = take_u8(in), how = take_u8(in);

	drive(arg % PINS, how % VIC_NR_SOURCES, how & 4, how & 8, false);
}

/* Few vectors, so that pins share them; sometimes any value. */
static void op_rte(struct fuzz_input *in)
{
	u8 arg = take_u8(in), how = take_u8(in);
	unsigned int pin = arg % PINS;
	u32 value = 0x30 + (how & 3);

	if (how & 4)
		value |= LEVEL;
	if (how & 8)
		value |= MASKED;
	if (how & 16)
		value |= 0x4000 | (how & 0xe0) << 3;
	if (how == 0xff)
		value = take_u32(in);
	write_half(pin, arg >= 0xc0, value);
}

static void op_restore(struct fuzz_input *in)
{
	struct kvm_ioapic_state state = {};
	unsigned int pin, changes = take_u8(in) % 4;

	vic_ioapic_get(chip, &state);
	while (changes--) {
		pin = take_u8(in) % PINS;
		state.redirtbl[pin].bits = (u64)take_u32(in) << 32 | take_u32(in);
	}
	state.irr ^= take_u32(in);
	state.id = take_u8(in) << 4;
	state.ioregsel = take_u8(in);
	check_eq(vic_ioapic_set(chip, &state), 0);
	out = accepted = lost = 0;
	for (pin = 0; pin < PINS; pin++) {
		u64 rte = state.redirtbl[pin].bits;
		u32 bit = BIT(pin);

		ends[pin]++;
		if (rte & LEVEL && rte & 0x4000)
			out |= bit;
		if (state.irr & bit && !(rte & MASKED) && !(rte & LEVEL && rte & 0x4000))
			check(chip->due & bit);
		if (state.irr & bit && !(rte & MASKED) && !(rte & LEVEL))
			accepted |= bit;
	}
	if (chip->due)
		check(kicks);
}

static void op_round_trip(void)
{
	struct kvm_ioapic_state saved = {}, again = {};
	struct vic_ioapic *fresh = vic_ioapic_create(&vm, chip->version), *old = chip;
	unsigned int pin;

	vic_ioapic_get(chip, &saved);
	/* Checks of messages look at the chip. */
	chip = fresh;
	check_eq(vic_ioapic_set(fresh, &saved), 0);
	vic_ioapic_get(fresh, &again);
	chip = old;
	check(!memcmp(&saved, &again, sizeof(saved)));
	for (pin = 0; pin < PINS; pin++)
		if (is_level(pin))
			check_eq(!!(saved.irr & BIT(pin)), !!(chip->irr & BIT(pin)));
	vic_ioapic_destroy(fresh);
}

static void op_register(struct fuzz_input *in)
{
	static const u8 lengths[] = { 1, 2, 4, 8, 3 };
	u64 addr = IOAPIC_BASE + (take_u8(in) & 0x70), value = take_u32(in);
	unsigned int len = lengths[take_u8(in) % ARRAY_SIZE(lengths)];

	check(vic_ioapic_read(chip, addr, len, &value));
	if (addr == IOAPIC_BASE && len != 3)
		check_eq(value & 0xff, chip->select);
	/* RTEs are written by op_rte(), which the model knows of. */
	if (addr == IOAPIC_BASE || (addr == IOAPIC_BASE + 0x10 && chip->select < 0x10))
		check(vic_ioapic_write(chip, addr, len, &value));
}

static void op_flush(void)
{
	vic_ioapic_flush(chip);
	/* What became due on the way is left to the next. */
	vic_ioapic_flush(chip);
	if (!failed)
		check_flushed();
}

static void run_op(enum op op, struct fuzz_input *in)
{
	static const int results[] = { 1, 0, -1, -ENOMEM, 3 };
	u32 due_before = chip->due, level_before = chip->level;
	u8 arg;

	kicks = 0;
	failed = false;
	switch (op) {
	case OP_DRIVE: op_drive(in); break;
	case OP_RTE: op_rte(in); break;
	case OP_EOI: eoi(0x30 + (take_u8(in) & 3), false); break;
	case OP_FLUSH: op_flush(); break;
	case OP_RESULT:
		arg = take_u8(in);
		result = results[arg % ARRAY_SIZE(results)];
		results_left = arg >> 6;
		break;
	case OP_TICK: arg = take_u8(in); drive(8, VIC_SOURCE_USER, arg & 1, arg & 2, true); break;
	case OP_ROUND_TRIP: op_round_trip(); break;
	case OP_RESTORE: op_restore(in); break;
	case OP_DIRECTED_EOI:
		if (chip->version >= 0x20)
			eoi(0x30 + (take_u8(in) & 3), true);
		break;
	case OP_STORM: chip->storm.eois[take_u8(in) % PINS] = 9999; break;
	case OP_TIME: unit_advance(take_u8(in) * NSEC_PER_MSEC / 16); break;
	case OP_RESAMPLER:
		arg = take_u8(in);
		resampler_answers = arg & 1;
		on_ask = (arg >> 1) % NR_ACTIONS;
		break;
	case OP_ON_SEND: on_send = take_u8(in) % NR_ACTIONS; break;
	case OP_ON_ACK: on_ack = take_u8(in) % NR_ACTIONS; break;
	default: op_register(in); break;
	}
	check_chip(level_before);
	/* Who makes a pin due and does not send it tells somebody who does. */
	if (chip->due & ~chip->masked & ~due_before && !failed)
		check(kicks);
}

static void reset_model(void)
{
	memset(sources, 0, sizeof(sources));
	memset(ends, 0, sizeof(ends));
	memset(delivered, 0, sizeof(delivered));
	out = ending = lost = accepted = 0;
	results_left = 0;
	resampler_answers = false;
	on_send = on_ack = on_ask = ACT_NOTHING;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };

	fuzz_begin();
	reset_model();
	chip = vic_ioapic_create(&vm, take_u8(&in) & 1 ? 0x20 : 0x11);
	while (in.left)
		run_op(take_u8(&in) % NR_OPS, &in);
	vic_ioapic_destroy(chip);
	fuzz_end();
	return 0;
}
