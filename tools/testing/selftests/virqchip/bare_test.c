// SPDX-License-Identifier: GPL-2.0
/*
 * bare_test.c - VMs without our chips, on which the node only passes through:
 * kernel-irqchip=off and split, as KVM has them.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#define PIN			20
#define VECTOR			IOAPIC_VECTOR(PIN)
#define INTERRUPT_VECTOR	0x77

FIXTURE(bare) { struct vm vm; };
FIXTURE_SETUP(bare)
{
	vm_open(&self->vm);
	vm_add_ram(&self->vm);
}

static void expect_injection_by_user_space(struct vm *vm)
{
	struct kvm_interrupt interrupt = { .irq = INTERRUPT_VECTOR };
	struct vcpu *vcpu = vm_add_vcpu(vm, 0);

	if (__sys_ioctl_value(vm->fd, KVM_CHECK_EXTENSION,
			      KVM_CAP_SPLIT_IRQCHIP) <= 0)
		test_skip("no split irqchip");
	guest_begin(vcpu, GUEST_OP_SPIN_UNTIL, 0, 1);
	vcpu->run->request_interrupt_window = 1;
	ASSERT_EQ(0, __vcpu_run(vcpu));
	EXPECT_EQ(KVM_EXIT_IRQ_WINDOW_OPEN, vcpu->run->exit_reason);
	EXPECT_EQ(1, vcpu->run->ready_for_interrupt_injection);
	vcpu->run->request_interrupt_window = 0;
	EXPECT_EQ(0, __sys_ioctl(vcpu->fd, KVM_INTERRUPT, &interrupt));
	guest_run(vcpu);
	EXPECT_VECTORS(vcpu, INTERRUPT_VECTOR);
}

TEST_F(bare, split_vm_gets_interrupts_from_user_space)
{
	ASSERT_EQ(0, __vm_split_irqchip(&self->vm, 24));
	expect_injection_by_user_space(&self->vm);
}

TEST_F(bare, vm_without_lapic_gets_interrupts_from_user_space)
{
	expect_injection_by_user_space(&self->vm);
}

TEST_F(bare, vm_without_lapic_exits_when_it_halts)
{
	struct vcpu *vcpu = vm_add_vcpu(&self->vm, 0);

	guest_begin(vcpu, GUEST_OP_HALT, 0, 0);
	ASSERT_EQ(0, __vcpu_run(vcpu));
	EXPECT_EQ(KVM_EXIT_HLT, vcpu->run->exit_reason);
}

TEST_F(bare, chips_ports_of_a_split_vm_exit)
{
	struct vcpu *vcpu;

	ASSERT_EQ(0, __vm_split_irqchip(&self->vm, 24));
	vcpu = vm_add_vcpu(&self->vm, 0);
	guest_begin(vcpu, GUEST_OP_OUT8, PIC_PRIMARY, 0);
	guest_run_to_io(vcpu, KVM_EXIT_IO_OUT, PIC_PRIMARY, 1);
	guest_run(vcpu);
	guest_begin(vcpu, GUEST_OP_READ32, IOAPIC_WINDOW, 0);
	ASSERT_EQ(0, __vcpu_run(vcpu));
	EXPECT_EQ(KVM_EXIT_MMIO, vcpu->run->exit_reason);
	guest_run(vcpu);
}

TEST_F(bare, eoi_of_a_split_vm_exits)
{
	struct routes *r = routes_new();
	struct vcpu *vcpu;

	ASSERT_EQ(0, __vm_split_irqchip(&self->vm, 24));
	vcpu = vm_add_vcpu(&self->vm, 0);
	lapic_enable(vcpu);
	routes_add_msi(r, 5, MSI_ADDRESS(0), VECTOR | MSI_LEVEL);
	vm_set_routes(&self->vm, r);
	guest_on_vectors(vcpu, VECTOR, VECTOR, GUEST_EOI_LAPIC);
	EXPECT_EQ(1, vm_irq_line_status(&self->vm, 5, 1));
	guest_begin(vcpu, GUEST_OP_TAKE, 0, 0);
	ASSERT_EQ(0, __vcpu_run(vcpu));
	EXPECT_EQ(KVM_EXIT_IOAPIC_EOI, vcpu->run->exit_reason);
	EXPECT_EQ(VECTOR, vcpu->run->eoi.vector);
	guest_run(vcpu);
}
