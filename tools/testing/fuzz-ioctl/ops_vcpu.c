// SPDX-License-Identifier: GPL-2.0
/*
 * ops_vcpu.c - operations on vCPUs. Each runs the tiny guest of the selftests
 * on lists of operations from fuzz-guest's hammer.c.
 */
#define _GNU_SOURCE
#include "ops.h"
#include "chips.h"
#include "hammer.h"
#include "world.h"

#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define NR_GUEST_OPS	64
#define RUN_PAGES	2
#define SCRIBBLE_SIZE	64
#define SYNC_REGS	(offsetof(struct kvm_run, kvm_valid_regs) - SCRIBBLE_SIZE)

static struct vcpu_slot *slot_of(struct world *world, const struct call *call)
{
	return &world->vcpus[call->args[0] % NR_VCPUS];
}

static int fd_of(struct world *world, const struct call *call)
{
	return slot_of(world, call)->fd;
}

/* The mapping may be gone at any moment: then this child dies, that is all. */
static struct kvm_run *run_of(struct world *world, const struct call *call)
{
	return slot_of(world, call)->vcpu.run;
}

static void make_guest_ops(struct vcpu *vcpu, uint64_t seed)
{
	struct guest_op list[NR_GUEST_OPS];
	struct random r;

	random_seed(&r, seed);
	hammer_actions(&r, guest_cpu(vcpu));
	hammer_fill(&r, list, NR_GUEST_OPS, HAMMER_WILD);
	guest_batch(vcpu, list, NR_GUEST_OPS);
}

static void map_run(struct vcpu *vcpu)
{
	void *run = mmap(NULL, vcpu->run_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED, vcpu->fd, 0);

	vcpu->run = run == MAP_FAILED ? NULL : run;
}

long run_create_vcpu(struct world *world, const struct call *call)
{
	struct vcpu_slot *slot = &world->vcpus[call->args[1] % NR_VCPUS];
	int fd = issue_value(call, world->vms[call->args[0] % NR_VMS],
			     KVM_CREATE_VCPU, call->args[2]);

	if (fd < 0)
		return fd;
	slot->vcpu.vm = &world->guest;
	slot->vcpu.fd = fd;
	slot->vcpu.id = call->args[1] % NR_VCPUS;
	slot->vcpu.run_size = 3 * 4096;
	map_run(&slot->vcpu);
	guest_start(&slot->vcpu);
	make_guest_ops(&slot->vcpu, call->args[2]);
	slot->fd = fd;
	return 0;
}

long run_guest_program(struct world *world, const struct call *call)
{
	struct vcpu_slot *slot = slot_of(world, call);

	if (slot->fd < 0)
		return -EBADF;
	make_guest_ops(&slot->vcpu, call->args[1]);
	return 0;
}

long run_vcpu_restart(struct world *world, const struct call *call)
{
	struct vcpu_slot *slot = slot_of(world, call);

	if (slot->fd < 0)
		return -EBADF;
	guest_start(&slot->vcpu);
	return 0;
}

/* The runner's signals bring a halted guest back. */
long run_vcpu_run(struct world *world, const struct call *call)
{
	unsigned int i;
	long result = 0;

	for (i = 0; i <= call->args[1] % 31 && result >= 0; i++)
		result = issue_value(call, fd_of(world, call), KVM_RUN, 0);
	return result;
}

/* ---- struct kvm_run -------------------------------------------------- */

/* Not on registers: KVM loads what it finds there. See run_set_sregs(). */
long run_scribble(struct world *world, const struct call *call)
{
	unsigned int at = call->args[1] % (RUN_PAGES * 4096 - SCRIBBLE_SIZE);
	struct kvm_run *run = run_of(world, call);
	struct random r;

	if (!run)
		return -EBADF;
	if (at >= SYNC_REGS && at < 4096)
		at %= SYNC_REGS;
	random_seed(&r, call->args[2]);
	random_scatter(&r, (char *)run + at, SCRIBBLE_SIZE, call->args[3]);
	return 0;
}

/* An exit that never was, for the loop in the kernel to find. */
long run_scribble_exit(struct world *world, const struct call *call)
{
	struct kvm_run *run = run_of(world, call);
	static const uint32_t reasons[] = {
		KVM_EXIT_IO, KVM_EXIT_MMIO, KVM_EXIT_IOAPIC_EOI,
		KVM_EXIT_IRQ_WINDOW_OPEN, KVM_EXIT_INTR, KVM_EXIT_HLT,
	};

	if (!run)
		return -EBADF;
	if (call->args[1] % 2) {
		run->io.direction = call->args[2];
		run->io.size = call->args[2] >> 8;
		run->io.port = call->args[3];
		run->io.count = call->args[4];
		run->io.data_offset = 4096 + (call->args[2] >> 16);
	} else {
		run->mmio.phys_addr = IOAPIC_BASE + call->args[2] % 64;
		run->mmio.len = call->args[3];
		run->mmio.is_write = call->args[4];
	}
	run->request_interrupt_window = call->args[4] & 1;
	run->exit_reason = reasons[call->args[1] % 6];
	return 0;
}

