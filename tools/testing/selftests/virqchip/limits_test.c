// SPDX-License-Identifier: GPL-2.0
/*
 * limits_test.c - as much of everything as can be had: VMs, irqfds, routes,
 * vCPUs; and storms in one VM, of which others must notice nothing.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "guest.h"
#include "harness.h"
#include "stress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define NR_VMS			250
#define MAX_VMS			1000
#define NR_SPLIT_VMS		100
/* KVM's part and ours; what the system frees meanwhile makes it inexact. */
#define MAX_KIB_OF_A_VM		256
#define NR_IRQFDS		4095
#define NR_ROUTES		4096
#define MESSAGE_EVERY		16	/* KVM takes its time to let an irqfd go */
#define NR_REPLACED		300	/* of 360 KiB each */
#define MAX_KIB_REPLACED	32768
#define MAX_TABLES		20	/* 4 MiB, and those in force */
#define OBJECTS			"/sys/kernel/debug/virqchip/objects"
#define NR_VCPUS		300
#define VCPU_ID_STEP		13
#define BROADCAST		0xff
#define PIN			20
#define VECTOR			IOAPIC_VECTOR(PIN)
#define MSI_VECTOR(gsi)		(0x80 + (gsi) / MESSAGE_EVERY % NR_MSI_VECTORS)
#define NR_MSI_VECTORS		0x60
#define FILES			20000
#define NR_PINGS		100

FIXTURE(limits) { struct vm vm; };
FIXTURE_SETUP(limits)
{
	struct rlimit files = { FILES, FILES };

	vm_open(&self->vm);
	vm_create_irqchip(&self->vm);
	vm_open(&self->vm);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
}

/* ---- many VMs -------------------------------------------------------- */

/* What the kernel has left, all caches that it could drop included. */
static long available_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	long kib = -1;
	char line[128];

	ASSERT_TRUE(file != NULL);
	while (kib < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "MemAvailable: %ld", &kib);
	fclose(file);
	ASSERT_LE(0, kib);
	return kib;
}

static int make_vm(int dev, bool chips)
{
	struct vm vm = { .dev = dev };

	vm.fd = __sys_ioctl_value(dev, KVM_CREATE_VM, 0);
	ASSERT_LE(0, vm.fd);
	if (chips) {
		ASSERT_EQ(0, __vm_create_irqchip(&vm));
		ASSERT_EQ(0, __vm_create_pit2(&vm, 0));
	} else {
		ASSERT_EQ(0, __vm_split_irqchip(&vm, NR_IOAPIC_PINS));
	}
	return vm.fd;
}

/* KiB that a VM takes, KVM's part and ours. */
static long measure_vms(int *fds, unsigned int nr, bool chips)
{
	int dev = node_open();
	long before = available_kib(), after;
	unsigned int i;

	for (i = 0; i < nr; i++)
		fds[i] = make_vm(dev, chips);
	after = available_kib();
	close(dev);
	return (before - after) / nr;
}

/* A kernel that checks everything takes many times as long for each. */
static unsigned int nr_of_vms(void)
{
	unsigned int nr = stress_rounds(NR_VMS);

	if (!access("/sys/kernel/debug/kmemleak", F_OK))
		return NR_SPLIT_VMS;
	return nr < MAX_VMS ? nr : MAX_VMS;
}

TEST_F_WITH(limits, hundreds_of_vms, .only = "stacked")
{
	unsigned int i, nr = nr_of_vms();
	static int fds[MAX_VMS];
	long kib, split;

	kib = measure_vms(fds, nr, true);
	/* Each of them works, and none of them by another's lines. */
	for (i = 0; i < nr; i++) {
		struct vm vm = { .fd = fds[i] };

		vm_irq_line(&vm, 5, i % 3 == 0);
	}
	for (i = 0; i < nr; i++) {
		struct vm vm = { .fd = fds[i] };

		EXPECT_EQ(i % 3 ? 0 : 1 << 5, vm_pic(&vm, 0).irr);
		close(fds[i]);
	}
	split = measure_vms(fds, NR_SPLIT_VMS, false);
	test_note("KiB of each of %u VMs: %ld, without the chips: %ld", nr,
		  kib, split);
	EXPECT_LE(kib, MAX_KIB_OF_A_VM);
}

/* ---- many irqfds and routes ------------------------------------------ */

static struct routes *full_table(void)
{
	struct routes *r = routes_new();
	unsigned int gsi;

