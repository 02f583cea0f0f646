// SPDX-License-Identifier: GPL-2.0
/*
 * cve_ioapic_test.c - holes that IOAPICs of hypervisors have had, tried on this
 * one. Each test bears the number of the hole; see Documentation/security.rst.
 * A hole that an older test covers is there: cve_2013_1798 and cve_2026_74517
 * in ioapic_test.c, cve_2014_0155 in line_test.c.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIN			20
#define RTC_PIN			8
#define VECTOR			IOAPIC_VECTOR(PIN)
#define RTC_VECTOR		IOAPIC_VECTOR(RTC_PIN)
#define NOBODY			77
#define BROADCAST		0xff
#define NR_REGISTERS		256
#define PATTERN			0xa5a5a5a5
#define NR_MANY_VCPUS		70	/* more than a word has bits */
#define LAST_XAPIC_ID		254
#define FIRST_X2APIC_ID		256
#define MSI_LOGICAL		0x4
#define LAST_ILLEGAL_VECTOR	15
#define STORM			10000
#define NR_STORM_VMS		3
#define SHORT_WHILE		100	/* milliseconds */

FIXTURE(holes) { struct vm vm; struct vcpu *vcpu; };
FIXTURE_SETUP(holes)
{
	vm_open_with_chips(&self->vm);
	self->vcpu = vm_add_vcpu(&self->vm, 0);
	lapic_enable(self->vcpu);
	guest_on_vectors(self->vcpu, IOAPIC_VECTOR(0), UINT8_MAX,
			 GUEST_EOI_LAPIC);
}

/* The guest still gets what an edge on PIN sends. */
static void expect_alive(struct vcpu *vcpu)
{
	ioapic_set_rte(vcpu, PIN, VECTOR);
	vcpu->taken += guest_nr_new(vcpu);
	vm_irq_line(vcpu->vm, PIN, 1);
	vm_irq_line(vcpu->vm, PIN, 0);
	guest_take(vcpu);
	EXPECT_VECTORS(vcpu, VECTOR);
}

/* A write past the table must change no register, and no other chip. */
TEST_F(holes, cve_2013_1798_ioregsel_beyond_the_table)
{
	struct kvm_ioapic_state before, after;
	struct guest_op ops[2 * NR_REGISTERS];
	unsigned int reg, nr = 0;

	ioapic_set_rte(self->vcpu, NR_IOAPIC_PINS - 1, RTE_MASKED | VECTOR);
	before = vm_ioapic(&self->vm);
	for (reg = IOAPIC_RTE_LOW(NR_IOAPIC_PINS); reg < NR_REGISTERS; reg++) {
		ops[nr++] = (struct guest_op) {
			GUEST_OP_WRITE32, IOAPIC_SELECT, reg,
		};
		ops[nr++] = (struct guest_op) {
			GUEST_OP_WRITE32, IOAPIC_WINDOW, PATTERN,
		};
	}
	guest_batch(self->vcpu, ops, nr);
	guest_run(self->vcpu);
	after = vm_ioapic(&self->vm);
	after.ioregsel = before.ioregsel;
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	expect_alive(self->vcpu);
}

/* The -1 of a delivery to nobody became a number of EOIs to wait for. */
static void tick_to_nobody(struct vcpu *vcpu, uint64_t rte)
{
	unsigned int i;

	ioapic_set_rte(vcpu, RTC_PIN, rte);
	for (i = 0; i < 3; i++) {
		vm_irq_line_status(vcpu->vm, RTC_PIN, 1);
		vm_irq_line_status(vcpu->vm, RTC_PIN, 0);
	}
	/* Whatever is waited for, here is an EOI of that vector. */
	ASSERT_LE(0, __vm_signal_msi(vcpu->vm, MSI_ADDRESS(0), RTC_VECTOR));
	guest_take(vcpu);
	ioapic_set_rte(vcpu, RTC_PIN, RTE_MASKED);
}

