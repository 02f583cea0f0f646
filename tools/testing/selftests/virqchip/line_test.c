// SPDX-License-Identifier: GPL-2.0
/*
 * line_test.c - KVM_IRQ_LINE, KVM_IRQ_LINE_STATUS and KVM_SIGNAL_MSI: what they
 * answer for masked, coalesced and delivered interrupts on each chip.
 *
 * The guest hardly runs: what a LAPIC took is read by KVM_GET_LAPIC.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define MSI_GSI			40
#define MSI_VECTOR		0x61
#define RTC_GSI			8
#define NOBODY			5
#define EVERYBODY		0xff
#define MASKED			(-1)
#define COALESCED		0
#define DELIVERED		1
#define NO_SUCH_FLAG		0x100

FIXTURE(line) { struct vm vm; struct vcpu *vcpu; };
FIXTURE_SETUP(line)
{
	struct routes *r = routes_new();
	unsigned int pin;

	/* PIC pins on GSIs 0-15, IOAPIC pins on 100-123. */
	vm_open_with_chips(&self->vm);
	self->vcpu = vm_add_vcpu(&self->vm, 0);
	lapic_enable(self->vcpu);
	for (pin = 0; pin < 8; pin++) {
		routes_add_pin(r, pin, KVM_IRQCHIP_PIC_MASTER, pin);
		routes_add_pin(r, 8 + pin, KVM_IRQCHIP_PIC_SLAVE, pin);
	}
	for (pin = 0; pin < NR_IOAPIC_PINS; pin++)
		routes_add_pin(r, 100 + pin, KVM_IRQCHIP_IOAPIC, pin);
	routes_add_msi(r, MSI_GSI, MSI_ADDRESS(0), MSI_VECTOR);
	vm_set_routes(&self->vm, r);
}

static void expect_status(struct vm *vm, unsigned int gsi, unsigned int level,
			  int want)
{
	int got = vm_irq_line_status(vm, gsi, level);

	if (got != want)
		test_note("GSI %u level %u", gsi, level);
	EXPECT_EQ(want, got);
}

TEST_F(line, pic_edge)
{
	expect_status(&self->vm, 3, 1, DELIVERED);
	expect_status(&self->vm, 3, 1, DELIVERED);
	expect_status(&self->vm, 3, 0, DELIVERED);
	expect_status(&self->vm, 3, 0, DELIVERED);
	expect_status(&self->vm, 3, 1, COALESCED);
	EXPECT_EQ(1 << 3, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).irr);
}

TEST_F(line, pic_level)
{
	struct kvm_pic_state pic = vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER);

	pic.elcr = 1 << 3;
	vm_set_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER, &pic);
	expect_status(&self->vm, 3, 1, DELIVERED);
	expect_status(&self->vm, 3, 1, COALESCED);
	expect_status(&self->vm, 3, 0, DELIVERED);
	EXPECT_EQ(0, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).irr);
	expect_status(&self->vm, 3, 1, DELIVERED);
}

TEST_F(line, pic_masked)
{
	struct kvm_pic_state pic = vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER);

	pic.imr = 1 << 3;
	vm_set_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER, &pic);
	expect_status(&self->vm, 3, 1, MASKED);
	expect_status(&self->vm, 3, 0, MASKED);
	EXPECT_EQ(1 << 3, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).irr);
}

TEST_F(line, pic_secondary)
{
	expect_status(&self->vm, 12, 1, DELIVERED);
	EXPECT_EQ(1 << 4, vm_pic(&self->vm, KVM_IRQCHIP_PIC_SLAVE).irr);
	EXPECT_EQ(1 << PIC_CASCADE,
		  vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).irr);
	expect_status(&self->vm, 12, 0, DELIVERED);
	expect_status(&self->vm, 12, 1, COALESCED);
}

TEST_F(line, any_level_but_zero_is_high)
{
	expect_status(&self->vm, 3, 2, DELIVERED);
	EXPECT_EQ(1 << 3, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).irr);
	expect_status(&self->vm, 3, 0, DELIVERED);
	expect_status(&self->vm, 3, UINT32_MAX, COALESCED);
}

