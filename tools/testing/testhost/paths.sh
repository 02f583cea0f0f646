# shellcheck shell=bash
# Where things are, and how the scripts of the test host speak. Sourced by all of them.

testhost_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Another tree can be built and tested with these scripts by naming it.
repo=${VIRQCHIP_SRC:-$(cd "$testhost_dir/../../.." && pwd)}
build=$repo/build
cache=${VIRQCHIP_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/virqchip}

# Statuses which the caller can tell from COMMAND's own.
status_timeout=124
status_host_failed=125
status_kernel_report=126

say() { echo "testhost: $*" >&2; }

die() {
	say "$*"
	exit "$status_host_failed"
}

# locked NAME COMMAND...: one at a time among all runs on this machine. A killed run leaves no lock behind.
locked() {
	local lock descriptor status
	mkdir -p "$cache/locks"
	lock=$cache/locks/$1
	shift
	exec {descriptor}>"$lock"
	if ! flock --nonblock "$descriptor"; then
		say "waiting for another run (${lock##*/})"
		flock "$descriptor"
	fi
	"$@" {descriptor}>&-
	status=$?
	exec {descriptor}>&-
	return $status
}
