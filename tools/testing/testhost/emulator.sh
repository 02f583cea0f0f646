# shellcheck shell=bash
# Which QEMU emulates a machine. Needs roots.sh.

emulator_is_mended() { [ -e "$(root_path trixie)/opt/emulator/mended" ]; }

# The emulator that customize-root has put aside, or the root's own.
choose_emulator() {
	local share=/opt/emulator/usr/share/qemu
	emulator=(qemu-system-x86_64)
	[ ! -d "$(root_path trixie)/opt/emulator" ] ||
		emulator=(/opt/emulator/usr/bin/qemu-system-x86_64 -L "$share" -L /usr/share/qemu -L /usr/share/seabios)
	emulator_is_mended ||
		say "mend-emulator does not fit this emulator: it may upset what it emulates"
}
