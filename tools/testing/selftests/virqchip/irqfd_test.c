// SPDX-License-Identifier: GPL-2.0
/*
 * irqfd_test.c - eventfds bound to GSIs: errors, delivery to running and halted
 * vCPUs, level lines with resampling. irqfd_route_test.c has their routes.
 *
 * KVM delivers from a work queue and the module when a vCPU next runs, so what
 * happens is waited for; what must not happen is looked for after something
 * that must.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define GSI			20	/* on the IOAPIC alone */
#define OTHER_GSI		21
#define BOTH_GSI		5	/* on both chips */
#define MSI_GSI			40
#define MSI_VECTOR		0x61
#define VECTOR			IOAPIC_VECTOR(GSI)
#define NO_SUCH_FLAG		4
#define NO_SUCH_VCPU		1
#define NR_SIGNALS		100
#define SHORT_WHILE		50	/* milliseconds */

FIXTURE(irqfd) { struct vm vm; struct vcpu *vcpu; int event; int resample; };
FIXTURE_SETUP(irqfd)
{
	vm_open_with_chips(&self->vm);
	self->vcpu = vm_add_vcpu(&self->vm, 0);
	lapic_enable(self->vcpu);
	guest_on_vectors(self->vcpu, IOAPIC_VECTOR(0), UINT8_MAX,
			 GUEST_EOI_LAPIC);
	guest_on_vectors(self->vcpu, PIC_BASE, PIC_VECTOR(7),
			 GUEST_EOI_PRIMARY);
	self->event = event_new(0);
	self->resample = event_new(0);
}

static void set_level_rte(struct vm *vm)
{
	vm_set_rte(vm, GSI, VECTOR | RTE_LEVEL);
}

static void set_edge_rte(struct vm *vm)
{
	vm_set_rte(vm, GSI, VECTOR);
}

static bool is_requested(struct vcpu *vcpu, unsigned int vector)
{
	return EVENTUALLY(lapic_requests(vcpu, vector));
}

static bool line_is_high(struct vm *vm)
{
	return vm_ioapic(vm).irr & 1 << GSI;
}

TEST_F(irqfd, flags_are_checked)
{
	EXPECT_EQ(-EINVAL, __vm_irqfd(&self->vm, self->event, GSI,
				      NO_SUCH_FLAG, 0));
	EXPECT_EQ(-EINVAL, __vm_irqfd(&self->vm, self->event, GSI,
				      NO_SUCH_FLAG | KVM_IRQFD_FLAG_DEASSIGN,
				      0));
	EXPECT_EQ(-EINVAL, __vm_irqfd(&self->vm, -1, GSI, NO_SUCH_FLAG, 0));
}

TEST_F(irqfd, files_are_checked)
{
	int file = open("/dev/null", O_RDWR);

	EXPECT_EQ(-EBADF, __vm_irqfd(&self->vm, -1, GSI, 0, 0));
	EXPECT_EQ(-EINVAL, __vm_irqfd(&self->vm, file, GSI, 0, 0));
	EXPECT_EQ(-EBADF, __vm_irqfd(&self->vm, -1, GSI,
				     KVM_IRQFD_FLAG_DEASSIGN, 0));
	EXPECT_EQ(-EINVAL, __vm_irqfd(&self->vm, file, GSI,
				      KVM_IRQFD_FLAG_DEASSIGN, 0));
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_IRQFD, NULL));
}

TEST_F(irqfd, resample_files_are_checked)
{
	int file = open("/dev/null", O_RDWR);

	EXPECT_EQ(-EBADF, __vm_irqfd(&self->vm, self->event, GSI,
				     KVM_IRQFD_FLAG_RESAMPLE, -1));
	EXPECT_EQ(-EINVAL, __vm_irqfd(&self->vm, self->event, GSI,
				      KVM_IRQFD_FLAG_RESAMPLE, file));
	EXPECT_EQ(-EBADF, __vm_irqfd(&self->vm, -1, GSI,
				     KVM_IRQFD_FLAG_RESAMPLE, self->resample));
	/* None of them left anything behind. */
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
}

