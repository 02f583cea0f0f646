// SPDX-License-Identifier: GPL-2.0
/*
 * chip.c - saving and restoring the chips.
 */
#include "bench.h"

#define ITERATIONS	1000

/**
 * struct saved - a chip's state
 * @vm: whose
 * @chip: KVM_IRQCHIP_*
 * @state: the chip's
 * @pit: the PIT's
 */
struct saved {
	struct vm vm;
	unsigned int chip;
	struct kvm_irqchip state;
	struct kvm_pit_state2 pit;
};

static void op_get(void *context)
{
	struct saved *saved = context;

	vm_get_irqchip(&saved->vm, saved->chip, &saved->state);
}

static void op_set(void *context)
{
	struct saved *saved = context;

	vm_set_irqchip(&saved->vm, &saved->state);
}

static void op_get_pit(void *context)
{
	struct saved *saved = context;

	vm_get_pit2(&saved->vm, &saved->pit);
}

static void get(unsigned int chip)
{
	struct saved saved = { .chip = chip };

	bench_vm(&saved.vm);
	measure(ITERATIONS, op_get, &saved);
}

static void set(unsigned int chip)
{
	struct saved saved = { .chip = chip };

	bench_vm(&saved.vm);
	op_get(&saved);
	measure(ITERATIONS, op_set, &saved);
}

static void get_pit(unsigned int arg)
{
	struct saved saved = { };

	(void)arg;
	bench_vm(&saved.vm);
	vm_create_pit2(&saved.vm, 0);
	measure(ITERATIONS, op_get_pit, &saved);
}

const struct bench chip_benches[] = {
	{ "chip.get-pic", get, KVM_IRQCHIP_PIC_MASTER },
	{ "chip.get-ioapic", get, KVM_IRQCHIP_IOAPIC },
	{ "chip.set-pic", set, KVM_IRQCHIP_PIC_MASTER },
	{ "chip.set-ioapic", set, KVM_IRQCHIP_IOAPIC },
	{ "chip.get-pit2", get_pit },
	{ }
};
