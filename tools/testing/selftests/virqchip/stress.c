// SPDX-License-Identifier: GPL-2.0
/*
 * stress.c - threads for races. See stress.h.
 */
#define _GNU_SOURCE
#include "stress.h"
#include "harness.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Seconds that a stress test may take, per unit of STRESS. */
#define STRESS_TIMEOUT	300

/** stress_rounds() - how many rounds to do, where @rounds is the short way */
unsigned int stress_rounds(unsigned int rounds)
{
	const char *env = getenv("STRESS");
	unsigned int factor = env ? strtoul(env, NULL, 10) : 1;

	if (!factor)
		factor = 1;
	alarm(STRESS_TIMEOUT * factor * test_slowness());
	return rounds * factor;
}

/** stress_pause() - wait for a random time below @max_us */
void stress_pause(unsigned int max_us)
{
	struct timespec time = { .tv_nsec = random() % max_us * 1000L };

	nanosleep(&time, NULL);
}

/* Signals are for the main thread. */
static void *gang_thread(void *data)
{
	struct gang_member *member = data;
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	while (!member->gang->stop) {
		member->once(member->data);
		member->rounds++;
	}
	return NULL;
}

/** gang_add() - one more thread, which does @once until gang_disband() */
void gang_add(struct gang *gang, void (*once)(void *data), void *data)
{
	struct gang_member *member = &gang->members[gang->nr++];

	ASSERT_LE(gang->nr, GANG_MAX);
	*member = (struct gang_member) {
		.gang = gang, .once = once, .data = data,
	};
	ASSERT_EQ(0, pthread_create(&member->thread, NULL, gang_thread,
				    member));
}

/** gang_disband() - let each thread do something at least, then end them all */
void gang_disband(struct gang *gang)
{
	unsigned int i;

	for (i = 0; i < gang->nr; i++)
		while (!gang->members[i].rounds)
			usleep(100);
	gang->stop = true;
	for (i = 0; i < gang->nr; i++)
		ASSERT_EQ(0, pthread_join(gang->members[i].thread, NULL));
	gang->nr = 0;
	gang->stop = false;
}
