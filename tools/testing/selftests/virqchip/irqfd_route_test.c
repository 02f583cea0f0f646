// SPDX-License-Identifier: GPL-2.0
/*
 * irqfd_route_test.c - eventfds bound to GSIs whose routes are messages, or
 * change underneath. What happens is waited for, as in irqfd_test.c.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <errno.h>
#include <sys/resource.h>

#define GSI			20	/* on the IOAPIC alone */
#define MSI_GSI			40
#define MSI_VECTOR		0x61
#define VECTOR			IOAPIC_VECTOR(GSI)
#define SHORT_WHILE		50	/* milliseconds */

FIXTURE(irqfd_route) { struct vm vm; struct vcpu *vcpu; int event; int resample; };
FIXTURE_SETUP(irqfd_route)
{
	vm_open_with_chips(&self->vm);
	self->vcpu = vm_add_vcpu(&self->vm, 0);
	lapic_enable(self->vcpu);
	guest_on_vectors(self->vcpu, IOAPIC_VECTOR(0), UINT8_MAX,
			 GUEST_EOI_LAPIC);
	self->event = event_new(0);
	self->resample = event_new(0);
}

static void set_edge_rte(struct vm *vm)
{
	vm_set_rte(vm, GSI, VECTOR);
}

static bool is_requested(struct vcpu *vcpu, unsigned int vector)
{
	return EVENTUALLY(lapic_requests(vcpu, vector));
}

TEST_F(irqfd_route, message)
{
	struct routes *r = routes_new();

	routes_add_msi(r, MSI_GSI, MSI_ADDRESS(0), MSI_VECTOR);
	vm_set_routes(&self->vm, r);
	vm_irqfd(&self->vm, self->event, MSI_GSI);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, MSI_VECTOR));
	r->entries[0].u.msi.data = MSI_VECTOR + 1;
	vm_set_routes(&self->vm, r);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, MSI_VECTOR + 1));
}

TEST_F(irqfd_route, bound_before_any_route)
{
	struct routes *r = routes_new();

	vm_set_routes(&self->vm, r);
	vm_irqfd(&self->vm, self->event, MSI_GSI);
	event_signal(self->event);
	sleep_ms(SHORT_WHILE);
	EXPECT_FALSE(event_is_signalled(self->event));
	routes_add_msi(r, MSI_GSI, MSI_ADDRESS(0), MSI_VECTOR);
	vm_set_routes(&self->vm, r);
	EXPECT_FALSE(lapic_requests(self->vcpu, MSI_VECTOR));
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, MSI_VECTOR));
}

TEST_F(irqfd_route, gsi_changes_between_pin_and_message)
{
	struct routes *pin = routes_new(), *message = routes_new();
	unsigned int i;

	routes_add_pin(pin, GSI, KVM_IRQCHIP_IOAPIC, GSI);
	routes_add_msi(message, GSI, MSI_ADDRESS(0), MSI_VECTOR);
	set_edge_rte(&self->vm);
	vm_irqfd(&self->vm, self->event, GSI);
	for (i = 0; i < 5; i++) {
		vm_set_routes(&self->vm, pin);
		event_signal(self->event);
		EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
		EXPECT_FALSE(lapic_requests(self->vcpu, MSI_VECTOR));
		lapic_clear(self->vcpu);
		vm_set_routes(&self->vm, message);
		event_signal(self->event);
		EXPECT_TRUE(is_requested(self->vcpu, MSI_VECTOR));
		EXPECT_FALSE(lapic_requests(self->vcpu, VECTOR));
		lapic_clear(self->vcpu);
	}
	vm_irqfd_deassign(&self->vm, self->event, GSI);
	event_signal(self->event);
	EXPECT_TRUE(event_is_signalled(self->event));
}

/* KVM's number for a low GSI with a message is another, but stays its own. */
TEST_F(irqfd_route, low_gsi_keeps_its_message_when_others_get_one)
{
	struct routes *one = routes_new(), *more = routes_new();

	routes_add_msi(one, GSI, MSI_ADDRESS(0), MSI_VECTOR);
	routes_add_msi(more, 3, MSI_ADDRESS(0), MSI_VECTOR + 1);
	routes_add_msi(more, GSI, MSI_ADDRESS(0), MSI_VECTOR);
	vm_set_routes(&self->vm, one);
	vm_irqfd(&self->vm, self->event, GSI);
	vm_set_routes(&self->vm, more);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, MSI_VECTOR));
	EXPECT_FALSE(lapic_requests(self->vcpu, MSI_VECTOR + 1));
}

