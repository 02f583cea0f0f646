// SPDX-License-Identifier: GPL-2.0
/*
 * tiny-vmm.c - the smallest VMM that uses every part of the interrupt complex:
 * an example of how one uses /dev/virqchip, and that it is how one uses
 * /dev/kvm. The node's name is the only difference.
 *
 *	tiny-vmm [NODE]
 *
 * In order: the node and what it can do; a VM and its memory; the chips and the
 * PIT, before the first vCPU; the GSI routing table; two devices that interrupt
 * by eventfds; a vCPU, and the loop around KVM_RUN. What the guest does is in
 * guest.S; it ends by itself.
 */
#define _GNU_SOURCE
#include "guest.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define NODE		"/dev/virqchip"
#define API_VERSION	12
#define RAM_SIZE	(64u << 10)
#define NR_PIC_PINS	8
#define MSI_ADDRESS	0xfee00000	/* to the LAPIC with id 0 */
#define TSS_ADDRESS	0xfffbd000UL	/* KVM on Intel wants three pages */
#define CR0_PE		1
#define FLAGS_FIXED	2
#define SECONDS		30

extern const uint8_t tiny_guest[], tiny_guest_end[], tiny_guest_gdt[];

/**
 * struct vmm - one VM with one vCPU
 * @node: the device node
 * @vm: the VM's file
 * @vcpu: the vCPU's file
 * @run: the page that KVM_RUN and its caller talk over
 * @ram: guest-physical memory from 0
 * @level: written to assert the level device's line
 * @resample: readable when the guest has acknowledged it
 * @msi: written to send the message device's message
 */
struct vmm {
	int node;
	int vm;
	int vcpu;
	struct kvm_run *run;
	uint8_t *ram;
	int level;
	int resample;
	int msi;
};

static int call(int fd, unsigned long cmd, void *argument, const char *name)
{
	int result = ioctl(fd, cmd, argument);

	if (result < 0)
		err(1, "%s", name);
	return result;
}

#define CALL(fd, cmd, argument) call(fd, cmd, argument, #cmd)
#define CALL_VALUE(fd, cmd, value) \
	call(fd, cmd, (void *)(uintptr_t)(value), #cmd)

/* A VMM asks for what it needs, not for a version of the kernel. */
static void open_node(struct vmm *vmm, const char *path)
{
	static const int needed[] = {
		KVM_CAP_IRQCHIP, KVM_CAP_PIT2, KVM_CAP_IRQ_ROUTING,
		KVM_CAP_IRQFD, KVM_CAP_IRQFD_RESAMPLE,
	};
	unsigned int i;

	vmm->node = open(path, O_RDWR | O_CLOEXEC);
	if (vmm->node < 0)
		err(1, "%s", path);
	if (CALL_VALUE(vmm->node, KVM_GET_API_VERSION, 0) != API_VERSION)
		errx(1, "%s: another version of the ABI", path);
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!CALL_VALUE(vmm->node, KVM_CHECK_EXTENSION, needed[i]))
			errx(1, "%s: no capability %d", path, needed[i]);
}

static void make_vm(struct vmm *vmm)
{
	struct kvm_userspace_memory_region region = { .memory_size = RAM_SIZE };

	vmm->vm = CALL_VALUE(vmm->node, KVM_CREATE_VM, 0);
	vmm->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vmm->ram == MAP_FAILED)
		err(1, "guest memory");
	memcpy(vmm->ram + GUEST_CODE, tiny_guest, tiny_guest_end - tiny_guest);
	region.userspace_addr = (uintptr_t)vmm->ram;
	CALL(vmm->vm, KVM_SET_USER_MEMORY_REGION, &region);
	CALL_VALUE(vmm->vm, KVM_SET_TSS_ADDR, TSS_ADDRESS);
}

/* Before the first vCPU, whose LAPIC depends on it. */
static void make_chips(struct vmm *vmm)
{
	struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };

	CALL_VALUE(vmm->vm, KVM_CREATE_IRQCHIP, 0);
	CALL(vmm->vm, KVM_CREATE_PIT2, &pit);
}

static void add_pin(struct kvm_irq_routing *table, unsigned int gsi,
		    unsigned int chip, unsigned int pin)
{
	table->entries[table->nr++] = (struct kvm_irq_routing_entry) {
		.gsi = gsi, .type = KVM_IRQ_ROUTING_IRQCHIP,
		.u.irqchip = { .irqchip = chip, .pin = pin },
	};
}

/*
 * A PC's wires: GSI n is pin n of both chips, only the timer is on pin 2 of the
 * IOAPIC. A message gets a GSI that no chip has.
 */
