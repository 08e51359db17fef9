#include <mutex>

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>

#include "runtime/vision/engines.hpp"
#include "runtime/vision/image.hpp"
#include "runtime/vision/text.hpp"

namespace camfleet::vision {
namespace {

/// One thread per engine: the pool of the inference threads spreads the work, not OpenCV. Its log is silenced
/// because every error comes back as a value.
void set_up_opencv() {
  static std::once_flag once;
  std::call_once(once, [] {
    cv::setNumThreads(1);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  });
}

result<EnginePtr> make(const Variant& variant, const std::vector<std::string>& files) {
  if (variant.engine == "onnx" || variant.engine == "darknet") return make_network(variant, files);
  if (variant.engine == "cascade") return make_cascade(variant, files);
  if (variant.engine == "hog") return make_hog(variant);
  if (variant.engine == "motion") return make_motion(variant);
  return fail(Errc::model, "engine", "no engine is called " + in_quotes(variant.engine));
}

/// Looks at a grey picture, so that a network that does not fit its entry is noticed when it is loaded.
result<void> try_out(Engine& engine) {
  constexpr int side = 160;
  const std::vector<std::uint8_t> grey(static_cast<std::size_t>(side) * side * 3, 128);
  std::vector<Box> boxes;
  const auto state = engine.new_state();
  return engine.analyse({grey.data(), side, side, side * 3}, state.get(), boxes);
}

}  // namespace

result<std::unique_ptr<Engine>> make_engine(const Algorithm& algorithm, const ModelPath& models) {
  set_up_opencv();
  CAMFLEET_TRY(const Variant* variant, choose_variant(algorithm, models));
  std::string where = "algorithm " + algorithm.id;
  std::vector<std::string> files;
  for (const auto& file : variant->model) {
    files.push_back(models.find(file));
    if (files.back().empty()) return fail(Errc::model, where, file + " has gone while it was loaded");
    where.append(": ").append(files.back());
  }
  if (variant->labels.empty()) return fail(Errc::model, where, "the variant has no labels");
  auto engine = make(*variant, files);
  if (!engine) return within(where, Error{Errc::model, engine.error().where, engine.error().what});
  const auto tried = try_out(*engine.value());
  if (!tried) return within(where, tried.error());
  return engine;
}

}  // namespace camfleet::vision
