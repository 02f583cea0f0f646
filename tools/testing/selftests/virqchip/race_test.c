// SPDX-License-Identifier: GPL-2.0
/*
 * race_test.c - what a VMM can do at the same time, or with page faults that
 * somebody holds up. Others are in cve_irqfd_test.c,
 * life_test.c (fork, exec, windows, run pages), node_test.c (descriptors passed
 * on) and kill_test.c. STRESS=N does N times as much.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "guest.h"
#include "harness.h"
#include "stress.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <linux/virqchip.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIN			20
#define VECTOR			IOAPIC_VECTOR(PIN)
#define MSI_VECTOR		0xc0
#define NR_PINS			8
#define FIRST_PIN		12
#define NR_CHANGES		300
#define NR_LAST_DEASSIGNS	2000
#define NR_UNLOADS		400
#define PAGE			4096
#define UNLOAD_PAUSE_US		100
#define RIVAL_PAUSE_US		2000
#define REFCNT			"/sys/module/virqchip/refcnt"
#define NR_CREATIONS		30
#define PIC_GSI			5
#define WAITER_STACK		65536
#define NR_SLOTS		32	/* VIC_NR_ARGS */
#define MSI_GSI			40
#define NR_LARGE		100	/* routes that take more than a page */

FIXTURE(race) { struct vm vm; struct vcpu *vcpu; };
FIXTURE_SETUP(race)
{
	vm_open_with_chips(&self->vm);
	self->vcpu = vm_add_vcpu(&self->vm, 0);
	lapic_enable(self->vcpu);
	guest_on_vectors(self->vcpu, IOAPIC_VECTOR(0), UINT8_MAX,
			 GUEST_EOI_LAPIC);
}

static void expect_alive(struct vcpu *vcpu)
{
	int event = event_new(0);

	vm_set_rte(vcpu->vm, PIN, VECTOR);
	lapic_clear(vcpu);
	vm_irqfd(vcpu->vm, event, PIN);
	event_signal(event);
	EXPECT_TRUE(EVENTUALLY(lapic_requests(vcpu, VECTOR)));
	close(event);
}

/* ---- irqfds, routes, writers ----------------------------------------- */

/* One GSI's irqfd: made, signalled, unmade or just closed, again and again. */
struct churn { struct vm *vm; unsigned int gsi; unsigned int turn; };

static void churn(void *data)
{
	struct churn *c = data;
	int event = event_new(c->turn & 1), resample = -1;

	if (c->turn & 2) {
		resample = event_new(0);
		vm_irqfd_resample(c->vm, event, c->gsi, resample);
	} else {
		vm_irqfd(c->vm, event, c->gsi);
	}
	event_signal(event);
	if (c->turn & 4)
		vm_irqfd_deassign(c->vm, event, c->gsi);
	if (c->turn & 8 && resample >= 0) {
		close(resample);
		resample = -1;
	}
	event_signal(event);
	close(event);
	if (resample >= 0)
		close(resample);
	c->turn++;
}

static struct routes *routes_of_pins(bool messages)
{
	struct routes *r = routes_new();
	unsigned int pin;

	for (pin = FIRST_PIN; pin < NR_IOAPIC_PINS; pin++) {
		if (messages && pin % 2)
			routes_add_msi(r, pin, MSI_ADDRESS(0), MSI_VECTOR);
		else
			routes_add_pin(r, pin, KVM_IRQCHIP_IOAPIC, pin);
	}
	return r;
}

TEST_F_WITH(race, irqfds_come_and_go_while_routes_change, .only = "stacked")
{
	struct routes *tables[] = { routes_of_pins(0), routes_of_pins(1) };
	unsigned int i, rounds = stress_rounds(NR_CHANGES);
	struct gang gang = { .stop = false };
	struct churn churns[4];

	for (i = 0; i < NR_PINS; i++)
		vm_set_rte(&self->vm, FIRST_PIN + i,
			   IOAPIC_VECTOR(FIRST_PIN + i) |
			   (i & 2 ? RTE_LEVEL : 0));
	guest_run_in_thread(self->vcpu, GUEST_OP_SPIN_UNTIL, UINT32_MAX / 2);
	for (i = 0; i < 4; i++) {
		churns[i] = (struct churn) { &self->vm, FIRST_PIN + i, i };
		gang_add(&gang, churn, &churns[i]);
	}
	for (i = 0; i < rounds; i++)
		vm_set_routes(&self->vm, tables[i % 2]);
	gang_disband(&gang);
	vm_set_routes(&self->vm, tables[0]);
	EXPECT_TRUE(EVENTUALLY(guest_nr_new(self->vcpu) > 0));
	guest_cpu(self->vcpu)->stop = 1;
	guest_join(self->vcpu);
	expect_alive(self->vcpu);
}

