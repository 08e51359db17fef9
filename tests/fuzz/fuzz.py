"""Builds a libFuzzer target with clang++, and lets it run.

Usage: fuzz.py TREE BUILD request|spec|yaml|media|cluster SECONDS. With 0 seconds it only builds. Objects, the program and inputs that
break it are in BUILD/fuzz; the corpus of the tree is read, not written. That of media is made by ffmpeg.
"""

import concurrent.futures
import fcntl
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

# The project's compiler has no fuzzer.
COMPILER = "clang++"
SANITIZERS = "address,undefined"
FLAGS = [
    "-std=c++20", "-O1", "-gline-tables-only", "-fno-omit-frame-pointer", "-D_GLIBCXX_ASSERTIONS", "-DBOOST_ALL_NO_LIB",
    '-DCAMFLEET_VERSION="0"', "-DCURL_STRICTER",
    f"-fsanitize=fuzzer-no-link,{SANITIZERS}", "-fno-sanitize-recover=all",
]  # fmt: skip
# Short stacks of allocations: the fuzzer allocates all the time.
SETTINGS = {"ASAN_OPTIONS": "malloc_context_size=4", "UBSAN_OPTIONS": "print_stacktrace=1"}
# What a video claims must not fill the memory; the others' limit is for the sanitizers themselves.
MEMORY_MB = {"media": 512}
LIMITS = ["-timeout=10", "-max_len=16384", "-print_final_stats=1", "-print_funcs=0"]

# Every input that finds something new, and the dictionary that it would like.
NOISE = re.compile(r'#\d+\s+(NEW|REDUCE) |"|######')

FIELDS = [
    "actors/plan/calendar.cpp", "actors/base/error.cpp", "actors/base/json_text.cpp", "actors/spec/schedule.cpp", "actors/spec/spec.cpp",
    "actors/spec/spec_fields.cpp", "actors/spec/spec_parameters.cpp", "actors/spec/stream_hints.cpp", "actors/base/text.cpp",
    "actors/base/time.cpp",
    "runtime/api/form.cpp", "tests/fuzz/spec_text.cpp",
]  # fmt: skip
YAML = ["runtime/yaml/reader.cpp", "runtime/yaml/text_file.cpp", "runtime/yaml/value.cpp"]
API = [
    *(f"runtime/api/{name}.cpp" for name in (
        "action", "call_reader", "caller", "device_actions", "device_records", "digest", "dispatcher", "envelope",
        "event_actions", "node_actions", "http_request", "instance_actions", "instance_views", "json_body", "json_writer", "keys",
        "nonces", "openapi", "page_token", "reply_stream", "result_actions", "route", "signature", "source_actions",
        "string_to_sign", "unique_id", "work_pool",
    )),
    "runtime/log/log.cpp", "runtime/log/log_line.cpp", "runtime/media/secrets.cpp", "runtime/media/source_url.cpp",
    "runtime/service/metrics.cpp", "runtime/service/node_families.cpp",
    "actors/base/wall_time.cpp",
    *(f"actors/plan/{name}.cpp" for name in (
        "lead", "load_strips", "phase", "roster", "rounds", "window_plan",
    )),
    "tests/fuzz/reply_check.cpp", "tests/fuzz/request_text.cpp",
    "tests/fuzz/forgetful_backend.cpp",
]  # fmt: skip
MEDIA = [
    "actors/base/error.cpp", "actors/base/text.cpp",
    *(f"runtime/media/{name}.cpp" for name in (
        "aes_segment", "clip_reader", "converter", "decoder", "demuxer", "ffmpeg", "file_source", "frame", "http_file",
        "http_input", "media_folder", "natural_order", "opening_bytes", "playlist_bounds", "secrets", "showing",
        "source_url", "timeline",
    )),
    *(f"runtime/net/{name}.cpp" for name in (
        "http_client", "http_head", "http_transfer", "http_url", "internal_address", "reach",
    )),
]  # fmt: skip
CLUSTER = [
    "actors/base/error.cpp", "actors/base/text.cpp", "runtime/link/basp_filter.cpp",
    *(f"runtime/cluster/{name}.cpp" for name in ("plausible", "records", "result", "result_wire")),
]  # fmt: skip
# Two pictures of 32x32, so that headers are most of it.
CLIPS = {
    "clip.mp4": ["-c:v", "libx264"],
    "parts.mp4": ["-c:v", "libx264", "-movflags", "frag_keyframe+empty_moov"],
    "clip.mkv": ["-c:v", "libvpx"],
    "clip.flv": ["-c:v", "flv"],
    "clip.ts": ["-c:v", "mpeg2video"],
    "clip.avi": ["-c:v", "mpeg4"],
    "clip.ogg": ["-c:v", "libtheora"],
    "list.m3u8": ["-c:v", "libx264", "-hls_segment_type", "fmp4"],
}
SDP = """v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r
a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAHtoCgPaEAAADAAQ=,aM48gA==\r\na=control:track1\r
"""
# The lists that each needs beside its own source.
SOURCES = {
    "request": {"api": API, "yaml": YAML, "fields": FIELDS},
    "spec": {"fields": FIELDS},
    "yaml": {"fields": FIELDS, "yaml": YAML},
    "media": {"media": MEDIA},
    "cluster": {"cluster": CLUSTER},
}
LIBRARIES = {
    "request": ["-lcctz", "-lcrypto", "-lprometheus-cpp-core", "-lpugixml", "-lspdlog", "-lfmt", "-lyaml-cpp"],
    "spec": ["-lcctz"],
    "yaml": ["-lcctz", "-lyaml-cpp"],
    "media": ["-lavformat", "-lavcodec", "-lavutil", "-lswscale", "-lopencv_core", "-lcurl"],
    "cluster": [],
}


