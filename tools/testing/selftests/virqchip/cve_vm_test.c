// SPDX-License-Identifier: GPL-2.0
/*
 * cve_vm_test.c - holes in the order in which VMs, vCPUs and chips are made and
 * go, and in what is passed on to KVM. Each test bears the number of the hole;
 * see Documentation/security.rst. Races of cve_2012_1601 are in create_test.c.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "guest.h"
#include "harness.h"
#include "stress.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FREE_ADDRESS		0xd0000000
#define FREE_PORT		0x5f0
#define ZONE_SIZE		4096
#define NR_ROUNDS		40
#define NR_ZONES		200
#define NR_DEVICE_TYPES		16
#define RACE_PAUSE_US		300

FIXTURE(holes) { struct vm vm; };
FIXTURE_SETUP(holes)
{
	/* What a KVM without chips says is no expectation. */
	vm_open(&self->vm);
	vm_create_irqchip(&self->vm);
	vm_open(&self->vm);
}

/* A vCPU made before the irqchip has no LAPIC; so the irqchip is refused. */
TEST_F(holes, cve_2012_1601_irqchip_after_a_vcpu)
{
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_IOAPIC };
	struct vcpu *vcpu;

	vm_add_ram(&self->vm);
	vcpu = vm_add_vcpu(&self->vm, 0);
	EXPECT_EQ(-EINVAL, __vm_create_irqchip(&self->vm));
	EXPECT_EQ(-EEXIST, __vm_split_irqchip(&self->vm, NR_IOAPIC_PINS));
	EXPECT_EQ(-ENXIO, __vm_get_irqchip(&self->vm, KVM_IRQCHIP_IOAPIC,
					   &chip));
	EXPECT_EQ(-ENXIO, __vm_irq_line(&self->vm, 4, 1));
	/* It runs on as it was. */
	guest_begin(vcpu, GUEST_OP_OUT8, PIC_PRIMARY, ICW1_INIT);
	guest_run_to_io(vcpu, KVM_EXIT_IO_OUT, PIC_PRIMARY, 1);
	guest_run(vcpu);
}

/* What asks the LAPIC whether something is pending, where there is none. */
TEST_F(holes, cve_2015_4692_pending_interrupts_without_a_lapic)
{
	struct kvm_interrupt interrupt = { .irq = PIC_BASE };
	struct kvm_lapic_state lapic = { .regs = { 0 } };
	struct kvm_vcpu_events events;
	struct kvm_mp_state state;
	struct vcpu *vcpu;

	vm_add_ram(&self->vm);
	vcpu = vm_add_vcpu(&self->vm, 0);
	EXPECT_EQ(-EINVAL, __sys_ioctl(vcpu->fd, KVM_GET_LAPIC, &lapic));
	EXPECT_EQ(-EINVAL, __sys_ioctl(vcpu->fd, KVM_SET_LAPIC, &lapic));
	EXPECT_EQ(0, __sys_ioctl(vcpu->fd, KVM_GET_MP_STATE, &state));
	EXPECT_EQ(0, __sys_ioctl(vcpu->fd, KVM_GET_VCPU_EVENTS, &events));
	events.flags = KVM_VCPUEVENT_VALID_NMI_PENDING;
	events.interrupt.injected = 0;
	EXPECT_EQ(0, __sys_ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events));
	guest_begin(vcpu, GUEST_OP_HALT, 0, 0);
	EXPECT_EQ(0, __vcpu_run(vcpu));
	EXPECT_EQ(KVM_EXIT_HLT, vcpu->run->exit_reason);
	EXPECT_EQ(0, __sys_ioctl(vcpu->fd, KVM_INTERRUPT, &interrupt));
	guest_run(vcpu);
	EXPECT_VECTORS(vcpu, PIC_BASE);
}

#define HV_SINT0	0x40000090
#define HV_SCONTROL	0x40000080

static int set_msr(int vcpu, uint32_t index, uint64_t value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { .head.nmsrs = 1, .entry = { index, 0, value } };

	return __sys_ioctl(vcpu, KVM_SET_MSRS, &msrs);
}

static int enable_synic(int vcpu)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_HYPERV_SYNIC };

	return __sys_ioctl(vcpu, KVM_ENABLE_CAP, &cap);
}

/*
 * A SINT made the IOAPIC be looked through, which was not there, or not yet.
 * 1: the MSR was written; 0: it was refused.
 */
