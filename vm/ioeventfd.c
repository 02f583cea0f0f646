// SPDX-License-Identifier: GPL-2.0
/*
 * ioeventfd.c - ioeventfds where a chip is.
 *
 * On KVM's bus, devices that overlap are asked in the order of their addresses,
 * then of their ends, then of their making; one is asked only if all of the
 * access is in its range, and the first that wants it has it
 * (virt/kvm/kvm_main.c, kvm_io_bus_register_dev() and kvm_io_bus_write()). So an
 * ioeventfd always comes before a chip that is made later: KVM can have it. Of
 * those that are bound when the chip is there, some come behind it. KVM, which
 * knows no chips of ours, would give them the guest's writes; so they stay here,
 * and get the exits that no chip wants.
 *
 * KVM's too are noted if a chip could be where they are, to find collisions.
 */
#include "virqchip.h"
#include "objects.h"
#include "vm/vm.h"

#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/kvm.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/**
 * struct vic_ioeventfd - one that is where a chip is, or could be
 * @link: in the VM's list; RCU
 * @rcu: frees it
 * @args: what, where and when
 * @ctx: the eventfd, a reference
 * @in_kvm: KVM has it and signals it
 *
 * All but @link and @rcu is set once.
 */
struct vic_ioeventfd {
	struct list_head link;
	struct rcu_head rcu;
	struct kvm_ioeventfd args;
	struct eventfd_ctx *ctx;
	bool in_kvm;
};

/**
 * struct chip_range - a chip's place on KVM's bus
 * @addr: first port or address
 * @len: how many
 * @is_pio: ports
 * @is_pit: there after KVM_CREATE_PIT2 only
 */
struct chip_range {
	u64 addr;
	u32 len;
	bool is_pio;
	bool is_pit;
};

/* arch/x86/kvm/i8259.c, i8254.c, ioapic.h */
static const struct chip_range chip_ranges[] = {
	{ .addr = 0x20, .len = 2, .is_pio = true },
	{ .addr = 0xa0, .len = 2, .is_pio = true },
	{ .addr = 0x4d0, .len = 2, .is_pio = true },
	{ .addr = 0x40, .len = 4, .is_pio = true, .is_pit = true },
	{ .addr = 0x61, .len = 4, .is_pio = true, .is_pit = true },
	{ .addr = 0xfec00000, .len = 0x100 },
};

/* Not of the VM's, whether it is there or not. */
static const struct chip_range *range_at(const struct kvm_ioeventfd *args)
{
	bool is_pio = args->flags & KVM_IOEVENTFD_FLAG_PIO;
	unsigned int i;

	if (!is_pio && args->flags & KVM_IOEVENTFD_FLAG_VIRTIO_CCW_NOTIFY)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(chip_ranges); i++)
		if (chip_ranges[i].is_pio == is_pio &&
		    args->addr >= chip_ranges[i].addr &&
		    args->addr - chip_ranges[i].addr < chip_ranges[i].len)
			return &chip_ranges[i];
	return NULL;
}

static bool comes_behind(const struct vic_vm *vm,
			 const struct kvm_ioeventfd *args)
{
	const struct chip_range *range = range_at(args);

	if (range->is_pit && !vic_vm_pit(vm))
		return false;
	return args->addr != range->addr || !args->len ||
	       args->len >= range->len;
}

/* Else KVM says what is wrong. */
static bool is_valid(const struct kvm_ioeventfd *args)
{
	if (args->flags & ~(KVM_IOEVENTFD_FLAG_DATAMATCH |
			    KVM_IOEVENTFD_FLAG_PIO))
		return false;
	if (!args->len)
		return !(args->flags & KVM_IOEVENTFD_FLAG_DATAMATCH);
	return args->len == 1 || args->len == 2 || args->len == 4 ||
	       args->len == 8;
}

static bool is_match(const struct kvm_ioeventfd *args)
{
	return args->flags & KVM_IOEVENTFD_FLAG_DATAMATCH;
}

static bool is_same_place(const struct kvm_ioeventfd *a,
			  const struct kvm_ioeventfd *b)
{
	return a->addr == b->addr &&
	       !((a->flags ^ b->flags) & KVM_IOEVENTFD_FLAG_PIO);
}

