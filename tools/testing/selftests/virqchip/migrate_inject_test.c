// SPDX-License-Identifier: GPL-2.0
/*
 * migrate_inject_test.c - a guest moves, or is reset, when a vector is on its
 * way into its vCPU, and takes it once, or not at all.
 */
#include "move.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#define RFLAGS_IF		0x200
#define NMI_VECTOR		2
#define DESCRIPTOR_LONG		(1ULL << 53)	/* L of a code segment */
/* Guest memory that nobody uses. */
#define FAULT_CODE		0x00003000
/* KVM_SET_SIGNAL_MASK takes the kernel's sigset, which is shorter than ours. */
#define KERNEL_SIGSET_SIZE	8

MOVE_FIXTURES

/* What the guest does next it does with interrupts on. */
static void interrupts_on(struct vcpu *vcpu)
{
	struct kvm_regs regs;

	vcpu_finish_access(vcpu);
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_GET_REGS, &regs));
	regs.rflags |= RFLAGS_IF;
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_SET_REGS, &regs));
	guest_begin(vcpu, GUEST_OP_CLI, 0, 0);
}

/*
 * A signal that waits for KVM_RUN: KVM goes as far as injecting, and comes back
 * before the guest does anything.
 */
static void run_to_injection(struct vcpu *vcpu)
{
	struct {
		struct kvm_signal_mask head;
		unsigned char blocked[KERNEL_SIGSET_SIZE];
	} mask = { .head.len = KERNEL_SIGSET_SIZE };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ASSERT_EQ(0, pthread_sigmask(SIG_BLOCK, &set, NULL));
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_SET_SIGNAL_MASK, &mask));
	ASSERT_EQ(0, raise(SIGUSR1));
	EXPECT_EQ(-EINTR, __vcpu_run(vcpu));
	ASSERT_EQ(SIGUSR1, sigwaitinfo(&set, NULL));
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_SET_SIGNAL_MASK, NULL));
}

static struct kvm_vcpu_events events_of(struct vcpu *vcpu)
{
	struct kvm_vcpu_events events;

	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_GET_VCPU_EVENTS, &events));
	return events;
}

static void expect_injected(struct vcpu *vcpu, int vector)
{
	const struct kvm_vcpu_events events = events_of(vcpu);

	EXPECT_TRUE(events.interrupt.injected);
	EXPECT_EQ(vector, events.interrupt.nr);
}

static void expect_pin_3_once(struct vm *vm, struct vcpu *vcpu)
{
	guest_run(vcpu);
	EXPECT_VECTORS(vcpu, PIC_VECTOR(3));
	EXPECT_EQ(1 << 3, vm_pic(vm, KVM_IRQCHIP_PIC_MASTER).isr);
	expect_take_nothing(vcpu);
	pic_eoi(vcpu);
	expect_take_nothing(vcpu);
	EXPECT_EQ(0, vm_pic(vm, KVM_IRQCHIP_PIC_MASTER).isr);
}

/* We give KVM no vector if a signal waits: then the pair still has it. */
TEST_MOVE(vector_of_the_pic_on_its_way_is_taken_once)
{
	pic_init(move->source, 0);
	interrupts_on(move->source);
	vm_irq_line(&move->from, 3, 1);
	run_to_injection(move->source);
	if (move->from_kvm)
		expect_injected(move->source, PIC_VECTOR(3));
	expect_pin_3_once(&move->to, arrive(move));
}

TEST_MOVE(vector_of_a_lapic_on_its_way_is_taken_once)
{
	struct vcpu *vcpu;

	lapic_enable(move->source);
	ioapic_set_rte(move->source, EDGE_PIN, EDGE_VECTOR);
	interrupts_on(move->source);
	vm_irq_line(&move->from, EDGE_PIN, 1);
	run_to_injection(move->source);
	expect_injected(move->source, EDGE_VECTOR);
	vcpu = arrive(move);
	EXPECT_TRUE(lapic_serves(vcpu, EDGE_VECTOR));
	guest_run(vcpu);
	EXPECT_VECTORS(vcpu, EDGE_VECTOR);
	lapic_eoi(vcpu);
	expect_take_nothing(vcpu);
}

/* Built by hand: acknowledged at the pair, and the guest has seen nothing. */
TEST_MOVE(vector_between_inta_and_injection_is_taken_once)
{
	struct kvm_vcpu_events events;
	struct kvm_pic_state pic;

	pic_init(move->source, 0);
	interrupts_on(move->source);
	vm_irq_line(&move->from, 3, 1);
	pic = vm_pic(&move->from, KVM_IRQCHIP_PIC_MASTER);
	pic.isr |= 1 << 3;
	pic.irr &= ~(1 << 3);
	vm_set_pic(&move->from, KVM_IRQCHIP_PIC_MASTER, &pic);
	events = events_of(move->source);
	events.interrupt.injected = 1;
	events.interrupt.nr = PIC_VECTOR(3);
	ASSERT_EQ(0, __sys_ioctl(move->source->fd, KVM_SET_VCPU_EVENTS,
				 &events));
	expect_injected(move->source, PIC_VECTOR(3));
	expect_pin_3_once(&move->to, arrive(move));
}

