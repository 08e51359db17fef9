#!/usr/bin/env python3
"""The pages' links, anchors and numbers hold, and their ```console blocks show our commands.

With --run the blocks are executed and their output is compared.
"""

import argparse
import pathlib
import re
import shlex
import subprocess

import common
import console
from common import Finding

PAGE_NAME = re.compile(r"(\d\d)-[a-z0-9][a-z0-9-]*\.md")
LINK = re.compile(r"(?<!\\)!?\[[^\]\n]*\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)")
OUTSIDE = ("http://", "https://", "mailto:")
FILTERS = {"head", "tail", "wc", "grep", "sort", "cut", "cat", "ls"}  # may follow a pipe
HELP_SECONDS = 20


def pages(root: pathlib.Path) -> list[pathlib.Path]:
    """README.md and docs/*.md, as far as they exist."""
    return [path for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))] if path.is_file()]


def prose(text: str) -> list[str]:
    """The page's lines with fenced blocks and inline code emptied."""
    lines, fence = [], ""
    for line in text.splitlines():
        mark = re.match(r"\s*(```+|~~~+)", line)
        if mark and not fence:
            fence = mark[1]
            lines.append("")
        elif fence:
            if mark and mark[1].startswith(fence):
                fence = ""
            lines.append("")
        else:
            lines.append(line)
    return lines


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as the usual hosts build them."""
    found: set[str] = set()
    for line in prose(text):
        match = re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if not match:
            continue
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match[1]).replace("`", "").lower()
        slug = base = re.sub(r"[^\w\- ]", "", title).replace(" ", "-")
        again = 0
        while slug in found:
            again += 1
            slug = f"{base}-{again}"
        found.add(slug)
    return found


def link_findings(root: pathlib.Path, page: pathlib.Path, text: str) -> list[Finding]:
    """Links to files or headings that are not there."""
    found, name = [], page.relative_to(root).as_posix()
    for number, line in enumerate(prose(text), 1):
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if target.startswith(OUTSIDE):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            if not file.is_relative_to(root) or not file.exists():
                found.append(Finding(name, number, f"link {target}: no such file"))
            elif anchor and file.suffix == ".md" and anchor not in anchors(common.read(file) or ""):
                found.append(Finding(name, number, f"link {target}: no such heading"))
    return found


def number_findings(root: pathlib.Path) -> list[Finding]:
    """Pages of docs/ without a number, or with one that is taken."""
    found: list[Finding] = []
    seen: dict[str, str] = {}
    for path in sorted((root / "docs").glob("*.md")):
        name = path.relative_to(root).as_posix()
        match = PAGE_NAME.fullmatch(path.name)
        if not match:
            found.append(Finding(name, 1, "a page is named NN-name.md, two digits and lower case"))
        elif match[1] in seen:
            found.append(Finding(name, 1, f"number {match[1]} is taken by {seen[match[1]]}"))
        else:
            seen[match[1]] = name
    return found


class Helps:
    """The flags that our commands' --help shows; asked once each."""

    def __init__(self, root: pathlib.Path, binary: pathlib.Path):
        self._root, self._binary = root, binary
        self._flags: dict[tuple[str, ...], set[str] | None] = {}

    def flags(self, program: str, sub: str | None) -> set[str] | None:
        """None when the program does not know the subcommand; camfleet must be built."""
        key = (program, sub or "")
        if key not in self._flags:
            path = self._binary if program == "camfleet" else self._root / program
            done = subprocess.run([path, *([sub] if sub else []), "--help"], capture_output=True, text=True,
                                  stdin=subprocess.DEVNULL, timeout=HELP_SECONDS, check=False)
            known = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", done.stdout)) | {"--help"}
            self._flags[key] = known if done.returncode == 0 else None
        return self._flags[key]


def command_findings(root: pathlib.Path, helps: Helps, built: bool, command: console.Command) -> list[str]:
    """What is wrong with one shown command."""
    try:
        words = shlex.split(command.text, comments=True)
    except ValueError as error:
        return [f"`{command.text}`: {error}"]
    found, part = [], list[str]()
    for word in [*words, "|"]:
        if word not in ("|", "&&", ";"):
            part.append(word)
            continue
        found += part_findings(root, helps, built, part)
        part = []
    return found


def part_findings(root: pathlib.Path, helps: Helps, built: bool, words: list[str]) -> list[str]:
    """What is wrong with one program and its arguments."""
    while words and re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    if not words or words[0] in FILTERS:
        return []
    program = words[0].removeprefix("./").removeprefix("build/release/")
    used = {word.split("=")[0] for word in words if word.startswith("--")} - {"--"}
    if program.startswith("tools/"):
        if not (root / program).is_file():
            return [f"{program}: no such command"]
        known = helps.flags(program, None)
        if program == "tools/run" and known is not None and built:
            known = known | (helps.flags("camfleet", "run") or set())
    elif program == "camfleet":
        if not built:
            return []
        sub = words[1] if len(words) > 1 and not words[1].startswith("-") else None
        known = helps.flags(program, sub)
        program = " ".join(filter(None, [program, sub]))
    else:
        return [f"{program}: a console block shows camfleet and tools/ only"]
    if known is None:
        return [f"{program}: no such command, `{program} --help` fails"]
    return [f"{program} {flag}: not in its --help" for flag in sorted(used - known)]


def findings(root: pathlib.Path, binary: pathlib.Path | None = None) -> list[Finding]:
    """Every broken link, number and command; flags of camfleet are checked when it is built."""
    found = number_findings(root)
    binary = binary or root / "build/release/camfleet"
    helps = Helps(root, binary)
    for page in pages(root):
        text, name = common.read(page) or "", page.relative_to(root).as_posix()
        found += link_findings(root, page, text)
        for command in console.commands(name, text):
            for why in command_findings(root, helps, binary.is_file(), command):
                found.append(Finding(name, command.line, why))
    return found


def run(root: pathlib.Path, binary: pathlib.Path) -> list[Finding]:
    """Executes every page's blocks; a page is one run, from top to bottom."""
    found = []
    for page in pages(root):
        todo = console.commands(page.relative_to(root).as_posix(), common.read(page) or "")
        found += console.run(root, binary.parent, todo)
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=common.TREE, help="the tree; by default this one")
    parser.add_argument("--run", action="store_true", help="execute the ```console blocks and compare their output")
    parser.add_argument("--binary", type=pathlib.Path, help="camfleet; by default build/release/camfleet of the tree")
    args = parser.parse_args()
    root = args.root.resolve()
    binary = (args.binary or root / "build/release/camfleet").resolve()
    if args.run and not binary.is_file():
        parser.error(f"{binary} is not there; build it first")
    common.report(run(root, binary) if args.run else findings(root, binary))


if __name__ == "__main__":
    main()
