// SPDX-License-Identifier: GPL-2.0
/*
 * side.c - makes and ends one machine, and does to it what a VMM does. See
 * side.h.
 */
#define _GNU_SOURCE
#include "side.h"
#include "allowed.h"
#include "barrier.h"
#include "chips.h"
#include "guest.h"
#include "payload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where KVM on Intel keeps its task-state segment; AMD does not care. */
#define TSS_ADDRESS	0xfffbd000UL
/* A vCPU in SMM sees an address space of its own. */
#define SLOT_OF_SMM	(1u << 16)
#define LAPIC_LDR_BITS(vcpu)	(1u << (24 + (vcpu)))
#define HASH_FACTOR	1099511628211ULL

/** die() - the tool itself cannot go on: no result */
void die(const char *what)
{
	fprintf(stderr, "fuzz-diff: %s: %s\n", what, strerror(errno));
	exit(3);
}

/** side_ioctl() - its result, or -errno */
int side_ioctl(int fd, unsigned long number, void *argument)
{
	int result = ioctl(fd, number, argument);

	return result < 0 ? -errno : result;
}

/* ---- life -------------------------------------------------------------- */

static void add_chips(struct side *side)
{
	struct kvm_pit_config config = { .flags = KVM_PIT_SPEAKER_DUMMY };
	struct kvm_pit_state2 pit;

	if (side_ioctl(side->vm, KVM_CREATE_IRQCHIP, NULL) ||
	    side_ioctl(side->vm, KVM_CREATE_PIT2, &config) ||
	    side_ioctl(side->vm, KVM_GET_PIT2, &pit))
		die("creating chips");
	pit.flags |= KVM_PIT_FLAGS_HPET_LEGACY;
	if (side_ioctl(side->vm, KVM_SET_PIT2, &pit))
		die("KVM_SET_PIT2");
}

static void add_ram(struct side *side)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = GUEST_RAM_SIZE,
	};

	side->ram = mmap(NULL, GUEST_RAM_SIZE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (side->ram == MAP_FAILED)
		die("mmap");
	region.userspace_addr = (uintptr_t)side->ram;
	if (side_ioctl(side->vm, KVM_SET_USER_MEMORY_REGION, &region))
		die("KVM_SET_USER_MEMORY_REGION");
	region.slot = SLOT_OF_SMM;
	if (side_ioctl(side->vm, KVM_SET_USER_MEMORY_REGION, &region) ||
	    side_ioctl(side->vm, KVM_SET_TSS_ADDR, (void *)TSS_ADDRESS))
		die("KVM_SET_USER_MEMORY_REGION");
	guest_load(side);
}

/* Enabled, with a logical ID of its own in flat mode. */
static void set_lapic(struct side *side, unsigned int vcpu)
{
	const uint32_t enabled = LAPIC_SPIV_ENABLED;
	const uint32_t logical = LAPIC_LDR_BITS(vcpu);
	struct kvm_lapic_state lapic;

	if (side_ioctl(side->vcpus[vcpu], KVM_GET_LAPIC, &lapic))
		die("KVM_GET_LAPIC");
	memcpy(lapic.regs + LAPIC_SPIV - LAPIC_BASE, &enabled, sizeof(enabled));
	memcpy(lapic.regs + LAPIC_LDR - LAPIC_BASE, &logical, sizeof(logical));
	if (side_ioctl(side->vcpus[vcpu], KVM_SET_LAPIC, &lapic))
		die("KVM_SET_LAPIC");
}

static void add_vcpu(struct side *side, unsigned int vcpu)
{
	int fd = side_ioctl(side->vm, KVM_CREATE_VCPU, (void *)(long)vcpu);

	if (fd < 0)
		die("KVM_CREATE_VCPU");
	side->vcpus[vcpu] = fd;
	side->runs[vcpu] = mmap(NULL, side->run_size, PROT_READ | PROT_WRITE,
				MAP_SHARED, fd, 0);
	if (side->runs[vcpu] == MAP_FAILED)
		die("mmap of a vCPU");
	guest_start(side, vcpu);
	set_lapic(side, vcpu);
}

