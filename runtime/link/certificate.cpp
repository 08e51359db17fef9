#include "runtime/link/certificate.hpp"

#include <array>
#include <memory>
#include <span>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "actors/base/text.hpp"

namespace camfleet::link {
namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* one) const {
    free(one);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Paper = std::unique_ptr<X509, Free<X509_free>>;
using Bytes = std::unique_ptr<BIO, Free<BIO_free_all>>;

constexpr long day_s = 24 * 3600;
constexpr long good_for_s = 20 * 365 * day_s;
constexpr const char* curve = "P-256";

Error openssl_error(const char* what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return {Errc::io, what, "OpenSSL fails: " + std::string(text.data())};
}

std::string text_in(BIO* bytes) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bytes, &data);
  return {data, static_cast<std::size_t>(size)};
}

Bytes bytes_of(const std::string& text) {
  return Bytes(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Parts of a certificate beyond its name: the extension's number, and what stands in it.
struct Extension {
  int number;
  std::string value;
};

bool add(X509* paper, X509* issuer, const Extension& extension) {
  X509V3_CTX context{};
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, paper, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> made(
      X509V3_EXT_conf_nid(nullptr, &context, extension.number, extension.value.c_str()));
  return made && X509_add_ext(paper, made.get(), -1) == 1;
}

bool set_serial(X509* paper) {
  // Positive and, by chance, never used before.
  std::array<unsigned char, 16> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) return false;
  random[0] &= 0x7FU;
  const std::unique_ptr<BIGNUM, Free<BN_free>> number(
      BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(paper)) != nullptr;
}

/// Null when OpenSSL fails. Without an issuer it signs itself.
Paper make_paper(EVP_PKEY* key, std::string_view name, X509* issuer, EVP_PKEY* issuer_key,
                 std::span<const Extension> extensions) {
  Paper paper(X509_new());
  if (!paper || X509_set_version(paper.get(), X509_VERSION_3) != 1 || !set_serial(paper.get()))
    return nullptr;
  X509_gmtime_adj(X509_getm_notBefore(paper.get()), -day_s);
  X509_gmtime_adj(X509_getm_notAfter(paper.get()), good_for_s);
  X509_NAME* subject = X509_get_subject_name(paper.get());
  if (X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(name.data()),
                                 static_cast<int>(name.size()), -1, 0) != 1)
    return nullptr;
  X509* signer = issuer == nullptr ? paper.get() : issuer;
  bool is_made = X509_set_issuer_name(paper.get(), X509_get_subject_name(signer)) == 1 &&
                 X509_set_pubkey(paper.get(), key) == 1;
  for (const Extension& extension : extensions) is_made = is_made && add(paper.get(), signer, extension);
  return is_made && X509_sign(paper.get(), issuer_key, EVP_sha256()) > 0 ? std::move(paper) : nullptr;
}

result<Certificate> pem_of(X509* paper, EVP_PKEY* key) {
  const Bytes certificate(BIO_new(BIO_s_mem()));
  const Bytes secret(BIO_new(BIO_s_mem()));
  if (!certificate || !secret || PEM_write_bio_X509(certificate.get(), paper) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(secret.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return pass(openssl_error("certificate"));
  return Certificate{text_in(certificate.get()), text_in(secret.get())};
}

result<Paper> read_paper(const std::string& text) {
  Paper paper(PEM_read_bio_X509(bytes_of(text).get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!paper) return fail(Errc::unreadable, "certificate", "it is no certificate in PEM");
  return paper;
}

}  // namespace

result<Certificate> make_authority() {
  const Key key(EVP_EC_gen(curve));
  if (!key) return pass(openssl_error("key"));
  const std::array<Extension, 3> extensions{{{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                             {NID_key_usage, "critical,keyCertSign"},
                                             {NID_subject_key_identifier, "hash"}}};
  const Paper paper = make_paper(key.get(), "camfleet cluster", nullptr, key.get(), extensions);
  if (!paper) return pass(openssl_error("certificate"));
  return pem_of(paper.get(), key.get());
}

result<Certificate> make_certificate(const Certificate& authority, std::string_view name, Role role) {
  CAMFLEET_TRY(const Paper issuer, read_paper(authority.certificate));
  const Key issuer_key(PEM_read_bio_PrivateKey(bytes_of(authority.key).get(), nullptr, nullptr, nullptr));
  const bool is_pair = issuer_key && X509_check_private_key(issuer.get(), issuer_key.get()) == 1;
  ERR_clear_error();
  if (!is_pair) return fail(Errc::unreadable, "key", "it is not the one of the authority's certificate");
  const Key key(EVP_EC_gen(curve));
  if (!key) return pass(openssl_error("key"));
  const std::array<Extension, 6> extensions{
      {{NID_basic_constraints, "critical,CA:FALSE"},
       {NID_key_usage, "critical,digitalSignature"},
       {NID_ext_key_usage, role == Role::scheduler ? "serverAuth" : "clientAuth"},
       {NID_subject_alt_name, "DNS:" + std::string(name)},
       {NID_subject_key_identifier, "hash"},
       {NID_authority_key_identifier, "keyid"}}};
  const Paper paper = make_paper(key.get(), name, issuer.get(), issuer_key.get(), extensions);
  if (!paper) return pass(openssl_error("certificate"));
  return pem_of(paper.get(), key.get());
}

result<std::string> fingerprint_of(const std::string& certificate) {
  CAMFLEET_TRY(const Paper paper, read_paper(certificate));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(paper.get(), EVP_sha256(), digest.data(), &size) != 1)
    return pass(openssl_error("certificate"));
  return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace camfleet::link
