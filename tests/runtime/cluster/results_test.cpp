// Results of nodes, from their spools to whoever takes them.
#include <chrono>
#include <fstream>
#include <thread>

#include <zmq.hpp>

#include "runtime/cluster/result_receiver.hpp"
#include "runtime/cluster/result_sender.hpp"
#include "runtime/cluster/result_spool.hpp"
#include "tests/runtime/link/link_fixture.hpp"

namespace camfleet::cluster {
namespace {

TEST(Finding, ComesBackAsItWas) {
  const Finding finding{"17",
                        "gate",
                        Instant(hours(5)),
                        Instant(hours(6)),
                        Instant(hours(7)),
                        "3",
                        9,
                        1920,
                        1080,
                        seconds(3),
                        "a.jpg",
                        {{"person", 0.75F, -1, 2, 30, 40}, {"dog", 0.5F, 1, 1, 1, 1}}};
  const std::string bytes = write_finding(finding);
  const auto read = read_finding(bytes);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(write_finding(read.value()), bytes);
  EXPECT_EQ(read.value().boxes[0].x, -1);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(read_finding(bytes.substr(0, size)).has_value());
  EXPECT_FALSE(read_finding(bytes + "x").has_value());
}

/// Keys of two nodes, a receiver and spools.
class ResultsTest : public link::LinkTest {
 protected:
  std::unique_ptr<ResultSpool> spool(const std::string& name, const ResultSpool::Limits& limits = {}) {
    auto opened = ResultSpool::open((root_ / (name + ".spool")).string(), limits, [](std::uint64_t) {},
                                    [](const Error& error) { ADD_FAILURE() << error.line(); });
    EXPECT_TRUE(opened.has_value()) << opened.error().line();
    return std::move(opened).value();
  }
  /// At a port below those of connections; the one before it is closed first.
  void listen(bool commits = true, bool is_plain = false) {
    receiver_.reset();
    static std::uint16_t next = static_cast<std::uint16_t>(10'000 + ::getpid() * 43 % 20'000);
    for (int tries = 0; tries < 1000 && !receiver_; ++tries) {
      const std::uint16_t port = port_ != 0 ? port_ : next++;
      auto opened = ResultReceiver::open(
          {.port = port, .keys = keys_.scheduler().value().curve, .is_plain = is_plain},
          keys_.nodes().value(),
          {.last =
               [this](const std::string& node, std::uint64_t) {
                 const std::lock_guard lock(taken_mutex_);
                 return last_[node];
               },
           .take =
               [this, commits](const std::string& node, std::uint64_t /*spool*/, Result result) {
                 take(node, std::move(result), commits);
                 return commits;
               },
           .say = [this](const std::string& line) { told_.say(line); }});
      if (opened.has_value()) {
        receiver_ = std::move(opened).value();
      } else if (port_ != 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    }
    ASSERT_TRUE(receiver_ != nullptr);
    port_ = receiver_->port();
  }
  std::unique_ptr<ResultSender> send(const std::string& name, ResultSpool& spool) {
    const link::NodeKeys keys = node(name);
    return ResultSender::start({"127.0.0.1", port_, keys.own.curve, keys.scheduler_curve}, spool).value();
  }
  static bool comes_true(const std::function<bool()>& what) {
    for (int i = 0; i < 2000 && !what(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return what();
  }
  std::size_t taken(const std::string& name) {
    const std::lock_guard lock(taken_mutex_);
    return taken_[name].size();
  }

  std::mutex taken_mutex_;
  std::map<std::string, std::vector<Result>> taken_;
  std::map<std::string, std::uint64_t> last_;  ///< committed
  std::unique_ptr<ResultReceiver> receiver_;
  std::uint16_t port_ = 0;

 private:
  void take(const std::string& node, Result result, bool commits) {
    const std::uint64_t number = result.number;
    const std::lock_guard lock(taken_mutex_);
    taken_[node].push_back(std::move(result));
    if (commits) last_[node] = number;
  }
};

TEST_F(ResultsTest, EachIsTakenOnceAndThenGone) {
  listen();
  const auto spool_a = spool("a");
  const auto spool_b = spool("b");
  const auto sender_a = send("a", *spool_a);
  const auto sender_b = send("b", *spool_b);
  for (int i = 0; i < 500; ++i) {
    spool_a->add("a" + std::to_string(i), std::vector<std::uint8_t>(20'000, 'p'));
    spool_b->add("b" + std::to_string(i));
    if (i % 50 == 0) sender_a->wake();
  }
  ASSERT_TRUE(comes_true([&] { return taken("a") == 500 && taken("b") == 500; }))
      << taken("a") << " " << taken("b");
  ASSERT_TRUE(comes_true([&] { return spool_a->counts().results == 0 && spool_b->counts().results == 0; }));
  EXPECT_EQ(spool_a->counts().bytes, 0U);
  const std::lock_guard lock(taken_mutex_);
  for (std::size_t i = 0; i < 500; ++i) {
    ASSERT_EQ(taken_["a"][i].record, "a" + std::to_string(i));
    ASSERT_EQ(taken_["a"][i].picture.size(), 20'000U);
    ASSERT_EQ(taken_["b"][i].record, "b" + std::to_string(i));
  }
}

TEST_F(ResultsTest, WithoutKeysEachIsWhoItSaysItIs) {
  listen(true, true);
  const auto spool_a = spool("a");
  for (const int round : {1, 2}) {
    // The second time over a connection of its own, while the first one may not be known to be gone.
    const auto sender = ResultSender::start({"127.0.0.1", port_, {}, "", "a"}, *spool_a).value();
    for (int i = 0; i < 50; ++i) spool_a->add("a", std::vector<std::uint8_t>(20'000, 'p'));
    sender->wake();
    ASSERT_TRUE(comes_true([&] { return taken("a") == 50U * static_cast<unsigned>(round); })) << taken("a");
  }
  const auto spool_b = spool("b");
  const auto nobody = ResultSender::start({"127.0.0.1", port_, {}, "", "No Name"}, *spool_b).value();
  spool_b->add("b");
  nobody->wake();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(taken("No Name"), 0U);
}

TEST_F(ResultsTest, WhatWasNotCommittedComesAgainAfterARestart) {
  listen(false);
  const auto spool_a = spool("a");
  for (int i = 0; i < 50; ++i) spool_a->add(std::to_string(i));
  {
    const auto sender = send("a", *spool_a);
    ASSERT_TRUE(comes_true([&] { return taken("a") == 50; }));
  }
  EXPECT_EQ(spool_a->counts().results, 50U) << "nothing was acknowledged";
  taken_.clear();
  listen(true);
  const auto sender = send("a", *spool_a);
  ASSERT_TRUE(comes_true([&] { return spool_a->counts().results == 0; }));
  EXPECT_EQ(taken("a"), 50U);
}

TEST_F(ResultsTest, WhatIsCommittedLaterIsAcknowledgedThen) {
  listen(false);
  const auto spool_a = spool("a");
  const auto sender = send("a", *spool_a);
  for (int i = 0; i < 5; ++i) spool_a->add(std::to_string(i));
  ASSERT_TRUE(comes_true([&] { return taken("a") == 5; }));
  receiver_->committed("a", spool_a->id(), 3);
  ASSERT_TRUE(comes_true([&] { return spool_a->counts().results == 2; }));
  receiver_->committed("a", spool_a->id() + 1, 5);
  receiver_->committed("b", spool_a->id(), 5);
  receiver_->committed("a", spool_a->id(), 5);
  ASSERT_TRUE(comes_true([&] { return spool_a->counts().results == 0; }));
  EXPECT_EQ(taken("a"), 5U);
}

TEST_F(ResultsTest, AnEndOnEitherSideLosesAndDoublesNothing) {
  listen();
  auto spool_a = spool("a");
  auto sender = send("a", *spool_a);
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 200; ++i)
      spool_a->add(std::to_string(round * 200 + i), std::vector<std::uint8_t>(3'000, 'p'));
    sender->wake();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (round % 2 == 0) {
      listen();
    } else {
      sender.reset();
      spool_a.reset();
      spool_a = spool("a");
      sender = send("a", *spool_a);
    }
  }
  ASSERT_TRUE(comes_true([&] { return spool_a->counts().results == 0; }));
  const std::lock_guard lock(taken_mutex_);
  ASSERT_EQ(taken_["a"].size(), 1200U);
  for (std::size_t i = 0; i < 1200; ++i) ASSERT_EQ(taken_["a"][i].record, std::to_string(i));
}

TEST_F(ResultsTest, NobodyIsHeardWhoIsNotInTheList) {
  listen();
  const auto spool_a = spool("a");
  const auto spool_b = spool("b");
  spool_a->add("of a");
  spool_b->add("of b");
  ASSERT_TRUE(keys_.add("c").has_value());
  const auto spool_c = spool("c");
  spool_c->add("of c");
  // The receiver does not know c yet.
  const auto sender_c = send("c", *spool_c);
  EXPECT_TRUE(told_.hears("refused the results")) << told_.all();
  const auto sender_a = send("a", *spool_a);
  const auto sender_b = send("b", *spool_b);
  ASSERT_TRUE(comes_true([&] { return taken("a") == 1 && taken("b") == 1; }));
  EXPECT_EQ(taken("c"), 0U);
  // b is struck while it is connected, c is added.
  auto list = keys_.nodes().value();
  list.erase("b");
  receiver_->set_list(list);
  spool_b->add("more of b");
  ASSERT_TRUE(comes_true([&] { return taken("c") == 1; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(taken("b"), 1U);
  EXPECT_EQ(spool_b->counts().results, 1U) << "it keeps what it has";
}

TEST_F(ResultsTest, PlainAndOddCallersDoNoHarm) {
  listen();
  zmq::context_t context;
  zmq::socket_t plain(context, zmq::socket_type::dealer);
  plain.set(zmq::sockopt::linger, 0);
  plain.connect("tcp://127.0.0.1:" + std::to_string(port_));
  plain.send(zmq::buffer(std::string("hello")), zmq::send_flags::dontwait);
  // One that is listed says what is no result.
  const link::NodeKeys keys = node("b");
  zmq::socket_t odd(context, zmq::socket_type::dealer);
  odd.set(zmq::sockopt::linger, 0);
  odd.set(zmq::sockopt::curve_serverkey, keys.scheduler_curve);
  odd.set(zmq::sockopt::curve_publickey, keys.own.curve.public_key);
  odd.set(zmq::sockopt::curve_secretkey, keys.own.curve.secret_key);
  odd.connect("tcp://127.0.0.1:" + std::to_string(port_));
  for (const std::string& bytes :
       {std::string(), std::string("x"), std::string(4000, '\2'), std::string(30, '\1')})
    odd.send(zmq::buffer(bytes), zmq::send_flags::none);
  EXPECT_TRUE(told_.hears("'b' sends what is no result")) << told_.all();
  const auto spool_a = spool("a");
  spool_a->add("of a");
  const auto sender_a = send("a", *spool_a);
  EXPECT_TRUE(comes_true([&] { return taken("a") == 1; }));
  EXPECT_EQ(taken("b"), 0U);
}

class SpoolTest : public ResultsTest {};

TEST_F(SpoolTest, OutlivesItsProcess) {
  std::uint64_t id = 0;
  {
    const auto first = spool("x");
    id = first->id();
    EXPECT_EQ(first->add("one", {1, 2, 3}), 1U);
    EXPECT_EQ(first->add("two"), 2U);
    ASSERT_TRUE(comes_true([&] { return first->durable() == 2; }));
    first->acknowledge(1);
  }
  const auto second = spool("x");
  EXPECT_EQ(second->id(), id);
  EXPECT_EQ(second->counts().results, 1U);
  EXPECT_EQ(second->read(0, 1000).value().at(0).record, "two");
  EXPECT_EQ(second->add("three"), 3U);
  ASSERT_TRUE(comes_true([&] { return second->durable() == 3; }));
  second->acknowledge(3);
  EXPECT_NE(spool("y")->id(), id);
}

TEST_F(SpoolTest, NoNumberIsUsedAgainWhenAllAreGone) {
  {
    const auto first = spool("x");
    first->add("one");
    ASSERT_TRUE(comes_true([&] { return first->durable() == 1; }));
    first->acknowledge(1);
  }
  EXPECT_EQ(spool("x")->add("two"), 2U);
}

TEST_F(SpoolTest, PicturesGiveWayFirstThenFindings) {
  const auto full = spool("x", {.bytes = 100'000, .waiting_bytes = 10'000'000});
  for (int i = 0; i < 60; ++i) full->add(std::string(500, 'r'), std::vector<std::uint8_t>(2'000, 'p'));
  ASSERT_TRUE(comes_true([&] { return full->durable() == 60; }));
  EXPECT_LE(full->counts().bytes, 100'000U);
  EXPECT_EQ(full->counts().results, 60U) << "pictures were enough";
  EXPECT_GT(full->counts().pictures_lost, 20U);
  EXPECT_EQ(full->counts().findings_lost, 0U);
  EXPECT_TRUE(full->read(0, 1).value().at(0).picture.empty()) << "the oldest";
  EXPECT_FALSE(full->read(59, 1).value().at(0).picture.empty());
  for (int i = 0; i < 400; ++i) full->add(std::string(500, 'r'));
  ASSERT_TRUE(comes_true([&] { return full->durable() == 460; }));
  EXPECT_LE(full->counts().bytes, 100'000U);
  EXPECT_EQ(full->counts().pictures_lost, 60U);
  EXPECT_EQ(full->counts().findings_lost + full->counts().results, 460U) << "each is counted";
  std::uint64_t bytes = 0;
  const auto left = full->read(0, 1'000'000);
  for (const Result& one : left.value()) bytes += one.record.size() + one.picture.size();
  EXPECT_EQ(bytes, full->counts().bytes) << "and the bytes are those of the file";
}

TEST_F(SpoolTest, IsOneNodesAlone) {
  const auto first = spool("x");
  const auto second =
      ResultSpool::open((root_ / "x.spool").string(), {}, [](std::uint64_t) {}, [](const Error&) {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Errc::bad_usage) << second.error().line();
  EXPECT_EQ(first->add("one"), 1U);
  EXPECT_TRUE(comes_true([&] { return first->counts().results == 1; }));
}

std::vector<std::string> names(const ResultSpool::Former& former) {
  std::vector<std::string> names;
  for (const EndedSlice& one : former.ended)
    names.push_back(one.instance + " " + one.device + " " + one.records);
  return names;
}

TEST_F(SpoolTest, EndedSlicesOutliveItsProcessUntilTheyAreForgotten) {
  const Instant due{hours(3)};
  {
    const auto first = spool("x");
    first->belong_to(7);
    EXPECT_EQ(first->add({"1", "gate", due, "a"}), 1U);
    EXPECT_EQ(first->add({"1", "yard", due, "b"}), 2U);
    EXPECT_EQ(first->add({"1", "yard", due, "once more"}), 3U);
    EXPECT_EQ(first->add({"2", "gate", due, "c"}), 4U);
    ASSERT_TRUE(comes_true([&] { return first->durable() == 4; }));
    first->forget({"1", "gate", due});
    first->forget({"2", "gate", due});
    // It has ended once more.
    first->add({"2", "gate", due, "d"});
    EXPECT_EQ(first->counts().results, 0U) << "they are none";
  }
  const auto second = spool("x");
  const ResultSpool::Former former = second->former();
  EXPECT_EQ(former.fleet, 7U);
  EXPECT_EQ(names(former), (std::vector<std::string>{"1 yard once more", "2 gate d"}));
  second->forget({"1", "yard", due});
  EXPECT_EQ(names(second->former()), (std::vector<std::string>{"2 gate d"}));
  second->belong_to(8);
  EXPECT_EQ(names(second->former()), std::vector<std::string>{}) << "nobody knows them there";
}

TEST_F(SpoolTest, EndedSlicesLeaveNoGapInWhatIsRead) {
  const auto own = spool("x");
  const auto read = [&](std::uint64_t after) {
    std::string records;
    const auto found = own->read(after, 1'000'000);
    for (const Result& one : found.value()) records += one.record;
    return records;
  };
  own->add("a");
  own->add({"1", "gate", Instant(hours(3)), "ended"});
  own->add("b");
  ASSERT_TRUE(comes_true([&] { return own->durable() == 3; }));
  EXPECT_EQ(read(0), "ab");
  own->add({"1", "yard", Instant(hours(3)), "ended"});
  own->add("c");
  ASSERT_TRUE(comes_true([&] { return own->durable() == 5; }));
  EXPECT_EQ(read(3), "c");
  EXPECT_EQ(read(0), "abc") << "from the file";
  EXPECT_EQ(read(1), "bc");
}

TEST_F(SpoolTest, WhatItHasOfAnotherFleetIsDropped) {
  const auto own = spool("x");
  EXPECT_EQ(own->belong_to(7), 0U);
  own->add("one", {1, 2, 3});
  own->add("two");
  ASSERT_TRUE(comes_true([&] { return own->durable() == 2; }));
  EXPECT_EQ(own->belong_to(7), 0U) << "the same again";
  EXPECT_EQ(own->counts().results, 2U);
  EXPECT_EQ(own->belong_to(8), 2U);
  EXPECT_EQ(own->counts().results, 0U);
  EXPECT_EQ(own->counts().findings_lost, 2U);
  EXPECT_TRUE(own->read(0, 1000).value().empty()) << "nor is it sent from memory";
  EXPECT_EQ(own->add("three"), 3U) << "numbers go on";
}

TEST_F(SpoolTest, AnotherFileIsRefused) {
  const std::string path = (root_ / "note.txt").string();
  std::ofstream(path) << "no database at all";
  const auto opened = ResultSpool::open(
      path, {}, [](std::uint64_t) {}, [](const Error&) {});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Errc::unsupported);
}

}  // namespace
}  // namespace camfleet::cluster
