// SPDX-License-Identifier: GPL-2.0
/*
 * vmm_test.c - the calls of well-known VMMs in their order: starting a VM,
 * giving a device its interrupts, pausing, saving and restoring. Each call is
 * made on KVM's node and on ours side by side and must answer the same, and the
 * state that is saved must be the same.
 *
 * The orders are those of Firecracker (src/vmm/src/arch/x86_64, vstate),
 * cloud-hypervisor (hypervisor/src/kvm, vmm/src/cpu.rs), crosvm
 * (hypervisor/src/kvm, devices/src/irqchip/kvm) and kvmtool (x86/kvm.c,
 * x86/irq.c, x86/kvm-cpu.c, irq.c).
 */
#define _GNU_SOURCE
#include "chips.h"
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define NR_CPUID		256
#define NR_MSRS			2
#define MSR_MISC_ENABLE		0x1a0
#define MSR_TSC			0x10
#define TSS_ADDRESS		0xfffbd000
#define IDENTITY_ADDRESS	0xfeffc000
#define RAM_SIZE		(1u << 20)
#define LAPIC_VERSION_TOP	0x33	/* bits 24 to 31 */
#define DIRECTED_EOI		0x01
#define X2APIC_API_BOTH_IDS	3
#define DEVICE_GSI		5
#define LEVEL_GSI		11
#define MSI_GSI			24
#define SPLIT_PINS		24

/**
 * struct vmm - one side: its files, and the arguments of its calls
 *
 * Members are what the rows below point to.
 */
struct vmm {
	int files[3];
	void *ram;

	struct kvm_userspace_memory_region region;
	struct kvm_pit_config speaker_pit, plain_pit;
	uint64_t identity;
	struct kvm_enable_cap split, long_ids;
	struct routes pins, pins_and_msi, msis, no_msi;
	struct kvm_irqfd irqfd, level_irqfd, msi_irqfd, gone_irqfd;
	struct kvm_irq_level line_up, line_down;
	struct kvm_msi msi;
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[NR_CPUID];
	} cpuid;
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entries[NR_MSRS];
	} msrs;

	/* Saved, and restored. */
	struct kvm_pit_state2 pit;
	struct kvm_clock_data clock;
	struct kvm_irqchip primary, secondary, ioapic;
	struct kvm_lapic_state lapic;
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_fpu fpu;
	struct kvm_xsave xsave;
	struct kvm_xcrs xcrs;
	struct kvm_debugregs debugregs;
	struct kvm_mp_state mp_state;
	struct kvm_vcpu_events events;
};

enum file { NODE, VM, VCPU };

/**
 * struct step - one call
 * @file: on which file
 * @name: of the ioctl
 * @cmd: its number
 * @has_argument: @argument is where in struct vmm it is; else it is the value
 * @argument: see there
 * @opens: the file that the call makes, if it makes one
 */
struct step {
	enum file file;
	const char *name;
	unsigned long cmd;
	bool has_argument;
	unsigned long argument;
	enum file opens;
};

