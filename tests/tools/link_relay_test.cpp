// What a relay does to connections of loopback while links have faults.
#include "tools/camfleet/worlds/link_relay.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

namespace camfleet::cli {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr Instant start{hours(400'000)};
/// For what must come.
constexpr int patience_ms = 20'000;
/// In which what must not come would.
constexpr int moment_ms = 150;

class LinkRelays : public ::testing::Test {
 protected:
  LinkRelays() {
    for (std::uint16_t port = first_port(); !listen(port); ++port) {
    }
  }

  /// Faults begin with begin().
  void open(std::vector<sim::Fault> faults) {
    faults_ = std::move(faults);
    auto opened = LinkRelay::open({.nodes = 2, .ports = {port()}, .faults = faults_, .clock = &clock_});
    ASSERT_TRUE(opened.has_value()) << opened.error().line();
    relay_ = std::move(opened).value();
  }
  void begin() {
    clock_.begin(start);
    began_ = Clock::now();
  }

  static sim::Fault fault(sim::FaultKind kind, Duration from, Duration to, Duration by = Duration(0)) {
    return {.device = {}, .kind = kind, .from = start + from, .to = start + to, .by = by, .node = NodeIx{0}};
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  tcp::socket call(NodeIx node = {}) {
    tcp::socket socket(io_);
    boost::system::error_code error;
    socket.connect({asio::ip::make_address(LinkRelay::address_of(node)), port()}, error);
    called_ = error;
    return socket;
  }
  /// Something is there to be read or accepted; or the other side has ended.
  template <class Socket>
  static bool comes(Socket& socket, int within_ms) {
    pollfd one{.fd = socket.native_handle(), .events = POLLIN, .revents = 0};
    return ::poll(&one, 1, within_ms) == 1;
  }
  tcp::socket accepted() {
    EXPECT_TRUE(comes(acceptor_, patience_ms));
    return acceptor_.accept();
  }
  static void say(tcp::socket& socket, const std::string& text) { asio::write(socket, asio::buffer(text)); }
  static std::string heard(tcp::socket& socket, std::size_t bytes) {
    std::string text(bytes, '\0');
    asio::read(socket, asio::buffer(text));
    return text;
  }
  [[nodiscard]] Duration since_begin() const { return Clock::now() - began_; }

  asio::io_context io_;
  tcp::acceptor acceptor_{io_};
  RunClock clock_{start, {}};
  std::vector<sim::Fault> faults_;
  std::unique_ptr<LinkRelay> relay_;
  boost::system::error_code called_;
  Clock::time_point began_;

 private:
  static std::uint16_t first_port() { return static_cast<std::uint16_t>(10'000 + getpid() % 20'000); }
  bool listen(std::uint16_t port) {
    const tcp::endpoint at(asio::ip::address_v4::loopback(), port);
    boost::system::error_code error;
    acceptor_.open(at.protocol(), error);
    acceptor_.bind(at, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) acceptor_.close();
    return !error;
  }
};

TEST_F(LinkRelays, PassOnWhatIsSaidBothWays) {
  open({});
  tcp::socket node = call(NodeIx{1});
  tcp::socket scheduler = accepted();
  say(node, "hello");
  EXPECT_EQ(heard(scheduler, 5), "hello");
  say(scheduler, "welcome");
  EXPECT_EQ(heard(node, 7), "welcome");
  // Who says no more may still hear.
  node.shutdown(tcp::socket::shutdown_send);
  EXPECT_TRUE(comes(scheduler, patience_ms));
  say(scheduler, "farewell");
  EXPECT_EQ(heard(node, 8), "farewell");
  scheduler.close();
  EXPECT_TRUE(comes(node, patience_ms));
  std::array<char, 1> rest{};
  boost::system::error_code error;
  EXPECT_EQ(node.read_some(asio::buffer(rest), error), 0U);
  EXPECT_TRUE(error);
}

TEST_F(LinkRelays, DelayWhatIsSaid) {
  constexpr Duration by = milliseconds(200);
  open({fault(sim::FaultKind::link_delay, Duration(0), hours(1), by)});
  tcp::socket node = call();
  tcp::socket scheduler = accepted();
  begin();
  const auto said = Clock::now();
  say(node, "a");
  EXPECT_EQ(heard(scheduler, 1), "a");
  say(scheduler, "b");
  EXPECT_EQ(heard(node, 1), "b");
  EXPECT_GE(Clock::now() - said, 2 * by);
  // The other link has no fault.
  tcp::socket other = call(NodeIx{1});
  tcp::socket its = accepted();
  say(other, "c");
  EXPECT_EQ(heard(its, 1), "c");
}

TEST_F(LinkRelays, HoldBackWhatIsSaidInACut) {
  constexpr Duration over = milliseconds(400);
  open({fault(sim::FaultKind::link_cut, Duration(0), over)});
  tcp::socket node = call();
  tcp::socket scheduler = accepted();
  begin();
  say(node, "held");
  EXPECT_EQ(heard(scheduler, 4), "held");
  EXPECT_GE(since_begin(), over);
}

TEST_F(LinkRelays, TellOfAnEndOnlyOnceACutIsOver) {
  open({fault(sim::FaultKind::link_cut, Duration(0), hours(1))});
  tcp::socket node = call();
  tcp::socket scheduler = accepted();
  begin();
  node.close();
  EXPECT_FALSE(comes(scheduler, moment_ms));
  relay_->heal();
  EXPECT_TRUE(comes(scheduler, patience_ms));
}

TEST_F(LinkRelays, TakeNoMoreThanACutHolds) {
  open({fault(sim::FaultKind::link_cut, Duration(0), hours(1))});
  tcp::socket node = call();
  tcp::socket scheduler = accepted();
  begin();
  node.non_blocking(true);
  const std::string much(std::size_t{1} << 20U, 'x');
  std::size_t taken = 0;
  boost::system::error_code error;
  const auto give_up = Clock::now() + std::chrono::milliseconds(4 * moment_ms);
  while (Clock::now() < give_up && taken < (std::size_t{64} << 20U))
    taken += node.write_some(asio::buffer(much), error);
  // Those of the sockets, too, whose sizes are the system's.
  EXPECT_LT(taken, std::size_t{32} << 20U);
  relay_->heal();
  std::string all(taken, '\0');
  asio::read(scheduler, asio::buffer(all));
  EXPECT_EQ(all.find_first_not_of('x'), std::string::npos);
}

TEST_F(LinkRelays, RefuseCallsWhileNoSchedulerIsThere) {
  open({});
  relay_->set_there(false);
  const auto give_up = Clock::now() + std::chrono::milliseconds(patience_ms);
  do call();
  while (called_ != asio::error::connection_refused && Clock::now() < give_up);
  EXPECT_EQ(called_, asio::error::connection_refused);
  relay_->set_there(true);
  std::optional<tcp::socket> node;
  do node = call();
  while (called_ && Clock::now() < give_up);
  EXPECT_FALSE(called_);
}

TEST_F(LinkRelays, KeepStillInACutWhateverBecomesOfTheScheduler) {
  open({fault(sim::FaultKind::link_cut, Duration(0), hours(1))});
  begin();
  relay_->set_there(false);
  std::this_thread::sleep_for(std::chrono::milliseconds(moment_ms));
  tcp::socket node = call();
  EXPECT_FALSE(called_) << called_.message();
  EXPECT_FALSE(comes(node, moment_ms));
  EXPECT_FALSE(comes(acceptor_, 0));
}

}  // namespace
}  // namespace camfleet::cli
