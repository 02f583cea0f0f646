// SPDX-License-Identifier: GPL-2.0
/*
 * measure.c - batches of an operation, and their median.
 *
 * Nothing here knows what the unit is: on an emulator that counts instructions
 * a nanosecond is one.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCHES		5

/** now_ns() - a clock that only goes forward */
uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/**
 * measure_batches() - the median of what an operation takes, to stdout
 * @iterations: in a batch
 * @batch: does so many; the time that is to be counted
 * @context: for @batch
 *
 * A first batch is for caches and first allocations, and does not count.
 */
void measure_batches(unsigned int iterations,
		     uint64_t (*batch)(void *context, unsigned int iterations),
		     void *context)
{
	double each[BATCHES];
	unsigned int i;

	batch(context, iterations);
	for (i = 0; i < BATCHES; i++)
		each[i] = (double)batch(context, iterations) / iterations;
	qsort(each, BATCHES, sizeof(*each), compare);
	printf("%.0f\t%.0f\t%.0f\n", each[BATCHES / 2], each[0],
	       each[BATCHES - 1]);
}

struct plain {
	void (*op)(void *context);
	void *context;
};

static uint64_t plain_batch(void *context, unsigned int iterations)
{
	const struct plain *plain = context;
	uint64_t start = now_ns();

	while (iterations--)
		plain->op(plain->context);
	return now_ns() - start;
}

/** measure() - likewise, of an operation that counts as a whole */
void measure(unsigned int iterations, void (*op)(void *context), void *context)
{
	struct plain plain = { .op = op, .context = context };

	measure_batches(iterations, plain_batch, &plain);
}
