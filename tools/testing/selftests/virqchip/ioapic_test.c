// SPDX-License-Identifier: GPL-2.0
/*
 * ioapic_test.c - the IOAPIC as a guest programs it and takes interrupts from
 * it: registers and widths, remote IRR, re-injection, masks, destinations.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <string.h>

#define PIN			20	/* its GSI reaches the IOAPIC alone */
#define OTHER_PIN		21
#define VECTOR			IOAPIC_VECTOR(PIN)
#define LEVEL_RTE		(VECTOR | RTE_LEVEL)
#define NR_REGISTERS		256
#define ABSENT			UINT32_MAX
#define RTE_READ_ONLY		(RTE_REMOTE_IRR | RTE_DELIVERY_STATUS)
#define RTE_DEFINED		0xff0000000001ffffULL
#define IOAPIC_OTHER_OFFSETS	{ 0x04, 0x08, 0x0c, 0x14, 0x20, 0x40, 0xfc }
#define ID_BITS			0x0f000000
#define STORM			10500

FIXTURE(ioapic) { struct vm vm; struct vcpu *vcpu; };
FIXTURE_SETUP(ioapic)
{
	vm_open_with_chips(&self->vm);
	self->vcpu = vm_add_vcpu(&self->vm, 0);
	lapic_enable(self->vcpu);
	guest_on_vectors(self->vcpu, IOAPIC_VECTOR(0), UINT8_MAX,
			 GUEST_EOI_LAPIC);
}

/* A second vCPU that takes fixed interrupts. */
static struct vcpu *add_other(struct vm *vm)
{
	struct vcpu *other = vm_add_vcpu(vm, 1);

	lapic_enable(other);
	guest_on_vectors(other, IOAPIC_VECTOR(0), UINT8_MAX, GUEST_EOI_LAPIC);
	return other;
}

TEST_F(ioapic, registers_at_reset)
{
	unsigned int pin;

	EXPECT_EQ(0, ioapic_read(self->vcpu, IOAPIC_ID));
	EXPECT_EQ(same(PARITY_IOAPIC_VERSION, IOAPIC_VERSION_24_PINS),
		  ioapic_read(self->vcpu, IOAPIC_VERSION));
	EXPECT_EQ(0, ioapic_read(self->vcpu, IOAPIC_ARBITRATION));
	for (pin = 0; pin < NR_IOAPIC_PINS; pin++)
		EXPECT_EQ(RTE_MASKED, ioapic_rte(self->vcpu, pin));
}

/* CVE-2013-1798: IOREGSEL past the table read beyond it. */
TEST_F(ioapic, cve_2013_1798_every_register_number)
{
	struct guest_op ops[2 * NR_REGISTERS];
	unsigned int reg;

	for (reg = 0; reg < NR_REGISTERS; reg++) {
		ops[2 * reg] = (struct guest_op) {
			GUEST_OP_WRITE32, IOAPIC_SELECT, reg,
		};
		ops[2 * reg + 1] = (struct guest_op) {
			GUEST_OP_READ32, IOAPIC_WINDOW,
		};
	}
	guest_batch(self->vcpu, ops, 2 * NR_REGISTERS);
	guest_run(self->vcpu);
	for (reg = 0; reg < NR_REGISTERS; reg++) {
		uint32_t value = guest_cpu(self->vcpu)->ops[2 * reg + 1].result;

		if (reg > IOAPIC_ARBITRATION && reg < IOAPIC_RTE_LOW(0))
			EXPECT_EQ(ABSENT, value);
		else if (reg >= IOAPIC_RTE_LOW(NR_IOAPIC_PINS))
			EXPECT_EQ(ABSENT, value);
		else
			EXPECT_NE(ABSENT, value);
	}
}

