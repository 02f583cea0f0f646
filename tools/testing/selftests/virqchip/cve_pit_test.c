// SPDX-License-Identifier: GPL-2.0
/*
 * cve_pit_test.c - holes that i8254s and 8259As of hypervisors have had, tried
 * on these. Each test bears the number of the hole; see
 * Documentation/security.rst. Another part of cve_2015_7513 and cve_2010_0309
 * is in pit_test.c.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define NR_CHANNELS		3
#define NR_MODES		8
#define LATCH_ALL		(PIT_READ_BACK | 0xe)
#define MIGRATE_MS		1000
#define COUNT_MS(ms)		(PIT_HZ / 1000 * (ms))
#define NO_ISA_PIN		8	/* a 8259A's pins are 0 to 7 */

FIXTURE(holes) { struct vm vm; struct vcpu *vcpu; };
FIXTURE_SETUP(holes)
{
	vm_open_with_chips(&self->vm);
	vm_create_pit2(&self->vm, KVM_PIT_SPEAKER_DUMMY);
	self->vcpu = vm_add_vcpu(&self->vm, 0);
}

/* The control port was the fourth of three channels. Here it reads 0. */
static void read_control_port(struct vcpu *vcpu)
{
	EXPECT_EQ(0, guest_in8(vcpu, PIT_CONTROL));
	/* Wide reads of the ports before it: one register, then zeros. */
	EXPECT_LE(guest_op(vcpu, GUEST_OP_IN16, PIT_CHANNEL(2), 0), UINT8_MAX);
	EXPECT_LE(guest_op(vcpu, GUEST_OP_IN32, PIT_CHANNEL(0), 0), UINT8_MAX);
	EXPECT_LE(guest_op(vcpu, GUEST_OP_IN16, PIT_CHANNEL(0), 0), UINT8_MAX);
}

TEST_F(holes, cve_2010_0309_control_port_is_no_channel)
{
	unsigned int i;

	read_control_port(self->vcpu);
	for (i = 0; i < NR_CHANNELS; i++) {
		pit_program(self->vcpu, i, 2, COUNT_MS(50));
		read_control_port(self->vcpu);
	}
}

/* CVE-2015-3214, the same in QEMU, behind the latches. */
TEST_F(holes, cve_2015_3214_control_port_after_every_latch)
{
	unsigned int command;

	for (command = 0; command <= UINT8_MAX; command += 2) {
		guest_out8(self->vcpu, PIT_CONTROL, command);
		EXPECT_EQ(0, guest_in8(self->vcpu, PIT_CONTROL));
	}
	guest_out8(self->vcpu, PIT_CONTROL, LATCH_ALL);
	EXPECT_EQ(0, guest_in8(self->vcpu, PIT_CONTROL));
}

/* XSA-121, CVE-2015-2044: a width that nobody thought of leaked the stack. */
TEST_F(holes, cve_2015_2044_wide_reads_of_ports_are_defined)
{
	static const unsigned int ports[] = {
		PIC_PRIMARY, PIC_SECONDARY, PIC_ELCR_PRIMARY,
	};
	unsigned int i;

	pic_init(self->vcpu, 0);
	pic_mask(self->vcpu, UINT16_MAX);
	for (i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		EXPECT_EQ(0, guest_op(self->vcpu, GUEST_OP_IN16, ports[i], 0));
	EXPECT_LE(guest_op(self->vcpu, GUEST_OP_IN16, PIT_PORT_B, 0),
		  UINT8_MAX);
	EXPECT_LE(guest_op(self->vcpu, GUEST_OP_IN32, PIT_PORT_B, 0),
		  UINT8_MAX);
}

/* Neither an EFAULT of ours nor a timer: without chips there is no PIT. */
static void expect_no_pit(struct vm *vm)
{
	struct kvm_pit_state2 state = {
		.channels[0] = { .mode = 2, .rw_mode = 3, .count = 100 },
	};

	int made = __vm_create_pit2(vm, 0);

	/* KVM of 6.1 makes one, and says so if it is asked again. */
	if (!variant->stacked && !kernel_since(6, 12)) {
		EXPECT_EQ(parity(PARITY_PIT_WANTS_CHIPS, -ENOENT, made), made);
		EXPECT_TRUE(made == 0 || made == -EEXIST);
		return;
	}
	EXPECT_EQ(-ENOENT, made);
	EXPECT_EQ(-ENXIO, __vm_set_pit2(vm, &state));
	EXPECT_EQ(-ENXIO, __vm_get_pit2(vm, &state));
}

TEST_F(holes, cve_2011_4622_pit_without_irqchip)
{
	vm_open(&self->vm);
	expect_no_pit(&self->vm);
	ASSERT_LE(0, __vm_create_vcpu(&self->vm, 0));
	expect_no_pit(&self->vm);
	vm_open(&self->vm);
	ASSERT_EQ(0, __vm_split_irqchip(&self->vm, NR_IOAPIC_PINS));
	expect_no_pit(&self->vm);
}

/* Reads divide by the count; one that was not loaded by the guest could be 0. */
static void expect_readable(struct vcpu *vcpu)
{
	unsigned int i;

	guest_out8(vcpu, PIT_CONTROL, LATCH_ALL);
	for (i = 0; i < NR_CHANNELS; i++) {
		guest_in8(vcpu, PIT_CHANNEL(i));
		EXPECT_LE(pit_read_count(vcpu, i), UINT16_MAX);
	}
	guest_in8(vcpu, PIT_PORT_B);
}

static void set_count_of_zero(struct vm *vm, unsigned int mode,
			      unsigned int bcd, bool old_way)
{
	struct kvm_pit_state2 state = { .flags = 0 };
	unsigned int i;

	for (i = 0; i < NR_CHANNELS; i++) {
		state.channels[i].mode = mode;
		state.channels[i].bcd = bcd;
		state.channels[i].gate = 1;
		state.channels[i].rw_mode = 3;
	}
	if (old_way)
		ASSERT_EQ(0, __sys_ioctl(vm->fd, KVM_SET_PIT, &state));
	else
		vm_set_pit2(vm, &state);
}

TEST_F(holes, cve_2015_7513_count_of_zero_in_every_mode)
{
	struct kvm_pit_state2 state;
	unsigned int mode, i;

	for (mode = 0; mode < 4 * NR_MODES; mode++) {
		set_count_of_zero(&self->vm, mode % NR_MODES,
				  mode / NR_MODES % 2, mode / NR_MODES / 2);
		expect_readable(self->vcpu);
		vm_get_pit2(&self->vm, &state);
		for (i = 0; i < NR_CHANNELS; i++)
			EXPECT_NE(0, state.channels[i].count);
	}
	/* And by the ports. */
	for (i = 0; i < NR_CHANNELS * NR_MODES; i++) {
		pit_program(self->vcpu, i % NR_CHANNELS, i / NR_CHANNELS, 0);
		expect_readable(self->vcpu);
	}
}

/* The thread that runs the vCPU goes from one CPU to the next and back. */
static void *migrate(void *data)
{
	volatile bool *stop = data;
	long nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int i;

	for (i = 0; !*stop; i++) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET(i % nr_cpus, &set);
		sched_setaffinity(getpid(), sizeof(set), &set);
		sleep_ms(1);
	}
	return NULL;
}