#define DO(on, ioctl, member) \
	{ on, #ioctl ", " #member, ioctl, true, offsetof(struct vmm, member) }
#define DO_VALUE(on, ioctl, value)	{ on, #ioctl, ioctl, false, value }
#define OPEN(on, ioctl, file)		{ on, #ioctl, ioctl, .opens = file }
#define CHECK(on, cap)							\
	{ on, #cap, KVM_CHECK_EXTENSION, .argument = KVM_CAP_##cap }

static const struct step firecracker_start[] = {
	DO_VALUE(NODE, KVM_GET_API_VERSION, 0),
	CHECK(NODE, IRQCHIP), CHECK(NODE, IOEVENTFD), CHECK(NODE, IRQFD),
	CHECK(NODE, USER_MEMORY), CHECK(NODE, SET_TSS_ADDR),
	CHECK(NODE, PIT2), CHECK(NODE, PIT_STATE2), CHECK(NODE, ADJUST_CLOCK),
	CHECK(NODE, DEBUGREGS), CHECK(NODE, MP_STATE),
	CHECK(NODE, VCPU_EVENTS), CHECK(NODE, XCRS), CHECK(NODE, XSAVE),
	CHECK(NODE, EXT_CPUID),
	DO(NODE, KVM_GET_SUPPORTED_CPUID, cpuid),
	OPEN(NODE, KVM_CREATE_VM, VM),
	CHECK(VM, XSAVE2),
	DO_VALUE(VM, KVM_SET_TSS_ADDR, TSS_ADDRESS),
	DO(VM, KVM_SET_USER_MEMORY_REGION, region),
	DO_VALUE(VM, KVM_CREATE_IRQCHIP, 0),
	DO(VM, KVM_CREATE_PIT2, speaker_pit),
	OPEN(VM, KVM_CREATE_VCPU, VCPU),
	DO(VM, KVM_SET_GSI_ROUTING, pins),
	DO(VM, KVM_IRQFD, irqfd),
	DO(VCPU, KVM_SET_CPUID2, cpuid),
	DO(VCPU, KVM_SET_MSRS, msrs),
	DO(VCPU, KVM_GET_SREGS, sregs), DO(VCPU, KVM_SET_SREGS, sregs),
	DO(VCPU, KVM_GET_LAPIC, lapic), DO(VCPU, KVM_SET_LAPIC, lapic),
};

/* A PCI device is given MSI-X vectors, masks one, unmasks it, lets go. */
static const struct step firecracker_msix[] = {
	DO(VM, KVM_SET_GSI_ROUTING, pins_and_msi),
	DO(VM, KVM_IRQFD, msi_irqfd),
	DO(VM, KVM_SET_GSI_ROUTING, pins),
	DO(VM, KVM_SET_GSI_ROUTING, pins_and_msi),
	DO(VM, KVM_SIGNAL_MSI, msi),
	DO(VM, KVM_IRQFD, gone_irqfd),
	DO(VM, KVM_SET_GSI_ROUTING, pins),
};

/* Without a kvmclock in the guest KVM_KVMCLOCK_CTRL is refused. */
static const struct step firecracker_save[] = {
	DO_VALUE(VCPU, KVM_KVMCLOCK_CTRL, 0),
	DO(VCPU, KVM_GET_MP_STATE, mp_state),
	DO(VCPU, KVM_GET_REGS, regs),
	DO(VCPU, KVM_GET_SREGS, sregs),
	DO(VCPU, KVM_GET_XSAVE, xsave),
	DO(VCPU, KVM_GET_XCRS, xcrs),
	DO(VCPU, KVM_GET_DEBUGREGS, debugregs),
	DO(VCPU, KVM_GET_LAPIC, lapic),
	DO_VALUE(VCPU, KVM_GET_TSC_KHZ, 0),
	DO(VCPU, KVM_GET_CPUID2, cpuid),
	DO(VCPU, KVM_GET_MSRS, msrs),
	DO(VCPU, KVM_GET_VCPU_EVENTS, events),
	DO(VM, KVM_GET_PIT2, pit),
	DO(VM, KVM_GET_CLOCK, clock),
	DO(VM, KVM_GET_IRQCHIP, primary),
	DO(VM, KVM_GET_IRQCHIP, secondary),
	DO(VM, KVM_GET_IRQCHIP, ioapic),
};

static const struct step firecracker_restore[] = {
	DO(VCPU, KVM_SET_CPUID2, cpuid),
	DO(VCPU, KVM_SET_MP_STATE, mp_state),
	DO(VCPU, KVM_SET_REGS, regs),
	DO(VCPU, KVM_SET_SREGS, sregs),
	DO(VCPU, KVM_SET_XSAVE, xsave),
	DO(VCPU, KVM_SET_XCRS, xcrs),
	DO(VCPU, KVM_SET_DEBUGREGS, debugregs),
	DO(VCPU, KVM_SET_LAPIC, lapic),
	DO(VCPU, KVM_SET_MSRS, msrs),
	DO(VCPU, KVM_SET_VCPU_EVENTS, events),
	DO_VALUE(VCPU, KVM_KVMCLOCK_CTRL, 0),
	DO(VM, KVM_SET_PIT2, pit),
	DO(VM, KVM_SET_CLOCK, clock),
	DO(VM, KVM_SET_IRQCHIP, primary),
	DO(VM, KVM_SET_IRQCHIP, secondary),
	DO(VM, KVM_SET_IRQCHIP, ioapic),
};

/* An IOAPIC of its own: split, 32-bit ids, nothing but messages. */
static const struct step cloud_hypervisor_start[] = {
	DO_VALUE(NODE, KVM_GET_API_VERSION, 0),
	CHECK(NODE, IMMEDIATE_EXIT), CHECK(NODE, GET_TSC_KHZ),
	CHECK(NODE, IOEVENTFD), CHECK(NODE, IRQFD), CHECK(NODE, IRQ_ROUTING),
	CHECK(NODE, MP_STATE), CHECK(NODE, SET_IDENTITY_MAP_ADDR),
	CHECK(NODE, SET_TSS_ADDR), CHECK(NODE, SIGNAL_MSI),
	CHECK(NODE, SPLIT_IRQCHIP), CHECK(NODE, TSC_DEADLINE_TIMER),
	CHECK(NODE, USER_MEMORY), CHECK(NODE, USER_NMI),
	CHECK(NODE, VCPU_EVENTS), CHECK(NODE, XCRS), CHECK(NODE, XSAVE),
	OPEN(NODE, KVM_CREATE_VM, VM),
	DO(VM, KVM_SET_IDENTITY_MAP_ADDR, identity),
	DO_VALUE(VM, KVM_SET_TSS_ADDR, TSS_ADDRESS),
	DO(VM, KVM_ENABLE_CAP, split),
	DO(VM, KVM_ENABLE_CAP, long_ids),
	DO(VM, KVM_SET_USER_MEMORY_REGION, region),
	OPEN(VM, KVM_CREATE_VCPU, VCPU),
	DO(VCPU, KVM_GET_LAPIC, lapic), DO(VCPU, KVM_SET_LAPIC, lapic),
	DO(VM, KVM_SET_GSI_ROUTING, msis),
	DO(VM, KVM_IRQFD, msi_irqfd),
	DO(VM, KVM_SET_GSI_ROUTING, no_msi),
	DO(VM, KVM_SET_GSI_ROUTING, msis),
	DO(VM, KVM_SIGNAL_MSI, msi),
	DO(VM, KVM_IRQFD, gone_irqfd),
	DO(VM, KVM_GET_CLOCK, clock), DO(VM, KVM_SET_CLOCK, clock),
	DO(VM, KVM_GET_IRQCHIP, ioapic),
	DO(VM, KVM_IRQFD, level_irqfd),
};

static const struct step crosvm_start[] = {
	DO_VALUE(NODE, KVM_GET_API_VERSION, 0),
	OPEN(NODE, KVM_CREATE_VM, VM),
	CHECK(VM, READONLY_MEM), CHECK(VM, MP_STATE),
	DO(VM, KVM_SET_USER_MEMORY_REGION, region),
	DO_VALUE(VM, KVM_SET_TSS_ADDR, TSS_ADDRESS),
	DO(VM, KVM_SET_IDENTITY_MAP_ADDR, identity),
	DO_VALUE(VM, KVM_CREATE_IRQCHIP, 0),
	DO(VM, KVM_CREATE_PIT2, plain_pit),
	DO(VM, KVM_SET_GSI_ROUTING, pins),
	DO(VM, KVM_IRQFD, irqfd),
	DO(VM, KVM_IRQFD, level_irqfd),
	OPEN(VM, KVM_CREATE_VCPU, VCPU),
	DO(VM, KVM_SET_GSI_ROUTING, pins_and_msi),
	DO(VM, KVM_IRQFD, msi_irqfd),
	DO(VM, KVM_GET_IRQCHIP, primary), DO(VM, KVM_SET_IRQCHIP, primary),
	DO(VM, KVM_GET_IRQCHIP, ioapic), DO(VM, KVM_SET_IRQCHIP, ioapic),
	DO(VM, KVM_GET_PIT2, pit), DO(VM, KVM_SET_PIT2, pit),
	DO_VALUE(VCPU, KVM_KVMCLOCK_CTRL, 0),
};

static const struct step kvmtool_start[] = {
	DO_VALUE(NODE, KVM_GET_API_VERSION, 0),
	OPEN(NODE, KVM_CREATE_VM, VM),
	CHECK(NODE, COALESCED_MMIO), CHECK(NODE, SET_TSS_ADDR),
	CHECK(NODE, PIT2), CHECK(NODE, USER_MEMORY), CHECK(NODE, IRQ_ROUTING),
	CHECK(NODE, IRQCHIP), CHECK(NODE, HLT), CHECK(NODE, IRQ_INJECT_STATUS),
	CHECK(NODE, EXT_CPUID),
	DO_VALUE(VM, KVM_SET_TSS_ADDR, TSS_ADDRESS),
	DO_VALUE(VM, KVM_CREATE_IRQCHIP, 0),
	DO(VM, KVM_CREATE_PIT2, plain_pit),
	DO(VM, KVM_SET_USER_MEMORY_REGION, region),
	DO(VM, KVM_SET_GSI_ROUTING, pins),
	OPEN(VM, KVM_CREATE_VCPU, VCPU),
	DO(VCPU, KVM_GET_LAPIC, lapic), DO(VCPU, KVM_SET_LAPIC, lapic),
	DO(NODE, KVM_GET_SUPPORTED_CPUID, cpuid),
	DO(VCPU, KVM_SET_CPUID2, cpuid),
	DO(VCPU, KVM_GET_SREGS, sregs), DO(VCPU, KVM_SET_SREGS, sregs),
	DO(VCPU, KVM_SET_MSRS, msrs),
	DO(VM, KVM_IRQ_LINE, line_up),
	DO(VM, KVM_IRQ_LINE, line_down),
	DO(VM, KVM_SET_GSI_ROUTING, pins_and_msi),
	DO(VM, KVM_IRQFD, msi_irqfd),
	DO(VM, KVM_SIGNAL_MSI, msi),
	DO(VM, KVM_IRQFD, gone_irqfd),
};

/* What a kernel-irqchip of a PC starts with, as all of them have it. */
static void add_pins(struct routes *r)
{
	unsigned int gsi;

	for (gsi = 0; gsi < NR_PIC_PINS; gsi++)
		routes_add_pin(r, gsi, gsi / 8, gsi % 8);
	for (gsi = 0; gsi < NR_IOAPIC_PINS; gsi++)
		routes_add_pin(r, gsi, KVM_IRQCHIP_IOAPIC, gsi ? gsi : 2);
}

static void fill_routes(struct vmm *v)
{
	add_pins(&v->pins);
	add_pins(&v->pins_and_msi);
	routes_add_msi(&v->pins_and_msi, MSI_GSI, MSI_ADDRESS(0), 0x41);
	routes_add_msi(&v->msis, MSI_GSI, MSI_ADDRESS(0), 0x41);
	routes_add_msi(&v->msis, 0, MSI_ADDRESS(0), 0x30);
}

static void fill_events(struct vmm *v)
{
	v->irqfd = (struct kvm_irqfd) {
		.fd = event_new(0), .gsi = DEVICE_GSI,
	};
	v->level_irqfd = (struct kvm_irqfd) {
		.fd = event_new(0), .gsi = LEVEL_GSI,
		.flags = KVM_IRQFD_FLAG_RESAMPLE, .resamplefd = event_new(0),
	};
	v->msi_irqfd = (struct kvm_irqfd) {
		.fd = event_new(0), .gsi = MSI_GSI,
	};
	v->gone_irqfd = v->msi_irqfd;
	v->gone_irqfd.flags = KVM_IRQFD_FLAG_DEASSIGN;
}

static struct vmm *vmm_new(const char *node)
{
	struct vmm *v = calloc(1, sizeof(*v));

	ASSERT_TRUE(v != NULL);
	v->files[NODE] = open(node, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, v->files[NODE]);
	v->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	v->region.memory_size = RAM_SIZE;
	v->region.userspace_addr = (uintptr_t)v->ram;
	v->speaker_pit.flags = KVM_PIT_SPEAKER_DUMMY;
	v->identity = IDENTITY_ADDRESS;
	v->split.cap = KVM_CAP_SPLIT_IRQCHIP;
	v->split.args[0] = SPLIT_PINS;
	v->long_ids.cap = KVM_CAP_X2APIC_API;
	v->long_ids.args[0] = KVM_X2APIC_API_USE_32BIT_IDS |
			      KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK;
	fill_routes(v);
	fill_events(v);
	v->line_up = (struct kvm_irq_level) { .irq = DEVICE_GSI, .level = 1 };
	v->line_down = (struct kvm_irq_level) { .irq = DEVICE_GSI };
	v->msi = (struct kvm_msi) {
		.address_lo = MSI_ADDRESS(0), .data = 0x41,
	};
	v->cpuid.head.nent = NR_CPUID;
	v->msrs.head.nmsrs = NR_MSRS;
	v->msrs.entries[0].index = MSR_MISC_ENABLE;
	v->msrs.entries[1].index = MSR_TSC;
	v->secondary.chip_id = KVM_IRQCHIP_PIC_SLAVE;
	v->ioapic.chip_id = KVM_IRQCHIP_IOAPIC;
	return v;
}

static int take_step(struct vmm *v, const struct step *step)
{
	int fd = v->files[step->file], result;

	if (step->has_argument)
		return __sys_ioctl(fd, step->cmd, (char *)v + step->argument);
	result = __sys_ioctl_value(fd, step->cmd, step->argument);
	if (!step->opens || result < 0)
		return result;
	v->files[step->opens] = result;
	return 0;
}

FIXTURE(vmm) { struct vmm *kvm, *ours, *next_kvm, *next_ours; };
FIXTURE_SETUP(vmm)
{
	struct vm vm = {};

	self->kvm = vmm_new("/dev/kvm");
	self->ours = vmm_new(variant->node);
	self->next_kvm = vmm_new("/dev/kvm");
	self->next_ours = vmm_new(variant->node);
	vm.fd = __sys_ioctl_value(self->kvm->files[NODE], KVM_CREATE_VM, 0);
	if (__vm_create_irqchip(&vm) == -ENOTTY)
		test_skip("this KVM was built without PIC and IOAPIC");
}

static void play(struct vmm *kvm, struct vmm *ours, const struct step *steps,
		 unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		int want = take_step(kvm, &steps[i]);
		int got = take_step(ours, &steps[i]);

		if (want != got)
			test_note("call %u: %s", i, steps[i].name);
		EXPECT_EQ(want, got);
	}
}

#define PLAY(kvm, ours, steps) \
	play(kvm, ours, steps, sizeof(steps) / sizeof(steps[0]))

/*
 * With an x2APIC the version of a split VM's LAPIC says that it has directed
 * EOIs, on kernels whose KVM cannot be told otherwise.
 */
static void expect_same_lapic(struct vmm *kvm, struct vmm *ours)
{
	const bool can_be_told = node_extension(kvm->files[NODE],
						KVM_CAP_X2APIC_API) >
				 X2APIC_API_BOTH_IDS;
	const char seen = ours->lapic.regs[LAPIC_VERSION_TOP];

	kvm->lapic.regs[LAPIC_VERSION_TOP] |=
		parity(PARITY_DIRECTED_EOI,
		       can_be_told ? 0 : seen & DIRECTED_EOI, 0);
	EXPECT_EQ(0, memcmp(&kvm->lapic, &ours->lapic, sizeof(kvm->lapic)));
}

/* Times of the two VMs differ; all else is the same. */
static void expect_same_state(struct vmm *kvm, struct vmm *ours)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		kvm->pit.channels[i].count_load_time = 0;
		ours->pit.channels[i].count_load_time = 0;
	}
	EXPECT_EQ(0, memcmp(&kvm->pit, &ours->pit, sizeof(kvm->pit)));
	EXPECT_EQ(0, memcmp(&kvm->primary, &ours->primary,
			    sizeof(kvm->primary)));
	EXPECT_EQ(0, memcmp(&kvm->secondary, &ours->secondary,
			    sizeof(kvm->secondary)));
	EXPECT_EQ(0, memcmp(&kvm->ioapic, &ours->ioapic, sizeof(kvm->ioapic)));
	expect_same_lapic(kvm, ours);
	EXPECT_EQ(0, memcmp(&kvm->sregs, &ours->sregs, sizeof(kvm->sregs)));
	EXPECT_EQ(0, memcmp(&kvm->events, &ours->events, sizeof(kvm->events)));
}

