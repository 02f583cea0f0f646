// SPDX-License-Identifier: GPL-2.0
/*
 * round.c - begin, run, reset, check, end. See round.h.
 */
#define _GNU_SOURCE
#include "round.h"
#include "chips.h"
#include "hammer.h"
#include "harness.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIRST_OWN_FD	3
#define KICK_US		3000
#define PIN		20
#define VECTOR		IOAPIC_VECTOR(PIN)
#define PIC_PIN		4

struct cover all_cover;

/* ---- begin ----------------------------------------------------------- */

static void add_hammerer(struct round *round, unsigned int id, uint64_t seed)
{
	struct hammerer *hammerer = &round->hammerers[id];

	hammerer->round = round;
	hammerer->vcpu = vm_add_vcpu(&round->vm, id);
	lapic_enable(hammerer->vcpu);
	random_seed(&hammerer->random, seed);
	ASSERT_EQ(0, __sys_ioctl(hammerer->vcpu->fd, KVM_GET_SREGS,
				 &hammerer->sregs));
	ASSERT_EQ(0, __sys_ioctl(hammerer->vcpu->fd, KVM_GET_LAPIC,
				 &hammerer->lapic));
}

/** round_make() - a VM with everything, of which nothing runs yet */
void round_make(struct round *round, uint64_t seed, unsigned int nr_vcpus)
{
	unsigned int i;

	memset(round, 0, sizeof(*round));
	vm_open_with_chips(&round->vm);
	vm_create_pit2(&round->vm, 0);
	round->nr_vcpus = nr_vcpus;
	for (i = 0; i < nr_vcpus; i++)
		add_hammerer(round, i, seed + i);
	for (i = 0; i < NR_MEDDLERS; i++) {
		round->meddlers[i].round = round;
		random_seed(&round->meddlers[i].random, ~seed - i);
	}
	for (i = 0; i < NR_EVENTS; i++)
		round->events[i] = event_new(0);
	for (i = 0; i < 3; i++)
		vm_get_irqchip(&round->vm, i, &round->chips[i]);
	vm_get_pit2(&round->vm, &round->pit);
}

/* ---- run ------------------------------------------------------------- */

static void *meddler_main(void *data)
{
	struct meddler *meddler = data;

	cover_open(FIRST_OWN_FD);
	while (!meddler->round->stop) {
		meddle_once(meddler);
		cover_collect(&all_cover);
	}
	return NULL;
}

static void kick_all(struct round *round)
{
	unsigned int i;

	for (i = 0; i < round->nr_vcpus; i++)
		pthread_kill(round->hammerers[i].thread, SIGUSR1);
}

/* Also after the round has stopped, until its threads have seen that. */
static void *kicker_main(void *data)
{
	struct round *round = data;
	struct random r;

	random_seed(&r, round->vm.fd);
	while (!round->stop) {
		usleep(random_below(&r, 2 * KICK_US));
		pthread_kill(round->hammerers[random_below(&r, round->nr_vcpus)]
			     .thread, SIGUSR1);
	}
	return NULL;
}

static void start(pthread_t *thread, void *(*main)(void *), void *data)
{
	ASSERT_EQ(0, pthread_create(thread, NULL, main, data));
}

/* The alarm of whoever called is the bound. */
static void join(struct round *round, pthread_t thread)
{
	struct timespec soon;

	do {
		kick_all(round);
		clock_gettime(CLOCK_REALTIME, &soon);
		soon.tv_sec++;
	} while (pthread_timedjoin_np(thread, NULL, &soon));
}

static void stop(struct round *round)
{
	unsigned int i;

	round->stop = true;
	pthread_join(round->kicker, NULL);
	for (i = 0; i < NR_MEDDLERS; i++)
		join(round, round->meddlers[i].thread);
	for (i = 0; i < round->nr_vcpus; i++)
		while (pthread_tryjoin_np(round->hammerers[i].thread, NULL)) {
			pthread_kill(round->hammerers[i].thread, SIGUSR1);
			usleep(1000);
		}
}

