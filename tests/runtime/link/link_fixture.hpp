#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/link/call.hpp"
#include "runtime/link/door.hpp"

namespace camfleet::link {

/// What a door tells, by turns.
class Told {
 public:
  void say(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    said_.notify_all();
  }
  /// Whether a line that begins so is said within some seconds.
  bool hears(const std::string& beginning) {
    std::unique_lock lock(mutex_);
    return said_.wait_for(lock, std::chrono::seconds(20), [&] {
      return std::ranges::any_of(lines_, [&](const std::string& one) { return one.starts_with(beginning); });
    });
  }
  std::string all() {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const std::string& line : lines_) text += line + "\n";
    return text;
  }

 private:
  std::mutex mutex_;
  std::condition_variable said_;
  std::vector<std::string> lines_;
};

/// A cluster's keys with nodes a and b, and a door.
class LinkTest : public ::testing::Test {
 protected:
  LinkTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "camfleet-link-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    keys_ = ClusterKeys(root_ / "keys");
    keys_.init().value();
    for (const char* name : {"a", "b"}) keys_.add(name).value();
  }
  ~LinkTest() override {
    door_.reset();
    for (const Door::Guest& guest : guests_) ::close(guest.socket);
    std::filesystem::remove_all(root_);
  }

  /// A door at a port below those that connections get theirs from.
  [[nodiscard]] std::unique_ptr<Door> open_door(Door::Settings settings, const OwnKeys& keys,
                                                const Door::Hooks& hooks) const {
    static std::uint16_t next = static_cast<std::uint16_t>(10'000 + ::getpid() * 37 % 20'000);
    for (int tries = 0; tries < 1000; ++tries) {
      settings.port = next++;
      auto opened = Door::open(settings, keys, keys_.nodes().value(), hooks);
      if (opened.has_value()) return std::move(opened).value();
    }
    return nullptr;
  }
  void open(const Door::Settings& settings = {}) {
    Door::Hooks hooks;
    hooks.came = [this](const Door::Guest& guest) {
      {
        const std::lock_guard lock(mutex_);
        guests_.push_back(guest);
        came_.notify_all();
      }
      told_.say("came " + guest.name + " " + guest.address);
    };
    hooks.left = [this](std::uint64_t, const std::string& name, const std::string& why) {
      told_.say("left " + name + ": " + why);
    };
    hooks.refused = [this](const std::string& address, const std::string& why) {
      told_.say("refused " + address + ": " + why);
    };
    door_ = open_door(settings, keys_.scheduler().value(), hooks);
  }
  [[nodiscard]] NodeKeys node(const std::string& name) const {
    return read_node_keys(root_ / "keys/nodes" / name).value();
  }
  result<std::unique_ptr<Call>> call(const OwnKeys& keys, LinkLimits limits = {}) {
    return Call::make({.host = "127.0.0.1", .port = door_->port(), .deadline = seconds(5), .limits = limits},
                      keys, [this](const std::string& why) { told_.say("call ended: " + why); });
  }
  /// Once it has come.
  Door::Guest guest(std::size_t number) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, std::chrono::seconds(20), [&] { return guests_.size() > number; });
    return guests_.at(number);
  }

  std::filesystem::path root_;
  ClusterKeys keys_{""};
  Told told_;
  std::unique_ptr<Door> door_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Door::Guest> guests_;
};

}  // namespace camfleet::link
