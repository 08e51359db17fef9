#include "tests/fuzz/request_text.hpp"

#include <algorithm>
#include <array>

#include "actors/base/time.hpp"
#include "runtime/api/digest.hpp"
#include "runtime/api/signature.hpp"
#include "tests/fuzz/forgetful_backend.hpp"

namespace camfleet::fuzz {
namespace {

using api::Request;

std::string_view take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_token_character(char c) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

/// Without what ends it in HTTP: control characters, and blanks in a target.
std::string_view until_control(std::string_view text, bool blanks) {
  const auto end = std::ranges::find_if(text, [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0x7F || (byte < 0x20 && !(blanks && c == '\t')) || (c == ' ' && !blanks);
  });
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

void erase_parameters(Request& request, std::initializer_list<std::string_view> names) {
  for (Parameters* list : {&request.query, &request.form}) {
    std::erase_if(*list,
                  [&](const auto& pair) { return std::ranges::find(names, pair.first) != names.end(); });
  }
}

void erase_headers(Request& request, std::initializer_list<std::string_view> names) {
  std::erase_if(request.headers,
                [&](const auto& header) { return std::ranges::find(names, header.first) != names.end(); });
}

Admission admission_of(char letter) {
  switch (letter) {
    case 't':
      return Admission::text;
    case 's':
      return Admission::sent;
    case 'r':
      return Admission::rpc;
    case 'a':
      return Admission::acs3;
    default:
      return Admission::open;
  }
}

}  // namespace

RawRequest read_request(std::string_view text) {
  RawRequest request;
  const std::string_view first = take_line(text);
  request.admission = admission_of(first.empty() ? 'o' : first.front());
  std::string_view line = take_line(text);
  const auto method_end = std::ranges::find_if_not(line, is_token_character);
  request.method = line.substr(0, static_cast<std::size_t>(method_end - line.begin()));
  line.remove_prefix(std::min(request.method.size() + 1, line.size()));
  request.target = until_control(line, false);
  while (true) {
    line = take_line(text);
    if (line.empty()) break;
    std::string name(line.substr(0, std::min(line.find(':'), line.size())));
    if (name.empty() || name.size() == line.size() || !std::ranges::all_of(name, is_token_character))
      continue;
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const std::string value(trim(until_control(line.substr(name.size() + 1), true)));
    request.headers.emplace_back(std::move(name), value);
  }
  request.body = text;
  return request;
}

Request signed_rpc(Request request, const api::Key& key) {
  erase_headers(request, {"authorization"});
  erase_parameters(request, {"AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion",
                             "SignatureNonce", "Timestamp", "TimeStamp"});
  const std::array<std::pair<std::string, std::string>, 5> common{{{"AccessKeyId", key.id},
                                                                   {"SignatureMethod", "HMAC-SHA1"},
                                                                   {"SignatureVersion", "1.0"},
                                                                   {"SignatureNonce", "once"},
                                                                   {"Timestamp", to_iso(fixed_now())}}};
  request.query.insert(request.query.end(), common.begin(), common.end());
  Parameters all = request.query;
  all.insert(all.end(), request.form.begin(), request.form.end());
  request.query.emplace_back("Signature", api::rpc_signature(request.method, all, key.secret));
  return request;
}

Request signed_acs3(Request request, const api::Key& key) {
  erase_headers(request, {"authorization", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"});
  const std::string digest = api::sha256_hex(request.body);
  request.headers.emplace_back("x-acs-date", to_iso(fixed_now()));
  request.headers.emplace_back("x-acs-signature-nonce", "once");
  request.headers.emplace_back("x-acs-content-sha256", digest);
  std::vector<std::string> names{"host"};
  for (const auto& [name, value] : request.headers) {
    if (name.starts_with("x-acs-") && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  std::string listed;
  for (const std::string& name : names) listed += (listed.empty() ? "" : ";") + name;
  request.headers.emplace_back("authorization",
                               "ACS3-HMAC-SHA256 Credential=" + key.id + ",SignedHeaders=" + listed +
                                   ",Signature=" + acs3_signature(request, names, digest, key.secret));
  return request;
}

Request asking_for(Request request, std::string_view format) {
  erase_headers(request, {"accept"});
  erase_parameters(request, {"Format"});
  request.query.emplace_back("Format", format);
  request.headers.emplace_back("accept", format == "XML" ? "application/xml" : "application/json");
  return request;
}

}  // namespace camfleet::fuzz
