#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "actors/base/error.hpp"

namespace camfleet::link {

/// Until a connection is accepted again for which there was no descriptor.
inline constexpr std::chrono::milliseconds accept_pause{50};

/// Listens there. Errors: invalid_field: the host is no address; io: the port is taken.
result<void> listen_at(boost::asio::ip::tcp::acceptor& acceptor, const std::string& host, std::uint16_t port);

/// What counts as one address: of IPv6 the first half, of which one customer has all.
std::string network_of(const boost::asio::ip::address& address);

/// Those of whom it is not known yet whether they may come in. `One` has a `network`.
template <class One>
class Crowd {
 public:
  void add(const std::shared_ptr<One>& one) { all_.push_back(one); }
  void remove(const std::shared_ptr<One>& one) { all_.remove(one); }
  [[nodiscard]] std::size_t size() const { return all_.size(); }
  /// Who is to give way, and is no longer among them: the oldest of the network that has most of them, so
  /// that a crowd does not shut out a slow line from elsewhere. Null: nobody is there.
  std::shared_ptr<One> take_one() {
    if (all_.empty()) return nullptr;
    std::map<std::string_view, std::size_t> counts;
    for (const auto& one : all_) ++counts[one->network];
    std::size_t most = 0;
    for (const auto& [network, count] : counts) most = std::max(most, count);
    const auto oldest =
        std::ranges::find_if(all_, [&](const auto& one) { return counts[one->network] == most; });
    std::shared_ptr<One> taken = *oldest;
    all_.erase(oldest);
    return taken;
  }

 private:
  std::list<std::shared_ptr<One>> all_;  ///< the oldest first
};

}  // namespace camfleet::link
