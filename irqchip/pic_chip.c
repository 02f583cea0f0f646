// SPDX-License-Identifier: GPL-2.0
/*
 * pic_chip.c - one 8259A interrupt controller with its ELCR (Intel 231468-003;
 * bits in irqchip/pic_regs.h): registers, priorities, control words. A pure
 * state machine: what it leads to is handed back in struct pic_chip_effects.
 *
 * irqchip/pic.c makes a pair of two, holds their lock and calls all this.
 *
 * Where the data sheet and KVM's PIC (arch/x86/kvm/i8259.c) differ, a guest
 * that works on KVM must not notice: ICW1 leaves the ISR alone, a poll counts
 * as acknowledged, SNGL and LTIM mean nothing. Special mask mode, which KVM
 * only stores, works.
 *
 * Not modelled: 8080 mode and buffered mode, which no PC can use.
 */
#include "irqchip/pic_chip.h"
#include "irqchip/pic_regs.h"
#include "irqchip/chip.h"

#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/kvm.h>
#include <linux/printk.h>

/* The priority of no pin: lower than any. */
#define NO_PRIORITY	PIC_PINS

static unsigned int next_pin(unsigned int pin)
{
	return (pin + 1) & PIC_PIN_MASK;
}

/* How far from the top the highest pin in @pins is, or NO_PRIORITY. */
static unsigned int highest_priority(const struct pic_regs *r, u8 pins)
{
	unsigned int priority = 0;

	if (!pins)
		return NO_PRIORITY;
	while (!(pins & BIT((r->priority_add + priority) & PIC_PIN_MASK)))
		priority++;
	return priority;
}

static int highest_pin(const struct pic_regs *r, u8 pins)
{
	unsigned int priority = highest_priority(r, pins);

	if (priority == NO_PRIORITY)
		return VIC_PIC_NO_PIN;
	return (r->priority_add + priority) & PIC_PIN_MASK;
}

/*
 * Pins whose service holds lower ones back. In special mask mode a pin that
 * is masked does not; KVM stores the mode and ignores it, but who sets it
 * counts on being interrupted, and loses nothing by it on KVM.
 */
static u8 inhibiting_pins(const struct pic_chip *chip)
{
	const struct pic_regs *r = &chip->regs;
	u8 pins = r->isr;

	if (r->special_mask)
		pins &= ~r->imr;
	if (r->special_fully_nested && chip->is_primary)
		pins &= ~BIT(PIC_CASCADE_PIN);
	return pins;
}

/**
 * vic_pic_chip_requested() - the pin that the chip would answer an INTA with
 * @chip: the chip
 *
 * Return: the pin, or VIC_PIC_NO_PIN: then its INT is low.
 */
int vic_pic_chip_requested(const struct pic_chip *chip)
{
	const struct pic_regs *r = &chip->regs;
	u8 requests = r->irr & ~r->imr;

	if (highest_priority(r, requests) >=
	    highest_priority(r, inhibiting_pins(chip)))
		return VIC_PIC_NO_PIN;
	return highest_pin(r, requests);
}

/**
 * vic_pic_chip_set_input() - drive an input
 * @chip: the chip
 * @pin: 0-7
 * @level: true for high
 *
 * Return: KVM's tri-state (i8259.c, pic_set_irq1()), see vic_pic_set_pin().
 */
int vic_pic_chip_set_input(struct pic_chip *chip, unsigned int pin, bool level)
{
	struct pic_regs *r = &chip->regs;
	bool is_level = r->elcr & BIT(pin);
	bool was_high = r->last_irr & BIT(pin);
	bool was_requested = r->irr & BIT(pin);
	bool requests = level && (is_level || !was_high);

	if (level)
		r->last_irr |= BIT(pin);
	else
		r->last_irr &= ~BIT(pin);
	if (requests)
		r->irr |= BIT(pin);
	else if (is_level)
		r->irr &= ~BIT(pin);

	if (r->imr & BIT(pin))
		return VIC_MASKED;
	return requests && was_requested ? VIC_COALESCED : VIC_DELIVERED;
}

static void end_service(struct pic_regs *r, unsigned int pin,
			struct pic_chip_effects *fx)
{
	r->isr &= ~BIT(pin);
	fx->acked |= BIT(pin);
}

/**
 * vic_pic_chip_inta() - the chip's part of an INTA cycle
 * @chip: the chip
 * @pin: its requested pin
 * @fx: what it leads to
 */
void vic_pic_chip_inta(struct pic_chip *chip, unsigned int pin,
		       struct pic_chip_effects *fx)
{
	struct pic_regs *r = &chip->regs;

	r->isr |= BIT(pin);
	/* A level stays requested until its line falls. */
	if (!(r->elcr & BIT(pin)))
		r->irr &= ~BIT(pin);
	if (!r->auto_eoi)
		return;
	if (r->rotate_on_auto_eoi)
		r->priority_add = next_pin(pin);
	end_service(r, pin, fx);
}

/**
 * vic_pic_chip_take_back() - as if the chip had not answered an INTA
 * @chip: the chip
 * @pin: with which it answered
 *
 * A level is requested again if its line is still high, and IRR says so. With
 * automatic EOI what was told of the end of service, and a rotation, stay.
 */
