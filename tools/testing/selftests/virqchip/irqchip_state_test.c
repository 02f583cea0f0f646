// SPDX-License-Identifier: GPL-2.0
/*
 * irqchip_state_test.c - KVM_GET_IRQCHIP and KVM_SET_IRQCHIP of each chip.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FILL			0xa5
#define ELCR_MASK_PRIMARY	0xf8
#define ELCR_MASK_SECONDARY	0xde
#define NR_GARBAGE_ROUNDS	64

FIXTURE(state) { struct vm vm; };
FIXTURE_SETUP(state)
{
	vm_open_with_chips(&self->vm);
}

TEST_F(state, pic_at_reset)
{
	struct kvm_pic_state want = { .elcr_mask = ELCR_MASK_PRIMARY };
	struct kvm_pic_state got = vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER);

	EXPECT_EQ(0, memcmp(&want, &got, sizeof(want)));
	want.elcr_mask = ELCR_MASK_SECONDARY;
	got = vm_pic(&self->vm, KVM_IRQCHIP_PIC_SLAVE);
	EXPECT_EQ(0, memcmp(&want, &got, sizeof(want)));
}

TEST_F(state, ioapic_at_reset)
{
	struct kvm_ioapic_state want = { .base_address = IOAPIC_BASE };
	struct kvm_ioapic_state got = vm_ioapic(&self->vm);
	unsigned int pin;

	for (pin = 0; pin < NR_IOAPIC_PINS; pin++)
		want.redirtbl[pin].bits = RTE_MASKED;
	EXPECT_EQ(0, memcmp(&want, &got, sizeof(want)));
}

TEST_F(state, chip_number_is_checked)
{
	struct kvm_irqchip state = { .chip_id = 0 };

	EXPECT_EQ(-EINVAL, __vm_get_irqchip(&self->vm, KVM_NR_IRQCHIPS, &state));
	EXPECT_EQ(-EINVAL, __vm_set_irqchip(&self->vm, &state));
	EXPECT_EQ(-EINVAL, __vm_get_irqchip(&self->vm, UINT32_MAX, &state));
	EXPECT_EQ(-EINVAL, __vm_set_irqchip(&self->vm, &state));
}

TEST_F(state, pointers_are_checked)
{
	struct kvm_irqchip *state = bytes_before_hole(4096);
	char *cut = bytes_before_hole(sizeof(*state) - 1);

	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_GET_IRQCHIP, NULL));
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_SET_IRQCHIP, NULL));
	EXPECT_EQ(parity(PARITY_GET_IRQCHIP_SIZE, 0, -EFAULT),
		  __sys_ioctl(self->vm.fd, KVM_GET_IRQCHIP, cut));
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_SET_IRQCHIP, cut));
	ASSERT_EQ(0, mprotect(state, 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_GET_IRQCHIP, state));
	EXPECT_EQ(0, __sys_ioctl(self->vm.fd, KVM_SET_IRQCHIP, state));
}

static bool all_are(const void *bytes, size_t from, size_t to, int value)
{
	const unsigned char *at = bytes;

	while (from < to)
		if (at[from++] != value)
			return false;
	return true;
}

TEST_F(state, bytes_behind_the_chip_come_back)
{
	static const size_t sizes[] = {
		sizeof(struct kvm_pic_state), sizeof(struct kvm_pic_state),
		sizeof(struct kvm_ioapic_state),
	};
	struct kvm_irqchip state;
	unsigned int chip;

	for (chip = 0; chip < KVM_NR_IRQCHIPS; chip++) {
		memset(&state, FILL, sizeof(state));
		EXPECT_EQ(0, __vm_get_irqchip(&self->vm, chip, &state));
		EXPECT_EQ(chip, state.chip_id);
		EXPECT_TRUE(all_are(&state.chip, sizes[chip],
				    sizeof(state.chip), FILL));
		EXPECT_FALSE(all_are(&state.chip, 0, sizes[chip], FILL));
		EXPECT_EQ(0, __vm_set_irqchip(&self->vm, &state));
	}
}

/* What a guest can bring an 8259A to, so that every restore must accept it. */
static const struct kvm_pic_state valid_pics[] = {
	{ .imr = 0xff, .irq_base = 0x20 },
	{ .last_irr = 0x18, .irr = 0x10, .imr = 0xef, .irq_base = 0x30,
	  .init4 = 1 },
	{ .isr = 0x42, .priority_add = 5, .irq_base = 0x08, .auto_eoi = 1,
	  .rotate_on_auto_eoi = 1, .init4 = 1 },
	{ .read_reg_select = 1, .special_mask = 1, .imr = 0x01,
	  .special_fully_nested_mode = 1, .irq_base = 0xf8 },
	{ .init_state = 2, .init4 = 1, .irq_base = 0x40 },
	{ .init_state = 3, .init4 = 1, .irq_base = 0x40, .poll = 1 },
	{ .elcr = 0x40, .irr = 0x40, .last_irr = 0x40, .imr = 0x40,
	  .irq_base = 0x70 },
};