TEST_F(holes, cve_2014_0155_rtc_tick_to_an_empty_destination)
{
	static const uint64_t kinds[] = {
		0, RTE_LEVEL, RTE_LOWEST_PRIORITY, RTE_LOGICAL,
		RTE_LOGICAL | RTE_LEVEL, RTE_LOGICAL | RTE_LOWEST_PRIORITY,
	};
	unsigned int i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		tick_to_nobody(self->vcpu,
			       kinds[i] | RTC_VECTOR | RTE_DEST(NOBODY - 1));
		tick_to_nobody(self->vcpu, kinds[i] | RTC_VECTOR | RTE_DEST(0));
	}
	self->vcpu->taken += guest_nr_new(self->vcpu);
	/* And a real tick is taken afterwards. */
	ioapic_set_rte(self->vcpu, RTC_PIN, RTC_VECTOR);
	vm_irq_line_status(&self->vm, RTC_PIN, 0);
	EXPECT_EQ(1, vm_irq_line_status(&self->vm, RTC_PIN, 1));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, RTC_VECTOR);
}

/* A vCPU without memory, of any id; its LAPIC can be looked at. */
static struct vcpu bare_vcpu(struct vm *vm, unsigned int id)
{
	struct vcpu vcpu = { .vm = vm, .id = id };

	vcpu.fd = __vm_create_vcpu(vm, id);
	ASSERT_LE(0, vcpu.fd);
	lapic_enable(&vcpu);
	return vcpu;
}

/* The RTC's line, which the default table gives to the PIC as well. */
static void route_rtc_alone(struct vm *vm)
{
	struct routes *r = routes_new();

	routes_add_pin(r, RTC_PIN, KVM_IRQCHIP_IOAPIC, RTC_PIN);
	vm_set_routes(vm, r);
}

/* The map of who owes an EOI of the RTC was indexed by any vCPU id. */
TEST_F(holes, cve_2016_9777_rtc_tick_to_the_greatest_ids)
{
	unsigned int max = node_extension(self->vm.dev, KVM_CAP_MAX_VCPU_ID);
	struct vcpu last = bare_vcpu(&self->vm, LAST_XAPIC_ID);
	struct vcpu greatest = bare_vcpu(&self->vm, max - 1);

	EXPECT_EQ(-EINVAL, __vm_create_vcpu(&self->vm, max));
	route_rtc_alone(&self->vm);
	vm_set_rte(&self->vm, RTC_PIN, RTC_VECTOR | RTE_DEST(LAST_XAPIC_ID));
	EXPECT_EQ(1, vm_irq_line_status(&self->vm, RTC_PIN, 1));
	EXPECT_TRUE(lapic_requests(&last, RTC_VECTOR));
	EXPECT_FALSE(lapic_requests(self->vcpu, RTC_VECTOR));
	EXPECT_FALSE(lapic_requests(&greatest, RTC_VECTOR));
}

TEST_F(holes, cve_2016_9777_rtc_tick_to_everybody)
{
	unsigned int max = node_extension(self->vm.dev, KVM_CAP_MAX_VCPU_ID);
	struct vcpu beyond = bare_vcpu(&self->vm, FIRST_X2APIC_ID);
	struct vcpu greatest = bare_vcpu(&self->vm, max - 1);

	route_rtc_alone(&self->vm);
	vm_set_rte(&self->vm, RTC_PIN, RTC_VECTOR | RTE_DEST(BROADCAST));
	EXPECT_EQ(3, vm_irq_line_status(&self->vm, RTC_PIN, 1));
	EXPECT_TRUE(lapic_requests(&beyond, RTC_VECTOR));
	EXPECT_TRUE(lapic_requests(&greatest, RTC_VECTOR));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, RTC_VECTOR);
	close(greatest.fd);
}

