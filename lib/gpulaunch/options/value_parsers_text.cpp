#include "gpulaunch/options/text.hpp"
#include "gpulaunch/options/value_parsers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <re2/re2.h>

namespace gpulaunch {
namespace {

bool has_control(std::string_view text) { return std::any_of(text.begin(), text.end(), text::is_control); }

bool is_variable_name(std::string_view name) {
  return !name.empty() && !has_control(name) && name.find(' ') == std::string_view::npos;
}

// The end of "[a-z]" that begins at `open`, or npos. As in glob(7), a ']' right after the '[' (or '[!') is literal.
std::size_t closing_bracket(std::string_view glob, std::size_t open) {
  auto first = open + 1;
  if (first < glob.size() && (glob[first] == '!' || glob[first] == '^')) ++first;
  return glob.find(']', first + 1);
}

bool is_name_glob(std::string_view glob) {
  for (std::size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] == '=' || glob[i] == ' ' || text::is_control(glob[i])) return false;
    if (glob[i] != '[') continue;
    i = closing_bracket(glob, i);
    if (i == std::string_view::npos) return false;
  }
  return !glob.empty();
}

constexpr std::array<std::string_view, 5> label_names{"rank", "local_rank", "host", "role", "time"};
constexpr std::array<std::string_view, 4> torch_names{"rank", "local_rank", "role_name", "hostname"};
constexpr std::string_view known_placeholders =
    "{rank}, {local_rank}, {host}, {role}, {time}; or ${rank}, ${local_rank}, ${role_name}, ${hostname}";

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The number of characters of the placeholder that `text` begins with (its '{' or '${'); 0 where it is none.
std::size_t placeholder_length(std::string_view text) {
  const bool torch = text.starts_with("${");
  const std::size_t begin = torch ? 2 : 1;
  const auto end = text.find('}');
  if (end == std::string_view::npos) return 0;
  const auto name = text.substr(begin, end - begin);
  const bool known = torch ? is_one_of(torch_names, name) : is_one_of(label_names, name);
  return known ? end + 1 : 0;
}

// Cuts the bytes of a UTF-8 character whose rest was cut off.
std::string_view without_broken_end(std::string_view text) {
  const auto is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; };
  auto end = text.size();
  while (end > 0 && is_continuation(text[end - 1])) --end;
  const bool leads = end > 0 && (static_cast<unsigned char>(text[end - 1]) & 0xc0U) == 0xc0U;
  return leads ? text.substr(0, end - 1) : text;
}

}  // namespace

std::string on_one_line(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
    } else if (text::is_control(c)) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t shown_at_most = 80;
  auto shown = text.substr(0, shown_at_most);
  if (shown.size() < text.size()) shown = without_broken_end(shown);
  std::string result = "'" + on_one_line(shown);
  if (shown.size() < text.size()) result += "...";
  return result + "'";
}

tl::unexpected<Error> bad_value(std::string_view text, std::string_view what, std::string_view allowed) {
  return fail(ErrorKind::usage, fmt::format("{} is not {} (allowed: {})", in_quotes(text), what, allowed));
}

Result<EnvAssignment> parse_env_assignment(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || !is_variable_name(text.substr(0, equals)) ||
      text.find('\0') != std::string_view::npos) {
    return bad_value(text, "an assignment", "NAME=VALUE, with a name that is not empty and has no blanks");
  }
  return EnvAssignment{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Result<std::vector<std::string>> parse_name_globs(std::string_view text) {
  std::vector<std::string> globs;
  for (const auto part : text::split(text, ',')) {
    if (!is_name_glob(part)) {
      return bad_value(text, "a pattern of variable names", "such as SLURM_*, with * ? [a-z]; several with commas");
    }
    globs.emplace_back(part);
  }
  return globs;
}

Result<std::string> parse_label_format(std::string_view text) {
  if (has_control(text)) return bad_value(text, "a label", "text on one line");
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = text[i] == '{' || text.substr(i).starts_with("${");
    if (!begins) continue;
    const auto length = placeholder_length(text.substr(i));
    if (length == 0) return bad_value(text.substr(i), "a placeholder of a label", known_placeholders);
    i += length - 1;
  }
  return std::string(text);
}

