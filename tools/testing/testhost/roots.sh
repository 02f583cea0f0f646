# shellcheck shell=bash
# The Debian roots: made once with mmdebstrap, then only read. Needs paths.sh.
#
# trixie is the test host's userland, holds kernels 6.12 and newest and builds modules for them; bookworm
# holds kernel 6.1 and builds for that.

root_packages() {
	sed 's/#.*//' "$testhost_dir/packages/$1" | tr -s ' \t\n' ,  | sed 's/^,//; s/,$//'
}

# A root is known by what it was made from: change the packages and it is made anew.
root_id() {
	cat "$testhost_dir/packages/$1" "$testhost_dir/customize-root" "$testhost_dir/mend-emulator" |
		sha256sum | cut -c1-12
}

root_path() { echo "$cache/roots/$1-$(root_id "$1")"; }

# Time stamps, proxies and the like: what it takes to reach a mirror from here, apt already knows.
apt_options() {
	apt-config dump --format '%F "%v";%n' Acquire |
		grep -E '^Acquire::(Check-|Retries|ForceIPv|https?::)' || true
}

install_mmdebstrap() {
	command -v mmdebstrap >/dev/null && return
	[ "$(id -u)" = 0 ] || die "mmdebstrap is missing, and only root can install it"
	say "installing mmdebstrap"
	local log=$cache/mmdebstrap-install.log
	mkdir -p "$cache"
	apt_install mmdebstrap >"$log" 2>&1 || { apt-get update && apt_install mmdebstrap; } >"$log" 2>&1 && return
	tail -n 20 "$log" >&2
	die "mmdebstrap cannot be installed; all that apt said is in $log"
}

# What apt knows of its mirrors may be old, or nothing at all.
apt_install() { DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; }

# It mounts things in the new root and starts daemons' maintainer scripts: namespaces, so that nothing stays
# when this is killed. Kernel packages would make an initramfs each, which nothing here boots: their hooks are left out.
bootstrap() {
	local suite=$1 target=$2 log=$3 options=() apt
	apt=$(apt_options)
	[ -z "$apt" ] || options+=(--aptopt="$apt")
	setpriv --pdeathsig KILL nice unshare --mount --pid --fork --kill-child=KILL --mount-proc \
		mmdebstrap --mode=root --variant=minbase \
		--include="$(root_packages "$suite")" "${options[@]}" \
		--dpkgopt='path-exclude=/etc/kernel/postinst.d/*' \
		--dpkgopt='path-exclude=/usr/share/kernel/postinst.d/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--customize-hook="$testhost_dir/customize-root $suite \"\$1\"" \
		"$suite" "$target" 2>&1 | tee "$log" | grep --line-buffered '^I:' >&2
	return "${PIPESTATUS[0]}"
}

# A killed run leaves no mounts in a root, for they are in a namespace of its own. Should anybody's be there all the
# same, they are not to be emptied, nor to keep the root from being made.
remove_root() {
	local mount
	awk -v root="$1/" 'index($5 "/", root) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		while read -r mount; do
			umount "$mount" || umount --lazy "$mount"
		done
	rm -rf --one-file-system "$1"
}

make_root() {
	local suite=$1 target=$2 log=$cache/roots/$1.log
	[ ! -d "$target" ] || return 0
	install_mmdebstrap
	say "making the $suite root (once; one to three minutes)"
	mkdir -p "$cache/roots"
	remove_root "$cache/roots/.new-$suite"
	if ! bootstrap "$suite" "$cache/roots/.new-$suite" "$log"; then
		tail -n 30 "$log" >&2
		die "mmdebstrap failed for $suite; all of its output is in $log"
	fi
	mv "$cache/roots/.new-$suite" "$target"
	# Roots of other package lists: another branch may still use one, but hardly after two weeks.
	find "$cache/roots" -mindepth 1 -maxdepth 1 -name "$suite-*" -mtime +14 |
		while read -r target; do
			remove_root "$target"
		done
	say "$suite root made"
}

need_root() {
	[ -d "$(root_path "$1")" ] || locked "root-$1" make_root "$1" "$(root_path "$1")"
}

# in_root SUITE [SOURCE:TARGET[:ro]]... -- COMMAND...: see enter. setpriv: who kills the shell that called
# this, in any way, kills what it started. In the background, that needs the array itself: a function would
# run in a shell between the two.
in_root() {
	set_root_command "$@"
	"${root_command[@]}"
}

set_root_command() {
	local path
	path=$(root_path "$1")
	shift
	root_command=(setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child=KILL
		"$testhost_dir/enter" "$path" "$@")
}