TEST_F(ioapic, writes_to_absent_registers_do_nothing)
{
	struct kvm_ioapic_state before = vm_ioapic(&self->vm), after;
	struct guest_op ops[2 * NR_REGISTERS];
	unsigned int reg, nr = 0;

	for (reg = 0; reg < NR_REGISTERS; reg++) {
		if (reg >= IOAPIC_RTE_LOW(0) &&
		    reg < IOAPIC_RTE_LOW(NR_IOAPIC_PINS))
			continue;
		if (reg == IOAPIC_ID)
			continue;
		ops[nr++] = (struct guest_op) {
			GUEST_OP_WRITE32, IOAPIC_SELECT, reg,
		};
		ops[nr++] = (struct guest_op) {
			GUEST_OP_WRITE32, IOAPIC_WINDOW, UINT32_MAX,
		};
	}
	guest_batch(self->vcpu, ops, nr);
	guest_run(self->vcpu);
	after = vm_ioapic(&self->vm);
	before.ioregsel = after.ioregsel;
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

TEST_F(ioapic, selector_has_eight_bits)
{
	guest_write32(self->vcpu, IOAPIC_SELECT, UINT32_MAX);
	EXPECT_EQ(UINT8_MAX, guest_read32(self->vcpu, IOAPIC_SELECT));
	EXPECT_EQ(UINT8_MAX, vm_ioapic(&self->vm).ioregsel);
}

TEST_F(ioapic, id_has_four_bits)
{
	ioapic_write(self->vcpu, IOAPIC_ID, UINT32_MAX);
	EXPECT_EQ(ID_BITS, ioapic_read(self->vcpu, IOAPIC_ID));
	EXPECT_EQ(ID_BITS, ioapic_read(self->vcpu, IOAPIC_ARBITRATION));
	EXPECT_EQ(15, vm_ioapic(&self->vm).id);
	ioapic_write(self->vcpu, IOAPIC_VERSION, 0);
	EXPECT_EQ(IOAPIC_VERSION_24_PINS,
		  ioapic_read(self->vcpu, IOAPIC_VERSION));
}

TEST_F(ioapic, other_offsets_read_zero)
{
	static const unsigned int offsets[] = IOAPIC_OTHER_OFFSETS;
	unsigned int i;

	ioapic_write(self->vcpu, IOAPIC_ID, UINT32_MAX);
	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		guest_write32(self->vcpu, IOAPIC_BASE + offsets[i], UINT32_MAX);
		EXPECT_EQ(0, guest_read32(self->vcpu,
					  IOAPIC_BASE + offsets[i]));
	}
	EXPECT_EQ(ID_BITS, ioapic_read(self->vcpu, IOAPIC_ID));
}

TEST_F(ioapic, rte_is_written_by_halves)
{
	ioapic_write(self->vcpu, IOAPIC_RTE_HIGH(PIN), 3u << 24);
	EXPECT_EQ(RTE_MASKED | RTE_DEST(3), ioapic_rte(self->vcpu, PIN));
	ioapic_write(self->vcpu, IOAPIC_RTE_LOW(PIN), LEVEL_RTE | RTE_MASKED);
	EXPECT_EQ(LEVEL_RTE | RTE_MASKED | RTE_DEST(3),
		  ioapic_rte(self->vcpu, PIN));
	EXPECT_EQ(LEVEL_RTE | RTE_MASKED | RTE_DEST(3), vm_rte(&self->vm, PIN));
}

TEST_F(ioapic, status_bits_of_an_rte_are_read_only)
{
	uint64_t written = UINT64_MAX & RTE_DEFINED & ~RTE_READ_ONLY;

	ioapic_set_rte(self->vcpu, PIN, UINT64_MAX & RTE_DEFINED);
	EXPECT_EQ(written, ioapic_rte(self->vcpu, PIN));
	ioapic_set_rte(self->vcpu, PIN, RTE_MASKED);
	EXPECT_EQ(RTE_MASKED, ioapic_rte(self->vcpu, PIN));
}

TEST_F(ioapic, reserved_bits_of_an_rte)
{
	ioapic_set_rte(self->vcpu, PIN, UINT64_MAX);
	EXPECT_EQ(parity(PARITY_RTE_RESERVED, 0, UINT64_MAX & ~RTE_DEFINED),
		  ioapic_rte(self->vcpu, PIN) & ~RTE_DEFINED);
}

TEST_F(ioapic, narrow_writes_are_extended_with_zeros)
{
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE | RTE_MASKED);
	guest_write32(self->vcpu, IOAPIC_SELECT, IOAPIC_RTE_LOW(PIN));
	guest_op(self->vcpu, GUEST_OP_WRITE8, IOAPIC_WINDOW, VECTOR + 1);
	EXPECT_EQ(same(PARITY_NARROW_WRITES, VECTOR + 1),
		  ioapic_read(self->vcpu, IOAPIC_RTE_LOW(PIN)));
	guest_op(self->vcpu, GUEST_OP_WRITE16, IOAPIC_WINDOW, LEVEL_RTE);
	EXPECT_EQ(LEVEL_RTE, ioapic_read(self->vcpu, IOAPIC_RTE_LOW(PIN)));
	guest_op(self->vcpu, GUEST_OP_WRITE8, IOAPIC_SELECT, IOAPIC_VERSION);
	EXPECT_EQ(IOAPIC_VERSION_24_PINS,
		  guest_read32(self->vcpu, IOAPIC_WINDOW));
}

