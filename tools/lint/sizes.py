#!/usr/bin/env python3
"""No source file is longer than 400 lines; the length of functions is clang-tidy's to check."""

import pathlib

import common
from common import Finding

LONGEST = 400  # lines
SOURCE = common.CPP | {".py", ".cmake", ".js", ".css", ".html", ".sh", ".sql"}


def is_source(path: pathlib.Path, text: str) -> bool:
    """True for code and scripts, false for data and pages."""
    return path.suffix in SOURCE or path.name == "CMakeLists.txt" or text.startswith("#!")


def findings(root: pathlib.Path) -> list[Finding]:
    """Every file that is too long."""
    found = []
    for path in common.files(root):
        text = common.read(path) or ""
        lines = len(text.splitlines())
        if lines > LONGEST and is_source(path, text):
            found.append(Finding(path.relative_to(root).as_posix(), lines, f"{lines} lines; at most {LONGEST}"))
    return found


if __name__ == "__main__":
    common.main(__doc__, findings)
