#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "runtime/api/dispatcher.hpp"
#include "runtime/api/form.hpp"
#include "runtime/service/service.hpp"
#include "tools/camfleet/bench/bench.hpp"

namespace camfleet::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr int connections = 64;
constexpr int stored = 100'000;           ///< instances in the end
constexpr int measured_creates = 20'000;  ///< the last of them
constexpr int devices_each = 10;
constexpr int reads = 40'000;

/// One keep-alive connection.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(context_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
    socket_.set_option(tcp::no_delay(true));
  }
  /// The body of the answer. A call that fails ends the bench: there is nothing to measure then.
  std::string get(const std::string& target) {
    http::request<http::empty_body> request{http::verb::get, target, 11};
    request.set(http::field::host, "127.0.0.1");
    http::write(socket_, request);
    http::response<http::string_body> response;
    http::read(socket_, buffer_, response);
    if (response.result() != http::status::ok) throw std::runtime_error(response.body());
    return std::move(response.body());
  }

 private:
  asio::io_context context_;
  tcp::socket socket_;
  beast::flat_buffer buffer_;
};

struct CallTimes {
  double per_second = 0;
  double p99_ms = 0;
};

/// `count` calls of `target_of(i)` over all connections.
template <class TargetOf>
CallTimes call(std::uint16_t port, int count, TargetOf target_of) {
  std::atomic<int> next = 0;
  std::vector<std::vector<double>> took(connections);
  std::vector<std::thread> threads;
  threads.reserve(connections);
  const auto began = Clock::now();
  for (int thread = 0; thread < connections; ++thread) {
    threads.emplace_back([&, thread] {
      Client client(port);
      for (int i = next++; i < count; i = next++) {
        const auto before = Clock::now();
        client.get(target_of(i));
        took[static_cast<std::size_t>(thread)].push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - before).count());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds_taken = std::chrono::duration<double>(Clock::now() - began).count();
  std::vector<double> all;
  for (const auto& some : took) all.insert(all.end(), some.begin(), some.end());
  std::ranges::sort(all);
  return {count / seconds_taken, all[all.size() * 99 / 100]};
}

/// The least that Beast can do: the same answer to every request.
class Hello {
 public:
  Hello() : acceptor_(context_, {asio::ip::make_address("127.0.0.1"), 0}) {
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Hello() {
    context_.stop();
    thread_.join();
  }
  Hello(const Hello&) = delete;
  Hello& operator=(const Hello&) = delete;
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  struct Session : std::enable_shared_from_this<Session> {
    explicit Session(tcp::socket peer) : socket(std::move(peer)) {}
    void read() {
      request = {};
      http::async_read(socket, buffer, request, [self = shared_from_this()](const auto& error, std::size_t) {
        if (!error) self->write();
      });
    }
    void write() {
      response = {http::status::ok, 11};
      response.set(http::field::content_type, "application/json");
      response.body() = R"({"Message":"hello"})";
      response.prepare_payload();
      http::async_write(socket, response, [self = shared_from_this()](const auto& error, std::size_t) {
        if (!error) self->read();
      });
    }
    tcp::socket socket;
    beast::flat_buffer buffer;
    http::request<http::string_body> request;
    http::response<http::string_body> response;
  };
  void accept() {
    acceptor_.async_accept([this](const auto& error, tcp::socket socket) {
      if (error) return;
      std::make_shared<Session>(std::move(socket))->read();
      accept();
    });
  }
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

std::string target(const std::string& action, const std::string& rest) {
  return "/?Action=" + action + "&Version=2020-05-15&Format=JSON" + rest;
}

std::string create_target(int number) {
  std::string list;
  for (int i = 0; i < devices_each; ++i) {
    list += fmt::format(R"({}{{"DeviceId":"cam-{}-{}","StartStream":true}})", i == 0 ? "" : ",",
                        number % 1000, i);
  }
  return target(
      "CreateComputeInstance",
      fmt::format(
          "&InstanceName=rounds-{}&AlgorithmType=PICTURE&Devices={}&Algorithms={}&ScheduleType=EVERYDAY&"
          "ScheduleTimes={}&IsPolling=true&SliceExecutionTime=60&OverallExecutionTime=10",
          number, api::percent_encode("[" + list + "]"),
          api::percent_encode(R"([{"AlgorithmId":"3","AlgorithmName":"motion"}])"),
          api::percent_encode(R"([{"StartTime":"10:00:00","EndTime":"11:00:00"}])")));
}

double page_ms(std::uint16_t port) {
  constexpr int pages = 200;
  Client client(port);
  const auto began = Clock::now();
  for (int i = 0; i < pages; ++i)
    client.get(target("ListInstances", fmt::format("&PageSize=100&CurrentPage={}", i + 1)));
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count() / pages;
}

result<Figures> measure_calls(std::uint16_t port) {
  Figures figures;
  call(port, stored - measured_creates, create_target);
  const CallTimes creates =
      call(port, measured_creates, [](int i) { return create_target(stored - measured_creates + i); });
  figures.push_back({fmt::format("creates of {} devices, durable", devices_each), creates.per_second,
                     "a second", 2000, false});
  figures.push_back({"a create, 99th percentile", creates.p99_ms, "ms", 100, true});
  figures.push_back({fmt::format("a page of 100 of {} instances", stored), page_ms(port), "ms", 5, true});
  const CallTimes described = call(port, reads, [](int i) {
    return target("DescribeComputeInstance", fmt::format("&InstanceId={}", i % stored + 1));
  });
  const Hello hello;
  const CallTimes bare = call(hello.port(), reads, [](int /*i*/) { return std::string("/"); });
  figures.push_back({"reads", described.per_second, "a second", 0, true});
  figures.push_back({"bare Beast server", bare.per_second, "a second", 0, true});
  figures.push_back({"reads against bare", described.per_second / bare.per_second, "×", 0.5, false});
  return figures;
}

}  // namespace

result<Figures> bench_api() {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("camfleet-bench-{}", getpid());
  std::filesystem::create_directories(folder);
  service::Service::Settings settings;
  settings.store = (folder / "camfleet.db").string();
  settings.pictures = folder / "pictures";
  settings.demo_source = "file:///nowhere.mp4?loop=1";
  // At night: windows would have streams opened, which is not what is measured.
  CAMFLEET_TRY(settings.world.start, parse_iso("2026-03-02T00:00:00+08:00"));
  result<Figures> figures = Figures{};
  {
    logging::Log log(std::cerr, {.level = logging::Level::error});
    service::Metrics metrics;
    const service::Observers observers{&log, &metrics};
    CAMFLEET_TRY(const auto service, service::Service::start(std::move(settings), observers));
    api::Dispatcher dispatcher(
        {}, {.calls = {.unsigned_calls = true}}, [&] { return service->now(); }, observers);
    dispatcher.serve(*service);
    CAMFLEET_TRY(const auto server, api::HttpServer::start({.port = 0}, dispatcher.hooks()));
    figures = measure_calls(server->port());
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return figures;
}

}  // namespace camfleet::cli
