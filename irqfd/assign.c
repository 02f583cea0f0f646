// SPDX-License-Identifier: GPL-2.0
/*
 * assign.c - KVM_IRQFD: binding an eventfd to a GSI, and undoing it.
 *
 * Both are made under routing.lock, so that an irqfd stands by the table in
 * force when it begins, and none disappears while irqfds are moved (home.c).
 */
#include "virqchip.h"
#include "irqfd/irqfd_private.h"
#include "objects.h"

#include <linux/err.h>
#include <linux/file.h>
#include <linux/kvm.h>
#include <linux/slab.h>

static struct vic_irqfd *irqfd_alloc(struct vic_vm *vm, u32 gsi)
{
	struct vic_irqfd *irqfd = kzalloc(sizeof(*irqfd), GFP_KERNEL_ACCOUNT);

	if (!irqfd)
		return NULL;
	vic_object_made(VIC_OBJECT_IRQFD);
	irqfd->vm = vm;
	irqfd->gsi = gsi;
	irqfd->kvm_gsi = VIC_NO_KVM_GSI;
	INIT_LIST_HEAD(&irqfd->wait.entry);
	return irqfd;
}

static bool is_bound(struct vic_irqfds *irqfds, const struct eventfd_ctx *ctx)
{
	struct vic_irqfd *irqfd;

	hash_for_each_possible(irqfds->by_ctx, irqfd, link, (unsigned long)ctx)
		if (irqfd->ctx == ctx)
			return true;
	return false;
}

/* Alive from here on; its resampler too, if it has one. */
static int announce(struct vic_irqfd *irqfd)
{
	struct vic_irqfds *irqfds = &irqfd->vm->irqfds;
	struct vic_resampler *fresh = NULL;
	int used = 0, ret = 0;

	if (irqfd->resamplefd) {
		fresh = vic_resampler_alloc(irqfd->vm, irqfd->gsi);
		if (!fresh)
			return -ENOMEM;
	}
	spin_lock_irq(&irqfds->lock);
	if (is_bound(irqfds, irqfd->ctx)) {
		ret = -EBUSY;
	} else {
		hash_add(irqfds->by_ctx, &irqfd->link,
			 (unsigned long)irqfd->ctx);
		if (fresh)
			used = vic_resampler_join(irqfd, fresh);
	}
	spin_unlock_irq(&irqfds->lock);
	if (!used)
		vic_resampler_free(fresh);
	return ret;
}

/* Undo announce(). False if the eventfd was closed meanwhile and that owns it. */
static bool retract(struct vic_irqfd *irqfd)
{
	struct vic_irqfds *irqfds = &irqfd->vm->irqfds;
	bool mine;

	spin_lock_irq(&irqfds->lock);
	mine = vic_irqfd_bury(irqfd);
	spin_unlock_irq(&irqfds->lock);
	return mine;
}

/*
 * A resampling irqfd on a GSI of KVM's is a plain one there: no chip's pin is
 * behind it whose acknowledgement could signal the resamplefd. So it is with
 * KVM's own chips and an MSI.
 */
static int settle_in(struct vic_irqfd *irqfd, struct file *file, u32 fd)
{
	int kvm_gsi = vic_kvm_gsi(irqfd->vm, irqfd->gsi);
	int ret;

	if (kvm_gsi == VIC_NO_KVM_GSI)
		return vic_irqfd_listen(irqfd, file);
	ret = vic_irqfd_call_kvm(irqfd, 0, fd, kvm_gsi);
	if (ret)
		return ret;
	WRITE_ONCE(irqfd->kvm_gsi, kvm_gsi);
	return vic_irqfd_listen_hup(irqfd, file);
}

/* Takes over @irqfd and the references in it. */
static int bind(struct vic_irqfd *irqfd, struct file *file, u32 fd)
{
	int ret;

	lockdep_assert_held(&irqfd->vm->routing.lock);
	ret = announce(irqfd);
	if (ret) {
		vic_irqfd_free(irqfd);
		return ret;
	}
	ret = settle_in(irqfd, file, fd);
	if (ret && retract(irqfd))
		vic_irqfd_end(irqfd);
	return ret;
}

