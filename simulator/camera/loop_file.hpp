#pragma once

#include <filesystem>
#include <memory>

#include "actors/base/error.hpp"
#include "simulator/camera/loop.hpp"

namespace camfleet::camera {

/// Writes a whole loop as a Matroska file. Errors: io, with the path and the system's words.
result<void> write_loop(const Loop& loop, const std::filesystem::path& path);

/// Reads a file of write_loop. Errors: not_found; io; corrupt: it is not a loop of that key.
result<std::shared_ptr<Loop>> read_loop(const LoopKey& key, const std::filesystem::path& path);

/// Of everything in the file, 16 hexadecimal digits. Errors: not_found; io.
result<std::string> hash_of_file(const std::filesystem::path& path);

}  // namespace camfleet::camera
