// SPDX-License-Identifier: GPL-2.0
/*
 * eventfd.c - irqfds: a signal, and making and ending one.
 */
#define _GNU_SOURCE
#include "bench.h"
#include "chips.h"
#include "harness.h"

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

/* No vCPU is inside KVM_RUN. */
static void bind_to_vcpus(struct bound *bound, unsigned int nr_vcpus)
{
	unsigned int id;

	bind(bound, BENCH_PIN);
	for (id = 1; id < nr_vcpus; id++)
		ASSERT_LE(0, __vm_create_vcpu(&bound->vm, id));
	vm_set_rte(&bound->vm, BENCH_PIN, IOAPIC_VECTOR(BENCH_PIN));
	vm_irqfd(&bound->vm, bound->fd, BENCH_PIN);
}

/* What the first has left pending stays so. */
static void signal_vcpus(unsigned int nr_vcpus)
{
	struct bound bound;

	bind_to_vcpus(&bound, nr_vcpus);
	measure(WRITES, op_signal, &bound);
}

/* The module sends before a vCPU's state is saved. */
static void op_signal_and_save(void *context)
{
	const struct bound *bound = context;
	struct kvm_mp_state state;

	event_signal(bound->fd);
	ASSERT_EQ(0, __sys_ioctl(bound->vm.vcpus[0].fd, KVM_GET_MP_STATE,
				 &state));
}

static void signal_vcpus_first(unsigned int nr_vcpus)
{
	struct bound bound;

	bind_to_vcpus(&bound, nr_vcpus);
	measure(WRITES, op_signal_and_save, &bound);
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
	{ "irqfd.write-unmasked-1-vcpu", signal_vcpus, 1 },
	{ "irqfd.write-unmasked-8-vcpus", signal_vcpus, 8 },
	{ "irqfd.write-unmasked-64-vcpus", signal_vcpus, 64 },
	{ "irqfd.write-unmasked-240-vcpus", signal_vcpus, 240 },
	{ "irqfd.write+save-1-vcpu", signal_vcpus_first, 1 },
	{ "irqfd.write+save-8-vcpus", signal_vcpus_first, 8 },
	{ "irqfd.write+save-64-vcpus", signal_vcpus_first, 64 },
	{ "irqfd.write+save-240-vcpus", signal_vcpus_first, 240 },
	{ "irqfd.assign-ioapic", assign_pin, 0 },
	{ "irqfd.assign-ioapic-100-others", assign_pin, 100 },
	{ "irqfd.assign-ioapic-1000-others", assign_pin, 1000 },
	{ "irqfd.assign-msi", assign_msi, 0 },
	{ "irqfd.assign-msi-1000-others", assign_msi, 1000 },
	{ }
};
