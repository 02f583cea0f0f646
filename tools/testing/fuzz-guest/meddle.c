// SPDX-License-Identifier: GPL-2.0
/*
 * meddle.c - what the VMM's threads do meanwhile: lines, eventfds, routes,
 * saving and loading, all at random. See round.h.
 */
#include "chips.h"
#include "round.h"

#include <string.h>
#include <sys/eventfd.h>

#define LAPIC_LVTS	0x2f0

static unsigned int any_gsi(struct random *r)
{
	return random_percent(r, 95) ? random_below(r, 24) :
				       random_below(r, 30);
}

static int drive_line(struct round *round, struct random *r)
{
	int status;

	if (random_percent(r, 30))
		return __vm_irq_line_status(&round->vm, any_gsi(r),
					    random_below(r, 2), &status);
	return __vm_irq_line(&round->vm, any_gsi(r), random_below(r, 2));
}

static int signal_event(struct round *round, struct random *r)
{
	return eventfd_write(RANDOM_OF(r, round->events), 1);
}

static int bind_event(struct round *round, struct random *r)
{
	static const unsigned int flags[] = {
		0, 0, KVM_IRQFD_FLAG_RESAMPLE, KVM_IRQFD_FLAG_DEASSIGN,
		KVM_IRQFD_FLAG_DEASSIGN,
	};

	/* Few GSIs, or an unbinding would rarely match a binding. */
	return __vm_irqfd(&round->vm, RANDOM_OF(r, round->events),
			  18 + random_below(r, 4), RANDOM_OF(r, flags),
			  RANDOM_OF(r, round->events));
}

/* See hammer.c: no SMIs. */
static void without_smis(struct kvm_ioapic_state *ioapic)
{
	unsigned int pin;

	for (pin = 0; pin < NR_IOAPIC_PINS; pin++)
		if (ioapic->redirtbl[pin].fields.delivery_mode == 2)
			ioapic->redirtbl[pin].fields.delivery_mode = 0;
}

static int load_chip(struct round *round, struct random *r)
{
	struct kvm_irqchip chip = { 0 };
	unsigned int which = random_below(r, 3);
	int error = __vm_get_irqchip(&round->vm, which, &chip);

	if (error || random_percent(r, 50))
		return error;
	random_scatter(r, &chip.chip, which == KVM_IRQCHIP_IOAPIC ?
		       sizeof(chip.chip.ioapic) : sizeof(chip.chip.pic),
		       random_below(r, 4));
	if (which == KVM_IRQCHIP_IOAPIC)
		without_smis(&chip.chip.ioapic);
	return __vm_set_irqchip(&round->vm, &chip);
}

static int load_pit(struct round *round, struct random *r)
{
	struct kvm_pit_state2 pit;
	int error = __vm_get_pit2(&round->vm, &pit);

	if (error || random_percent(r, 30))
		return error;
	random_scatter(r, &pit, sizeof(pit), random_below(r, 4));
	/* Short periods on purpose: ticks shall meet all the rest. */
	if (random_percent(r, 50))
		pit.channels[0].count = PIT_HZ / 2000;
	return __vm_set_pit2(&round->vm, &pit);
}

static int change_routes(struct round *round, struct random *r)
{
	struct routes *routes = routes_new();
	unsigned int nr = random_below(r, 6);
	int error;

	if (random_percent(r, 85))
		routes_add_default(routes);
	while (nr--) {
		unsigned int gsi = random_percent(r, 60) ?
				   18 + random_below(r, 12) : any_gsi(r);

		if (random_percent(r, 70))
			routes_add_msi(routes, gsi,
				       MSI_ADDRESS(random_below(r, 4)),
				       0x20 + random_below(r, 0xe0));
		else
			routes_add_pin(routes, gsi, random_below(r, 3),
				       random_below(r, 24));
	}
	error = __vm_set_routes(&round->vm, routes);
	__builtin_free(routes);
	return error;
}

static int load_lapic(struct round *round, struct random *r)
{
	struct vcpu *vcpu =
		round->hammerers[random_below(r, round->nr_vcpus)].vcpu;
	const uint32_t enabled = LAPIC_SPIV_ENABLED;
	struct kvm_lapic_state state;
	int error = __sys_ioctl(vcpu->fd, KVM_GET_LAPIC, &state);

	if (error || random_percent(r, 50))
		return error;
	/* Not the LVTs, which could be told to send an SMI. */
	random_scatter(r, state.regs, LAPIC_LVTS, random_below(r, 3));
	memcpy(state.regs + (LAPIC_SPIV - LAPIC_BASE), &enabled,
	       sizeof(enabled));
	return __sys_ioctl(vcpu->fd, KVM_SET_LAPIC, &state);
}

/** meddle_once() - one ioctl or write */
void meddle_once(struct meddler *meddler)
{
	struct round *round = meddler->round;
	struct random *r = &meddler->random;
	unsigned int dice = random_below(r, 100);
	int error;

	if (dice < 35)
		error = drive_line(round, r);
	else if (dice < 60)
		error = signal_event(round, r);
	else if (dice < 72)
		error = bind_event(round, r);
	else if (dice < 80)
		error = load_chip(round, r);
	else if (dice < 85)
		error = load_pit(round, r);
	else if (dice < 92)
		error = change_routes(round, r);
	else if (dice < 94)
		error = load_lapic(round, r);
	else if (dice < 96)
		error = __vm_reinject(&round->vm, random_below(r, 2));
	else
		error = __vm_signal_msi(&round->vm,
					MSI_ADDRESS(random_below(r, 4)),
					0x20 + random_below(r, 0xe0));
	meddler->ioctls++;
	meddler->worked += error >= 0;
}
