#include "runtime/bus/wire.hpp"

#include <string>
#include <type_traits>

namespace camfleet::bus {
namespace {

template <class T>
void put(std::vector<std::uint8_t>& out, T value) {
  auto bits = static_cast<std::make_unsigned_t<T>>(value);
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out.push_back(static_cast<std::uint8_t>(bits & 0xFFU));
    if constexpr (sizeof(T) > 1) bits >>= 8U;
  }
}

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  template <class T>
  T take() {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) bits |= std::uint64_t{bytes_[at_++]} << (8U * i);
    return static_cast<T>(bits);
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

auto refuse(std::string what) {
  return fail(Errc::corrupt, "frame", std::move(what));
}

}  // namespace

void append_header(std::vector<std::uint8_t>& out, const FrameHeader& header) {
  const std::size_t start = out.size();
  const Sample& sample = header.sample;
  put(out, wire_version);
  for (const std::uint32_t number : {sample.instance.value, sample.device.value, sample.slot.slot,
                                     sample.slot.use, sample.sample, sample.frame.value})
    put(out, number);
  put(out, sample.algorithm);
  put(out, static_cast<std::uint8_t>(sample.may_give_way ? 1 : 0));
  put(out, static_cast<std::uint8_t>(header.form));
  put(out, sample.due_at.time_since_epoch().count());
  put(out, sample.at.time_since_epoch().count());
  for (const std::uint32_t number : {header.width, header.height, header.stride}) put(out, number);
  put(out, header.media_time.count());
  put(out, header.pixel_bytes);
  out.resize(start + header_bytes, 0);
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
