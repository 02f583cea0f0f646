// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz.c - the guest-side fuzzer: round after round (round.h), each from a seed
 * of its own, which is printed if the round fails.
 */
#define _GNU_SOURCE
#include "fuzz.h"
#include "report.h"
#include "round.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUND_MS	3000
#define PATIENCE	180	/* seconds for a round, on a slow emulator */
#define DUMP_PATIENCE	20	/* a vCPU's thread may stay in KVM_RUN */

static const char usage[] =
"usage: fuzz-guest [OPTION...]\n"
"	--seconds N	how long (60)\n"
"	--seed N	of the first round; each next one adds 1 (the time)\n"
"	--rounds N	so many rounds instead, for repeating one by its seed\n"
"	--vcpus N	1 to 4 (3)\n"
"	--node PATH	another node: /dev/kvm, to compare\n"
"	--min-lists N, --min-functions N\n"
"			fail if the guests came through fewer lists of operations,\n"
"			or fewer of the module's functions were reached (needs KCOV)\n"
"	--list		name the module's functions that were not reached\n";

static struct {
	unsigned int seconds;
	uint64_t seed;
	unsigned int rounds;
	unsigned int vcpus;
	unsigned int min_lists;
	unsigned int min_functions;
	bool list;
} options = { .seconds = 60, .vcpus = 3 };

/* Sums over all rounds. */
static struct {
	unsigned int rounds, dead, lists, runs, restarts, taken, ioctls, worked;
} sums;

static uint64_t seed;
static volatile const char *stage;
static struct round round;

/** fuzz_failed() - the round is lost: say how to have it again */
void fuzz_failed(void)
{
	printf("not ok 1 round of seed %llu: %s\n", (unsigned long long)seed,
	       stage);
	fflush(stdout);
	_exit(1);
}

/* Whatever the other threads are at: what can be said of the VM comes first. */
static void too_long(int number)
{
	static const char text[] = "# no end of the round within the time\n";

	(void)number;
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) > 0) {
		signal(SIGALRM, SIG_DFL);
		alarm(DUMP_PATIENCE);
		round_dump(&round);
		fuzz_failed();
	}
	_exit(1);
}

static void ignore_signal(int number)
{
	(void)number;
}

/* Out of KVM_RUN, so that the vCPU can be asked, and never into it again. */
static void stand_still(int number)
{
	(void)number;
	while (true)
		pause();
}

static void add_up(const struct round *round)
{
	unsigned int i;

	sums.rounds++;
	for (i = 0; i < round->nr_vcpus; i++) {
		sums.lists += round->hammerers[i].lists;
		sums.runs += round->hammerers[i].runs;
		sums.restarts += round->hammerers[i].restarts;
		sums.taken += round->hammerers[i].taken;
	}
	for (i = 0; i < NR_MEDDLERS; i++) {
		sums.ioctls += round->meddlers[i].ioctls;
		sums.worked += round->meddlers[i].worked;
	}
}

static void no_report(void)
{
	char line[256];

	if (!report_seen(line, sizeof(line)))
		return;
	printf("# kernel: %s\n", line);
	fuzz_failed();
}

static void one_round(void)
{
	alarm(PATIENCE);
	stage = "making a VM";
	round_make(&round, seed, options.vcpus);
	stage = "somebody made no progress";
	round_run(&round, ROUND_MS);
	if (round.dead) {
		sums.dead++;
	} else {
		stage = "resetting";
		round_reset(&round);
		stage = "a fresh interrupt has to arrive";
		round_check(&round);
	}
	stage = "the kernel reported a bug";
	no_report();
	add_up(&round);
	round_end(&round);
	alarm(0);
}

static void fuzz(void)
{
	time_t end = time(NULL) + options.seconds;

	for (seed = options.seed; options.rounds ? sums.rounds < options.rounds :
	     time(NULL) < end; seed++)
		one_round();
}

