// SPDX-License-Identifier: GPL-2.0
/*
 * pit_test.c - the i8254: saved state, registers as a guest reads and writes
 * them, and ticks that reach it through PIC and IOAPIC.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NR_CHANNELS		3
#define COUNT_MS(ms)		(PIT_HZ / 1000 * (ms))
#define LONG_COUNT		0xffff
#define LONG_COUNT_MS		(LONG_COUNT / (PIT_HZ / 1000))
#define RESET_COUNT		0x10000
#define RESET_MODE		0xff
#define TICK_VECTOR		IOAPIC_VECTOR(0)
#define NR_GARBAGE_ROUNDS	64
#define NEVER_MS		60
#define PAUSE_PERIOD_MS		30
#define PAUSED_TICKS		25
#define TAKEN_TICKS		20
#define PORT_B_GATE		0x01
#define PORT_B_DATA		0x02
#define PORT_B_REFRESH		0x10
#define PORT_B_OUT		0x20

FIXTURE(pit) { struct vm vm; struct vcpu *vcpu; };
FIXTURE_SETUP(pit)
{
	vm_open_with_chips(&self->vm);
	vm_create_pit2(&self->vm, KVM_PIT_SPEAKER_DUMMY);
	self->vcpu = vm_add_vcpu(&self->vm, 0);
}

static struct kvm_pit_state2 pit_state(struct vm *vm)
{
	struct kvm_pit_state2 state;

	vm_get_pit2(vm, &state);
	return state;
}

TEST_F(pit, pointers_are_checked)
{
	struct kvm_pit_state2 *state = bytes_before_hole(sizeof(*state) - 1);

	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_GET_PIT, NULL));
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_SET_PIT, NULL));
	EXPECT_EQ(-EFAULT, __vm_get_pit2(&self->vm, NULL));
	EXPECT_EQ(-EFAULT, __vm_set_pit2(&self->vm, NULL));
	EXPECT_EQ(-EFAULT, __vm_get_pit2(&self->vm, state));
	EXPECT_EQ(-EFAULT, __vm_set_pit2(&self->vm, state));
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_REINJECT_CONTROL,
				       NULL));
	EXPECT_EQ(0, __vm_reinject(&self->vm, false));
	EXPECT_EQ(0, __vm_reinject(&self->vm, true));
}

TEST_F(pit, state_at_reset)
{
	struct kvm_pit_state2 state;
	unsigned int i;

	memset(&state, UINT8_MAX, sizeof(state));
	vm_get_pit2(&self->vm, &state);
	EXPECT_EQ(0, state.flags);
	for (i = 0; i < 9; i++)
		EXPECT_EQ(0, state.reserved[i]);
	for (i = 0; i < NR_CHANNELS; i++) {
		EXPECT_EQ(RESET_COUNT, state.channels[i].count);
		EXPECT_EQ(RESET_MODE, state.channels[i].mode);
		EXPECT_EQ(i != 2, state.channels[i].gate);
		EXPECT_EQ(0, state.channels[i].rw_mode);
		EXPECT_EQ(0, state.channels[i].bcd);
	}
}

TEST_F(pit, old_and_new_state_are_the_same)
{
	struct kvm_pit_state old;
	struct kvm_pit_state2 new;

	pit_program(self->vcpu, 0, 2, LONG_COUNT);
	EXPECT_EQ(0, __sys_ioctl(self->vm.fd, KVM_GET_PIT, &old));
	new = pit_state(&self->vm);
	EXPECT_EQ(0, memcmp(old.channels, new.channels, sizeof(old.channels)));
	old.channels[1].count = 1000;
	old.channels[1].mode = 3;
	EXPECT_EQ(0, __sys_ioctl(self->vm.fd, KVM_SET_PIT, &old));
	new = pit_state(&self->vm);
	EXPECT_EQ(1000, new.channels[1].count);
	EXPECT_EQ(3, new.channels[1].mode);
	EXPECT_EQ(LONG_COUNT, new.channels[0].count);
}

TEST_F(pit, state_comes_back_as_it_was_set)
{
	struct kvm_pit_state2 want = {
		.channels = {
			{ .count = LONG_COUNT, .mode = 2, .rw_mode = 3,
			  .gate = 1 },
			{ .count = 18, .mode = 2, .rw_mode = 1, .gate = 1,
			  .latched_count = 7, .count_latched = 1 },
			{ .count = 5000, .mode = 3, .rw_mode = 3, .gate = 0,
			  .write_state = 4, .write_latch = 12, .read_state = 4,
			  .status = 0x36, .status_latched = 1, .bcd = 1 },
		},
		.flags = KVM_PIT_FLAGS_SPEAKER_DATA_ON,
	};
	struct kvm_pit_state2 got;
	unsigned int i;

	vm_set_pit2(&self->vm, &want);
	got = pit_state(&self->vm);
	/* Counting begins anew. */
	for (i = 0; i < NR_CHANNELS; i++)
		got.channels[i].count_load_time = 0;
	EXPECT_EQ(0, memcmp(want.channels, got.channels,
			    sizeof(want.channels)));
	EXPECT_EQ(want.flags, got.flags);
}

