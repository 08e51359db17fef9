#include "actors/base/wall_time.hpp"

#include <gtest/gtest.h>

namespace camfleet {
namespace {

struct Wall {
  const char* text;
  const char* zone;
  const char* instant;  ///< empty: none
};

TEST(WallTime, IsReadInItsZone) {
  const Wall table[] = {
      {"2026-03-02 10:00:00", "Asia/Shanghai", "2026-03-02T02:00:00Z"},
      {"2026-03-02 10:00:00", "UTC", "2026-03-02T10:00:00Z"},
      {"2026-03-08 01:59:59", "America/New_York", "2026-03-08T06:59:59Z"},
      {"2026-03-08 02:30:00", "America/New_York", "2026-03-08T07:00:00Z"},  // skipped
      {"2026-11-01 01:30:00", "America/New_York", "2026-11-01T05:30:00Z"},  // the first of two
      {"2026-03-02 10:00:60", "UTC", ""},
      {"2026-3-2 10:00:00", "UTC", ""},
      {" 2026-3-2 10:00:00", "UTC", ""},
      {"2026-02-30 10:00:00", "UTC", ""},
      {"2026-03-02 10:00", "UTC", ""},
      {"2026-03-02T10:00:00Z", "UTC", ""},
      {"9999-03-02 10:00:00", "UTC", ""},
      {"", "UTC", ""},
      {"2026-03-02 10:00:00", "Asia/Shangri-La", ""},
  };
  for (const Wall& row : table) {
    const auto at = parse_wall(row.text, row.zone);
    EXPECT_EQ(at ? to_iso(*at) : "", row.instant) << row.text << " " << row.zone;
  }
}

TEST(WallTime, IsWrittenInItsZone) {
  const Instant at = parse_iso("2026-03-02T02:00:00.999Z").value();
  EXPECT_EQ(to_wall(at, "Asia/Shanghai"), "2026-03-02 10:00:00");
  EXPECT_EQ(to_wall(at, "UTC"), "2026-03-02 02:00:00");
  EXPECT_EQ(to_wall(at, "Asia/Shangri-La"), "2026-03-02 02:00:00");
}

}  // namespace
}  // namespace camfleet
