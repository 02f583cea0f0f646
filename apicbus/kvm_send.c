// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_send.c - from the chips into KVM's LAPICs.
 *
 * A message leaves by KVM_SIGNAL_MSI, on a thread that may send. What is
 * asserted elsewhere stays in the chip, as due, until such a thread comes by:
 * vic_apicbus_pending() sets a flag and kicks a vCPU, whose KVM_RUN wrapper
 * calls vic_kvm_flush() before guest code runs again. The flag is only a hint;
 * what there is to send is derived from the chips' state when it is sent, so
 * nothing is queued and nothing has to be taken back.
 *
 * What could not be sent and may be later (no memory, no window) is due as
 * before. What KVM refuses for good counts as sent to nobody, as it does in
 * KVM's kvm_set_irq(): an MSI whose address is none since KVM_CAP_X2APIC_API.
 */
#include "virqchip.h"
#include "apicbus/apicbus.h"
#include "apicbus/msi_regs.h"
#include "irqchip/ioapic.h"
#include "trace.h"

#include <linux/bitfield.h>
#include <linux/kvm.h>

static int signal_msi(struct vic_vm *vm, const struct kvm_msi *msi)
{
	static_assert(sizeof(*msi) <= VIC_ARG_SIZE);
	return vic_kvm_call(vm, vm->kvm.file, KVM_SIGNAL_MSI, msi,
			    sizeof(*msi));
}

static bool may_succeed_later(int err)
{
	return err == -EFAULT || err == -ENOMEM || err == -EINTR ||
	       err == -EIO || err == -EAGAIN;
}

/* Makes KVM's answer to a message one of ours. */
static int judge(struct vic_vm *vm, int ret)
{
	if (likely(ret >= VIC_MASKED) || may_succeed_later(ret))
		return ret;
	atomic_inc(&vm->kvm.refused);
	return VIC_MASKED;
}

/* See apicbus.h. */
int vic_apicbus_send(struct vic_vm *vm, const struct vic_msg *msg)
{
	const struct kvm_msi msi = {
		.address_lo = MSI_ADDR_BASE |
			      FIELD_PREP(MSI_ADDR_DEST, msg->dest) |
			      (msg->logical ? MSI_ADDR_LOGICAL : 0),
		.data = FIELD_PREP(MSI_DATA_VECTOR, msg->vector) |
			FIELD_PREP(MSI_DATA_DELIVERY_MODE, msg->delivery_mode) |
			MSI_DATA_ASSERT | (msg->level ? MSI_DATA_LEVEL : 0),
	};
	int ret = 0;

	if (msg->want_eoi)
		ret = vic_apicbus_expect_eoi(vm, msg);
	if (!ret)
		ret = signal_msi(vm, &msi);
	trace_vic_msg(vm->id, msg, ret);
	return judge(vm, ret);
}

/* See apicbus.h. */
void vic_apicbus_unsent(struct vic_vm *vm)
{
	/* Pairs with vic_kvm_flush(): first the pin, then this. */
	smp_store_release(&vm->kvm.unsent, true);
}

/* ---- GSIs that lead to KVM ------------------------------------------- */

/**
 * struct kvm_wire - what drives a GSI of KVM's
 * @gsi: KVM's GSI
 * @is_msi: its route is an MSI, @msi
 * @msi: which KVM_SIGNAL_MSI sends with a result
 */
struct kvm_wire {
	int gsi;
	bool is_msi;
	struct kvm_msi msi;
};

/* 0; -ENOENT if nothing of KVM's is there; as vic_kvm_lock_routes(). */
static int find_wire(struct vic_vm *vm, u32 gsi, struct kvm_wire *wire)
{
	const struct vic_routing_table *table;
	const struct vic_route *route;
	int ret;

	rcu_read_lock();
	table = rcu_dereference(vm->routing.table);
	route = vic_routing_only_route(table, gsi);
	wire->is_msi = route && route->type == KVM_IRQ_ROUTING_MSI;
	if (wire->is_msi)
		wire->msi = (struct kvm_msi) {
			.address_lo = route->entry.u.msi.address_lo,
			.address_hi = route->entry.u.msi.address_hi,
			.data = route->entry.u.msi.data,
			.flags = route->entry.flags,
			.devid = route->entry.u.msi.devid,
		};
	rcu_read_unlock();
	if (wire->is_msi)
		return 0;

	ret = vic_kvm_lock_routes(vm);
	if (ret)
		return ret;
	wire->gsi = vic_kvm_gsi(vm, gsi);
	mutex_unlock(&vm->routing.lock);
	return wire->gsi == VIC_NO_KVM_GSI ? -ENOENT : 0;
}

