#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "actors/base/error.hpp"

namespace camfleet::plant {

/// What pictures leave free on a disk for a store or a ledger: so much, or an eighth of a smaller one.
inline constexpr std::uint64_t disk_reserve = 64ULL << 20U;

/// Whether the disk of a folder has room for so many bytes and the reserve. Errors: io.
result<void> check_room(const std::filesystem::path& folder, std::uint64_t bytes,
                        std::uint64_t reserve = disk_reserve);

enum class Durability { cached, durable };

/// Writes a file, over one that is there; where that fails, nothing of it stays. Errors: io, with the reason.
result<void> write_whole(const std::filesystem::path& path, std::string_view bytes, Durability durability);

/// Takes away what follows the last line end of a file of lines that could not be written to its end.
void keep_whole_lines(const std::filesystem::path& path);

}  // namespace camfleet::plant
