#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/media/source_url.hpp"
#include "runtime/store/store.hpp"

namespace camfleet::api {

/// Which projects a caller may see; none: all.
using Projects = std::optional<std::set<std::string, std::less<>>>;
inline bool is_among(const std::string& project, const Projects& projects) {
  return !projects || projects->contains(project);
}

/// An instance as lists show it.
struct InstanceView {
  std::int64_t id = 0;
  std::string name;
  std::string project;
  std::string_view status;
  Instant created{};
  std::int64_t acu = 0;
  InstanceIx ix;                  ///< its spec, in roster()
  std::vector<DeviceIx> removed;  ///< devices of the spec that it no longer has
};

/// A node of a fleet on several machines. What is measured of it is 0 while it is away.
struct NodeView {
  std::string name;
  bool is_up = false;
  bool is_silent = false;  ///< it is connected, and not heard of: what it had goes on elsewhere
  bool is_draining = false;
  /// When it came, went or fell silent; none: it was never there since the server began.
  std::optional<Instant> since{};
  std::string address{};
  std::string region{};
  std::uint32_t acu = 0;
  std::uint32_t cpu = 0;      ///< of its process, in thousandths of a core
  std::uint32_t devices = 0;  ///< that are placed there
  std::uint32_t streams = 0;  ///< open
  std::uint32_t slices = 0;   ///< that run there
  std::uint64_t spooled = 0;  ///< findings that the server does not have yet
  std::uint64_t spooled_bytes = 0;
  std::uint64_t findings_lost = 0;  ///< for want of room, since its process began
  std::uint64_t pictures_lost = 0;
  Duration round_trip{0};
};

/// What the actions of the API are about: instances, devices, streams, and what came of them. Thread-safe.
/// `done` is called once, on any thread, when what was changed is durable, or has failed. Whatever changes
/// something fails with io where the disk is too far behind.
class Backend {
 public:
  using Done = std::function<void(const result<void>&)>;
  struct Created {
    std::int64_t id = 0;
    std::int64_t acu = 0;
  };

  Backend() = default;
  virtual ~Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  /// Creates an instance. It may have the devices of the fleet file and those that were made in `projects`.
  /// Errors: those of parse_instance and of Roster::add_instance; model; io.
  virtual void create(const std::string& project, const Projects& projects, const nlohmann::json& fields,
                      std::function<void(const result<Created>&)> done) = 0;
  /// Deletes all of them or none. Errors: unknown_id, with the first that is unknown; io.
  virtual void remove(const std::vector<std::int64_t>& ids, const Projects& projects, Done done) = 0;
  /// Takes devices out of an instance: what runs on them is cancelled, nothing more is due; the others keep
  /// their times. With `whole`, an instance that has no device left is deleted. All or none. Errors:
  /// unknown_id; io.
  virtual void remove_devices(std::int64_t id, const std::vector<std::string>& devices, bool whole,
                              const Projects& projects, Done done) = 0;

  struct Filter {
    Projects projects;
    std::string name;  ///< part of the name; empty: any
    std::size_t offset = 0;
    std::size_t limit = 100;
  };
  /// Newest first, with how many match in all.
  [[nodiscard]] virtual std::pair<std::vector<InstanceView>, std::uint64_t> list(
      const Filter& filter) const = 0;
  /// Of all instances, ascending; with a device, of those alone that have it or had it.
  [[nodiscard]] virtual std::vector<std::int64_t> ids(const Projects& projects,
                                                      std::string_view device) const = 0;
  /// Errors: unknown_id.
  [[nodiscard]] virtual result<InstanceView> find(std::int64_t id, const Projects& projects) const = 0;

  /// Adds a device that lists its source; `project` owns it. Errors: invalid_field, duplicate_field; io.
  virtual void add_device(const store::DeviceRecord& device, Done done) = 0;
  /// Errors: unknown_id; invalid_field: an instance still uses it; io.
  virtual void drop_devices(const std::vector<std::string>& ids, const Projects& projects, Done done) = 0;
  [[nodiscard]] virtual std::vector<store::DeviceRecord> devices(const Projects& projects) const = 0;
  /// What a URL is that leaves it open, as its server says, which is asked for up to 2 s, or in doubt as the
  /// URL does; none: the URL alone says it. Errors: unsupported: nothing here reads such a URL, or it leads
  /// to a page or a picture.
  [[nodiscard]] virtual result<std::optional<DeviceKind>> ask_source(const media::SourceUrl& url) const = 0;
  /// Adds a picture to a data source of the type PIC: on the disk when it returns; gives the name of its
  /// file. Errors: unknown_id; invalid_field: a data source of another type; those of UploadFolder::add.
  virtual result<std::string> upload(const std::string& source, const Projects& projects,
                                     std::string_view name, std::string_view picture) = 0;

  /// Pulls the streams of these devices from now on, or no longer, in all instances of these projects that
  /// have them and later ones of the same projects, whatever StartStream said. All or none. Errors:
  /// unknown_id: no instance of these projects has such a device; io.
  virtual void switch_streams(const std::vector<std::string>& ids, bool on, const Projects& projects,
                              Done done) = 0;

  /// See store::Store; this and the next two.
  virtual result<store::SlicePage> slices(const store::Query& query) = 0;
  virtual result<store::Page<store::FindingRecord>> findings(const store::Query& query) = 0;
  virtual result<std::optional<store::FindingRecord>> finding(std::int64_t id) = 0;
  /// The JPEG of that name. Errors: not_found: it gave way, or never was.
  [[nodiscard]] virtual result<std::string> picture(std::string_view name) const = 0;

  [[nodiscard]] virtual Instant now() const = 0;
  /// Where wall times are of which nobody says the zone.
  [[nodiscard]] virtual const std::string& zone() const = 0;
  /// Where an open slice runs; empty: nowhere now.
  [[nodiscard]] virtual std::string node_of(const store::SliceName& slice) const = 0;
  /// By name. Errors: unsupported: this process carries all devices itself.
  [[nodiscard]] virtual result<std::vector<NodeView>> nodes() const = 0;
  /// Nothing begins on this node any more, what runs there goes on elsewhere, and its process ends; for 30 s
  /// at most. Errors: unknown_id; ended: it is not there; unsupported.
  virtual result<void> drain_node(const std::string& name) = 0;
  [[nodiscard]] virtual const Roster& roster() const = 0;

  /// Errors: io: the store's last commit failed. Then asking tries another one, for the next who asks.
  [[nodiscard]] virtual result<void> ready() = 0;
  /// Brings those metrics up to date that are not counted as things happen.
  virtual void measure() const = 0;
};

}  // namespace camfleet::api
