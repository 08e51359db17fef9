#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"
#include "runtime/cluster/records.hpp"
#include "runtime/vision/catalogue.hpp"

namespace camfleet::cluster {

/// What the model of an algorithm is known by: the SHA-256 of its variant's engine, labels, threshold and
/// files, where it has files; empty where it has none. Errors: io: a file cannot be read.
result<std::string> model_of(const vision::Variant& variant, const vision::ModelPath& models);

/// What this process can run of those algorithms; null where one is not used. Errors: io.
result<std::vector<AlgorithmOffer>> offers_of(const std::vector<const vision::Algorithm*>& algorithms,
                                              const vision::ModelPath& models);

}  // namespace camfleet::cluster