/* The vCPU that the guest comes to could have taken it before. */
TEST_MOVE(vector_waits_while_interrupts_are_off)
{
	struct vcpu *vcpu;

	guest_op(&move->to.vcpus[0], GUEST_OP_STI, 0, 0);
	pic_init(move->source, 0);
	vm_irq_line(&move->from, 3, 1);
	vcpu = arrive_idle(move);
	EXPECT_EQ(1 << 3, pic_irr(vcpu, PIC_PRIMARY));
	EXPECT_EQ(0, pic_isr(vcpu, PIC_PRIMARY));
	expect_take(vcpu, PIC_VECTOR(3));
}

/* ---- with an NMI ahead of the vector --------------------------------- */

static void send_nmi(struct vcpu *vcpu)
{
	ASSERT_EQ(0, __sys_ioctl_value(vcpu->fd, KVM_NMI, 0));
}

/* Whatever the guest does next, interrupts are on when it begins. */
static void wait_with_interrupts_on(struct vcpu *vcpu)
{
	guest_op(vcpu, GUEST_OP_STI, 0, 0);
	guest_begin(vcpu, GUEST_OP_CLI, 0, 0);
}

/* Until the handler of @vector has told of itself, and not a step further. */
static void run_into_handler(struct vcpu *vcpu, unsigned int vector)
{
	guest_on_vectors(vcpu, vector, vector, GUEST_EXIT);
	guest_run_to_io(vcpu, KVM_EXIT_IO_OUT, GUEST_PORT_IRQ, 1);
}

/*
 * The pair's vector is due with an NMI, and the guest could take either: KVM
 * takes the NMI first. Its handler has interrupts off.
 */
static void hold_back(struct move *move, unsigned int pin)
{
	wait_with_interrupts_on(move->source);
	vm_irq_line(&move->from, pin, 1);
	send_nmi(move->source);
	run_into_handler(move->source, NMI_VECTOR);
}

TEST_MOVE(nmi_and_vector_that_wait_are_taken_once)
{
	struct vcpu *vcpu;

	pic_init(move->source, 0);
	interrupts_on(move->source);
	vm_irq_line(&move->from, 3, 1);
	send_nmi(move->source);
	vcpu = arrive(move);
	guest_run(vcpu);
	EXPECT_VECTORS(vcpu, NMI_VECTOR, PIC_VECTOR(3));
	pic_eoi(vcpu);
	expect_take_nothing(vcpu);
}

TEST_MOVE(vector_held_back_by_an_nmi_is_taken_once)
{
	struct vcpu *vcpu;

	pic_init(move->source, 0);
	hold_back(move, 3);
	vcpu = arrive_idle(move);
	guest_run(vcpu);
	EXPECT_VECTORS(vcpu, NMI_VECTOR, PIC_VECTOR(3));
	expect_take_nothing(vcpu);
	pic_eoi(vcpu);
	expect_take_nothing(vcpu);
	EXPECT_EQ(0, vm_pic(&move->to, KVM_IRQCHIP_PIC_MASTER).isr);
}

TEST_MOVE(vector_of_the_secondary_held_back_by_an_nmi_is_taken_once)
{
	struct vcpu *vcpu;

	pic_init(move->source, 0);
	hold_back(move, 12);
	vcpu = arrive_idle(move);
	guest_run(vcpu);
	EXPECT_VECTORS(vcpu, NMI_VECTOR, PIC_VECTOR(12));
	vm_irq_line(&move->to, 14, 1);
	expect_take_nothing(vcpu);
	pic_eoi_both(vcpu);
	expect_take(vcpu, PIC_VECTOR(14));
	pic_eoi_both(vcpu);
	expect_take_nothing(vcpu);
}

TEST_MOVE(vector_with_automatic_eoi_held_back_by_an_nmi_is_taken_once)
{
	struct vcpu *vcpu;

	pic_init(move->source, ICW4_AEOI);
	hold_back(move, 3);
	vcpu = arrive_idle(move);
	guest_run(vcpu);
	EXPECT_VECTORS(vcpu, NMI_VECTOR, PIC_VECTOR(3));
	expect_take_nothing(vcpu);
}

TEST_MOVE(level_that_falls_while_an_nmi_holds_it_back_is_not_taken)
{
	struct vcpu *vcpu;

	pic_init(move->source, 0);
	guest_out8(move->source, PIC_ELCR_PRIMARY, 1 << 5);
	hold_back(move, 5);
	vm_irq_line(&move->from, 5, 0);
	vcpu = arrive_idle(move);
	guest_run(vcpu);
	EXPECT_VECTORS(vcpu, NMI_VECTOR);
	EXPECT_EQ(0, vm_pic(&move->to, KVM_IRQCHIP_PIC_MASTER).isr);
}

