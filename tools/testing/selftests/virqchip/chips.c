// SPDX-License-Identifier: GPL-2.0
/*
 * chips.c - programs the interrupt complex through the tiny guest.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <string.h>

/** pic_init_one() - ICW1 to ICW4 of the 8259A at @port; nothing is masked */
void pic_init_one(struct vcpu *vcpu, unsigned int port, unsigned int icw4)
{
	bool primary = port == PIC_PRIMARY;

	guest_out8(vcpu, port, ICW1_INIT | ICW1_ICW4);
	guest_out8(vcpu, port + 1, primary ? PIC_BASE : PIC_BASE + 8);
	guest_out8(vcpu, port + 1, primary ? ICW3_PRIMARY : ICW3_SECONDARY);
	guest_out8(vcpu, port + 1, ICW4_8086 | icw4);
}

/** pic_init() - both, with vectors from PIC_BASE, as a PC's firmware does it */
void pic_init(struct vcpu *vcpu, unsigned int icw4)
{
	pic_init_one(vcpu, PIC_PRIMARY, icw4);
	pic_init_one(vcpu, PIC_SECONDARY, icw4);
}

/** pic_mask() - OCW1 of both: a bit for each pin of the pair */
void pic_mask(struct vcpu *vcpu, unsigned int pins)
{
	guest_out8(vcpu, PIC_PRIMARY_DATA, pins);
	guest_out8(vcpu, PIC_SECONDARY_DATA, pins >> 8);
}

/** pic_irr() - what the 8259A at @port requests */
uint8_t pic_irr(struct vcpu *vcpu, unsigned int port)
{
	guest_out8(vcpu, port, OCW3_READ_IRR);
	return guest_in8(vcpu, port);
}

/** pic_isr() - what it has in service */
uint8_t pic_isr(struct vcpu *vcpu, unsigned int port)
{
	guest_out8(vcpu, port, OCW3_READ_ISR);
	return guest_in8(vcpu, port);
}

uint32_t ioapic_read(struct vcpu *vcpu, unsigned int reg)
{
	guest_write32(vcpu, IOAPIC_SELECT, reg);
	return guest_read32(vcpu, IOAPIC_WINDOW);
}

void ioapic_write(struct vcpu *vcpu, unsigned int reg, uint32_t value)
{
	guest_write32(vcpu, IOAPIC_SELECT, reg);
	guest_write32(vcpu, IOAPIC_WINDOW, value);
}

/** ioapic_set_rte() - destination first, as guests do, then the rest */
void ioapic_set_rte(struct vcpu *vcpu, unsigned int pin, uint64_t rte)
{
	ioapic_write(vcpu, IOAPIC_RTE_HIGH(pin), rte >> 32);
	ioapic_write(vcpu, IOAPIC_RTE_LOW(pin), rte);
}

uint64_t ioapic_rte(struct vcpu *vcpu, unsigned int pin)
{
	uint64_t high = ioapic_read(vcpu, IOAPIC_RTE_HIGH(pin));

	return high << 32 | ioapic_read(vcpu, IOAPIC_RTE_LOW(pin));
}

static void lapic_state(struct vcpu *vcpu, struct kvm_lapic_state *state)
{
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_GET_LAPIC, state));
}

/** lapic_get() - a register of the saved state; the guest need not run */
uint32_t lapic_get(struct vcpu *vcpu, uint32_t address)
{
	struct kvm_lapic_state state;
	uint32_t value;

	lapic_state(vcpu, &state);
	memcpy(&value, state.regs + (address - LAPIC_BASE), sizeof(value));
	return value;
}

/** lapic_set() - write a register of the saved state */
void lapic_set(struct vcpu *vcpu, uint32_t address, uint32_t value)
{
	struct kvm_lapic_state state;

	lapic_state(vcpu, &state);
	memcpy(state.regs + (address - LAPIC_BASE), &value, sizeof(value));
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_SET_LAPIC, &state));
}

