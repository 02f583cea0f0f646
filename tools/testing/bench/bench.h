/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bench.h - what one operation on the node costs.
 *
 * Each measurement is a row of a table in the file of its group, and runs in a
 * process of its own: it makes what it needs, measures once, and ends.
 */
#ifndef VIC_BENCH_H
#define VIC_BENCH_H

#include "vm.h"

#include <stdint.h>

/* A pin that no other row of the table means, and a GSI that sends messages. */
#define BENCH_PIN	5
#define BENCH_MSI_GSI	40
#define BENCH_VECTOR	0x60

/**
 * struct bench - one measurement
 * @name: GROUP.OPERATION
 * @run: makes what it needs and calls measure() or measure_batches()
 * @arg: for @run, such as how many routes
 */
struct bench {
	const char *name;
	void (*run)(unsigned int arg);
	unsigned int arg;
};

/* One of each file; a row without a name ends it. */
extern const struct bench base_benches[], line_benches[], chip_benches[],
			  eventfd_benches[], route_benches[], life_benches[],
			  exit_benches[], rtrip_benches[];

uint64_t now_ns(void);
void measure(unsigned int iterations, void (*op)(void *context), void *context);
void measure_batches(unsigned int iterations,
		     uint64_t (*batch)(void *context, unsigned int iterations),
		     void *context);

void bench_vm(struct vm *vm);
void bench_route_pin(struct vm *vm);

#endif /* VIC_BENCH_H */
