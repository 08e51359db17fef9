"""floors: which include is allowed where."""

import unittest

from trees import TreeTest

import floors


class Floors(TreeTest):
    def test_good_tree(self):
        self.write("actors/a.hpp", '#include <vector>\n#include <nlohmann/json.hpp>\n#include "actors/b.hpp"\n'
                   "#include <cctz/time_zone.h>\n#include <boost/outcome.hpp>\n")
        self.write("runtime/caf/a.cpp", '#include <caf/all.hpp>\n#include "runtime/media/b.hpp"\n#include "actors/b.hpp"\n')
        self.write("simulator/a.cpp", '#include "runtime/a.hpp"\n#include <yaml-cpp/yaml.h>\n// #include "tools/x.hpp"\n')
        self.write("tests/runtime/caf/a.cpp", '#include <caf/all.hpp>\n#include "tests/clips.hpp"\n')
        self.write("tools/camfleet/a.cpp", '#include "simulator/a.hpp"\n')
        self.assertEqual(self.places(floors), [])

    def test_each_wrong_include_is_found(self):
        wrong = {
            "actors/a.hpp": '"runtime/a.hpp"', "actors/b.hpp": "<fmt/format.h>", "actors/c.hpp": "<time.h>",
            "runtime/a.cpp": '"simulator/a.hpp"', "runtime/b.cpp": '"tests/a.hpp"', "runtime/media/c.cpp": "<caf/all.hpp>",
            "simulator/a.cpp": '"tools/camfleet/a.hpp"', "simulator/b.cpp": '"../actors/a.hpp"',
            "tests/simulator/a.cpp": "<caf/all.hpp>", "tools/camfleet/a.cpp": '"tests/a.hpp"',
        }
        for path, include in wrong.items():
            self.write(path, f"#pragma once\n#include {include}\n")
        self.assertEqual(sorted(self.places(floors)), [(path, 2) for path in sorted(wrong)])


if __name__ == "__main__":
    unittest.main()