TEST_F(line, ioapic_masked)
{
	expect_status(&self->vm, 105, 1, MASKED);
	EXPECT_EQ(1 << 5, vm_ioapic(&self->vm).irr);
	expect_status(&self->vm, 105, 1, COALESCED);
	expect_status(&self->vm, 105, 0, DELIVERED);
	EXPECT_EQ(0, vm_ioapic(&self->vm).irr);
}

TEST_F(line, ioapic_edge)
{
	vm_set_rte(&self->vm, 5, IOAPIC_VECTOR(5));
	expect_status(&self->vm, 105, 1, DELIVERED);
	EXPECT_TRUE(lapic_requests(self->vcpu, IOAPIC_VECTOR(5)));
	EXPECT_EQ(0, vm_ioapic(&self->vm).irr);
	expect_status(&self->vm, 105, 1, COALESCED);
	expect_status(&self->vm, 105, 0, DELIVERED);
	expect_status(&self->vm, 105, 1, DELIVERED);
	EXPECT_EQ(IOAPIC_VECTOR(5), vm_rte(&self->vm, 5));
}

TEST_F(line, ioapic_level)
{
	vm_set_rte(&self->vm, 5, IOAPIC_VECTOR(5) | RTE_LEVEL);
	expect_status(&self->vm, 105, 1, DELIVERED);
	EXPECT_TRUE(lapic_requests(self->vcpu, IOAPIC_VECTOR(5)));
	EXPECT_EQ(IOAPIC_VECTOR(5) | RTE_LEVEL | RTE_REMOTE_IRR,
		  vm_rte(&self->vm, 5));
	EXPECT_EQ(1 << 5, vm_ioapic(&self->vm).irr);
	expect_status(&self->vm, 105, 1, MASKED);
	expect_status(&self->vm, 105, 0, DELIVERED);
	EXPECT_EQ(0, vm_ioapic(&self->vm).irr);
	EXPECT_EQ(IOAPIC_VECTOR(5) | RTE_LEVEL | RTE_REMOTE_IRR,
		  vm_rte(&self->vm, 5));
	expect_status(&self->vm, 105, 1, MASKED);
}

TEST_F(line, ioapic_to_nobody)
{
	vm_set_rte(&self->vm, 5,
		   IOAPIC_VECTOR(5) | RTE_LEVEL | RTE_DEST(NOBODY));
	expect_status(&self->vm, 105, 1, COALESCED);
	EXPECT_EQ(0, vm_rte(&self->vm, 5) & RTE_REMOTE_IRR);
}

TEST_F(line, ioapic_to_a_disabled_lapic)
{
	vm_set_rte(&self->vm, 5, IOAPIC_VECTOR(5) | RTE_LEVEL);
	lapic_set(self->vcpu, LAPIC_SPIV, UINT8_MAX);
	expect_status(&self->vm, 105, 1, COALESCED);
	EXPECT_EQ(0, vm_rte(&self->vm, 5) & RTE_REMOTE_IRR);
}

TEST_F(line, ioapic_to_everybody)
{
	lapic_enable(vm_add_vcpu(&self->vm, 1));
	vm_set_rte(&self->vm, 5, IOAPIC_VECTOR(5) | RTE_DEST(EVERYBODY));
	expect_status(&self->vm, 105, 1, 2);
	EXPECT_TRUE(lapic_requests(&self->vm.vcpus[0], IOAPIC_VECTOR(5)));
	EXPECT_TRUE(lapic_requests(&self->vm.vcpus[1], IOAPIC_VECTOR(5)));
}

TEST_F(line, ioapic_lowest_priority_goes_to_one)
{
	lapic_enable(vm_add_vcpu(&self->vm, 1));
	lapic_set(&self->vm.vcpus[0], LAPIC_LDR, 1u << 24);
	lapic_set(&self->vm.vcpus[1], LAPIC_LDR, 2u << 24);
	vm_set_rte(&self->vm, 5, IOAPIC_VECTOR(5) | RTE_LOWEST_PRIORITY |
		   RTE_LOGICAL | RTE_DEST(3));
	expect_status(&self->vm, 105, 1, DELIVERED);
	EXPECT_EQ(1, lapic_requests(&self->vm.vcpus[0], IOAPIC_VECTOR(5)) +
		     lapic_requests(&self->vm.vcpus[1], IOAPIC_VECTOR(5)));
}

