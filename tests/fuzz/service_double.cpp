/// Takes the place of runtime/service when the program is linked: the real one has threads, a store and
/// models.

#include "tests/fuzz/service_double.hpp"

#include <algorithm>
#include <cstddef>
#include <ostream>

#include <nlohmann/json.hpp>

#include "actors/text.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/spec_text.hpp"

namespace camfleet {
namespace fuzz {
namespace {

const std::string zone = "Asia/Shanghai";

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

class NoRecords final : public store::Store {
 public:
  result<store::Committed> commit(std::span<const store::Change>) override { return store::Committed{}; }
  result<store::State> load() override { return store::State(); }
  result<store::Withdrawn> withdraw(store::Nanoseconds) override { return store::Withdrawn(); }
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
  result<std::optional<store::FindingRecord>> finding(std::int64_t) override {
    return std::optional<store::FindingRecord>();
  }

 private:
  static void require_bounds(const store::Query& query) {
    require(query.limit <= 100, "a page has 100 entries at most");
    require(query.offset < 10'000, "pages end");
  }
};

/// The first of the ids that is no device of these projects.
const std::string* unknown_device(const std::vector<std::string>& ids, const service::Projects& projects) {
  const auto is_known = [&](const std::string& id) {
    return std::ranges::any_of(known_devices(), [&](const store::DeviceRecord& device) {
      return device.id == id && (!projects || projects->contains(device.project));
    });
  };
  const auto unknown = std::ranges::find_if_not(ids, is_known);
  return unknown == ids.end() ? nullptr : &*unknown;
}

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

service::Service& forgetful_service() {
  static auto* const metrics = new service::Metrics;
  static service::Service* const service =
      service::Service::start({}, observed_by(*metrics)).value().release();
  return *service;
}

}  // namespace fuzz

Instant plant::Timekeeper::now() const {
  return fuzz::fixed_now();
}

namespace service {

using fuzz::known_devices;
using fuzz::unknown_device;

result<std::string> PictureFolder::read(std::string_view) const {
  return fail(Errc::not_found, "picture", "gave way");
}

result<std::unique_ptr<Service>> Service::start(Settings settings, const Observers& observers) {
  std::unique_ptr<Service> service(new Service(std::move(settings), observers));
  service->store_ = std::make_unique<fuzz::NoRecords>();
  // Asked for the time alone, which is answered above without a look at it.
  alignas(Analysis) static std::byte no_analysis[sizeof(Analysis)];
  service->analysis_.reset(reinterpret_cast<Analysis*>(no_analysis));
  return service;
}

// Whom it tells of what happens is not here.
Service::Service(Settings settings, const Observers& observers)
    : settings_(std::move(settings)), observers_(observers) {}

// Nothing is ever ended; these are here to be linked.
Service::~Service() {
  std::abort();
}
Analysis::~Analysis() {
  std::abort();
}

// NOLINTBEGIN(performance-unnecessary-value-param): the parameters are those of the header.
void Service::create(const std::string& project, const Projects& /*projects*/, const nlohmann::json& fields,
                     std::function<void(const result<Created>&)> done) {
  fuzz::require(!project.empty(), "an instance has a project");
  const auto spec = parse_instance(fields, {fuzz::zone});
  if (!spec.has_value()) {
    fuzz::check_error(spec.error());
    return done(BOOST_OUTCOME_V2_NAMESPACE::failure(spec.error()));
  }
  fuzz::check_spec(spec.value(), OverlapRule::reject);
  fuzz::check_kept(fields, spec.value());
  done(Created{1, 1});
}

void Service::remove(const std::vector<std::int64_t>& ids, const Projects&,
                     std::function<void(const result<void>&)> done) {
  fuzz::require(!ids.empty() && std::ranges::is_sorted(ids, std::less_equal()), "each instance once");
  done(fail(Errc::unknown_id, "InstanceIds", quote(std::to_string(ids.front())) + " is no instance here"));
}

void Service::remove_devices(std::int64_t id, const std::vector<std::string>& devices, bool,
                             const Projects& projects, std::function<void(const result<void>&)> done) {
  fuzz::require(id >= 1, "an id is a number from 1 on", std::to_string(id));
  fuzz::require(!devices.empty() && std::ranges::none_of(devices, &std::string::empty), "devices have ids");
  if (id != 1) return done(fail(Errc::unknown_id, "InstanceId", quote(std::to_string(id)) + " is none here"));
  if (const std::string* device = unknown_device(devices, projects))
    return done(fail(Errc::unknown_id, "Devices", quote(*device) + " is no device of instance 1"));
  done(success());
}

std::pair<std::vector<InstanceView>, std::uint64_t> Service::list(const Filter&) const {
  return {};
}

std::vector<std::int64_t> Service::ids(const Projects&, std::string_view) const {
  return {};
}

result<InstanceView> Service::find(std::int64_t id, const Projects&) const {
  return fail(Errc::unknown_id, "InstanceId", quote(std::to_string(id)) + " is no instance here");
}

void Service::add_device(const store::DeviceRecord& device, std::function<void(const result<void>&)> done) {
  const auto fields = nlohmann::ordered_json::parse(device.fields);
  fuzz::require(fields.is_object() && fields.dump() == device.fields, "fields are kept whole", device.fields);
  if (unknown_device({device.id}, std::nullopt) == nullptr)
    return done(fail(Errc::invalid_field, "DeviceId", quote(device.id) + " is there already"));
  done(success());
}

void Service::drop_devices(const std::vector<std::string>& ids, const Projects& projects,
                           std::function<void(const result<void>&)> done) {
  if (const std::string* id = unknown_device(ids, projects))
    return done(fail(Errc::unknown_id, "DeviceId", quote(*id) + " is no device that was created here"));
  done(success());
}

std::vector<store::DeviceRecord> Service::devices(const Projects& projects) const {
  auto devices = known_devices();
  std::erase_if(devices, [&](const auto& one) { return projects && !projects->contains(one.project); });
  return devices;
}

result<void> Service::check_pulled(const media::SourceUrl&) const {
  return success();
}

result<std::string> Service::upload(const std::string& source, const Projects& projects,
                                    std::string_view name, std::string_view picture) {
  fuzz::require(!name.empty() && !picture.empty(), "a picture has a name and bytes");
  if (unknown_device({source}, projects) != nullptr)
    return fail(Errc::unknown_id, "DataSourceId", quote(source) + " is no data source here");
  return "1-" + std::string(name);
}

void Service::switch_streams(const std::vector<std::string>& ids, bool, const Projects& projects,
                             std::function<void(const result<void>&)> done) {
  if (const std::string* id = unknown_device(ids, projects))
    return done(fail(Errc::unknown_id, "DeviceIdList", quote(*id) + " is no device of an instance here"));
  done(success());
}
// NOLINTEND(performance-unnecessary-value-param)

result<void> Service::ready() {
  return success();
}

void Service::measure() const {}

}  // namespace service
}  // namespace camfleet
