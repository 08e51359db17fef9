#include "runtime/link/gate.hpp"

#include <array>
#include <chrono>
#include <map>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "runtime/link/crowd.hpp"

namespace camfleet::link {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using error_code = boost::system::error_code;

/// Read at once: of what a guest says, of what it is answered, and of a stranger.
constexpr std::size_t inward_piece = std::size_t{64} << 10U;
constexpr std::size_t outward_piece = std::size_t{4} << 10U;
constexpr std::size_t first_piece = 512;
/// What every peer says first: 0xFF, eight bytes, 0x7F.
constexpr std::size_t signature_bytes = 10;
/// What a server has said to somebody whose key it has not accepted, at most: its greeting (64 bytes),
/// WELCOME (170) and ERROR (12). READY is longer than that last one, with the kind of its socket.
constexpr std::size_t said_to_strangers = 64 + 170 + 24;
/// The same of a server without keys.
constexpr std::size_t said_plainly = 64 + 16;

}  // namespace

class Gate::Impl {
 public:
  Impl(const Settings& settings, std::string inner, Refused refused)
      : settings_(settings), inner_(std::move(inner)), refused_(std::move(refused)) {}
  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  result<void> listen() {
    CAMFLEET_CHECK(accepting_.listen(
        settings_.host, settings_.port, [this](tcp::socket socket) { arrive(std::move(socket)); },
        [this](const std::string& why) { make_way(why); }));
    thread_ = std::thread([this] { io_.run(); });
    return success();
  }
  [[nodiscard]] std::uint16_t port() const { return accepting_.port(); }

 private:
  /// Somebody who has come, and what is on its way to it and from it.
  struct Visitor {
    Visitor(tcp::socket socket, const asio::ip::address& from)
        : outer(std::move(socket)),
          inner(outer.get_executor()),
          deadline(outer.get_executor()),
          address(from.to_string()),
          network(network_of(from)) {}
    tcp::socket outer;
    asio::local::stream_protocol::socket inner;
    asio::steady_timer deadline;
    std::string address;
    std::string network;
    std::size_t said = 0;  ///< by the server, until it is in
    bool is_in = false;
    bool is_over = false;
    std::vector<char> inwards = std::vector<char>(first_piece);
    std::array<char, outward_piece> outwards{};
  };
  using Guest = std::shared_ptr<Visitor>;

  void make_way(const std::string& why) {
    if (const Guest one = strangers_.take_one()) end(one, why);
  }

  void arrive(tcp::socket socket) {
    error_code error;
    const auto from = socket.remote_endpoint(error);
    if (error) return;
    socket.set_option(tcp::no_delay(true), error);
    if (strangers_.size() >= settings_.strangers) make_way("others came before it had shown its key");
    const auto one = std::make_shared<Visitor>(std::move(socket), from.address());
    strangers_.add(one);
    one->deadline.expires_after(settings_.patience);
    one->deadline.async_wait([this, one](const error_code& aborted) {
      if (!aborted && !one->is_in) end(one, "it does not show its key");
    });
    asio::async_read(one->outer, asio::buffer(one->inwards, signature_bytes),
                     [this, one](const error_code& failed, std::size_t /*count*/) { begin(one, failed); });
  }

  void begin(const Guest& one, const error_code& failed) {
    if (one->is_over) return;
    if (failed) return end(one, "it went away");
    if (one->inwards.front() != '\xff' || one->inwards[signature_bytes - 1] != '\x7f')
      return end(one, "it does not speak ZeroMQ's protocol");
    error_code error;
    one->inner.connect(asio::local::stream_protocol::endpoint(std::string(1, '\0') + inner_), error);
    if (error) return end(one, "it cannot be passed on: " + error.message());
    pass_in(one, signature_bytes);
    read_out(one);
  }

  void read_in(const Guest& one) {
    if (one->is_in && one->inwards.size() < inward_piece) one->inwards.resize(inward_piece);
    one->outer.async_read_some(asio::buffer(one->inwards),
                               [this, one](const error_code& error, std::size_t count) {
                                 if (error) return end(one, "it went away");
                                 pass_in(one, count);
                               });
  }
  void pass_in(const Guest& one, std::size_t count) {
    asio::async_write(one->inner, asio::buffer(one->inwards, count),
                      [this, one](const error_code& error, std::size_t /*count*/) {
                        if (error) return end(one, "its key was refused");
                        read_in(one);
                      });
  }
  void read_out(const Guest& one) {
    one->inner.async_read_some(
        asio::buffer(one->outwards), [this, one](const error_code& error, std::size_t count) {
          if (error) return end(one, "its key was refused");
          if (!one->is_in && (one->said += count) > (settings_.is_plain ? said_plainly : said_to_strangers) &&
              !let_in(one))
            return;
          asio::async_write(one->outer, asio::buffer(one->outwards, count),
                            [this, one](const error_code& failed, std::size_t /*count*/) {
                              if (failed) return end(one, "it went away");
                              read_out(one);
                            });
        });
  }

  bool let_in(const Guest& one) {
    std::size_t& of_address = of_address_[one->address];
    if (inside_ >= settings_.connections || of_address >= settings_.of_one_address) {
      end(one, "as many are connected as can be");
      return false;
    }
    ++of_address;
    one->is_in = true;
    ++inside_;
    one->deadline.cancel();
    strangers_.remove(one);
    return true;
  }

  void end(const Guest& one, const std::string& why) {
    if (std::exchange(one->is_over, true)) return;
    error_code ignored;
    one->outer.close(ignored);
    one->inner.close(ignored);
    one->deadline.cancel();
    if (one->is_in) {
      --inside_;
      if (--of_address_[one->address] == 0) of_address_.erase(one->address);
    } else {
      strangers_.remove(one);
      refused_(one->address, why);
    }
  }

  const Settings settings_;
  const std::string inner_;
  Refused refused_;
  asio::io_context io_{1};
  Accepting accepting_{io_};
  Crowd<Visitor> strangers_;
  std::size_t inside_ = 0;
  std::map<std::string, std::size_t> of_address_;  ///< of those
  std::thread thread_;
};

Gate::Gate(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gate::~Gate() = default;

result<std::unique_ptr<Gate>> Gate::open(const Settings& settings, const std::string& inner,
                                         Refused refused) {
  auto impl = std::make_unique<Impl>(settings, inner, std::move(refused));
  CAMFLEET_CHECK(impl->listen());
  return std::unique_ptr<Gate>(new Gate(std::move(impl)));
}

std::uint16_t Gate::port() const {
  return impl_->port();
}

}  // namespace camfleet::link