/*
 * A rise. An MSI is sent by value, for its result. For the others KVM's own
 * table is asked; KVM_IRQ_LINE does not tell what came of it. -ENOENT if the GSI
 * does not lead to KVM any more.
 */
static int drive_wire(struct vic_vm *vm, u32 gsi)
{
	struct kvm_irq_level line = { .level = 1 };
	struct kvm_wire wire;
	int ret;

	ret = find_wire(vm, gsi, &wire);
	if (ret)
		return ret;
	if (wire.is_msi) {
		ret = signal_msi(vm, &wire.msi);
	} else {
		line.irq = wire.gsi;
		ret = vic_kvm_call(vm, vm->kvm.file, KVM_IRQ_LINE, &line,
				   sizeof(line)) ?: VIC_DELIVERED;
	}
	trace_vic_kvm_gsi(vm->id, gsi, ret);
	return judge(vm, ret);
}

/* Counted first: who finds the count at 0 looks at no bit. */
static bool note_due(struct vic_vm *vm, u32 gsi)
{
	atomic_inc(&vm->kvm.nr_due);
	if (!test_and_set_bit(gsi, vm->kvm.due_gsis))
		return true;
	atomic_dec(&vm->kvm.nr_due);
	return false;
}

/* Due, but who was to send it could not. */
static void note_unsent(struct vic_vm *vm, u32 gsi)
{
	note_due(vm, gsi);
	vic_apicbus_unsent(vm);
}

static int drive_now(struct vic_vm *vm, u32 gsi)
{
	int ret = drive_wire(vm, gsi);

	if (ret == -ENOENT)
		return VIC_MASKED;
	if (ret < VIC_MASKED)
		note_unsent(vm, gsi);
	return ret;
}

/* See apicbus.h. The fall of a wire means nothing to these. */
int vic_apicbus_set_gsi(struct vic_vm *vm, u32 gsi, const struct vic_assert *a)
{
	bool fresh;

	if (!a->level || gsi >= VIC_MAX_ROUTES)
		return VIC_MASKED;
	if (a->may_send)
		return drive_now(vm, gsi);

	fresh = note_due(vm, gsi);
	/* Also if it was due: who was to send it may have failed. */
	vic_kvm_seek(vm, NULL);
	return fresh ? VIC_DELIVERED : VIC_COALESCED;
}

/* One that has become a chip's meanwhile is that chip's edge. */
static int flush_gsi(struct vic_vm *vm, u32 gsi)
{
	int ret = drive_wire(vm, gsi);

	if (ret == -ENOENT) {
		vic_routing_pulse(vm, gsi, VIC_SOURCE_USER);
		return 0;
	}
	if (ret >= VIC_MASKED)
		return 0;
	note_unsent(vm, gsi);
	return ret;
}

static int flush_gsis(struct vic_vm *vm)
{
	struct vic_kvm *kvm = &vm->kvm;
	unsigned int gsi;
	int ret, err = 0;

	for_each_set_bit(gsi, kvm->due_gsis, VIC_MAX_ROUTES) {
		if (!test_and_clear_bit(gsi, kvm->due_gsis))
			continue;
		atomic_dec(&kvm->nr_due);
		ret = flush_gsi(vm, gsi);
		err = err ?: ret;
	}
	return err;
}

/**
 * vic_kvm_flush() - send whatever is due
 * @vm: a VM with our chips
 *
 * Context: process, the VM's mm, no lock held.
 * Return: 0, or the errno of what could not be sent and is still due.
 */
int vic_kvm_flush(struct vic_vm *vm)
{
	int ret = 0, err;

	WRITE_ONCE(vm->kvm.unsent, false);
	/*
	 * Orders both before the look at the chips; pairs with vic_kvm_seek()
	 * and vic_apicbus_unsent().
	 */
	xchg(&vm->kvm.pending, false);
	if (unlikely(atomic_read(&vm->kvm.nr_due)))
		ret = flush_gsis(vm);
	err = vic_ioapic_flush(vm->ioapic);
	ret = ret ?: err;
	if (!ret && unlikely(READ_ONCE(vm->kvm.told)))
		WRITE_ONCE(vm->kvm.told, 0);
	return ret;
}

/**
 * vic_kvm_is_news() - is a VMM to hear that something could not be sent?
 * @vm: whose
 * @err: an errno of vic_kvm_flush()
 *
 * What is still due is tried again and again, and may fail each time.
 *
 * Context: any.
 * Return: true if it was not told so since all was last sent. It counts as told
 * from now on.
 */
bool vic_kvm_is_news(struct vic_vm *vm, int err)
{
	return xchg(&vm->kvm.told, err) != err;
}

/* See apicbus.h. */
void vic_apicbus_pending(struct vic_vm *vm, const struct vic_msg *msg)
{
	vic_kvm_seek(vm, msg);
}
