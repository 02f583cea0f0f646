// SPDX-License-Identifier: GPL-2.0
/*
 * generate.c - random sequences of operations that have a chance to meet: few
 * GSIs and vectors are used often, registers are written as drivers write them,
 * and then everything else now and then.
 *
 * Every sequence starts on fresh machines; what sets them up is part of it, and
 * is left out in one sequence of four.
 */
#include "generate.h"
#include "allowed.h"
#include "chips.h"
#include "guest.h"
#include "payload.h"
#include "random.h"
#include "side.h"

#define NR_HOT_GSIS	4
#define MAX_BURST	12
#define LAPIC_TPR	(LAPIC_BASE + 0x80)
#define GSI_RTC		8

/**
 * struct generator - a sequence that is being made
 * @random: its numbers
 * @ops: where it goes
 * @nr: how many there are
 * @max: room
 * @hot: GSIs of most operations
 * @vcpu: who does the guest's, for now
 * @vectors: which the IOAPIC's pins have in this one
 * @setting_up: nothing has interrupted yet
 * @listens: there may be resampling irqfds
 * @restores: KVM_SET_IRQCHIP of the IOAPIC is used in this one
 * @rtc_status: the RTC's GSI is driven by KVM_IRQ_LINE_STATUS alone; else by
 *	anything but that
 */
struct generator {
	struct random random;
	struct op *ops;
	unsigned int nr;
	unsigned int max;
	unsigned int hot[NR_HOT_GSIS];
	unsigned int vcpu;
	enum vectors vectors;
	bool setting_up;
	bool listens;
	bool restores;
	bool rtc_status;
};

static unsigned int below(struct generator *g, unsigned int limit)
{
	return random_below(&g->random, limit);
}

static bool one_in(struct generator *g, unsigned int n)
{
	return random_one_in(&g->random, n);
}

static uint64_t bits(struct generator *g)
{
	return random_next(&g->random);
}

static void add(struct generator *g, const struct op *op)
{
	if (g->nr < g->max)
		g->ops[g->nr++] = *op;
}

/* ---- the VMM's --------------------------------------------------------- */

static unsigned int some_gsi(struct generator *g)
{
	static const unsigned int odd[] = {
		24, 31, 32, 255, 4095, 4096, 0x7fffffff, 0xffffffff,
	};

	if (!one_in(g, 4))
		return g->hot[below(g, NR_HOT_GSIS)];
	return one_in(g, 30) ? odd[below(g, 8)] : below(g, NR_IOAPIC_PINS);
}

static uint64_t some_level(struct generator *g)
{
	return one_in(g, 50) ? (uint32_t)bits(g) : !one_in(g, 3);
}

static void add_line(struct generator *g)
{
	struct op op = { .kind = OP_LINE, .addr = some_gsi(g) };

	if (op.addr == GSI_RTC ? g->rtc_status : one_in(g, 2))
		op.kind = OP_LINE_STATUS;
	op.value = some_level(g);
	add(g, &op);
	if (op.value && one_in(g, 3)) {
		op.value = 0;
		add(g, &op);
	}
}

static void add_msi(struct generator *g)
{
	struct op op = {
		.kind = OP_MSI,
		.addr = MSI_ADDRESS(payload_destination(bits(g))) |
			(bits(g) & 0xc),
		.value = allowed_msi(payload_message(bits(g))),
	};

	if (one_in(g, 10))
		op.seed = bits(g) & 0xffffffff00000003ULL;
	add(g, &op);
}

static void add_signal(struct generator *g)
{
	add(g, &(struct op){ .kind = OP_SIGNAL, .addr = below(g, NR_EVENTS) });
}

/* See enum vectors. */
static bool may_listen(const struct generator *g)
{
	return g->listens &&
	       (g->vectors == VECTORS_OF_LEVELS || g->setting_up);
}