TEST_F(irqfd, eventfd_is_bound_once)
{
	vm_irqfd(&self->vm, self->event, GSI);
	EXPECT_EQ(-EBUSY, __vm_irqfd(&self->vm, self->event, GSI, 0, 0));
	EXPECT_EQ(-EBUSY, __vm_irqfd(&self->vm, self->event, OTHER_GSI, 0, 0));
	EXPECT_EQ(-EBUSY, __vm_irqfd(&self->vm, self->event, OTHER_GSI,
				     KVM_IRQFD_FLAG_RESAMPLE, self->resample));
	vm_irqfd_deassign(&self->vm, self->event, GSI);
	vm_irqfd(&self->vm, self->event, OTHER_GSI);
}

TEST_F(irqfd, eventfd_of_another_vm)
{
	struct vm other;

	vm_open_with_chips(&other);
	vm_irqfd(&self->vm, self->event, GSI);
	EXPECT_EQ(kernel_since(6, 17) ? -EBUSY : 0,
		  __vm_irqfd(&other, self->event, GSI, 0, 0));
}

TEST_F(irqfd, eventfd_bound_to_a_message_is_bound)
{
	struct routes *r = routes_new();

	routes_add_msi(r, MSI_GSI, MSI_ADDRESS(0), MSI_VECTOR);
	routes_add_pin(r, GSI, KVM_IRQCHIP_IOAPIC, GSI);
	vm_set_routes(&self->vm, r);
	vm_irqfd(&self->vm, self->event, MSI_GSI);
	EXPECT_EQ(-EBUSY, __vm_irqfd(&self->vm, self->event, MSI_GSI, 0, 0));
	EXPECT_EQ(-EBUSY, __vm_irqfd(&self->vm, self->event, GSI, 0, 0));
	vm_irqfd_deassign(&self->vm, self->event, MSI_GSI);
	vm_irqfd(&self->vm, self->event, GSI);
	EXPECT_EQ(-EBUSY, __vm_irqfd(&self->vm, self->event, MSI_GSI, 0, 0));
}

/* CVE-2017-1000252, CVE-2022-49154: a GSI that no table has. */
TEST_F(irqfd, cve_2017_1000252_any_gsi_number_is_accepted)
{
	static const unsigned int gsis[] = {
		0, 23, 24, 4095, 4096, INT32_MAX, INT32_MAX + 1u, UINT32_MAX,
	};
	unsigned int i;

	for (i = 0; i < sizeof(gsis) / sizeof(gsis[0]); i++) {
		EXPECT_EQ(0, __vm_irqfd(&self->vm, self->event, gsis[i], 0, 0));
		event_signal(self->event);
		sleep_ms(1);
		EXPECT_EQ(0, __vm_irqfd(&self->vm, self->event, gsis[i],
					KVM_IRQFD_FLAG_DEASSIGN, 0));
	}
}

TEST_F(irqfd, cve_2022_49154_table_shrinks_below_a_bound_gsi)
{
	struct routes *r = routes_new();

	routes_add_msi(r, 4095, MSI_ADDRESS(0), MSI_VECTOR);
	vm_set_routes(&self->vm, r);
	vm_irqfd(&self->vm, self->event, 4095);
	r->entries[0].gsi = 1;
	vm_set_routes(&self->vm, r);
	event_signal(self->event);
	sleep_ms(SHORT_WHILE);
	EXPECT_FALSE(lapic_requests(self->vcpu, MSI_VECTOR));
	r->entries[0].gsi = 4095;
	vm_set_routes(&self->vm, r);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, MSI_VECTOR));
}

TEST_F(irqfd, deassign_of_nothing_is_no_error)
{
	vm_irqfd_deassign(&self->vm, self->event, GSI);
	vm_irqfd(&self->vm, self->event, GSI);
	vm_irqfd_deassign(&self->vm, self->event, OTHER_GSI);
	set_edge_rte(&self->vm);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
}

TEST_F(irqfd, deassign_ignores_resample)
{
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	EXPECT_EQ(0, __vm_irqfd(&self->vm, self->event, GSI,
				KVM_IRQFD_FLAG_DEASSIGN |
				KVM_IRQFD_FLAG_RESAMPLE, -1));
	vm_irqfd(&self->vm, self->event, GSI);
}

TEST_F(irqfd, deassigned_eventfd_does_nothing)
{
	set_edge_rte(&self->vm);
	vm_irqfd(&self->vm, self->event, GSI);
	vm_irqfd_deassign(&self->vm, self->event, GSI);
	event_signal(self->event);
	EXPECT_TRUE(event_is_signalled(self->event));
	sleep_ms(SHORT_WHILE);
	EXPECT_FALSE(lapic_requests(self->vcpu, VECTOR));
}

