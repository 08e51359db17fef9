#include "tools/camfleet/worlds/link_relay.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "simulator/link.hpp"

namespace camfleet::cli {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using error_code = boost::system::error_code;

constexpr std::size_t piece_bytes = std::size_t{64} << 10U;
/// What one connection holds back in one direction, as the buffers of two machines would.
constexpr std::size_t most_held = std::size_t{1} << 20U;
/// How often it is looked whether calls are refused.
constexpr std::chrono::milliseconds tick_every{5};

}  // namespace

class LinkRelay::Impl {
 public:
  explicit Impl(const Settings& settings)
      : settings_(settings), links_(settings.nodes, Duration(0), settings.faults), tick_(io_) {}
  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  result<void> listen() {
    for (std::uint32_t i = 0; i < settings_.nodes; ++i) {
      for (const std::uint16_t port : settings_.ports) {
        Entrance& entrance = entrances_.emplace_back(io_, NodeIx{i}, port);
        if (const error_code error = open(entrance))
          return fail(Errc::io, address_of(NodeIx{i}) + ":" + std::to_string(port),
                      "cannot be listened at: " + error.message());
      }
    }
    look();
    thread_ = std::thread([this] { io_.run(); });
    return success();
  }
  void set_there(bool is_there) {
    asio::post(io_, [this, is_there] {
      is_there_ = is_there;
      open_or_close();
    });
  }
  void heal() {
    asio::post(io_, [this] {
      is_healed_ = true;
      open_or_close();
      for (const std::weak_ptr<Passage>& one : passages_) {
        if (const auto passage = one.lock()) hurry(*passage);
      }
    });
  }

 private:
  struct Entrance {
    Entrance(asio::io_context& io, NodeIx of, std::uint16_t at) : acceptor(io), node(of), port(at) {}
    tcp::acceptor acceptor;
    NodeIx node;
    std::uint16_t port;
    bool is_accepting = false;
  };
  struct Piece {
    RunClock::Real due;
    std::vector<char> bytes;  ///< empty: no more follows
  };
  /// One direction of a connection.
  struct Pipe {
    Pipe(tcp::socket& of, tcp::socket& towards) : from(&of), to(&towards), timer(of.get_executor()) {}
    tcp::socket* from;
    tcp::socket* to;
    asio::steady_timer timer;
    std::array<char, piece_bytes> buffer{};
    std::deque<Piece> pieces;
    std::size_t held = 0;  ///< bytes of them
    bool reads = false;
    bool writes = false;
    bool has_ended = false;
  };
  struct Passage {
    Passage(tcp::socket socket, NodeIx of)
        : node(of), near(std::move(socket)), far(near.get_executor()), timer(near.get_executor()) {}
    NodeIx node;
    tcp::socket near;  ///< the node's
    tcp::socket far;   ///< the scheduler's
    asio::steady_timer timer;
    Pipe outward{near, far};
    Pipe inward{far, near};
  };
  using Shared = std::shared_ptr<Passage>;