/* A word on the stack was used as a bitmap of all vCPUs. */
TEST_F(holes, cve_2021_47390_rte_writes_with_more_vcpus_than_a_word_has_bits)
{
	static struct vcpu vcpus[NR_MANY_VCPUS];
	unsigned int i;

	for (i = 1; i < NR_MANY_VCPUS; i++)
		vcpus[i] = bare_vcpu(&self->vm, i);
	for (i = 0; i < NR_IOAPIC_PINS; i++)
		ioapic_set_rte(self->vcpu, i, IOAPIC_VECTOR(i) | RTE_LEVEL |
			       RTE_DEST(BROADCAST));
	vm_irq_line(&self->vm, PIN, 1);
	for (i = 1; i < NR_MANY_VCPUS; i++)
		EXPECT_TRUE(lapic_requests(&vcpus[i], VECTOR));
	vm_irq_line(&self->vm, PIN, 0);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	for (i = 0; i < NR_IOAPIC_PINS; i++)
		ioapic_set_rte(self->vcpu, i, RTE_MASKED | RTE_LOGICAL |
			       RTE_DEST(i));
	expect_alive(self->vcpu);
}

/* An id restored into a LAPIC led to an entry that no vCPU has. */
TEST_F(holes, cve_2022_2153_message_to_an_id_that_was_set)
{
	struct vcpu other = bare_vcpu(&self->vm, 1);
	unsigned int dest;

	lapic_set(&other, LAPIC_BASE + 0x20, (uint32_t)NOBODY << 24);
	for (dest = 0; dest <= BROADCAST; dest++) {
		__vm_signal_msi(&self->vm, MSI_ADDRESS(dest), VECTOR);
		__vm_signal_msi(&self->vm, MSI_ADDRESS(dest) | MSI_LOGICAL,
				VECTOR | RTE_LOWEST_PRIORITY);
		vm_set_rte(&self->vm, PIN, VECTOR | RTE_DEST(dest));
		vm_irq_line(&self->vm, PIN, 1);
		vm_irq_line(&self->vm, PIN, 0);
	}
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	expect_alive(self->vcpu);
}

/* Logical ids of clusters made an index into the map of destinations. */
TEST_F(holes, cve_2013_6376_every_logical_destination)
{
	static const uint32_t formats[] = { UINT32_MAX, 0x0fffffff };
	unsigned int i, dest;

	for (i = 0; i < 2; i++) {
		lapic_set(self->vcpu, LAPIC_DFR, formats[i]);
		lapic_set(self->vcpu, LAPIC_LDR, 0x21u << 24);
		for (dest = 0; dest <= BROADCAST; dest++) {
			bool flat = !i, hit;

			hit = flat ? dest & 0x21 :
				     dest == BROADCAST ||
				     (dest >> 4 == 2 && dest & 1);
			lapic_clear(self->vcpu);
			vm_set_rte(&self->vm, PIN,
				   VECTOR | RTE_LOGICAL | RTE_DEST(dest));
			vm_irq_line(&self->vm, PIN, 1);
			vm_irq_line(&self->vm, PIN, 0);
			/* KVM of 6.1 goes by what it knew of the LAPIC before. */
			if (kernel_since(6, 12))
				EXPECT_EQ(hit, lapic_requests(self->vcpu,
							      VECTOR));
		}
	}
}

/*
 * XSA-462, CVE-2024-45817: a vector that is illegal made an error interrupt,
 * which was illegal too, and so on.
 */
TEST_F(holes, cve_2024_45817_illegal_vectors)
{
	unsigned int vector;

	lapic_set(self->vcpu, LAPIC_BASE + 0x370, 0);	/* LVT error */
	for (vector = 0; vector <= LAST_ILLEGAL_VECTOR; vector++) {
		ioapic_set_rte(self->vcpu, PIN, vector);
		vm_irq_line(&self->vm, PIN, 1);
		vm_irq_line(&self->vm, PIN, 0);
		ioapic_set_rte(self->vcpu, PIN, vector | RTE_LEVEL);
		vm_irq_line(&self->vm, PIN, 1);
		vm_irq_line(&self->vm, PIN, 0);
		ioapic_set_rte(self->vcpu, PIN, RTE_MASKED);
	}
	lapic_clear(self->vcpu);
	expect_alive(self->vcpu);
}