long run_immediate_exit(struct world *world, const struct call *call)
{
	struct kvm_run *run = run_of(world, call);

	if (!run)
		return -EBADF;
	run->immediate_exit = call->args[1];
	return 0;
}

/* ---- state ----------------------------------------------------------- */

static long get(struct world *world, const struct call *call,
		unsigned long number, size_t size)
{
	return issue(call, fd_of(world, call), number,
		     scratch_for(size, call->pointer), size);
}

/* What @get answers, with some bytes from @from on overwritten. */
static long set(struct world *world, const struct call *call,
		unsigned long get_number, unsigned long number, size_t size,
		size_t from)
{
	char *data = scratch_for(size, call->pointer);
	struct random r;

	ioctl(fd_of(world, call), get_number, data);
	random_seed(&r, call->args[1]);
	random_scatter(&r, data + from, size - from, call->args[2]);
	return issue(call, fd_of(world, call), number, data, size);
}

long run_get_lapic(struct world *world, const struct call *call)
{
	return get(world, call, KVM_GET_LAPIC, sizeof(struct kvm_lapic_state));
}

long run_set_lapic(struct world *world, const struct call *call)
{
	return set(world, call, KVM_GET_LAPIC, KVM_SET_LAPIC,
		   sizeof(struct kvm_lapic_state), 0);
}

long run_enable_lapic(struct world *world, const struct call *call)
{
	struct kvm_lapic_state *state =
		scratch_for(sizeof(*state), call->pointer);
	const uint32_t on = LAPIC_SPIV_ENABLED;

	ioctl(fd_of(world, call), KVM_GET_LAPIC, state);
	memcpy(state->regs + (LAPIC_SPIV - LAPIC_BASE), &on, sizeof(on));
	return issue(call, fd_of(world, call), KVM_SET_LAPIC, state,
		     sizeof(*state));
}

/*
 * Only what concerns interrupts. With segments that no CPU could have KVM
 * enters the guest all the same, and an emulated CPU under it may give up.
 */
long run_set_sregs(struct world *world, const struct call *call)
{
	return set(world, call, KVM_GET_SREGS, KVM_SET_SREGS,
		   sizeof(struct kvm_sregs),
		   offsetof(struct kvm_sregs, apic_base));
}

long run_set_events(struct world *world, const struct call *call)
{
	return set(world, call, KVM_GET_VCPU_EVENTS, KVM_SET_VCPU_EVENTS,
		   sizeof(struct kvm_vcpu_events), 0);
}

long run_get_mp_state(struct world *world, const struct call *call)
{
	return get(world, call, KVM_GET_MP_STATE, sizeof(struct kvm_mp_state));
}

long run_set_mp_state(struct world *world, const struct call *call)
{
	struct kvm_mp_state *state = scratch_for(sizeof(*state), call->pointer);

	state->mp_state = call->args[1];
	return issue(call, fd_of(world, call), KVM_SET_MP_STATE, state,
		     sizeof(*state));
}

long run_interrupt(struct world *world, const struct call *call)
{
	struct kvm_interrupt *interrupt =
		scratch_for(sizeof(*interrupt), call->pointer);

	interrupt->irq = call->args[1];
	return issue(call, fd_of(world, call), KVM_INTERRUPT, interrupt,
		     sizeof(*interrupt));
}

long run_vcpu_other(struct world *world, const struct call *call)
{
	static const unsigned long numbers[] = {
		KVM_NMI, KVM_GET_SREGS2, KVM_SET_SREGS2, KVM_GET_REGS,
		KVM_SET_SIGNAL_MASK, KVM_TPR_ACCESS_REPORTING, KVM_SET_MSRS,
		KVM_ENABLE_CAP,
	};
	unsigned char *data = scratch_for(1024, call->pointer);
	struct random r;

	random_seed(&r, call->args[2]);
	random_scatter(&r, data, 64, call->args[3]);
	return issue(call, fd_of(world, call), numbers[call->args[1] % 8],
		     data, 1024);
}

long run_vcpu_unmap(struct world *world, const struct call *call)
{
	struct vcpu *vcpu = &slot_of(world, call)->vcpu;
	void *run = vcpu->run;

	vcpu->run = NULL;
	return run ? munmap(run, vcpu->run_size) : -EBADF;
}

long run_vcpu_close(struct world *world, const struct call *call)
{
	struct vcpu_slot *slot = slot_of(world, call);
	int fd = slot->fd;

	slot->fd = -1;
	return fd < 0 ? -EBADF : close(fd);
}
