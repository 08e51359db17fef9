"""Small trees in a temporary folder, and the lints that look at them."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "lint"))


class TreeTest(unittest.TestCase):
    """A test with a tree of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Writes one file of the tree."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    def places(self, lint) -> list[tuple[str, int]]:
        """Where the lint finds something."""
        return [(finding.path, finding.line) for finding in lint.findings(self.root)]