static int new_event(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		die("eventfd");
	return fd;
}

/** side_open() - a fresh machine on a node */
void side_open(struct side *side, const char *node)
{
	unsigned int i;

	memset(side, 0, sizeof(*side));
	side->name = node;
	side->work_queue = !strcmp(node, "/dev/kvm");
	side->dev = open(node, O_RDWR | O_CLOEXEC);
	if (side->dev < 0)
		die(node);
	side->vm = side_ioctl(side->dev, KVM_CREATE_VM, NULL);
	side->run_size = side_ioctl(side->dev, KVM_GET_VCPU_MMAP_SIZE, NULL);
	if (side->vm < 0)
		die("KVM_CREATE_VM");
	add_chips(side);
	add_ram(side);
	for (i = 0; i < NR_VCPUS; i++)
		add_vcpu(side, i);
	for (i = 0; i < NR_EVENTS; i++)
		side->events[i] = new_event();
	for (i = 0; i < NR_RESAMPLES; i++)
		side->resamples[i] = new_event();
}

/** side_close() - and its end */
void side_close(struct side *side)
{
	unsigned int i;

	for (i = 0; i < NR_EVENTS; i++)
		close(side->events[i]);
	for (i = 0; i < NR_RESAMPLES; i++)
		close(side->resamples[i]);
	for (i = 0; i < NR_VCPUS; i++) {
		munmap(side->runs[i], side->run_size);
		close(side->vcpus[i]);
	}
	close(side->vm);
	close(side->dev);
	munmap(side->ram, GUEST_RAM_SIZE);
}

/* ---- operations -------------------------------------------------------- */

static int do_line(struct side *side, const struct op *op)
{
	struct kvm_irq_level line = { .irq = op->addr, .level = op->value };

	return side_ioctl(side->vm, KVM_IRQ_LINE, &line);
}

static int do_line_status(struct side *side, const struct op *op,
			  struct outcome *outcome)
{
	struct kvm_irq_level line = { .irq = op->addr, .level = op->value };
	int result = side_ioctl(side->vm, KVM_IRQ_LINE_STATUS, &line);

	outcome->value = (uint32_t)line.status;
	return result;
}

static int do_msi(struct side *side, const struct op *op)
{
	struct kvm_msi msi = {
		.address_lo = op->addr,
		.address_hi = op->seed >> 32,
		.data = op->value,
		.flags = (uint32_t)op->seed,
	};

	return side_ioctl(side->vm, KVM_SIGNAL_MSI, &msi);
}

/*
 * An irqfd's signal has arrived when nothing is on its way any more: on neither
 * side is it sure that the signaller sends the message itself. See barrier.c; the module
 * sends what is due before it shows the IOAPIC.
 */
static void come_to_rest(struct side *side, const struct op *op)
{
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_IOAPIC };

	if (!side->work_queue)
		side_ioctl(side->vm, KVM_GET_IRQCHIP, &chip);
	else if (op->kind == OP_SIGNAL || op->kind == OP_ASSIGN)
		barrier_wait();
}

static int do_signal(struct side *side, const struct op *op)
{
	return eventfd_write(side->events[op->addr], 1);
}

static void note_irqfd(struct side *side, const struct op *op, bool deassign)
{
	if (!deassign)
		side->gsis[op->addr] = op->value;
	else if (side->gsis[op->addr] != op->value)
		return;
	side->assigned[op->addr] = !deassign;
}

/* Of the seed: which resamplefd; more to spoil one argument. */
static int do_assign(struct side *side, const struct op *op)
{
	struct kvm_irqfd irqfd = {
		.fd = side->events[op->addr],
		.gsi = op->value,
		.flags = op->seed >> 16 & 0xff,
		.resamplefd = side->resamples[op->seed % NR_RESAMPLES],
	};

	int result;

	switch (op->seed >> 8 & 0xff) {
	case 0:
		irqfd.fd = -1;
		break;
	case 1:
		irqfd.fd = side->vm;
		break;
	case 2:
		irqfd.resamplefd = -1;
		break;
	case 3:
		irqfd.resamplefd = side->vm;
		break;
	}
	if (side->assigned[op->addr])
		irqfd.flags &= ~KVM_IRQFD_FLAG_RESAMPLE;	/* allowed.c, 22 */
	result = side_ioctl(side->vm, KVM_IRQFD, &irqfd);
	if (!result && irqfd.fd == (uint32_t)side->events[op->addr])
		note_irqfd(side, op, irqfd.flags & KVM_IRQFD_FLAG_DEASSIGN);
	return result;
}

