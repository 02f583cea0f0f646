/* SPDX-License-Identifier: GPL-2.0 */
/*
 * virqchip.h - struct vic_vm as far as the chips and the routing use it.
 */
#ifndef VIRQCHIP_H
#define VIRQCHIP_H

#include "routing/routing.h"

struct vic_ioapic;
struct vic_pic;
struct vic_pit;

struct vic_vm {
	u32 id;
	struct mutex lock;
	struct vic_pic *pic;
	struct vic_ioapic *ioapic;
	struct vic_pit *pit;
	struct vic_routing routing;
};

#endif /* VIRQCHIP_H */
