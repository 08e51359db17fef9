#include "runtime/cluster/result_wire.hpp"

#include "runtime/cluster/wire.hpp"

namespace camfleet::cluster {
namespace {

constexpr std::uint8_t says_ready = 1;
constexpr std::uint8_t says_result = 2;
constexpr std::uint8_t says_acknowledged = 3;
constexpr std::size_t result_head_bytes = 1 + 3 * sizeof(std::uint64_t);

}  // namespace

std::string write_ready(const Ready& ready) {
  std::string bytes;
  WireWriter writer(bytes);
  writer.number(says_ready);
  writer.number(ready.spool);
  return bytes;
}

std::string write_result(const ResultHead& head, std::string_view record) {
  std::string bytes;
  WireWriter writer(bytes);
  writer.number(says_result);
  writer.number(head.spool);
  writer.number(head.number);
  writer.number(head.previous);
  bytes += record;
  return bytes;
}

std::string write_acknowledgement(const Acknowledgement& acknowledgement) {
  std::string bytes;
  WireWriter writer(bytes);
  writer.number(says_acknowledged);
  writer.number(acknowledgement.spool);
  writer.number(acknowledgement.number);
  writer.number(acknowledgement.credit);
  writer.flag(acknowledgement.rewinds);
  return bytes;
}

std::optional<Ready> read_ready(std::string_view bytes) {
  WireReader reader(bytes);
  std::uint8_t kind = 0;
  Ready ready;
  reader.number(kind);
  reader.number(ready.spool);
  if (!reader.is_good() || !reader.at_end() || kind != says_ready) return std::nullopt;
  return ready;
}

std::optional<ReadResult> read_result(std::string_view bytes) {
  if (bytes.size() < result_head_bytes) return std::nullopt;
  WireReader reader(bytes.substr(0, result_head_bytes));
  std::uint8_t kind = 0;
  ReadResult read;
  reader.number(kind);
  reader.number(read.head.spool);
  reader.number(read.head.number);
  reader.number(read.head.previous);
  if (kind != says_result || read.head.previous >= read.head.number) return std::nullopt;
  read.record = bytes.substr(result_head_bytes);
  return read;
}

std::optional<Acknowledgement> read_acknowledgement(std::string_view bytes) {
  WireReader reader(bytes);
  std::uint8_t kind = 0;
  Acknowledgement read;
  reader.number(kind);
  reader.number(read.spool);
  reader.number(read.number);
  reader.number(read.credit);
  reader.flag(read.rewinds);
  if (!reader.is_good() || !reader.at_end() || kind != says_acknowledged) return std::nullopt;
  return read;
}

}  // namespace camfleet::cluster
