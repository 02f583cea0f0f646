// SPDX-License-Identifier: GPL-2.0
/*
 * random.c - a counter, and a hash of it (the mixing constants are those of
 * SplitMix64).
 */
#include "random.h"

/** random_next() - 64 bits */
uint64_t random_next(struct random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/** random_below() - a number from 0 to @limit - 1 */
unsigned int random_below(struct random *r, unsigned int limit)
{
	return random_next(r) % limit;
}

/** random_one_in() - true once in @n times */
bool random_one_in(struct random *r, unsigned int n)
{
	return !random_below(r, n);
}

/** random_choice() - an index, each as often as its weight says */
unsigned int random_choice(struct random *r, const unsigned int *weights,
			   unsigned int nr)
{
	unsigned int i, sum = 0, at;

	for (i = 0; i < nr; i++)
		sum += weights[i];
	at = random_below(r, sum);
	for (i = 0; at >= weights[i]; i++)
		at -= weights[i];
	return i;
}
