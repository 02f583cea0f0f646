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
static int settle_in(struct vic_irqfd *irqfd,
		     const struct vic_eventfd *eventfd)
{
	int kvm_gsi = vic_kvm_gsi(irqfd->vm, irqfd->gsi);
	int ret;

	if (kvm_gsi == VIC_NO_KVM_GSI)
		return vic_irqfd_listen(irqfd, eventfd->file);
	ret = vic_irqfd_call_kvm_for(irqfd, 0, eventfd, kvm_gsi);
	if (ret)
		return ret;
	WRITE_ONCE(irqfd->kvm_gsi, kvm_gsi);
	return vic_irqfd_listen_hup(irqfd, eventfd->file);
}

/* Takes over @irqfd and the references in it. */
static int bind(struct vic_irqfd *irqfd, const struct vic_eventfd *eventfd)
{
	int ret;

	lockdep_assert_held(&irqfd->vm->routing.lock);
	ret = announce(irqfd);
	if (ret) {
		vic_irqfd_free(irqfd);
		return ret;
	}
	ret = settle_in(irqfd, eventfd);
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

static int assign(struct vic_vm *vm, const struct kvm_irqfd *args,
		  const struct vic_eventfd *eventfd)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fileget(eventfd->file);
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
	irqfd->file = eventfd->file;
	ret = get_resamplefd(irqfd, args);
	if (ret) {
		vic_irqfd_free(irqfd);
		return ret;
	}
	if (mutex_lock_killable(&vm->routing.lock)) {
		vic_irqfd_free(irqfd);
		return -EINTR;
	}
	ret = bind(irqfd, eventfd);
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
	const struct vic_eventfd eventfd = { fget(args->fd), args->fd };
	int ret;

	if (!eventfd.file)
		return -EBADF;
	ret = assign(vm, args, &eventfd);
	fput(eventfd.file);
	return ret;
}

/* It stays: the caller has routing.lock, and the eventfd is not closed. */
static struct vic_irqfd *find_match(struct vic_vm *vm,
				    const struct eventfd_ctx *ctx, u32 gsi)
{
	struct vic_irqfd *irqfd, *found = NULL;

	lockdep_assert_held(&vm->routing.lock);

	spin_lock_irq(&vm->irqfds.lock);
	hash_for_each_possible(vm->irqfds.by_ctx, irqfd, link,
			       (unsigned long)ctx) {
		if (irqfd->ctx == ctx && irqfd->gsi == gsi) {
			found = irqfd;
			break;
		}
	}
	spin_unlock_irq(&vm->irqfds.lock);
	return found;
}

/*
 * After this no signal is injected any more. If KVM does not let go of it, it
 * stays bound.
 */
static int unbind(struct vic_irqfd *irqfd, const struct vic_eventfd *eventfd)
{
	int ret = 0;

	if (irqfd->kvm_gsi != VIC_NO_KVM_GSI)
		ret = vic_irqfd_call_kvm_for(irqfd, KVM_IRQFD_FLAG_DEASSIGN,
					     eventfd, irqfd->kvm_gsi);
	if (ret)
		return ret;
	retract(irqfd);
	vic_irqfd_unlisten_and_empty(irqfd);
	vic_irqfd_end(irqfd);
	return 0;
}

static int deassign(struct vic_vm *vm, u32 gsi,
		    const struct vic_eventfd *eventfd)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fileget(eventfd->file);
	struct vic_irqfd *irqfd;
	int ret;

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	ret = mutex_lock_killable(&vm->routing.lock);
	if (!ret) {
		irqfd = find_match(vm, ctx, gsi);
		if (irqfd)
			ret = unbind(irqfd, eventfd);
		mutex_unlock(&vm->routing.lock);
	}
	eventfd_ctx_put(ctx);
	return ret;
}

/**
 * vic_irqfd_deassign() - KVM_IRQFD with KVM_IRQFD_FLAG_DEASSIGN
 * @vm: a VM with our chips
 * @args: the VMM's; only fd and gsi matter
 *
 * Context: process, the VM's mm; takes routing.lock.
 * Return: 0, also if nothing was bound; -EBADF or -EINVAL if the descriptor is
 * none or no eventfd's; -EINTR if the thread is killed while it waits; an errno
 * of calling KVM, and then it is still bound.
 */
int vic_irqfd_deassign(struct vic_vm *vm, const struct kvm_irqfd *args)
{
	const struct vic_eventfd eventfd = { fget(args->fd), args->fd };
	int ret;

	if (!eventfd.file)
		return -EBADF;
	ret = deassign(vm, args->gsi, &eventfd);
	fput(eventfd.file);
	return ret;
}
