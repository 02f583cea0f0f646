// SPDX-License-Identifier: GPL-2.0
/*
 * rtrip.c - round trips: the VMM raises an interrupt and enters the guest, the
 * guest's handler sends the EOI and leaves to the VMM.
 */
#include "bench.h"
#include "chips.h"
#include "loops.h"

#define ITERATIONS	500

/**
 * struct trip - one vCPU and how it is interrupted
 * @vm: with @vm.vcpus[0]
 * @fd: the irqfd's eventfd, if there is one
 */
struct trip {
	struct vm vm;
	int fd;
};

static void op_line(void *context)
{
	struct trip *trip = context;

	vm_irq_line(&trip->vm, BENCH_PIN, 1);
	vm_irq_line(&trip->vm, BENCH_PIN, 0);
	loops_run(&trip->vm.vcpus[0]);
}

static void op_irqfd(void *context)
{
	struct trip *trip = context;

	event_signal(trip->fd);
	loops_run(&trip->vm.vcpus[0]);
}

static void op_msi(void *context)
{
	struct trip *trip = context;

	__vm_signal_msi(&trip->vm, MSI_ADDRESS(0), BENCH_VECTOR);
	loops_run(&trip->vm.vcpus[0]);
}

static void wait_for(struct trip *trip, unsigned int vector, const uint8_t *isr)
{
	loops_on_vector(&trip->vm, vector, isr);
	loops_start(&trip->vm.vcpus[0], loop_wait, 0);
}

static void pic_line(unsigned int arg)
{
	struct trip trip;

	(void)arg;
	bench_vm(&trip.vm);
	pic_init(&trip.vm.vcpus[0], 0);
	wait_for(&trip, PIC_VECTOR(BENCH_PIN), isr_pic);
	measure(ITERATIONS, op_line, &trip);
}

static void open_ioapic(struct trip *trip, uint64_t rte)
{
	bench_vm(&trip->vm);
	bench_route_pin(&trip->vm);
	vm_set_rte(&trip->vm, BENCH_PIN, rte | BENCH_VECTOR);
	trip->fd = event_new(0);
	wait_for(trip, BENCH_VECTOR, isr_lapic);
}

static void ioapic_line(unsigned int arg)
{
	struct trip trip;

	(void)arg;
	open_ioapic(&trip, 0);
	measure(ITERATIONS, op_line, &trip);
}

static void irqfd(unsigned int gsi)
{
	struct trip trip;

	open_ioapic(&trip, 0);
	vm_irqfd(&trip.vm, trip.fd, gsi);
	measure(ITERATIONS, op_irqfd, &trip);
}

static void level_irqfd(unsigned int arg)
{
	struct trip trip;

	(void)arg;
	open_ioapic(&trip, RTE_LEVEL);
	vm_irqfd_resample(&trip.vm, trip.fd, BENCH_PIN, event_new(0));
	measure(ITERATIONS, op_irqfd, &trip);
}

static void signal_msi(unsigned int arg)
{
	struct trip trip;

	(void)arg;
	open_ioapic(&trip, 0);
	measure(ITERATIONS, op_msi, &trip);
}

const struct bench rtrip_benches[] = {
	{ "rtrip.pic-line", pic_line },
	{ "rtrip.ioapic-line", ioapic_line },
	{ "rtrip.ioapic-irqfd", irqfd, BENCH_PIN },
	{ "rtrip.ioapic-level-resample", level_irqfd },
	{ "rtrip.msi-irqfd", irqfd, BENCH_MSI_GSI },
	{ "rtrip.signal-msi", signal_msi },
	{ }
};