static void add_assign(struct generator *g)
{
	struct op op = {
		.kind = OP_ASSIGN, .addr = below(g, NR_EVENTS),
		.value = some_gsi(g), .seed = bits(g) & 0xffff,
	};

	if (op.value == GSI_RTC && g->rtc_status)
		op.value++;
	if (one_in(g, 20))
		op.seed |= bits(g) & 0xff0000;
	else if (one_in(g, 2))
		op.seed |= KVM_IRQFD_FLAG_RESAMPLE << 16;
	if (!may_listen(g) || !allowed_resample(op.value))
		op.seed &= ~(KVM_IRQFD_FLAG_RESAMPLE << 16);
	add(g, &op);
}

static void add_deassign(struct generator *g)
{
	add(g, &(struct op){ .kind = OP_DEASSIGN, .addr = below(g, NR_EVENTS),
			     .value = some_gsi(g) });
}

static void add_routes(struct generator *g)
{
	/* A listener's GSI would come to another pin. */
	if (g->vectors != VECTORS_OWN)
		add(g, &(struct op){ .kind = OP_ROUTES, .seed = bits(g) });
}

static void add_restore(struct generator *g)
{
	struct op op = {
		.kind = OP_SET_CHIP, .value = g->vectors, .seed = bits(g),
	};

	if (one_in(g, 6))
		op.kind = OP_SET_ABSURD;
	op.addr = below(g, g->restores ? 3 : 2);
	add(g, &op);
}

static void add_restore_pit(struct generator *g)
{
	struct op op = { .kind = OP_SET_PIT, .seed = bits(g) };

	if (one_in(g, 6))
		op.kind = OP_SET_ABSURD_PIT;
	add(g, &op);
}

static void add_reinject(struct generator *g)
{
	add(g, &(struct op){ .kind = OP_REINJECT, .value = below(g, 2) });
}

/* ---- the guest's ------------------------------------------------------- */

static void add_access(struct generator *g, unsigned int kind, uint32_t addr,
		       unsigned int width, uint64_t value)
{
	add(g, &(struct op){ .kind = kind, .vcpu = g->vcpu, .width = width,
			     .addr = addr, .value = value });
}

static bool may_initialise(const struct generator *g)
{
	return g->setting_up || !g->listens;
}

static void add_out(struct generator *g, unsigned int port, uint8_t value)
{
	add_access(g, OP_OUT, port, 1,
		   allowed_pic_write(port, value, may_initialise(g)));
}

static void add_take(struct generator *g)
{
	static const uint8_t eois[] = {
		0, GUEST_EOI_LAPIC, GUEST_EOI_LAPIC,
		GUEST_EOI_PRIMARY, GUEST_EOI_PRIMARY | GUEST_EOI_SECONDARY,
		GUEST_EOI_LAPIC | GUEST_EOI_PRIMARY | GUEST_EOI_SECONDARY,
	};

	add_access(g, OP_TAKE, eois[below(g, sizeof(eois))], 0, 1 + below(g, 4));
}

static void add_eoi(struct generator *g)
{
	if (one_in(g, 2))
		add_access(g, OP_WRITE, LAPIC_EOI, 4, 0);
	else
		add_out(g, one_in(g, 2) ? PIC_PRIMARY : PIC_SECONDARY,
			OCW2_EOI);
}

static void add_tpr(struct generator *g)
{
	add_access(g, OP_WRITE, LAPIC_TPR, 4, one_in(g, 2) ? 0 : below(g, 256));
}

static void add_pic_out(struct generator *g)
{
	static const uint16_t ports[] = {
		PIC_PRIMARY, PIC_PRIMARY_DATA, PIC_SECONDARY, PIC_SECONDARY_DATA,
	};
	unsigned int port = ports[below(g, 4)];
	uint8_t value = bits(g);

	/* ICW1 seldom: it undoes most of what was before it. */
	if (!(port & 1) && !one_in(g, 10))
		value &= ~ICW1_INIT;
	if (port & 1 && !one_in(g, 3))
		value &= bits(g) & bits(g);
	add_out(g, port, value);
}

static void add_elcr(struct generator *g)
{
	add_out(g, PIC_ELCR_PRIMARY + below(g, 2), bits(g));
}

static void add_pic_in(struct generator *g)
{
	static const uint16_t ports[] = {
		PIC_PRIMARY, PIC_PRIMARY_DATA, PIC_SECONDARY, PIC_SECONDARY_DATA,
		PIC_ELCR_PRIMARY, PIC_ELCR_SECONDARY,
	};

	add_access(g, OP_IN, ports[below(g, 6)], 1, 0);
}

