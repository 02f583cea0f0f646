// SPDX-License-Identifier: GPL-2.0
/*
 * kvm.c - KVM's half of a VM: made, called, put into split mode, let go.
 *
 * An argument that we make up goes through a slot of a window (kvm_window.c).
 * Slots are claimed by an atomic bit, so that threads of the VMM do not wait
 * for one another while fewer than VIC_NR_ARGS calls are under way.
 */
#include "virqchip.h"

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/virqchip.h>

/**
 * vic_file_ioctl() - make an ioctl of a file of KVM's
 * @file: KVM's node, VM or vCPU
 * @cmd: the ioctl
 * @arg: its argument: a number, or a pointer to the VMM's memory
 *
 * Context: process.
 * Return: what KVM answers.
 */
long vic_file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return file->f_op->unlocked_ioctl(file, cmd, arg);
}

/* A free slot, starting at one that other CPUs do not start at. */
static int try_claim(struct vic_args *args)
{
	unsigned int first = raw_smp_processor_id() % VIC_NR_ARGS;
	unsigned int i;

	for (i = 0; i < VIC_NR_ARGS; i++) {
		unsigned int slot = (first + i) % VIC_NR_ARGS;

		if (!test_bit(slot, args->busy) &&
		    !test_and_set_bit_lock(slot, args->busy))
			return slot;
	}
	return -EBUSY;
}

/*
 * Whoever has one may stand in a page fault of the VMM's, which need not end:
 * who waits can be killed, and a work item, which cannot, does not wait.
 */
static int claim(struct vic_vm *vm)
{
	struct vic_args *args = &vm->kvm.args;
	int slot = try_claim(args);

	if (likely(slot >= 0))
		return slot;
	if (vic_resort_is_current(vm))
		return -EAGAIN;
	if (wait_event_killable(args->wait, (slot = try_claim(args)) >= 0))
		return -EINTR;
	return slot;
}

static void unclaim(struct vic_args *args, unsigned int slot)
{
	clear_bit_unlock(slot, args->busy);
	/* Pairs with the barrier in claim()'s: bit first, then the queue. */
	smp_mb__after_atomic();
	if (unlikely(waitqueue_active(&args->wait)))
		wake_up(&args->wait);
}

/**
 * vic_kvm_call() - make an ioctl of KVM's with an argument of ours
 * @vm: whose window to use
 * @file: KVM's VM or vCPU
 * @cmd: the ioctl; it must only read its argument
 * @arg: the argument
 * @size: its size, at most VIC_ARG_SIZE
 *
 * Context: process, the VM's mm.
 * Return: what KVM answers; -EIO in another mm; -EFAULT if the VMM has unmapped
 * the window; before KVM was called -EINTR if the thread is killed, -EAGAIN if a
 * work item would have to wait.
 */
long vic_kvm_call(struct vic_vm *vm, struct file *file, unsigned int cmd,
		  const void *arg, size_t size)
{
	struct vic_args *args = &vm->kvm.args;
	long ret;
	int slot;

	if (unlikely(vm->mm != current->mm))
		return -EIO;
	slot = claim(vm);
	if (unlikely(slot < 0))
		return slot;
	memcpy(args->window.kaddr + slot * VIC_ARG_SIZE, arg, size);
	ret = vic_file_ioctl(file, cmd,
			     args->window.uaddr + slot * VIC_ARG_SIZE);
	unclaim(args, slot);
	return ret;
}

/**
 * vic_kvm_init() - begin to stack on a VM of KVM's
 * @vm: ours
 * @file: KVM's; taken over on success
 *
 * Context: process.
 * Return: 0 or an errno.
 */
int vic_kvm_init(struct vic_vm *vm, struct file *file)
{
	struct vic_kvm *kvm = &vm->kvm;
	unsigned int pin;

	kvm->file = file;
	xa_init(&kvm->vcpus);
	init_waitqueue_head(&kvm->args.wait);
	vic_resort_init(vm);
	for (pin = 0; pin < VIC_IOAPIC_PINS; pin++)
		kvm->routes.low[pin] = VIC_NO_KVM_GSI;
	return 0;
}

/**
 * vic_kvm_open_args() - make it possible to call KVM with arguments of ours
 * @vm: whose; repeated calls are fine
 *
 * Context: process, the VM's mm; vm->lock held.
 * Return: 0 or an errno.
 */
int vic_kvm_open_args(struct vic_vm *vm)
{
	struct vic_window *window = &vm->kvm.args.window;

	lockdep_assert_held(&vm->lock);
	if (window->pages)
		return 0;
	return vic_window_open(window, VIC_NR_ARGS * VIC_ARG_SIZE);
}

static int enable_cap(struct vic_vm *vm, u32 cap, u64 arg)
{
	const struct kvm_enable_cap enable = { .cap = cap, .args = { arg } };

	static_assert(sizeof(enable) <= VIC_ARG_SIZE);
	return vic_kvm_call(vm, vm->kvm.file, KVM_ENABLE_CAP, &enable,
			    sizeof(enable));
}

/*
 * In split mode KVM tells x2APIC guests that they can direct an EOI at an
 * IOAPIC, for which version 0x11 has no register. Where KVM can be told to do
 * as our IOAPIC does, it is; where it cannot, it broadcasts such EOIs all the
 * same, which is harmless.
 */
static void match_directed_eoi(struct vic_vm *vm)
{
	long flags = vic_file_ioctl(vm->kvm.file, KVM_CHECK_EXTENSION,
				    KVM_CAP_X2APIC_API);
	u64 flag = vm->ioapic_version >= VIRQCHIP_IOAPIC_VERSION_EOI ?
		   VIC_X2APIC_API_DIRECTED_EOI : VIC_X2APIC_API_NO_DIRECTED_EOI;

	if (flags > 0 && (flags & flag))
		enable_cap(vm, KVM_CAP_X2APIC_API, flag);
}

/**
 * vic_kvm_enable_split() - put KVM's VM into split mode
 * @vm: a VM without an irqchip; vic_kvm_open_args() was called
 *
 * One GSI of KVM's per IOAPIC pin is reserved, on whose routes KVM reports
 * EOIs (kvm_routes.c).
 *
 * Context: process, the VM's mm; vm->lock held.
 * Return: 0; -EEXIST if it has an irqchip; -EINVAL if KVM has no split mode.
 */
int vic_kvm_enable_split(struct vic_vm *vm)
{
	int ret;

	lockdep_assert_held(&vm->lock);
	ret = enable_cap(vm, KVM_CAP_SPLIT_IRQCHIP, VIC_IOAPIC_PINS);
	if (!ret)
		match_directed_eoi(vm);
	return ret;
}

/**
 * vic_kvm_destroy() - let go of KVM's VM
 * @vm: no vCPU, irqfd or timer of it is left
 *
 * Context: process, any mm.
 */
void vic_kvm_destroy(struct vic_vm *vm)
{
	struct vic_kvm *kvm = &vm->kvm;

	vic_window_close(&kvm->args.window, vm->mm);
	vic_window_close(&kvm->routes.window, vm->mm);
	kvfree(kvm->routes.entries);
	xa_destroy(&kvm->vcpus);
	fput(kvm->file);
}
