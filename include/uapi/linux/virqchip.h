/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * virqchip.h - what /dev/virqchip has beyond KVM's ABI.
 *
 * The node takes KVM's own ioctls, with KVM's numbers and structs, from
 * <linux/kvm.h>. What is here has numbers of its own, which KVM does not use.
 */
#ifndef _UAPI_LINUX_VIRQCHIP_H
#define _UAPI_LINUX_VIRQCHIP_H

#include <linux/ioctl.h>

/** VIRQCHIP_NODE - where the node is */
#define VIRQCHIP_NODE		"/dev/virqchip"

/** VIRQCHIPIO - the type byte of the ioctls below (KVM's is 0xAE) */
#define VIRQCHIPIO		0xb1

/** VIRQCHIP_IOAPIC_VERSION_KVM - 82093AA without an EOI register, as KVM's */
#define VIRQCHIP_IOAPIC_VERSION_KVM	0x11
/** VIRQCHIP_IOAPIC_VERSION_EOI - with an EOI register at offset 0x40 */
#define VIRQCHIP_IOAPIC_VERSION_EOI	0x20

/**
 * VIRQCHIP_CAP_IOAPIC_EOI - can there be VIRQCHIP_IOAPIC_VERSION_EOI?
 *
 * For KVM_CHECK_EXTENSION, on the node or a VM: 1 or 0. A guest that sees the
 * register directs EOIs at it, which the LAPICs, KVM's, must not broadcast as
 * well; KVM can be told so since Linux 7.3.
 */
#define VIRQCHIP_CAP_IOAPIC_EOI		0xb1000

/**
 * VIRQCHIP_SET_IOAPIC_VERSION - choose the IOAPIC that KVM_CREATE_IRQCHIP makes
 *
 * On a VM, before KVM_CREATE_IRQCHIP. The argument is one of
 * VIRQCHIP_IOAPIC_VERSION_*; the default is VIRQCHIP_IOAPIC_VERSION_KVM, or
 * VIRQCHIP_IOAPIC_VERSION_EOI if the module was told so (parameter
 * ioapic_eoi_register) and VIRQCHIP_CAP_IOAPIC_EOI is 1.
 *
 * Returns 0; -EINVAL for another version; -EOPNOTSUPP for one that this kernel
 * cannot make right; -EEXIST once KVM_CREATE_IRQCHIP has made the chips, even
 * if it then failed; -EIO from another process than the VM's.
 */
#define VIRQCHIP_SET_IOAPIC_VERSION	_IO(VIRQCHIPIO, 0x00)

#endif /* _UAPI_LINUX_VIRQCHIP_H */
