"""Footage for the tests."""

import pathlib
import subprocess


def make_film(path: pathlib.Path, rate: int = 10) -> pathlib.Path:
    """Twenty seconds in which something moves, with a key frame each second."""
    source = f"testsrc2=size=160x120:rate={rate}:duration=20"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", source, "-g", str(rate), "-y", str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path
