/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VIC_IRQFD_IRQFD_H
#define VIC_IRQFD_IRQFD_H

#include "irqchip/chip.h"

#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct kvm_irqfd;
struct seq_file;
struct vic_routing_table;
struct vic_vm;

/**
 * struct vic_irqfds - the eventfds bound to a VM's GSIs
 * @lock: guards the lists; irqs off
 * @by_ctx: struct vic_irqfd by eventfd; an irqfd that is in here is alive, and
 *	whoever takes it out owns its destruction
 * @resamplers: struct vic_resampler, at most one a GSI; RCU
 * @walks: how many times the irqfds were gone through to be moved (home.c);
 *	under routing.lock
 */
struct vic_irqfds {
	spinlock_t lock;
	DECLARE_HASHTABLE(by_ctx, 8);
	struct hlist_head resamplers;
	u64 walks;
};

void vic_irqfds_init(struct vic_irqfds *irqfds);
int vic_irqfd_assign(struct vic_vm *vm, const struct kvm_irqfd *args);
int vic_irqfd_deassign(struct vic_vm *vm, const struct kvm_irqfd *args);
void vic_irqfds_release(struct vic_vm *vm);

/* Around a change of the table; under routing.lock, in process context. */
int vic_irqfds_leave_kvm(struct vic_vm *vm,
			 const struct vic_routing_table *table);
void vic_irqfds_settle(struct vic_vm *vm);

bool vic_irqfd_notify_resampler(struct vic_vm *vm, enum vic_chip chip,
				unsigned int pin);
void vic_irqfds_show(struct vic_vm *vm, struct seq_file *m);

#endif /* VIC_IRQFD_IRQFD_H */
