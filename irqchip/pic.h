/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VIC_IRQCHIP_PIC_H
#define VIC_IRQCHIP_PIC_H

#include "irqchip/chip.h"

struct kvm_pic_state;
struct vic_pic;
struct vic_vm;

/**
 * struct vic_inta - what an INTA cycle came to
 * @vector: the CPU's
 * @pin: that answered, 0-15
 * @spurious: nothing was requested, and no service of @pin began
 */
struct vic_inta {
	u8 vector;
	u8 pin;
	bool spurious;
};

struct vic_pic *vic_pic_create(struct vic_vm *vm);
void vic_pic_destroy(struct vic_pic *pic);

int vic_pic_set_pin(struct vic_pic *pic, unsigned int pin,
		    const struct vic_assert *a);
bool vic_pic_intr(const struct vic_pic *pic);
struct vic_inta vic_pic_inta(struct vic_pic *pic);
void vic_pic_take_back(struct vic_pic *pic, const struct vic_inta *inta);

bool vic_pic_read(struct vic_pic *pic, u16 port, unsigned int len, void *data);
bool vic_pic_write(struct vic_pic *pic, u16 port, unsigned int len,
		   const void *data);

void vic_pic_get(struct vic_pic *pic, enum vic_chip chip,
		 struct kvm_pic_state *state);
void vic_pic_set(struct vic_pic *pic, enum vic_chip chip,
		 const struct kvm_pic_state *state);

void vic_pic_update(struct vic_pic *pic);

void vic_pic_stats(struct vic_pic *pic, unsigned int pin,
		   struct vic_pin_stats *stats);

#endif /* VIC_IRQCHIP_PIC_H */
