/* SPDX-License-Identifier: GPL-2.0 */
/*
 * allowed.h - where the two sides may differ, and how narrowly. All of it is in
 * allowed.c; the numbers are those of Documentation/kvm-parity.rst.
 */
#ifndef FUZZ_ALLOWED_H
#define FUZZ_ALLOWED_H

#include "op.h"
#include "state.h"

#include <linux/kvm.h>

#define NR_PICS		2
#define NR_PIT_CHANNELS	3

/**
 * struct shadow - what the chips must be in, known from the operations alone
 * @ioregsel: IOREGSEL of the IOAPIC
 * @poll: the next read of a port of this PIC is a poll
 * @edges: pins of the IOAPIC that may have delivered one
 * @rerouted: the routing table was changed
 * @sints: GSIs that may have led to a SINT
 * @status_latched: the next read of this PIT channel gives a latched status
 */
struct shadow {
	uint8_t ioregsel;
	bool poll[NR_PICS];
	uint32_t edges;
	bool rerouted;
	uint32_t sints;
	bool status_latched[NR_PIT_CHANNELS];
};

/* What is compared. */
uint64_t allowed_mask(const struct shadow *shadow, const struct op *op);
void allowed_states(const struct shadow *shadow, struct state *kvms,
		    struct state *ours);
void shadow_update(struct shadow *shadow, const struct op *op);

/* What is not generated. */
uint32_t allowed_message(uint32_t data);
uint32_t allowed_msi(uint32_t data);
uint32_t allowed_rte(enum vectors vectors, unsigned int pin, uint32_t low);
bool allowed_at_once(uint32_t low, bool listens);
uint32_t allowed_before(uint32_t low);
bool allowed_rtc_status(enum vectors vectors, bool restores);
bool allowed_resample(unsigned int gsi);
void allowed_route(struct kvm_irq_routing_entry *entry);
uint8_t allowed_pic_write(unsigned int port, uint8_t value, bool icw1);
void allowed_restore(enum vectors vectors, struct kvm_irqchip *chip);
void allowed_sane(struct kvm_irqchip *chip);
void allowed_pit(struct kvm_pit_state2 *pit);

#endif /* FUZZ_ALLOWED_H */
