/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hammer.h - random lists of operations for the tiny guest (guest.h), aimed at
 * the chips: every port, the IOAPIC's page, the LAPIC's, all widths.
 */
#ifndef VIC_FUZZ_HAMMER_H
#define VIC_FUZZ_HAMMER_H

#include "guest.h"
#include "random.h"

/** HAMMER_CALM - nothing after which the guest may never come back by itself */
#define HAMMER_CALM	0
/** HAMMER_WILD - also halting, MSRs and whatever kills the guest */
#define HAMMER_WILD	1

/** HAMMER_PORT_LOST - where a guest writes that has lost its way */
#define HAMMER_PORT_LOST	0xe9

void hammer_load(struct vm *vm);
void hammer_fill(struct random *r, struct guest_op *ops, unsigned int nr,
		 unsigned int how);
void hammer_actions(struct random *r, struct guest_cpu *cpu);

#endif /* VIC_FUZZ_HAMMER_H */
