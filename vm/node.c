// SPDX-License-Identifier: GPL-2.0
/*
 * node.c - /dev/virqchip, the system file descriptor.
 *
 * Every ioctl of /dev/kvm works on it: KVM_CREATE_VM gives a VM of ours
 * stacked on one of KVM's, KVM_CHECK_EXTENSION answers for the two together,
 * and all others go to /dev/kvm as they are.
 *
 * KVM's node is opened under the credentials of whoever makes the first ioctl,
 * so our node gives nobody more than he had. It is opened then and not in our
 * open(): both are misc devices, and misc's open() holds a lock that the
 * second would wait for.
 */
#include "virqchip.h"
#include "objects.h"
#include "vm/vm.h"

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/kvm.h>
#include <linux/major.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>

static char *kvm_node = "/dev/kvm";
module_param(kvm_node, charp, 0644);
MODULE_PARM_DESC(kvm_node,
		 "KVM's device node, to be set if ours is mounted over /dev/kvm");

/**
 * struct vic_node - one open file of the node
 * @kvm: KVM's node; NULL until the first ioctl; set once, by cmpxchg
 */
struct vic_node {
	struct file *kvm;
};

static const struct file_operations node_fops;

/**
 * vic_node_owns() - is this file one of our node?
 * @file: any file
 *
 * Context: any.
 * Return: true if so.
 */
bool vic_node_owns(const struct file *file)
{
	return file->f_op == &node_fops;
}

/* Only KVM's own node will do; ours, bind-mounted there, would recurse. */
static int check_kvm_file(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	if (vic_node_owns(file))
		return -ELOOP;
	if (!S_ISCHR(inode->i_mode) ||
	    inode->i_rdev != MKDEV(MISC_MAJOR, KVM_MINOR))
		return -ENODEV;
	return 0;
}

static struct file *open_kvm(void)
{
	struct file *file;
	char *path;
	int ret;

	kernel_param_lock(THIS_MODULE);
	path = kstrdup(kvm_node, GFP_KERNEL);
	kernel_param_unlock(THIS_MODULE);
	if (!path)
		return ERR_PTR(-ENOMEM);

	file = filp_open(strim(path), O_RDWR, 0);
	kfree(path);
	if (IS_ERR(file))
		return file;
	ret = check_kvm_file(file);
	if (ret) {
		fput(file);
		return ERR_PTR(ret);
	}
	return file;
}

/* Two first ioctls may race; the loser's file is closed again. */
static struct file *get_kvm(struct vic_node *node)
{
	struct file *kvm = smp_load_acquire(&node->kvm);
	struct file *winner;

	if (kvm)
		return kvm;
	kvm = open_kvm();
	if (IS_ERR(kvm))
		return kvm;
	winner = cmpxchg(&node->kvm, NULL, kvm);
	if (!winner)
		return kvm;
	fput(kvm);
	return winner;
}

static long node_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct file *kvm = get_kvm(file->private_data);

	if (IS_ERR(kvm))
		return PTR_ERR(kvm);

	switch (cmd) {
	case KVM_CREATE_VM:
		return vic_vm_create(kvm, arg);
	case KVM_CHECK_EXTENSION:
		return vic_caps_check(kvm, arg);
	default:
		return vic_file_ioctl(kvm, cmd, arg);
	}
}

static int node_open(struct inode *inode, struct file *file)
{
	struct vic_node *node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);

	if (!node)
		return -ENOMEM;
	vic_object_made(VIC_OBJECT_NODE);
	file->private_data = node;
	return 0;
}

static int node_release(struct inode *inode, struct file *file)
{
	struct vic_node *node = file->private_data;

	if (node->kvm)
		fput(node->kvm);
	vic_object_gone(VIC_OBJECT_NODE);
	kfree(node);
	return 0;
}

static const struct file_operations node_fops = {
	.owner = THIS_MODULE,
	.open = node_open,
	.release = node_release,
	.unlocked_ioctl = node_ioctl,
	.compat_ioctl = node_ioctl,
	.llseek = noop_llseek,
};

/*
 * Open to all, like KVM's node where udev's rules are in force: what a user
 * can do with ours is decided by the permissions of KVM's.
 */
static struct miscdevice node_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "virqchip",
	.fops = &node_fops,
	.mode = 0666,
};

/** vic_node_init() - make the node. Return: 0 or an errno. */
int vic_node_init(void)
{
	return misc_register(&node_misc);
}

/** vic_node_exit() - take it away; no file of it is open any more. */
void vic_node_exit(void)
{
	misc_deregister(&node_misc);
}