static void add_pic_init(struct generator *g, unsigned int port)
{
	bool primary = port == PIC_PRIMARY;

	add_out(g, port, ICW1_INIT | ICW1_ICW4);
	add_out(g, port + 1, bits(g));
	add_out(g, port + 1, primary ? ICW3_PRIMARY : ICW3_SECONDARY);
	add_out(g, port + 1, ICW4_8086 | (one_in(g, 3) ? bits(g) : 0));
}

static void add_ioapic_register(struct generator *g, unsigned int reg,
				uint32_t value)
{
	add_access(g, OP_REG_WRITE, reg, 0, value);
}

static unsigned int some_pin(struct generator *g)
{
	unsigned int gsi = some_gsi(g);

	return gsi < NR_IOAPIC_PINS ? gsi : below(g, NR_IOAPIC_PINS);
}

static void add_rte_low(struct generator *g, unsigned int pin)
{
	uint32_t low = allowed_rte(g->vectors, pin, payload_message(bits(g)));

	if (!allowed_at_once(low, g->listens))
		add_ioapic_register(g, IOAPIC_RTE_LOW(pin), allowed_before(low));
	add_ioapic_register(g, IOAPIC_RTE_LOW(pin), low);
}

static void add_rte(struct generator *g, unsigned int pin)
{
	if (!one_in(g, 3))
		add_ioapic_register(g, IOAPIC_RTE_HIGH(pin),
				    payload_destination(bits(g)) << 24 |
				    (one_in(g, 8) ? bits(g) & 0xffffff : 0));
	add_rte_low(g, pin);
}

static void add_ioapic_read(struct generator *g)
{
	unsigned int reg = 0x10 + 2 * some_pin(g) + below(g, 2);

	if (one_in(g, 5))
		reg = one_in(g, 4) ? below(g, 256) : below(g, 3);
	add_access(g, OP_REG_READ, reg, 0, 0);
}

/* Other widths, other offsets. */
static void add_ioapic_odd(struct generator *g)
{
	static const uint8_t offsets[] = {
		0x00, 0x00, 0x10, 0x10, 0x10, 0x04, 0x11, 0x20, 0x40, 0xf8,
	};
	uint32_t addr = IOAPIC_BASE + (one_in(g, 10) ? below(g, 0xf9) :
				       offsets[below(g, sizeof(offsets))]);
	unsigned int width = 1u << below(g, 4);
	uint64_t value = payload_message(bits(g));
	unsigned int kind = one_in(g, 2) ? OP_READ : OP_WRITE;

	/* What a write of the window writes, depends on what was before it. */
	if (g->vectors != VECTORS_SHARED)
		kind = OP_READ;
	/* A narrow one replaces all 32 bits; of a wide one the rest is ignored. */
	if (width < 4)
		value &= (1u << width * 8) - 1;
	value = allowed_rte(VECTORS_SHARED, 0, value & ~RTE_LEVEL) |
		(bits(g) & ~(uint64_t)UINT32_MAX);

	if (addr == IOAPIC_SELECT)
		value = (value & ~0xffULL) | below(g, 0x44);
	add_access(g, kind, addr, width, value);
}

static void add_pit_out(struct generator *g)
{
	unsigned int port = PIT_CHANNEL(0) + below(g, 4);
	uint8_t value = bits(g);

	/* Without BCD (14), but for a read-back, where the bit means nothing. */
	if (port == PIT_CONTROL && (value & PIT_READ_BACK) != PIT_READ_BACK)
		value &= ~1;
	add_access(g, OP_OUT, port, 1, value);
}

static void add_pit_in(struct generator *g)
{
	unsigned int channel = below(g, NR_PIT_CHANNELS);

	if (one_in(g, 2))
		add_access(g, OP_OUT, PIT_CONTROL, 1, PIT_READ_BACK |
			   PIT_READ_BACK_CHANNEL(channel) |
			   (one_in(g, 2) ? PIT_READ_BACK_NO_COUNT : 0));
	add_access(g, OP_IN, PIT_CHANNEL(one_in(g, 20) ? 3 : channel), 1, 0);
}

