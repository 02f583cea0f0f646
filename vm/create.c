// SPDX-License-Identifier: GPL-2.0
/*
 * create.c - KVM_CREATE_IRQCHIP and KVM_CREATE_PIT[2].
 *
 * The chips are complete before the mode says that they exist; whoever finds
 * VIC_MODE_FULL finds them (smp_store_release() here, vic_vm_full() there).
 */
#include "virqchip.h"
#include "irqchip/ioapic.h"
#include "irqchip/pic.h"
#include "irqchip/pit.h"
#include "vm/vm.h"

#include <linux/err.h>
#include <linux/kvm.h>
#include <linux/moduleparam.h>
#include <linux/virqchip.h>

static bool ioapic_eoi_register;
module_param(ioapic_eoi_register, bool, 0644);
MODULE_PARM_DESC(ioapic_eoi_register,
		 "New VMs get an IOAPIC of version 0x20, with an EOI register (default: version 0x11, as KVM's)");

/*
 * KVM answers EEXIST both for a VM that has an irqchip and for one that has
 * vCPUs; KVM_CREATE_IRQCHIP tells the two apart. A VM without an irqchip is
 * the one that refuses KVM_IRQ_LINE; with one, a GSI without routes is quiet.
 */
static bool kvm_has_irqchip(struct vic_vm *vm)
{
	struct kvm_irq_level line = { .irq = VIC_MAX_ROUTES };

	return vic_kvm_call(vm, vm->kvm.file, KVM_IRQ_LINE, &line,
			    sizeof(line)) != -ENXIO;
}

static int make_chips(struct vic_vm *vm)
{
	struct vic_routing_table *table;
	int ret;

	vm->pic = vic_pic_create(vm);
	if (IS_ERR(vm->pic)) {
		ret = PTR_ERR(vm->pic);
		goto err_pic;
	}
	vm->ioapic = vic_ioapic_create(vm, vm->ioapic_version);
	if (IS_ERR(vm->ioapic)) {
		ret = PTR_ERR(vm->ioapic);
		goto err_ioapic;
	}
	table = vic_routing_build_default();
	if (IS_ERR(table)) {
		ret = PTR_ERR(table);
		goto err_table;
	}
	/*
	 * Never waits: no one else takes it before the VM has chips. There was
	 * no table before.
	 */
	mutex_lock(&vm->routing.lock);
	vic_routing_publish(vm, table);
	mutex_unlock(&vm->routing.lock);
	return 0;

err_table:
	vic_ioapic_destroy(vm->ioapic);
err_ioapic:
	vm->ioapic = NULL;
	vic_pic_destroy(vm->pic);
err_pic:
	vm->pic = NULL;
	return ret;
}

static int create_irqchip(struct vic_vm *vm)
{
	int ret;

	lockdep_assert_held(&vm->lock);
	if (vic_vm_full(vm))
		return -EEXIST;
	ret = vic_kvm_open_args(vm);
	if (ret)
		return ret;
	if (vm->nr_vcpus)
		return kvm_has_irqchip(vm) ? -EEXIST : -EINVAL;

	/* A table left by an earlier attempt that KVM then refused is fine. */
	if (!vm->ioapic) {
		ret = make_chips(vm);
		if (ret)
			return ret;
	}
	ret = vic_kvm_enable_split(vm);
	if (ret)
		return ret;
	smp_store_release(&vm->mode, VIC_MODE_FULL);
	return 0;
}

/**
 * vic_vm_default_ioapic_version() - what a new VM begins with
 * @vm: stacked on KVM's already
 *
 * Context: process.
 * Return: VIRQCHIP_IOAPIC_VERSION_*
 */
u8 vic_vm_default_ioapic_version(struct vic_vm *vm)
{
	if (!READ_ONCE(ioapic_eoi_register))
		return VIRQCHIP_IOAPIC_VERSION_KVM;
	if (vic_caps_directed_eoi(vm->kvm.file))
		return VIRQCHIP_IOAPIC_VERSION_EOI;
	pr_notice_once("this kernel's LAPICs broadcast every EOI: no IOAPIC gets an EOI register\n");
	return VIRQCHIP_IOAPIC_VERSION_KVM;
}

/**
 * vic_vm_set_ioapic_version() - VIRQCHIP_SET_IOAPIC_VERSION
 * @vm: a VM that has no chips yet
 * @version: VIRQCHIP_IOAPIC_VERSION_*
 *
 * Context: process; takes vm->lock.
 * Return: 0; -EINVAL for another version; -EOPNOTSUPP for an EOI register that
 * this kernel's LAPICs would not leave EOIs to; -EEXIST if its chips are made;
 * -EINTR if the thread is killed while it waits.
 */
int vic_vm_set_ioapic_version(struct vic_vm *vm, unsigned long version)
{
	int ret = 0;

	if (version != VIRQCHIP_IOAPIC_VERSION_KVM &&
	    version != VIRQCHIP_IOAPIC_VERSION_EOI)
		return -EINVAL;
	if (version == VIRQCHIP_IOAPIC_VERSION_EOI &&
	    !vic_caps_directed_eoi(vm->kvm.file))
		return -EOPNOTSUPP;
	if (mutex_lock_killable(&vm->lock))
		return -EINTR;
	if (vm->ioapic)
		ret = -EEXIST;
	else
		vm->ioapic_version = version;
	mutex_unlock(&vm->lock);
	return ret;
}

/**
 * vic_vm_create_irqchip() - KVM_CREATE_IRQCHIP
 * @vm: the VM
 *
 * Context: process; takes vm->lock.
 * Return: 0; -EEXIST if the VM has an irqchip, also a split one; -EINVAL if it
 * has vCPUs; -ENOMEM; mmap()'s errno; -EINVAL if KVM has no split mode;
 * -EINTR if the thread is killed while it waits.
 */
int vic_vm_create_irqchip(struct vic_vm *vm)
{
	int ret;

	if (mutex_lock_killable(&vm->lock))
		return -EINTR;
	ret = create_irqchip(vm);
	mutex_unlock(&vm->lock);
	return ret;
}

/**
 * vic_vm_create_pit() - KVM_CREATE_PIT and KVM_CREATE_PIT2
 * @vm: any VM
 * @flags: KVM_PIT_SPEAKER_DUMMY; others are ignored, as KVM does
 *
 * Without our chips there is no PIT, on any kernel: KVM 6.1 would make one of
 * its own, which would keep its ports from ours when the chips come.
 *
 * Context: process; takes vm->lock.
 * Return: 0, -EEXIST if it has one, -ENOENT without our chips, -ENOMEM, -EINTR
 * if the thread is killed while it waits.
 */
int vic_vm_create_pit(struct vic_vm *vm, u32 flags)
{
	struct vic_pit *pit;
	int ret = 0;

	if (mutex_lock_killable(&vm->lock))
		return -EINTR;
	if (vm->pit || !vic_vm_full(vm)) {
		ret = vm->pit ? -EEXIST : -ENOENT;
		goto out;
	}
	pit = vic_pit_create(vm, flags);
	if (IS_ERR(pit)) {
		ret = PTR_ERR(pit);
		goto out;
	}
	smp_store_release(&vm->pit, pit);
out:
	mutex_unlock(&vm->lock);
	return ret;
}