void vic_pic_chip_take_back(struct pic_chip *chip, unsigned int pin)
{
	chip->regs.isr &= ~BIT(pin);
	chip->regs.irr |= BIT(pin) & ~chip->regs.elcr;
}

/**
 * vic_pic_chip_poll() - a poll has found a pin
 * @chip: the chip
 * @pin: its requested pin
 * @fx: what it leads to
 *
 * The data sheet takes the pin into service; KVM acknowledges it at once and
 * drops its request, even of a level (i8259.c, pic_poll_read()). That is kept:
 * a guest that polls and never sends an EOI works on KVM.
 */
void vic_pic_chip_poll(struct pic_chip *chip, unsigned int pin,
		       struct pic_chip_effects *fx)
{
	chip->regs.irr &= ~BIT(pin);
	end_service(&chip->regs, pin, fx);
}

static void log_unsupported(u8 icw1)
{
	if (icw1 & PIC_ICW1_SNGL)
		pr_debug_ratelimited("PIC: single mode not supported\n");
	if (icw1 & PIC_ICW1_LTIM)
		pr_debug_ratelimited("PIC: LTIM not supported, see ELCR\n");
}

/*
 * Begins initialisation. As in KVM (i8259.c, kvm_pic_reset()) the ISR, the
 * vectors, rotation on AEOI, a poll and level requests survive, dropped edges
 * count as acknowledged, and INT follows at the next change only. Unlike KVM
 * they do so whether or not some CPU's LVT0 takes the PIC's interrupts.
 */
static void write_icw1(struct pic_regs *r, u8 value,
		       struct pic_chip_effects *fx)
{
	unsigned long dropped = r->irr & ~r->elcr;
	unsigned int pin;

	log_unsupported(value);
	r->last_irr = 0;
	r->irr &= r->elcr;
	r->imr = 0;
	r->priority_add = 0;
	r->special_mask = false;
	r->read_isr = false;
	r->icw4_follows = value & PIC_ICW1_IC4;
	if (!r->icw4_follows) {
		r->special_fully_nested = false;
		r->auto_eoi = false;
	}
	r->init = PIC_INIT_ICW2;
	for_each_set_bit(pin, &dropped, PIC_PINS)
		end_service(r, pin, fx);
}

static void write_icw2(struct pic_regs *r, u8 value)
{
	r->irq_base = value & PIC_ICW2_BASE;
	r->init = PIC_INIT_ICW3;
}

/* Its value says who is wired to whom, which is not for the guest to choose. */
static void write_icw3(struct pic_regs *r)
{
	r->init = r->icw4_follows ? PIC_INIT_ICW4 : PIC_INIT_DONE;
}

static void write_icw4(struct pic_regs *r, u8 value)
{
	r->special_fully_nested = value & PIC_ICW4_SFNM;
	r->auto_eoi = value & PIC_ICW4_AEOI;
	r->init = PIC_INIT_DONE;
}

static void write_ocw1(struct pic_regs *r, u8 value,
		       struct pic_chip_effects *fx)
{
	fx->mask_changed = r->imr ^ value;
	fx->sync = true;
	r->imr = value;
}

/*
 * A non-specific EOI ends the service of the highest pin. In special mask
 * mode masked pins come last: the data sheet passes over them for good, KVM
 * does not look (i8259.c, pic_ioport_write()), and a guest written against
 * either gets what it means this way.
 */
static int nonspecific_eoi_pin(const struct pic_regs *r)
{
	int pin = VIC_PIC_NO_PIN;

	if (r->special_mask)
		pin = highest_pin(r, r->isr & ~r->imr);
	if (pin == VIC_PIC_NO_PIN)
		pin = highest_pin(r, r->isr);
	return pin;
}

/* Acknowledges the pin even if it was not in service, as KVM. */
static void end_and_rotate(struct pic_regs *r, int pin, bool rotate,
			   struct pic_chip_effects *fx)
{
	if (pin == VIC_PIC_NO_PIN)
		return;
	if (rotate)
		r->priority_add = next_pin(pin);
	end_service(r, pin, fx);
	fx->sync = true;
}

static void write_ocw2(struct pic_regs *r, u8 value,
		       struct pic_chip_effects *fx)
{
	unsigned int pin = FIELD_GET(PIC_OCW2_LEVEL, value);

	switch (FIELD_GET(PIC_OCW2_COMMAND, value)) {
	case PIC_OCW2_ROTATE_AEOI_CLEAR:
		r->rotate_on_auto_eoi = false;
		break;
	case PIC_OCW2_ROTATE_AEOI_SET:
		r->rotate_on_auto_eoi = true;
		break;
	case PIC_OCW2_EOI:
		end_and_rotate(r, nonspecific_eoi_pin(r), false, fx);
		break;
	case PIC_OCW2_ROTATE_EOI:
		end_and_rotate(r, nonspecific_eoi_pin(r), true, fx);
		break;
	case PIC_OCW2_SPECIFIC_EOI:
		end_and_rotate(r, pin, false, fx);
		break;
	case PIC_OCW2_ROTATE_SPECIFIC_EOI:
		end_and_rotate(r, pin, true, fx);
		break;
	case PIC_OCW2_SET_PRIORITY:
		r->priority_add = next_pin(pin);
		fx->sync = true;
		break;
	case PIC_OCW2_NOP:
		break;
	}
}

