#include "simulator/camera/cameras.hpp"

#include <algorithm>

#include "actors/base/hash.hpp"
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
    options.clock->wait_a_while(until, *options.interrupt);
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

void Cameras::add(const std::string& device, const CameraSpec& camera, CameraFaults faults) {
  const std::lock_guard lock(mutex_);
  known_.insert_or_assign(device, Known{"", camera, std::move(faults)});
}

std::optional<Cameras::Known> Cameras::find(const std::string& device, const media::SourceUrl& url) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(device);
  const bool is_it =
      found != known_.end() && (found->second.url.empty() || found->second.url == url.secret_text);
  return is_it ? std::optional(found->second) : std::nullopt;
}

result<void> Cameras::ask(const media::SourceUrl& url, const DeviceSpec& device) {
  CAMFLEET_TRY(const CameraSpec asked, resolve(url, device.id, &device));
  const auto known = find(device.id, url);
  if (!known) {
    const std::lock_guard lock(mutex_);
    known_.insert_or_assign(device.id, Known{url.secret_text, asked, {}});
  } else if (known->camera != asked && problem_) {
    problem_({Errc::invalid_field, "device " + device.id,
              "films as the first instance that named it asked, " + url_of(known->camera) +
                  "; another one asks otherwise"});
  }
  return success();
}

media::Scheme Cameras::scheme() {
  media::Scheme scheme;
  scheme.traits = [](const media::SourceUrl&) {
    return media::SourceTraits{.kind = media::SourceKind::live, .clock = media::StreamClock::run};
  };
  scheme.connect = [this](const media::SourceUrl& url, const media::LiveOptions& options) {
    return connect(url, options);
  };
  scheme.check = [](const media::SourceUrl& url) -> result<void> {
    CAMFLEET_CHECK(resolve(url, "", nullptr));
    return success();
  };
  scheme.asked = [this](const media::SourceUrl& url, const DeviceSpec& device) { return ask(url, device); };
  scheme.example = "synthetic://";
  return scheme;
}

result<std::unique_ptr<media::PacketSource>> Cameras::connect(const media::SourceUrl& url,
                                                              const media::LiveOptions& options) {
  auto known = find(options.device, url);
  if (!known) {
    known.emplace();
    CAMFLEET_TRY(known->camera, resolve(url, options.device, nullptr));
  }
  const auto& [address, camera, faults] = *known;
  // Made while it is waited for.
  CAMFLEET_TRY(Reel reel, Reel::open(library_, camera, faults));
  CAMFLEET_CHECK(answer_connect(faults, options, url.text));
  return std::unique_ptr<media::PacketSource>(
      std::make_unique<SyntheticSource>(camera, std::move(reel), faults, url.text, options));
}

std::vector<LoopKey> Cameras::loops() const {
  std::map<std::string, LoopKey> loops;
  const auto add = [&](const CameraSpec& camera) {
    const LoopKey key = LoopKey::of(camera);
    loops.emplace(key.text(), key);
  };
  const std::lock_guard lock(mutex_);
  for (const auto& [device, known] : known_) {
    add(known.camera);
    if (known.faults.any(FaultKind::resize)) add(half_size(known.camera));
  }
  std::vector<LoopKey> list;
  list.reserve(loops.size());
  for (const auto& [text, key] : loops) list.push_back(key);
  return list;
}

}  // namespace camfleet::camera
