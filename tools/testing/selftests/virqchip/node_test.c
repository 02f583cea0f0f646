// SPDX-License-Identifier: GPL-2.0
/*
 * node_test.c - the device node: capabilities, forwarded ioctls, permissions,
 * and files that another process got hold of.
 */
#define _GNU_SOURCE
#include "chips.h"
#include "guest.h"
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define API_VERSION		12
#define NO_SUCH_IOCTL		_IO(KVMIO, 0xff)
#define FOREIGN_IOCTL		_IO('!', 0x01)
#define LAST_CAP		300
#define NOBODY_USER		65534
#define X2APIC_API_OLD		3
#define X2APIC_API_NEW		15

#ifndef KVM_CAP_BINARY_STATS_FD
#define KVM_CAP_BINARY_STATS_FD	203
#endif

FIXTURE(node) { int dev; };
FIXTURE_SETUP(node)
{
	self->dev = node_open();
}

/* A KVM without PIC and IOAPIC has none of their capabilities either. */
static bool has_chips(int dev)
{
	struct vm vm = { .dev = dev };

	vm.fd = __sys_ioctl_value(dev, KVM_CREATE_VM, 0);
	ASSERT_LE(0, vm.fd);
	return __vm_create_irqchip(&vm) == 0;
}

TEST_F(node, api_version)
{
	EXPECT_EQ(API_VERSION,
		  __sys_ioctl_value(self->dev, KVM_GET_API_VERSION, 0));
	EXPECT_EQ(-EINVAL,
		  __sys_ioctl_value(self->dev, KVM_GET_API_VERSION, 1));
}

TEST_F(node, vm_type_is_checked)
{
	EXPECT_EQ(-EINVAL, __sys_ioctl_value(self->dev, KVM_CREATE_VM, 0xff));
}

TEST_F(node, mmap_size)
{
	int size = __sys_ioctl_value(self->dev, KVM_GET_VCPU_MMAP_SIZE, 0);

	EXPECT_LE(2 * 4096, size);
	EXPECT_EQ(0, size % 4096);
	EXPECT_EQ(-EINVAL,
		  __sys_ioctl_value(self->dev, KVM_GET_VCPU_MMAP_SIZE, 1));
}

TEST_F(node, capabilities_of_the_chips)
{
	static const struct {
		unsigned int cap;
		int value;
	} caps[] = {
		{ KVM_CAP_IRQCHIP, 1 },
		{ KVM_CAP_PIT, 1 },
		{ KVM_CAP_NOP_IO_DELAY, 1 },
		{ KVM_CAP_USER_NMI, 1 },
		{ KVM_CAP_REINJECT_CONTROL, 1 },
		{ KVM_CAP_IRQ_ROUTING, 4096 },
		{ KVM_CAP_IRQ_INJECT_STATUS, 1 },
		{ KVM_CAP_IRQFD, 1 },
		{ KVM_CAP_PIT2, 1 },
		{ KVM_CAP_SET_BOOT_CPU_ID, 1 },
		{ KVM_CAP_PIT_STATE2, 1 },
		{ KVM_CAP_IOEVENTFD, 1 },
		{ KVM_CAP_SIGNAL_MSI, 1 },
		{ KVM_CAP_IRQFD_RESAMPLE, 1 },
		{ KVM_CAP_IOAPIC_POLARITY_IGNORED, 1 },
		{ KVM_CAP_SPLIT_IRQCHIP, 1 },
		{ KVM_CAP_MSI_DEVID, 0 },
		{ KVM_CAP_BINARY_STATS_FD, 1 },
	};
	unsigned int i;

	if (!has_chips(self->dev))
		test_skip("this KVM was built without PIC and IOAPIC");
	for (i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		int got = node_extension(self->dev, caps[i].cap);

		if (got != caps[i].value)
			test_note("capability %u", caps[i].cap);
		EXPECT_EQ(caps[i].value, got);
	}
}

TEST_F(node, capability_of_32_bit_ids)
{
	int got = node_extension(self->dev, KVM_CAP_X2APIC_API);

	EXPECT_TRUE(got == X2APIC_API_OLD || got == X2APIC_API_NEW);
}

TEST_F(node, unknown_capabilities)
{
	EXPECT_EQ(0, node_extension(self->dev, 100000));
	EXPECT_EQ(0, node_extension(self->dev, UINT32_MAX));
	EXPECT_EQ(0, node_extension(self->dev, -1));
}