TEST_F(ioapic, narrow_reads_give_the_low_bytes)
{
	guest_write32(self->vcpu, IOAPIC_SELECT, IOAPIC_VERSION);
	EXPECT_EQ(IOAPIC_VERSION_24_PINS & UINT8_MAX,
		  guest_op(self->vcpu, GUEST_OP_READ8, IOAPIC_WINDOW, 0));
	EXPECT_EQ(IOAPIC_VERSION_24_PINS & UINT16_MAX,
		  guest_op(self->vcpu, GUEST_OP_READ16, IOAPIC_WINDOW, 0));
	EXPECT_EQ(0, guest_op(self->vcpu, GUEST_OP_READ8, IOAPIC_WINDOW + 2,
			      0));
}

TEST_F(ioapic, edge_is_sent_once)
{
	ioapic_set_rte(self->vcpu, PIN, VECTOR);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	vm_irq_line(&self->vm, PIN, 0);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
}

TEST_F(ioapic, level_line_refires_until_deasserted)
{
	guest_on_vectors(self->vcpu, VECTOR, VECTOR,
			 GUEST_EOI_LAPIC | GUEST_ONCE);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	guest_take(self->vcpu);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR, VECTOR, VECTOR);
	EXPECT_TRUE(ioapic_rte(self->vcpu, PIN) & RTE_REMOTE_IRR);
	vm_irq_line(&self->vm, PIN, 0);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	EXPECT_FALSE(ioapic_rte(self->vcpu, PIN) & RTE_REMOTE_IRR);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
}

static void lower_line(struct vcpu *vcpu, unsigned int vector)
{
	vm_irq_line(vcpu->vm, vector - IOAPIC_VECTOR(0), 0);
}

TEST_F(ioapic, line_lowered_before_eoi_does_not_refire)
{
	guest_on_vectors(self->vcpu, VECTOR, VECTOR,
			 GUEST_EXIT | GUEST_EOI_LAPIC);
	self->vcpu->on_irq = lower_line;
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	EXPECT_EQ(LEVEL_RTE, ioapic_rte(self->vcpu, PIN));
}

TEST_F(ioapic, remote_irr_holds_until_eoi)
{
	guest_on_vectors(self->vcpu, VECTOR, VECTOR, 0);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	vm_irq_line(&self->vm, PIN, 1);
	EXPECT_EQ(LEVEL_RTE | RTE_REMOTE_IRR, ioapic_rte(self->vcpu, PIN));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	EXPECT_EQ(LEVEL_RTE | RTE_REMOTE_IRR, ioapic_rte(self->vcpu, PIN));
	vm_irq_line(&self->vm, PIN, 0);
	guest_write32(self->vcpu, LAPIC_EOI, 0);
	EXPECT_EQ(LEVEL_RTE, ioapic_rte(self->vcpu, PIN));
}

TEST_F(ioapic, masking_keeps_remote_irr)
{
	guest_on_vectors(self->vcpu, VECTOR, VECTOR, 0);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE | RTE_MASKED);
	EXPECT_EQ(LEVEL_RTE | RTE_MASKED | RTE_REMOTE_IRR,
		  ioapic_rte(self->vcpu, PIN));
	guest_write32(self->vcpu, LAPIC_EOI, 0);
	EXPECT_EQ(LEVEL_RTE | RTE_MASKED, ioapic_rte(self->vcpu, PIN));
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
}

TEST_F(ioapic, trigger_flip_to_edge_and_back_clears_remote_irr)
{
	guest_on_vectors(self->vcpu, VECTOR, VECTOR, 0);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	vm_irq_line(&self->vm, PIN, 0);
	ioapic_set_rte(self->vcpu, PIN, VECTOR | RTE_MASKED);
	EXPECT_EQ(VECTOR | RTE_MASKED, ioapic_rte(self->vcpu, PIN));
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	EXPECT_EQ(LEVEL_RTE, ioapic_rte(self->vcpu, PIN));
	guest_write32(self->vcpu, LAPIC_EOI, 0);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
}

