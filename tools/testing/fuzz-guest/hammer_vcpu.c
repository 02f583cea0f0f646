// SPDX-License-Identifier: GPL-2.0
/*
 * hammer_vcpu.c - the thread of a vCPU: list after list of random operations,
 * whatever becomes of the guest. See round.h.
 */
#include "chips.h"
#include "hammer.h"
#include "round.h"

#include <errno.h>
#include <string.h>

#define NR_LIST_OPS	300
#define FIRST_OWN_FD	3

static void next_list(struct hammerer *hammerer)
{
	struct guest_op list[NR_LIST_OPS];

	hammer_fill(&hammerer->random, list, NR_LIST_OPS, HAMMER_WILD);
	guest_batch(hammerer->vcpu, list, NR_LIST_OPS);
}

/**
 * hammer_restart() - set a vCPU to where it began
 * @hammerer: whose; its thread, or no thread, runs it
 *
 * Its memory is made anew too: a guest that lost its way may have written
 * there. If KVM refuses all ioctls the VM is dead, and only that is noted.
 */
void hammer_restart(struct hammerer *hammerer)
{
	struct vcpu *vcpu = hammerer->vcpu;
	/* Also an INIT that is on its way: it hides among what is SMM's. */
	struct kvm_vcpu_events events = {
		.flags = KVM_VCPUEVENT_VALID_SMM |
			 KVM_VCPUEVENT_VALID_NMI_PENDING |
			 KVM_VCPUEVENT_VALID_SHADOW,
	};

	if (__sys_ioctl(vcpu->fd, KVM_SET_SREGS, &hammerer->sregs) == -EIO) {
		hammerer->round->dead = true;
		return;
	}
	hammerer->taken += guest_cpu(vcpu)->nr_taken;
	memset(guest_cpu(vcpu), 0, sizeof(struct guest_cpu));
	hammer_load(vcpu->vm);
	__sys_ioctl(vcpu->fd, KVM_SET_LAPIC, &hammerer->lapic);
	__sys_ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events);
	guest_start(vcpu);
	vcpu->taken = 0;
	hammer_actions(&hammerer->random, guest_cpu(vcpu));
	next_list(hammerer);
	hammerer->restarts++;
}

/* A guest that halts with nothing to come is woken now and then. */
static void after_signal(struct hammerer *hammerer)
{
	struct kvm_mp_state running = { .mp_state = KVM_MP_STATE_RUNNABLE };

	if (random_percent(&hammerer->random, 30))
		__sys_ioctl(hammerer->vcpu->fd, KVM_SET_MP_STATE, &running);
}

static void after_exit(struct hammerer *hammerer)
{
	const struct kvm_run *run = hammerer->vcpu->run;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		if (run->io.port == GUEST_PORT_DONE) {
			hammerer->lists++;
			next_list(hammerer);
		}
		if (run->io.port == HAMMER_PORT_LOST)
			hammer_restart(hammerer);
		break;
	case KVM_EXIT_MMIO:
		break;
	default:
		hammer_restart(hammerer);
	}
}

/* An interrupt-heavy guest may need long for a list; it may also be lost. */
#define MAX_RUNS_A_LIST	2000

/** hammer_main() - until the round stops */
void *hammer_main(void *data)
{
	struct hammerer *hammerer = data;
	unsigned int lists = 0, runs = 0;

	cover_open(FIRST_OWN_FD);
	while (!hammerer->round->stop && !hammerer->round->dead) {
		int error = __vcpu_run(hammerer->vcpu);

		cover_collect(&all_cover);
		hammerer->runs++;
		if (error == -EINTR)
			after_signal(hammerer);
		else if (error)
			hammer_restart(hammerer);
		else
			after_exit(hammerer);
		if (lists != hammerer->lists || ++runs > MAX_RUNS_A_LIST) {
			if (runs > MAX_RUNS_A_LIST)
				hammer_restart(hammerer);
			lists = hammerer->lists;
			runs = 0;
		}
	}
	return NULL;
}
