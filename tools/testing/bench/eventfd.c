// SPDX-License-Identifier: GPL-2.0
/*
 * eventfd.c - irqfds: a signal, and making and ending one.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <sched.h>

#define WRITES		2000
#define ASSIGNS		200

/**
 * struct bound - an eventfd and where it leads
 * @vm: whose
 * @fd: the eventfd
 * @gsi: where to
 */
struct bound {
	struct vm vm;
	int fd;
	unsigned int gsi;
};

static void bind(struct bound *bound, unsigned int gsi)
{
	bench_vm(&bound->vm);
	bench_route_pin(&bound->vm);
	bound->fd = event_new(0);
	bound->gsi = gsi;
}

static void op_signal(void *context)
{
	const struct bound *bound = context;

	event_signal(bound->fd);
}

static void op_signal_and_yield(void *context)
{
	const struct bound *bound = context;

	event_signal(bound->fd);
	sched_yield();
}

static void signal_gsi(unsigned int gsi)
{
	struct bound bound;

	bind(&bound, gsi);
	vm_irqfd(&bound.vm, bound.fd, gsi);
	measure(WRITES, op_signal, &bound);
}

/* A worker that the signal has woken runs before the next one. */
static void signal_and_yield(unsigned int gsi)
{
	struct bound bound;

	bind(&bound, gsi);
	vm_irqfd(&bound.vm, bound.fd, gsi);
	measure(WRITES, op_signal_and_yield, &bound);
}

static void op_assign(void *context)
{
	struct bound *bound = context;

	vm_irqfd(&bound->vm, bound->fd, bound->gsi);
	vm_irqfd_deassign(&bound->vm, bound->fd, bound->gsi);
}

static void assign(unsigned int gsi, unsigned int others)
{
	struct bound bound;

	bind(&bound, gsi);
	while (others--)
		vm_irqfd(&bound.vm, event_new(0), gsi);
	measure(ASSIGNS, op_assign, &bound);
}

static void assign_pin(unsigned int others)
{
	assign(BENCH_PIN, others);
}

static void assign_msi(unsigned int others)
{
	assign(BENCH_MSI_GSI, others);
}

const struct bench eventfd_benches[] = {
	{ "irqfd.write-ioapic", signal_gsi, BENCH_PIN },
	{ "irqfd.write-ioapic+yield", signal_and_yield, BENCH_PIN },
	{ "irqfd.write-msi", signal_gsi, BENCH_MSI_GSI },
	{ "irqfd.assign-ioapic", assign_pin, 0 },
	{ "irqfd.assign-ioapic-100-others", assign_pin, 100 },
	{ "irqfd.assign-ioapic-1000-others", assign_pin, 1000 },
	{ "irqfd.assign-msi", assign_msi, 0 },
	{ "irqfd.assign-msi-1000-others", assign_msi, 1000 },
	{ }
};