TEST_F(holes, cve_2018_19407_synic_with_each_kind_of_irqchip)
{
	int vcpu;

	if (node_extension(self->vm.dev, KVM_CAP_HYPERV_SYNIC) <= 0)
		test_skip("this KVM has no Hyper-V SynIC");
	vcpu = __vm_create_vcpu(&self->vm, 0);
	EXPECT_EQ(-EINVAL, enable_synic(vcpu));
	EXPECT_EQ(0, set_msr(vcpu, HV_SINT0, PIC_BASE));

	vm_open(&self->vm);
	ASSERT_EQ(0, __vm_split_irqchip(&self->vm, NR_IOAPIC_PINS));
	vcpu = __vm_create_vcpu(&self->vm, 0);
	EXPECT_EQ(0, enable_synic(vcpu));
	EXPECT_EQ(1, set_msr(vcpu, HV_SCONTROL, 1));
	EXPECT_EQ(1, set_msr(vcpu, HV_SINT0, IOAPIC_VECTOR(0)));

	vm_open_with_chips(&self->vm);
	vm_add_vcpu(&self->vm, 0);
	vcpu = self->vm.vcpus[0].fd;
	EXPECT_EQ(0, enable_synic(vcpu));
	EXPECT_EQ(1, set_msr(vcpu, HV_SCONTROL, 1));
	EXPECT_EQ(1, set_msr(vcpu, HV_SINT0, IOAPIC_VECTOR(1)));
	EXPECT_EQ(IOAPIC_VERSION_24_PINS,
		  ioapic_read(&self->vm.vcpus[0], IOAPIC_VERSION));
}

static void *create_chips(void *data)
{
	stress_pause(RACE_PAUSE_US);
	EXPECT_LE(-EINVAL, __vm_create_irqchip(data));
	return NULL;
}

/* A vCPU that is run, and its LAPIC written, while the chips are made. */
TEST_F_WITH(holes, cve_2018_19407_vcpu_runs_while_chips_are_made,
	    .only = "stacked")
{
	unsigned int i, full = 0, rounds = stress_rounds(NR_ROUNDS);

	for (i = 0; i < rounds; i++) {
		struct kvm_irqchip chip;
		struct vcpu *vcpu;
		pthread_t thread;

		vm_open(&self->vm);
		vm_add_ram(&self->vm);
		pthread_create(&thread, NULL, create_chips, &self->vm);
		stress_pause(RACE_PAUSE_US);
		vcpu = vm_add_vcpu(&self->vm, 0);
		enable_synic(vcpu->fd);
		set_msr(vcpu->fd, HV_SCONTROL, 1);
		set_msr(vcpu->fd, HV_SINT0, IOAPIC_VECTOR(0));
		guest_begin(vcpu, GUEST_OP_READ32, LAPIC_SPIV, 0);
		__vcpu_run(vcpu);
		pthread_join(thread, NULL);
		full += !__vm_get_irqchip(&self->vm, 0, &chip);
		munmap(vcpu->run, vcpu->run_size);
		close(vcpu->fd);
		close(self->vm.fd);
		close(self->vm.dev);
		munmap(self->vm.ram, VM_RAM_SIZE);
	}
	test_note("%u of %u VMs got their chips before the vCPU", full, rounds);
}

/* ---- passed on ------------------------------------------------------- */

static int coalesce(struct vm *vm, unsigned long number, uint64_t address,
		    unsigned int size)
{
	struct kvm_coalesced_mmio_zone zone = {
		.addr = address, .size = size,
	};

	return __sys_ioctl(vm->fd, number, &zone);
}

/* The ring lies in a page that the VMM can write, its indices too. */
TEST_F(holes, cve_2019_14821_ring_indices_are_scribbled_over)
{
	static const uint32_t indices[] = { UINT32_MAX, 1u << 31, 170, 4096 };
	struct kvm_coalesced_mmio_ring *ring;
	struct vcpu *vcpu;
	unsigned int i;
	int offset;

	vm_open_with_chips(&self->vm);
	vcpu = vm_add_vcpu(&self->vm, 0);
	offset = node_extension(self->vm.dev, KVM_CAP_COALESCED_MMIO);
	ASSERT_LE(1, offset);
	ring = (void *)((char *)vcpu->run + offset * sysconf(_SC_PAGESIZE));
	ASSERT_EQ(0, coalesce(&self->vm, KVM_REGISTER_COALESCED_MMIO,
			      FREE_ADDRESS, ZONE_SIZE));
	for (i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
		ring->first = 0;
		ring->last = indices[i];
		guest_begin(vcpu, GUEST_OP_WRITE32, FREE_ADDRESS, i);
		ASSERT_EQ(0, __vcpu_run(vcpu));
		/* Too full for it: the VMM gets the access itself. */
		EXPECT_EQ(KVM_EXIT_MMIO, vcpu->run->exit_reason);
		guest_run(vcpu);
	}
	ring->first = 0;
	ring->last = 0;
	guest_write32(vcpu, FREE_ADDRESS, i);
	EXPECT_EQ(1, ring->last);
	EXPECT_EQ(IOAPIC_VERSION_24_PINS, ioapic_read(vcpu, IOAPIC_VERSION));
}

static int ioeventfd(struct vm *vm, int event, uint64_t address,
		     unsigned int len, unsigned int flags)
{
	struct kvm_ioeventfd args = {
		.addr = address, .len = len, .fd = event, .flags = flags,
	};

	return __sys_ioctl(vm->fd, KVM_IOEVENTFD, &args);
}

