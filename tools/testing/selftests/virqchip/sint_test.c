// SPDX-License-Identifier: GPL-2.0
/*
 * sint_test.c - GSIs that lead to a vCPU's Hyper-V SynIC: lines, irqfds, and
 * what becomes of a resamplefd.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GSI			7
#define SINT			2
#define SINT_MASKED		(1ull << 16)
#define VECTOR			0x71
#define MSR_SCONTROL		0x40000080	/* Hyper-V TLFS, 11.11 */
#define MSR_SINT(n)		(0x40000090 + (n))

FIXTURE(sint) { struct vm vm; struct vcpu *vcpu; int event, resample; };

static void set_msr(struct vcpu *vcpu, unsigned int msr, uint64_t value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { .head.nmsrs = 1, .entry = { .index = msr, .data = value } };

	ASSERT_EQ(1, __sys_ioctl(vcpu->fd, KVM_SET_MSRS, &msrs));
}

FIXTURE_SETUP(sint)
{
	struct kvm_enable_cap synic = { .cap = KVM_CAP_HYPERV_SYNIC };
	struct routes *r = routes_new();

	vm_open_with_chips(&self->vm);
	if (node_extension(self->vm.dev, KVM_CAP_HYPERV_SYNIC) <= 0)
		test_skip("this KVM was built without Hyper-V");
	self->vcpu = vm_add_vcpu(&self->vm, 0);
	lapic_enable(self->vcpu);
	guest_on_vectors(self->vcpu, VECTOR, VECTOR, GUEST_EOI_LAPIC);
	ASSERT_EQ(0, __sys_ioctl(self->vcpu->fd, KVM_ENABLE_CAP, &synic));
	set_msr(self->vcpu, MSR_SCONTROL, 1);
	set_msr(self->vcpu, MSR_SINT(SINT), VECTOR);
	r->entries[r->head.nr++] = (struct kvm_irq_routing_entry) {
		.gsi = GSI, .type = KVM_IRQ_ROUTING_HV_SINT,
		.u.hv_sint = { .vcpu = 0, .sint = SINT },
	};
	vm_set_routes(&self->vm, r);
	self->event = event_new(0);
	self->resample = event_new(0);
}

TEST_F(sint, line_interrupts_at_level_1)
{
	EXPECT_EQ(1, vm_irq_line_status(&self->vm, GSI, 1));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	EXPECT_EQ(-1, vm_irq_line_status(&self->vm, GSI, 0));
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
}

TEST_F(sint, masked_sint_takes_nothing)
{
	set_msr(self->vcpu, MSR_SINT(SINT), VECTOR | SINT_MASKED);
	EXPECT_EQ(parity(PARITY_SINT_STATUS, false, true),
		  vm_irq_line_status(&self->vm, GSI, 1) < 0);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
}

TEST_F(sint, irqfd)
{
	vm_irqfd(&self->vm, self->event, GSI);
	event_signal(self->event);
	EXPECT_TRUE(EVENTUALLY(lapic_requests(self->vcpu, VECTOR)));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
}

/* Split mode refuses it, and no exit of KVM's tells of such an EOI. */
TEST_F(sint, resampling_irqfd)
{
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	event_signal(self->event);
	EXPECT_TRUE(EVENTUALLY(lapic_requests(self->vcpu, VECTOR)));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	EXPECT_EQ(parity(PARITY_SINT_RESAMPLE, false, true),
		  event_wait(self->resample, 200));
}
