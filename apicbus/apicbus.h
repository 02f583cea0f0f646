/* SPDX-License-Identifier: GPL-2.0 */
/*
 * apicbus.h - what the chips send to: the APIC bus and the INTR wire.
 *
 * Behind it are KVM's LAPICs (apicbus/kvm*.c). The unit tests in
 * tools/testing/unit put a recorder here.
 */
#ifndef VIC_APICBUS_APICBUS_H
#define VIC_APICBUS_APICBUS_H

#include "irqchip/chip.h"

struct vic_vm;

/**
 * vic_apicbus_send() - put one message on the bus, now
 * @vm: whose bus
 * @msg: the message; with @msg->want_eoi its EOI is made visible first
 *
 * Context: process context on a thread that owns the VM's mm; may sleep; no
 * spin lock held.
 * Return: the number of LAPICs that took it (0: none matched), -1 if none
 * matched in a way that KVM counts as delivered (its slow path,
 * kvm_irq_delivery_to_apic()) or KVM refuses it for good, or an
 * errno below -1 if it could not be sent but may be later (the window is gone:
 * -EFAULT; wrong mm: -EIO; no memory for KVM's table: -ENOMEM; killed: -EINTR).
 */
int vic_apicbus_send(struct vic_vm *vm, const struct vic_msg *msg);

/**
 * vic_apicbus_expect_eoi() - make EOIs of a message visible without sending it
 * @vm: whose bus
 * @msg: as it was, or would be, sent; for state that arrives by SET_IRQCHIP
 *
 * Context: as vic_apicbus_send().
 * Return: 0 or an errno.
 */
int vic_apicbus_expect_eoi(struct vic_vm *vm, const struct vic_msg *msg);

/**
 * vic_apicbus_pending() - the IOAPIC has a message due; get it sent
 * @vm: whose bus
 * @msg: the message as it would be sent now; only a hint whom to kick
 *
 * Somebody who may send calls vic_ioapic_flush() before guest code that could
 * see the difference runs again. Context: any, also hard interrupt; chip locks
 * must have been dropped.
 */
void vic_apicbus_pending(struct vic_vm *vm, const struct vic_msg *msg);

/**
 * vic_apicbus_unsent() - the IOAPIC has a message due that could not be sent
 * @vm: whose bus
 *
 * Who next comes by from KVM_RUN, or looks at the state, tries again. Nobody is
 * kicked for it: it would most likely fail again.
 *
 * Context: any, after the pin has been made due; chip locks dropped.
 */
void vic_apicbus_unsent(struct vic_vm *vm);

/**
 * vic_apicbus_intr() - the pair's INTR went from low to high
 * @vm: whose INTR wire; its level is vic_pic_intr()
 *
 * Context: any, also hard interrupt; chip locks must have been dropped.
 */
void vic_apicbus_intr(struct vic_vm *vm);

/**
 * vic_apicbus_set_gsi() - drive a GSI that leads to KVM and not to a chip
 * @vm: whose bus
 * @gsi: the VMM's GSI, whose route is MSI, HV_SINT or XEN_EVTCHN
 * @a: the change
 *
 * Context: as vic_apicbus_send() with @a->may_send; else any: a rise is noted,
 * and sent by the next thread that may; a fall means nothing.
 * Return: KVM's tri-state; as vic_apicbus_send() an errno if it could not be
 * sent and is due.
 */
int vic_apicbus_set_gsi(struct vic_vm *vm, u32 gsi, const struct vic_assert *a);

#endif /* VIC_APICBUS_APICBUS_H */
