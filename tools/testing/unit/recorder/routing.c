// SPDX-License-Identifier: GPL-2.0
/*
 * routing.c - writes down what the chips tell the routing table.
 */
#include "unit.h"
#include "virqchip.h"

static const char * const chip_names[] = { "primary", "secondary", "ioapic" };

int vic_routing_set_gsi(struct vic_vm *vm, u32 gsi, const struct vic_assert *a)
{
	unit_log("gsi %u %s %u%s", gsi,
		 a->source == VIC_SOURCE_PIT ? "pit" : "other", a->level,
		 a->may_send ? " may send" : "");
	if (unit_answers.on_set_gsi)
		unit_answers.on_set_gsi(vm, gsi, a->level);
	return unit_answers.gsi_result ?: VIC_DELIVERED;
}

int vic_routing_pulse(struct vic_vm *vm, u32 gsi, enum vic_source source)
{
	const struct vic_assert rise = { .source = source, .level = true };
	const struct vic_assert fall = { .source = source };
	int result = vic_routing_set_gsi(vm, gsi, &rise);

	vic_routing_set_gsi(vm, gsi, &fall);
	return result;
}

void vic_routing_ack(struct vic_vm *vm, enum vic_chip chip, unsigned int pin)
{
	if (unit_spinning)
		unit_bug(__FILE__, __LINE__, "ack under a chip's lock");
	unit_log("ack %s %u", chip_names[chip], pin);
	if (unit_answers.on_ack)
		unit_answers.on_ack(vm, chip, pin);
}

void vic_routing_mask(struct vic_vm *vm, enum vic_chip chip, unsigned int pin,
		      bool masked)
{
	if (unit_spinning)
		unit_bug(__FILE__, __LINE__, "mask under a chip's lock");
	unit_log("%s %s %u", masked ? "mask" : "unmask", chip_names[chip], pin);
}

bool vic_routing_has_ack(struct vic_vm *vm, enum vic_chip chip,
			 unsigned int pin)
{
	return unit_answers.has_ack;
}

void vic_routing_add_ack(struct vic_vm *vm, struct vic_ack_notifier *notifier)
{
	might_sleep();
	hlist_add_head(&notifier->link, &vm->routing.acks);
}

void vic_routing_del_ack(struct vic_vm *vm, struct vic_ack_notifier *notifier)
{
	might_sleep();
	hlist_del(&notifier->link);
}

void vic_routing_add_mask(struct vic_vm *vm, struct vic_mask_notifier *notifier)
{
	might_sleep();
	hlist_add_head(&notifier->link, &vm->routing.masks);
}

void vic_routing_del_mask(struct vic_vm *vm, struct vic_mask_notifier *notifier)
{
	might_sleep();
	hlist_del(&notifier->link);
}

void unit_fire_ack(struct vic_vm *vm, u32 gsi)
{
	struct vic_ack_notifier *n;

	hlist_for_each_entry(n, &vm->routing.acks, link)
		if (n->gsi == gsi)
			n->acked(n);
}

void unit_fire_mask(struct vic_vm *vm, u32 gsi, bool masked)
{
	struct vic_mask_notifier *n;

	hlist_for_each_entry(n, &vm->routing.masks, link)
		if (n->gsi == gsi)
			n->changed(n, masked);
}
