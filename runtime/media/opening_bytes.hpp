#pragma once

#include <cstdint>
#include <functional>

namespace camfleet::media {

/// How much one source has read while it is being opened, which is bounded for it and for all that are being
/// opened at once: what it is not known to hold must not fill the memory.
class OpeningBytes {
 public:
  /// `most`: bytes of this source.
  explicit OpeningBytes(std::int64_t most) : most_(most) {}
  ~OpeningBytes() { opened(); }
  OpeningBytes(const OpeningBytes&) = delete;
  OpeningBytes& operator=(const OpeningBytes&) = delete;

  /// `count` more were read. One that has read much waits while all sources together have read too much,
  /// unless `must_stop` says so. False: this one has.
  bool add(std::int64_t count, const std::function<bool()>& must_stop);

  /// Its first picture is there: nothing is counted any more.
  void opened();

  [[nodiscard]] std::int64_t most() const { return most_; }

 private:
  std::int64_t most_;
  std::int64_t read_ = 0;
  bool counts_ = true;
};

}  // namespace camfleet::media
