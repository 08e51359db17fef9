#include "runtime/yaml/reader.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "actors/base/text.hpp"
#include "runtime/yaml/text_file.hpp"

namespace camfleet::yaml {
namespace {

/// What the parser says may hold any byte of the document.
std::string printable(const std::string& text) {
  const std::string quoted = quote(text);
  return quoted.substr(1, quoted.size() - 2);
}

/// Leaves the parser, which knows no other way out.
struct Stop {
  Error error;
};

/// Builds the value from what the parser meets.
class Builder final : public YAML::EventHandler {
 public:
  Builder(std::string_view name, Quoting quoting) : name_(name), quoting_(quoting) {}

  [[nodiscard]] Value take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    begin(Value(Value::Kind::nothing, line_of(mark)), anchor);
    end();
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    Value value(Value::Kind::text, line_of(mark));
    // "!" is the tag of a quoted scalar.
    value.set_text(text, tag == "!");
    begin(std::move(value), anchor);
    end();
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchored_.find(anchor);
    if (known == anchored_.end())
      stop(Errc::invalid_field, line_of(mark),
           "an alias stands within its own anchor; a value cannot hold itself");
    count(known->second.count(), line_of(mark));
    put(known->second, line_of(mark));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    begin(Value(Value::Kind::list, line_of(mark)), anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    begin(Value(Value::Kind::mapping, line_of(mark)), anchor);
  }
  void OnMapEnd() override { end(); }

 private:
  /// A value that is being read.
  struct Open {
    Value value;
    YAML::anchor_t anchor;
    std::optional<std::string> name = std::nullopt;  ///< of a mapping: of the value that comes next
    int name_line = 1;
    std::set<std::string, std::less<>> names{};
  };

  static int line_of(const YAML::Mark& mark) { return std::max(mark.line, 0) + 1; }

  [[noreturn]] void stop(Errc code, int line, std::string what) const {
    throw Stop{{code, name_ + ":" + std::to_string(line), std::move(what)}};
  }

  void count(std::size_t values, int line) {
    values_ += values;
    if (values_ > max_values)
      stop(Errc::too_large, line, "more than " + std::to_string(max_values) + " values");
  }

  void begin(Value value, YAML::anchor_t anchor) {
    count(1, value.line());
    const bool goes_deeper = value.is_list() || value.is_mapping();
    if (goes_deeper && open_.size() == max_depth)
      stop(Errc::too_large, value.line(),
           "more than " + std::to_string(max_depth) + " lists and mappings in each other");
    open_.push_back({std::move(value), anchor});
  }

  void end() {
    Open done = std::move(open_.back());
    open_.pop_back();
    const int line = done.value.line();
    if (done.anchor != 0) {
      // It is kept a second time.
      count(done.value.count(), line);
      anchored_.insert_or_assign(done.anchor, done.value);
    }
    put(std::move(done.value), line);
  }

  void put(Value value, int line) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& around = open_.back();
    if (around.value.is_list()) {
      around.value.add(std::move(value));
    } else if (around.name) {
      around.value.add(*std::exchange(around.name, std::nullopt), around.name_line, std::move(value));
    } else {
      name(around, value, line);
    }
  }

  void name(Open& mapping, const Value& value, int line) {
    if (!value.is_text()) stop(Errc::invalid_field, line, "a field's name is not text");
    --values_;
    // A URL that stands where a name should may hold a password.
    const bool is_shown =
        quoting_ == Quoting::quotes && value.text().find_first_of(":/@") == std::string::npos;
    if (!mapping.names.insert(value.text()).second)
      stop(Errc::duplicate_field, line,
           (is_shown ? quote(value.text()) : "a field") + " is given twice; give it once");
    mapping.name = value.text();
    mapping.name_line = line;
  }

  std::string name_;
  Quoting quoting_;
  Value root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Value> anchored_;
  std::size_t values_ = 0;
};

}  // namespace

result<Value> read_yaml(std::string_view text, std::string_view name, Quoting quoting) {
  if (text.size() > max_bytes)
    return fail(Errc::too_large, std::string(name), std::to_string(text.size()) + " bytes; at most 16 MiB");
  Builder builder(name, quoting);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    Value value = builder.take();
    Builder further(name, quoting);
    // What ends a document may stand after the last one. The parser sees empty ones without end in what is
    // none.
    constexpr int most_empty = 8;
    for (int empty = 0; parser.HandleNextDocument(further); ++empty) {
      const Value next = further.take();
      if (next.is_nothing() && empty < most_empty) continue;
      return fail(Errc::invalid_field, std::string(name) + ":" + std::to_string(next.line()),
                  "more than one document; write a single one");
    }
    return value;
  } catch (const Stop& stop) {
    return pass(stop.error);
  } catch (const YAML::Exception& error) {
    const std::string place = std::string(name) + ":" + std::to_string(std::max(error.mark.line, 0) + 1);
    // Its own words may quote the document.
    if (quoting == Quoting::quotes)
      return fail(Errc::invalid_field, place, "not YAML: " + printable(error.msg));
    return fail(
        Errc::invalid_field, place,
        "neither JSON nor YAML from here on; look for an open quote or bracket, the indent, a * without "
        "quotes");
  }
}

}  // namespace camfleet::yaml