/** lapic_enable() - let it take fixed interrupts */
void lapic_enable(struct vcpu *vcpu)
{
	lapic_set(vcpu, LAPIC_SPIV, LAPIC_SPIV_ENABLED);
}

/** lapic_mask_extint() - let it ignore the pair's INTR */
void lapic_mask_extint(struct vcpu *vcpu)
{
	lapic_set(vcpu, LAPIC_LVT0, LAPIC_LVT_EXTINT | LAPIC_LVT_MASKED);
}

/* A bit of the 256 that lie in eight registers, 16 bytes apart. */
static bool lapic_bit(struct vcpu *vcpu, uint32_t address, unsigned int vector)
{
	uint32_t word = lapic_get(vcpu, address + vector / 32 * 16);

	return word >> vector % 32 & 1;
}

/** lapic_requests() - is the vector in IRR? */
bool lapic_requests(struct vcpu *vcpu, unsigned int vector)
{
	return lapic_bit(vcpu, LAPIC_IRR, vector);
}

/** lapic_serves() - is the vector in ISR? */
bool lapic_serves(struct vcpu *vcpu, unsigned int vector)
{
	return lapic_bit(vcpu, LAPIC_ISR, vector);
}

/** lapic_clear() - forget everything requested and in service */
void lapic_clear(struct vcpu *vcpu)
{
	struct kvm_lapic_state state;
	unsigned int word;

	lapic_state(vcpu, &state);
	for (word = 0; word < 8; word++) {
		unsigned int at = LAPIC_ISR - LAPIC_BASE + word * 16;

		memset(state.regs + at, 0, 4);
		memset(state.regs + at + (LAPIC_IRR - LAPIC_ISR), 0, 4);
	}
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_SET_LAPIC, &state));
}

/** vm_set_pic() - restore one 8259A */
void vm_set_pic(struct vm *vm, unsigned int chip,
		const struct kvm_pic_state *pic)
{
	struct kvm_irqchip state = { .chip_id = chip };

	state.chip.pic = *pic;
	vm_set_irqchip(vm, &state);
}

/** vm_set_ioapic() - restore the IOAPIC */
void vm_set_ioapic(struct vm *vm, const struct kvm_ioapic_state *ioapic)
{
	struct kvm_irqchip state = { .chip_id = KVM_IRQCHIP_IOAPIC };

	state.chip.ioapic = *ioapic;
	vm_set_irqchip(vm, &state);
}

/** vm_set_rte() - one entry, by restoring the IOAPIC; the guest need not run */
void vm_set_rte(struct vm *vm, unsigned int pin, uint64_t rte)
{
	struct kvm_ioapic_state ioapic = vm_ioapic(vm);

	ioapic.redirtbl[pin].bits = rte;
	vm_set_ioapic(vm, &ioapic);
}

/** vm_rte() - one entry of the saved state */
uint64_t vm_rte(struct vm *vm, unsigned int pin)
{
	return vm_ioapic(vm).redirtbl[pin].bits;
}

/** pit_program() - control word and count, low byte first */
void pit_program(struct vcpu *vcpu, unsigned int channel, unsigned int mode,
		 unsigned int count)
{
	guest_out8(vcpu, PIT_CONTROL,
		   PIT_SELECT(channel) | PIT_LOW_HIGH | PIT_MODE(mode));
	guest_out8(vcpu, PIT_CHANNEL(channel), count);
	guest_out8(vcpu, PIT_CHANNEL(channel), count >> 8);
}

/** pit_read_count() - latch and read, low byte first */
unsigned int pit_read_count(struct vcpu *vcpu, unsigned int channel)
{
	unsigned int low;

	guest_out8(vcpu, PIT_CONTROL, PIT_SELECT(channel) | PIT_LATCH);
	low = guest_in8(vcpu, PIT_CHANNEL(channel));
	return guest_in8(vcpu, PIT_CHANNEL(channel)) << 8 | low;
}
