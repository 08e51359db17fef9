#include "tests/runtime/vision/tiny_models.hpp"

#include <cstdint>

namespace camfleet::vision::testing {
namespace {

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7F) | 0x80);
  return bytes + static_cast<char>(value);
}

std::string number(int field, std::uint64_t value) {
  return varint(static_cast<std::uint64_t>(field) << 3) + varint(value);
}

std::string message(int field, const std::string& bytes) {
  return varint((static_cast<std::uint64_t>(field) << 3) | 2) + varint(bytes.size()) + bytes;
}

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>((value >> (8 * i)) & 0xFF);
  return text;
}

/// ValueInfoProto of a tensor of floats.
std::string value_info(const std::string& name, const std::vector<std::uint64_t>& shape) {
  std::string dimensions;
  for (const auto size : shape) dimensions += message(1, number(1, size));
  return message(1, name) + message(2, message(1, number(1, 1) + message(2, dimensions)));
}

}  // namespace

std::string tiny_onnx(std::size_t shape_values, const std::string& node_takes) {
  const std::uint64_t shape[] = {1, 24, 8};
  std::string raw;
  for (std::size_t i = 0; i < shape_values; ++i) raw += little_endian(shape[i % 3], 8);
  const std::string tensor = number(1, 3) + number(2, 7) + message(8, "shape") + message(9, raw);
  const std::string node =
      message(1, "in") + message(1, node_takes) + message(2, "out") + message(4, "Reshape");
  const std::string graph = message(1, node) + message(2, "tiny") + message(5, tensor) +
                            message(11, value_info("in", {1, 3, 8, 8})) +
                            message(12, value_info("out", {1, 24, 8}));
  return number(1, 7) + message(7, graph) + message(8, number(2, 11));
}

std::string tiny_cfg() {
  return "[net]\nwidth=32\nheight=32\nchannels=3\n\n"
         "[convolutional]\nfilters=6\nsize=1\nstride=1\npad=0\nactivation=linear\n\n"
         "[yolo]\nmask=0\nanchors=8,8\nclasses=1\nnum=1\n";
}

std::string tiny_weights(int more) {
  const int values = 6 + 6 * 3 + more;
  return little_endian(0, 4) + little_endian(2, 4) + little_endian(5, 4) + little_endian(0, 8) +
         std::string(static_cast<std::size_t>(4 * values), '\0');
}

}  // namespace camfleet::vision::testing
