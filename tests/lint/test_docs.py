"""docs: links, anchors, numbers and shown commands."""

import unittest

from trees import TreeTest

import console
import docs

CAMFLEET = """#!/bin/sh
case "$*" in
  "run --help") echo "  --out DIR  --seed S" ;;
  "--help") echo "  --version" ;;
  *--help) echo "camfleet: no such command" >&2; exit 2 ;;
  "run bad.yaml") echo "camfleet: bad.yaml: no such file" >&2; exit 2 ;;
  *) echo "slices 12"; echo "took 3 s"; echo "done" ;;
esac
"""


class Links(TreeTest):
    def test_good_pages(self):
        self.write("README.md", "# Title\n[a](docs/10-first.md#the-first-one) [b](#title) [c](https://example.org/x)\n")
        self.write("docs/10-first.md", "# The `first` one!\n## Again\n## Again\n[up](../README.md) [x](#again-1)\n"
                   "`[not](a-link)`\n```\n[nor](this)\n# nor this\n```\n")
        self.write("docs/20-second.md", "![tree](../docs)\n")
        self.assertEqual(self.places(docs), [])

    def test_broken_links(self):
        self.write("README.md", "# Title\n[a](docs/none.md)\n[b](#nothing)\n[c](docs/10-first.md#none)\n[d](../../etc)\n")
        self.write("docs/10-first.md", "# First\n")
        self.assertEqual(self.places(docs), [("README.md", line) for line in (2, 3, 4, 5)])

    def test_numbers(self):
        for name in ("10-first.md", "10-other.md", "third.md"):
            self.write(f"docs/{name}", "")
        self.assertEqual(self.places(docs), [("docs/10-other.md", 1), ("docs/third.md", 1)])


class CommandTest(TreeTest):
    """A tree with a camfleet that is a script."""

    def setUp(self):
        super().setUp()
        self.write("build/release/camfleet", CAMFLEET, 0o755)
        self.write("tools/run", "#!/bin/sh\necho '  --help  this text'\n", 0o755)

    def page(self, *lines: str) -> list[str]:
        self.write("README.md", "\n".join(["```console", *lines, "```", ""]))
        return [finding.text for finding in docs.findings(self.root)]


class Commands(CommandTest):
    def test_known_commands(self):
        lines = ["$ camfleet run a.yaml --seed=1 \\", "  --out x | head -n 3 | sort -u", "$ tools/run --out x",
                 "$ camfleet --version  # a remark --x"]
        self.assertEqual(self.page(*lines), [])

    def test_unknown_commands(self):
        for line, told in {
            "camfleet run a --sed 1": "--sed", "camfleet fly": "camfleet fly", "tools/none": "tools/none", "make x": "make",
            "tools/run --no-such": "--no-such", "camfleet run 'a": "quotation",
        }.items():
            found = self.page("$ " + line)
            self.assertEqual(len(found), 1, line)
            self.assertIn(told, found[0])

    def test_flags_wait_until_camfleet_is_built(self):
        (self.root / "build/release/camfleet").unlink()
        self.assertEqual(self.page("$ camfleet run --anything"), [])


class Run(CommandTest):
    def run_page(self, *lines: str) -> list[str]:
        self.page(*lines)
        return [finding.text for finding in docs.run(self.root, self.root / "build/release/camfleet")]

    def test_output_as_shown(self):
        for lines in (["slices 12", "took … s", "done"], ["slices 12", "…"], ["…", "done"], ["…"], []):
            self.assertEqual(self.run_page("$ camfleet run a.yaml", *lines), [], lines)

    def test_output_that_differs(self):
        for lines in (["slices 13", "…"], ["slices 12"], ["…", "took 3 s"], ["slices 12", "done"]):
            self.assertEqual(len(self.run_page("$ camfleet run a.yaml", *lines)), 1, lines)

    def test_exit_codes(self):
        told = "camfleet: bad.yaml: no such file"
        self.assertEqual(self.run_page("$ camfleet run bad.yaml  # exit 2", told), [])
        self.assertEqual(len(self.run_page("$ camfleet run bad.yaml", told)), 1)
        self.assertEqual(len(self.run_page("$ camfleet run a.yaml  # exit 2")), 1)

    def test_the_tree_stays_as_it_is(self):
        self.assertEqual(self.run_page("$ camfleet run a.yaml > out/x", "$ tools/none")[0].count("ended with 1"), 1)
        self.assertFalse((self.root / "out").exists())


class Matching(unittest.TestCase):
    def test_special_characters_are_plain(self):
        self.assertTrue(console.matches(["a.b (c)"], ["a.b (c)"]))
        self.assertFalse(console.matches(["a.b"], ["axb"]))


if __name__ == "__main__":
    unittest.main()
