#include "gpulaunch/process/process_facts.hpp"

#include "gpulaunch/process/proc_files.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace gpulaunch {
namespace {

// The fields of a stat line one after the other; a field that is missing or no number makes the line bad.
class Fields {
 public:
  explicit Fields(std::string_view rest) : rest_(rest) {}

  std::string_view word() noexcept {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size()));
    const auto field = rest_.substr(0, rest_.find_first_of(" \n"));
    rest_.remove_prefix(field.size());
    good_ = good_ && !field.empty();
    return field;
  }
  template <class Number>
  Number number() noexcept {
    Number value{};
    const auto field = word();
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    good_ = good_ && error == std::errc{};
    return value;
  }
  void skip(int fields) noexcept {
    for (; fields > 0; --fields) word();
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::optional<ProcessFacts> parse_stat(std::string_view line) noexcept {
  const auto name_end = line.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  ProcessFacts facts;
  facts.pid = Fields(line).number<pid_t>();
  Fields fields(line.substr(name_end + 1));
  const auto state = fields.word();
  facts.state = state.empty() ? '?' : state.front();
  facts.parent = fields.number<pid_t>();
  facts.group = fields.number<pid_t>();
  facts.session = fields.number<pid_t>();
  fields.skip(2);  // tty_nr and tpgid
  facts.flags = fields.number<unsigned>();
  fields.skip(10);  // minflt to nice
  facts.threads = fields.number<int>();
  fields.skip(1);
  facts.start_time = fields.number<std::uint64_t>();
  return fields.good() && facts.pid > 0 ? std::optional(facts) : std::nullopt;
}

std::optional<ProcessFacts> read_facts(pid_t pid) noexcept {
  std::array<char, 1024> beginning;  // all that parse_stat looks at is well within it
  const auto line = read_beginning(ProcPath() / pid / "stat", beginning);
  return line ? parse_stat(*line) : std::nullopt;
}

ProcessPast parse_past(std::string_view stat_line) noexcept {
  const auto name_end = stat_line.rfind(')');
  if (name_end == std::string_view::npos) return {};
  Fields fields(stat_line.substr(name_end + 1));
  ProcessPast past;
  fields.skip(25);  // state to endcode
  past.stack = fields.number<std::uint64_t>();
  fields.skip(23);  // kstkesp to env_end
  past.exit_status = fields.number<int>();
  return fields.good() ? past : ProcessPast{};
}

ProcessPast read_past(pid_t pid) noexcept {
  std::array<char, 1024> line;
  return parse_past(read_beginning(ProcPath() / pid / "stat", line).value_or(""));
}

std::string command_line(pid_t pid) {
  auto words = read_proc(ProcPath() / pid / "cmdline").value_or("");
  while (!words.empty() && words.back() == '\0') words.pop_back();
  std::replace(words.begin(), words.end(), '\0', ' ');
  return words;
}

}  // namespace gpulaunch
