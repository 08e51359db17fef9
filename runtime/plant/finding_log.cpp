#include "runtime/plant/finding_log.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <set>
#include <system_error>

#include <nlohmann/json.hpp>

#include "actors/base/hash.hpp"
#include "actors/base/text.hpp"
#include "runtime/plant/whole_file.hpp"
#include "runtime/vision/draw.hpp"

namespace camfleet::plant {
namespace {

constexpr int jpeg_quality = 85;

void append_score(std::string& out, float score) {
  const long thousandths = std::lround(score * 1000.0F);
  append_int(out, thousandths / 1000);
  out += '.';
  append_int(out, thousandths % 1000, 3);
}

void append_box(std::string& out, const vision::Box& box) {
  out += R"({"label":)";
  append_json_string(out, box.label);
  out += R"(,"score":)";
  append_score(out, box.score);
  out += R"(,"x":)";
  append_int(out, box.x);
  out += R"(,"y":)";
  append_int(out, box.y);
  out += R"(,"w":)";
  append_int(out, box.w);
  out += R"(,"h":)";
  append_int(out, box.h);
  out += '}';
}

std::filesystem::path picture_path(const std::filesystem::path& folder, std::string_view device) {
  return folder / "pictures" / (file_name_of(device) + ".jpg");
}

/// The device of a line of findings.jsonl, as JSON; empty: it names none.
std::string_view device_text(std::string_view line) {
  constexpr std::string_view before = R"(,"device":)";
  // A quotation mark within a text has a backslash before it, so neither is within one.
  const std::size_t from = line.find(before);
  const std::size_t to = line.find(R"(,"algorithm":)");
  if (from == std::string_view::npos || to == std::string_view::npos || to < from) return {};
  return line.substr(from + before.size(), to - from - before.size());
}

/// What names a slice in lines.
std::string slice_text(std::string_view instance, std::string_view device, std::string_view due_at) {
  std::string text(due_at);
  return text.append(1, '\0').append(instance).append(1, '\0').append(device);
}

}  // namespace

void append_finding_line(std::string& out, const FindingHead& head, const std::vector<vision::Box>& boxes) {
  out += R"({"instance":)";
  append_json_string(out, head.instance);
  out += R"(,"device":)";
  append_json_string(out, head.device);
  out += R"(,"algorithm":)";
  append_json_string(out, head.algorithm);
  out += R"(,"due_at":")";
  append_iso(out, head.due_at);
  out += R"(","at":")";
  append_iso(out, head.at);
  if (head.frame_at != head.at) {
    out += R"(","frame_at":")";
    append_iso(out, head.frame_at);
  }
  out += R"(","media_s":)";
  append_seconds(out, std::chrono::floor<std::chrono::microseconds>(head.media_time));
  out += R"(,"width":)";
  append_int(out, head.width);
  out += R"(,"height":)";
  append_int(out, head.height);
  out += R"(,"boxes":[)";
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (i > 0) out += ',';
    append_box(out, boxes[i]);
  }
  out += ']';
  if (!head.file.empty()) {
    out += R"(,"file":)";
    append_json_string(out, head.file);
  }
  out += '}';
}

void append_finding_line(std::string& out, const Sample& sample, const media::Frame& frame,
                         const std::vector<vision::Box>& boxes, const Roster& roster) {
  const InstanceEntry& instance = roster[sample.instance];
  append_finding_line(out,
                      {.instance = instance.id,
                       .device = roster[sample.device].id,
                       .algorithm = roster[instance.algorithms[sample.algorithm]],
                       .due_at = sample.due_at,
                       .at = sample.at,
                       .frame_at = sample.frame_at,
                       .media_time = frame.media_time,
                       .width = frame.width,
                       .height = frame.height,
                       .file = frame.file},
                      boxes);
}

