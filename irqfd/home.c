// SPDX-License-Identifier: GPL-2.0
/*
 * home.c - who injects an irqfd: KVM or we.
 *
 * A GSI whose route is MSI, HV_SINT or XEN_EVTCHN leads to KVM, and so do its
 * irqfds: they are KVM's own, with its posted interrupts and its bypass, and
 * cost nothing more through us. All others are ours. When a GSI changes sides,
 * its irqfds follow.
 *
 * An irqfd of ours on a GSI of KVM's works too, if slowly: its signal is sent
 * by the next vCPU thread that comes by (vic_apicbus_set_gsi()). So a move to
 * KVM that fails loses nothing. Coming back must not fail; it is made before
 * anything else changes, and can refuse the change. It cannot find the eventfd
 * taken by another VM, because we keep our place behind KVM (irqfd.c).
 *
 * KVM wants a file descriptor. A VMM may have closed the one it gave us, or put
 * something else there, so the eventfd gets another for a moment.
 */
#include "virqchip.h"
#include "irqfd/irqfd_private.h"

#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm.h>

static int call_kvm(struct vic_irqfd *irqfd, u32 flags, u32 fd, int kvm_gsi)
{
	const struct kvm_irqfd args = {
		.fd = fd,
		.gsi = kvm_gsi,
		.flags = flags,
	};

	static_assert(sizeof(args) <= VIC_ARG_SIZE);
	return vic_kvm_call(irqfd->vm, irqfd->vm->kvm.file, KVM_IRQFD, &args,
			    sizeof(args));
}

/* The eventfd's file with a reference, or NULL if it is being closed. */
static struct file *hold_file(struct vic_irqfd *irqfd)
{
	struct file *file = NULL;

	spin_lock_irq(&irqfd->wqh->lock);
	if (!list_empty(&irqfd->wait.entry))
		file = get_file_active(&irqfd->file);
	spin_unlock_irq(&irqfd->wqh->lock);
	return file;
}

static bool is_in_place(const struct vic_eventfd *eventfd)
{
	struct file *file = fget(eventfd->fd);

	if (file)
		fput(file);
	return file == eventfd->file;
}

/*
 * A VMM may guess the number and put another file there. To assign, it then has
 * an irqfd of its own making in KVM, and here one that can be deassigned. To
 * deassign, KVM may have let go of nothing: so that must be tried again.
 */
static int call_and_look(struct vic_irqfd *irqfd, u32 flags,
			 const struct vic_eventfd *eventfd, int kvm_gsi)
{
	int ret = call_kvm(irqfd, flags, eventfd->fd, kvm_gsi);

	if (!ret && flags & KVM_IRQFD_FLAG_DEASSIGN && !is_in_place(eventfd))
		ret = -EBADF;
	return ret;
}

static int call_kvm_with_file(struct vic_irqfd *irqfd, u32 flags,
			      struct file *file, int kvm_gsi)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	int ret;

	if (fd < 0)
		return fd;
	get_file(file);
	fd_install(fd, file);
	ret = call_and_look(irqfd, flags, &(struct vic_eventfd){ file, fd },
			    kvm_gsi);
	close_fd(fd);
	return ret;
}

/**
 * vic_irqfd_call_kvm_for() - KVM_IRQFD, as a VMM has asked us
 * @irqfd: which
 * @flags: KVM's
 * @eventfd: its eventfd, as the VMM has named it
 * @kvm_gsi: KVM's GSI
 *
 * KVM gets a descriptor that the VMM does not know. Where none is free it gets
 * the VMM's, for KVM needs no further one.
 *
 * Context: process, the VM's mm.
 * Return: what KVM answers; -EBADF if another thread made it uncertain what KVM
 * has let go of.
 */
int vic_irqfd_call_kvm_for(struct vic_irqfd *irqfd, u32 flags,
			   const struct vic_eventfd *eventfd, int kvm_gsi)
{
	int ret = call_kvm_with_file(irqfd, flags, eventfd->file, kvm_gsi);

	if (ret != -EMFILE)
		return ret;
	return call_and_look(irqfd, flags, eventfd, kvm_gsi);
}

/* We stand behind KVM: each signal is KVM's or, once it has left, ours. */
static int come_back(struct vic_irqfd *irqfd, struct file *file)
{
	int ret;

	vic_irqfd_take_over(irqfd);
	ret = call_kvm_with_file(irqfd, KVM_IRQFD_FLAG_DEASSIGN, file,
				 irqfd->kvm_gsi);
	if (ret) {
		vic_irqfd_stand_by(irqfd);
		return ret;
	}
	WRITE_ONCE(irqfd->kvm_gsi, VIC_NO_KVM_GSI);
	return 0;
}

/*
 * If KVM refuses it stays ours. It may refuse because another VM has taken the
 * eventfd when we made way; then signals are that one's until it leaves.
 */
static void go_to_kvm(struct vic_irqfd *irqfd, struct file *file, int kvm_gsi)
{
	vic_irqfd_make_way(irqfd);
	if (call_kvm_with_file(irqfd, 0, file, kvm_gsi)) {
		vic_irqfd_take_over(irqfd);
		return;
	}
	WRITE_ONCE(irqfd->kvm_gsi, kvm_gsi);
	vic_irqfd_stand_by(irqfd);
}

