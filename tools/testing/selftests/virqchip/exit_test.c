// SPDX-License-Identifier: GPL-2.0
/*
 * exit_test.c - accesses of a guest with our chips that are not for them exit
 * to user space as they were made, and those that are do not.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <string.h>

#define FREE_PORT		0x5f0
#define FREE_ADDRESS		0xd0000000
#define PATTERN			0x89abcdef
#define STRING_LENGTH		1000

FIXTURE(exit) { struct vm vm; struct vcpu *vcpu; };
FIXTURE_SETUP(exit)
{
	vm_open_with_chips(&self->vm);
	self->vcpu = vm_add_vcpu(&self->vm, 0);
}

static void *io_data(struct vcpu *vcpu)
{
	return (char *)vcpu->run + vcpu->run->io.data_offset;
}

TEST_F(exit, port_writes_exit)
{
	static const unsigned int kinds[] = {
		GUEST_OP_OUT8, GUEST_OP_OUT16, GUEST_OP_OUT32,
	};
	unsigned int i;

	for (i = 0; i < 3; i++) {
		uint32_t got = 0;

		guest_begin(self->vcpu, kinds[i], FREE_PORT, PATTERN);
		guest_run_to_io(self->vcpu, KVM_EXIT_IO_OUT, FREE_PORT, 1 << i);
		EXPECT_EQ(1, self->vcpu->run->io.count);
		memcpy(&got, io_data(self->vcpu), 1 << i);
		EXPECT_EQ(i == 2 ? PATTERN : PATTERN & ((1u << (8 << i)) - 1),
			  got);
		guest_run(self->vcpu);
	}
}

TEST_F(exit, port_reads_exit)
{
	static const unsigned int kinds[] = {
		GUEST_OP_IN8, GUEST_OP_IN16, GUEST_OP_IN32,
	};
	unsigned int i;

	for (i = 0; i < 3; i++) {
		uint32_t value = PATTERN;

		guest_begin(self->vcpu, kinds[i], FREE_PORT, 0);
		guest_run_to_io(self->vcpu, KVM_EXIT_IO_IN, FREE_PORT, 1 << i);
		memcpy(io_data(self->vcpu), &value, 1 << i);
		guest_run(self->vcpu);
		EXPECT_EQ(i == 2 ? PATTERN : PATTERN & ((1u << (8 << i)) - 1),
			  guest_cpu(self->vcpu)->ops[0].result);
	}
}

TEST_F(exit, access_that_leaves_the_ports_of_a_chip_exits)
{
	guest_begin(self->vcpu, GUEST_OP_IN16, PIC_PRIMARY_DATA, 0);
	guest_run_to_io(self->vcpu, KVM_EXIT_IO_IN, PIC_PRIMARY_DATA, 2);
	guest_run(self->vcpu);
	guest_begin(self->vcpu, GUEST_OP_OUT32, PIC_ELCR_PRIMARY, 0);
	guest_run_to_io(self->vcpu, KVM_EXIT_IO_OUT, PIC_ELCR_PRIMARY, 4);
	guest_run(self->vcpu);
}

TEST_F(exit, pit_ports_exit_without_pit)
{
	guest_begin(self->vcpu, GUEST_OP_IN8, PIT_CHANNEL(0), 0);
	guest_run_to_io(self->vcpu, KVM_EXIT_IO_IN, PIT_CHANNEL(0), 1);
	guest_run(self->vcpu);
	guest_begin(self->vcpu, GUEST_OP_IN8, PIT_PORT_B, 0);
	guest_run_to_io(self->vcpu, KVM_EXIT_IO_IN, PIT_PORT_B, 1);
	guest_run(self->vcpu);
}

TEST_F(exit, string_writes_exit)
{
	struct guest_cpu *cpu = guest_cpu(self->vcpu);
	unsigned int done = 0, i;

	for (i = 0; i < STRING_LENGTH; i++)
		cpu->string[i] = i * 7;
	guest_begin(self->vcpu, GUEST_OP_OUTS8, FREE_PORT, STRING_LENGTH);
	while (done < STRING_LENGTH) {
		guest_run_to_io(self->vcpu, KVM_EXIT_IO_OUT, FREE_PORT, 1);
		ASSERT_LE(1, self->vcpu->run->io.count);
		ASSERT_LE(done + self->vcpu->run->io.count, STRING_LENGTH);
		EXPECT_EQ(0, memcmp(io_data(self->vcpu), cpu->string + done,
				    self->vcpu->run->io.count));
		done += self->vcpu->run->io.count;
	}
	guest_run(self->vcpu);
}

TEST_F(exit, string_reads_exit)
{
	struct guest_cpu *cpu = guest_cpu(self->vcpu);
	unsigned int done = 0, i;

	guest_begin(self->vcpu, GUEST_OP_INS8, FREE_PORT, STRING_LENGTH);
	while (done < STRING_LENGTH) {
		uint8_t *data;

		guest_run_to_io(self->vcpu, KVM_EXIT_IO_IN, FREE_PORT, 1);
		ASSERT_LE(1, self->vcpu->run->io.count);
		data = io_data(self->vcpu);
		for (i = 0; i < self->vcpu->run->io.count; i++)
			data[i] = (done + i) * 7;
		done += self->vcpu->run->io.count;
	}
	guest_run(self->vcpu);
	EXPECT_EQ(STRING_LENGTH, done);
	for (i = 0; i < STRING_LENGTH && cpu->string[i] == (uint8_t)(i * 7); )
		i++;
	EXPECT_EQ(STRING_LENGTH, i);
}

TEST_F(exit, string_io_on_ports_of_a_chip_does_not_exit)
{
	struct guest_cpu *cpu = guest_cpu(self->vcpu);
	unsigned int i;

	pic_init(self->vcpu, 0);
	for (i = 0; i < STRING_LENGTH; i++)
		cpu->string[i] = i;
	guest_op(self->vcpu, GUEST_OP_OUTS8, PIC_PRIMARY_DATA, STRING_LENGTH);
	EXPECT_EQ((uint8_t)(STRING_LENGTH - 1), vm_pic(&self->vm, 0).imr);
	guest_op(self->vcpu, GUEST_OP_INS8, PIC_PRIMARY_DATA, STRING_LENGTH);
	for (i = 0; i < STRING_LENGTH; i++)
		if (cpu->string[i] != (uint8_t)(STRING_LENGTH - 1))
			break;
	EXPECT_EQ(STRING_LENGTH, i);
}

TEST_F(exit, memory_accesses_exit)
{
	struct kvm_run *run = self->vcpu->run;
	uint32_t value = PATTERN;

	guest_begin(self->vcpu, GUEST_OP_WRITE32, FREE_ADDRESS, PATTERN);
	ASSERT_EQ(0, __vcpu_run(self->vcpu));
	ASSERT_EQ(KVM_EXIT_MMIO, run->exit_reason);
	EXPECT_EQ(FREE_ADDRESS, run->mmio.phys_addr);
	EXPECT_EQ(4, run->mmio.len);
	EXPECT_EQ(1, run->mmio.is_write);
	EXPECT_EQ(0, memcmp(&value, run->mmio.data, 4));
	guest_run(self->vcpu);

	guest_begin(self->vcpu, GUEST_OP_READ32, FREE_ADDRESS, 0);
	ASSERT_EQ(0, __vcpu_run(self->vcpu));
	ASSERT_EQ(KVM_EXIT_MMIO, run->exit_reason);
	EXPECT_EQ(0, run->mmio.is_write);
	memcpy(run->mmio.data, &value, 4);
	guest_run(self->vcpu);
	EXPECT_EQ(PATTERN, guest_cpu(self->vcpu)->ops[0].result);
}

TEST_F(exit, memory_behind_the_ioapic_exits)
{
	guest_begin(self->vcpu, GUEST_OP_READ32, IOAPIC_BASE + 0x100, 0);
	ASSERT_EQ(0, __vcpu_run(self->vcpu));
	ASSERT_EQ(KVM_EXIT_MMIO, self->vcpu->run->exit_reason);
	EXPECT_EQ(IOAPIC_BASE + 0x100, self->vcpu->run->mmio.phys_addr);
	guest_run(self->vcpu);
}
