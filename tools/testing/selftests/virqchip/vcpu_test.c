// SPDX-License-Identifier: GPL-2.0
/*
 * vcpu_test.c - KVM_RUN as a VMM knows it: what ends it, which exits it sees,
 * and that nothing of the module's own business shows through.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "guest.h"
#include "harness.h"
#include "stress.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FREE_PORT		0x5f0
#define PATTERN			0x89abcdef
#define PIN			20
#define VECTOR			IOAPIC_VECTOR(PIN)
#define INTERRUPT_VECTOR	0x77
#define STORM_MS		400
#define KERNEL_SIGSET_SIZE	8
#define NR_INTERRUPTED		300
#define MAX_PAUSE_US		1000

FIXTURE(vcpu) { struct vm vm; struct vcpu *vcpu; };
FIXTURE_SETUP(vcpu)
{
	vm_open_with_chips(&self->vm);
	self->vcpu = vm_add_vcpu(&self->vm, 0);
	lapic_enable(self->vcpu);
	guest_on_vectors(self->vcpu, IOAPIC_VECTOR(0), UINT8_MAX,
			 GUEST_EOI_LAPIC);
}

static volatile unsigned int nr_signals;

/* A signal that comes before KVM_RUN sets this, as a VMM's handler does. */
static struct kvm_run *run_to_leave;

static void count_signal(int number)
{
	(void)number;
	__sync_fetch_and_add(&nr_signals, 1);
	if (run_to_leave)
		run_to_leave->immediate_exit = 1;
}

static void handle_signal(int number)
{
	struct sigaction action = { .sa_handler = count_signal };

	ASSERT_EQ(0, sigaction(number, &action, NULL));
}

static void *io_data(struct vcpu *vcpu)
{
	return (char *)vcpu->run + vcpu->run->io.data_offset;
}

TEST_F(vcpu, immediate_exit)
{
	guest_begin(self->vcpu, GUEST_OP_SPIN_UNTIL, 0, UINT32_MAX);
	self->vcpu->run->immediate_exit = 1;
	EXPECT_EQ(-EINTR, __vcpu_run(self->vcpu));
	EXPECT_EQ(-EINTR, __vcpu_run(self->vcpu));
	self->vcpu->run->immediate_exit = 0;
	EXPECT_EQ(0, guest_cpu(self->vcpu)->spins);
	guest_cpu(self->vcpu)->stop = 1;
	guest_run(self->vcpu);
}

TEST_F(vcpu, immediate_exit_completes_what_was_begun)
{
	guest_begin(self->vcpu, GUEST_OP_IN32, FREE_PORT, 0);
	guest_run_to_io(self->vcpu, KVM_EXIT_IO_IN, FREE_PORT, 4);
	*(uint32_t *)io_data(self->vcpu) = PATTERN;
	self->vcpu->run->immediate_exit = 1;
	EXPECT_EQ(-EINTR, __vcpu_run(self->vcpu));
	self->vcpu->run->immediate_exit = 0;
	memset(io_data(self->vcpu), 0, 4);
	guest_run(self->vcpu);
	EXPECT_EQ(PATTERN, guest_cpu(self->vcpu)->ops[0].result);
}

/* KVM_RUN in a thread of its own, once; what it answered. */
struct runner {
	struct vcpu *vcpu;
	pthread_t thread;
	volatile pid_t tid;
	volatile int done;
	int result;
};

/* The thread does nothing that sleeps but KVM_RUN. */
static bool sleeps(const struct runner *runner)
{
	char path[64], state = 0;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", runner->tid);
	stat = fopen(path, "r");
	if (!runner->tid || !stat)
		return false;
	EXPECT_EQ(1, fscanf(stat, "%*d (%*[^)]) %c", &state));
	fclose(stat);
	return state == 'S';
}

static void *run_once(void *data)
{
	struct runner *runner = data;

	runner->tid = syscall(SYS_gettid);
	runner->result = __vcpu_run(runner->vcpu);
	runner->done = 1;
	return NULL;
}

