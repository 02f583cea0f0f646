/* SPDX-License-Identifier: GPL-2.0 */
/*
 * random.h - seeded random numbers of the fuzzers: xorshift64*, one state a
 * thread, so that a seed gives the same numbers again.
 */
#ifndef VIC_FUZZ_RANDOM_H
#define VIC_FUZZ_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct random - a stream of numbers
 * @state: never 0
 */
struct random {
	uint64_t state;
};

/** random_seed() - begin the stream of @seed; neighbours have nothing in common */
static inline void random_seed(struct random *r, uint64_t seed)
{
	seed = (seed + 1) * 0x9e3779b97f4a7c15ULL;
	seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9ULL;
	seed = (seed ^ seed >> 27) * 0x94d049bb133111ebULL;
	r->state = (seed ^ seed >> 31) | 1;
}

static inline uint64_t random_u64(struct random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * 0x2545f4914f6cdd1dULL;
}

static inline uint32_t random_u32(struct random *r)
{
	return random_u64(r) >> 32;
}

/** random_below() - 0 to @n - 1 */
static inline unsigned int random_below(struct random *r, unsigned int n)
{
	return random_u32(r) % n;
}

/** random_percent() - true in @percent of 100 cases */
static inline bool random_percent(struct random *r, unsigned int percent)
{
	return random_below(r, 100) < percent;
}

#define RANDOM_OF(r, array) \
	((array)[random_below(r, sizeof(array) / sizeof((array)[0]))])

/** random_scatter() - overwrite @nr random bytes of @data; 255: all of them */
static inline void random_scatter(struct random *r, void *data, size_t size,
				  unsigned int nr)
{
	unsigned char *bytes = data;
	size_t i;

	if (nr >= 255)
		for (i = 0; i < size; i++)
			bytes[i] = random_u32(r);
	else
		for (i = 0; i < nr; i++)
			bytes[random_below(r, size)] = random_u32(r);
}

#endif /* VIC_FUZZ_RANDOM_H */