TEST_F_WITH(node, capabilities_are_kvms, .only = "stacked")
{
	int kvm = open("/dev/kvm", O_RDWR);
	unsigned int cap;

	ASSERT_LE(0, kvm);
	if (!has_chips(kvm))
		test_skip("this KVM was built without PIC and IOAPIC");
	for (cap = 0; cap < LAST_CAP; cap++) {
		int want = right_extension(kvm, cap);
		int got = node_extension(self->dev, cap);

		if (want != got)
			test_note("capability %u", cap);
		EXPECT_EQ(want, got);
	}
}

TEST_F_WITH(node, capabilities_of_a_vm_are_kvms, .only = "stacked")
{
	int kvm = open("/dev/kvm", O_RDWR), vm, cap;
	struct vm ours;

	ASSERT_LE(0, kvm);
	vm_open(&ours);
	ASSERT_EQ(0, __vm_create_irqchip(&ours));
	vm = __sys_ioctl_value(kvm, KVM_CREATE_VM, 0);
	ASSERT_LE(0, vm);
	if (__sys_ioctl_value(vm, KVM_CREATE_IRQCHIP, 0))
		test_skip("this KVM was built without PIC and IOAPIC");
	for (cap = 0; cap < LAST_CAP; cap++) {
		int want = right_extension(vm, cap);
		int got = node_extension(ours.fd, cap);

		if (want != got)
			test_note("capability %u", cap);
		EXPECT_EQ(want, got);
	}
}

TEST_F(node, forwarded_ioctls)
{
	struct {
		struct kvm_msr_list head;
		uint32_t indices[2048];
	} msrs = { .head.nmsrs = 0 };
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[256];
	} cpuid = { .head.nent = 256 };

	EXPECT_EQ(-E2BIG, __sys_ioctl(self->dev, KVM_GET_MSR_INDEX_LIST,
				      &msrs));
	ASSERT_TRUE(msrs.head.nmsrs > 0 && msrs.head.nmsrs <= 2048);
	EXPECT_EQ(0, __sys_ioctl(self->dev, KVM_GET_MSR_INDEX_LIST, &msrs));
	EXPECT_EQ(0, __sys_ioctl(self->dev, KVM_GET_SUPPORTED_CPUID, &cpuid));
	EXPECT_TRUE(cpuid.head.nent > 0);
	EXPECT_EQ(-EFAULT, __sys_ioctl(self->dev, KVM_GET_SUPPORTED_CPUID,
				       NULL));
}

TEST_F(node, unknown_ioctls)
{
	struct vm vm;
	struct vcpu *vcpu;

	vm_open_with_chips(&vm);
	vcpu = vm_add_vcpu(&vm, 0);
	EXPECT_EQ(-EINVAL, __sys_ioctl(self->dev, NO_SUCH_IOCTL, NULL));
	EXPECT_EQ(-EINVAL, __sys_ioctl(self->dev, FOREIGN_IOCTL, NULL));
	EXPECT_EQ(-ENOTTY, __sys_ioctl(vm.fd, NO_SUCH_IOCTL, NULL));
	EXPECT_EQ(-ENOTTY, __sys_ioctl(vm.fd, FOREIGN_IOCTL, NULL));
	EXPECT_EQ(-EINVAL, __sys_ioctl(vcpu->fd, NO_SUCH_IOCTL, NULL));
	EXPECT_EQ(-EINVAL, __sys_ioctl(vcpu->fd, FOREIGN_IOCTL, NULL));
	/* Ioctls of one kind of file on another. */
	EXPECT_EQ(-EINVAL, __sys_ioctl(self->dev, KVM_CREATE_IRQCHIP, NULL));
	EXPECT_EQ(-ENOTTY, __sys_ioctl(vm.fd, KVM_RUN, NULL));
	EXPECT_EQ(-EINVAL, __sys_ioctl(vcpu->fd, KVM_CREATE_IRQCHIP, NULL));
}

