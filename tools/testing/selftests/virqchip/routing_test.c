// SPDX-License-Identifier: GPL-2.0
/*
 * routing_test.c - KVM_SET_GSI_ROUTING: every error, limits, duplicates, the
 * default table, and what debugfs shows of a table.
 */
#include "chips.h"
#include "harness.h"

#include <errno.h>
#include <string.h>

#define MAX_ROUTES		4096
#define MSI_VECTOR		0x22
#define ALL_PINS_MASKED		0xff
#define XEN_PRIORITY_2LEVEL	UINT32_MAX

FIXTURE(routing) { struct vm vm; struct routes *r; };
FIXTURE_SETUP(routing)
{
	vm_open(&self->vm);
	vm_create_irqchip(&self->vm);
	self->r = routes_new();
}

/* Which inputs of the chips are requested. */
struct inputs {
	unsigned int primary;
	unsigned int secondary;
	unsigned int ioapic;
};

static struct inputs vm_inputs(struct vm *vm)
{
	return (struct inputs) {
		.primary = vm_pic(vm, KVM_IRQCHIP_PIC_MASTER).irr,
		.secondary = vm_pic(vm, KVM_IRQCHIP_PIC_SLAVE).irr,
		.ioapic = vm_ioapic(vm).irr,
	};
}

/* Nothing latched, everything masked. */
static void clear_pic(struct vm *vm, unsigned int chip)
{
	struct kvm_pic_state pic = vm_pic(vm, chip);

	pic.irr = 0;
	pic.last_irr = 0;
	pic.imr = ALL_PINS_MASKED;
	vm_set_pic(vm, chip, &pic);
}

static void clear_pair(struct vm *vm)
{
	clear_pic(vm, KVM_IRQCHIP_PIC_SLAVE);
	clear_pic(vm, KVM_IRQCHIP_PIC_MASTER);
}

static void expect_inputs(struct vm *vm, unsigned int gsi, unsigned int pair,
			  unsigned int ioapic)
{
	struct inputs in;

	vm_irq_line(vm, gsi, 1);
	in = vm_inputs(vm);
	EXPECT_EQ(pair, in.primary | in.secondary << 8);
	EXPECT_EQ(ioapic, in.ioapic);
	vm_irq_line(vm, gsi, 0);
	EXPECT_EQ(0, vm_inputs(vm).ioapic);
	clear_pair(vm);
}

static int set_one(struct vm *vm, const struct kvm_irq_routing_entry *entry)
{
	struct routes *r = routes_new();

	r->head.nr = 1;
	r->entries[0] = *entry;
	return __vm_set_routes(vm, r);
}

TEST_F(routing, default_table_reaches_both_chips)
{
	unsigned int gsi;

	clear_pair(&self->vm);
	for (gsi = 0; gsi < NR_IOAPIC_PINS; gsi++) {
		unsigned int pair = gsi < NR_PIC_PINS ? 1 << gsi : 0;

		expect_inputs(&self->vm, gsi, pair, 1 << gsi);
	}
	EXPECT_EQ(1, vm_irq_line_status(&self->vm, NR_IOAPIC_PINS - 1, 0));
	EXPECT_EQ(-1, vm_irq_line_status(&self->vm, NR_IOAPIC_PINS, 1));
}

TEST_F(routing, default_table_has_gsi_2_on_the_cascade_pin)
{
	vm_irq_line(&self->vm, PIC_CASCADE, 1);
	EXPECT_EQ(1 << PIC_CASCADE, vm_inputs(&self->vm).primary);
	EXPECT_EQ(1 << PIC_CASCADE, vm_inputs(&self->vm).ioapic);
}

TEST_F(routing, empty_table_disconnects_everything)
{
	vm_set_routes(&self->vm, self->r);
	EXPECT_EQ(-1, vm_irq_line_status(&self->vm, 4, 1));
	EXPECT_EQ(0, vm_inputs(&self->vm).ioapic);
	EXPECT_EQ(0, vm_inputs(&self->vm).primary);
}

