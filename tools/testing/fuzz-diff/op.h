/* SPDX-License-Identifier: GPL-2.0 */
/*
 * op.h - one operation, the unit that is generated, run on both sides, compared
 * and left out when a sequence is shrunk. It holds all that it does: what does
 * not fit into its fields is made from @seed when it is run.
 */
#ifndef FUZZ_OP_H
#define FUZZ_OP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* By the VMM, up to OP_LAST_OF_HOST, then by the guest. */
enum op_kind {
	OP_LINE,		/* addr: GSI, value: level */
	OP_LINE_STATUS,		/* likewise */
	OP_MSI,			/* addr: address_lo, value: data, seed: flags, address_hi */
	OP_SIGNAL,		/* addr: which eventfd */
	OP_ASSIGN,		/* addr: eventfd, value: GSI, seed: resamplefd, flags */
	OP_DEASSIGN,		/* addr: eventfd, value: GSI */
	OP_ROUTES,		/* seed: the table */
	OP_SET_CHIP,		/* addr: chip, seed: a state that it can be in, value: enum vectors */
	OP_SET_ABSURD,		/* addr: chip, seed: any state, value: likewise */
	OP_SET_PIT,		/* seed: a state that it can be in */
	OP_SET_ABSURD_PIT,	/* seed: any state */
	OP_REINJECT,		/* value: on or off */
	OP_LAST_OF_HOST = OP_REINJECT,
	OP_IN,			/* addr: port, width */
	OP_OUT,			/* and value */
	OP_READ,		/* addr: physical address, width */
	OP_WRITE,		/* and value */
	OP_REG_READ,		/* addr: register of the IOAPIC: select, read */
	OP_REG_WRITE,		/* and value */
	OP_TAKE,		/* addr: GUEST_EOI_*, value: how many at most */
	NR_OP_KINDS,
};

/**
 * struct op - one operation
 * @kind: enum op_kind
 * @vcpu: which runs it, if it is the guest's
 * @width: of an access, in bytes: 1, 2, 4 or 8
 * @addr: see enum op_kind
 * @value: likewise
 * @seed: likewise
 */
struct op {
	uint8_t kind;
	uint8_t vcpu;
	uint8_t width;
	uint32_t addr;
	uint64_t value;
	uint64_t seed;
};

/**
 * enum vectors - which vectors the pins of the IOAPIC have; MSIs have others.
 * See allowed.c, 21
 * @VECTORS_SHARED: each pin one for levels, which others have too, and any for
 *	edges; nobody listens for acknowledgements
 * @VECTORS_OWN: each pin has its own; every other pin is an edge; who listens
 *	does so from the beginning
 * @VECTORS_OF_LEVELS: each pin has its own; edges are masked; who listens may
 *	come and go
 */
enum vectors {
	VECTORS_SHARED,
	VECTORS_OWN,
	VECTORS_OF_LEVELS,
	NR_VECTORS,
};

#define OUTCOME_VECTORS	8

/**
 * struct outcome - what was seen of an operation
 * @result: what the system call returned, or -errno; for the guest's: 0, or 1
 *	plus the reason of an exit that came to the VMM
 * @value: what was read, or what KVM_IRQ_LINE_STATUS says
 * @nr_vectors: interrupts that the guest took in it
 * @vectors: the first of them, in order
 */
struct outcome {
	int64_t result;
	uint64_t value;
	uint32_t nr_vectors;
	uint8_t vectors[OUTCOME_VECTORS];
};

static inline bool op_is_guests(const struct op *op)
{
	return op->kind > OP_LAST_OF_HOST;
}

const char *op_name(const struct op *op);
void op_print(FILE *file, const struct op *op);
void outcome_print(FILE *file, const struct outcome *outcome);

#endif /* FUZZ_OP_H */
