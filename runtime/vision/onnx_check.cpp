#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/vision/network_checks.hpp"
#include "runtime/vision/text.hpp"

namespace camfleet::vision {
namespace {

using ByteView = std::span<const std::uint8_t>;

constexpr int max_depth = 8;                                  ///< graphs within graphs
constexpr std::uint64_t max_values = std::uint64_t{1} << 28;  ///< values of one tensor

/// One field of a protocol buffer: a number, or bytes (fixed-width numbers are bytes too).
struct WireField {
  std::uint64_t number = 0;
  std::uint64_t value = 0;
  ByteView bytes;
  bool is_bytes = false;
};

/// Reads the fields of one message in turn; `broken` when it does not end where it should.
class Wire {
 public:
  explicit Wire(ByteView bytes) : rest_(bytes) {}

  std::optional<WireField> next() {
    if (rest_.empty() || broken_) return std::nullopt;
    const auto tag = varint();
    WireField field;
    field.number = tag >> 3;
    switch (tag & 7) {
      case 0:
        field.value = varint();
        break;
      case 1:
        field.bytes = take(8);
        break;
      case 2:
        field.bytes = take(varint());
        break;
      case 5:
        field.bytes = take(4);
        break;
      default:
        broken_ = true;
    }
    field.is_bytes = (tag & 7) != 0;
    broken_ = broken_ || field.number == 0;
    if (broken_) return std::nullopt;
    return field;
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const std::uint8_t byte = rest_.front();
      rest_ = rest_.subspan(1);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    broken_ = true;
    return 0;
  }

  [[nodiscard]] bool broken() const { return broken_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  ByteView take(std::uint64_t count) {
    if (count > rest_.size()) {
      broken_ = true;
      return {};
    }
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  ByteView rest_;
  bool broken_ = false;
};

auto broken_file() {
  return fail(Errc::model, "onnx", "is no whole ONNX file: truncated, damaged or something else");
}

/// Bytes of one value in raw_data by TensorProto.DataType; 0 for those without.
std::uint64_t value_bytes(std::uint64_t type) {
  constexpr std::array<std::uint64_t, 14> sizes{0, 4, 1, 1, 2, 2, 4, 8, 0, 1, 2, 8, 4, 8};
  return type < sizes.size() ? sizes[type] : 0;
}

/// Numbers in a repeated field: one, or packed into bytes (width 0: variable).
std::uint64_t count_of(const WireField& field, std::uint64_t width) {
  if (!field.is_bytes) return 1;
  if (width != 0) return field.bytes.size() / width;
  std::uint64_t count = 0;
  for (const auto byte : field.bytes) count += byte < 0x80 ? 1 : 0;
  return count;
}

/// Multiplies `values` by the dimensions in a field of dims; false when one is out of range.
bool multiply(const WireField& field, std::uint64_t& values) {
  const auto by = [&](std::uint64_t dimension) {
    if (dimension > max_values) return false;
    values *= dimension;
    return values <= max_values;
  };
  if (!field.is_bytes) return by(field.value);
  Wire packed(field.bytes);
  while (!packed.at_end()) {
    if (!by(packed.varint()) || packed.broken()) return false;
  }
  return true;
}

result<void> check_tensor(ByteView bytes) {
  std::uint64_t type = 0;
  std::uint64_t values = 1;
  std::uint64_t typed = 0;
  std::optional<std::uint64_t> raw;
  std::string name;
  Wire wire(bytes);
  while (const auto field = wire.next()) {
    switch (field->number) {
      case 1:
        if (!multiply(*field, values))
          return fail(Errc::model, "onnx", "a tensor has a dimension out of range");
        break;
      case 2:
        type = field->value;
        break;
      case 4:
        typed += count_of(*field, 4);
        break;
      case 5:
      case 7:
      case 11:
        typed += count_of(*field, 0);
        break;
      case 10:
        typed += count_of(*field, 8);
        break;
      case 8:
        name.assign(field->bytes.begin(), field->bytes.end());
        break;
      case 9:
        raw = field->bytes.size();
        break;
      case 13:
      case 14:
        return fail(Errc::model, "onnx", "has tensors in other files; one file is right");
      default:
        break;
    }
  }
  if (wire.broken()) return broken_file();
  constexpr std::uint64_t strings = 8;
  if (type == strings) return success();
  if (value_bytes(type) == 0)
    return fail(Errc::model, "onnx", "tensor " + name + " has an unknown type of value");
  if (raw ? *raw == values * value_bytes(type) : typed == values) return success();
  return fail(Errc::model, "onnx",
              "tensor " + name + " holds " + std::to_string(raw ? *raw / value_bytes(type) : typed) +
                  " values, expected " + std::to_string(values));
}

using Names = std::set<std::string, std::less<>>;

std::string text_of(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

/// The text in field `number` of a message; "" when it has none.
std::string text_field(ByteView bytes, std::uint64_t number) {
  Wire wire(bytes);
  while (const auto field = wire.next()) {
    if (field->number == number && field->is_bytes) return text_of(field->bytes);
  }
  return "";
}

result<void> check_graph(ByteView bytes, Names known, int depth);

/// OpenCV 4.6 crashes on a convolution whose weights are nowhere, so every input has to be there.
result<void> check_node(ByteView bytes, Names& known, int depth) {
  Names outputs;
  Wire node(bytes);
  while (const auto field = node.next()) {
    if (!field->is_bytes) continue;
    if (field->number == 2) outputs.insert(text_of(field->bytes));
    if (field->number == 1 && !field->bytes.empty() && !known.contains(text_of(field->bytes))) {
      return fail(Errc::model, "onnx",
                  "a node takes " + in_quotes(text_of(field->bytes)) + ", which nothing gives");
    }
    if (field->number != 5) continue;
    Wire attribute(field->bytes);
    while (const auto part = attribute.next()) {
      if (!part->is_bytes) continue;
      if (part->number == 5 || part->number == 10) CAMFLEET_CHECK(check_tensor(part->bytes));
      if (part->number == 6 || part->number == 11) CAMFLEET_CHECK(check_graph(part->bytes, known, depth + 1));
    }
    if (attribute.broken()) return broken_file();
  }
  if (node.broken()) return broken_file();
  known.merge(outputs);
  return success();
}

/// `known` holds the names of the graphs around this one.
result<void> check_graph(ByteView bytes, Names known, int depth) {
  if (depth > max_depth) return fail(Errc::model, "onnx", "graphs are nested too deeply");
  std::vector<ByteView> nodes;
  Wire graph(bytes);
  while (const auto field = graph.next()) {
    if (!field->is_bytes) continue;
    switch (field->number) {
      case 1:
        nodes.push_back(field->bytes);
        break;
      case 5:
        CAMFLEET_CHECK(check_tensor(field->bytes));
        known.insert(text_field(field->bytes, 8));
        break;
      case 11:
        known.insert(text_field(field->bytes, 1));
        break;
      default:
        break;
    }
  }
  if (graph.broken()) return broken_file();
  for (const auto node : nodes) CAMFLEET_CHECK(check_node(node, known, depth));
  return success();
}

}  // namespace

result<void> check_onnx(std::span<const std::uint8_t> bytes) {
  Wire model(bytes);
  bool has_graph = false;
  while (const auto field = model.next()) {
    if (field->number != 7 || !field->is_bytes) continue;
    has_graph = true;
    CAMFLEET_CHECK(check_graph(field->bytes, {}, 0));
  }
  if (model.broken() || !has_graph) return broken_file();
  return success();
}

}  // namespace camfleet::vision
