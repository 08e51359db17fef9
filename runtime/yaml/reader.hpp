#pragma once

#include <cstddef>
#include <string_view>

#include "actors/base/error.hpp"
#include "runtime/yaml/value.hpp"

namespace camfleet::yaml {

inline constexpr std::size_t max_values = 2'000'000;  ///< with what an alias stands for
inline constexpr std::size_t max_depth = 32;          ///< lists and mappings in each other

/// Whether an error may quote what is in the document: one with secrets it may not.
enum class Quoting { quotes, hides };

/// The one reader of YAML (and JSON, which is YAML): a document of one value; an empty text is `nothing`. An
/// alias is replaced by what it stands for. Errors, at "NAME:LINE": invalid_field: not YAML, more than one
/// document, a name that is no text, an alias within its own anchor; duplicate_field: a name that is given
/// twice; too_large: beyond max_values, max_depth or max_bytes.
result<Value> read_yaml(std::string_view text, std::string_view name, Quoting quoting = Quoting::quotes);

}  // namespace camfleet::yaml
