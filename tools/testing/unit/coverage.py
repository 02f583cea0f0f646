#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints how much of irqchip/ and routing/ the unit programs reach, as a table and as TAP.

    coverage.py [--missed] OBJECTS ROOT

OBJECTS is the directory with the .gcda files that the programs left, ROOT the tree that was compiled. The counts
of one source over all objects are added, line by line and branch by branch, before anything is judged. With
--missed also what is not reached.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys

DIRECTORIES = ("irqchip", "routing")
LINES_WANTED = 95
BRANCHES_WANTED = 85


class Reached:
    """How often each line and each branch of one source, or of several, was taken."""

    def __init__(self):
        self.lines = collections.Counter()
        self.branches = collections.Counter()

    def add_line(self, where, line):
        self.lines[where] += line["count"]
        for number, branch in enumerate(line["branches"]):
            if not branch["throw"]:
                self.branches[(*where, number)] += branch["count"]

    def add(self, other):
        self.lines.update(other.lines)
        self.branches.update(other.branches)

    def missed(self):
        """Lines that were not reached, and lines with branches that were not."""
        return (sorted(line for (_, line), count in self.lines.items() if not count),
                sorted({line for (_, line, _), count in self.branches.items() if not count}))


def percent(counts):
    if not counts:
        return 0.0
    return 100 * sum(1 for count in counts.values() if count) / len(counts)


def gcov(data):
    """What gcov says of one object, decoded."""
    command = ["gcov", "--json-format", "--stdout", "--branch-probabilities", data.name]
    output = subprocess.run(command, check=True, capture_output=True, cwd=data.parent).stdout
    return json.loads(output)


def source_of(name, root):
    """The path of a source inside the tree, or None if it is none of those that are judged."""
    path = pathlib.Path(name)
    if not path.is_relative_to(root):
        return None
    path = path.relative_to(root)
    return path if path.parts[0] in DIRECTORIES and path.suffix == ".c" else None


def collect(objects, root):
    """The sources and what was reached of each, over all objects."""
    sources = collections.defaultdict(Reached)
    for data in sorted(objects.rglob("*.gcda")):
        for file in gcov(data)["files"]:
            source = source_of(file["file"], root)
            if source is None:
                continue
            for line in file["lines"]:
                # An update by 0 counts too: a line never reached must be in the sum.
                sources[source].add_line((str(source), line["line_number"]), line)
    return sources


def total(sources, directories):
    """All that was reached in some directories."""
    reached = Reached()
    for source, of_source in sources.items():
        if source.parts[0] in directories:
            reached.add(of_source)
    return reached


def print_table(sources, with_missed):
    for source, reached in sorted(sources.items()):
        print(f"# {str(source):26} lines {percent(reached.lines):6.2f} % of {len(reached.lines):4}, "
              f"branches {percent(reached.branches):6.2f} % of {len(reached.branches):4}")
        if with_missed:
            lines, branches = reached.missed()
            print(f"#     lines not reached: {lines}\n#     lines with a branch not taken: {branches}")


def judge(sources):
    """Prints TAP; true if enough is reached everywhere."""
    parts = [*((name,) for name in DIRECTORIES), DIRECTORIES]
    print(f"1..{2 * len(parts)}")
    number = 0
    good = True
    for directories in parts:
        reached = total(sources, directories)
        for what, counts, wanted in (("lines", reached.lines, LINES_WANTED),
                                     ("branches", reached.branches, BRANCHES_WANTED)):
            number += 1
            enough = percent(counts) >= wanted
            good = good and enough
            print(f"{'ok' if enough else 'not ok'} {number} {'+'.join(directories)}: {percent(counts):.2f} % of "
                  f"{len(counts)} {what}, {wanted} % wanted")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--missed", action="store_true")
    parser.add_argument("objects", type=pathlib.Path)
    parser.add_argument("root", type=pathlib.Path)
    args = parser.parse_args()
    sources = collect(args.objects.resolve(), args.root.resolve())
    print("TAP version 13")
    print_table(sources, args.missed)
    return 0 if judge(sources) else 1


if __name__ == "__main__":
    sys.exit(main())