TEST_F(node, files_cannot_be_read_or_written)
{
	struct vm vm;
	char byte = 0;

	vm_open(&vm);
	EXPECT_EQ(-1, read(self->dev, &byte, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(vm.fd, &byte, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(true, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->dev, 0) ==
			MAP_FAILED);
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(true, mmap(NULL, 4096, PROT_READ, MAP_SHARED, vm.fd, 0) ==
			MAP_FAILED);
	EXPECT_EQ(ENODEV, errno);
}

TEST_F(node, new_files_are_closed_at_exec)
{
	struct vm vm;
	int vcpu;

	vm_open(&vm);
	vcpu = __vm_create_vcpu(&vm, 0);
	EXPECT_TRUE(fcntl(vm.fd, F_GETFD) & FD_CLOEXEC);
	EXPECT_TRUE(fcntl(vcpu, F_GETFD) & FD_CLOEXEC);
	EXPECT_EQ(O_RDWR, fcntl(vm.fd, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(O_RDWR, fcntl(vcpu, F_GETFL) & O_ACCMODE);
}

/* KVM_CREATE_VM gives the lowest free number, and takes just one. */
TEST_F(node, files_take_one_number)
{
	int lowest = dup(self->dev), vm, vcpu;

	close(lowest);
	vm = __sys_ioctl_value(self->dev, KVM_CREATE_VM, 0);
	EXPECT_EQ(lowest, vm);
	vcpu = __sys_ioctl_value(vm, KVM_CREATE_VCPU, 0);
	EXPECT_EQ(lowest + 1, vcpu);
	EXPECT_EQ(lowest + 2, dup(self->dev));
}

/* Wait for a child, which reports by test_check() and its exit status. */
static void expect_child_passes(pid_t pid)
{
	int status = -1;

	ASSERT_LE(0, pid);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	EXPECT_EQ(0, status);
}

static void exit_child(void)
{
	fflush(stdout);
	_exit(test_failed());
}

static void expect_eio(struct vm *vm, struct vcpu *vcpu)
{
	struct kvm_irqchip chip;
	struct kvm_pit_state2 pit;
	struct kvm_regs regs;
	int event = event_new(0);

	EXPECT_EQ(-EIO, __vm_irq_line(vm, 0, 1));
	EXPECT_EQ(-EIO, __sys_ioctl(vm->fd, KVM_IRQ_LINE, NULL));
	EXPECT_EQ(-EIO, __vm_signal_msi(vm, MSI_ADDRESS(0), 0x50));
	EXPECT_EQ(-EIO, __vm_get_irqchip(vm, 0, &chip));
	EXPECT_EQ(-EIO, __vm_set_irqchip(vm, &chip));
	EXPECT_EQ(-EIO, __vm_get_pit2(vm, &pit));
	EXPECT_EQ(-EIO, __vm_set_pit2(vm, &pit));
	EXPECT_EQ(-EIO, __vm_reinject(vm, true));
	EXPECT_EQ(-EIO, __vm_irqfd(vm, event, 0, 0, 0));
	EXPECT_EQ(-EIO, __vm_irqfd(vm, event, 0, KVM_IRQFD_FLAG_DEASSIGN, 0));
	EXPECT_EQ(-EIO, __vm_set_routes(vm, routes_new()));
	EXPECT_EQ(-EIO, __vm_create_irqchip(vm));
	EXPECT_EQ(-EIO, __vm_create_pit2(vm, 0));
	EXPECT_EQ(-EIO, __vm_split_irqchip(vm, 24));
	EXPECT_EQ(-EIO, __vm_create_vcpu(vm, 1));
	EXPECT_EQ(-EIO, node_extension(vm->fd, KVM_CAP_IRQCHIP));
	EXPECT_EQ(-EIO, __sys_ioctl(vm->fd, NO_SUCH_IOCTL, NULL));
	EXPECT_EQ(-EIO, __vcpu_run(vcpu));
	EXPECT_EQ(-EIO, __sys_ioctl(vcpu->fd, KVM_GET_REGS, &regs));
	EXPECT_EQ(-EIO, __sys_ioctl(vcpu->fd, NO_SUCH_IOCTL, NULL));
}

TEST_F(node, forked_child_gets_eio)
{
	struct vcpu *vcpu;
	struct vm vm;
	pid_t pid;

	vm_open_with_chips(&vm);
	vm_create_pit2(&vm, 0);
	vcpu = vm_add_vcpu(&vm, 0);
	pid = fork();
	if (!pid) {
		expect_eio(&vm, vcpu);
		exit_child();
	}
	expect_child_passes(pid);
	/* The parent's VM works on. */
	EXPECT_EQ(IOAPIC_VERSION_24_PINS, ioapic_read(vcpu, IOAPIC_VERSION));
}

TEST_F(node, forked_child_may_make_a_vm_of_its_own)
{
	struct vm vm;
	pid_t pid;

	vm_open_with_chips(&vm);
	pid = fork();
	if (!pid) {
		struct vm child = { .dev = self->dev };

		child.fd = __sys_ioctl_value(self->dev, KVM_CREATE_VM, 0);
		EXPECT_LE(0, child.fd);
		vm_create_irqchip(&child);
		vm_irq_line(&child, 4, 1);
		EXPECT_EQ(1 << 4, vm_pic(&child, 0).irr);
		exit_child();
	}
	expect_child_passes(pid);
}

static void send_file(int socket, int file)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &file, sizeof(int));
	ASSERT_EQ(1, sendmsg(socket, &message, 0));
}

static int receive_file(int socket)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int file;

	ASSERT_EQ(1, recvmsg(socket, &message, 0));
	memcpy(&file, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	return file;
}

TEST_F(node, file_passed_to_another_process_gives_eio)
{
	struct vcpu received = { .fd = -1 };
	struct vm vm, other = { .fd = -1 };
	int sockets[2];
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	pid = fork();
	if (!pid) {
		other.fd = receive_file(sockets[1]);
		received.fd = receive_file(sockets[1]);
		expect_eio(&other, &received);
		exit_child();
	}
	vm_open_with_chips(&vm);
	send_file(sockets[0], vm.fd);
	send_file(sockets[0], vm_add_vcpu(&vm, 0)->fd);
	expect_child_passes(pid);
}

TEST_F(node, vm_outlives_its_maker_in_a_child)
{
	struct vm vm;
	int sockets[2], got;
	pid_t pid;

	if (!has_chips(self->dev))
		test_skip("this KVM was built without PIC and IOAPIC");
	/* The child makes a VM, sends its file, and goes. */
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	pid = fork();
	if (!pid) {
		vm_open_with_chips(&vm);
		vm_create_pit2(&vm, 0);
		vm_add_vcpu(&vm, 0);
		send_file(sockets[1], vm.fd);
		exit_child();
	}
	got = receive_file(sockets[0]);
	expect_child_passes(pid);
	vm = (struct vm) { .fd = got };
	EXPECT_EQ(-EIO, __vm_irq_line(&vm, 0, 1));
	EXPECT_EQ(0, close(got));
}

/*
 * A /dev of our own, in which both nodes have modes that we choose and nothing
 * outside this process changes.
 */
static void make_private_dev(dev_t kvm, mode_t kvm_mode, dev_t ours)
{
	if (geteuid())
		test_skip("needs root, for a mount namespace");
	if (unshare(CLONE_NEWNS))
		test_skip("no mount namespace: %s", strerror(errno));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, mount("none", "/dev", "tmpfs", 0, "mode=755"));
	umask(0);
	if (kvm)
		ASSERT_EQ(0, mknod("/dev/kvm", S_IFCHR | kvm_mode, kvm));
	if (ours)
		ASSERT_EQ(0, mknod("/dev/virqchip", S_IFCHR | 0666, ours));
}

static dev_t device_of(const char *node)
{
	struct stat status;

	return stat(node, &status) ? 0 : status.st_rdev;
}

static void become_nobody(void)
{
	ASSERT_EQ(0, setgid(NOBODY_USER));
	ASSERT_EQ(0, setuid(NOBODY_USER));
}

static int open_for(int access)
{
	int fd = open(variant->node, access | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

TEST_F(node, whoever_may_not_open_kvm_gets_its_error)
{
	make_private_dev(device_of("/dev/kvm"), 0600,
			 device_of("/dev/virqchip"));
	become_nobody();
	EXPECT_EQ(-EACCES, __node_open());
	EXPECT_EQ(-EACCES, open_for(O_RDONLY));
}

/* Whoever gets the file, under whatever name, is not asked again. */
TEST_F(node, rights_are_those_of_whoever_opened)
{
	make_private_dev(device_of("/dev/kvm"), 0600,
			 device_of("/dev/virqchip"));
	self->dev = __node_open();
	ASSERT_LE(0, self->dev);
	become_nobody();
	EXPECT_EQ(API_VERSION,
		  __sys_ioctl_value(self->dev, KVM_GET_API_VERSION, 0));
	EXPECT_LE(0, __sys_ioctl_value(self->dev, KVM_CREATE_VM, 0));
	EXPECT_EQ(-EACCES, __node_open());
}

TEST_F(node, file_works_where_there_is_no_kvm)
{
	make_private_dev(0, 0, 0);
	ASSERT_EQ(0, chroot("/dev"));
	EXPECT_EQ(-ENOENT, __node_open());
	EXPECT_EQ(API_VERSION,
		  __sys_ioctl_value(self->dev, KVM_GET_API_VERSION, 0));
	EXPECT_LE(0, __sys_ioctl_value(self->dev, KVM_CREATE_VM, 0));
}

/* Of reading, writing and both, what a mode of KVM's node allows. */
static void expect_access(mode_t kvm_mode, int allowed, int refused)
{
	int dev;

	make_private_dev(device_of("/dev/kvm"), kvm_mode,
			 device_of("/dev/virqchip"));
	become_nobody();
	dev = open_for(allowed);
	EXPECT_LE(0, __sys_ioctl_value(dev, KVM_CREATE_VM, 0));
	EXPECT_EQ(-EACCES, open_for(refused));
	EXPECT_EQ(-EACCES, open_for(O_RDWR));
	EXPECT_EQ(-EACCES, open_for(O_ACCMODE));
}

TEST_F(node, whoever_may_read_kvms_node_may_open_for_reading)
{
	expect_access(0444, O_RDONLY, O_WRONLY);
}

TEST_F(node, whoever_may_write_kvms_node_may_open_for_writing)
{
	expect_access(0222, O_WRONLY, O_RDONLY);
}

TEST_F(node, whoever_may_open_kvm_need_not_be_root)
{
	struct vm vm;

	make_private_dev(device_of("/dev/kvm"), 0666,
			 device_of("/dev/virqchip"));
	become_nobody();
	vm_open_with_chips(&vm);
	vm_create_pit2(&vm, 0);
	EXPECT_EQ(IOAPIC_VERSION_24_PINS,
		  ioapic_read(vm_add_vcpu(&vm, 0), IOAPIC_VERSION));
}

TEST_F(node, missing_kvm)
{
	make_private_dev(0, 0, device_of("/dev/virqchip"));
	EXPECT_EQ(-ENOENT, __node_open());
	/* It may come later. */
	ASSERT_EQ(0, mknod("/dev/kvm", S_IFCHR | 0600, makedev(10, 232)));
	EXPECT_EQ(API_VERSION,
		  __sys_ioctl_value(node_open(), KVM_GET_API_VERSION, 0));
}

TEST_F_WITH(node, our_own_node_in_place_of_kvms, .only = "stacked")
{
	dev_t ours = device_of("/dev/virqchip");

	make_private_dev(ours, 0666, ours);
	EXPECT_EQ(-ELOOP, __node_open());
}

TEST_F_WITH(node, another_node_in_place_of_kvms, .only = "stacked")
{
	make_private_dev(makedev(1, 3), 0666, device_of("/dev/virqchip"));
	EXPECT_EQ(-ENODEV, __node_open());
	ASSERT_EQ(0, unlink("/dev/kvm"));
	ASSERT_EQ(0, mkdir("/dev/kvm", 0777));
	EXPECT_EQ(-ENODEV, __node_open());
	ASSERT_EQ(0, rmdir("/dev/kvm"));
	ASSERT_EQ(0, symlink("kvm", "/dev/kvm"));
	EXPECT_EQ(-ELOOP, __node_open());
}

#define NR_OPENS	2000

static void *exchange_nodes(void *data)
{
	volatile bool *stop = data;

	while (!*stop)
		renameat2(AT_FDCWD, "/dev/kvm", AT_FDCWD, "/dev/other",
			  RENAME_EXCHANGE);
	return NULL;
}

/* Whichever is found; and ours, if found, does not go looking again. */
TEST_F_WITH(node, nodes_that_change_places_while_one_is_opened, .only = "stacked")
{
	dev_t ours = device_of("/dev/virqchip");
	volatile bool stop = false;
	pthread_t thread;
	int i, fd;

	make_private_dev(device_of("/dev/kvm"), 0666, ours);
	ASSERT_EQ(0, mknod("/dev/other", S_IFCHR | 0666, ours));
	ASSERT_EQ(0, pthread_create(&thread, NULL, exchange_nodes,
				    (void *)&stop));
	for (i = 0; i < NR_OPENS; i++) {
		fd = __node_open();
		if (fd < 0)
			EXPECT_EQ(-ELOOP, fd);
		else
			close(fd);
	}
	stop = true;
	pthread_join(thread, NULL);
}