TEST_F(line, ioapic_logical)
{
	lapic_enable(vm_add_vcpu(&self->vm, 1));
	lapic_set(&self->vm.vcpus[0], LAPIC_LDR, 1u << 24);
	lapic_set(&self->vm.vcpus[1], LAPIC_LDR, 2u << 24);
	vm_set_rte(&self->vm, 5, IOAPIC_VECTOR(5) | RTE_LOGICAL | RTE_DEST(2));
	expect_status(&self->vm, 105, 1, DELIVERED);
	EXPECT_FALSE(lapic_requests(&self->vm.vcpus[0], IOAPIC_VECTOR(5)));
	EXPECT_TRUE(lapic_requests(&self->vm.vcpus[1], IOAPIC_VECTOR(5)));
	vm_set_rte(&self->vm, 6, IOAPIC_VECTOR(6) | RTE_LOGICAL | RTE_DEST(3));
	expect_status(&self->vm, 106, 1, 2);
	vm_set_rte(&self->vm, 7, IOAPIC_VECTOR(7) | RTE_LOGICAL | RTE_DEST(4));
	expect_status(&self->vm, 107, 1, COALESCED);
}

TEST_F(line, ioapic_other_delivery_modes)
{
	static const struct {
		uint64_t mode;
		int status;
	} cases[] = {
		{ RTE_NMI, DELIVERED },
		{ RTE_EXTINT, COALESCED },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		vm_set_rte(&self->vm, 5, IOAPIC_VECTOR(5) | cases[i].mode);
		expect_status(&self->vm, 105, 1, cases[i].status);
		expect_status(&self->vm, 105, 0, DELIVERED);
	}
	EXPECT_FALSE(lapic_requests(self->vcpu, IOAPIC_VECTOR(5)));
}

TEST_F(line, message_by_gsi)
{
	expect_status(&self->vm, MSI_GSI, 1, DELIVERED);
	EXPECT_TRUE(lapic_requests(self->vcpu, MSI_VECTOR));
	expect_status(&self->vm, MSI_GSI, 0, MASKED);
	lapic_clear(self->vcpu);
	vm_irq_line(&self->vm, MSI_GSI, 1);
	EXPECT_TRUE(lapic_requests(self->vcpu, MSI_VECTOR));
}

TEST_F(line, gsi_without_route)
{
	expect_status(&self->vm, MSI_GSI + 1, 1, MASKED);
	expect_status(&self->vm, UINT32_MAX, 1, MASKED);
	EXPECT_EQ(0, __vm_irq_line(&self->vm, UINT32_MAX, 1));
}

TEST_F(line, results_of_two_chips_are_added)
{
	struct routes *r = routes_new();

	routes_add_default(r);
	vm_set_routes(&self->vm, r);
	expect_status(&self->vm, 4, 1, DELIVERED);
	expect_status(&self->vm, 4, 0, 2 * DELIVERED);
	vm_set_rte(&self->vm, 4, IOAPIC_VECTOR(4));
	expect_status(&self->vm, 4, 1, COALESCED + DELIVERED);
	expect_status(&self->vm, 4, 1, DELIVERED + COALESCED);
}

TEST_F(line, status_without_vcpus)
{
	struct vm vm;

	vm_open(&vm);
	vm_create_irqchip(&vm);
	vm_set_rte(&vm, 20, IOAPIC_VECTOR(20) | RTE_LEVEL);
	expect_status(&vm, 20, 1, MASKED);
	EXPECT_EQ(parity(PARITY_NOBODY_NO_REMOTE_IRR, 0, RTE_REMOTE_IRR),
		  vm_rte(&vm, 20) & RTE_REMOTE_IRR);
}

TEST_F(line, pointers_are_checked)
{
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_IRQ_LINE, NULL));
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_IRQ_LINE_STATUS, NULL));
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_SIGNAL_MSI, NULL));
}

