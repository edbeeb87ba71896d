// The apply functions that most options need: parse the text, put the value into one field of one part of the Options.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/options/draft.hpp"
#include "gpulaunch/options/value_parsers.hpp"

#include <string_view>
#include <utility>

namespace gpulaunch::apply {

// put<parse_port, &Options::job, &JobOptions::master_port>
template <auto Parse, auto Part, auto Field>
Result<void> put(Draft& draft, std::string_view text) {
  auto parsed = Parse(text);
  if (!parsed) return tl::unexpected(std::move(parsed.error()));
  (draft.options.*Part).*Field = *std::move(parsed);
  return {};
}

template <auto Part, auto Field>
Result<void> flag(Draft& draft, std::string_view text) {
  return put<parse_bool, Part, Field>(draft, text);
}

// The value is appended to the list that the field is.
template <auto Parse, auto Part, auto Field>
Result<void> add(Draft& draft, std::string_view text) {
  auto parsed = Parse(text);
  if (!parsed) return tl::unexpected(std::move(parsed.error()));
  ((draft.options.*Part).*Field).push_back(*std::move(parsed));
  return {};
}

// The same for a parser that gives a list: its elements are appended.
template <auto Parse, auto Part, auto Field>
Result<void> append(Draft& draft, std::string_view text) {
  auto parsed = Parse(text);
  if (!parsed) return tl::unexpected(std::move(parsed.error()));
  auto& list = (draft.options.*Part).*Field;
  list.insert(list.end(), parsed->begin(), parsed->end());
  return {};
}

// Checks the text and keeps nothing.
template <auto Parse>
Result<void> check(Draft&, std::string_view text) {
  return Parse(text).map([](const auto&) {});
}

}  // namespace gpulaunch::apply
