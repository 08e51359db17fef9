#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "actors/base/error.hpp"

namespace camfleet::link {

/// Listens, and hands over whoever comes. On the one thread of its context.
class Accepting {
 public:
  using tcp = boost::asio::ip::tcp;
  explicit Accepting(boost::asio::io_context& io) : acceptor_(io), pause_(io) {}

  /// `arrive` gets each connection. `make_way` is asked to give one back where there is no descriptor left
  /// for another. Errors: invalid_field: the host is no address; io: the port is taken.
  result<void> listen(const std::string& host, std::uint16_t port, std::function<void(tcp::socket)> arrive,
                      std::function<void(const std::string& why)> make_way);
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void accept();

  tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::function<void(tcp::socket)> arrive_;
  std::function<void(const std::string& why)> make_way_;
};

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
