// SPDX-License-Identifier: GPL-2.0
/*
 * run.c - runs a sequence. See run.h.
 *
 * Each operation's outcome is compared. The whole state is compared every
 * STATE_INTERVAL operations, since it takes a dozen system calls; when strict,
 * after each. A guest's operations that follow one another are one KVM_RUN;
 * when strict, each has its own.
 */
#define _GNU_SOURCE
#include "run.h"
#include "allowed.h"
#include "guest.h"
#include "plant.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATE_INTERVAL	64
#define LIST_LIMIT	48
#define HANG_SECONDS	60

/* The oracle first. */
const char *run_nodes[NR_SIDES] = { "/dev/kvm", "/dev/virqchip" };

/**
 * struct run - a sequence that is being run
 * @sides: the machines
 * @shadow: what is known of them
 * @ops: the sequence
 * @nr: its length
 * @strict: see above
 * @unseen: operations since the state was compared
 * @failure: gets the mismatch
 */
struct run {
	struct side sides[NR_SIDES];
	struct shadow shadow;
	const struct op *ops;
	unsigned int nr;
	bool strict;
	unsigned int unseen;
	struct failure *failure;
};

/* Ends a KVM_RUN that does not end, with EINTR. */
static void nothing(int number)
{
	(void)number;
}

static void watch_for_hangs(void)
{
	struct sigaction action = { .sa_handler = nothing };

	sigaction(SIGALRM, &action, NULL);
	alarm(HANG_SECONDS);
}

static bool same_outcome(const struct outcome *a, const struct outcome *b,
			 uint64_t mask)
{
	return a->result == b->result && !((a->value ^ b->value) & mask) &&
	       a->nr_vectors == b->nr_vectors &&
	       !memcmp(a->vectors, b->vectors, sizeof(a->vectors));
}

/* False on a mismatch. */
static bool compare_outcomes(struct run *run, unsigned int at,
			     struct outcome *a, struct outcome *b)
{
	const struct op *op = &run->ops[at];
	struct failure *failure = run->failure;

	plant(op, b);
	if (same_outcome(a, b, allowed_mask(&run->shadow, op))) {
		shadow_update(&run->shadow, op);
		return true;
	}
	failure->found = true;
	failure->at = at;
	failure->outcome = true;
	failure->outcomes[0] = *a;
	failure->outcomes[1] = *b;
	snprintf(failure->difference.key, sizeof(failure->difference.key),
		 "%s", op_name(op));
	return false;
}

static bool compare_states(struct run *run, unsigned int at)
{
	static struct state states[NR_SIDES];
	struct failure *failure = run->failure;
	unsigned int i;

	run->unseen = 0;
	alarm(HANG_SECONDS);
	for (i = 0; i < NR_SIDES; i++)
		state_read(&run->sides[i], &states[i]);
	allowed_states(&run->shadow, &states[0], &states[1]);
	if (state_compare(&states[0], &states[1], &failure->difference))
		return true;
	failure->found = true;
	failure->at = at;
	failure->outcome = false;
	return false;
}

/* How many of the guest's operations from here on are one list. */
static unsigned int list_length(const struct run *run, unsigned int at)
{
	unsigned int limit = run->strict ? 1 : LIST_LIMIT, nr = 1;

	while (nr < limit && at + nr < run->nr &&
	       op_is_guests(&run->ops[at + nr]) &&
	       run->ops[at + nr].vcpu == run->ops[at].vcpu)
		nr++;
	return nr;
}

static bool run_guests(struct run *run, unsigned int at, unsigned int nr)
{
	struct outcome outcomes[NR_SIDES][LIST_LIMIT];
	unsigned int i;

	for (i = 0; i < NR_SIDES; i++)
		guest_run(&run->sides[i], &run->ops[at], nr, outcomes[i]);
	for (i = 0; i < nr; i++)
		if (!compare_outcomes(run, at + i, &outcomes[0][i],
				      &outcomes[1][i]))
			return false;
	return true;
}

static bool run_hosts(struct run *run, unsigned int at)
{
	struct outcome outcomes[NR_SIDES];
	unsigned int i;

	for (i = 0; i < NR_SIDES; i++)
		side_do(&run->sides[i], &run->ops[at], &outcomes[i]);
	return compare_outcomes(run, at, &outcomes[0], &outcomes[1]);
}

/* Returns how many operations that were, 0 on a mismatch. */
static unsigned int run_next(struct run *run, unsigned int at)
{
	unsigned int nr = 1;
	bool same;

	if (op_is_guests(&run->ops[at])) {
		nr = list_length(run, at);
		same = run_guests(run, at, nr);
	} else {
		same = run_hosts(run, at);
	}
	run->unseen += nr;
	if (same && (run->strict || run->unseen >= STATE_INTERVAL ||
		     at + nr == run->nr))
		same = compare_states(run, at + nr - 1);
	return same ? nr : 0;
}

/**
 * run_sequence() - run it to its end or to the first mismatch
 * @ops: the operations
 * @nr: how many
 * @strict: compare everything after each
 * @failure: gets the mismatch, if there is one
 *
 * Return: operations that were run and compared.
 */
unsigned int run_sequence(const struct op *ops, unsigned int nr, bool strict,
			  struct failure *failure)
{
	struct run *run = calloc(1, sizeof(*run));
	unsigned int i, at = 0, done;

	if (!run)
		die("memory");
	run->ops = ops;
	run->nr = nr;
	run->strict = strict;
	run->failure = failure;
	memset(failure, 0, sizeof(*failure));
	plant_reset();
	watch_for_hangs();
	for (i = 0; i < NR_SIDES; i++)
		side_open(&run->sides[i], run_nodes[i]);
	while (at < nr && (done = run_next(run, at)))
		at += done;
	for (i = 0; i < NR_SIDES; i++)
		side_close(&run->sides[i]);
	alarm(0);
	free(run);
	return at;
}
