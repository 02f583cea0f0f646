// SPDX-License-Identifier: GPL-2.0
/*
 * payload.c - states and tables out of a seed. See payload.h.
 */
#include "payload.h"
#include "allowed.h"
#include "chips.h"
#include "random.h"

#include <string.h>

#define NR_HOT_VECTORS	4

static void fill(struct random *r, void *to, size_t size)
{
	unsigned char *bytes = to;

	while (size--)
		*bytes++ = random_next(r);
}

/* Few vectors, so that they meet. */
static unsigned int some_vector(struct random *r)
{
	static const uint8_t hot[NR_HOT_VECTORS] = { 0x31, 0x42, 0x50, 0x91 };

	return random_one_in(r, 3) ? random_below(r, 256) :
				     hot[random_below(r, NR_HOT_VECTORS)];
}

static unsigned int some_mode(struct random *r)
{
	static const unsigned int weights[8] = { 100, 10, 1, 2, 3, 0, 1, 2 };

	return random_choice(r, weights, 8);
}

/**
 * payload_message() - the low half of an RTE; as an MSI's data too
 * @bits: a seed
 */
uint32_t payload_message(uint64_t bits)
{
	struct random r = { bits };
	uint32_t data = some_vector(&r) | some_mode(&r) << 8;

	if (random_one_in(&r, 4))
		data |= RTE_LOGICAL;
	if (random_one_in(&r, 2))
		data |= RTE_LEVEL;
	if (random_one_in(&r, 6))
		data |= RTE_MASKED;
	if (random_one_in(&r, 8))
		data |= random_next(&r) & (RTE_REMOTE_IRR | RTE_ACTIVE_LOW |
					   RTE_DELIVERY_STATUS | 0xfffe0000);
	return data;
}

/**
 * payload_destination() - one byte: of one, both or no vCPU, in either mode
 * @bits: a seed
 */
uint32_t payload_destination(uint64_t bits)
{
	static const uint8_t usual[] = { 0, 0, 0, 1, 1, 2, 3, 0xff };
	struct random r = { bits };

	return random_one_in(&r, 12) ? random_below(&r, 256) :
				       usual[random_below(&r, sizeof(usual))];
}

static void some_ioapic(struct random *r, struct kvm_ioapic_state *ioapic)
{
	unsigned int pin;

	fill(r, ioapic, sizeof(*ioapic));
	ioapic->ioregsel = random_below(r, 0x48);
	ioapic->irr &= random_next(r);
	for (pin = 0; pin < NR_IOAPIC_PINS; pin++)
		ioapic->redirtbl[pin].bits =
			payload_message(random_next(r)) |
			RTE_DEST(payload_destination(random_next(r)));
}

/**
 * payload_chip() - what KVM_SET_IRQCHIP is given
 * @op: OP_SET_CHIP: a state that the chip can be in; OP_SET_ABSURD: any
 * @chip: gets it
 */
void payload_chip(const struct op *op, struct kvm_irqchip *chip)
{
	struct random r = { op->seed };

	fill(&r, chip, sizeof(*chip));
	chip->chip_id = op->addr;
	if (op->kind == OP_SET_CHIP) {
		if (op->addr == KVM_IRQCHIP_IOAPIC)
			some_ioapic(&r, &chip->chip.ioapic);
		else
			chip->chip.pic.init_state = random_one_in(&r, 4) ?
						    random_below(&r, 4) : 0;
	}
	allowed_restore(op->value, chip);
	/* Last: a pin may have become an edge, which has no remote IRR. */
	if (op->kind == OP_SET_CHIP)
		allowed_sane(chip);
}

/**
 * payload_pit() - what KVM_SET_PIT2 is given
 * @op: whose seed
 * @absurd: any state; else one that a PIT can be in
 * @pit: gets it
 */
void payload_pit(const struct op *op, bool absurd, struct kvm_pit_state2 *pit)
{
	struct random r = { op->seed };

	fill(&r, pit, sizeof(*pit));
	if (absurd)
		pit->flags |= KVM_PIT_FLAGS_HPET_LEGACY;
	else
		allowed_pit(pit);
}

static void some_pin(struct random *r, struct kvm_irq_routing_entry *entry)
{
	entry->type = KVM_IRQ_ROUTING_IRQCHIP;
	entry->u.irqchip.irqchip = random_below(r, 3);
	entry->u.irqchip.pin = entry->u.irqchip.irqchip == KVM_IRQCHIP_IOAPIC ?
			       random_below(r, NR_IOAPIC_PINS) :
			       random_below(r, 8);
}

