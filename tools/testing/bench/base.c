// SPDX-License-Identifier: GPL-2.0
/*
 * base.c - what every other figure contains: the floor.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ITERATIONS	2000

static void op_syscall(void *context)
{
	(void)context;
	syscall(SYS_getppid);
}

static void syscall_floor(unsigned int arg)
{
	(void)arg;
	measure(ITERATIONS, op_syscall, NULL);
}

static void op_extension(void *context)
{
	node_extension(*(int *)context, KVM_CAP_USER_MEMORY);
}

static void node_ioctl(unsigned int arg)
{
	int dev = node_open();

	(void)arg;
	measure(ITERATIONS, op_extension, &dev);
}

static void op_vm_extension(void *context)
{
	const struct vm *vm = context;

	node_extension(vm->fd, KVM_CAP_USER_MEMORY);
}

static void vm_ioctl(unsigned int arg)
{
	struct vm vm;

	(void)arg;
	bench_vm(&vm);
	measure(ITERATIONS, op_vm_extension, &vm);
}

static void op_signal(void *context)
{
	event_signal(*(int *)context);
}

static void eventfd_write_alone(unsigned int arg)
{
	int fd = event_new(0);

	(void)arg;
	measure(ITERATIONS, op_signal, &fd);
}

static void op_yield(void *context)
{
	(void)context;
	sched_yield();
}

static void yield(unsigned int arg)
{
	(void)arg;
	measure(ITERATIONS, op_yield, NULL);
}

const struct bench base_benches[] = {
	{ "base.syscall", syscall_floor },
	{ "base.node-ioctl", node_ioctl },
	{ "base.vm-ioctl", vm_ioctl },
	{ "base.eventfd-write", eventfd_write_alone },
	{ "base.yield", yield },
	{ }
};