static void read_all_ports(struct vcpu *vcpu)
{
	unsigned int i;

	for (i = 0; i < NR_CHANNELS; i++) {
		pit_read_count(vcpu, i);
		guest_in8(vcpu, PIT_CHANNEL(i));
	}
	guest_out8(vcpu, PIT_CONTROL, PIT_READ_BACK | 0xe);
	for (i = 0; i < NR_CHANNELS; i++)
		guest_in8(vcpu, PIT_CHANNEL(i));
	guest_in8(vcpu, PIT_PORT_B);
}

/* CVE-2015-7513: a restored count of 0 divided by zero at the next read. */
TEST_F(pit, cve_2015_7513_restored_count_of_zero)
{
	unsigned int mode, i;

	for (mode = 0; mode < 6; mode++) {
		struct kvm_pit_state2 state = pit_state(&self->vm);

		for (i = 0; i < NR_CHANNELS; i++) {
			state.channels[i].count = 0;
			state.channels[i].mode = mode;
			state.channels[i].gate = 1;
		}
		vm_set_pit2(&self->vm, &state);
		EXPECT_EQ(RESET_COUNT, pit_state(&self->vm).channels[1].count);
		read_all_ports(self->vcpu);
	}
}

TEST_F(pit, any_state_is_accepted)
{
	unsigned int round, i;

	srandom(1);
	for (round = 0; round < NR_GARBAGE_ROUNDS; round++) {
		struct kvm_pit_state2 state;

		for (i = 0; i < sizeof(state); i++)
			((unsigned char *)&state)[i] = random();
		EXPECT_EQ(0, __vm_set_pit2(&self->vm, &state));
		if (round % 8 == 0)
			read_all_ports(self->vcpu);
		pit_state(&self->vm);
	}
}

/* CVE-2010-0309: reading the control port indexed past the channels. */
TEST_F(pit, cve_2010_0309_control_port_is_read)
{
	guest_in8(self->vcpu, PIT_CONTROL);
	guest_op(self->vcpu, GUEST_OP_IN16, PIT_CONTROL - 1, 0);
	guest_op(self->vcpu, GUEST_OP_IN32, PIT_CONTROL - 3, 0);
}

TEST_F(pit, programmed_channel_shows_in_its_state)
{
	unsigned int i;

	for (i = 0; i < NR_CHANNELS; i++) {
		struct kvm_pit_channel_state c;

		pit_program(self->vcpu, i, 2 + i % 2, 10000 + i);
		c = pit_state(&self->vm).channels[i];
		EXPECT_EQ(10000 + i, c.count);
		EXPECT_EQ(2 + i % 2, c.mode);
		EXPECT_EQ(3, c.rw_mode);
	}
}