static bool result(unsigned int number, bool ok, const char *what)
{
	printf("%s %u %s\n", ok ? "ok" : "not ok", number, what);
	return ok;
}

static bool print_results(void)
{
	unsigned int all, nr = cover_functions(&all_cover, &all, options.list);
	bool ok = true;

	printf("# seeds from %llu: %u rounds (%u VMs given up by KVM), %u lists of operations, %u returns of KVM_RUN, %u restarts of guests, %u interrupts\n",
	       (unsigned long long)options.seed, sums.rounds, sums.dead,
	       sums.lists, sums.runs, sums.restarts, sums.taken);
	printf("# %u ioctls and writes beside them, %u of which worked\n",
	       sums.ioctls, sums.worked);
	if (cover_is_there())
		printf("# %u instructions in %u of %u functions\n",
		       cover_count(&all_cover), nr, all);
	ok &= result(1, sums.rounds > 2 * sums.dead, "everybody made progress, and fresh interrupts arrived after each round");
	ok &= result(2, sums.lists >= options.min_lists,
		     "guests came through their lists of operations");
	if (options.min_functions)
		ok &= result(3, nr >= options.min_functions,
			     "functions of the module were reached");
	return ok;
}

enum option_number {
	OPTION_SECONDS, OPTION_SEED, OPTION_ROUNDS, OPTION_VCPUS, OPTION_NODE,
	OPTION_MIN_LISTS, OPTION_MIN_FUNCTIONS, OPTION_LIST,
};

static const struct option long_options[] = {
	{ "seconds", required_argument, NULL, OPTION_SECONDS },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "rounds", required_argument, NULL, OPTION_ROUNDS },
	{ "vcpus", required_argument, NULL, OPTION_VCPUS },
	{ "node", required_argument, NULL, OPTION_NODE },
	{ "min-lists", required_argument, NULL, OPTION_MIN_LISTS },
	{ "min-functions", required_argument, NULL, OPTION_MIN_FUNCTIONS },
	{ "list", no_argument, NULL, OPTION_LIST },
	{ NULL, 0, NULL, 0 },
};

static void bad_usage(void)
{
	fputs(usage, stderr);
	exit(2);
}

static void take_option(int option)
{
	switch (option) {
	case OPTION_SECONDS:
		options.seconds = strtoul(optarg, NULL, 0);
		break;
	case OPTION_SEED:
		options.seed = strtoull(optarg, NULL, 0);
		break;
	case OPTION_ROUNDS:
		options.rounds = strtoul(optarg, NULL, 0);
		break;
	case OPTION_VCPUS:
		options.vcpus = strtoul(optarg, NULL, 0);
		break;
	case OPTION_NODE:
		judge_use_node(optarg);
		break;
	case OPTION_MIN_LISTS:
		options.min_lists = strtoul(optarg, NULL, 0);
		break;
	case OPTION_MIN_FUNCTIONS:
		options.min_functions = strtoul(optarg, NULL, 0);
		break;
	case OPTION_LIST:
		options.list = true;
		break;
	default:
		bad_usage();
	}
}

int main(int argc, char **argv)
{
	struct sigaction ignore = { .sa_handler = ignore_signal };
	struct sigaction end = { .sa_handler = too_long };
	struct sigaction still = { .sa_handler = stand_still };
	int option;

	options.seed = time(NULL);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0)
		take_option(option);
	if (!options.vcpus || options.vcpus > MAX_VCPUS)
		bad_usage();
	sigaction(SIGUSR1, &ignore, NULL);
	sigaction(SIGALRM, &end, NULL);
	sigaction(SIGUSR2, &still, NULL);
	cover_find_module();
	report_watch();
	printf("TAP version 13\n1..%u\n# seed %llu\n",
	       options.min_functions ? 3 : 2, (unsigned long long)options.seed);
	if (!cover_is_there())
		printf("# no KCOV in this kernel: nothing tells what was reached\n");
	fflush(stdout);
	fuzz();
	return print_results() ? 0 : 1;
}
