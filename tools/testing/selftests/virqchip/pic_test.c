// SPDX-License-Identifier: GPL-2.0
/*
 * pic_test.c - the pair of 8259A as a guest programs it and takes interrupts
 * from it. GSI n drives pin n (the default routes); the IOAPIC stays masked.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#define PRIMARY_ACTION		GUEST_EOI_PRIMARY
#define SECONDARY_ACTION	(GUEST_EOI_SECONDARY | GUEST_EOI_PRIMARY)
#define ALL_PINS		0xffff
#define ELCR_PRIMARY_BITS	0xf8
#define ELCR_SECONDARY_BITS	0xde

FIXTURE(pic) { struct vm vm; struct vcpu *vcpu; };
FIXTURE_SETUP(pic)
{
	vm_open_with_chips(&self->vm);
	self->vcpu = vm_add_vcpu(&self->vm, 0);
	pic_init(self->vcpu, 0);
}

/* Handlers that send EOIs as a PC's would. */
static void eoi_in_handlers(struct vcpu *vcpu)
{
	guest_on_vectors(vcpu, PIC_VECTOR(0), PIC_VECTOR(7), PRIMARY_ACTION);
	guest_on_vectors(vcpu, PIC_VECTOR(8), PIC_VECTOR(15), SECONDARY_ACTION);
}

TEST_F(pic, every_pin_has_its_vector)
{
	unsigned int pin;

	eoi_in_handlers(self->vcpu);
	for (pin = 0; pin < NR_PIC_PINS; pin++) {
		if (pin == PIC_CASCADE)
			continue;
		vm_irq_pulse(&self->vm, pin);
		guest_take(self->vcpu);
		EXPECT_VECTORS(self->vcpu, PIC_VECTOR(pin));
	}
}

TEST_F(pic, pair_without_icws_sends_the_numbers_of_its_pins)
{
	struct vm vm;
	struct vcpu *vcpu;

	vm_open_with_chips(&vm);
	vcpu = vm_add_vcpu(&vm, 0);
	vm_irq_line(&vm, 5, 1);
	guest_take(vcpu);
	EXPECT_VECTORS(vcpu, same(PARITY_PIC_UNINITIALISED, 5));
	EXPECT_EQ(1 << 5, pic_isr(vcpu, PIC_PRIMARY));
}

TEST_F(pic, lower_pins_come_first)
{
	eoi_in_handlers(self->vcpu);
	vm_irq_pulse(&self->vm, 7);
	vm_irq_pulse(&self->vm, 3);
	vm_irq_pulse(&self->vm, 5);
	vm_irq_pulse(&self->vm, 12);
	vm_irq_pulse(&self->vm, 9);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(9), PIC_VECTOR(12), PIC_VECTOR(3),
		       PIC_VECTOR(5), PIC_VECTOR(7));
}

TEST_F(pic, service_holds_off_what_is_not_more_urgent)
{
	vm_irq_pulse(&self->vm, 3);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(3));
	vm_irq_pulse(&self->vm, 3);
	vm_irq_pulse(&self->vm, 5);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	vm_irq_pulse(&self->vm, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(1));
	EXPECT_EQ(1 << 1 | 1 << 3, pic_isr(self->vcpu, PIC_PRIMARY));
	EXPECT_EQ(1 << 3 | 1 << 5, pic_irr(self->vcpu, PIC_PRIMARY));
}

TEST_F(pic, non_specific_eoi_ends_the_most_urgent)
{
	vm_irq_pulse(&self->vm, 3);
	guest_take(self->vcpu);
	vm_irq_pulse(&self->vm, 1);
	guest_take(self->vcpu);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_EOI);
	EXPECT_EQ(1 << 3, pic_isr(self->vcpu, PIC_PRIMARY));
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_EOI);
	EXPECT_EQ(0, pic_isr(self->vcpu, PIC_PRIMARY));
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_EOI);
	EXPECT_EQ(0, pic_isr(self->vcpu, PIC_PRIMARY));
}

