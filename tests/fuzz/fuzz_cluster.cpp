/// What another process of a cluster says: taken as it is, or refused; CAF sees no frame that it dies of.

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/cluster/plausible.hpp"
#include "runtime/cluster/records.hpp"
#include "runtime/cluster/result.hpp"
#include "runtime/cluster/result_wire.hpp"
#include "runtime/link/basp_filter.hpp"
#include "tests/fuzz/require.hpp"

namespace camfleet::fuzz {
namespace {

void read_records(std::string_view input) {
  const auto records = cluster::read_envelope(input);
  if (!records.has_value())
    return require(records.error().line().size() <= 300, "a refusal is one short line");
  std::string written;
  for (const cluster::Record& record : records.value()) {
    cluster::append(written, record);
    const Instant now = Instant(hours(24 * 20'000));
    if (const auto* done = std::get_if<cluster::ToInstance<SliceDone>>(&record);
        done != nullptr && cluster::is_plausible(done->message, now))
      require(done->message.observed >= Duration(0), "what is believed has lasted for a while");
  }
  require(written == input, "what is taken says what was sent");
}

void read_results(std::string_view input) {
  if (const auto finding = cluster::read_finding(input); finding.has_value())
    require(cluster::write_finding(finding.value()) == input, "a finding says what was sent");
  if (const auto result = cluster::read_result(input))
    require(cluster::write_result(result->head, result->record) == input, "a result says what was sent");
  if (const auto ready = cluster::read_ready(input))
    require(cluster::write_ready(*ready) == input, "who asks says what was sent");
  if (const auto answer = cluster::read_acknowledgement(input))
    require(cluster::write_acknowledgement(*answer) == input, "an answer says what was sent");
}

void filter_frames(std::string_view input) {
  constexpr std::size_t most = 4096;
  constexpr std::size_t piece = 7;
  link::BaspFilter whole(link::Side::door, most);
  link::BaspFilter by_pieces(link::Side::door, most);
  whole.allow(1);
  by_pieces.allow(1);
  std::string at_once;
  std::string bit_by_bit;
  const bool is_taken = whole.take(input, at_once);
  bool goes_on = true;
  for (std::size_t at = 0; at < input.size() && goes_on; at += piece)
    goes_on = by_pieces.take(input.substr(at, piece), bit_by_bit);
  require(is_taken == goes_on, "how it is cut changes nothing");
  require(!is_taken || at_once == bit_by_bit, "nor what passes");
  require(at_once.size() <= input.size(), "no more passes than came");
}

}  // namespace
}  // namespace camfleet::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): it is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 3 == 0) camfleet::fuzz::read_records(input);
  if (data[0] % 3 == 1) camfleet::fuzz::read_results(input);
  if (data[0] % 3 == 2) camfleet::fuzz::filter_frames(input);
  return 0;
}
