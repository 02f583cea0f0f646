// SPDX-License-Identifier: GPL-2.0
/*
 * vm.c - a virtual machine made through the node under test. See vm.h.
 *
 * Every __x() returns what the system call returned, or -errno.
 */
#define _GNU_SOURCE
#include "vm.h"
#include "guest.h"
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Where KVM on Intel keeps its task-state segment; AMD does not care. */
#define TSS_ADDRESS	0xfffbd000UL

/** __sys_ioctl() - an ioctl with a pointer, or -errno */
int __sys_ioctl(int fd, unsigned long number, void *argument)
{
	int result = ioctl(fd, number, argument);

	return result < 0 ? -errno : result;
}

/** __sys_ioctl_value() - an ioctl with a plain argument, or -errno */
int __sys_ioctl_value(int fd, unsigned long number, unsigned long value)
{
	int result = ioctl(fd, number, value);

	return result < 0 ? -errno : result;
}

/** __node_open() - open the node of the running variant, or -errno */
int __node_open(void)
{
	int fd = open(variant->node, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/** node_open() - open the node of the running variant */
int node_open(void)
{
	int fd = __node_open();

	if (fd < 0)
		test_fail("%s: %s", variant->node, strerror(-fd));
	return fd;
}

/** node_extension() - KVM_CHECK_EXTENSION on the node, or -errno */
int node_extension(int dev, long cap)
{
	return __sys_ioctl_value(dev, KVM_CHECK_EXTENSION, cap);
}

/** vm_open() - a VM with nothing in it */
void vm_open(struct vm *vm)
{
	memset(vm, 0, sizeof(*vm));
	vm->dev = node_open();
	vm->fd = __sys_ioctl_value(vm->dev, KVM_CREATE_VM, 0);
	ASSERT_LE(0, vm->fd);
}

/** vm_open_with_chips() - a VM with irqchip, guest memory and no vCPU */
void vm_open_with_chips(struct vm *vm)
{
	vm_open(vm);
	vm_create_irqchip(vm);
	vm_add_ram(vm);
}

/** vm_add_ram() - give the VM memory, with the tiny guest in it */
void vm_add_ram(struct vm *vm)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = VM_RAM_SIZE,
	};

	vm->ram = mmap(NULL, VM_RAM_SIZE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE(vm->ram != MAP_FAILED);
	region.userspace_addr = (uintptr_t)vm->ram;
	ASSERT_EQ(0, __sys_ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region));
	ASSERT_EQ(0, __sys_ioctl_value(vm->fd, KVM_SET_TSS_ADDR, TSS_ADDRESS));
	guest_load(vm);
}

int __vm_create_irqchip(struct vm *vm)
{
	return __sys_ioctl_value(vm->fd, KVM_CREATE_IRQCHIP, 0);
}

/** vm_create_irqchip() - PIC pair and IOAPIC; skips where KVM has none */
void vm_create_irqchip(struct vm *vm)
{
	int error = __vm_create_irqchip(vm);

	if (error == -ENOTTY && !variant->stacked)
		test_skip("this KVM was built without PIC and IOAPIC");
	ASSERT_EQ(0, error);
}

int __vm_enable_cap(struct vm *vm, unsigned int cap, uint64_t argument)
{
	struct kvm_enable_cap enable = { .cap = cap, .args[0] = argument };

	return __sys_ioctl(vm->fd, KVM_ENABLE_CAP, &enable);
}

int __vm_split_irqchip(struct vm *vm, unsigned int reserved_pins)
{
	return __vm_enable_cap(vm, KVM_CAP_SPLIT_IRQCHIP, reserved_pins);
}

int __vm_create_pit(struct vm *vm)
{
	return __sys_ioctl_value(vm->fd, KVM_CREATE_PIT, 0);
}

int __vm_create_pit2(struct vm *vm, unsigned int flags)
{
	struct kvm_pit_config config = { .flags = flags };

	return __sys_ioctl(vm->fd, KVM_CREATE_PIT2, &config);
}

void vm_create_pit2(struct vm *vm, unsigned int flags)
{
	ASSERT_EQ(0, __vm_create_pit2(vm, flags));
}

int __vm_create_vcpu(struct vm *vm, unsigned int id)
{
	return __sys_ioctl_value(vm->fd, KVM_CREATE_VCPU, id);
}

/** vm_add_vcpu() - a vCPU that runs the tiny guest (if the VM has memory) */
struct vcpu *vm_add_vcpu(struct vm *vm, unsigned int id)
{
	struct vcpu *vcpu = &vm->vcpus[id];

	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->fd = __vm_create_vcpu(vm, id);
	ASSERT_LE(0, vcpu->fd);
	vcpu->run_size = __sys_ioctl_value(vm->dev, KVM_GET_VCPU_MMAP_SIZE, 0);
	vcpu->run = mmap(NULL, vcpu->run_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED, vcpu->fd, 0);
	ASSERT_TRUE(vcpu->run != MAP_FAILED);
	if (vm->ram)
		guest_start(vcpu);
	return vcpu;
}

