// SPDX-License-Identifier: GPL-2.0
/*
 * world.c - slots, memory for arguments, and ioctls made in unusual ways. See
 * world.h.
 */
#define _GNU_SOURCE
#include "world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE		4096
#define MAX_FDS		1024
#define NR_IOCTL_32	54	/* 32-bit x86's number of ioctl() */
#define KERNEL_ADDRESS	0xffff888000100000UL

/**
 * struct scratch - a thread's memory for arguments, below 4 GiB so that a
 * 32-bit call can name it, with a hole and a page that cannot be written behind
 */
struct scratch {
	char *bytes;
	char *readonly;
};

static __thread struct scratch scratch;

static void *map_low(size_t size, int protection)
{
	void *memory = mmap(NULL, size, protection,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (memory == MAP_FAILED) {
		perror("fuzz-ioctl: memory for arguments");
		exit(1);
	}
	return memory;
}

/** thread_make_scratch() - once for each thread that runs operations */
void thread_make_scratch(void)
{
	scratch.bytes = map_low(SCRATCH_SIZE + PAGE, PROT_READ | PROT_WRITE);
	munmap(scratch.bytes + SCRATCH_SIZE, PAGE);
	scratch.readonly = map_low(SCRATCH_SIZE, PROT_READ);
}

/**
 * scratch_for() - zeroed memory for an argument of @size bytes
 *
 * Return: where the caller fills it in. issue() puts it where it belongs.
 */
void *scratch_for(size_t size, enum pointer pointer)
{
	size_t at = pointer == POINTER_HOLE ?
		    SCRATCH_SIZE - (size + 1) / 2 - size : 0;

	return memset(scratch.bytes + at, 0, size);
}

static void *place(void *data, size_t size, enum pointer pointer)
{
	switch (pointer) {
	case POINTER_NULL:
		return NULL;
	case POINTER_HOLE:
		return memmove(scratch.bytes + SCRATCH_SIZE - (size + 1) / 2,
			       data, (size + 1) / 2);
	case POINTER_READONLY:
		return scratch.readonly;
	case POINTER_KERNEL:
		return (void *)KERNEL_ADDRESS;
	default:
		return data;
	}
}

static long ioctl_32(int fd, unsigned long number, unsigned long argument)
{
	long result = NR_IOCTL_32;

	asm volatile("int $0x80"
		     : "+a" (result)
		     : "b" ((long)fd), "c" (number), "d" (argument)
		     : "memory", "r8", "r9", "r10", "r11");
	return result;
}

/** issue_value() - an ioctl with a plain argument, or -errno */
long issue_value(const struct call *call, int fd, unsigned long number,
		 unsigned long value)
{
	long result;

	if (call->compat)
		return ioctl_32(fd, number, value);
	result = ioctl(fd, number, value);
	return result < 0 ? -errno : result;
}

/**
 * issue() - an ioctl with a pointer
 * @call: says how to make it and where its argument shall lie
 * @fd: the file
 * @number: the ioctl
 * @data: from scratch_for(), filled in
 * @size: its size
 *
 * Return: the result, or -errno.
 */
long issue(const struct call *call, int fd, unsigned long number, void *data,
	   size_t size)
{
	void *argument = place(data, size, call->pointer);

	return issue_value(call, fd, number, (unsigned long)argument);
}

static void forget(volatile int *slots, unsigned int nr)
{
	while (nr--)
		slots[nr] = -1;
}

static void forget_all(struct world *world)
{
	unsigned int i;

	forget(world->nodes, NR_NODES);
	forget(world->vms, NR_VMS);
	forget(world->events, NR_EVENTS);
	for (i = 0; i < NR_VCPUS; i++) {
		world->vcpus[i].fd = -1;
		world->vcpus[i].vcpu.run = NULL;
	}
}

/* Also after run_limit_fds(). */
static void allow_fds(void)
{
	const struct rlimit limit = { MAX_FDS, MAX_FDS };

	setrlimit(RLIMIT_NOFILE, &limit);
}

/** world_make() - an empty world in a new child */
void world_make(struct world *world, const char *path)
{
	memset(world, 0, sizeof(*world));
	world->path = path;
	allow_fds();
	world->guest.ram = mmap(NULL, VM_RAM_SIZE, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (world->guest.ram == MAP_FAILED) {
		perror("fuzz-ioctl: the guest's memory");
		exit(1);
	}
	forget_all(world);
}

/** world_empty() - close and unmap everything; no thread runs any more */
void world_empty(struct world *world)
{
	unsigned int i;

	for (i = 0; i < NR_VCPUS; i++) {
		struct vcpu *vcpu = &world->vcpus[i].vcpu;

		if (vcpu->run)
			munmap(vcpu->run, vcpu->run_size);
	}
	allow_fds();
	close_range(FIRST_FD, FIRST_OWN_FD - 1, 0);
	forget_all(world);
}
