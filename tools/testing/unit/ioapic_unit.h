/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ioapic_unit.h - a chip to drive, for the programs that test the IOAPIC.
 */
#ifndef UNIT_IOAPIC_UNIT_H
#define UNIT_IOAPIC_UNIT_H

#include "unit.h"
#include "irqchip/ioapic.h"
#include "irqchip/ioapic_regs.h"
#include "irqfd/irqfd.h"
#include "virqchip.h"

#include <linux/kvm.h>

#define WINDOW	(IOAPIC_BASE + IOAPIC_IOWIN)
#define SELECT	(IOAPIC_BASE + IOAPIC_IOREGSEL)
#define EOIR	(IOAPIC_BASE + IOAPIC_EOIR)

#define EDGE	0x0000000000000030ULL		/* vector 0x30, physical 0 */
#define LEVEL	(EDGE | RTE_TRIGGER_LEVEL)
#define SENT_EDGE(p)	"send pin " #p " dest 0x00 physical vector 0x30 mode 0 edge"
#define SENT_LEVEL(p)	"send pin " #p " dest 0x00 physical vector 0x30 mode 0 level eoi"

static struct vic_vm vm;
static struct vic_ioapic *chip;
static bool resampler;

bool vic_irqfd_notify_resampler(struct vic_vm *vm, enum vic_chip c,
				unsigned int pin)
{
	might_sleep();
	unit_log("resample %u", pin);
	return resampler;
}

static inline void setup_version(u8 version)
{
	resampler = false;
	chip = vic_ioapic_create(&vm, version);
}

static inline void setup(void)
{
	setup_version(IOAPIC_VERSION_82093AA);
}

static inline void teardown(void)
{
	vic_ioapic_destroy(chip);
}

static inline void mmio_write(u64 addr, unsigned int len, u64 value)
{
	expect(vic_ioapic_write(chip, addr, len, &value));
}

static inline u64 mmio_read(u64 addr, unsigned int len)
{
	u64 value = 0;

	expect(vic_ioapic_read(chip, addr, len, &value));
	return value;
}

static inline void wr(u8 index, u32 value)
{
	mmio_write(SELECT, 4, index);
	mmio_write(WINDOW, 4, value);
}

static inline u32 rd(u8 index)
{
	mmio_write(SELECT, 4, index);
	return mmio_read(WINDOW, 4);
}

static inline void rte_write(unsigned int pin, u64 rte)
{
	wr(IOAPIC_REDTBL + 2 * pin + 1, rte >> 32);
	wr(IOAPIC_REDTBL + 2 * pin, rte);
}

static inline u64 rte_read(unsigned int pin)
{
	return rd(IOAPIC_REDTBL + 2 * pin) |
	       (u64)rd(IOAPIC_REDTBL + 2 * pin + 1) << 32;
}

/* Programs an RTE, and forgets what was called meanwhile. */
static inline void program(unsigned int pin, u64 rte)
{
	rte_write(pin, rte);
	unit_take_log();
}

static inline int drive(unsigned int pin, enum vic_source source, bool level,
		 bool may_send)
{
	const struct vic_assert a = {
		.source = source, .level = level, .may_send = may_send,
	};

	return vic_ioapic_set_pin(chip, pin, &a);
}

static inline int raise(unsigned int pin) { return drive(pin, 0, true, true); }
static inline int lower(unsigned int pin) { return drive(pin, 0, false, true); }
static inline int raise_atomic(unsigned int pin) { return drive(pin, 0, true, false); }
static inline int lower_atomic(unsigned int pin) { return drive(pin, 0, false, false); }

static inline int tick(bool level)
{
	const struct vic_assert a = {
		.level = level, .line_status = true, .may_send = true,
	};

	return vic_ioapic_set_pin(chip, 8, &a);
}

static inline struct vic_pin_stats stats(unsigned int pin)
{
	struct vic_pin_stats s;

	vic_ioapic_stats(chip, pin, &s);
	return s;
}

static inline struct kvm_ioapic_state get(void)
{
	struct kvm_ioapic_state state = {};

	vic_ioapic_get(chip, &state);
	return state;
}

static inline void expect_stats(unsigned int pin, u64 asserted, u64 delivered,
			 u64 coalesced, u64 masked)
{
	struct vic_pin_stats s = stats(pin);

	expect_eq(s.asserted, asserted);
	expect_eq(s.delivered, delivered);
	expect_eq(s.coalesced, coalesced);
	expect_eq(s.masked, masked);
}

/* For unit_answers.on_send: the guest is quicker than the sender. */
static inline void eoi_on_send(struct vic_vm *vm, unsigned int pin)
{
	unit_answers.on_send = NULL;
	lower(pin);
	vic_ioapic_eoi(chip, 0x30);
}

#endif /* UNIT_IOAPIC_UNIT_H */
