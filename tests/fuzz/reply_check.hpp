#pragma once

#include <string>
#include <string_view>

#include "runtime/api/envelope.hpp"

namespace camfleet::fuzz {

/// What a client reads in an answer.
struct Said {
  unsigned status = 0;
  api::Format format = api::Format::json;
  std::string code;
  std::string message;
};

/// Reads an answer of an action or of the gateway back, and checks what holds of each.
Said read_reply(const api::Reply& reply);

/// Puts a text that nobody chose with care into every kind of envelope, and reads it back.
void check_envelopes(const std::string& text);

}  // namespace camfleet::fuzz
