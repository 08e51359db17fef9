#include "simulator/camera/cameras.hpp"

#include <algorithm>

#include "actors/hash.hpp"
#include "simulator/camera/synthetic_source.hpp"

namespace camfleet::camera {
namespace {

using sim::FaultKind;

constexpr Duration connect_least = milliseconds(300);
constexpr Duration connect_most = milliseconds(1500);

/// Waits until `until` of the run's clock. False: it was closed meanwhile.
bool wait(const media::LiveOptions& options, Instant until) {
  while (!options.interrupt->stopped()) {
    if (options.clock->now() >= until) return true;
    options.clock->wait_a_while(until);
  }
  return false;
}

/// What a camera answers to who connects, which takes as long as it takes.
result<void> answer_connect(const CameraFaults& faults, const media::LiveOptions& options,
                            const std::string& where) {
  const Instant now = options.clock->now();
  const auto refused = [&] {
    return fail(Errc::unreachable, where, "cannot be reached: Connection refused");
  };
  if (faults.at(FaultKind::disconnect, now) != nullptr) return refused();
  Duration takes = connect_time(options.device, now);
  if (const auto* slow = faults.at(FaultKind::slow_connect, now)) takes += slow->by;
  if (const auto* frozen = faults.at(FaultKind::freeze, now)) takes = std::max(takes, frozen->to - now);
  const Duration deadline = options.limits.open_deadline;
  if (!wait(options, now + std::min(takes, deadline)))
    return fail(Errc::ended, where, "was closed while it was opened");
  if (takes > deadline) return fail(Errc::timed_out, where, "gave no answer within the deadline for opening");
  if (faults.at(FaultKind::disconnect, options.clock->now()) != nullptr) return refused();
  return success();
}

}  // namespace

Duration connect_time(std::string_view device, Instant now) {
  const auto range = static_cast<std::uint64_t>((connect_most - connect_least).count());
  const auto instant = static_cast<std::uint64_t>(now.time_since_epoch().count());
  return connect_least + Duration(static_cast<std::int64_t>(mix(hash_text(device) ^ mix(instant)) % range));
}

CameraSpec half_size(CameraSpec camera) {
  camera.size = {std::max(camera.size.width / 4 * 2, 160), std::max(camera.size.height / 4 * 2, 90)};
  return camera;
}

void Cameras::set_faults(std::string device, CameraFaults faults) {
  faults_.insert_or_assign(std::move(device), std::move(faults));
}

const CameraFaults& Cameras::faults_of(const std::string& device) const {
  static const CameraFaults none;
  const auto found = faults_.find(device);
  return found == faults_.end() ? none : found->second;
}

media::Scheme Cameras::scheme() {
  media::Scheme scheme;
  scheme.traits = [](const media::SourceUrl&) {
    return media::SourceTraits{
        .kind = media::SourceKind::live, .clock = media::StreamClock::run, .paced = true};
  };
  scheme.connect = [this](const media::SourceUrl& url, const media::LiveOptions& options) {
    return connect(url, options);
  };
  scheme.example = "synthetic://";
  return scheme;
}

result<std::unique_ptr<media::PacketSource>> Cameras::connect(const media::SourceUrl& url,
                                                              const media::LiveOptions& options) {
  CAMFLEET_TRY(const CameraSpec camera, resolve(url, options.device, nullptr));
  const CameraFaults& faults = faults_of(options.device);
  // Made while it is waited for.
  Reel reel;
  const LoopKey key = LoopKey::of(camera);
  CAMFLEET_TRY(reel.loop, library_.open(key));
  if (faults.any(FaultKind::resize)) {
    CAMFLEET_TRY(reel.small, library_.open(LoopKey::of(half_size(camera))));
  }
  if (faults.any(FaultKind::black)) {
    CAMFLEET_TRY(reel.black, black_group(key));
  }
  CAMFLEET_CHECK(answer_connect(faults, options, url.text));
  return std::unique_ptr<media::PacketSource>(
      std::make_unique<SyntheticSource>(camera, std::move(reel), faults, url.text, options));
}

std::vector<LoopKey> Cameras::loops_of(const std::map<std::string, CameraSpec>& by_device) const {
  std::map<std::string, LoopKey> loops;
  const auto add = [&](const CameraSpec& camera) {
    const LoopKey key = LoopKey::of(camera);
    loops.emplace(key.text(), key);
  };
  for (const auto& [device, camera] : by_device) {
    add(camera);
    if (faults_of(device).any(FaultKind::resize)) add(half_size(camera));
  }
  std::vector<LoopKey> list;
  for (const auto& [text, key] : loops) list.push_back(key);
  return list;
}

}  // namespace camfleet::camera