TEST_F(irqfd, signal_is_an_edge)
{
	set_edge_rte(&self->vm);
	vm_irqfd(&self->vm, self->event, GSI);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
	EXPECT_TRUE(EVENTUALLY(!line_is_high(&self->vm)));
	/* The signal was taken, no reader finds it. */
	EXPECT_FALSE(event_is_signalled(self->event));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
}

TEST_F(irqfd, eventfd_signalled_before_is_delivered_at_assign)
{
	set_edge_rte(&self->vm);
	event_signal(self->event);
	event_signal(self->event);
	vm_irqfd(&self->vm, self->event, GSI);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
}

TEST_F(irqfd, level_signalled_before_is_raised_at_assign)
{
	set_level_rte(&self->vm);
	event_signal(self->event);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
	EXPECT_TRUE(line_is_high(&self->vm));
}

TEST_F(irqfd, masked_pin_keeps_no_edge_of_a_pulse)
{
	vm_irqfd(&self->vm, self->event, GSI);
	event_signal(self->event);
	sleep_ms(SHORT_WHILE);
	EXPECT_FALSE(line_is_high(&self->vm));
	set_edge_rte(&self->vm);
	EXPECT_FALSE(lapic_requests(self->vcpu, VECTOR));
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
}

TEST_F(irqfd, pulse_on_a_level_pin_sends_once)
{
	set_level_rte(&self->vm);
	vm_irqfd(&self->vm, self->event, GSI);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
	EXPECT_TRUE(EVENTUALLY(!line_is_high(&self->vm)));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	EXPECT_EQ(VECTOR | RTE_LEVEL, vm_rte(&self->vm, GSI));
}

TEST_F(irqfd, pulse_knocks_down_a_line_that_user_space_holds)
{
	set_level_rte(&self->vm);
	vm_irq_line(&self->vm, GSI, 1);
	EXPECT_TRUE(line_is_high(&self->vm));
	vm_irqfd(&self->vm, self->event, GSI);
	event_signal(self->event);
	EXPECT_EQ(same(PARITY_ONE_SOURCE, true),
		  EVENTUALLY(!line_is_high(&self->vm)));
}

TEST_F(irqfd, resample_holds_the_line_until_eoi)
{
	set_level_rte(&self->vm);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
	EXPECT_TRUE(line_is_high(&self->vm));
	EXPECT_FALSE(event_is_signalled(self->resample));
	guest_take(self->vcpu);
	EXPECT_TRUE(event_comes(self->resample));
	EXPECT_FALSE(line_is_high(&self->vm));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	EXPECT_FALSE(event_is_signalled(self->resample));
}

TEST_F(irqfd, resample_may_be_asserted_again)
{
	unsigned int i;

	set_level_rte(&self->vm);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	for (i = 0; i < 3; i++) {
		event_signal(self->event);
		EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
		guest_take(self->vcpu);
		EXPECT_TRUE(event_comes(self->resample));
		EXPECT_VECTORS(self->vcpu, VECTOR);
	}
}

TEST_F(irqfd, resample_leaves_other_sources_of_the_line)
{
	guest_on_vectors(self->vcpu, VECTOR, VECTOR,
			 GUEST_EOI_LAPIC | GUEST_ONCE);
	set_level_rte(&self->vm);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	vm_irq_line(&self->vm, GSI, 1);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
	guest_take(self->vcpu);
	EXPECT_TRUE(event_comes(self->resample));
	EXPECT_TRUE(line_is_high(&self->vm));
	EXPECT_TRUE(lapic_requests(self->vcpu, VECTOR));
	vm_irq_line(&self->vm, GSI, 0);
	EXPECT_FALSE(line_is_high(&self->vm));
}

TEST_F(irqfd, every_resampler_of_a_gsi_is_told)
{
	int event = event_new(0), resample = event_new(0);

	set_level_rte(&self->vm);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	vm_irqfd_resample(&self->vm, event, GSI, resample);
	event_signal(event);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
	guest_take(self->vcpu);
	EXPECT_TRUE(event_comes(self->resample));
	EXPECT_TRUE(event_comes(resample));
	EXPECT_VECTORS(self->vcpu, VECTOR);
}

