#include "runtime/api/device_records.hpp"

#include <algorithm>
#include <iterator>

#include "actors/base/text.hpp"
#include "runtime/api/envelope.hpp"

namespace camfleet::api {

using nlohmann::ordered_json;

namespace {

/// What its server says that it is. Errors: invalid_field: no URL, or one that reads this machine's files.
result<std::optional<DeviceKind>> ask_source(const Backend& backend, std::string_view field,
                                             const std::string& source) {
  const auto url = media::parse_source_url(source);
  if (!url.has_value()) return pass(Error{Errc::invalid_field, std::string(field), url.error().what});
  constexpr std::string_view schemes[] = {"rtsp", "rtmp", "http", "https"};
  if (std::ranges::find(schemes, url.value().scheme) == std::end(schemes))
    return fail(
        Errc::invalid_field, std::string(field),
        "has the scheme " + quote(url.value().scheme) +
            "; give rtsp, rtmp, http or https; files of this machine are named by its fleet file alone");
  auto kind = backend.ask_source(url.value());
  if (!kind.has_value()) return fail(Errc::invalid_field, std::string(field), kind.error().what);
  return kind;
}

}  // namespace

Work asks_server(std::string_view url) {
  return to_lower(url.substr(0, 4)) == "http" ? Work::asks : Work::quick;
}

void keep_device(Backend& backend, const Call& call, const Finish& finish, std::string_view field,
                 std::string id, ordered_json fields, ordered_json data) {
  // Pictures are uploaded to it.
  if (fields["Type"] != "PIC") {
    const auto kind = ask_source(backend, field, fields["Source"].get<std::string>());
    if (!kind.has_value()) return finish(pass(to_api(kind.error())));
    if (kind.value()) fields["Kind"] = *kind.value() == DeviceKind::live ? "live" : "recorded";
  }
  store::DeviceRecord device{std::move(id), call.project(), fields.dump(),
                             backend.now().time_since_epoch().count()};
  backend.add_device(device, [finish, data = std::move(data)](const result<void>& added) {
    if (!added.has_value()) return finish(pass(to_api(added.error())));
    ordered_json answer;
    answer["Data"] = data;
    finish(json_text(answer));
  });
}

void drop_devices(Backend& backend, const Call& call, const Finish& finish, std::string_view list,
                  std::string_view name) {
  const std::vector<std::string> ids = call.list(list);
  backend.drop_devices(ids, call.projects(), [finish, ids, list, name](const result<void>& dropped) {
    if (!dropped.has_value()) {
      Error error = dropped.error();
      if (error.where == "DeviceId") error.where = list;
      return finish(pass(to_api(error)));
    }
    ordered_json answer;
    answer["Data"] = ordered_json::array();
    for (const std::string& id : ids) {
      ordered_json one;
      one["Code"] = "200";
      one[std::string(name)] = id;
      answer["Data"].push_back(std::move(one));
    }
    finish(json_text(answer));
  });
}

}  // namespace camfleet::api
