#include "gpulaunch/report/diagnosis_text.hpp"

#include "gpulaunch/base/rank_set.hpp"
#include "gpulaunch/report/masked_command.hpp"
#include "gpulaunch/report/narrative.hpp"
#include "gpulaunch/report/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gpulaunch {
namespace {

// A list of many ranks or names stays one line.
constexpr std::size_t innocent_columns = 400;

// "ranks 0-2, 4-7", "rank 3", "the program", "node1, node2"
std::string called(const std::vector<int>& ranks, const RankNames& names) {
  std::vector<std::string> parts;
  std::vector<int> numbers;
  for (const int rank : ranks) {
    if (const auto name = names.find(rank); name != names.end())
      parts.push_back(printable_line(name->second, shown_columns));
    else
      numbers.push_back(rank);
  }
  if (numbers.empty()) return fmt::format("{}", fmt::join(parts, ", "));
  parts.insert(parts.begin(), name_ranks(numbers));
  return fmt::format("{}", fmt::join(parts, ", "));
}

// "rank 0" becomes what that account is called; numbers that only begin alike are left.
void put_names(std::string& text, const RankNames& names) {
  constexpr std::string_view word = "rank ";
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const auto begin = at + word.size();
    const auto end = std::min(text.find_first_not_of("-0123456789", begin), text.size());
    const auto name = std::find_if(names.begin(), names.end(), [&](const auto& one) {
      return text.substr(begin, end - begin) == std::to_string(one.first);
    });
    if (name != names.end()) text.replace(at, end - at, name->second);
  }
}

// "ranks 1-2 of 8"; how many there are says nothing where one program wrote everything.
std::string whom(const Diagnosis& diagnosis, const CaseFile& file, const RankNames& names) {
  if (diagnosis.everyone && file.world_size > 1) return fmt::format("all {} ranks", file.world_size);
  const auto who = called(diagnosis.culprits, names);
  const auto is_rank = [&](int rank) { return !names.contains(rank); };
  const bool ranks = !who.empty() && std::all_of(diagnosis.culprits.begin(), diagnosis.culprits.end(), is_rank);
  return ranks && file.world_size > 1 ? fmt::format("{} of {}", who, file.world_size) : who;
}

std::string ending_of(const Diagnosis& diagnosis, const CaseFile& file) {
  for (const auto& account : file.ranks) {
    const bool is_it =
        std::find(diagnosis.culprits.begin(), diagnosis.culprits.end(), account.rank) != diagnosis.culprits.end();
    if (!is_it || !account.outcome) continue;
    return diagnosis.culprits.size() > 1 ? account.outcome->describe_several() : account.outcome->describe();
  }
  return "failed";
}

// Words of a text in lines of at most `columns`; a word that is longer stands alone.
void add_wrapped(std::vector<std::string>& lines, std::string_view label, std::string_view text, std::size_t columns) {
  std::string line = fmt::format("  {}:", label);
  bool fresh = true;
  while (!text.empty()) {
    const auto begin = text.find_first_not_of(" \n");
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const auto word = text.substr(0, text.find_first_of(" \n"));
    text.remove_prefix(word.size());
    if (!fresh && line.size() + 1 + word.size() > columns) {
      lines.push_back(line);
      line = "   ";
    }
    line.append(" ").append(word);
    fresh = false;
  }
  lines.push_back(line);
}

std::string shown_words(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '\n', ' ');
  return masked_line(printable_line(plain, std::string::npos));
}

void add_innocents(std::vector<std::string>& lines, const Diagnosis& diagnosis, const RankNames& names) {
  std::vector<int> told;
  std::vector<int> later;
  for (const auto& victim : diagnosis.victims) (victim.signature.empty() ? later : told).push_back(victim.rank);
  std::vector<std::string> parts;
  if (!told.empty()) parts.push_back(called(told, names) + " (a peer was gone)");
  if (!later.empty()) parts.push_back(called(later, names) + " (not by their own fault)");
  if (parts.empty()) return;
  lines.push_back("  " + printable_line(fmt::format("innocent: {}", fmt::join(parts, "; ")), innocent_columns));
}

}  // namespace

Diagnosis with_names(Diagnosis diagnosis, const RankNames& names) {
  put_names(diagnosis.cause, names);
  put_names(diagnosis.fix, names);
  for (auto& sentence : diagnosis.evidence) put_names(sentence, names);
  return diagnosis;
}

bool says_something(const Diagnosis& diagnosis) {
  return !diagnosis.culprits.empty() || diagnosis.everyone || !diagnosis.signature.empty() || !diagnosis.cause.empty();
}

std::string signature_title(const Diagnosis& diagnosis) {
  auto what = diagnosis.signature;
  std::replace(what.begin(), what.end(), '-', ' ');
  return fmt::format("{} ({})", what, strength_text(diagnosis.strength));
}

std::string diagnosis_headline(const Diagnosis& diagnosis, const CaseFile& file, const RankNames& names) {
  const auto who = whom(diagnosis, file, names);
  if (diagnosis.signature.empty()) {
    if (!who.empty()) return fmt::format("{} {}", who, ending_of(diagnosis, file));
    return "who failed first cannot be told";
  }
  const auto said = signature_title(diagnosis);
  return who.empty() ? said + "; who it was cannot be told" : fmt::format("{}: {}", who, said);
}

std::string quoted_line(const Quote& quote) { return masked_line(printable_line(quote.line, shown_columns)); }

std::vector<std::string> diagnosis_lines(const Diagnosis& diagnosis, const DiagnosisStyle& style,
                                         const RankNames& names) {
  std::vector<std::string> lines;
  if (style.quote && diagnosis.quote) lines.push_back("  | " + quoted_line(*diagnosis.quote));
  if (!diagnosis.cause.empty()) add_wrapped(lines, style.cause_label, shown_words(diagnosis.cause), style.columns);
  if (!diagnosis.fix.empty()) add_wrapped(lines, "fix", shown_words(diagnosis.fix), style.columns);
  const auto evidence = shown_words(fmt::format("{}", fmt::join(diagnosis.evidence, "; ")));
  if (!evidence.empty()) add_wrapped(lines, "evidence", evidence, style.columns);
  if (style.innocents) add_innocents(lines, diagnosis, names);
  return lines;
}

}  // namespace gpulaunch
