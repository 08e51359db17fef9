"""Certificates and keys that are of no use: one line says so, and nothing listens.

Usage: tls_files_test.py CAMFLEET
"""

import fcntl
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import termios
import unittest

from server import Server, make_certificate

CAMFLEET = sys.argv[1]
END_SECONDS = 20


class Files(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.good = make_certificate(self.folder, "here", "IP:127.0.0.1")

    def assert_refused(self, said: str, *words: str) -> None:
        lines = [line for line in said.splitlines() if not re.match(r"\S+Z (info|warn) ", line)]
        self.assertEqual(len(lines), 1, said)
        self.assertNotIn("listening", said)
        for word in words:
            self.assertRegex(lines[0], word)

    def test_of_no_use(self) -> None:
        certificate, key = self.good
        other = make_certificate(self.folder, "there", "IP:127.0.0.1")
        text, empty, nowhere = (str(self.folder / name) for name in ("text.pem", "empty.pem", "nowhere.pem"))
        pathlib.Path(text).write_text("no certificate, and no key")
        pathlib.Path(empty).touch()
        unread = "cannot be read|No such file|not found"
        for name, files, words in (
            ("no certificate there", (nowhere, key), (nowhere, unread)),
            ("no key there", (certificate, nowhere), (nowhere, unread)),
            ("a folder", (str(self.folder), key), (str(self.folder),)),
            ("text for a certificate", (text, key), (text, "certificate")),
            ("text for a key", (certificate, text), (text, "key")),
            ("an empty certificate", (empty, key), (empty, "certificate")),
            ("an empty key", (certificate, empty), (empty, "key")),
            ("the wrong way round", (key, certificate), (key, "certificate")),
            ("another's key", (certificate, other[1]), (other[1], "mismatch|match|of it")),
        ):
            with self.subTest(name):
                server = Server(CAMFLEET, self.folder)
                server.launch("--tls-cert", files[0], "--tls-key", files[1])
                self.addCleanup(server.kill)
                self.assertEqual(server.ended(END_SECONDS), 2, server.said())
                self.assert_refused(server.said(lately=True), *words)

    def test_one_of_two(self) -> None:
        for option, file in zip(("--tls-cert", "--tls-key"), self.good):
            server = Server(CAMFLEET, self.folder)
            server.launch(option, file)
            self.addCleanup(server.kill)
            self.assertEqual(server.ended(END_SECONDS), 2, server.said())
            self.assert_refused(server.said(lately=True), "--tls-cert", "--tls-key")

    def test_encrypted_key(self) -> None:
        """Is refused as any other, even where there is a terminal: a service asks nobody."""
        certificate, key = self.good
        locked = str(self.folder / "locked.key")
        encrypt = ["openssl", "pkcs8", "-topk8", "-in", key, "-out", locked, "-passout", "pass:locked"]
        subprocess.run(encrypt, check=True, capture_output=True)
        terminal, end = os.openpty()
        self.addCleanup(os.close, terminal)
        command = [CAMFLEET, "serve", "--unsigned", "--listen", "127.0.0.1:0", "--store", str(self.folder / "store.db")]
        with subprocess.Popen(
            command + ["--tls-cert", certificate, "--tls-key", locked],
            stdin=end, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        ) as process:  # fmt: skip
            os.close(end)
            try:
                said = process.communicate(timeout=END_SECONDS)[1]
            except subprocess.TimeoutExpired:
                process.kill()
                self.fail("it waits for a pass phrase")
        self.assertEqual(process.returncode, 2, said)
        self.assert_refused(said, locked)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
