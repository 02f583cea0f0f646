# shellcheck shell=bash
# The small initramfs that finds the root over 9p, or finds all it needs in memory. One of each per kernel, since it
# holds its modules. Needs kernels.sh and, of run, $memory, $job and $repo.

# What it takes: the serial ports that results come back on, KVM; and a 9p root with a tmpfs over it.
initramfs_modules="virtio_pci virtio_console kvm-amd"
initramfs_root_modules="9p 9pnet_virtio overlay"

initramfs_path() {
	local id
	id=$(cat "$testhost_dir"/initramfs* | sha256sum | cut -c1-12)
	echo "$cache/initramfs/$kernel_id${memory:+-memory}-$kernel_release-$(root_id trixie)-$id.cpio.gz"
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
	[ -n "$memory" ] || initramfs_modules+=" $initramfs_root_modules"
	initramfs=$(initramfs_path)
	[ -e "$initramfs" ] || locked "initramfs-$kernel" make_initramfs "$initramfs" || exit
}

# What run --memory needs goes before the initramfs; the kernel unpacks the two as one.
make_memory_initramfs() {
	in_root trixie "$repo:/mnt/repo:ro" "$job:/mnt/job" "$testhost_dir:/mnt/testhost:ro" -- \
		sh /mnt/testhost/memory-make >&2 || die "the initramfs cannot be made"
	cat "$job/memory" "$initramfs" >"$job/initramfs" || die "the initramfs cannot be written"
	rm "$job/memory"
}