	for (gsi = 0; gsi < NR_ROUTES; gsi++) {
		if (gsi % MESSAGE_EVERY)
			routes_add_pin(r, gsi, KVM_IRQCHIP_IOAPIC,
				       gsi % NR_IOAPIC_PINS);
		else
			routes_add_msi(r, gsi, MSI_ADDRESS(0), MSI_VECTOR(gsi));
	}
	return r;
}

TEST_F(limits, an_irqfd_on_every_gsi)
{
	struct routes *full = full_table(), *empty = routes_new();
	static int events[NR_IRQFDS];
	struct vcpu *vcpu;
	unsigned int i;

	vm_open_with_chips(&self->vm);
	vcpu = vm_add_vcpu(&self->vm, 0);
	lapic_enable(vcpu);
	for (i = 0; i < NR_IOAPIC_PINS; i++)
		vm_set_rte(&self->vm, i, IOAPIC_VECTOR(i));
	vm_set_routes(&self->vm, full);
	for (i = 0; i < NR_IRQFDS; i++) {
		events[i] = event_new(0);
		vm_irqfd(&self->vm, events[i], i);
	}
	for (i = 0; i < NR_IRQFDS; i++)
		event_signal(events[i]);
	for (i = 0; i < NR_IOAPIC_PINS; i++)
		EXPECT_TRUE(EVENTUALLY(lapic_requests(vcpu, IOAPIC_VECTOR(i))));
	for (i = 0; i < NR_MSI_VECTORS; i++)
		EXPECT_TRUE(EVENTUALLY(lapic_requests(vcpu, MSI_VECTOR(
			MESSAGE_EVERY * i))));
	/* All of them lose their routes, and the greatest gets its own back. */
	vm_set_routes(&self->vm, empty);
	lapic_clear(vcpu);
	routes_add_msi(empty, NR_IRQFDS - 1, MSI_ADDRESS(0), MSI_VECTOR(0));
	vm_set_routes(&self->vm, empty);
	event_signal(events[MESSAGE_EVERY]);
	event_signal(events[NR_IRQFDS - 1]);
	EXPECT_TRUE(EVENTUALLY(lapic_requests(vcpu, MSI_VECTOR(0))));
	EXPECT_FALSE(lapic_requests(vcpu, MSI_VECTOR(MESSAGE_EVERY)));
}

/* Routing tables of all VMs that have their memory still. */
static unsigned int nr_tables(void)
{
	FILE *file = fopen(OBJECTS, "r");
	unsigned int nr = 0;
	char line[64];

	ASSERT_TRUE(file != NULL);
	while (fgets(line, sizeof(line), file))
		sscanf(line, "table %u", &nr);
	fclose(file);
	ASSERT_LE(1, nr);
	return nr;
}

static struct routes *full_table_of_pins(void)
{
	struct routes *r = routes_new();
	unsigned int gsi;

	for (gsi = 0; gsi < NR_ROUTES; gsi++)
		routes_add_pin(r, gsi, KVM_IRQCHIP_IOAPIC,
			       gsi % NR_IOAPIC_PINS);
	return r;
}

/* Memory that is to be freed must not grow with the number of changes. */
TEST_F_WITH(limits, few_replaced_tables_wait_to_be_freed, .only = "stacked")
{
	unsigned int i, nr, most = 0, rounds = stress_rounds(NR_REPLACED);
	struct routes *full = full_table_of_pins();
	long kib;

	vm_create_irqchip(&self->vm);
	vm_set_routes(&self->vm, full);
	kib = available_kib();
	for (i = 0; i < rounds; i++) {
		vm_set_routes(&self->vm, full);
		nr = nr_tables();
		most = nr > most ? nr : most;
	}
	kib -= available_kib();
	EXPECT_LE(most, MAX_TABLES);
	EXPECT_LE(kib, MAX_KIB_REPLACED);
	test_note("%u tables at most during %u changes, %ld KiB after them",
		  most, rounds, kib);
}

/* ---- many vCPUs ------------------------------------------------------ */

