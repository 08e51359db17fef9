#include "tests/actors/machines/story_roster.hpp"

#include <cstdint>
#include <sstream>
#include <string_view>
#include <vector>

#include "actors/base/text.hpp"
#include "tests/actors/machines/message_text.hpp"

namespace camfleet::testing {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text == "none" ? "" : text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

int number(std::string_view text, int usual) {
  return static_cast<int>(parse_int(text).value_or(usual));
}

/// What stands before and after a mark; after it nothing where there is none.
std::pair<std::string, std::string> halves(const std::string& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string::npos) return {text, ""};
  return {text.substr(0, at), text.substr(at + 1)};
}

DeviceEntry device_of(const std::string& word, std::size_t position) {
  const auto [kind, amount] = halves(word, ':');
  DeviceEntry device;
  device.id = "cam-" + std::to_string(position);
  device.kind = kind == "live"       ? DeviceKind::live
                : kind == "recorded" ? DeviceKind::recorded
                                     : DeviceKind::pictures;
  if (device.kind == DeviceKind::live && amount == "1") device.source = "rtsp://camera/#connections=1";
  if (device.kind == DeviceKind::recorded) device.length = seconds(number(amount, 0));
  if (device.kind == DeviceKind::pictures) device.pictures = static_cast<std::uint32_t>(number(amount, 0));
  return device;
}

}  // namespace

std::unique_ptr<Roster> story_roster(const std::map<std::string, std::string>& keys) {
  const auto value = [&](const char* key, const char* usual) {
    const auto found = keys.find(key);
    return found == keys.end() ? std::string(usual) : found->second;
  };
  auto roster = std::make_unique<Roster>();
  for (const std::string& word : words_of(value("nodes", "none"))) {
    const auto [id, acu] = halves(word, ':');
    roster->add_node({id, {.acu = static_cast<std::uint32_t>(number(acu, 2))}}).value();
  }
  if (roster->node_count() > 0) roster->use_placement().value();
  InstanceSpec spec;
  spec.schedule.zone = "UTC";
  for (const std::string& word : words_of(value("devices", "live"))) {
    spec.devices.emplace_back();
    spec.devices.back().id =
        (*roster)[roster->add_device(device_of(word, spec.devices.size() - 1)).value()].id;
  }
  for (const std::string& position : words_of(value("off", "none")))
    spec.devices.at(static_cast<std::size_t>(number(position, 0))).start_stream = false;
  for (int i = 0; i < number(value("algorithms", "1"), 1); ++i) {
    spec.algorithms.push_back({std::to_string(i), "one"});
    roster->add_algorithm(spec.algorithms.back().id).value();
  }
  const std::string spf = value("spf", "1");
  spec.every_frame = spf == "every_frame";
  spec.spf = number(spf, 1);
  const std::string windows = value("windows", "0-120");
  if (windows == "once") spec.schedule.type = ScheduleType::once;
  for (const std::string& word : windows == "once" ? std::vector<std::string>() : words_of(windows)) {
    const auto [from, to] = halves(word, '-');
    spec.schedule.windows.push_back({number(from, 0), number(to, 0)});
  }
  if (const std::string polling = value("polling", "none"); polling != "none") {
    const auto [slice, every] = halves(polling, '/');
    spec.polling = Polling{seconds(number(slice, 1)), seconds(number(every, 60))};
  }
  for (int i = 0; i < number(value("instances", "1"), 1); ++i)
    roster->add_instance("instance-" + std::to_string(i), spec, story_start() - hours(1)).value();
  return roster;
}

}  // namespace camfleet::testing
