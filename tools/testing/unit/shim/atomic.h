/* SPDX-License-Identifier: GPL-2.0 */
/*
 * atomic.h - atomics and waiting for them. There is one thread, so whoever
 * would have to wait waits for ever: that is a bug.
 */
#ifndef UNIT_SHIM_ATOMIC_H
#define UNIT_SHIM_ATOMIC_H

#include "shim/lock.h"

typedef struct {
	int counter;
} atomic_t;

#define ATOMIC_INIT(v)		{ v }
static inline int atomic_read(const atomic_t *v) { return v->counter; }
static inline void atomic_set(atomic_t *v, int i) { v->counter = i; }
static inline void atomic_inc(atomic_t *v) { v->counter++; }
static inline void atomic_dec(atomic_t *v) { v->counter--; }
static inline int atomic_inc_return(atomic_t *v) { return ++v->counter; }
static inline bool atomic_dec_and_test(atomic_t *v) { return !--v->counter; }

typedef struct {
	long counter;
} atomic_long_t;

static inline void atomic_long_sub(long i, atomic_long_t *v)
{
	v->counter -= i;
}

static inline long atomic_long_add_return(long i, atomic_long_t *v)
{
	return v->counter += i;
}

#define wake_up_var(p)		((void)(p))
#define wait_var_event(p, condition)					\
	do {								\
		might_sleep();						\
		if (!(condition))					\
			unit_bug(__FILE__, __LINE__, "waits for ever");	\
	} while (0)
#define wait_var_event_timeout(p, condition, timeout)			\
	((void)(p), might_sleep(), (void)(timeout), (condition))

#endif /* UNIT_SHIM_ATOMIC_H */
