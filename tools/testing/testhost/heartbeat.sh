# shellcheck shell=bash
# Tells a host that is slow from one that is frozen, and wakes one that has lost a timer's interrupt. Needs paths.sh.
#
# Each second a byte goes to a port that init has open; init sends it back. The interrupt that comes with it wakes an
# emulated CPU that sleeps though it has something to do. A host that does not answer for long, in spite of it, is
# frozen: no clock in it runs that could end what it does.

# Many times what the slowest host has ever taken to answer, boot included.
freeze_seconds=240

heartbeat_prepare() { mkfifo "$1/heartbeat.in" "$1/heartbeat.out"; }

heartbeat_arguments() {
	qemu_arguments+=(-chardev "pipe,id=heartbeat,path=/mnt/job/heartbeat"
		-device "virtserialport,chardev=heartbeat,name=heartbeat")
}

# heartbeat_watch DIRECTORY PID: until PID ends; ends PID if the host is frozen, and fails then. Both ends of a
# pipe are held, so that no open waits and no write finds nobody.
heartbeat_watch() {
	local to from answered=$SECONDS rest
	exec {to}<>"$1/heartbeat.in" {from}<>"$1/heartbeat.out"
	while kill -0 "$2" 2>/dev/null; do
		echo >&"$to"
		if read -r -t 1 -u "$from" rest; then
			answered=$SECONDS
			sleep 1
		elif [ $((SECONDS - answered)) -ge "$freeze_seconds" ]; then
			say "the host froze: no answer for $freeze_seconds s"
			kill -KILL "$2"
			return 1
		fi
	done
}
