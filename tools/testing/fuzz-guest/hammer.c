// SPDX-License-Identifier: GPL-2.0
/*
 * hammer.c - random lists of operations for the tiny guest. See hammer.h.
 *
 * Half of the values are ones that a chip gives a meaning to; noise alone
 * rarely gets a PIC through its initialisation or an RTE to deliver.
 *
 * No SMIs: in system management mode guests with nothing there destroy each
 * other's saved state, and KVM then gives up the whole VM.
 */
#include "hammer.h"
#include "chips.h"

#include <string.h>

#define NR_KINDS_OF_WIDTH	3
#define EXCEPTION_CODE		0x1000
#define NR_EXCEPTIONS		18
#define VECTOR_NMI		2
#define MODE_MASK		0x700	/* of RTEs, LVTs and messages alike */
#define MODE_SMI		0x200
#define MODE_INIT		0x500
#define MODE_RESERVED		0x300
#define MSR_APIC_BASE		0x1b
#define APIC_BASE_MODES		0xd00	/* BSP, x2APIC, enabled */

static const uint16_t ports[] = {
	PIC_PRIMARY, PIC_PRIMARY_DATA, PIC_SECONDARY, PIC_SECONDARY_DATA,
	PIC_PRIMARY, PIC_PRIMARY_DATA, PIC_SECONDARY, PIC_SECONDARY_DATA,
	PIC_ELCR_PRIMARY, PIC_ELCR_SECONDARY,
	PIT_CHANNEL(0), PIT_CHANNEL(1), PIT_CHANNEL(2), PIT_CONTROL,
	PIT_CHANNEL(0), PIT_CONTROL, PIT_PORT_B,
	/* Neighbours: the accesses that begin or end beside a chip. */
	PIC_PRIMARY - 1, PIC_PRIMARY_DATA + 1, PIC_SECONDARY - 1,
	PIC_ELCR_PRIMARY - 1, PIT_CHANNEL(0) - 1, PIT_CONTROL + 1,
	PIT_PORT_B - 1, PIT_PORT_B + 1,
};

static const uint8_t pic_values[] = {
	ICW1_INIT | ICW1_ICW4, ICW1_INIT, ICW1_INIT | ICW1_LTIM | ICW1_ICW4,
	PIC_BASE, PIC_BASE + 8, ICW3_PRIMARY, ICW3_SECONDARY,
	ICW4_8086, ICW4_8086 | ICW4_AEOI, ICW4_8086 | ICW4_SFNM,
	OCW2_EOI, OCW2_EOI_SPECIFIC | 3, OCW2_EOI_ROTATE,
	OCW2_ROTATE_AEOI_SET, OCW2_ROTATE_AEOI_CLEAR, OCW2_SET_PRIORITY | 5,
	OCW2_EOI_SPECIFIC_ROTATE | 1, OCW3_READ_IRR, OCW3_READ_ISR, OCW3_POLL,
	OCW3_SPECIAL_MASK_ON, OCW3_SPECIAL_MASK_OFF, 0x00, 0xff,
};

static const uint16_t lapic_registers[] = {
	0x20, 0x30, 0x80, 0x90, 0xa0, 0xb0, 0xb0, 0xb0, 0xd0, 0xe0, 0xf0, 0x100,
	0x170, 0x180, 0x200, 0x270, 0x280, 0x2f0, 0x320, 0x330, 0x340, 0x350,
	0x360, 0x370, 0x380, 0x390, 0x3e0,
};

/*
 * The tiny guest's handlers know interrupts, and no error codes. An exception
 * comes out instead, for a restart, before the guest does what nobody can
 * foretell - not even the emulator it runs on, which may end by it. So does an
 * interrupt on one of these vectors.
 */
