// SPDX-License-Identifier: GPL-2.0
/*
 * vcpu.c - a vCPU's life and its ioctls.
 *
 * On a VM without our chips the VMM gets KVM's own vCPU: chips cannot be
 * created once there is one, so nothing of ours will ever be wanted there.
 */
#include "virqchip.h"
#include "objects.h"
#include "vm/vm.h"

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mmap_lock.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

/* struct kvm_run and the page of port data behind it. */
#define NR_RUN_PAGES	2
static_assert(KVM_PIO_PAGE_OFFSET == 1);

/*
 * Like KVM with its own PIC: refused whatever the vector, after the argument
 * was read and its range checked (arch/x86/kvm/x86.c,
 * kvm_vcpu_ioctl_interrupt()).
 */
static long vcpu_interrupt(struct vic_vcpu *vcpu, void __user *uarg)
{
	struct kvm_interrupt interrupt;

	if (vcpu->vm->mm != current->mm)
		return -EIO;
	if (copy_from_user(&interrupt, uarg, sizeof(interrupt)))
		return -EFAULT;
	return interrupt.irq > U8_MAX ? -EINVAL : -ENXIO;
}

/*
 * Before state is saved, nothing may be on its way. Before it is loaded, what
 * is due stays due: a LAPIC that is loaded after the IOAPIC would wipe it out.
 */
static long vcpu_save(struct vic_vcpu *vcpu, unsigned int cmd,
		      unsigned long arg)
{
	if (vcpu->vm->mm == current->mm) {
		if (vic_resort_settle(vcpu->vm))
			return -EINTR;
		vic_kvm_flush_if_pending(vcpu->vm, &vcpu->vm->kvm);
	}
	return vic_file_ioctl(vcpu->file, cmd, arg);
}

static long vcpu_load(struct vic_vcpu *vcpu, unsigned int cmd,
		      unsigned long arg)
{
	int ret = 0;

	if (vcpu->vm->mm == current->mm)
		ret = vic_resort_settle(vcpu->vm) ?:
		      vic_kvm_state_changes(vcpu);
	return ret ? ret : vic_file_ioctl(vcpu->file, cmd, arg);
}

static long vcpu_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vic_vcpu *vcpu = file->private_data;

	switch (cmd) {
	case KVM_RUN:
		return vic_kvm_run(vcpu, arg);
	case KVM_INTERRUPT:
		return vcpu_interrupt(vcpu, (void __user *)arg);
	case KVM_GET_LAPIC:
	case KVM_GET_SREGS:
	case KVM_GET_SREGS2:
	case KVM_GET_VCPU_EVENTS:
	case KVM_GET_MP_STATE:
		return vcpu_save(vcpu, cmd, arg);
	case KVM_SET_LAPIC:
	case KVM_SET_NESTED_STATE:
	case KVM_SET_REGS:
	case KVM_SET_SREGS:
	case KVM_SET_SREGS2:
	case KVM_SET_VCPU_EVENTS:
		return vcpu_load(vcpu, cmd, arg);
	default:
		return vic_file_ioctl(vcpu->file, cmd, arg);
	}
}

#ifdef CONFIG_COMPAT
/* As vm_compat_ioctl(): KVM_SET_SIGNAL_MASK alone differs, and is KVM's. */
static long vcpu_compat_ioctl(struct file *file, unsigned int cmd,
			      unsigned long arg)
{
	struct vic_vcpu *vcpu = file->private_data;
	struct file *kvm = vcpu->file;

	if (cmd != KVM_SET_SIGNAL_MASK)
		return vcpu_ioctl(file, cmd, arg);
	if (!kvm->f_op->compat_ioctl)
		return -ENOTTY;
	return kvm->f_op->compat_ioctl(kvm, cmd, arg);
}
#endif

/* The mapping is KVM's: it holds KVM's file and not ours. */
static int vcpu_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vic_vcpu *vcpu = file->private_data;

	if (!vcpu->file->f_op->mmap)
		return -ENODEV;
	vma_set_file(vma, vcpu->file);
	return vcpu->file->f_op->mmap(vcpu->file, vma);
}

