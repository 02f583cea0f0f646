/* SPDX-License-Identifier: GPL-2.0 */
/*
 * runner.h - runs programs in a child process, which is made anew when it dies,
 * hangs, or has run many.
 */
#ifndef VIC_FUZZ_RUNNER_H
#define VIC_FUZZ_RUNNER_H

#include "cover.h"
#include "program.h"

#include <sys/types.h>

#define MAX_OPS		96

/**
 * enum outcome - how a program ended
 * @OUTCOME_DONE: it came to its end
 * @OUTCOME_DIED: its process died, as it may: it unmaps what it stands on
 * @OUTCOME_HUNG: no end within the time, but its process could be killed
 * @OUTCOME_STUCK: its process could not even be killed
 */
enum outcome {
	OUTCOME_DONE,
	OUTCOME_DIED,
	OUTCOME_HUNG,
	OUTCOME_STUCK,
};

/**
 * struct shared - what the fuzzer and its child both see
 * @program: to be run
 * @cover: what it reached
 * @calls: per operation, how often it was made
 * @worked: per operation, how often without an error
 * @trace: print each operation's result
 */
struct shared {
	struct program program;
	struct cover cover;
	uint64_t calls[MAX_OPS];
	uint64_t worked[MAX_OPS];
	bool trace;
};

/**
 * struct runner - the child
 * @path: of the node
 * @shared: with the child
 * @pid: 0: there is none
 * @link: a byte to begin, a byte when done
 * @nr: programs that this child has run
 * @patience: seconds until a program counts as hung
 * @deaths: children that died by themselves
 */
struct runner {
	const char *path;
	struct shared *shared;
	pid_t pid;
	int link;
	unsigned int nr;
	unsigned int patience;
	unsigned int deaths;
};

void runner_init(struct runner *runner, const char *path);
enum outcome runner_run(struct runner *runner, const struct program *program);
void runner_end(struct runner *runner);

/* child.c */
void child_main(struct shared *shared, const char *path, int link)
	__attribute__((noreturn));

#endif /* VIC_FUZZ_RUNNER_H */
