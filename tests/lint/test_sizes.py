"""sizes: the longest source file."""

import unittest

from trees import TreeTest

import sizes


class Sizes(TreeTest):
    def test_limit(self):
        self.write("actors/fits.cpp", "\n" * 400)
        self.write("actors/long.cpp", "\n" * 401)
        self.write("docs/10-page.md", "\n" * 900)
        self.write("tools/script", "#!/bin/sh\n" + "\n" * 400)
        self.write("build/generated.cpp", "\n" * 900)
        self.assertEqual(self.places(sizes), [("actors/long.cpp", 401), ("tools/script", 401)])


if __name__ == "__main__":
    unittest.main()
