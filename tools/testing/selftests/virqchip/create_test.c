// SPDX-License-Identifier: GPL-2.0
/*
 * create_test.c - making chips, PIT and vCPUs in every order, twice, at once;
 * and what every ioctl says while there are no chips.
 */
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NR_THREADS		4
#define NR_ROUNDS		8
#define NO_SUCH_FLAGS		0xfffffffe

FIXTURE(create) { struct vm vm; };
FIXTURE_SETUP(create)
{
	/* What a KVM without chips says of their order is no expectation. */
	vm_open(&self->vm);
	vm_create_irqchip(&self->vm);
	vm_open(&self->vm);
}

TEST_F(create, irqchip_is_made_once)
{
	vm_create_irqchip(&self->vm);
	EXPECT_EQ(-EEXIST, __vm_create_irqchip(&self->vm));
	EXPECT_EQ(-EEXIST, __vm_create_irqchip(&self->vm));
	EXPECT_LE(0, __vm_create_vcpu(&self->vm, 0));
	EXPECT_EQ(-EEXIST, __vm_create_irqchip(&self->vm));
}

TEST_F(create, irqchip_comes_before_vcpus)
{
	EXPECT_LE(0, __vm_create_vcpu(&self->vm, 0));
	EXPECT_EQ(-EINVAL, __vm_create_irqchip(&self->vm));
	EXPECT_EQ(-EEXIST, __vm_split_irqchip(&self->vm, 24));
}

TEST_F(create, failed_vcpu_does_not_bar_irqchip)
{
	EXPECT_EQ(-EINVAL, __vm_create_vcpu(&self->vm, UINT32_MAX));
	vm_create_irqchip(&self->vm);
}

/* KVM maps nothing for this; the module needs a mapping for a moment. */
static int create_vcpu_without_address_space(struct vm *vm)
{
	struct rlimit limit, none;
	int ret;

	ASSERT_EQ(0, getrlimit(RLIMIT_AS, &limit));
	none = limit;
	none.rlim_cur = 0;
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &none));
	ret = __sys_ioctl_value(vm->fd, KVM_CREATE_VCPU, 0);
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &limit));
	return ret;
}

TEST_F_WITH(create, vcpu_can_be_made_after_it_could_not, .only = "stacked")
{
	vm_create_irqchip(&self->vm);
	EXPECT_EQ(-ENOMEM, create_vcpu_without_address_space(&self->vm));
	EXPECT_EQ(-ENOMEM, create_vcpu_without_address_space(&self->vm));
	EXPECT_LE(0, __vm_create_vcpu(&self->vm, 1));
	EXPECT_LE(0, __vm_create_vcpu(&self->vm, 0));
	EXPECT_EQ(-EEXIST, __vm_create_vcpu(&self->vm, 0));
	lapic_enable(vm_add_vcpu(&self->vm, 2));
}

/* What is left of the first try is of no use to a child. */
TEST_F_WITH(create, child_gets_no_vcpu_that_could_not_be_made,
	    .only = "stacked")
{
	int status;
	pid_t pid;

	vm_create_irqchip(&self->vm);
	EXPECT_EQ(-ENOMEM, create_vcpu_without_address_space(&self->vm));
	pid = fork();
	if (!pid)
		_exit(__vm_create_vcpu(&self->vm, 0) != -EIO);
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_LE(0, __vm_create_vcpu(&self->vm, 0));
}

TEST_F_WITH(create, vm_ends_with_a_vcpu_that_could_not_be_made,
	    .only = "stacked")
{
	vm_create_irqchip(&self->vm);
	EXPECT_EQ(-ENOMEM, create_vcpu_without_address_space(&self->vm));
	close(self->vm.fd);
}

TEST_F(create, split_and_own_chips_exclude_each_other)
{
	vm_create_irqchip(&self->vm);
	EXPECT_EQ(-EEXIST, __vm_split_irqchip(&self->vm, 24));
}

TEST_F(create, irqchip_after_split_exists)
{
	EXPECT_EQ(0, __vm_split_irqchip(&self->vm, 24));
	EXPECT_EQ(-EEXIST, __vm_create_irqchip(&self->vm));
	EXPECT_EQ(-EEXIST, __vm_split_irqchip(&self->vm, 24));
	EXPECT_LE(0, __vm_create_vcpu(&self->vm, 0));
}