TEST_F(ioapic, trigger_flip_with_the_line_high_refires)
{
	guest_on_vectors(self->vcpu, VECTOR, VECTOR, 0);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	ioapic_set_rte(self->vcpu, PIN, VECTOR | RTE_MASKED);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	guest_write32(self->vcpu, LAPIC_EOI, 0);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
}

TEST_F(ioapic, masked_level_is_sent_when_unmasked)
{
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE | RTE_MASKED);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	guest_on_vectors(self->vcpu, VECTOR, VECTOR, GUEST_EXIT |
			 GUEST_EOI_LAPIC);
	self->vcpu->on_irq = lower_line;
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
}

TEST_F(ioapic, masked_edge_is_not_sent_when_unmasked)
{
	ioapic_set_rte(self->vcpu, PIN, VECTOR | RTE_MASKED);
	vm_irq_line(&self->vm, PIN, 1);
	EXPECT_EQ(1 << PIN, vm_ioapic(&self->vm).irr);
	ioapic_set_rte(self->vcpu, PIN, VECTOR);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	EXPECT_EQ(same(PARITY_MASKED_EDGE_STAYS, 0),
		  vm_irq_line_status(&self->vm, PIN, 1));
	vm_irq_line(&self->vm, PIN, 0);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
}

TEST_F(ioapic, polarity_is_ignored)
{
	ioapic_set_rte(self->vcpu, PIN, VECTOR | RTE_ACTIVE_LOW);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
}

TEST_F(ioapic, level_pins_may_share_a_vector)
{
	guest_on_vectors(self->vcpu, VECTOR, VECTOR,
			 GUEST_EOI_LAPIC | GUEST_ONCE);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	ioapic_set_rte(self->vcpu, OTHER_PIN, LEVEL_RTE);
	vm_irq_line(&self->vm, PIN, 1);
	vm_irq_line(&self->vm, OTHER_PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	vm_irq_line(&self->vm, PIN, 0);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	vm_irq_line(&self->vm, OTHER_PIN, 0);
	guest_take(self->vcpu);
	guest_take(self->vcpu);
	EXPECT_EQ(0, ioapic_rte(self->vcpu, PIN) & RTE_REMOTE_IRR);
	EXPECT_EQ(0, ioapic_rte(self->vcpu, OTHER_PIN) & RTE_REMOTE_IRR);
}

TEST_F(ioapic, every_pin_has_its_vector)
{
	unsigned int pin;

	for (pin = 0; pin < NR_IOAPIC_PINS; pin++)
		ioapic_set_rte(self->vcpu, pin, IOAPIC_VECTOR(pin));
	lapic_mask_extint(self->vcpu);
	for (pin = 0; pin < NR_IOAPIC_PINS; pin++) {
		vm_irq_line(&self->vm, pin, 1);
		vm_irq_line(&self->vm, pin, 0);
		guest_take(self->vcpu);
		EXPECT_VECTORS(self->vcpu, IOAPIC_VECTOR(pin));
	}
}

TEST_F(ioapic, physical_destination)
{
	struct vcpu *other = add_other(&self->vm);

	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE | RTE_DEST(1));
	vm_irq_line(&self->vm, PIN, 1);
	vm_irq_line(&self->vm, PIN, 0);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	guest_take(other);
	EXPECT_VECTORS(other, VECTOR);
	EXPECT_EQ(LEVEL_RTE | RTE_DEST(1), ioapic_rte(self->vcpu, PIN));
}

TEST_F(ioapic, logical_destination)
{
	struct vcpu *other = add_other(&self->vm);

	guest_write32(self->vcpu, LAPIC_LDR, 1u << 24);
	guest_write32(other, LAPIC_LDR, 2u << 24);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE | RTE_LOGICAL | RTE_DEST(2));
	vm_irq_line(&self->vm, PIN, 1);
	vm_irq_line(&self->vm, PIN, 0);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	guest_take(other);
	EXPECT_VECTORS(other, VECTOR);
	ioapic_set_rte(self->vcpu, OTHER_PIN, IOAPIC_VECTOR(OTHER_PIN) |
		       RTE_LOGICAL | RTE_DEST(3));
	vm_irq_line(&self->vm, OTHER_PIN, 1);
	guest_take(self->vcpu);
	guest_take(other);
	EXPECT_VECTORS(self->vcpu, IOAPIC_VECTOR(OTHER_PIN));
	EXPECT_VECTORS(other, IOAPIC_VECTOR(OTHER_PIN));
}

