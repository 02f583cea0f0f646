// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz.c - the ioctl fuzzer: makes programs (program.h), runs them against the
 * node, and keeps those that reach new code of the module. See options.c.
 */
#define _GNU_SOURCE
#include "corpus.h"
#include "cover.h"
#include "ops.h"
#include "options.h"
#include "report.h"
#include "runner.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STATUS_EVERY	30

static struct runner runner;
static struct corpus corpus;
static struct cover all;
static struct random dice;
static unsigned int nr_run;
static unsigned int nr_hung;
static unsigned int nr_reports;
static bool stuck;
static int last_fd = -1;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* ---- what did harm --------------------------------------------------- */

static void save_culprit(const struct program *program, const char *what)
{
	char path[4096];
	FILE *file;

	printf("# %s by this program (seed %llu, number %u):\n", what,
	       (unsigned long long)options.seed, nr_run);
	program_print(stdout, program);
	fflush(stdout);
	if (!options.out)
		return;
	snprintf(path, sizeof(path), "%s/%s-%u", options.out, what, nr_run);
	file = fopen(path, "we");
	if (file) {
		program_print(file, program);
		fclose(file);
	}
}

/* If the kernel panics this is all that is left: written through, each time. */
static void note_last(const struct program *program)
{
	char text[16384];
	FILE *file;

	if (last_fd < 0)
		return;
	file = fmemopen(text, sizeof(text), "w");
	program_print(file, program);
	fclose(file);
	if (ftruncate(last_fd, 0) ||
	    pwrite(last_fd, text, strnlen(text, sizeof(text)), 0) < 0)
		perror("# fuzz-ioctl: the last program");
}

static void run(const struct program *program)
{
	char line[256];

	note_last(program);
	nr_run++;
	switch (runner_run(&runner, program)) {
	case OUTCOME_HUNG:
		nr_hung++;
		save_culprit(program, "hang");
		break;
	case OUTCOME_STUCK:
		stuck = true;
		save_culprit(program, "stuck");
		break;
	default:
		break;
	}
	if (report_seen(line, sizeof(line))) {
		nr_reports++;
		printf("# kernel: %s\n", line);
		save_culprit(program, "report");
	}
}

/* ---- keeping --------------------------------------------------------- */

/* Leave out what the new places do not need. */
static void trim(struct program *program, const struct cover *fresh)
{
	unsigned int i = program->nr;

	while (i-- && program->nr > 1) {
		struct program shorter = *program;

		program_remove(&shorter, i);
		run(&shorter);
		if (cover_contains(&runner.shared->cover, fresh))
			*program = shorter;
	}
}

static void keep_if_new(struct program *program)
{
	static struct cover fresh;

	if (!cover_adds(&all, &runner.shared->cover))
		return;
	fresh = runner.shared->cover;
	cover_subtract(&fresh, &all);
	cover_add(&all, &fresh);
	trim(program, &fresh);
	cover_add(&all, &runner.shared->cover);
	corpus_add(&corpus, program);
}

static const struct program *any_of_corpus(void)
{
	return &corpus.programs[random_below(&dice, corpus.nr)];
}

static void try_one(void)
{
	struct program program;

	if (!corpus.nr || random_percent(&dice, 10)) {
		program_make(&dice, &program);
	} else {
		program = *any_of_corpus();
		program_mutate(&dice, &program, any_of_corpus());
	}
	if (!program.nr)
		return;
	run(&program);
	keep_if_new(&program);
}

static void print_status(uint64_t began)
{
	unsigned int functions, nr;

	nr = cover_functions(&all, &functions, false);
	printf("# %llu s: %u programs, %u in the corpus, %u deaths, %u hangs, %u reports",
	       (unsigned long long)(now() - began), nr_run, corpus.nr,
	       runner.deaths, nr_hung, nr_reports);
	if (cover_is_there())
		printf(", %u instructions in %u of %u functions",
		       cover_count(&all), nr, functions);
	printf("\n");
	fflush(stdout);
}

static void write_corpus(void)
{
	char path[4096];

	if (!options.out)
		return;
	snprintf(path, sizeof(path), "%s/corpus", options.out);
	corpus_write(&corpus, path);
}