/* Two readings, between which a busy machine must not let it begin anew. */
static bool counts_down(struct vcpu *vcpu, unsigned int channel,
			unsigned int mode)
{
	unsigned int first, second;
	uint64_t start;

	do {
		start = now_ms();
		pit_program(vcpu, channel, mode, LONG_COUNT);
		first = pit_read_count(vcpu, channel);
		second = pit_read_count(vcpu, channel);
	} while (now_ms() - start >= LONG_COUNT_MS);
	EXPECT_LE(first, LONG_COUNT);
	return second < first;
}

TEST_F(pit, count_runs_down)
{
	EXPECT_TRUE(counts_down(self->vcpu, 1, 0));
}

/* The data sheet lets the old count end first. */
TEST_F(pit, new_count_takes_effect_at_once)
{
	pit_program(self->vcpu, 1, 2, LONG_COUNT);
	guest_out8(self->vcpu, PIT_CHANNEL(1), COUNT_MS(2) & UINT8_MAX);
	guest_out8(self->vcpu, PIT_CHANNEL(1), COUNT_MS(2) >> 8);
	EXPECT_LE(pit_read_count(self->vcpu, 1),
		  same(PARITY_PIT_COUNT_AT_ONCE, COUNT_MS(2)));
}

TEST_F(pit, low_gate_stops_nothing)
{
	guest_out8(self->vcpu, PIT_PORT_B, 0);
	EXPECT_EQ(same(PARITY_PIT_GATE, true), counts_down(self->vcpu, 2, 0));
}

TEST_F(pit, modes_1_and_5_start_without_a_trigger)
{
	static const unsigned int modes[] = { 1, 5 };
	unsigned int i;

	for (i = 0; i < 2; i++)
		EXPECT_EQ(same(PARITY_PIT_TRIGGER, true),
			  counts_down(self->vcpu, 1, modes[i]));
}

TEST_F(pit, latched_count_waits)
{
	unsigned int low, high, again;

	pit_program(self->vcpu, 1, 2, LONG_COUNT);
	guest_out8(self->vcpu, PIT_CONTROL, PIT_SELECT(1) | PIT_LATCH);
	again = pit_state(&self->vm).channels[1].latched_count;
	/* A second latch before the first was read changes nothing. */
	guest_out8(self->vcpu, PIT_CONTROL, PIT_SELECT(1) | PIT_LATCH);
	low = guest_in8(self->vcpu, PIT_CHANNEL(1));
	high = guest_in8(self->vcpu, PIT_CHANNEL(1));
	EXPECT_EQ(again, high << 8 | low);
	EXPECT_EQ(0, pit_state(&self->vm).channels[1].count_latched);
}

TEST_F(pit, single_bytes_are_read_and_written)
{
	guest_out8(self->vcpu, PIT_CONTROL,
		   PIT_SELECT(1) | PIT_HIGH | PIT_MODE(2));
	guest_out8(self->vcpu, PIT_CHANNEL(1), 0x80);
	EXPECT_EQ(0x8000, pit_state(&self->vm).channels[1].count);
	EXPECT_LE(guest_in8(self->vcpu, PIT_CHANNEL(1)), 0x80);
	guest_out8(self->vcpu, PIT_CONTROL,
		   PIT_SELECT(1) | PIT_LOW | PIT_MODE(2));
	guest_out8(self->vcpu, PIT_CHANNEL(1), 0x80);
	EXPECT_EQ(0x80, pit_state(&self->vm).channels[1].count);
}

TEST_F(pit, count_of_zero_is_the_longest)
{
	pit_program(self->vcpu, 1, 2, 0);
	EXPECT_EQ(RESET_COUNT, pit_state(&self->vm).channels[1].count);
}

