"""The ```console blocks of the pages: commands and the output that they print."""

import os
import pathlib
import re
import subprocess
import tempfile
from typing import NamedTuple

from common import Finding

SECONDS_AT_MOST = 120  # per command
SHOWN = 20  # lines of a wrong output
ANY = "…"


class Command(NamedTuple):
    """One `$ ` line (with its continuations) and the lines that follow it."""

    page: str
    line: int  # of the `$ `, from 1
    text: str
    output: list[str]
    exit_code: int  # as a trailing `# exit N` says; 0 without


def commands(page: str, text: str) -> list[Command]:
    """The commands of a page's ```console blocks, in order."""
    found: list[Command] = []
    inside = continued = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            inside = line.strip() == "```console"
            continued = False
        elif inside and continued:
            last = found.pop()
            found.append(last._replace(text=last.text[:-1] + line.removeprefix("> ").strip()))
            continued = line.endswith("\\")
        elif inside and line.startswith("$ "):
            found.append(Command(page, number, line[2:].strip(), [], 0))
            continued = line.endswith("\\")
        elif inside and found and found[-1].page == page:
            found[-1].output.append(line.rstrip())
    return [command._replace(exit_code=_exit_code(command.text)) for command in found]


def _exit_code(text: str) -> int:
    match = re.search(r"#\s*exit (\d+)\s*$", text)
    return int(match[1]) if match else 0


def matches(expected: list[str], got: list[str]) -> bool:
    """True when the output is as shown; a line `…` stands for any lines, a `…` in a line for any text."""
    pattern = ""
    for line in expected:
        if line.strip() == ANY:
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += "[^\n]*".join(re.escape(part) for part in line.split(ANY)) + "\n"
    return re.fullmatch(pattern, "".join(line.rstrip() + "\n" for line in got)) is not None


def run(root: pathlib.Path, binaries: pathlib.Path, todo: list[Command]) -> list[Finding]:
    """Runs the commands of one page in a folder that shows the tree but keeps what they write to itself.

    `binaries` is the folder that holds camfleet. Commands of tools/ are left out: the suite that runs this is one.
    """
    found = []
    with tempfile.TemporaryDirectory(prefix="camfleet_console_") as folder:
        for entry in root.iterdir():
            if entry.name not in ("out", ".git"):
                os.symlink(entry, os.path.join(folder, entry.name))
        for command in todo:
            why = None if command.text.startswith(("tools/", "./tools/")) else _wrong(folder, binaries, command)
            if why:
                found.append(Finding(command.page, command.line, why))
    return found


def _wrong(folder: str, binaries: pathlib.Path, command: Command) -> str | None:
    env = os.environ | {"PATH": f"{binaries}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "TERM": "dumb"}
    try:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command.text], cwd=folder, env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS_AT_MOST, check=False,
        )
    except subprocess.TimeoutExpired:
        return f"`{command.text}` ran for more than {SECONDS_AT_MOST} s"
    got = done.stdout.decode(errors="replace").splitlines()
    printed = "\n".join("    " + line for line in got[:SHOWN]) + ("\n    …" if len(got) > SHOWN else "")
    if done.returncode != command.exit_code:
        return f"`{command.text}` ended with {done.returncode}, not {command.exit_code}; it printed\n{printed}"
    expected = list(command.output)
    while expected and not expected[-1]:
        expected.pop()
    if expected and not matches(expected, got):
        return f"`{command.text}` does not print what the page shows; it printed\n{printed}"
    return None
