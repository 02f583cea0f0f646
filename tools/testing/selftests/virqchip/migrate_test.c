// SPDX-License-Identifier: GPL-2.0
/*
 * migrate_test.c - a guest moves to another VM in the midst of an interrupt or
 * an access, and the chips go on where they were.
 */
#include "move.h"

#define COUNT			(PIT_HZ / 100)
#define LONG_COUNT		0xffff

MOVE_FIXTURES

/* ---- IOAPIC ---------------------------------------------------------- */

static void raise_level(struct move *move)
{
	lapic_enable(move->source);
	ioapic_set_rte(move->source, LEVEL_PIN, LEVEL_VECTOR | RTE_LEVEL);
	vm_irq_line(&move->from, LEVEL_PIN, 1);
}

TEST_MOVE(level_in_service_comes_again_after_its_eoi)
{
	struct vcpu *vcpu;

	raise_level(move);
	expect_take(move->source, LEVEL_VECTOR);
	vcpu = arrive_idle(move);
	EXPECT_TRUE(vm_rte(&move->to, LEVEL_PIN) & RTE_REMOTE_IRR);
	expect_take_nothing(vcpu);
	lapic_eoi(vcpu);
	expect_take(vcpu, LEVEL_VECTOR);
	vm_irq_line(&move->to, LEVEL_PIN, 0);
	lapic_eoi(vcpu);
	expect_take_nothing(vcpu);
	EXPECT_FALSE(vm_rte(&move->to, LEVEL_PIN) & RTE_REMOTE_IRR);
}

TEST_MOVE(level_in_service_that_has_fallen_is_over_at_its_eoi)
{
	struct vcpu *vcpu;

	raise_level(move);
	expect_take(move->source, LEVEL_VECTOR);
	vm_irq_line(&move->from, LEVEL_PIN, 0);
	vcpu = arrive_idle(move);
	EXPECT_TRUE(vm_rte(&move->to, LEVEL_PIN) & RTE_REMOTE_IRR);
	lapic_eoi(vcpu);
	expect_take_nothing(vcpu);
	vm_irq_line(&move->to, LEVEL_PIN, 1);
	expect_take(vcpu, LEVEL_VECTOR);
}

TEST_MOVE(level_that_nobody_has_taken_is_taken_once)
{
	struct vcpu *vcpu;

	raise_level(move);
	vcpu = arrive_idle(move);
	EXPECT_TRUE(vm_rte(&move->to, LEVEL_PIN) & RTE_REMOTE_IRR);
	expect_take(vcpu, LEVEL_VECTOR);
	vm_irq_line(&move->to, LEVEL_PIN, 0);
	lapic_eoi(vcpu);
	expect_take_nothing(vcpu);
}

TEST_MOVE(masked_level_is_sent_when_unmasked)
{
	struct vcpu *vcpu;

	lapic_enable(move->source);
	ioapic_set_rte(move->source, LEVEL_PIN,
		       LEVEL_VECTOR | RTE_LEVEL | RTE_MASKED);
	vm_irq_line(&move->from, LEVEL_PIN, 1);
	vcpu = arrive_idle(move);
	expect_take_nothing(vcpu);
	ioapic_set_rte(vcpu, LEVEL_PIN, LEVEL_VECTOR | RTE_LEVEL);
	expect_take(vcpu, LEVEL_VECTOR);
}

TEST_MOVE(masked_edge_stays_until_its_line_falls)
{
	struct vcpu *vcpu;

	lapic_enable(move->source);
	ioapic_set_rte(move->source, EDGE_PIN, EDGE_VECTOR | RTE_MASKED);
	vm_irq_line(&move->from, EDGE_PIN, 1);
	vcpu = arrive_idle(move);
	EXPECT_EQ(1 << EDGE_PIN, vm_ioapic(&move->to).irr);
	ioapic_set_rte(vcpu, EDGE_PIN, EDGE_VECTOR);
	guest_take(vcpu);
	EXPECT_EQ(same(PARITY_MASKED_EDGE_STAYS, 0), guest_nr_new(vcpu));
	vm_irq_pulse(&move->to, EDGE_PIN);
	guest_take(vcpu);
	EXPECT_EQ(same(PARITY_MASKED_EDGE_STAYS, 0), guest_nr_new(vcpu));
	vm_irq_pulse(&move->to, EDGE_PIN);
	expect_take(vcpu, EDGE_VECTOR);
}