TEST_MOVE(vectors_of_pic_and_lapic_held_back_by_an_nmi_are_taken_once)
{
	struct vcpu *vcpu;

	pic_init(move->source, 0);
	lapic_enable(move->source);
	ioapic_set_rte(move->source, EDGE_PIN, EDGE_VECTOR);
	hold_back(move, 3);
	vm_irq_line(&move->from, EDGE_PIN, 1);
	vcpu = arrive_idle(move);
	guest_run(vcpu);
	EXPECT_EQ(3, guest_nr_new(vcpu));
	EXPECT_TRUE(lapic_serves(vcpu, EDGE_VECTOR));
	EXPECT_EQ(1 << 3, vm_pic(&move->to, KVM_IRQCHIP_PIC_MASTER).isr);
	guest_take(vcpu);
	EXPECT_EQ(3, guest_nr_new(vcpu));
}

/* The guest has it, and nobody may take it back; the LAPIC's has to wait. */
TEST_MOVE(vector_whose_handler_runs_is_not_taken_again)
{
	struct vcpu *vcpu;

	pic_init(move->source, 0);
	lapic_enable(move->source);
	ioapic_set_rte(move->source, EDGE_PIN, EDGE_VECTOR);
	wait_with_interrupts_on(move->source);
	vm_irq_line(&move->from, 3, 1);
	run_into_handler(move->source, PIC_VECTOR(3));
	vm_irq_line(&move->from, EDGE_PIN, 1);
	vcpu = arrive_idle(move);
	guest_run(vcpu);
	EXPECT_VECTORS(vcpu, PIC_VECTOR(3), EDGE_VECTOR);
	pic_eoi(vcpu);
	expect_take_nothing(vcpu);
}

/* The guest stays; nothing that a reset has not set is left of before. */
static void reset_after(struct move *move, void (*before)(struct move *))
{
	struct vcpu *vcpu = move->source;
	struct saved reset;

	pic_init(vcpu, 0);
	vcpu_finish_access(vcpu);
	save_all(vcpu, &reset);
	before(move);
	EXPECT_VECTORS(vcpu, NMI_VECTOR);
	vm_irq_line(&move->from, 3, 0);
	load_all(vcpu, &reset, move->order);
	expect_take_nothing(vcpu);
	vm_irq_line(&move->from, 3, 1);
	expect_take(vcpu, PIC_VECTOR(3));
}

static void hold_back_pin_3(struct move *move)
{
	hold_back(move, 3);
	vcpu_finish_access(move->source);
}

static void reset_while_held_back(struct move *move)
{
	reset_after(move, hold_back_pin_3);
}

TEST_F(within, reset_drops_a_vector_held_back_by_an_nmi)
{
	run_move(reset_while_held_back, variant, variant);
}

/* An exception without an IDT, with the NMI still in service. */
static void shut_down_in_nmi(struct move *move)
{
	static const uint8_t ud2[] = { 0x0f, 0x0b };
	struct vcpu *vcpu = move->source;
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	hold_back(move, 3);
	memcpy(move->from.ram + FAULT_CODE, ud2, sizeof(ud2));
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_GET_REGS, &regs));
	regs.rip = FAULT_CODE;
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_SET_REGS, &regs));
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_GET_SREGS, &sregs));
	sregs.idt.limit = 0;
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_SET_SREGS, &sregs));
	ASSERT_EQ(0, __vcpu_run(vcpu));
	ASSERT_EQ(KVM_EXIT_SHUTDOWN, vcpu->run->exit_reason);
	EXPECT_EQ(0, vm_pic(&move->from, KVM_IRQCHIP_PIC_MASTER).isr);
}

static void reset_after_shutdown(struct move *move)
{
	reset_after(move, shut_down_in_nmi);
}

TEST_F(within, reset_after_a_shutdown_drops_a_vector_held_back_by_an_nmi)
{
	run_move(reset_after_shutdown, variant, variant);
}

/*
 * A CS with L set means nothing outside of long mode. KVM lets a guest have it,
 * shows it, and refuses to load it; so it can be neither saved nor reset.
 */
static void take_nmi_into_long_cs(struct move *move)
{
	uint64_t *code = (uint64_t *)(move->from.ram + GUEST_GDT) + 1;
	struct vcpu *vcpu = move->source;
	struct kvm_sregs sregs;

	pic_init(vcpu, 0);
	*code |= DESCRIPTOR_LONG;
	hold_back(move, 3);
	*code &= ~DESCRIPTOR_LONG;
	vcpu_finish_access(vcpu);
	ASSERT_EQ(0, __sys_ioctl(vcpu->fd, KVM_GET_SREGS, &sregs));
	EXPECT_EQ(1, sregs.cs.l);
	EXPECT_EQ(-EINVAL, __sys_ioctl(vcpu->fd, KVM_SET_SREGS, &sregs));
	guest_run(vcpu);
	EXPECT_VECTORS(vcpu, NMI_VECTOR, PIC_VECTOR(3));
	expect_take_nothing(vcpu);
}

TEST_F(within, segments_that_kvm_would_not_load_stay_where_they_are)
{
	run_move(take_nmi_into_long_cs, variant, variant);
}
