/* SPDX-License-Identifier: GPL-2.0 */
/*
 * run.h - one sequence, on two fresh machines, compared.
 */
#ifndef FUZZ_RUN_H
#define FUZZ_RUN_H

#include "state.h"

/**
 * struct failure - the first mismatch
 * @found: there is one
 * @at: index of the operation; for a state, of the last one before it was read
 * @outcome: it was in the operation's outcome, else in the state after it
 * @outcomes: of the two sides then
 * @difference: where
 */
struct failure {
	bool found;
	unsigned int at;
	bool outcome;
	struct outcome outcomes[NR_SIDES];
	struct difference difference;
};

extern const char *run_nodes[NR_SIDES];

unsigned int run_sequence(const struct op *ops, unsigned int nr, bool strict,
			  struct failure *failure);

#endif /* FUZZ_RUN_H */
