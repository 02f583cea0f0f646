// SPDX-License-Identifier: GPL-2.0
/*
 * life.c - making a VM and its chips, each ioctl alone, and whole lives.
 */
#include "bench.h"
#include "harness.h"

#include <unistd.h>

#define ITERATIONS	10

static void vm_close(struct vm *vm)
{
	close(vm->fd);
	close(vm->dev);
}

/* What is timed. */
enum part { CREATE_VM, CREATE_IRQCHIP, CREATE_PIT2, LIFE, LIFE_WITH_PIT };

static uint64_t timed_open(struct vm *vm)
{
	uint64_t start;

	vm->dev = node_open();
	start = now_ns();
	vm->fd = __sys_ioctl_value(vm->dev, KVM_CREATE_VM, 0);
	ASSERT_LE(0, vm->fd);
	return now_ns() - start;
}

static uint64_t timed_irqchip(struct vm *vm)
{
	uint64_t start = now_ns();

	vm_create_irqchip(vm);
	return now_ns() - start;
}

static uint64_t timed_pit2(struct vm *vm)
{
	uint64_t start = now_ns();

	vm_create_pit2(vm, 0);
	return now_ns() - start;
}

static uint64_t live(enum part part)
{
	uint64_t took[LIFE] = { }, start = now_ns();
	struct vm vm;

	took[CREATE_VM] = timed_open(&vm);
	took[CREATE_IRQCHIP] = timed_irqchip(&vm);
	if (part == CREATE_PIT2 || part == LIFE_WITH_PIT)
		took[CREATE_PIT2] = timed_pit2(&vm);
	vm_close(&vm);
	return part < LIFE ? took[part] : now_ns() - start;
}

static uint64_t life_batch(void *context, unsigned int nr)
{
	uint64_t sum = 0;

	while (nr--)
		sum += live(*(enum part *)context);
	return sum;
}

static void life(unsigned int arg)
{
	enum part part = arg;

	measure_batches(ITERATIONS, life_batch, &part);
}

const struct bench life_benches[] = {
	{ "life.create-vm", life, CREATE_VM },
	{ "life.create-irqchip", life, CREATE_IRQCHIP },
	{ "life.create-pit2", life, CREATE_PIT2 },
	{ "life.vm+irqchip+close", life, LIFE },
	{ "life.vm+irqchip+pit2+close", life, LIFE_WITH_PIT },
	{ }
};