/*
 * XSA-336, CVE-2020-25604 in Xen: a timer moved while it is programmed. Ticks
 * that came faster than a busy machine takes them would leave the guest no
 * instruction of its own, so they are as slow as the counter allows.
 */
TEST_F(holes, cve_2014_3611_pit_is_programmed_while_vcpu_0_moves)
{
	static volatile bool stop;
	uint64_t end = now_ms() + MIGRATE_MS;
	struct kvm_pit_state2 state;
	pthread_t thread;
	unsigned int i;

	guest_on_vectors(self->vcpu, PIC_BASE, PIC_VECTOR(7),
			 GUEST_EOI_PRIMARY);
	pic_init(self->vcpu, 0);
	pic_mask(self->vcpu, UINT16_MAX & ~1);
	ASSERT_EQ(0, pthread_create(&thread, NULL, migrate, (void *)&stop));
	for (i = 0; now_ms() < end; i++) {
		pit_program(self->vcpu, 0, i % 2 ? 2 : 3, COUNT_MS(50));
		vm_get_pit2(&self->vm, &state);
		vm_set_pit2(&self->vm, &state);
		__vm_reinject(&self->vm, i % 3);
		guest_take(self->vcpu);
	}
	stop = true;
	pthread_join(thread, NULL);
	self->vcpu->taken += guest_nr_new(self->vcpu);
	/* Its ticks still come. */
	pit_program(self->vcpu, 0, 2, COUNT_MS(50));
	guest_op(self->vcpu, GUEST_OP_HALT_UNTIL, 0, self->vcpu->taken + 3);
	EXPECT_LE(3, guest_nr_new(self->vcpu));
}

/*
 * XSA-261, CVE-2018-10982, and ACRN's vpic_set_pinstate(): pins beyond the 16
 * of the pair were written past its array.
 */
TEST_F(holes, cve_2018_10982_pins_beyond_the_pair)
{
	struct kvm_pic_state primary = vm_pic(&self->vm, 0);
	unsigned int pin, chip;

	for (chip = KVM_IRQCHIP_PIC_MASTER; chip <= KVM_IRQCHIP_PIC_SLAVE;
	     chip++) {
		for (pin = NO_ISA_PIN; pin < 2 * NR_IOAPIC_PINS; pin++) {
			struct routes *r = routes_new();

			routes_add_pin(r, pin, chip, pin);
			EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, r));
		}
	}
	/* GSIs without a pin of the pair, and without anything. */
	for (pin = NR_PIC_PINS; pin < 4 * NR_IOAPIC_PINS; pin++) {
		vm_irq_line(&self->vm, pin, 1);
		vm_irq_line(&self->vm, pin, 0);
	}
	EXPECT_EQ(0, __vm_irq_line(&self->vm, UINT32_MAX, 1));
	EXPECT_EQ(0, __vm_irq_line(&self->vm, INT32_MAX, 1));
	EXPECT_EQ(primary.irr, vm_pic(&self->vm, 0).irr);
	EXPECT_EQ(0, vm_pic(&self->vm, 1).irr);
}
