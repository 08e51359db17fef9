"""sizes: the longest source file."""

import unittest

from trees import TreeTest

import sizes


class Sizes(TreeTest):
    def test_limit(self):
        self.write("actors/fits.cpp", "\n" * 500)
        self.write("actors/long.cpp", "\n" * 501)
        self.write("docs/10-page.md", "\n" * 900)
        self.write("tools/script", "#!/bin/sh\n" + "\n" * 500)
        self.write("build/generated.cpp", "\n" * 900)
        self.assertEqual(self.places(sizes), [("actors/long.cpp", 501), ("tools/script", 501)])


if __name__ == "__main__":
    unittest.main()