TEST_F(pic, specific_eoi_ends_the_one_it_names)
{
	vm_irq_pulse(&self->vm, 3);
	guest_take(self->vcpu);
	vm_irq_pulse(&self->vm, 1);
	guest_take(self->vcpu);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_EOI_SPECIFIC | 3);
	EXPECT_EQ(1 << 1, pic_isr(self->vcpu, PIC_PRIMARY));
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_EOI_SPECIFIC | 6);
	EXPECT_EQ(1 << 1, pic_isr(self->vcpu, PIC_PRIMARY));
}

TEST_F(pic, ocw2_without_eoi_does_nothing)
{
	vm_irq_pulse(&self->vm, 3);
	guest_take(self->vcpu);
	guest_out8(self->vcpu, PIC_PRIMARY, 2 << 5 | 3);
	EXPECT_EQ(1 << 3, pic_isr(self->vcpu, PIC_PRIMARY));
}

TEST_F(pic, eoi_with_rotation_makes_it_the_least_urgent)
{
	vm_irq_pulse(&self->vm, 3);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(3));
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_EOI_ROTATE);
	EXPECT_EQ(4, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).priority_add);
	eoi_in_handlers(self->vcpu);
	vm_irq_pulse(&self->vm, 1);
	vm_irq_pulse(&self->vm, 3);
	vm_irq_pulse(&self->vm, 5);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(5), PIC_VECTOR(1), PIC_VECTOR(3));
}

TEST_F(pic, specific_eoi_with_rotation)
{
	vm_irq_pulse(&self->vm, 3);
	guest_take(self->vcpu);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_EOI_SPECIFIC_ROTATE | 3);
	EXPECT_EQ(4, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).priority_add);
	EXPECT_EQ(0, pic_isr(self->vcpu, PIC_PRIMARY));
}

TEST_F(pic, non_specific_eoi_with_rotation_and_nothing_in_service)
{
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_EOI_ROTATE);
	EXPECT_EQ(0, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).priority_add);
}

TEST_F(pic, priority_can_be_set)
{
	eoi_in_handlers(self->vcpu);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_SET_PRIORITY | 4);
	vm_irq_pulse(&self->vm, 4);
	vm_irq_pulse(&self->vm, 0);
	vm_irq_pulse(&self->vm, 6);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(6), PIC_VECTOR(0), PIC_VECTOR(4));
}

TEST_F(pic, automatic_eoi_leaves_nothing_in_service)
{
	pic_init_one(self->vcpu, PIC_PRIMARY, ICW4_AEOI);
	vm_irq_pulse(&self->vm, 3);
	vm_irq_pulse(&self->vm, 5);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(3), PIC_VECTOR(5));
	EXPECT_EQ(0, pic_isr(self->vcpu, PIC_PRIMARY));
	vm_irq_pulse(&self->vm, 3);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(3));
}

TEST_F(pic, automatic_eoi_may_rotate)
{
	pic_init_one(self->vcpu, PIC_PRIMARY, ICW4_AEOI);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_ROTATE_AEOI_SET);
	vm_irq_pulse(&self->vm, 3);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(3));
	EXPECT_EQ(4, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).priority_add);
	vm_irq_pulse(&self->vm, 1);
	vm_irq_pulse(&self->vm, 6);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(6), PIC_VECTOR(1));
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_ROTATE_AEOI_CLEAR);
	EXPECT_FALSE(vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).rotate_on_auto_eoi);
}

TEST_F(pic, icw1_without_icw4_ends_automatic_eoi)
{
	pic_init_one(self->vcpu, PIC_PRIMARY, ICW4_AEOI | ICW4_SFNM);
	guest_out8(self->vcpu, PIC_PRIMARY, ICW1_INIT);
	EXPECT_FALSE(vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).auto_eoi);
	EXPECT_FALSE(vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).special_fully_nested_mode);
	guest_out8(self->vcpu, PIC_PRIMARY_DATA, PIC_BASE);
	guest_out8(self->vcpu, PIC_PRIMARY_DATA, ICW3_PRIMARY);
	/* Ready: this is OCW1. */
	guest_out8(self->vcpu, PIC_PRIMARY_DATA, UINT8_MAX);
	EXPECT_EQ(UINT8_MAX, guest_in8(self->vcpu, PIC_PRIMARY_DATA));
}

