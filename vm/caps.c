// SPDX-License-Identifier: GPL-2.0
/*
 * caps.c - what KVM_CHECK_EXTENSION answers.
 *
 * The truth about what works through us: capabilities of the chips are ours
 * whatever KVM was built with, provided that KVM has the split mode we stack
 * on; all the rest is KVM's own answer.
 */
#include "virqchip.h"
#include "vm/vm.h"

#include <linux/kvm.h>
#include <linux/virqchip.h>

/**
 * vic_caps_directed_eoi() - can KVM's LAPICs be told to leave EOIs to a guest?
 * @kvm: KVM's node or a VM of it
 *
 * KVM has got the flags for yes and no together, but hides yes from a VM that
 * is not a split one yet (arch/x86/kvm/x86.c, kvm_vm_ioctl_check_extension()).
 *
 * Context: process.
 * Return: true if so.
 */
bool vic_caps_directed_eoi(struct file *kvm)
{
	long flags = vic_file_ioctl(kvm, KVM_CHECK_EXTENSION,
				    KVM_CAP_X2APIC_API);

	return flags > 0 && (flags & VIC_X2APIC_API_NO_DIRECTED_EOI);
}

static long own_cap(long cap)
{
	switch (cap) {
	case KVM_CAP_IRQCHIP:
	case KVM_CAP_PIT:
	case KVM_CAP_PIT2:
	case KVM_CAP_PIT_STATE2:
	case KVM_CAP_REINJECT_CONTROL:
	case KVM_CAP_IRQ_INJECT_STATUS:
	case KVM_CAP_IRQFD:
	case KVM_CAP_IRQFD_RESAMPLE:
	case KVM_CAP_IOAPIC_POLARITY_IGNORED:
		return 1;
	case KVM_CAP_IRQ_ROUTING:
		return VIC_MAX_ROUTES;
	default:
		return 0;
	}
}

/**
 * vic_caps_check() - KVM_CHECK_EXTENSION on the node
 * @kvm: KVM's file of the same kind
 * @cap: KVM_CAP_*
 *
 * Context: process.
 * Return: the capability's value, 0 if it is absent, or KVM's errno.
 */
long vic_caps_check(struct file *kvm, long cap)
{
	long own = own_cap(cap);

	switch (cap) {
	case VIRQCHIP_CAP_IOAPIC_EOI:
		return vic_caps_directed_eoi(kvm);
	/* KVM wants another VM's descriptor, and does not know ours. */
	case KVM_CAP_VM_COPY_ENC_CONTEXT_FROM:
	case KVM_CAP_VM_MOVE_ENC_CONTEXT_FROM:
		return 0;
	}
	if (!own)
		return vic_file_ioctl(kvm, KVM_CHECK_EXTENSION, cap);
	if (vic_file_ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_SPLIT_IRQCHIP) <= 0)
		return vic_file_ioctl(kvm, KVM_CHECK_EXTENSION, cap);
	return own;
}

/**
 * vic_caps_check_vm() - KVM_CHECK_EXTENSION on a VM
 * @vm: the VM
 * @cap: KVM_CAP_*
 *
 * KVM's VM is a split one if it has our chips, but is not to look like one.
 *
 * Context: process.
 * Return: as vic_caps_check().
 */
long vic_caps_check_vm(struct vic_vm *vm, long cap)
{
	long value = vic_caps_check(vm->kvm.file, cap);

	if (cap == KVM_CAP_X2APIC_API && value > 0 && vic_vm_full(vm))
		value &= ~VIC_X2APIC_API_DIRECTED_EOI;
	return value;
}