TEST_F(irqfd, eoi_of_a_line_that_nobody_asserted_is_told_too)
{
	set_edge_rte(&self->vm);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	vm_irq_line(&self->vm, GSI, 1);
	vm_irq_line(&self->vm, GSI, 0);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	EXPECT_EQ(same(PARITY_EDGES_ACKNOWLEDGED, true),
		  event_comes(self->resample));
}

/* KVM goes by the vector that the RTE has now, though it is masked. */
TEST_F(irqfd, eoi_of_a_message_with_the_vector_of_a_pin)
{
	vm_set_rte(&self->vm, GSI, VECTOR | RTE_MASKED);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	EXPECT_EQ(1, __vm_signal_msi(&self->vm, MSI_ADDRESS(0), VECTOR));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	EXPECT_EQ(parity(PARITY_ACK_WITHOUT_MESSAGE, false, true),
		  event_is_signalled(self->resample));
}

/* KVM did not expect the EOI when the vector was another, and does not ask again. */
TEST_F(irqfd, eoi_owed_after_vector_and_destination_were_rewritten)
{
	guest_on_vectors(self->vcpu, VECTOR, VECTOR, 0);
	ioapic_set_rte(self->vcpu, GSI, VECTOR);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	vm_irq_line(&self->vm, GSI, 1);
	vm_irq_line(&self->vm, GSI, 0);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	ioapic_set_rte(self->vcpu, GSI, IOAPIC_VECTOR(OTHER_GSI) | RTE_MASKED);
	ioapic_write(self->vcpu, IOAPIC_RTE_HIGH(GSI), NO_SUCH_VCPU << 24);
	ioapic_write(self->vcpu, IOAPIC_RTE_LOW(GSI), VECTOR);
	guest_write32(self->vcpu, LAPIC_EOI, 0);
	EXPECT_EQ(parity(PARITY_ACK_WITHOUT_MESSAGE, true, false),
		  event_is_signalled(self->resample));
}

/* KVM of before 6.17 drives the line low, which shows an edge that was sent. */
TEST_F(irqfd, refused_resampler_leaves_no_trace)
{
	set_edge_rte(&self->vm);
	vm_irqfd(&self->vm, self->event, OTHER_GSI);
	vm_irq_line(&self->vm, GSI, 1);
	EXPECT_EQ(0, vm_ioapic(&self->vm).irr);
	EXPECT_EQ(-EBUSY, __vm_irqfd(&self->vm, self->event, GSI,
				     KVM_IRQFD_FLAG_RESAMPLE, self->resample));
	if (variant->stacked || !kernel_since(6, 17))
		EXPECT_EQ(parity(PARITY_REFUSED_IRQFD, 0, 1 << GSI),
			  vm_ioapic(&self->vm).irr);
}

TEST_F(irqfd, last_resampler_to_go_lowers_the_line)
{
	int event = event_new(0), resample = event_new(0);

	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	vm_irqfd_resample(&self->vm, event, GSI, resample);
	event_signal(self->event);
	EXPECT_TRUE(EVENTUALLY(line_is_high(&self->vm)));
	vm_irqfd_deassign(&self->vm, self->event, GSI);
	EXPECT_TRUE(line_is_high(&self->vm));
	vm_irqfd_deassign(&self->vm, event, GSI);
	EXPECT_FALSE(line_is_high(&self->vm));
}

TEST_F(irqfd, closed_eventfd_is_forgotten)
{
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	event_signal(self->event);
	EXPECT_TRUE(EVENTUALLY(line_is_high(&self->vm)));
	close(self->event);
	EXPECT_TRUE(EVENTUALLY(!line_is_high(&self->vm)));
	/* The rest works on. */
	self->event = event_new(0);
	set_edge_rte(&self->vm);
	vm_irqfd(&self->vm, self->event, GSI);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
}

TEST_F(irqfd, closed_resamplefd_harms_nobody)
{
	set_level_rte(&self->vm);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	close(self->resample);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	EXPECT_FALSE(line_is_high(&self->vm));
}

TEST_F(irqfd, one_eventfd_may_be_both_ends)
{
	vm_irqfd_resample(&self->vm, self->event, GSI, self->event);
	event_signal(self->event);
	EXPECT_TRUE(EVENTUALLY(line_is_high(&self->vm)));
	vm_irqfd_deassign(&self->vm, self->event, GSI);
	EXPECT_FALSE(line_is_high(&self->vm));
}