TEST_F(ioapic, logical_clusters)
{
	struct vcpu *other = add_other(&self->vm);

	guest_write32(self->vcpu, LAPIC_DFR, 0x0fffffff);
	guest_write32(other, LAPIC_DFR, 0x0fffffff);
	guest_write32(self->vcpu, LAPIC_LDR, 0x11000000);
	guest_write32(other, LAPIC_LDR, 0x21000000);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE | RTE_LOGICAL |
		       RTE_DEST(0x21));
	vm_irq_line(&self->vm, PIN, 1);
	vm_irq_line(&self->vm, PIN, 0);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	guest_take(other);
	EXPECT_VECTORS(other, VECTOR);
	EXPECT_EQ(0, ioapic_rte(self->vcpu, PIN) & RTE_REMOTE_IRR);
}

TEST_F(ioapic, level_to_several_is_over_at_the_first_eoi)
{
	struct vcpu *other = add_other(&self->vm);

	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE | RTE_DEST(UINT8_MAX));
	vm_irq_line(&self->vm, PIN, 1);
	vm_irq_line(&self->vm, PIN, 0);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	EXPECT_EQ(0, ioapic_rte(self->vcpu, PIN) & RTE_REMOTE_IRR);
	guest_take(other);
	EXPECT_VECTORS(other, VECTOR);
}

/* The guest re-targets the line between interrupt and EOI. */
TEST_F(ioapic, eoi_counts_after_retarget_while_in_service)
{
	struct vcpu *other = add_other(&self->vm);

	guest_on_vectors(self->vcpu, VECTOR, VECTOR, 0);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE | RTE_DEST(1));
	EXPECT_TRUE(ioapic_rte(self->vcpu, PIN) & RTE_REMOTE_IRR);
	guest_write32(self->vcpu, LAPIC_EOI, 0);
	vm_irq_line(&self->vm, PIN, 0);
	guest_take(other);
	EXPECT_VECTORS(other, VECTOR);
	EXPECT_EQ(LEVEL_RTE | RTE_DEST(1), ioapic_rte(self->vcpu, PIN));
}

/* With another vector the EOI of the old one finds no pin, as in hardware. */
TEST_F(ioapic, eoi_of_a_vector_that_was_changed_in_service)
{
	guest_on_vectors(self->vcpu, VECTOR, VECTOR, 0);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	ioapic_set_rte(self->vcpu, PIN, (LEVEL_RTE & ~RTE_VECTOR) |
		       IOAPIC_VECTOR(OTHER_PIN));
	guest_write32(self->vcpu, LAPIC_EOI, 0);
	EXPECT_TRUE(ioapic_rte(self->vcpu, PIN) & RTE_REMOTE_IRR);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
}

TEST_F(ioapic, eoi_ends_a_line_that_is_pending_elsewhere_too)
{
	struct vcpu *other = add_other(&self->vm);

	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE | RTE_LOWEST_PRIORITY);
	vm_irq_line(&self->vm, PIN, 1);
	EXPECT_TRUE(lapic_requests(self->vcpu, VECTOR));
	vm_irq_line(&self->vm, PIN, 0);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	guest_take(other);
	EXPECT_NO_VECTORS(other);
}

TEST_F(ioapic, restored_remote_irr_ends_at_eoi)
{
	struct kvm_lapic_state lapic;
	struct kvm_ioapic_state ioapic;
	struct vcpu *vcpu;
	struct vm vm;

	/* Save while in service, restore into another VM, then EOI there. */
	guest_on_vectors(self->vcpu, VECTOR, VECTOR, 0);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	ioapic = vm_ioapic(&self->vm);
	EXPECT_EQ(0, __sys_ioctl(self->vcpu->fd, KVM_GET_LAPIC, &lapic));

	vm_open_with_chips(&vm);
	vcpu = vm_add_vcpu(&vm, 0);
	vm_set_ioapic(&vm, &ioapic);
	EXPECT_EQ(0, __sys_ioctl(vcpu->fd, KVM_SET_LAPIC, &lapic));
	EXPECT_TRUE(ioapic_rte(vcpu, PIN) & RTE_REMOTE_IRR);
	guest_take(vcpu);
	EXPECT_NO_VECTORS(vcpu);
	vm_irq_line(&vm, PIN, 1);
	guest_write32(vcpu, LAPIC_EOI, 0);
	vm_irq_line(&vm, PIN, 0);
	guest_take(vcpu);
	EXPECT_VECTORS(vcpu, VECTOR);
}

