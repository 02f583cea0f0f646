// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of the IOAPIC, as the guest reaches them on the memory bus.
 *
 * The data sheet wants 32-bit accesses. Others do what they do in KVM
 * (arch/x86/kvm/ioapic.c, ioapic_mmio_read() and ioapic_mmio_write()): narrow
 * writes are zero-extended and replace all 32 bits, wide ones use the low half.
 */
#include "irqchip/ioapic.h"
#include "irqchip/ioapic_private.h"
#include "irqchip/ioapic_regs.h"

#include "irqfd/irqfd.h"
#include "trace.h"
#include "virqchip.h"

#include <linux/bitfield.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/string.h>

/**
 * struct rte_effects - what follows from a write to an RTE
 * @pin: whose RTE
 * @rte: as it is now
 * @mask_changed: who listens for masks must hear
 * @resample: the line is high and could be sent; ask the resampler first
 */
struct rte_effects {
	unsigned int pin;
	u64 rte;
	bool mask_changed;
	bool resample;
};

static bool is_ours(u64 addr, unsigned int len)
{
	return addr >= IOAPIC_BASE && len <= IOAPIC_LENGTH &&
	       addr - IOAPIC_BASE <= IOAPIC_LENGTH - len;
}

static bool is_width(unsigned int len)
{
	return len == sizeof(u8) || len == sizeof(u16) || len == sizeof(u32) ||
	       len == sizeof(u64);
}

/* Index of the pin whose RTE IOREGSEL selects, or VIC_IOAPIC_PINS or more. */
static unsigned int selected_pin(const struct vic_ioapic *ioapic)
{
	unsigned int pin;

	if (ioapic->select < IOAPIC_REDTBL)
		return VIC_IOAPIC_PINS;
	pin = (ioapic->select - IOAPIC_REDTBL) / 2;
	if (pin >= VIC_IOAPIC_PINS)
		return VIC_IOAPIC_PINS;
	return array_index_nospec(pin, VIC_IOAPIC_PINS);
}

static u32 read_rte(const struct vic_ioapic *ioapic)
{
	unsigned int pin = selected_pin(ioapic);
	u64 rte;

	if (pin >= VIC_IOAPIC_PINS)
		return ~0U;
	rte = ioapic->rte[pin];
	if (ioapic->remote_irr & BIT(pin))
		rte |= RTE_REMOTE_IRR;
	return ioapic->select & IOAPIC_REDTBL_HIGH ? FIELD_GET(RTE_HIGH, rte) :
						     FIELD_GET(RTE_LOW, rte);
}

static u32 read_window(struct vic_ioapic *ioapic)
{
	lockdep_assert_held(&ioapic->lock);

	switch (ioapic->select) {
	case IOAPIC_ID:
		return FIELD_PREP(IOAPICID_ID, ioapic->id);
	case IOAPIC_VER:
		return FIELD_PREP(IOAPICVER_MAX_ENTRY, VIC_IOAPIC_PINS - 1) |
		       FIELD_PREP(IOAPICVER_VERSION, ioapic->version);
	case IOAPIC_ARB:
		return FIELD_PREP(IOAPICARB_ID, ioapic->id);
	default:
		return read_rte(ioapic);
	}
}

/**
 * vic_ioapic_read() - the guest reads memory
 * @ioapic: the chip
 * @addr: guest-physical address
 * @len: width in bytes
 * @data: @len bytes, filled
 *
 * Context: process, on a vCPU's thread.
 * Return: false if it is not the chip's memory.
 */
bool vic_ioapic_read(struct vic_ioapic *ioapic, u64 addr, unsigned int len,
		     void *data)
{
	unsigned long flags;
	u64 value = 0;

	if (!is_ours(addr, len))
		return false;
	memset(data, 0, len);
	if (!is_width(len))
		return true;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	switch (addr - IOAPIC_BASE) {
	case IOAPIC_IOREGSEL:
		value = ioapic->select;
		break;
	case IOAPIC_IOWIN:
		value = read_window(ioapic);
		break;
	}
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
	memcpy(data, &value, len);
	return true;
}

/*
 * The half-RTE that IOREGSEL selects gets a new value. If a level pin could be
 * sent now, its irr is cleared and remembered in resampling for
 * ask_resampler().
 */
static void write_rte(struct vic_ioapic *ioapic, unsigned int pin, u32 value,
		      struct rte_effects *fx)
{
	u64 old = ioapic->rte[pin];
	u32 bit = BIT(pin);

	lockdep_assert_held(&ioapic->lock);

	if (ioapic->select & IOAPIC_REDTBL_HIGH)
		vic_ioapic_store_rte(ioapic, pin, (old & RTE_LOW) |
				     FIELD_PREP(RTE_HIGH, value));
	else
		vic_ioapic_store_rte(ioapic, pin, (old & RTE_HIGH) | value);