class Target:
    """One fuzzer: its objects, its program and its runs."""

    def __init__(self, tree: pathlib.Path, build: pathlib.Path, name: str):
        self.tree = tree
        self.name = name
        self.folder = build / "fuzz"
        self.program = self.folder / f"fuzz_{name}"
        self._found = f"{self.folder / name}-"
        corpus = tree / "tests/fuzz/corpus" / name
        self.corpora = [str(corpus)] if corpus.exists() else []
        self.limits = [f"-rss_limit_mb={MEMORY_MB.get(name, 2048)}"]
        self.dictionary = tree / f"tests/fuzz/{name}.dict"
        packages = subprocess.run(["pkg-config", "--cflags", "opencv4", "spdlog", "libavformat", "libcurl"], capture_output=True, text=True)
        self.flags = [*FLAGS, f"-I{tree}", *shlex.split(packages.stdout)]

    def build(self) -> None:
        """Compiles what has changed and links. One process at a time: targets share objects."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            jobs = len(os.sched_getaffinity(0))
            with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
                objects = list(pool.map(self._compiled, self._units()))
            link = [COMPILER, f"-fsanitize=fuzzer,{SANITIZERS}", *map(str, objects), *LIBRARIES[self.name]]
            newest = max(one.stat().st_mtime for one in objects)
            if not self.program.exists() or self.program.stat().st_mtime < newest:
                call([*link, "-o", str(self.program)])

    def seed(self, folder: str) -> None:
        """Files to begin from, where the tree has none."""
        if self.name != "media":
            return
        picture = ["-f", "lavfi", "-i", "testsrc=size=32x32:rate=5:duration=0.4"]
        for name, options in CLIPS.items():
            call(["ffmpeg", "-loglevel", "error", *picture, "-pix_fmt", "yuv420p", *options, os.path.join(folder, name)])
        pathlib.Path(folder, "camera.sdp").write_text(SDP)

    def run(self, seconds: int) -> bool:
        """Looks for an input that breaks it; true when there is none."""
        end = time.monotonic() + seconds
        with tempfile.TemporaryDirectory() as new:
            self.seed(new)
            while True:
                left = max(1, round(end - time.monotonic()))
                path = self._broken_by(f"-max_total_time={left}", f"-dict={self.dictionary}", new, *self.corpora)
                if path is None:
                    return True
                # A machine that stands still makes any input slow, but not twice.
                if not path.startswith(f"{self._found}timeout-") or self._broken_by(path) is not None:
                    print(f"fuzz: {self.name} broke; repeat it with:\n{self.program} {path}", file=sys.stderr)
                    return False

    def _broken_by(self, *arguments: str) -> str | None:
        """Runs the program; the input that broke it, or what it was to read where it names none."""
        command = [str(self.program), f"-artifact_prefix={self._found}", *LIMITS, *self.limits, *arguments]
        settings = os.environ | SETTINGS
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace", env=settings)
        path = arguments[-1]
        for line in process.stderr:
            if not NOISE.match(line):
                sys.stderr.write(line)
            if match := re.search(r"Test unit written to (.*)", line):
                path = match[1]
        return path if process.wait() != 0 else None

    def _units(self) -> list[pathlib.Path]:
        """What is compiled: the target's own source, and of each list the sources of a folder together, as the release
        build has them: what their headers cost is paid once."""
        units = [self.tree / f"tests/fuzz/fuzz_{self.name}.cpp"]
        for name, sources in SOURCES[self.name].items():
            folders: dict[str, list[str]] = {}
            for source in sources:
                folders.setdefault(os.path.dirname(source), []).append(source)
            for folder, together in folders.items():
                unit = self.folder / "units" / f"{name}_{folder.replace('/', '_')}.cpp"
                unit.parent.mkdir(exist_ok=True)
                text = "".join(f'#include "{self.tree / source}"\n' for source in together)
                if not unit.exists() or unit.read_text() != text:
                    unit.write_text(text)
                units.append(unit)
        return units

    def _compiled(self, source: pathlib.Path) -> pathlib.Path:
        """The object of a source, compiled where it, a header or the command has changed."""
        made = self.folder / "objects" / f"{source.stem}.o"
        made.parent.mkdir(exist_ok=True)
        used = made.with_suffix(".d")
        launcher = [shutil.which("ccache")] if shutil.which("ccache") else []
        command = [*launcher, COMPILER, *self.flags, "-MMD", "-MF", str(used), "-c", str(source)]
        said = made.with_suffix(".command")
        if not is_fresh(made, used, said, shlex.join(command)):
            part = made.with_suffix(".part")
            call([*command, "-o", str(part)])
            part.replace(made)
            said.write_text(shlex.join(command))
        return made


def is_fresh(made: pathlib.Path, used: pathlib.Path, said: pathlib.Path, command: str) -> bool:
    """True when the object is newer than all that went into it."""
    if not (made.exists() and used.exists() and said.exists()) or said.read_text() != command:
        return False
    _, _, files = used.read_text().replace("\\\n", " ").partition(": ")
    then = made.stat().st_mtime
    return all(os.path.exists(file) and os.path.getmtime(file) <= then for file in files.split())


def call(command: list[str]) -> None:
    """Runs a compiler; its own words are enough when it fails."""
    if subprocess.run(command).returncode != 0:
        sys.exit(f"fuzz: failed: {shlex.join(command)}")


def main() -> int:
    tree, build, name, seconds = sys.argv[1:]
    if not shutil.which(COMPILER):
        sys.exit(f"fuzz: no {COMPILER}; tools/setup --tests installs it")
    target = Target(pathlib.Path(tree).resolve(), pathlib.Path(build).resolve(), name)
    target.build()
    return 0 if int(seconds) == 0 or target.run(int(seconds)) else 1


if __name__ == "__main__":
    sys.exit(main())