TEST_F(line, status_that_cannot_be_written_is_a_fault_afterwards)
{
	struct kvm_irq_level *line = bytes_before_hole(4096);

	line->irq = 3;
	line->level = 1;
	ASSERT_EQ(0, mprotect(line, 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_IRQ_LINE_STATUS, line));
	EXPECT_EQ(1 << 3, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).irr);
}

/* The level is written back as well, though it is what it was. */
TEST_F(line, level_that_cannot_be_written_is_a_fault_afterwards)
{
	struct kvm_irq_level *line;
	char *pages = bytes_before_hole(4096);

	ASSERT_TRUE(mmap(pages + 4096, 4096, PROT_READ, MAP_PRIVATE |
			 MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED);
	line = (void *)(pages + 4096 - sizeof(line->irq));
	line->irq = 3;
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_IRQ_LINE_STATUS, line));
}

TEST_F(line, rtc_tick_is_coalesced_until_eoi)
{
	vm_set_rte(&self->vm, RTC_GSI, IOAPIC_VECTOR(RTC_GSI));
	expect_status(&self->vm, 100 + RTC_GSI, 1, DELIVERED);
	expect_status(&self->vm, 100 + RTC_GSI, 0, DELIVERED);
	expect_status(&self->vm, 100 + RTC_GSI, 1, COALESCED);
	expect_status(&self->vm, 100 + RTC_GSI, 0, DELIVERED);
	expect_status(&self->vm, 100 + RTC_GSI, 1, COALESCED);
	expect_status(&self->vm, 100 + RTC_GSI, 0, DELIVERED);
	guest_on_vectors(self->vcpu, IOAPIC_VECTOR(RTC_GSI),
			 IOAPIC_VECTOR(RTC_GSI), GUEST_EOI_LAPIC);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, IOAPIC_VECTOR(RTC_GSI));
	expect_status(&self->vm, 100 + RTC_GSI, 1, DELIVERED);
	expect_status(&self->vm, 100 + RTC_GSI, 0, DELIVERED);
	expect_status(&self->vm, 100 + RTC_GSI, 1, COALESCED);
}

/* The guest writes the RTE anew, with another vector; it still owes the EOI. */
TEST_F(line, rtc_tick_is_coalesced_though_its_rte_changes)
{
	ioapic_set_rte(self->vcpu, RTC_GSI, IOAPIC_VECTOR(RTC_GSI));
	expect_status(&self->vm, 100 + RTC_GSI, 1, DELIVERED);
	expect_status(&self->vm, 100 + RTC_GSI, 0, DELIVERED);
	ioapic_set_rte(self->vcpu, RTC_GSI, IOAPIC_VECTOR(RTC_GSI) + 1);
	expect_status(&self->vm, 100 + RTC_GSI, 1, COALESCED);
	expect_status(&self->vm, 100 + RTC_GSI, 0, DELIVERED);
	guest_on_vectors(self->vcpu, IOAPIC_VECTOR(RTC_GSI),
			 IOAPIC_VECTOR(RTC_GSI) + 1, GUEST_EOI_LAPIC);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, IOAPIC_VECTOR(RTC_GSI));
	expect_status(&self->vm, 100 + RTC_GSI, 1, DELIVERED);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, IOAPIC_VECTOR(RTC_GSI) + 1);
}

TEST_F(line, rtc_tick_and_a_restored_lapic)
{
	vm_set_rte(&self->vm, RTC_GSI, IOAPIC_VECTOR(RTC_GSI));
	expect_status(&self->vm, 100 + RTC_GSI, 1, DELIVERED);
	expect_status(&self->vm, 100 + RTC_GSI, 0, DELIVERED);
	/* The restored LAPIC has nothing pending. */
	lapic_clear(self->vcpu);
	expect_status(&self->vm, 100 + RTC_GSI, 1,
		      parity(PARITY_RTC_RESTORE, COALESCED, DELIVERED));
}

