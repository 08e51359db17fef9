#include "simulator/score/run_records.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "actors/base/text.hpp"
#include "simulator/score/line_fields.hpp"

namespace camfleet::score {
namespace {

using nlohmann::json;

constexpr std::int64_t widest = 100'000;
constexpr std::int64_t furthest = 1'000'000;
constexpr std::int64_t most_samples = UINT32_MAX;

/// A line of findings.jsonl without what names its slice.
struct FindingLine {
  Instant at{};
  Instant frame_at{};  ///< the same where the line says none
  int width = 0;
  int height = 0;
  std::vector<vision::Box> boxes;
};

result<vision::Box> read_box(const json& object, std::string where) {
  CAMFLEET_TRY(const LineFields fields, LineFields::of(object, std::move(where)));
  vision::Box box;
  CAMFLEET_TRY(box.label, fields.text("label"));
  CAMFLEET_TRY(const double score, fields.number("score", 0, 1));
  box.score = static_cast<float>(score);
  const std::tuple<const char*, std::int64_t, int*> numbers[] = {
      {"x", -furthest, &box.x}, {"y", -furthest, &box.y}, {"w", 0, &box.w}, {"h", 0, &box.h}};
  for (const auto& [name, least, into] : numbers) {
    CAMFLEET_TRY(const auto value, fields.whole(name, least, furthest));
    *into = static_cast<int>(value);
  }
  return box;
}

result<FindingLine> read_finding(const LineFields& fields) {
  FindingLine line;
  CAMFLEET_TRY(line.at, fields.instant("at"));
  line.frame_at = line.at;
  if (fields.has("frame_at")) {
    CAMFLEET_TRY(line.frame_at, fields.instant("frame_at"));
  }
  CAMFLEET_TRY(const auto width, fields.whole("width", 1, widest));
  CAMFLEET_TRY(const auto height, fields.whole("height", 1, widest));
  line.width = static_cast<int>(width);
  line.height = static_cast<int>(height);
  CAMFLEET_TRY(const json* boxes, fields.list("boxes"));
  for (std::size_t i = 0; i < boxes->size(); ++i) {
    CAMFLEET_TRY(vision::Box box, read_box((*boxes)[i], fields.place("boxes[" + std::to_string(i) + "]")));
    line.boxes.push_back(std::move(box));
  }
  return line;
}

/// The numbers of texts.
class Numbers {
 public:
  explicit Numbers(const std::vector<std::string>& texts) {
    for (std::uint32_t i = 0; i < texts.size(); ++i) numbers_.emplace(texts[i], i);
  }
  [[nodiscard]] std::optional<std::uint32_t> of(const std::string& text) const {
    const auto found = numbers_.find(text);
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<std::string, std::uint32_t> numbers_;
};

std::vector<std::string> ids_of(const Setting& setting) {
  std::vector<std::string> ids;
  for (const Setting::Algorithm& algorithm : setting.algorithms) ids.push_back(algorithm.id);
  return ids;
}

/// Reads both files side by side, so that the findings of a slice come before its row and little is held.
class Records {
 public:
  Records(const NamedSetting& named, JsonLines ledger, JsonLines findings, Scorer& into)
      : devices_(named.devices),
        instances_(named.instances),
        algorithms_(ids_of(named.setting)),
        ledger_(std::move(ledger)),
        findings_(std::move(findings)),
        scorer_(&into) {}

  result<void> score() {
    json line;
    for (;;) {
      CAMFLEET_TRY(const bool is_there, ledger_.next(line));
      if (!is_there) break;
      CAMFLEET_TRY(const auto slice, read_slice(line));
      if (!slice) continue;
      // Both files are in the order in which things happened, and a finding comes after its instant: where
      // one is later than the row's end, the row was there before it, and so are all findings of the row.
      while (!is_at_end_ && last_at_ <= slice->ended_at) CAMFLEET_CHECK(next_finding());
      scorer_->ended(*slice);
    }
    while (!is_at_end_) CAMFLEET_CHECK(next_finding());
    return success();
  }

 private:
  /// Nothing for a device that is no synthetic camera.
  result<std::optional<EndedSlice>> read_slice(const json& line) const {
    CAMFLEET_TRY(const LineFields fields, LineFields::of(line, ledger_.where()));
    CAMFLEET_TRY(const std::string device, fields.text("device"));
    const auto device_ix = devices_.of(device);
    if (!device_ix) return std::optional<EndedSlice>();
    EndedSlice slice;
    slice.key.device = {*device_ix};
    CAMFLEET_TRY(slice.key.instance.value, number_of(fields, "instance", instances_));
    CAMFLEET_TRY(slice.key.due_at, fields.instant("due_at"));
    CAMFLEET_TRY(slice.ended_at, fields.instant("ended_at"));
    CAMFLEET_TRY(const std::string outcome, fields.text("outcome"));
    slice.is_done = outcome == to_text(Outcome::done);
    CAMFLEET_TRY(const json* accounts, fields.list("algorithms"));
    for (std::size_t i = 0; i < accounts->size(); ++i) {
      CAMFLEET_TRY(const LineFields entry,
                   LineFields::of((*accounts)[i], fields.place("algorithms[" + std::to_string(i) + "]")));
      EndedSlice::Account account;
      CAMFLEET_TRY(account.algorithm.value, number_of(entry, "algorithm", algorithms_));
      CAMFLEET_TRY(const auto due, entry.whole("due", 0, most_samples));
      CAMFLEET_TRY(const auto analysed, entry.whole("analysed", 0, most_samples));
      account.due = static_cast<std::uint32_t>(due);
      account.analysed = static_cast<std::uint32_t>(analysed);
      slice.algorithms.push_back(account);
    }
    return std::optional(std::move(slice));
  }