static void add_port_b(struct generator *g)
{
	add_access(g, one_in(g, 2) ? OP_IN : OP_OUT, PIT_PORT_B, 1, bits(g));
}

/* Wide accesses: to one chip, across two, past the end. */
static void add_port_odd(struct generator *g)
{
	static const uint16_t ports[] = {
		0x1f, 0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1, 0x60, 0x62, 0x63,
	};

	add_access(g, one_in(g, 2) ? OP_IN : OP_OUT, ports[below(g, 10)],
		   1u << below(g, 3), 0);
}

static void add_switch(struct generator *g)
{
	g->vcpu = one_in(g, 3);
}

/* ---- sequences --------------------------------------------------------- */

/**
 * struct action - something to do next
 * @add: appends it
 * @weight: how often
 */
struct action {
	void (*add)(struct generator *g);
	unsigned int weight;
};

static const struct action vmm_actions[] = {
	{ add_line, 600 }, { add_msi, 60 }, { add_signal, 120 },
	{ add_assign, 8 }, { add_deassign, 2 }, { add_routes, 2 },
	{ add_restore, 24 }, { add_restore_pit, 8 }, { add_reinject, 2 },
};

static void add_rte_of_some_pin(struct generator *g)
{
	add_rte(g, some_pin(g));
}

static void add_init_of_some_pic(struct generator *g)
{
	if (may_initialise(g))
		add_pic_init(g, one_in(g, 2) ? PIC_PRIMARY : PIC_SECONDARY);
}

static const struct action guest_actions[] = {
	{ add_take, 300 }, { add_eoi, 150 }, { add_tpr, 10 },
	{ add_pic_out, 150 }, { add_pic_in, 100 }, { add_elcr, 6 },
	{ add_init_of_some_pic, 6 }, { add_rte_of_some_pin, 100 },
	{ add_ioapic_read, 60 }, { add_ioapic_odd, 20 }, { add_pit_out, 60 },
	{ add_pit_in, 60 }, { add_port_b, 15 }, { add_port_odd, 6 },
	{ add_switch, 15 },
};

static void add_one_of(struct generator *g, const struct action *actions,
		       unsigned int nr)
{
	unsigned int weights[32], i;

	for (i = 0; i < nr; i++)
		weights[i] = actions[i].weight;
	actions[random_choice(&g->random, weights, nr)].add(g);
}

static void add_setup(struct generator *g)
{
	unsigned int i;

	add_pic_init(g, PIC_PRIMARY);
	add_pic_init(g, PIC_SECONDARY);
	for (i = 0; i < NR_HOT_GSIS; i++)
		add_rte(g, some_pin(g));
}

static void begin(struct generator *g)
{
	unsigned int i;

	g->restores = one_in(g, 2);
	for (i = 0; i < NR_HOT_GSIS; i++)
		g->hot[i] = below(g, NR_IOAPIC_PINS);
	g->vectors = below(g, NR_VECTORS);
	g->rtc_status = allowed_rtc_status(g->vectors, g->restores);
	g->listens = g->vectors != VECTORS_SHARED && one_in(g, 2);
	g->setting_up = true;
	for (i = 0; i < 3; i++)
		add_assign(g);
	if (!one_in(g, 4))
		add_setup(g);
	g->setting_up = false;
}

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/**
 * generate() - a sequence
 * @seed: which
 * @ops: gets it
 * @nr: how long
 *
 * Return: @nr.
 */
unsigned int generate(uint64_t seed, struct op *ops, unsigned int nr)
{
	struct generator g = { .random = { seed }, .ops = ops, .max = nr };
	unsigned int burst;

	begin(&g);
	while (g.nr < nr) {
		for (burst = 1 + below(&g, MAX_BURST / 3); burst; burst--)
			add_one_of(&g, vmm_actions, NR(vmm_actions));
		for (burst = 1 + below(&g, MAX_BURST); burst; burst--)
			add_one_of(&g, guest_actions, NR(guest_actions));
	}
	return nr;
}
