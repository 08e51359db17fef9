#include "runtime/link/basp_filter.hpp"

#include <algorithm>

namespace camfleet::link {
namespace {

// caf/io/basp/message_type.hpp and header.hpp of CAF 0.17.
constexpr unsigned direct_message = 2;
constexpr unsigned routed_message = 3;
constexpr unsigned last_operation = 6;
constexpr unsigned named_receiver_flag = 1;
constexpr std::size_t flags_at = 3;
constexpr std::size_t length_at = 4;
constexpr std::size_t length_size = 4;

unsigned byte_of(char value) {
  return static_cast<unsigned char>(value);
}

}  // namespace

bool BaspFilter::begin_frame() {
  const unsigned operation = byte_of(header_[0]);
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_size; ++i) length = length << 8U | byte_of(header_.at(length_at + i));
  if (operation > last_operation) {
    why_ = "it says what no CAF says: operation " + std::to_string(operation);
    return false;
  }
  if (length > most_payload_) {
    why_ = "a frame of " + std::to_string(length) + " bytes; at most " + std::to_string(most_payload_);
    return false;
  }
  const bool is_named =
      operation == direct_message && (byte_of(header_[flags_at]) & named_receiver_flag) != 0;
  passes_ = operation != routed_message && !is_named;
  if (!passes_) ++dropped_;
  left_ = length;
  return true;
}

bool BaspFilter::take(std::string_view bytes, std::string& passed) {
  while (!bytes.empty()) {
    if (left_ > 0) {
      const std::size_t count = std::min(left_, bytes.size());
      if (passes_) passed += bytes.substr(0, count);
      bytes.remove_prefix(count);
      left_ -= count;
      continue;
    }
    const std::size_t count = std::min(header_size - header_bytes_, bytes.size());
    std::copy_n(bytes.begin(), count, header_.begin() + static_cast<std::ptrdiff_t>(header_bytes_));
    bytes.remove_prefix(count);
    header_bytes_ += count;
    if (header_bytes_ < header_size) break;
    header_bytes_ = 0;
    if (!begin_frame()) return false;
    if (passes_) passed.append(header_.data(), header_size);
  }
  return true;
}

}  // namespace camfleet::link
