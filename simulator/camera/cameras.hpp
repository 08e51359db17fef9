#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/media/registry.hpp"
#include "simulator/camera/camera_faults.hpp"
#include "simulator/camera/library.hpp"

namespace camfleet::camera {

/// The synthetic cameras of one process: what stands behind synthetic:// URLs. Thread-safe.
class Cameras {
 public:
  /// `problem` of the settings also hears of instances that ask for a camera otherwise than the first one
  /// did.
  explicit Cameras(const Library::Settings& settings) : library_(settings), problem_(settings.problem) {}

  [[nodiscard]] Library& library() { return library_; }

  /// What a device is, and what befalls it; of others their URL says it. Before anything is connected.
  void add(const std::string& device, const CameraSpec& camera, CameraFaults faults);

  /// How the scheme is read: live, by the run's time. The cameras outlive the registry it is added to.
  media::Scheme scheme();

  /// The loops that the cameras show which were added, each once.
  [[nodiscard]] std::vector<LoopKey> loops() const;

 private:
  result<std::unique_ptr<media::PacketSource>> connect(const media::SourceUrl& url,
                                                       const media::LiveOptions& options);
  /// The first instance that names a camera decides what its URL leaves out.
  result<void> ask(const media::SourceUrl& url, const DeviceSpec& device);
  struct Known {
    std::string url;  ///< with everything else, its device is another camera; empty: any
    CameraSpec camera;
    CameraFaults faults;
  };
  /// The camera of a device, where it is known.
  [[nodiscard]] std::optional<Known> find(const std::string& device, const media::SourceUrl& url) const;

  Library library_;
  std::function<void(const Error&)> problem_;
  mutable std::mutex mutex_;
  std::map<std::string, Known, std::less<>> known_;  ///< by device
};

/// How long a camera takes to send its first packet, in [0.3 s, 1.5 s], by its id and the instant.
Duration connect_time(std::string_view device, Instant now);

}  // namespace camfleet::camera
