#include "gpulaunch/diagnosis/logs/line_prefix.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <re2/re2.h>
#include <string>

namespace gpulaunch {
namespace {

// By which character a line of the form may begin: most lines are told apart by that alone.
enum class Begins { bracket, parenthesis, digit, word, anything };

struct FormText {
  PrefixForm form;
  Begins begins;
  const char* pattern;
};

// In the order in which they are tried. Numbers of more digits than a rank can have are no ranks.
constexpr std::array form_texts{
    FormText{PrefixForm::rank_mark, Begins::bracket, R"(\[rank(?P<rank>\d{1,6})\]: ?)"},
    FormText{PrefixForm::old_role, Begins::bracket, R"(\[[A-Za-z_]+(?P<rank>\d{1,6})\|\d{1,6}\]: ?)"},
    FormText{PrefixForm::role, Begins::bracket, R"(\[(?:default|trainer|worker)(?P<number>\d{1,6})\]: ?)"},
    FormText{PrefixForm::mpi, Begins::bracket,
             R"(\[(?:[^\],\s]+,)?(?P<rank>\d{1,6})\](?:\[[^\]\s]+\])?<std(?P<stream>out|err|diag)>: ?)"},
    FormText{PrefixForm::tensor, Begins::bracket,
             R"(\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d+)? TP(?P<number>\d{1,6})(?: EP\d+)?\] ?)"},
    FormText{PrefixForm::tensor, Begins::parenthesis,
             R"(\((?:\w*Worker)_TP(?P<number>\d{1,6})(?:_EP\d+)? pid=(?P<pid>\d{1,9})\) ?)"},
    FormText{PrefixForm::process, Begins::parenthesis,
             R"(\((?:(?P<place>[A-Za-z_][^()\s]*) )?(?:rank=(?P<rank>\d{1,6}) )?pid=(?P<pid>\d{1,9}))"
             R"((?:, ip=[^()\s]{1,64})?\) ?)"},
    FormText{PrefixForm::pod, Begins::bracket, R"(\[pod/(?P<place>[^/\]\s]+)/[^\]\s]+\] ?)"},
    FormText{PrefixForm::glog, Begins::bracket,
             R"((?P<kept>\[[EWFI][^\]]+\] \[(?:PG [^\]]*)?[Rr]ank (?P<rank>\d{1,6})\]))"},
    FormText{PrefixForm::nccl, Begins::word,
             R"((?P<kept>(?P<place>[A-Za-z0-9][\w.-]*:(?P<pid>\d{1,9})):\d{1,9} \[-?\d{1,4}\] ))"},
    FormText{PrefixForm::number, Begins::digit, R"( {0,6}(?P<number>\d{1,6}):(?: |$))"},
    FormText{PrefixForm::bracketed, Begins::bracket, R"(\[(?P<ranks>\d{1,6}(?:[-,]\d{1,6})*)\](?: |$))"},
    FormText{PrefixForm::compose, Begins::word, R"((?P<place>[A-Za-z0-9][\w.-]*[-_]\d{1,6}) +\|(?: |$))"},
    FormText{PrefixForm::named_pod, Begins::word, R"((?P<place>[a-z0-9][a-z0-9.-]*-\d{1,6})(?: |$))"},
    FormText{PrefixForm::host, Begins::word, R"((?P<place>[\w.-]*\d[\w.-]*):(?: |$))"},
    FormText{PrefixForm::tag, Begins::anything, R"((?P<place>[^\t]{1,100})\t)"}};

// The named groups of the patterns.
enum Part : std::size_t { part_rank, part_number, part_ranks, part_place, part_pid, part_stream, part_kept };
constexpr std::array part_names{"rank", "number", "ranks", "place", "pid", "stream", "kept"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool may_begin(Begins begins, char first) {
  switch (begins) {
    case Begins::bracket: return first == '[';
    case Begins::parenthesis: return first == '(';
    case Begins::digit: return is_digit(first) || first == ' ';
    case Begins::word: return is_digit(first) || is_letter(first);
    case Begins::anything: return true;
  }
  return false;
}

std::string_view view(const re2::StringPiece& piece) { return {piece.data(), piece.size()}; }

std::optional<int> number_in(std::string_view digits) {
  int value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// Bytes of a colour sequence at the start of `text`; 0 where there is none.
std::size_t escape_length(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const auto end = text.find_first_not_of("0123456789;:?", 2);
  return end != std::string_view::npos && is_letter(text[end]) ? end + 1 : 0;
}

}  // namespace

struct PrefixReader::Compiled {
  struct Form {
    explicit Form(const FormText& text) : form(text.form), begins(text.begins), pattern(text.pattern) {
      const auto& named = pattern.NamedCapturingGroups();
      for (std::size_t i = 0; i < parts.size(); ++i)
        if (const auto group = named.find(part_names[i]); group != named.end()) parts[i] = group->second;
    }

    [[nodiscard]] std::optional<LinePrefix> read(std::string_view line) const;

    PrefixForm form;
    Begins begins;
    RE2 pattern;
    std::array<int, part_names.size()> parts{};  // the group of each part; 0: none
  };
  std::deque<Form> forms;  // Form cannot be moved
};

std::optional<LinePrefix> PrefixReader::Compiled::Form::read(std::string_view line) const {
  if (line.empty() || !may_begin(begins, line.front())) return std::nullopt;
  std::array<re2::StringPiece, 5> found;
  if (!pattern.Match({line.data(), line.size()}, 0, line.size(), RE2::ANCHOR_START, found.data(), found.size()))
    return std::nullopt;
  const auto has = [&](Part part) { return parts[part] > 0; };
  const auto group = [&](Part part) {
    return has(part) ? view(found[static_cast<std::size_t>(parts[part])]) : std::string_view();
  };
  LinePrefix prefix{.form = form,
                    .length = has(part_kept) ? 0 : found[0].size(),
                    .rank = number_in(group(part_rank)),
                    .number = number_in(group(part_number)),
                    .ranks = group(part_ranks),
                    .place = group(part_place),
                    .pid = number_in(group(part_pid)),
                    .to_stdout = group(part_stream) == "out"};
  if (const auto one = number_in(prefix.ranks)) prefix.number = one;
  // A pod's ordinal may be its rank; a host's number is none, for a host has several, and an argument only where it is
  // nothing but a number.
  const bool is_pod = form == PrefixForm::pod || form == PrefixForm::compose || form == PrefixForm::named_pod;
  if (is_pod) prefix.number = trailing_number(prefix.place);
  if (form == PrefixForm::tag) prefix.number = number_in(prefix.place);
  return prefix;
}

PrefixReader::PrefixReader() : compiled_(std::make_unique<Compiled>()) {
  for (const auto& text : form_texts) compiled_->forms.emplace_back(text);
}
PrefixReader::PrefixReader(PrefixReader&&) noexcept = default;
PrefixReader& PrefixReader::operator=(PrefixReader&&) noexcept = default;
PrefixReader::~PrefixReader() = default;

std::optional<LinePrefix> PrefixReader::read(std::string_view line, PrefixForms weak) const {
  for (const auto& form : compiled_->forms) {
    if (form.form >= first_weak_form && !weak.test(static_cast<std::size_t>(form.form))) continue;
    if (auto prefix = form.read(line)) return prefix;
  }
  return std::nullopt;
}

std::optional<LinePrefix> PrefixReader::read_as(std::string_view line, PrefixForm wanted) const {
  for (const auto& form : compiled_->forms) {
    if (form.form != wanted) continue;
    if (auto prefix = form.read(line)) return prefix;
  }
  return std::nullopt;
}

std::optional<int> trailing_number(std::string_view name) {
  constexpr std::size_t most_digits = 6;
  auto begin = name.size();
  while (begin > 0 && is_digit(name[begin - 1])) --begin;
  if (name.size() - begin > most_digits) return std::nullopt;
  return number_in(name.substr(begin));
}

std::string_view without_colours(std::string_view line, std::string& storage) {
  if (line.find('\x1b') == std::string_view::npos) return line;
  storage.clear();
  while (!line.empty()) {
    const auto escape = line.find('\x1b');
    storage += line.substr(0, escape);
    line.remove_prefix(std::min(escape, line.size()));
    if (line.empty()) break;
    const auto length = escape_length(line);
    if (length == 0) storage += line.front();
    line.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return storage;
}

}  // namespace gpulaunch
