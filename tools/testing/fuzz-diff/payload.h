/* SPDX-License-Identifier: GPL-2.0 */
/*
 * payload.h - arguments of the big ioctls, made from an operation's seed.
 */
#ifndef FUZZ_PAYLOAD_H
#define FUZZ_PAYLOAD_H

#include "op.h"
#include "side.h"

#include <linux/kvm.h>

/**
 * struct payload_routes - an argument of KVM_SET_GSI_ROUTING
 * @head: @head.nr entries are there
 * @entries: they
 */
struct payload_routes {
	struct kvm_irq_routing head;
	struct kvm_irq_routing_entry entries[MAX_ROUTES];
};

void payload_chip(const struct op *op, struct kvm_irqchip *chip);
void payload_pit(const struct op *op, bool absurd, struct kvm_pit_state2 *pit);
void payload_routes(const struct op *op, struct payload_routes *routes);
uint32_t payload_message(uint64_t bits);
uint32_t payload_destination(uint64_t bits);

#endif /* FUZZ_PAYLOAD_H */
