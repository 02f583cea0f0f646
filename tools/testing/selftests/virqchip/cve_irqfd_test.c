// SPDX-License-Identifier: GPL-2.0
/*
 * cve_irqfd_test.c - holes that irqfds, their kin outside KVM, and routing
 * tables have had, tried on these. Each test bears the number of the hole; see
 * Documentation/security.rst. Others are in irqfd_test.c: cve_2017_1000252,
 * cve_2022_49154 and cve_2020_27152.
 *
 * Races are tried on the module alone: KVM's may be of a kernel that has the
 * hole.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "guest.h"
#include "harness.h"
#include "stress.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define GSI			20	/* on the IOAPIC alone */
#define OTHER_GSI		21
#define MSI_GSI			40
#define MSI_VECTOR		0x61
#define MAX_ROUTES		4096
#define VECTOR			IOAPIC_VECTOR(GSI)
#define NR_REASSERTED		50
#define NR_TYPE_CHANGES		10
#define NR_RACES		150
#define NR_ASSIGNS		1500
#define NR_SWAPS		300
#define RACE_PAUSE_US		400
#define SHORT_WHILE		50	/* milliseconds */

FIXTURE(holes) { struct vm vm; struct vcpu *vcpu; int event; int resample; };
FIXTURE_SETUP(holes)
{
	vm_open_with_chips(&self->vm);
	self->vcpu = vm_add_vcpu(&self->vm, 0);
	lapic_enable(self->vcpu);
	guest_on_vectors(self->vcpu, IOAPIC_VECTOR(0), UINT8_MAX,
			 GUEST_EOI_LAPIC);
	self->event = event_new(0);
	self->resample = event_new(0);
}

static bool is_requested(struct vcpu *vcpu, unsigned int vector)
{
	return EVENTUALLY(lapic_requests(vcpu, vector));
}

/* ---- tables ---------------------------------------------------------- */

static void fill_one_gsi(struct routes *r, unsigned int kinds)
{
	r->head.nr = 0;
	for (; kinds; kinds >>= 2) {
		switch (kinds & 3) {
		case 1:
			routes_add_pin(r, GSI, KVM_IRQCHIP_IOAPIC, GSI);
			break;
		case 2:
			routes_add_pin(r, GSI, KVM_IRQCHIP_PIC_MASTER, 5);
			break;
		case 3:
			routes_add_msi(r, GSI, MSI_ADDRESS(0), MSI_VECTOR);
			break;
		}
	}
}

/* What KVM takes: each chip once, or one message. */
static bool fits(const struct routes *r)
{
	unsigned int i, j;

	for (i = 0; i < r->head.nr; i++)
		for (j = 0; j < i; j++)
			if (r->entries[i].type == KVM_IRQ_ROUTING_MSI ||
			    r->entries[j].type == KVM_IRQ_ROUTING_MSI ||
			    r->entries[i].u.irqchip.irqchip ==
			    r->entries[j].u.irqchip.irqchip)
				return false;
	return true;
}

/* More routes on one GSI than the array on the stack had room for. */
TEST_F(holes, cve_2012_2137_every_mix_on_one_gsi)
{
	struct routes *r = routes_new();
	unsigned int kinds, i;

	vm_irqfd(&self->vm, self->event, GSI);
	for (kinds = 0; kinds < 256; kinds++) {
		fill_one_gsi(r, kinds);
		EXPECT_EQ(fits(r) ? 0 : -EINVAL,
			  __vm_set_routes(&self->vm, r));
		vm_irq_line(&self->vm, GSI, 1);
		event_signal(self->event);
		vm_irq_line(&self->vm, GSI, 0);
	}
	r->head.nr = 0;
	for (i = 0; i < MAX_ROUTES; i++)
		routes_add_msi(r, GSI, MSI_ADDRESS(0), MSI_VECTOR);
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, r));
	vm_irq_line(&self->vm, GSI, 1);
}

/* The GSI was taken as an index before there was a table. */
TEST_F(holes, cve_2017_1000252_irqfd_before_any_route)
{
	static const unsigned int gsis[] = {
		0, 23, 24, 4095, 4096, INT32_MAX, UINT32_MAX,
	};
	struct routes *r = routes_new();
	unsigned int i;

	vm_set_routes(&self->vm, r);
	for (i = 0; i < sizeof(gsis) / sizeof(gsis[0]); i++) {
		int event = event_new(1);

		vm_irqfd(&self->vm, event, gsis[i]);
		event_signal(event);
	}
	routes_add_msi(r, 4095, MSI_ADDRESS(0), MSI_VECTOR);
	vm_irqfd(&self->vm, self->event, 4095);
	/* The work that KVM has queued for the signals above may see these. */
	vm_set_routes(&self->vm, r);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, MSI_VECTOR));
}

