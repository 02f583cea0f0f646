// SPDX-License-Identifier: GPL-2.0
/*
 * move.c - a guest moves to another VM.
 *
 * Everything that a VMM moves is moved: memory, registers, LAPIC, events, the
 * three chips and the PIT; in the order of QEMU, which loads the chips first,
 * and in that of Firecracker, which loads them last.
 */
#include "move.h"

#include <errno.h>
#include <string.h>

const struct variant on_kvm = { "kvm", "/dev/kvm", false };

/* A VM with everything, on the node of @side; skips as the fixtures do. */
static struct vcpu *open_side(struct vm *vm, const struct variant *side)
{
	const struct variant *tested = variant;
	struct vcpu *vcpu;

	variant = side;
	vm_open_with_chips(vm);
	vm_create_pit2(vm, KVM_PIT_SPEAKER_DUMMY);
	vcpu = vm_add_vcpu(vm, 0);
	variant = tested;
	return vcpu;
}

static void save_vcpu(struct vcpu *vcpu, struct saved *saved)
{
	int fd = vcpu->fd;

	ASSERT_EQ(0, __sys_ioctl(fd, KVM_GET_REGS, &saved->regs));
	ASSERT_EQ(0, __sys_ioctl(fd, KVM_GET_SREGS, &saved->sregs));
	ASSERT_EQ(0, __sys_ioctl(fd, KVM_GET_MP_STATE, &saved->mp_state));
	ASSERT_EQ(0, __sys_ioctl(fd, KVM_GET_LAPIC, &saved->lapic));
	ASSERT_EQ(0, __sys_ioctl(fd, KVM_GET_VCPU_EVENTS, &saved->events));
}

static void load_vcpu(struct vcpu *vcpu, struct saved *saved)
{
	int fd = vcpu->fd;

	ASSERT_EQ(0, __sys_ioctl(fd, KVM_SET_REGS, &saved->regs));
	ASSERT_EQ(0, __sys_ioctl(fd, KVM_SET_SREGS, &saved->sregs));
	ASSERT_EQ(0, __sys_ioctl(fd, KVM_SET_MP_STATE, &saved->mp_state));
	ASSERT_EQ(0, __sys_ioctl(fd, KVM_SET_LAPIC, &saved->lapic));
	ASSERT_EQ(0, __sys_ioctl(fd, KVM_SET_VCPU_EVENTS, &saved->events));
}

static void save_chips(struct vm *vm, struct saved *saved)
{
	unsigned int chip;

	for (chip = 0; chip < KVM_NR_IRQCHIPS; chip++)
		vm_get_irqchip(vm, chip, &saved->chips[chip]);
	vm_get_pit2(vm, &saved->pit);
}

static void load_chips(struct vm *vm, const struct saved *saved)
{
	unsigned int chip;

	for (chip = 0; chip < KVM_NR_IRQCHIPS; chip++)
		vm_set_irqchip(vm, &saved->chips[chip]);
	vm_set_pit2(vm, &saved->pit);
}

/*
 * The PIT's clock goes on: GSI 0 may have had a tick since the PIT was loaded,
 * which then waits at pin 0 of the PIC and of the IOAPIC.
 */
static void forget_new_tick(const struct saved *want, struct saved *got)
{
	const unsigned int pic = KVM_IRQCHIP_PIC_MASTER;
	const unsigned int ioapic = KVM_IRQCHIP_IOAPIC;

	got->chips[pic].chip.pic.irr &= want->chips[pic].chip.pic.irr | ~1U;
	got->chips[ioapic].chip.ioapic.irr &=
		want->chips[ioapic].chip.ioapic.irr | ~1U;
}

/* Nothing is lost of what the chips were told; times are the VM's own. */
static void expect_same_chips(struct vm *vm, struct saved *want)
{
	struct saved got;
	unsigned int i;

	save_chips(vm, &got);
	forget_new_tick(want, &got);
	for (i = 0; i < KVM_NR_IRQCHIPS; i++)
		EXPECT_EQ(0, memcmp(&want->chips[i], &got.chips[i],
				    sizeof(got.chips[i])));
	for (i = 0; i < 3; i++) {
		want->pit.channels[i].count_load_time = 0;
		got.pit.channels[i].count_load_time = 0;
	}
	EXPECT_EQ(0, memcmp(&want->pit, &got.pit, sizeof(got.pit)));
}

/** save_all() - what is moved beside the memory, of a VM with one vCPU */
void save_all(struct vcpu *vcpu, struct saved *saved)
{
	save_vcpu(vcpu, saved);
	save_chips(vcpu->vm, saved);
}

/** load_all() - the same, into another; the chips must then be the same */
void load_all(struct vcpu *vcpu, struct saved *saved, enum order order)
{
	if (order == CHIPS_LAST)
		load_vcpu(vcpu, saved);
	load_chips(vcpu->vm, saved);
	if (order == CHIPS_FIRST)
		load_vcpu(vcpu, saved);
	expect_same_chips(vcpu->vm, saved);
}

/** arrive() - the guest goes on in the other VM: its vCPU there */
struct vcpu *arrive(struct move *move)
{
	struct vcpu *vcpu = &move->to.vcpus[0];
	struct saved saved;

	save_all(move->source, &saved);
	memcpy(move->to.ram, move->from.ram, VM_RAM_SIZE);
	vcpu->taken = move->source->taken;
	load_all(vcpu, &saved, move->order);
	return vcpu;
}

/** arrive_idle() - the same, from between two operations */
struct vcpu *arrive_idle(struct move *move)
{
	vcpu_finish_access(move->source);
	return arrive(move);
}

/** run_move() - do @body with both orders of loading */
void run_move(void (*body)(struct move *), const struct variant *from,
		     const struct variant *to)
{
	unsigned int order;

	for (order = CHIPS_FIRST; order < NR_ORDERS; order++) {
		struct move move = { .order = order };

		move.from_kvm = !from->stacked;
		move.source = open_side(&move.from, from);
		open_side(&move.to, to);
		body(&move);
		if (test_failed()) {
			test_note("chips are loaded %s",
				  order == CHIPS_FIRST ? "first" : "last");
			return;
		}
	}
}

/** expect_take() - the guest, interrupts on for a moment, takes that alone */
void expect_take(struct vcpu *vcpu, int vector)
{
	guest_take(vcpu);
	EXPECT_VECTORS(vcpu, vector);
}

void expect_take_nothing(struct vcpu *vcpu)
{
	guest_take(vcpu);
	EXPECT_NO_VECTORS(vcpu);
}

void lapic_eoi(struct vcpu *vcpu)
{
	guest_write32(vcpu, LAPIC_EOI, 0);
}

void pic_eoi(struct vcpu *vcpu)
{
	guest_out8(vcpu, PIC_PRIMARY, OCW2_EOI);
}

void pic_eoi_both(struct vcpu *vcpu)
{
	guest_out8(vcpu, PIC_SECONDARY, OCW2_EOI);
	pic_eoi(vcpu);
}
