// SPDX-License-Identifier: GPL-2.0
/*
 * eoi_register_test.c - the IOAPIC of version 0x20, which a guest tells of an
 * EOI itself (82093AA has none; the register is that of later I/O xAPICs).
 *
 * It is refused on a kernel whose LAPICs would broadcast such an EOI as well.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <errno.h>
#include <linux/virqchip.h>

#define PIN			20
#define VECTOR			IOAPIC_VECTOR(PIN)
#define IOAPIC_EOI		(IOAPIC_BASE + 0x40)
#define IOAPIC_VERSION_EOI	0x00170020
/* KVM's flag to not advertise what KVM has no register for. */
#define X2APIC_API_NO_DIRECTED_EOI	(1 << 3)

FIXTURE(eoi_register) { struct vm vm; };
FIXTURE_SETUP(eoi_register)
{
	vm_open(&self->vm);
}

static int __set_version(struct vm *vm, unsigned long version)
{
	return __sys_ioctl_value(vm->fd, VIRQCHIP_SET_IOAPIC_VERSION, version);
}

static bool can_be_had(struct vm *vm)
{
	return __sys_ioctl_value(vm->fd, KVM_CHECK_EXTENSION,
				 VIRQCHIP_CAP_IOAPIC_EOI) == 1;
}

TEST_F_WITH(eoi_register, capability_is_what_the_lapics_can_do,
	    .only = "stacked")
{
	int flags = node_extension(self->vm.dev, KVM_CAP_X2APIC_API);
	bool able = flags & X2APIC_API_NO_DIRECTED_EOI;

	EXPECT_EQ(able, node_extension(self->vm.dev, VIRQCHIP_CAP_IOAPIC_EOI));
	EXPECT_EQ(able, can_be_had(&self->vm));
	EXPECT_EQ(able ? 0 : -EOPNOTSUPP,
		  __set_version(&self->vm, VIRQCHIP_IOAPIC_VERSION_EOI));
	EXPECT_EQ(0, __set_version(&self->vm, VIRQCHIP_IOAPIC_VERSION_KVM));
	EXPECT_EQ(-EINVAL, __set_version(&self->vm, 0x12));
	vm_create_irqchip(&self->vm);
	EXPECT_EQ(-EEXIST,
		  __set_version(&self->vm, VIRQCHIP_IOAPIC_VERSION_KVM));
}

TEST_F_WITH(eoi_register, level_that_is_still_high_refires, .only = "stacked")
{
	struct vcpu *vcpu;

	if (!can_be_had(&self->vm))
		test_skip("this kernel's LAPICs broadcast every EOI");
	ASSERT_EQ(0, __set_version(&self->vm, VIRQCHIP_IOAPIC_VERSION_EOI));
	vm_create_irqchip(&self->vm);
	vm_add_ram(&self->vm);
	vcpu = vm_add_vcpu(&self->vm, 0);
	lapic_enable(vcpu);
	EXPECT_EQ(IOAPIC_VERSION_EOI, ioapic_read(vcpu, IOAPIC_VERSION));
	ioapic_set_rte(vcpu, PIN, VECTOR | RTE_LEVEL);
	vm_irq_line(&self->vm, PIN, 1);
	guest_take(vcpu);
	EXPECT_VECTORS(vcpu, VECTOR);
	EXPECT_TRUE(ioapic_rte(vcpu, PIN) & RTE_REMOTE_IRR);

	/* Of another vector: nothing. Then of ours, and it is sent again. */
	guest_write32(vcpu, IOAPIC_EOI, VECTOR + 1);
	EXPECT_TRUE(ioapic_rte(vcpu, PIN) & RTE_REMOTE_IRR);
	guest_write32(vcpu, LAPIC_EOI, 0);
	guest_take(vcpu);
	guest_write32(vcpu, IOAPIC_EOI, VECTOR);
	guest_take(vcpu);
	EXPECT_LT(0, guest_nr_new(vcpu));
	vm_irq_line(&self->vm, PIN, 0);
	guest_write32(vcpu, IOAPIC_EOI, VECTOR);
	EXPECT_FALSE(ioapic_rte(vcpu, PIN) & RTE_REMOTE_IRR);
}
