#!/usr/bin/env python3
"""A floor includes only itself and the floors below it, and so does a room; CAF stays in runtime/caf and its tests."""

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
# The rooms of a floor, each with those that it may use beside itself.
ROOMS = {
    "actors/base": (),
    "actors/spec": ("actors/base",),
    "actors/plan": ("actors/base", "actors/spec"),
    "actors/ledger": ("actors/base", "actors/spec", "actors/plan"),
    "actors/machines": ("actors/base", "actors/spec", "actors/plan", "actors/ledger"),
    "tools/camfleet/cli": (),
    "tools/camfleet/worlds": ("tools/camfleet/cli",),
    "tools/camfleet/bench": ("tools/camfleet/cli", "tools/camfleet/worlds"),
    "tools/camfleet/commands": ("tools/camfleet/cli", "tools/camfleet/worlds", "tools/camfleet/bench"),
}
# Floors whose every source is in one of their rooms, but for a program's main.cpp.
FURNISHED = ("actors/", "tools/camfleet/")
CAF_FOLDERS = ("runtime/caf/", "tests/runtime/caf/")
# The domain's packages; a standard header has neither a folder nor an extension.
ACTORS_PACKAGES = re.compile(r"[a-z_0-9]+|nlohmann/json(_fwd)?\.hpp|cctz/[a-z_]+\.h|boost/outcome(/.*)?(\.hpp)?")
INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]+)[>"]')


def room_of(path: str) -> str:
    """The folder of a file."""
    return path.rpartition("/")[0]


def wrong_room(path: str, include: str) -> str | None:
    """Why a file may not include that of another room of its floor, or None when it may."""
    room, target = room_of(path), room_of(include)
    other_floor = path.split("/")[0] != include.split("/")[0]
    if other_floor or room not in ROOMS or target not in ROOMS or target == room or target in ROOMS[room]:
        return None
    return f"{include}: {room} may include {', '.join((*ROOMS[room], room))} only"


def wrong_include(path: str, include: str) -> str | None:
    """Why this file may not include that, or None when it may."""
    floor = path.split("/")[0]
    target = include.split("/")[0]
    if include.startswith("."):
        return f"{include}: include by the path from the tree's root"
    if target == "caf":
        return None if path.startswith(CAF_FOLDERS) else f"{include}: only runtime/caf and tests/runtime/caf use CAF"
    if target in FLOORS and target not in MAY_USE[floor]:
        return f"{include}: {floor} may include {', '.join(MAY_USE[floor])} only"
    if target in FLOORS:
        return wrong_room(path, include)
    if floor == "actors" and not ACTORS_PACKAGES.fullmatch(include):
        return f"{include}: actors uses std, nlohmann/json, cctz and boost/outcome only"
    return None


def findings(root: pathlib.Path) -> list[Finding]:
    """Every include that goes up, and every source outside of the rooms."""
    found = []
    for path in common.cpp_files(root, *FLOORS):
        name = path.relative_to(root).as_posix()
        if name.startswith(FURNISHED) and room_of(name) not in ROOMS and path.name != "main.cpp":
            found.append(Finding(name, 1, "in no room; tools/lint/floors.py has them"))
        for number, line in enumerate(common.code_lines(common.read(path) or ""), 1):
            match = INCLUDE.match(line)
            why = wrong_include(name, match[1]) if match else None
            if why:
                found.append(Finding(name, number, why))
    return found


if __name__ == "__main__":
    common.main(__doc__, findings)
