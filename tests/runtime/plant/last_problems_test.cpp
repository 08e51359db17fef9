#include "runtime/plant/last_problems.hpp"

#include <gtest/gtest.h>

namespace camfleet::plant {
namespace {

constexpr DeviceIx gate{3};
const Instant due{seconds(1000)};

SliceRow missed(Reason reason) {
  SliceRow row;
  row.key = {InstanceIx{1}, gate, due};
  row.planned = seconds(10);
  row.ended_at = due + seconds(10);
  row.algorithms.emplace_back();
  row.algorithms[0].due = 10;
  row.algorithms[0].drop(reason, 10);
  row.verdict = judge(row);
  return row;
}

TEST(LastProblems, ExplainTheReasonOfTheRow) {
  LastProblems problems;
  problems.note(gate, Reason::stream_corrupt, {Errc::corrupt, "rtsp://h", "sends nothing"}, due);
  problems.note(gate, Reason::camera_offline, {Errc::unreachable, "rtsp://h", "first"}, due);
  problems.note(gate, Reason::camera_offline, {Errc::unreachable, "rtsp://h", "last"}, due + seconds(1));
  EXPECT_EQ(problems.detail_of(missed(Reason::camera_offline)), "last");
  EXPECT_EQ(problems.detail_of(missed(Reason::stream_corrupt)), "sends nothing");
  EXPECT_EQ(problems.detail_of(missed(Reason::overload)), "");
}

TEST(LastProblems, SayNothingOfARowThatIsDoneOrOfAnotherTime) {
  LastProblems problems;
  problems.note(gate, Reason::camera_offline, {Errc::unreachable, "", "old"}, due - seconds(61));
  EXPECT_EQ(problems.detail_of(missed(Reason::camera_offline)), "");
  problems.note(gate, Reason::camera_offline, {Errc::unreachable, "", "later"}, due + seconds(11));
  EXPECT_EQ(problems.detail_of(missed(Reason::camera_offline)), "");
  problems.note(gate, Reason::camera_offline, {Errc::unreachable, "", "its own"}, due - seconds(60));
  EXPECT_EQ(problems.detail_of(missed(Reason::camera_offline)), "its own");
  SliceRow done = missed(Reason::camera_offline);
  done.algorithms[0] = {10, 0, 10, {}};
  done.verdict = judge(done);
  EXPECT_EQ(problems.detail_of(done), "");
  problems.forget(gate);
  EXPECT_EQ(problems.detail_of(missed(Reason::camera_offline)), "");
}

TEST(LastProblems, HaveNoSecretsAndASentenceWhereThereAreNoWords) {
  LastProblems problems;
  problems.note(gate, Reason::camera_offline, {Errc::unreachable, "", "cannot open rtsp://user:Q7secret@h/x"},
                due);
  EXPECT_EQ(problems.detail_of(missed(Reason::camera_offline)), "cannot open rtsp://user:***@h/x");
  problems.note(gate, Reason::camera_offline, {Errc::timed_out, "", ""}, due);
  EXPECT_EQ(problems.detail_of(missed(Reason::camera_offline)), std::string(sentence(Errc::timed_out)));
}

}  // namespace
}  // namespace camfleet::plant
