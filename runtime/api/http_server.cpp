#include "runtime/api/http_server.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <unistd.h>

#include "runtime/api/http_session.hpp"

namespace camfleet::api {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class HttpServer::Impl {
 public:
  Impl(const Settings& settings, Hooks hooks)
      : all_(std::make_shared<Connections>(settings, std::move(hooks))),
        contexts_(make_contexts(settings.threads)),
        acceptor_(*contexts_.front()),
        again_(*contexts_.front()) {}
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  result<void> start() {
    const Settings& settings = all_->settings;
    const std::string place = settings.host + ":" + std::to_string(settings.port);
    error_code error;
    const auto address =
        asio::ip::make_address(settings.host == "localhost" ? "127.0.0.1" : settings.host, error);
    if (error)
      return fail(Errc::invalid_field, place, "is no address to listen on; give one like 127.0.0.1:8080");
    if (!settings.certificate.empty()) CAMFLEET_CHECK(load_certificate());
    const tcp::endpoint endpoint(address, settings.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
      return fail(Errc::io, place, "cannot be listened on: " + error.message() + "; give another HOST:PORT");
    accept();
    for (const auto& context : contexts_) {
      threads_.emplace_back([this, one = context.get()] {
        const auto stay = asio::make_work_guard(*one);
        while (!run_until_out_of_memory(*one)) {
          if (one == contexts_.front().get()) accept_again();
        }
      });
    }
    return success();
  }

  void stop() {
    for (const auto& context : contexts_) context->stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    all_->large_requests.stop();
  }

  [[nodiscard]] tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  /// False: there was no memory for a connection, which is gone with its handler; the others go on.
  bool run_until_out_of_memory(asio::io_context& context) {
    try {
      context.run();
      return true;
    } catch (const std::bad_alloc&) {
    }
    try {
      if (all_->hooks.out_of_memory) all_->hooks.out_of_memory();
    } catch (const std::bad_alloc&) {
      // There is no memory to say it with.
      return false;
    }
    return false;
  }

  result<void> load_certificate() {
    for (const auto& path : {all_->settings.certificate, all_->settings.key}) {
      if (::access(path.c_str(), R_OK) != 0)
        return fail(Errc::unreadable, path.string(), std::string("cannot be read: ") + std::strerror(errno));
    }
    tls_.emplace(asio::ssl::context::tls_server);
    error_code error;
    // A service asks nobody for a pass phrase.
    tls_->set_password_callback(
        [](std::size_t, asio::ssl::context::password_purpose) { return std::string(); }, error);
    tls_->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                          asio::ssl::context::no_tlsv1_1,
                      error);
    tls_->use_certificate_chain_file(all_->settings.certificate.string(), error);
    if (error)
      return fail(Errc::unreadable, all_->settings.certificate.string(),
                  "is no PEM certificate: " + error.message());
    tls_->use_private_key_file(all_->settings.key.string(), asio::ssl::context::pem, error);
    if (error)
      return fail(Errc::unreadable, all_->settings.key.string(),
                  "is no PEM key of it without a pass phrase: " + error.message());
    return success();
  }

  void accept_later() {
    again_.expires_after(std::chrono::milliseconds(20));
    again_.async_wait([this](const error_code& error) {
      is_accepting_ = false;
      if (!error) accept();
    });
    is_accepting_ = true;
  }
  /// After a handler that found no memory: nobody else would begin again.
  void accept_again() {
    while (!is_accepting_) {
      try {
        accept_later();
      } catch (const std::bad_alloc&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    }
  }

  void accept() {
    if (all_->busy() >= all_->settings.connections) return accept_later();
    asio::io_context& context = *contexts_[next_++ % contexts_.size()];
    acceptor_.async_accept(context, [this](const error_code& error, HttpSocket socket) {
      is_accepting_ = false;
      if (error == asio::error::operation_aborted) return;
      // The process may have no descriptor left: then it would fail again at once.
      if (error) return accept_later();
      begin(std::move(socket));
      if (all_->count() > all_->settings.connections) all_->make_room();
      accept();
    });
    is_accepting_ = true;
  }

  void begin(HttpSocket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (tls_) {
      using Tls = asio::ssl::stream<HttpSocket>;
      run(std::make_shared<HttpSession<Tls>>(Tls(std::move(socket), *tls_), all_));
    } else {
      run(std::make_shared<HttpSession<HttpSocket>>(std::move(socket), all_));
    }
  }

  template <class Session>
  static void run(std::shared_ptr<Session> session) {
    session->list();
    const auto executor = session->get_executor();
    asio::post(executor, [session = std::move(session)] { session->run(); });
  }

  /// One per thread, so that what belongs to a connection stays on one core.
  static std::vector<std::unique_ptr<asio::io_context>> make_contexts(unsigned threads) {
    if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::unique_ptr<asio::io_context>> contexts;
    for (unsigned i = 0; i < threads; ++i) contexts.push_back(std::make_unique<asio::io_context>(1));
    return contexts;
  }

  std::shared_ptr<Connections> all_;
  std::vector<std::unique_ptr<asio::io_context>> contexts_;
  std::size_t next_ = 0;
  std::optional<asio::ssl::context> tls_;
  tcp::acceptor acceptor_;
  asio::steady_timer again_;
  bool is_accepting_ = false;  ///< of the first context's thread, once it runs
  std::vector<std::thread> threads_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

result<std::unique_ptr<HttpServer>> HttpServer::start(const Settings& settings, Hooks hooks) {
  auto impl = std::make_unique<Impl>(settings, std::move(hooks));
  CAMFLEET_CHECK(impl->start());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port() const {
  return impl_->endpoint().port();
}
bool HttpServer::is_loopback() const {
  return impl_->endpoint().address().is_loopback();
}
void HttpServer::stop() {
  impl_->stop();
}

}  // namespace camfleet::api
