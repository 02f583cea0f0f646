/* SPDX-License-Identifier: GPL-2.0 */
/*
 * program.h - a program: a short list of typed operations, what the fuzzer
 * makes, changes, runs and keeps.
 *
 * As text, one operation a line:
 *
 *	program rounds=20
 *	- create_vm vm=0 type=0
 *	- create_irqchip vm=0
 *	1 irq_line vm=0 gsi=4 level=1
 *	2 get_irqchip vm=0 chip=2 pointer=hole
 *
 * Lines with a dash are done once, in order. Then the numbered ones begin
 * together, a thread a number, each doing its lines in order, @rounds times.
 * Files, eventfds and the like are named by slots of a table (world.h) that all
 * threads share; an operation on an empty slot gets EBADF like everybody else.
 */
#ifndef VIC_FUZZ_PROGRAM_H
#define VIC_FUZZ_PROGRAM_H

#include "random.h"

#include <stdbool.h>
#include <stdio.h>

#define MAX_CALLS	40
#define MAX_ARGS	5
#define MAX_THREADS	3
#define MAX_ROUNDS	64

/**
 * enum pointer - where an ioctl's argument lies
 * @POINTER_GOOD: in memory of ours
 * @POINTER_NULL: nowhere
 * @POINTER_HOLE: its second half is not mapped
 * @POINTER_READONLY: it cannot be written
 * @POINTER_KERNEL: in the kernel's half
 */
enum pointer {
	POINTER_GOOD,
	POINTER_NULL,
	POINTER_HOLE,
	POINTER_READONLY,
	POINTER_KERNEL,
	NR_POINTERS,
};

/**
 * struct call - one operation
 * @op: index of its entry in ops[]
 * @thread: 0: before the others, in order; 1 to MAX_THREADS
 * @pointer: enum pointer
 * @compat: made as a 32-bit program would
 * @args: as ops[] names them
 */
struct call {
	uint8_t op;
	uint8_t thread;
	uint8_t pointer;
	bool compat;
	uint64_t args[MAX_ARGS];
};

/**
 * struct program - what is run at once
 * @nr: calls in use
 * @rounds: how often threads repeat theirs
 * @calls: in order
 */
struct program {
	unsigned int nr;
	unsigned int rounds;
	struct call calls[MAX_CALLS];
};

/* program.c */
void program_print(FILE *file, const struct program *program);
bool program_read(FILE *file, struct program *program);
void program_remove(struct program *program, unsigned int at);
bool program_insert(struct program *program, unsigned int at,
		    const struct call *call);

/* generate.c */
void program_make(struct random *r, struct program *program);
void program_mutate(struct random *r, struct program *program,
		    const struct program *other);

#endif /* VIC_FUZZ_PROGRAM_H */