TEST_F(pit, modes_6_and_7_are_2_and_3)
{
	uint8_t status;

	guest_out8(self->vcpu, PIT_CONTROL,
		   PIT_SELECT(1) | PIT_LOW_HIGH | PIT_MODE(7));
	status = pit_state(&self->vm).channels[1].mode;
	test_note("mode 7 is kept as %u", status);
	guest_out8(self->vcpu, PIT_CHANNEL(1), 0);
	guest_out8(self->vcpu, PIT_CHANNEL(1), 0x40);
	EXPECT_LE(pit_read_count(self->vcpu, 1), 0x4000);
}

TEST_F(pit, read_back_of_status)
{
	uint8_t status;

	pit_program(self->vcpu, 1, 2, LONG_COUNT);
	guest_out8(self->vcpu, PIT_CONTROL, PIT_READ_BACK |
		   PIT_READ_BACK_NO_COUNT | PIT_READ_BACK_CHANNEL(1));
	status = guest_in8(self->vcpu, PIT_CHANNEL(1));
	EXPECT_EQ(PIT_LOW_HIGH | PIT_MODE(2),
		  status & ~(PIT_STATUS_OUT | PIT_STATUS_NULL_COUNT));
	EXPECT_EQ(0, status & PIT_STATUS_NULL_COUNT);
}

TEST_F(pit, read_back_of_status_before_the_first_control_word)
{
	uint8_t status;

	guest_out8(self->vcpu, PIT_CONTROL, PIT_READ_BACK |
		   PIT_READ_BACK_NO_COUNT | PIT_READ_BACK_CHANNEL(1));
	status = guest_in8(self->vcpu, PIT_CHANNEL(1));
	EXPECT_EQ(PIT_LOW_HIGH | PIT_MODE(7),
		  status & ~(PIT_STATUS_OUT | PIT_STATUS_NULL_COUNT));
}

TEST_F(pit, read_back_of_count_and_status)
{
	unsigned int status, low, high;

	pit_program(self->vcpu, 1, 2, LONG_COUNT);
	guest_out8(self->vcpu, PIT_CONTROL,
		   PIT_READ_BACK | PIT_READ_BACK_CHANNEL(1));
	/* Status first, then the latched count. */
	status = guest_in8(self->vcpu, PIT_CHANNEL(1));
	EXPECT_EQ(PIT_LOW_HIGH | PIT_MODE(2), status & ~PIT_STATUS_OUT &
		  ~PIT_STATUS_NULL_COUNT);
	low = guest_in8(self->vcpu, PIT_CHANNEL(1));
	high = guest_in8(self->vcpu, PIT_CHANNEL(1));
	EXPECT_LE(high << 8 | low, LONG_COUNT);
	EXPECT_EQ(0, pit_state(&self->vm).channels[1].count_latched);
	EXPECT_EQ(0, pit_state(&self->vm).channels[0].count_latched);
}

static bool output_is_high(struct vcpu *vcpu, unsigned int channel)
{
	guest_out8(vcpu, PIT_CONTROL, PIT_READ_BACK | PIT_READ_BACK_NO_COUNT |
		   PIT_READ_BACK_CHANNEL(channel));
	return guest_in8(vcpu, PIT_CHANNEL(channel)) & PIT_STATUS_OUT;
}

TEST_F(pit, output_of_mode_0_rises_at_the_end)
{
	uint64_t start = now_ms();
	bool out;

	pit_program(self->vcpu, 1, 0, COUNT_MS(50));
	out = output_is_high(self->vcpu, 1);
	/* On a machine that took longer, nobody knows what is right. */
	if (now_ms() - start < 50)
		EXPECT_FALSE(out);
	EXPECT_TRUE(EVENTUALLY(output_is_high(self->vcpu, 1)));
}

