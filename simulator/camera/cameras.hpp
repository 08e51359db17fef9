#pragma once

#include <map>
#include <memory>
#include <string>

#include "runtime/media/registry.hpp"
#include "simulator/camera/camera_faults.hpp"
#include "simulator/camera/library.hpp"

namespace camfleet::camera {

/// The synthetic cameras of one process: what stands behind synthetic:// URLs. Thread-safe once faults are
/// set.
class Cameras {
 public:
  explicit Cameras(Library::Settings settings) : library_(std::move(settings)) {}

  [[nodiscard]] Library& library() { return library_; }

  /// What befalls a device, by its id. Before anything is connected.
  void set_faults(std::string device, CameraFaults faults);

  /// How the scheme is read: live, by the run's time. The cameras outlive the registry it is added to.
  media::Scheme scheme();

  /// The loops that these cameras show, each once; where their pictures change their size, of both.
  [[nodiscard]] std::vector<LoopKey> loops_of(const std::map<std::string, CameraSpec>& by_device) const;

 private:
  result<std::unique_ptr<media::PacketSource>> connect(const media::SourceUrl& url,
                                                       const media::LiveOptions& options);
  [[nodiscard]] const CameraFaults& faults_of(const std::string& device) const;

  Library library_;
  std::map<std::string, CameraFaults, std::less<>> faults_;
};

/// The camera with half the width and height, as far as a camera goes.
CameraSpec half_size(CameraSpec camera);

/// How long a camera takes to send its first packet, in [0.3 s, 1.5 s], by its id and the instant.
Duration connect_time(std::string_view device, Instant now);

}  // namespace camfleet::camera
