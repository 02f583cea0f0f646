#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs the fuzzers of fuzz/, and shows that each finds a bug that is put in for it; TAP.

    fuzz.py [--seconds N | --seed N] SCRATCH [NAME...]

Each NAME (default: all) is run for N seconds, from the inputs of fuzz/corpus and those that earlier runs left in
SCRATCH, and on a machine that is short of time again until it has executed a stated number of inputs. With a seed it
executes RUNS inputs, the same each time. It passes if it finds nothing in them. What it finds is printed in hex, the
form of fuzz/corpus. Then mutations.py's mutations of PLANTED are put into copies, and must be found.
"""

import argparse
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys

import mutants
import mutations

HERE = pathlib.Path(__file__).resolve().parent
JOBS = 2
# An idle core does thousands a second. What a loaded one does not reach at once it gets more time for.
INPUTS_PER_SECOND = 100
MAX_ROUNDS = 30
# With a seed: ten seconds or so each.
RUNS = 50000
RUNS_TIMEOUT_S = 600
INPUT_LENGTH = 256
INPUT_TIMEOUT_S = 60
# Found in a second or two.
PLANTED_TIMEOUT_S = 120
PLANTED = {
    "pic": ("pic_chip.c: special_mask_mode_is_ignored", "pic.c: spurious_vector_is_wrong"),
    "ioapic": ("ioapic.c: eoi_does_not_send_a_high_line_again",
               "ioapic_state.c: level_that_was_an_edge_is_hidden"),
    "pit": ("pit_channel.c: mode_3_odd_halves_are_swapped", "pit_tick.c: stale_timer_ticks"),
    "routing": ("table.c: duplicate_is_accepted", "notify.c: ack_of_another_gsi_is_told"),
}


def unpack_corpus(name, directory):
    """Makes libFuzzer's files of the lines of fuzz/corpus/NAME."""
    directory.mkdir(parents=True, exist_ok=True)
    lines = (HERE / "fuzz" / "corpus" / name).read_text(encoding="utf-8").splitlines()
    inputs = [bytes.fromhex(line) for line in lines if line and not line.startswith("#")]
    for number, data in enumerate(inputs):
        (directory / f"{number:03}").write_bytes(data)


def build(unit, output, names):
    """Builds fuzzers of the tree that `unit` is in; returns what the compiler said, if it failed."""
    targets = [output / "fuzz" / f"{name}_fuzz" for name in names]
    done = subprocess.run(["make", "-s", f"-j{JOBS}", "-C", unit, f"OUTPUT={output}", *targets],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    return done.stdout if done.returncode else None


class Run:
    """One run of a fuzzer, from its corpus."""

    def __init__(self, program, name, scratch, *limits, seconds):
        """Ends by libFuzzer's `limits`; `seconds` is when it must have."""
        seeds = scratch / "seeds" / name
        found = scratch / "found" / name
        found.mkdir(parents=True, exist_ok=True)
        unpack_corpus(name, seeds)
        self.artifact = scratch / f"{program.parent.parent.name}-{name}.input"
        self.artifact.unlink(missing_ok=True)
        done = subprocess.run(
            [program, *limits, f"-max_len={INPUT_LENGTH}", f"-timeout={INPUT_TIMEOUT_S}",
             "-print_final_stats=1", f"-exact_artifact_path={self.artifact}", found, seeds],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
            timeout=seconds + 10 * INPUT_TIMEOUT_S, check=False)
        self.status = done.returncode
        self.output = done.stdout
        executed = re.search(r"^stat::number_of_executed_units: (\d+)", self.output, re.MULTILINE)
        self.executed = int(executed[1]) if executed else 0

    @property
    def finding(self):
        """What it found in one line, or None."""
        said = re.search(r"^Bail out! (.*)|^(.*runtime error.*)|^(==\d+==ERROR.*)", self.output, re.MULTILINE)
        if self.status == 0 or not said:
            return None
        return next(filter(None, said.groups()))

    def report(self):
        """What it said beside its progress and addresses, and the input in hex."""
        lines = [line for line in self.output.splitlines() if not re.match(r"\s*#\d", line)][-40:]
        if self.artifact.exists():
            lines.append(f"input: {self.artifact.read_bytes().hex()}")
        return "\n".join(lines)


def run_for(name, scratch, seconds):
    """(last run, inputs executed) until there are enough of them or one finds something."""
    executed = 0
    for _ in range(MAX_ROUNDS):
        run = Run(scratch / "build" / "fuzz" / f"{name}_fuzz", name, scratch, f"-max_total_time={seconds}",
                  seconds=seconds)
        executed += run.executed
        if run.status or executed >= INPUTS_PER_SECOND * seconds:
            break
    return run, executed


def run_seed(name, scratch, seed):
    """The same, always alike: what earlier runs left is not looked at."""
    shutil.rmtree(scratch / "found" / name, ignore_errors=True)
    run = Run(scratch / "build" / "fuzz" / f"{name}_fuzz", name, scratch, f"-seed={seed}", f"-runs={RUNS}",
              seconds=RUNS_TIMEOUT_S)
    return run, run.executed


def fuzz(name, scratch, args, report):
    """The module as it is."""
    wanted = RUNS if args.seed else INPUTS_PER_SECOND * args.seconds
    title = f"{name}_finds_nothing_in_{wanted}_inputs"
    run, executed = run_seed(name, scratch, args.seed) if args.seed else run_for(name, scratch, args.seconds)
    if run.status == 0 and executed >= wanted:
        report.result(title, caught_by=f"{executed} executed")
    else:
        report.result(title, trouble=f"{run.report()}\nstatus {run.status}, {executed} inputs executed")


def plant(name, title, scratch, report):
    """The module with a mutation in it."""
    result = f"{name}_finds {title}"
    label = re.sub(r"\W+", "-", title)
    copy = mutants.Copy(scratch / label)
    try:
        mutations.find(title).apply(copy.root)
    except mutations.Stale as trouble:
        report.result(result, trouble=str(trouble))
        return
    output = scratch / label / label
    if complaint := build(copy.root / mutants.UNIT, output, [name]):
        report.result(result, trouble=complaint)
        return
    run = Run(output / "fuzz" / f"{name}_fuzz", name, scratch / label,
              f"-max_total_time={PLANTED_TIMEOUT_S}", seconds=PLANTED_TIMEOUT_S)
    if run.finding:
        report.result(result, caught_by=run.finding)
    else:
        report.result(result, trouble=run.report())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="0: a fresh one")
    parser.add_argument("scratch", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    if unknown := set(args.names) - set(PLANTED):
        parser.error(f"no such fuzzer: {' '.join(unknown)}")
    names = args.names or list(PLANTED)
    scratch = args.scratch.resolve()
    report = mutants.Report(len(names) + sum(len(PLANTED[name]) for name in names))
    if complaint := build(HERE, scratch / "build", names):
        print(f"Bail out! the fuzzers do not build\n{complaint}")
        sys.exit(1)
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        jobs = [pool.submit(fuzz, name, scratch, args, report) for name in names]
        jobs += [pool.submit(plant, name, title, scratch, report) for name in names for title in PLANTED[name]]
        for job in jobs:
            job.result()
    sys.exit(1 if report.bad else 0)


if __name__ == "__main__":
    main()