TEST_F(limits, three_hundred_vcpus_of_sparse_ids)
{
	static struct vcpu vcpus[NR_VCPUS];
	unsigned int i, max;
	struct routes *r = routes_new();

	vm_create_irqchip(&self->vm);
	max = node_extension(self->vm.dev, KVM_CAP_MAX_VCPUS);
	if (max < NR_VCPUS)
		test_skip("this KVM has %u vCPUs at most", max);
	for (i = 0; i < NR_VCPUS; i++) {
		vcpus[i].vm = &self->vm;
		vcpus[i].id = i * VCPU_ID_STEP;
		vcpus[i].fd = __vm_create_vcpu(&self->vm, vcpus[i].id);
		ASSERT_LE(0, vcpus[i].fd);
		lapic_enable(&vcpus[i]);
	}
	routes_add_pin(r, PIN, KVM_IRQCHIP_IOAPIC, PIN);
	vm_set_routes(&self->vm, r);
	/* An id of 8 bits, and everybody. */
	vm_set_rte(&self->vm, PIN, VECTOR | RTE_DEST(13 * VCPU_ID_STEP));
	vm_irq_line(&self->vm, PIN, 1);
	vm_irq_line(&self->vm, PIN, 0);
	EXPECT_TRUE(lapic_requests(&vcpus[13], VECTOR));
	EXPECT_FALSE(lapic_requests(&vcpus[0], VECTOR));
	vm_set_rte(&self->vm, PIN, (VECTOR + 1) | RTE_DEST(BROADCAST));
	EXPECT_EQ(NR_VCPUS, vm_irq_line_status(&self->vm, PIN, 1));
	for (i = 0; i < NR_VCPUS; i++)
		EXPECT_TRUE(lapic_requests(&vcpus[i], VECTOR + 1));
}

/* ---- storms ---------------------------------------------------------- */

static void make_storm_vm(struct vm *vm)
{
	struct vcpu *vcpu;

	vm_open_with_chips(vm);
	vcpu = vm_add_vcpu(vm, 0);
	lapic_enable(vcpu);
	guest_on_vectors(vcpu, IOAPIC_VECTOR(0), UINT8_MAX, GUEST_EOI_LAPIC);
	vm_set_rte(vm, PIN, VECTOR | RTE_LEVEL);
	vm_set_rte(vm, PIN + 1, VECTOR + 1);
	guest_run_in_thread(vcpu, GUEST_OP_SPIN_UNTIL, UINT32_MAX / 2);
}

static void signal_event(void *data)
{
	event_signal(*(int *)data);
}

/* Each event must come as one interrupt, however long that takes. */
static unsigned int ping(struct vcpu *vcpu, unsigned int pings)
{
	int event = event_new(0);
	unsigned int i;

	vm_irqfd(vcpu->vm, event, PIN);
	guest_run_in_thread(vcpu, GUEST_OP_HALT_UNTIL, pings);
	for (i = 1; i <= pings; i++) {
		event_signal(event);
		while (guest_cpu(vcpu)->nr_taken != i)
			usleep(100);
	}
	guest_join(vcpu);
	return guest_nr_new(vcpu);
}

/* A device that never lowers its line, and one that never stops signalling. */
TEST_F_WITH(limits, storms_of_others_cost_no_interrupt, .only = "stacked")
{
	unsigned int pings = stress_rounds(NR_PINGS);
	struct gang gang = { .stop = false };
	static struct vm level, edges, quiet;
	int event = event_new(0);
	struct vcpu *vcpu;

	make_storm_vm(&level);
	make_storm_vm(&edges);
	vm_irq_line(&level, PIN, 1);
	vm_irqfd(&edges, event, PIN + 1);
	gang_add(&gang, signal_event, &event);

	vm_open_with_chips(&quiet);
	vcpu = vm_add_vcpu(&quiet, 0);
	lapic_enable(vcpu);
	guest_on_vectors(vcpu, VECTOR, VECTOR, GUEST_EOI_LAPIC);
	vm_set_rte(&quiet, PIN, VECTOR);
	EXPECT_EQ(pings, ping(vcpu, pings));

	gang_disband(&gang);
	EXPECT_TRUE(EVENTUALLY(guest_nr_new(&level.vcpus[0]) > pings));
	EXPECT_TRUE(EVENTUALLY(guest_nr_new(&edges.vcpus[0]) > 0));
	guest_cpu(&level.vcpus[0])->stop = 1;
	guest_cpu(&edges.vcpus[0])->stop = 1;
	guest_join(&level.vcpus[0]);
	guest_join(&edges.vcpus[0]);
	test_note("meanwhile the level line made %u interrupts, the irqfd %u",
		  guest_nr_new(&level.vcpus[0]), guest_nr_new(&edges.vcpus[0]));
}