int __vm_irq_line(struct vm *vm, unsigned int gsi, unsigned int level)
{
	struct kvm_irq_level line = { .irq = gsi, .level = level };

	return __sys_ioctl(vm->fd, KVM_IRQ_LINE, &line);
}

void vm_irq_line(struct vm *vm, unsigned int gsi, unsigned int level)
{
	ASSERT_EQ(0, __vm_irq_line(vm, gsi, level));
}

void vm_irq_pulse(struct vm *vm, unsigned int gsi)
{
	vm_irq_line(vm, gsi, 1);
	vm_irq_line(vm, gsi, 0);
}

int __vm_irq_line_status(struct vm *vm, unsigned int gsi, unsigned int level,
			 int *status)
{
	struct kvm_irq_level line = { .irq = gsi, .level = level };
	int error = __sys_ioctl(vm->fd, KVM_IRQ_LINE_STATUS, &line);

	*status = line.status;
	return error;
}

/** vm_irq_line_status() - drive a line; the tri-state that came back */
int vm_irq_line_status(struct vm *vm, unsigned int gsi, unsigned int level)
{
	int status = 0;

	ASSERT_EQ(0, __vm_irq_line_status(vm, gsi, level, &status));
	return status;
}

/** __vm_signal_msi() - one message: LAPICs that took it, or -errno */
int __vm_signal_msi(struct vm *vm, uint32_t address, uint32_t data)
{
	struct kvm_msi msi = { .address_lo = address, .data = data };

	return __sys_ioctl(vm->fd, KVM_SIGNAL_MSI, &msi);
}

int __vm_get_irqchip(struct vm *vm, unsigned int chip,
		     struct kvm_irqchip *state)
{
	state->chip_id = chip;
	return __sys_ioctl(vm->fd, KVM_GET_IRQCHIP, state);
}

int __vm_set_irqchip(struct vm *vm, const struct kvm_irqchip *state)
{
	return __sys_ioctl(vm->fd, KVM_SET_IRQCHIP, (void *)state);
}

void vm_get_irqchip(struct vm *vm, unsigned int chip,
		    struct kvm_irqchip *state)
{
	memset(state, 0, sizeof(*state));
	ASSERT_EQ(0, __vm_get_irqchip(vm, chip, state));
}

void vm_set_irqchip(struct vm *vm, const struct kvm_irqchip *state)
{
	ASSERT_EQ(0, __vm_set_irqchip(vm, state));
}

/** vm_pic() - saved state of one 8259A */
struct kvm_pic_state vm_pic(struct vm *vm, unsigned int chip)
{
	struct kvm_irqchip state;

	vm_get_irqchip(vm, chip, &state);
	return state.chip.pic;
}

/** vm_ioapic() - saved state of the IOAPIC */
struct kvm_ioapic_state vm_ioapic(struct vm *vm)
{
	struct kvm_irqchip state;

	vm_get_irqchip(vm, KVM_IRQCHIP_IOAPIC, &state);
	return state.chip.ioapic;
}

int __vm_get_pit2(struct vm *vm, struct kvm_pit_state2 *state)
{
	return __sys_ioctl(vm->fd, KVM_GET_PIT2, state);
}

int __vm_set_pit2(struct vm *vm, const struct kvm_pit_state2 *state)
{
	return __sys_ioctl(vm->fd, KVM_SET_PIT2, (void *)state);
}

void vm_get_pit2(struct vm *vm, struct kvm_pit_state2 *state)
{
	ASSERT_EQ(0, __vm_get_pit2(vm, state));
}

void vm_set_pit2(struct vm *vm, const struct kvm_pit_state2 *state)
{
	ASSERT_EQ(0, __vm_set_pit2(vm, state));
}

int __vm_reinject(struct vm *vm, bool reinject)
{
	struct kvm_reinject_control control = { .pit_reinject = reinject };

	return __sys_ioctl(vm->fd, KVM_REINJECT_CONTROL, &control);
}

/** routes_new() - an empty table */
struct routes *routes_new(void)
{
	struct routes *r = calloc(1, sizeof(*r));

	ASSERT_TRUE(r != NULL);
	return r;
}

static struct kvm_irq_routing_entry *routes_next(struct routes *r)
{
	return &r->entries[r->head.nr++];
}

/** routes_add_pin() - @gsi also drives input @pin of @chip */
void routes_add_pin(struct routes *r, unsigned int gsi, unsigned int chip,
		    unsigned int pin)
{
	*routes_next(r) = (struct kvm_irq_routing_entry) {
		.gsi = gsi,
		.type = KVM_IRQ_ROUTING_IRQCHIP,
		.u.irqchip = { .irqchip = chip, .pin = pin },
	};
}