/* ---- around a change of the table ------------------------------------ */

static bool is_kvms(const struct vic_routing_table *table, u32 gsi)
{
	const struct vic_route *route = vic_routing_only_route(table, gsi);

	return route && route->type != KVM_IRQ_ROUTING_IRQCHIP;
}

/*
 * Must it leave KVM before @table comes into force? Yes if its GSI will be
 * ours, and also if KVM knows its GSI by another number that may then belong
 * to another one.
 */
static bool must_leave(const struct vic_irqfd *irqfd,
		       const struct vic_routing_table *table)
{
	if (irqfd->kvm_gsi == VIC_NO_KVM_GSI)
		return false;
	if (!is_kvms(table, irqfd->gsi))
		return true;
	return irqfd->kvm_gsi != irqfd->gsi &&
	       (irqfd->kvm_gsi < VIC_IOAPIC_PINS ||
		is_kvms(table, irqfd->kvm_gsi));
}

/**
 * struct mover - an irqfd that has to move, and what keeps it meanwhile
 * @irqfd: cannot be deassigned, because routing.lock is held, nor closed,
 *	because of @file
 * @file: its eventfd, a reference
 */
struct mover {
	struct vic_irqfd *irqfd;
	struct file *file;
};

/* Ours, on a GSI that is KVM's by the table in force (@table is not used). */
static bool may_go(const struct vic_irqfd *irqfd,
		   const struct vic_routing_table *table)
{
	return irqfd->kvm_gsi == VIC_NO_KVM_GSI &&
	       vic_kvm_gsi(irqfd->vm, irqfd->gsi) != VIC_NO_KVM_GSI;
}

/**
 * struct walk - once through a VM's irqfds, each met at most once
 * @moves: which are wanted
 * @table: for @moves
 * @number: of this walk; written into the irqfds that it has met
 * @bucket: of by_ctx, where it is now
 *
 * While routing.lock is held none is added, but eventfds may be closed, which
 * takes theirs out.
 */
struct walk {
	bool (*moves)(const struct vic_irqfd *irqfd,
		      const struct vic_routing_table *table);
	const struct vic_routing_table *table;
	u64 number;
	unsigned int bucket;
};

static struct vic_irqfd *next_in_bucket(struct vic_vm *vm,
					const struct walk *walk)
{
	struct vic_irqfd *irqfd;

	lockdep_assert_held(&vm->irqfds.lock);
	hlist_for_each_entry(irqfd, &vm->irqfds.by_ctx[walk->bucket], link) {
		if (irqfd->walk == walk->number ||
		    !walk->moves(irqfd, walk->table))
			continue;
		irqfd->walk = walk->number;
		return irqfd;
	}
	return NULL;
}

static bool next_mover(struct vic_vm *vm, struct walk *walk, struct mover *m)
{
	const unsigned int nr_buckets = HASH_SIZE(vm->irqfds.by_ctx);

	for (; walk->bucket < nr_buckets; walk->bucket++) {
		if (hlist_empty(&vm->irqfds.by_ctx[walk->bucket]))
			continue;
		rcu_read_lock();
		spin_lock_irq(&vm->irqfds.lock);
		m->irqfd = next_in_bucket(vm, walk);
		spin_unlock_irq(&vm->irqfds.lock);
		m->file = m->irqfd ? hold_file(m->irqfd) : NULL;
		rcu_read_unlock();
		if (m->irqfd)
			return true;
	}
	return false;
}

/**
 * vic_irqfds_leave_kvm() - take back what will not be KVM's any more
 * @vm: whose
 * @table: the table about to come into force
 *
 * Context: process, the VM's mm; routing.lock held.
 * Return: 0, or an errno: then the change must not be made. Those taken back
 * so far work where they are; vic_irqfds_settle() returns them.
 */
int vic_irqfds_leave_kvm(struct vic_vm *vm,
			 const struct vic_routing_table *table)
{
	struct walk walk = {
		.moves = must_leave,
		.table = table,
		.number = ++vm->irqfds.walks,
	};
	struct mover m;
	int ret = 0;

	lockdep_assert_held(&vm->routing.lock);
	while (!ret && next_mover(vm, &walk, &m)) {
		/*
		 * Being closed, which ends it in KVM as well. Not to be waited
		 * for: whoever closes it may not run before we are through.
		 */
		if (!m.file)
			continue;
		ret = come_back(m.irqfd, m.file);
		fput(m.file);
	}
	return ret;
}

/**
 * vic_irqfds_settle() - give KVM what is KVM's by the table in force
 * @vm: whose
 *
 * One that cannot go stays with us and works.
 *
 * Context: process, the VM's mm; routing.lock held.
 */
void vic_irqfds_settle(struct vic_vm *vm)
{
	struct walk walk = {
		.moves = may_go,
		.number = ++vm->irqfds.walks,
	};
	struct mover m;

	lockdep_assert_held(&vm->routing.lock);
	while (next_mover(vm, &walk, &m)) {
		if (!m.file)
			continue;
		go_to_kvm(m.irqfd, m.file, vic_kvm_gsi(vm, m.irqfd->gsi));
		fput(m.file);
	}
}