Result<std::string> parse_prefix_template(std::string_view text) {
  std::string braced;
  for (std::size_t i = 0; i < text.size(); ++i) {
    braced += text[i];
    const bool bare = text[i] == '$' && i + 1 < text.size() && text::is_name_char(text[i + 1]);
    if (!bare) continue;
    const auto end =
        std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(i) + 1, text.end(), text::is_name_char);
    const auto name = text.substr(i + 1, static_cast<std::size_t>(end - text.begin()) - i - 1);
    braced += fmt::format("{{{}}}", name);
    i += name.size();
  }
  return parse_label_format(braced);
}

Result<std::vector<std::string>> parse_filter_list(std::string_view text) {
  std::vector<std::string> filters;
  if (text.empty()) return filters;
  filters.emplace_back();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool doubled = text[i] == ',' && i + 1 < text.size() && text[i + 1] == ',';
    if (text[i] == ',' && !doubled) {
      filters.emplace_back();
      continue;
    }
    filters.back() += text[i];
    if (doubled) ++i;
  }
  const auto is_empty = [](const std::string& filter) { return filter.empty(); };
  if (std::any_of(filters.begin(), filters.end(), is_empty)) {
    return bad_value(text, "a list of filters", "texts that are not empty, separated by commas; ,, for a comma");
  }
  return filters;
}

Result<std::string> parse_progress_pattern(std::string_view text) {
  const re2::RE2 pattern(re2::StringPiece(text.data(), text.size()), re2::RE2::Quiet);
  if (!pattern.ok() || text.empty()) {
    const auto why = text.empty() ? "empty" : pattern.error();
    return bad_value(text, "a regular expression", fmt::format("the syntax of RE2, such as 'step (\\d+)'; {}", why));
  }
  return std::string(text);
}

Result<std::string> parse_text(std::string_view text) {
  if (text.empty() || has_control(text)) return bad_value(text, "usable", "text that is not empty, on one line");
  return std::string(text);
}

Result<std::string> parse_run_id(std::string_view text) {
  const bool usable = !text.empty() && !has_control(text) && text.find('/') == std::string_view::npos;
  if (!usable || text.size() > 200) return bad_value(text, "a job's identity", "1 to 200 characters, no '/'");
  return std::string(text);
}

Result<std::string> parse_event_target(std::string_view text) {
  constexpr long long largest_fd = 1'048'576;
  if (text.starts_with("fd:")) {
    const auto number = parse_decimal(text.substr(3));
    if (!number || *number > largest_fd) return bad_value(text, "a place for events", "FILE, or fd:N of an open one");
  }
  return parse_text(text);
}

bool Endpoint::is_loopback() const {
  constexpr std::array<std::string_view, 4> names{"localhost", "localhost.localdomain", "::1", "0.0.0.0"};
  return is_one_of(names, host) || host.starts_with("127.");
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto bad = [text] { return bad_value(text, "an endpoint", "HOST, HOST:PORT or [IPV6]:PORT, port 0 to 65535"); };
  Endpoint endpoint;
  auto host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return bad();
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    host = text.substr(0, text.find(':'));
    port = text.substr(host.size());
  }
  if (host.empty() || has_control(host) || host.find(' ') != std::string_view::npos) return bad();
  endpoint.host = host;
  if (port.empty()) return endpoint;
  const auto number = port[0] == ':' ? parse_decimal(port.substr(1)) : std::nullopt;
  if (!number || *number > 65535) return bad();
  endpoint.port = static_cast<int>(*number);
  return endpoint;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_settings(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> settings;
  if (text.empty()) return settings;
  for (const auto part : text::split(text, ',')) {
    const auto equals = part.find('=');
    const auto key = text::trim(part.substr(0, equals));
    if (equals == std::string_view::npos || key.empty()) {
      return bad_value(text, "a list of settings", "KEY=VALUE,KEY=VALUE");
    }
    settings.emplace_back(key, text::trim(part.substr(equals + 1)));
  }
  return settings;
}

}  // namespace gpulaunch
