/* SPDX-License-Identifier: GPL-2.0 */
/*
 * unit.h - cases, expectations and the log of what the code under test called.
 */
#ifndef UNIT_H
#define UNIT_H

#include "shim/kernel.h"

struct vic_vm;

/**
 * struct unit_case - one rule; its name states it as a fact
 * @name: the rule
 * @run: does something and expects; the log is empty when it starts, and what
 *	is still in it afterwards is not looked at
 * @row: instead of @run: the same for many rows of a table
 * @script: what @row gets: steps, parted by blanks
 */
struct unit_case {
	const char *name;
	void (*run)(void);
	void (*row)(const char *script);
	const char *script;
};

#define UNIT_CASE(f)		{ #f, f }
#define UNIT_ROW(row, name, script)	{ #name, NULL, row, script }
#define UNIT_MAIN(cases)						\
	int main(void)							\
	{								\
		return unit_main(cases, ARRAY_SIZE(cases));		\
	}

int unit_main(const struct unit_case *cases, size_t nr);

/* Like printf, appended to the log; entries are parted by "; ". */
void unit_log(const char *fmt, ...) __printf(1, 2);

/* The log, which is emptied by this. */
const char *unit_take_log(void);

/* The case goes on after an expectation failed. */
void unit_expect(bool ok, const char *file, int line, const char *fmt, ...)
	__printf(4, 5);

/* Where in a table or script a case is, for messages; "" outside. */
extern const char *unit_row;

/* Calls @step for each step of a script, with unit_row set to it. */
void unit_each_step(const char *script, void (*step)(const char *token));

#define expect(e)	unit_expect(e, __FILE__, __LINE__, "%s", #e)
#define expect_eq(got, want)						\
	do {								\
		long long g_ = (got), w_ = (want);			\
		unit_expect(g_ == w_, __FILE__, __LINE__,		\
			    "%s is %#llx, not %#llx", #got, g_, w_);	\
	} while (0)
#define expect_log(want)						\
	do {								\
		const char *g_ = unit_take_log(), *w_ = (want);		\
		unit_expect(!strcmp(g_, w_), __FILE__, __LINE__,	\
			    "called \"%s\", not \"%s\"", g_, w_);	\
	} while (0)

/* The nth allocation from now on fails; 0: none. */
void unit_fail_alloc(unsigned int nth);

/*
 * What recorders answer and do besides logging. All zero at the start of a
 * case; a result of 0 there stands for the ordinary one (see recorder/).
 */
struct unit_answers {
	int send_result;
	int expect_eoi_result;
	int pin_result;
	unsigned int masked_pin;
	int gsi_result;
	bool has_ack;
	/* Called in the middle, to see what the code has made of re-entry. */
	void (*on_ack)(struct vic_vm *vm, unsigned int chip, unsigned int pin);
	void (*on_set_gsi)(struct vic_vm *vm, u32 gsi, bool level);
	void (*on_send)(struct vic_vm *vm, unsigned int pin);
	void (*on_set_pin)(bool level);
};

extern struct unit_answers unit_answers;

/* recorder/routing.c: calls the notifiers that the code added for a GSI. */
void unit_fire_ack(struct vic_vm *vm, u32 gsi);
void unit_fire_mask(struct vic_vm *vm, u32 gsi, bool masked);

#endif /* UNIT_H */
