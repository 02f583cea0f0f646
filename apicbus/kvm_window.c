// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_window.c - memory of ours that KVM reads through the VMM's address space.
 *
 * KVM copies its arguments from user memory. What we make up is written to
 * kernel pages, which the VMM has mapped read-only and can never write: not by
 * mprotect(), not through /proc/pid/mem, not in a child after fork(). A VMM
 * that unmaps or covers the window harms only itself: KVM's copy then fails
 * with EFAULT, or reads what the VMM put there, which it could have passed to
 * KVM just as well.
 *
 * The mapping's file holds the pages and nothing else, so a mapping that stays
 * behind keeps no VM alive.
 */
#include "apicbus/kvm.h"
#include "objects.h"

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

/**
 * struct vic_window_pages - the memory of a window
 * @ref: the window, and each file that is mapped
 * @kaddr: the pages, one after the other, where we write; set once
 * @nr: how many pages there are; set once
 * @pages: them; charged to the VMM's memory cgroup, as vmalloc_user()'s are not
 */
struct vic_window_pages {
	struct kref ref;
	void *kaddr;
	unsigned int nr;
	struct page *pages[];
};

static void free_pages_ref(struct kref *ref)
{
	struct vic_window_pages *pages =
		container_of(ref, struct vic_window_pages, ref);

	vic_object_gone(VIC_OBJECT_WINDOW);
	if (pages->kaddr)
		vunmap(pages->kaddr);
	while (pages->nr)
		__free_page(pages->pages[--pages->nr]);
	kfree(pages);
}

static int window_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vic_window_pages *pages = file->private_data;

	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	vm_flags_mod(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP,
		     VM_MAYWRITE | VM_MAYEXEC);
	return vm_map_pages(vma, pages->pages, pages->nr);
}

static int window_release(struct inode *inode, struct file *file)
{
	struct vic_window_pages *pages = file->private_data;

	kref_put(&pages->ref, free_pages_ref);
	return 0;
}

static const struct file_operations window_fops = {
	.owner = THIS_MODULE,
	.mmap = window_mmap,
	.release = window_release,
};

static bool fill(struct vic_window_pages *pages, unsigned int nr)
{
	while (pages->nr < nr) {
		struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);

		if (!page)
			return false;
		pages->pages[pages->nr++] = page;
	}
	pages->kaddr = vmap(pages->pages, nr, VM_MAP, PAGE_KERNEL);
	return pages->kaddr;
}

static struct vic_window_pages *alloc_pages_ref(size_t size)
{
	unsigned int nr = size >> PAGE_SHIFT;
	struct vic_window_pages *pages =
		kzalloc(struct_size(pages, pages, nr), GFP_KERNEL_ACCOUNT);

	if (!pages)
		return NULL;
	vic_object_made(VIC_OBJECT_WINDOW);
	kref_init(&pages->ref);
	if (fill(pages, nr))
		return pages;
	kref_put(&pages->ref, free_pages_ref);
	return NULL;
}

/* The mapping keeps the file; nobody else needs it. */
static unsigned long map_pages(struct vic_window_pages *pages, size_t size)
{
	unsigned long uaddr;
	struct file *file;

	kref_get(&pages->ref);
	file = anon_inode_getfile("virqchip-window", &window_fops, pages,
				  O_RDONLY);
	if (IS_ERR(file)) {
		kref_put(&pages->ref, free_pages_ref);
		return PTR_ERR(file);
	}
	uaddr = vm_mmap(file, 0, size, PROT_READ, MAP_SHARED, 0);
	fput(file);
	return uaddr;
}

/**
 * vic_window_open() - map a new window into the current address space
 * @window: filled
 * @size: bytes, a multiple of the page size
 *
 * Context: process, the VMM's mm.
 * Return: 0, -ENOMEM, or the errno of mmap().
 */
int vic_window_open(struct vic_window *window, size_t size)
{
	struct vic_window_pages *pages = alloc_pages_ref(size);
	unsigned long uaddr;

	if (!pages)
		return -ENOMEM;
	uaddr = map_pages(pages, size);
	if (IS_ERR_VALUE(uaddr)) {
		kref_put(&pages->ref, free_pages_ref);
		return uaddr;
	}

	window->pages = pages;
	window->kaddr = pages->kaddr;
	window->uaddr = uaddr;
	window->size = size;
	return 0;
}

/*
 * Is the window still where we mapped it, all of it? A part that the VMM has
 * split off is its own business, as is what it maps there from now on.
 */
static bool is_mapped(const struct vic_window *window)
{
	struct vm_area_struct *vma;
	bool ours;

	mmap_read_lock(current->mm);
	vma = vma_lookup(current->mm, window->uaddr);
	ours = vma && vma->vm_file && vma->vm_file->f_op == &window_fops &&
	       vma->vm_file->private_data == window->pages &&
	       vma->vm_end - window->uaddr >= window->size;
	mmap_read_unlock(current->mm);
	return ours;
}

/**
 * vic_window_close() - let go of a window
 * @window: may never have been opened
 * @mm: where it is mapped
 *
 * It is unmapped if we are in @mm and it is still there; a VMM that runs in
 * another mm, or is about to end, or has put something else over a part of it,
 * keeps a mapping without meaning. One that maps something there at this very
 * moment loses it.
 *
 * Context: process.
 */
void vic_window_close(struct vic_window *window, struct mm_struct *mm)
{
	if (!window->pages)
		return;
	if (current->mm == mm && is_mapped(window))
		vm_munmap(window->uaddr, window->size);
	kref_put(&window->pages->ref, free_pages_ref);
	window->pages = NULL;
}