static void signal_event(void *data)
{
	event_signal(*(int *)data);
}

/* Who lowers a line for the last time must be the last to touch it. */
TEST_F_WITH(race, signal_during_the_last_deassign_leaves_no_line,
	    .only = "stacked")
{
	unsigned int i, high = 0, rounds = stress_rounds(NR_LAST_DEASSIGNS);
	int event = event_new(0), resample = event_new(0);
	struct gang gang = { .stop = false };

	gang_add(&gang, signal_event, &event);
	for (i = 0; i < rounds; i++) {
		vm_irqfd_resample(&self->vm, event, PIN, resample);
		vm_irqfd_deassign(&self->vm, event, PIN);
		high += !!(vm_ioapic(&self->vm).irr & 1U << PIN);
	}
	gang_disband(&gang);
	EXPECT_EQ(0, high);
}

/* A pulse that rises by one table falls by the same one. KVM's may not. */
TEST_F_WITH(race, signals_while_their_gsi_moves_leave_no_line, .only = "stacked")
{
	struct routes *tables[] = { routes_new(), routes_new() };
	unsigned int i, rounds = stress_rounds(NR_CHANGES);
	struct gang gang = { .stop = false };
	int event = event_new(0);

	routes_add_pin(tables[0], PIN, KVM_IRQCHIP_IOAPIC, PIN);
	routes_add_pin(tables[1], PIN, KVM_IRQCHIP_IOAPIC, PIN + 1);
	vm_irqfd(&self->vm, event, PIN);
	gang_add(&gang, signal_event, &event);
	for (i = 0; i < rounds; i++)
		vm_set_routes(&self->vm, tables[i % 2]);
	gang_disband(&gang);
	EXPECT_EQ(0, vm_ioapic(&self->vm).irr);
}

/* Another VM that wants the eventfd, and lets go of it when it has got it. */
struct rival { struct vm vm; int event; volatile unsigned int tries, won; };

static void want_event(void *data)
{
	struct rival *rival = data;
	int ret = __vm_irqfd(&rival->vm, rival->event, PIN, 0, 0);

	rival->tries++;
	if (ret) {
		EXPECT_EQ(-EBUSY, ret);
		return;
	}
	rival->won++;
	stress_pause(RIVAL_PAUSE_US);
	vm_irqfd_deassign(&rival->vm, rival->event, PIN);
}

TEST_F(race, another_vm_wants_the_eventfd_of_a_gsi_that_moves)
{
	struct routes *tables[] = { routes_new(), routes_new() };
	unsigned int i, rounds = stress_rounds(NR_CHANGES);
	struct rival rival = { .event = event_new(0) };
	struct gang gang = { .stop = false };

	routes_add_msi(tables[0], PIN, MSI_ADDRESS(0), MSI_VECTOR);
	routes_add_pin(tables[1], PIN, KVM_IRQCHIP_IOAPIC, PIN);
	vm_open_with_chips(&rival.vm);
	vm_set_rte(&self->vm, PIN, VECTOR);
	vm_irqfd(&self->vm, rival.event, PIN);
	gang_add(&gang, want_event, &rival);
	for (i = 0; i < rounds || !rival.tries; i++)
		EXPECT_EQ(0, __vm_set_routes(&self->vm, tables[i % 2]));
	gang_disband(&gang);
	if (kernel_since(6, 17) && !variant->stacked)
		EXPECT_EQ(0, rival.won);
	test_note("got it %u of %u times", rival.won, rival.tries);
	vm_set_routes(&self->vm, tables[0]);
	event_signal(rival.event);
	EXPECT_TRUE(EVENTUALLY(lapic_requests(self->vcpu, MSI_VECTOR)));
	vm_set_routes(&self->vm, tables[1]);
	event_signal(rival.event);
	EXPECT_TRUE(EVENTUALLY(lapic_requests(self->vcpu, VECTOR)));
	vm_irqfd_deassign(&self->vm, rival.event, PIN);
	event_signal(rival.event);
	EXPECT_TRUE(event_is_signalled(rival.event));
}

