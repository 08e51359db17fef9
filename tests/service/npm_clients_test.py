"""The vendor's own clients, from npm, against a server that asks for signatures.

Usage: npm_clients_test.py CAMFLEET. They are installed into $CAMFLEET_NPM_CACHE, by default
~/.cache/camfleet/npm-clients, and stay there.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from server import Server

CAMFLEET = sys.argv[1]
CLIENTS = {
    "@alicloud/openapi-client": "0.4.15",
    "@alicloud/openapi-core": "1.0.8",
    "@alicloud/pop-core": "1.8.0",
    "@alicloud/rpc-client": "1.3.2",
}
NAME = "名字 with spaces *~!'()+"
SECRET = "npm-secret-41fe"
INSTALL_SECONDS = 300
RUN_SECONDS = 120


def folder() -> pathlib.Path:
    """Where the clients are kept."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(os.environ.get("CAMFLEET_NPM_CACHE") or os.path.join(cache, "camfleet", "npm-clients"))


def installed(kept: pathlib.Path) -> dict[str, str]:
    """The versions that are there."""
    found = {}
    for name in CLIENTS:
        about = kept / "node_modules" / name / "package.json"
        if about.exists():
            found[name] = json.loads(about.read_text())["version"]
    return found


def install(kept: pathlib.Path) -> None:
    """Installs what is not there in the wanted version. AssertionError says why it could not."""
    if installed(kept) == CLIENTS:
        return
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise AssertionError(f"{program} is not installed; tools/setup --tests installs it")
    kept.mkdir(parents=True, exist_ok=True)
    (kept / "package.json").write_text(json.dumps({"private": True, "dependencies": CLIENTS}, indent=2) + "\n")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=kept, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"npm install took more than {INSTALL_SECONDS} s; is there a network?") from None
    if done.returncode != 0 or installed(kept) != CLIENTS:
        first = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()][:3]
        raise AssertionError(f"npm install failed ({done.returncode}), the clients are not there: {'; '.join(first)}")


class NpmClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        kept = folder()
        install(kept)
        with tempfile.TemporaryDirectory() as name:
            keys = [{"id": "npm-key", "secret": SECRET, "projects": ["2"]}]
            server = Server(CAMFLEET, pathlib.Path(name), keys).start()
            try:
                plan = {"folder": str(kept), "port": server.port, "id": "npm-key", "secret": SECRET, "name": NAME}
                script = pathlib.Path(__file__).with_name("clients.js")
                done = subprocess.run(
                    ["node", str(script), json.dumps(plan)],
                    capture_output=True,
                    text=True,
                    timeout=RUN_SECONDS,
                    check=False,
                )
            finally:
                server.kill()
            cls.said = server.said()
        if done.returncode != 0:
            raise AssertionError(f"node ended with {done.returncode}: {done.stderr[-2000:]}")
        cls.saw = {line["client"]: line for line in map(json.loads, done.stdout.splitlines())}

    def for_each(self, check) -> None:
        """check(what one client saw), for every client, of which none broke off."""
        for name, saw in self.saw.items():
            with self.subTest(name):
                self.assertNotIn("error", saw)
                check(saw)

    def test_every_client_ran(self) -> None:
        self.assertEqual(len(self.saw), 10)

    def test_name_comes_back(self) -> None:
        def check(saw: dict) -> None:
            self.assertEqual((saw["created"], saw["listed"], saw["algorithms"]), ("0", [NAME], ["人脸算法"]))

        self.for_each(check)

    def test_deleted(self) -> None:
        self.for_each(lambda saw: self.assertEqual((saw["deleted"], saw["left"]), ("0", 0)))

    def test_ids_are_not_reused(self) -> None:
        ids = [saw.get("id") for saw in self.saw.values()]
        self.assertEqual(len(set(ids)), len(ids))

    def check_errors(self, saw: dict) -> None:
        for what, code, text in (
            ("wrongSecret", "SignatureDoesNotMatch", "Specified signature is not matched"),
            ("wrongAction", "InvalidAction.NotFound", "Specified api is not found"),
            ("missing", "MissingInstanceIds", "InstanceIds is mandatory for this action."),
            ("failed", "RequestFailed", f"InstanceIds: '{saw['id']}'"),
        ):
            error = saw[what]
            self.assertIsNotNone(error, f"{what} was taken for a success")
            # Some clients put a word of their own behind the code.
            self.assertTrue(error["code"].startswith(code), error)
            self.assertIn(text, error["message"])

    def test_errors_are_errors(self) -> None:
        self.for_each(self.check_errors)

    def test_no_secret_was_said(self) -> None:
        self.assertNotIn(SECRET, self.said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
