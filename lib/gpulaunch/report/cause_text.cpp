#include "gpulaunch/report/cause_text.hpp"

#include "gpulaunch/report/diagnosis_text.hpp"
#include "gpulaunch/report/narrative.hpp"
#include "gpulaunch/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpulaunch {
namespace {

constexpr std::string_view any_exception = "python-exception";

bool has_name(const Diagnosis& found) { return !found.signature.empty() && found.signature != any_exception; }

bool holds(const std::vector<std::string>& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

std::string unindented(const std::string& line) {
  return line.substr(std::min(line.find_first_not_of(' '), line.size()));
}

// Whether those to blame are the ones that the headline names.
bool headline_blames(const JobRecord& record) {
  const auto& found = *record.diagnosis();
  const auto named = quoted_rank(record);
  return (found.everyone && record.all_failed_alike()) || (named && found.culprits == std::vector<int>{*named});
}

// A rank that exits without a word: the headline says as much.
bool is_exit_code_alone(const JobRecord& record) {
  const auto& found = *record.diagnosis();
  return found.signature.empty() && found.fix.empty() && !found.quote && headline_blames(record) &&
         record.culprit_outcome().kind == Outcome::Kind::exited;
}

}  // namespace

std::string cause_label(const JobRecord& record) {
  const auto& found = *record.diagnosis();
  const bool silent = found.everyone || found.culprits.empty() || headline_blames(record);
  return fmt::format("cause ({}{})", strength_text(found.strength),
                     silent ? "" : ", " + rank_names(record, found.culprits));
}

bool says_no_more(const Diagnosis& found, const std::vector<std::string>& shown, std::string_view bar) {
  if (has_name(found) || !found.quote) return false;
  // The words of a rank that waited for the one to blame do not say so.
  const auto& blamed = found.culprits;
  if (!blamed.empty() && std::find(blamed.begin(), blamed.end(), found.quote->rank) == blamed.end()) return false;
  return holds(shown, std::string(bar) + printable_line(found.quote->line, shown_columns));
}

std::string cause_title(const Diagnosis& found) {
  if (has_name(found)) return signature_title(found);
  return found.quote ? quoted_line(*found.quote) : "";
}

std::string blaming_headline(const JobRecord& record, std::optional<Nanos> timeout) {
  auto plain = headline(record, timeout);
  if (record.ending() != Ending::rank_failed || !record.diagnosis()) return plain;
  const auto& found = *record.diagnosis();
  const auto what = has_name(found) ? signature_title(found) : "";
  if (found.culprits.empty()) return what.empty() ? plain : what + "; who it was cannot be told";
  if (headline_blames(record)) return what.empty() ? plain : fmt::format("{}: {}", plain, what);
  const auto who =
      found.everyone ? fmt::format("all {} ranks", record.rank_count()) : rank_names(record, found.culprits);
  if (!what.empty()) return fmt::format("{}: {}", who, what);
  return fmt::format("{} {} to blame ({})", who, found.culprits.size() == 1 ? "is" : "are",
                     strength_text(found.strength));
}

std::vector<std::string> cause_lines(const JobRecord& record, const std::vector<std::string>& shown) {
  if (!record.diagnosis() || record.diagnosis()->cause.empty()) return {};
  const auto& found = *record.diagnosis();
  if (is_exit_code_alone(record) || says_no_more(found, shown)) return {};
  const DiagnosisStyle one_line_each{
      .columns = std::string::npos, .cause_label = cause_label(record), .quote = false, .innocents = false};
  std::vector<std::string> lines;
  for (const auto& line : diagnosis_lines(found, one_line_each)) lines.push_back(unindented(line));
  if (found.quote && !holds(shown, quoted_line(*found.quote)))
    lines.push_back(rank_name(record, found.quote->rank) + " said: " + unindented(quoted_line(*found.quote)));
  return lines;
}

}  // namespace gpulaunch