static int do_deassign(struct side *side, const struct op *op)
{
	struct kvm_irqfd irqfd = {
		.fd = side->events[op->addr],
		.gsi = op->value,
		.flags = KVM_IRQFD_FLAG_DEASSIGN,
	};

	note_irqfd(side, op, true);
	return side_ioctl(side->vm, KVM_IRQFD, &irqfd);
}

static int do_routes(struct side *side, const struct op *op)
{
	struct payload_routes routes;

	payload_routes(op, &routes);
	return side_ioctl(side->vm, KVM_SET_GSI_ROUTING, &routes);
}

static int do_set_chip(struct side *side, const struct op *op)
{
	struct kvm_irqchip chip;

	payload_chip(op, &chip);
	return side_ioctl(side->vm, KVM_SET_IRQCHIP, &chip);
}

static uint64_t hash(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t value = size;

	while (size--)
		value = (value ^ *bytes++) * HASH_FACTOR;
	return value;
}

/* What it made of it must be the same, cut to size; see allowed.c. */
static int do_set_absurd(struct side *side, const struct op *op,
			 struct outcome *outcome)
{
	struct kvm_irqchip chip;
	int result = do_set_chip(side, op);

	memset(&chip, 0, sizeof(chip));
	chip.chip_id = op->addr;
	if (side_ioctl(side->vm, KVM_GET_IRQCHIP, &chip))
		return result;
	allowed_sane(&chip);
	outcome->value = hash(&chip.chip, sizeof(chip.chip));
	side_ioctl(side->vm, KVM_SET_IRQCHIP, &chip);
	return result;
}

static int do_set_pit(struct side *side, const struct op *op, bool absurd)
{
	struct kvm_pit_state2 pit;

	payload_pit(op, absurd, &pit);
	return side_ioctl(side->vm, KVM_SET_PIT2, &pit);
}

static int do_reinject(struct side *side, const struct op *op)
{
	struct kvm_reinject_control control = { .pit_reinject = op->value };

	return side_ioctl(side->vm, KVM_REINJECT_CONTROL, &control);
}

static int do_it(struct side *side, const struct op *op, struct outcome *outcome)
{
	switch (op->kind) {
	case OP_LINE:
		return do_line(side, op);
	case OP_LINE_STATUS:
		return do_line_status(side, op, outcome);
	case OP_MSI:
		return do_msi(side, op);
	case OP_SIGNAL:
		return do_signal(side, op);
	case OP_ASSIGN:
		return do_assign(side, op);
	case OP_DEASSIGN:
		return do_deassign(side, op);
	case OP_ROUTES:
		return do_routes(side, op);
	case OP_SET_CHIP:
		return do_set_chip(side, op);
	case OP_SET_ABSURD:
		return do_set_absurd(side, op, outcome);
	case OP_SET_PIT:
		return do_set_pit(side, op, false);
	case OP_SET_ABSURD_PIT:
		outcome->value = do_set_pit(side, op, true);
		return do_set_pit(side, op, false);
	case OP_REINJECT:
		return do_reinject(side, op);
	}
	abort();
}

/* Those after which something may be on its way. */
static bool is_asynchronous(const struct op *op)
{
	return op->kind == OP_SIGNAL || op->kind == OP_ASSIGN ||
	       op->kind == OP_SET_CHIP || op->kind == OP_SET_ABSURD;
}

/** side_do() - an operation of the VMM's */
void side_do(struct side *side, const struct op *op, struct outcome *outcome)
{
	memset(outcome, 0, sizeof(*outcome));
	outcome->result = do_it(side, op, outcome);
	if (is_asynchronous(op))
		come_to_rest(side, op);
}
