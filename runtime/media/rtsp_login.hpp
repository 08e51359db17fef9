#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace camfleet::media {

/// How a camera asks who it is talking to: one challenge of a WWW-Authenticate header.
struct Challenge {
  std::string scheme;                             ///< in small letters: "digest", "basic"
  std::map<std::string, std::string> parameters;  ///< names in small letters

  [[nodiscard]] std::string parameter(const std::string& name) const;
  /// As people say it: "SHA-256", "MD5", "Basic".
  [[nodiscard]] std::string name() const;
};

/// True for a response of the status 401, with or without words behind it.
bool is_unauthorised(std::string_view head);

/// All challenges of a response's head, in the order in which they stand there.
std::vector<Challenge> challenges_of(std::string_view head);

/// True when FFmpeg answers these itself: it takes the last Digest, and knows MD5 alone.
bool ffmpeg_answers(const std::vector<Challenge>& challenges);

/// Answers challenges with a user and a password (RFC 7616: MD5, SHA-256 and SHA-512-256; Basic where no
/// Digest can be answered).
class RtspLogin {
 public:
  RtspLogin(std::string user, std::string password)
      : user_(std::move(user)), password_(std::move(password)) {}

  /// Answers the first of them that it can from now on; false when it can answer none.
  bool take(const std::vector<Challenge>& challenges);
  [[nodiscard]] bool has_challenge() const { return challenge_.has_value(); }

  /// The value of the Authorization header of a request.
  std::string answer(std::string_view method, std::string_view uri);

  /// What the client adds to each answer, instead of a random text: for tests.
  void use_nonce(std::string client_nonce) { fixed_nonce_ = std::move(client_nonce); }

 private:
  std::string digest(std::string_view method, std::string_view uri);

  std::string user_;
  std::string password_;
  std::optional<Challenge> challenge_;
  std::uint32_t answered_ = 0;  ///< with the present nonce
  std::string fixed_nonce_;
};

/// `bytes` random bytes as hexadecimal digits.
std::string random_hex(std::size_t bytes);

}  // namespace camfleet::media
