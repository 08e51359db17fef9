#include "runtime/caf/link_end.hpp"

#include <chrono>
#include <random>
#include <set>
#include <string>

#include <caf/io/all.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/network/default_multiplexer.hpp>

namespace caf::detail {

/// CAF's own, which names the machine, gives way to this at link time.
std::string get_root_uuid();
std::string get_root_uuid() {
  static const std::string text = [] {
    std::random_device random;
    std::string digits;
    for (int i = 0; i < 4; ++i) digits += std::to_string(random()) + "-";
    return digits;
  }();
  return text;
}

}  // namespace caf::detail

namespace camfleet::shells {
namespace {

/// What is shown is kept by a port until another takes its place: one is enough, and none listens.
constexpr std::uint16_t the_port = 1;

caf::io::scribe_ptr scribe_of(caf::actor_system& system, int socket) {
  auto& backend = static_cast<caf::io::network::default_multiplexer&>(system.middleman().backend());
  return backend.new_scribe(socket);
}

caf::actor broker_of(caf::actor_system& system) {
  return caf::actor_cast<caf::actor>(
      system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP")));
}

}  // namespace

LinkEnds::LinkEnds(caf::actor_system& system) : system_(&system) {}

void LinkEnds::show(int socket, const caf::strong_actor_ptr& whom) {
  caf::anon_send(broker_of(*system_), caf::publish_atom::value, scribe_of(*system_, socket), the_port, whom,
                 std::set<std::string>{});
}

result<caf::strong_actor_ptr> LinkEnds::find(int socket, Duration deadline) {
  const caf::scoped_actor self{*system_};
  result<caf::strong_actor_ptr> found = fail(Errc::unreachable, "link", "shows no actor");
  self->request(broker_of(*system_), std::chrono::duration_cast<std::chrono::nanoseconds>(deadline),
                caf::connect_atom::value, scribe_of(*system_, socket), the_port)
      .receive(
          [&](const caf::node_id& /*node*/, const caf::strong_actor_ptr& whom,
              const std::set<std::string>& /*interface*/) {
            if (whom) found = whom;
          },
          [&](const caf::error& error) {
            const bool is_late = error == caf::sec::request_timeout;
            found = fail(is_late ? Errc::timed_out : Errc::unreachable, "link", system_->render(error));
          });
  return found;
}

}  // namespace camfleet::shells
