// SPDX-License-Identifier: GPL-2.0
/*
 * ioeventfd_test.c - ioeventfds where a chip is: who gets the guest's write.
 *
 * KVM's bus is sorted by address and then by end, and who is first and wants a
 * write has it (virt/kvm/kvm_main.c, kvm_io_bus_cmp()). A device is asked only
 * if all of the write is in its range.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <errno.h>
#include <unistd.h>

#define FREE_PORT	0x600

FIXTURE(ioeventfd) { struct vm vm; struct vcpu *vcpu; };
FIXTURE_SETUP(ioeventfd)
{
	vm_open_with_chips(&self->vm);
	self->vcpu = vm_add_vcpu(&self->vm, 0);
}

#define PIO	KVM_IOEVENTFD_FLAG_PIO
#define MATCH	KVM_IOEVENTFD_FLAG_DATAMATCH
#define UNBIND	KVM_IOEVENTFD_FLAG_DEASSIGN

static int bind_event(struct vm *vm, int event, uint64_t address,
		      unsigned int length, unsigned int flags, uint64_t match)
{
	struct kvm_ioeventfd args = {
		.datamatch = match, .addr = address, .len = length,
		.fd = event, .flags = flags,
	};

	return __sys_ioctl(vm->fd, KVM_IOEVENTFD, &args);
}

/* A write that the VMM gets in the end is no error of the guest's. */
static void write_from_guest(struct vcpu *vcpu, unsigned int op,
			     uint32_t address, uint32_t value)
{
	struct kvm_run *run = vcpu->run;

	guest_begin(vcpu, op, address, value);
	ASSERT_EQ(0, __vcpu_run(vcpu));
	if (run->exit_reason == KVM_EXIT_MMIO ||
	    (run->exit_reason == KVM_EXIT_IO && run->io.port == address))
		guest_run(vcpu);
}

/**
 * struct row - an ioeventfd, a write, and who gets it
 * @name: for messages
 * @address: of the ioeventfd, and of the write
 * @length: of the ioeventfd
 * @flags: PIO, MATCH (of 0x5a)
 * @op: the write, of 0x5a in each byte
 * @event: it is signalled though the chip was made before it was bound
 */
struct row {
	const char *name;
	uint32_t address;
	unsigned int length, flags, op;
	bool event;
};

#define OUT1	GUEST_OP_OUT8
#define OUT2	GUEST_OP_OUT16
#define OUT4	GUEST_OP_OUT32
#define MEM1	GUEST_OP_WRITE8
#define MEM4	GUEST_OP_WRITE32

static const struct row pic_rows[] = {
	{ "command, 1", 0x20, 1, PIO, OUT1, 1 },
	{ "command, 2", 0x20, 2, PIO, OUT2, 0 },
	{ "command, any by 1", 0x20, 0, PIO, OUT1, 0 },
	{ "command, any by 2", 0x20, 0, PIO, OUT2, 0 },
	{ "command, any by 4", 0x20, 0, PIO, OUT4, 1 },
	{ "command, 4", 0x20, 4, PIO, OUT4, 1 },
	{ "command, match", 0x20, 1, PIO | MATCH, OUT1, 1 },
	{ "data, 1", 0x21, 1, PIO, OUT1, 0 },
	{ "data, match", 0x21, 1, PIO | MATCH, OUT1, 0 },
	{ "data, any", 0x21, 0, PIO, OUT1, 0 },
	{ "data, 2", 0x21, 2, PIO, OUT2, 1 },
	{ "secondary's data", 0xa1, 1, PIO, OUT1, 0 },
	{ "secondary's elcr", 0x4d1, 1, PIO, OUT1, 0 },
	{ "before, 2", 0x1f, 2, PIO, OUT2, 1 },
	{ "free", FREE_PORT, 1, PIO, OUT1, 1 },
	{ "select, 4", IOAPIC_SELECT, 4, 0, MEM4, 1 },
	{ "select, 1", IOAPIC_SELECT, 1, 0, MEM1, 1 },
	{ "window, 4", IOAPIC_WINDOW, 4, 0, MEM4, 0 },
	{ "window, match", IOAPIC_WINDOW, 4, MATCH, MEM4, 0 },
	{ "nothing of the IOAPIC's", IOAPIC_BASE + 0x80, 4, 0, MEM4, 0 },
	{ "beyond the IOAPIC", IOAPIC_BASE + 0x100, 4, 0, MEM4, 1 },
};

