// SPDX-License-Identifier: GPL-2.0
/*
 * ops_vm.c - operations on the node and on VMs.
 *
 * Contents of big structs come from a seed and a number of bytes: what the
 * kernel itself answers to the matching GET, with so many bytes overwritten. So
 * states near those that chips can be in are as likely as noise.
 */
#define _GNU_SOURCE
#include "ops.h"
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/virqchip.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MAX_ENTRIES	4097

static int node(struct world *world, uint64_t slot)
{
	return world->nodes[slot % NR_NODES];
}

static int vm(struct world *world, const struct call *call)
{
	return world->vms[call->args[0] % NR_VMS];
}

/* A slot's old file stays open: closing is an operation of its own. */
static long put(volatile int *slot, int fd)
{
	if (fd < 0)
		return -errno;
	*slot = fd;
	return 0;
}

static long close_slot(volatile int *slot)
{
	int fd = *slot;

	*slot = -1;
	return fd < 0 ? -EBADF : close(fd);
}

/* ---- the node -------------------------------------------------------- */

long run_node_open(struct world *world, const struct call *call)
{
	return put(&world->nodes[call->args[0] % NR_NODES],
		   open(world->path, O_RDWR | O_CLOEXEC));
}

long run_node_close(struct world *world, const struct call *call)
{
	return close_slot(&world->nodes[call->args[0] % NR_NODES]);
}

long run_node_check(struct world *world, const struct call *call)
{
	return issue_value(call, node(world, call->args[0]),
			   KVM_CHECK_EXTENSION, call->args[1]);
}

long run_node_other(struct world *world, const struct call *call)
{
	static const unsigned long numbers[] = {
		KVM_GET_API_VERSION, KVM_GET_VCPU_MMAP_SIZE,
		KVM_GET_MSR_INDEX_LIST, KVM_GET_SUPPORTED_CPUID,
		KVM_CREATE_IRQCHIP, FIONBIO, VIRQCHIP_SET_IOAPIC_VERSION,
		KVM_X86_GET_MCE_CAP_SUPPORTED,
	};

	return issue(call, node(world, call->args[0]),
		     numbers[call->args[1] % 8], scratch_for(4096, 0), 4096);
}

long run_create_vm(struct world *world, const struct call *call)
{
	int fd = ioctl(node(world, call->args[0]), KVM_CREATE_VM,
		       call->args[2]);

	return put(&world->vms[call->args[1] % NR_VMS], fd);
}

/* ---- making chips ---------------------------------------------------- */

long run_create_irqchip(struct world *world, const struct call *call)
{
	return issue_value(call, vm(world, call), KVM_CREATE_IRQCHIP, 0);
}

static long enable_cap(struct world *world, const struct call *call,
		       uint32_t cap, uint64_t value)
{
	struct kvm_enable_cap *enable =
		scratch_for(sizeof(*enable), call->pointer);

	enable->cap = cap;
	enable->args[0] = value;
	return issue(call, vm(world, call), KVM_ENABLE_CAP, enable,
		     sizeof(*enable));
}

long run_split_irqchip(struct world *world, const struct call *call)
{
	return enable_cap(world, call, KVM_CAP_SPLIT_IRQCHIP, call->args[1]);
}

long run_enable_cap(struct world *world, const struct call *call)
{
	return enable_cap(world, call, call->args[1], call->args[2]);
}

long run_set_version(struct world *world, const struct call *call)
{
	return issue_value(call, vm(world, call), VIRQCHIP_SET_IOAPIC_VERSION,
			   call->args[1]);
}

long run_create_pit(struct world *world, const struct call *call)
{
	return issue_value(call, vm(world, call), KVM_CREATE_PIT, 0);
}

long run_create_pit2(struct world *world, const struct call *call)
{
	struct kvm_pit_config *config =
		scratch_for(sizeof(*config), call->pointer);

	config->flags = call->args[1];
	return issue(call, vm(world, call), KVM_CREATE_PIT2, config,
		     sizeof(*config));
}

long run_reinject(struct world *world, const struct call *call)
{
	struct kvm_reinject_control *control =
		scratch_for(sizeof(*control), call->pointer);

	control->pit_reinject = call->args[1];
	return issue(call, vm(world, call), KVM_REINJECT_CONTROL, control,
		     sizeof(*control));
}

long run_add_memory(struct world *world, const struct call *call)
{
	struct kvm_userspace_memory_region *region =
		scratch_for(sizeof(*region), call->pointer);

	region->memory_size = VM_RAM_SIZE;
	region->userspace_addr = (uintptr_t)world->guest.ram;
	return issue(call, vm(world, call), KVM_SET_USER_MEMORY_REGION, region,
		     sizeof(*region));
}