static void write_ocw3(struct pic_regs *r, u8 value,
		       struct pic_chip_effects *fx)
{
	if (value & PIC_OCW3_POLL)
		r->poll = true;
	if (value & PIC_OCW3_RR)
		r->read_isr = value & PIC_OCW3_RIS;
	if (value & PIC_OCW3_ESMM && r->special_mask != !!(value & PIC_OCW3_SMM)) {
		r->special_mask = !r->special_mask;
		/* Not otherwise: KVM's does not look at its inputs on an OCW3. */
		fx->sync = true;
	}
}

static void write_command(struct pic_regs *r, u8 value,
			  struct pic_chip_effects *fx)
{
	if (value & PIC_ICW1)
		write_icw1(r, value, fx);
	else if (value & PIC_OCW3)
		write_ocw3(r, value, fx);
	else
		write_ocw2(r, value, fx);
}

static void write_data(struct pic_regs *r, u8 value,
		       struct pic_chip_effects *fx)
{
	switch (r->init) {
	case PIC_INIT_DONE:
		write_ocw1(r, value, fx);
		break;
	case PIC_INIT_ICW2:
		write_icw2(r, value);
		break;
	case PIC_INIT_ICW3:
		write_icw3(r);
		break;
	case PIC_INIT_ICW4:
		write_icw4(r, value);
		break;
	}
}

/**
 * vic_pic_chip_write() - a control word
 * @chip: the chip
 * @a0: address line 0
 * @value: the word
 * @fx: what it leads to
 */
void vic_pic_chip_write(struct pic_chip *chip, bool a0, u8 value,
			struct pic_chip_effects *fx)
{
	if (a0)
		write_data(&chip->regs, value, fx);
	else
		write_command(&chip->regs, value, fx);
}

/**
 * vic_pic_chip_read() - a register; polls are the pair's
 * @chip: the chip
 * @a0: address line 0
 *
 * Return: the IMR, else the ISR or IRR as the last OCW3 chose.
 */
u8 vic_pic_chip_read(const struct pic_chip *chip, bool a0)
{
	const struct pic_regs *r = &chip->regs;

	if (a0)
		return r->imr;
	return r->read_isr ? r->isr : r->irr;
}

/**
 * vic_pic_chip_write_elcr() - choose level triggered pins
 * @chip: the chip
 * @value: a bit per pin; those that must be edges are ignored
 *
 * Requests change when lines do and not with the ELCR; as KVM's.
 */
void vic_pic_chip_write_elcr(struct pic_chip *chip, u8 value)
{
	chip->regs.elcr = value & chip->elcr_mask;
}

/**
 * vic_pic_chip_save() - all of a chip in KVM's layout
 * @chip: the chip
 * @state: all of it is written
 */
void vic_pic_chip_save(const struct pic_chip *chip, struct kvm_pic_state *state)
{
	const struct pic_regs *r = &chip->regs;

	*state = (struct kvm_pic_state){
		.last_irr = r->last_irr,
		.irr = r->irr,
		.imr = r->imr,
		.isr = r->isr,
		.priority_add = r->priority_add,
		.irq_base = r->irq_base,
		.read_reg_select = r->read_isr,
		.poll = r->poll,
		.special_mask = r->special_mask,
		.init_state = r->init,
		.auto_eoi = r->auto_eoi,
		.rotate_on_auto_eoi = r->rotate_on_auto_eoi,
		.special_fully_nested_mode = r->special_fully_nested,
		.init4 = r->icw4_follows,
		.elcr = r->elcr,
		.elcr_mask = chip->elcr_mask,
	};
}

/**
 * vic_pic_chip_restore() - load a chip from KVM's layout
 * @chip: the chip
 * @state: anything
 *
 * KVM copies what it is given as it is. What no chip can hold is cut to size
 * here; what KVM or QEMU saved passes unchanged.
 */
void vic_pic_chip_restore(struct pic_chip *chip,
			  const struct kvm_pic_state *state)
{
	bool known_init = state->init_state <= PIC_INIT_ICW4;

	chip->regs = (struct pic_regs){
		.last_irr = state->last_irr,
		.irr = state->irr,
		.imr = state->imr,
		.isr = state->isr,
		.priority_add = state->priority_add & PIC_PIN_MASK,
		.irq_base = state->irq_base & PIC_ICW2_BASE,
		.read_isr = state->read_reg_select,
		.poll = state->poll,
		.special_mask = state->special_mask,
		.auto_eoi = state->auto_eoi,
		.rotate_on_auto_eoi = state->rotate_on_auto_eoi,
		.special_fully_nested = state->special_fully_nested_mode,
		.icw4_follows = state->init4,
		.init = known_init ? state->init_state : PIC_INIT_DONE,
		.elcr = state->elcr & chip->elcr_mask,
	};
}
