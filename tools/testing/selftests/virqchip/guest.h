/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guest.h - the tiny guest: 32-bit flat code that works off a list of
 * operations (port and memory accesses, waiting for interrupts) that the test
 * puts into its memory, and that logs every vector it takes.
 *
 * Interrupts are off except inside the operations that say otherwise. Also read
 * by guest.S, for the layout.
 */
#ifndef VIC_TEST_GUEST_H
#define VIC_TEST_GUEST_H

/* Guest-physical layout. */
#define GUEST_GDT		0x00000800
#define GUEST_IDT		0x00002000
#define GUEST_CODE		0x00004000
#define GUEST_CPUS		0x00100000
#define GUEST_CPU_SIZE		0x00010000
#define GUEST_HANDLER_SIZE	16

/* Selectors. */
#define GUEST_CS		0x08
#define GUEST_DS		0x10

/* Ports that nobody has: how the guest talks to the test. */
#define GUEST_PORT_DONE		0x5e0
#define GUEST_PORT_IRQ		0x5e1

/* What a handler does, besides logging its vector; one byte per vector. */
#define GUEST_EXIT		0x01	/* tell the test, before any EOI */
#define GUEST_EOI_SECONDARY	0x02	/* non-specific EOI */
#define GUEST_EOI_PRIMARY	0x04	/* likewise */
#define GUEST_EOI_LAPIC		0x08
#define GUEST_ONCE		0x10	/* return with interrupts off */

/* Offsets in struct guest_cpu, for guest.S. */
#define GUEST_CPU_NEXT		0
#define GUEST_CPU_TAKEN		4
#define GUEST_CPU_SPINS		8
#define GUEST_CPU_STOP		12
#define GUEST_CPU_ACTION	16
#define GUEST_CPU_LOG		272
#define GUEST_LOG_ENTRIES	2048

/* Operations; the order of guest.S's table. */
#define GUEST_OP_DONE		0
#define GUEST_OP_IN8		1
#define GUEST_OP_IN16		2
#define GUEST_OP_IN32		3
#define GUEST_OP_OUT8		4
#define GUEST_OP_OUT16		5
#define GUEST_OP_OUT32		6
#define GUEST_OP_READ8		7
#define GUEST_OP_READ16		8
#define GUEST_OP_READ32		9
#define GUEST_OP_WRITE8		10
#define GUEST_OP_WRITE16	11
#define GUEST_OP_WRITE32	12
#define GUEST_OP_TAKE		13	/* whatever is pending */
#define GUEST_OP_HALT		14	/* for one interrupt */
#define GUEST_OP_HALT_UNTIL	15	/* so many were taken in all */
#define GUEST_OP_SPIN_UNTIL	16	/* likewise, or told to stop */
#define GUEST_OP_STI		17
#define GUEST_OP_CLI		18
#define GUEST_OP_RDMSR		19
#define GUEST_OP_WRMSR		20
#define GUEST_OP_INS8		21	/* value: how many bytes */
#define GUEST_OP_OUTS8		22	/* likewise */

#ifndef __ASSEMBLER__

#include "vm.h"

#define GUEST_MAX_OPS		1024
#define GUEST_STRING_SIZE	4096

/**
 * struct guest_op - one operation
 * @kind: GUEST_OP_*
 * @addr: port, address or MSR
 * @value: what is written, or counted
 * @result: what was read
 */
struct guest_op {
	uint32_t kind;
	uint32_t addr;
	uint32_t value;
	uint32_t result;
};

/**
 * struct guest_cpu - what one vCPU works on; FS points to it
 * @next: guest address of the next operation
 * @nr_taken: interrupts taken in all
 * @spins: counts rounds of GUEST_OP_SPIN_UNTIL
 * @stop: set by the test to end it
 * @action: per vector, what its handler does
 * @log: vectors taken, a ring
 * @ops: the list; ends with GUEST_OP_DONE
 * @string: for string I/O
 */
struct guest_cpu {
	volatile uint32_t next;
	volatile uint32_t nr_taken;
	volatile uint32_t spins;
	volatile uint32_t stop;
	uint8_t action[256];
	volatile uint32_t log[GUEST_LOG_ENTRIES];
	struct guest_op ops[GUEST_MAX_OPS];
	uint8_t string[GUEST_STRING_SIZE];
};

void guest_load(struct vm *vm);
void guest_start(struct vcpu *vcpu);
struct guest_cpu *guest_cpu(struct vcpu *vcpu);

/* A list of operations, run at once. */
void guest_batch(struct vcpu *vcpu, const struct guest_op *ops,
		 unsigned int nr);
void guest_run(struct vcpu *vcpu);
int __guest_run(struct vcpu *vcpu);
void guest_run_in_thread(struct vcpu *vcpu, unsigned int kind, uint32_t value);
void guest_join(struct vcpu *vcpu);

/* One operation at a time. */
void guest_begin(struct vcpu *vcpu, unsigned int kind, uint32_t addr,
		 uint32_t value);
void guest_run_to_io(struct vcpu *vcpu, unsigned int direction,
		     unsigned int port, unsigned int size);
uint32_t guest_op(struct vcpu *vcpu, unsigned int kind, uint32_t addr,
		  uint32_t value);
uint8_t guest_in8(struct vcpu *vcpu, unsigned int port);
void guest_out8(struct vcpu *vcpu, unsigned int port, uint8_t value);
uint32_t guest_read32(struct vcpu *vcpu, uint32_t addr);
void guest_write32(struct vcpu *vcpu, uint32_t addr, uint32_t value);

/* Interrupts. */
void guest_on_vectors(struct vcpu *vcpu, unsigned int first, unsigned int last,
		      unsigned int action);
void guest_take(struct vcpu *vcpu);
void guest_halt(struct vcpu *vcpu);
unsigned int guest_nr_new(struct vcpu *vcpu);
void guest_expect(struct vcpu *vcpu, const char *file, int line,
		  const int *want, unsigned int nr);

/* The vectors taken since the last time, exactly these, in this order. */
#define EXPECT_VECTORS(vcpu, ...)					\
	do {								\
		const int want_[] = { __VA_ARGS__ };			\
									\
		guest_expect(vcpu, __FILE__, __LINE__, want_,		\
			     sizeof(want_) / sizeof(want_[0]));		\
	} while (0)

#define EXPECT_NO_VECTORS(vcpu)						\
	guest_expect(vcpu, __FILE__, __LINE__, NULL, 0)

#endif /* __ASSEMBLER__ */
#endif /* VIC_TEST_GUEST_H */
