// SPDX-License-Identifier: GPL-2.0
/*
 * allowed.c - where the module may differ from KVM; everything else must be the
 * same, bit by bit. See allowed.h.
 *
 * A difference is either masked, in as few bits as can be, or kept from
 * happening, where it would make the two machines go different ways:
 *
 *	 1  special mask mode: never set
 *	 2  base_address of a restored IOAPIC: always where it is
 *	 3  reserved bits of RTEs: masked in reads and in saved state
 *	 4  absurd states: both sides' are cut to size after the restore and
 *	    before the comparison, and restored again
 *	 5  remote IRR without a taker: all LAPICs are enabled, so KVM's map
 *	    answers and its slow path is not used
 *	 6, 8, 21  RTC ticks after a restore, of messages without an EOI, or after
 *	    messages with another vector: pin 8 is not restored as high, and has
 *	    KVM_IRQ_LINE_STATUS only in rounds where allowed_rtc_status() says so
 *	11  storms: a guest takes less than 10000 in a row
 *	12  several signals as one: both sides come to rest after each
 *	14  PIT's OUT and NULL COUNT: masked in its status; BCD: never set
 *	15  PIT's phase: count_load_time and running counts are not compared
 *	16  PIT's ticks: it has HPET's flag, and so none
 *	18  bit 7 of a poll, on kernels before 6.12: see poll_mask()
 *	20  a vector that levels and edges share: a vector has one of the two
 *	21  EOIs of other messages than a pin's last one: see enum vectors; those
 *	    that KVM misses: see allowed_at_once()
 *	22  a refused KVM_IRQFD: no resampler for an eventfd that has an irqfd
 *	23  a high level pin that KVM does not show: allowed in that direction, on
 *	    pins that may have delivered an edge before; see allow_hidden_pins()
 *	24  listeners in the middle of an access to the PIC: none on the GSI of pin
 *	    2 of the primary, which no other GSI leads to; no ICW1, if there are any
 *	    and something may be pending
 *	25  what an eventfd held when it was bound: allowed to be gone, if the table
 *	    was ever changed; see allow_emptied_events()
 *	67  KVM_IRQ_LINE_STATUS of a SINT that is masked: masked, on GSIs that may
 *	    lead to one
 *
 * INIT is not generated: its vCPU would be gone.
 */
#include "allowed.h"
#include "chips.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define RTE_DEFINED		(RTE_DEST(0xff) | 0x1ffffULL)
#define RTE_HIGH_DEFINED	0xff000000u
#define RTE_LOW_DEFINED		0x0001efffu
#define RTE_SAVED		(RTE_DEFINED & ~RTE_DELIVERY_STATUS)
#define DELIVERY_MODE		0x700u
#define DELIVERY_INIT		0x500u
#define LOWEST_PRIORITY		0x100u
#define IOREGSEL_RTES		0x10
#define FIRST_PIN_VECTOR	0x20
#define VECTORS_PER_PIN		8
#define MSI_VECTORS		0xe0	/* after those of 24 pins */
#define NOT_OF_MSIS		0x80
#define FIRST_LEVEL_VECTOR	0x31
#define NR_LEVEL_VECTORS	4
#define PIN_RTC			8
#define PIC_INIT_STAGES		4
#define OCW3_SELECTED(value)	(((value) & 0x18) == OCW3)
#define OCW3_SMM		0x20
#define OCW3_POLL_BIT		0x04
#define PIT_STATUS_TIMED	(PIT_STATUS_OUT | PIT_STATUS_NULL_COUNT)
#define PIT_NOT_STATUS		0x10	/* of a read-back */
#define PORT_B_TIMED		0x30	/* refresh, OUT2 */
#define ELCR_PRIMARY_MASK	0xf8
#define ELCR_SECONDARY_MASK	0xde
#define PIT_MAX_COUNT		65536
#define NR_SINT_GSIS		32	/* more have none in payload.c */

/* ---- what is compared ------------------------------------------------- */

/* Entry 3. */
static uint64_t window_mask(uint8_t ioregsel)
{
	if (ioregsel < IOREGSEL_RTES ||
	    ioregsel >= IOREGSEL_RTES + 2 * NR_IOAPIC_PINS)
		return UINT64_MAX;
	return ioregsel & 1 ? RTE_HIGH_DEFINED : RTE_LOW_DEFINED;
}

/* Entries 14 and 15. */
static uint64_t pit_mask(const struct shadow *shadow, unsigned int port)
{
	if (port == PIT_CONTROL)
		return UINT64_MAX;
	if (shadow->status_latched[port - PIT_CHANNEL(0)])
		return ~(uint64_t)PIT_STATUS_TIMED;
	return ~(uint64_t)UINT8_MAX;
}