TEST_F(pit, port_b_has_gate_and_speaker)
{
	EXPECT_EQ(0, guest_in8(self->vcpu, PIT_PORT_B) &
		     (PORT_B_GATE | PORT_B_DATA));
	guest_out8(self->vcpu, PIT_PORT_B, PORT_B_GATE | PORT_B_DATA);
	EXPECT_EQ(PORT_B_GATE | PORT_B_DATA,
		  guest_in8(self->vcpu, PIT_PORT_B) &
		  (PORT_B_GATE | PORT_B_DATA));
	EXPECT_EQ(1, pit_state(&self->vm).channels[2].gate);
	guest_out8(self->vcpu, PIT_PORT_B, 0);
	EXPECT_EQ(0, pit_state(&self->vm).channels[2].gate);
	EXPECT_EQ(0, guest_in8(self->vcpu, PIT_PORT_B) & ~(PORT_B_REFRESH |
							   PORT_B_OUT));
}

TEST_F(pit, port_b_shows_the_refresh_clock)
{
	unsigned int i, seen = 0;

	for (i = 0; i < 1000 && seen != 3; i++)
		seen |= guest_in8(self->vcpu, PIT_PORT_B) & PORT_B_REFRESH ?
			1 : 2;
	EXPECT_EQ(3, seen);
}

TEST_F(pit, port_b_shows_the_output_of_channel_2)
{
	uint64_t start = now_ms();
	bool out;

	guest_out8(self->vcpu, PIT_PORT_B, PORT_B_GATE);
	pit_program(self->vcpu, 2, 0, COUNT_MS(50));
	out = guest_in8(self->vcpu, PIT_PORT_B) & PORT_B_OUT;
	if (now_ms() - start < 50)
		EXPECT_FALSE(out);
	EXPECT_TRUE(EVENTUALLY(guest_in8(self->vcpu, PIT_PORT_B) & PORT_B_OUT));
}

TEST_F(pit, port_b_exits_unless_asked_for)
{
	struct vm vm;
	struct vcpu *vcpu;
	const struct guest_op op = { GUEST_OP_IN8, PIT_PORT_B };

	vm_open_with_chips(&vm);
	vm_create_pit2(&vm, 0);
	vcpu = vm_add_vcpu(&vm, 0);
	guest_batch(vcpu, &op, 1);
	ASSERT_EQ(0, __vcpu_run(vcpu));
	EXPECT_EQ(KVM_EXIT_IO, vcpu->run->exit_reason);
	EXPECT_EQ(PIT_PORT_B, vcpu->run->io.port);
}

TEST_F(pit, made_the_old_way_has_port_b)
{
	struct vm vm;

	vm_open_with_chips(&vm);
	ASSERT_EQ(0, __vm_create_pit(&vm));
	guest_in8(vm_add_vcpu(&vm, 0), PIT_PORT_B);
}

/* Ticks. */

static void ticks_by_pic(struct vcpu *vcpu)
{
	pic_init(vcpu, 0);
	guest_on_vectors(vcpu, PIC_BASE, PIC_VECTOR(7), GUEST_EOI_PRIMARY);
}

static void ticks_by_ioapic(struct vcpu *vcpu)
{
	pic_init(vcpu, 0);
	pic_mask(vcpu, UINT16_MAX);
	lapic_enable(vcpu);
	guest_on_vectors(vcpu, TICK_VECTOR, TICK_VECTOR, GUEST_EOI_LAPIC);
	ioapic_set_rte(vcpu, 0, TICK_VECTOR);
}

/* Until the guest has taken so many interrupts more. */
static void take_ticks(struct vcpu *vcpu, unsigned int nr)
{
	guest_op(vcpu, GUEST_OP_HALT_UNTIL, 0,
		 guest_cpu(vcpu)->nr_taken + nr);
}

/* A tick may be late, by as much as the machine is busy, but never early. */
static void expect_not_early(struct vcpu *vcpu, unsigned int mode)
{
	uint64_t start = now_ms();

	pit_program(vcpu, 0, mode, COUNT_MS(10));
	take_ticks(vcpu, 20);
	EXPECT_LE(20 * 10 - 1, now_ms() - start);
}

static void expect_periodic(struct vcpu *vcpu, int vector)
{
	expect_not_early(vcpu, 2);
	EXPECT_EQ(vector, guest_cpu(vcpu)->log[0]);
	EXPECT_EQ(vector, guest_cpu(vcpu)->log[10]);
}

