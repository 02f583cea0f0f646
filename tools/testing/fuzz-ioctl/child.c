// SPDX-License-Identifier: GPL-2.0
/*
 * child.c - the process that runs programs: one thread for the dashed lines,
 * and for each number one more, which waits until it is wanted.
 *
 * A ticker signals whoever has been in one operation for long, so that a thread
 * that waits in KVM_RUN for an interrupt that will not come goes on. Not more
 * often: where a kernel is slow, making a VM takes long and can be interrupted.
 */
#define _GNU_SOURCE
#include "runner.h"
#include "hammer.h"
#include "ops.h"
#include "world.h"

#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#define TICK_US		50000

static struct shared *shared;
static struct world world;
static sem_t begin[MAX_THREADS + 1];
static sem_t done;

/* Per thread, counts beginnings and ends of operations: odd is inside one. */
static volatile unsigned int steps[MAX_THREADS + 1];

static void ignore_signal(int number)
{
	(void)number;
}

static void trace(const struct call *call, long result)
{
	printf("# %u %s: %ld\n", call->thread, ops[call->op].name, result);
	fflush(stdout);
}

static void run_call(const struct call *call)
{
	long result;

	steps[call->thread]++;
	result = ops[call->op].run(&world, call);
	steps[call->thread]++;
	if (shared->trace)
		trace(call, result);
	__atomic_add_fetch(&shared->calls[call->op], 1, __ATOMIC_RELAXED);
	if (result >= 0)
		__atomic_add_fetch(&shared->worked[call->op], 1,
				   __ATOMIC_RELAXED);
	cover_collect(&shared->cover);
}

static bool run_lines(const struct program *program, unsigned int thread)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < program->nr; i++) {
		if (program->calls[i].thread != thread)
			continue;
		run_call(&program->calls[i]);
		any = true;
	}
	return any;
}

static void prepare_thread(unsigned int thread)
{
	world.threads[thread] = pthread_self();
	thread_make_scratch();
	cover_open(FIRST_OWN_FD);
}

static void *thread_main(void *data)
{
	unsigned int thread = (uintptr_t)data;

	prepare_thread(thread);
	sem_post(&done);
	for (;;) {
		const struct program *program = &shared->program;
		unsigned int round;

		while (sem_wait(&begin[thread]))
			;
		cover_begin();
		for (round = 0; round < program->rounds; round++)
			if (!run_lines(program, thread))
				break;
		sem_post(&done);
	}
	return NULL;
}

static void *ticker_main(void *data)
{
	unsigned int seen[MAX_THREADS + 1] = { 0 };
	unsigned int thread;

	for (;;) {
		usleep(TICK_US);
		for (thread = 0; thread <= MAX_THREADS; thread++) {
			unsigned int now = steps[thread];

			if (now % 2 && now == seen[thread])
				pthread_kill(world.threads[thread], SIGUSR1);
			seen[thread] = now;
		}
	}
	return data;
}

static void wait_for_all(void)
{
	unsigned int thread;

	for (thread = 1; thread <= MAX_THREADS; thread++)
		while (sem_wait(&done))
			;
}

static bool has_threads(const struct program *program)
{
	unsigned int i;

	for (i = 0; i < program->nr; i++)
		if (program->calls[i].thread)
			return true;
	return false;
}

static void run_program(const struct program *program)
{
	unsigned int thread;

	cover_begin();
	run_lines(program, 0);
	if (has_threads(program)) {
		for (thread = 1; thread <= MAX_THREADS; thread++)
			sem_post(&begin[thread]);
		wait_for_all();
	}
	/* What closing reaches counts as well. */
	cover_begin();
	world_empty(&world);
	cover_collect(&shared->cover);
}

static void start_thread(void *(*main)(void *), unsigned int thread)
{
	pthread_t id;

	if (pthread_create(&id, NULL, main, (void *)(uintptr_t)thread))
		exit(1);
	pthread_detach(id);
}

static void start_threads(void)
{
	unsigned int thread;

	sem_init(&done, 0, 0);
	for (thread = 1; thread <= MAX_THREADS; thread++) {
		sem_init(&begin[thread], 0, 0);
		start_thread(thread_main, thread);
	}
	wait_for_all();
	start_thread(ticker_main, 0);
}

/* Nothing of the fuzzer's own where programs close and replace descriptors. */
static int move_up(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_OWN_FD);

	if (high < 0)
		exit(1);
	return high;
}

/** child_main() - run what @shared holds whenever @link says so */
void child_main(struct shared *with, const char *path, int link)
{
	struct sigaction action = { .sa_handler = ignore_signal };
	char byte;

	shared = with;
	world_make(&world, path);
	link = move_up(link);
	close_range(FIRST_FD, FIRST_OWN_FD - 1, 0);
	sigaction(SIGUSR1, &action, NULL);
	hammer_load(&world.guest);
	prepare_thread(0);
	start_threads();
	while (read(link, &byte, 1) == 1) {
		run_program(&shared->program);
		if (write(link, &byte, 1) != 1)
			break;
	}
	_exit(0);
}
