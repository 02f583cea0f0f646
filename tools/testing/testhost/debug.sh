# shellcheck shell=bash
# The debug kernels, debug and kcsan: each built once from the source package of the newest packaged kernel.
# Needs roots.sh, kernels.sh.

debug_kernel_path() {
	local id
	id=$(cat "$testhost_dir"/{base,"$kernel"}.config "$testhost_dir"/debug-make | sha256sum | cut -c1-12)
	echo "$cache/kernels/$kernel-$(newest_release "$(root_path trixie)" "")-$id"
}

# debug-make runs with these two directories of the root replaced: apt wants to write there.
build_debug_kernel() {
	local target=$1 version=$2 work=$cache/kernels/.new-$kernel
	[ ! -d "$target" ] || return 0
	say "building the $kernel kernel from the source of $version (once; about ten minutes)"
	rm -rf "$work"
	mkdir -p "$work/kernel" "$work/lists/partial" "$work/archives/partial"
	in_root trixie "$testhost_dir:/mnt/testhost:ro" "$work/kernel:/mnt/kernel" \
		"$work/lists:/var/lib/apt/lists" "$work/archives:/var/cache/apt" -- \
		nice sh /mnt/testhost/debug-make "$version" "$kernel" >&2 ||
		die "the $kernel kernel cannot be built; what there is of it is in $work"
	mv "$work/kernel" "$target"
	rm -rf "$work"
}

choose_debug_kernel() {
	local path version
	path=$(debug_kernel_path)
	version=$(newest_release "$(root_path trixie)" "" | grep -oE '^[0-9]+\.[0-9]+')
	[ -d "$path" ] || locked "$kernel-kernel" build_debug_kernel "$path" "$version"
	kernel_suite=trixie
	kernel_debug=$kernel
	kernel_release=$(newest_release "$path" "")
	kernel_id=${path##*/}
	kernel_image=$path/bzImage
	kernel_modules=$path/lib/modules/$kernel_release
	kernel_headers=/mnt/kernel/source
	kernel_binds=("$path:/mnt/kernel:ro")
}
