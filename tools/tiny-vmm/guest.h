/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guest.h - what the VMM and its guest agree upon; also read by guest.S.
 */
#ifndef TINY_VMM_GUEST_H
#define TINY_VMM_GUEST_H

/* Guest-physical addresses, all below 64 KiB. */
#define GUEST_IDT		0x1000
#define GUEST_CODE		0x2000
#define GUEST_STACK		0xf000

/* Selectors in the guest's own descriptor table. */
#define GUEST_CS		0x08
#define GUEST_DS		0x10

/* Ports: a serial port's data, and two that only this VMM has. */
#define PORT_SERIAL		0x3f8
#define PORT_DEVICE		0x500	/* write N: device N interrupts */
#define PORT_EXIT		0x501	/* write a status: the guest ends */

/* Devices behind PORT_DEVICE. */
#define DEVICE_LEVEL		0
#define DEVICE_MSI		1

/* GSIs of the routing table, and the IOAPIC pin of the timer on a PC. */
#define GSI_TIMER		0
#define PIN_TIMER		2
#define GSI_LEVEL		10
#define GSI_MSI			24

/* Vectors. */
#define VECTOR_PIC		0x20
#define VECTOR_TIMER		0x30
#define VECTOR_LEVEL		0x31
#define VECTOR_MSI		0x32

#endif /* TINY_VMM_GUEST_H */
