/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pit_regs.h - the registers of the 8254 (Intel 231164-005, "Programming the
 * 82C54") and of the speaker port beside it (82371SB, 2.4.2).
 */
#ifndef VIC_IRQCHIP_PIT_REGS_H
#define VIC_IRQCHIP_PIT_REGS_H

#include <linux/bits.h>

/* Its clock as KVM has it: half a hertz short of a third of 3.579545 MHz. */
#define PIT_HZ			1193181

#define PIT_CHANNELS		3
#define PIT_CHANNEL_TICK	0
#define PIT_CHANNEL_SPEAKER	2

/* Counters, and behind them the control word. */
#define PIT_PORT		0x40
#define PIT_PORTS		4
#define PIT_CONTROL		3

/* Control word */
#define PIT_CONTROL_CHANNEL	GENMASK(7, 6)
#define PIT_CONTROL_ACCESS	GENMASK(5, 4)
#define PIT_CONTROL_MODE	GENMASK(3, 1)
#define PIT_CONTROL_BCD		BIT(0)

/* In place of a channel: this is a read-back command. */
#define PIT_CHANNEL_READBACK	3
/* In place of an access: this is a counter latch command. */
#define PIT_ACCESS_LATCH	0

/* Read-back command; the two NO_ bits are active low */
#define PIT_READBACK_NO_COUNT	BIT(5)
#define PIT_READBACK_NO_STATUS	BIT(4)
#define PIT_READBACK_CHANNELS	GENMASK(3, 1)

/* Status byte; below these it is as the control word */
#define PIT_STATUS_OUT		BIT(7)
#define PIT_STATUS_NULL_COUNT	BIT(6)

/* Mode bits 6 and 7 are modes 2 and 3. */
#define PIT_MODE_LAST		5
#define PIT_MODE_ALIAS		GENMASK(1, 0)

/* A count of 0 stands for the greatest. */
#define PIT_COUNT_MAX		0x10000
#define PIT_COUNT_MAX_BCD	10000

/* Speaker port (NMI status and control) */
#define PIT_SPEAKER_PORT	0x61
#define PIT_SPEAKER_PORTS	4
#define PIT_SPEAKER_OUT2	BIT(5)
#define PIT_SPEAKER_REFRESH	BIT(4)
#define PIT_SPEAKER_DATA	BIT(1)
#define PIT_SPEAKER_GATE2	BIT(0)

/* The refresh bit toggles about every 15 us: this bit of the time in ns. */
#define PIT_REFRESH_NS		BIT_ULL(14)

#endif /* VIC_IRQCHIP_PIT_REGS_H */
