#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "runtime/caf/link_actors.hpp"
#include "runtime/cluster/records.hpp"
#include "runtime/link/call.hpp"
#include "runtime/link/door.hpp"
#include "tools/camfleet/bench/bench_link.hpp"
#include "tools/camfleet/cli/process.hpp"

namespace camfleet::cli {
namespace {

constexpr std::uint32_t records = 200'000;
/// As many of them as one envelope has, and a few, wait when a message is taken.
constexpr std::size_t envelope_bytes = std::size_t{64} << 10U;
constexpr std::chrono::seconds arriving_time{60};

/// What an instance is told of a slice that has ended, in turns with an account of it.
void append_record(std::string& to, std::uint32_t number) {
  if (number % 2 == 0) {
    append(to, cluster::ToInstance<SliceAccount>{InstanceIx{number},
                                                 {.slice = SliceIx{number},
                                                  .algorithm = 0,
                                                  .goes_on = false,
                                                  .from = home_place,
                                                  .due = 10,
                                                  .analysed = 10,
                                                  .gated = 0,
                                                  .reasons = {},
                                                  .dropped = {}}});
  } else {
    append(to, cluster::ToInstance<SliceDone>{InstanceIx{number},
                                              {.slice = SliceIx{number},
                                               .fault = Reason::none,
                                               .started = true,
                                               .lead_s = 0,
                                               .from = home_place,
                                               .started_at = Instant(seconds(number)),
                                               .ended_at = Instant(seconds(number + 10)),
                                               .planned = seconds(10),
                                               .observed = seconds(10)}});
  }
}

/// Both ends of one connection, in this process.
class Loop {
 public:
  result<void> open(const std::filesystem::path& folder) {
    const link::ClusterKeys keys(folder);
    CAMFLEET_CHECK(keys.init());
    CAMFLEET_TRY(const auto own_folder, keys.add("a"));
    CAMFLEET_TRY(const link::OwnKeys own, keys.scheduler());
    CAMFLEET_TRY(const link::NodeList list, keys.nodes());
    CAMFLEET_TRY(door_, link::Door::open({}, own, list,
                                         {.came =
                                              [this](const link::Door::Guest& guest) {
                                                door_->allow(guest.number, inside_.add(guest.number));
                                                inside_.show(guest.number, guest.socket);
                                              },
                                          .left = [](auto, const auto&, const auto&) {},
                                          .refused = [](const auto&, const auto&) {}}));
    CAMFLEET_TRY(const link::NodeKeys node, link::read_node_keys(own_folder));
    CAMFLEET_TRY(call_, link::Call::make({.host = "127.0.0.1", .port = door_->port()}, node.own,
                                         [](const std::string&) {}));
    return outside_.find(1, call_->socket(), seconds(5));
  }

  /// CPU of both ends, of so many records in messages of at least so many bytes. Errors: timed_out.
  result<Duration> send(std::size_t bytes) {
    received_ = 0;
    next_ = 0;
    message_bytes_ = bytes;
    const Stopwatch watch;
    outside_.wake(1);
    const auto give_up = std::chrono::steady_clock::now() + arriving_time;
    while (received_ < records) {
      if (std::chrono::steady_clock::now() > give_up)
        return fail(Errc::timed_out, "records", "did not arrive");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return watch.cpu();
  }

 private:
  std::string take() {
    std::string message;
    while (next_ < records && (message.empty() || message.size() < message_bytes_))
      append_record(message, next_++);
    return message;
  }
  void receive(std::string_view bytes) {
    const auto read = cluster::read_envelope(bytes);
    if (read.has_value()) received_ += static_cast<std::uint32_t>(read.value().size());
  }

  std::atomic<std::uint32_t> received_ = 0;
  std::uint32_t next_ = 0;
  std::size_t message_bytes_ = 0;
  shells::LinkActors inside_{{.received = [this](auto, auto bytes) { receive(bytes); },
                              .strange = [](auto, const auto&) {},
                              .take = [](auto) { return std::string(); }}};
  shells::LinkActors outside_{{.received = [](auto, auto) {},
                               .strange = [](auto, const auto&) {},
                               .take = [this](auto) { return take(); }}};
  // Connections end before those who listen to them.
  std::unique_ptr<link::Door> door_;
  std::unique_ptr<link::Call> call_;
};

}  // namespace

result<void> bench_envelopes(Figures& figures) {
  const BenchFolder folder("camfleet-bench-envelopes");
  Loop loop;
  CAMFLEET_CHECK(loop.open(folder.path() / "keys"));
  // Once before, so that both find the same.
  CAMFLEET_CHECK(loop.send(envelope_bytes));
  CAMFLEET_TRY(const Duration shared, loop.send(envelope_bytes));
  CAMFLEET_TRY(const Duration each, loop.send(1));
  const auto micros = [](Duration cpu) { return static_cast<double>(cpu.count()) / 1e3 / records; };
  figures.push_back({"CPU a record, in envelopes", micros(shared), "µs", 0, true});
  figures.push_back({"CPU a record, a message each", micros(each), "µs", 0, true});
  figures.push_back({"envelopes against messages", micros(shared) / micros(each), "×", 0.25, true});
  return success();
}

}  // namespace camfleet::cli
