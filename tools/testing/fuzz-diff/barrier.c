// SPDX-License-Identifier: GPL-2.0
/*
 * barrier.c - wait until KVM's work queue has injected what irqfds have been
 * signalled.
 *
 * KVM queues an irqfd's work on the CPU that signals, where work is done in
 * order, one after the other (it never sleeps). This process stays on one CPU,
 * so an irqfd of a VM of our own, signalled later, is injected later: when
 * that is seen, all before it were.
 */
#define _GNU_SOURCE
#include "barrier.h"
#include "side.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

/* A GSI with two routes: such are never injected at once. */
#define GSI		3
#define SECONDS		20

static int vm;
static int event;

/** barrier_open() - once, before everything else */
void barrier_open(void)
{
	int dev = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	struct kvm_irqfd irqfd = { .gsi = GSI };
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		die("sched_setaffinity");
	vm = side_ioctl(dev, KVM_CREATE_VM, NULL);
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	irqfd.fd = event;
	if (dev < 0 || vm < 0 || event < 0)
		die("/dev/kvm");
	if (side_ioctl(vm, KVM_CREATE_IRQCHIP, NULL) ||
	    side_ioctl(vm, KVM_IRQFD, &irqfd))
		die("KVM_CREATE_IRQCHIP");
}

static uint8_t latched(struct kvm_irqchip *chip)
{
	memset(chip, 0, sizeof(*chip));
	if (side_ioctl(vm, KVM_GET_IRQCHIP, chip))
		die("KVM_GET_IRQCHIP");
	return chip->chip.pic.irr;
}

/** barrier_wait() - until all irqfds signalled so far are injected */
void barrier_wait(void)
{
	struct kvm_irqchip chip;
	time_t until = time(NULL) + SECONDS;

	eventfd_write(event, 1);
	while (!latched(&chip)) {
		sched_yield();
		if (time(NULL) > until)
			die("KVM's work queue stands still");
	}
	chip.chip.pic.irr = 0;
	chip.chip.pic.last_irr = 0;
	side_ioctl(vm, KVM_SET_IRQCHIP, &chip);
}
