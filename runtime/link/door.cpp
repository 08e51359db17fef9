#include "runtime/link/door.hpp"

#include <exception>
#include <set>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "actors/base/text.hpp"
#include "runtime/link/crowd.hpp"

namespace camfleet::link {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using error_code = boost::system::error_code;

/// Somebody whose handshake is under way.
struct Arrival {
  Arrival(tcp::socket socket, asio::ssl::context* context, const asio::ip::address& from)
      : stream(std::move(socket), context),
        deadline(stream.get_executor()),
        address(from.to_string()),
        network(network_of(from)) {}
  LinkStream stream;
  asio::steady_timer deadline;
  std::string address;
  std::string network;  ///< which counts as one
  std::string said;
  std::string gave_way;  ///< why it was closed
};

}  // namespace

class Door::Impl {
 public:
  Impl(const Settings& settings, std::shared_ptr<asio::ssl::context> context, NodeList list, Hooks hooks)
      : settings_(settings), context_(std::move(context)), list_(std::move(list)), hooks_(std::move(hooks)) {}
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

  void set_list(NodeList list) {
    asio::post(io_, [this, list = std::move(list)]() mutable {
      list_ = std::move(list);
      std::vector<std::shared_ptr<TlsPump>> gone;
      for (const auto& [number, inside] : inside_) {
        if (!is_listed({inside.name, inside.fingerprint})) gone.push_back(inside.pump);
      }
      for (const auto& pump : gone) pump->end("its key is no longer in the list");
    });
  }

  void allow(std::uint64_t number, std::uint64_t actor) {
    asio::post(io_, [this, number, actor] {
      const auto found = inside_.find(number);
      if (found != inside_.end()) found->second.pump->allow(actor);
    });
  }

  void close(std::uint64_t number, const std::string& why) {
    asio::post(io_, [this, number, why] {
      const auto found = inside_.find(number);
      if (found == inside_.end()) return;
      const std::shared_ptr<TlsPump> pump = found->second.pump;
      pump->end(why);
    });
  }

 private:
  struct Inside {
    std::string name;
    std::string fingerprint;
    std::shared_ptr<TlsPump> pump;
  };

  void make_way(const std::string& why) {
    const std::shared_ptr<Arrival> one = arrivals_.take_one();
    if (one == nullptr) return;
    one->gave_way = why;
    error_code ignored;
    one->stream.socket().close(ignored);
  }

  void arrive(tcp::socket socket) {
    error_code error;
    const auto from = socket.remote_endpoint(error);
    if (error) return;
    socket.set_option(tcp::no_delay(true), error);
    if (arrivals_.size() >= settings_.handshakes) make_way("others came while its handshake was under way");
    std::shared_ptr<Arrival> arrival;
    try {
      arrival = std::make_shared<Arrival>(std::move(socket), context_.get(), from.address());
    } catch (const std::exception& no_memory) {
      return hooks_.refused(from.address().to_string(), no_memory.what());
    }
    arrivals_.add(arrival);
    arrival->deadline.expires_after(settings_.handshake_time);
    arrival->deadline.async_wait([arrival](const error_code& aborted) {
      if (aborted || !arrival->gave_way.empty()) return;
      arrival->gave_way = "its handshake takes too long";
      error_code ignored;
      arrival->stream.socket().close(ignored);
    });
    arrival->stream.introduce(Side::door, "",
                              [this, arrival](const error_code& failed) { greet(arrival, failed); });
  }

  /// It is no longer among those who arrive.
  void settle(const std::shared_ptr<Arrival>& arrival) {
    arrival->deadline.cancel();
    arrivals_.remove(arrival);
  }

  void refuse(const std::shared_ptr<Arrival>& arrival, const std::string& why) {
    settle(arrival);
    hooks_.refused(arrival->address, why);
  }

  [[nodiscard]] bool is_listed(const PeerName& peer) const {
    if (settings_.is_plain) return check_node_name(peer.name).has_value();
    const auto found = list_.find(peer.name);
    return found != list_.end() && found->second.fingerprint == peer.fingerprint;
  }

