#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Breaks the chips and the routing in each way of mutations.py, and expects that some case fails; TAP.

    mutants.py [--jobs N] SCRATCH [WORD...]

Works on copies of the sources in SCRATCH. With words, only mutations whose title contains one of them.
A mutation is caught if a program built with it reports a failed case, or is ended by one of the shim's checks, or
does not end. One that does not apply or does not build is a failure, as is one that no case sees.
"""

import argparse
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import threading

import mutations

ROOT = pathlib.Path(__file__).resolve().parents[3]
UNIT = "tools/testing/unit"
# All that the programs are made of.
SOURCES = ("irqchip", "routing", "irqfd", "apicbus", UNIT)
SOURCE_FILES = ("objects.c", "objects.h")
PROGRAMS = {"pic": ("pic",), "ioapic": ("ioapic", "ioapic_rtc", "ioapic_state"), "pit": ("pit", "pit_tick"), "routing": ("routing",)}
# A program takes a second or two; no mutation makes it slower without an end.
PROGRAM_TIMEOUT_S = 60


class Survived(Exception):
    """Says why a mutation counts as not caught."""


def programs_of(path):
    """The programs that a file of the module is in."""
    file = pathlib.PurePath(path)
    return PROGRAMS["routing" if file.parts[0] == "routing" else re.split("[_.]", file.name)[0]]


class Copy:
    """A copy of the sources and what was built of it."""

    def __init__(self, directory):
        self.root = directory / "tree"
        self.output = directory / "build"
        shutil.rmtree(self.root, ignore_errors=True)
        for source in SOURCES:
            # With new times: what an earlier run built may be newer than the sources, and of a broken one.
            shutil.copytree(ROOT / source, self.root / source, copy_function=shutil.copy,
                            ignore=shutil.ignore_patterns("build", "__pycache__"))
        for source in SOURCE_FILES:
            shutil.copy(ROOT / source, self.root / source)

    def build(self, programs):
        """Builds; returns what the compiler said, if it failed."""
        command = ["make", "-s", "-C", self.root / UNIT, "programs", f"OUTPUT={self.output}", "CC=gcc",
                   f"NAMES={' '.join(programs)}", "SANITIZE=-O0 -g0 -w"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        return done.stdout if done.returncode else None

    def run(self, program):
        """Runs one; returns why it failed, or None."""
        try:
            done = subprocess.run([self.output / f"{program}_test"], stdin=subprocess.DEVNULL, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PROGRAM_TIMEOUT_S,
                                  check=False)
        except subprocess.TimeoutExpired:
            return f"{program} does not end"
        cases = re.findall(r"^not ok \d+ (\S+)", done.stdout, re.MULTILINE)
        if cases:
            return cases[0] + (f" and {len(cases) - 1} more" if len(cases) > 1 else "")
        if bail := re.search(r"^Bail out! (.*)", done.stdout, re.MULTILINE):
            return bail[1]
        return f"{program} ended with {done.returncode}" if done.returncode else None

    def try_mutation(self, mutation):
        """Returns what caught it."""
        programs = programs_of(mutation.path)
        original = mutation.apply(self.root)
        try:
            if complaint := self.build(programs):
                raise Survived(f"it does not build\n{complaint}")
            for program in programs:
                if reason := self.run(program):
                    return reason
            raise Survived("no case fails")
        finally:
            (self.root / mutation.path).write_text(original, encoding="utf-8")


class Report:
    """TAP, from several threads."""

    def __init__(self, planned):
        self.lock = threading.Lock()
        self.number = 0
        self.bad = 0
        print(f"TAP version 13\n1..{planned}", flush=True)

    def result(self, title, caught_by=None, trouble=None):
        with self.lock:
            self.number += 1
            if trouble is None:
                print(f"ok {self.number} {title} ({caught_by})", flush=True)
                return
            self.bad += 1
            for line in trouble.splitlines()[:40]:
                print(f"# {line}")
            print(f"not ok {self.number} {title}", flush=True)


def unbroken(copy):
    """What fails without any mutation: then none would prove anything."""
    names = sorted({name for names in PROGRAMS.values() for name in names})
    if complaint := copy.build(names):
        return complaint
    failed = [reason for name in names if (reason := copy.run(name))]
    return "\n".join(failed) or None


def work(copy, todo, report):
    while True:
        try:
            mutation = todo.get_nowait()
        except queue.Empty:
            return
        try:
            report.result(mutation.title, caught_by=copy.try_mutation(mutation))
        except (mutations.Stale, Survived) as trouble:
            report.result(mutation.title, trouble=str(trouble))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("scratch", type=pathlib.Path)
    parser.add_argument("words", nargs="*")
    args = parser.parse_args()
    chosen = [mutation for mutation in mutations.all_mutations()
              if not args.words or any(word in mutation.title for word in args.words)]
    if not chosen:
        sys.exit("no such mutation")

    todo = queue.Queue()
    for mutation in chosen:
        todo.put(mutation)
    report = Report(len(chosen) + 1)
    first = Copy(args.scratch.resolve() / "0")
    trouble = unbroken(first)
    report.result("every case passes without a mutation", caught_by="as it is", trouble=trouble)
    if trouble:
        sys.exit(1)
    copies = [first, *(Copy(args.scratch.resolve() / str(n)) for n in range(1, args.jobs))]
    threads = [threading.Thread(target=work, args=(copy, todo, report)) for copy in copies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.exit(1 if report.bad else 0)


if __name__ == "__main__":
    main()
