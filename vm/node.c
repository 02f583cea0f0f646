// SPDX-License-Identifier: GPL-2.0
/*
 * node.c - /dev/virqchip, the system file descriptor.
 *
 * Every ioctl of /dev/kvm works on it: KVM_CREATE_VM gives a VM of ours
 * stacked on one of KVM's, KVM_CHECK_EXTENSION answers for the two together,
 * and all others go to /dev/kvm as they are.
 *
 * What an open file of ours may do is settled when it is opened, and by whom:
 * open() opens KVM's node too, with the opener's credentials, root and mounts
 * and for the same access, and fails as that does. Afterwards nobody is asked
 * any more: a descriptor that is passed on, inherited by a set-user-id program
 * or kept when its owner drops his rights is worth what KVM's own would be.
 *
 * The node has a number of its own. misc's open() holds a lock, which opening
 * KVM's node, a misc device, from within would take again.
 */
#include "virqchip.h"
#include "objects.h"
#include "vm/vm.h"

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/kvm.h>
#include <linux/major.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/slab.h>
#include <linux/string.h>

#define NODE_NAME	"virqchip"

static char *kvm_node = "/dev/kvm";
module_param(kvm_node, charp, 0644);
MODULE_PARM_DESC(kvm_node,
		 "KVM's device node, to be set if ours is mounted over /dev/kvm");

/* Our device number; set once, before the node can be opened. */
static dev_t node_devt;

/* Only KVM's own node will do; ours, bind-mounted there, would recurse. */
static int check_kvm_inode(const struct inode *inode)
{
	if (!S_ISCHR(inode->i_mode))
		return -ENODEV;
	if (inode->i_rdev == node_devt)
		return -ELOOP;
	return inode->i_rdev == MKDEV(MISC_MAJOR, KVM_MINOR) ? 0 : -ENODEV;
}

/*
 * What was looked at is what is opened: another name lookup could find
 * another node, ours among them, and whoever can change the name could have us
 * call ourselves as deep as he likes.
 */
static struct file *open_kvm_path(const struct path *path, int flags)
{
	int ret = check_kvm_inode(d_backing_inode(path->dentry));

	return ret ? ERR_PTR(ret) : file_open_root(path, "", flags, 0);
}

static struct file *open_kvm(int flags)
{
	struct file *file;
	struct path path;
	char *name;
	int ret;

	kernel_param_lock(THIS_MODULE);
	name = kstrdup(kvm_node, GFP_KERNEL);
	kernel_param_unlock(THIS_MODULE);
	if (!name)
		return ERR_PTR(-ENOMEM);
	ret = kern_path(strim(name), LOOKUP_FOLLOW, &path);
	kfree(name);
	if (ret)
		return ERR_PTR(ret);
	file = open_kvm_path(&path, flags);
	path_put(&path);
	return file;
}

/* The file holds KVM's node, and nothing else. */
static int node_open(struct inode *inode, struct file *file)
{
	struct file *kvm = open_kvm(file->f_flags & O_ACCMODE);

	if (IS_ERR(kvm))
		return PTR_ERR(kvm);
	vic_object_made(VIC_OBJECT_NODE);
	file->private_data = kvm;
	return 0;
}

static int node_release(struct inode *inode, struct file *file)
{
	fput(file->private_data);
	vic_object_gone(VIC_OBJECT_NODE);
	return 0;
}

static long node_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct file *kvm = file->private_data;

	switch (cmd) {
	case KVM_CREATE_VM:
		return vic_vm_create(kvm, arg);
	case KVM_CHECK_EXTENSION:
		return vic_caps_check(kvm, arg);
	default:
		return vic_file_ioctl(kvm, cmd, arg);
	}
}

static const struct file_operations node_fops = {
	.owner = THIS_MODULE,
	.open = node_open,
	.release = node_release,
	.unlocked_ioctl = node_ioctl,
	.compat_ioctl = node_ioctl,
	.llseek = noop_llseek,
};

/* ---- the device ------------------------------------------------------ */

/*
 * Open to all, like KVM's node where udev's rules are in force: who can open
 * ours is decided by the permissions of KVM's.
 */
static char *node_devnode(vic_devnode_device *device, umode_t *mode)
{
	if (mode)
		*mode = 0666;
	return NULL;
}

static struct class node_class = {
	.name = NODE_NAME,
	.devnode = node_devnode,
};

static struct cdev *node_cdev;

static int add_cdev(void)
{
	int ret;

	node_cdev = cdev_alloc();
	if (!node_cdev)
		return -ENOMEM;
	node_cdev->owner = THIS_MODULE;
	node_cdev->ops = &node_fops;
	ret = cdev_add(node_cdev, node_devt, 1);
	if (ret)
		kobject_put(&node_cdev->kobj);
	return ret;
}

static int add_device(void)
{
	return PTR_ERR_OR_ZERO(device_create(&node_class, NULL, node_devt, NULL,
					     NODE_NAME));
}

/**
 * vic_node_init() - make the node
 *
 * It can be opened from the last step on, after which nothing may fail.
 *
 * Return: 0 or an errno.
 */
int vic_node_init(void)
{
	int ret = alloc_chrdev_region(&node_devt, 0, 1, NODE_NAME);

	if (ret)
		return ret;
	ret = class_register(&node_class);
	if (ret)
		goto err_region;
	ret = add_device();
	if (ret)
		goto err_class;
	ret = add_cdev();
	if (ret)
		goto err_device;
	return 0;

err_device:
	device_destroy(&node_class, node_devt);
err_class:
	class_unregister(&node_class);
err_region:
	unregister_chrdev_region(node_devt, 1);
	return ret;
}

/** vic_node_exit() - take it away; no file of it is open any more. */
void vic_node_exit(void)
{
	cdev_del(node_cdev);
	device_destroy(&node_class, node_devt);
	class_unregister(&node_class);
	unregister_chrdev_region(node_devt, 1);
}