/* A message to one vCPU, a pin to another, and whatever came before is over. */
TEST_F(holes, cve_2025_37885_route_changes_its_type)
{
	struct vcpu *other = vm_add_vcpu(&self->vm, 1);
	struct routes *here = routes_new(), *pin = routes_new();
	struct routes *there = routes_new();
	unsigned int i;

	lapic_enable(other);
	vm_set_rte(&self->vm, GSI, VECTOR);
	routes_add_msi(here, GSI, MSI_ADDRESS(0), MSI_VECTOR);
	routes_add_pin(pin, GSI, KVM_IRQCHIP_IOAPIC, GSI);
	routes_add_msi(there, GSI, MSI_ADDRESS(1), MSI_VECTOR);
	vm_irqfd(&self->vm, self->event, GSI);
	for (i = 0; i < NR_TYPE_CHANGES; i++) {
		vm_set_routes(&self->vm, here);
		event_signal(self->event);
		EXPECT_TRUE(is_requested(self->vcpu, MSI_VECTOR));
		EXPECT_FALSE(lapic_requests(other, MSI_VECTOR));
		lapic_clear(self->vcpu);
		vm_set_routes(&self->vm, pin);
		event_signal(self->event);
		EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
		EXPECT_FALSE(lapic_requests(self->vcpu, MSI_VECTOR));
		lapic_clear(self->vcpu);
		vm_set_routes(&self->vm, there);
		event_signal(self->event);
		EXPECT_TRUE(is_requested(other, MSI_VECTOR));
		EXPECT_FALSE(lapic_requests(self->vcpu, VECTOR));
		EXPECT_FALSE(lapic_requests(self->vcpu, MSI_VECTOR));
		lapic_clear(other);
	}
	/* The vCPU that the message names goes; nobody gets it. */
	close(other->fd);
	munmap(other->run, other->run_size);
	vm_irqfd_deassign(&self->vm, self->event, GSI);
	event_signal(self->event);
	EXPECT_TRUE(event_is_signalled(self->event));
}

/* ---- acknowledgements ------------------------------------------------ */

/*
 * The acknowledgement itself asserts the line again, whose EOI ... Each handler
 * returns with interrupts off, or a guest would do nothing else.
 */
static void reassert_in_ack(struct vm *vm, struct vcpu *vcpu, int event,
			    uint64_t rte)
{
	guest_on_vectors(vcpu, VECTOR, VECTOR, GUEST_EOI_LAPIC | GUEST_ONCE);
	vm_set_rte(vm, GSI, rte);
	vm_irqfd_resample(vm, event, GSI, event);
	guest_run_in_thread(vcpu, GUEST_OP_HALT_UNTIL,
			    guest_cpu(vcpu)->nr_taken + NR_REASSERTED);
	event_signal(event);
	guest_join(vcpu);
	EXPECT_LE(NR_REASSERTED, guest_nr_new(vcpu));
	vcpu->taken += guest_nr_new(vcpu);
	vm_irqfd_deassign(vm, event, GSI);
	vm_set_rte(vm, GSI, RTE_MASKED);
	lapic_clear(vcpu);
}

TEST_F(holes, cve_2020_27152_resamplefd_asserts_the_pin_again)
{
	reassert_in_ack(&self->vm, self->vcpu, self->event, VECTOR | RTE_LEVEL);
	reassert_in_ack(&self->vm, self->vcpu, self->event, VECTOR);
	vm_set_rte(&self->vm, GSI, VECTOR);
	vm_irq_line(&self->vm, GSI, 1);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
}

static void signal_event(void *data)
{
	event_signal(*(int *)data);
}

/*
 * CVE-2024-26810, 26812, 27437 (VFIO's INTx): the eventfd that an interrupt was
 * about to signal went away or was another one.
 */
TEST_F_WITH(holes, cve_2024_26812_resamplefd_is_swapped_under_a_firing_line,
	    .only = "stacked")
{
	unsigned int i, rounds = stress_rounds(NR_SWAPS), seen = 0;
	struct gang gang = { .stop = false };

	vm_set_rte(&self->vm, GSI, VECTOR | RTE_LEVEL);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	guest_run_in_thread(self->vcpu, GUEST_OP_SPIN_UNTIL, UINT32_MAX / 2);
	gang_add(&gang, signal_event, &self->event);
	for (i = 0; i < rounds || !seen; i++) {
		int old = self->resample;

		self->resample = event_new(0);
		if (i % 2)
			close(old);
		vm_irqfd_deassign(&self->vm, self->event, GSI);
		vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
		seen += event_wait(self->resample, 2);
		if (i % 2 == 0)
			close(old);
	}
	gang_disband(&gang);
	event_signal(self->event);
	EXPECT_TRUE(event_comes(self->resample));
	guest_cpu(self->vcpu)->stop = 1;
	guest_join(self->vcpu);
}