static void load_exceptions(struct vm *vm)
{
	static const unsigned char code[] = {
		0xe6, HAMMER_PORT_LOST,	/* out %al, $HAMMER_PORT_LOST */
		0xeb, 0xfc,		/* and again */
	};
	const uint16_t gate[4] = { EXCEPTION_CODE, GUEST_CS, 0x8e00, 0 };
	unsigned int vector;

	memcpy(vm->ram + EXCEPTION_CODE, code, sizeof(code));
	for (vector = 0; vector < NR_EXCEPTIONS; vector++)
		if (vector != VECTOR_NMI)
			memcpy(vm->ram + GUEST_IDT + vector * sizeof(gate),
			       gate, sizeof(gate));
}

/** hammer_load() - put the tiny guest into a VM's memory, ready to be hit */
void hammer_load(struct vm *vm)
{
	guest_load(vm);
	load_exceptions(vm);
}

static uint32_t no_smi(uint32_t value)
{
	return (value & MODE_MASK) == MODE_SMI ? value & ~MODE_MASK : value;
}

static void access_port(struct random *r, struct guest_op *op)
{
	static const uint8_t reads[NR_KINDS_OF_WIDTH] = {
		GUEST_OP_IN8, GUEST_OP_IN16, GUEST_OP_IN32,
	};
	static const uint8_t writes[NR_KINDS_OF_WIDTH] = {
		GUEST_OP_OUT8, GUEST_OP_OUT16, GUEST_OP_OUT32,
	};
	unsigned int width = random_percent(r, 80) ? 0 :
			     random_below(r, NR_KINDS_OF_WIDTH);

	op->kind = random_percent(r, 30) ? reads[width] : writes[width];
	op->addr = RANDOM_OF(r, ports);
	op->value = random_percent(r, 60) ? RANDOM_OF(r, pic_values) :
					    random_u32(r);
}

static void access_string(struct random *r, struct guest_op *op)
{
	op->kind = random_percent(r, 50) ? GUEST_OP_INS8 : GUEST_OP_OUTS8;
	op->addr = RANDOM_OF(r, ports);
	op->value = 1 + random_below(r, 40);
}

/* Any width, anywhere in the page, also across its end. */
static void access_page(struct random *r, struct guest_op *op, uint32_t page)
{
	static const uint8_t kinds[] = {
		GUEST_OP_READ8, GUEST_OP_READ16, GUEST_OP_READ32,
		GUEST_OP_WRITE8, GUEST_OP_WRITE16, GUEST_OP_WRITE32,
	};

	op->kind = RANDOM_OF(r, kinds);
	op->addr = page + random_below(r, random_percent(r, 70) ? 0x50 : 4096);
	op->value = no_smi(random_u32(r));
}

static uint32_t plausible_rte(struct random *r)
{
	static const uint32_t modes[] = {
		0, 0, 0, 0, RTE_LOWEST_PRIORITY, RTE_NMI, MODE_INIT,
		RTE_EXTINT, MODE_RESERVED,
	};
	uint32_t rte = RANDOM_OF(r, modes) | (0x20 + random_below(r, 0xe0));

	if (random_percent(r, 50))
		rte |= RTE_LEVEL;
	if (random_percent(r, 20))
		rte |= RTE_LOGICAL;
	if (random_percent(r, 10))
		rte |= RTE_MASKED;
	if (random_percent(r, 5))
		rte |= RTE_ACTIVE_LOW;
	return rte;
}

/* Select, then a register through the window: two operations. */
static void access_ioapic(struct random *r, struct guest_op *op)
{
	unsigned int reg = random_percent(r, 90) ?
			   random_below(r, 0x10 + 2 * NR_IOAPIC_PINS) :
			   random_below(r, 256);

	op[0] = (struct guest_op) {
		.kind = GUEST_OP_WRITE32, .addr = IOAPIC_SELECT, .value = reg,
	};
	op[1] = (struct guest_op) {
		.kind = random_percent(r, 25) ? GUEST_OP_READ32 :
						GUEST_OP_WRITE32,
		.addr = IOAPIC_WINDOW,
		.value = reg & 1 ? (uint32_t)random_below(r, 4) << 24 :
				   plausible_rte(r),
	};
	if (random_percent(r, 10))
		op[1].value = no_smi(random_u32(r));
}