  /// Why somebody who has shown a certificate of the authority may not come in; empty: it may.
  [[nodiscard]] std::string objection(const PeerName& peer) const {
    if (!is_listed(peer)) return settings_.is_plain ? "it says no name" : "its key is not in the list";
    if (names_.contains(peer.name)) return "a node of this name is connected";
    if (names_.size() >= settings_.connections) return "as many nodes are connected as can be";
    return "";
  }

  void greet(const std::shared_ptr<Arrival>& arrival, const error_code& failed) {
    if (!arrival->gave_way.empty()) return refuse(arrival, arrival->gave_way);
    if (failed) return refuse(arrival, "no handshake: " + failed.message());
    const PeerName peer = arrival->stream.peer();
    const std::string objection = this->objection(peer);
    // Who is not in the list need not come again; the others may.
    const char* answer = is_listed(peer) ? "later: " : "no: ";
    arrival->said = objection.empty() ? "welcome\n" : answer + objection + "\n";
    if (objection.empty()) names_.insert(peer.name);
    asio::async_write(arrival->stream, asio::buffer(arrival->said),
                      [this, arrival, peer, objection](const error_code& error, std::size_t /*count*/) {
                        if (!objection.empty()) return refuse(arrival, quote(peer.name) + ": " + objection);
                        if (error || !arrival->gave_way.empty()) {
                          names_.erase(peer.name);
                          return refuse(arrival, quote(peer.name) + ": it went away");
                        }
                        // The list may be another one by now.
                        if (!is_listed(peer)) {
                          names_.erase(peer.name);
                          return refuse(arrival, quote(peer.name) + ": its key is no longer in the list");
                        }
                        settle(arrival);
                        let_in(*arrival, peer);
                      });
  }

  void let_in(Arrival& arrival, const PeerName& peer) {
    const std::uint64_t number = ++last_number_;
    const auto ended = [this, number](const std::string& why) { leave(number, why); };
    const auto pump =
        std::make_shared<TlsPump>(std::move(arrival.stream), Side::door, settings_.limits, ended);
    inside_.emplace(number, Inside{peer.name, peer.fingerprint, pump});
    const auto socket = pump->start();
    if (!socket.has_value()) {
      hooks_.refused(arrival.address, quote(peer.name) + ": " + socket.error().line());
      inside_.erase(number);
      names_.erase(peer.name);
      return;
    }
    hooks_.came({number, peer.name, arrival.address, socket.value()});
  }

  void leave(std::uint64_t number, const std::string& why) {
    const auto found = inside_.find(number);
    const std::string name = found->second.name;
    inside_.erase(found);
    names_.erase(name);
    hooks_.left(number, name, why);
  }

  const Settings settings_;
  std::shared_ptr<asio::ssl::context> context_;
  NodeList list_;
  Hooks hooks_;
  asio::io_context io_{1};
  Accepting accepting_{io_};
  Crowd<Arrival> arrivals_;
  std::map<std::uint64_t, Inside> inside_;
  std::set<std::string, std::less<>> names_;  ///< of who is in, or about to be
  std::uint64_t last_number_ = 0;
  std::thread thread_;
};

Door::Door(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Door::~Door() = default;

result<std::unique_ptr<Door>> Door::open(const Settings& settings, const OwnKeys& keys, NodeList list,
                                         Hooks hooks) {
  std::shared_ptr<asio::ssl::context> context;
  if (!settings.is_plain) {
    CAMFLEET_TRY(context, tls_context(keys, Side::door));
  }
  auto impl = std::make_unique<Impl>(settings, std::move(context), std::move(list), std::move(hooks));
  CAMFLEET_CHECK(impl->listen());
  return std::unique_ptr<Door>(new Door(std::move(impl)));
}

std::uint16_t Door::port() const {
  return impl_->port();
}

void Door::set_list(NodeList list) {
  impl_->set_list(std::move(list));
}

void Door::allow(std::uint64_t number, std::uint64_t actor) {
  impl_->allow(number, actor);
}

void Door::close(std::uint64_t number, const std::string& why) {
  impl_->close(number, why);
}

}  // namespace camfleet::link
