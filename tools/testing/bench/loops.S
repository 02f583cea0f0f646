/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loops.S - 32-bit flat code, copied to LOOPS_CODE; every reference is
 * relative. EBP counts the rounds down; after the last one LOOPS_PORT is
 * written.
 */
#include "loops.h"

#define PIC_COMMAND	0x20
#define PIC_DATA	0x21
#define PIC_EOI		0x20
#define IOAPIC_SELECT	0xfec00000
#define IOAPIC_WINDOW	0xfec00010
#define IOAPIC_RTE_HIGH	0x1b		/* of pin 5; writes no vector */
#define LAPIC_EOI	0xfee000b0
#define NOBODY		0xfed80000

	.macro	LOOP name:req
	.globl	\name
\name:
	.endm

	.macro	AGAIN name:req
	decl	%ebp
	jnz	\name
	jmp	finish
	.endm

	.section .rodata
	.code32
	.globl	loops_code, loops_end
	.balign	16
loops_code:
finish:
	movl	$LOOPS_PORT, %edx
	outb	%al, %dx
	jmp	finish

	LOOP	loop_cpuid
	xorl	%eax, %eax
	cpuid
	AGAIN	loop_cpuid

	LOOP	loop_pic_in
	inb	$PIC_DATA, %al
	AGAIN	loop_pic_in

	LOOP	loop_pic_out
	movb	$0xff, %al
	outb	%al, $PIC_DATA
	AGAIN	loop_pic_out

	LOOP	loop_pic_eoi
	movb	$PIC_EOI, %al
	outb	%al, $PIC_COMMAND
	AGAIN	loop_pic_eoi

	LOOP	loop_ioapic_read
	movl	IOAPIC_WINDOW, %eax
	AGAIN	loop_ioapic_read

	LOOP	loop_ioapic_index
	movl	$IOAPIC_RTE_HIGH, IOAPIC_SELECT
	AGAIN	loop_ioapic_index

	LOOP	loop_ioapic_rte
	movl	$IOAPIC_RTE_HIGH, IOAPIC_SELECT
	movl	$0, IOAPIC_WINDOW
	AGAIN	loop_ioapic_rte

	LOOP	loop_pio
	movl	$LOOPS_PORT, %edx
1:	outb	%al, %dx
	jmp	1b

	LOOP	loop_mmio
	movl	%eax, NOBODY
	jmp	loop_mmio

	LOOP	loop_wait
	sti
	hlt
	jmp	loop_wait

	LOOP	isr_pic
	movb	$PIC_EOI, %al
	outb	%al, $PIC_COMMAND
	movl	$LOOPS_PORT, %edx
	outb	%al, %dx
	iretl

	LOOP	isr_lapic
	movl	$0, LAPIC_EOI
	movl	$LOOPS_PORT, %edx
	outb	%al, %dx
	iretl
loops_end:

	.section .note.GNU-stack, "", @progbits
