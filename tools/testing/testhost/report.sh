# shellcheck shell=bash
# What the kernel said: the reports that make a run fail whatever COMMAND returned.

# Only what comes after init's mark counts: how an emulated machine boots is not ours.
kernel_log_of_run() {
	sed -n '/testhost: loading virqchip/,$p' "$1" | tr -d '\r'
}

kernel_reports='BUG:|WARNING:|UBSAN|KCSAN|KASAN|possible circular|possible recursive|inconsistent lock state'
kernel_reports+='|suspicious RCU usage|unreferenced object|Oops|general protection|Kernel panic|refcount_t'
kernel_reports+='|kernel BUG|Call Trace|ODEBUG|list_(add|del) corruption'

# What a kernel says that does not get its CPUs often enough, on an emulator that others share. Some of it comes with
# a back-trace, and is no report unless a function of the module is in that.
starvation_traced='soft lockup|hard LOCKUP|rcu.*(stall|kthread starved)|blocked for more than|NMI backtrace for cpu'
starvation="$starvation_traced|clocksource.*(watchdog|unstable)|hpet: Lost|interrupt took"
arranged='FAULT_INJECTION: forcing a failure|page allocation failure: |vmalloc error: |invoked oom-killer: '

# What is no report, though it has a back-trace or looks like one:
#
# - the kernel's complaint that it got no memory, which a test has arranged: an injected fault, a page or vmalloc
#   allocation that failed, a full memory cgroup. It excuses one "Call Trace", right after it. A real report that
#   comes between the two has a line of its own that counts.
# - what a starved kernel says of itself, with the back-traces that follow, as far as the module is in none of them.
# - a data race that KCSAN found without virqchip having part in it, for the kernel at large is not free of them.
#   Only that one line is reworded.
drop_excuses() {
	awk -v starvation="$starvation_traced" -v arranged="$arranged" \
		-v other="KASAN|UBSAN|WARNING:|Oops|kernel BUG|cut here|$arranged" '
		function end_starving(i) {
			for (i = 0; i < hungry; i++) {
				if (!ours_starves)
					gsub(/BUG: soft|Call Trace:/, "starved:", held_back[i])
				print held_back[i]
			}
			hungry = starving = ours_starves = 0
		}
		function give_out(ours, i) {
			for (i = 0; i < held; i++) {
				if (!ours)
					sub(/BUG: KCSAN/, "data race elsewhere", lines[i])
				print lines[i]
			}
			held = 0
		}
		starving && ($0 ~ other || --starving == 0) { end_starving() }
		$0 ~ starvation && !race { starving = 150 }
		starving {
			held_back[hungry++] = $0
			if (/\[virqchip\]/)
				ours_starves = 1
			next
		}
		$0 ~ arranged {
			excused = NR + 12
		}
		/Call Trace:/ && NR <= excused { sub(/Call Trace:/, "back-trace:"); excused = 0 }
		/BUG: KCSAN: / { give_out(1); held = 0; race = 1; ours = 0 }
		race {
			lines[held++] = $0
			if (/\[virqchip\]/)
				ours = 1
			if (/====================/ || held > 100) {
				race = 0
				give_out(ours || held > 100)
			}
			next
		}
		{ print }
		END { end_starving(); give_out(1) }'
}

# print_starvation CONSOLE: what is printed and does not count.
print_starvation() { kernel_log_of_run "$1" | grep -E "$starvation" | head -n 10; }

# print_kernel_reports CONSOLE: succeeds if there are any. What grep prints is read to its end: of a closed pipe it
# would die, and that would look as if it had found nothing.
print_kernel_reports() {
	kernel_log_of_run "$1" | drop_excuses | grep -E -B 3 -A 40 "$kernel_reports" | awk 'NR <= 200'
	return "${PIPESTATUS[2]}"
}
