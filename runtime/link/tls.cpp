#include "runtime/link/tls.hpp"

#include <array>

#include <boost/asio/buffer.hpp>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "actors/base/text.hpp"

namespace camfleet::link {

namespace ssl = boost::asio::ssl;

result<std::shared_ptr<ssl::context>> tls_context(const OwnKeys& keys, Side side) {
  auto context = std::make_shared<ssl::context>(side == Side::door ? ssl::context::tlsv13_server
                                                                   : ssl::context::tlsv13_client);
  boost::system::error_code error;
  const auto check = [&](const char* what) -> result<void> {
    if (!error) return success();
    return fail(Errc::unreadable, what, "TLS does not take it: " + error.message());
  };
  context->add_certificate_authority(boost::asio::buffer(keys.authority), error);
  CAMFLEET_CHECK(check("the authority's certificate"));
  context->use_certificate(boost::asio::buffer(keys.own.certificate), ssl::context::pem, error);
  CAMFLEET_CHECK(check("the certificate"));
  context->use_private_key(boost::asio::buffer(keys.own.key), ssl::context::pem, error);
  CAMFLEET_CHECK(check("the key"));
  context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
  CAMFLEET_CHECK(check("the certificates of others"));
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(native, 0);
  return context;
}

PeerName peer_of(TlsStream& stream) {
  PeerName peer;
  X509* certificate = SSL_get0_peer_certificate(stream.native_handle());
  if (certificate == nullptr) return peer;
  std::array<char, 256> name{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                                             static_cast<int>(name.size()));
  if (size > 0) peer.name.assign(name.data(), static_cast<std::size_t>(size));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned digest_size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &digest_size) == 1)
    peer.fingerprint = to_hex({reinterpret_cast<const char*>(digest.data()), digest_size});
  return peer;
}

}  // namespace camfleet::link
