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
      : settings_(settings), context_(std::move(context)), stream_(std::in_place, io_, context_.get()) {}
  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  result<void> connect() {
    const auto until = std::chrono::steady_clock::now() + settings_.deadline;
    tcp::resolver resolver(io_);
    tcp::resolver::results_type places;
    CAMFLEET_CHECK(step(until, "finding it", [&](auto done) {
      resolver.async_resolve(settings_.host, std::to_string(settings_.port),
                             [done, &places](const error_code& error, tcp::resolver::results_type found) {
                               places = std::move(found);
                               done(error);
                             });
    }));
    CAMFLEET_CHECK(step(until, "connecting", [&](auto done) {
      asio::async_connect(stream_->socket(), places,
                          [done](const error_code& error, const tcp::endpoint& /*at*/) { done(error); });
    }));
    error_code ignored;
    stream_->socket().set_option(tcp::no_delay(true), ignored);
    CAMFLEET_CHECK(step(until, "the handshake",
                        [&](auto done) { stream_->introduce(Side::caller, settings_.plain_name, done); }));
    CAMFLEET_CHECK(step(until, "being let in", [&](auto done) {
      asio::async_read_until(*stream_, asio::dynamic_buffer(greeting_, longest_greeting), '\n',
                             [done](const error_code& error, std::size_t /*count*/) { done(error); });
    }));
    if (greeting_.starts_with(welcome)) return success();
    const std::string said = greeting_.substr(0, greeting_.find('\n'));
    constexpr std::string_view later = "later: ";
    if (said.starts_with(later))
      return fail(Errc::limit, place(), "refuses for now: " + quote(said.substr(later.size())));
    constexpr std::string_view no = "no: ";
    return fail(Errc::forbidden, place(),
                "refuses: " + quote(said.substr(said.starts_with(no) ? no.size() : 0)));
  }

  result<void> start(TlsPump::Ended ended) {
    pump_ = std::make_shared<TlsPump>(std::move(*stream_), Side::caller, settings_.limits, std::move(ended));
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

  /// What a failure means for who would call again.
  static Errc code_of(const error_code& error) {
    if (error == asio::error::connection_refused) return Errc::unreachable;
    if (error == asio::error::host_not_found || error == asio::error::no_data) return Errc::not_found;
    // It went away, or made room for others: it is there, and may be called again.
    const bool has_ended = error == asio::error::eof || error == asio::error::connection_reset ||
                           error == asio::error::broken_pipe || error == asio::ssl::error::stream_truncated;
    if (has_ended) return Errc::ended;
    if (error.category() == asio::error::get_ssl_category()) return Errc::forbidden;
    const bool is_cut = error == asio::error::host_unreachable || error == asio::error::network_unreachable ||
                        error == asio::error::timed_out;
    return is_cut ? Errc::timed_out : Errc::io;
  }

  /// Runs what `begin` begins to its end, or until the deadline. Errors: timed_out, or see code_of.
  template <class Begin>
  result<void> step(std::chrono::steady_clock::time_point until, const char* what, const Begin& begin) {
    const auto ended = std::make_shared<std::optional<error_code>>();
    begin([ended](const error_code& error) { *ended = error; });
    io_.restart();
    io_.run_until(until);
    if (!*ended) return fail(Errc::timed_out, place(), std::string(what) + " takes too long");
    if (**ended) return fail(code_of(**ended), place(), std::string(what) + " fails: " + (*ended)->message());
    return success();
  }

  const Settings settings_;
  std::shared_ptr<asio::ssl::context> context_;
  asio::io_context io_{1};
  std::optional<LinkStream> stream_;  ///< until the pump has it
  std::string greeting_;
  std::shared_ptr<TlsPump> pump_;
  int socket_ = -1;
  std::thread thread_;
};

Call::Call(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Call::~Call() = default;

result<std::unique_ptr<Call>> Call::make(const Settings& settings, const OwnKeys& keys,
                                         TlsPump::Ended ended) {
  std::shared_ptr<asio::ssl::context> context;
  if (settings.plain_name.empty()) {
    CAMFLEET_TRY(context, tls_context(keys, Side::caller));
  }
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