TEST_F(create, split_checks_its_arguments)
{
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_SPLIT_IRQCHIP, .flags = 1,
	};

	EXPECT_EQ(-EINVAL, __sys_ioctl(self->vm.fd, KVM_ENABLE_CAP, &cap));
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_ENABLE_CAP, NULL));
	EXPECT_EQ(-EINVAL, __vm_split_irqchip(&self->vm, 4097));
	EXPECT_EQ(0, __vm_split_irqchip(&self->vm, 4096));
}

TEST_F(create, split_arguments_are_checked_before_mode)
{
	vm_create_irqchip(&self->vm);
	EXPECT_EQ(-EINVAL, __vm_split_irqchip(&self->vm, 4097));
	EXPECT_EQ(-EEXIST, __vm_split_irqchip(&self->vm, 0));
}

/* What KVM of this kernel makes of a PIT without chips; ours refuses on all. */
static long long pit_without_chips(void)
{
	return parity(PARITY_PIT_WANTS_CHIPS, -ENOENT,
		      kernel_since(6, 12) ? -ENOENT : 0);
}

TEST_F(create, pit_wants_chips_first)
{
	EXPECT_EQ(pit_without_chips(),
		  __vm_create_pit2(&self->vm, 0));
}

TEST_F(create, pit_wants_chips_first_also_the_old_way)
{
	EXPECT_EQ(pit_without_chips(),
		  __vm_create_pit(&self->vm));
}

TEST_F(create, pit_of_split_vm)
{
	EXPECT_EQ(0, __vm_split_irqchip(&self->vm, 24));
	EXPECT_EQ(pit_without_chips(),
		  __vm_create_pit2(&self->vm, 0));
}

TEST_F(create, pit_is_made_once)
{
	vm_create_irqchip(&self->vm);
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_CREATE_PIT2, NULL));
	EXPECT_EQ(0, __vm_create_pit2(&self->vm, 0));
	EXPECT_EQ(-EEXIST, __vm_create_pit2(&self->vm, 0));
	EXPECT_EQ(-EEXIST, __vm_create_pit(&self->vm));
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->vm.fd, KVM_CREATE_PIT2, NULL));
}

TEST_F(create, pit_may_come_after_vcpus)
{
	vm_create_irqchip(&self->vm);
	EXPECT_LE(0, __vm_create_vcpu(&self->vm, 0));
	EXPECT_EQ(0, __vm_create_pit(&self->vm));
	EXPECT_EQ(-EEXIST, __vm_create_pit2(&self->vm, 0));
}

TEST_F(create, pit_ignores_unknown_flags_and_padding)
{
	struct kvm_pit_config config;

	memset(&config, UINT8_MAX, sizeof(config));
	config.flags = NO_SUCH_FLAGS;
	vm_create_irqchip(&self->vm);
	EXPECT_EQ(0, __sys_ioctl(self->vm.fd, KVM_CREATE_PIT2, &config));
}

TEST_F(create, irqchip_argument_is_ignored)
{
	int error = __sys_ioctl_value(self->vm.fd, KVM_CREATE_IRQCHIP, 1);

	if (error == -ENOTTY && !variant->stacked)
		test_skip("this KVM was built without PIC and IOAPIC");
	EXPECT_EQ(0, error);
}

TEST_F(create, vcpu_ids_are_checked)
{
	vm_create_irqchip(&self->vm);
	EXPECT_LE(0, __vm_create_vcpu(&self->vm, 3));
	EXPECT_EQ(-EEXIST, __vm_create_vcpu(&self->vm, 3));
	EXPECT_LE(0, __vm_create_vcpu(&self->vm, 0));
	EXPECT_EQ(-EINVAL, __vm_create_vcpu(&self->vm, UINT32_MAX));
	EXPECT_EQ(-EEXIST, __vm_create_vcpu(&self->vm, 0));
}

