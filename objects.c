// SPDX-License-Identifier: GPL-2.0
/* objects.c - see objects.h. */
#include "objects.h"

atomic_t vic_objects[VIC_NR_OBJECTS];

/** vic_object_name() - what debugfs calls a kind. Any context. */
const char *vic_object_name(enum vic_object kind)
{
	static const char * const names[VIC_NR_OBJECTS] = {
		[VIC_OBJECT_NODE] = "node",
		[VIC_OBJECT_VM] = "vm",
		[VIC_OBJECT_VCPU] = "vcpu",
		[VIC_OBJECT_PIC] = "pic",
		[VIC_OBJECT_IOAPIC] = "ioapic",
		[VIC_OBJECT_PIT] = "pit",
		[VIC_OBJECT_TABLE] = "table",
		[VIC_OBJECT_IRQFD] = "irqfd",
		[VIC_OBJECT_RESAMPLER] = "resampler",
		[VIC_OBJECT_WINDOW] = "window",
		[VIC_OBJECT_IOEVENTFD] = "ioeventfd",
	};

	return names[kind];
}