/* ---- lines and messages ---------------------------------------------- */

static long drive_line(struct world *world, const struct call *call,
		       unsigned long number)
{
	struct kvm_irq_level *line = scratch_for(sizeof(*line), call->pointer);

	line->irq = call->args[1];
	line->level = call->args[2];
	return issue(call, vm(world, call), number, line, sizeof(*line));
}

long run_irq_line(struct world *world, const struct call *call)
{
	return drive_line(world, call, KVM_IRQ_LINE);
}

long run_irq_line_status(struct world *world, const struct call *call)
{
	return drive_line(world, call, KVM_IRQ_LINE_STATUS);
}

long run_signal_msi(struct world *world, const struct call *call)
{
	struct kvm_msi *msi = scratch_for(sizeof(*msi), call->pointer);

	msi->address_lo = call->args[1];
	msi->data = call->args[2];
	msi->flags = call->args[3];
	return issue(call, vm(world, call), KVM_SIGNAL_MSI, msi, sizeof(*msi));
}

/* ---- the chips' state ------------------------------------------------ */

static void scatter(uint64_t seed, void *data, size_t size, unsigned int nr)
{
	struct random r;

	random_seed(&r, seed);
	random_scatter(&r, data, size, nr);
}

long run_get_irqchip(struct world *world, const struct call *call)
{
	struct kvm_irqchip *chip = scratch_for(sizeof(*chip), call->pointer);

	chip->chip_id = call->args[1];
	return issue(call, vm(world, call), KVM_GET_IRQCHIP, chip,
		     sizeof(*chip));
}

long run_set_irqchip(struct world *world, const struct call *call)
{
	static const unsigned int sizes[] = {
		sizeof(struct kvm_pic_state), sizeof(struct kvm_pic_state),
		sizeof(struct kvm_ioapic_state), sizeof(struct kvm_pit_state),
	};
	struct kvm_irqchip *chip = scratch_for(sizeof(*chip), call->pointer);

	chip->chip_id = call->args[1];
	ioctl(vm(world, call), KVM_GET_IRQCHIP, chip);
	scatter(call->args[2], &chip->chip, sizes[call->args[1] % 4],
		call->args[3]);
	return issue(call, vm(world, call), KVM_SET_IRQCHIP, chip,
		     sizeof(*chip));
}

long run_get_pit(struct world *world, const struct call *call)
{
	struct kvm_pit_state *pit = scratch_for(sizeof(*pit), call->pointer);

	return issue(call, vm(world, call), KVM_GET_PIT, pit, sizeof(*pit));
}

long run_set_pit(struct world *world, const struct call *call)
{
	struct kvm_pit_state *pit = scratch_for(sizeof(*pit), call->pointer);

	ioctl(vm(world, call), KVM_GET_PIT, pit);
	scatter(call->args[1], pit, sizeof(*pit), call->args[2]);
	return issue(call, vm(world, call), KVM_SET_PIT, pit, sizeof(*pit));
}

long run_get_pit2(struct world *world, const struct call *call)
{
	struct kvm_pit_state2 *pit = scratch_for(sizeof(*pit), call->pointer);

	return issue(call, vm(world, call), KVM_GET_PIT2, pit, sizeof(*pit));
}

long run_set_pit2(struct world *world, const struct call *call)
{
	struct kvm_pit_state2 *pit = scratch_for(sizeof(*pit), call->pointer);

	ioctl(vm(world, call), KVM_GET_PIT2, pit);
	scatter(call->args[1], pit, sizeof(*pit), call->args[2]);
	return issue(call, vm(world, call), KVM_SET_PIT2, pit, sizeof(*pit));
}

/* ---- routes and irqfds ----------------------------------------------- */

static struct routes *routes_for(const struct call *call, unsigned int nr)
{
	size_t size = offsetof(struct routes, entries) +
		      nr * sizeof(struct kvm_irq_routing_entry);

	/* routes_add_pin() counts them. */
	return scratch_for(size, call->pointer);
}

static long set_routes(struct world *world, const struct call *call,
		       struct routes *routes)
{
	size_t size = offsetof(struct routes, entries) +
		      routes->head.nr * sizeof(routes->entries[0]);

	return issue(call, vm(world, call), KVM_SET_GSI_ROUTING, routes, size);
}

long run_set_default_routes(struct world *world, const struct call *call)
{
	struct routes *routes = routes_for(call, 2 * KVM_IOAPIC_NUM_PINS);

	routes_add_default(routes);
	return set_routes(world, call, routes);
}

