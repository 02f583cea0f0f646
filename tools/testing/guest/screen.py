# SPDX-License-Identifier: GPL-2.0
"""Text for somebody who watches: sections, steps with their time, tables. Plain unless on a terminal."""

import threading
import time

BOLD, DIM, RED, GREEN, NORMAL = "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[0m"
CLEAR_LINE = "\r\033[K"


class Screen:
    """Prints; knows whether the other end is a terminal."""

    def __init__(self, terminal):
        self.terminal = terminal

    def paint(self, style, text):
        return f"{style}{text}{NORMAL}" if self.terminal else text

    def section(self, title):
        print(f"\n{self.paint(BOLD, title)}", flush=True)

    def line(self, text="", style=None):
        print(f"  {self.paint(style, text) if style else text}", flush=True)

    def good(self, text):
        self.line(text, GREEN)

    def bad(self, text):
        self.line(text, RED)

    def step(self, name):
        """A context in which something takes its time; then says how long it took."""
        return Step(self, name)

    def table(self, header, rows):
        """Columns as wide as they must be; numbers to the right."""
        texts = [[str(cell) for cell in row] for row in [header, *rows]]
        widths = [max(len(row[column]) for row in texts) for column in range(len(header))]
        right = [isinstance(cell, int) for cell in rows[0]]
        for number, row in enumerate(texts):
            cells = [cell.rjust(width) if is_right else cell.ljust(width)
                     for cell, width, is_right in zip(row, widths, right)]
            self.line("  ".join(cells).rstrip(), None if number else DIM)


class Step:
    """One line, which on a terminal counts the seconds while it lasts."""

    def __init__(self, screen, name):
        self.screen = screen
        self.name = name
        self.result = "ok"
        self.ended = threading.Event()
        self.begin = time.monotonic()
        self.ticker = threading.Thread(target=self.tick, daemon=True)

    def __enter__(self):
        if self.screen.terminal:
            self.ticker.start()
        return self

    def tick(self):
        while not self.ended.wait(0.5):
            seconds = time.monotonic() - self.begin
            print(f"{CLEAR_LINE}  {self.name:<16} {seconds:5.1f} s", end="", flush=True)

    def __exit__(self, kind, *_):
        self.ended.set()
        if self.screen.terminal:
            self.ticker.join()
            print(CLEAR_LINE, end="")
        seconds = time.monotonic() - self.begin
        self.screen.line(f"{self.name:<16} {seconds:5.1f} s  {'failed' if kind else self.result}")