/* What is in a snapshot, from its first member on. */
static void load_snapshot(struct vmm *to, const struct vmm *from)
{
	const size_t first = offsetof(struct vmm, cpuid);

	memcpy((char *)to + first, (const char *)from + first,
	       sizeof(*from) - first);
	to->clock.flags = 0;
}

TEST_F_WITH(vmm, firecracker, .only = "stacked")
{
	PLAY(self->kvm, self->ours, firecracker_start);
	PLAY(self->kvm, self->ours, firecracker_msix);
	PLAY(self->kvm, self->ours, firecracker_save);
	expect_same_state(self->kvm, self->ours);
	/* A snapshot is loaded in another process; here, into another VM. */
	PLAY(self->next_kvm, self->next_ours, firecracker_start);
	load_snapshot(self->next_kvm, self->kvm);
	load_snapshot(self->next_ours, self->ours);
	PLAY(self->next_kvm, self->next_ours, firecracker_restore);
	PLAY(self->next_kvm, self->next_ours, firecracker_save);
	expect_same_state(self->next_kvm, self->next_ours);
}

/* Snapshots move between KVM and us, either way. */
TEST_F_WITH(vmm, firecracker_snapshot_moves_between_the_two, .only = "stacked")
{
	PLAY(self->kvm, self->ours, firecracker_start);
	PLAY(self->kvm, self->ours, firecracker_save);
	PLAY(self->next_kvm, self->next_ours, firecracker_start);
	load_snapshot(self->next_kvm, self->ours);
	load_snapshot(self->next_ours, self->kvm);
	PLAY(self->next_kvm, self->next_ours, firecracker_restore);
	PLAY(self->next_kvm, self->next_ours, firecracker_save);
	expect_same_state(self->next_kvm, self->next_ours);
}

TEST_F_WITH(vmm, cloud_hypervisor, .only = "stacked")
{
	PLAY(self->kvm, self->ours, cloud_hypervisor_start);
}

TEST_F_WITH(vmm, crosvm, .only = "stacked")
{
	PLAY(self->kvm, self->ours, crosvm_start);
	expect_same_state(self->kvm, self->ours);
}

TEST_F_WITH(vmm, kvmtool, .only = "stacked")
{
	PLAY(self->kvm, self->ours, kvmtool_start);
	expect_same_state(self->kvm, self->ours);
}