static bool everybody_moved(const struct round *round)
{
	unsigned int i;

	for (i = 0; i < round->nr_vcpus; i++)
		if (!round->hammerers[i].lists)
			return false;
	for (i = 0; i < NR_MEDDLERS; i++)
		if (round->meddlers[i].ioctls < 10)
			return false;
	return true;
}

/** round_run() - so long, and until everybody has got somewhere */
void round_run(struct round *round, unsigned int milliseconds)
{
	uint64_t until = now_ms() + milliseconds;
	unsigned int i;

	for (i = 0; i < round->nr_vcpus; i++) {
		hammer_restart(&round->hammerers[i]);
		start(&round->hammerers[i].thread, hammer_main,
		      &round->hammerers[i]);
	}
	for (i = 0; i < NR_MEDDLERS; i++)
		start(&round->meddlers[i].thread, meddler_main,
		      &round->meddlers[i]);
	start(&round->kicker, kicker_main, round);
	while (!round->dead && (now_ms() < until || !everybody_moved(round)))
		sleep_ms(10);
	stop(round);
}

/* ---- reset ----------------------------------------------------------- */

static void unbind_all(struct round *round)
{
	unsigned int event, gsi;

	for (event = 0; event < NR_EVENTS; event++) {
		for (gsi = 18; gsi < 22; gsi++)
			__vm_irqfd(&round->vm, round->events[event], gsi,
				   KVM_IRQFD_FLAG_DEASSIGN, 0);
		event_is_signalled(round->events[event]);
	}
}

/** round_reset() - as a VMM resets its machine; no thread runs */
void round_reset(struct round *round)
{
	struct routes *routes = routes_new();
	unsigned int i;

	for (i = 0; i < round->nr_vcpus; i++)
		__vcpu_finish_access(round->hammerers[i].vcpu);
	routes_add_default(routes);
	vm_set_routes(&round->vm, routes);
	__builtin_free(routes);
	unbind_all(round);
	for (i = 0; i < NR_IOAPIC_PINS; i++)
		vm_irq_line(&round->vm, i, 0);
	vm_set_pit2(&round->vm, &round->pit);
	for (i = 0; i < 3; i++)
		vm_set_irqchip(&round->vm, &round->chips[i]);
	for (i = 0; i < round->nr_vcpus; i++)
		hammer_restart(&round->hammerers[i]);
	/* Restoring it may have left an edge of a tick: the same once more. */
	for (i = 0; i < 3; i++)
		vm_set_irqchip(&round->vm, &round->chips[i]);
}

/* ---- check ----------------------------------------------------------- */

static void begin_to_wait(struct round *round, struct vcpu *vcpu,
			  const char *way)
{
	guest_run_in_thread(vcpu, GUEST_OP_HALT_UNTIL,
			    guest_cpu(vcpu)->nr_taken + 1);
	round->waiting = vcpu;
	round->way = way;
	/* Mostly it is halted by then; it must work either way. */
	sleep_ms(5);
}

static void wait_for_it(struct round *round, struct vcpu *vcpu)
{
	guest_join(vcpu);
	round->waiting = NULL;
}

/*
 * What was on its way when the round stopped may still come, once: a vector
 * that the pair has given and the guest could not take yet is in no state that
 * a VMM can set. KVM holds it back while LINT0 is masked, so it is not. If it is
 * one of an exception the guest comes out with it (hammer.c).
 */
static void take_the_rest(struct hammerer *hammerer)
{
	struct vcpu *vcpu = hammerer->vcpu;
	unsigned int nr;

	lapic_set(vcpu, LAPIC_LVT0, LAPIC_LVT_EXTINT);
	guest_begin(vcpu, GUEST_OP_TAKE, 0, 0);
	ASSERT_EQ(0, __vcpu_run(vcpu));
	ASSERT_EQ(KVM_EXIT_IO, vcpu->run->exit_reason);
	if (vcpu->run->io.port == HAMMER_PORT_LOST) {
		printf("# vCPU %u took an exception's vector of before the reset\n",
		       vcpu->id);
		hammer_restart(hammerer);
		return;
	}
	ASSERT_EQ(GUEST_PORT_DONE, vcpu->run->io.port);
	nr = guest_nr_new(vcpu);
	if (nr)
		printf("# vCPU %u took %#x of before the reset\n", vcpu->id,
		       guest_cpu(vcpu)->log[vcpu->taken % GUEST_LOG_ENTRIES]);
	vcpu->taken += nr;
	EXPECT_TRUE(nr <= 1);
}

