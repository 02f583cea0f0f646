/* SPDX-License-Identifier: GPL-2.0 */
/*
 * chips.h - ports and registers of the interrupt complex by name, and how the
 * tiny guest programs them.
 */
#ifndef VIC_TEST_CHIPS_H
#define VIC_TEST_CHIPS_H

#include "vm.h"

#define NR_PIC_PINS		16
#define NR_IOAPIC_PINS		KVM_IOAPIC_NUM_PINS

/* 8259A pair (231468), ports of the PC. */
#define PIC_PRIMARY		0x20
#define PIC_PRIMARY_DATA	0x21
#define PIC_SECONDARY		0xa0
#define PIC_SECONDARY_DATA	0xa1
#define PIC_ELCR_PRIMARY	0x4d0
#define PIC_ELCR_SECONDARY	0x4d1
#define ICW1_INIT		0x10
#define ICW1_ICW4		0x01
#define ICW1_SNGL		0x02
#define ICW1_LTIM		0x08
#define ICW3_PRIMARY		0x04
#define ICW3_SECONDARY		0x02
#define ICW4_8086		0x01
#define ICW4_AEOI		0x02
#define ICW4_SFNM		0x10
#define OCW2_ROTATE_AEOI_CLEAR	0x00
#define OCW2_EOI		0x20
#define OCW2_EOI_SPECIFIC	0x60
#define OCW2_ROTATE_AEOI_SET	0x80
#define OCW2_EOI_ROTATE		0xa0
#define OCW2_SET_PRIORITY	0xc0
#define OCW2_EOI_SPECIFIC_ROTATE 0xe0
#define OCW3			0x08
#define OCW3_READ_IRR		0x0a
#define OCW3_READ_ISR		0x0b
#define OCW3_POLL		0x0c
#define OCW3_SPECIAL_MASK_OFF	0x48
#define OCW3_SPECIAL_MASK_ON	0x68
#define PIC_POLL_PENDING	0x80
#define PIC_CASCADE		2
#define PIC_SPURIOUS		7

/* Where pic_init() puts the pair's vectors. */
#define PIC_BASE		0x20
#define PIC_VECTOR(pin)		(PIC_BASE + (pin))

/* 82093AA (290566). */
#define IOAPIC_BASE		0xfec00000
#define IOAPIC_SELECT		(IOAPIC_BASE + 0x00)
#define IOAPIC_WINDOW		(IOAPIC_BASE + 0x10)
#define IOAPIC_ID		0x00
#define IOAPIC_VERSION		0x01
#define IOAPIC_ARBITRATION	0x02
#define IOAPIC_RTE_LOW(pin)	(0x10 + 2 * (pin))
#define IOAPIC_RTE_HIGH(pin)	(0x11 + 2 * (pin))
#define IOAPIC_VERSION_24_PINS	0x00170011
#define RTE_VECTOR		0x000000ffULL
#define RTE_LOWEST_PRIORITY	0x00000100ULL
#define RTE_NMI			0x00000400ULL
#define RTE_EXTINT		0x00000700ULL
#define RTE_LOGICAL		0x00000800ULL
#define RTE_DELIVERY_STATUS	0x00001000ULL
#define RTE_ACTIVE_LOW		0x00002000ULL
#define RTE_REMOTE_IRR		0x00004000ULL
#define RTE_LEVEL		0x00008000ULL
#define RTE_MASKED		0x00010000ULL
#define RTE_DEST(id)		((uint64_t)(id) << 56)

/* Where tests put the vectors of IOAPIC pins. */
#define IOAPIC_VECTOR(pin)	(0x50 + (pin))

/* Local APIC, Intel SDM volume 3, chapter 11. */
#define LAPIC_BASE		0xfee00000
#define LAPIC_EOI		(LAPIC_BASE + 0xb0)
#define LAPIC_LDR		(LAPIC_BASE + 0xd0)
#define LAPIC_DFR		(LAPIC_BASE + 0xe0)
#define LAPIC_SPIV		(LAPIC_BASE + 0xf0)
#define LAPIC_LVT0		(LAPIC_BASE + 0x350)
#define LAPIC_ISR		(LAPIC_BASE + 0x100)
#define LAPIC_IRR		(LAPIC_BASE + 0x200)
#define LAPIC_SPIV_ENABLED	0x1ff
#define LAPIC_LVT_NMI		0x400
#define LAPIC_LVT_EXTINT	0x700
#define LAPIC_LVT_MASKED	0x10000

/* Messages, Intel SDM volume 3, 11.11. */
#define MSI_ADDRESS(dest)	(LAPIC_BASE | (uint32_t)(dest) << 12)
#define MSI_LEVEL		0xc000	/* level, assert */

/* i8254 (231164). */
#define PIT_CHANNEL(n)		(0x40 + (n))
#define PIT_CONTROL		0x43
#define PIT_PORT_B		0x61
#define PIT_SELECT(n)		((n) << 6)
#define PIT_LATCH		0x00
#define PIT_LOW			0x10
#define PIT_HIGH		0x20
#define PIT_LOW_HIGH		0x30
#define PIT_MODE(mode)		((mode) << 1)
#define PIT_READ_BACK		0xc0
#define PIT_READ_BACK_NO_COUNT	0x20
#define PIT_READ_BACK_CHANNEL(n) (2 << (n))
#define PIT_STATUS_OUT		0x80
#define PIT_STATUS_NULL_COUNT	0x40
#define PIT_HZ			1193182

void pic_init(struct vcpu *vcpu, unsigned int icw4);
void pic_init_one(struct vcpu *vcpu, unsigned int port, unsigned int icw4);
void pic_mask(struct vcpu *vcpu, unsigned int pins);
uint8_t pic_irr(struct vcpu *vcpu, unsigned int port);
uint8_t pic_isr(struct vcpu *vcpu, unsigned int port);

uint32_t ioapic_read(struct vcpu *vcpu, unsigned int reg);
void ioapic_write(struct vcpu *vcpu, unsigned int reg, uint32_t value);
void ioapic_set_rte(struct vcpu *vcpu, unsigned int pin, uint64_t rte);
uint64_t ioapic_rte(struct vcpu *vcpu, unsigned int pin);

uint32_t lapic_get(struct vcpu *vcpu, uint32_t address);
void lapic_set(struct vcpu *vcpu, uint32_t address, uint32_t value);
void lapic_enable(struct vcpu *vcpu);
void lapic_mask_extint(struct vcpu *vcpu);
bool lapic_requests(struct vcpu *vcpu, unsigned int vector);
bool lapic_serves(struct vcpu *vcpu, unsigned int vector);
void lapic_clear(struct vcpu *vcpu);

void vm_set_pic(struct vm *vm, unsigned int chip,
		const struct kvm_pic_state *pic);
void vm_set_ioapic(struct vm *vm, const struct kvm_ioapic_state *ioapic);
void vm_set_rte(struct vm *vm, unsigned int pin, uint64_t rte);
uint64_t vm_rte(struct vm *vm, unsigned int pin);

void pit_program(struct vcpu *vcpu, unsigned int channel, unsigned int mode,
		 unsigned int count);
unsigned int pit_read_count(struct vcpu *vcpu, unsigned int channel);

#endif /* VIC_TEST_CHIPS_H */