TEST_F(pic, icw1_clears_masks_and_edges)
{
	pic_mask(self->vcpu, ALL_PINS);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_SET_PRIORITY | 4);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW3_READ_ISR);
	vm_irq_line(&self->vm, 3, 1);
	guest_out8(self->vcpu, PIC_PRIMARY, ICW1_INIT | ICW1_ICW4);
	EXPECT_EQ(0, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).irr);
	EXPECT_EQ(0, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).imr);
	EXPECT_EQ(0, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).last_irr);
	EXPECT_EQ(0, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).priority_add);
	EXPECT_EQ(0, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).read_reg_select);
	EXPECT_EQ(1, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).init_state);
	EXPECT_EQ(PIC_BASE, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).irq_base);
}

TEST_F(pic, icw1_keeps_level_requests)
{
	guest_out8(self->vcpu, PIC_ELCR_PRIMARY, 1 << 5);
	vm_irq_line(&self->vm, 5, 1);
	pic_init_one(self->vcpu, PIC_PRIMARY, 0);
	EXPECT_EQ(1 << 5, pic_irr(self->vcpu, PIC_PRIMARY));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(5));
}

TEST_F(pic, icw1_keeps_what_is_in_service)
{
	vm_irq_pulse(&self->vm, 3);
	guest_take(self->vcpu);
	pic_init_one(self->vcpu, PIC_PRIMARY, 0);
	EXPECT_EQ(same(PARITY_ICW1_KEEPS_ISR, 1 << 3),
		  pic_isr(self->vcpu, PIC_PRIMARY));
}

TEST_F(pic, icw1_level_and_single_mode_are_ignored)
{
	guest_out8(self->vcpu, PIC_PRIMARY,
		   ICW1_INIT | ICW1_ICW4 | ICW1_LTIM | ICW1_SNGL);
	guest_out8(self->vcpu, PIC_PRIMARY_DATA, PIC_BASE);
	guest_out8(self->vcpu, PIC_PRIMARY_DATA, ICW3_PRIMARY);
	guest_out8(self->vcpu, PIC_PRIMARY_DATA, ICW4_8086);
	/* There was an ICW3, so ICW4 was not taken for a mask. */
	EXPECT_EQ(same(PARITY_LTIM_AND_SNGL, 0),
		  guest_in8(self->vcpu, PIC_PRIMARY_DATA));
	eoi_in_handlers(self->vcpu);
	vm_irq_line(&self->vm, 3, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(3));
	/* The line is still high: as a level it would come again. */
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
}

TEST_F(pic, low_bits_of_icw2_are_ignored)
{
	guest_out8(self->vcpu, PIC_PRIMARY, ICW1_INIT | ICW1_ICW4);
	guest_out8(self->vcpu, PIC_PRIMARY_DATA, PIC_BASE | 7);
	EXPECT_EQ(PIC_BASE, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).irq_base);
}

TEST_F(pic, masked_edge_waits)
{
	pic_mask(self->vcpu, 1 << 3);
	EXPECT_EQ(1 << 3, guest_in8(self->vcpu, PIC_PRIMARY_DATA));
	vm_irq_pulse(&self->vm, 3);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	pic_mask(self->vcpu, 0);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(3));
}

TEST_F(pic, masked_cascade_holds_back_the_secondary)
{
	pic_mask(self->vcpu, 1 << PIC_CASCADE);
	vm_irq_pulse(&self->vm, 12);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	pic_mask(self->vcpu, 0);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(12));
}

TEST_F(pic, edge_held_high_fires_once)
{
	eoi_in_handlers(self->vcpu);
	vm_irq_line(&self->vm, 3, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(3));
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	vm_irq_line(&self->vm, 3, 1);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	vm_irq_line(&self->vm, 3, 0);
	vm_irq_line(&self->vm, 3, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(3));
}

TEST_F(pic, level_line_refires_until_deasserted)
{
	guest_on_vectors(self->vcpu, PIC_VECTOR(5), PIC_VECTOR(5),
			 GUEST_EOI_PRIMARY | GUEST_ONCE);
	guest_out8(self->vcpu, PIC_ELCR_PRIMARY, 1 << 5);
	vm_irq_line(&self->vm, 5, 1);
	guest_take(self->vcpu);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(5), PIC_VECTOR(5));
	vm_irq_line(&self->vm, 5, 0);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
}