static void expect_signal_ends(struct vcpu *vcpu, unsigned int kind)
{
	struct runner runner = { .vcpu = vcpu };

	handle_signal(SIGUSR1);
	guest_begin(vcpu, kind, 0, UINT32_MAX);
	ASSERT_EQ(0, pthread_create(&runner.thread, NULL, run_once, &runner));
	/* It spins in the guest, or sleeps for it in the kernel. */
	EXPECT_TRUE(EVENTUALLY(guest_cpu(vcpu)->spins || sleeps(&runner)));
	EXPECT_FALSE(runner.done);
	pthread_kill(runner.thread, SIGUSR1);
	pthread_join(runner.thread, NULL);
	EXPECT_EQ(-EINTR, runner.result);
	EXPECT_EQ(KVM_EXIT_INTR, vcpu->run->exit_reason);
	EXPECT_EQ(1, nr_signals);
}

TEST_F(vcpu, signal_ends_a_running_guest)
{
	expect_signal_ends(self->vcpu, GUEST_OP_SPIN_UNTIL);
}

TEST_F(vcpu, signal_ends_a_halted_guest)
{
	expect_signal_ends(self->vcpu, GUEST_OP_HALT_UNTIL);
}

static int __set_signal_mask(struct vcpu *vcpu, const sigset_t *signals)
{
	struct {
		struct kvm_signal_mask head;
		unsigned char set[KERNEL_SIGSET_SIZE];
	} mask = { .head.len = KERNEL_SIGSET_SIZE };

	memcpy(mask.set, signals, KERNEL_SIGSET_SIZE);
	return __sys_ioctl(vcpu->fd, KVM_SET_SIGNAL_MASK, &mask);
}

TEST_F(vcpu, signal_mask_lets_a_blocked_signal_end_it)
{
	sigset_t usr1, none;

	handle_signal(SIGUSR1);
	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	ASSERT_EQ(0, pthread_sigmask(SIG_BLOCK, &usr1, NULL));
	EXPECT_EQ(0, __set_signal_mask(self->vcpu, &none));
	guest_begin(self->vcpu, GUEST_OP_SPIN_UNTIL, 0, UINT32_MAX);
	raise(SIGUSR1);
	EXPECT_EQ(-EINTR, __vcpu_run(self->vcpu));
	EXPECT_EQ(0, nr_signals);
	/* It stays pending, as after any sigwait-like use. */
	EXPECT_EQ(-EINTR, __vcpu_run(self->vcpu));
	sigpending(&none);
	EXPECT_TRUE(sigismember(&none, SIGUSR1));
}

TEST_F(vcpu, signal_mask_holds_a_signal_back)
{
	sigset_t usr1;

	handle_signal(SIGUSR1);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	EXPECT_EQ(0, __set_signal_mask(self->vcpu, &usr1));
	ASSERT_EQ(0, pthread_sigmask(SIG_BLOCK, &usr1, NULL));
	raise(SIGUSR1);
	EXPECT_EQ(IOAPIC_VERSION_24_PINS,
		  ioapic_read(self->vcpu, IOAPIC_VERSION));
	EXPECT_EQ(0, nr_signals);
	ASSERT_EQ(0, pthread_sigmask(SIG_UNBLOCK, &usr1, NULL));
	EXPECT_EQ(1, nr_signals);
}

static void *run_to_end(void *data)
{
	struct runner *runner = data;

	do {
		runner->result = __guest_run(runner->vcpu);
	} while (runner->result == -EINTR);
	return NULL;
}

#define NR_ACCESSES	600

/*
 * The signal comes while the guest has interrupts off. When it turns them on,
 * the vector that has waited has to get in, and the thread out in the end. The
 * guest spins until then, or a thread that is through would miss its signal.
 */
