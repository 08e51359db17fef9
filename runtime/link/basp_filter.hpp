#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace camfleet::link {

/// Which end of a connection: the door, where actors are shown, or who calls there.
enum class Side : std::uint8_t { door, caller };

/// What CAF's processes say to each other, frame by frame (BASP, CAF 0.17: a header of 32 bytes and what it
/// says that follows). CAF believes any length, forwards for anybody, hands a message to any actor whose
/// number is guessed, and dies of some headers; this lets through what a peer of this side has to say: who it
/// is, once and first, and then messages to the one actor that it may speak to.
class BaspFilter {
 public:
  /// Of what comes to this side.
  BaspFilter(Side side, std::size_t most_payload) : side_(side), most_payload_(most_payload) {}

  /// At the door: the number of the actor that the peer may speak to. Until then to none.
  void allow(std::uint64_t actor) { allowed_ = actor; }

  /// Appends to `passed` what may go on of the bytes that have come. False: the stream is to be closed, `why`
  /// says why; nothing more of it may be asked about.
  bool take(std::string_view bytes, std::string& passed);
  [[nodiscard]] const std::string& why() const { return why_; }
  /// Frames that were held back: for other processes, for actors by name, or for other actors.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  static constexpr std::size_t header_size = 32;
  /// Judges the header that is there. False: see take.
  bool begin_frame();
  bool refuse(std::string why);
  /// A frame has come whole that says who it is. False: see take.
  bool end_greeting(std::string& passed);
  /// `size` bytes of the header from `at` on, the highest first.
  [[nodiscard]] std::uint64_t number(std::size_t at, std::size_t size) const;

  Side side_;
  std::size_t most_payload_;
  std::optional<std::uint64_t> allowed_;
  std::string identity_;  ///< what it has said of itself; CAF says it twice
  bool has_begun_ = false;
  bool greets_ = false;   ///< the frame that is under way says who it is …
  std::string greeting_;  ///< … of which so much has come, its header too
  std::array<char, header_size> header_{};
  std::size_t header_bytes_ = 0;  ///< of it that have come
  std::size_t left_ = 0;          ///< of the payload
  bool passes_ = false;           ///< the frame that is under way
  std::uint64_t dropped_ = 0;
  std::string why_;
};

}  // namespace camfleet::link