/* Registrations on KVM's bus that fail, and what their undoing leaves. */
TEST_F(holes, cve_2020_36312_failed_registrations_leave_nothing)
{
	unsigned int i, len;
	int event = event_new(0);

	vm_open_with_chips(&self->vm);
	for (i = 0; i < NR_ZONES; i++) {
		EXPECT_EQ(0, ioeventfd(&self->vm, event, FREE_ADDRESS, 4, 0));
		EXPECT_EQ(-EEXIST, ioeventfd(&self->vm, event, FREE_ADDRESS, 4,
					     0));
		EXPECT_EQ(-ENOENT, ioeventfd(&self->vm, event, FREE_ADDRESS + 4,
					     4, KVM_IOEVENTFD_FLAG_DEASSIGN));
		EXPECT_EQ(0, ioeventfd(&self->vm, event, FREE_ADDRESS, 4,
				       KVM_IOEVENTFD_FLAG_DEASSIGN));
	}
	/* The datamatch of a length that is none was a BUG_ON(). */
	for (len = 3; len <= 16; len++)
		if (len != 4 && len != 8)
			EXPECT_EQ(-EINVAL,
				  ioeventfd(&self->vm, event, FREE_ADDRESS, len,
					    KVM_IOEVENTFD_FLAG_DATAMATCH));
	EXPECT_EQ(0, coalesce(&self->vm, KVM_UNREGISTER_COALESCED_MMIO,
			      FREE_ADDRESS, ZONE_SIZE));
}

static void toggle_zone(void *data)
{
	struct vm *vm = data;

	coalesce(vm, KVM_REGISTER_COALESCED_MMIO, FREE_ADDRESS, ZONE_SIZE);
	coalesce(vm, KVM_UNREGISTER_COALESCED_MMIO, FREE_ADDRESS, ZONE_SIZE);
}

static void toggle_ioeventfd(void *data)
{
	int event = event_new(0);

	ioeventfd(data, event, FREE_PORT, 1, KVM_IOEVENTFD_FLAG_PIO);
	ioeventfd(data, event, FREE_PORT, 1,
		  KVM_IOEVENTFD_FLAG_PIO | KVM_IOEVENTFD_FLAG_DEASSIGN);
	close(event);
}

/* CVE-2021-47060 and 47061: the bus changed, and ended, while it was walked. */
TEST_F_WITH(holes, cve_2021_47061_bus_changes_under_a_running_guest,
	    .only = "stacked")
{
	unsigned int i, rounds = stress_rounds(5 * NR_ROUNDS);
	struct gang gang = { .stop = false };
	struct vcpu *vcpu;

	vm_open_with_chips(&self->vm);
	vcpu = vm_add_vcpu(&self->vm, 0);
	gang_add(&gang, toggle_zone, &self->vm);
	gang_add(&gang, toggle_ioeventfd, &self->vm);
	for (i = 0; i < rounds; i++) {
		const struct guest_op ops[] = {
			{ GUEST_OP_WRITE32, FREE_ADDRESS, i },
			{ GUEST_OP_OUT8, FREE_PORT, i },
			{ GUEST_OP_WRITE32, IOAPIC_SELECT, IOAPIC_VERSION },
			{ GUEST_OP_READ32, IOAPIC_WINDOW },
		};
		int exits;

		guest_batch(vcpu, ops, 4);
		for (exits = 0; exits < 4; exits++) {
			ASSERT_EQ(0, __vcpu_run(vcpu));
			if (vcpu->run->exit_reason == KVM_EXIT_IO &&
			    vcpu->run->io.port == GUEST_PORT_DONE)
				break;
		}
		EXPECT_EQ(IOAPIC_VERSION_24_PINS,
			  guest_cpu(vcpu)->ops[3].result);
	}
	gang_disband(&gang);
}

/* A device of KVM's that was never quite made, or outlives its VM. */
TEST_F(holes, cve_2022_49568_devices_of_a_vm_that_went)
{
	int devices[NR_DEVICE_TYPES];
	unsigned int type;

	vm_open_with_chips(&self->vm);
	for (type = 0; type < NR_DEVICE_TYPES; type++) {
		struct kvm_create_device create = { .type = type };
		int error = __sys_ioctl(self->vm.fd, KVM_CREATE_DEVICE,
					&create);

		EXPECT_TRUE(error == 0 || error == -ENODEV);
		devices[type] = error ? -1 : (int)create.fd;
	}
	close(self->vm.fd);
	for (type = 0; type < NR_DEVICE_TYPES; type++) {
		struct kvm_device_attr attr = { .group = 77 };

		if (devices[type] < 0)
			continue;
		EXPECT_LT(__sys_ioctl(devices[type], KVM_SET_DEVICE_ATTR,
				      &attr), 0);
		close(devices[type]);
	}
}