/* The chip of a port of the PICs, NR_PICS if it is another's. */
static unsigned int pic_of(unsigned int port)
{
	if (port == PIC_PRIMARY || port == PIC_PRIMARY_DATA)
		return KVM_IRQCHIP_PIC_MASTER;
	if (port == PIC_SECONDARY || port == PIC_SECONDARY_DATA)
		return KVM_IRQCHIP_PIC_SLAVE;
	return NR_PICS;
}

static bool kernel_is_before_6_12(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	uname(&name);
	sscanf(name.release, "%u.%u", &major, &minor);
	return major < 6 || (major == 6 && minor < 12);
}

/* Entry 18. */
static uint64_t poll_mask(const struct shadow *shadow, unsigned int chip)
{
	if (shadow->poll[chip] && kernel_is_before_6_12())
		return ~(uint64_t)PIC_POLL_PENDING;
	return UINT64_MAX;
}

/**
 * allowed_mask() - the bits of an outcome's value that must be the same
 * @shadow: before the operation
 * @op: the operation
 */
uint64_t allowed_mask(const struct shadow *shadow, const struct op *op)
{
	if (op->kind == OP_READ && op->addr == IOAPIC_WINDOW)
		return window_mask(shadow->ioregsel);
	if (op->kind == OP_REG_READ)
		return window_mask(op->addr);
	if (op->kind == OP_IN && op->addr >= PIT_CHANNEL(0) &&
	    op->addr <= PIT_CONTROL)
		return pit_mask(shadow, op->addr);
	if (op->kind == OP_IN && op->width == 1 && pic_of(op->addr) < NR_PICS)
		return poll_mask(shadow, pic_of(op->addr));
	if (op->kind == OP_LINE_STATUS && op->addr < NR_SINT_GSIS &&
	    shadow->sints & 1u << op->addr)
		return 0;						/* 67 */
	if (op->kind == OP_IN && op->addr == PIT_PORT_B)
		return ~(uint64_t)PORT_B_TIMED;
	return UINT64_MAX;
}

static void allow_ioapic(struct kvm_ioapic_state *ioapic)
{
	unsigned int pin;

	for (pin = 0; pin < NR_IOAPIC_PINS; pin++)
		ioapic->redirtbl[pin].bits &= RTE_SAVED;	/* 3, 4 */
}

static void allow_channel(struct kvm_pit_channel_state *channel)
{
	channel->count_load_time = 0;				/* 15 */
	channel->latched_count = 0;				/* 15 */
	channel->status &= ~PIT_STATUS_TIMED;			/* 14 */
}