/* ---- unloading ------------------------------------------------------- */

static void unload(void *data)
{
	unsigned int *refused = data;

	if (!syscall(SYS_delete_module, "virqchip", O_NONBLOCK))
		test_fail("the module was unloaded while it was in use");
	EXPECT_EQ(EAGAIN, errno);
	(*refused)++;
	usleep(UNLOAD_PAUSE_US);
}

TEST_F_WITH(race, module_stays_whatever_its_users_do, .only = "stacked")
{
	unsigned int i, rounds = stress_rounds(NR_UNLOADS / 10), refused = 0;
	struct gang gang = { .stop = false };

	gang_add(&gang, unload, &refused);
	for (i = 0; i < rounds; i++) {
		struct vm vm;
		int vcpu;

		vm_open(&vm);
		close(vm.dev);
		vm_create_irqchip(&vm);
		vm_create_pit2(&vm, 0);
		vcpu = __vm_create_vcpu(&vm, 0);
		ASSERT_LE(0, vcpu);
		close(vm.fd);
		close(vcpu);
	}
	gang_disband(&gang);
	test_note("refused %u times", refused);
	expect_alive(self->vcpu);
}

static unsigned int users_of_module(void)
{
	FILE *file = fopen(REFCNT, "r");
	unsigned int users = 0;

	ASSERT_TRUE(file != NULL && fscanf(file, "%u", &users) == 1);
	fclose(file);
	return users;
}

static unsigned int unmap_windows(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	unsigned int nr = 0;
	char line[512];

	ASSERT_TRUE(maps != NULL);
	while (fgets(line, sizeof(line), maps))
		if (strstr(line, "virqchip-window") &&
		    sscanf(line, "%lx-%lx", &start, &end) == 2)
			nr += !munmap((void *)start, end - start);
	fclose(maps);
	return nr;
}

/* A VM whose last file closes in another process leaves its window behind. */
TEST_F_WITH(race, mapping_alone_keeps_the_module, .only = "stacked")
{
	unsigned int before, users;
	struct vm vm;
	int pipes[2];
	pid_t pid;

	before = users_of_module();
	vm_open(&vm);
	vm_create_irqchip(&vm);
	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	if (!pid) {
		char byte;

		close(pipes[1]);
		_exit(read(pipes[0], &byte, 1));
	}
	close(vm.fd);
	close(vm.dev);
	close(pipes[1]);
	waitpid(pid, NULL, 0);
	users = users_of_module();
	EXPECT_LT(before, users);
	unload(&users);
	/* The fixture's windows go too; that VM only misses its arguments. */
	EXPECT_LE(2, unmap_windows());
	EXPECT_TRUE(EVENTUALLY(users_of_module() <= before));
}

/* ---- page faults that somebody holds up ------------------------------ */

/*
 * Anonymous memory over each window of at least @size, whose faults go to the
 * descriptor.
 */
static int hold_up_windows(size_t size)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char line[512];

	if (fd < 0)
		return -1;
	ASSERT_EQ(0, ioctl(fd, UFFDIO_API, &api));
	while (fgets(line, sizeof(line), maps)) {
		struct uffdio_register reg = {
			.mode = UFFDIO_REGISTER_MODE_MISSING,
		};

		if (!strstr(line, "virqchip-window") ||
		    sscanf(line, "%lx-%lx", &start, &end) != 2 ||
		    end - start < size)
			continue;
		reg.range.start = start;
		reg.range.len = end - start;
		/* Their own pages are no memory of the kind that can be held. */
		EXPECT_EQ(-1, ioctl(fd, UFFDIO_REGISTER, &reg));
		mmap((void *)start, end - start, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		EXPECT_EQ(0, ioctl(fd, UFFDIO_REGISTER, &reg));
	}
	fclose(maps);
	return fd;
}

