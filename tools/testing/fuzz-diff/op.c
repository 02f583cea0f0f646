// SPDX-License-Identifier: GPL-2.0
/*
 * op.c - prints operations and outcomes for a reader.
 */
#include "op.h"

static const char *const names[NR_OP_KINDS] = {
	[OP_LINE] = "KVM_IRQ_LINE",
	[OP_LINE_STATUS] = "KVM_IRQ_LINE_STATUS",
	[OP_MSI] = "KVM_SIGNAL_MSI",
	[OP_SIGNAL] = "eventfd write",
	[OP_ASSIGN] = "KVM_IRQFD",
	[OP_DEASSIGN] = "KVM_IRQFD deassign",
	[OP_ROUTES] = "KVM_SET_GSI_ROUTING",
	[OP_SET_CHIP] = "KVM_SET_IRQCHIP",
	[OP_SET_ABSURD] = "KVM_SET_IRQCHIP absurd",
	[OP_SET_PIT] = "KVM_SET_PIT2",
	[OP_SET_ABSURD_PIT] = "KVM_SET_PIT2 absurd",
	[OP_REINJECT] = "KVM_REINJECT_CONTROL",
	[OP_IN] = "in",
	[OP_OUT] = "out",
	[OP_READ] = "read",
	[OP_WRITE] = "write",
	[OP_REG_READ] = "IOAPIC read",
	[OP_REG_WRITE] = "IOAPIC write",
	[OP_TAKE] = "take",
};

/** op_name() - its kind in words */
const char *op_name(const struct op *op)
{
	return names[op->kind];
}

static void print_guests(FILE *file, const struct op *op)
{
	fprintf(file, "vCPU %u: %s", op->vcpu, names[op->kind]);
	if (op->kind == OP_TAKE) {
		fprintf(file, " up to %u, EOI %#x", (unsigned int)op->value,
			op->addr);
		return;
	}
	if (op->kind == OP_REG_READ || op->kind == OP_REG_WRITE)
		fprintf(file, " register %#x", op->addr);
	else
		fprintf(file, "%u %#x", op->width * 8, op->addr);
	if (op->kind == OP_OUT || op->kind == OP_WRITE ||
	    op->kind == OP_REG_WRITE)
		fprintf(file, " <- %#llx", (unsigned long long)op->value);
}

/** op_print() - on one line, without its end */
void op_print(FILE *file, const struct op *op)
{
	unsigned long long value = op->value, seed = op->seed;

	if (op_is_guests(op)) {
		print_guests(file, op);
		return;
	}
	fprintf(file, "%s", names[op->kind]);
	switch (op->kind) {
	case OP_LINE:
	case OP_LINE_STATUS:
		fprintf(file, " gsi %u level %d", op->addr, (int)value);
		break;
	case OP_MSI:
		fprintf(file, " address %#x data %#llx seed %#llx", op->addr,
			value, seed);
		break;
	case OP_SIGNAL:
		fprintf(file, " %u", op->addr);
		break;
	case OP_ASSIGN:
		fprintf(file, " eventfd %u gsi %u seed %#llx", op->addr,
			(unsigned int)value, seed);
		break;
	case OP_DEASSIGN:
		fprintf(file, " eventfd %u gsi %u", op->addr, (unsigned int)value);
		break;
	case OP_REINJECT:
		fprintf(file, " %llu", value);
		break;
	case OP_SET_CHIP:
	case OP_SET_ABSURD:
		fprintf(file, " %u seed %#llx vectors %llu", op->addr, seed,
			value);
		break;
	default:
		fprintf(file, " %u seed %#llx", op->addr, seed);
	}
}

/** outcome_print() - on one line, without its end */
void outcome_print(FILE *file, const struct outcome *outcome)
{
	unsigned int i;

	fprintf(file, "result %lld, value %#llx", (long long)outcome->result,
		(unsigned long long)outcome->value);
	if (!outcome->nr_vectors)
		return;
	fprintf(file, ", took %u:", outcome->nr_vectors);
	for (i = 0; i < outcome->nr_vectors && i < OUTCOME_VECTORS; i++)
		fprintf(file, " %#x", outcome->vectors[i]);
}