static void set_routes(struct vmm *vmm)
{
	struct kvm_irq_routing *table =
		calloc(1, sizeof(*table) + (NR_PIC_PINS + KVM_IOAPIC_NUM_PINS +
					    1) * sizeof(table->entries[0]));
	unsigned int gsi;

	if (!table)
		err(1, "routing table");
	for (gsi = 0; gsi < NR_PIC_PINS; gsi++)
		add_pin(table, gsi, KVM_IRQCHIP_PIC_MASTER, gsi);
	add_pin(table, GSI_TIMER, KVM_IRQCHIP_IOAPIC, PIN_TIMER);
	for (gsi = PIN_TIMER + 1; gsi < KVM_IOAPIC_NUM_PINS; gsi++)
		add_pin(table, gsi, KVM_IRQCHIP_IOAPIC, gsi);
	table->entries[table->nr++] = (struct kvm_irq_routing_entry) {
		.gsi = GSI_MSI, .type = KVM_IRQ_ROUTING_MSI,
		.u.msi = { .address_lo = MSI_ADDRESS, .data = VECTOR_MSI },
	};
	CALL(vmm->vm, KVM_SET_GSI_ROUTING, table);
	free(table);
}

static int new_event(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		err(1, "eventfd");
	return fd;
}

/* Whoever has the eventfd can interrupt: another thread, process, or VFIO. */
static void add_devices(struct vmm *vmm)
{
	struct kvm_irqfd level = {
		.gsi = GSI_LEVEL, .flags = KVM_IRQFD_FLAG_RESAMPLE,
	};
	struct kvm_irqfd msi = { .gsi = GSI_MSI };

	level.fd = vmm->level = new_event();
	level.resamplefd = vmm->resample = new_event();
	msi.fd = vmm->msi = new_event();
	CALL(vmm->vm, KVM_IRQFD, &level);
	CALL(vmm->vm, KVM_IRQFD, &msi);
}

static struct kvm_segment flat(unsigned int type, unsigned int selector)
{
	return (struct kvm_segment) {
		.limit = UINT32_MAX, .selector = selector, .type = type,
		.present = 1, .db = 1, .s = 1, .g = 1,
	};
}

static void make_vcpu(struct vmm *vmm)
{
	const uint32_t gdt = GUEST_CODE + (tiny_guest_gdt - tiny_guest);
	struct kvm_regs regs = {
		.rip = GUEST_CODE, .rsp = GUEST_STACK, .rflags = FLAGS_FIXED,
	};
	struct kvm_sregs sregs;
	int size = CALL_VALUE(vmm->node, KVM_GET_VCPU_MMAP_SIZE, 0);

	vmm->vcpu = CALL_VALUE(vmm->vm, KVM_CREATE_VCPU, 0);
	vmm->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			vmm->vcpu, 0);
	if (vmm->run == MAP_FAILED)
		err(1, "vCPU");
	CALL(vmm->vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs = flat(11, GUEST_CS);
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss =
		flat(3, GUEST_DS);
	sregs.gdt = (struct kvm_dtable) { .base = gdt, .limit = 23 };
	sregs.idt = (struct kvm_dtable) { .base = GUEST_IDT, .limit = 2047 };
	sregs.cr0 |= CR0_PE;
	CALL(vmm->vcpu, KVM_SET_SREGS, &sregs);
	CALL(vmm->vcpu, KVM_SET_REGS, &regs);
}

static void interrupt(const struct vmm *vmm, unsigned int device)
{
	int fd = device == DEVICE_MSI ? vmm->msi : vmm->level;

	printf("vmm: device %u interrupts\n", device);
	if (eventfd_write(fd, 1))
		err(1, "eventfd");
}

/* The guest's status, or -1 while it goes on. */
static int handle_port(const struct vmm *vmm)
{
	const struct kvm_run *run = vmm->run;
	const uint8_t *data = (const uint8_t *)run + run->io.data_offset;

	if (run->io.direction != KVM_EXIT_IO_OUT)
		errx(1, "the guest reads port %#x", run->io.port);
	switch (run->io.port) {
	case PORT_SERIAL:
		putchar(*data);
		return -1;
	case PORT_DEVICE:
		interrupt(vmm, *data);
		return -1;
	case PORT_EXIT:
		return *data;
	default:
		errx(1, "the guest writes port %#x", run->io.port);
	}
}

/*
 * None of the interrupts, EOIs or accesses to the chips comes to this loop:
 * with the chips in the kernel, a VMM sees its own devices only.
 */
static int run_guest(const struct vmm *vmm)
{
	int status = -1;

	while (status < 0) {
		if (ioctl(vmm->vcpu, KVM_RUN, 0) < 0) {
			if (errno != EINTR)
				err(1, "KVM_RUN");
			continue;
		}
		if (vmm->run->exit_reason != KVM_EXIT_IO)
			errx(1, "exit %u", vmm->run->exit_reason);
		status = handle_port(vmm);
	}
	return status;
}

int main(int argc, char **argv)
{
	const char *node = argc > 1 ? argv[1] : NODE;
	struct pollfd resample = { .events = POLLIN };
	struct vmm vmm = {};
	int status;

	alarm(SECONDS);
	open_node(&vmm, node);
	make_vm(&vmm);
	make_chips(&vmm);
	set_routes(&vmm);
	add_devices(&vmm);
	make_vcpu(&vmm);
	status = run_guest(&vmm);

	resample.fd = vmm.resample;
	if (poll(&resample, 1, 0) != 1)
		errx(1, "the level interrupt was not acknowledged");
	printf("vmm: the level interrupt was acknowledged\n");
	printf("vmm: the guest ended with %d\n", status);
	return status;
}