static void *send_message(void *data)
{
	vm_set_rte(data, PIN, VECTOR | RTE_LEVEL);
	__vm_irq_line(data, PIN, 1);
	return NULL;
}

/* Says that it stands in the fault, then goes on as it is told. */
static void be_held_up(int report, bool resolve)
{
	static struct vm vm;
	struct uffd_msg message;
	pthread_t thread;
	int fd;

	vm_open_with_chips(&vm);
	lapic_enable(vm_add_vcpu(&vm, 0));
	fd = hold_up_windows(PAGE);
	if (fd < 0)
		_exit(4);
	pthread_create(&thread, NULL, send_message, &vm);
	while (read(fd, &message, sizeof(message)) == sizeof(message)) {
		struct uffdio_zeropage zero = {
			.range = {
				message.arg.pagefault.address & ~(PAGE - 1UL),
				PAGE,
			},
		};

		if (!resolve) {
			/* Neither it nor the vCPU that waits for it comes on. */
			ASSERT_EQ(1, write(report, "x", 1));
			guest_begin(&vm.vcpus[0], GUEST_OP_TAKE, 0, 0);
			__vcpu_run(&vm.vcpus[0]);
			pause();
		}
		ioctl(fd, UFFDIO_ZEROPAGE, &zero);
		break;
	}
	pthread_join(thread, NULL);
	_exit(0);
}

TEST_F_WITH(race, argument_waits_for_a_page_fault, .only = "stacked")
{
	pid_t pid = fork();
	int status;

	if (!pid)
		be_held_up(-1, true);
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 4)
		test_skip("no userfaultfd");
	EXPECT_EQ(0, status);
	expect_alive(self->vcpu);
}

TEST_F_WITH(race, killed_while_an_argument_waits_for_a_page_fault,
	    .only = "stacked")
{
	int pipes[2], status;
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	if (!pid)
		be_held_up(pipes[1], false);
	close(pipes[1]);
	if (read(pipes[0], &byte, 1) != 1)
		test_skip("no userfaultfd");
	sleep_ms(50);
	EXPECT_EQ(0, kill(pid, SIGKILL));
	/* The test's own alarm is what limits this. */
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	expect_alive(self->vcpu);
}

/* ---- whoever waits for the one that stands in the fault --------------- */

/*
 * A process of its own in our address space and with our files: a signal that
 * kills it leaves the thread alone that it waits for.
 */
struct waiter {
	void (*call)(struct vm *vm);
	struct vm *vm;
	volatile bool calls;
	pid_t pid;
	char stack[WAITER_STACK] __attribute__((aligned(16)));
};

static int be_a_waiter(void *data)
{
	struct waiter *waiter = data;

	waiter->calls = true;
	waiter->call(waiter->vm);
	return 0;
}

static char state_of(pid_t pid)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (file)
		fclose(file);
	return state;
}

static void start_waiter(struct waiter *waiter)
{
	waiter->pid = clone(be_a_waiter, waiter->stack + WAITER_STACK,
			    CLONE_VM | CLONE_FILES | SIGCHLD, waiter);
	ASSERT_LE(1, waiter->pid);
	/* There is nothing else to sleep for. */
	EXPECT_TRUE(EVENTUALLY(waiter->calls &&
			       strchr("SD", state_of(waiter->pid))));
}

static void kill_waiter(struct waiter *waiter, const char *name)
{
	int status;

	kill(waiter->pid, SIGKILL);
	if (!EVENTUALLY(waitpid(waiter->pid, &status, WNOHANG) == waiter->pid))
		test_fail("%s cannot be killed while it waits", name);
	/* It did wait: nothing but the signal has ended it. */
	EXPECT_TRUE(WIFSIGNALED(status));
}

static void expect_can_be_killed(struct vm *vm, void (*call)(struct vm *vm),
				 const char *name)
{
	static struct waiter waiter;

	waiter = (struct waiter){ .call = call, .vm = vm };
	start_waiter(&waiter);
	kill_waiter(&waiter, name);
}

