#include "runtime/cluster/admission.hpp"

#include <algorithm>
#include <utility>

#include "actors/base/text.hpp"

namespace camfleet::cluster {

SchedulerEnd::Admission Admission::admit(const std::string& name, const Hello& hello) {
  const auto lock = lock_();
  if (const std::string why = objection(hello); !why.empty()) return SchedulerEnd::Refused{why};
  auto entered = enter(name, hello);
  // As many as can be: that is not the node's fault, and may change.
  if (!entered.has_value()) return SchedulerEnd::Refused{entered.error().line(), false};
  for (const AlgorithmOffer& offer : hello.algorithms) {
    if (roster_->find_algorithm(offer.id)) models_.try_emplace(offer.id, offer.model);
  }
  return std::move(entered).value();
}

std::string Admission::objection(const Hello& hello) const {
  if (hello.version != protocol_version)
    return "it speaks version " + std::to_string(hello.version) + " of the protocol, and this is " +
           std::to_string(protocol_version) + "; install the same camfleet on both";
  if (hello.acu < 1 || hello.acu > max_acu)
    return "its ACU is " + std::to_string(hello.acu) + "; right would be 1 to " + std::to_string(max_acu);
  constexpr std::size_t longest_name = 64;
  constexpr std::size_t most_schemes = 32;
  const auto is_long = [&](const std::string& name) { return name.size() > longest_name; };
  if (is_long(hello.region) || hello.schemes.size() > most_schemes ||
      std::ranges::any_of(hello.schemes, is_long))
    return "its region has more than 64 bytes, or its schemes are more than 32 or longer";
  for (const AlgorithmOffer& offer : hello.algorithms) {
    const auto known = models_.find(offer.id);
    if (known == models_.end() || known->second == offer.model) continue;
    return "its model of algorithm " + quote(offer.id) +
           " is another one than the fleet's, and would find other things; copy the scheduler's there";
  }
  return "";
}

result<SchedulerEnd::Admitted> Admission::enter(const std::string& name, const Hello& hello) {
  SchedulerEnd::Admitted admitted{{}, {.region = {}, .acu = hello.acu, .schemes = {}, .algorithms = {}}};
  CAMFLEET_TRY(admitted.offer.region, roster_->region(hello.region));
  for (const std::string& scheme : hello.schemes) {
    CAMFLEET_TRY(const SchemeIx ix, roster_->scheme(scheme));
    admitted.offer.schemes.add(ix);
  }
  for (const AlgorithmOffer& offer : hello.algorithms) {
    if (const auto known = roster_->find_algorithm(offer.id)) admitted.offer.algorithms.add(*known);
  }
  const auto known = roster_->find_node(name);
  if (known) {
    admitted.node = *known;
  } else {
    CAMFLEET_TRY(admitted.node, roster_->add_node({.id = name, .offer = admitted.offer}));
  }
  return admitted;
}

}  // namespace camfleet::cluster