	fx->pin = pin;
	fx->rte = ioapic->rte[pin];
	fx->mask_changed = (old ^ fx->rte) & RTE_MASKED;

	if (!(ioapic->level & ioapic->irr & ~ioapic->masked & bit))
		return;
	if (ioapic->remote_irr & bit) {
		/* Remembers it, for the case that nobody took the message. */
		vic_ioapic_service(ioapic, pin);
		return;
	}
	fx->resample = true;
	ioapic->irr &= ~bit;
	ioapic->resampling |= bit;
	atomic_inc(&ioapic->in_flight);
}

/* True if an RTE was written, and @fx says what follows. */
static bool write_window(struct vic_ioapic *ioapic, u32 value,
			 struct rte_effects *fx)
{
	unsigned int pin;

	lockdep_assert_held(&ioapic->lock);

	if (ioapic->select == IOAPIC_ID) {
		ioapic->id = FIELD_GET(IOAPICID_ID, value);
		return false;
	}
	pin = selected_pin(ioapic);
	if (pin >= VIC_IOAPIC_PINS)
		return false;
	write_rte(ioapic, pin, value, fx);
	return true;
}

/*
 * A level pin is high and its RTE lets it through. The level may be stale: with
 * a resampling irqfd the device lowers its line only in our memory of it, and a
 * guest that silences the device between EOI and unmasking (Linux' oneshot
 * interrupts) would get one interrupt too many. So who resamples is asked to
 * assert it again, instead of sending it (KVM since 6.4, in its
 * ioapic_write_indirect()). irr was cleared before asking, because the answer
 * may come from within.
 */
static void ask_resampler(struct vic_ioapic *ioapic, unsigned int pin)
{
	bool asked = vic_irqfd_notify_resampler(ioapic->vm, VIC_CHIP_IOAPIC,
						pin);
	unsigned long flags;
	u32 bit = BIT(pin);

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	if (!asked && ioapic->resampling & bit) {
		ioapic->irr |= bit;
		vic_ioapic_service(ioapic, pin);
	}
	ioapic->resampling &= ~bit;
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);

	vic_ioapic_in_flight_done(ioapic);
}

static void perform(struct vic_ioapic *ioapic, const struct rte_effects *fx)
{
	trace_vic_ioapic_rte(ioapic->vm->id, fx->pin, fx->rte);
	if (fx->mask_changed)
		vic_routing_mask(ioapic->vm, VIC_CHIP_IOAPIC, fx->pin,
				 fx->rte & RTE_MASKED);
	if (fx->resample)
		ask_resampler(ioapic, fx->pin);
	/* What fails is still due; the vCPU tries again before it enters. */
	(void)vic_ioapic_flush(ioapic);
}

static void write_select(struct vic_ioapic *ioapic, u32 value)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	ioapic->select = FIELD_GET(IOREGSEL_INDEX, value);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
}

/*
 * What was accepted before the write leaves with the RTE under which it was
 * accepted, as it would in KVM; hence the flush before. An event that slips in
 * between is one that raced with the write.
 */
static void write_register(struct vic_ioapic *ioapic, u32 value)
{
	struct rte_effects fx = {};
	unsigned long flags;
	bool written;

	(void)vic_ioapic_flush(ioapic);

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	written = write_window(ioapic, value, &fx);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);

	if (written)
		perform(ioapic, &fx);
}

static void write_eoi(struct vic_ioapic *ioapic, u32 value)
{
	if (ioapic->version >= IOAPIC_VERSION_EOIR)
		vic_ioapic_directed_eoi(ioapic, FIELD_GET(RTE_VECTOR, value));
}

/**
 * vic_ioapic_write() - the guest writes memory
 * @ioapic: the chip
 * @addr: guest-physical address
 * @len: width in bytes
 * @data: @len bytes
 *
 * Context: process, on a vCPU's thread; may send; no lock held.
 * Return: false if it is not the chip's memory.
 */
bool vic_ioapic_write(struct vic_ioapic *ioapic, u64 addr, unsigned int len,
		      const void *data)
{
	u32 value = 0;

	if (!is_ours(addr, len))
		return false;
	if (!is_width(len))
		return true;
	memcpy(&value, data, min_t(unsigned int, len, sizeof(value)));

	switch (addr - IOAPIC_BASE) {
	case IOAPIC_IOREGSEL:
		write_select(ioapic, value);
		break;
	case IOAPIC_IOWIN:
		write_register(ioapic, value);
		break;
	case IOAPIC_EOIR:
		write_eoi(ioapic, value);
		break;
	}
	return true;
}
