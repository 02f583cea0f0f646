# shellcheck shell=bash
# The kernels that the test host can boot. Needs paths.sh and roots.sh.
#
# A kernel is chosen once, with choose_kernel; the rest then reads these:
kernel=		# as the user says it: 6.1, 6.12, newest, debug, kcsan
kernel_suite=	# the root that it came with and that builds modules for it
kernel_release=	# as uname -r says it
kernel_id=	# tells it from others of the same name
kernel_image=	# path of the bzImage
kernel_modules=	# path of its /lib/modules/RELEASE
kernel_headers=	# path in the root of what a module is built against
kernel_binds=()	# what the root needs mounted for that
kernel_debug=	# debug or kcsan if it is one that looks for bugs of its own, else empty

# The newest release in a root whose name starts with a prefix.
newest_release() {
	find "$1/lib/modules/" -mindepth 1 -maxdepth 1 -name "$2*" -printf '%f\n' | sort -V | tail -n 1
}

choose_packaged_kernel() {
	local prefix root
	case $kernel in
	6.1) kernel_suite=bookworm prefix=6.1. ;;
	6.12) kernel_suite=trixie prefix=6.12. ;;
	newest) kernel_suite=trixie prefix= ;;
	*) die "no such kernel: $kernel (6.1, 6.12 or newest)" ;;
	esac
	need_root "$kernel_suite"
	root=$(root_path "$kernel_suite")
	kernel_release=$(newest_release "$root" "$prefix")
	[ -n "$kernel_release" ] || die "no kernel $kernel in the $kernel_suite root"
	kernel_id=$kernel
	kernel_image=$root/boot/vmlinuz-$kernel_release
	kernel_modules=$root/lib/modules/$kernel_release
	kernel_headers=/lib/modules/$kernel_release/build
	kernel_binds=()
}

choose_kernel() {
	kernel=$1
	need_root trixie
	case $kernel in
	debug | kcsan) choose_debug_kernel ;;
	*) choose_packaged_kernel ;;
	esac
}
