#include "runtime/media/rtsp_login.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <random>
#include <utility>

extern "C" {
#include <libavutil/base64.h>
#include <libavutil/hash.h>
#include <libavutil/mem.h>
}

namespace camfleet::media {
namespace {

struct Algorithm {
  std::string_view name;  ///< in capitals, without -SESS
  const char* hash;       ///< FFmpeg's name
};
constexpr std::array<Algorithm, 3> algorithms = {
    {{"MD5", "MD5"}, {"SHA-256", "SHA256"}, {"SHA-512-256", "SHA512/256"}}};
constexpr std::string_view session = "-SESS";

std::string changed(std::string_view text, int (*change)(int)) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  return out;
}

bool is_token(char c) {
  return c > ' ' && c < '\x7F' && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
}

/// Reads a header's value from left to right.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  void skip(std::string_view set) {
    while (!at_end() && set.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  /// Any one character, so that reading goes on whatever stands there.
  void drop() { at_ += at_end() ? 0 : 1; }
  std::string token() {
    const std::size_t from = at_;
    while (!at_end() && is_token(text_[at_])) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }
  std::string value() {
    if (!take('"')) {
      const std::size_t from = at_;
      while (!at_end() && text_[at_] != ',' && text_[at_] != ' ' && text_[at_] != '\t') ++at_;
      return std::string(text_.substr(from, at_ - from));
    }
    std::string out;
    while (!at_end() && text_[at_] != '"') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out.push_back(text_[at_++]);
    }
    drop();
    return out;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

void read_challenges(std::string_view value, std::vector<Challenge>& into) {
  constexpr std::size_t most = 32;
  Reader reader(value);
  while (!reader.at_end() && into.size() < most) {
    reader.skip(" \t,");
    const std::string token = reader.token();
    if (token.empty()) {
      reader.drop();
      continue;
    }
    reader.skip(" \t");
    if (!reader.take('=')) {
      into.push_back({changed(token, std::tolower), {}});
      continue;
    }
    reader.skip(" \t");
    const std::string text = reader.value();
    if (!into.empty()) into.back().parameters.emplace(changed(token, std::tolower), text);
  }
}

std::string algorithm_of(const Challenge& challenge) {
  const std::string name = changed(challenge.parameter("algorithm"), std::toupper);
  return name.empty() ? "MD5" : name;
}

const Algorithm* known_algorithm(const Challenge& challenge) {
  std::string name = algorithm_of(challenge);
  if (name.ends_with(session)) name.resize(name.size() - session.size());
  const auto found = std::ranges::find_if(algorithms, [&](const Algorithm& one) { return one.name == name; });
  return found == algorithms.end() ? nullptr : found;
}

/// What a challenge protects: "auth" where it may be so, "" where it does not say.
std::optional<std::string> protection_of(const Challenge& challenge) {
  const std::string offered = changed(challenge.parameter("qop"), std::tolower);
  if (offered.empty()) return std::string();
  Reader reader(offered);
  while (!reader.at_end()) {
    reader.skip(" \t,");
    const std::string one = reader.token();
    if (one == "auth") return one;
    if (one.empty()) reader.drop();
  }
  return std::nullopt;
}

bool can_answer(const Challenge& challenge) {
  return challenge.scheme == "digest" && known_algorithm(challenge) != nullptr &&
         protection_of(challenge).has_value();
}

std::string hash_hex(const char* algorithm, const std::string& text) {
  AVHashContext* context = nullptr;
  if (av_hash_alloc(&context, algorithm) < 0) return {};
  std::array<std::uint8_t, 2 * AV_HASH_MAX_SIZE + 4> hex{};
  av_hash_init(context);
  av_hash_update(context, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  av_hash_final_hex(context, hex.data(), static_cast<int>(hex.size()));
  av_hash_freep(&context);
  return reinterpret_cast<const char*>(hex.data());
}

std::string base64(const std::string& text) {
  std::string out(AV_BASE64_SIZE(text.size()), '\0');
  av_base64_encode(out.data(), static_cast<int>(out.size()),
                   reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<int>(text.size()));
  out.resize(out.find('\0'));
  return out;
}

std::string quoted(std::string_view name, std::string_view text) {
  std::string out(name);
  out += "=\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    // A line end would begin another header.
    if (static_cast<unsigned char>(c) >= ' ') out.push_back(c);
  }
  return out + '"';
}

}  // namespace

std::string random_hex(std::size_t bytes) {
  std::random_device device;
  std::string out;
  for (std::size_t i = 0; i < bytes; ++i) {
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x", device() & 0xFFU);
    out += digits.data();
  }
  return out;
}

std::string Challenge::parameter(const std::string& name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? "" : found->second;
}

std::string Challenge::name() const {
  std::string out;
  if (scheme == "digest") {
    out = algorithm_of(*this);
    if (!protection_of(*this)) out += " with qop " + parameter("qop");
  } else {
    out = scheme;
    if (!out.empty()) out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  }
  constexpr std::size_t most = 40;
  for (char& c : out) c = c < ' ' || c > '~' ? '?' : c;
  return out.substr(0, most);
}

bool is_unauthorised(std::string_view head) {
  const std::string_view line = head.substr(0, head.find_first_of("\r\n"));
  const std::size_t word = line.find_first_not_of(' ', std::min(line.find(' '), line.size()));
  if (word == std::string_view::npos) return false;
  const std::string_view rest = line.substr(word);
  return rest.substr(0, rest.find(' ')) == "401";
}

std::vector<Challenge> challenges_of(std::string_view head) {
  std::vector<Challenge> challenges;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 1, head.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || changed(line.substr(0, colon), std::tolower) != "www-authenticate")
      continue;
    std::string_view value = line.substr(colon + 1);
    if (value.ends_with('\r')) value.remove_suffix(1);
    read_challenges(value, challenges);
  }
  return challenges;
}

