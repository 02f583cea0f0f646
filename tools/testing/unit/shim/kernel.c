// SPDX-License-Identifier: GPL-2.0
/*
 * kernel.c - the few kernel services of the shim that need code.
 */
#include "unit.h"

#include <malloc.h>

unsigned int unit_messages;
int unit_spinning;
int unit_rcu_readers;
int unit_unused;
s64 unit_now = NSEC_PER_SEC;

static unsigned int allocs_until_failure;
static struct rcu_head *after_grace;
static struct hrtimer *timers;
unsigned int unit_timers_fired;

void unit_bug(const char *file, int line, const char *what)
{
	printf("Bail out! %s:%d: %s\n", file, line, what);
	fflush(stdout);
	abort();
}

void unit_fail_alloc(unsigned int nth)
{
	allocs_until_failure = nth;
}

void *unit_alloc(size_t size)
{
	might_sleep();
	if (allocs_until_failure && !--allocs_until_failure)
		return NULL;
	return calloc(1, size);
}

/* So that who still uses it is seen to, also without ASan. */
void unit_free(void *memory)
{
	if (memory)
		memset(memory, 0x5a, malloc_usable_size(memory));
	free(memory);
}

void unit_after_grace_period(struct rcu_head *head, void *memory,
			     void (*func)(struct rcu_head *head))
{
	head->func = func;
	head->memory = memory;
	head->next = after_grace;
	after_grace = head;
}

void unit_grace_period(void)
{
	might_sleep();
	if (unit_rcu_readers)
		unit_bug(__FILE__, __LINE__, "waits for itself");
	while (after_grace) {
		struct rcu_head *head = after_grace;

		after_grace = head->next;
		if (head->func)
			head->func(head);
		else
			unit_free(head->memory);
	}
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	m->used += vsnprintf(m->text + m->used, sizeof(m->text) - m->used, fmt,
			     args);
	va_end(args);
}

void hrtimer_setup(struct hrtimer *timer,
		   enum hrtimer_restart (*function)(struct hrtimer *timer),
		   int clock, enum hrtimer_mode mode)
{
	*timer = (struct hrtimer){ .function = function };
}

int hrtimer_try_to_cancel(struct hrtimer *timer)
{
	struct hrtimer **p = &timers;

	if (!timer->queued)
		return 0;
	while (*p != timer)
		p = &(*p)->next;
	*p = timer->next;
	timer->queued = false;
	return 1;
}

int hrtimer_cancel(struct hrtimer *timer)
{
	might_sleep();
	return hrtimer_try_to_cancel(timer);
}

void hrtimer_start(struct hrtimer *timer, ktime_t time, enum hrtimer_mode mode)
{
	bool relative = mode == HRTIMER_MODE_REL || mode == HRTIMER_MODE_REL_HARD;

	hrtimer_try_to_cancel(timer);
	timer->expires = relative ? unit_now + time : time;
	timer->queued = true;
	timer->next = timers;
	timers = timer;
}

u64 hrtimer_forward_now(struct hrtimer *timer, ktime_t interval)
{
	u64 passed = 0;

	for (; timer->expires <= unit_now; passed++)
		timer->expires += interval;
	return passed;
}

static struct hrtimer *first_timer(void)
{
	struct hrtimer *first = timers;

	for (struct hrtimer *t = timers; t; t = t->next)
		if (t->expires < first->expires)
			first = t;
	return first;
}

s64 unit_next_timer(void)
{
	return timers ? first_timer()->expires : S64_MAX;
}

static void fire(struct hrtimer *t)
{
	/* A callback runs in hard interrupt context. */
	unit_spinning++;
	unit_timers_fired++;
	if (t->function(t) == HRTIMER_RESTART && !t->queued)
		hrtimer_start(t, t->expires, HRTIMER_MODE_ABS);
	unit_spinning--;
}

void unit_advance(s64 ns)
{
	s64 end = unit_now + ns;
	struct hrtimer *t;

	while ((t = first_timer()) && t->expires <= end) {
		unit_now = max(unit_now, t->expires);
		hrtimer_try_to_cancel(t);
		fire(t);
	}
	unit_now = end;
}

void unit_fire_early(void)
{
	struct hrtimer *next;

	for (struct hrtimer *t = timers; t; t = next) {
		next = t->next;
		fire(t);
	}
}
