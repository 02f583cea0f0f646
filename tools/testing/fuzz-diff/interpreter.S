/* SPDX-License-Identifier: GPL-2.0 */
/*
 * interpreter.S - the code of the guest of guest.h. Copied to GUEST_CODE, so
 * everything is addressed by its distance from guest_code. EBX, ESI and ESP
 * are its own between operations; FS is the base of struct guest_cpu.
 */
#include "guest.h"

#define ADDRESS(label)	((label) - guest_code + GUEST_CODE)
#define LAPIC_EOI	0xfee000b0
#define IOAPIC_SELECT	0xfec00000
#define IOAPIC_WINDOW	0xfec00010
#define PIC_EOI		0x20
#define PIC_PRIMARY	0x20
#define PIC_SECONDARY	0xa0
#define EFLAGS_IF_BYTE	1	/* the byte of EFLAGS with IF in it */
#define EFLAGS_IF_BIT	0x02	/* and the bit in that byte */

	.section .rodata
	.code32
	.globl	guest_code, guest_handlers, guest_code_end
	.globl	guest_smi_handler, guest_smi_handler_end
	.balign	16
guest_code:
next:
	movl	%fs:GUEST_CPU_NEXT, %esi
	addl	$GUEST_OP_SIZE, %fs:GUEST_CPU_NEXT
	movl	(%esi), %ebx
	movl	GUEST_OP_ADDR(%esi), %edx
	movl	GUEST_OP_VALUE(%esi), %eax
	jmp	*ADDRESS(table)(, %ebx, 4)

store:
	movl	%eax, GUEST_OP_RESULT(%esi)
done:
	movl	%fs:GUEST_CPU_TAKEN, %eax
	movl	%eax, GUEST_OP_TAKEN(%esi)
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
	jmp	done
op_out16:
	outw	%ax, %dx
	jmp	done
op_out32:
	outl	%eax, %dx
	jmp	done

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
op_read64:
	movq	(%edx), %mm0
	movq	%mm0, GUEST_OP_RESULT(%esi)
	jmp	done
op_write8:
	movb	%al, (%edx)
	jmp	done
op_write16:
	movw	%ax, (%edx)
	jmp	done
op_write32:
	movl	%eax, (%edx)
	jmp	done
op_write64:
	movq	GUEST_OP_VALUE(%esi), %mm0
	movq	%mm0, (%edx)
	jmp	done

op_reg_read:
	movl	%edx, IOAPIC_SELECT
	movl	IOAPIC_WINDOW, %eax
	jmp	store
op_reg_write:
	movl	%edx, IOAPIC_SELECT
	movl	%eax, IOAPIC_WINDOW
	jmp	done

op_take:
	movl	%edx, %fs:GUEST_CPU_EOI
	movl	%eax, %fs:GUEST_CPU_BUDGET
	sti
	nop
	nop
	nop
	cli
	jmp	done

	.balign	4
table:
	.long	ADDRESS(op_done)
	.long	ADDRESS(op_in8), ADDRESS(op_in16), ADDRESS(op_in32)
	.long	ADDRESS(op_out8), ADDRESS(op_out16), ADDRESS(op_out32)
	.long	ADDRESS(op_read8), ADDRESS(op_read16), ADDRESS(op_read32), ADDRESS(op_read64)
	.long	ADDRESS(op_write8), ADDRESS(op_write16), ADDRESS(op_write32), ADDRESS(op_write64)
	.long	ADDRESS(op_take), ADDRESS(op_reg_read), ADDRESS(op_reg_write)

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
	movl	%fs:GUEST_CPU_EOI, %ecx

	movb	$PIC_EOI, %al
	testb	$GUEST_EOI_SECONDARY, %cl
	jz	1f
	outb	%al, $PIC_SECONDARY
1:	testb	$GUEST_EOI_PRIMARY, %cl
	jz	1f
	outb	%al, $PIC_PRIMARY
1:	testb	$GUEST_EOI_LAPIC, %cl
	jz	1f
	movl	$0, LAPIC_EOI
1:	decl	%fs:GUEST_CPU_BUDGET
	jg	1f
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

guest_smi_handler:
	rsm
guest_smi_handler_end:

	.section .note.GNU-stack, "", @progbits
