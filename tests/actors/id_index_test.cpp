#include "actors/base/id_index.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "actors/base/ids.hpp"

namespace camfleet {
namespace {

// Against a map, over few ids, so that they come, go and come again; rows are never used twice.
RC_GTEST_PROP(IdIndex, FindsWhatAMapFinds, (const std::vector<std::uint16_t>& steps)) {
  std::vector<std::string> rows;
  const auto id_of = [&](DeviceIx ix) -> std::string_view { return rows[ix.value]; };
  IdIndex<DeviceIx> index;
  std::map<std::string, DeviceIx> twin;
  for (const std::uint16_t step : steps) {
    const std::string id = "cam-" + std::to_string(step % 97);
    if (step % 5 == 0) {
      index.remove(id, id_of);
      twin.erase(id);
    } else if (!twin.contains(id)) {
      const DeviceIx ix{static_cast<std::uint32_t>(rows.size())};
      rows.push_back(id);
      index.add(ix, id_of);
      twin.emplace(id, ix);
    }
    RC_ASSERT(index.size() == twin.size());
  }
  for (int i = 0; i < 97; ++i) {
    const std::string id = "cam-" + std::to_string(i);
    const auto found = index.find(id, id_of);
    const auto expected = twin.find(id);
    RC_ASSERT(found.has_value() == (expected != twin.end()));
    if (found) RC_ASSERT(*found == expected->second);
  }
}

TEST(IdIndex, HoldsManyAndForgetsThem) {
  std::vector<std::string> rows;
  const auto id_of = [&](DeviceIx ix) -> std::string_view { return rows[ix.value]; };
  IdIndex<DeviceIx> index;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    rows.push_back(std::to_string(i));
    index.add(DeviceIx{i}, id_of);
  }
  for (std::uint32_t i = 0; i < 20'000; i += 2) index.remove(rows[i], id_of);
  EXPECT_EQ(index.size(), 10'000U);
  for (std::uint32_t i = 0; i < 20'000; ++i)
    ASSERT_EQ(index.find(rows[i], id_of), i % 2 == 0 ? std::nullopt : std::optional(DeviceIx{i})) << i;
}

}  // namespace
}  // namespace camfleet
