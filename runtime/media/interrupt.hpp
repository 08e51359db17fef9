#pragma once

#include <atomic>
#include <chrono>

#include "actors/time.hpp"
#include "runtime/media/ffmpeg.hpp"

namespace camfleet::media {

/// Why a connection must stop what it does: its deadline, or its owner. Safe to ask from any thread.
class Interrupt {
 public:
  void allow(Duration span) {
    until_ = std::chrono::steady_clock::now() + span;
    late_ = false;
  }
  void stop() { stopped_ = true; }
  [[nodiscard]] bool stopped() const { return stopped_; }
  /// The deadline passed while FFmpeg was at work: its own error number does not tell.
  [[nodiscard]] bool late() const { return late_; }

  AVIOInterruptCB callback() {
    return {[](void* self) {
              auto* interrupt = static_cast<Interrupt*>(self);
              if (std::chrono::steady_clock::now() >= interrupt->until_) interrupt->late_ = true;
              return interrupt->late_ || interrupt->stopped_ ? 1 : 0;
            },
            this};
  }

 private:
  std::chrono::steady_clock::time_point until_ = std::chrono::steady_clock::time_point::max();
  bool late_ = false;
  std::atomic<bool> stopped_ = false;
};

}  // namespace camfleet::media