TEST_MOVE(edge_that_nobody_has_taken_is_taken_once)
{
	struct vcpu *vcpu;

	lapic_enable(move->source);
	ioapic_set_rte(move->source, EDGE_PIN, EDGE_VECTOR);
	vm_irq_line(&move->from, EDGE_PIN, 1);
	vcpu = arrive_idle(move);
	expect_take(vcpu, EDGE_VECTOR);
	lapic_eoi(vcpu);
	expect_take_nothing(vcpu);
	vm_irq_line(&move->to, EDGE_PIN, 0);
	vm_irq_line(&move->to, EDGE_PIN, 1);
	expect_take(vcpu, EDGE_VECTOR);
}

TEST_MOVE(register_that_is_selected_stays_selected)
{
	struct vcpu *vcpu;

	guest_write32(move->source, IOAPIC_SELECT, IOAPIC_RTE_LOW(EDGE_PIN));
	vcpu = arrive_idle(move);
	guest_write32(vcpu, IOAPIC_WINDOW, EDGE_VECTOR);
	EXPECT_EQ(EDGE_VECTOR, vm_rte(&move->to, EDGE_PIN));
}

/* ---- PIC ------------------------------------------------------------- */

TEST_MOVE(pin_in_service_holds_off_what_is_less_urgent)
{
	struct vcpu *vcpu;

	pic_init(move->source, 0);
	vm_irq_line(&move->from, 3, 1);
	expect_take(move->source, PIC_VECTOR(3));
	vm_irq_line(&move->from, 5, 1);
	vcpu = arrive_idle(move);
	EXPECT_EQ(1 << 3, vm_pic(&move->to, KVM_IRQCHIP_PIC_MASTER).isr);
	expect_take_nothing(vcpu);
	vm_irq_line(&move->to, 1, 1);
	expect_take(vcpu, PIC_VECTOR(1));
	pic_eoi(vcpu);
	expect_take_nothing(vcpu);
	pic_eoi(vcpu);
	expect_take(vcpu, PIC_VECTOR(5));
	pic_eoi(vcpu);
	expect_take_nothing(vcpu);
}

TEST_MOVE(pin_of_the_secondary_in_service_holds_off_all_of_it)
{
	struct vcpu *vcpu;

	pic_init(move->source, 0);
	vm_irq_line(&move->from, 12, 1);
	expect_take(move->source, PIC_VECTOR(12));
	vm_irq_line(&move->from, 10, 1);
	vm_irq_line(&move->from, 14, 1);
	vcpu = arrive_idle(move);
	expect_take_nothing(vcpu);
	pic_eoi_both(vcpu);
	expect_take(vcpu, PIC_VECTOR(10));
	pic_eoi_both(vcpu);
	expect_take(vcpu, PIC_VECTOR(14));
	pic_eoi_both(vcpu);
	expect_take_nothing(vcpu);
}

TEST_MOVE(level_of_the_pic_in_service_comes_again_after_its_eoi)
{
	struct vcpu *vcpu;

	pic_init(move->source, 0);
	guest_out8(move->source, PIC_ELCR_SECONDARY, 1 << (11 - 8));
	vm_irq_line(&move->from, 11, 1);
	expect_take(move->source, PIC_VECTOR(11));
	vcpu = arrive_idle(move);
	expect_take_nothing(vcpu);
	pic_eoi_both(vcpu);
	expect_take(vcpu, PIC_VECTOR(11));
	vm_irq_line(&move->to, 11, 0);
	pic_eoi_both(vcpu);
	expect_take_nothing(vcpu);
}

TEST_MOVE(masked_edge_of_the_pic_is_taken_once_when_unmasked)
{
	struct vcpu *vcpu;

	pic_init(move->source, 0);
	pic_mask(move->source, 1 << 3 | 1 << 12);
	vm_irq_pulse(&move->from, 3);
	vm_irq_line(&move->from, 12, 1);
	vcpu = arrive_idle(move);
	expect_take_nothing(vcpu);
	pic_mask(vcpu, 1 << 3);
	expect_take(vcpu, PIC_VECTOR(12));
	pic_eoi_both(vcpu);
	pic_mask(vcpu, 0);
	expect_take(vcpu, PIC_VECTOR(3));
	pic_eoi(vcpu);
	expect_take_nothing(vcpu);
}