static void fuzz(void)
{
	uint64_t began = now(), shown = began;
	unsigned int i, nr = corpus.nr;

	for (i = 0; i < nr && !stuck && now() < began + options.seconds; i++) {
		run(&corpus.programs[i]);
		cover_add(&all, &runner.shared->cover);
	}
	while (now() < began + options.seconds && !stuck && !nr_reports) {
		try_one();
		if (now() >= shown + STATUS_EVERY) {
			shown = now();
			print_status(began);
			write_corpus();
		}
	}
	print_status(began);
}

/* ---- other ways to run ----------------------------------------------- */

static void replay(void)
{
	unsigned int i, time;

	for (i = 0; i < corpus.nr; i++) {
		for (time = 0; time < options.times && !stuck; time++) {
			run(&corpus.programs[i]);
			cover_add(&all, &runner.shared->cover);
		}
	}
}

/* Greedy: always the one that adds most. What threads race for may vary. */
static void minimise(void)
{
	struct cover *covers = calloc(corpus.nr, sizeof(*covers));
	struct corpus smaller = { 0 };
	unsigned int i, best = 0, adds;

	for (i = 0; i < corpus.nr && !stuck; i++) {
		run(&corpus.programs[i]);
		covers[i] = runner.shared->cover;
	}
	do {
		unsigned int most = 0;

		for (i = 0; i < corpus.nr; i++) {
			cover_subtract(&covers[i], &all);
			adds = cover_count(&covers[i]);
			if (adds > most) {
				most = adds;
				best = i;
			}
		}
		if (!most)
			break;
		cover_add(&all, &covers[best]);
		corpus_add(&smaller, &corpus.programs[best]);
	} while (true);
	free(covers);
	corpus = smaller;
}

/* ---- results --------------------------------------------------------- */

static bool result(unsigned int number, bool ok, const char *what)
{
	printf("%s %u %s\n", ok ? "ok" : "not ok", number, what);
	return ok;
}

static bool functions_result(unsigned int number)
{
	unsigned int functions, nr = cover_functions(&all, &functions,
						     options.list);

	printf("# %u instructions in %u of %u functions\n", cover_count(&all),
	       nr, functions);
	return result(number, nr >= options.min_functions,
		      "functions of the module were reached");
}

static bool print_results(void)
{
	bool ok = true;

	printf("TAP version 13\n1..%u\n", options.min_functions ? 4 : 3);
	printf("# seed %llu: %u programs, %u children died, corpus of %u\n",
	       (unsigned long long)options.seed, nr_run, runner.deaths,
	       corpus.nr);
	if (!cover_is_there())
		printf("# no KCOV in this kernel: programs are random, nothing tells which are new\n");
	ok &= result(1, nr_run >= options.min_programs, "programs were run");
	ok &= result(2, !nr_reports, "the kernel reported nothing");
	ok &= result(3, !nr_hung && !stuck, "no program hung");
	if (options.min_functions)
		ok &= functions_result(4);
	else if (options.list)
		cover_functions(&all, &(unsigned int){ 0 }, true);
	return ok;
}

static void print_operations(void)
{
	unsigned int i;

	for (i = 0; i < nr_ops; i++)
		printf("# %-20s %8llu of %8llu worked\n", ops[i].name,
		       (unsigned long long)runner.shared->worked[i],
		       (unsigned long long)runner.shared->calls[i]);
}

static void open_out(void)
{
	char path[4096];

	if (!options.out)
		return;
	mkdir(options.out, 0777);
	snprintf(path, sizeof(path), "%s/last", options.out);
	last_fd = open(path, O_WRONLY | O_CREAT | O_DSYNC | O_CLOEXEC, 0666);
}

int main(int argc, char **argv)
{
	options_take(argc, argv);
	if (access(options.node, R_OK | W_OK)) {
		fprintf(stderr, "fuzz-ioctl: %s: %m\n", options.node);
		return 2;
	}
	open_out();
	cover_find_module();
	report_watch();
	random_seed(&dice, options.seed);
	runner_init(&runner, options.node);
	runner.shared->trace = options.trace;
	if (options.corpus)
		corpus_read(&corpus, options.corpus);
	if (options.replay)
		corpus_read_file(&corpus, options.replay);
	printf("# seed %llu, %u programs to begin with\n",
	       (unsigned long long)options.seed, corpus.nr);
	fflush(stdout);
	if (options.replay)
		replay();
	else if (options.minimise)
		minimise();
	else
		fuzz();
	runner_end(&runner);
	write_corpus();
	if (options.verbose)
		print_operations();
	return print_results() ? 0 : 1;
}