TEST_F(vcpu, signal_that_is_held_back_does_not_keep_extint_out)
{
	struct guest_cpu *cpu = guest_cpu(self->vcpu);
	struct guest_op ops[NR_ACCESSES + 1] = { 0 };
	struct runner runner = { .vcpu = self->vcpu };
	sigset_t usr1;
	unsigned int i;

	handle_signal(SIGUSR1);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	EXPECT_EQ(0, __set_signal_mask(self->vcpu, &usr1));
	pic_init(self->vcpu, 0);
	guest_on_vectors(self->vcpu, PIC_BASE, PIC_VECTOR(7),
			 GUEST_EOI_PRIMARY);
	for (i = 0; i < NR_ACCESSES; i++) {
		ops[i].kind = GUEST_OP_IN8;
		ops[i].addr = PIC_PRIMARY_DATA;
		ops[i].result = PATTERN;
	}
	ops[i].kind = GUEST_OP_SPIN_UNTIL;
	ops[i].value = UINT32_MAX / 2;
	guest_batch(self->vcpu, ops, NR_ACCESSES + 1);
	vm_irq_line(&self->vm, 4, 1);
	ASSERT_EQ(0, pthread_create(&runner.thread, NULL, run_to_end, &runner));
	EXPECT_TRUE(EVENTUALLY(cpu->ops[0].result != PATTERN));
	pthread_kill(runner.thread, SIGUSR1);
	EXPECT_TRUE(EVENTUALLY(guest_nr_new(self->vcpu) == 1));
	cpu->stop = 1;
	pthread_join(runner.thread, NULL);
	EXPECT_EQ(0, runner.result);
	EXPECT_EQ(1, nr_signals);
	EXPECT_VECTORS(self->vcpu, PIC_VECTOR(4));
}

/* With a PIC in the kernel the VMM injects nothing, so it waits for nothing. */
TEST_F(vcpu, interrupt_window_is_never_reported)
{
	guest_begin(self->vcpu, GUEST_OP_TAKE, 0, 0);
	self->vcpu->run->request_interrupt_window = 1;
	guest_run(self->vcpu);
	EXPECT_EQ(1, self->vcpu->run->ready_for_interrupt_injection);
	vm_irq_line(&self->vm, 3, 1);
	guest_run_in_thread(self->vcpu, GUEST_OP_SPIN_UNTIL, 1);
	guest_join(self->vcpu);
	EXPECT_VECTORS(self->vcpu, 3);
}

TEST_F(vcpu, run_page_says_ready_and_if)
{
	guest_begin(self->vcpu, GUEST_OP_IN8, FREE_PORT, 0);
	guest_run_to_io(self->vcpu, KVM_EXIT_IO_IN, FREE_PORT, 1);
	EXPECT_EQ(1, self->vcpu->run->ready_for_interrupt_injection);
	EXPECT_EQ(0, self->vcpu->run->if_flag);
	guest_run(self->vcpu);
}

TEST_F(vcpu, user_space_cannot_inject)
{
	struct kvm_interrupt interrupt = { .irq = INTERRUPT_VECTOR };

	EXPECT_EQ(-ENXIO, __sys_ioctl(self->vcpu->fd, KVM_INTERRUPT,
				      &interrupt));
	interrupt.irq = 256;
	EXPECT_EQ(-EINVAL, __sys_ioctl(self->vcpu->fd, KVM_INTERRUPT,
				       &interrupt));
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vcpu->fd, KVM_INTERRUPT, NULL));
}

TEST_F(vcpu, run_page_is_shared_by_its_mappings)
{
	struct kvm_run *again = mmap(NULL, self->vcpu->run_size,
				     PROT_READ | PROT_WRITE, MAP_SHARED,
				     self->vcpu->fd, 0);

	ASSERT_TRUE(again != MAP_FAILED);
	again->immediate_exit = 1;
	EXPECT_EQ(1, self->vcpu->run->immediate_exit);
	EXPECT_EQ(-EINTR, __vcpu_run(self->vcpu));
}

TEST_F(vcpu, second_vcpu_waits_for_its_start)
{
	struct kvm_mp_state state;
	int fd = __vm_create_vcpu(&self->vm, 1);

	EXPECT_EQ(0, __sys_ioctl(fd, KVM_GET_MP_STATE, &state));
	EXPECT_EQ(KVM_MP_STATE_UNINITIALIZED, state.mp_state);
	EXPECT_EQ(0, __sys_ioctl(self->vcpu->fd, KVM_GET_MP_STATE, &state));
	EXPECT_EQ(KVM_MP_STATE_RUNNABLE, state.mp_state);
}

TEST_F(vcpu, ioeventfd_is_signalled_without_exit)
{
	int event = event_new(0);
	struct kvm_ioeventfd ioeventfd = {
		.addr = FREE_PORT, .len = 1, .fd = event,
		.flags = KVM_IOEVENTFD_FLAG_PIO,
	};

	EXPECT_EQ(0, __sys_ioctl(self->vm.fd, KVM_IOEVENTFD, &ioeventfd));
	guest_out8(self->vcpu, FREE_PORT, 0);
	EXPECT_TRUE(event_is_signalled(event));
}

