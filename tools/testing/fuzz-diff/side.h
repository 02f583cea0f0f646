/* SPDX-License-Identifier: GPL-2.0 */
/*
 * side.h - one of the two machines that are compared: a VM with chips, two
 * vCPUs and eventfds, on one node.
 */
#ifndef FUZZ_SIDE_H
#define FUZZ_SIDE_H

#include "op.h"

#include <linux/kvm.h>
#include <stddef.h>

#define NR_SIDES	2
#define NR_VCPUS	2
#define NR_EVENTS	6
#define NR_RESAMPLES	3
#define MAX_ROUTES	64

/**
 * struct side - one machine
 * @name: for the reader
 * @dev: the node
 * @vm: the VM's file
 * @ram: guest memory from 0
 * @vcpus: files
 * @runs: mapped struct kvm_run of each
 * @run_size: length of the mapping
 * @events: eventfds for irqfds
 * @resamples: eventfds for acknowledgements
 * @acks: what was read from them, in all
 * @assigned: whether an eventfd has an irqfd
 * @gsis: of that one
 * @work_queue: irqfds may be injected by the kernel's work queue
 */
struct side {
	const char *name;
	int dev;
	int vm;
	unsigned char *ram;
	int vcpus[NR_VCPUS];
	struct kvm_run *runs[NR_VCPUS];
	size_t run_size;
	int events[NR_EVENTS];
	int resamples[NR_RESAMPLES];
	uint64_t acks[NR_RESAMPLES];
	bool assigned[NR_EVENTS];
	uint32_t gsis[NR_EVENTS];
	bool work_queue;
};

int side_ioctl(int fd, unsigned long number, void *argument);
void side_open(struct side *side, const char *node);
void side_close(struct side *side);
void side_do(struct side *side, const struct op *op, struct outcome *outcome);
void die(const char *what) __attribute__((noreturn));

#endif /* FUZZ_SIDE_H */
