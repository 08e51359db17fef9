"""A small checker of Prometheus' text format, for tests: what `promtool check metrics` finds, as far as it matters."""

import re

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}

Labels = tuple[tuple[str, str], ...]


class Scrape:
    """What one scrape said; `faults` is what is wrong with it."""

    def __init__(self, text: str):
        self.types: dict[str, str] = {}
        self.values: dict[tuple[str, Labels], float] = {}
        self.faults: list[str] = []
        self._help: set[str] = set()
        self._family = ""
        if not text.endswith("\n"):
            self.faults.append("the last line has no end")
        for line in text.splitlines():
            self._take(line)
        for name, kind in self.types.items():
            if name not in self._help:
                self.faults.append(f"{name} has no HELP")
            if (kind == "counter") != name.endswith("_total"):
                self.faults.append(f"{name}: counters, and they alone, end in _total")
            if kind == "histogram":
                self._check_histogram(name)

    def _take(self, line: str) -> None:
        if match := re.fullmatch(r"# HELP (\S+) (.+)", line):
            self._help.add(match[1])
        elif match := re.fullmatch(r"# TYPE (\S+) (counter|gauge|histogram)", line):
            if match[1] in self.types:
                self.faults.append(f"{match[1]} comes twice")
            self._family = match[1]
            self.types[match[1]] = match[2]
        elif match := SAMPLE.fullmatch(line):
            self._take_sample(match)
        else:
            self.faults.append(f"no line of the format: {line!r}")

    def _take_sample(self, match: re.Match) -> None:
        name, inner = match[1], match[2] or ""
        labels = LABEL.findall(inner)
        if sum(len(f'{key}="{value}"') for key, value in labels) + max(len(labels) - 1, 0) != len(inner):
            self.faults.append(f"bad labels: {inner!r}")
        allowed = [self._family + suffix for suffix in SUFFIXES.get(self.types.get(self._family, ""), ("",))]
        if name not in allowed:
            self.faults.append(f"{name} stands among the samples of {self._family}")
        key = (name, tuple(sorted(labels)))
        if key in self.values:
            self.faults.append(f"{key} comes twice")
        self.values[key] = float(match[3])

    def _check_histogram(self, name: str) -> None:
        for (sample, labels), count in self.values.items():
            if sample != name + "_count":
                continue
            buckets = sorted(
                (float(dict(of)["le"]), value)
                for (bucket, of), value in self.values.items()
                if bucket == name + "_bucket" and tuple(one for one in of if one[0] != "le") == labels
            )
            values = [value for _, value in buckets]
            if not buckets or buckets[-1] != (float("inf"), count):
                self.faults.append(f"{name}: the last bucket is not _count")
            if values != sorted(values):
                self.faults.append(f"{name}: buckets that shrink")

    def value(self, name: str, **labels: str) -> float:
        """Of one series; 0 when it is not there."""
        return self.values.get((name, tuple(sorted(labels.items()))), 0.0)

    def by(self, name: str, *keys: str) -> dict:
        """The values of a family by these labels, summed; series that are 0 left out."""
        sums: dict = {}
        for (sample, labels), value in self.values.items():
            if sample == name and value:
                of = dict(labels)
                key = tuple(of[one] for one in keys)
                sums[key if len(keys) > 1 else key[0]] = sums.get(key if len(keys) > 1 else key[0], 0) + value
        return sums

    def total(self, name: str) -> float:
        return sum(value for (sample, _), value in self.values.items() if sample == name)