/* XSA-121, CVE-2015-2044: a width that nobody thought of leaked the stack. */
TEST_F(holes, cve_2015_2044_reads_of_every_width_are_defined)
{
	const struct guest_op ops[] = {
		{ GUEST_OP_WRITE32, IOAPIC_SELECT, IOAPIC_VERSION },
		{ GUEST_OP_READ8, IOAPIC_WINDOW },
		{ GUEST_OP_READ16, IOAPIC_WINDOW },
		{ GUEST_OP_READ32, IOAPIC_WINDOW },
		{ GUEST_OP_READ8, IOAPIC_WINDOW + 4 },
		{ GUEST_OP_READ16, IOAPIC_SELECT + 2 },
		{ GUEST_OP_READ32, IOAPIC_BASE + 0x20 },
		{ GUEST_OP_READ32, IOAPIC_BASE + 0x40 },
		{ GUEST_OP_READ32, IOAPIC_BASE + 0xfc },
	};
	static const uint32_t want[] = {
		0, IOAPIC_VERSION_24_PINS & UINT8_MAX,
		IOAPIC_VERSION_24_PINS & UINT16_MAX, IOAPIC_VERSION_24_PINS,
	};
	unsigned int i, nr = sizeof(ops) / sizeof(ops[0]);

	guest_batch(self->vcpu, ops, nr);
	guest_run(self->vcpu);
	for (i = 1; i < nr; i++)
		EXPECT_EQ(i < 4 ? want[i] : 0,
			  guest_cpu(self->vcpu)->ops[i].result);
}

/* The pause was still to end when its VM was not there any more. */
TEST_F(holes, cve_2026_74517_files_close_in_the_pause_of_a_storm)
{
	unsigned int i;

	for (i = 0; i < NR_STORM_VMS; i++) {
		static struct vm vm;
		struct vcpu *vcpu;

		vm_open_with_chips(&vm);
		vcpu = vm_add_vcpu(&vm, 0);
		lapic_enable(vcpu);
		guest_on_vectors(vcpu, VECTOR, VECTOR, GUEST_EOI_LAPIC);
		ioapic_set_rte(vcpu, PIN, VECTOR | RTE_LEVEL);
		vm_irq_line(&vm, PIN, 1);
		guest_op(vcpu, GUEST_OP_HALT_UNTIL, 0, STORM);
		EXPECT_LE(STORM, guest_nr_new(vcpu));
		/* Any order; the mapped run page holds KVM's vCPU. */
		if (i == 1)
			munmap(vcpu->run, vcpu->run_size);
		if (i == 2)
			close(vm.fd);
		close(vcpu->fd);
		if (i != 2)
			close(vm.fd);
		close(vm.dev);
	}
	sleep_ms(SHORT_WHILE);
	expect_alive(self->vcpu);
}

/* XSA-395, CVE-2022-23035: taken apart with an interrupt in service. */
TEST_F(holes, cve_2022_23035_vm_ends_with_a_level_in_service)
{
	int event = event_new(0), resample = event_new(0);

	guest_on_vectors(self->vcpu, VECTOR, VECTOR, 0);
	ioapic_set_rte(self->vcpu, PIN, VECTOR | RTE_LEVEL);
	vm_irqfd_resample(&self->vm, event, PIN, resample);
	event_signal(event);
	EXPECT_TRUE(EVENTUALLY(lapic_requests(self->vcpu, VECTOR)));
	guest_take(self->vcpu);
	EXPECT_TRUE(lapic_serves(self->vcpu, VECTOR));
	EXPECT_TRUE(vm_rte(&self->vm, PIN) & RTE_REMOTE_IRR);
	close(self->vm.fd);
	/* The line's source went with its irqfd; the EOI finds nobody. */
	guest_write32(self->vcpu, LAPIC_EOI, 0);
	EXPECT_FALSE(lapic_serves(self->vcpu, VECTOR));
	EXPECT_FALSE(event_is_signalled(resample));
	close(self->vcpu->fd);
	event_signal(event);
	EXPECT_TRUE(event_is_signalled(event));
}
