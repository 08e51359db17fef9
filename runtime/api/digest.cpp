#include "runtime/api/digest.hpp"

#include <array>
#include <cstddef>
#include <new>

#include <openssl/evp.h>

#include "actors/base/text.hpp"

namespace camfleet::api {
namespace {

std::string digest(const EVP_MD* kind, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, kind, nullptr) != 1) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

}  // namespace

std::string sha256(std::string_view text) {
  return digest(EVP_sha256(), text);
}

std::string md5_hex(std::string_view text) {
  return to_hex(digest(EVP_md5(), text));
}

std::string sha256_hex(std::string_view text) {
  return to_hex(digest(EVP_sha256(), text));
}

}  // namespace camfleet::api