static const struct row pit_rows[] = {
	{ "channel 0, 1", 0x40, 1, PIO, OUT1, 1 },
	{ "channel 0, 4", 0x40, 4, PIO, OUT4, 0 },
	{ "channel 0, any", 0x40, 0, PIO, OUT1, 0 },
	{ "channel 1, 1", 0x41, 1, PIO, OUT1, 0 },
	{ "control, 1", 0x43, 1, PIO, OUT1, 0 },
	{ "control, 2", 0x43, 2, PIO, OUT2, 1 },
	{ "port b, 1", 0x61, 1, PIO, OUT1, 1 },
	{ "port b, any", 0x61, 0, PIO, OUT1, 0 },
	{ "behind port b", 0x62, 1, PIO, OUT1, 1 },
};

static bool event_has(struct vcpu *vcpu, const struct row *row, int event)
{
	write_from_guest(vcpu, row->op, row->address, 0x5a5a5a5a);
	return event_is_signalled(event);
}

static uint64_t match_of(const struct row *row)
{
	return row->length == 4 ? 0x5a5a5a5a : 0x5a;
}

static int bind_row(struct vm *vm, const struct row *row, unsigned int flags)
{
	int event = event_new(0);

	EXPECT_EQ(0, bind_event(vm, event, row->address, row->length,
				row->flags | flags, match_of(row)));
	return event;
}

static void unbind_row(struct vm *vm, const struct row *row, int event)
{
	EXPECT_EQ(0, bind_event(vm, event, row->address, row->length,
				row->flags | UNBIND, match_of(row)));
}

static void expect_row(const struct row *row, bool want, bool got)
{
	if (want != got)
		test_note("%s:", row->name);
	EXPECT_EQ(want, got);
}

static void check_bound_late(struct vcpu *vcpu, const struct row *row)
{
	int event = bind_row(vcpu->vm, row, 0);

	expect_row(row, row->event, event_has(vcpu, row, event));
	unbind_row(vcpu->vm, row, event);
	expect_row(row, false, event_has(vcpu, row, event));
	close(event);
}

#define NR(rows) (sizeof(rows) / sizeof((rows)[0]))

TEST_F(ioeventfd, bound_after_the_chips_were_made)
{
	unsigned int i;

	for (i = 0; i < NR(pic_rows); i++)
		check_bound_late(self->vcpu, &pic_rows[i]);
}

TEST_F(ioeventfd, bound_after_the_pit_was_made)
{
	unsigned int i;

	vm_create_pit2(&self->vm, KVM_PIT_SPEAKER_DUMMY);
	for (i = 0; i < NR(pit_rows); i++)
		check_bound_late(self->vcpu, &pit_rows[i]);
}

static void check_bound_before_the_pit(const struct row *row)
{
	struct vcpu *vcpu;
	struct vm vm;
	int event;

	vm_open_with_chips(&vm);
	vcpu = vm_add_vcpu(&vm, 0);
	event = bind_row(&vm, row, 0);
	expect_row(row, true, event_has(vcpu, row, event));
	vm_create_pit2(&vm, KVM_PIT_SPEAKER_DUMMY);
	expect_row(row, true, event_has(vcpu, row, event));
	unbind_row(&vm, row, event);
	expect_row(row, false, event_has(vcpu, row, event));
	close(event);
	close(vcpu->fd);
	close(vm.fd);
	close(vm.dev);
}

TEST_F(ioeventfd, bound_before_the_pit_was_made)
{
	unsigned int i;

	for (i = 0; i < NR(pit_rows); i++)
		check_bound_before_the_pit(&pit_rows[i]);
}

/* As the chips' buses are: whoever was there first. */
static void check_bound_before_the_chips(const struct row *row)
{
	struct vcpu *vcpu;
	struct vm vm;
	int event;

	vm_open(&vm);
	event = bind_row(&vm, row, 0);
	vm_create_irqchip(&vm);
	vm_add_ram(&vm);
	vcpu = vm_add_vcpu(&vm, 0);
	expect_row(row, parity(PARITY_IOEVENTFD_IS_FOUND, true,
			       row->length || row->op != OUT4),
		   event_has(vcpu, row, event));
	unbind_row(&vm, row, event);
	expect_row(row, false, event_has(vcpu, row, event));
	close(event);
	close(vcpu->fd);
	close(vm.fd);
	close(vm.dev);
}

TEST_F(ioeventfd, bound_before_the_chips_were_made)
{
	unsigned int i;

	for (i = 0; i < NR(pic_rows); i++)
		check_bound_before_the_chips(&pic_rows[i]);
}

