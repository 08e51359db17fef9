#include "runtime/bus/wire.hpp"

#include <bit>
#include <cstring>
#include <string>

namespace camfleet::bus {
namespace {

static_assert(std::endian::native == std::endian::little, "the wire is little-endian, as memory is");

class Writer {
 public:
  explicit Writer(std::uint8_t* bytes) : bytes_(bytes) {}
  template <class T>
  void put(T value) {
    std::memcpy(bytes_, &value, sizeof value);
    bytes_ += sizeof value;
  }

 private:
  std::uint8_t* bytes_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes.data()) {}
  template <class T>
  T take() {
    T value;
    std::memcpy(&value, bytes_, sizeof value);
    bytes_ += sizeof value;
    return value;
  }

 private:
  const std::uint8_t* bytes_;
};

auto refuse(std::string what) {
  return fail(Errc::corrupt, "frame", std::move(what));
}

}  // namespace

void append_header(std::vector<std::uint8_t>& out, const FrameHeader& header) {
  const std::size_t start = out.size();
  out.resize(start + header_bytes);
  Writer writer(out.data() + start);
  const Sample& sample = header.sample;
  writer.put(wire_version);
  for (const std::uint32_t number : {sample.instance.value, sample.device.value, sample.slot.slot,
                                     sample.slot.use, sample.sample, sample.frame.value})
    writer.put(number);
  writer.put(sample.algorithm);
  writer.put(static_cast<std::uint8_t>(sample.may_give_way ? 1 : 0));
  writer.put(static_cast<std::uint8_t>(header.form));
  writer.put(std::int64_t{sample.due_at.time_since_epoch().count()});
  writer.put(std::int64_t{sample.at.time_since_epoch().count()});
  writer.put(std::int64_t{sample.frame_at.time_since_epoch().count()});
  for (const std::uint32_t number : {header.width, header.height, header.stride}) writer.put(number);
  writer.put(std::int64_t{header.media_time.count()});
  writer.put(header.pixel_bytes);
}

result<FrameHeader> read_header(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != header_bytes)
    return refuse("its header has " + std::to_string(bytes.size()) + " bytes; it is " +
                  std::to_string(header_bytes));
  Reader reader(bytes);
  const auto version = reader.take<std::uint32_t>();
  if (version != wire_version)
    return refuse("is of version " + std::to_string(version) + "; this is " + std::to_string(wire_version));
  FrameHeader header;
  Sample& sample = header.sample;
  sample.instance.value = reader.take<std::uint32_t>();
  sample.device.value = reader.take<std::uint32_t>();
  sample.slot.slot = reader.take<std::uint32_t>();
  sample.slot.use = reader.take<std::uint32_t>();
  sample.sample = reader.take<std::uint32_t>();
  sample.frame.value = reader.take<std::uint32_t>();
  sample.algorithm = reader.take<std::uint8_t>();
  sample.may_give_way = reader.take<std::uint8_t>() != 0;
  const auto form = reader.take<std::uint8_t>();
  sample.due_at = Instant(Duration(reader.take<std::int64_t>()));
  sample.at = Instant(Duration(reader.take<std::int64_t>()));
  sample.frame_at = Instant(Duration(reader.take<std::int64_t>()));
  header.width = reader.take<std::uint32_t>();
  header.height = reader.take<std::uint32_t>();
  header.stride = reader.take<std::uint32_t>();
  header.media_time = Duration(reader.take<std::int64_t>());
  header.pixel_bytes = reader.take<std::uint64_t>();
  if (form > static_cast<std::uint8_t>(Form::jpeg))
    return refuse("its form " + std::to_string(form) + " is unknown");
  header.form = static_cast<Form>(form);
  if (header.width < 1 || header.height < 1 || header.width > max_side || header.height > max_side ||
      header.stride < header.width * 3 || header.stride > max_side * 4)
    return refuse(std::to_string(header.width) + "x" + std::to_string(header.height) + " cannot be its size");
  const std::uint64_t raw = std::uint64_t{header.stride} * header.height;
  if (header.form == Form::raw ? header.pixel_bytes != raw
                               : header.pixel_bytes == 0 || header.pixel_bytes > raw + 65536)
    return refuse(std::to_string(header.pixel_bytes) + " bytes of pixels do not fit its size");
  return header;
}

}  // namespace camfleet::bus
