#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How results travel: a node sends them in the order of their numbers, as far as its credit goes; the
/// scheduler acknowledges what it has for good.
namespace camfleet::cluster {

inline constexpr std::size_t max_result_bytes = std::size_t{4} << 20U;  ///< with its picture
/// Of a result's picture: its record is the rest at most.
inline constexpr std::size_t max_picture_bytes = std::size_t{3} << 20U;
/// Bytes that a node may have on their way unacknowledged.
inline constexpr std::uint32_t result_credit = 4U << 20U;

/// From a node: asks where to go on.
struct Ready {
  std::uint64_t spool = 0;
};
/// From a node: a result, with its record; a picture follows in a part of its own.
struct ResultHead {
  std::uint64_t spool = 0;
  std::uint64_t number = 0;
  std::uint64_t previous = 0;  ///< the number of the one before it
};
/// From the scheduler: it has everything up to this number.
struct Acknowledgement {
  std::uint64_t spool = 0;
  std::uint64_t number = 0;
  std::uint32_t credit = result_credit;
  bool rewinds = false;  ///< what was sent beyond is to be sent again
};

std::string write_ready(const Ready& ready);
std::string write_result(const ResultHead& head, std::string_view record);
std::string write_acknowledgement(const Acknowledgement& acknowledgement);

// None: it is none.
std::optional<Ready> read_ready(std::string_view bytes);
struct ReadResult {
  ResultHead head;
  std::string_view record;
};
std::optional<ReadResult> read_result(std::string_view bytes);
std::optional<Acknowledgement> read_acknowledgement(std::string_view bytes);

}  // namespace camfleet::cluster
