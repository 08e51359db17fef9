#include "runtime/media/aes_segment.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>

namespace camfleet::media {
namespace {

const std::string key = "000102030405060708090a0B0C0D0E0F";
const std::string iv = "ffeeddccbbaa99887766554433221100";

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// As OpenSSL has it.
std::string enciphered(const std::string& plain) {
  const std::string key_bytes = from_hex(key);
  const std::string iv_bytes = from_hex(iv);
  std::string out(plain.size() + 16, '\0');
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(context, EVP_aes_128_cbc(), nullptr, bytes_of(key_bytes), bytes_of(iv_bytes));
  int part = 0;
  int last = 0;
  auto* into = reinterpret_cast<unsigned char*>(out.data());
  EVP_EncryptUpdate(context, into, &part, bytes_of(plain), static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(context, into + part, &last);
  EVP_CIPHER_CTX_free(context);
  out.resize(static_cast<std::size_t>(part + last));
  return out;
}

/// What it gives of `cipher_text`, which comes in pieces of at most `piece` bytes.
std::string deciphered(const std::string& cipher_text, std::size_t piece, std::size_t room) {
  auto segment = AesSegment::make(key, iv);
  std::size_t at = 0;
  const auto read = [&](std::span<std::uint8_t> into) {
    const std::size_t count = std::min({into.size(), piece, cipher_text.size() - at});
    std::memcpy(into.data(), cipher_text.data() + at, count);
    at += count;
    return static_cast<int>(count);
  };
  std::string plain;
  std::string buffer(room, '\0');
  while (true) {
    const int count = segment->read({reinterpret_cast<std::uint8_t*>(buffer.data()), room}, read);
    if (count <= 0) return count < 0 ? "broken" : plain;
    plain.append(buffer, 0, static_cast<std::size_t>(count));
  }
}

TEST(AesSegment, GivesWhatWasEnciphered) {
  for (const std::size_t size : {0, 1, 15, 16, 17, 31, 32, 1000, 1024, 5000}) {
    std::string plain(size, '\0');
    for (std::size_t i = 0; i < size; ++i) plain[i] = static_cast<char>(i * 7);
    for (const std::size_t piece : {1, 16, 33, 100'000}) {
      for (const std::size_t room : {16, 40, 4096})
        EXPECT_EQ(deciphered(enciphered(plain), piece, room), plain) << size << " " << piece << " " << room;
    }
  }
}

TEST(AesSegment, EndsWhereItIsCutOff) {
  const std::string whole = enciphered(std::string(100, 'x'));
  EXPECT_EQ(deciphered(whole.substr(0, 55), 1000, 4096).substr(0, 32), std::string(32, 'x'));
  EXPECT_EQ(deciphered("short", 1000, 4096), "");
}

TEST(AesSegment, AnErrorIsPassedOn) {
  auto segment = AesSegment::make(key, iv);
  std::array<std::uint8_t, 64> room{};
  EXPECT_EQ(segment->read(room, [](std::span<std::uint8_t>) { return -5; }), -5);
}

TEST(AesSegment, AKeyIsOfHexadecimalDigits) {
  EXPECT_FALSE(AesSegment::make("", iv));
  EXPECT_FALSE(AesSegment::make(key.substr(1), iv));
  EXPECT_FALSE(AesSegment::make("g" + key.substr(1), iv));
  EXPECT_FALSE(AesSegment::make(key, iv + "00"));
}

}  // namespace
}  // namespace camfleet::media
