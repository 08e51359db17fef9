#pragma once

#include <bit>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"

namespace camfleet::cluster {

/// Longest text of a record: a source's URL.
inline constexpr std::size_t max_text = 8192;
/// Longest list of a record: the boxes of a finding.
inline constexpr std::size_t max_list = 512;
/// The greatest time between an instant or a span of a record and 0: beyond, sums of them could overflow.
inline constexpr Duration max_span = hours(24 * 365 * 90);

/// Appends values to bytes: numbers with the lowest byte first, texts and lists with their length before
/// them.
class WireWriter {
 public:
  explicit WireWriter(std::string& bytes) : bytes_(&bytes) {}

  template <std::unsigned_integral T>
  void number(const T& value) {
    for (unsigned byte = 0; byte < sizeof(T); ++byte)
      *bytes_ += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * byte) & 0xFFU);
  }
  void flag(const bool& value) { number(static_cast<std::uint8_t>(value)); }
  void integer(const std::int32_t& value) { number(static_cast<std::uint32_t>(value)); }
  void real(const float& value) { number(std::bit_cast<std::uint32_t>(value)); }
  /// One of an enum's values, of which there are `count`.
  template <class Enum>
  void choice(const Enum& value, std::size_t /*count*/) {
    number(static_cast<std::uint8_t>(value));
  }
  void span(const Duration& value) { number(static_cast<std::uint64_t>(value.count())); }
  void instant(const Instant& value) { span(value.time_since_epoch()); }
  /// An instant as another clock counts, which comes back as it is.
  void token(const Instant& value) { instant(value); }
  /// An instant that may be end_of_time or Instant::min().
  void bound(const Instant& value) { instant(value); }
  void text(const std::string& value) {
    number(static_cast<std::uint32_t>(value.size()));
    *bytes_ += value;
  }
  template <class T, class Fields>
  void list(const std::vector<T>& values, const Fields& fields) {
    number(static_cast<std::uint32_t>(values.size()));
    for (const T& value : values) fields(value);
  }

 private:
  std::string* bytes_;
};

/// Takes values from bytes that anybody may have written: after the first that is not as it should be, is()
/// is false, and what is read is of no use.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : left_(bytes) {}

  [[nodiscard]] bool is_good() const { return good_; }
  [[nodiscard]] bool at_end() const { return left_.empty(); }

  template <std::unsigned_integral T>
  void number(T& value) {
    if (left_.size() < sizeof(T)) return fail();
    std::uint64_t bits = 0;
    for (unsigned byte = 0; byte < sizeof(T); ++byte)
      bits |= std::uint64_t{static_cast<unsigned char>(left_[byte])} << (8 * byte);
    value = static_cast<T>(bits);
    left_.remove_prefix(sizeof(T));
  }
  void integer(std::int32_t& value) {
    std::uint32_t bits = 0;
    number(bits);
    value = static_cast<std::int32_t>(bits);
  }
  /// A number, neither infinite nor none.
  void real(float& value) {
    std::uint32_t bits = 0;
    number(bits);
    value = std::bit_cast<float>(bits);
    if (!std::isfinite(value)) fail();
  }
  void flag(bool& value) {
    std::uint8_t byte = 0;
    number(byte);
    if (byte > 1) fail();
    value = byte == 1;
  }
  template <class Enum>
  void choice(Enum& value, std::size_t count) {
    std::uint8_t byte = 0;
    number(byte);
    if (byte >= count) return fail();
    value = static_cast<Enum>(byte);
  }
  void span(Duration& value) {
    value = raw_span();
    if (value > max_span || value < -max_span) fail();
  }
  void instant(Instant& value) {
    Duration since{};
    span(since);
    value = Instant(since);
  }
  void token(Instant& value) { value = Instant(raw_span()); }
  void bound(Instant& value) {
    value = Instant(raw_span());
    if (value == end_of_time || value == Instant::min()) return;
    if (value.time_since_epoch() > max_span || value.time_since_epoch() < -max_span) fail();
  }
  void text(std::string& value) {
    const std::size_t size = length(max_text);
    if (!good_ || left_.size() < size) return fail();
    value = left_.substr(0, size);
    left_.remove_prefix(size);
  }
  template <class T, class Fields>
  void list(std::vector<T>& values, const Fields& fields) {
    const std::size_t size = length(max_list);
    values.clear();
    for (std::size_t i = 0; i < size && good_; ++i) {
      values.emplace_back();
      fields(values.back());
    }
  }

 private:
  void fail() {
    good_ = false;
    left_ = {};
  }
  Duration raw_span() {
    std::uint64_t bits = 0;
    number(bits);
    return Duration(static_cast<std::int64_t>(bits));
  }
  std::size_t length(std::size_t most) {
    std::uint32_t count = 0;
    number(count);
    if (count <= most) return count;
    fail();
    return 0;
  }

  std::string_view left_;
  bool good_ = true;
};

}  // namespace camfleet::cluster
