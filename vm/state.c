// SPDX-License-Identifier: GPL-2.0
/*
 * state.c - saving and restoring chips: KVM_{GET,SET}_IRQCHIP, KVM_{GET,SET}_PIT
 * and PIT2, KVM_REINJECT_CONTROL.
 *
 * The layouts are KVM's ABI. Padding is neither read nor written: VMMs pass
 * what their stack held.
 */
#include "virqchip.h"
#include "irqchip/ioapic.h"
#include "irqchip/pic.h"
#include "irqchip/pit.h"
#include "vm/vm.h"

#include <linux/kvm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

static_assert(sizeof(struct kvm_irqchip) == 520);
static_assert(offsetof(struct kvm_irqchip, chip) == 8);
static_assert(sizeof(struct kvm_pic_state) == 16);
static_assert(sizeof(struct kvm_ioapic_state) == 216);
static_assert(offsetof(struct kvm_ioapic_state, redirtbl) == 24);
static_assert(sizeof(struct kvm_pit_state) == 72);
static_assert(sizeof(struct kvm_pit_state2) == 112);
static_assert(offsetof(struct kvm_pit_state2, flags) == 72);

static int get_pic(struct vic_vm *vm, enum vic_chip chip, void __user *uchip)
{
	struct kvm_pic_state state;

	vic_pic_get(vm->pic, chip, &state);
	return copy_to_user(uchip, &state, sizeof(state)) ? -EFAULT : 0;
}

static int get_ioapic(struct vic_vm *vm, void __user *uchip)
{
	struct kvm_ioapic_state state = {};

	vic_ioapic_get(vm->ioapic, &state);
	return copy_to_user(uchip, &state, sizeof(state)) ? -EFAULT : 0;
}

/**
 * vic_vm_get_irqchip() - KVM_GET_IRQCHIP
 * @vm: a VM with our chips
 * @chip_id: KVM_IRQCHIP_*
 * @uarg: struct kvm_irqchip; only the chip's own bytes are written
 *
 * What is due is sent first, so that nothing is on its way in a saved VM.
 *
 * Context: process, the VM's mm.
 * Return: 0; -EINVAL for an unknown chip; -EFAULT; the errno of
 * vic_kvm_flush().
 */
int vic_vm_get_irqchip(struct vic_vm *vm, u32 chip_id, void __user *uarg)
{
	void __user *uchip = uarg + offsetof(struct kvm_irqchip, chip);
	int ret;

	switch (chip_id) {
	case KVM_IRQCHIP_PIC_MASTER:
		return get_pic(vm, VIC_CHIP_PRIMARY, uchip);
	case KVM_IRQCHIP_PIC_SLAVE:
		return get_pic(vm, VIC_CHIP_SECONDARY, uchip);
	case KVM_IRQCHIP_IOAPIC:
		ret = vic_resort_settle(vm) ?: vic_kvm_flush(vm);
		return ret ? ret : get_ioapic(vm, uchip);
	default:
		return -EINVAL;
	}
}

/**
 * vic_vm_set_irqchip() - KVM_SET_IRQCHIP
 * @vm: a VM with our chips
 * @chip: the state; what no chip could be in is made harmless, see
 *	Documentation/kvm-parity.rst
 *
 * Context: process, the VM's mm; may send.
 * Return: 0; -EINVAL for an unknown chip; an errno of KVM's if it could not be
 * told of an EOI to report.
 */
int vic_vm_set_irqchip(struct vic_vm *vm, const struct kvm_irqchip *chip)
{
	int ret = vic_resort_settle(vm);

	if (ret)
		return ret;
	ret = -EINVAL;
	switch (chip->chip_id) {
	case KVM_IRQCHIP_PIC_MASTER:
		vic_pic_set(vm->pic, VIC_CHIP_PRIMARY, &chip->chip.pic);
		return 0;
	case KVM_IRQCHIP_PIC_SLAVE:
		vic_pic_set(vm->pic, VIC_CHIP_SECONDARY, &chip->chip.pic);
		return 0;
	case KVM_IRQCHIP_IOAPIC:
		ret = vic_ioapic_set(vm->ioapic, &chip->chip.ioapic);
		break;
	}
	/* As KVM, also for an unknown chip; a PIC has just done so. */
	vic_pic_update(vm->pic);
	return ret;
}

/**
 * vic_vm_get_pit2() - KVM_GET_PIT2
 * @vm: a VM with our chips
 * @state: filled, reserved words with 0
 *
 * Context: process.
 * Return: 0; -ENXIO without a PIT.
 */
int vic_vm_get_pit2(struct vic_vm *vm, struct kvm_pit_state2 *state)
{
	struct vic_pit *pit = vic_vm_pit(vm);

	if (!pit)
		return -ENXIO;
	memset(state, 0, sizeof(*state));
	vic_pit_get(pit, state);
	return 0;
}

/**
 * vic_vm_set_pit2() - KVM_SET_PIT2
 * @vm: a VM with our chips
 * @state: what a KVM or a QEMU saved
 *
 * Context: process.
 * Return: 0; -ENXIO without a PIT.
 */
int vic_vm_set_pit2(struct vic_vm *vm, const struct kvm_pit_state2 *state)
{
	struct vic_pit *pit = vic_vm_pit(vm);

	return pit ? vic_pit_set(pit, state) : -ENXIO;
}

/**
 * vic_vm_get_pit() - KVM_GET_PIT: the channels without the flags
 * @vm: a VM with our chips
 * @state: filled
 *
 * Context: process.
 * Return: as vic_vm_get_pit2().
 */
int vic_vm_get_pit(struct vic_vm *vm, struct kvm_pit_state *state)
{
	struct kvm_pit_state2 state2;
	int ret = vic_vm_get_pit2(vm, &state2);

	if (ret)
		return ret;
	memcpy(state->channels, state2.channels, sizeof(state->channels));
	return 0;
}

/**
 * vic_vm_set_pit() - KVM_SET_PIT: the channels; the flags stay as they are
 * @vm: a VM with our chips
 * @state: the channels
 *
 * Context: process.
 * Return: as vic_vm_set_pit2().
 */
int vic_vm_set_pit(struct vic_vm *vm, const struct kvm_pit_state *state)
{
	struct kvm_pit_state2 state2;
	int ret = vic_vm_get_pit2(vm, &state2);

	if (ret)
		return ret;
	memcpy(state2.channels, state->channels, sizeof(state2.channels));
	return vic_vm_set_pit2(vm, &state2);
}

/**
 * vic_vm_reinject_control() - KVM_REINJECT_CONTROL
 * @vm: a VM with our chips
 * @control: pit_reinject: 0 drops ticks that the guest missed, else they are
 *	made up for
 *
 * Context: process.
 * Return: 0; -ENXIO without a PIT.
 */
int vic_vm_reinject_control(struct vic_vm *vm,
			    const struct kvm_reinject_control *control)
{
	struct vic_pit *pit = vic_vm_pit(vm);

	if (!pit)
		return -ENXIO;
	vic_pit_set_reinject(pit, control->pit_reinject);
	return 0;
}
