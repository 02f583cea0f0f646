// SPDX-License-Identifier: GPL-2.0
/*
 * What is left to a guest's main program, and how many ticks it gets, while
 * its vCPU has to share a CPU and its PIT's handler takes long: on KVM's chips
 * first, then on these, which must leave it no less.
 *
 * This compares times, so it is no part of the gate: `run-all pit_share_starve`.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "guest.h"
#include "harness.h"
#include "vm.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#define PERIOD_US	4000
#define COUNT		(PIT_HZ / 1000 * (PERIOD_US / 1000))
#define TICK_VECTOR	IOAPIC_VECTOR(0)
#define BEGIN_MS	500
#define SAMPLE_MS	3000
#define OUT_MS		4000
#define VCPU_CPU	1
#define NR_HANDLERS	6

/* How much less than on KVM may be chance, in hundredths. */
#define CHANCE		20

/* Of a period, in hundredths. */
static const unsigned int handlers[NR_HANDLERS] = { 20, 50, 80, 125, 200, 350 };

/**
 * struct share - what a guest had
 * @rounds: of its main program, per ms of its CPU time
 * @ticks: per 1000 periods
 */
struct share {
	unsigned int rounds;
	unsigned int ticks;
};

/**
 * struct lack - how little CPU there is
 * @eaters: so many other threads want it
 * @nice: of the vCPU's thread
 * @out: the guest was out just before
 */
struct lack {
	unsigned int eaters;
	int nice;
	bool out;
};

enum { ALONE, ONE, THREE, NICE, OUT, NR_LACKS };

/* Made before the children, so that those of one node see the other's. */
static struct share (*on_kvm)[NR_HANDLERS];

__attribute__((constructor))
static void make_room(void)
{
	on_kvm = mmap(NULL, NR_LACKS * sizeof(*on_kvm), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static uint64_t thread_us(clockid_t clock)
{
	struct timespec t;

	ASSERT_EQ(0, clock_gettime(clock, &t));
	return t.tv_sec * 1000000ULL + t.tv_nsec / 1000;
}

static unsigned int handler_us;

/* Of CPU time, which is what a handler needs. */
static void handle(struct vcpu *vcpu __attribute__((unused)),
		   unsigned int vector __attribute__((unused)))
{
	uint64_t end = thread_us(CLOCK_THREAD_CPUTIME_ID) + handler_us;

	while (thread_us(CLOCK_THREAD_CPUTIME_ID) < end)
		;
}

static void pin_to_cpu(pthread_t thread)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(VCPU_CPU, &cpus);
	ASSERT_EQ(0, pthread_setaffinity_np(thread, sizeof(cpus), &cpus));
}

static void *eat(void *data __attribute__((unused)))
{
	for (;;)
		__asm__ volatile("" ::: "memory");
	return NULL;
}

static void start_eaters(unsigned int nr)
{
	pthread_t thread;

	while (nr--) {
		ASSERT_EQ(0, pthread_create(&thread, NULL, eat, NULL));
		pin_to_cpu(thread);
	}
}

FIXTURE(pit_share) { struct vm vm; struct vcpu *vcpu; };
FIXTURE_SETUP(pit_share)
{
	vm_open_with_chips(&self->vm);
	vm_create_pit2(&self->vm, KVM_PIT_SPEAKER_DUMMY);
	self->vcpu = vm_add_vcpu(&self->vm, 0);
	pic_init(self->vcpu, 0);
	pic_mask(self->vcpu, UINT16_MAX);
	lapic_enable(self->vcpu);
	guest_on_vectors(self->vcpu, TICK_VECTOR, TICK_VECTOR,
			 GUEST_EXIT | GUEST_EOI_LAPIC);
	self->vcpu->on_irq = handle;
	ioapic_set_rte(self->vcpu, 0, TICK_VECTOR);
	pit_program(self->vcpu, 0, 2, COUNT);
}

static struct share sample(struct vcpu *vcpu)
{
	struct guest_cpu *cpu = guest_cpu(vcpu);
	uint64_t cpu_us, begin_ms;
	uint32_t rounds, ticks;
	struct share share;
	clockid_t clock;

	ASSERT_EQ(0, pthread_getcpuclockid(vcpu->thread, &clock));
	begin_ms = now_ms();
	cpu_us = thread_us(clock);
	rounds = cpu->spins;
	ticks = cpu->nr_taken;
	sleep_ms(SAMPLE_MS);
	share.rounds = (uint64_t)(cpu->spins - rounds) * 1000 /
		       (thread_us(clock) - cpu_us + 1);
	share.ticks = (uint64_t)(cpu->nr_taken - ticks) * PERIOD_US /
		      (now_ms() - begin_ms);
	return share;
}

static struct share share_of(struct vcpu *vcpu, const struct lack *lack)
{
	struct share share;

	if (lack->out)
		sleep_ms(OUT_MS);
	/* Of this thread; the vCPU's inherits it, the eaters are there. */
	ASSERT_EQ(0, setpriority(PRIO_PROCESS, 0, lack->nice));
	guest_run_in_thread(vcpu, GUEST_OP_SPIN_UNTIL, UINT32_MAX);
	pin_to_cpu(vcpu->thread);
	if (!lack->out)
		sleep_ms(BEGIN_MS);
	share = sample(vcpu);
	guest_cpu(vcpu)->stop = 1;
	guest_join(vcpu);
	return share;
}

/* A sample by itself says little where the machine is not idle either. */
static void compare(struct vcpu *vcpu, unsigned int which,
		    const struct lack *lack)
{
	unsigned long long all_here = 0, all_on_kvm = 0;
	struct share *kvm, here;
	unsigned int i;

	start_eaters(lack->eaters);
	for (i = 0; i < NR_HANDLERS; i++) {
		kvm = &on_kvm[which][i];
		handler_us = PERIOD_US * handlers[i] / 100;
		here = share_of(vcpu, lack);
		if (!variant->stacked) {
			*kvm = here;
			continue;
		}
		test_note("handler %u/100: rounds a ms of CPU: %u, on KVM %u; ticks of 1000: %u, on KVM %u",
			  handlers[i], here.rounds, kvm->rounds, here.ticks,
			  kvm->ticks);
		EXPECT_LT(0, here.rounds);
		all_here += here.rounds;
		all_on_kvm += kvm->rounds;
	}
	EXPECT_LE(all_on_kvm * (100 - CHANCE) / 100, all_here);
}

#define SHARE(fact, which, ...)						\
	TEST_F_WITH(pit_share, fact, .timeout = 300)			\
	{								\
		compare(self->vcpu, which,				\
			&(struct lack){ __VA_ARGS__ });			\
	}

SHARE(alone_on_its_cpu, ALONE, .eaters = 0)
SHARE(beside_one_thread, ONE, .eaters = 1)
SHARE(beside_three_threads, THREE, .eaters = 3)
SHARE(nice_beside_one_thread, NICE, .eaters = 1, .nice = 10)
SHARE(after_4_s_out, OUT, .out = true)