  result<void> next_finding() {
    json line;
    CAMFLEET_TRY(const bool is_there, findings_.next(line));
    is_at_end_ = !is_there;
    if (is_at_end_) return success();
    CAMFLEET_TRY(const LineFields fields, LineFields::of(line, findings_.where()));
    CAMFLEET_TRY(const FindingLine finding, read_finding(fields));
    last_at_ = finding.at;
    CAMFLEET_TRY(const std::string device, fields.text("device"));
    const auto device_ix = devices_.of(device);
    if (!device_ix) return success();
    CAMFLEET_TRY(const auto instance, number_of(fields, "instance", instances_));
    CAMFLEET_TRY(const auto algorithm, number_of(fields, "algorithm", algorithms_));
    CAMFLEET_TRY(const Instant due_at, fields.instant("due_at"));
    scorer_->found({{instance},
                    {*device_ix},
                    {algorithm},
                    due_at,
                    finding.at,
                    finding.frame_at,
                    finding.width,
                    finding.height,
                    finding.boxes});
    return success();
  }

  static result<std::uint32_t> number_of(const LineFields& fields, const char* name, const Numbers& numbers) {
    CAMFLEET_TRY(const std::string text, fields.text(name));
    const auto number = numbers.of(text);
    if (!number) return fail(Errc::unknown_id, fields.place(name), quote(text) + " is not in cameras.json");
    return *number;
  }

  Numbers devices_;
  Numbers instances_;
  Numbers algorithms_;
  JsonLines ledger_;
  JsonLines findings_;
  Scorer* scorer_;
  Instant last_at_ = Instant::min();
  bool is_at_end_ = false;
};

}  // namespace

result<std::unique_ptr<Scorer>> score_records(const std::filesystem::path& folder) {
  CAMFLEET_TRY(const NamedSetting named, read_camera_file((folder / "cameras.json").string()));
  CAMFLEET_TRY(JsonLines ledger, JsonLines::open((folder / "ledger.jsonl").string()));
  CAMFLEET_TRY(JsonLines findings, JsonLines::open((folder / "findings.jsonl").string()));
  auto scorer = std::make_unique<Scorer>(named.setting);
  CAMFLEET_CHECK(Records(named, std::move(ledger), std::move(findings), *scorer).score());
  return scorer;
}

result<std::unique_ptr<Scorer>> score_findings(const std::string& path, const camera::CameraSpec& camera,
                                               const vision::Catalogue& catalogue,
                                               const std::string& algorithm) {
  Setting setting;
  setting.cameras = {camera};
  setting.instances = {{}};
  for (const vision::Algorithm& one : catalogue.all())
    setting.algorithms.push_back({one.id, classes_of(one), {}});
  const Numbers algorithms(ids_of(setting));
  auto scorer = std::make_unique<Scorer>(setting);
  CAMFLEET_TRY(JsonLines lines, JsonLines::open(path));
  std::vector<std::uint64_t> found(setting.algorithms.size());
  json line;
  for (;;) {
    CAMFLEET_TRY(const bool is_there, lines.next(line));
    if (!is_there) break;
    CAMFLEET_TRY(const LineFields fields, LineFields::of(line, lines.where()));
    std::string id = algorithm;
    if (fields.has("algorithm")) {
      CAMFLEET_TRY(id, fields.text("algorithm"));
    }
    if (id.empty())
      return fail(Errc::missing_field, fields.place("algorithm"),
                  "absent; give the lines' one with --algorithm");
    const auto number = algorithms.of(id);
    if (!number)
      return fail(Errc::unknown_id, fields.place("algorithm"), quote(id) + " is not in the catalogue");
    if (setting.algorithms[*number].owes.empty())
      return fail(Errc::unsupported, fields.place("algorithm"),
                  quote(id) + " has no label of what scenes show");
    CAMFLEET_TRY(const FindingLine finding, read_finding(fields));
    found[*number] += finding.boxes.size() + 1;
    if (found[*number] > Scorer::max_found)
      return fail(
          Errc::limit, lines.where(),
          "more than " + std::to_string(Scorer::max_found) + " boxes and lines; score the file in parts");
    scorer->found({{0},
                   {0},
                   {*number},
                   Instant{},
                   finding.at,
                   finding.frame_at,
                   finding.width,
                   finding.height,
                   finding.boxes});
  }
  if (std::ranges::all_of(found, [](std::uint64_t count) { return count == 0; }))
    return fail(Errc::invalid_field, path, "has no line; each line is a sample that was looked at");
  for (std::uint32_t i = 0; i < found.size(); ++i) scorer->ended_without_slice({0}, {0}, {i});
  return scorer;
}

}  // namespace camfleet::score
