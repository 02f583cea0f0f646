/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guest.S - the guest: 32-bit flat code, entered with interrupts off. It takes
 * timer ticks through the 8259A, then through the IOAPIC, then a level
 * interrupt and an MSI of the VMM's devices, says so on its serial port, and
 * ends. Interrupts are on only while it waits for one.
 */
#include "guest.h"

#define TICKS		5
#define PIT_COUNT	11932		/* 100 Hz */
#define GATE		0x8e00		/* present, 32-bit interrupt gate */

#define IOAPIC_SELECT	0xfec00000
#define IOAPIC_WINDOW	0xfec00010
#define IOAPIC_RTE(pin)	(0x10 + 2 * (pin))
#define RTE_LEVEL	0x8000
#define LAPIC_SPIV	0xfee000f0
#define LAPIC_EOI	0xfee000b0

/* Where a label of this file is in guest-physical memory. */
#define AT(label)	(label - tiny_guest + GUEST_CODE)

	.section .rodata
	.code32
	.globl tiny_guest, tiny_guest_end, tiny_guest_gdt

.macro out_byte port, value
	mov	$\value, %al
	mov	$\port, %dx
	out	%al, %dx
.endm

.macro set_gate vector, label
	movl	$(GUEST_CS << 16) + AT(\label), GUEST_IDT + 8 * \vector
	movl	$GATE, GUEST_IDT + 8 * \vector + 4
.endm

.macro set_rte pin, low
	movl	$IOAPIC_RTE(\pin), IOAPIC_SELECT
	movl	$\low, IOAPIC_WINDOW
.endm

.macro say label
	mov	$AT(\label), %esi
	call	print
.endm

.macro wait_for number
	mov	$\number, %ebx
	call	wait
.endm

/* EBP counts interrupts. */
tiny_guest:
	say	hello
	set_gate VECTOR_PIC, on_pic
	set_gate VECTOR_TIMER, on_apic
	set_gate VECTOR_LEVEL, on_apic
	set_gate VECTOR_MSI, on_apic
	movl	$0x1ff, LAPIC_SPIV

	/* The pair: vectors, cascade, 8086 mode; IR0 alone is unmasked. */
	out_byte 0x20, 0x11
	out_byte 0x21, VECTOR_PIC
	out_byte 0x21, 0x04
	out_byte 0x21, 0x01
	out_byte 0x21, 0xfe

	/* The PIT's channel 0: both bytes, mode 2. */
	out_byte 0x43, 0x34
	out_byte 0x40, (PIT_COUNT & 0xff)
	out_byte 0x40, (PIT_COUNT >> 8)
	wait_for TICKS
	say	by_pic

	out_byte 0x21, 0xff
	set_rte	PIN_TIMER, VECTOR_TIMER
	wait_for TICKS
	say	by_ioapic
	set_rte	PIN_TIMER, 0x10000

	set_rte	GSI_LEVEL, RTE_LEVEL + VECTOR_LEVEL
	out_byte PORT_DEVICE, DEVICE_LEVEL
	wait_for 1
	say	by_level
	out_byte PORT_DEVICE, DEVICE_MSI
	wait_for 1
	say	by_msi
	out_byte PORT_EXIT, 0
	hlt

/* Wait for EBX interrupts from now on. */
wait:
	xor	%ebp, %ebp
1:	sti
	hlt
	cli
	cmp	%ebx, %ebp
	jb	1b
	ret

/* Print the string at ESI. */
print:
	mov	$PORT_SERIAL, %dx
1:	lodsb
	test	%al, %al
	jz	2f
	out	%al, %dx
	jmp	1b
2:	ret

on_pic:
	push	%eax
	mov	$0x20, %al
	out	%al, $0x20
	pop	%eax
	inc	%ebp
	iret

on_apic:
	movl	$0, LAPIC_EOI
	inc	%ebp
	iret

hello:		.asciz "guest: hello\n"
by_pic:		.asciz "guest: 5 ticks through the 8259A\n"
by_ioapic:	.asciz "guest: 5 ticks through the IOAPIC\n"
by_level:	.asciz "guest: a level interrupt through the IOAPIC\n"
by_msi:		.asciz "guest: a message\n"

	.balign	8
tiny_guest_gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* code, flat */
	.quad	0x00cf93000000ffff	/* data, flat */
tiny_guest_end:
	.section .note.GNU-stack, "", @progbits