TEST_F(routing, gsi_may_be_any_number_below_the_limit)
{
	clear_pair(&self->vm);
	routes_add_pin(self->r, MAX_ROUTES - 1, KVM_IRQCHIP_IOAPIC, 7);
	vm_set_routes(&self->vm, self->r);
	expect_inputs(&self->vm, MAX_ROUTES - 1, 0, 1 << 7);
	EXPECT_EQ(-1, vm_irq_line_status(&self->vm, 0, 1));
	EXPECT_EQ(-1, vm_irq_line_status(&self->vm, MAX_ROUTES, 1));
	EXPECT_EQ(-1, vm_irq_line_status(&self->vm, UINT32_MAX, 1));
	EXPECT_EQ(-1, vm_irq_line_status(&self->vm, INT32_MAX, 1));
}

TEST_F(routing, gsi_at_the_limit_is_refused)
{
	routes_add_pin(self->r, MAX_ROUTES, KVM_IRQCHIP_IOAPIC, 7);
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, self->r));
	self->r->entries[0].gsi = UINT32_MAX;
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, self->r));
}

TEST_F(routing, number_of_entries_is_limited)
{
	unsigned int i;

	for (i = 0; i < MAX_ROUTES; i++)
		routes_add_msi(self->r, i, MSI_ADDRESS(0), MSI_VECTOR);
	EXPECT_EQ(0, __vm_set_routes(&self->vm, self->r));
	self->r->head.nr = MAX_ROUTES + 1;
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, self->r));
	self->r->head.nr = UINT32_MAX;
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, self->r));
}

TEST_F(routing, flags_of_the_table_are_refused)
{
	routes_add_default(self->r);
	self->r->head.flags = 1;
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, self->r));
}

TEST_F(routing, pointers_are_checked)
{
	EXPECT_EQ(-EFAULT, __vm_set_routes(&self->vm, NULL));
	EXPECT_EQ(-EFAULT, __vm_set_routes(&self->vm, (void *)-4096UL));
}

TEST_F(routing, entries_beyond_memory_fault)
{
	struct kvm_irq_routing *head = bytes_before_hole(sizeof(*head));

	*head = (struct kvm_irq_routing) { .nr = 1 };
	EXPECT_EQ(-EFAULT, __vm_set_routes(&self->vm, (void *)head));
	head->nr = 0;
	EXPECT_EQ(0, __vm_set_routes(&self->vm, (void *)head));
	head->nr = MAX_ROUTES + 1;
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, (void *)head));
}

TEST_F(routing, pins_are_checked)
{
	struct kvm_irq_routing_entry entry = {
		.type = KVM_IRQ_ROUTING_IRQCHIP,
	};
	static const struct {
		unsigned int chip, pin;
		int error;
	} cases[] = {
		{ KVM_IRQCHIP_PIC_MASTER, 0, 0 },
		{ KVM_IRQCHIP_PIC_MASTER, 7, 0 },
		{ KVM_IRQCHIP_PIC_MASTER, 8, -EINVAL },
		{ KVM_IRQCHIP_PIC_SLAVE, 7, 0 },
		{ KVM_IRQCHIP_PIC_SLAVE, 8, -EINVAL },
		{ KVM_IRQCHIP_PIC_SLAVE, UINT32_MAX, -EINVAL },
		{ KVM_IRQCHIP_PIC_SLAVE, UINT32_MAX - 7, -EINVAL },
		{ KVM_IRQCHIP_IOAPIC, 23, 0 },
		{ KVM_IRQCHIP_IOAPIC, 24, -EINVAL },
		{ KVM_IRQCHIP_IOAPIC, UINT32_MAX, -EINVAL },
		{ KVM_NR_IRQCHIPS, 0, -EINVAL },
		{ UINT32_MAX, 0, -EINVAL },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		entry.u.irqchip.irqchip = cases[i].chip;
		entry.u.irqchip.pin = cases[i].pin;
		if (cases[i].error != set_one(&self->vm, &entry))
			test_note("chip %u pin %u", cases[i].chip,
				  cases[i].pin);
		EXPECT_EQ(cases[i].error, set_one(&self->vm, &entry));
	}
}

