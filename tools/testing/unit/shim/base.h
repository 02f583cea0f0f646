/* SPDX-License-Identifier: GPL-2.0 */
/*
 * base.h - types, bits, errors, memory, printing.
 */
#ifndef UNIT_SHIM_BASE_H
#define UNIT_SHIM_BASE_H

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef unsigned int gfp_t;

#define U8_MAX			UINT8_MAX
#define U32_MAX			UINT32_MAX
#define U64_MAX			UINT64_MAX
#define S64_MAX			INT64_MAX

#define __rcu
#define __user
#define __force
#define __must_check
#define __init
#define __exit
#define __always_unused		__attribute__((__unused__))
#define __maybe_unused		__attribute__((__unused__))
#define __printf(a, b)		__attribute__((__format__(printf, a, b)))
#ifndef __packed
#define __packed		__attribute__((__packed__))
#endif
#define ____cacheline_aligned_in_smp
#define fallthrough		__attribute__((__fallthrough__))
#define likely(x)		(x)
#define unlikely(x)		(x)
#define barrier()		__asm__ volatile("" ::: "memory")

#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_wmb()		smp_mb()
#define smp_rmb()		smp_mb()

#define BITS_PER_LONG		64
#define BITS_PER_BYTE		8
#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define GENMASK(h, l)		((~0UL << (l)) & (~0UL >> (63 - (h))))
#define GENMASK_ULL(h, l)	((~0ULL << (l)) & (~0ULL >> (63 - (h))))
#define FIELD_PREP(mask, val)						\
	(((__typeof__(mask))(val) << __builtin_ctzll(mask)) & (mask))
#define FIELD_GET(mask, reg)						\
	((__typeof__(mask))(((reg) & (mask)) >> __builtin_ctzll(mask)))
#define FIELD_MAX(mask)		((mask) >> __builtin_ctzll(mask))

#define BITS_TO_LONGS(n)	(((n) + 63) / 64)
#define DECLARE_BITMAP(name, n)	unsigned long name[BITS_TO_LONGS(n)]

#define lower_32_bits(n)	((u32)(n))
#define upper_32_bits(n)	((u32)((u64)(n) >> 32))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define sizeof_field(t, m)	sizeof(((t *)0)->m)
#define container_of(p, t, m)	((t *)((char *)(p) - offsetof(t, m)))
#define static_assert(e, ...)	_Static_assert(e, #e)
#define BUILD_BUG_ON(e)		_Static_assert(!(e), #e)
#define struct_size(p, m, n)	(sizeof(*(p)) + sizeof(*(p)->m) * (size_t)(n))
#define array_size(n, size)	((size_t)(n) * (size))
#define size_add(a, b)		((size_t)(a) + (b))
#define size_mul(a, b)		((size_t)(a) * (b))
#define array_index_nospec(i, size)	({ (void)(size); (i); })

#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#define min_t(t, a, b)		min((t)(a), (t)(b))
#define max_t(t, a, b)		max((t)(a), (t)(b))
#define clamp(v, lo, hi)	min(max(v, lo), hi)
#define swap(a, b)							\
	do { __typeof__(a) t_ = (a); (a) = (b); (b) = t_; } while (0)

static inline unsigned int hweight32(u32 w) { return __builtin_popcount(w); }
static inline unsigned int hweight8(u8 w) { return __builtin_popcount(w); }
static inline unsigned long __ffs(unsigned long w) { return __builtin_ctzl(w); }
static inline int fls(unsigned int w) { return w ? 32 - __builtin_clz(w) : 0; }
static inline u8 ror8(u8 w, unsigned int n)
{
	return (w >> (n & 7)) | (w << (-n & 7));
}

static inline void __set_bit(long n, unsigned long *p)
{
	p[n / 64] |= BIT(n % 64);
}

static inline void __clear_bit(long n, unsigned long *p)
{
	p[n / 64] &= ~BIT(n % 64);
}

static inline void __assign_bit(long n, unsigned long *p, bool v)
{
	if (v)
		__set_bit(n, p);
	else
		__clear_bit(n, p);
}

static inline bool test_bit(long n, const unsigned long *p)
{
	return p[n / 64] & BIT(n % 64);
}

#define set_bit			__set_bit
#define clear_bit		__clear_bit

static inline unsigned long find_next_bit(const unsigned long *p,
					  unsigned long size, unsigned long n)
{
	while (n < size && !test_bit(n, p))
		n++;
	return n < size ? n : size;
}

#define find_first_bit(p, size)	find_next_bit(p, size, 0)
#define for_each_set_bit(n, p, size)					\
	for ((n) = find_next_bit(p, size, 0); (n) < (size);		\
	     (n) = find_next_bit(p, size, (n) + 1))

#define MAX_ERRNO		4095
static inline void *ERR_PTR(long error) { return (void *)error; }
static inline long PTR_ERR(const void *p) { return (long)p; }
static inline bool IS_ERR(const void *p)
{
	return (unsigned long)p >= (unsigned long)-MAX_ERRNO;
}

static inline bool IS_ERR_OR_NULL(const void *p) { return !p || IS_ERR(p); }

/* Memory: fails on demand (unit_fail_alloc()), overwritten when it is freed. */
#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	1
#define GFP_ATOMIC		2
void *unit_alloc(size_t size);
static inline void *kzalloc(size_t size, gfp_t gfp) { return unit_alloc(size); }
static inline void *kmalloc(size_t size, gfp_t gfp) { return unit_alloc(size); }
static inline void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return unit_alloc(n * size);
}

void unit_free(void *memory);
static inline void kfree(const void *p) { unit_free((void *)p); }
#define kvzalloc		kzalloc
#define kvmalloc		kmalloc
#define kvcalloc		kcalloc
#define kvfree			kfree
#define is_vmalloc_addr(p)	((void)(p), false)
#define SZ_4M			0x400000
#define kmalloc_array		kcalloc
#define kvmalloc_array		kcalloc

/* Messages count, so that a case can say that there was one. */
extern unsigned int unit_messages;
#define no_print(fmt, ...)						\
	do { unit_messages++; if (0) printf(fmt, ##__VA_ARGS__); } while (0)
#define pr_debug		no_print
#define pr_info			no_print
#define pr_warn			no_print
#define pr_err			no_print
#define pr_debug_ratelimited	no_print
#define pr_info_ratelimited	no_print
#define pr_warn_ratelimited	no_print
#define pr_err_ratelimited	no_print

/* Nothing that a case does may reach these. */
void unit_bug(const char *file, int line, const char *what);
#define WARN_ON_ONCE(e)							\
	({ bool bug_ = (e); if (bug_) unit_bug(__FILE__, __LINE__, #e); bug_; })
#define WARN_ON			WARN_ON_ONCE
#define BUG_ON(e)		((void)WARN_ON_ONCE(e))

struct module;
#define THIS_MODULE		((struct module *)0)
#define module_param(name, type, perm)	extern int unit_unused
#define module_param_named(name, var, type, perm) extern int unit_unused
#define MODULE_PARM_DESC(name, text)	extern int unit_unused
#define EXPORT_SYMBOL_GPL(name)		extern int unit_unused

struct seq_file {
	char text[65536];
	size_t used;
};

void seq_printf(struct seq_file *m, const char *fmt, ...) __printf(2, 3);
static inline void seq_puts(struct seq_file *m, const char *s)
{
	seq_printf(m, "%s", s);
}

static inline void seq_putc(struct seq_file *m, char c)
{
	seq_printf(m, "%c", c);
}

#endif /* UNIT_SHIM_BASE_H */
