/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kvm.h - stacking on KVM: its files, its vCPUs, the window that hands it
 * arguments, and the routing table it keeps for us.
 *
 * Only KVM's public ABI is used. Its ioctls copy their arguments from the
 * VMM's memory and insist on the VMM's mm, so they can be made on the VMM's
 * own threads only, in process context.
 */
#ifndef VIC_APICBUS_KVM_H
#define VIC_APICBUS_KVM_H

#include "irqchip/chip.h"
#include "irqchip/pic.h"
#include "routing/routing.h"

#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

struct file;
struct kvm_run;
struct mm_struct;
struct page;
struct task_struct;
struct vic_vm;
struct vic_window_pages;

/*
 * Flags of KVM_CAP_X2APIC_API, from newer kernels' uapi: the LAPICs suppress
 * the broadcast of an EOI that the guest directs at an IOAPIC, or do not offer
 * to. Older kernels do not have them.
 */
#define VIC_X2APIC_API_DIRECTED_EOI	BIT_ULL(2)
#define VIC_X2APIC_API_NO_DIRECTED_EOI	BIT_ULL(3)

/** VIC_NO_KVM_GSI - a GSI that has no route in KVM's own table */
#define VIC_NO_KVM_GSI		(-1)

/**
 * struct vic_window - memory of ours that the VMM can read
 * @pages: the memory; counted, because mappings outlive us
 * @kaddr: where we write it
 * @uaddr: where KVM reads it, in the VMM's address space
 * @size: bytes
 */
struct vic_window {
	struct vic_window_pages *pages;
	void *kaddr;
	unsigned long uaddr;
	size_t size;
};

int vic_window_open(struct vic_window *window, size_t size);
void vic_window_close(struct vic_window *window, struct mm_struct *mm);

/** VIC_ARG_SIZE - of a slot, in bytes; no argument of ours to KVM is larger */
#define VIC_ARG_SIZE		128
/** VIC_NR_ARGS - slots in the window, which is one page */
#define VIC_NR_ARGS		(PAGE_SIZE / VIC_ARG_SIZE)

/**
 * struct vic_args - a pool of slots in a window, one per argument under way
 * @window: VIC_NR_ARGS slots of VIC_ARG_SIZE bytes
 * @busy: a bit per slot, claimed and released atomically
 * @wait: for a free slot
 */
struct vic_args {
	struct vic_window window;
	DECLARE_BITMAP(busy, VIC_NR_ARGS);
	wait_queue_head_t wait;
};

/**
 * struct vic_kvm_routes - the table that KVM has
 * @window: holds the argument of KVM_SET_GSI_ROUTING; under routing.lock
 * @eoi: per IOAPIC pin the packed message (pack_eoi()) whose EOIs KVM is to
 *	report; 0: none; under routing.lock
 * @known: per pin, the one that KVM does report; written under routing.lock
 *	with release, read by senders with acquire
 * @entries: the VMM's MSI, HV_SINT and XEN_EVTCHN routes, with KVM's GSIs;
 *	under routing.lock
 * @nr_entries: how many
 * @recheck: a capability was enabled since KVM last saw @entries
 * @low: KVM's GSI for the VMM's GSIs that collide with the pins' own, or
 *	VIC_NO_KVM_GSI; under routing.lock
 */
struct vic_kvm_routes {
	struct vic_window window;
	u32 eoi[VIC_IOAPIC_PINS];
	u32 known[VIC_IOAPIC_PINS];
	struct kvm_irq_routing_entry *entries;
	unsigned int nr_entries;
	bool recheck;
	int low[VIC_IOAPIC_PINS];
};

/**
 * enum vic_errand_kind - where the work item of last resort runs
 * @VIC_ERRAND_NEAR: on this CPU: at once, if this CPU has time
 * @VIC_ERRAND_FAR: on any: what the near one does not do
 * @VIC_NR_ERRANDS: how many there are
 */
enum vic_errand_kind {
	VIC_ERRAND_NEAR,
	VIC_ERRAND_FAR,
	VIC_NR_ERRANDS,
};