static void vcpu_free(struct vic_vcpu *vcpu)
{
	if (vcpu->run_page) {
		put_page(vcpu->run_page);
		put_page(vcpu->pio_page);
	}
	fput(vcpu->file);
	vic_object_gone(VIC_OBJECT_VCPU);
	kfree_rcu(vcpu, rcu);
}

/* Kickers find it in the array under RCU; its task is NULL by now. */
static int vcpu_release(struct inode *inode, struct file *file)
{
	struct vic_vcpu *vcpu = file->private_data;
	struct vic_vm *vm = vcpu->vm;

	xa_erase(&vm->kvm.vcpus, vcpu->id);
	vcpu_free(vcpu);
	vic_vm_put(vm);
	return 0;
}

static const struct file_operations vcpu_fops = {
	.owner = THIS_MODULE,
	.release = vcpu_release,
	.unlocked_ioctl = vcpu_ioctl,
	.mmap = vcpu_mmap,
	.llseek = noop_llseek,
#ifdef CONFIG_COMPAT
	.compat_ioctl = vcpu_compat_ioctl,
#endif
};

/* Is there at @addr what we have just mapped there? */
static bool is_run_mapping(const struct vic_vcpu *vcpu, unsigned long addr)
{
	const struct vm_area_struct *vma = vma_lookup(current->mm, addr);

	mmap_assert_locked(current->mm);
	return vma && vma->vm_file == vcpu->file &&
	       vma->vm_flags & VM_SHARED &&
	       vma->vm_start == addr && !vma->vm_pgoff &&
	       vma->vm_end - addr >= NR_RUN_PAGES * PAGE_SIZE;
}

/*
 * The lock is held from the look to the end, so what is got comes from KVM's
 * fault handler. Pages of the kernel's own, that nobody reclaims or migrates: a
 * plain reference is all that they need to be held for long.
 */
static long get_run_pages(const struct vic_vcpu *vcpu, unsigned long addr,
			  struct page **pages)
{
	struct mm_struct *mm = current->mm;
	long ret = -EFAULT;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	if (is_run_mapping(vcpu, addr))
		ret = get_user_pages(addr, NR_RUN_PAGES, FOLL_WRITE, pages);
	mmap_read_unlock(mm);
	return ret;
}

/*
 * KVM's run page is ordinary memory; mapped for a moment, it can be looked up
 * and held. Another thread of the VMM may meddle with the mapping meanwhile:
 * then there is no vCPU, and what it has put there goes with our mapping.
 */
static int hold_run_pages(struct vic_vcpu *vcpu)
{
	const size_t size = NR_RUN_PAGES * PAGE_SIZE;
	struct page *pages[NR_RUN_PAGES];
	unsigned long addr;
	long ret;

	addr = vm_mmap(vcpu->file, 0, size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       0);
	if (IS_ERR_VALUE(addr))
		return addr;
	ret = get_run_pages(vcpu, addr, pages);
	vm_munmap(addr, size);
	if (ret != NR_RUN_PAGES) {
		if (ret > 0)
			put_page(pages[0]);
		return ret < 0 ? ret : -EFAULT;
	}

	vcpu->run_page = pages[0];
	vcpu->pio_page = pages[KVM_PIO_PAGE_OFFSET];
	vcpu->run = page_address(vcpu->run_page);
	vcpu->pio = page_address(vcpu->pio_page);
	return 0;
}

static struct vic_vcpu *vcpu_alloc(struct vic_vm *vm, u32 id)
{
	struct vic_vcpu *vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);

	if (!vcpu)
		return ERR_PTR(-ENOMEM);
	vic_object_made(VIC_OBJECT_VCPU);
	vcpu->vm = vm;
	vcpu->id = id;
	mutex_init(&vcpu->run_lock);
	raw_spin_lock_init(&vcpu->kick_lock);
	return vcpu;
}

/* Pairs with may_become_full(), vm.c: the mode stays as it is from now on. */
static void count_vcpu(struct vic_vm *vm)
{
	lockdep_assert_held(&vm->lock);
	smp_store_release(&vm->nr_vcpus, vm->nr_vcpus + 1);
}

/*
 * Whatever may fail with nothing to undo comes before KVM is asked. @id is
 * KVM's to judge: if it will do, it is no larger than an u32.
 */
static struct vic_vcpu *make_vcpu(struct vic_vm *vm, unsigned long id)
{
	struct vic_vcpu *vcpu = vcpu_alloc(vm, id);
	long fd;

