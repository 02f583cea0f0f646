/* SPDX-License-Identifier: GPL-2.0 */
/*
 * virqchip.h - the words of this module, its drawing, its lock order and
 * struct vic_vm, the one object that everything hangs off.
 *
 *  (1) who asserts       (2) which pins       (3) the chips         (4) APIC bus
 *
 *  irqfd/            --+                    +- irqchip/pic    INTR --+
 *  ioctl IRQ_LINE      +-> routing/ --------+- irqchip/ioapic  msg --+-> apicbus/
 *  irqchip/pit       --+   entry->set()     +- MSI, SINT, Xen  msg --+      |
 *       ^                                                                   v
 *       | (8) deassert,        (7) pin -> GSI             (6) EOI, INTA   (5) vCPU
 *  irqfd/resampler <------ routing/ ack <--- irqchip/{pic,ioapic} <--- apicbus/
 *
 * Forward is a call down the table; back is one function, "this pin of this
 * chip was acknowledged" (vic_routing_ack). Nothing else crosses.
 *
 * Vocabulary
 *
 *   gsi       a VM-wide wire, the index of the routing table
 *   pin       an input of one chip
 *   line      the level of a pin, the OR of what its sources say
 *   source    who drives a line (enum vic_source)
 *   vector    an 8-bit index into the guest's IDT
 *   message   one write on the APIC bus (struct vic_msg)
 *   due       accepted by the IOAPIC, its message not yet on the bus
 *   host_irq  an interrupt of the kernel that we run in
 *   pair      two 8259A, the primary and the secondary
 *   window    pages of ours that a VMM can read, for arguments we hand to KVM
 *   kick      to make a vCPU leave KVM_RUN for our loop, not for its VMM
 *   sender    a thread that may send: a vCPU that was kicked, or a work item
 *
 * Lock order, outermost first
 *
 *   eventfd's wait-queue lock       held around our wake-up; outside every
 *                                   spin lock below, inside every mutex
 *   vm->lock                        mutex: creation of chips, PIT, vCPUs,
 *                                   ioeventfds
 *     pit->reinject_lock            mutex: PIT's notifiers come and go
 *   errand->sending                 mutex: a work item sends
 *   vcpu->run_lock                  mutex: one thread inside KVM_RUN
 *     vm->routing.lock              mutex: writers of routes, KVM's own table
 *       vm->irqfds.lock             spin, irqs off: irqfds, resamplers
 *         vm->routing.notify_lock   spin, irqs off: notifier lists
 *         pit->lock                 raw, irqs off: PIT registers and ticks
 *           pic->lock, ioapic->lock raw, irqs off: leaves, never both
 *             vcpu->kick_lock       raw, irqs off: what a vCPU's thread does
 *
 * The mutexes are held while KVM reads its argument from the VMM's memory,
 * where a page fault may take as long as the VMM likes: whoever waits for one
 * can be killed. Only pit->reinject_lock is held over nothing of the VMM's.
 *
 * The chip locks are raw and taken with interrupts off, because an irqfd wakes
 * us with interrupts off and the PIT's hrtimer runs in hard interrupt context.
 * Routes and notifiers are read under RCU. No user waits for a grace period,
 * but for one who replaces many routes in little time. Decide under the lock,
 * act after it.
 */
#ifndef VIRQCHIP_H
#define VIRQCHIP_H

#include "irqfd/irqfd.h"
#include "routing/routing.h"
#include "apicbus/kvm.h"

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct dentry;
struct file;
struct mm_struct;
struct vic_ioapic;
struct vic_pic;
struct vic_pit;

/**
 * enum vic_mode - whose interrupt controllers a VM has
 * @VIC_MODE_PASS: nobody called KVM_CREATE_IRQCHIP: everything is forwarded
 *	(KVM has no irqchip, or a split one that the VMM asked for)
 * @VIC_MODE_FULL: ours, on top of KVM's split mode
 */
enum vic_mode {
	VIC_MODE_PASS,
	VIC_MODE_FULL,
};

/**
 * struct vic_vm - one virtual machine
 * @ref: files (VM, vCPUs) that use it, and a work item under way
 * @rcu: frees it when no wake-up handler can see it any more
 * @id: names the VM in traces and debugfs; set once
 * @mm: the creator's address space, held by mmgrab(); KVM's ioctls work in it
 *	only, and so do ours; set once
 * @lock: serialises creation of chips, PIT, vCPUs and ioeventfds, and what is
 *	passed to KVM while chips may still be created
 * @mode: whose chips; written under @lock after the chips are complete, with
 *	release; read with acquire by vic_vm_full()
 * @nr_vcpus: vCPUs ever created; written under @lock, with release. With the
 *	first of them @mode is settled
 * @spare_vcpus: struct vic_vcpu that KVM has made and that could not be made
 *	ours, until they are asked for again; under @lock
 * @ioeventfds: struct vic_ioeventfd; RCU, changed under @lock
 * @ioapic_version: of the IOAPIC to be made; under @lock
 * @pic: the pair; set once before @mode becomes VIC_MODE_FULL
 * @ioapic: likewise
 * @pit: set once, any time after @mode; with release, read by vic_vm_pit()
 * @routing: the GSI table and its notifiers
 * @irqfds: eventfds bound to GSIs
 * @kvm: what stacking on KVM needs: files, vCPUs, windows, KVM's table
 * @debugfs: the VM's directory; set once
 */
struct vic_vm {
	struct kref ref;
	struct rcu_head rcu;
	u32 id;
	struct mm_struct *mm;

	struct mutex lock;
	enum vic_mode mode;
	unsigned int nr_vcpus;
	struct list_head spare_vcpus;
	struct list_head ioeventfds;
	u8 ioapic_version;
	struct vic_pic *pic;
	struct vic_ioapic *ioapic;
	struct vic_pit *pit;

	struct vic_routing routing;
	struct vic_irqfds irqfds;
	struct vic_kvm kvm;
	struct dentry *debugfs;
};

/** vic_vm_full() - does this VM have our chips? Any context. */
static inline bool vic_vm_full(const struct vic_vm *vm)
{
	return smp_load_acquire(&vm->mode) == VIC_MODE_FULL;
}

/** vic_vm_pit() - the VM's PIT, or NULL while it has none. Any context. */
static inline struct vic_pit *vic_vm_pit(const struct vic_vm *vm)
{
	return smp_load_acquire(&vm->pit);
}

#endif /* VIRQCHIP_H */