TEST_F(line, rtc_tick_without_status_is_never_coalesced)
{
	unsigned int tick;

	vm_set_rte(&self->vm, RTC_GSI, IOAPIC_VECTOR(RTC_GSI));
	for (tick = 0; tick < 3; tick++) {
		vm_irq_line(&self->vm, 100 + RTC_GSI, 1);
		EXPECT_EQ(0, vm_ioapic(&self->vm).irr);
		vm_irq_line(&self->vm, 100 + RTC_GSI, 0);
	}
	/* Nor is its EOI waited for. */
	expect_status(&self->vm, 100 + RTC_GSI, 1, DELIVERED);
	expect_status(&self->vm, 100 + RTC_GSI, 0, DELIVERED);
	expect_status(&self->vm, 100 + RTC_GSI, 1, COALESCED);
}

/* KVM counts the LAPICs that took it, and waits for ever. */
TEST_F(line, rtc_tick_as_an_nmi_owes_no_eoi)
{
	vm_set_rte(&self->vm, RTC_GSI, IOAPIC_VECTOR(RTC_GSI) | RTE_NMI);
	expect_status(&self->vm, 100 + RTC_GSI, 1, DELIVERED);
	expect_status(&self->vm, 100 + RTC_GSI, 0, DELIVERED);
	expect_status(&self->vm, 100 + RTC_GSI, 1,
		      parity(PARITY_RTC_ENDS, DELIVERED, COALESCED));
}

/* KVM waits for the EOI of the first, which we do not see any more. */
TEST_F(line, rtc_tick_after_an_interrupt_with_another_vector)
{
	ioapic_set_rte(self->vcpu, RTC_GSI, IOAPIC_VECTOR(RTC_GSI));
	expect_status(&self->vm, 100 + RTC_GSI, 1, DELIVERED);
	expect_status(&self->vm, 100 + RTC_GSI, 0, DELIVERED);
	ioapic_set_rte(self->vcpu, RTC_GSI, IOAPIC_VECTOR(RTC_GSI) + 1);
	vm_irq_line(&self->vm, 100 + RTC_GSI, 1);
	vm_irq_line(&self->vm, 100 + RTC_GSI, 0);
	expect_status(&self->vm, 100 + RTC_GSI, 1,
		      parity(PARITY_ACK_WITHOUT_MESSAGE, DELIVERED, COALESCED));
}

TEST_F(line, rtc_tick_to_nobody)
{
	vm_set_rte(&self->vm, RTC_GSI,
		   IOAPIC_VECTOR(RTC_GSI) | RTE_DEST(NOBODY));
	expect_status(&self->vm, 100 + RTC_GSI, 1, COALESCED);
	expect_status(&self->vm, 100 + RTC_GSI, 0, DELIVERED);
	vm_set_rte(&self->vm, RTC_GSI, IOAPIC_VECTOR(RTC_GSI));
	expect_status(&self->vm, 100 + RTC_GSI, 1, DELIVERED);
}

/* CVE-2014-0155: a result of -1 was kept as the number of EOIs to come. */
TEST_F(line, cve_2014_0155_rtc_tick_without_vcpus)
{
	struct vm vm;

	vm_open(&vm);
	vm_create_irqchip(&vm);
	vm_set_rte(&vm, RTC_GSI, IOAPIC_VECTOR(RTC_GSI));
	vm_irq_line_status(&vm, RTC_GSI, 1);
	vm_irq_line_status(&vm, RTC_GSI, 0);
	vm_irq_line_status(&vm, RTC_GSI, 1);
	EXPECT_LE(0, __vm_create_vcpu(&vm, 0));
}

TEST_F(line, msi_counts_who_took_it)
{
	EXPECT_EQ(1, __vm_signal_msi(&self->vm, MSI_ADDRESS(0), MSI_VECTOR));
	EXPECT_TRUE(lapic_requests(self->vcpu, MSI_VECTOR));
	lapic_enable(vm_add_vcpu(&self->vm, 1));
	EXPECT_EQ(2, __vm_signal_msi(&self->vm, MSI_ADDRESS(EVERYBODY),
				     MSI_VECTOR));
	EXPECT_TRUE(lapic_requests(&self->vm.vcpus[1], MSI_VECTOR));
}

TEST_F(line, msi_to_nobody)
{
	EXPECT_EQ(0, __vm_signal_msi(&self->vm, MSI_ADDRESS(NOBODY),
				     MSI_VECTOR));
	lapic_set(self->vcpu, LAPIC_SPIV, UINT8_MAX);
	EXPECT_EQ(0, __vm_signal_msi(&self->vm, MSI_ADDRESS(0), MSI_VECTOR));
}