TEST_F(create, boot_cpu_is_chosen_before_vcpus)
{
	vm_create_irqchip(&self->vm);
	EXPECT_EQ(0, __sys_ioctl_value(self->vm.fd, KVM_SET_BOOT_CPU_ID, 1));
	EXPECT_LE(0, __vm_create_vcpu(&self->vm, 0));
	EXPECT_EQ(-EBUSY, __sys_ioctl_value(self->vm.fd, KVM_SET_BOOT_CPU_ID, 0));
}

/* Every ioctl of the chips on a VM that has none. */
static void expect_no_chips(struct vm *vm, bool split)
{
	struct kvm_irqchip chip = { .chip_id = 0 };
	struct kvm_pit_state pit = { .channels[0].count = 0 };
	struct kvm_pit_state2 pit2 = { .flags = 0 };
	int status, event = event_new(0);

	EXPECT_EQ(-ENXIO, __vm_get_irqchip(vm, 0, &chip));
	EXPECT_EQ(-ENXIO, __vm_set_irqchip(vm, &chip));
	EXPECT_EQ(-EFAULT, __vm_set_irqchip(vm, NULL));
	EXPECT_EQ(-EFAULT, __sys_ioctl(vm->fd, KVM_GET_IRQCHIP, NULL));
	EXPECT_EQ(split ? 0 : -ENXIO, __vm_irq_line(vm, 0, 1));
	EXPECT_EQ(split ? 0 : -ENXIO, __vm_irq_line_status(vm, 0, 1, &status));
	EXPECT_EQ(-EFAULT, __sys_ioctl(vm->fd, KVM_IRQ_LINE, NULL));
	EXPECT_EQ(-ENXIO, __sys_ioctl(vm->fd, KVM_GET_PIT, &pit));
	EXPECT_EQ(-ENXIO, __sys_ioctl(vm->fd, KVM_SET_PIT, &pit));
	EXPECT_EQ(-EFAULT, __sys_ioctl(vm->fd, KVM_GET_PIT, NULL));
	EXPECT_EQ(-ENXIO, __vm_get_pit2(vm, &pit2));
	EXPECT_EQ(-ENXIO, __vm_get_pit2(vm, NULL));
	EXPECT_EQ(-ENXIO, __vm_set_pit2(vm, &pit2));
	EXPECT_EQ(-EFAULT, __vm_set_pit2(vm, NULL));
	EXPECT_EQ(-ENXIO, __vm_reinject(vm, true));
	EXPECT_EQ(-EFAULT, __sys_ioctl(vm->fd, KVM_REINJECT_CONTROL, NULL));
	EXPECT_EQ(split ? 0 : -EINVAL, __vm_irqfd(vm, event, 0, 0, 0));
	EXPECT_EQ(-EINVAL, __vm_irqfd(vm, event, 1, KVM_IRQFD_FLAG_RESAMPLE,
				      event_new(0)));
	EXPECT_EQ(0, __vm_irqfd(vm, event, 0, KVM_IRQFD_FLAG_DEASSIGN, 0));
	EXPECT_EQ(split ? -EPERM : -EINVAL,
		  __vm_signal_msi(vm, MSI_ADDRESS(0), IOAPIC_VECTOR(0)));
	EXPECT_EQ(split ? 0 : -EINVAL, __vm_set_routes(vm, routes_new()));
}

TEST_F(create, ioctls_of_a_vm_without_chips)
{
	expect_no_chips(&self->vm, false);
}

TEST_F(create, ioctls_of_a_vm_without_chips_but_vcpu)
{
	vm_add_vcpu(&self->vm, 0);
	expect_no_chips(&self->vm, false);
}

TEST_F(create, ioctls_of_a_split_vm)
{
	struct routes *r = routes_new();

	EXPECT_EQ(0, __vm_split_irqchip(&self->vm, 24));
	expect_no_chips(&self->vm, true);
	routes_add_pin(r, 0, KVM_IRQCHIP_IOAPIC, 0);
	EXPECT_EQ(-EINVAL, __vm_set_routes(&self->vm, r));
}

/* One ioctl made by several threads as nearly at once as can be. */
struct race {
	struct vm *vm;
	pthread_barrier_t barrier;
	int (*call)(struct vm *vm, unsigned int thread);
};

