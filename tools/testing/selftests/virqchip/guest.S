/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guest.S - the tiny guest of guest.h. Copied to GUEST_CODE, so everything is
 * addressed by its distance from guest_code. EBX, EBP and ESP are its own
 * between operations; FS is the base of struct guest_cpu.
 */
#include "guest.h"

#define ADDRESS(label)	((label) - guest_code + GUEST_CODE)
#define LAPIC_EOI	0xfee000b0
#define PIC_EOI		0x20
#define PIC_PRIMARY	0x20
#define PIC_SECONDARY	0xa0
#define EFLAGS_IF_BYTE	1	/* the byte of EFLAGS with IF in it */
#define EFLAGS_IF_BIT	0x02	/* and the bit in that byte */
#define OP_SIZE		16
#define OP_STRING	(GUEST_CPU_LOG + 4 * GUEST_LOG_ENTRIES + 1024 * OP_SIZE)

	.section .rodata
	.code32
	.globl	guest_code
	.globl	guest_handlers
	.globl	guest_code_end
	.balign	16
guest_code:
next:
	movl	%fs:GUEST_CPU_NEXT, %esi
	addl	$OP_SIZE, %fs:GUEST_CPU_NEXT
	movl	(%esi), %ebx
	movl	4(%esi), %edx
	movl	8(%esi), %eax
	jmp	*ADDRESS(table)(, %ebx, 4)

store:
	movl	%eax, 12(%esi)
	jmp	next

op_done:
	movl	$GUEST_PORT_DONE, %edx
	outb	%al, %dx
	jmp	next

op_in8:
	xorl	%eax, %eax
	inb	%dx, %al
	jmp	store
op_in16:
	xorl	%eax, %eax
	inw	%dx, %ax
	jmp	store
op_in32:
	inl	%dx, %eax
	jmp	store
op_out8:
	outb	%al, %dx
	jmp	next
op_out16:
	outw	%ax, %dx
	jmp	next
op_out32:
	outl	%eax, %dx
	jmp	next

op_read8:
	xorl	%eax, %eax
	movb	(%edx), %al
	jmp	store
op_read16:
	xorl	%eax, %eax
	movw	(%edx), %ax
	jmp	store
op_read32:
	movl	(%edx), %eax
	jmp	store
op_write8:
	movb	%al, (%edx)
	jmp	next
op_write16:
	movw	%ax, (%edx)
	jmp	next
op_write32:
	movl	%eax, (%edx)
	jmp	next

op_take:
	sti
	nop
	nop
	nop
	cli
	jmp	next

op_halt:
	sti
	hlt
	cli
	jmp	next

op_halt_until:
	cmpl	%eax, %fs:GUEST_CPU_TAKEN
	jae	next
	sti
	hlt
	cli
	jmp	op_halt_until

op_spin_until:
	sti
1:	incl	%fs:GUEST_CPU_SPINS
	cmpl	$0, %fs:GUEST_CPU_STOP
	jne	2f
	cmpl	%eax, %fs:GUEST_CPU_TAKEN
	jb	1b
2:	cli
	jmp	next

op_sti:
	sti
	jmp	next
op_cli:
	cli
	jmp	next

op_rdmsr:
	movl	%edx, %ecx
	rdmsr
	jmp	store
op_wrmsr:
	movl	%edx, %ecx
	xorl	%edx, %edx
	wrmsr
	jmp	next

op_ins8:
	movl	%eax, %ecx
	leal	OP_STRING(%ebp), %edi
	cld
	rep	insb
	jmp	next
op_outs8:
	movl	%eax, %ecx
	leal	OP_STRING(%ebp), %esi
	cld
	rep	outsb
	jmp	next

	.balign	4
table:
	.long	ADDRESS(op_done)
	.long	ADDRESS(op_in8), ADDRESS(op_in16), ADDRESS(op_in32)
	.long	ADDRESS(op_out8), ADDRESS(op_out16), ADDRESS(op_out32)
	.long	ADDRESS(op_read8), ADDRESS(op_read16), ADDRESS(op_read32)
	.long	ADDRESS(op_write8), ADDRESS(op_write16), ADDRESS(op_write32)
	.long	ADDRESS(op_take), ADDRESS(op_halt)
	.long	ADDRESS(op_halt_until), ADDRESS(op_spin_until)
	.long	ADDRESS(op_sti), ADDRESS(op_cli)
	.long	ADDRESS(op_rdmsr), ADDRESS(op_wrmsr)
	.long	ADDRESS(op_ins8), ADDRESS(op_outs8)

/* On the stack: EAX, ECX, EDX, the vector, EIP, CS, EFLAGS. */
handler:
	pushl	%edx
	pushl	%ecx
	pushl	%eax
	movl	12(%esp), %ecx
	movl	%fs:GUEST_CPU_TAKEN, %edx
	andl	$(GUEST_LOG_ENTRIES - 1), %edx
	movl	%ecx, %fs:GUEST_CPU_LOG(, %edx, 4)
	incl	%fs:GUEST_CPU_TAKEN
	movb	%fs:GUEST_CPU_ACTION(%ecx), %ch

	testb	$GUEST_EXIT, %ch
	jz	1f
	movl	$GUEST_PORT_IRQ, %edx
	movb	%cl, %al
	outb	%al, %dx
1:	movb	$PIC_EOI, %al
	testb	$GUEST_EOI_SECONDARY, %ch
	jz	1f
	outb	%al, $PIC_SECONDARY
1:	testb	$GUEST_EOI_PRIMARY, %ch
	jz	1f
	outb	%al, $PIC_PRIMARY
1:	testb	$GUEST_EOI_LAPIC, %ch
	jz	1f
	movl	$0, LAPIC_EOI
1:	testb	$GUEST_ONCE, %ch
	jz	1f
	andb	$~EFLAGS_IF_BIT, 24 + EFLAGS_IF_BYTE(%esp)
1:	popl	%eax
	popl	%ecx
	popl	%edx
	addl	$4, %esp
	iret

	.balign	GUEST_HANDLER_SIZE
guest_handlers:
	.set	vector, 0
	.rept	256
	pushl	$vector
	jmp	handler
	.balign	GUEST_HANDLER_SIZE
	.set	vector, vector + 1
	.endr
guest_code_end:

	.section .note.GNU-stack, "", @progbits