static int get_resamplefd(struct vic_irqfd *irqfd, const struct kvm_irqfd *args)
{
	if (!(args->flags & KVM_IRQFD_FLAG_RESAMPLE))
		return 0;
	irqfd->resamplefd = eventfd_ctx_fdget(args->resamplefd);
	if (IS_ERR(irqfd->resamplefd)) {
		int ret = PTR_ERR(irqfd->resamplefd);

		irqfd->resamplefd = NULL;
		return ret;
	}
	return 0;
}

/* @file is the eventfd's, held by the caller. */
static int assign_file(struct vic_vm *vm, const struct kvm_irqfd *args,
		       struct file *file)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fileget(file);
	struct vic_irqfd *irqfd;
	int ret;

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	irqfd = irqfd_alloc(vm, args->gsi);
	if (!irqfd) {
		eventfd_ctx_put(ctx);
		return -ENOMEM;
	}
	irqfd->ctx = ctx;
	irqfd->file = file;
	ret = get_resamplefd(irqfd, args);
	if (ret) {
		vic_irqfd_free(irqfd);
		return ret;
	}
	if (mutex_lock_killable(&vm->routing.lock)) {
		vic_irqfd_free(irqfd);
		return -EINTR;
	}
	ret = bind(irqfd, file, args->fd);
	mutex_unlock(&vm->routing.lock);
	return ret;
}

/**
 * vic_irqfd_assign() - KVM_IRQFD
 * @vm: a VM with our chips
 * @args: the VMM's; flags were checked
 *
 * Context: process, the VM's mm; takes routing.lock.
 * Return: 0; -EBADF or -EINVAL if a descriptor is none or no eventfd's;
 * -EBUSY if the eventfd is bound in this VM (since 6.17, in any); -ENOMEM;
 * -EINTR if the thread is killed while it waits.
 */
int vic_irqfd_assign(struct vic_vm *vm, const struct kvm_irqfd *args)
{
	struct file *file = fget(args->fd);
	int ret;

	if (!file)
		return -EBADF;
	ret = assign_file(vm, args, file);
	fput(file);
	return ret;
}

static struct vic_irqfd *bury_match(struct vic_vm *vm,
				    const struct eventfd_ctx *ctx, u32 gsi)
{
	struct vic_irqfd *irqfd, *found = NULL;

	spin_lock_irq(&vm->irqfds.lock);
	hash_for_each_possible(vm->irqfds.by_ctx, irqfd, link,
			       (unsigned long)ctx) {
		if (irqfd->ctx == ctx && irqfd->gsi == gsi) {
			vic_irqfd_bury(irqfd);
			found = irqfd;
			break;
		}
	}
	spin_unlock_irq(&vm->irqfds.lock);
	return found;
}

/* After this no signal is injected any more. */
static int unbind(struct vic_irqfd *irqfd, u32 fd)
{
	int ret = 0;

	if (irqfd->kvm_gsi != VIC_NO_KVM_GSI)
		ret = vic_irqfd_call_kvm(irqfd, KVM_IRQFD_FLAG_DEASSIGN, fd,
					 irqfd->kvm_gsi);
	vic_irqfd_unlisten_and_empty(irqfd);
	vic_irqfd_end(irqfd);
	return ret;
}

/**
 * vic_irqfd_deassign() - KVM_IRQFD with KVM_IRQFD_FLAG_DEASSIGN
 * @vm: a VM with our chips
 * @args: the VMM's; only fd and gsi matter
 *
 * Context: process, the VM's mm; takes routing.lock.
 * Return: 0, also if nothing was bound; -EBADF or -EINVAL if the descriptor is
 * none or no eventfd's; -EINTR if the thread is killed while it waits.
 */
int vic_irqfd_deassign(struct vic_vm *vm, const struct kvm_irqfd *args)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fdget(args->fd);
	struct vic_irqfd *irqfd;
	int ret;

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	ret = mutex_lock_killable(&vm->routing.lock);
	if (!ret) {
		irqfd = bury_match(vm, ctx, args->gsi);
		if (irqfd)
			ret = unbind(irqfd, args->fd);
		mutex_unlock(&vm->routing.lock);
	}
	eventfd_ctx_put(ctx);
	return ret;
}