static void fill_entry(struct kvm_irq_routing_entry *entry, uint32_t gsi,
		       uint32_t type, uint32_t to)
{
	entry->gsi = gsi;
	entry->type = type;
	if (type == KVM_IRQ_ROUTING_IRQCHIP) {
		entry->u.irqchip.irqchip = to % 4;
		entry->u.irqchip.pin = to / 4 % 26;
	} else if (type == KVM_IRQ_ROUTING_MSI) {
		entry->u.msi.address_lo = 0xfee00000 | (to & 0xff00c);
		entry->u.msi.data = to;
	} else {
		entry->u.hv_sint.vcpu = to & 3;
		entry->u.hv_sint.sint = to >> 2 & 31;
		entry->u.xen_evtchn.priority = to >> 8 & 1 ? UINT32_MAX : to;
	}
}

/* The default table, with this GSI's routes replaced by one. */
long run_set_one_route(struct world *world, const struct call *call)
{
	struct routes *routes = routes_for(call, 2 * KVM_IOAPIC_NUM_PINS + 1);
	unsigned int i, nr;

	routes_add_default(routes);
	for (i = nr = 0; i < routes->head.nr; i++)
		if (routes->entries[i].gsi != (uint32_t)call->args[1])
			routes->entries[nr++] = routes->entries[i];
	fill_entry(&routes->entries[nr++], call->args[1], call->args[2],
		   call->args[3]);
	routes->head.nr = nr;
	return set_routes(world, call, routes);
}

/* A big table tries the limits; a small one often leads somewhere. */
long run_set_routes(struct world *world, const struct call *call)
{
	unsigned int i, nr = call->args[2] > MAX_ENTRIES ? 0 : call->args[2];
	struct routes *routes = routes_for(call, nr);
	struct random r;

	random_seed(&r, call->args[1]);
	routes->head.nr = call->args[2];
	routes->head.flags = call->args[3];
	for (i = 0; i < nr; i++)
		fill_entry(&routes->entries[i],
			   nr > 100 ? i : random_below(&r, 28),
			   1 + random_below(&r, random_percent(&r, 90) ? 2 : 5),
			   random_u32(&r));
	return set_routes(world, call, routes);
}

long run_irqfd(struct world *world, const struct call *call)
{
	struct kvm_irqfd *irqfd = scratch_for(sizeof(*irqfd), call->pointer);

	irqfd->fd = world->events[call->args[1] % NR_EVENTS];
	irqfd->gsi = call->args[2];
	irqfd->flags = call->args[3];
	irqfd->resamplefd = world->events[call->args[4] % NR_EVENTS];
	return issue(call, vm(world, call), KVM_IRQFD, irqfd, sizeof(*irqfd));
}

/* ---- the rest -------------------------------------------------------- */

long run_vm_check(struct world *world, const struct call *call)
{
	return issue_value(call, vm(world, call), KVM_CHECK_EXTENSION,
			   call->args[1]);
}

/* Ioctls that are KVM's but have to do with interrupts. */
long run_vm_other(struct world *world, const struct call *call)
{
	static const unsigned long numbers[] = {
		KVM_IOEVENTFD, KVM_SET_BOOT_CPU_ID, KVM_GET_CLOCK,
		KVM_SET_CLOCK, KVM_XEN_HVM_CONFIG, KVM_XEN_HVM_SET_ATTR,
		KVM_HYPERV_EVENTFD, KVM_SET_TSS_ADDR,
		KVM_SET_IDENTITY_MAP_ADDR, KVM_REGISTER_COALESCED_MMIO,
		KVM_UNREGISTER_COALESCED_MMIO, KVM_CREATE_DEVICE,
	};
	unsigned long number = numbers[call->args[1] %
				       (sizeof(numbers) / sizeof(numbers[0]))];
	unsigned char *data = scratch_for(256, call->pointer);

	scatter(call->args[2], data, 64, call->args[3]);
	return issue(call, vm(world, call), number, data, _IOC_SIZE(number));
}

/* Near misses of our own numbers: another direction or another size. */
long run_vm_unknown(struct world *world, const struct call *call)
{
	uint32_t number = call->args[1];

	return issue(call, vm(world, call),
		     _IOC(number >> 30, KVMIO, 0x60 + (number & 0x1f),
			  number >> 8 & 0x3ff),
		     scratch_for(1024, call->pointer), 1024);
}

long run_vm_close(struct world *world, const struct call *call)
{
	return close_slot(&world->vms[call->args[0] % NR_VMS]);
}
