/* SPDX-License-Identifier: GPL-2.0 */
/*
 * objects.h - how many objects of each kind are alive, in all VMs together.
 *
 * Counted where an object is made and where it is given up, which for one that
 * others may still be reading is before its memory goes, but for tables. Shown
 * in debugfs' file "objects"; when the module is unloaded all must be 0.
 */
#ifndef VIC_OBJECTS_H
#define VIC_OBJECTS_H

#include <linux/atomic.h>

/**
 * enum vic_object - the kinds
 * @VIC_OBJECT_NODE: open files of the node
 * @VIC_OBJECT_VM: struct vic_vm
 * @VIC_OBJECT_VCPU: struct vic_vcpu
 * @VIC_OBJECT_PIC: pairs
 * @VIC_OBJECT_IOAPIC: IOAPICs
 * @VIC_OBJECT_PIT: PITs
 * @VIC_OBJECT_TABLE: routing tables, also those that are no longer in force and
 *	not yet freed
 * @VIC_OBJECT_IRQFD: irqfds
 * @VIC_OBJECT_RESAMPLER: resamplers
 * @VIC_OBJECT_WINDOW: argument windows
 * @VIC_OBJECT_IOEVENTFD: ioeventfds where a chip is, or could be
 * @VIC_NR_OBJECTS: how many kinds there are
 */
enum vic_object {
	VIC_OBJECT_NODE,
	VIC_OBJECT_VM,
	VIC_OBJECT_VCPU,
	VIC_OBJECT_PIC,
	VIC_OBJECT_IOAPIC,
	VIC_OBJECT_PIT,
	VIC_OBJECT_TABLE,
	VIC_OBJECT_IRQFD,
	VIC_OBJECT_RESAMPLER,
	VIC_OBJECT_WINDOW,
	VIC_OBJECT_IOEVENTFD,
	VIC_NR_OBJECTS,
};

extern atomic_t vic_objects[VIC_NR_OBJECTS];

/** vic_object_made() - one more of @kind. Any context. */
static inline void vic_object_made(enum vic_object kind)
{
	atomic_inc(&vic_objects[kind]);
}

/** vic_object_gone() - one less of @kind. Any context. */
static inline void vic_object_gone(enum vic_object kind)
{
	atomic_dec(&vic_objects[kind]);
}

const char *vic_object_name(enum vic_object kind);

#endif /* VIC_OBJECTS_H */