/* A thread that does something over and over until it is told to stop. */
struct storm {
	void (*what)(struct storm *storm);
	struct vm *vm;
	int event;
	volatile bool stop;
	unsigned long rounds;
	pthread_t thread;
};

static void *storm_thread(void *data)
{
	struct storm *storm = data;

	while (!storm->stop) {
		storm->what(storm);
		storm->rounds++;
	}
	return NULL;
}

static void storm_start(struct storm *storm)
{
	ASSERT_EQ(0, pthread_create(&storm->thread, NULL, storm_thread,
				    storm));
}

static void storm_end(struct storm *storm)
{
	storm->stop = true;
	pthread_join(storm->thread, NULL);
	test_note("%lu rounds", storm->rounds);
}

static void write_event(struct storm *storm)
{
	event_signal(storm->event);
}

static void toggle_line(struct storm *storm)
{
	vm_irq_line(storm->vm, PIN, 1);
	vm_irq_line(storm->vm, PIN, 0);
}

static void save_state(struct storm *storm)
{
	vm_ioapic(storm->vm);
	vm_pic(storm->vm, 0);
}

/*
 * Each event interrupts the guest, which may not come to its first instruction
 * before the storm ends (KVM's own irqfds do the same). What was signalled is
 * there for it then.
 */
static void ride_out(struct vcpu *vcpu, struct storm *storm, unsigned int kind)
{
	storm_start(storm);
	guest_run_in_thread(vcpu, kind, UINT32_MAX / 2);
	sleep_ms(STORM_MS);
	storm_end(storm);
	EXPECT_TRUE(EVENTUALLY(guest_nr_new(vcpu) > 0));
	test_note("%u interrupts", guest_nr_new(vcpu));
	guest_cpu(vcpu)->stop = 1;
}

/* guest_run() fails at the first EINTR, or any other errno, of KVM_RUN. */
TEST_F(vcpu, storm_of_edges_never_shows_to_a_running_vcpu)
{
	struct storm storm = { write_event, .event = event_new(0) };

	vm_set_rte(&self->vm, PIN, VECTOR);
	vm_irqfd(&self->vm, storm.event, PIN);
	ride_out(self->vcpu, &storm, GUEST_OP_SPIN_UNTIL);
	guest_join(self->vcpu);
}

TEST_F(vcpu, storm_of_extint_never_shows_to_a_running_vcpu)
{
	struct storm storm = { write_event, .event = event_new(0) };

	pic_init(self->vcpu, 0);
	guest_on_vectors(self->vcpu, PIC_BASE, PIC_VECTOR(7),
			 GUEST_EOI_PRIMARY);
	vm_irqfd(&self->vm, storm.event, 5);
	ride_out(self->vcpu, &storm, GUEST_OP_SPIN_UNTIL);
	guest_join(self->vcpu);
}

TEST_F(vcpu, storm_of_edges_never_shows_to_a_halting_vcpu)
{
	struct storm storm = { write_event, .event = event_new(0) };

	vm_set_rte(&self->vm, PIN, VECTOR);
	vm_irqfd(&self->vm, storm.event, PIN);
	/* It halts for ever; the end of the process takes it away. */
	ride_out(self->vcpu, &storm, GUEST_OP_HALT_UNTIL);
}

TEST_F(vcpu, storm_of_ioctls)
{
	struct storm lines = { toggle_line, .vm = &self->vm };
	struct storm saves = { save_state, .vm = &self->vm };

	vm_set_rte(&self->vm, PIN, VECTOR);
	storm_start(&saves);
	ride_out(self->vcpu, &lines, GUEST_OP_SPIN_UNTIL);
	storm_end(&saves);
	guest_join(self->vcpu);
}

