/* SPDX-License-Identifier: GPL-2.0 */
/*
 * move.h - a guest moves to another VM in the midst of something.
 *
 * A test is the body of a TEST_MOVE(), which gets a guest that is about to move
 * and calls arrive() when it should. Fixture within stays on one node, from_kvm
 * moves from KVM's node to ours, to_kvm the other way.
 */
#ifndef VIC_TEST_MOVE_H
#define VIC_TEST_MOVE_H

#include "chips.h"
#include "guest.h"
#include "harness.h"

#define LEVEL_PIN		20
#define EDGE_PIN		21
#define LEVEL_VECTOR		IOAPIC_VECTOR(LEVEL_PIN)
#define EDGE_VECTOR		IOAPIC_VECTOR(EDGE_PIN)

enum order { CHIPS_FIRST, CHIPS_LAST, NR_ORDERS };

/**
 * struct move - a guest that is about to move
 * @from: where it is
 * @from_kvm: is that KVM's node?
 * @source: its vCPU there
 * @to: where it will be
 * @order: in which its state is loaded there
 */
struct move {
	struct vm from;
	bool from_kvm;
	struct vcpu *source;
	struct vm to;
	enum order order;
};

/**
 * struct saved - what is moved beside the memory
 *
 * Members are named as the ioctls.
 */
struct saved {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_lapic_state lapic;
	struct kvm_vcpu_events events;
	struct kvm_mp_state mp_state;
	struct kvm_irqchip chips[KVM_NR_IRQCHIPS];
	struct kvm_pit_state2 pit;
};

extern const struct variant on_kvm;

void save_all(struct vcpu *vcpu, struct saved *saved);
void load_all(struct vcpu *vcpu, struct saved *saved, enum order order);
struct vcpu *arrive(struct move *move);
struct vcpu *arrive_idle(struct move *move);
void run_move(void (*body)(struct move *), const struct variant *from,
	      const struct variant *to);

/* What a guest that has arrived does. */
void expect_take(struct vcpu *vcpu, int vector);
void expect_take_nothing(struct vcpu *vcpu);
void lapic_eoi(struct vcpu *vcpu);
void pic_eoi(struct vcpu *vcpu);
void pic_eoi_both(struct vcpu *vcpu);

/* Once in each program that has moves. */
#define MOVE_FIXTURES							\
	FIXTURE(within) { int unused; };				\
	FIXTURE_SETUP(within) { (void)self; }				\
	FIXTURE(from_kvm) { int unused; };				\
	FIXTURE_SETUP(from_kvm) { (void)self; }				\
	FIXTURE(to_kvm) { int unused; };				\
	FIXTURE_SETUP(to_kvm) { (void)self; }

#define TEST_MOVE(fact)							\
	static void fact(struct move *move);				\
	TEST_F(within, fact)						\
	{								\
		run_move(fact, variant, variant);			\
	}								\
	TEST_F_WITH(from_kvm, fact, .only = "stacked")			\
	{								\
		run_move(fact, &on_kvm, variant);			\
	}								\
	TEST_F_WITH(to_kvm, fact, .only = "stacked")			\
	{								\
		run_move(fact, variant, &on_kvm);			\
	}								\
	static void fact(struct move *move)

#endif /* VIC_TEST_MOVE_H */