/* Could both want the same write? As KVM's ioeventfd_check_collision(). */
static bool collides(const struct kvm_ioeventfd *a,
		     const struct kvm_ioeventfd *b)
{
	if (!is_same_place(a, b))
		return false;
	if (!a->len || !b->len)
		return true;
	return a->len == b->len && (!is_match(a) || !is_match(b) ||
				    a->datamatch == b->datamatch);
}

static bool is_same(const struct kvm_ioeventfd *a,
		    const struct kvm_ioeventfd *b)
{
	return is_same_place(a, b) && a->len == b->len &&
	       is_match(a) == is_match(b) &&
	       (!is_match(a) || a->datamatch == b->datamatch);
}

static struct vic_ioeventfd *
find(struct vic_vm *vm, const struct kvm_ioeventfd *args,
     bool (*fits)(const struct kvm_ioeventfd *a, const struct kvm_ioeventfd *b))
{
	struct vic_ioeventfd *e;

	lockdep_assert_held(&vm->lock);
	list_for_each_entry(e, &vm->ioeventfds, link)
		if (fits(&e->args, args))
			return e;
	return NULL;
}

static int call_kvm(struct vic_vm *vm, const struct kvm_ioeventfd *args)
{
	static_assert(sizeof(*args) <= VIC_ARG_SIZE);
	return vic_kvm_call(vm, vm->kvm.file, KVM_IOEVENTFD, args,
			    sizeof(*args));
}

static struct vic_ioeventfd *make(struct vic_vm *vm,
				  const struct kvm_ioeventfd *args)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fdget(args->fd);
	struct vic_ioeventfd *e;

	if (IS_ERR(ctx))
		return ERR_CAST(ctx);
	e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	if (!e) {
		eventfd_ctx_put(ctx);
		return ERR_PTR(-ENOMEM);
	}
	vic_object_made(VIC_OBJECT_IOEVENTFD);
	e->args = *args;
	e->ctx = ctx;
	e->in_kvm = !comes_behind(vm, args);
	return e;
}

static void free_ioeventfd(struct rcu_head *rcu)
{
	struct vic_ioeventfd *e = container_of(rcu, struct vic_ioeventfd, rcu);

	eventfd_ctx_put(e->ctx);
	vic_object_gone(VIC_OBJECT_IOEVENTFD);
	kfree(e);
}

/* In the order in which KVM finds errors. */
static int assign_locked(struct vic_vm *vm, const struct kvm_ioeventfd *args)
{
	struct vic_ioeventfd *e = make(vm, args);
	int ret = 0;

	if (IS_ERR(e))
		return PTR_ERR(e);
	if (find(vm, args, collides))
		ret = -EEXIST;
	else if (e->in_kvm)
		ret = call_kvm(vm, args);
	if (ret)
		free_ioeventfd(&e->rcu);
	else
		list_add_tail_rcu(&e->link, &vm->ioeventfds);
	return ret;
}

static int assign(struct vic_vm *vm, const struct kvm_ioeventfd *args)
{
	int ret;

	if (!range_at(args) || !is_valid(args))
		return call_kvm(vm, args);
	if (mutex_lock_killable(&vm->lock))
		return -EINTR;
	ret = assign_locked(vm, args);
	mutex_unlock(&vm->lock);
	return ret;
}

static int check_eventfd(const struct vic_ioeventfd *e, int fd)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fdget(fd);

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	eventfd_ctx_put(ctx);
	return ctx == e->ctx ? 0 : -ENOENT;
}

static int deassign_locked(struct vic_vm *vm, const struct kvm_ioeventfd *args)
{
	struct vic_ioeventfd *e = find(vm, args, is_same);
	int ret;

	if (e && !e->in_kvm)
		ret = check_eventfd(e, args->fd);
	else
		ret = call_kvm(vm, args);
	if (!ret && e) {
		list_del_rcu(&e->link);
		call_rcu(&e->rcu, free_ioeventfd);
	}
	return ret;
}

