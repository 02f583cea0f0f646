// SPDX-License-Identifier: GPL-2.0
/*
 * chips.c - writes down what the routing table does to the chips' pins. A pin
 * takes what it is given unless unit_answers.pin_result is set (to the result;
 * coalesced is spelt INT_MIN there); unit_answers.masked_pin is masked, unless 0.
 */
#include "unit.h"
#include "irqchip/ioapic.h"
#include "irqchip/pic.h"

static int pin_result(unsigned int pin, const struct vic_assert *a)
{
	int result = unit_answers.pin_result;

	if (unit_answers.on_set_pin)
		unit_answers.on_set_pin(a->level);
	if (pin && pin == unit_answers.masked_pin)
		return VIC_MASKED;
	if (!result)
		return VIC_DELIVERED;
	return result == INT_MIN ? VIC_COALESCED : result;
}

int vic_pic_set_pin(struct vic_pic *pic, unsigned int pin,
		    const struct vic_assert *a)
{
	unit_log("pic %u level %u source %u", pin, a->level, a->source);
	return pin_result(pin, a);
}

int vic_ioapic_set_pin(struct vic_ioapic *ioapic, unsigned int pin,
		       const struct vic_assert *a)
{
	unit_log("ioapic %u level %u source %u", pin, a->level, a->source);
	return pin_result(pin, a);
}
