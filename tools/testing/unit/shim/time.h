/* SPDX-License-Identifier: GPL-2.0 */
/*
 * time.h - a clock that stands still until unit_advance(), and the hrtimers
 * that run on it.
 */
#ifndef UNIT_SHIM_TIME_H
#define UNIT_SHIM_TIME_H

#include "shim/base.h"

typedef s64 ktime_t;

#define NSEC_PER_USEC		1000L
#define NSEC_PER_MSEC		1000000L
#define NSEC_PER_SEC		1000000000L
#define USEC_PER_SEC		1000000L
#define MSEC_PER_SEC		1000L
#define CLOCK_MONOTONIC		1
#define HZ			250
#define jiffies			((unsigned long)(unit_now / (NSEC_PER_SEC / HZ)))

extern s64 unit_now;

/* How often timers fired. */
extern unsigned int unit_timers_fired;

enum hrtimer_restart { HRTIMER_NORESTART, HRTIMER_RESTART };
enum hrtimer_mode {
	HRTIMER_MODE_ABS,
	HRTIMER_MODE_REL,
	HRTIMER_MODE_ABS_HARD,
	HRTIMER_MODE_REL_HARD,
};

struct hrtimer {
	enum hrtimer_restart (*function)(struct hrtimer *timer);
	struct hrtimer *next;
	ktime_t expires;
	bool queued;
};

void hrtimer_setup(struct hrtimer *timer,
		   enum hrtimer_restart (*function)(struct hrtimer *timer),
		   int clock, enum hrtimer_mode mode);
void hrtimer_start(struct hrtimer *timer, ktime_t time, enum hrtimer_mode mode);
int hrtimer_try_to_cancel(struct hrtimer *timer);
int hrtimer_cancel(struct hrtimer *timer);
u64 hrtimer_forward_now(struct hrtimer *timer, ktime_t interval);

static inline bool hrtimer_active(const struct hrtimer *t) { return t->queued; }
#define hrtimer_is_queued	hrtimer_active
static inline ktime_t hrtimer_get_expires(const struct hrtimer *t)
{
	return t->expires;
}

static inline void hrtimer_set_expires(struct hrtimer *t, ktime_t time)
{
	t->expires = time;
}

/* Moves the clock, running what falls due in order and at its time. */
void unit_advance(s64 ns);

/* When will the next timer fire? S64_MAX if none is set. */
s64 unit_next_timer(void);

/* Runs all timers now, as one that was firing while it was set anew. */
void unit_fire_early(void);

static inline ktime_t ktime_get(void) { return unit_now; }
static inline u64 ktime_get_ns(void) { return unit_now; }
static inline s64 ktime_to_ns(ktime_t t) { return t; }
static inline ktime_t ns_to_ktime(u64 ns) { return ns; }
static inline ktime_t ms_to_ktime(u64 ms) { return ms * NSEC_PER_MSEC; }
static inline ktime_t ktime_add_ns(ktime_t t, u64 ns) { return t + ns; }
static inline ktime_t ktime_add(ktime_t a, ktime_t b) { return a + b; }
static inline ktime_t ktime_sub(ktime_t a, ktime_t b) { return a - b; }
static inline bool ktime_before(ktime_t a, ktime_t b) { return a < b; }

static inline u64 mul_u64_u32_div(u64 a, u32 mul, u32 div)
{
	return (u64)((unsigned __int128)a * mul / div);
}

static inline u64 mul_u64_u64_div_u64(u64 a, u64 mul, u64 div)
{
	return (u64)((unsigned __int128)a * mul / div);
}

static inline u64 div_u64(u64 a, u32 b) { return a / b; }
static inline u64 div64_u64(u64 a, u64 b) { return a / b; }
static inline u64 div_u64_rem(u64 a, u32 b, u32 *rem)
{
	*rem = a % b;
	return a / b;
}

static inline u64 div64_u64_rem(u64 a, u64 b, u64 *rem)
{
	*rem = a % b;
	return a / b;
}

#endif /* UNIT_SHIM_TIME_H */
