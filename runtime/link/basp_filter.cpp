#include "runtime/link/basp_filter.hpp"

#include <algorithm>
#include <utility>

namespace camfleet::link {
namespace {

// caf/io/basp/message_type.hpp and header.hpp of CAF 0.17.
enum Operation : unsigned {
  server_handshake,
  client_handshake,
  direct_message,
  routed_message,
  monitor_message,
  down_message,
  heartbeat
};
constexpr std::size_t flags_at = 3;
constexpr std::size_t length_at = 4;
constexpr std::size_t length_size = 4;
constexpr std::size_t data_at = 8;
constexpr std::size_t receiver_at = 24;
constexpr std::size_t receiver_size = 8;
constexpr unsigned named_receiver_flag = 1;
/// A process's name, and the interface of what it shows.
constexpr std::uint64_t most_identity = 4096;
/// In the first byte of the message's number: it belongs to a stream, of which CAF expects more than it
/// checks.
constexpr unsigned of_a_stream = 0x20;

unsigned byte_of(char value) {
  return static_cast<unsigned char>(value);
}

}  // namespace

std::uint64_t BaspFilter::number(std::size_t at, std::size_t size) const {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8U | byte_of(header_.at(at + i));
  return value;
}

bool BaspFilter::refuse(std::string why) {
  why_ = std::move(why);
  return false;
}

bool BaspFilter::begin_frame() {
  const unsigned operation = byte_of(header_[0]);
  const std::uint64_t length = number(length_at, length_size);
  if (operation > heartbeat)
    return refuse("it says what no CAF says: operation " + std::to_string(operation));
  if (length > most_payload_)
    return refuse("a frame of " + std::to_string(length) + " bytes; at most " +
                  std::to_string(most_payload_));
  if (length == 0 && operation != heartbeat)
    return refuse("a frame of operation " + std::to_string(operation) + " says nothing");
  const bool is_handshake = operation == server_handshake || operation == client_handshake;
  const unsigned own = side_ == Side::door ? client_handshake : server_handshake;
  if (is_handshake && operation != own) return refuse("it takes itself for the other side");
  if (is_handshake && length > most_identity) return refuse("it says too much of who it is");
  if (!is_handshake && !has_begun_) return refuse("it does not say who it is");
  has_begun_ = true;
  if (operation == direct_message && (byte_of(header_[data_at]) & of_a_stream) != 0)
    return refuse("a message of a stream");
  const bool is_named =
      operation == direct_message && (byte_of(header_[flags_at]) & named_receiver_flag) != 0;
  const bool has_receiver = operation == direct_message || operation == monitor_message;
  const bool is_allowed =
      side_ == Side::caller || !has_receiver || number(receiver_at, receiver_size) == allowed_;
  passes_ = operation != routed_message && !is_named && is_allowed;
  if (!passes_) ++dropped_;
  left_ = length;
  greets_ = is_handshake;
  return true;
}

bool BaspFilter::end_greeting(std::string& passed) {
  // A peer stays who it is: CAF would believe another name each time, and send it what is another's.
  const std::string_view said = std::string_view(greeting_).substr(header_size);
  if (!identity_.empty() && said != identity_) return refuse("it says that it is somebody else");
  identity_ = said;
  passed += greeting_;
  greeting_.clear();
  greets_ = false;
  return true;
}

bool BaspFilter::take(std::string_view bytes, std::string& passed) {
  while (!bytes.empty()) {
    if (left_ > 0) {
      const std::size_t count = std::min(left_, bytes.size());
      if (passes_) (greets_ ? greeting_ : passed) += bytes.substr(0, count);
      bytes.remove_prefix(count);
      left_ -= count;
      if (left_ == 0 && greets_ && !end_greeting(passed)) return false;
      continue;
    }
    const std::size_t count = std::min(header_size - header_bytes_, bytes.size());
    std::copy_n(bytes.begin(), count, header_.begin() + static_cast<std::ptrdiff_t>(header_bytes_));
    bytes.remove_prefix(count);
    header_bytes_ += count;
    if (header_bytes_ < header_size) break;
    header_bytes_ = 0;
    if (!begin_frame()) return false;
    if (passes_) (greets_ ? greeting_ : passed).append(header_.data(), header_size);
  }
  return true;
}

}  // namespace camfleet::link
