#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/cluster/node_end_impl.hpp"
#include "runtime/plant/last_problems.hpp"

// What a node hears from its scheduler.

namespace camfleet::cluster {
namespace {

constexpr std::int64_t most_speed = timing::Speed::real_time * 1000;
/// Of two schedulers' times, for one to go on with what the other had begun.
constexpr Duration most_apart = seconds(5);

result<void> unknown(const char* what, std::uint32_t number) {
  return fail(Errc::corrupt, std::string(what) + " " + std::to_string(number), "was not described before");
}

}  // namespace

void NodeEnd::Impl::receive(std::string_view bytes) {
  const auto records = read_envelope(bytes);
  if (!records.has_value()) return end(records.error().line());
  for (const Record& record : records.value()) {
    const bool is_answer = std::holds_alternative<Welcome>(record) || std::holds_alternative<Refusal>(record);
    if (is_answer == is_answered()) return end("the scheduler says what it may not say now");
    const result<void> heard = std::visit([&](const auto& one) { return hear(one); }, record);
    if (!heard.has_value()) return end(heard.error().line());
  }
}

bool NodeEnd::Impl::is_answered() {
  const std::lock_guard lock(mutex_);
  return is_answered_;
}

result<void> NodeEnd::Impl::hear(const Welcome& welcome) {
  const auto millionths = static_cast<std::int64_t>(welcome.millionths);
  if (millionths < 1 || millionths > most_speed)
    return fail(Errc::corrupt, "welcome", "time cannot pass so fast");
  const Duration way = std::max(Duration(0), Duration(Clock::now() - said_hello_) - welcome.held);
  const Instant now = welcome.now + way / 2 * millionths / timing::Speed::real_time;
  {
    const std::lock_guard lock(mutex_);
    if (welcome.fleet != parts_.former_fleet) former_.forget_all();
  }
  if (world_) return hear_again(welcome, now);
  follower_.emplace(millionths);
  world::RealWorld::Settings settings;
  settings.start = now;
  settings.speed = timing::Speed{millionths};
  settings.threads = settings_.threads;
  settings.role = shells::Role::node;
  settings.border = this;
  world::RealWorld::Hooks hooks;
  hooks.plant.found = [this](const auto& sample, const auto& frame, const auto& boxes) {
    const std::uint64_t number = parts_.found(books_.roster(), sample, frame, boxes);
    const std::lock_guard lock(mutex_);
    held_.note_found(number);
  };
  hooks.plant.opened = [this](DeviceIx device) { tell_stream(device, true); };
  hooks.plant.reconnecting = [this](DeviceIx device) { tell_stream(device, false); };
  hooks.plant.trouble = [this](const Error& error, DeviceIx device, Reason reason, bool ends_stream) {
    tell_trouble(error, device, reason, ends_stream);
  };
  auto world = std::make_unique<world::RealWorld>(
      settings,
      world::RealWorld::Parts{&books_.roster(), parts_.sources, parts_.engines, &books_.ledger(), &problems_},
      std::move(hooks));
  world->start_empty();
  world_ = std::move(world);
  answered(welcome);
  deliver(actor(own_node), StartNode{});
  return success();
}

result<void> NodeEnd::Impl::hear_again(const Welcome& welcome, Instant now) {
  const Duration apart = std::max(now, world_->now()) - std::min(now, world_->now());
  if (welcome.millionths != welcome_.millionths || welcome.fleet != welcome_.fleet ||
      apart > most_apart * static_cast<std::int64_t>(welcome.millionths) / timing::Speed::real_time) {
    const std::lock_guard lock(mutex_);
    is_other_ = true;
    return fail(Errc::ended, "scheduler", "is another one than before, or its time is: all begins anew");
  }
  books_.begin_reign();
  answered(welcome);
  return success();
}

void NodeEnd::Impl::answered(const Welcome& welcome) {
  const std::lock_guard lock(mutex_);
  if (has_ended_) return;
  last_answer_ = Clock::now();
  welcome_ = welcome;
  is_answered_ = true;
  changed_.notify_all();
}

result<void> NodeEnd::Impl::hear(const Refusal& refusal) {
  const std::lock_guard lock(mutex_);
  refusal_ = refusal;
  changed_.notify_all();
  return success();
}

result<void> NodeEnd::Impl::hear(const DeviceText& text) {
  const auto forget = [this](DeviceIx device) { return forget_device(device); };
  CAMFLEET_CHECK(books_.add(text, forget));
  world_->executor().make_actors();
  return success();
}

result<void> NodeEnd::Impl::hear(const InstanceText& text) {
  return books_.add(text);
}

result<void> NodeEnd::Impl::hear(const InstanceGone& gone) {
  const auto own = books_.own(gone.instance);
  if (own) {
    world_->plant().instance_ended(*own);
    const std::lock_guard lock(mutex_);
    kept_.forget(*own);
    former_.forget_instance(books_.roster()[*own].id);
  }
  for (const SliceKey& key :
       books_.remove(gone.instance, [this](InstanceIx ix) { return !world_->plant().is_looked_at(ix); }))
    world_->plant().drop_slice(key);
  return success();
}

template <class M>
result<void> NodeEnd::Impl::hear(const ToDevice<M>& record) {
  const auto device = books_.own(record.device);
  if (!device) return unknown("device", record.device.value);
  if constexpr (std::is_same_v<M, DeviceReleased>) {
    books_.remove(record.device, [this](DeviceIx own) { return forget_device(own); });
  } else {
    if (!is_for_this_life()) return success();
    M message = record.message;
    const auto instance = books_.own(message.instance);
    if (!instance) return unknown("instance", message.instance.value);
    message.instance = *instance;
    if constexpr (std::is_same_v<M, BeginSlice>) {
      const SliceKey key{*instance, *device, message.slice_due_at};
      if (message.algorithms != books_.roster()[*instance].algorithms.size() || message.spf_s == 0)
        return fail(Errc::corrupt, "slice", "is of another instance than that which it names");
      books_.add_slice(key);
      world_->plant().carry_slice(key);
      const std::lock_guard lock(mutex_);
      kept_.begin(*device, message);
    }
    if constexpr (std::is_same_v<M, CancelSlice>) {
      const std::lock_guard lock(mutex_);
      kept_.cancel(message);
      former_.cancel(books_.roster()[*instance].id, message.slice);
    }
    if constexpr (std::is_same_v<M, RenameSlice>) {
      const std::lock_guard lock(mutex_);
      tell_rest(*device);
      const bool is_here = kept_.rename(*device, message, [this](InstanceIx to, const Message& one) {
        std::visit([&](const auto& said) { say_again(to, said); }, one);
      }) || say_former(record, *device, *instance);
      // Its device has another source by now, say. All begins anew, so that it goes on somewhere.
      if (!is_here) return fail(Errc::ended, "slice", "has a name, and is not here any more");
    }
    deliver(actor(*device), message);
  }
  return success();
}

template <class M>
void NodeEnd::Impl::say_again(InstanceIx own, const M& message) {
  if constexpr (std::is_same_v<M, SliceAccount> || std::is_same_v<M, SliceProgress> ||
                std::is_same_v<M, SliceDone>) {
    say_now(own, message);
  }
}

void NodeEnd::Impl::keep_ended(InstanceIx own, SliceIx name) {
  const auto key = kept_.key_of(own, name);
  const auto part_due_at = key ? kept_.part_due_at(*key) : std::nullopt;
  if (!part_due_at || !parts_.ended) return;
  EndedSlice ended = called(*key);
  append(ended.records, KeptSliceName{ended.instance, ended.device, key->due_at, *part_due_at, name});
  troubles_.since(key->device, key->due_at - plant::LastProblems::before,
                  [&](const NodeTrouble& trouble) { append(ended.records, trouble); });
  kept_.tell_ended(*key, [&](InstanceIx /*to*/, const Message& message) {
    if (const auto* account = std::get_if<SliceAccount>(&message))
      append(ended.records, ToInstance<SliceAccount>{{}, *account});
    if (const auto* done = std::get_if<SliceDone>(&message))
      append(ended.records, ToInstance<SliceDone>{{}, *done});
  });
  held_.note_found(parts_.ended(std::move(ended)));
}

bool NodeEnd::Impl::say_former(const ToDevice<RenameSlice>& record, DeviceIx device, InstanceIx instance) {
  const std::vector<Record>* said = former_.find(books_.roster()[instance].id, books_.roster()[device].id,
                                                 record.message.slice_due_at, record.message.was);
  if (said == nullptr) return false;
  for (const Record& one : *said) {
    if (auto trouble = std::get_if<NodeTrouble>(&one)) {
      NodeTrouble of_device = *trouble;
      of_device.device = record.device;
      post(of_device);
    }
    const auto put_renamed = [&](auto message) {
      message.slice = record.message.slice;
      put_account(ToInstance<decltype(message)>{record.message.instance, message});
    };
    if (const auto* account = std::get_if<ToInstance<SliceAccount>>(&one)) put_renamed(account->message);
    if (const auto* done = std::get_if<ToInstance<SliceDone>>(&one)) put_renamed(done->message);
  }
  return true;
}

void NodeEnd::Impl::tell_rest(DeviceIx device) {
  const auto theirs = books_.theirs(device);
  if (!theirs || !is_answered_) return;
  troubles_.tell_rest(device, [&](NodeTrouble trouble) {
    trouble.device = *theirs;
    post(trouble);
  });
}

result<void> NodeEnd::Impl::hear(const SliceStored& stored) {
  const auto instance = books_.own(stored.instance);
  const auto device = books_.own(stored.device);
  const std::lock_guard lock(mutex_);
  if (!instance || !device) return success();
  kept_.forget({*instance, *device, stored.due_at});
  former_.forget(books_.roster()[*instance].id, books_.roster()[*device].id, stored.due_at);
  return success();
}

result<void> NodeEnd::Impl::hear(const Unwanted& unwanted) {
  {
    const std::lock_guard lock(mutex_);
    former_.forget(unwanted.instance, unwanted.device, unwanted.slice_due_at);
  }
  const auto instance = books_.roster().find_instance(unwanted.instance);
  const auto device = books_.roster().find_device(unwanted.device);
  if (!instance || !device) return success();
  const std::lock_guard lock(mutex_);
  const auto name = kept_.name_of({*instance, *device, unwanted.slice_due_at});
  if (!name) return success();
  kept_.cancel({*instance, *name});
  deliver(actor(*device), CancelSlice{*instance, *name});
  return success();
}

result<void> NodeEnd::Impl::hear(const Carry& carry) {
  const auto device = books_.own(carry.device);
  if (!device) return unknown("device", carry.device.value);
  if (!is_for_this_life()) return success();
  deliver(actor(own_node), CarryDevice{*device});
  return success();
}

result<void> NodeEnd::Impl::hear(const Heard& heard) {
  follow(heard);
  {
    const std::lock_guard lock(mutex_);
    heard_term_ = heard.message.term;
  }
  deliver(actor(own_node), heard.message);
  return success();
}

result<void> NodeEnd::Impl::hear(const StopNode& stop) {
  deliver(actor(own_node), stop);
  return success();
}

result<void> NodeEnd::Impl::hear(const DrainSeen& seen) {
  {
    const std::lock_guard lock(mutex_);
    is_draining_ = true;
  }
  deliver(actor(own_node), seen);
  return success();
}

template <class R>
result<void> NodeEnd::Impl::hear(const R& /*record*/) {
  return fail(Errc::corrupt, "scheduler", "says what nodes say");
}

void NodeEnd::Impl::deliver(ActorId to, const Message& message) {
  world_->executor().deliver(to, message);
}

bool NodeEnd::Impl::forget_device(DeviceIx device) {
  {
    const std::lock_guard lock(mutex_);
    troubles_.forget(device);
  }
  if (!world_->plant().forget(device)) return false;
  world_->executor().release(device);
  return true;
}

}  // namespace camfleet::cluster
