// SPDX-License-Identifier: GPL-2.0
/*
 * shrink.c - leaves out of a sequence that fails whatever it fails without:
 * halves, quarters and so on down to single operations, each tried on fresh
 * machines (delta debugging), until no single one can be left out. First as it
 * was found, which is faster, then strictly, which shows where it comes up.
 */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A mismatch that comes and goes must not keep us for ever. */
#define SECONDS		120

/**
 * struct shrinking - a sequence and its mismatch
 * @ops: the sequence
 * @nr: its length
 * @trial: room for a shorter one
 * @strict: run it so
 * @failure: of @ops
 * @until: when to be content
 */
struct shrinking {
	struct op *ops;
	unsigned int nr;
	struct op *trial;
	bool strict;
	struct failure *failure;
	time_t until;
};

static bool same_kind(const struct failure *a, const struct failure *b)
{
	return a->found && b->found && a->outcome == b->outcome &&
	       !strcmp(a->difference.key, b->difference.key);
}

/* Take @nr of the trial if they fail alike; what follows the mismatch goes. */
static bool try(struct shrinking *s, unsigned int nr)
{
	struct failure failure;

	run_sequence(s->trial, nr, s->strict, &failure);
	if (!same_kind(&failure, s->failure))
		return false;
	s->nr = failure.at + 1 < nr ? failure.at + 1 : nr;
	memcpy(s->ops, s->trial, s->nr * sizeof(*s->ops));
	*s->failure = failure;
	return true;
}

static bool try_without(struct shrinking *s, unsigned int at, unsigned int nr)
{
	unsigned int rest = s->nr - at - nr;

	memcpy(s->trial, s->ops, at * sizeof(*s->ops));
	memcpy(s->trial + at, s->ops + at + nr, rest * sizeof(*s->ops));
	return try(s, at + rest);
}

/* From the end on, since what comes first is most often needed. */
static bool pass(struct shrinking *s, unsigned int piece)
{
	bool better = false;
	unsigned int end = s->nr;

	while (end && time(NULL) < s->until) {
		unsigned int nr = piece < end ? piece : end;

		if (nr < s->nr && try_without(s, end - nr, nr))
			better = true;
		end -= nr;
		if (end > s->nr)
			end = s->nr;
	}
	return better;
}

static void pass_all(struct shrinking *s)
{
	unsigned int piece = s->nr / 2;

	while (piece && time(NULL) < s->until) {
		if (piece == 1) {
			if (!pass(s, 1))
				break;
		} else {
			pass(s, piece);
			piece /= 2;
		}
	}
}

/* Strict runs find the mismatch where it comes up, if they find it. */
static void try_strict(struct shrinking *s)
{
	struct failure failure;

	run_sequence(s->ops, s->nr, true, &failure);
	if (!failure.found)
		return;
	s->strict = true;
	*s->failure = failure;
	s->nr = failure.at + 1;
}

/**
 * shrink() - make a sequence that fails short
 * @ops: the sequence, becomes the short one
 * @nr: its length
 * @strict: becomes whether the short one is to be run so
 * @failure: its mismatch, becomes that of the short one
 *
 * Return: the new length.
 */
unsigned int shrink(struct op *ops, unsigned int nr, bool *strict,
		    struct failure *failure)
{
	struct shrinking s = {
		.ops = ops, .nr = nr, .failure = failure,
		.trial = malloc(nr * sizeof(*ops)),
		.until = time(NULL) + SECONDS,
	};

	if (!s.trial)
		die("memory");
	if (failure->at + 1 < s.nr)
		s.nr = failure->at + 1;
	pass_all(&s);
	try_strict(&s);
	pass_all(&s);
	free(s.trial);
	*strict = s.strict;
	return s.nr;
}