/* What was there before is injected when it is bound, and never again. */
TEST_F(irqfd_route, eventfd_signalled_before_does_not_signal_where_its_gsi_goes)
{
	struct routes *pin = routes_new(), *message = routes_new();

	routes_add_pin(pin, GSI, KVM_IRQCHIP_IOAPIC, GSI);
	routes_add_msi(message, GSI, MSI_ADDRESS(0), MSI_VECTOR);
	set_edge_rte(&self->vm);
	event_signal(self->event);
	vm_irqfd(&self->vm, self->event, GSI);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
	lapic_clear(self->vcpu);
	vm_set_routes(&self->vm, message);
	EXPECT_FALSE(lapic_requests(self->vcpu, MSI_VECTOR));
	vm_set_routes(&self->vm, pin);
	sleep_ms(SHORT_WHILE);
	EXPECT_FALSE(lapic_requests(self->vcpu, VECTOR));
	EXPECT_EQ(parity(PARITY_HELD_SIGNAL, false, true),
		  event_is_signalled(self->event));
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
}

/*
 * The first VM that binds an eventfd has its signals. Before 6.17 a second one
 * is told so by nobody, and hears nothing until the first lets go.
 */
TEST_F(irqfd_route, first_of_two_vms_keeps_the_eventfd_where_its_gsi_goes)
{
	struct routes *pin = routes_new(), *message = routes_new();
	long long bound = kernel_since(6, 17) ? -EBUSY : 0;
	struct vcpu *second;
	struct vm other;
	unsigned int i;

	routes_add_pin(pin, GSI, KVM_IRQCHIP_IOAPIC, GSI);
	routes_add_msi(message, GSI, MSI_ADDRESS(0), MSI_VECTOR);
	vm_open_with_chips(&other);
	second = vm_add_vcpu(&other, 0);
	lapic_enable(second);
	set_edge_rte(&self->vm);
	set_edge_rte(&other);
	vm_irqfd(&self->vm, self->event, GSI);
	EXPECT_EQ(bound, __vm_irqfd(&other, self->event, GSI, 0, 0));
	for (i = 0; i < 3; i++) {
		vm_set_routes(&self->vm, message);
		event_signal(self->event);
		EXPECT_TRUE(is_requested(self->vcpu, MSI_VECTOR));
		vm_set_routes(&self->vm, pin);
		event_signal(self->event);
		EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
		lapic_clear(self->vcpu);
	}
	EXPECT_FALSE(lapic_requests(second, VECTOR));
	vm_irqfd_deassign(&self->vm, self->event, GSI);
	EXPECT_EQ(bound ? 0 : -EBUSY,
		  __vm_irqfd(&other, self->event, GSI, 0, 0));
	event_signal(self->event);
	EXPECT_TRUE(is_requested(second, VECTOR));
}

/* With no descriptor free it stays ours, on a GSI that is KVM's. */
TEST_F(irqfd_route, signal_before_a_change_goes_where_its_gsi_led)
{
	struct routes *pin = routes_new(), *message = routes_new();
	struct rlimit limit, none;

	routes_add_pin(pin, GSI, KVM_IRQCHIP_IOAPIC, GSI);
	routes_add_msi(message, GSI, MSI_ADDRESS(0), MSI_VECTOR);
	set_edge_rte(&self->vm);
	vm_irqfd(&self->vm, self->event, GSI);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = (struct rlimit) { 0, limit.rlim_max };
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	vm_set_routes(&self->vm, message);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	event_signal(self->event);
	vm_set_routes(&self->vm, pin);
	EXPECT_TRUE(is_requested(self->vcpu, MSI_VECTOR));
	EXPECT_FALSE(lapic_requests(self->vcpu, VECTOR));
}

TEST_F(irqfd_route, resampling_gsi_becomes_a_message)
{
	struct routes *message = routes_new();

	routes_add_msi(message, GSI, MSI_ADDRESS(0), MSI_VECTOR);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	vm_set_routes(&self->vm, message);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, MSI_VECTOR));
	guest_take(self->vcpu);
	EXPECT_FALSE(event_wait(self->resample, SHORT_WHILE));
	vm_irqfd_deassign(&self->vm, self->event, GSI);
}

/* The acknowledgement, or the last deassign, lowers what the GSI leads to then. */
TEST_F(irqfd_route, resampled_line_stays_high_where_its_gsi_has_left)
{
	struct routes *here = routes_new(), *there = routes_new();

	routes_add_pin(here, GSI, KVM_IRQCHIP_IOAPIC, GSI);
	routes_add_pin(there, GSI, KVM_IRQCHIP_IOAPIC, GSI + 1);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	event_signal(self->event);
	ASSERT_TRUE(EVENTUALLY(vm_ioapic(&self->vm).irr & 1U << GSI));
	vm_set_routes(&self->vm, there);
	vm_irqfd_deassign(&self->vm, self->event, GSI);
	EXPECT_EQ(same(PARITY_LINE_LEFT_BEHIND, 1U << GSI),
		  vm_ioapic(&self->vm).irr);
	vm_set_routes(&self->vm, here);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	vm_irqfd_deassign(&self->vm, self->event, GSI);
	EXPECT_EQ(0, vm_ioapic(&self->vm).irr);
}
