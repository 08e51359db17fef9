"""text: words that have no place in the tree. They are put together here, so that this file is fine."""

import unittest

from trees import TreeTest

import text

BANNED = ["/wor" "k/main", "../share" "d/models", "see issu" "e #12", "the promp" "t says", "https://registry.npm" "js.org/x",
          "http://deb.debia" "n.org/debian", "pyp" "i.org"]
FINE = ["framework/parts", "out/wor" "k/x", "promptly", "~/work", "an issue", "a shared frame", "Debian's packages", "copy"]


class Text(TreeTest):
    def test_each_banned_word_is_found(self):
        self.write("docs/10-page.md", "\n".join(BANNED))
        self.assertEqual(self.places(text), [("docs/10-page.md", line) for line in range(1, len(BANNED) + 1)])

    def test_good_words(self):
        self.write("README.md", "\n".join(FINE))
        (self.root / "data.bin").write_bytes(b"\xff\xfe/wor" + b"k/")
        self.assertEqual(self.places(text), [])


if __name__ == "__main__":
    unittest.main()
