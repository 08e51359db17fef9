// What a process does that goes on from a store.
#include "actors/machines/recovery.hpp"

#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace camfleet {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Instant at(const std::string& time) {
  return parse_iso("2026-03-01T" + time + "Z").value();
}

std::string time_of(Instant when) {
  return when == end_of_time ? "never" : to_iso(when).substr(11, to_iso(when).size() - 12);
}

constexpr DeviceIx a{0};
constexpr DeviceIx b{1};
constexpr DeviceIx c{2};

/// Two instances of three devices each, made at midnight: "1" with a sample every second, "2" of every frame.
class Recovering : public ::testing::Test {
 protected:
  Recovering() {
    roster_.add_algorithm("2").value();
    for (const char* id : {"a", "b", "c"}) roster_.add_device({id, "", "rtsp://camera"}).value();
    nlohmann::json fields = {{"InstanceName", "i"},
                             {"AlgorithmType", "PICTURE"},
                             {"Zone", "UTC"},
                             {"ScheduleType", "EVERYDAY"},
                             {"ScheduleTimes", {{{"StartTime", "00:00:00"}, {"EndTime", "24:00:00"}}}},
                             {"Algorithms", {{{"AlgorithmId", "2"}, {"AlgorithmName", "person"}}}},
                             {"ComputePictureValue", 1}};
    for (const char* id : {"a", "b", "c"})
      fields["Devices"].push_back({{"DeviceId", id}, {"StartStream", true}});
    roster_.add_instance("1", parse_instance(fields, {}).value(), at("00:00:00")).value();
    fields.erase("ComputePictureValue");
    fields["IsFrameExtraction"] = 1;
    roster_.add_instance("2", parse_instance(fields, {}).value(), at("00:00:00")).value();
  }

  [[nodiscard]] Recovery recovery() const {
    return recover(stored_, roster_,
                   {.now = at("10:00:00"), .alive = at("09:59:00"), .settle = settle_, .node = "here"});
  }

  /// Of the first instance: until when all is accounted for, from when on slices are recalled, which ones
  /// ("!": it has its row), and what is settled.
  [[nodiscard]] std::string followed() const {
    const Recovery::Followed one = recovery().followed.at(0);
    std::ostringstream text;
    text << time_of(one.add.accounted_until) << " reopened from " << time_of(one.add.reopened_from);
    for (const RecallSlice& slice : one.slices)
      text << " " << roster_[slice.device].id << (slice.has_row ? "!" : "") << time_of(slice.due_at);
    if (one.add.settled_from != end_of_time)
      text << " settled " << time_of(one.add.settled_from) << "-" << time_of(one.add.settled_to)
           << (one.settles_anew ? " anew" : "");
    return text.str();
  }

  Roster roster_;
  std::vector<StoredInstance> stored_;
  Duration settle_ = usual_settle;
};

const StoredSlice a_at_nine{a, at("09:00:00"), seconds(60)};
const StoredSlice b_at_nine{b, at("09:00:00"), seconds(60)};
const StoredSlice c_at_nine{c, at("09:00:00"), seconds(60)};

TEST_F(Recovering, WhatWasDueTogetherMayBeInTwoCommits) {
  struct Case {
    const char* name;
    StoredInstance stored;
    const char* followed;
  };
  const std::optional<Instant> nine = at("09:00:00");
  const std::vector<Case> cases{
      {"nothing was due yet", {}, "00:00:00 reopened from never"},
      {"all have their rows",
       {.last_due = nine, .ended = {a_at_nine, b_at_nine, c_at_nine}},
       "09:00:00.000000001 reopened from never"},
      {"one is open",
       {.last_due = nine, .ended = {a_at_nine, c_at_nine}, .open = {b_at_nine}},
       "09:00:00.000000001 reopened from 09:00:00 b09:00:00"},
      {"one is not known: it is due still, and the others are not",
       {.last_due = nine, .ended = {a_at_nine}, .open = {b_at_nine}},
       "09:00:00 reopened from 09:00:00 a!09:00:00 b09:00:00"},
      {"the one that is not known was removed",
       {.removed = {c}, .last_due = nine, .ended = {a_at_nine}, .open = {b_at_nine}},
       "09:00:00.000000001 reopened from 09:00:00 b09:00:00"},
      {"a row of a device that was removed says nothing of the others",
       {.removed = {c}, .last_due = nine, .ended = {a_at_nine, c_at_nine}},
       "09:00:00 reopened from never a!09:00:00"},
      {"slices of an earlier round are open",
       {.last_due = nine,
        .ended = {a_at_nine, b_at_nine, c_at_nine},
        .open = {{a, at("08:59:00"), seconds(90)}}},
       "09:00:00.000000001 reopened from 08:59:00 a08:59:00"},
      {"a clock that was ahead has written off later ones",
       {.last_due = nine, .ended = {a_at_nine, {a, at("09:30:00"), seconds(60)}}},
       "09:00:00 reopened from never a!09:00:00 a!09:30:00"},
  };
  for (const Case& one : cases) {
    stored_ = {one.stored};
    EXPECT_EQ(followed(), one.followed) << one.name;
    EXPECT_EQ(recovery().followed[0].add.down_until, at("10:00:00")) << one.name;
  }
}