static void some_msi(struct random *r, struct kvm_irq_routing_entry *entry)
{
	entry->type = KVM_IRQ_ROUTING_MSI;
	entry->u.msi.address_lo =
		MSI_ADDRESS(payload_destination(random_next(r))) |
		(random_next(r) & 0xc);
	entry->u.msi.data = allowed_msi(payload_message(random_next(r)));
}

/* One entry in many tables is such that no table with it is taken. */
static void spoil(struct random *r, struct kvm_irq_routing_entry *entry)
{
	switch (random_below(r, 5)) {
	case 0:
		entry->gsi = 4096 + random_below(r, 2);
		break;
	case 1:
		entry->type = random_below(r, 8);
		break;
	case 2:
		entry->flags = random_below(r, 4);
		break;
	case 3:
		entry->type = KVM_IRQ_ROUTING_IRQCHIP;
		entry->u.irqchip.irqchip = random_below(r, 5);
		entry->u.irqchip.pin = random_below(r, 30);
		break;
	default:
		entry->gsi = random_below(r, 24);
	}
}

static unsigned int default_entries(struct payload_routes *routes)
{
	unsigned int gsi, nr = 0;

	for (gsi = 0; gsi < NR_IOAPIC_PINS; gsi++) {
		routes->entries[nr++] = (struct kvm_irq_routing_entry) {
			.gsi = gsi, .type = KVM_IRQ_ROUTING_IRQCHIP,
			.u.irqchip = { KVM_IRQCHIP_IOAPIC, gsi },
		};
		if (gsi < NR_PIC_PINS)
			routes->entries[nr++] = (struct kvm_irq_routing_entry) {
				.gsi = gsi, .type = KVM_IRQ_ROUTING_IRQCHIP,
				.u.irqchip = { gsi / 8, gsi % 8 },
			};
	}
	return nr;
}

static unsigned int some_entries(struct random *r, struct payload_routes *routes)
{
	unsigned int gsi, nr = 0;

	for (gsi = 0; gsi < 32 && nr < MAX_ROUTES; gsi++) {
		struct kvm_irq_routing_entry *entry = &routes->entries[nr];

		if (random_one_in(r, 4))
			continue;
		*entry = (struct kvm_irq_routing_entry) { .gsi = gsi };
		if (random_one_in(r, 5))
			some_msi(r, entry);
		else
			some_pin(r, entry);
		nr++;
	}
	return nr;
}

/* A second and a third entry for GSIs that have a pin, of other chips mostly. */
static unsigned int more_entries(struct random *r, struct payload_routes *routes,
				 unsigned int nr)
{
	unsigned int i, first = nr;

	for (i = 0; i < first && nr < MAX_ROUTES; i++) {
		struct kvm_irq_routing_entry *entry = &routes->entries[nr];

		if (routes->entries[i].type != KVM_IRQ_ROUTING_IRQCHIP ||
		    random_one_in(r, 2))
			continue;
		*entry = (struct kvm_irq_routing_entry) {
			.gsi = routes->entries[i].gsi,
		};
		some_pin(r, entry);
		if (entry->u.irqchip.irqchip ==
		    routes->entries[i].u.irqchip.irqchip && !random_one_in(r, 200))
			continue;
		nr++;
	}
	return nr;
}

/**
 * payload_routes() - what KVM_SET_GSI_ROUTING is given
 * @op: whose seed
 * @routes: gets it: the default table, or a random one that is valid or not
 */
void payload_routes(const struct op *op, struct payload_routes *routes)
{
	struct random r = { op->seed };
	unsigned int i, nr;

	memset(routes, 0, sizeof(*routes));
	if (random_one_in(&r, 4)) {
		nr = default_entries(routes);
	} else {
		nr = some_entries(&r, routes);
		nr = more_entries(&r, routes, nr);
	}
	if (nr && random_one_in(&r, 6))
		spoil(&r, &routes->entries[random_below(&r, nr)]);
	for (i = 0; i < nr; i++)
		allowed_route(&routes->entries[i]);
	routes->head.nr = random_one_in(&r, 30) ? 0 : nr;
	routes->head.flags = random_one_in(&r, 30);
}
