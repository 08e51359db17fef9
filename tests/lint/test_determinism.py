"""determinism: what the two floors may not use."""

import unittest

from trees import TreeTest

import determinism

BANNED = [
    "auto t = std::chrono::system_clock::now();",
    "using clock = std::chrono::steady_clock;",
    "std::chrono::high_resolution_clock::now();",
    "seed(time(nullptr));",
    "gettimeofday(&tv, nullptr);",
    "std::random_device device;",
    "int x = std::rand();",
    "std::mt19937_64 engine{1};",
    "std::uniform_int_distribution<int> die{1, 6};",
    "std::shuffle(a.begin(), a.end(), engine);",
    "std::unordered_map<int, int> by_id;",
    "std::unordered_set<int> ids;",
    "std::set<Device*> devices;",
    "std::map<const Device*, int> counts;",
    "std::sort(a.begin(), a.end(), std::less<Device*>{});",
    "double y = std::exp(x);",
    "double y = pow(x, 2);",
    "float y = std::sinf(x);",
    "std::hash<double>{}(x);",
]
FINE = [
    "// std::chrono::system_clock is the executor's business",
    'log_.line("time(nullptr) rand()");',
    "std::unordered_map<int, int> by_id;  // lookup only: by name",
    "#include <unordered_map>",
    "double y = std::sqrt(x) + table.exp(2) + journal->log(x);",
    "std::map<int, Device*> devices; std::set<DeviceId> ids;",
    "auto k = 1'000'000; Instant time(Device device);",
    "int operand(2); span_.expand(1);",
    "auto text = R\"(std::rand() // \"quoted\")\";",
]


class Determinism(TreeTest):
    def test_each_banned_line_is_found_in_both_floors(self):
        for line in BANNED:
            with self.subTest(line):
                self.write("actors/a.cpp", f"\n{line}\n")
                self.write("simulator/a.cpp", f"/* two\nlines */ {line}\n")
                self.assertEqual(self.places(determinism), [("actors/a.cpp", 2), ("simulator/a.cpp", 2)])

    def test_threads_are_banned_in_actors_alone(self):
        for name in ("thread", "mutex", "shared_mutex", "condition_variable", "this_thread::yield()"):
            self.write("actors/a.cpp", f"std::{name} x;\n")
            self.write("simulator/a.cpp", f"std::{name} x;\n")
            self.assertEqual(self.places(determinism), [("actors/a.cpp", 1)], name)

    def test_good_lines(self):
        self.write("actors/a.cpp", "\n".join(FINE))
        self.assertEqual(self.places(determinism), [])

    def test_cameras_and_other_floors_are_excepted(self):
        for path in ("simulator/camera.cpp", "simulator/camera/clock.cpp", "simulator/rtsp_server.cpp", "runtime/a.cpp"):
            self.write(path, "\n".join(BANNED))
        self.assertEqual(self.places(determinism), [])


if __name__ == "__main__":
    unittest.main()
