// SPDX-License-Identifier: GPL-2.0
/*
 * gsi.c - KVM_IRQ_LINE, KVM_IRQ_LINE_STATUS and KVM_SET_GSI_ROUTING.
 */
#include "virqchip.h"
#include "vm/vm.h"

#include <linux/err.h>
#include <linux/kvm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/**
 * vic_vm_irq_line() - KVM_IRQ_LINE and KVM_IRQ_LINE_STATUS
 * @vm: a VM with our chips
 * @line: which GSI, which level
 * @line_status: the caller wants the outcome
 *
 * Context: process, the VM's mm; may send.
 * Return: KVM's tri-state; an unknown GSI is VIC_MASKED, no error, and so is a
 * message that KVM refuses. An errno below VIC_MASKED if a message could not be
 * sent: it is still due, and KVM_RUN does not say so once more.
 */
int vic_vm_irq_line(struct vic_vm *vm, const struct kvm_irq_level *line,
		    bool line_status)
{
	const struct vic_assert a = {
		.source = VIC_SOURCE_USER,
		.level = line->level,
		.line_status = line_status,
		.may_send = true,
	};
	int ret = vic_routing_set_gsi(vm, line->irq, &a);

	if (ret < VIC_MASKED)
		vic_kvm_is_news(vm, ret);
	return ret;
}

/*
 * Order: irqfds whose GSI stops being KVM's come home first, while KVM's route
 * still exists; then KVM gets its part, then ours is published, then irqfds
 * whose GSI has become KVM's move there. At each moment every irqfd has
 * somebody who injects it by a table that was in force.
 *
 * Returns the table that was in force, or an errno.
 */
static struct vic_routing_table *
swap_table(struct vic_vm *vm, struct vic_routing_table *table,
	   const struct kvm_irq_routing_entry *entries, u32 nr)
{
	struct vic_routing_table *old;
	int ret;

	lockdep_assert_held(&vm->routing.lock);
	ret = vic_irqfds_leave_kvm(vm, table);
	if (!ret)
		ret = vic_kvm_routes_set(vm, entries, nr);
	old = ret ? ERR_PTR(ret) : vic_routing_publish(vm, table);
	vic_irqfds_settle(vm);
	return old;
}

static int set_routing(struct vic_vm *vm,
		       const struct kvm_irq_routing_entry *entries, u32 nr)
{
	struct vic_routing_table *table = vic_routing_build(entries, nr);
	struct vic_routing_table *old = ERR_PTR(-EINTR);

	if (IS_ERR(table))
		return PTR_ERR(table);
	if (!mutex_lock_killable(&vm->routing.lock)) {
		old = swap_table(vm, table, entries, nr);
		mutex_unlock(&vm->routing.lock);
	}
	if (IS_ERR(old)) {
		vic_routing_free(table);
		return PTR_ERR(old);
	}
	vic_routing_retire(old);
	return 0;
}

/**
 * vic_vm_set_routing() - KVM_SET_GSI_ROUTING
 * @vm: a VM with our chips
 * @uentries: the VMM's entries
 * @nr: how many; 0 is an empty table
 * @flags: must be 0
 *
 * Whole table replaced, or nothing.
 *
 * Context: process, the VM's mm; takes routing.lock.
 * Return: 0, or KVM's errno in KVM's order: -EINVAL for @nr and @flags,
 * -EFAULT, -ENOMEM, -EINVAL for an entry; -EMFILE if an irqfd has to move and
 * the VMM has no file descriptor free; -EINTR if the thread is killed while it
 * waits.
 */
int vic_vm_set_routing(struct vic_vm *vm, void __user *uentries, u32 nr,
		       u32 flags)
{
	struct kvm_irq_routing_entry *entries = NULL;
	int ret;

	if (nr > VIC_MAX_ROUTES || flags)
		return -EINVAL;
	if (nr) {
		entries = vmemdup_user(uentries,
				       array_size(nr, sizeof(*entries)));
		if (IS_ERR(entries))
			return PTR_ERR(entries);
	}
	/* What was asserted before goes where its GSI led then. */
	vic_kvm_flush_if_pending(vm, &vm->kvm);
	ret = set_routing(vm, entries, nr);
	kvfree(entries);
	return ret;
}