static void check_line(struct round *round, struct vcpu *vcpu)
{
	vm_set_rte(&round->vm, PIN, VECTOR | RTE_DEST(vcpu->id));
	begin_to_wait(round, vcpu, "a line");
	vm_irq_line(&round->vm, PIN, 1);
	wait_for_it(round, vcpu);
	vm_irq_line(&round->vm, PIN, 0);
	EXPECT_VECTORS(vcpu, VECTOR);
}

/* Level, with an EOI that has to come back as a signal. */
static void check_resampled_event(struct round *round, struct vcpu *vcpu)
{
	int event = event_new(0), resample = event_new(0);

	vm_set_rte(&round->vm, PIN, VECTOR | RTE_LEVEL | RTE_DEST(vcpu->id));
	vm_irqfd_resample(&round->vm, event, PIN, resample);
	begin_to_wait(round, vcpu, "a resampled event");
	event_signal(event);
	wait_for_it(round, vcpu);
	EXPECT_VECTORS(vcpu, VECTOR);
	EXPECT_TRUE(event_wait(resample, 60000));
	vm_irqfd_deassign(&round->vm, event, PIN);
	close(event);
	close(resample);
}

static void check_pic(struct round *round, struct vcpu *vcpu)
{
	pic_init(vcpu, 0);
	begin_to_wait(round, vcpu, "the PIC");
	vm_irq_line(&round->vm, PIC_PIN, 1);
	wait_for_it(round, vcpu);
	vm_irq_line(&round->vm, PIC_PIN, 0);
	EXPECT_VECTORS(vcpu, PIC_VECTOR(PIC_PIN));
}

static void check_pit(struct round *round, struct vcpu *vcpu)
{
	pic_mask(vcpu, 0xfffe);
	begin_to_wait(round, vcpu, "the PIT");
	/* One shot: it can be counted. The guest halts meanwhile, or has yet to. */
	wait_for_it(round, vcpu);
	EXPECT_VECTORS(vcpu, PIC_VECTOR(0));
}

/** round_check() - a fresh interrupt arrives on every vCPU, by every way */
void round_check(struct round *round)
{
	unsigned int i;

	for (i = 0; i < round->nr_vcpus; i++) {
		struct vcpu *vcpu = round->hammerers[i].vcpu;

		take_the_rest(&round->hammerers[i]);
		guest_on_vectors(vcpu, 0x20, 0xff, GUEST_EOI_LAPIC);
		guest_on_vectors(vcpu, PIC_BASE, PIC_VECTOR(15),
				 GUEST_EOI_PRIMARY | GUEST_EOI_SECONDARY);
		/* Only the one that is looked at may take the pair's. */
		lapic_mask_extint(vcpu);
	}
	for (i = 0; i < round->nr_vcpus; i++) {
		struct vcpu *vcpu = round->hammerers[i].vcpu;

		check_line(round, vcpu);
		check_resampled_event(round, vcpu);
		lapic_set(vcpu, LAPIC_LVT0, LAPIC_LVT_EXTINT);
		check_pic(round, vcpu);
		pit_program(vcpu, 0, 0, PIT_HZ / 20);
		check_pit(round, vcpu);
		lapic_mask_extint(vcpu);
	}
}

/* ---- end ------------------------------------------------------------- */

/** round_end() - close everything */
void round_end(struct round *round)
{
	unsigned int i;

	for (i = 0; i < NR_EVENTS; i++)
		close(round->events[i]);
	for (i = 0; i < round->nr_vcpus; i++) {
		struct vcpu *vcpu = round->hammerers[i].vcpu;

		munmap(vcpu->run, vcpu->run_size);
		close(vcpu->fd);
	}
	close(round->vm.fd);
	close(round->vm.dev);
	munmap(round->vm.ram, VM_RAM_SIZE);
}
