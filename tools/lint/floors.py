#!/usr/bin/env python3
"""A floor includes only itself and the floors below it; CAF stays in runtime/caf and its tests."""

import pathlib
import re

import common
from common import Finding

FLOORS = ("actors", "runtime", "simulator", "tools", "tests")
MAY_USE = {
    "actors": ("actors",),
    "runtime": ("actors", "runtime"),
    "simulator": ("actors", "runtime", "simulator"),
    "tools": ("actors", "runtime", "simulator", "tools"),
    "tests": FLOORS,
}
CAF_FOLDERS = ("runtime/caf/", "tests/runtime/caf/")
# The domain's packages; a standard header has neither a folder nor an extension.
ACTORS_PACKAGES = re.compile(r"[a-z_0-9]+|nlohmann/json(_fwd)?\.hpp|cctz/[a-z_]+\.h|boost/outcome(/.*)?(\.hpp)?")
INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]+)[>"]')


def wrong_include(path: str, include: str) -> str | None:
    """Why this file may not include that, or None when it may."""
    floor = path.split("/")[0]
    target = include.split("/")[0]
    if include.startswith("."):
        return f"{include}: include by the path from the tree's root"
    if target == "caf":
        return None if path.startswith(CAF_FOLDERS) else f"{include}: only runtime/caf and tests/runtime/caf use CAF"
    if target in FLOORS:
        return None if target in MAY_USE[floor] else f"{include}: {floor} may include {', '.join(MAY_USE[floor])} only"
    if floor == "actors" and not ACTORS_PACKAGES.fullmatch(include):
        return f"{include}: actors uses std, nlohmann/json, cctz and boost/outcome only"
    return None


def findings(root: pathlib.Path) -> list[Finding]:
    """Every include that goes up."""
    found = []
    for path in common.cpp_files(root, *FLOORS):
        name = path.relative_to(root).as_posix()
        for number, line in enumerate(common.code_lines(common.read(path) or ""), 1):
            match = INCLUDE.match(line)
            why = wrong_include(name, match[1]) if match else None
            if why:
                found.append(Finding(name, number, why))
    return found


if __name__ == "__main__":
    common.main(__doc__, findings)