#define EXPECT_CAN_BE_KILLED(vm, call) expect_can_be_killed(vm, call, #call)

static void start_in_thread(void *(*start)(void *), void *data)
{
	static pthread_t threads[NR_SLOTS];
	static unsigned int nr;

	ASSERT_EQ(0, pthread_create(&threads[nr++], NULL, start, data));
}

static void expect_fault(int fd)
{
	struct uffd_msg message;

	ASSERT_EQ((int)sizeof(message), read(fd, &message, sizeof(message)));
}

static int hold_up_or_skip(size_t size)
{
	int fd = hold_up_windows(size);

	if (fd < 0)
		test_skip("no userfaultfd");
	return fd;
}

static struct routes *large_table(unsigned int vector)
{
	struct routes *r = routes_new();
	unsigned int i;

	routes_add_default(r);
	for (i = 0; i < NR_LARGE; i++)
		routes_add_msi(r, MSI_GSI + i, MSI_ADDRESS(0), vector);
	return r;
}

/* Another one each time: KVM is not told what it knows. */
static void *set_large_table(void *vm)
{
	static unsigned int vector = MSI_VECTOR;

	__vm_set_routes(vm, large_table(++vector));
	return NULL;
}

static void call_set_routing(struct vm *vm)
{
	__vm_set_routes(vm, large_table(MSI_VECTOR));
}

static int an_event;

static void call_assign(struct vm *vm)
{
	__vm_irqfd(vm, an_event, PIN, 0, -1);
}

static void call_deassign(struct vm *vm)
{
	__vm_irqfd(vm, an_event, PIN, KVM_IRQFD_FLAG_DEASSIGN, -1);
}

/* KVM has to be told of the EOI first. */
static void call_irq_line(struct vm *vm)
{
	__vm_irq_line(vm, PIN, 1);
}

static void call_run(struct vm *vm)
{
	__vcpu_run(&vm->vcpus[0]);
}

/* Waits not for the lock itself, but for who is inside KVM_RUN and does. */
static void call_load(struct vm *vm)
{
	struct kvm_regs regs;

	__sys_ioctl(vm->vcpus[0].fd, KVM_GET_REGS, &regs);
	__sys_ioctl(vm->vcpus[0].fd, KVM_SET_REGS, &regs);
}

TEST_F_WITH(race, whoever_waits_for_routes_can_be_killed, .only = "stacked")
{
	static struct waiter runs = { .call = call_run };
	struct vm *vm = &self->vm;
	int fd;

	an_event = event_new(0);
	vm_set_routes(vm, large_table(MSI_VECTOR));
	vm_set_rte(vm, PIN, VECTOR | RTE_LEVEL);
	fd = hold_up_or_skip(PAGE + 1);
	start_in_thread(set_large_table, vm);
	expect_fault(fd);

	EXPECT_CAN_BE_KILLED(vm, call_set_routing);
	EXPECT_CAN_BE_KILLED(vm, call_assign);
	EXPECT_CAN_BE_KILLED(vm, call_deassign);
	EXPECT_CAN_BE_KILLED(vm, call_irq_line);
	/* That one's message is due. */
	guest_begin(self->vcpu, GUEST_OP_TAKE, 0, 0);
	runs.vm = vm;
	start_waiter(&runs);
	EXPECT_CAN_BE_KILLED(vm, call_load);
	kill_waiter(&runs, "call_run");
}

static void *create_irqchip(void *vm)
{
	__vm_create_irqchip(vm);
	return NULL;
}

static void call_create_irqchip(struct vm *vm)
{
	__vm_create_irqchip(vm);
}

static void call_create_vcpu(struct vm *vm)
{
	__vm_create_vcpu(vm, 1);
}

static void call_set_version(struct vm *vm)
{
	__sys_ioctl_value(vm->fd, VIRQCHIP_SET_IOAPIC_VERSION,
			  VIRQCHIP_IOAPIC_VERSION_KVM);
}