static void access_lapic(struct random *r, struct guest_op *op)
{
	op->kind = random_percent(r, 30) ? GUEST_OP_READ32 : GUEST_OP_WRITE32;
	op->addr = LAPIC_BASE + RANDOM_OF(r, lapic_registers);
	op->value = no_smi(random_u32(r));
	/* Most of the time keep it enabled, or little would happen. */
	if (op->addr == LAPIC_SPIV && random_percent(r, 80))
		op->value = LAPIC_SPIV_ENABLED;
	if (op->addr == LAPIC_LVT0 && random_percent(r, 80))
		op->value = LAPIC_LVT_EXTINT;
	if (op->addr == LAPIC_BASE + 0x80 && random_percent(r, 90))
		op->value = 0;
}

static void be_wild(struct random *r, struct guest_op *op)
{
	switch (random_below(r, 8)) {
	case 0:
	case 1:
	case 2:
	case 3:
		op->kind = GUEST_OP_HALT;
		break;
	case 4:
		op->kind = GUEST_OP_RDMSR;
		op->addr = MSR_APIC_BASE;
		break;
	case 5:
		op->kind = GUEST_OP_WRMSR;
		op->addr = MSR_APIC_BASE;
		op->value = LAPIC_BASE | (random_u32(r) & APIC_BASE_MODES);
		break;
	case 6:
		/* Interrupts between processors, INIT and start-up among them. */
		op->kind = GUEST_OP_WRITE32;
		op->addr = LAPIC_BASE + 0x300;
		op->value = no_smi(random_u32(r) & 0xccfff);
		break;
	default:
		op->kind = GUEST_OP_OUT32;
		op->addr = random_below(r, 0x600);
		op->value = random_u32(r);
	}
}

/**
 * hammer_fill() - make up operations
 * @r: where from
 * @ops: filled
 * @nr: how many, at least 2
 * @how: HAMMER_CALM or HAMMER_WILD
 */
void hammer_fill(struct random *r, struct guest_op *ops, unsigned int nr,
		 unsigned int how)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		unsigned int dice = random_below(r, 100);

		ops[i] = (struct guest_op) { .kind = GUEST_OP_TAKE };
		if (dice < 40)
			access_port(r, &ops[i]);
		else if (dice < 44)
			access_string(r, &ops[i]);
		else if (dice < 65 && i + 1 < nr)
			access_ioapic(r, &ops[i++]);
		else if (dice < 70)
			access_page(r, &ops[i], IOAPIC_BASE);
		else if (dice < 80)
			access_lapic(r, &ops[i]);
		else if (dice < 84 && how == HAMMER_WILD)
			be_wild(r, &ops[i]);
		else if (dice < 88)
			ops[i].kind = dice & 1 ? GUEST_OP_STI : GUEST_OP_CLI;
	}
}

/** hammer_actions() - what the handlers of a vCPU do: some forget their EOI */
void hammer_actions(struct random *r, struct guest_cpu *cpu)
{
	static const uint8_t actions[] = {
		GUEST_EOI_LAPIC, GUEST_EOI_LAPIC, GUEST_EOI_LAPIC,
		GUEST_EOI_PRIMARY, GUEST_EOI_PRIMARY | GUEST_EOI_SECONDARY,
		GUEST_EOI_PRIMARY | GUEST_EOI_SECONDARY | GUEST_EOI_LAPIC,
		GUEST_EOI_LAPIC | GUEST_ONCE, 0,
	};
	unsigned int vector;

	for (vector = 0; vector < 256; vector++)
		cpu->action[vector] = RANDOM_OF(r, actions);
}