/* Each EINTR has its signal, and there is no other error. */
TEST_F(vcpu, storm_of_edges_and_signals)
{
	struct storm storm = { write_event, .event = event_new(0) };
	struct runner runner = { .vcpu = self->vcpu };
	unsigned int i, interrupted = 0;

	handle_signal(SIGUSR1);
	vm_set_rte(&self->vm, PIN, VECTOR);
	vm_irqfd(&self->vm, storm.event, PIN);
	storm_start(&storm);
	guest_begin(self->vcpu, GUEST_OP_SPIN_UNTIL, 0, UINT32_MAX / 2);
	run_to_leave = self->vcpu->run;
	for (i = 0; i < 50; i++) {
		runner.done = 0;
		run_to_leave->immediate_exit = 0;
		pthread_create(&runner.thread, NULL, run_once, &runner);
		sleep_ms(1);
		EXPECT_FALSE(runner.done);
		pthread_kill(runner.thread, SIGUSR1);
		pthread_join(runner.thread, NULL);
		EXPECT_EQ(-EINTR, runner.result);
		interrupted++;
	}
	storm_end(&storm);
	EXPECT_EQ(interrupted, nr_signals);
}

/*
 * INTR is up all the time, and the guest can take a vector whenever it comes
 * out of a handler: so signals come while KVM says just that.
 */
TEST_F(vcpu, signal_ends_a_storm_of_extint)
{
	struct runner runner = { .vcpu = self->vcpu };
	unsigned int i, taken;

	handle_signal(SIGUSR1);
	pic_init(self->vcpu, 0);
	guest_out8(self->vcpu, PIC_ELCR_PRIMARY, 1 << 5);
	guest_on_vectors(self->vcpu, PIC_BASE, PIC_VECTOR(7),
			 GUEST_EOI_PRIMARY);
	vm_irq_line(&self->vm, 5, 1);
	guest_begin(self->vcpu, GUEST_OP_SPIN_UNTIL, 0, UINT32_MAX / 2);
	run_to_leave = self->vcpu->run;
	for (i = 0; i < 300; i++) {
		taken = guest_nr_new(self->vcpu);
		run_to_leave->immediate_exit = 0;
		pthread_create(&runner.thread, NULL, run_once, &runner);
		EXPECT_TRUE(EVENTUALLY(guest_nr_new(self->vcpu) > taken));
		pthread_kill(runner.thread, SIGUSR1);
		pthread_join(runner.thread, NULL);
		EXPECT_EQ(-EINTR, runner.result);
		EXPECT_EQ(KVM_EXIT_INTR, self->vcpu->run->exit_reason);
	}
	EXPECT_EQ(i, nr_signals);
}

/* The guest has ended it, and the IOAPIC does not know: saved so, it is dead. */
static bool eoi_is_under_way(struct vcpu *vcpu)
{
	bool remote_irr = vm_ioapic(vcpu->vm).redirtbl[PIN].bits &
			  RTE_REMOTE_IRR;

	return remote_irr && !lapic_requests(vcpu, VECTOR) &&
	       !lapic_serves(vcpu, VECTOR);
}

TEST_F(vcpu, no_eoi_is_under_way_after_a_signal)
{
	struct runner runner = { .vcpu = self->vcpu };
	unsigned int i, taken, lost = 0;

	handle_signal(SIGUSR1);
	vm_set_rte(&self->vm, PIN, VECTOR | RTE_LEVEL);
	guest_begin(self->vcpu, GUEST_OP_SPIN_UNTIL, 0, UINT32_MAX / 2);
	run_to_leave = self->vcpu->run;
	for (i = 0; i < NR_INTERRUPTED; i++) {
		taken = guest_nr_new(self->vcpu);
		vm_irq_line(&self->vm, PIN, 1);
		run_to_leave->immediate_exit = 0;
		pthread_create(&runner.thread, NULL, run_once, &runner);
		EXPECT_TRUE(EVENTUALLY(guest_nr_new(self->vcpu) > taken));
		stress_pause(MAX_PAUSE_US);
		pthread_kill(runner.thread, SIGUSR1);
		pthread_join(runner.thread, NULL);
		EXPECT_EQ(-EINTR, runner.result);
		lost += eoi_is_under_way(self->vcpu);
		vm_irq_line(&self->vm, PIN, 0);
	}
	EXPECT_EQ(0, lost);
}