/* A first attempt, which comes too late, leaves a window behind. */
TEST_F_WITH(race, whoever_waits_for_a_creation_can_be_killed,
	    .only = "stacked")
{
	struct vm vm;
	int fd;

	vm_open(&vm);
	ASSERT_LE(0, __vm_create_vcpu(&vm, 0));
	ASSERT_EQ(-EINVAL, __vm_create_irqchip(&vm));
	fd = hold_up_or_skip(PAGE);
	start_in_thread(create_irqchip, &vm);
	expect_fault(fd);

	EXPECT_CAN_BE_KILLED(&vm, call_create_irqchip);
	EXPECT_CAN_BE_KILLED(&vm, call_create_vcpu);
	EXPECT_CAN_BE_KILLED(&vm, call_set_version);
}

static void call_message(struct vm *vm)
{
	__vm_irq_line(vm, MSI_GSI, 1);
}

static void *send_route(void *vm)
{
	call_message(vm);
	return NULL;
}

/* As many as there are slots stand in the fault, and one waits. */
TEST_F_WITH(race, whoever_waits_for_a_slot_can_be_killed, .only = "stacked")
{
	unsigned int i;
	int fd;

	vm_set_routes(&self->vm, large_table(MSI_VECTOR));
	fd = hold_up_or_skip(PAGE);
	for (i = 0; i < NR_SLOTS; i++)
		start_in_thread(send_route, &self->vm);
	for (i = 0; i < NR_SLOTS; i++)
		expect_fault(fd);
	EXPECT_CAN_BE_KILLED(&self->vm, call_message);
}

/* ---- what is looked at twice ----------------------------------------- */

/* An argument whose end is not there yet: an ioctl that reads it stands still. */
struct split_argument {
	int fd;
	unsigned char *pages;
};

static void make_split(struct split_argument *a)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	a->fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (a->fd < 0)
		test_skip("no userfaultfd");
	a->pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE(a->pages != MAP_FAILED);
	memset(a->pages, 0, PAGE);
	ASSERT_EQ(0, ioctl(a->fd, UFFDIO_API, &api));
	reg.range.start = (uintptr_t)a->pages + PAGE;
	reg.range.len = PAGE;
	ASSERT_EQ(0, ioctl(a->fd, UFFDIO_REGISTER, &reg));
}

static void let_go_on(struct split_argument *a)
{
	struct uffdio_zeropage zero = {
		.range = { (uintptr_t)a->pages + PAGE, PAGE },
	};

	ASSERT_EQ(0, ioctl(a->fd, UFFDIO_ZEROPAGE, &zero));
}

struct enabler {
	struct vm *vm;
	struct kvm_enable_cap *cap;
	int result;
};

static void *enable_cap(void *data)
{
	struct enabler *e = data;

	e->result = __sys_ioctl(e->vm->fd, KVM_ENABLE_CAP, e->cap);
	return NULL;
}

/* The flags are read before the rest, and changed before that comes. */
TEST_F(race, capability_is_enabled_as_it_was_read_first)
{
	const size_t head = offsetof(struct kvm_enable_cap, args[1]);
	struct enabler e = { .vm = &self->vm };
	struct split_argument a;
	pthread_t thread;

	make_split(&a);
	e.cap = (void *)(a.pages + PAGE - head);
	e.cap->cap = KVM_CAP_X2APIC_API;
	e.cap->args[0] = KVM_X2APIC_API_USE_32BIT_IDS;
	pthread_create(&thread, NULL, enable_cap, &e);
	expect_fault(a.fd);
	e.cap->args[0] = ~0ULL;
	let_go_on(&a);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, e.result);
}

/* KVM's table: what it reads where the window was. */
static void fill_table(int fd, unsigned long address, const struct routes *r)
{
	static unsigned char page[PAGE];
	struct uffdio_copy copy = {
		.dst = address & ~(PAGE - 1UL),
		.src = (uintptr_t)page,
		.len = PAGE,
	};

	memcpy(page, r, sizeof(r->head) + r->head.nr * sizeof(r->entries[0]));
	ASSERT_EQ(0, ioctl(fd, UFFDIO_COPY, &copy));
}

static void call_bind(struct vm *vm)
{
	__vm_irqfd(vm, an_event, MSI_GSI, 0, -1);
}

static void call_unbind(struct vm *vm)
{
	__vm_irqfd(vm, an_event, MSI_GSI, KVM_IRQFD_FLAG_DEASSIGN, -1);
}

