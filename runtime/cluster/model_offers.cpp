#include "runtime/cluster/model_offers.hpp"

#include <fstream>
#include <iterator>

#include "runtime/api/digest.hpp"

namespace camfleet::cluster {

result<std::string> model_of(const vision::Variant& variant, const vision::ModelPath& models) {
  if (variant.model.empty()) return std::string();
  std::string said = variant.engine + "\n" + variant.layout + "\n";
  for (const double number :
       {double{variant.score_threshold}, double{variant.nms_threshold}, variant.scale}) {
    said += std::to_string(number);
    said += '\n';
  }
  for (const auto& [key, value] : variant.input) {
    said += key;
    said += '=';
    said += value;
    said += '\n';
  }
  for (const std::string& label : variant.labels) said += label + "\n";
  for (const std::string& file : variant.model) {
    const std::string path = models.find(file);
    std::ifstream bytes(path, std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(bytes), {}};
    if (!bytes.good() && !bytes.eof()) return fail(Errc::io, path, "cannot be read");
    said += api::sha256_hex(whole) + "\n";
  }
  return api::sha256_hex(said);
}

result<std::vector<AlgorithmOffer>> offers_of(const std::vector<const vision::Algorithm*>& algorithms,
                                              const vision::ModelPath& models) {
  std::vector<AlgorithmOffer> offers;
  for (const vision::Algorithm* algorithm : algorithms) {
    if (algorithm == nullptr) continue;
    CAMFLEET_TRY(const vision::Variant* variant, vision::choose_variant(*algorithm, models));
    CAMFLEET_TRY(std::string model, model_of(*variant, models));
    offers.push_back({algorithm->id, std::move(model)});
  }
  return offers;
}

}  // namespace camfleet::cluster
