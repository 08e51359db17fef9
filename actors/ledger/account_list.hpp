#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "actors/ledger/outcome.hpp"

namespace camfleet {

/// The accounts of a slice, one for each algorithm: a single one lies in the list itself.
class AccountList {
 public:
  AccountList() = default;
  explicit AccountList(std::uint8_t count) : count_(count) {
    if (count > 1) many_ = std::make_unique<AlgorithmAccount[]>(count);
  }

  [[nodiscard]] std::size_t size() const { return count_; }
  AlgorithmAccount* begin() { return count_ > 1 ? many_.get() : &one_; }
  AlgorithmAccount* end() { return begin() + count_; }
  [[nodiscard]] const AlgorithmAccount* begin() const { return count_ > 1 ? many_.get() : &one_; }
  [[nodiscard]] const AlgorithmAccount* end() const { return begin() + count_; }
  AlgorithmAccount& operator[](std::size_t i) {
    assert(i < count_);
    return begin()[i];
  }
  const AlgorithmAccount& operator[](std::size_t i) const {
    assert(i < count_);
    return begin()[i];
  }

 private:
  std::uint8_t count_ = 0;
  AlgorithmAccount one_;
  std::unique_ptr<AlgorithmAccount[]> many_;
};

}  // namespace camfleet