/* @call has found its eventfd and waits; then @other is in its place. */
static void replace_meanwhile(struct vm *vm, void (*call)(struct vm *vm),
			      int fd, int other)
{
	static struct waiter waiter;
	struct uffd_msg message;
	struct routes *r = routes_new();
	int status;

	start_in_thread(set_large_table, vm);
	ASSERT_EQ((int)sizeof(message), read(fd, &message, sizeof(message)));
	waiter = (struct waiter){ .call = call, .vm = vm };
	start_waiter(&waiter);
	ASSERT_EQ(an_event, dup2(other, an_event));
	routes_add_msi(r, MSI_GSI, MSI_ADDRESS(0), MSI_VECTOR + 1);
	fill_table(fd, message.arg.pagefault.address, r);
	ASSERT_EQ(waiter.pid, waitpid(waiter.pid, &status, 0));
	EXPECT_EQ(0, status);
	/* For the next fault. */
	madvise((void *)(uintptr_t)(message.arg.pagefault.address &
				    ~(PAGE - 1UL)), PAGE, MADV_DONTNEED);
}

/* Nobody takes what is written there. */
static bool is_unbound(int event)
{
	event_signal(event);
	return event_is_signalled(event);
}

TEST_F_WITH(race, descriptor_of_an_irqfd_is_replaced, .only = "stacked")
{
	int event = event_new(0), other = event_new(0), fd;

	an_event = dup(event);
	vm_set_routes(&self->vm, large_table(MSI_VECTOR));
	fd = hold_up_or_skip(PAGE + 1);
	replace_meanwhile(&self->vm, call_bind, fd, other);
	EXPECT_TRUE(is_unbound(other));
	EXPECT_FALSE(is_unbound(event));
	EXPECT_TRUE(EVENTUALLY(lapic_requests(self->vcpu, MSI_VECTOR + 1)));

	ASSERT_EQ(an_event, dup2(event, an_event));
	replace_meanwhile(&self->vm, call_unbind, fd, other);
	EXPECT_TRUE(is_unbound(event));
}

TEST_F(race, irqfd_of_a_message_needs_no_further_descriptor)
{
	int event = event_new(0);
	struct rlimit limit;

	vm_set_routes(&self->vm, large_table(MSI_VECTOR));
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = dup(event);
	close(limit.rlim_cur);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(-1, dup(event));
	vm_irqfd(&self->vm, event, MSI_GSI);
	EXPECT_FALSE(is_unbound(event));
	vm_irqfd_deassign(&self->vm, event, MSI_GSI);
	EXPECT_TRUE(is_unbound(event));
}

/* ---- while the chips are made ---------------------------------------- */

struct early { struct vm vm; int event; volatile bool goes; };

/* From before there is an irqchip on, until it takes one. */
static void *assign_early(void *data)
{
	struct early *e = data;
	int error;

	do {
		e->goes = true;
		error = __vm_irqfd(&e->vm, e->event, PIC_GSI, 0, -1);
	} while (error == -EINVAL);
	EXPECT_EQ(0, error);
	return NULL;
}

/* Whoever comes first, the irqfd is one of the chips' pin. */
TEST_F(race, irqfd_while_the_chips_are_made)
{
	unsigned int i, lost = 0, rounds = stress_rounds(NR_CREATIONS);
	int dev = self->vm.dev;

	for (i = 0; i < rounds; i++) {
		struct early e = { .vm.dev = dev, .event = event_new(0) };
		pthread_t thread;

		e.vm.fd = __sys_ioctl_value(dev, KVM_CREATE_VM, 0);
		ASSERT_LE(0, e.vm.fd);
		pthread_create(&thread, NULL, assign_early, &e);
		while (!e.goes)
			sched_yield();
		vm_create_irqchip(&e.vm);
		pthread_join(thread, NULL);
		event_signal(e.event);
		lost += !EVENTUALLY(vm_pic(&e.vm, 0).irr & 1 << PIC_GSI);
		close(e.vm.fd);
		close(e.event);
		if (lost)
			break;
	}
	EXPECT_EQ(0, lost);
	test_note("%u VMs made", i);
}