TEST_F(Recovering, ALongAbsenceIsOneRow) {
  stored_ = {{.last_due = at("09:00:00"), .ended = {a_at_nine, b_at_nine, c_at_nine}}};
  settle_ = seconds(60);
  EXPECT_EQ(followed(), "09:00:00.000000001 reopened from never") << "somebody was there a minute ago";
  settle_ = seconds(30);
  EXPECT_EQ(followed(), "09:00:00.000000001 reopened from never settled 09:59:30-10:00:00 anew");
  stored_[0].open = {{b, at("09:59:40"), seconds(60)}};
  EXPECT_EQ(followed(),
            "09:00:00.000000001 reopened from 09:59:40 b09:59:40 settled 09:59:40.000000001-10:00:00 anew")
      << "what is open goes on";
}

TEST_F(Recovering, TheWeekBeginsWhereSomebodyWasThereLast) {
  stored_ = {{.last_due = at("09:00:00"), .ended = {a_at_nine, b_at_nine, c_at_nine}}};
  const auto settled = [&](std::optional<Instant> alive, Duration settle) {
    const AddInstance add =
        recover(stored_, roster_, {.now = at("10:00:00"), .alive = alive, .settle = settle}).followed[0].add;
    return add.settled_to == Instant::min() ? "" : time_of(add.settled_from) + "-" + time_of(add.settled_to);
  };
  EXPECT_EQ(settled(std::nullopt, hours(1)), "");
  EXPECT_EQ(settled(std::nullopt, minutes(30)), "09:30:00.000000001-10:00:00");
  // A weekly schedule: nothing was due for days while the service was there.
  EXPECT_EQ(settled(at("09:40:00"), minutes(30)), "");
  // Its clock was far behind when it was there last; what has a row tells better.
  EXPECT_EQ(settled(at("01:00:00"), hours(1)), "");
  // A clock that was ahead knows nothing of now.
  EXPECT_EQ(settled(at("23:00:00"), minutes(30)), "");
}

TEST_F(Recovering, ASpanGoesOnWhileNothingWasDueSince) {
  struct Case {
    const char* name;
    const char* last_due;
    const char* alive;
    SettledSpan span;
    const char* settled;
  };
  const SettledSpan from_two_to_nine{at("02:00:00"), at("09:00:00")};
  const std::vector<Case> cases{
      {"a start that was killed while it settled", "01:00:00", "09:10:00", from_two_to_nine,
       "02:00:00-09:00:00"},
      {"a second long absence",
       "01:00:00",
       "09:01:00",
       {at("02:00:00"), at("05:00:00")},
       "02:00:00-10:00:00 anew"},
      {"what was due after it has rows: it is history", "09:00:01", "09:00:01", from_two_to_nine, ""},
      {"the clock was ahead, and the store has cut it at the present",
       "01:00:00",
       "11:00:00",
       {at("02:00:00"), at("10:00:00")},
       "02:00:00-10:00:00 anew"},
  };
  for (const Case& one : cases) {
    stored_ = {{.last_due = at(one.last_due), .settled = one.span}};
    const bool is_second = std::string(one.name) == "a second long absence";
    const Recovery recovery = recover(
        stored_, roster_,
        {.now = at("10:00:00"), .alive = at(one.alive), .settle = is_second ? minutes(30) : hours(1)});
    const Recovery::Followed& followed = recovery.followed.at(0);
    std::string settled;
    if (followed.add.settled_to != Instant::min())
      settled = time_of(followed.add.settled_from) + "-" + time_of(followed.add.settled_to) +
                (followed.settles_anew ? " anew" : "");
    EXPECT_EQ(settled, one.settled) << one.name;
  }
}

TEST_F(Recovering, OpenSlicesOfWhatIsGoneAreCancelled) {
  stored_ = {
      {.instance = InstanceIx{0}, .removed = {b}, .last_due = at("09:00:00"), .open = {a_at_nine, b_at_nine}},
      {.instance = InstanceIx{1},
       .is_ended = true,
       .last_due = at("08:00:00"),
       .open = {{a, at("08:00:00"), seconds(30)}, {c, at("08:00:00"), Duration(0)}}}};
  const Recovery recovery = this->recovery();
  ASSERT_EQ(recovery.followed.size(), 1U) << "nobody follows what was deleted";
  std::vector<std::string> reopened;
  for (const auto& [key, planned] : recovery.reopened)
    reopened.push_back(roster_[key.instance].id + roster_[key.device].id + " " + to_seconds(planned));
  EXPECT_THAT(reopened, ElementsAre("2a 30", "2c 0", "1a 60", "1b 60"));
  std::vector<std::string> cancelled;
  for (const SliceRow& row : recovery.cancelled) {
    EXPECT_TRUE(check_row(row).has_value()) << check_row(row).error().line();
    EXPECT_EQ(row.verdict, (Judgement{Outcome::missed, Reason::cancelled}));
    EXPECT_EQ(row.node, "here");
    cancelled.push_back(roster_[row.key.instance].id + roster_[row.key.device].id + " " +
                        to_seconds(row.planned) + " of which " + std::to_string(row.algorithms.at(0).due));
  }
  EXPECT_THAT(cancelled, ElementsAre("2a 30 of which 0", "2c 7200 of which 0", "1b 60 of which 60"));
}

TEST_F(Recovering, NothingFollowsFromNothing) {
  EXPECT_THAT(recovery().followed, IsEmpty());
  EXPECT_THAT(recovery().reopened, IsEmpty());
}

}  // namespace
}  // namespace camfleet
