/* SPDX-License-Identifier: GPL-2.0 */
/*
 * world.h - what the operations of a program work on: slots of files, memory
 * for arguments, the guest's memory. It belongs to the child that runs
 * programs, and is emptied after each.
 *
 * All threads of a program use it at once, without locks: that one thread
 * closes what another one is using is what is wanted.
 */
#ifndef VIC_FUZZ_WORLD_H
#define VIC_FUZZ_WORLD_H

#include "guest.h"
#include "program.h"

#include <pthread.h>

#define NR_NODES	2
#define NR_VMS		2
#define NR_VCPUS	4
#define NR_EVENTS	4
#define SCRATCH_SIZE	(256 << 10)

/* Descriptors of the fuzzer's own are above this; below all are the program's. */
#define FIRST_OWN_FD	600
#define FIRST_FD	3

/**
 * struct vcpu_slot - a vCPU, and its mapping if there is one
 */
struct vcpu_slot {
	struct vcpu vcpu;
	volatile int fd;
};

/**
 * struct world - see above
 * @path: of the node
 * @nodes: file descriptors, -1: none
 * @vms: likewise
 * @vcpus: likewise
 * @events: likewise
 * @guest: its memory, shared by all VMs; @guest.fd is not used
 * @threads: who runs now, to be signalled; 0 is the one that does dashed lines
 */
struct world {
	const char *path;
	volatile int nodes[NR_NODES];
	volatile int vms[NR_VMS];
	struct vcpu_slot vcpus[NR_VCPUS];
	volatile int events[NR_EVENTS];
	struct vm guest;
	pthread_t threads[MAX_THREADS + 1];
};

void world_make(struct world *world, const char *path);
void world_empty(struct world *world);

void thread_make_scratch(void);
void *scratch_for(size_t size, enum pointer pointer);

long issue(const struct call *call, int fd, unsigned long number, void *data,
	   size_t size);
long issue_value(const struct call *call, int fd, unsigned long number,
		 unsigned long value);

#endif /* VIC_FUZZ_WORLD_H */
