# shellcheck shell=bash
# Builds the module for the chosen kernel and the userspace tools. Needs kernels.sh.

# The module is built from a mirror of its sources, one per kernel: objects for different kernels would
# overwrite each other in the tree itself. A debug kernel of another configuration is another kernel, though its
# name and release are the same: make would keep objects that are newer than its headers.
mirror_sources() {
	in_root trixie "$repo:/mnt/repo:ro" "$1:/mnt/mirror" -- \
		rsync --archive --delete --prune-empty-dirs \
		--exclude='/build/' --exclude='/.git/' --exclude='/tools/' --exclude='/Documentation/' \
		--exclude='*.mod.c' --include='*/' --include='*.[chS]' --include='Kbuild' --exclude='*' \
		/mnt/repo/ /mnt/mirror/
}

# make_module DIRECTORY [MAKE ARGUMENT...]
make_module() {
	local directory=$1
	shift
	in_root "$kernel_suite" "$directory:/mnt/module" "${kernel_binds[@]}" -- \
		make -j"$(nproc)" -C "$kernel_headers" M=/mnt/module "$@" modules
}

build_module() {
	module_dir=$build/module/$kernel_id
	mkdir -p "$module_dir"
	locked "module-$kernel_id-$(echo "$repo" | sha256sum | cut -c1-8)" build_module_locked ||
		die "the module cannot be built for $kernel_release"
	module_depends=$(<"$module_dir/depends")
}

build_module_locked() {
	[ -e "$repo/Kbuild" ] || { say "$repo has no Kbuild"; return 1; }
	mirror_sources "$module_dir" || return
	local log=$module_dir/build.log
	local coverage=()
	# The debug kernel can tell which instructions were reached.
	[ "$kernel_debug" != debug ] || coverage=(KCOV_INSTRUMENT=y)
	if ! make_module "$module_dir" "${coverage[@]}" >"$log" 2>&1; then
		cat "$log" >&2
		return 1
	fi
	# modpost's own record of what the module needs, so that the test host need not look for it.
	sed -n 's/^MODULE_INFO(depends, "\(.*\)");/\1/p' "$module_dir/virqchip.mod.c" |
		tr ,- ' _' >"$module_dir/depends"
}

# All userspace programs of the project, static, so that they run in any root.
build_tools() {
	[ "${TESTHOST_TOOLS:-}" != keep ] || return 0
	mkdir -p "$build/tools/selftests"
	locked "tools-$(echo "$repo" | sha256sum | cut -c1-8)" build_tools_locked ||
		die "the userspace tools cannot be built"
}

build_tools_locked() {
	local log=$build/tools.log
	if ! in_root trixie "$repo:/mnt/repo" "$testhost_dir:/mnt/testhost:ro" -- sh /mnt/testhost/make-tools \
		/mnt/repo /mnt/repo/build/tools >"$log" 2>&1; then
		cat "$log" >&2
		return 1
	fi
}
