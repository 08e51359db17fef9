#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/base/error.hpp"
#include "runtime/vision/catalogue.hpp"
#include "runtime/vision/engine.hpp"

namespace camfleet::vision {

using EnginePtr = std::unique_ptr<Engine>;

/// The makers of engines; `files` are the full paths of the variant's model files, all of which exist.
/// Errors: model, missing_field, invalid_field.
result<EnginePtr> make_network(const Variant& variant, const std::vector<std::string>& files);
result<EnginePtr> make_cascade(const Variant& variant, const std::vector<std::string>& files);
result<EnginePtr> make_hog(const Variant& variant);
result<EnginePtr> make_motion(const Variant& variant);

}  // namespace camfleet::vision
