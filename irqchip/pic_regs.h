/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pic_regs.h - the registers of the 8259A (Intel 231468-003, "Programming the
 * 8259A") and the ELCR that chipsets put beside it (82371SB, 3.5).
 *
 * A write with A0 = 0 is an ICW1 if PIC_ICW1 is set, else an OCW3 if PIC_OCW3
 * is set, else an OCW2. A write with A0 = 1 is the next of ICW2 to ICW4 while
 * the chip is being initialised, else an OCW1: the new IMR.
 */
#ifndef VIC_IRQCHIP_PIC_REGS_H
#define VIC_IRQCHIP_PIC_REGS_H

#include <linux/bits.h>

#define PIC_PRIMARY_PORT	0x20
#define PIC_SECONDARY_PORT	0xa0
#define PIC_PORTS		2
#define PIC_ELCR_PORT		0x4d0

#define PIC_A0			BIT(0)

/* Pin of the primary that the secondary's INT is wired to. */
#define PIC_CASCADE_PIN		2
/* What a chip answers an INTA with when nothing asks any more. */
#define PIC_SPURIOUS_PIN	7
#define PIC_PINS		8
#define PIC_PIN_MASK		GENMASK(2, 0)

/* ICW1 */
#define PIC_ICW1		BIT(4)
#define PIC_ICW1_LTIM		BIT(3)
#define PIC_ICW1_SNGL		BIT(1)
#define PIC_ICW1_IC4		BIT(0)

/* ICW2: T7-T3, the vector without the pin */
#define PIC_ICW2_BASE		GENMASK(7, 3)

/* ICW4 */
#define PIC_ICW4_SFNM		BIT(4)
#define PIC_ICW4_AEOI		BIT(1)

/* OCW2 */
#define PIC_OCW2_COMMAND	GENMASK(7, 5)
#define PIC_OCW2_LEVEL		GENMASK(2, 0)

#define PIC_OCW2_ROTATE_AEOI_CLEAR	0
#define PIC_OCW2_EOI			1
#define PIC_OCW2_NOP			2
#define PIC_OCW2_SPECIFIC_EOI		3
#define PIC_OCW2_ROTATE_AEOI_SET	4
#define PIC_OCW2_ROTATE_EOI		5
#define PIC_OCW2_SET_PRIORITY		6
#define PIC_OCW2_ROTATE_SPECIFIC_EOI	7

/* OCW3 */
#define PIC_OCW3		BIT(3)
#define PIC_OCW3_ESMM		BIT(6)
#define PIC_OCW3_SMM		BIT(5)
#define PIC_OCW3_POLL		BIT(2)
#define PIC_OCW3_RR		BIT(1)
#define PIC_OCW3_RIS		BIT(0)

/* The byte that a poll reads */
#define PIC_POLL_INT		BIT(7)
#define PIC_POLL_NONE		GENMASK(2, 0)

/*
 * ELCR: pins that can be level triggered. The timer, the keyboard, the cascade,
 * the RTC and the FPU cannot.
 */
#define PIC_ELCR_PRIMARY	GENMASK(7, 3)
#define PIC_ELCR_SECONDARY	(GENMASK(7, 6) | GENMASK(4, 1))

#endif /* VIC_IRQCHIP_PIC_REGS_H */
