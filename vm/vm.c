// SPDX-License-Identifier: GPL-2.0
/*
 * vm.c - a virtual machine's life and its ioctls.
 *
 * One table says which ioctls are ours, how much to copy in, and who handles
 * them. They are ours only on a VM with our chips; a VM on which nobody called
 * KVM_CREATE_IRQCHIP is KVM's, and so is every ioctl that is not in the table.
 *
 * A VM lives as long as its own file or one of its vCPUs'. The VM's file takes
 * the irqfds with it when it is closed; chips outlive the vCPUs.
 */
#include "virqchip.h"
#include "irqchip/ioapic.h"
#include "irqchip/pic.h"
#include "irqchip/pit.h"
#include "objects.h"
#include "vm/vm.h"

#include <linux/anon_inodes.h>
#include <linux/build_bug.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/idr.h>
#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/magic.h>
#include <linux/nospec.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/virqchip.h>

static DEFINE_IDA(vm_ids);

/* ---- ioctls ---------------------------------------------------------- */

/* Where the one copy-in puts an ioctl's argument. */
union vm_arg {
	struct kvm_irq_level line;
	struct kvm_irqchip chip;
	struct kvm_irqfd irqfd;
	struct kvm_irq_routing routing;
	struct kvm_pit_config pit_config;
	struct kvm_pit_state pit;
	struct kvm_pit_state2 pit2;
	struct kvm_reinject_control reinject;
	struct kvm_enable_cap cap;
	struct kvm_ioeventfd ioeventfd;
};

/**
 * struct vm_op - one ioctl that is ours
 * @cmd: its number
 * @in: bytes to copy in
 * @any_mode: also on a VM without our chips
 * @without: the errno there, whatever chips KVM was built with; 0: KVM answers
 * @handle: what it does; @arg holds @in bytes, @uarg is where they came from
 */
struct vm_op {
	unsigned int cmd;
	unsigned int in;
	bool any_mode;
	int without;
	int (*handle)(struct vic_vm *vm, union vm_arg *arg, void __user *uarg);
};

static int op_create_irqchip(struct vic_vm *vm, union vm_arg *arg,
			     void __user *uarg)
{
	return vic_vm_create_irqchip(vm);
}

static int op_irq_line(struct vic_vm *vm, union vm_arg *arg, void __user *uarg)
{
	int ret = vic_vm_irq_line(vm, &arg->line, false);

	return ret < VIC_MASKED ? ret : 0;
}

static int op_irq_line_status(struct vic_vm *vm, union vm_arg *arg,
			      void __user *uarg)
{
	int ret = vic_vm_irq_line(vm, &arg->line, true);

	if (ret < VIC_MASKED)
		return ret;
	arg->line.status = ret;
	return copy_to_user(uarg, &arg->line, sizeof(arg->line)) ? -EFAULT : 0;
}

static int op_get_irqchip(struct vic_vm *vm, union vm_arg *arg,
			  void __user *uarg)
{
	return vic_vm_get_irqchip(vm, arg->chip.chip_id, uarg);
}

static int op_set_irqchip(struct vic_vm *vm, union vm_arg *arg,
			  void __user *uarg)
{
	return vic_vm_set_irqchip(vm, &arg->chip);
}

static int op_create_pit(struct vic_vm *vm, union vm_arg *arg,
			 void __user *uarg)
{
	return vic_vm_create_pit(vm, KVM_PIT_SPEAKER_DUMMY);
}

static int op_create_pit2(struct vic_vm *vm, union vm_arg *arg,
			  void __user *uarg)
{
	return vic_vm_create_pit(vm, arg->pit_config.flags);
}

static int op_get_pit(struct vic_vm *vm, union vm_arg *arg, void __user *uarg)
{
	int ret = vic_vm_get_pit(vm, &arg->pit);

	if (ret)
		return ret;
	return copy_to_user(uarg, &arg->pit, sizeof(arg->pit)) ? -EFAULT : 0;
}

