#!/usr/bin/env python3
"""The tree speaks of itself alone: no workplace's paths or words, no package registry's host."""

import pathlib
import re

import common
from common import Finding

# Each pattern is written so that it does not match itself.
BANNED = {
    r"(?<![\w.~-])/wor[k]/|\.\./share[d]\b": "a path of one machine; say it relative to the tree",
    r"\bissu[e] #|\bpromp[t]s?\b": "a word of how the tree was made; say what holds",
    r"registry\.npm[j]s|\b(deb|security|snapshot)\.debia[n]\.org|\bpyp[i]\b": (
        "a registry's host; packages are found by name"
    ),
}


def findings(root: pathlib.Path) -> list[Finding]:
    """Every banned word in the tree's texts."""
    found = []
    for path in common.files(root):
        for number, line in enumerate((common.read(path) or "").splitlines(), 1):
            for pattern, why in BANNED.items():
                match = re.search(pattern, line, re.IGNORECASE)
                if match:
                    found.append(Finding(path.relative_to(root).as_posix(), number, f"`{match[0]}`: {why}"))
    return found


if __name__ == "__main__":
    common.main(__doc__, findings)
