"""floors: which include is allowed where."""

import unittest

from trees import TreeTest

import floors


class Floors(TreeTest):
    def test_good_tree(self):
        self.write("actors/plan/a.hpp", '#include <vector>\n#include <nlohmann/json.hpp>\n#include "actors/base/b.hpp"\n'
                   "#include <cctz/time_zone.h>\n#include <boost/outcome.hpp>\n")
        self.write("runtime/caf/a.cpp", '#include <caf/all.hpp>\n#include "runtime/media/b.hpp"\n#include "actors/base/b.hpp"\n')
        self.write("simulator/a.cpp", '#include "runtime/a.hpp"\n#include <yaml-cpp/yaml.h>\n// #include "tools/x.hpp"\n')
        self.write("tests/runtime/caf/a.cpp", '#include <caf/all.hpp>\n#include "tests/clips.hpp"\n')
        self.write("tools/camfleet/worlds/a.cpp", '#include "simulator/a.hpp"\n#include "tools/camfleet/cli/a.hpp"\n')
        self.write("tools/camfleet/main.cpp", '#include "tools/camfleet/commands/a.hpp"\n')
        self.assertEqual(self.places(floors), [])

    def test_each_wrong_include_is_found(self):
        wrong = {
            "actors/base/a.hpp": '"runtime/a.hpp"', "actors/base/b.hpp": "<fmt/format.h>", "actors/base/c.hpp": "<time.h>",
            "actors/base/d.hpp": '"actors/plan/a.hpp"', "actors/plan/e.hpp": '"actors/machines/a.hpp"',
            "runtime/a.cpp": '"simulator/a.hpp"', "runtime/b.cpp": '"tests/a.hpp"', "runtime/media/c.cpp": "<caf/all.hpp>",
            "simulator/a.cpp": '"tools/camfleet/a.hpp"', "simulator/b.cpp": '"../actors/a.hpp"',
            "tests/simulator/a.cpp": "<caf/all.hpp>", "tools/camfleet/cli/a.cpp": '"tests/a.hpp"',
            "tools/camfleet/worlds/b.cpp": '"tools/camfleet/bench/b.hpp"',
        }
        for path, include in wrong.items():
            self.write(path, f"#pragma once\n#include {include}\n")
        self.assertEqual(sorted(self.places(floors)), [(path, 2) for path in sorted(wrong)])

    def test_a_source_outside_of_the_rooms_is_found(self):
        self.write("actors/a.hpp", "#pragma once\n")
        self.write("actors/new_room/a.hpp", "#pragma once\n")
        self.write("tools/camfleet/a.cpp", "")
        self.assertEqual(self.places(floors), [("actors/a.hpp", 1), ("actors/new_room/a.hpp", 1), ("tools/camfleet/a.cpp", 1)])


if __name__ == "__main__":
    unittest.main()