TEST_F(line, msi_without_vcpus)
{
	struct vm vm;

	vm_open(&vm);
	vm_create_irqchip(&vm);
	EXPECT_EQ(-EPERM, __vm_signal_msi(&vm, MSI_ADDRESS(0), MSI_VECTOR));
}

TEST_F(line, msi_flags_and_high_address)
{
	struct kvm_msi msi = {
		.address_lo = MSI_ADDRESS(0),
		.address_hi = 1,
		.data = MSI_VECTOR,
		.flags = KVM_MSI_VALID_DEVID,
		.devid = UINT32_MAX,
	};

	EXPECT_EQ(1, __sys_ioctl(self->vm.fd, KVM_SIGNAL_MSI, &msi));
	msi.flags = NO_SUCH_FLAG;
	EXPECT_EQ(-EINVAL, __sys_ioctl(self->vm.fd, KVM_SIGNAL_MSI, &msi));
	msi.flags = 0;
	EXPECT_EQ(0, __vm_enable_cap(&self->vm, KVM_CAP_X2APIC_API,
				     KVM_X2APIC_API_USE_32BIT_IDS));
	EXPECT_EQ(-EINVAL, __sys_ioctl(self->vm.fd, KVM_SIGNAL_MSI, &msi));
	msi.address_hi = 0;
	EXPECT_EQ(1, __sys_ioctl(self->vm.fd, KVM_SIGNAL_MSI, &msi));
}

/* A table that KVM takes, and whose message it refuses from then on. */
static struct routes *refused_message(struct vm *vm, unsigned int gsi)
{
	struct routes *r = routes_new();

	routes_add_pin(r, 105, KVM_IRQCHIP_IOAPIC, 5);
	routes_add_msi(r, gsi, MSI_ADDRESS(0), MSI_VECTOR);
	r->entries[1].u.msi.address_hi = 1;
	vm_set_routes(vm, r);
	EXPECT_EQ(1, vm_irq_line_status(vm, gsi, 1));
	EXPECT_EQ(0, __vm_enable_cap(vm, KVM_CAP_X2APIC_API,
				     KVM_X2APIC_API_USE_32BIT_IDS));
	return r;
}

TEST_F(line, message_that_kvm_refuses_is_nobodys)
{
	struct routes *r = refused_message(&self->vm, MSI_GSI);

	lapic_clear(self->vcpu);
	expect_status(&self->vm, MSI_GSI, 1, MASKED);
	EXPECT_EQ(0, __vm_irq_line(&self->vm, MSI_GSI, 1));
	EXPECT_FALSE(lapic_requests(self->vcpu, MSI_VECTOR));
	/* The pins do not suffer for it, though KVM has to hear of their EOIs. */
	vm_set_rte(&self->vm, 5, IOAPIC_VECTOR(5) | RTE_LEVEL);
	expect_status(&self->vm, 105, 1, DELIVERED);
	EXPECT_TRUE(lapic_requests(self->vcpu, IOAPIC_VECTOR(5)));
	guest_on_vectors(self->vcpu, 0, UINT8_MAX, GUEST_EOI_LAPIC);
	vm_irq_line(&self->vm, 105, 0);
	guest_take(self->vcpu);
	EXPECT_EQ(0, vm_rte(&self->vm, 5) & RTE_REMOTE_IRR);
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, r));
}

/* Asserted where nothing can be sent, so that a vCPU has to. */
TEST_F(line, message_that_kvm_refuses_stops_no_vcpu)
{
	uint64_t start;

	refused_message(&self->vm, 0);
	vm_create_pit2(&self->vm, 0);
	pit_program(self->vcpu, 0, 2, PIT_HZ / 1000);
	/* A tick is the host's interrupt: it waits for nobody. */
	for (start = now_ms(); now_ms() < start + 20;)
		sleep_ms(1);
	guest_in8(self->vcpu, PIT_CHANNEL(0));
	guest_in8(self->vcpu, PIT_CHANNEL(0));
	EXPECT_EQ(0, __vm_irq_line(&self->vm, 105, 1));
}
