#pragma once

#include <cstdint>

namespace camfleet::media::test {

/// Damages clips of several forms, each `seeds` times (cut, bytes lost, zeroed or flipped), and reads them in
/// all ways.
void expect_damage_survived(std::uint64_t seeds);

}  // namespace camfleet::media::test