TEST_F(irqfd, unmasking_asks_the_resampler_first)
{
	set_level_rte(&self->vm);
	ioapic_set_rte(self->vcpu, GSI, VECTOR | RTE_LEVEL | RTE_MASKED);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	event_signal(self->event);
	EXPECT_TRUE(EVENTUALLY(line_is_high(&self->vm)));
	ioapic_set_rte(self->vcpu, GSI, VECTOR | RTE_LEVEL);
	/* The stale level is asked for again, not sent. */
	EXPECT_EQ(since(6, 4, true, false), event_wait(self->resample, 200));
	EXPECT_EQ(since(6, 4, false, true),
		  lapic_requests(self->vcpu, VECTOR));
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
}

TEST_F(irqfd, pic_alone)
{
	struct routes *r = routes_new();

	routes_add_pin(r, GSI, KVM_IRQCHIP_PIC_MASTER, 5);
	vm_set_routes(&self->vm, r);
	pic_init(self->vcpu, 0);
	vm_irqfd(&self->vm, self->event, GSI);
	event_signal(self->event);
	EXPECT_TRUE(EVENTUALLY(vm_pic(&self->vm, 0).irr & 1 << 5));
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(5));
}

TEST_F(irqfd, pic_resamples_at_its_eoi)
{
	struct routes *r = routes_new();

	routes_add_pin(r, GSI, KVM_IRQCHIP_PIC_MASTER, 5);
	vm_set_routes(&self->vm, r);
	pic_init(self->vcpu, 0);
	guest_out8(self->vcpu, PIC_ELCR_PRIMARY, 1 << 5);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	event_signal(self->event);
	EXPECT_TRUE(EVENTUALLY(vm_pic(&self->vm, 0).irr & 1 << 5));
	EXPECT_FALSE(event_is_signalled(self->resample));
	guest_take(self->vcpu);
	EXPECT_TRUE(event_comes(self->resample));
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(5));
	EXPECT_EQ(0, vm_pic(&self->vm, 0).irr);
}

/*
 * The end of the cascade's service: KVM tells while the secondary has not yet
 * answered, and what the resampler does there has the primary latch the same
 * request a second time.
 */
TEST_F(irqfd, automatic_eoi_of_the_cascade_is_told_after_inta)
{
	pic_init(self->vcpu, 0);
	pic_init_one(self->vcpu, PIC_PRIMARY, ICW4_AEOI);
	vm_irqfd_resample(&self->vm, self->event, PIC_CASCADE, self->resample);
	vm_irq_pulse(&self->vm, 13);
	guest_take(self->vcpu);
	EXPECT_TRUE(event_comes(self->resample));
	if (parity(PARITY_PIC_TELLS_LAST, true, false))
		EXPECT_VECTORS(self->vcpu, PIC_VECTOR(13));
	else
		EXPECT_VECTORS(self->vcpu, PIC_VECTOR(13), PIC_VECTOR(15));
}

/*
 * ICW1 drops the edges of pins 1 and 2. KVM tells of pin 1 before it ends the
 * service of pin 2, and derives INT in between, from half of it.
 */
TEST_F(irqfd, edges_dropped_by_icw1_are_told_after_it)
{
	pic_init(self->vcpu, 0);
	guest_on_vectors(self->vcpu, PIC_BASE, PIC_VECTOR(15), 0);
	vm_irqfd_resample(&self->vm, self->event, 1, self->resample);
	vm_irq_pulse(&self->vm, 13);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(13));
	guest_out8(self->vcpu, PIC_PRIMARY_DATA, 0xff);
	vm_irq_pulse(&self->vm, 1);
	vm_irq_line(&self->vm, 12, 1);
	guest_out8(self->vcpu, PIC_PRIMARY, ICW1_INIT);
	EXPECT_TRUE(event_comes(self->resample));
	guest_take(self->vcpu);
	EXPECT_EQ(parity(PARITY_PIC_TELLS_LAST, 1, 0), guest_nr_new(self->vcpu));
}

