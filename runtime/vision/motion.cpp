#include <algorithm>
#include <cstdlib>

#include "runtime/vision/boxes.hpp"
#include "runtime/vision/engines.hpp"
#include "runtime/vision/image.hpp"
#include "runtime/vision/input.hpp"

namespace camfleet::vision {
namespace {

/// A small grey picture: each cell is the mean of 4 × 4 evenly spread pixels.
struct GreyGrid {
  int columns = 0;
  int rows = 0;
  std::vector<std::uint8_t> cells;

  [[nodiscard]] std::size_t at(int column, int row) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
           static_cast<std::size_t>(column);
  }
};

class MotionState : public EngineState {
 public:
  GreyGrid last;
  int width = 0;  ///< of the picture behind `last`; 0 before the first one
  int height = 0;
};

constexpr int samples = 4;  ///< pixels looked at per cell, in each direction

/// Luma × 256 by the weights of ITU-R BT.601.
int luma(const std::uint8_t* bgr) {
  return 29 * bgr[0] + 150 * bgr[1] + 77 * bgr[2];
}

GreyGrid grid_of(const ImageView& image, int wanted_columns) {
  GreyGrid grid;
  grid.columns = std::min(wanted_columns, image.width);
  const int rows = grid.columns * image.height / image.width;
  grid.rows = std::clamp(rows, 1, std::min(image.height, 4 * wanted_columns));
  grid.cells.reserve(static_cast<std::size_t>(grid.columns) * static_cast<std::size_t>(grid.rows));
  const auto position = [](int index, int count, int pixels) {
    return static_cast<std::ptrdiff_t>((2 * std::int64_t{index} + 1) * pixels / (2 * std::int64_t{count}));
  };
  for (int row = 0; row < grid.rows; ++row) {
    for (int column = 0; column < grid.columns; ++column) {
      int sum = 0;
      for (int y = 0; y < samples; ++y) {
        const auto line = position(row * samples + y, grid.rows * samples, image.height) * image.stride;
        for (int x = 0; x < samples; ++x) {
          const auto pixel = position(column * samples + x, grid.columns * samples, image.width) * 3;
          sum += luma(image.bgr + line + pixel);
        }
      }
      grid.cells.push_back(static_cast<std::uint8_t>(sum / (samples * samples * 256)));
    }
  }
  return grid;
}

/// Cells of a region that changed, and the box around them (right and bottom exclusive).
struct Region {
  int changed = 0;
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;
};

/// Collects changed cells that are at most two cells apart, by flooding; each cell is visited once.
class Regions {
 public:
  Regions(const GreyGrid& before, const GreyGrid& now, int change) : grid_(now), changed_(now.cells.size()) {
    for (std::size_t i = 0; i < changed_.size(); ++i) {
      changed_[i] = std::abs(int{before.cells[i]} - int{now.cells[i]}) >= change ? 1 : 0;
    }
  }

  std::vector<Region> all() {
    std::vector<Region> regions;
    for (int row = 0; row < grid_.rows; ++row) {
      for (int column = 0; column < grid_.columns; ++column) {
        if (changed_[grid_.at(column, row)] != 0) regions.push_back(flood(column, row));
      }
    }
    return regions;
  }

 private:
  Region flood(int first_column, int first_row) {
    constexpr int reach = 2;
    Region region{0, first_column, first_row, first_column + 1, first_row + 1};
    std::vector<std::pair<int, int>> open{{first_column, first_row}};
    changed_[grid_.at(first_column, first_row)] = 0;
    while (!open.empty()) {
      const auto [column, row] = open.back();
      open.pop_back();
      ++region.changed;
      region.left = std::min(region.left, column);
      region.top = std::min(region.top, row);
      region.right = std::max(region.right, column + 1);
      region.bottom = std::max(region.bottom, row + 1);
      for (int y = std::max(0, row - reach); y <= std::min(grid_.rows - 1, row + reach); ++y) {
        for (int x = std::max(0, column - reach); x <= std::min(grid_.columns - 1, column + reach); ++x) {
          auto& cell = changed_[grid_.at(x, y)];
          if (cell == 0) continue;
          cell = 0;
          open.emplace_back(x, y);
        }
      }
    }
    return region;
  }

  const GreyGrid& grid_;
  std::vector<std::uint8_t> changed_;
};

/// Differences between a picture and the one before it in the same slice. The score of a box is the share of
/// its cells that changed. The first picture of a slice, or of another size than the last, gives no boxes.
class Motion : public Engine {
 public:
  Motion(const MotionInput& input, const Variant& variant)
      : input_(input), labels_(variant.labels), threshold_(variant.score_threshold) {}

  [[nodiscard]] std::unique_ptr<EngineState> new_state() const override {
    return std::make_unique<MotionState>();
  }

  result<void> analyse(const ImageView& image, EngineState* state, std::vector<Box>& out) override {
    out.clear();
    CAMFLEET_CHECK(check_picture(image));
    auto* memory = dynamic_cast<MotionState*>(state);
    if (memory == nullptr) return fail(Errc::model, "motion", "needs the state that new_state() gives");
    auto grid = grid_of(image, input_.columns);
    const bool comparable = memory->width == image.width && memory->height == image.height;
    if (comparable) find_boxes(memory->last, grid, image, out);
    memory->last = std::move(grid);
    memory->width = image.width;
    memory->height = image.height;
    return success();
  }

 private:
  void find_boxes(const GreyGrid& before, const GreyGrid& now, const ImageView& image,
                  std::vector<Box>& out) const {
    std::vector<Detection> found;
    for (const auto& region : Regions(before, now, input_.change).all()) {
      const int area = (region.right - region.left) * (region.bottom - region.top);
      const float score = static_cast<float>(region.changed) / static_cast<float>(area);
      if (region.changed < input_.min_cells || score < threshold_) continue;
      found.push_back({0, score, static_cast<float>(region.left), static_cast<float>(region.top),
                       static_cast<float>(region.right), static_cast<float>(region.bottom)});
    }
    const Mapping mapping{0, 0, static_cast<float>(image.width) / static_cast<float>(now.columns),
                          static_cast<float>(image.height) / static_cast<float>(now.rows)};
    to_boxes(suppress(std::move(found), 1), mapping, image, labels_, out);
  }

  MotionInput input_;
  std::vector<std::string> labels_;
  float threshold_;
};

}  // namespace

result<EnginePtr> make_motion(const Variant& variant) {
  CAMFLEET_TRY(const auto input, motion_input(variant.input));
  return std::make_unique<Motion>(input, variant);
}

}  // namespace camfleet::vision