/**
 * struct vic_errand - a work item that sends (kvm_resort.c)
 * @vm: whose; set once
 * @work: the work item
 * @flags: bits of enum errand_flag; atomic
 * @sending: mutex: held while @work looks whether to send, and sends
 * @worker: who is in @work's flush, or NULL; compared with current only
 * @nr_sent: times that it sent; written by @work alone
 * @nr_told: times that it told all vCPUs of INTR; likewise
 */
struct vic_errand {
	struct vic_vm *vm;
	struct work_struct work;
	unsigned long flags;
	struct mutex sending;
	const struct task_struct *worker;
	u64 nr_sent;
	u64 nr_told;
};

/**
 * struct vic_resort - sends when no vCPU does (kvm_resort.c)
 * @errands: the senders of last resort, which are no vCPUs
 * @guard: fires a moment after somebody was told
 * @guarded_seek: of @guard's arming, the VM's @nr_seeks
 * @guarded_rise: likewise, the VM's @nr_rises
 */
struct vic_resort {
	struct vic_errand errands[VIC_NR_ERRANDS];
	struct timer_list guard;
	u32 guarded_seek;
	u32 guarded_rise;
};

/**
 * struct vic_kvm - what stacking on KVM needs of a VM
 * @file: KVM's VM; set once
 * @args: arguments for KVM's ioctls
 * @routes: KVM's table
 * @vcpus: struct vic_vcpu by id; RCU
 * @pending: some chip or GSI may have something to send; set by whoever made
 *	it so (vic_kvm_seek()), cleared by vic_kvm_flush() before it looks
 * @nr_seeks: times that @pending was set; atomic
 * @sender: id from which on the next search looks; a hint
 * @spare_sleepers: a vCPU that sleeps may be in a page fault that the VMM
 *	handles, and is not woken for its own message (kvm_resort.c); a hint
 * @looked_at: when that was found out, in jiffies
 * @nr_rises: times that INTR went up; atomic
 * @told_rise: the rise of which all vCPUs were told; a hint
 * @resort: who sends when no vCPU does
 * @due_gsis: GSIs with an MSI, HV_SINT or XEN_EVTCHN route that were asserted
 *	where no ioctl can be made; atomic bits
 * @nr_due: number of bits in @due_gsis, or more; atomic
 * @unsent: something could not be sent and is still due; as @pending, but it
 *	keeps no vCPU from entering
 * @told: the errno that KVM_RUN has reported and that still stands, or 0
 * @refused: messages that KVM refused for good; they are gone
 * @extint_vcpu: id of the vCPU that took the last INTA; a hint whom to kick
 */
struct vic_kvm {
	struct file *file;
	struct vic_args args;
	struct vic_kvm_routes routes;
	struct xarray vcpus;
	bool pending;
	atomic_t nr_seeks;
	u32 sender;
	bool spare_sleepers;
	unsigned long looked_at;
	atomic_t nr_rises;
	u32 told_rise;
	struct vic_resort resort;
	DECLARE_BITMAP(due_gsis, VIC_MAX_ROUTES);
	atomic_t nr_due;
	bool unsent;
	int told;
	atomic_t refused;
	u32 extint_vcpu;
};

/**
 * struct vic_vcpu - a vCPU of a VM with our chips
 * @rcu: frees it when no kicker can see it
 * @vm: holds a reference; set once
 * @file: KVM's vCPU, a reference; set once
 * @id: KVM's id of it, and its APIC id until the guest changes that; set once
 * @run_page: KVM's struct kvm_run; a reference; set once
 * @pio_page: the data of port accesses; a reference; set once
 * @run: kernel address of @run_page. The VMM can write it at any time
 * @pio: kernel address of @pio_page, likewise
 * @spare: in the list of those that have no file yet; under vm->lock
 * @run_lock: one thread at a time inside KVM_RUN, as KVM has it; guards what
 *	only the vCPU's thread uses, below
 * @kick_lock: guards @task, @kicked, @nr_kicks and @woken
 * @task: who runs this vCPU, in our loop or inside KVM's KVM_RUN; NULL: it is
 *	with its VMM. Read without the lock to be compared with NULL only
 * @inside: @task is inside KVM's KVM_RUN, which only a kick ends; else it will
 *	look by itself what there is to send before it goes there, or to its
 *	VMM. Written by @task; cleared under @kick_lock
 * @kicked: our mark is on @task, or on the thread that it was; forgotten when
 *	the mark is taken away and when KVM_RUN is called
 * @nr_kicks: marks that were set
 * @woken: @task was asleep when it was last marked
 * @intr_seen: INTR was up when this vCPU last prepared to enter, and it has
 *	asked for the window; under @run_lock
 * @awaits_window: that, and it could not have taken a vector instead, as KVM
 *	said: then it comes out by itself as soon as it can. Written under
 *	@run_lock, read when @inside
 * @pushes: entries that shall only inject, because INTR stays up; under
 *	@run_lock
 * @ready: KVM said that it would take a vector by KVM_INTERRUPT now, and the
 *	VMM has not changed the vCPU since; under @run_lock
 * @said: @ready is what KVM said, nothing has come between; under @run_lock
 * @in_slot: a vector was handed to KVM and may still wait in its slot, where a
 *	save does not see it; under @run_lock
 * @handed: that vector; under @run_lock
 */