std::string file_name_of(std::string_view id) {
  constexpr char hex[] = "0123456789ABCDEF";
  std::string name;
  for (const char c : id) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || (c == '.' && !name.empty());
    if (plain) {
      name += c;
    } else {
      name += '%';
      name += hex[static_cast<unsigned char>(c) >> 4U];
      name += hex[static_cast<unsigned char>(c) & 0xFU];
    }
  }
  // A file name has at most 255 bytes; ids have at most 128 characters, of up to 4 bytes each.
  constexpr std::size_t longest = 220;
  return name.size() <= longest ? name : name.substr(0, longest) + "-" + to_hex(hash_text(id));
}

result<void> remove_old_records(const std::filesystem::path& folder) {
  std::set<std::string, std::less<>> seen;
  std::ifstream findings(folder / "findings.jsonl", std::ios::binary);
  for (std::string line; std::getline(findings, line);) {
    const std::string_view device = device_text(line);
    if (device.empty() || !seen.emplace(device).second) continue;
    const auto id = nlohmann::json::parse(device, nullptr, false);
    if (!id.is_string()) continue;
    std::error_code ignored;
    std::filesystem::remove(picture_path(folder, id.get<std::string>()), ignored);
  }
  findings.close();
  for (const char* name : {"summary.json", "ledger.jsonl", "findings.jsonl", "cameras.json", "plan.json"}) {
    std::error_code code;
    std::filesystem::remove(folder / name, code);
    if (code)
      return fail(Errc::io, (folder / name).string(),
                  "is of an earlier run and cannot be removed: " + code.message());
  }
  return success();
}

result<FindingLog> FindingLog::make(const Roster& roster, const std::filesystem::path& folder) {
  FindingLog log(roster);
  if (folder.empty()) return log;
  std::error_code code;
  const auto refused = [&] {
    return fail(Errc::io, folder.string(), "cannot be written; give a folder that can, with --out");
  };
  std::filesystem::create_directories(folder / "pictures", code);
  if (code) return refused();
  // One that ended before it wrote down its findings may have left pictures of the same devices.
  for (std::uint32_t i = 0; i < roster.device_count(); ++i) {
    std::error_code ignored;
    std::filesystem::remove(picture_path(folder, roster[DeviceIx{i}].id), ignored);
  }
  CAMFLEET_CHECK(remove_old_records(folder));
  log.folder_ = folder;
  log.file_.open(folder / "findings.jsonl", std::ios::binary | std::ios::trunc);
  if (!log.file_) return refused();
  return log;
}

void FindingLog::add(const Sample& sample, const media::Frame& frame, const std::vector<vision::Box>& boxes) {
  assert(!boxes.empty());
  if (listener_) listener_(sample, frame, boxes);
  count(sample, boxes);
  line_.clear();
  append_finding_line(line_, sample, frame, boxes, *roster_);
  fingerprint_ += mix(hash_line(line_));
  if (folder_.empty()) return;
  line_ += '\n';
  file_ << line_;
  if (frame.pixels() == nullptr) return;
  const auto [best, is_first] = best_.emplace(sample.device, boxes.front().score);
  if (!is_first && boxes.front().score <= best->second) return;
  best->second = boxes.front().score;
  keep_picture(sample, frame, boxes);
}

void FindingLog::count(const Sample& sample, const std::vector<vision::Box>& boxes) {
  const AlgorithmIx algorithm = (*roster_)[sample.instance].algorithms[sample.algorithm];
  AlgorithmFindings& found = by_algorithm_[algorithm];
  for (FindingCount* count : {&counts_[{sample.instance, sample.device}], &found.all, &total_}) {
    ++count->samples;
    count->boxes += boxes.size();
  }
  for (auto box = boxes.begin(); box != boxes.end(); ++box) {
    auto of_label = found.labels.find(box->label);
    if (of_label == found.labels.end()) of_label = found.labels.emplace(box->label, FindingCount{}).first;
    ++of_label->second.boxes;
    const bool is_first =
        std::none_of(boxes.begin(), box, [&](const auto& o) { return o.label == box->label; });
    of_label->second.samples += is_first ? 1 : 0;
  }
}

