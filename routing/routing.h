/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VIC_ROUTING_ROUTING_H
#define VIC_ROUTING_ROUTING_H

#include "irqchip/chip.h"

#include <linux/kvm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct seq_file;
struct vic_route;
struct vic_vm;

/** VIC_MAX_ROUTES - entries in a table, and GSIs (KVM_MAX_IRQ_ROUTES) */
#define VIC_MAX_ROUTES		4096

/** VIC_NO_GSI - in the reverse map: no GSI reaches this pin */
#define VIC_NO_GSI		(-1)

/**
 * typedef vic_route_set_fn - drive what one route leads to
 * @vm: the VM
 * @route: the route; a copy on the caller's stack
 * @a: the change
 *
 * Return: KVM's tri-state, enum vic_delivery; an errno below VIC_MASKED if a
 * message could not be sent and is still due.
 */
typedef int vic_route_set_fn(struct vic_vm *vm, const struct vic_route *route,
			     const struct vic_assert *a);

/**
 * struct vic_route - one entry of the table
 * @link: in its GSI's list; RCU
 * @set: what it does when its GSI changes; never NULL
 * @gsi: its GSI
 * @type: KVM_IRQ_ROUTING_*
 * @pin: IRQCHIP: chip and input; secondary's pins are 8-15 here
 * @entry: the other types: the user's entry, unchanged
 */
struct vic_route {
	struct hlist_node link;
	vic_route_set_fn *set;
	u32 gsi;
	u32 type;
	union {
		struct {
			enum vic_chip chip;
			u32 pin;
		} pin;
		struct kvm_irq_routing_entry entry;
	};
};

/**
 * struct vic_ack_notifier - wants to know when the guest acknowledges a GSI
 * @link: in routing's list; RCU
 * @gsi: which; set once
 * @acked: called under rcu_read_lock(), no other lock held, in process context
 *
 * To free it, remove it and let a grace period pass.
 */
struct vic_ack_notifier {
	struct hlist_node link;
	u32 gsi;
	void (*acked)(struct vic_ack_notifier *notifier);
};

/**
 * struct vic_mask_notifier - wants to know when the guest masks a GSI's pin
 * @link: in routing's list; RCU
 * @gsi: which; set once
 * @changed: as @acked of struct vic_ack_notifier; @masked is the new state
 */
struct vic_mask_notifier {
	struct hlist_node link;
	u32 gsi;
	void (*changed)(struct vic_mask_notifier *notifier, bool masked);
};

struct vic_routing_table;

/**
 * struct vic_routing - a VM's routing
 * @lock: mutex: writers of @table, and KVM's own table (apicbus/kvm_routes.c)
 * @table: what is in force; RCU; never NULL once the VM has chips
 * @notify_lock: writers of the two lists; irqs off
 * @acks: struct vic_ack_notifier; RCU
 * @masks: struct vic_mask_notifier; RCU
 */
struct vic_routing {
	struct mutex lock;
	struct vic_routing_table __rcu *table;
	spinlock_t notify_lock;
	struct hlist_head acks;
	struct hlist_head masks;
};

void vic_routing_init(struct vic_routing *routing);
void vic_routing_destroy(struct vic_routing *routing);

/* Build, validate, swap. */
struct vic_routing_table *
vic_routing_build(const struct kvm_irq_routing_entry *entries, unsigned int nr);
struct vic_routing_table *vic_routing_build_default(void);
void vic_routing_free(struct vic_routing_table *table);
struct vic_routing_table *vic_routing_publish(struct vic_vm *vm,
					      struct vic_routing_table *table);
void vic_routing_retire(struct vic_routing_table *table);

/* Read a table: under RCU, or one's own before it is published. */
unsigned int vic_routing_nr_gsis(const struct vic_routing_table *table);
const struct vic_route *
vic_routing_only_route(const struct vic_routing_table *table, u32 gsi);
int vic_routing_pin_to_gsi(const struct vic_routing_table *table,
			   enum vic_chip chip, unsigned int pin);

/* Forward. */
int vic_routing_set_gsi(struct vic_vm *vm, u32 gsi, const struct vic_assert *a);
int vic_routing_pulse(struct vic_vm *vm, u32 gsi, enum vic_source source);

/* Back. */
void vic_routing_ack(struct vic_vm *vm, enum vic_chip chip, unsigned int pin);
void vic_routing_mask(struct vic_vm *vm, enum vic_chip chip, unsigned int pin,
		      bool masked);
bool vic_routing_has_ack(struct vic_vm *vm, enum vic_chip chip,
			 unsigned int pin);

void vic_routing_add_ack(struct vic_vm *vm, struct vic_ack_notifier *notifier);
void vic_routing_del_ack(struct vic_vm *vm, struct vic_ack_notifier *notifier);
void vic_routing_add_mask(struct vic_vm *vm,
			  struct vic_mask_notifier *notifier);
void vic_routing_del_mask(struct vic_vm *vm,
			  struct vic_mask_notifier *notifier);

void vic_routing_show(struct vic_vm *vm, struct seq_file *m);

#endif /* VIC_ROUTING_ROUTING_H */
