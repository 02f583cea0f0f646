/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guest.h - the guest: 32-bit flat code that works off a list of accesses, so
 * that many of them need one KVM_RUN, and logs what interrupts it. Interrupts
 * are off but in GUEST_OP_TAKE. Also read by interpreter.S, for the layout.
 */
#ifndef FUZZ_GUEST_H
#define FUZZ_GUEST_H

/* Guest-physical layout. An SMI finds its handler and its frame below 0x40000. */
#define GUEST_RAM_SIZE		0x00100000
#define GUEST_GDT		0x00000800
#define GUEST_IDT		0x00002000
#define GUEST_CODE		0x00004000
#define GUEST_SMI_HANDLER	0x00038000
#define GUEST_CPUS		0x00080000
#define GUEST_CPU_SIZE		0x00004000
#define GUEST_HANDLER_SIZE	16

#define GUEST_CS		0x08
#define GUEST_DS		0x10

/* A port that nobody has: the list is done. */
#define GUEST_PORT_DONE		0x5e0

/* How a handler acknowledges. */
#define GUEST_EOI_SECONDARY	0x01
#define GUEST_EOI_PRIMARY	0x02
#define GUEST_EOI_LAPIC		0x04

/* Offsets in struct guest_cpu and struct guest_op. */
#define GUEST_CPU_NEXT		0
#define GUEST_CPU_TAKEN		4
#define GUEST_CPU_BUDGET	8
#define GUEST_CPU_EOI		12
#define GUEST_CPU_LOG		16
#define GUEST_LOG_ENTRIES	1024
#define GUEST_OP_ADDR		4
#define GUEST_OP_VALUE		8
#define GUEST_OP_RESULT		16
#define GUEST_OP_TAKEN		24
#define GUEST_OP_SIZE		32

/* Operations: the index of interpreter.S's table. */
#define GUEST_OP_DONE		0
#define GUEST_OP_IN(shift)	(1 + (shift))
#define GUEST_OP_OUT(shift)	(4 + (shift))
#define GUEST_OP_READ(shift)	(7 + (shift))
#define GUEST_OP_WRITE(shift)	(11 + (shift))
#define GUEST_OP_TAKE		15
#define GUEST_OP_REG_READ	16
#define GUEST_OP_REG_WRITE	17

#define GUEST_MAX_OPS		64

#ifndef __ASSEMBLER__

#include "op.h"

struct side;

/**
 * struct guest_op - one operation
 * @kind: GUEST_OP_*
 * @addr: port or address; for GUEST_OP_TAKE: GUEST_EOI_*
 * @value: what is written; for GUEST_OP_TAKE: how many interrupts at most
 * @result: what was read
 * @taken: interrupts taken since the list's begin, when it was done
 * @pad: unused
 */
struct guest_op {
	uint32_t kind;
	uint32_t addr;
	uint64_t value;
	uint64_t result;
	uint32_t taken;
	uint32_t pad;
};

/**
 * struct guest_cpu - what one vCPU works on; FS points to it
 * @next: guest address of the next operation
 * @taken: interrupts taken since the list's begin
 * @budget: of GUEST_OP_TAKE, what is left of it
 * @eoi: GUEST_EOI_*
 * @log: the vectors
 * @ops: the list; ends with GUEST_OP_DONE
 */
struct guest_cpu {
	volatile uint32_t next;
	volatile uint32_t taken;
	volatile uint32_t budget;
	volatile uint32_t eoi;
	volatile uint32_t log[GUEST_LOG_ENTRIES];
	struct guest_op ops[GUEST_MAX_OPS + 1];
};

void guest_load(struct side *side);
void guest_start(struct side *side, unsigned int vcpu);
void guest_run(struct side *side, const struct op *ops, unsigned int nr,
	       struct outcome *outcomes);

#endif /* __ASSEMBLER__ */
#endif /* FUZZ_GUEST_H */