struct vic_vcpu {
	struct rcu_head rcu;
	struct vic_vm *vm;
	struct file *file;
	u32 id;
	struct page *run_page;
	struct page *pio_page;
	struct kvm_run *run;
	void *pio;
	struct list_head spare;

	struct mutex run_lock;
	raw_spinlock_t kick_lock;
	struct task_struct *task;
	bool inside;
	bool kicked;
	u64 nr_kicks;
	bool woken;

	bool intr_seen;
	bool awaits_window;
	u8 pushes;
	bool ready;
	bool said;
	bool in_slot;
	struct vic_inta handed;
};

int vic_kvm_init(struct vic_vm *vm, struct file *file);
void vic_kvm_destroy(struct vic_vm *vm);
int vic_kvm_open_args(struct vic_vm *vm);
int vic_kvm_enable_split(struct vic_vm *vm);

/* Calls into KVM, process context, the VMM's mm. */
long vic_file_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
long vic_kvm_call(struct vic_vm *vm, struct file *file, unsigned int cmd,
		  const void *arg, size_t size);

/* KVM's table; under routing.lock. */
int vic_kvm_routes_set(struct vic_vm *vm,
		       const struct kvm_irq_routing_entry *entries,
		       unsigned int nr);
int vic_kvm_gsi(struct vic_vm *vm, u32 gsi);
int vic_kvm_lock_routes(struct vic_vm *vm);

/* Delivery. */
int vic_kvm_flush(struct vic_vm *vm);
bool vic_kvm_is_news(struct vic_vm *vm, int err);

/* vCPUs. */
void vic_kvm_kick(struct vic_vcpu *vcpu);
void vic_kvm_kick_all(struct vic_vm *vm);
void vic_kvm_seek(struct vic_vm *vm, const struct vic_msg *msg);
void vic_kvm_tell_all_of_intr(struct vic_vm *vm, const struct vic_vcpu *self);
long vic_kvm_run(struct vic_vcpu *vcpu, unsigned long arg);
int vic_kvm_state_changes(struct vic_vcpu *vcpu);
long vic_kvm_come_to_rest(struct vic_vcpu *vcpu, long ret);

/* Last resort. */
int vic_resort_start(void);
void vic_resort_drain(void);
void vic_resort_init(struct vic_vm *vm);
void vic_resort_stop(struct vic_vm *vm);
void vic_resort_guard(struct vic_vm *vm);
void vic_resort_queue(struct vic_vm *vm, enum vic_errand_kind kind);
int vic_resort_settle(struct vic_vm *vm);
bool vic_resort_is_current(const struct vic_vm *vm);
void vic_resort_look_for_faults(struct vic_vm *vm);

/**
 * vic_kvm_flush_if_pending() - send what is due, or still is, if anything may be
 * @vm: a VM with our chips
 * @kvm: its @vm->kvm, which the caller has at hand
 *
 * Context: as vic_kvm_flush().
 * Return: 0, or the errno of vic_kvm_flush().
 */
static inline int vic_kvm_flush_if_pending(struct vic_vm *vm,
					   struct vic_kvm *kvm)
{
	return READ_ONCE(kvm->pending) || READ_ONCE(kvm->unsent) ?
	       vic_kvm_flush(vm) : 0;
}

#endif /* VIC_APICBUS_KVM_H */