static int deassign(struct vic_vm *vm, const struct kvm_ioeventfd *args)
{
	int ret;

	if (!range_at(args))
		return call_kvm(vm, args);
	if (mutex_lock_killable(&vm->lock))
		return -EINTR;
	ret = deassign_locked(vm, args);
	mutex_unlock(&vm->lock);
	return ret;
}

/**
 * vic_vm_ioeventfd() - KVM_IOEVENTFD
 * @vm: a VM with our chips
 * @args: the VMM's
 *
 * Context: process, the VM's mm; may take vm->lock.
 * Return: as KVM; -EINTR if the thread is killed while it waits.
 */
int vic_vm_ioeventfd(struct vic_vm *vm, const struct kvm_ioeventfd *args)
{
	if (args->flags & KVM_IOEVENTFD_FLAG_DEASSIGN)
		return deassign(vm, args);
	return assign(vm, args);
}

static void note_passed(struct vic_vm *vm, const struct kvm_ioeventfd *args)
{
	struct vic_ioeventfd *e = make(vm, args);

	if (IS_ERR(e))
		return;
	e->in_kvm = true;
	list_add_tail_rcu(&e->link, &vm->ioeventfds);
}

static void forget_passed(struct vic_vm *vm, const struct kvm_ioeventfd *args)
{
	struct vic_ioeventfd *e = find(vm, args, is_same);

	if (!e)
		return;
	list_del_rcu(&e->link);
	call_rcu(&e->rcu, free_ioeventfd);
}

/**
 * vic_ioeventfd_passed() - KVM has done a KVM_IOEVENTFD of a VM without chips
 * @vm: one that may still get chips
 * @uargs: the VMM's struct kvm_ioeventfd
 *
 * So that it is known when there are chips. If there is no memory for that, or
 * another thread has changed the struct since KVM read it, a second one for the
 * same writes is not refused then, and does not come to anything.
 *
 * Context: process; vm->lock held.
 */
void vic_ioeventfd_passed(struct vic_vm *vm, const void __user *uargs)
{
	struct kvm_ioeventfd args;

	lockdep_assert_held(&vm->lock);
	if (copy_from_user(&args, uargs, sizeof(args)) || !range_at(&args))
		return;
	if (args.flags & KVM_IOEVENTFD_FLAG_DEASSIGN)
		forget_passed(vm, &args);
	else if (is_valid(&args))
		note_passed(vm, &args);
}

static bool wants(const struct kvm_ioeventfd *args, bool is_pio, u64 addr,
		  unsigned int len, u64 value)
{
	if (is_pio != !!(args->flags & KVM_IOEVENTFD_FLAG_PIO) ||
	    args->addr != addr)
		return false;
	if (!args->len)
		return true;
	return args->len == len &&
	       (!is_match(args) || args->datamatch == value);
}

/**
 * vic_ioeventfds_write() - the guest has written where no chip wants it
 * @vm: a VM with our chips
 * @is_pio: to a port, else to memory
 * @addr: where
 * @len: width in bytes, at most 8
 * @data: @len bytes
 *
 * Context: process, on a vCPU's thread; signals an eventfd.
 * Return: true if an ioeventfd took it.
 */
bool vic_ioeventfds_write(struct vic_vm *vm, bool is_pio, u64 addr,
			  unsigned int len, const void *data)
{
	struct vic_ioeventfd *e;
	bool taken = false;
	u64 value = 0;

	if (likely(list_empty(&vm->ioeventfds)))
		return false;
	memcpy(&value, data, len);
	rcu_read_lock();
	list_for_each_entry_rcu(e, &vm->ioeventfds, link) {
		taken = !e->in_kvm && wants(&e->args, is_pio, addr, len, value);
		if (!taken)
			continue;
		eventfd_signal(e->ctx);
		break;
	}
	rcu_read_unlock();
	return taken;
}

/**
 * vic_ioeventfds_destroy() - the end of all of them
 * @vm: a VM without files
 *
 * Those that KVM has end with KVM's VM.
 *
 * Context: process.
 */
void vic_ioeventfds_destroy(struct vic_vm *vm)
{
	struct vic_ioeventfd *e, *next;

	list_for_each_entry_safe(e, next, &vm->ioeventfds, link)
		free_ioeventfd(&e->rcu);
}