/* KVM looks at the LAPIC's TMR, which says edge, and the line is stuck. */
TEST_F(ioapic, eoi_of_an_edge_with_the_vector_of_a_level)
{
	guest_on_vectors(self->vcpu, VECTOR, VECTOR, 0);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	ioapic_set_rte(self->vcpu, OTHER_PIN, VECTOR);
	vm_irq_line(&self->vm, PIN, 1);
	vm_irq_line(&self->vm, PIN, 0);
	vm_irq_line(&self->vm, OTHER_PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	guest_write32(self->vcpu, LAPIC_EOI, 0);
	EXPECT_EQ(parity(PARITY_SHARED_VECTOR, 0, RTE_REMOTE_IRR),
		  ioapic_rte(self->vcpu, PIN) & RTE_REMOTE_IRR);
}

/* KVM sends every pin again that is high, edges too. */
TEST_F(ioapic, eoi_of_a_level_with_the_vector_of_an_edge)
{
	guest_on_vectors(self->vcpu, VECTOR, VECTOR, 0);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	ioapic_set_rte(self->vcpu, OTHER_PIN, VECTOR);
	vm_irq_line(&self->vm, OTHER_PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	guest_write32(self->vcpu, LAPIC_EOI, 0);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	vm_irq_line(&self->vm, PIN, 0);
	guest_write32(self->vcpu, LAPIC_EOI, 0);
	guest_take(self->vcpu);
	EXPECT_EQ(parity(PARITY_SHARED_VECTOR, 0, 1), guest_nr_new(self->vcpu));
}

/* KVM takes the line for the edge that it has delivered. */
TEST_F(ioapic, level_that_once_was_an_edge_is_saved)
{
	ioapic_set_rte(self->vcpu, PIN, VECTOR);
	vm_irq_line(&self->vm, PIN, 1);
	EXPECT_EQ(0, vm_ioapic(&self->vm).irr);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	EXPECT_EQ(parity(PARITY_LEVEL_IS_SAVED, 1 << PIN, 0),
		  vm_ioapic(&self->vm).irr);
}

TEST_F(ioapic, moved_base_address)
{
	struct kvm_ioapic_state ioapic = vm_ioapic(&self->vm);

	ioapic.base_address = IOAPIC_BASE + 0x1000;
	vm_set_ioapic(&self->vm, &ioapic);
	EXPECT_EQ(parity(PARITY_IOAPIC_BASE, IOAPIC_BASE, IOAPIC_BASE + 0x1000),
		  vm_ioapic(&self->vm).base_address);
}

TEST_F(ioapic, reserved_bits_of_a_restored_rte)
{
	vm_set_rte(&self->vm, PIN, UINT64_MAX);
	EXPECT_EQ(parity(PARITY_RESTORE_SANE, RTE_DEFINED & ~RTE_DELIVERY_STATUS,
			 UINT64_MAX), vm_rte(&self->vm, PIN));
}

TEST_F(ioapic, nmi)
{
	guest_on_vectors(self->vcpu, 2, 2, GUEST_ONCE);
	ioapic_set_rte(self->vcpu, PIN, VECTOR | RTE_NMI);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, 2);
}

/*
 * A line that nobody serves: after 10,000 interrupts in a row the chip holds it
 * back for a moment, so that the guest gets on; none is lost.
 */
TEST_F(ioapic, storm_goes_on_after_its_pause)
{
	unsigned int taken = 0;

	guest_on_vectors(self->vcpu, VECTOR, VECTOR, GUEST_EOI_LAPIC);
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	vm_irq_line(&self->vm, PIN, 1);
	guest_op(self->vcpu, GUEST_OP_HALT_UNTIL, 0, STORM);
	taken = guest_nr_new(self->vcpu);
	EXPECT_LE(STORM, taken);
	vm_irq_line(&self->vm, PIN, 0);
	guest_take(self->vcpu);
	self->vcpu->taken += guest_nr_new(self->vcpu);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
}

/* CVE-2026-74517: the work that ends the pause ran after the vCPUs were gone. */
TEST_F(ioapic, cve_2026_74517_vm_ends_in_the_pause_of_a_storm)
{
	ioapic_set_rte(self->vcpu, PIN, LEVEL_RTE);
	vm_irq_line(&self->vm, PIN, 1);
	guest_op(self->vcpu, GUEST_OP_HALT_UNTIL, 0, STORM - 500);
}