TEST_F(pit, ticks_through_the_pic)
{
	ticks_by_pic(self->vcpu);
	expect_periodic(self->vcpu, PIC_VECTOR(0));
}

TEST_F(pit, ticks_through_the_ioapic)
{
	ticks_by_ioapic(self->vcpu);
	expect_periodic(self->vcpu, TICK_VECTOR);
}

TEST_F(pit, ticks_of_mode_3)
{
	ticks_by_pic(self->vcpu);
	expect_not_early(self->vcpu, 3);
}

TEST_F(pit, ticks_follow_gsi_0_to_another_pin)
{
	struct routes *r = routes_new();

	routes_add_pin(r, 0, KVM_IRQCHIP_IOAPIC, 2);
	vm_set_routes(&self->vm, r);
	lapic_enable(self->vcpu);
	guest_on_vectors(self->vcpu, IOAPIC_VECTOR(2), IOAPIC_VECTOR(2),
			 GUEST_EOI_LAPIC);
	ioapic_set_rte(self->vcpu, 2, IOAPIC_VECTOR(2));
	expect_periodic(self->vcpu, IOAPIC_VECTOR(2));
}

TEST_F(pit, mode_0_ticks_once)
{
	ticks_by_pic(self->vcpu);
	pit_program(self->vcpu, 0, 0, COUNT_MS(5));
	take_ticks(self->vcpu, 1);
	sleep_ms(NEVER_MS);
	guest_take(self->vcpu);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(0));
	guest_out8(self->vcpu, PIT_CHANNEL(0), COUNT_MS(5) & 0xff);
	guest_out8(self->vcpu, PIT_CHANNEL(0), COUNT_MS(5) >> 8);
	take_ticks(self->vcpu, 1);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(0));
}

TEST_F(pit, nothing_ticks_before_it_is_programmed)
{
	ticks_by_pic(self->vcpu);
	sleep_ms(NEVER_MS);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
}

TEST_F(pit, mode_5_does_not_tick)
{
	ticks_by_pic(self->vcpu);
	pit_program(self->vcpu, 0, 5, COUNT_MS(5));
	sleep_ms(NEVER_MS);
	guest_take(self->vcpu);
	EXPECT_EQ(same(PARITY_PIT_MODE_5, 0), guest_nr_new(self->vcpu));
}

static bool takes_any(struct vcpu *vcpu)
{
	guest_take(vcpu);
	return guest_nr_new(vcpu);
}

/* Old Linux counted on it: the timer's pin on LINT0 in NMI mode. */
TEST_F(pit, ticks_into_lint0_are_nmis)
{
	pic_init(self->vcpu, 0);
	pic_mask(self->vcpu, UINT16_MAX);
	lapic_enable(self->vcpu);
	lapic_set(self->vcpu, LAPIC_LVT0, LAPIC_LVT_NMI);
	pit_program(self->vcpu, 0, 2, COUNT_MS(5));
	sleep_ms(NEVER_MS);
	if (parity(PARITY_NMI_WATCHDOG, false, true))
		EXPECT_TRUE(EVENTUALLY(takes_any(self->vcpu)));
	else
		EXPECT_FALSE(takes_any(self->vcpu));
}

TEST_F(pit, hpet_legacy_mode_stops_the_ticks)
{
	struct kvm_pit_state2 state;

	ticks_by_pic(self->vcpu);
	pit_program(self->vcpu, 0, 2, COUNT_MS(50));
	take_ticks(self->vcpu, 3);
	state = pit_state(&self->vm);
	state.flags |= KVM_PIT_FLAGS_HPET_LEGACY;
	vm_set_pit2(&self->vm, &state);
	EXPECT_EQ(KVM_PIT_FLAGS_HPET_LEGACY, pit_state(&self->vm).flags);
	/* Ticks that were missed before are still made up for. */
	do {
		self->vcpu->taken += guest_nr_new(self->vcpu);
		sleep_ms(NEVER_MS);
		guest_take(self->vcpu);
	} while (guest_nr_new(self->vcpu));
	sleep_ms(NEVER_MS);
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
	state = pit_state(&self->vm);
	EXPECT_EQ(COUNT_MS(50), state.channels[0].count);
	state.flags &= ~KVM_PIT_FLAGS_HPET_LEGACY;
	vm_set_pit2(&self->vm, &state);
	take_ticks(self->vcpu, 3);
}