TEST_F(state, pic_comes_back_as_it_was_set)
{
	unsigned int i, chip;

	for (i = 0; i < sizeof(valid_pics) / sizeof(valid_pics[0]); i++) {
		for (chip = 0; chip < 2; chip++) {
			struct kvm_pic_state want = valid_pics[i], got;

			want.elcr_mask = chip ? ELCR_MASK_SECONDARY :
						ELCR_MASK_PRIMARY;
			/* A chip that the other one has no influence on. */
			vm_open_with_chips(&self->vm);
			vm_set_pic(&self->vm, chip, &want);
			got = vm_pic(&self->vm, chip);
			if (memcmp(&want, &got, sizeof(want)))
				test_note("chip %u, state %u", chip, i);
			EXPECT_EQ(0, memcmp(&want, &got, sizeof(want)));
		}
	}
}

TEST_F(state, elcr_bits_of_isa_lines_cannot_be_restored)
{
	struct kvm_pic_state pic = vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER);

	pic.elcr = UINT8_MAX;
	pic.elcr_mask = UINT8_MAX;
	vm_set_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER, &pic);
	pic = vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER);
	EXPECT_EQ(parity(PARITY_RESTORE_SANE, ELCR_MASK_PRIMARY, UINT8_MAX),
		  pic.elcr);
	EXPECT_EQ(parity(PARITY_RESTORE_SANE, ELCR_MASK_PRIMARY, UINT8_MAX),
		  pic.elcr_mask);
}

TEST_F(state, request_of_the_secondary_reaches_the_primary)
{
	struct kvm_pic_state pic = vm_pic(&self->vm, KVM_IRQCHIP_PIC_SLAVE);

	pic.irr = 1 << 4;
	vm_set_pic(&self->vm, KVM_IRQCHIP_PIC_SLAVE, &pic);
	EXPECT_EQ(1 << PIC_CASCADE,
		  vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).irr);
}

TEST_F(state, any_pic_state_is_accepted)
{
	unsigned int round, chip;

	srandom(1);
	for (round = 0; round < NR_GARBAGE_ROUNDS; round++) {
		struct kvm_irqchip state = { .chip_id = round % 2 };
		unsigned char *bytes = (unsigned char *)&state.chip;
		unsigned int i;

		for (i = 0; i < sizeof(state.chip.pic); i++)
			bytes[i] = random();
		EXPECT_EQ(0, __vm_set_irqchip(&self->vm, &state));
		for (chip = 0; chip < NR_PIC_PINS; chip++)
			vm_irq_line(&self->vm, chip, random() & 1);
		vm_pic(&self->vm, round % 2);
	}
}

TEST_F(state, ioapic_comes_back_as_it_was_set)
{
	struct kvm_ioapic_state want = vm_ioapic(&self->vm), got;
	unsigned int pin;

	want.ioregsel = IOAPIC_RTE_LOW(3);
	want.id = 5;
	for (pin = 0; pin < NR_IOAPIC_PINS; pin++)
		want.redirtbl[pin].bits =
			IOAPIC_VECTOR(pin) | RTE_MASKED | RTE_DEST(pin) |
			(pin & 1 ? RTE_LEVEL | RTE_REMOTE_IRR : 0) |
			(pin & 2 ? RTE_ACTIVE_LOW : 0) |
			(pin & 4 ? RTE_LOGICAL : 0) |
			(pin & 8 ? RTE_LOWEST_PRIORITY : 0);
	vm_set_ioapic(&self->vm, &want);
	got = vm_ioapic(&self->vm);
	EXPECT_EQ(0, memcmp(&want, &got, sizeof(want)));
}