/* ---- lives ----------------------------------------------------------- */

struct assigner { struct vm *vm; int event; unsigned int gsi; };

static void assign(void *data)
{
	struct assigner *a = data;
	int error = __vm_irqfd(a->vm, a->event, a->gsi, 0, 0);

	EXPECT_TRUE(error == 0 || error == -EBUSY);
}

static void deassign(void *data)
{
	struct assigner *a = data;

	vm_irqfd_deassign(a->vm, a->event, a->gsi);
}

/* Xen's privcmd: a deassign freed what an assign was still setting up. */
TEST_F_WITH(holes, cve_2024_46762_assign_against_deassign, .only = "stacked")
{
	struct assigner a = { &self->vm, self->event, GSI };
	unsigned int i, rounds = stress_rounds(NR_ASSIGNS);
	struct gang gang = { .stop = false };

	vm_set_rte(&self->vm, GSI, VECTOR);
	gang_add(&gang, assign, &a);
	gang_add(&gang, deassign, &a);
	gang_add(&gang, signal_event, &self->event);
	for (i = 0; i < rounds; i++)
		deassign(&a);
	gang_disband(&gang);
	deassign(&a);
	lapic_clear(self->vcpu);
	event_is_signalled(self->event);
	event_signal(self->event);
	EXPECT_TRUE(event_is_signalled(self->event));
	assign(&a);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
}

struct changer { struct vm *vm; struct routes *tables[2]; unsigned int turn; };

static void change_routes(void *data)
{
	struct changer *c = data;

	vm_set_routes(c->vm, c->tables[c->turn++ % 2]);
}

/* A deassign forgot whose the irqfd was while its route changed. */
TEST_F_WITH(holes, cve_2026_23198_deassign_against_a_change_of_routes,
	    .only = "stacked")
{
	struct changer c = { &self->vm, { routes_new(), routes_new() }, 0 };
	struct assigner a = { &self->vm, self->event, GSI };
	unsigned int i, rounds = stress_rounds(NR_ASSIGNS / 5);
	struct gang gang = { .stop = false };

	routes_add_pin(c.tables[0], GSI, KVM_IRQCHIP_IOAPIC, GSI);
	routes_add_msi(c.tables[1], GSI, MSI_ADDRESS(0), MSI_VECTOR);
	vm_set_rte(&self->vm, GSI, VECTOR);
	gang_add(&gang, change_routes, &c);
	gang_add(&gang, signal_event, &self->event);
	for (i = 0; i < rounds; i++) {
		assign(&a);
		deassign(&a);
	}
	gang_disband(&gang);
	/* Neither KVM nor the module still has it. */
	vm_set_routes(&self->vm, c.tables[1]);
	event_is_signalled(self->event);
	lapic_clear(self->vcpu);
	event_signal(self->event);
	EXPECT_TRUE(event_is_signalled(self->event));
	vm_set_routes(&self->vm, c.tables[0]);
	event_signal(self->event);
	sleep_ms(SHORT_WHILE);
	EXPECT_FALSE(lapic_requests(self->vcpu, MSI_VECTOR));
	EXPECT_FALSE(lapic_requests(self->vcpu, VECTOR));
}

/* One round: each of these once, at about the same time. */
struct ending {
	struct vm vm;
	int event;
	int kept;
	pthread_barrier_t barrier;
};

static void *end_eventfd(void *data)
{
	struct ending *end = data;

	pthread_barrier_wait(&end->barrier);
	stress_pause(RACE_PAUSE_US);
	close(end->event);
	return NULL;
}

static void *end_binding(void *data)
{
	struct ending *end = data;
	int error;

	pthread_barrier_wait(&end->barrier);
	stress_pause(RACE_PAUSE_US);
	error = __vm_irqfd(&end->vm, end->event, GSI, KVM_IRQFD_FLAG_DEASSIGN,
			   0);
	EXPECT_TRUE(error == 0 || error == -EBADF);
	return NULL;
}

static void *end_vm(void *data)
{
	struct ending *end = data;

	pthread_barrier_wait(&end->barrier);
	stress_pause(RACE_PAUSE_US);
	close(end->vm.fd);
	return NULL;
}

