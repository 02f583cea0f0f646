// SPDX-License-Identifier: GPL-2.0
/*
 * route.c - KVM_SET_GSI_ROUTING, as VMMs use it: IOAPIC pins first, then a
 * message for each MSI-X vector, and the whole table for every change.
 */
#include "bench.h"
#include "chips.h"

#define STORM_FIRST	25
#define STORM_LAST	536

/**
 * struct table - a table that is sent again and again
 * @vm: where to
 * @routes: the table
 */
struct table {
	struct vm vm;
	struct routes *routes;
};

static void grow(struct table *table, unsigned int nr)
{
	struct routes *routes = table->routes;
	unsigned int gsi;

	while ((gsi = routes->head.nr) < nr) {
		if (gsi < NR_IOAPIC_PINS)
			routes_add_pin(routes, gsi, KVM_IRQCHIP_IOAPIC, gsi);
		else
			routes_add_msi(routes, gsi, MSI_ADDRESS(0),
				       BENCH_VECTOR);
	}
}

static void make(struct table *table, unsigned int nr)
{
	bench_vm(&table->vm);
	table->routes = routes_new();
	grow(table, nr);
	vm_set_routes(&table->vm, table->routes);
}

static void op_send(void *context)
{
	struct table *table = context;

	vm_set_routes(&table->vm, table->routes);
}

/* The last message gets another vector. */
static void op_change(void *context)
{
	struct table *table = context;
	unsigned int last = table->routes->head.nr - 1;

	table->routes->entries[last].u.msi.data ^= 1;
	vm_set_routes(&table->vm, table->routes);
}

static unsigned int iterations(unsigned int nr)
{
	return nr > 1000 ? 20 : nr > 100 ? 50 : 200;
}

static void resend(unsigned int nr)
{
	struct table table;

	make(&table, nr);
	measure(iterations(nr), op_send, &table);
}

static void change(unsigned int nr)
{
	struct table table;

	make(&table, nr);
	measure(iterations(nr), op_change, &table);
}

static void change_bound(unsigned int nr_irqfds)
{
	struct table table;
	unsigned int i;

	make(&table, 1024);
	for (i = 0; i < nr_irqfds; i++)
		vm_irqfd(&table.vm, event_new(0), NR_IOAPIC_PINS + i);
	measure(iterations(1024), op_change, &table);
}

/* A driver enables vectors one by one; the time of all of it. */
static uint64_t storm_batch(void *context, unsigned int nr)
{
	struct table *table = context;
	uint64_t start, sum = 0;
	unsigned int i;

	while (nr--) {
		table->routes->head.nr = STORM_FIRST - 1;
		op_send(table);
		start = now_ns();
		for (i = STORM_FIRST; i <= STORM_LAST; i++) {
			grow(table, i);
			op_send(table);
		}
		sum += now_ns() - start;
	}
	return sum;
}

static void storm(unsigned int arg)
{
	struct table table;

	(void)arg;
	make(&table, STORM_FIRST - 1);
	measure_batches(1, storm_batch, &table);
}

const struct bench route_benches[] = {
	{ "route.resend-1", resend, 1 },
	{ "route.resend-24", resend, 24 },
	{ "route.resend-100", resend, 100 },
	{ "route.resend-500", resend, 500 },
	{ "route.resend-1000", resend, 1000 },
	{ "route.resend-4095", resend, 4095 },
	{ "route.change-100", change, 100 },
	{ "route.change-500", change, 500 },
	{ "route.change-1000", change, 1000 },
	{ "route.change-4095", change, 4095 },
	{ "route.change-1024-irqfds-100", change_bound, 100 },
	{ "route.change-1024-irqfds-1000", change_bound, 1000 },
	{ "route.msix-storm-512-calls", storm },
	{ }
};
