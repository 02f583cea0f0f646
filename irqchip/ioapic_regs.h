/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ioapic_regs.h - registers of the 82093AA IOAPIC; sections are those of its
 * data sheet (Intel 290566). The EOI register came with the I/O controller
 * hubs, together with version 0x20.
 */
#ifndef VIC_IRQCHIP_IOAPIC_REGS_H
#define VIC_IRQCHIP_IOAPIC_REGS_H

#include <linux/bits.h>

/* 3.1 Memory mapped registers */
#define IOAPIC_BASE		0xfec00000ULL
#define IOAPIC_LENGTH		0x100
#define IOAPIC_IOREGSEL		0x00	/* 3.1.1 */
#define IOAPIC_IOWIN		0x10	/* 3.1.2 */
#define IOAPIC_EOIR		0x40	/* I/O controller hubs */

/* 3.1.1 IOREGSEL */
#define IOREGSEL_INDEX		GENMASK(7, 0)

/* 3.2 What IOREGSEL selects */
#define IOAPIC_ID		0x00	/* 3.2.1 */
#define IOAPIC_VER		0x01	/* 3.2.2 */
#define IOAPIC_ARB		0x02	/* 3.2.3 */
#define IOAPIC_REDTBL		0x10	/* 3.2.4: low and high half of each pin */
#define IOAPIC_REDTBL_HIGH	BIT(0)	/* in an index: the high half */

/* 3.2.1 IOAPICID */
#define IOAPICID_ID		GENMASK(27, 24)

/* 3.2.2 IOAPICVER */
#define IOAPICVER_VERSION	GENMASK(7, 0)
#define IOAPICVER_MAX_ENTRY	GENMASK(23, 16)
#define IOAPIC_VERSION_82093AA	0x11	/* as KVM's */
#define IOAPIC_VERSION_EOIR	0x20	/* the first with IOAPIC_EOIR */

/* 3.2.3 IOAPICARB */
#define IOAPICARB_ID		GENMASK(27, 24)

/* 3.2.4 IOREDTBL */
#define RTE_VECTOR		GENMASK_ULL(7, 0)
#define RTE_DELMOD		GENMASK_ULL(10, 8)
#define  RTE_DELMOD_FIXED	0
#define  RTE_DELMOD_LOWEST	1
#define RTE_DESTMOD_LOGICAL	BIT_ULL(11)
#define RTE_DELIVS		BIT_ULL(12)	/* read only */
#define RTE_INTPOL_LOW		BIT_ULL(13)
#define RTE_REMOTE_IRR		BIT_ULL(14)	/* read only */
#define RTE_TRIGGER_LEVEL	BIT_ULL(15)
#define RTE_MASKED		BIT_ULL(16)
#define RTE_DEST		GENMASK_ULL(63, 56)
#define RTE_LOW			GENMASK_ULL(31, 0)
#define RTE_HIGH		GENMASK_ULL(63, 32)

/* What a guest can change; bits 17 to 55 are reserved and read as 0. */
#define RTE_WRITABLE		(RTE_VECTOR | RTE_DELMOD |		\
				 RTE_DESTMOD_LOGICAL |			\
				 RTE_INTPOL_LOW | RTE_TRIGGER_LEVEL |	\
				 RTE_MASKED | RTE_DEST)

#endif /* VIC_IRQCHIP_IOAPIC_REGS_H */