TEST_MOVE(pic_that_waits_for_icw3_goes_on_waiting)
{
	struct vcpu *vcpu;

	guest_out8(move->source, PIC_PRIMARY, ICW1_INIT | ICW1_ICW4);
	guest_out8(move->source, PIC_PRIMARY_DATA, PIC_BASE);
	vcpu = arrive_idle(move);
	guest_out8(vcpu, PIC_PRIMARY_DATA, ICW3_PRIMARY);
	guest_out8(vcpu, PIC_PRIMARY_DATA, ICW4_8086);
	EXPECT_EQ(0, vm_pic(&move->to, KVM_IRQCHIP_PIC_MASTER).imr);
	guest_out8(vcpu, PIC_PRIMARY_DATA, UINT8_MAX & ~(1 << 3));
	vm_irq_line(&move->to, 3, 1);
	expect_take(vcpu, PIC_VECTOR(3));
}

TEST_MOVE(poll_that_was_asked_for_is_answered)
{
	struct vcpu *vcpu;

	pic_init(move->source, 0);
	vm_irq_line(&move->from, 6, 1);
	guest_out8(move->source, PIC_PRIMARY, OCW3_POLL);
	vcpu = arrive_idle(move);
	EXPECT_EQ(6, guest_in8(vcpu, PIC_PRIMARY) & ~PIC_POLL_PENDING);
	expect_take_nothing(vcpu);
}

/* ---- PIT ------------------------------------------------------------- */

static struct kvm_pit_channel_state pit_channel(struct vm *vm, unsigned int i)
{
	struct kvm_pit_state2 state;

	vm_get_pit2(vm, &state);
	return state.channels[i];
}

TEST_MOVE(second_byte_of_a_count_completes_the_first)
{
	struct vcpu *vcpu;
	unsigned int nr;

	pic_init(move->source, 0);
	guest_on_vectors(move->source, PIC_BASE, PIC_VECTOR(7),
			 GUEST_EOI_PRIMARY);
	guest_out8(move->source, PIT_CONTROL,
		   PIT_SELECT(0) | PIT_LOW_HIGH | PIT_MODE(2));
	guest_out8(move->source, PIT_CHANNEL(0), COUNT & UINT8_MAX);
	vcpu = arrive_idle(move);
	guest_out8(vcpu, PIT_CHANNEL(0), COUNT >> 8);
	EXPECT_EQ(COUNT, pit_channel(&move->to, 0).count);
	EXPECT_EQ(2, pit_channel(&move->to, 0).mode);
	guest_op(vcpu, GUEST_OP_HALT_UNTIL, 0, guest_cpu(vcpu)->nr_taken + 3);
	nr = guest_nr_new(vcpu);
	EXPECT_LE(3, nr);
	EXPECT_EQ(PIC_VECTOR(0), guest_cpu(vcpu)->log[0]);
}

TEST_MOVE(latched_count_is_read_to_its_end)
{
	struct vcpu *vcpu;
	unsigned int latched, low, high;

	pit_program(move->source, 1, 2, LONG_COUNT);
	guest_out8(move->source, PIT_CONTROL, PIT_SELECT(1) | PIT_LATCH);
	latched = pit_channel(&move->from, 1).latched_count;
	low = guest_in8(move->source, PIT_CHANNEL(1));
	vcpu = arrive_idle(move);
	high = guest_in8(vcpu, PIT_CHANNEL(1));
	EXPECT_EQ(latched, high << 8 | low);
	EXPECT_EQ(0, pit_channel(&move->to, 1).count_latched);
}

TEST_MOVE(latched_status_and_count_are_read_to_their_end)
{
	struct vcpu *vcpu;
	unsigned int latched, status, low, high;

	pit_program(move->source, 2, 3, LONG_COUNT);
	guest_out8(move->source, PIT_CONTROL,
		   PIT_READ_BACK | PIT_READ_BACK_CHANNEL(2));
	latched = pit_channel(&move->from, 2).latched_count;
	vcpu = arrive_idle(move);
	status = guest_in8(vcpu, PIT_CHANNEL(2));
	EXPECT_EQ(PIT_LOW_HIGH | PIT_MODE(3), status & ~PIT_STATUS_OUT &
		  ~PIT_STATUS_NULL_COUNT);
	low = guest_in8(vcpu, PIT_CHANNEL(2));
	high = guest_in8(vcpu, PIT_CHANNEL(2));
	EXPECT_EQ(latched, high << 8 | low);
}
