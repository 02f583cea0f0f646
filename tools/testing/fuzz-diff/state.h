/* SPDX-License-Identifier: GPL-2.0 */
/*
 * state.h - all that can be seen of one side between two operations.
 */
#ifndef FUZZ_STATE_H
#define FUZZ_STATE_H

#include "payload.h"
#include "side.h"

#include <linux/kvm.h>

#define NR_CHIPS	3

/* Registers of struct kvm_lapic_state that chips.h does not need. */
#define LAPIC_VERSION		0x030
#define LAPIC_PPR		0x0a0
#define LAPIC_CURRENT_COUNT	0x390

#define STATE_KEY	48
#define STATE_TEXT	160

/**
 * struct state - what was read
 * @chips: of KVM_GET_IRQCHIP, with the caller's bytes around them
 * @pit: of KVM_GET_PIT2
 * @lapics: of KVM_GET_LAPIC
 * @acks: counts of the resamplefds so far
 * @error: -errno, if something could not be read
 * @held: a bit for each eventfd that holds a signal nobody has taken
 */
struct state {
	struct kvm_irqchip chips[NR_CHIPS];
	struct kvm_pit_state2 pit;
	struct kvm_lapic_state lapics[NR_VCPUS];
	uint64_t acks[NR_RESAMPLES];
	int32_t error;
	uint32_t held;
};

/**
 * struct difference - the first that was found
 * @key: where, to tell one from another
 * @text: where and what, for a reader
 */
struct difference {
	char key[STATE_KEY];
	char text[STATE_TEXT];
};

void state_read(struct side *side, struct state *state);
bool state_compare(const struct state *a, const struct state *b,
		   struct difference *difference);

#endif /* FUZZ_STATE_H */
