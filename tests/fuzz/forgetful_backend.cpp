#include "tests/fuzz/forgetful_backend.hpp"

#include <algorithm>
#include <functional>
#include <ostream>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/spec_text.hpp"

namespace camfleet::fuzz {
namespace {

const std::string own_zone = "Asia/Shanghai";
const std::string own_node = "local";

/// What is stored of a request must be read again when the service starts the next time.
void check_kept(nlohmann::json fields, const InstanceSpec& spec) {
  fields["Zone"] = spec.schedule.zone;
  const auto again = parse_instance(nlohmann::json::parse(fields.dump()), {"Pacific/Apia"});
  require(again.has_value(), "what is kept is read again", fields.dump());
  require(fields_of(again.value()) == fields_of(spec), "what is kept is the same instance", fields.dump());
}

const std::vector<store::DeviceRecord>& known_devices() {
  static const std::vector<store::DeviceRecord> devices{
      {"gate", "2",
       R"({"Name":"gate","Type":"IPC","Source":"rtsp://admin:)" + std::string(device_password) +
           R"(@192.0.2.7/stream"})",
       0},
      {"mall", "9", R"({"Name":"mall","Type":"IPC","Source":"rtsp://192.0.2.8/"})", 0}};
  return devices;
}

void require_bounds(const store::Query& query) {
  require(query.limit <= 100, "a page has 100 entries at most");
  require(query.offset < 10'000, "pages end");
}

/// The first of the ids that is no device of these projects.
const std::string* unknown_device(const std::vector<std::string>& ids, const api::Projects& projects) {
  const auto is_known = [&](const std::string& id) {
    return std::ranges::any_of(known_devices(), [&](const store::DeviceRecord& device) {
      return device.id == id && (!projects || projects->contains(device.project));
    });
  };
  const auto unknown = std::ranges::find_if_not(ids, is_known);
  return unknown == ids.end() ? nullptr : &*unknown;
}

/// Every call finds the same two devices and nothing else; what is created is checked and dropped.
class ForgetfulBackend final : public api::Backend {
 public:
  void create(const std::string& project, const api::Projects& /*projects*/, const nlohmann::json& fields,
              std::function<void(const result<Created>&)> done) override {
    require(!project.empty(), "an instance has a project");
    const auto spec = parse_instance(fields, {own_zone});
    if (!spec.has_value()) {
      check_error(spec.error());
      return done(pass(spec.error()));
    }
    check_spec(spec.value(), OverlapRule::reject);
    check_kept(fields, spec.value());
    done(Created{1, 1});
  }

  void remove(const std::vector<std::int64_t>& ids, const api::Projects& /*projects*/, Done done) override {
    require(!ids.empty() && std::ranges::is_sorted(ids, std::less_equal()), "each instance once");
    done(fail(Errc::unknown_id, "InstanceIds", quote(std::to_string(ids.front())) + " is no instance here"));
  }

  void remove_devices(std::int64_t id, const std::vector<std::string>& devices, bool /*whole*/,
                      const api::Projects& projects, Done done) override {
    require(id >= 1, "an id is a number from 1 on", std::to_string(id));
    require(!devices.empty() && std::ranges::none_of(devices, &std::string::empty), "devices have ids");
    if (id != 1)
      return done(fail(Errc::unknown_id, "InstanceId", quote(std::to_string(id)) + " is none here"));
    if (const std::string* device = unknown_device(devices, projects))
      return done(fail(Errc::unknown_id, "Devices", quote(*device) + " is no device of instance 1"));
    done(success());
  }

  [[nodiscard]] std::pair<std::vector<api::InstanceView>, std::uint64_t> list(
      const Filter& /*filter*/) const override {
    return {};
  }
  [[nodiscard]] std::vector<std::int64_t> ids(const api::Projects& /*projects*/,
                                              std::string_view /*device*/) const override {
    return {};
  }
  [[nodiscard]] result<api::InstanceView> find(std::int64_t id,
                                               const api::Projects& /*projects*/) const override {
    return fail(Errc::unknown_id, "InstanceId", quote(std::to_string(id)) + " is no instance here");
  }

  void add_device(const store::DeviceRecord& device, Done done) override {
    const auto fields = nlohmann::ordered_json::parse(device.fields);
    require(fields.is_object() && fields.dump() == device.fields, "fields are kept whole", device.fields);
    if (unknown_device({device.id}, std::nullopt) == nullptr)
      return done(fail(Errc::invalid_field, "DeviceId", quote(device.id) + " is there already"));
    done(success());
  }

  void drop_devices(const std::vector<std::string>& ids, const api::Projects& projects, Done done) override {
    if (const std::string* id = unknown_device(ids, projects))
      return done(fail(Errc::unknown_id, "DeviceId", quote(*id) + " is no device that was created here"));
    done(success());
  }

  [[nodiscard]] std::vector<store::DeviceRecord> devices(const api::Projects& projects) const override {
    auto devices = known_devices();
    std::erase_if(devices, [&](const auto& one) { return !api::is_among(one.project, projects); });
    return devices;
  }

  [[nodiscard]] result<std::optional<DeviceKind>> ask_source(const media::SourceUrl& /*url*/) const override {
    return std::optional<DeviceKind>();
  }

  result<std::string> upload(const std::string& source, const api::Projects& projects, std::string_view name,
                             std::string_view picture) override {
    require(!name.empty() && !picture.empty(), "a picture has a name and bytes");
    if (unknown_device({source}, projects) != nullptr)
      return fail(Errc::unknown_id, "DataSourceId", quote(source) + " is no data source here");
    return "1-" + std::string(name);
  }

  void switch_streams(const std::vector<std::string>& ids, bool /*on*/, const api::Projects& projects,
                      Done done) override {
    if (const std::string* id = unknown_device(ids, projects))
      return done(fail(Errc::unknown_id, "DeviceIdList", quote(*id) + " is no device of an instance here"));
    done(success());
  }

  result<store::SlicePage> slices(const store::Query& query) override {
    require_bounds(query);
    store::SlicePage page;
    if (query.state != store::SliceState::ended && !query.outcome) {
      page.open = {
          {{1, query.device.value_or("gate"), fixed_now().time_since_epoch().count()}, seconds(60).count()}};
      page.total = 1;
    }
    return page;
  }
  result<store::Page<store::FindingRecord>> findings(const store::Query& query) override {
    require_bounds(query);
    return store::Page<store::FindingRecord>();
  }
  result<std::optional<store::FindingRecord>> finding(std::int64_t /*id*/) override {
    return std::optional<store::FindingRecord>();
  }
  [[nodiscard]] result<std::string> picture(std::string_view /*name*/) const override {
    return fail(Errc::not_found, "picture", "gave way");
  }

  [[nodiscard]] Instant now() const override { return fixed_now(); }
  [[nodiscard]] const std::string& zone() const override { return own_zone; }
  [[nodiscard]] std::string node_of(const store::SliceName& /*slice*/) const override { return own_node; }
  [[nodiscard]] result<std::vector<api::NodeView>> nodes() const override {
    return std::vector<api::NodeView>{{.name = "north-1", .is_up = true, .since = fixed_now(), .acu = 4}};
  }
  result<void> drain_node(const std::string& /*name*/) override { return success(); }
  [[nodiscard]] const Roster& roster() const override { return roster_; }
  [[nodiscard]] result<void> ready() override { return success(); }
  void measure() const override {}

 private:
  Roster roster_;
};

}  // namespace

Instant fixed_now() {
  static const Instant now = parse_iso("2026-03-01T02:00:00Z").value();
  return now;
}

service::Observers observed_by(service::Metrics& metrics) {
  static auto* const nowhere = new std::ostream(nullptr);
  // A line that is written wakes a thread, and none of what is said here is an error.
  static auto* const log = new logging::Log(*nowhere, {.level = logging::Level::error});
  return {log, &metrics};
}

api::Backend& forgetful_backend() {
  static auto* const backend = new ForgetfulBackend;
  return *backend;
}

}  // namespace camfleet::fuzz
