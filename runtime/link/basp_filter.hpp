#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace camfleet::link {

/// What CAF's processes say to each other, frame by frame (BASP, CAF 0.17: a header of 32 bytes and what it
/// says that follows). CAF believes any length, and forwards for anybody; this lets through only what one
/// process says to another's actors by their numbers.
class BaspFilter {
 public:
  explicit BaspFilter(std::size_t most_payload) : most_payload_(most_payload) {}

  /// Appends to `passed` what may go on of the bytes that have come. False: the stream is to be closed, `why`
  /// says why; nothing more of it may be asked about.
  bool take(std::string_view bytes, std::string& passed);
  [[nodiscard]] const std::string& why() const { return why_; }
  /// Frames that were held back: for other processes, or for actors by name.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  static constexpr std::size_t header_size = 32;
  /// Judges the header that is there. False: see take.
  bool begin_frame();

  std::size_t most_payload_;
  std::array<char, header_size> header_{};
  std::size_t header_bytes_ = 0;  ///< of it that have come
  std::size_t left_ = 0;          ///< of the payload
  bool passes_ = false;           ///< the frame that is under way
  std::uint64_t dropped_ = 0;
  std::string why_;
};

}  // namespace camfleet::link