TEST_F(pic, level_line_of_the_secondary_refires)
{
	guest_on_vectors(self->vcpu, PIC_VECTOR(11), PIC_VECTOR(11),
			 SECONDARY_ACTION | GUEST_ONCE);
	guest_out8(self->vcpu, PIC_ELCR_SECONDARY, 1 << 3);
	vm_irq_line(&self->vm, 11, 1);
	guest_take(self->vcpu);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(11), PIC_VECTOR(11));
	vm_irq_line(&self->vm, 11, 0);
	guest_take(self->vcpu);
	/* The cascade remembers the last request: that is a spurious 15. */
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(15));
}

TEST_F(pic, level_withdrawn_before_inta_is_forgotten)
{
	guest_out8(self->vcpu, PIC_ELCR_PRIMARY, 1 << 5);
	vm_irq_line(&self->vm, 5, 1);
	vm_irq_line(&self->vm, 5, 0);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
}

TEST_F(pic, secondary_withdrawn_before_inta_is_a_spurious_15)
{
	guest_out8(self->vcpu, PIC_ELCR_SECONDARY, 1 << 3);
	vm_irq_line(&self->vm, 11, 1);
	vm_irq_line(&self->vm, 11, 0);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(15));
	EXPECT_EQ(1 << PIC_CASCADE, pic_isr(self->vcpu, PIC_PRIMARY));
	EXPECT_EQ(0, pic_isr(self->vcpu, PIC_SECONDARY));
}

TEST_F(pic, elcr_has_no_bits_of_isa_lines)
{
	guest_out8(self->vcpu, PIC_ELCR_PRIMARY, UINT8_MAX);
	guest_out8(self->vcpu, PIC_ELCR_SECONDARY, UINT8_MAX);
	EXPECT_EQ(ELCR_PRIMARY_BITS, guest_in8(self->vcpu, PIC_ELCR_PRIMARY));
	EXPECT_EQ(ELCR_SECONDARY_BITS,
		  guest_in8(self->vcpu, PIC_ELCR_SECONDARY));
	pic_init(self->vcpu, 0);
	EXPECT_EQ(ELCR_PRIMARY_BITS, guest_in8(self->vcpu, PIC_ELCR_PRIMARY));
}

TEST_F(pic, ocw3_selects_what_is_read)
{
	vm_irq_pulse(&self->vm, 3);
	guest_take(self->vcpu);
	vm_irq_pulse(&self->vm, 5);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW3_READ_ISR);
	EXPECT_EQ(1 << 3, guest_in8(self->vcpu, PIC_PRIMARY));
	EXPECT_EQ(1 << 3, guest_in8(self->vcpu, PIC_PRIMARY));
	/* Neither of these selects anything. */
	guest_out8(self->vcpu, PIC_PRIMARY, OCW3);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_EOI_SPECIFIC | 6);
	EXPECT_EQ(1 << 3, guest_in8(self->vcpu, PIC_PRIMARY));
	guest_out8(self->vcpu, PIC_PRIMARY, OCW3_READ_IRR);
	EXPECT_EQ(1 << 5, guest_in8(self->vcpu, PIC_PRIMARY));
}

TEST_F(pic, poll_names_the_pin_and_acknowledges_it)
{
	vm_irq_pulse(&self->vm, 3);
	vm_irq_pulse(&self->vm, 5);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW3_POLL);
	EXPECT_EQ(since(6, 12, PIC_POLL_PENDING | 3, 3),
		  guest_in8(self->vcpu, PIC_PRIMARY));
	EXPECT_EQ(1 << 5, pic_irr(self->vcpu, PIC_PRIMARY));
	EXPECT_EQ(same(PARITY_POLL_ACKNOWLEDGES, 0),
		  pic_isr(self->vcpu, PIC_PRIMARY));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(5));
}