static int op_set_pit(struct vic_vm *vm, union vm_arg *arg, void __user *uarg)
{
	return vic_vm_set_pit(vm, &arg->pit);
}

static int op_get_pit2(struct vic_vm *vm, union vm_arg *arg, void __user *uarg)
{
	int ret = vic_vm_get_pit2(vm, &arg->pit2);

	if (ret)
		return ret;
	return copy_to_user(uarg, &arg->pit2, sizeof(arg->pit2)) ? -EFAULT : 0;
}

static int op_set_pit2(struct vic_vm *vm, union vm_arg *arg, void __user *uarg)
{
	return vic_vm_set_pit2(vm, &arg->pit2);
}

static int op_reinject(struct vic_vm *vm, union vm_arg *arg, void __user *uarg)
{
	return vic_vm_reinject_control(vm, &arg->reinject);
}

static int op_set_routing(struct vic_vm *vm, union vm_arg *arg,
			  void __user *uarg)
{
	struct kvm_irq_routing __user *urouting = uarg;

	return vic_vm_set_routing(vm, urouting->entries, arg->routing.nr,
				  arg->routing.flags);
}

/*
 * As KVM with its own chips: suppressed EOI broadcasts are for split VMs. Any
 * capability may change what KVM thinks of routes that it has taken before. KVM
 * gets what was looked at here, and not what the VMM has put there since.
 */
static int op_enable_cap(struct vic_vm *vm, union vm_arg *arg,
			 void __user *uarg)
{
	if (arg->cap.cap == KVM_CAP_X2APIC_API &&
	    (arg->cap.args[0] & VIC_X2APIC_API_DIRECTED_EOI))
		return -EINVAL;
	WRITE_ONCE(vm->kvm.routes.recheck, true);
	static_assert(sizeof(arg->cap) <= VIC_ARG_SIZE);
	return vic_kvm_call(vm, vm->kvm.file, KVM_ENABLE_CAP, &arg->cap,
			    sizeof(arg->cap));
}

static int op_irqfd(struct vic_vm *vm, union vm_arg *arg, void __user *uarg)
{
	const struct kvm_irqfd *irqfd = &arg->irqfd;

	if (irqfd->flags & ~(KVM_IRQFD_FLAG_DEASSIGN | KVM_IRQFD_FLAG_RESAMPLE))
		return -EINVAL;
	if (irqfd->flags & KVM_IRQFD_FLAG_DEASSIGN)
		return vic_irqfd_deassign(vm, irqfd);
	return vic_irqfd_assign(vm, irqfd);
}

static int op_ioeventfd(struct vic_vm *vm, union vm_arg *arg,
			void __user *uarg)
{
	return vic_vm_ioeventfd(vm, &arg->ioeventfd);
}

/* What is copied in has room there. */
#define VM_OP_IN(_in) \
	((_in) + BUILD_BUG_ON_ZERO((_in) > sizeof(union vm_arg)))

#define VM_OP(_cmd, _in, _handle) \
	[_IOC_NR(_cmd)] = { .cmd = _cmd, .in = VM_OP_IN(_in), \
			    .handle = _handle }

#define VM_OP_CHIPS(_cmd, _in, _handle, _without) \
	[_IOC_NR(_cmd)] = { .cmd = _cmd, .in = VM_OP_IN(_in), \
			    .handle = _handle, .without = _without }

/*
 * KVM_GET_IRQCHIP copies in the chip's number only: what KVM leaves untouched
 * in the caller's struct we do not write. KVM_REINJECT_CONTROL, declared _IO,
 * takes a pointer all the same.
 */
