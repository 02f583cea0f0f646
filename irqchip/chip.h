/* SPDX-License-Identifier: GPL-2.0 */
/*
 * chip.h - what the chips, the routing table and the APIC bus say to each other.
 */
#ifndef VIC_IRQCHIP_CHIP_H
#define VIC_IRQCHIP_CHIP_H

#include <linux/types.h>

/**
 * enum vic_chip - index of a chip in the reverse map pin -> GSI
 * @VIC_CHIP_PRIMARY: the primary 8259A, KVM_IRQCHIP_PIC_MASTER; pins 0-7
 * @VIC_CHIP_SECONDARY: the secondary 8259A, KVM_IRQCHIP_PIC_SLAVE; in the
 *	reverse map its pins are 8-15, as KVM numbers them (routing entry's
 *	pin + 8, kvm arch/x86/kvm/irq.c, kvm_set_routing_entry())
 * @VIC_CHIP_IOAPIC: KVM_IRQCHIP_IOAPIC; pins 0-23
 * @VIC_NR_CHIPS: how many there are
 */
enum vic_chip {
	VIC_CHIP_PRIMARY,
	VIC_CHIP_SECONDARY,
	VIC_CHIP_IOAPIC,
	VIC_NR_CHIPS,
};

/** VIC_PIC_PAIR_PINS - of both PICs; IR0..7 of the secondary are 8..15 */
#define VIC_PIC_PAIR_PINS	16
/** VIC_IOAPIC_PINS - as many as KVM's IOAPIC has (82093AA, INTIN0..23) */
#define VIC_IOAPIC_PINS		24
/** VIC_CHIP_PINS - width of a row of the reverse map (KVM_IRQCHIP_NUM_PINS) */
#define VIC_CHIP_PINS		24

/**
 * enum vic_source - who drives a line; a line is high while any source says so
 * @VIC_SOURCE_USER: KVM_IRQ_LINE and plain irqfds (KVM_USERSPACE_IRQ_SOURCE_ID)
 * @VIC_SOURCE_RESAMPLE: resampling irqfds (KVM_IRQFD_RESAMPLE_IRQ_SOURCE_ID)
 * @VIC_SOURCE_PIT: channel 0 of our i8254
 * @VIC_NR_SOURCES: how many there are
 */
enum vic_source {
	VIC_SOURCE_USER,
	VIC_SOURCE_RESAMPLE,
	VIC_SOURCE_PIT,
	VIC_NR_SOURCES,
};

/**
 * enum vic_delivery - KVM's tri-state outcome of driving a line
 * @VIC_MASKED: ignored: masked, no route, or nobody to take it
 * @VIC_COALESCED: merged with one that the guest has not taken yet
 * @VIC_DELIVERED: accepted; greater values count the LAPICs that took it
 *
 * Any value below 0 means ignored, any above 0 delivered (virt/kvm/irqchip.c,
 * kvm_set_irq()).
 */
enum vic_delivery {
	VIC_MASKED = -1,
	VIC_COALESCED = 0,
	VIC_DELIVERED = 1,
};

/**
 * struct vic_assert - one change of a wire
 * @source: who drives it
 * @level: true for high
 * @line_status: the caller wants to hear of coalescing (KVM_IRQ_LINE_STATUS)
 * @may_send: the caller is in process context, owns the VM's mm and holds no
 *	spin lock, so a message may be sent at once and its result is wanted.
 *	False from irqfd wake-ups, timers and acknowledgements: then state is
 *	changed and somebody is kicked who may send (vic_apicbus_pending()).
 */
struct vic_assert {
	enum vic_source source;
	bool level;
	bool line_status;
	bool may_send;
};

/**
 * struct vic_msg - one message on the APIC bus, as an IOAPIC pin makes it
 * @dest: destination, 8 bits
 * @vector: vector
 * @delivery_mode: 3 bits as in the RTE: 0 fixed, 1 lowest priority, 2 SMI,
 *	4 NMI, 5 INIT, 7 ExtINT
 * @logical: destination mode
 * @level: trigger mode
 * @want_eoi: the sender must be told of its EOI (level, an acknowledge
 *	notifier, or the RTC)
 * @pin: the IOAPIC pin it comes from
 */
struct vic_msg {
	u8 dest;
	u8 vector;
	u8 delivery_mode;
	bool logical;
	bool level;
	bool want_eoi;
	u8 pin;
};

/**
 * struct vic_pin_stats - what became of the assertions of one pin
 * @asserted: rises of the line
 * @delivered: PIC: INTAs of this pin. IOAPIC: messages that a LAPIC took
 * @coalesced: merged into one still pending
 * @masked: rises that found the pin masked
 * @acked: ends of service by the guest. Of an IOAPIC's edge pins they are seen
 *	only with the module parameter watch_edges, or if somebody listens for
 *	acknowledgements; and by vector, so those of a message with the pin's
 *	vector are among them
 *
 * Guarded by the chip's lock; they count from the VM's creation and are not
 * part of the saved state.
 */
struct vic_pin_stats {
	u64 asserted;
	u64 delivered;
	u64 coalesced;
	u64 masked;
	u64 acked;
};

#endif /* VIC_IRQCHIP_CHIP_H */
