// SPDX-License-Identifier: GPL-2.0
/*
 * runner.c - the fuzzer's side of the child. See runner.h.
 */
#define _GNU_SOURCE
#include "runner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A child's address space wears out: programs unmap and cover parts of it. */
#define PROGRAMS_PER_CHILD	300

/** runner_init() - no child yet */
void runner_init(struct runner *runner, const char *path)
{
	memset(runner, 0, sizeof(*runner));
	runner->path = path;
	runner->patience = 120;
	runner->shared = mmap(NULL, sizeof(*runner->shared),
			      PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (runner->shared == MAP_FAILED) {
		perror("fuzz-ioctl: shared memory");
		exit(1);
	}
	signal(SIGPIPE, SIG_IGN);
}

static void start(struct runner *runner)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
		perror("fuzz-ioctl: socketpair");
		exit(1);
	}
	fflush(NULL);
	runner->pid = fork();
	if (runner->pid < 0) {
		perror("fuzz-ioctl: fork");
		exit(1);
	}
	if (!runner->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		child_main(runner->shared, runner->path, ends[1]);
	}
	close(ends[1]);
	runner->link = ends[0];
	runner->nr = 0;
}

/* Where a process that will not die is, for whoever reads this. */
static void print_stacks(pid_t pid)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "cd /proc/%d/task && head -n 40 */wchan */stack | sed 's/^/# /'",
		 pid);
	if (system(command))
		printf("# no stacks\n");
}

/* True if it ended within the time. */
static bool reap(struct runner *runner, unsigned int seconds)
{
	unsigned int tries = seconds * 100;
	pid_t pid;

	while ((pid = waitpid(runner->pid, NULL, WNOHANG)) == 0 && tries--)
		usleep(10000);
	return pid;
}

static enum outcome bury(struct runner *runner, enum outcome outcome)
{
	kill(runner->pid, SIGKILL);
	if (!reap(runner, runner->patience)) {
		print_stacks(runner->pid);
		outcome = OUTCOME_STUCK;
	}
	close(runner->link);
	runner->pid = 0;
	return outcome;
}

/** runner_end() - no child any more */
void runner_end(struct runner *runner)
{
	if (runner->pid)
		bury(runner, OUTCOME_DONE);
}

static enum outcome wait_for_end(struct runner *runner)
{
	struct pollfd item = { .fd = runner->link, .events = POLLIN };
	char byte;

	if (poll(&item, 1, runner->patience * 1000) <= 0) {
		print_stacks(runner->pid);
		return bury(runner, OUTCOME_HUNG);
	}
	if (read(runner->link, &byte, 1) == 1)
		return OUTCOME_DONE;
	runner->deaths++;
	return bury(runner, OUTCOME_DIED);
}

/**
 * runner_run() - run a program
 * @runner: its shared memory then says what was reached
 * @program: which
 */
enum outcome runner_run(struct runner *runner, const struct program *program)
{
	if (runner->pid && runner->nr >= PROGRAMS_PER_CHILD)
		runner_end(runner);
	if (!runner->pid)
		start(runner);
	runner->nr++;
	runner->shared->program = *program;
	memset(&runner->shared->cover, 0, sizeof(runner->shared->cover));
	if (write(runner->link, "g", 1) != 1)
		return bury(runner, OUTCOME_DIED);
	return wait_for_end(runner);
}