TEST_F(vcpu, files_may_be_closed_in_any_order)
{
	struct vcpu *vcpus[3] = { self->vcpu };
	unsigned int i;

	vcpus[1] = vm_add_vcpu(&self->vm, 1);
	vcpus[2] = vm_add_vcpu(&self->vm, 2);
	EXPECT_EQ(0, close(vcpus[1]->fd));
	vm_set_rte(&self->vm, PIN, VECTOR | RTE_DEST(1));
	vm_irq_line(&self->vm, PIN, 1);
	EXPECT_EQ(0, close(self->vm.fd));
	EXPECT_EQ(0, close(self->vm.dev));
	/* vCPUs run on without the VM's file. */
	for (i = 0; i < 3; i += 2)
		EXPECT_EQ(IOAPIC_VERSION_24_PINS,
			  ioapic_read(vcpus[i], IOAPIC_VERSION));
	EXPECT_EQ(0, close(vcpus[0]->fd));
	EXPECT_EQ(IOAPIC_VERSION_24_PINS,
		  ioapic_read(vcpus[2], IOAPIC_VERSION));
	/* The mapping outlives the file. */
	EXPECT_EQ(0, close(vcpus[2]->fd));
	vcpus[2]->run->immediate_exit = 1;
}

TEST_F(vcpu, irqfds_end_with_the_file_of_the_vm)
{
	int event = event_new(0);

	vm_set_rte(&self->vm, PIN, VECTOR);
	vm_irqfd(&self->vm, event, PIN);
	EXPECT_EQ(0, close(self->vm.fd));
	event_signal(event);
	EXPECT_TRUE(event_is_signalled(event));
	guest_take(self->vcpu);
	EXPECT_NO_VECTORS(self->vcpu);
}

/* Those of messages are KVM's, which has not seen the file go. */
TEST_F(vcpu, irqfds_of_messages_end_with_the_file_of_the_vm)
{
	struct routes *r = routes_new();
	int event = event_new(0);

	routes_add_msi(r, PIN, MSI_ADDRESS(0), VECTOR);
	vm_set_routes(&self->vm, r);
	vm_irqfd(&self->vm, event, PIN);
	EXPECT_EQ(0, close(self->vm.fd));
	event_signal(event);
	EXPECT_EQ(parity(PARITY_MESSAGES_OUTLIVE_VM, false, true),
		  event_is_signalled(event));
	EXPECT_EQ(0, close(self->vcpu->fd));
	munmap(self->vcpu->run, self->vcpu->run_size);
	event_signal(event);
	EXPECT_TRUE(event_is_signalled(event));
}

static void copy_chips(struct vm *from, struct vm *to)
{
	struct kvm_irqchip state;
	unsigned int chip;

	for (chip = 0; chip < KVM_NR_IRQCHIPS; chip++) {
		vm_get_irqchip(from, chip, &state);
		vm_set_irqchip(to, &state);
	}
}

static void copy_vcpu(struct vcpu *from, struct vcpu *to)
{
	struct kvm_vcpu_events events;
	struct kvm_lapic_state lapic;

	ASSERT_EQ(0, __sys_ioctl(from->fd, KVM_GET_LAPIC, &lapic));
	ASSERT_EQ(0, __sys_ioctl(from->fd, KVM_GET_VCPU_EVENTS, &events));
	ASSERT_EQ(0, __sys_ioctl(to->fd, KVM_SET_LAPIC, &lapic));
	ASSERT_EQ(0, __sys_ioctl(to->fd, KVM_SET_VCPU_EVENTS, &events));
}

static void expect_survives(struct vm *vm, int vector)
{
	struct vcpu *vcpu;
	struct vm other;

	vm_open_with_chips(&other);
	vcpu = vm_add_vcpu(&other, 0);
	copy_chips(vm, &other);
	copy_vcpu(&vm->vcpus[0], vcpu);
	guest_take(vcpu);
	EXPECT_VECTORS(vcpu, vector);
	guest_take(vcpu);
	EXPECT_NO_VECTORS(vcpu);
}

TEST_F(vcpu, extint_survives_save_and_restore)
{
	pic_init(self->vcpu, 0);
	vm_irq_line(&self->vm, 3, 1);
	/* The guest runs with interrupts off: it has a chance to go halfway. */
	guest_out8(self->vcpu, PIC_SECONDARY_DATA, 0);
	expect_survives(&self->vm, PIC_VECTOR(3));
}

TEST_F(vcpu, edge_survives_save_and_restore)
{
	int event = event_new(0);

	vm_set_rte(&self->vm, PIN, VECTOR);
	vm_irqfd(&self->vm, event, PIN);
	event_signal(event);
	EXPECT_TRUE(EVENTUALLY(lapic_requests(self->vcpu, VECTOR)));
	expect_survives(&self->vm, VECTOR);
}