/* A guest that is kept from running for a while; the time when it began. */
static uint64_t tick_with_a_pause(struct vcpu *vcpu)
{
	uint64_t start = now_ms();

	pit_program(vcpu, 0, 2, COUNT_MS(PAUSE_PERIOD_MS));
	take_ticks(vcpu, 2);
	sleep_ms(PAUSED_TICKS * PAUSE_PERIOD_MS);
	return start;
}

/* One tick more; have there been as many as there were periods? */
static bool has_caught_up(struct vcpu *vcpu, uint64_t start)
{
	take_ticks(vcpu, 1);
	return guest_nr_new(vcpu) + 2 >= (now_ms() - start) / PAUSE_PERIOD_MS;
}

/* Nothing of before @start is made up for: so many ticks take their time. */
static void expect_real_time(struct vcpu *vcpu, uint64_t start)
{
	take_ticks(vcpu, TAKEN_TICKS);
	EXPECT_LE((TAKEN_TICKS - 3) * PAUSE_PERIOD_MS, now_ms() - start);
}

TEST_F(pit, missed_ticks_are_reinjected)
{
	uint64_t start;

	ticks_by_pic(self->vcpu);
	start = tick_with_a_pause(self->vcpu);
	EXPECT_TRUE(EVENTUALLY(has_caught_up(self->vcpu, start)));
}

TEST_F(pit, missed_ticks_are_reinjected_through_the_ioapic)
{
	uint64_t start;

	ticks_by_ioapic(self->vcpu);
	start = tick_with_a_pause(self->vcpu);
	EXPECT_TRUE(EVENTUALLY(has_caught_up(self->vcpu, start)));
}

TEST_F(pit, missed_ticks_are_dropped_without_reinjection)
{
	EXPECT_EQ(0, __vm_reinject(&self->vm, false));
	ticks_by_pic(self->vcpu);
	tick_with_a_pause(self->vcpu);
	expect_real_time(self->vcpu, now_ms());
}

TEST_F(pit, unmasking_forgets_missed_ticks)
{
	uint64_t start;

	ticks_by_pic(self->vcpu);
	tick_with_a_pause(self->vcpu);
	pic_mask(self->vcpu, 1);
	/* Ticks that come after it, while this thread waits, count. */
	start = now_ms();
	pic_mask(self->vcpu, 0);
	expect_real_time(self->vcpu, start);
}

/* The ticks are slowed; the guest takes them one by one, or drowns. */
TEST_F(pit, shortest_count_leaves_the_host_time)
{
	pic_init(self->vcpu, 0);
	guest_on_vectors(self->vcpu, PIC_BASE, PIC_VECTOR(7),
			 GUEST_EOI_PRIMARY | GUEST_ONCE);
	pit_program(self->vcpu, 0, 2, 2);
	take_ticks(self->vcpu, 50);
	EXPECT_EQ(2, pit_state(&self->vm).channels[0].count);
}

TEST_F(pit, restored_channel_ticks)
{
	struct kvm_pit_state2 state;
	struct vcpu *vcpu;
	struct vm vm;

	pit_program(self->vcpu, 0, 2, COUNT_MS(10));
	state = pit_state(&self->vm);
	vm_open_with_chips(&vm);
	vm_create_pit2(&vm, 0);
	vcpu = vm_add_vcpu(&vm, 0);
	ticks_by_pic(vcpu);
	vm_set_pit2(&vm, &state);
	take_ticks(vcpu, 10);
}
