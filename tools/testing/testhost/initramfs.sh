# shellcheck shell=bash
# The small initramfs that finds the root over 9p. One per kernel, since it holds its modules. Needs kernels.sh.

# What it takes: a 9p root with a tmpfs over it, the serial ports that results come back on, KVM.
initramfs_modules="virtio_pci 9p 9pnet_virtio overlay virtio_console kvm-amd"

initramfs_path() {
	local id
	id=$(cat "$testhost_dir"/initramfs* | sha256sum | cut -c1-12)
	echo "$cache/initramfs/$kernel_id-$kernel_release-$(root_id trixie)-$id.cpio.gz"
}

make_initramfs() {
	local target=$1
	[ ! -e "$target" ] || return 0
	mkdir -p "$cache/initramfs"
	in_root trixie "$testhost_dir:/mnt/testhost:ro" "$cache/initramfs:/mnt/output" \
		"$kernel_modules:/mnt/modules/lib/modules/$kernel_release:ro" -- \
		sh /mnt/testhost/initramfs-make "$kernel_release" \
		"/mnt/output/${target##*/}" "$initramfs_modules" >&2 ||
		die "the initramfs cannot be made"
}

need_initramfs() {
	initramfs=$(initramfs_path)
	[ -e "$initramfs" ] || locked "initramfs-$kernel" make_initramfs "$initramfs" || exit
}