	if (IS_ERR(vcpu))
		return vcpu;
	fd = vic_file_ioctl(vm->kvm.file, KVM_CREATE_VCPU, id);
	if (fd < 0)
		goto err_vcpu;
	count_vcpu(vm);
	vcpu->file = vic_take_over_fd(fd, vm->kvm.file);
	if (vcpu->file)
		return vcpu;

	fd = -EBADF;
err_vcpu:
	vic_object_gone(VIC_OBJECT_VCPU);
	kfree(vcpu);
	return ERR_PTR(fd);
}

/* The reference to the VM is dropped by vcpu_release(), or here. */
static int install_vcpu(struct vic_vm *vm, struct vic_vcpu *vcpu)
{
	char name[sizeof("kvm-vcpu:4294967295")];
	int fd, ret;

	if (!vcpu->run_page) {
		ret = hold_run_pages(vcpu);
		if (ret)
			return ret;
	}
	ret = xa_err(xa_store(&vm->kvm.vcpus, vcpu->id, vcpu,
			      GFP_KERNEL_ACCOUNT));
	if (ret)
		return ret;
	vic_vm_get(vm);
	snprintf(name, sizeof(name), "kvm-vcpu:%u", vcpu->id);
	fd = anon_inode_getfd(name, &vcpu_fops, vcpu, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		vic_vm_put(vm);
		xa_erase(&vm->kvm.vcpus, vcpu->id);
	}
	return fd;
}

static struct vic_vcpu *take_spare(struct vic_vm *vm, unsigned long id)
{
	struct vic_vcpu *vcpu;

	list_for_each_entry(vcpu, &vm->spare_vcpus, spare) {
		if (vcpu->id == id) {
			list_del(&vcpu->spare);
			return vcpu;
		}
	}
	return NULL;
}

/*
 * KVM makes a vCPU of an id once and for all. If we then fail to make it ours,
 * KVM's is kept, and the VMM may try again.
 */
static long create_vcpu(struct vic_vm *vm, unsigned long id)
{
	struct vic_vcpu *vcpu;
	long fd;

	lockdep_assert_held(&vm->lock);
	vcpu = take_spare(vm, id);
	if (!vcpu)
		vcpu = make_vcpu(vm, id);
	if (IS_ERR(vcpu))
		return PTR_ERR(vcpu);
	fd = install_vcpu(vm, vcpu);
	if (fd < 0)
		list_add(&vcpu->spare, &vm->spare_vcpus);
	return fd;
}

/* KVM's own vCPU will do. */
static long create_kvms_vcpu(struct vic_vm *vm, unsigned long id)
{
	long fd = vic_file_ioctl(vm->kvm.file, KVM_CREATE_VCPU, id);

	lockdep_assert_held(&vm->lock);
	if (fd >= 0)
		count_vcpu(vm);
	return fd;
}

/**
 * vic_vm_create_vcpu() - KVM_CREATE_VCPU
 * @vm: any VM
 * @id: the vCPU's id
 *
 * Context: process; takes vm->lock, which makes it exclusive with
 * KVM_CREATE_IRQCHIP.
 * Return: a file descriptor; KVM's errno; -ENOMEM, -EMFILE, -EFAULT if another
 * thread changed the mapping by which the run page is looked up: after these the
 * same id can be tried again; -EBADF if another thread closed KVM's descriptor;
 * -EINTR if the thread is killed while it waits.
 */
long vic_vm_create_vcpu(struct vic_vm *vm, unsigned long id)
{
	long fd;

	if (mutex_lock_killable(&vm->lock))
		return -EINTR;
	fd = vic_vm_full(vm) ? create_vcpu(vm, id) : create_kvms_vcpu(vm, id);
	mutex_unlock(&vm->lock);
	return fd;
}

/**
 * vic_vm_free_spare_vcpus() - those that nobody tried to make again
 * @vm: a VM without files
 *
 * Context: process.
 */
void vic_vm_free_spare_vcpus(struct vic_vm *vm)
{
	struct vic_vcpu *vcpu, *next;

	list_for_each_entry_safe(vcpu, next, &vm->spare_vcpus, spare)
		vcpu_free(vcpu);
}