/** routes_add_msi() - @gsi sends a message */
void routes_add_msi(struct routes *r, unsigned int gsi, uint32_t address,
		    uint32_t data)
{
	*routes_next(r) = (struct kvm_irq_routing_entry) {
		.gsi = gsi,
		.type = KVM_IRQ_ROUTING_MSI,
		.u.msi = { .address_lo = address, .data = data },
	};
}

/** routes_add_default() - the table that KVM_CREATE_IRQCHIP makes */
void routes_add_default(struct routes *r)
{
	unsigned int gsi;

	for (gsi = 0; gsi < KVM_IOAPIC_NUM_PINS; gsi++) {
		routes_add_pin(r, gsi, KVM_IRQCHIP_IOAPIC, gsi);
		if (gsi < 8)
			routes_add_pin(r, gsi, KVM_IRQCHIP_PIC_MASTER, gsi);
		else if (gsi < 16)
			routes_add_pin(r, gsi, KVM_IRQCHIP_PIC_SLAVE, gsi - 8);
	}
}

int __vm_set_routes(struct vm *vm, const struct routes *r)
{
	return __sys_ioctl(vm->fd, KVM_SET_GSI_ROUTING, (void *)r);
}

void vm_set_routes(struct vm *vm, const struct routes *r)
{
	ASSERT_EQ(0, __vm_set_routes(vm, r));
}

/** event_new() - an eventfd that holds @count */
int event_new(unsigned int count)
{
	int fd = eventfd(count, EFD_CLOEXEC | EFD_NONBLOCK);

	ASSERT_LE(0, fd);
	return fd;
}

void event_signal(int fd)
{
	ASSERT_EQ(0, eventfd_write(fd, 1));
}

/** event_is_signalled() - and take what it holds */
bool event_is_signalled(int fd)
{
	eventfd_t count;

	return !eventfd_read(fd, &count);
}

/** event_wait() - until it is signalled, and take what it holds */
bool event_wait(int fd, unsigned int milliseconds)
{
	struct pollfd item = { .fd = fd, .events = POLLIN };

	poll(&item, 1, milliseconds);
	return event_is_signalled(fd);
}

/** event_comes() - is it signalled, however long that takes? */
bool event_comes(int fd)
{
	return event_wait(fd, CLEARLY_NEVER_MS);
}

int __vm_irqfd(struct vm *vm, int fd, unsigned int gsi, unsigned int flags,
	       int resamplefd)
{
	struct kvm_irqfd irqfd = {
		.fd = fd,
		.gsi = gsi,
		.flags = flags,
		.resamplefd = resamplefd,
	};

	return __sys_ioctl(vm->fd, KVM_IRQFD, &irqfd);
}

void vm_irqfd(struct vm *vm, int fd, unsigned int gsi)
{
	ASSERT_EQ(0, __vm_irqfd(vm, fd, gsi, 0, 0));
}

void vm_irqfd_resample(struct vm *vm, int fd, unsigned int gsi, int resamplefd)
{
	ASSERT_EQ(0, __vm_irqfd(vm, fd, gsi, KVM_IRQFD_FLAG_RESAMPLE,
				resamplefd));
}

void vm_irqfd_deassign(struct vm *vm, int fd, unsigned int gsi)
{
	ASSERT_EQ(0, __vm_irqfd(vm, fd, gsi, KVM_IRQFD_FLAG_DEASSIGN, 0));
}

/** __vcpu_run() - KVM_RUN once, or -errno */
int __vcpu_run(struct vcpu *vcpu)
{
	return __sys_ioctl_value(vcpu->fd, KVM_RUN, 0);
}

/**
 * __vcpu_finish_access() - whatever access came out to user space is done
 *
 * It is half done until KVM_RUN is called once more, and would go on in the
 * midst of what is loaded next; a string of them comes out again and again.
 *
 * Return: what ended the last call, -EINTR if all is well.
 */
int __vcpu_finish_access(struct vcpu *vcpu)
{
	int error;

	vcpu->run->immediate_exit = 1;
	do {
		error = __vcpu_run(vcpu);
	} while (!error);
	vcpu->run->immediate_exit = 0;
	return error;
}

void vcpu_finish_access(struct vcpu *vcpu)
{
	ASSERT_EQ(-EINTR, __vcpu_finish_access(vcpu));
}

/** bytes_before_hole() - @size zero bytes with nothing mapped behind them */
void *bytes_before_hole(size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_TRUE(pages != MAP_FAILED);
	ASSERT_EQ(0, munmap(pages + page, page));
	return pages + page - size;
}

void sleep_ms(unsigned int milliseconds)
{
	struct timespec time = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000L,
	};

	nanosleep(&time, NULL);
}

/** now_ms() - milliseconds of a clock that only goes forward */
uint64_t now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000ULL + time.tv_nsec / 1000000;
}
