// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz-diff - the same random operations on KVM's chips and on the module's, in
 * the same boot, and whatever can be seen compared.
 *
 *	fuzz-diff [--seed N] [--round N] [--steps N] [--seconds N] [--length N]
 *	          [--failures N] [--plant NAME] [--nodes NODE,NODE]
 *
 * A round is a sequence of --length operations on two fresh machines. A seed
 * and a round make a sequence; --round N does that one alone, and prints it if
 * it fails. Ends after --steps operations, or --seconds, or --failures
 * mismatches (1), which it shrinks and prints. --plant falsifies one side, see
 * plant.c. --nodes compares others, for instance KVM with itself.
 *
 * Each side does one thing at a time, so a bug of either comes again when its
 * round does. A mismatch that does not, in TRIES, is printed and counted as well,
 * but cannot be shrunk.
 *
 * Status: 0 all the same, 1 mismatches, 2 usage, 3 the tool could not go on.
 */
#define _GNU_SOURCE
#include "barrier.h"
#include "generate.h"
#include "plant.h"
#include "random.h"
#include "run.h"
#include "shrink.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define DEFAULT_STEPS	100000
#define DEFAULT_LENGTH	2000
#define TRIES		3

/**
 * struct options - the command line
 * @seed: of all rounds
 * @round: the one to do, or -1
 * @steps: how many at least
 * @seconds: how long at most; 0: no limit
 * @length: of a round
 * @failures: how many are enough
 */
struct options {
	uint64_t seed;
	long long round;
	unsigned long long steps;
	unsigned long long seconds;
	unsigned int length;
	unsigned int failures;
	const char *plant;
};

/**
 * struct tally - what came of it
 * @steps: that were done and compared
 * @failures: mismatches
 */
struct tally {
	unsigned long long steps;
	unsigned int failures;
};

static void usage(void)
{
	fprintf(stderr, "usage: fuzz-diff [--seed N] [--round N] [--steps N] [--seconds N] [--length N] [--failures N] [--plant NAME] [--nodes NODE,NODE]\n");
	exit(2);
}

static void take_nodes(char *both)
{
	char *second = strchr(both, ',');

	if (!second)
		usage();
	*second++ = '\0';
	run_nodes[0] = both;
	run_nodes[1] = second;
}

static void parse(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{ "seed", 1, NULL, 's' }, { "round", 1, NULL, 'r' },
		{ "steps", 1, NULL, 'n' }, { "seconds", 1, NULL, 't' },
		{ "length", 1, NULL, 'l' }, { "failures", 1, NULL, 'f' },
		{ "plant", 1, NULL, 'p' }, { "nodes", 1, NULL, 'd' }, { },
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "", known, NULL)) >= 0)
		switch (letter) {
		case 's':
			o->seed = strtoull(optarg, NULL, 0);
			break;
		case 'r':
			o->round = strtoll(optarg, NULL, 0);
			break;
		case 'n':
			o->steps = strtoull(optarg, NULL, 0);
			break;
		case 't':
			o->seconds = strtoull(optarg, NULL, 0);
			break;
		case 'l':
			o->length = strtoul(optarg, NULL, 0);
			break;
		case 'f':
			o->failures = strtoul(optarg, NULL, 0);
			break;
		case 'p':
			o->plant = optarg;
			break;
		case 'd':
			take_nodes(optarg);
			break;
		default:
			usage();
		}
	if (optind < argc || !o->length || !o->steps || !o->failures ||
	    (o->plant && !plant_choose(o->plant)))
		usage();
}

static void print_sides(const struct failure *failure)
{
	unsigned int i;

	if (!failure->outcome) {
		printf("#   then %s\n", failure->difference.text);
		printf("#   of %s and %s\n", run_nodes[0], run_nodes[1]);
		return;
	}
	for (i = 0; i < NR_SIDES; i++) {
		printf("#   %s: ", run_nodes[i]);
		outcome_print(stdout, &failure->outcomes[i]);
		printf("\n");
	}
}

static void print_failure(const struct op *ops, unsigned int nr, bool strict,
			  const struct failure *failure)
{
	unsigned int i;

	printf("# shrunk to %u steps%s\n", nr,
	       strict ? "" : " (guest operations in one KVM_RUN)");
	for (i = 0; i < nr; i++) {
		printf("#   %2u  ", i + 1);
		op_print(stdout, &ops[i]);
		printf("\n");
	}
	print_sides(failure);
}

static void print_mismatch(const struct options *o, long long round,
			   const struct failure *failure)
{
	printf("# mismatch at step %u of seed %#llx round %lld: %s\n",
	       failure->at, (unsigned long long)o->seed, round,
	       failure->outcome ? failure->difference.key :
				  failure->difference.text);
	printf("# again: fuzz-diff --seed %#llx --round %lld --length %u%s%s\n",
	       (unsigned long long)o->seed, round, o->length,
	       o->plant ? " --plant " : "", o->plant ?: "");
	fflush(stdout);
}

static bool comes_again(const struct options *o, const struct op *ops,
			const struct failure *failure)
{
	struct failure again;
	unsigned int try;

	for (try = 0; try < TRIES; try++) {
		run_sequence(ops, o->length, false, &again);
		if (again.found && again.at == failure->at)
			return true;
	}
	return false;
}

static void handle_failure(const struct options *o, long long round,
			   struct op *ops, struct failure *failure,
			   struct tally *tally)
{
	bool strict = false;
	unsigned int nr;

	print_mismatch(o, round, failure);
	tally->failures++;
	if (!comes_again(o, ops, failure)) {
		print_sides(failure);
		printf("# not again in %d tries\n", TRIES);
		fflush(stdout);
		return;
	}
	nr = shrink(ops, o->length, &strict, failure);
	print_failure(ops, nr, strict, failure);
	fflush(stdout);
}

/* Hashed twice, so that neighbouring seeds share no rounds. */
static uint64_t seed_of_round(uint64_t seed, long long round)
{
	struct random random = { seed };

	random.state = random_next(&random) + round;
	return random_next(&random);
}

static void do_round(const struct options *o, long long round,
		     struct op *ops, struct tally *tally)
{
	struct failure failure;

	generate(seed_of_round(o->seed, round), ops, o->length);
	tally->steps += run_sequence(ops, o->length, false, &failure);
	if (failure.found)
		handle_failure(o, round, ops, &failure, tally);
}

static uint64_t fresh_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		die("getrandom");
	return seed;
}

static bool goes_on(const struct options *o, const struct tally *tally,
		    time_t begin)
{
	if (tally->failures >= o->failures || tally->steps >= o->steps)
		return false;
	return !o->seconds || (unsigned long long)(time(NULL) - begin) < o->seconds;
}

int main(int argc, char **argv)
{
	struct options o = {
		.seed = fresh_seed(), .round = -1, .steps = DEFAULT_STEPS,
		.length = DEFAULT_LENGTH, .failures = 1,
	};
	struct tally tally = { 0 };
	time_t begin = time(NULL);
	long long round = 0;
	struct op *ops;

	parse(argc, argv, &o);
	ops = calloc(o.length, sizeof(*ops));
	if (!ops)
		die("memory");
	barrier_open();
	printf("# seed %#llx\n", (unsigned long long)o.seed);
	fflush(stdout);
	if (o.round >= 0)
		do_round(&o, o.round, ops, &tally);
	else
		for (; goes_on(&o, &tally, begin); round++)
			do_round(&o, round, ops, &tally);
	printf("# %llu steps, %u mismatches, %lld seconds\n", tally.steps,
	       tally.failures, (long long)(time(NULL) - begin));
	return tally.failures != 0;
}
