/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stress.h - races by design: threads that each do one thing over and over, for
 * a number of rounds that is small by default. STRESS=N in the environment
 * multiplies it, and the time that a test may take.
 */
#ifndef VIC_TEST_STRESS_H
#define VIC_TEST_STRESS_H

#include <pthread.h>
#include <stdbool.h>

#define GANG_MAX	8

/**
 * struct gang - threads that go on until they are told to stop
 * @stop: tells them
 * @nr: how many there are
 * @members: what each does
 */
struct gang {
	volatile bool stop;
	unsigned int nr;
	struct gang_member {
		struct gang *gang;
		void (*once)(void *data);
		void *data;
		pthread_t thread;
		volatile unsigned long rounds;
	} members[GANG_MAX];
};

unsigned int stress_rounds(unsigned int rounds);
void stress_pause(unsigned int max_us);

void gang_add(struct gang *gang, void (*once)(void *data), void *data);
void gang_disband(struct gang *gang);

#endif /* VIC_TEST_STRESS_H */