/* ACRN: the eventfd's last close and a deassign both took it apart. */
static void end_all_at_once(struct ending *end, bool keep, bool resample)
{
	static void *(*const enders[])(void *) = {
		end_eventfd, end_binding, end_vm,
	};
	pthread_t threads[3];
	unsigned int i;

	vm_open(&end->vm);
	vm_create_irqchip(&end->vm);
	vm_set_rte(&end->vm, GSI, VECTOR | RTE_LEVEL);
	end->event = event_new(0);
	end->kept = keep ? dup(end->event) : -1;
	if (resample)
		vm_irqfd_resample(&end->vm, end->event, GSI, event_new(0));
	else
		vm_irqfd(&end->vm, end->event, GSI);
	pthread_barrier_init(&end->barrier, NULL, 4);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, enders[i], end));
	pthread_barrier_wait(&end->barrier);
	for (i = 0; i < 20; i++)
		eventfd_write(keep ? end->kept : end->event, 1);
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	close(end->vm.dev);
}

TEST_F_WITH(holes, cve_2026_97478_eventfd_and_vm_end_during_a_deassign,
	    .only = "stacked")
{
	unsigned int i, rounds = stress_rounds(NR_RACES);
	static struct ending end;

	for (i = 0; i < rounds; i++) {
		end_all_at_once(&end, i % 2, i / 2 % 2);
		if (end.kept < 0)
			continue;
		/* Nobody reads it any more. */
		event_is_signalled(end.kept);
		event_signal(end.kept);
		EXPECT_TRUE(event_is_signalled(end.kept));
		close(end.kept);
	}
}

/* ---- io_uring -------------------------------------------------------- */

/* The little of a ring that it takes to poll one file. */
struct ring { int fd; struct io_uring_params params; char *sq; void *sqes; };

static bool ring_open(struct ring *ring, int event)
{
	size_t size;

	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(SYS_io_uring_setup, 4, &ring->params);
	if (ring->fd < 0)
		return false;
	size = ring->params.sq_off.array +
	       ring->params.sq_entries * sizeof(uint32_t);
	ring->sq = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			ring->fd, IORING_OFF_SQ_RING);
	ring->sqes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
			  ring->fd, IORING_OFF_SQES);
	ASSERT_TRUE(ring->sq != MAP_FAILED && ring->sqes != MAP_FAILED);
	ASSERT_EQ(0, syscall(SYS_io_uring_register, ring->fd,
			     IORING_REGISTER_EVENTFD, &event, 1));
	return true;
}

static uint32_t *ring_word(struct ring *ring, uint32_t offset)
{
	return (uint32_t *)(ring->sq + offset);
}

/* One request: a poll of @fd, or with -1 nothing at all. */
static void ring_submit(struct ring *ring, int fd)
{
	uint32_t tail = *ring_word(ring, ring->params.sq_off.tail);
	uint32_t slot = tail % ring->params.sq_entries;
	struct io_uring_sqe *sqe = (struct io_uring_sqe *)ring->sqes + slot;

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = fd < 0 ? IORING_OP_NOP : IORING_OP_POLL_ADD;
	sqe->fd = fd;
	sqe->poll32_events = POLLIN;
	ring_word(ring, ring->params.sq_off.array)[slot] = slot;
	__atomic_store_n(ring_word(ring, ring->params.sq_off.tail), tail + 1,
			 __ATOMIC_RELEASE);
	ASSERT_EQ(1, syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0));
}

/* The ring's work for this thread ends KVM_RUN, as a signal does. */
static void take_in_spite_of_work(struct vcpu *vcpu)
{
	int error;

	guest_begin(vcpu, GUEST_OP_TAKE, 0, 0);
	do {
		error = __guest_run(vcpu);
	} while (error == -EINTR);
	ASSERT_EQ(0, error);
}

/*
 * A ring's eventfd is an irqfd: completions come from within other wake-ups,
 * here of a resamplefd, out of an acknowledgement.
 */
TEST_F(holes, cve_2026_80920_ring_signals_an_irqfd)
{
	struct ring ring;

	if (!ring_open(&ring, self->event))
		test_skip("io_uring: %s", strerror(errno));
	vm_set_rte(&self->vm, GSI, VECTOR | RTE_LEVEL);
	vm_irqfd_resample(&self->vm, self->event, GSI, self->resample);
	ring_submit(&ring, -1);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
	/* Its EOI completes the poll, which asserts the line again. */
	ring_submit(&ring, self->resample);
	take_in_spite_of_work(self->vcpu);
	EXPECT_TRUE(EVENTUALLY(guest_nr_new(self->vcpu) == 2 ||
			       lapic_requests(self->vcpu, VECTOR)));
	event_is_signalled(self->resample);
	take_in_spite_of_work(self->vcpu);
	EXPECT_VECTORS(self->vcpu, VECTOR, VECTOR);
	/* And a poll of the irqfd itself. */
	ring_submit(&ring, self->event);
	event_signal(self->event);
	EXPECT_TRUE(is_requested(self->vcpu, VECTOR));
}