/* What derives from time, or from which kernel interface KVM's LAPIC serves. */
static void allow_lapic(struct kvm_lapic_state *lapic)
{
	static const unsigned int registers[] = {
		LAPIC_VERSION, LAPIC_PPR, LAPIC_CURRENT_COUNT,
	};
	unsigned int i;

	for (i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		memset(lapic->regs + registers[i], 0, 4);
}

/* What may differ, whatever the other side says. */
static void allow_in_state(struct state *state)
{
	unsigned int i;

	allow_ioapic(&state->chips[KVM_IRQCHIP_IOAPIC].chip.ioapic);
	for (i = 0; i < NR_PIT_CHANNELS; i++)
		allow_channel(&state->pit.channels[i]);
	for (i = 0; i < NR_VCPUS; i++)
		allow_lapic(&state->lapics[i]);
}

static uint32_t level_pins(const struct kvm_ioapic_state *ioapic)
{
	uint32_t pins = 0;
	unsigned int pin;

	for (pin = 0; pin < NR_IOAPIC_PINS; pin++)
		if (ioapic->redirtbl[pin].bits & RTE_LEVEL)
			pins |= 1u << pin;
	return pins;
}

/* Entry 23. */
static void allow_hidden_pins(const struct shadow *shadow,
			      struct kvm_ioapic_state *kvms,
			      const struct kvm_ioapic_state *ours)
{
	uint32_t hidden = ours->irr & ~kvms->irr;

	kvms->irr |= hidden & level_pins(kvms) & shadow->edges;
}

/* Entry 25. */
static void allow_emptied_events(const struct shadow *shadow,
				 struct state *kvms, const struct state *ours)
{
	if (shadow->rerouted)
		kvms->held &= ours->held;
}

/**
 * allowed_states() - make alike what may differ in two whole states
 * @shadow: after the last operation
 * @kvms: of the oracle
 * @ours: of the other side
 */
void allowed_states(const struct shadow *shadow, struct state *kvms,
		    struct state *ours)
{
	allow_in_state(kvms);
	allow_in_state(ours);
	allow_hidden_pins(shadow, &kvms->chips[KVM_IRQCHIP_IOAPIC].chip.ioapic,
			  &ours->chips[KVM_IRQCHIP_IOAPIC].chip.ioapic);
	allow_emptied_events(shadow, kvms, ours);
}

static void shadow_control(struct shadow *shadow, uint8_t word)
{
	unsigned int i;

	if ((word & PIT_READ_BACK) != PIT_READ_BACK || word & PIT_NOT_STATUS)
		return;
	for (i = 0; i < NR_PIT_CHANNELS; i++)
		if (word & PIT_READ_BACK_CHANNEL(i))
			shadow->status_latched[i] = true;
}

/* A pin that has an RTE as this one may deliver an edge. */
static void shadow_rte(struct shadow *shadow, unsigned int pin, uint32_t low)
{
	if (!(low & (RTE_LEVEL | RTE_MASKED)))
		shadow->edges |= 1u << pin;
}

/* IOREGSEL selects what is written. */
static void shadow_window(struct shadow *shadow, uint32_t value)
{
	unsigned int at = shadow->ioregsel - IOREGSEL_RTES;

	if (at < 2 * NR_IOAPIC_PINS && !(at & 1))
		shadow_rte(shadow, at / 2, value);
}

static void shadow_ioapic(struct shadow *shadow,
			  const struct kvm_ioapic_state *ioapic)
{
	unsigned int pin;

	shadow->ioregsel = ioapic->ioregsel;
	shadow->edges = 0;
	for (pin = 0; pin < NR_IOAPIC_PINS; pin++)
		shadow_rte(shadow, pin, ioapic->redirtbl[pin].bits);
}

static void shadow_restore(struct shadow *shadow, const struct op *op)
{
	struct kvm_pit_state2 pit;
	struct kvm_irqchip chip;
	unsigned int i;

	if (op->kind == OP_SET_PIT || op->kind == OP_SET_ABSURD_PIT) {
		payload_pit(op, false, &pit);
		for (i = 0; i < NR_PIT_CHANNELS; i++)
			shadow->status_latched[i] =
				pit.channels[i].status_latched;
	} else if (op->addr == KVM_IRQCHIP_IOAPIC) {
		payload_chip(op, &chip);
		shadow_ioapic(shadow, &chip.chip.ioapic);
	} else if (op->addr < NR_PICS) {
		payload_chip(op, &chip);
		shadow->poll[op->addr] = chip.chip.pic.poll;
	}
}

/* The table may have been refused. */
static void shadow_routes(struct shadow *shadow, const struct op *op)
{
	struct payload_routes routes;
	unsigned int i;

	shadow->rerouted = true;
	payload_routes(op, &routes);
	for (i = 0; i < routes.head.nr; i++)
		if (routes.entries[i].type == KVM_IRQ_ROUTING_HV_SINT &&
		    routes.entries[i].gsi < NR_SINT_GSIS)
			shadow->sints |= 1u << routes.entries[i].gsi;
}

static void shadow_pic(struct shadow *shadow, const struct op *op)
{
	unsigned int chip = pic_of(op->addr);

	if (chip == NR_PICS || op->width != 1)
		return;
	if (op->kind == OP_IN)
		shadow->poll[chip] = false;
	else if (!(op->addr & 1) && OCW3_SELECTED(op->value) &&
		 op->value & OCW3_POLL_BIT)
		shadow->poll[chip] = true;
}

/** shadow_update() - an operation was done, on both sides alike */
void shadow_update(struct shadow *shadow, const struct op *op)
{
	unsigned int channel = op->addr - PIT_CHANNEL(0);

	if (op->kind == OP_WRITE && op->addr == IOAPIC_SELECT)
		shadow->ioregsel = op->value;
	else if (op->kind == OP_REG_READ || op->kind == OP_REG_WRITE)
		shadow->ioregsel = op->addr;
	else if (op->kind == OP_OUT && op->addr == PIT_CONTROL)
		shadow_control(shadow, op->value);
	else if (op->kind == OP_IN && channel < NR_PIT_CHANNELS)
		shadow->status_latched[channel] = false;
	else if (op->kind >= OP_SET_CHIP && op->kind <= OP_SET_ABSURD_PIT)
		shadow_restore(shadow, op);
	if (op->kind == OP_REG_WRITE ||
	    (op->kind == OP_WRITE && op->addr == IOAPIC_WINDOW))
		shadow_window(shadow, op->value);
	if (op->kind == OP_ROUTES)
		shadow_routes(shadow, op);
	if (op->kind == OP_IN || op->kind == OP_OUT)
		shadow_pic(shadow, op);
}

/* ---- what is not generated -------------------------------------------- */

/**
 * allowed_message() - an RTE's low half
 * @data: what it would be
 *
 * Return: it, without INIT; with a vector that is odd for levels and even for
 * edges (20). A masked edge sends nothing, and may have any: so guests end a
 * level without an EOI.
 */
uint32_t allowed_message(uint32_t data)
{
	if ((data & DELIVERY_MODE) == DELIVERY_INIT)
		data &= ~0x100u;
	if (data & RTE_LEVEL)
		return data | 1;
	return data & RTE_MASKED ? data : data & ~1u;
}

/** allowed_msi() - an MSI's data, in which bit 16 means nothing */
uint32_t allowed_msi(uint32_t data)
{
	return allowed_message((data | MSI_VECTORS) & ~RTE_MASKED);
}

/* Levels have few vectors, each of several pins; edges have any but MSIs'. */
static uint32_t shared_vector(unsigned int pin, uint32_t low)
{
	if (low & RTE_LEVEL)
		return FIRST_LEVEL_VECTOR + pin % NR_LEVEL_VECTORS * 16;
	low &= RTE_VECTOR;
	return (low & MSI_VECTORS) == MSI_VECTORS ? low & ~NOT_OF_MSIS : low;
}

/* A pin's own, which stays whatever else is written. */
static uint32_t own_vector(unsigned int pin, bool level)
{
	return FIRST_PIN_VECTOR + pin * VECTORS_PER_PIN + level;
}

/* Without what has no EOI, or is no edge (8). */
static uint32_t rtc_message(uint32_t low)
{
	return low & ~(uint32_t)(RTE_LEVEL | (DELIVERY_MODE & ~LOWEST_PRIORITY));
}

/** allowed_rte() - the low half of a pin's RTE; see enum vectors */
uint32_t allowed_rte(enum vectors vectors, unsigned int pin, uint32_t low)
{
	bool level = vectors == VECTORS_OF_LEVELS || pin & 1;
	uint32_t rest = low & ~(uint32_t)RTE_VECTOR;

	if (vectors == VECTORS_SHARED)
		return allowed_message(rest | shared_vector(pin, low));
	if (!level)
		rest &= ~(uint32_t)RTE_REMOTE_IRR;	/* no restored one: 20 */
	if (!(low & RTE_MASKED))
		rest = level ? rest | RTE_LEVEL : rest & ~(uint32_t)RTE_LEVEL;
	if (vectors == VECTORS_OWN && pin == PIN_RTC)
		rest = rtc_message(rest);
	rest = allowed_message(rest) & ~(uint32_t)RTE_VECTOR;
	return rest | own_vector(pin, level);
}

/**
 * allowed_at_once() - may an RTE's low half be written just so?
 * @low: it
 * @listens: somebody may listen for its acknowledgements
 *
 * If a write makes the mode of delivery fixed, KVM asks only the vCPUs of the
 * new and the old destination which EOIs they owe; others' are missed (21). So
 * allowed_before() is written first, which makes KVM ask them all.
 */
bool allowed_at_once(uint32_t low, bool listens)
{
	return low & DELIVERY_MODE || !(low & RTE_LEVEL || listens);
}

/** allowed_before() - see allowed_at_once() */
uint32_t allowed_before(uint32_t low)
{
	return low | LOWEST_PRIORITY | RTE_MASKED;
}

/**
 * allowed_rtc_status() - may KVM_IRQ_LINE_STATUS be used on the RTC's GSI?
 * @vectors: of the round
 * @restores: it restores the IOAPIC
 *
 * If so every message of pin 8 has to be of such a call: none of
 * KVM_IRQ_LINE, none of an irqfd.
 */
bool allowed_rtc_status(enum vectors vectors, bool restores)
{
	return vectors == VECTORS_OWN && !restores;
}

/** allowed_resample() - may a resampling irqfd be on this GSI? (24) */
bool allowed_resample(unsigned int gsi)
{
	return gsi != PIC_CASCADE;
}

/** allowed_route() - keep the RTC's pin and the cascade to GSIs of their own */
void allowed_route(struct kvm_irq_routing_entry *entry)
{
	unsigned int chip = entry->u.irqchip.irqchip;
	unsigned int pin = entry->u.irqchip.pin;

	if (entry->type != KVM_IRQ_ROUTING_IRQCHIP || entry->gsi == pin)
		return;
	if ((chip == KVM_IRQCHIP_IOAPIC && pin == PIN_RTC) ||
	    (chip == KVM_IRQCHIP_PIC_MASTER && pin == PIC_CASCADE))
		entry->u.irqchip.pin++;
}

/**
 * allowed_pic_write() - what may be written to a port of the PIC's
 * @port: which
 * @value: what it would be
 * @icw1: it may be an ICW1 (24)
 *
 * Return: it, without special mask mode (1).
 */
uint8_t allowed_pic_write(unsigned int port, uint8_t value, bool icw1)
{
	if (port != PIC_PRIMARY && port != PIC_SECONDARY)
		return value;
	if (!icw1)
		value &= ~ICW1_INIT;
	return OCW3_SELECTED(value) ? value & ~OCW3_SMM : value;
}

/** allowed_restore() - keep a state from making a lasting difference (2, 4, 6) */
void allowed_restore(enum vectors vectors, struct kvm_irqchip *chip)
{
	struct kvm_ioapic_state *ioapic = &chip->chip.ioapic;
	unsigned int pin;

	if (chip->chip_id != KVM_IRQCHIP_IOAPIC) {
		chip->chip.pic.special_mask = 0;
		/* With the cascade as a level a request of the secondary is not latched. */
		chip->chip.pic.elcr &= ~(1u << PIC_CASCADE);
		return;
	}
	ioapic->base_address = IOAPIC_BASE;
	ioapic->irr &= ~(1u << PIN_RTC);
	for (pin = 0; pin < NR_IOAPIC_PINS; pin++) {
		uint64_t rte = ioapic->redirtbl[pin].bits;

		ioapic->redirtbl[pin].bits = (rte & ~(uint64_t)UINT32_MAX) |
					     allowed_rte(vectors, pin, rte);
	}
}

static void sane_pic(struct kvm_pic_state *pic, uint8_t elcr_mask)
{
	pic->priority_add &= 7;
	pic->irq_base &= 0xf8;
	pic->read_reg_select = !!pic->read_reg_select;
	pic->poll = !!pic->poll;
	pic->auto_eoi = !!pic->auto_eoi;
	pic->rotate_on_auto_eoi = !!pic->rotate_on_auto_eoi;
	pic->special_fully_nested_mode = !!pic->special_fully_nested_mode;
	pic->init4 = !!pic->init4;
	if (pic->init_state >= PIC_INIT_STAGES)
		pic->init_state = 0;
	pic->elcr &= elcr_mask;
	pic->elcr_mask = elcr_mask;
}

static void sane_ioapic(struct kvm_ioapic_state *ioapic)
{
	unsigned int pin;

	ioapic->ioregsel &= UINT8_MAX;
	ioapic->id &= 0xf;
	ioapic->pad = 0;
	for (pin = 0; pin < NR_IOAPIC_PINS; pin++) {
		uint64_t rte = ioapic->redirtbl[pin].bits & RTE_SAVED;

		if (!(rte & RTE_LEVEL))
			rte &= ~RTE_REMOTE_IRR;
		ioapic->redirtbl[pin].bits = rte;
	}
}

/** allowed_sane() - cut a state to what a chip can hold (4) */
void allowed_sane(struct kvm_irqchip *chip)
{
	if (chip->chip_id == KVM_IRQCHIP_IOAPIC)
		sane_ioapic(&chip->chip.ioapic);
	else
		sane_pic(&chip->chip.pic,
			 chip->chip_id == KVM_IRQCHIP_PIC_MASTER ?
			 ELCR_PRIMARY_MASK : ELCR_SECONDARY_MASK);
}

/** allowed_pit() - no ticks (16), and what a PIT can hold (4, 14) */
void allowed_pit(struct kvm_pit_state2 *pit)
{
	unsigned int i;

	pit->flags = KVM_PIT_FLAGS_HPET_LEGACY |
		     (pit->flags & KVM_PIT_FLAGS_SPEAKER_DATA_ON);
	for (i = 0; i < NR_PIT_CHANNELS; i++) {
		struct kvm_pit_channel_state *c = &pit->channels[i];

		c->count = c->count % PIT_MAX_COUNT + 1;
		c->count_latched %= 4;
		c->status_latched &= 1;
		c->read_state = c->read_state % 4 + 1;
		c->write_state = c->write_state % 4 + 1;
		c->rw_mode = c->rw_mode % 3 + 1;
		c->mode %= 6;
		c->bcd = 0;
		c->gate &= 1;
	}
}