void FindingLog::keep_picture(const Sample& sample, const media::Frame& frame,
                              const std::vector<vision::Box>& boxes) {
  const auto jpeg =
      vision::draw_findings({frame.pixels(), frame.width, frame.height, frame.stride}, boxes, jpeg_quality);
  if (!jpeg.has_value()) {
    if (errors_.empty()) errors_.push_back(jpeg.error());
    return;
  }
  const auto path = picture_path(folder_, (*roster_)[sample.device].id);
  // The line that tells of a picture is there before it: who cleans up looks for pictures by it.
  file_.flush();
  const auto kept = [&]() -> result<void> {
    // The ledger comes before the pictures.
    CAMFLEET_CHECK(check_room(folder_, jpeg.value().size()));
    return write_whole(path, {reinterpret_cast<const char*>(jpeg.value().data()), jpeg.value().size()},
                       Durability::cached);
  }();
  if (!kept.has_value() && errors_.empty()) errors_.push_back(kept.error());
}

FindingCount FindingLog::of(InstanceIx instance, DeviceIx device) const {
  const auto found = counts_.find({instance, device});
  return found == counts_.end() ? FindingCount{} : found->second;
}

AlgorithmFindings FindingLog::of(AlgorithmIx algorithm) const {
  const auto found = by_algorithm_.find(algorithm);
  return found == by_algorithm_.end() ? AlgorithmFindings{} : found->second;
}

std::string FindingLog::fingerprint() const {
  return to_hex(fingerprint_);
}

void FindingLog::give_up(const SliceKey& slice, const std::vector<GivenUp>& spans) {
  if (folder_.empty()) return;
  std::vector<GivenUp>& all =
      given_up_[slice_text((*roster_)[slice.instance].id, (*roster_)[slice.device].id, to_iso(slice.due_at))];
  all.insert(all.end(), spans.begin(), spans.end());
}

result<void> FindingLog::mark_late() const {
  if (given_up_.empty()) return success();
  const std::filesystem::path path = folder_ / "findings.jsonl";
  const std::filesystem::path marked = folder_ / "findings.jsonl.new";
  std::ifstream from(path, std::ios::binary);
  std::ofstream to(marked, std::ios::binary | std::ios::trunc);
  for (std::string line; std::getline(from, line); to << line << '\n') {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) continue;
    const auto spans = given_up_.find(
        slice_text(json.value("instance", ""), json.value("device", ""), json.value("due_at", "")));
    const auto at = parse_iso(json.value("at", ""));
    if (spans == given_up_.end() || !at.has_value()) continue;
    if (std::ranges::any_of(spans->second, [&](const GivenUp& one) { return one.has(at.value()); }))
      line.insert(line.size() - 1, R"(,"late":true)");
  }
  const bool is_whole = from.eof() && !from.bad();
  to.close();
  if (!is_whole) to.setstate(std::ios::failbit);
  std::error_code code;
  if (to) std::filesystem::rename(marked, path, code);
  if (to && !code) return success();
  std::filesystem::remove(marked, code);
  return fail(Errc::io, path.string(), "has late findings that could not be marked; is the disk full?");
}

result<void> FindingLog::finish() {
  if (!folder_.empty()) {
    file_.close();
    if (!file_) keep_whole_lines(folder_ / "findings.jsonl");
    if (!file_ && errors_.empty())
      errors_.push_back(
          {Errc::io, (folder_ / "findings.jsonl").string(), "cannot be written; is the disk full?"});
    if (auto is_marked = mark_late(); !is_marked.has_value() && errors_.empty())
      errors_.push_back(is_marked.error());
  }
  if (!errors_.empty()) return pass(errors_.front());
  return success();
}

}  // namespace camfleet::plant
