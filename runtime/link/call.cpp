#include "runtime/link/call.hpp"

#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>

#include "actors/base/text.hpp"

namespace camfleet::link {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using error_code = boost::system::error_code;

constexpr std::size_t longest_greeting = 256;
constexpr std::string_view welcome = "welcome\n";

}  // namespace

class Call::Impl {
 public:
  Impl(const Settings& settings, std::shared_ptr<asio::ssl::context> context)
      : settings_(settings), context_(std::move(context)), stream_(std::in_place, io_, *context_) {}
  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  result<void> connect() {
    const auto until = std::chrono::steady_clock::now() + settings_.deadline;
    CAMFLEET_TRY(const auto places, places_of());
    CAMFLEET_CHECK(step(until, "connecting", Errc::unreachable, [&](auto done) {
      asio::async_connect(stream_->lowest_layer(), places,
                          [done](const error_code& error, const tcp::endpoint& /*at*/) { done(error); });
    }));
    error_code ignored;
    stream_->lowest_layer().set_option(tcp::no_delay(true), ignored);
    CAMFLEET_CHECK(step(until, "the handshake", Errc::forbidden,
                        [&](auto done) { stream_->async_handshake(asio::ssl::stream_base::client, done); }));
    CAMFLEET_CHECK(step(until, "being let in", Errc::forbidden, [&](auto done) {
      asio::async_read_until(*stream_, asio::dynamic_buffer(greeting_, longest_greeting), '\n',
                             [done](const error_code& error, std::size_t /*count*/) { done(error); });
    }));
    if (greeting_.starts_with(welcome)) return success();
    constexpr std::string_view no = "no: ";
    const std::string why = greeting_.starts_with(no) ? greeting_.substr(no.size()) : greeting_;
    return fail(Errc::forbidden, place(), "refuses: " + quote(why.substr(0, why.find('\n'))));
  }

  result<void> start(TlsPump::Ended ended) {
    pump_ = std::make_shared<TlsPump>(std::move(*stream_), settings_.limits, std::move(ended));
    stream_.reset();
    // What the other side says next may have come with its greeting.
    CAMFLEET_TRY(socket_, pump_->start(std::string_view(greeting_).substr(welcome.size())));
    io_.restart();
    thread_ = std::thread([this] { io_.run(); });
    return success();
  }

  [[nodiscard]] int socket() const { return socket_; }
  void end(const std::string& why) {
    asio::post(io_, [pump = pump_, why] { pump->end(why); });
  }

 private:
  [[nodiscard]] std::string place() const { return settings_.host + ":" + std::to_string(settings_.port); }

  result<tcp::resolver::results_type> places_of() {
    error_code error;
    tcp::resolver resolver(io_);
    auto places = resolver.resolve(settings_.host, std::to_string(settings_.port), error);
    if (error) return fail(Errc::not_found, place(), "is not found: " + error.message());
    return places;
  }

  /// Runs what `begin` begins to its end, or until the deadline. Errors: timed_out; `code` when it fails.
  template <class Begin>
  result<void> step(std::chrono::steady_clock::time_point until, const char* what, Errc code,
                    const Begin& begin) {
    const auto ended = std::make_shared<std::optional<error_code>>();
    begin([ended](const error_code& error) { *ended = error; });
    io_.restart();
    io_.run_until(until);
    if (!*ended) return fail(Errc::timed_out, place(), std::string(what) + " takes too long");
    if (**ended) return fail(code, place(), std::string(what) + " fails: " + (*ended)->message());
    return success();
  }

  const Settings settings_;
  std::shared_ptr<asio::ssl::context> context_;
  asio::io_context io_{1};
  std::optional<TlsStream> stream_;  ///< until the pump has it
  std::string greeting_;
  std::shared_ptr<TlsPump> pump_;
  int socket_ = -1;
  std::thread thread_;
};

Call::Call(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Call::~Call() = default;

result<std::unique_ptr<Call>> Call::make(const Settings& settings, const OwnKeys& keys,
                                         TlsPump::Ended ended) {
  CAMFLEET_TRY(auto context, tls_context(keys, Side::caller));
  auto impl = std::make_unique<Impl>(settings, std::move(context));
  CAMFLEET_CHECK(impl->connect());
  CAMFLEET_CHECK(impl->start(std::move(ended)));
  return std::unique_ptr<Call>(new Call(std::move(impl)));
}

int Call::socket() const {
  return impl_->socket();
}

void Call::end(const std::string& why) {
  impl_->end(why);
}

}  // namespace camfleet::link