TEST_F(ioeventfd, bound_before_the_chips_it_is_known_when_they_are_made)
{
	int event = event_new(0), other = event_new(0);
	struct vm vm;

	vm_open(&vm);
	ASSERT_EQ(0, bind_event(&vm, event, 0x21, 1, PIO, 0));
	ASSERT_EQ(0, bind_event(&vm, event, 0xa1, 1, PIO, 0));
	ASSERT_EQ(0, bind_event(&vm, event, 0xa1, 1, PIO | UNBIND, 0));
	vm_create_irqchip(&vm);
	EXPECT_EQ(-EEXIST, bind_event(&vm, other, 0x21, 1, PIO, 0));
	EXPECT_EQ(-EEXIST, bind_event(&vm, event, 0x21, 1, PIO, 0));
	EXPECT_EQ(0, bind_event(&vm, event, 0x21, 1, PIO | UNBIND, 0));
	EXPECT_EQ(-ENOENT, bind_event(&vm, event, 0x21, 1, PIO | UNBIND, 0));
	EXPECT_EQ(0, bind_event(&vm, other, 0x21, 1, PIO, 0));
	EXPECT_EQ(0, bind_event(&vm, other, 0xa1, 1, PIO, 0));
}

/* ---- the chip sees what it gets -------------------------------------- */

TEST_F(ioeventfd, a_chip_gets_its_writes)
{
	int event = event_new(0);

	EXPECT_EQ(0, bind_event(&self->vm, event, 0x21, 1, PIO, 0));
	EXPECT_EQ(0, bind_event(&self->vm, event, 0xa1, 0, PIO, 0));
	EXPECT_EQ(0, bind_event(&self->vm, event, IOAPIC_WINDOW, 4, 0, 0));
	pic_mask(self->vcpu, 0xa55a);
	EXPECT_EQ(0x5a, vm_pic(&self->vm, KVM_IRQCHIP_PIC_MASTER).imr);
	EXPECT_EQ(0xa5, vm_pic(&self->vm, KVM_IRQCHIP_PIC_SLAVE).imr);
	ioapic_set_rte(self->vcpu, 3, 0x77);
	EXPECT_EQ(0x77, vm_rte(&self->vm, 3));
	EXPECT_FALSE(event_is_signalled(event));
}

/* ---- errors ---------------------------------------------------------- */

/* At a port that a chip has, and at one that none has. */
static void check_errors(struct vm *vm, unsigned int port)
{
	int event = event_new(0), other = event_new(0);
	unsigned int length;

	for (length = 0; length <= 9; length++) {
		bool fine = !length || length == 1 || length == 2 ||
			    length == 4 || length == 8;

		EXPECT_EQ(fine ? 0 : -EINVAL,
			  bind_event(vm, event, port, length, PIO, 0));
		if (fine)
			EXPECT_EQ(0, bind_event(vm, event, port, length,
						PIO | UNBIND, 0));
	}
	EXPECT_EQ(-EINVAL, bind_event(vm, event, port, 0, PIO | MATCH, 0));
	EXPECT_EQ(-EINVAL, bind_event(vm, event, port, 1, PIO | 1 << 30, 0));
	EXPECT_EQ(-EBADF, bind_event(vm, -1, port, 1, PIO, 0));
	EXPECT_EQ(-EINVAL, bind_event(vm, vm->fd, port, 1, PIO, 0));
	EXPECT_EQ(-ENOENT, bind_event(vm, event, port, 1, PIO | UNBIND, 0));

	EXPECT_EQ(0, bind_event(vm, event, port, 1, PIO | MATCH, 1));
	EXPECT_EQ(-EEXIST, bind_event(vm, other, port, 1, PIO | MATCH, 1));
	EXPECT_EQ(-EEXIST, bind_event(vm, other, port, 1, PIO, 0));
	EXPECT_EQ(-EEXIST, bind_event(vm, other, port, 0, PIO, 0));
	EXPECT_EQ(-EBADF, bind_event(vm, -1, port, 0, PIO, 0));
	EXPECT_EQ(0, bind_event(vm, other, port, 1, PIO | MATCH, 2));
	EXPECT_EQ(0, bind_event(vm, other, port, 2, PIO, 0));
	EXPECT_EQ(-ENOENT, bind_event(vm, other, port, 1,
				      PIO | MATCH | UNBIND, 1));
	EXPECT_EQ(-ENOENT, bind_event(vm, event, port, 1, PIO | UNBIND, 0));
	EXPECT_EQ(-EBADF, bind_event(vm, -1, port, 1, PIO | MATCH | UNBIND,
				     1));
	EXPECT_EQ(0, bind_event(vm, event, port, 1, PIO | MATCH | UNBIND, 1));
	EXPECT_EQ(0, bind_event(vm, other, port, 1, PIO | MATCH | UNBIND, 2));
	EXPECT_EQ(0, bind_event(vm, other, port, 2, PIO | UNBIND, 0));
}

TEST_F(ioeventfd, errors_are_the_same_where_a_chip_is)
{
	check_errors(&self->vm, FREE_PORT);
	check_errors(&self->vm, PIC_PRIMARY);
	check_errors(&self->vm, PIC_PRIMARY_DATA);
	check_errors(&self->vm, PIT_CONTROL);
	vm_create_pit2(&self->vm, KVM_PIT_SPEAKER_DUMMY);
	check_errors(&self->vm, PIT_CONTROL);
}
