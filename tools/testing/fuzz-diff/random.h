/* SPDX-License-Identifier: GPL-2.0 */
/*
 * random.h - random numbers that a seed repeats.
 */
#ifndef FUZZ_RANDOM_H
#define FUZZ_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct random - where in its sequence a generator is
 * @state: any number is a seed
 */
struct random {
	uint64_t state;
};

uint64_t random_next(struct random *r);
unsigned int random_below(struct random *r, unsigned int limit);
bool random_one_in(struct random *r, unsigned int n);
unsigned int random_choice(struct random *r, const unsigned int *weights,
			   unsigned int nr);

#endif /* FUZZ_RANDOM_H */