static const struct vm_op vm_ops[] = {
	[_IOC_NR(KVM_CREATE_IRQCHIP)] = {
		.cmd = KVM_CREATE_IRQCHIP, .any_mode = true,
		.handle = op_create_irqchip,
	},
	VM_OP(KVM_IRQ_LINE, sizeof(struct kvm_irq_level), op_irq_line),
	VM_OP(KVM_IRQ_LINE_STATUS, sizeof(struct kvm_irq_level),
	      op_irq_line_status),
	VM_OP_CHIPS(KVM_GET_IRQCHIP, offsetof(struct kvm_irqchip, chip),
		    op_get_irqchip, -ENXIO),
	VM_OP_CHIPS(KVM_SET_IRQCHIP, sizeof(struct kvm_irqchip),
		    op_set_irqchip, -ENXIO),
	VM_OP_CHIPS(KVM_CREATE_PIT, 0, op_create_pit, -ENOENT),
	VM_OP_CHIPS(KVM_CREATE_PIT2, sizeof(struct kvm_pit_config),
		    op_create_pit2, -ENOENT),
	VM_OP_CHIPS(KVM_GET_PIT, sizeof(struct kvm_pit_state), op_get_pit,
		    -ENXIO),
	VM_OP_CHIPS(KVM_SET_PIT, sizeof(struct kvm_pit_state), op_set_pit,
		    -ENXIO),
	VM_OP_CHIPS(KVM_GET_PIT2, 0, op_get_pit2, -ENXIO),
	VM_OP_CHIPS(KVM_SET_PIT2, sizeof(struct kvm_pit_state2), op_set_pit2,
		    -ENXIO),
	VM_OP_CHIPS(KVM_REINJECT_CONTROL, sizeof(struct kvm_reinject_control),
		    op_reinject, -ENXIO),
	VM_OP(KVM_ENABLE_CAP, sizeof(struct kvm_enable_cap), op_enable_cap),
	VM_OP(KVM_SET_GSI_ROUTING, sizeof(struct kvm_irq_routing),
	      op_set_routing),
	VM_OP(KVM_IRQFD, sizeof(struct kvm_irqfd), op_irqfd),
	VM_OP(KVM_IOEVENTFD, sizeof(struct kvm_ioeventfd), op_ioeventfd),
};

static const struct vm_op *find_op(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);
	const struct vm_op *op;

	if (nr >= ARRAY_SIZE(vm_ops))
		return NULL;
	op = &vm_ops[array_index_nospec(nr, ARRAY_SIZE(vm_ops))];
	return op->handle && op->cmd == cmd ? op : NULL;
}

static noinline long run_op(struct vic_vm *vm, const struct vm_op *op,
			    void __user *uarg)
{
	union vm_arg arg;

	if (op->in && copy_from_user(&arg, uarg, op->in))
		return -EFAULT;
	if (op->without && !vic_vm_full(vm))
		return op->without;
	return op->handle(vm, &arg, uarg);
}

/*
 * Can the VM still get our chips? Not once it has a vCPU. The number is read
 * before the mode: a vCPU that is there already was made after the chips.
 */
static bool may_become_full(const struct vic_vm *vm)
{
	/* Pairs with count_vcpu(), vcpu.c. */
	return !smp_load_acquire(&vm->nr_vcpus);
}

/*
 * One of our ioctls on a VM without our chips is KVM's, but never while they
 * are being made: KVM is a split VM then already, and would take for the VMM's
 * own what is on GSIs that are reserved for pins.
 */
static noinline long pass_op(struct vic_vm *vm, const struct vm_op *op,
			     unsigned long arg)
{
	bool full;
	long ret = 0;

	if (!may_become_full(vm) && !vic_vm_full(vm))
		return vic_file_ioctl(vm->kvm.file, op->cmd, arg);
	if (mutex_lock_killable(&vm->lock))
		return -EINTR;
	full = vic_vm_full(vm);
	if (!full)
		ret = vic_file_ioctl(vm->kvm.file, op->cmd, arg);
	if (!full && !ret && op->cmd == KVM_IOEVENTFD)
		vic_ioeventfd_passed(vm, (void __user *)arg);
	mutex_unlock(&vm->lock);
	return full ? run_op(vm, op, (void __user *)arg) : ret;
}