TEST_F(pic, poll_with_nothing_pending)
{
	guest_out8(self->vcpu, PIC_PRIMARY, OCW3_POLL);
	EXPECT_EQ(PIC_SPURIOUS, guest_in8(self->vcpu, PIC_PRIMARY));
	/* One read is a poll, the next is none. */
	EXPECT_EQ(0, guest_in8(self->vcpu, PIC_PRIMARY));
}

TEST_F(pic, poll_by_the_data_port)
{
	pic_mask(self->vcpu, 1 << 6);
	vm_irq_pulse(&self->vm, 3);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW3_POLL);
	EXPECT_EQ(since(6, 12, PIC_POLL_PENDING | 3, 3),
		  guest_in8(self->vcpu, PIC_PRIMARY_DATA));
	EXPECT_EQ(1 << 6, guest_in8(self->vcpu, PIC_PRIMARY_DATA));
}

TEST_F(pic, poll_of_the_secondary_clears_the_cascade)
{
	vm_irq_pulse(&self->vm, 12);
	guest_out8(self->vcpu, PIC_SECONDARY, OCW3_POLL);
	EXPECT_EQ(since(6, 12, PIC_POLL_PENDING | 4, 4),
		  guest_in8(self->vcpu, PIC_SECONDARY));
	EXPECT_EQ(0, pic_irr(self->vcpu, PIC_PRIMARY));
	EXPECT_EQ(0, pic_irr(self->vcpu, PIC_SECONDARY));
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
}

TEST_F(pic, poll_of_the_primary_finds_the_cascade)
{
	vm_irq_pulse(&self->vm, 12);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW3_POLL);
	EXPECT_EQ(since(6, 12, PIC_POLL_PENDING | PIC_CASCADE, PIC_CASCADE),
		  guest_in8(self->vcpu, PIC_PRIMARY));
	guest_out8(self->vcpu, PIC_SECONDARY, OCW3_POLL);
	EXPECT_EQ(since(6, 12, PIC_POLL_PENDING | 4, 4),
		  guest_in8(self->vcpu, PIC_SECONDARY));
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
}

TEST_F(pic, secondary_in_service_holds_off_all_of_it)
{
	vm_irq_pulse(&self->vm, 12);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(12));
	EXPECT_EQ(1 << PIC_CASCADE, pic_isr(self->vcpu, PIC_PRIMARY));
	EXPECT_EQ(1 << 4, pic_isr(self->vcpu, PIC_SECONDARY));
	vm_irq_pulse(&self->vm, 9);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_EOI);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(9));
}

TEST_F(pic, special_fully_nested_lets_the_secondary_nest)
{
	pic_init_one(self->vcpu, PIC_PRIMARY, ICW4_SFNM);
	vm_irq_pulse(&self->vm, 12);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(12));
	vm_irq_pulse(&self->vm, 13);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	vm_irq_pulse(&self->vm, 9);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(9));
}

TEST_F(pic, special_mask_lets_others_through)
{
	guest_out8(self->vcpu, PIC_PRIMARY, OCW3_SPECIAL_MASK_ON);
	EXPECT_TRUE(vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).special_mask);
	vm_irq_pulse(&self->vm, 3);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(3));
	pic_mask(self->vcpu, 1 << 3);
	vm_irq_pulse(&self->vm, 5);
	guest_take(self->vcpu);
	EXPECT_EQ(parity(PARITY_SPECIAL_MASK, 1, 0), guest_nr_new(self->vcpu));
	guest_out8(self->vcpu, PIC_PRIMARY, OCW3_SPECIAL_MASK_OFF);
	EXPECT_FALSE(vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).special_mask);
}

TEST_F(pic, only_bytes_are_taken)
{
	pic_mask(self->vcpu, 0);
	guest_op(self->vcpu, GUEST_OP_OUT16, PIC_PRIMARY, UINT16_MAX);
	EXPECT_EQ(0, guest_in8(self->vcpu, PIC_PRIMARY_DATA));
	pic_mask(self->vcpu, 1 << 3);
	EXPECT_EQ(0, guest_op(self->vcpu, GUEST_OP_IN16, PIC_PRIMARY, 0));
	EXPECT_EQ(0, guest_op(self->vcpu, GUEST_OP_IN16, PIC_SECONDARY, 0));
	EXPECT_EQ(0, guest_op(self->vcpu, GUEST_OP_IN16, PIC_ELCR_PRIMARY, 0));
	EXPECT_EQ(1 << 3, guest_in8(self->vcpu, PIC_PRIMARY_DATA));
}

