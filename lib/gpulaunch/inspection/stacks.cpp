#include "gpulaunch/inspection/stacks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

namespace gpulaunch {
namespace {

constexpr auto nowhere = std::string_view::npos;

std::string_view next_line(std::string_view& rest) {
  auto line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  return line;
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

struct PythonThread {
  bool is_main = false;
  bool holds_lock = false;
  std::vector<std::string> stack{};
};

// "Thread 47 (active+gil): "MainThread"", with or without the name.
PythonThread python_thread(std::string_view heading) {
  return {.is_main = heading.find("\"MainThread\"") != nowhere, .holds_lock = heading.find("+gil)") != nowhere};
}

// "    step (train.py:31)". What imports modules ("<frozen importlib._bootstrap>") says nothing, in many frames.
std::optional<std::string> python_frame(std::string_view line) {
  if (!line.starts_with("    ") || !line.ends_with(')')) return std::nullopt;
  line = line.substr(4);
  const auto place = line.rfind(" (");
  if (place == nowhere || place == 0 || line.front() == ' ' || line.substr(place + 2).starts_with("<frozen "))
    return std::nullopt;
  return fmt::format("{} in {}", line.substr(place + 2, line.size() - place - 3), line.substr(0, place));
}

std::vector<PythonThread> python_threads(std::string_view text) {
  std::vector<PythonThread> threads;
  while (!text.empty()) {
    const auto line = next_line(text);
    if (line.starts_with("Thread ")) threads.push_back(python_thread(line));
    const auto frame = threads.empty() ? std::nullopt : python_frame(line);
    if (frame && threads.back().stack.size() < deepest_stack) threads.back().stack.push_back(*frame);
  }
  return threads;
}

// "#0  0x00007f… in name (arguments) at file.c:12", "… from /lib/libc.so.6", or without the address. Returns what
// follows the number and the address.
std::optional<std::string_view> after_address(std::string_view line) {
  if (!line.starts_with('#')) return std::nullopt;
  const auto number_end = line.find_first_of(' ');
  if (number_end == nowhere) return std::nullopt;
  line.remove_prefix(std::min(line.find_first_not_of(' ', number_end), line.size()));
  if (!line.starts_with("0x")) return line;
  line.remove_prefix(std::min(line.find(' '), line.size()));
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line.starts_with("in ") ? line.substr(3) : line;
}

// The last of " at FILE:LINE" and " from LIBRARY", without the folders.
std::string_view native_place(std::string_view rest) {
  for (const std::string_view word : {" at ", " from "}) {
    const auto begin = rest.rfind(word);
    if (begin != nowhere) return base_name(rest.substr(begin + word.size()));
  }
  return {};
}

// Parameters of templates and operators may hold parentheses and blanks; gdb's arguments begin at the last " (" that is
// followed by them.
std::string_view function_name(std::string_view rest) {
  const auto arguments = rest.find(" (");
  return rest.substr(0, arguments);
}

std::string with_place(std::string_view function, std::string_view place) {
  return place.empty() ? std::string(function) : fmt::format("{} ({})", function, place);
}

std::optional<std::string> gdb_frame(std::string_view line) {
  const auto rest = after_address(line);
  if (!rest || rest->empty()) return std::nullopt;
  return with_place(function_name(*rest), native_place(*rest));
}

// "#1  0x00007f… name@GLIBC_2.34", "#1  0x00007f… - 1 name": eu-stack marks frames that are no return address.
std::optional<std::string> eu_stack_frame(std::string_view line) {
  auto rest = after_address(line);
  if (rest && rest->starts_with("- 1")) rest->remove_prefix(std::min(rest->find_first_not_of(' ', 3), rest->size()));
  return rest && !rest->empty() ? std::optional(std::string(rest->substr(0, rest->find('@')))) : std::nullopt;
}

// Frames until the numbers begin anew: that is another thread.
template <class Frame>
std::vector<std::string> first_stack(std::string_view text, Frame frame_of) {
  std::vector<std::string> stack;
  while (!text.empty() && stack.size() < deepest_stack) {
    const auto line = next_line(text);
    if (line.starts_with("#0 ") && !stack.empty()) break;
    if (auto frame = frame_of(line)) stack.push_back(std::move(*frame));
  }
  return stack;
}

bool can_be_debugged(const RankFindings& rank) { return rank.state == 'R' || rank.state == 'S' || rank.state == 'I'; }

using Kind = std::tuple<char, std::string, std::string>;

Kind kind_of(const RankFindings& rank) {
  return {rank.state, rank.waits_in, rank.python_stack.empty() ? "" : rank.python_stack.front()};
}

}  // namespace

std::vector<std::string> parse_py_spy(std::string_view text) {
  const auto threads = python_threads(text);
  auto chosen = std::ranges::find_if(threads, &PythonThread::is_main);
  if (chosen == threads.end()) chosen = std::ranges::find_if(threads, &PythonThread::holds_lock);
  if (chosen == threads.end()) chosen = threads.begin();
  return chosen == threads.end() ? std::vector<std::string>() : chosen->stack;
}

std::vector<std::string> parse_gdb(std::string_view text) { return first_stack(text, gdb_frame); }

std::vector<std::string> parse_eu_stack(std::string_view text) { return first_stack(text, eu_stack_frame); }

bool same_kind(const RankFindings& a, const RankFindings& b) { return kind_of(a) == kind_of(b); }

std::vector<std::size_t> pick_for_native_stacks(const std::vector<RankFindings>& ranks, std::size_t most) {
  std::map<Kind, std::vector<std::size_t>> kinds;
  for (std::size_t place = 0; place < ranks.size(); ++place) {
    if (can_be_debugged(ranks[place])) kinds[kind_of(ranks[place])].push_back(place);
  }
  std::vector<std::pair<std::size_t, std::size_t>> first_of;  // how many there are of a kind, and its first
  first_of.reserve(kinds.size());
  for (const auto& [kind, places] : kinds) first_of.emplace_back(places.size(), places.front());
  std::ranges::sort(first_of);
  std::vector<std::size_t> picked;
  for (const auto& [count, place] : first_of) {
    if (picked.size() < most) picked.push_back(place);
  }
  return picked;
}

}  // namespace gpulaunch
