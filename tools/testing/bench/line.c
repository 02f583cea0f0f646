// SPDX-License-Identifier: GPL-2.0
/*
 * line.c - KVM_IRQ_LINE, KVM_IRQ_LINE_STATUS and KVM_SIGNAL_MSI.
 */
#include "bench.h"
#include "chips.h"
#include "harness.h"

#define ITERATIONS	2000

/**
 * struct line - a line that is driven up and down
 * @vm: whose
 * @level: what comes next
 */
struct line {
	struct vm vm;
	unsigned int level;
};

static void op_line(void *context)
{
	struct line *line = context;

	line->level ^= 1;
	vm_irq_line(&line->vm, BENCH_PIN, line->level);
}

static void op_line_status(void *context)
{
	struct line *line = context;

	line->level ^= 1;
	vm_irq_line_status(&line->vm, BENCH_PIN, line->level);
}

static void ioapic_line(unsigned int status)
{
	struct line line = { };

	bench_vm(&line.vm);
	bench_route_pin(&line.vm);
	measure(ITERATIONS, status ? op_line_status : op_line, &line);
}

static void both_line(unsigned int status)
{
	struct line line = { };

	bench_vm(&line.vm);
	measure(ITERATIONS, status ? op_line_status : op_line, &line);
}

static void op_msi(void *context)
{
	ASSERT_LE(0, __vm_signal_msi(context, MSI_ADDRESS(0), BENCH_VECTOR));
}

static void signal_msi(unsigned int arg)
{
	struct vm vm;

	(void)arg;
	bench_vm(&vm);
	measure(ITERATIONS, op_msi, &vm);
}

const struct bench line_benches[] = {
	{ "line.ioapic", ioapic_line, false },
	{ "line.pic+ioapic", both_line, false },
	{ "line.status-ioapic", ioapic_line, true },
	{ "line.status-pic+ioapic", both_line, true },
	{ "line.signal-msi", signal_msi },
	{ }
};
