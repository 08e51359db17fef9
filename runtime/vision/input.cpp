#include "runtime/vision/input.hpp"

#include <algorithm>
#include <vector>

#include "runtime/vision/numbers.hpp"
#include "runtime/vision/text.hpp"

namespace camfleet::vision {
namespace {

/// One key of `input`: what would be right, and how its text is put into T (false when it is wrong).
template <class T>
struct Field {
  std::string_view key;
  std::string_view right;
  bool (*set)(T&, std::string_view);
  bool required = false;
};

bool set_size(NetworkInput& input, std::string_view text) {
  const auto cross = text.find('x');
  if (cross == std::string_view::npos) return false;
  const auto width = parse_whole(text.substr(0, cross), 8, 2048);
  const auto height = parse_whole(text.substr(cross + 1), 8, 2048);
  if (!width || !height) return false;
  input.width = *width;
  input.height = *height;
  return true;
}

bool set_choice(bool& target, std::string_view text, std::string_view yes, std::string_view no) {
  target = text == yes;
  return text == yes || text == no;
}

bool set_whole(int& target, std::string_view text, int least, int most) {
  const auto value = parse_whole(text, least, most);
  if (value) target = *value;
  return value.has_value();
}

bool set_number(double& target, std::string_view text, double least, double most) {
  const auto value = parse_number(text);
  if (!value || *value < least || *value > most) return false;
  target = *value;
  return true;
}

bool set_triple(std::array<double, 3>& target, std::string_view text) {
  const auto values = parse_triple(text);
  if (values.size() != 3) return false;
  std::copy(values.begin(), values.end(), target.begin());
  return std::all_of(values.begin(), values.end(), [](double v) { return v >= -1e6 && v <= 1e6; });
}

bool set_max_width(SearchInput& input, std::string_view text) {
  return set_whole(input.max_width, text, 64, 4096);
}

bool set_step(SearchInput& input, std::string_view text) {
  return set_number(input.step, text, 1.01, 2);
}

constexpr std::string_view max_width_right = "a whole number from 64 to 4096";
constexpr std::string_view step_right = "a number from 1.01 to 2";
constexpr std::string_view triple_right = "one number or three, such as 1/255 or [0.5, 0.5, 0.5]";

constexpr Field<NetworkInput> network_fields[] = {
    {"size", "WIDTHxHEIGHT, each from 8 to 2048, such as 320x240", set_size, true},
    {"fit", "letterbox or stretch",
     [](NetworkInput& i, std::string_view t) { return set_choice(i.letterbox, t, "letterbox", "stretch"); }},
    {"pad", "a whole number from 0 to 255",
     [](NetworkInput& i, std::string_view t) { return set_whole(i.pad, t, 0, 255); }},
    {"channels", "RGB or BGR",
     [](NetworkInput& i, std::string_view t) { return set_choice(i.rgb, t, "RGB", "BGR"); }, true},
    {"layout", "NCHW or NHWC",
     [](NetworkInput& i, std::string_view t) { return set_choice(i.nhwc, t, "NHWC", "NCHW"); }},
    {"scale", triple_right, [](NetworkInput& i, std::string_view t) { return set_triple(i.scale, t); }},
    {"mean", triple_right, [](NetworkInput& i, std::string_view t) { return set_triple(i.mean, t); }},
};

constexpr Field<SearchInput> cascade_fields[] = {
    {"max_width", max_width_right, set_max_width},
    {"step", step_right, set_step},
    {"neighbours", "a whole number from 1 to 100",
     [](SearchInput& i, std::string_view t) { return set_whole(i.neighbours, t, 1, 100); }},
    {"min_size", "a whole number from 0 to 4096",
     [](SearchInput& i, std::string_view t) { return set_whole(i.min_size, t, 0, 4096); }},
};

constexpr Field<SearchInput> hog_fields[] = {
    {"max_width", max_width_right, set_max_width},
    {"step", step_right, set_step},
    {"hit_threshold", "a number from -2 to 10",
     [](SearchInput& i, std::string_view t) { return set_number(i.hit_threshold, t, -2, 10); }},
};

constexpr Field<MotionInput> motion_fields[] = {
    {"columns", "a whole number from 16 to 640",
     [](MotionInput& i, std::string_view t) { return set_whole(i.columns, t, 16, 640); }},
    {"change", "a whole number from 1 to 255",
     [](MotionInput& i, std::string_view t) { return set_whole(i.change, t, 1, 255); }},
    {"min_cells", "a whole number from 1 to 10000",
     [](MotionInput& i, std::string_view t) { return set_whole(i.min_cells, t, 1, 10000); }},
};

constexpr std::string_view engines[] = {"cascade", "darknet", "hog", "motion", "onnx"};

template <class T>
std::string allowed_keys(std::span<const Field<T>> fields) {
  std::string list;
  for (const auto& field : fields) add_item(list, field.key);
  return list;
}

template <class T>
result<T> read(std::span<const Field<T>> fields, const FieldMap& input) {
  T value;
  for (const auto& entry : input) {
    const auto& key = entry.first;
    const auto& text = entry.second;
    const auto field =
        std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.key == key; });
    if (field == fields.end()) {
      return fail(Errc::invalid_field, key, "no such field here; allowed are " + allowed_keys(fields));
    }
    if (!field->set(value, text)) {
      return fail(Errc::invalid_field, key,
                  in_quotes(text) + " is wrong; right would be " + std::string(field->right));
    }
  }
  for (const auto& field : fields) {
    if (field.required && !input.contains(std::string(field.key))) {
      return fail(Errc::missing_field, std::string(field.key),
                  "is absent; it is " + std::string(field.right));
    }
  }
  return value;
}

}  // namespace

std::span<const std::string_view> engine_names() {
  return engines;
}

result<NetworkInput> network_input(const FieldMap& input) {
  return read<NetworkInput>(network_fields, input);
}
result<SearchInput> cascade_input(const FieldMap& input) {
  return read<SearchInput>(cascade_fields, input);
}
result<SearchInput> hog_input(const FieldMap& input) {
  return read<SearchInput>(hog_fields, input);
}
result<MotionInput> motion_input(const FieldMap& input) {
  return read<MotionInput>(motion_fields, input);
}

result<void> check_input(std::string_view engine, const FieldMap& input) {
  const auto verdict = [](const auto& read_value) -> result<void> {
    if (!read_value) return read_value.error();
    return success();
  };
  if (engine == "onnx" || engine == "darknet") return verdict(network_input(input));
  if (engine == "cascade") return verdict(cascade_input(input));
  if (engine == "hog") return verdict(hog_input(input));
  if (engine == "motion") return verdict(motion_input(input));
  return fail(Errc::invalid_field, "engine", "no engine is called " + in_quotes(engine));
}

}  // namespace camfleet::vision
