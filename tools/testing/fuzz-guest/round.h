/* SPDX-License-Identifier: GPL-2.0 */
/*
 * round.h - one round: a VM whose vCPUs hammer the chips from within while
 * threads of the VMM meddle from outside; then everything is reset, and a fresh
 * interrupt has to arrive on each vCPU by every way.
 */
#ifndef VIC_FUZZ_ROUND_H
#define VIC_FUZZ_ROUND_H

#include "cover.h"
#include "guest.h"
#include "random.h"

#define MAX_VCPUS	4
#define NR_MEDDLERS	2
#define NR_EVENTS	4

struct round;

/**
 * struct hammerer - a vCPU and its thread
 * @round: whose
 * @vcpu: which
 * @thread: runs it
 * @random: of this thread alone
 * @sregs: as they were before anything ran
 * @lapic: likewise
 * @lists: of operations that the guest came to the end of
 * @runs: returns of KVM_RUN
 * @restarts: the guest had lost its way and was set to its beginning
 * @taken: interrupts, before each restart and at the end
 */
struct hammerer {
	struct round *round;
	struct vcpu *vcpu;
	pthread_t thread;
	struct random random;
	struct kvm_sregs sregs;
	struct kvm_lapic_state lapic;
	volatile unsigned int lists;
	unsigned int runs;
	unsigned int restarts;
	unsigned int taken;
};

/**
 * struct meddler - a thread of the VMM's
 * @round: whose
 * @thread: its id
 * @random: of this thread alone
 * @ioctls: made so far
 * @worked: those that did not fail
 */
struct meddler {
	struct round *round;
	pthread_t thread;
	struct random random;
	unsigned int ioctls;
	unsigned int worked;
};

/**
 * struct round - see above
 * @vm: the VM
 * @nr_vcpus: how many
 * @hammerers: one a vCPU
 * @meddlers: the threads beside them
 * @kicker: signals vCPUs' threads
 * @events: eventfds, bound and unbound by meddlers
 * @chips: saved before anything ran
 * @pit: likewise
 * @stop: all threads shall end
 * @dead: KVM has given the VM up, because of what its guest did in system
 *	management mode; nothing can be checked then
 * @waiting: a vCPU whose thread waits for a fresh interrupt
 * @way: by which way that shall come
 */
struct round {
	struct vm vm;
	unsigned int nr_vcpus;
	struct hammerer hammerers[MAX_VCPUS];
	struct meddler meddlers[NR_MEDDLERS];
	pthread_t kicker;
	int events[NR_EVENTS];
	struct kvm_irqchip chips[3];
	struct kvm_pit_state2 pit;
	volatile bool stop;
	volatile bool dead;
	struct vcpu *volatile waiting;
	const char *volatile way;
};

/** all_cover - what was reached in the module by all threads of all rounds */
extern struct cover all_cover;

void round_make(struct round *round, uint64_t seed, unsigned int nr_vcpus);
void round_run(struct round *round, unsigned int milliseconds);
void round_reset(struct round *round);
void round_check(struct round *round);
void round_end(struct round *round);

/* dump.c */
void round_dump(struct round *round);

/* meddle.c */
void meddle_once(struct meddler *meddler);

/* hammer_vcpu.c */
void *hammer_main(void *data);
void hammer_restart(struct hammerer *hammerer);

#endif /* VIC_FUZZ_ROUND_H */
