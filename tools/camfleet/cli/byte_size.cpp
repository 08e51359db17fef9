#include "tools/camfleet/cli/byte_size.hpp"

#include <array>
#include <utility>

#include "actors/base/text.hpp"

namespace camfleet::cli {

result<std::uint64_t> parse_bytes(const std::string& where, std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 8> units{{{"KiB", 1ULL << 10U},
                                                                             {"MiB", 1ULL << 20U},
                                                                             {"GiB", 1ULL << 30U},
                                                                             {"TiB", 1ULL << 40U},
                                                                             {"kB", 1'000},
                                                                             {"MB", 1'000'000},
                                                                             {"GB", 1'000'000'000},
                                                                             {"TB", 1'000'000'000'000}}};
  std::string_view number = text;
  std::uint64_t unit = 1;
  for (const auto& [name, bytes] : units) {
    if (!text.ends_with(name)) continue;
    number = text.substr(0, text.size() - name.size());
    unit = bytes;
    break;
  }
  const auto count = parse_int<std::uint64_t>(number);
  constexpr std::uint64_t most = 1ULL << 50U;
  if (count && *count <= most / unit) return *count * unit;
  return fail(Errc::invalid_field, where, quote(text) + " is no size; write 500MB or 2GiB, at most 1024TiB");
}

}  // namespace camfleet::cli