struct racer {
	struct race *race;
	unsigned int number;
	int result;
};

static void *race_thread(void *data)
{
	struct racer *racer = data;

	pthread_barrier_wait(&racer->race->barrier);
	racer->result = racer->race->call(racer->race->vm, racer->number);
	return NULL;
}

static void race(struct vm *vm, int (*call)(struct vm *vm, unsigned int thread),
		 int results[NR_THREADS])
{
	struct race race = { .vm = vm, .call = call };
	struct racer racers[NR_THREADS];
	pthread_t threads[NR_THREADS];
	unsigned int i;

	pthread_barrier_init(&race.barrier, NULL, NR_THREADS);
	for (i = 0; i < NR_THREADS; i++) {
		racers[i] = (struct racer) { .race = &race, .number = i };
		pthread_create(&threads[i], NULL, race_thread, &racers[i]);
	}
	for (i = 0; i < NR_THREADS; i++) {
		pthread_join(threads[i], NULL);
		results[i] = racers[i].result;
	}
}

static unsigned int count_results(const int results[NR_THREADS], int value)
{
	unsigned int i, nr = 0;

	for (i = 0; i < NR_THREADS; i++)
		nr += results[i] == value;
	return nr;
}

static int create_irqchip(struct vm *vm, unsigned int thread)
{
	(void)thread;
	return __vm_create_irqchip(vm);
}

static int create_either(struct vm *vm, unsigned int thread)
{
	return thread % 2 ? __vm_split_irqchip(vm, 24) :
			    __vm_create_irqchip(vm);
}

static int create_pit(struct vm *vm, unsigned int thread)
{
	return thread % 2 ? __vm_create_pit(vm) : __vm_create_pit2(vm, 0);
}

static int create_chip_or_vcpu(struct vm *vm, unsigned int thread)
{
	int fd;

	if (!thread)
		return __vm_create_irqchip(vm);
	fd = __vm_create_vcpu(vm, thread);
	return fd < 0 ? fd : 0;
}

FIXTURE(create_race) { struct vm vm; };
FIXTURE_SETUP(create_race)
{
	vm_open(&self->vm);
	vm_create_irqchip(&self->vm);
}

TEST_F(create_race, one_thread_makes_the_irqchip)
{
	int results[NR_THREADS];
	unsigned int round;

	for (round = 0; round < NR_ROUNDS; round++) {
		vm_open(&self->vm);
		race(&self->vm, create_irqchip, results);
		EXPECT_EQ(1, count_results(results, 0));
		EXPECT_EQ(NR_THREADS - 1, count_results(results, -EEXIST));
	}
}

TEST_F(create_race, either_split_or_own_chips)
{
	int results[NR_THREADS];
	unsigned int round;

	for (round = 0; round < NR_ROUNDS; round++) {
		vm_open(&self->vm);
		race(&self->vm, create_either, results);
		EXPECT_EQ(1, count_results(results, 0));
		EXPECT_EQ(NR_THREADS - 1, count_results(results, -EEXIST));
	}
}

TEST_F(create_race, one_thread_makes_the_pit)
{
	int results[NR_THREADS];
	unsigned int round;

	for (round = 0; round < NR_ROUNDS; round++) {
		vm_open(&self->vm);
		vm_create_irqchip(&self->vm);
		race(&self->vm, create_pit, results);
		EXPECT_EQ(1, count_results(results, 0));
		EXPECT_EQ(NR_THREADS - 1, count_results(results, -EEXIST));
	}
}

TEST_F(create_race, irqchip_against_vcpus)
{
	int results[NR_THREADS];
	unsigned int round;

	for (round = 0; round < NR_ROUNDS; round++) {
		struct kvm_irqchip chip;
		int error;

		vm_open(&self->vm);
		race(&self->vm, create_chip_or_vcpu, results);
		EXPECT_LE(NR_THREADS - 1, count_results(results, 0));
		error = results[0];
		EXPECT_TRUE(error == 0 || error == -EINVAL);
		EXPECT_EQ(error ? -ENXIO : 0,
			  __vm_get_irqchip(&self->vm, 0, &chip));
	}
}
