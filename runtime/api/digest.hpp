#pragma once

#include <string>
#include <string_view>

namespace camfleet::api {

/// The bytes of a digest. Throws std::bad_alloc without memory: an empty one would be everybody's.
std::string sha256(std::string_view text);

/// Lower-case hexadecimal digits.
std::string sha256_hex(std::string_view text);
std::string md5_hex(std::string_view text);

}  // namespace camfleet::api