bool ffmpeg_answers(const std::vector<Challenge>& challenges) {
  const auto last = std::find_if(challenges.rbegin(), challenges.rend(),
                                 [](const Challenge& one) { return one.scheme == "digest"; });
  if (last != challenges.rend()) {
    const std::string algorithm = algorithm_of(*last);
    return (algorithm == "MD5" || algorithm == "MD5-SESS") && protection_of(*last).has_value();
  }
  return std::ranges::any_of(challenges, [](const Challenge& one) { return one.scheme == "basic"; });
}

bool RtspLogin::take(const std::vector<Challenge>& challenges) {
  auto found = std::ranges::find_if(challenges, can_answer);
  if (found == challenges.end())
    found = std::ranges::find_if(challenges, [](const Challenge& one) { return one.scheme == "basic"; });
  if (found == challenges.end()) return false;
  challenge_ = *found;
  answered_ = 0;
  return true;
}

std::string RtspLogin::answer(std::string_view method, std::string_view uri) {
  if (challenge_->scheme == "basic") return "Basic " + base64(user_ + ":" + password_);
  return digest(method, uri);
}

std::string RtspLogin::digest(std::string_view method, std::string_view uri) {
  const char* hash = known_algorithm(*challenge_)->hash;
  const std::string realm = challenge_->parameter("realm");
  const std::string nonce = challenge_->parameter("nonce");
  const std::string opaque = challenge_->parameter("opaque");
  const std::string protection = *protection_of(*challenge_);
  const std::string client_nonce = fixed_nonce_.empty() ? random_hex(16) : fixed_nonce_;
  std::array<char, 9> count{};
  std::snprintf(count.data(), count.size(), "%08x", ++answered_);
  std::string who = hash_hex(hash, user_ + ":" + realm + ":" + password_);
  if (algorithm_of(*challenge_).ends_with(session))
    who = hash_hex(hash, who + ":" + nonce + ":" + client_nonce);
  const std::string what = hash_hex(hash, std::string(method) + ":" + std::string(uri));
  const std::string middle =
      protection.empty() ? nonce : nonce + ":" + count.data() + ":" + client_nonce + ":" + protection;
  std::string out = "Digest " + quoted("username", user_) + ", " + quoted("realm", realm) + ", " +
                    quoted("nonce", nonce) + ", " + quoted("uri", uri) + ", " +
                    quoted("response", hash_hex(hash, who + ":" + middle + ":" + what));
  if (challenge_->parameters.contains("algorithm"))
    out += ", algorithm=" + challenge_->parameter("algorithm");
  if (!opaque.empty()) out += ", " + quoted("opaque", opaque);
  if (!protection.empty())
    out += ", qop=" + protection + ", nc=" + count.data() + ", " + quoted("cnonce", client_nonce);
  else if (algorithm_of(*challenge_).ends_with(session))
    out += ", " + quoted("cnonce", client_nonce);
  return out;
}

}  // namespace camfleet::media