TEST_F(routing, types_are_checked)
{
	struct kvm_irq_routing_entry entry = { .gsi = 1 };

	EXPECT_EQ(-EINVAL, set_one(&self->vm, &entry));
	entry.type = KVM_IRQ_ROUTING_S390_ADAPTER;
	EXPECT_EQ(-EINVAL, set_one(&self->vm, &entry));
	entry.type = KVM_IRQ_ROUTING_XEN_EVTCHN + 1;
	EXPECT_EQ(-EINVAL, set_one(&self->vm, &entry));
	entry.type = UINT32_MAX;
	EXPECT_EQ(-EINVAL, set_one(&self->vm, &entry));
}

TEST_F(routing, flags_of_an_entry)
{
	struct kvm_irq_routing_entry entry = {
		.type = KVM_IRQ_ROUTING_IRQCHIP,
		.flags = KVM_MSI_VALID_DEVID,
		.u.irqchip = { .irqchip = KVM_IRQCHIP_IOAPIC, .pin = 1 },
	};

	EXPECT_EQ(-EINVAL, set_one(&self->vm, &entry));
	entry.type = KVM_IRQ_ROUTING_MSI;
	EXPECT_EQ(0, set_one(&self->vm, &entry));
	entry.flags |= KVM_MSI_VALID_DEVID << 1;
	EXPECT_EQ(-EINVAL, set_one(&self->vm, &entry));
}

TEST_F(routing, padding_is_ignored)
{
	struct kvm_irq_routing_entry entry;

	memset(&entry, UINT8_MAX, sizeof(entry));
	entry.gsi = 1;
	entry.flags = 0;
	entry.type = KVM_IRQ_ROUTING_IRQCHIP;
	entry.u.irqchip.irqchip = KVM_IRQCHIP_IOAPIC;
	entry.u.irqchip.pin = 1;
	EXPECT_EQ(0, set_one(&self->vm, &entry));
}

TEST_F(routing, high_address_counts_only_with_32_bit_ids)
{
	struct kvm_irq_routing_entry entry = {
		.gsi = 1,
		.type = KVM_IRQ_ROUTING_MSI,
		.u.msi = { .address_lo = MSI_ADDRESS(0), .address_hi = 1 },
	};

	EXPECT_EQ(0, set_one(&self->vm, &entry));
	EXPECT_EQ(0, __vm_enable_cap(&self->vm, KVM_CAP_X2APIC_API,
				     KVM_X2APIC_API_USE_32BIT_IDS));
	EXPECT_EQ(-EINVAL, set_one(&self->vm, &entry));
	entry.u.msi.address_hi = 0x100;
	EXPECT_EQ(0, set_one(&self->vm, &entry));
}

TEST_F(routing, hv_sint_is_not_checked)
{
	struct kvm_irq_routing_entry entry = {
		.gsi = 1,
		.type = KVM_IRQ_ROUTING_HV_SINT,
		.u.hv_sint = { .vcpu = UINT32_MAX, .sint = UINT32_MAX },
	};

	if (node_extension(self->vm.dev, KVM_CAP_HYPERV_SYNIC) <= 0)
		test_skip("this KVM was built without Hyper-V");
	EXPECT_EQ(0, set_one(&self->vm, &entry));
}

TEST_F(routing, xen_event_channels_are_two_level)
{
	struct kvm_irq_routing_entry entry = {
		.gsi = 1,
		.type = KVM_IRQ_ROUTING_XEN_EVTCHN,
		.u.xen_evtchn = { .port = 1, .vcpu = 0, .priority = 0 },
	};

	if (node_extension(self->vm.dev, KVM_CAP_XEN_HVM) <= 0)
		test_skip("this KVM was built without Xen");
	EXPECT_EQ(-EINVAL, set_one(&self->vm, &entry));
	entry.u.xen_evtchn.priority = XEN_PRIORITY_2LEVEL;
	EXPECT_EQ(0, set_one(&self->vm, &entry));
}