TEST_F(irqfd, gsi_of_both_chips)
{
	pic_init(self->vcpu, 0);
	vm_set_rte(&self->vm, BOTH_GSI, IOAPIC_VECTOR(BOTH_GSI));
	vm_irqfd(&self->vm, self->event, BOTH_GSI);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, IOAPIC_VECTOR(BOTH_GSI)));
	EXPECT_TRUE(EVENTUALLY(vm_pic(&self->vm, 0).irr & 1 << BOTH_GSI));
	/* ExtINT goes before what the LAPIC has. */
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(BOTH_GSI),
		       IOAPIC_VECTOR(BOTH_GSI));
}

TEST_F(irqfd, wakes_a_halted_vcpu)
{
	unsigned int i;

	set_edge_rte(&self->vm);
	vm_irqfd(&self->vm, self->event, GSI);
	guest_run_in_thread(self->vcpu, GUEST_OP_HALT_UNTIL, 5);
	for (i = 1; i <= 5; i++) {
		sleep_ms(5);
		event_signal(self->event);
		EXPECT_TRUE(EVENTUALLY(guest_cpu(self->vcpu)->nr_taken == i));
	}
	guest_join(self->vcpu);
}

TEST_F(irqfd, wakes_a_halted_vcpu_by_the_pic)
{
	unsigned int i;

	pic_init(self->vcpu, 0);
	vm_irqfd(&self->vm, self->event, BOTH_GSI);
	guest_run_in_thread(self->vcpu, GUEST_OP_HALT_UNTIL, 5);
	for (i = 1; i <= 5; i++) {
		sleep_ms(5);
		event_signal(self->event);
		EXPECT_TRUE(EVENTUALLY(guest_cpu(self->vcpu)->nr_taken == i));
	}
	guest_join(self->vcpu);
}

TEST_F(irqfd, interrupts_a_running_vcpu)
{
	unsigned int i;

	set_edge_rte(&self->vm);
	vm_irqfd(&self->vm, self->event, GSI);
	guest_run_in_thread(self->vcpu, GUEST_OP_SPIN_UNTIL, NR_SIGNALS);
	for (i = 1; i <= NR_SIGNALS; i++) {
		event_signal(self->event);
		if (!EVENTUALLY(guest_cpu(self->vcpu)->nr_taken == i))
			break;
	}
	EXPECT_EQ(NR_SIGNALS, i - 1);
	guest_cpu(self->vcpu)->stop = 1;
	guest_join(self->vcpu);
	EXPECT_EQ(NR_SIGNALS, guest_nr_new(self->vcpu));
}

TEST_F(irqfd, wakes_the_vcpu_that_the_rte_names)
{
	struct vcpu *other = vm_add_vcpu(&self->vm, 1);

	lapic_enable(other);
	guest_on_vectors(other, VECTOR, VECTOR, GUEST_EOI_LAPIC);
	vm_set_rte(&self->vm, GSI, VECTOR | RTE_DEST(1));
	vm_irqfd(&self->vm, self->event, GSI);
	guest_run_in_thread(self->vcpu, GUEST_OP_SPIN_UNTIL, 1);
	guest_run_in_thread(other, GUEST_OP_HALT_UNTIL, 1);
	sleep_ms(5);
	event_signal(self->event);
	guest_join(other);
	EXPECT_VECTORS(other, VECTOR);
	guest_cpu(self->vcpu)->stop = 1;
	guest_join(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
}

TEST_F(irqfd, signal_of_another_process)
{
	pid_t pid;

	set_edge_rte(&self->vm);
	vm_irqfd(&self->vm, self->event, GSI);
	guest_run_in_thread(self->vcpu, GUEST_OP_HALT_UNTIL, 1);
	pid = fork();
	if (!pid) {
		event_signal(self->event);
		_exit(0);
	}
	guest_join(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR);
	waitpid(pid, NULL, 0);
}

/*
 * CVE-2020-27152: an edge pin whose EOI made the resampler assert it, whose
 * delivery did an EOI, and so on, until the stack was full.
 */
TEST_F(irqfd, cve_2020_27152_resampled_level_pin_becomes_an_edge)
{
	unsigned int i;

	set_level_rte(&self->vm);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	for (i = 0; i < 5; i++) {
		event_signal(self->event);
		EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
		ioapic_set_rte(self->vcpu, GSI, VECTOR);
		guest_take(self->vcpu);
		event_wait(self->resample, SHORT_WHILE);
		ioapic_set_rte(self->vcpu, GSI, VECTOR | RTE_LEVEL);
	}
}