TEST_F(pic, lapic_that_masks_extint_takes_nothing)
{
	lapic_enable(self->vcpu);
	lapic_mask_extint(self->vcpu);
	vm_irq_pulse(&self->vm, 3);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	EXPECT_EQ(1 << 3, pic_irr(self->vcpu, PIC_PRIMARY));
}

TEST_F(pic, other_vcpus_take_nothing)
{
	struct vcpu *other = vm_add_vcpu(&self->vm, 1);

	vm_irq_pulse(&self->vm, 3);
	guest_take(other);
	EXPECT_NO_VECTORS(other);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(3));
}

TEST_F(pic, vcpu_whose_lapic_accepts_takes_it)
{
	struct vcpu *other = vm_add_vcpu(&self->vm, 1);

	lapic_mask_extint(self->vcpu);
	lapic_enable(other);
	lapic_set(other, LAPIC_LVT0, LAPIC_LVT_EXTINT);
	vm_irq_pulse(&self->vm, 3);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	guest_take(other);
	EXPECT_VECTORS(other, PIC_VECTOR(3));
}

TEST_F(pic, restored_service_holds_off)
{
	struct kvm_pic_state pic = vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER);

	pic.isr = 1 << 3;
	pic.irr = 1 << 5;
	vm_set_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER, &pic);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW2_EOI);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(5));
}

TEST_F(pic, restored_request_is_taken)
{
	struct kvm_pic_state pic = vm_pic(&self->vm, KVM_IRQCHIP_PIC_SLAVE);

	pic.irr = 1 << 4;
	vm_set_pic(&self->vm, KVM_IRQCHIP_PIC_SLAVE, &pic);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(12));
}

TEST_F(pic, halted_vcpu_takes_what_is_pending)
{
	eoi_in_handlers(self->vcpu);
	vm_irq_pulse(&self->vm, 3);
	guest_halt(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(3));
}

/*
 * A secondary that requests something pulses the cascade whenever the pair
 * looks at its inputs. An OCW3 alone is no reason to: here a cascade that was
 * restored as high takes the first pulse, and a second one would be latched.
 */
TEST_F(pic, ocw3_does_not_pulse_the_cascade)
{
	struct kvm_pic_state primary = vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER);

	guest_out8(self->vcpu, PIC_SECONDARY_DATA, UINT8_MAX);
	vm_irq_line(&self->vm, 12, 1);
	primary.last_irr = 1 << PIC_CASCADE;
	vm_set_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER, &primary);
	guest_out8(self->vcpu, PIC_SECONDARY_DATA, 0);
	guest_out8(self->vcpu, PIC_PRIMARY, OCW3_SPECIAL_MASK_OFF);
	EXPECT_EQ(0, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).irr);
	guest_out8(self->vcpu, PIC_SECONDARY_DATA, 0);
	EXPECT_EQ(1 << PIC_CASCADE,
		  vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).irr);
}

/* After ICW1 INT stays until something has the pair look at its inputs. */
TEST_F(pic, setting_the_ioapic_has_the_pair_look_at_its_inputs)
{
	const struct kvm_ioapic_state ioapic = vm_ioapic(&self->vm);

	eoi_in_handlers(self->vcpu);
	vm_irq_line(&self->vm, 6, 1);
	guest_out8(self->vcpu, PIC_PRIMARY, ICW1_INIT | ICW1_ICW4);
	vm_set_ioapic(&self->vm, &ioapic);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
}

/* A cascade restored as high takes one pulse; a second one would be latched. */
TEST_F(pic, setting_a_pic_pulses_the_cascade_once)
{
	struct kvm_pic_state primary = vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER);

	vm_irq_line(&self->vm, 12, 1);
	primary.last_irr = 1 << PIC_CASCADE;
	primary.irr = 0;
	vm_set_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER, &primary);
	EXPECT_EQ(0, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).irr);
}
