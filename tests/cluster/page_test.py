"""Follows "Three nodes in five minutes" of docs/13-cluster.md word for word, on ports of its own.

Usage: page_test.py CAMFLEET TREE.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

TREE = pathlib.Path(sys.argv.pop(2))
CAMFLEET = sys.argv.pop(1)
FIRST_PORT = 10_000 + os.getpid() * 17 % 20_000
COMMANDS = ("build/", "echo ", "sleep ", "kill ", "curl ")


def blocks() -> list[list[str]]:
    """The indented blocks of the section, in order."""
    text = (TREE / "docs/13-cluster.md").read_text(encoding="utf-8")
    section = text.split("## Three nodes in five minutes")[1].split("\n## ")[0]
    return [
        [line[4:] for line in block.splitlines()] for block in re.findall(r"((?:^    .*\n)+)", section, re.M)
    ]


def is_as_shown(shown: str, said: str) -> bool:
    """Whether a line is the one of the page, where … stands for anything and blanks for as many."""
    pattern = r"\s+".join(re.escape(word).replace("…", ".*") for word in shown.split())
    return re.fullmatch(pattern, " ".join(said.split())) is not None


class Page(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory(prefix="camfleet-page-")
        self.addCleanup(self.temporary.cleanup)
        self.shell = subprocess.Popen(
            ["bash", "-m"],
            cwd=self.temporary.name,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.addCleanup(self.end)

    def end(self) -> None:
        self.shell.stdin.write("kill $(jobs -p); wait; exit\n")
        self.shell.stdin.close()
        try:
            self.shell.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.shell.pid, signal.SIGKILL)
        self.shell.stdout.close()

    def run_block(self, lines: list[str]) -> list[str]:
        """What the shell prints of the block's commands."""
        text = "\n".join(lines).replace("build/release/camfleet", CAMFLEET)
        text = text.replace("127.0.0.1:7400", f"127.0.0.1:{FIRST_PORT}").replace("8080", f"{FIRST_PORT + 1}")
        if " serve " in text:
            text = text.replace("--unsigned", f"--unsigned --listen 127.0.0.1:{FIRST_PORT + 1}")
        text = re.sub(r"(camfleet (?:nodes|create)\b)", rf"\1 --endpoint http://127.0.0.1:{FIRST_PORT + 1}", text)
        self.shell.stdin.write(text + "\necho through\n")
        self.shell.stdin.flush()
        said = []
        for line in self.shell.stdout:
            if line == "through\n":
                return said
            said.append(line.rstrip("\n"))
        self.fail("the shell ended: " + "\n".join(said))

    def logs(self) -> str:
        return "\n".join(f"{path.name}: {path.read_text()}" for path in pathlib.Path(self.temporary.name).glob("*.log"))

    def test_it_is_as_the_page_says(self) -> None:
        said: list[str] = []
        shown = 0
        for block in blocks():
            if block[0].startswith(COMMANDS):
                said = self.run_block(block)
                continue
            shown += 1
            # The last command's: those before it have said theirs.
            said = said[-len(block) :]
            self.assertEqual(len(block), len(said), "\n".join([*block, "is not", *said, self.logs()]))
            for line, other in zip(block, said):
                self.assertTrue(is_as_shown(line, other), f"{line}\n{other}\n{self.logs()}")
        self.assertEqual(shown, 4, "answers that the page shows")


if __name__ == "__main__":
    unittest.main()