  static error_code open(Entrance& entrance) {
    const tcp::endpoint at(asio::ip::make_address(address_of(entrance.node)), entrance.port);
    error_code error;
    entrance.acceptor.open(at.protocol(), error);
    if (!error) entrance.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) entrance.acceptor.bind(at, error);
    if (!error) entrance.acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      error_code ignored;
      entrance.acceptor.close(ignored);
    }
    return error;
  }

  void look() {
    open_or_close();
    tick_.expires_after(tick_every);
    tick_.async_wait([this](const error_code& error) {
      if (!error) look();
    });
  }
  void open_or_close() {
    const Instant now = settings_.clock->now();
    for (Entrance& one : entrances_) {
      const bool is_open = is_there_ || (!is_healed_ && links_.is_cut(one.node, now));
      if (is_open) {
        if (!one.acceptor.is_open() && open(one)) continue;
        accept(one);
      } else if (one.acceptor.is_open()) {
        error_code ignored;
        one.acceptor.close(ignored);
        one.is_accepting = false;
      }
    }
  }
  void accept(Entrance& entrance) {
    if (std::exchange(entrance.is_accepting, true)) return;
    entrance.acceptor.async_accept([this, &entrance](const error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      entrance.is_accepting = false;
      if (error) return;  // Tried again at the next look.
      pass_on(std::make_shared<Passage>(std::move(socket), entrance.node), entrance.port);
      accept(entrance);
    });
  }

  [[nodiscard]] RunClock::Real arrival(const Passage& one, bool is_outward) {
    if (is_healed_) return std::chrono::steady_clock::now();
    const Place node = place_of(one.node);
    const Instant now = settings_.clock->now();
    return settings_.clock->real(
        links_.arrival(is_outward ? node : home_place, is_outward ? home_place : node, now));
  }

  void pass_on(const Shared& one, std::uint16_t port) {
    std::erase_if(passages_, [](const auto& other) { return other.expired(); });
    passages_.push_back(one);
    one->timer.expires_at(arrival(*one, true));
    one->timer.async_wait([this, one, port](const error_code& /*hurried*/) {
      one->far.async_connect({asio::ip::address_v4::loopback(), port},
                             [this, one](const error_code& error) { begin(one, error); });
    });
  }
  void begin(const Shared& one, const error_code& error) {
    error_code ignored;
    if (error) {
      // Reset, as nobody has it.
      one->near.set_option(asio::socket_base::linger(true, 0), ignored);
      one->near.close(ignored);
      return;
    }
    one->near.set_option(tcp::no_delay(true), ignored);
    one->far.set_option(tcp::no_delay(true), ignored);
    read(one, one->outward);
    read(one, one->inward);
  }

  void read(const Shared& one, Pipe& pipe) {
    if (pipe.reads || pipe.held >= most_held || pipe.has_ended) return;
    pipe.reads = true;
    pipe.from->async_read_some(asio::buffer(pipe.buffer), [this, one, &pipe](const error_code& error,
                                                                             std::size_t count) {
      pipe.reads = false;
      pipe.has_ended = pipe.has_ended || static_cast<bool>(error);
      pipe.held += count;
      pipe.pieces.push_back(
          {arrival(*one, &pipe == &one->outward),
           std::vector<char>(pipe.buffer.begin(), pipe.buffer.begin() + static_cast<std::ptrdiff_t>(count))});
      write(one, pipe);
      read(one, pipe);
    });
  }
  void write(const Shared& one, Pipe& pipe) {
    if (pipe.writes || pipe.pieces.empty()) return;
    pipe.writes = true;
    pipe.timer.expires_at(is_healed_ ? RunClock::Real() : pipe.pieces.front().due);
    pipe.timer.async_wait([this, one, &pipe](const error_code& /*hurried*/) {
      const std::vector<char>& bytes = pipe.pieces.front().bytes;
      if (bytes.empty()) return close(*one, pipe);
      asio::async_write(*pipe.to, asio::buffer(bytes),
                        [this, one, &pipe](const error_code& error, std::size_t /*count*/) {
                          pipe.writes = false;
                          if (error) return close_all(*one);
                          pipe.held -= pipe.pieces.front().bytes.size();
                          pipe.pieces.pop_front();
                          write(one, pipe);
                          read(one, pipe);
                        });
    });
  }
  /// No more comes from one side: the other is told, and has its say still.
  static void close(Passage& one, Pipe& pipe) {
    error_code ignored;
    pipe.to->shutdown(tcp::socket::shutdown_send, ignored);
    if (one.outward.has_ended && one.inward.has_ended && one.outward.pieces.size() <= 1 &&
        one.inward.pieces.size() <= 1)
      close_all(one);
  }
  static void close_all(Passage& one) {
    error_code ignored;
    one.near.close(ignored);
    one.far.close(ignored);
    hurry(one);
  }
  static void hurry(Passage& one) {
    one.timer.cancel();
    one.outward.timer.cancel();
    one.inward.timer.cancel();
  }

  const Settings settings_;
  asio::io_context io_{1};
  sim::Links links_;
  asio::steady_timer tick_;
  std::deque<Entrance> entrances_;
  std::vector<std::weak_ptr<Passage>> passages_;
  bool is_there_ = true;
  bool is_healed_ = false;
  std::thread thread_;
};

LinkRelay::LinkRelay(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LinkRelay::~LinkRelay() = default;

result<std::unique_ptr<LinkRelay>> LinkRelay::open(const Settings& settings) {
  auto impl = std::make_unique<Impl>(settings);
  CAMFLEET_CHECK(impl->listen());
  return std::unique_ptr<LinkRelay>(new LinkRelay(std::move(impl)));
}

void LinkRelay::set_there(bool is_there) {
  impl_->set_there(is_there);
}
void LinkRelay::heal() {
  impl_->heal();
}

}  // namespace camfleet::cli