TEST_F(routing, one_gsi_may_drive_one_pin_of_each_chip)
{
	clear_pair(&self->vm);
	routes_add_pin(self->r, 100, KVM_IRQCHIP_PIC_MASTER, 3);
	routes_add_pin(self->r, 100, KVM_IRQCHIP_PIC_SLAVE, 5);
	routes_add_pin(self->r, 100, KVM_IRQCHIP_IOAPIC, 20);
	vm_set_routes(&self->vm, self->r);
	expect_inputs(&self->vm, 100, 1 << 3 | 1 << 13, 1 << 20);
}

TEST_F(routing, one_gsi_may_not_drive_a_chip_twice)
{
	routes_add_pin(self->r, 9, KVM_IRQCHIP_IOAPIC, 3);
	routes_add_pin(self->r, 9, KVM_IRQCHIP_IOAPIC, 4);
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, self->r));
	self->r->entries[1].u.irqchip.pin = 3;
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, self->r));
}

TEST_F(routing, a_message_has_its_gsi_alone)
{
	routes_add_msi(self->r, 9, MSI_ADDRESS(0), MSI_VECTOR);
	routes_add_pin(self->r, 9, KVM_IRQCHIP_IOAPIC, 4);
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, self->r));
}

TEST_F(routing, a_pin_and_then_a_message_on_one_gsi)
{
	routes_add_pin(self->r, 9, KVM_IRQCHIP_IOAPIC, 4);
	routes_add_msi(self->r, 9, MSI_ADDRESS(0), MSI_VECTOR);
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, self->r));
}

TEST_F(routing, two_messages_on_one_gsi)
{
	routes_add_msi(self->r, 9, MSI_ADDRESS(0), MSI_VECTOR);
	routes_add_msi(self->r, 9, MSI_ADDRESS(0), MSI_VECTOR);
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, self->r));
}

TEST_F(routing, two_gsis_may_drive_one_pin)
{
	clear_pair(&self->vm);
	routes_add_pin(self->r, 5, KVM_IRQCHIP_IOAPIC, 20);
	routes_add_pin(self->r, 50, KVM_IRQCHIP_IOAPIC, 20);
	vm_set_routes(&self->vm, self->r);
	expect_inputs(&self->vm, 5, 0, 1 << 20);
	expect_inputs(&self->vm, 50, 0, 1 << 20);
}

TEST_F(routing, refused_table_leaves_the_old_one)
{
	clear_pair(&self->vm);
	routes_add_pin(self->r, 1, KVM_IRQCHIP_IOAPIC, 9);
	vm_set_routes(&self->vm, self->r);
	routes_add_pin(self->r, 2, KVM_IRQCHIP_IOAPIC, NR_IOAPIC_PINS);
	self->r->entries[0].u.irqchip.pin = 10;
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, self->r));
	expect_inputs(&self->vm, 1, 0, 1 << 9);
}

TEST_F(routing, line_held_over_a_change_of_routes_stays_with_its_pin)
{
	clear_pair(&self->vm);
	vm_irq_line(&self->vm, 9, 1);
	vm_set_routes(&self->vm, self->r);
	EXPECT_EQ(1 << 9, vm_inputs(&self->vm).ioapic);
	EXPECT_EQ(-1, vm_irq_line_status(&self->vm, 9, 0));
	EXPECT_EQ(1 << 9, vm_inputs(&self->vm).ioapic);
	routes_add_default(self->r);
	vm_set_routes(&self->vm, self->r);
	vm_irq_line(&self->vm, 9, 0);
	EXPECT_EQ(0, vm_inputs(&self->vm).ioapic);
}

TEST_F(routing, order_of_checks)
{
	struct kvm_irq_routing_entry entry = {
		.gsi = MAX_ROUTES, .type = UINT32_MAX,
	};

	EXPECT_EQ(-EINVAL, set_one(&self->vm, &entry));
	self->r->head.nr = MAX_ROUTES + 1;
	self->r->head.flags = 1;
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, self->r));
}