static long vm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vic_vm *vm = file->private_data;
	const struct vm_op *op = find_op(cmd);

	if (op) {
		/* As KVM: a VM works in its creator's address space only. */
		if (vm->mm != current->mm)
			return -EIO;
		if (op->any_mode || op->without || vic_vm_full(vm))
			return run_op(vm, op, (void __user *)arg);
		return pass_op(vm, op, arg);
	}
	if (cmd == KVM_CREATE_VCPU)
		return vm->mm == current->mm ? vic_vm_create_vcpu(vm, arg) : -EIO;
	if (cmd == KVM_CHECK_EXTENSION && vm->mm == current->mm)
		return vic_caps_check_vm(vm, arg);
	if (cmd == VIRQCHIP_SET_IOAPIC_VERSION)
		return vm->mm == current->mm ?
		       vic_vm_set_ioapic_version(vm, arg) : -EIO;
	return vic_file_ioctl(vm->kvm.file, cmd, arg);
}

#ifdef CONFIG_COMPAT
/*
 * Every struct of ours has the same layout for 32-bit callers; those that have
 * not are KVM's, and its own compat handler knows them.
 */
static long vm_compat_ioctl(struct file *file, unsigned int cmd,
			    unsigned long arg)
{
	struct vic_vm *vm = file->private_data;
	struct file *kvm = vm->kvm.file;

	if (find_op(cmd) || cmd == KVM_CREATE_VCPU ||
	    cmd == KVM_CHECK_EXTENSION || cmd == VIRQCHIP_SET_IOAPIC_VERSION)
		return vm_ioctl(file, cmd, arg);
	if (!kvm->f_op->compat_ioctl)
		return -ENOTTY;
	return kvm->f_op->compat_ioctl(kvm, cmd, arg);
}
#endif

/* ---- life ------------------------------------------------------------ */

/* Softirq. Chips go now: no wake-up of an eventfd can see them any more. */
static void vm_free_rcu(struct rcu_head *rcu)
{
	struct vic_vm *vm = container_of(rcu, struct vic_vm, rcu);

	vic_resort_stop(vm);
	if (vm->pit)
		vic_pit_destroy(vm->pit);
	if (vm->ioapic)
		vic_ioapic_destroy(vm->ioapic);
	if (vm->pic)
		vic_pic_destroy(vm->pic);
	vic_object_gone(VIC_OBJECT_VM);
	kfree(vm);
}

/*
 * Nothing new can start: no file is left. Timers are stopped and awaited here;
 * wake-ups of eventfds that had begun end before the grace period does.
 */
static void vm_destroy(struct kref *ref)
{
	struct vic_vm *vm = container_of(ref, struct vic_vm, ref);

	vic_debugfs_del_vm(vm);
	vic_irqfds_release(vm);
	if (vm->pit)
		vic_pit_stop(vm->pit);
	if (vm->ioapic)
		vic_ioapic_stop(vm->ioapic);

	vic_vm_free_spare_vcpus(vm);
	vic_ioeventfds_destroy(vm);
	vic_kvm_destroy(vm);
	vic_routing_destroy(&vm->routing);
	mmdrop(vm->mm);
	ida_free(&vm_ids, vm->id);
	call_rcu(&vm->rcu, vm_free_rcu);
}

/** vic_vm_get() - one more file, or work item, uses @vm. Any context. */
void vic_vm_get(struct vic_vm *vm)
{
	kref_get(&vm->ref);
}

/** vic_vm_put() - one file less uses @vm. May sleep. */
void vic_vm_put(struct vic_vm *vm)
{
	kref_put(&vm->ref, vm_destroy);
}

static int vm_release(struct inode *inode, struct file *file)
{
	struct vic_vm *vm = file->private_data;

	vic_irqfds_release(vm);
	vic_vm_put(vm);
	return 0;
}

