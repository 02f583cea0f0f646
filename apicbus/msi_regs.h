/* SPDX-License-Identifier: GPL-2.0 */
/*
 * msi_regs.h - an MSI's address and data, Intel SDM volume 3, section
 * "Message Signalled Interrupts" (Message Address and Message Data Register
 * Format).
 */
#ifndef VIC_APICBUS_MSI_REGS_H
#define VIC_APICBUS_MSI_REGS_H

#include <linux/bits.h>

#define MSI_ADDR_BASE		0xfee00000U
#define MSI_ADDR_DEST		GENMASK(19, 12)
#define MSI_ADDR_REDIRECTION	BIT(3)
#define MSI_ADDR_LOGICAL	BIT(2)

/* Of the upper half, with KVM_X2APIC_API_USE_32BIT_IDS. */
#define MSI_ADDR_HI_RESERVED	GENMASK(7, 0)

#define MSI_DATA_LEVEL		BIT(15)	/* trigger mode */
#define MSI_DATA_ASSERT		BIT(14)
#define MSI_DATA_DELIVERY_MODE	GENMASK(10, 8)
#define MSI_DATA_VECTOR		GENMASK(7, 0)

#endif /* VIC_APICBUS_MSI_REGS_H */
