#include "runtime/caf/link_actors.hpp"

#include <exception>
#include <map>
#include <mutex>
#include <utility>

#include <caf/all.hpp>
#include <caf/io/all.hpp>

#include "runtime/caf/link_end.hpp"

namespace camfleet::shells {
namespace {

using Wake = caf::atom_constant<caf::atom("wake")>;

struct LinkConfig : caf::actor_system_config {
  LinkConfig() {
    load<caf::io::middleman>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{1});
    // One that sends much does not keep the others waiting.
    set("scheduler.max-throughput", std::size_t{8});
  }
};

/// Which process is behind which connection: one that says that it is another's would get what is the
/// other's.
class PeerNodes {
 public:
  bool add(std::uint64_t connection, const caf::node_id& node) {
    const std::lock_guard lock(mutex_);
    return nodes_.try_emplace(node, connection).first->second == connection;
  }
  void remove(std::uint64_t connection) {
    const std::lock_guard lock(mutex_);
    std::erase_if(nodes_, [&](const auto& one) { return one.second == connection; });
  }

 private:
  std::mutex mutex_;
  std::map<caf::node_id, std::uint64_t> nodes_;
};

class LinkActor : public caf::event_based_actor {
 public:
  LinkActor(caf::actor_config& config, std::uint64_t connection, caf::strong_actor_ptr peer,
            const LinkActors::Hooks* hooks, PeerNodes* nodes)
      : caf::event_based_actor(config),
        connection_(connection),
        peer_(std::move(peer)),
        hooks_(hooks),
        nodes_(nodes) {}

  caf::behavior make_behavior() override {
    set_default_handler(
        [this](caf::scheduled_actor* /*self*/, caf::message_view& /*view*/) -> caf::result<caf::message> {
          be_strange("it says what is no envelope");
          return caf::sec::unexpected_message;
        });
    return {[this](const std::string& bytes) { receive(bytes); }, [this](Wake) { send_all(); }};
  }

 private:
  void receive(const std::string& bytes) {
    if (is_strange_) return;
    const caf::strong_actor_ptr& sender = current_sender();
    if (!sender || sender->node() == system().node()) return be_strange("it does not say who it is");
    if (!peer_) {
      if (!nodes_->add(connection_, sender->node())) return be_strange("its identity is another's");
      peer_ = sender;
    }
    if (sender != peer_) return be_strange("it speaks for another actor");
    guarded([&] { hooks_->received(connection_, bytes); });
  }

  void send_all() {
    if (!peer_) return;
    guarded([&] {
      for (std::string bytes = hooks_->take(connection_); !bytes.empty(); bytes = hooks_->take(connection_))
        send(caf::actor_cast<caf::actor>(peer_), std::move(bytes));
    });
  }

  /// An actor that ended would leave an open connection that nobody hears.
  template <class Act>
  void guarded(const Act& act) {
    try {
      act();
    } catch (const std::exception& error) {
      be_strange(std::string("this process failed at it: ") + error.what());
    }
  }

  void be_strange(const std::string& why) {
    if (!std::exchange(is_strange_, true)) hooks_->strange(connection_, why);
  }

  std::uint64_t connection_;
  caf::strong_actor_ptr peer_;
  const LinkActors::Hooks* hooks_;
  PeerNodes* nodes_;
  bool is_strange_ = false;
};

}  // namespace

class LinkActors::Impl {
 public:
  explicit Impl(Hooks hooks) : hooks_(std::move(hooks)), system_(config_), ends_(system_) {}
  ~Impl() {
    const std::lock_guard lock(mutex_);
    for (const auto& [connection, actor] : actors_) caf::anon_send_exit(actor, caf::exit_reason::kill);
    actors_.clear();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::uint64_t add(std::uint64_t connection, const caf::strong_actor_ptr& peer) {
    const caf::actor actor = system_.spawn<LinkActor>(connection, peer, &hooks_, &nodes_);
    const std::lock_guard lock(mutex_);
    actors_.insert_or_assign(connection, actor);
    return actor.id();
  }

  void show(std::uint64_t connection, int socket) {
    const std::lock_guard lock(mutex_);
    const auto found = actors_.find(connection);
    if (found != actors_.end()) ends_.show(socket, caf::actor_cast<caf::strong_actor_ptr>(found->second));
  }

  result<void> find(std::uint64_t connection, int socket, Duration deadline) {
    CAMFLEET_TRY(const caf::strong_actor_ptr peer, ends_.find(socket, deadline));
    add(connection, peer);
    return success();
  }

  void wake(std::uint64_t connection) {
    const std::lock_guard lock(mutex_);
    const auto found = actors_.find(connection);
    if (found != actors_.end()) caf::anon_send(found->second, Wake::value);
  }

  void remove(std::uint64_t connection) {
    nodes_.remove(connection);
    const std::lock_guard lock(mutex_);
    const auto found = actors_.find(connection);
    if (found == actors_.end()) return;
    caf::anon_send_exit(found->second, caf::exit_reason::kill);
    actors_.erase(found);
  }

 private:
  Hooks hooks_;
  PeerNodes nodes_;
  LinkConfig config_;
  std::mutex mutex_;  ///< this and the next outlive the last handlers
  std::map<std::uint64_t, caf::actor> actors_;
  caf::actor_system system_;
  LinkEnds ends_;
};

LinkActors::LinkActors(Hooks hooks) : impl_(std::make_unique<Impl>(std::move(hooks))) {}
LinkActors::~LinkActors() = default;

std::uint64_t LinkActors::add(std::uint64_t connection) {
  return impl_->add(connection, nullptr);
}
void LinkActors::show(std::uint64_t connection, int socket) {
  impl_->show(connection, socket);
}
result<void> LinkActors::find(std::uint64_t connection, int socket, Duration deadline) {
  return impl_->find(connection, socket, deadline);
}
void LinkActors::wake(std::uint64_t connection) {
  impl_->wake(connection);
}
void LinkActors::remove(std::uint64_t connection) {
  impl_->remove(connection);
}

}  // namespace camfleet::shells