static const struct file_operations vm_fops = {
	.owner = THIS_MODULE,
	.release = vm_release,
	.unlocked_ioctl = vm_ioctl,
	.llseek = noop_llseek,
#ifdef CONFIG_COMPAT
	.compat_ioctl = vm_compat_ioctl,
#endif
};

/* Takes over @file, also when it fails. */
static struct vic_vm *vm_alloc(struct file *file)
{
	struct vic_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	int ret = -ENOMEM;

	if (!vm)
		goto err_file;
	ret = ida_alloc_min(&vm_ids, 1, GFP_KERNEL);
	if (ret < 0)
		goto err_vm;
	vm->id = ret;
	ret = vic_kvm_init(vm, file);
	if (ret)
		goto err_id;

	kref_init(&vm->ref);
	mutex_init(&vm->lock);
	INIT_LIST_HEAD(&vm->spare_vcpus);
	INIT_LIST_HEAD(&vm->ioeventfds);
	vic_routing_init(&vm->routing);
	vic_irqfds_init(&vm->irqfds);
	vm->ioapic_version = vic_vm_default_ioapic_version(vm);
	vm->mm = current->mm;
	mmgrab(vm->mm);
	vic_object_made(VIC_OBJECT_VM);
	vic_debugfs_add_vm(vm);
	return vm;

err_id:
	ida_free(&vm_ids, vm->id);
err_vm:
	kfree(vm);
err_file:
	fput(file);
	return ERR_PTR(ret);
}

/*
 * The files that nobody owns are those of built-in code. If KVM is built in, or
 * is older than Linux 6.7, that is all that its owner says of a VM or a vCPU;
 * then it is the name, which no user can give to a file on the anonymous inode.
 */
static bool has_kvms_name(const struct file *file)
{
	static const char prefix[] = "kvm-";

	return file_inode(file)->i_sb->s_magic == ANON_INODE_FS_MAGIC &&
	       !strncmp(file_dentry(file)->d_name.name, prefix,
			strlen(prefix));
}

static bool is_kvms(const struct file *file, const struct file *kvm)
{
	if (!file->f_op->unlocked_ioctl)
		return false;
	if (file->f_op->owner)
		return file->f_op->owner == kvm->f_op->owner;
	return has_kvms_name(file);
}

/**
 * vic_take_over_fd() - take a file that KVM has just installed out of sight
 * @fd: KVM's answer to KVM_CREATE_VM or KVM_CREATE_VCPU
 * @kvm: the file that was asked for it
 *
 * Another thread of the VMM could have closed or replaced the descriptor
 * meanwhile; then it is that thread that loses. What it has put there may be
 * any file: only one of KVM's will do.
 *
 * Context: process.
 * Return: the file, with a reference, or NULL if it has gone.
 */
struct file *vic_take_over_fd(int fd, const struct file *kvm)
{
	struct file *file = fget(fd);

	if (!file)
		return NULL;
	if (!is_kvms(file, kvm)) {
		fput(file);
		return NULL;
	}
	close_fd(fd);
	return file;
}

/**
 * vic_vm_create() - KVM_CREATE_VM on the node
 * @kvm: KVM's node
 * @type: KVM's machine type
 *
 * Context: process.
 * Return: a file descriptor, or KVM's errno.
 */
int vic_vm_create(struct file *kvm, unsigned long type)
{
	int fd = vic_file_ioctl(kvm, KVM_CREATE_VM, type);
	struct vic_vm *vm;
	struct file *file;

	if (fd < 0)
		return fd;
	file = vic_take_over_fd(fd, kvm);
	if (!file)
		return -EBADF;
	vm = vm_alloc(file);
	if (IS_ERR(vm))
		return PTR_ERR(vm);

	fd = anon_inode_getfd("kvm-vm", &vm_fops, vm, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		vic_vm_put(vm);
	return fd;
}
