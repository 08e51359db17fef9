#!/usr/bin/env python3
"""actors/ and simulator/ use no wall clock, outside chance, unordered or pointer order, or inexact maths."""

import pathlib
import re

import common
from common import Finding

EXCEPTED = re.compile(r"simulator/(camera|rtsp)")
LOOKUP_ONLY = "// lookup only"
MATHS = (
    "sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp exp2 expm1 log log2 log10 log1p "
    "pow cbrt hypot erf erfc tgamma lgamma"
).replace(" ", "|")

BANNED = {
    r"\b(system|steady|high_resolution|utc|file)_clock\b": "a clock; take the time from the executor",
    r"\btime\s*\(\s*(nullptr|NULL|0)\s*\)|\b(gettimeofday|clock_gettime|timespec_get)\b": (
        "a clock; take the time from the executor"
    ),
    r"\brandom_device\b|\bs?rand\s*\(|\bmt19937|\bdefault_random_engine\b|\bminstd_rand": (
        "chance from outside; draw from the executor"
    ),
    r"\bstd::\w+_distribution\b|\buniform_\w+_distribution\b|\bstd::(shuffle|sample)\b": (
        "differs between standard libraries; use our own integer distributions"
    ),
    r"\bstd::less\s*<[^<>]*\*\s*>": "orders by address",
    r"\b(multi)?(set|map)\s*<\s*(const\s+)?[\w:]+(\s+const)?\s*\*\s*(const\s*)?[,>]": "orders by address",
    r"\breinterpret_cast\s*<\s*(std::)?u?intptr_t\s*>": "makes a number of an address",
    rf"(?<![\w.:])(?<!->)(std::|::)?({MATHS})[fl]?\s*\(": "libm differs in the last bits; use integers",
    r"\bstd::hash\s*<\s*(const\s+)?(float|double|long double)\b": "hashes a floating-point number",
}
BANNED_IN_ACTORS = {
    r"\bstd::(jthread|thread|async|(recursive_|shared_|timed_)*mutex|condition_variable\w*)\b|\bthis_thread\b": (
        "actors know no threads"
    ),
}
UNORDERED = re.compile(r"\bunordered_(multi)?(map|set)\b")


def line_findings(floor: str, code: str, raw: str) -> list[str]:
    """What is wrong in one line; `code` is `raw` without comments and texts."""
    if code.lstrip().startswith("#"):
        return []
    banned = BANNED | BANNED_IN_ACTORS if floor == "actors" else BANNED
    found = []
    for pattern, why in banned.items():
        match = re.search(pattern, code)
        if match:
            found.append(f"{match[0].strip()}: {why}")
    if UNORDERED.search(code) and LOOKUP_ONLY not in raw:
        found.append(f"unordered container: use an ordered one, or mark the line `{LOOKUP_ONLY}`")
    return found


def findings(root: pathlib.Path) -> list[Finding]:
    """Every use of what is banned."""
    found = []
    for path in common.cpp_files(root, "actors", "simulator"):
        name = path.relative_to(root).as_posix()
        if EXCEPTED.match(name):
            continue
        text = common.read(path) or ""
        for number, (code, raw) in enumerate(zip(common.code_lines(text), text.split("\n")), 1):
            found += [Finding(name, number, why) for why in line_findings(name.split("/")[0], code, raw)]
    return found


if __name__ == "__main__":
    common.main(__doc__, findings)
