#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/evp.h>

#include "runtime/api/request.hpp"

namespace camfleet::api {

/// Takes a text piece by piece into a digest or a MAC, so that it never stands in memory; its beginning does.
class DigestedText {
 public:
  static constexpr std::size_t kept = 2048;

  /// The digest itself.
  explicit DigestedText(const EVP_MD* kind) : DigestedText(kind, nullptr) {}
  /// Its HMAC under `secret`, which is not empty.
  DigestedText(const EVP_MD* kind, std::string_view secret) : DigestedText(kind, &secret) {}

  void add(std::string_view piece);
  /// Bytes; once.
  std::string finish();
  /// Of what was added, `kept` bytes at most; one that goes on ends with an ellipsis.
  [[nodiscard]] std::string beginning() const;

 private:
  DigestedText(const EVP_MD* kind, const std::string_view* secret);

  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  std::unique_ptr<EVP_PKEY, Free> key_;  ///< none: no HMAC
  std::unique_ptr<EVP_MD_CTX, Free> context_;
  std::string beginning_;
  bool is_cut_ = false;
};

/// Adds the parameters sorted by name, then value, as `name=value` with `&` between them; each of the two
/// percent-encoded, and the whole once more where `times` is 2.
void add_canonical(DigestedText& to, std::vector<const Parameters::value_type*> parameters, int times);

/// Pointers to all parameters of the lists, in their order.
std::vector<const Parameters::value_type*> pointers_to(std::initializer_list<const Parameters*> lists);

}  // namespace camfleet::api
