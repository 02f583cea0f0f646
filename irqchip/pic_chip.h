/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pic_chip.h - one 8259A, for irqchip/pic.c and its tests only.
 */
#ifndef VIC_IRQCHIP_PIC_CHIP_H
#define VIC_IRQCHIP_PIC_CHIP_H

#include <linux/types.h>

struct kvm_pic_state;

/** VIC_PIC_NO_PIN - nothing is requested, or in service */
#define VIC_PIC_NO_PIN		(-1)

/**
 * enum pic_init - which ICW the next write with A0 = 1 is
 * @PIC_INIT_DONE: none: it is an OCW1
 * @PIC_INIT_ICW2: ICW2; ICW1 has been seen
 * @PIC_INIT_ICW3: ICW3
 * @PIC_INIT_ICW4: ICW4
 *
 * The values are KVM's (struct kvm_pic_state, init_state).
 */
enum pic_init {
	PIC_INIT_DONE,
	PIC_INIT_ICW2,
	PIC_INIT_ICW3,
	PIC_INIT_ICW4,
};

/**
 * struct pic_regs - what is saved of a chip
 * @last_irr: lines as the edge detectors last saw them
 * @irr: requests
 * @imr: masked pins
 * @isr: pins in service
 * @priority_add: the pin of highest priority
 * @irq_base: vector of pin 0
 * @read_isr: a read with A0 = 0 shows the ISR, not the IRR
 * @poll: the next read is a poll
 * @special_mask: special mask mode
 * @auto_eoi: INTA ends the service that it begins
 * @rotate_on_auto_eoi: and makes that pin the lowest
 * @special_fully_nested: the cascade pin may interrupt its own service
 * @icw4_follows: ICW1 announced an ICW4
 * @init: where in the initialisation it is
 * @elcr: level triggered pins
 */
struct pic_regs {
	u8 last_irr;
	u8 irr;
	u8 imr;
	u8 isr;
	u8 priority_add;
	u8 irq_base;
	bool read_isr;
	bool poll;
	bool special_mask;
	bool auto_eoi;
	bool rotate_on_auto_eoi;
	bool special_fully_nested;
	bool icw4_follows;
	enum pic_init init;
	u8 elcr;
};

/**
 * struct pic_chip - one 8259A; the pair's lock guards it
 * @is_primary: the secondary is wired to its cascade pin; set once
 * @elcr_mask: pins that the ELCR can make level triggered; set once
 * @regs: the rest
 */
struct pic_chip {
	bool is_primary;
	u8 elcr_mask;
	struct pic_regs regs;
};

/**
 * struct pic_chip_effects - what an access to a chip leads to
 * @acked: pins whose service ended
 * @mask_changed: pins whose IMR bit changed
 * @sync: INT is to be derived anew, after the acknowledgements
 */
struct pic_chip_effects {
	u8 acked;
	u8 mask_changed;
	bool sync;
};

int vic_pic_chip_requested(const struct pic_chip *chip);
int vic_pic_chip_set_input(struct pic_chip *chip, unsigned int pin, bool level);
void vic_pic_chip_inta(struct pic_chip *chip, unsigned int pin,
		       struct pic_chip_effects *fx);
void vic_pic_chip_take_back(struct pic_chip *chip, unsigned int pin);
void vic_pic_chip_poll(struct pic_chip *chip, unsigned int pin,
		       struct pic_chip_effects *fx);
void vic_pic_chip_write(struct pic_chip *chip, bool a0, u8 value,
			struct pic_chip_effects *fx);
u8 vic_pic_chip_read(const struct pic_chip *chip, bool a0);
void vic_pic_chip_write_elcr(struct pic_chip *chip, u8 value);
void vic_pic_chip_save(const struct pic_chip *chip, struct kvm_pic_state *state);
void vic_pic_chip_restore(struct pic_chip *chip,
			  const struct kvm_pic_state *state);

#endif /* VIC_IRQCHIP_PIC_CHIP_H */
