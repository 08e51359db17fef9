#include "runtime/api/string_to_sign.hpp"

#include <algorithm>
#include <array>
#include <new>

#include "runtime/api/form.hpp"

namespace camfleet::api {
namespace {

/// Without memory OpenSSL gives nothing.
void must(bool works) {
  if (!works) throw std::bad_alloc();
}

/// Percent-encodes so many times, without the text between.
void add_encoded(DigestedText& to, std::string_view text, int times) {
  constexpr std::size_t piece = 4096;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    std::string encoded(text.substr(0, piece));
    for (int i = 0; i < times; ++i) encoded = percent_encode(encoded);
    to.add(encoded);
  }
}

}  // namespace

DigestedText::DigestedText(const EVP_MD* kind, const std::string_view* secret) : context_(EVP_MD_CTX_new()) {
  if (secret == nullptr) {
    must(context_ != nullptr && EVP_DigestInit_ex(context_.get(), kind, nullptr) == 1);
    return;
  }
  key_.reset(EVP_PKEY_new_raw_private_key(
      EVP_PKEY_HMAC, nullptr, reinterpret_cast<const unsigned char*>(secret->data()), secret->size()));
  // Without its secret it would be a digest, which anybody can calculate.
  must(context_ != nullptr && key_ != nullptr &&
       EVP_DigestSignInit(context_.get(), nullptr, kind, nullptr, key_.get()) == 1);
}

void DigestedText::add(std::string_view piece) {
  const std::size_t room = kept - beginning_.size();
  beginning_ += piece.substr(0, room);
  is_cut_ = is_cut_ || piece.size() > room;
  // One that went on without a piece would be the signature of another text.
  must((key_ == nullptr ? EVP_DigestUpdate(context_.get(), piece.data(), piece.size())
                        : EVP_DigestSignUpdate(context_.get(), piece.data(), piece.size())) == 1);
}

std::string DigestedText::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  std::size_t size = bytes.size();
  if (key_ == nullptr) {
    unsigned written = 0;
    must(EVP_DigestFinal_ex(context_.get(), bytes.data(), &written) == 1);
    size = written;
  } else {
    must(EVP_DigestSignFinal(context_.get(), bytes.data(), &size) == 1);
  }
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

std::string DigestedText::beginning() const {
  return is_cut_ ? beginning_ + "…" : beginning_;
}

std::vector<const Parameters::value_type*> pointers_to(std::initializer_list<const Parameters*> lists) {
  std::vector<const Parameters::value_type*> all;
  for (const Parameters* list : lists) {
    for (const auto& pair : *list) all.push_back(&pair);
  }
  return all;
}

void add_canonical(DigestedText& to, std::vector<const Parameters::value_type*> parameters, int times) {
  std::ranges::sort(parameters, [](const auto* a, const auto* b) { return *a < *b; });
  bool is_first = true;
  for (const auto* pair : parameters) {
    if (!is_first) add_encoded(to, "&", times - 1);
    is_first = false;
    add_encoded(to, pair->first, times);
    add_encoded(to, "=", times - 1);
    add_encoded(to, pair->second, times);
  }
}

}  // namespace camfleet::api
