"""What every lint shares: findings, the tree's files, C++ without comments and texts, the command line."""

import argparse
import pathlib
import re
import sys
from typing import Callable, Iterator, NamedTuple

TREE = pathlib.Path(__file__).resolve().parents[2]
NOT_OURS = {".git", "build", "out", ".cache", "__pycache__", "node_modules"}
CPP = {".cpp", ".hpp", ".h"}
LARGEST_TEXT = 1 << 20  # bytes; anything larger is data


class Finding(NamedTuple):
    """One thing that is wrong, at a line (from 1) of a file."""

    path: str  # relative to the tree's root
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def files(root: pathlib.Path) -> Iterator[pathlib.Path]:
    """Every file of the tree in name order, without what is built or fetched."""
    for path in sorted(root.iterdir()):
        if path.name in NOT_OURS or path.is_symlink():
            continue
        if path.is_dir():
            yield from files(path)
        elif path.is_file():
            yield path


def cpp_files(root: pathlib.Path, *floors: str) -> Iterator[pathlib.Path]:
    """The C++ files below the named folders of the tree."""
    for floor in floors:
        if (root / floor).is_dir():
            yield from (path for path in files(root / floor) if path.suffix in CPP)


def read(path: pathlib.Path) -> str | None:
    """The file's text, or None when it holds data."""
    if path.stat().st_size > LARGEST_TEXT:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


_NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^\s()\\]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"' r"|(?<![0-9])'(?:\\[^'\n]+|[^'\\\n]|\\')'",
    re.DOTALL,
)


def code_lines(text: str) -> list[str]:
    """The lines of a C++ file with comments and texts emptied; include lines keep their path."""

    def blank(match: re.Match[str]) -> str:
        line_start = text.rfind("\n", 0, match.start()) + 1
        if match[0].startswith('"') and text[line_start : match.start()].lstrip().startswith("#include"):
            return match[0]
        return "\n" * match[0].count("\n")

    return _NOT_CODE.sub(blank, text).split("\n")


def main(doc: str, findings: Callable[[pathlib.Path], list[Finding]]) -> None:
    """Runs one lint over the tree that the command line names; exit 1 when it finds something."""
    parser = argparse.ArgumentParser(description=doc.strip().split("\n")[0])
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=TREE, help="the tree; by default this one")
    report(findings(parser.parse_args().root.resolve()))


def report(found: list[Finding]) -> None:
    """Prints the findings and ends the program: 0 without, 1 with."""
    for finding in found:
        print(finding)
    sys.exit(1 if found else 0)