TEST_F(state, ioapic_selector_and_id_are_kept)
{
	struct kvm_ioapic_state want = vm_ioapic(&self->vm), got;

	want.ioregsel = UINT8_MAX;
	want.id = 15;
	vm_set_ioapic(&self->vm, &want);
	got = vm_ioapic(&self->vm);
	EXPECT_EQ(want.ioregsel, got.ioregsel);
	EXPECT_EQ(want.id, got.id);
}

TEST_F(state, any_ioapic_state_is_accepted)
{
	unsigned int round, pin;

	srandom(1);
	for (round = 0; round < NR_GARBAGE_ROUNDS; round++) {
		struct kvm_irqchip state = { .chip_id = KVM_IRQCHIP_IOAPIC };
		unsigned char *bytes = (unsigned char *)&state.chip;
		unsigned int i;

		for (i = 0; i < sizeof(state.chip.ioapic); i++)
			bytes[i] = random();
		EXPECT_EQ(0, __vm_set_irqchip(&self->vm, &state));
		for (pin = 0; pin < NR_IOAPIC_PINS; pin++)
			vm_irq_line(&self->vm, pin, random() & 1);
		vm_ioapic(&self->vm);
	}
}

TEST_F(state, request_of_a_restored_ioapic_is_sent)
{
	struct vcpu *vcpu = vm_add_vcpu(&self->vm, 0);
	struct kvm_ioapic_state ioapic = vm_ioapic(&self->vm);

	lapic_enable(vcpu);
	ioapic.redirtbl[5].bits = IOAPIC_VECTOR(5);
	ioapic.redirtbl[6].bits = IOAPIC_VECTOR(6) | RTE_LEVEL;
	ioapic.redirtbl[7].bits = IOAPIC_VECTOR(7) | RTE_LEVEL | RTE_REMOTE_IRR;
	ioapic.redirtbl[8].bits = IOAPIC_VECTOR(8) | RTE_MASKED;
	ioapic.irr = 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8;
	vm_set_ioapic(&self->vm, &ioapic);
	EXPECT_TRUE(lapic_requests(vcpu, IOAPIC_VECTOR(5)));
	EXPECT_TRUE(lapic_requests(vcpu, IOAPIC_VECTOR(6)));
	EXPECT_FALSE(lapic_requests(vcpu, IOAPIC_VECTOR(7)));
	EXPECT_FALSE(lapic_requests(vcpu, IOAPIC_VECTOR(8)));
	/* An edge that a LAPIC took is no longer requested. */
	EXPECT_EQ(1 << 6 | 1 << 7 | 1 << 8, vm_ioapic(&self->vm).irr);
	EXPECT_TRUE(vm_rte(&self->vm, 6) & RTE_REMOTE_IRR);
}

TEST_F(state, restored_request_belongs_to_no_source_until_one_moves)
{
	struct kvm_ioapic_state ioapic = vm_ioapic(&self->vm);

	ioapic.irr = 1 << 20;
	vm_set_ioapic(&self->vm, &ioapic);
	EXPECT_EQ(1 << 20, vm_ioapic(&self->vm).irr);
	vm_irq_line(&self->vm, 20, 0);
	EXPECT_EQ(0, vm_ioapic(&self->vm).irr);
}

TEST_F(state, restore_drops_requests_that_are_not_in_it)
{
	struct kvm_ioapic_state ioapic = vm_ioapic(&self->vm);

	vm_irq_line(&self->vm, 20, 1);
	EXPECT_EQ(1 << 20, vm_ioapic(&self->vm).irr);
	vm_set_ioapic(&self->vm, &ioapic);
	EXPECT_EQ(0, vm_ioapic(&self->vm).irr);
}

TEST_F(state, saved_chips_restore_into_another_vm)
{
	struct kvm_irqchip state;
	struct kvm_irqchip got;
	unsigned int chip;
	struct vm other;

	vm_irq_line(&self->vm, 4, 1);
	vm_irq_line(&self->vm, 20, 1);
	vm_open(&other);
	vm_create_irqchip(&other);
	for (chip = 0; chip < KVM_NR_IRQCHIPS; chip++) {
		vm_get_irqchip(&self->vm, chip, &state);
		vm_set_irqchip(&other, &state);
		vm_get_irqchip(&other, chip, &got);
		EXPECT_EQ(0, memcmp(&state, &got, sizeof(state)));
	}
}
