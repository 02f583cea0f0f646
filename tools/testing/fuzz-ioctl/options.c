// SPDX-License-Identifier: GPL-2.0
/*
 * options.c - the command line of fuzz-ioctl.
 */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char usage[] =
"usage: fuzz-ioctl [OPTION...]\n"
"	--seconds N	how long (60)\n"
"	--seed N	of the random numbers (the time)\n"
"	--corpus DIR	begin with its programs\n"
"	--out DIR	where to write the corpus and programs that did harm\n"
"	--replay FILE	run the programs of a file instead, once each\n"
"	--times N	run each N times (with --replay)\n"
"	--trace		print what each operation answered\n"
"	--minimise	write to corpus/ of --out the fewest programs that reach as much\n"
"	--node PATH	another node\n"
"	--min-programs N, --min-functions N\n"
"			fail if fewer were run or reached; the latter needs KCOV\n"
"	--list		name the module's functions that were not reached\n"
"	--verbose	how often each operation worked\n";

struct options options = {
	.seconds = 60,
	.node = "/dev/virqchip",
	.times = 1,
};

enum option_number {
	OPTION_SECONDS, OPTION_SEED, OPTION_CORPUS, OPTION_OUT, OPTION_REPLAY,
	OPTION_TIMES, OPTION_TRACE, OPTION_MINIMISE, OPTION_NODE, OPTION_MIN_PROGRAMS,
	OPTION_MIN_FUNCTIONS, OPTION_LIST, OPTION_VERBOSE,
};

static const struct option long_options[] = {
	{ "seconds", required_argument, NULL, OPTION_SECONDS },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "corpus", required_argument, NULL, OPTION_CORPUS },
	{ "out", required_argument, NULL, OPTION_OUT },
	{ "replay", required_argument, NULL, OPTION_REPLAY },
	{ "times", required_argument, NULL, OPTION_TIMES },
	{ "trace", no_argument, NULL, OPTION_TRACE },
	{ "minimise", no_argument, NULL, OPTION_MINIMISE },
	{ "node", required_argument, NULL, OPTION_NODE },
	{ "min-programs", required_argument, NULL, OPTION_MIN_PROGRAMS },
	{ "min-functions", required_argument, NULL, OPTION_MIN_FUNCTIONS },
	{ "list", no_argument, NULL, OPTION_LIST },
	{ "verbose", no_argument, NULL, OPTION_VERBOSE },
	{ NULL, 0, NULL, 0 },
};

static void take_option(int option)
{
	switch (option) {
	case OPTION_SECONDS:
		options.seconds = strtoul(optarg, NULL, 0);
		break;
	case OPTION_SEED:
		options.seed = strtoull(optarg, NULL, 0);
		break;
	case OPTION_CORPUS:
		options.corpus = optarg;
		break;
	case OPTION_OUT:
		options.out = optarg;
		break;
	case OPTION_REPLAY:
		options.replay = optarg;
		break;
	case OPTION_TIMES:
		options.times = strtoul(optarg, NULL, 0);
		break;
	case OPTION_TRACE:
		options.trace = true;
		break;
	case OPTION_MINIMISE:
		options.minimise = true;
		break;
	case OPTION_NODE:
		options.node = optarg;
		break;
	case OPTION_MIN_PROGRAMS:
		options.min_programs = strtoul(optarg, NULL, 0);
		break;
	case OPTION_MIN_FUNCTIONS:
		options.min_functions = strtoul(optarg, NULL, 0);
		break;
	case OPTION_LIST:
		options.list = true;
		break;
	case OPTION_VERBOSE:
		options.verbose = true;
		break;
	default:
		fputs(usage, stderr);
		exit(2);
	}
}

/** options_take() - or say how it goes, and end */
void options_take(int argc, char **argv)
{
	int option;

	options.seed = time(NULL);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0)
		take_option(option);
}
