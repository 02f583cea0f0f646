/* SPDX-License-Identifier: GPL-2.0 */
/*
 * parity.h - where the module differs from KVM on purpose. The numbers are
 * those of the entries in Documentation/kvm-parity.rst.
 */
#ifndef VIC_TEST_PARITY_H
#define VIC_TEST_PARITY_H

enum parity_entry {
	/* Special mask mode works; KVM stores it without effect. */
	PARITY_SPECIAL_MASK = 1,
	/* A restored IOAPIC stays at its address; KVM's vanishes. */
	PARITY_IOAPIC_BASE = 2,
	/* Reserved bits of RTEs read as zero; KVM's can be written. */
	PARITY_RTE_RESERVED = 3,
	/* A restore drops what no chip could hold; KVM takes it all. */
	PARITY_RESTORE_SANE = 4,
	/* No remote IRR for a message that nobody took; KVM's line is stuck. */
	PARITY_NOBODY_NO_REMOTE_IRR = 5,
	/* A restored LAPIC does not change what is known of RTC ticks. */
	PARITY_RTC_RESTORE = 6,
	/* KVM_GET_IRQCHIP needs only the bytes of the chip that it asks for. */
	PARITY_GET_IRQCHIP_SIZE = 7,
	/* RTC ticks do not wait for an EOI that there is none of. */
	PARITY_RTC_ENDS = 8,
	/* No PIT without chips; KVM of 6.1 makes one that never ticks. */
	PARITY_PIT_WANTS_CHIPS = 19,
	/* An EOI ends levels alone, and whoever it was for; KVM looks at TMR. */
	PARITY_SHARED_VECTOR = 20,
	/* An EOI is of the message that a pin sent last; KVM goes by RTEs. */
	PARITY_ACK_WITHOUT_MESSAGE = 21,
	/* A refused KVM_IRQFD changes nothing; KVM's drives the line. */
	PARITY_REFUSED_IRQFD = 22,
	/* A high level pin is saved; KVM hides it if it once sent an edge. */
	PARITY_LEVEL_IS_SAVED = 23,
	/* The PIC tells of acknowledgements at the end of an access. */
	PARITY_PIC_TELLS_LAST = 24,
	/* What an eventfd held when it was bound goes when its GSI moves. */
	PARITY_HELD_SIGNAL = 25,
	/* A pulse falls on the pins where it rose; KVM looks routes up twice. */
	PARITY_PULSE_BY_ONE_TABLE = 26,
	/* Where a wide write meets an ioeventfd and a chip, KVM finds neither. */
	PARITY_IOEVENTFD_IS_FOUND = 27,

	/* The same on purpose, though a data sheet has it otherwise. */
	PARITY_PIC_UNINITIALISED = 40,
	PARITY_ICW1_KEEPS_ISR = 41,
	PARITY_LTIM_AND_SNGL = 42,
	PARITY_POLL_ACKNOWLEDGES = 43,
	PARITY_MASKED_EDGE_STAYS = 44,
	PARITY_PIT_COUNT_AT_ONCE = 45,
	PARITY_PIT_GATE = 46,
	PARITY_PIT_TRIGGER = 47,
	PARITY_PIT_MODE_5 = 48,
	PARITY_NARROW_WRITES = 49,
	PARITY_EDGES_ACKNOWLEDGED = 50,
	PARITY_ONE_SOURCE = 51,
	PARITY_IOAPIC_VERSION = 52,
	PARITY_LINE_LEFT_BEHIND = 53,

	/* Not there. */
	PARITY_SINT_RESAMPLE = 60,
	PARITY_NMI_WATCHDOG = 61,
	PARITY_OTHER_VM = 62,
	PARITY_MESSAGES_OUTLIVE_VM = 63,
	PARITY_DIRECTED_EOI = 65,
	PARITY_SINT_STATUS = 67,
};

#endif /* VIC_TEST_PARITY_H */
