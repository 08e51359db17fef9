#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "actors/error.hpp"
#include "actors/ids.hpp"
#include "actors/roster.hpp"
#include "actors/time.hpp"

namespace camfleet::sim {

enum class FaultKind : std::uint8_t {
  disconnect,    ///< the connection breaks, and opening is refused until it is over
  freeze,        ///< no frame comes until it is over; a reader gives up after its stall limit
  slow_connect,  ///< opening takes `by` longer
  corrupt,       ///< frames come that cannot be decoded
};
inline constexpr std::array<std::string_view, 4> fault_names{"disconnect", "freeze", "slow_connect",
                                                             "corrupt"};

/// What a scenario says of faults: one at an instant, or `draw` of them from the seed.
struct FaultRule {
  std::string devices;           ///< a pattern over ids
  std::vector<FaultKind> kinds;  ///< one is drawn of several
  std::uint32_t draw = 0;        ///< 0: at `at`, of every device that the pattern matches
  Instant at{};
  Duration least{0};  ///< how long, in [least, most]
  Duration most{0};
  Duration by = seconds(5);
};

/// One fault of one device, in [from, to).
struct Fault {
  DeviceIx device;
  FaultKind kind = FaultKind::disconnect;
  Instant from{};
  Instant to{};
  Duration by{0};
};

inline constexpr std::size_t max_faults = 1'000'000;

/// Reads `faults` of a scenario. Errors: invalid_field with the path.
result<std::vector<FaultRule>> read_faults(const nlohmann::json& list);

/// Every fault of a run in [from, until), by device and time. Drawn ones depend on the seed alone. Errors:
/// limit.
result<std::vector<Fault>> draw_faults(const std::vector<FaultRule>& rules, const Roster& roster,
                                       std::uint64_t seed, Instant from, Instant until);

/// True when `text` matches; `*` in the pattern stands for any characters.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace camfleet::sim
