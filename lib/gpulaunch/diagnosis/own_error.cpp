#include "gpulaunch/diagnosis/own_error.hpp"

#include "gpulaunch/diagnosis/matching/matcher.hpp"
#include "gpulaunch/diagnosis/tracebacks.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <re2/re2.h>

namespace gpulaunch {
namespace {

using Kind = OwnError::Kind;

// A single line that tells of a program's end, with the part of it that says so. Sorted: what comes first is closer to
// the cause. Of one form the first line counts; messages of unknown programs count from the end.
struct Form {
  Kind kind;
  const char* pattern;
};
constexpr std::array forms{
    Form{Kind::sanitizer, R"(((?:Address|Thread|Memory|Leak|UndefinedBehavior)Sanitizer: .*))"},
    Form{Kind::sanitizer, R"((\S+:\d+:\d+: runtime error: .*))"},
    Form{Kind::assertion, R"((\S*: ?\S+:\d+: .*: Assertion [`'].*' failed))"},
    Form{Kind::assertion, R"((Check failed: .*))"},
    Form{Kind::terminate, R"(^(?:libc\+\+abi: )?terminating (?:due to|with) uncaught exception(?: of type)? (.*))"},
    Form{Kind::abort,
         R"(^(double free or corruption.*|free\(\): .*|malloc\(\): .*|munmap_chunk\(\): .*|corrupted .*))"},
    Form{Kind::abort, R"((\*\*\* stack smashing detected \*\*\*.*|\*\*\* buffer overflow detected \*\*\*.*))"},
    Form{Kind::panic, R"((thread '.*' (?:\(\d+\) )?panicked at .*))"},
    Form{Kind::panic, R"(^(panic: .*|fatal error: .*))"},
    // Of a signal it only says what the end says, and an abort may come of others: these begin with a capital.
    Form{Kind::panic, R"(^(Fatal Python error: [^ABFIS].*))"},
    Form{Kind::panic, R"(^(ERROR: LoadError: .*|Fortran runtime error: .*|forrtl: severe .*))"}};
// What programs print that have no other form; the last such line counts.
constexpr const char* message_form =
    R"((?i)(?:^|[\s:\[\]])((?:fatal|error|abort(?:ed|ing)?|exception|critical)\b ?[:\]].*\S|\S+: (?:command )?not found$))";

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

std::vector<std::unique_ptr<const re2::RE2>> compiled_forms() {
  std::vector<std::unique_ptr<const re2::RE2>> compiled;
  compiled.reserve(forms.size());
  for (const auto& form : forms) compiled.push_back(std::make_unique<const re2::RE2>(form.pattern, re2::RE2::Latin1));
  return compiled;
}

std::optional<OwnError> by_form(const std::vector<std::string_view>& lines) {
  static const auto compiled = compiled_forms();
  for (std::size_t form = 0; form < forms.size(); ++form) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      std::string text;
      if (re2::RE2::PartialMatch(piece(lines[i]), *compiled[form], &text)) return OwnError{forms[form].kind, text, i};
    }
  }
  return std::nullopt;
}

// "terminate called after throwing an instance of 'std::runtime_error'" and "  what():  message" below it.
std::optional<OwnError> uncaught(const std::vector<std::string_view>& lines) {
  static const re2::RE2 thrown("terminate called after throwing an instance of '([^']*)'", re2::RE2::Latin1);
  static const re2::RE2 said("^\\s*what\\(\\):\\s+(.*\\S)", re2::RE2::Latin1);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string type;
    if (!re2::RE2::PartialMatch(piece(lines[i]), thrown, &type)) continue;
    for (auto next = i + 1; next < std::min(i + 4, lines.size()); ++next) {
      std::string what;
      if (re2::RE2::PartialMatch(piece(lines[next]), said, &what)) {
        return OwnError{Kind::terminate, type.append(": ").append(what), next};
      }
    }
    return OwnError{Kind::terminate, type, i};
  }
  return std::nullopt;
}

std::optional<OwnError> message(const std::vector<std::string_view>& lines) {
  static const re2::RE2 pattern(message_form, re2::RE2::Latin1);
  for (auto i = lines.size(); i > 0; --i) {
    if (lines[i - 1].find("Fatal Python error") != std::string_view::npos) continue;  // says what the end says
    std::string text;
    if (re2::RE2::PartialMatch(piece(lines[i - 1]), pattern, &text)) {
      return OwnError{Kind::message, text, i - 1};
    }
  }
  return std::nullopt;
}

// The last traceback that is independent; else the last one that ended more than a thread; else any.
std::optional<OwnError> raised(const std::vector<std::string_view>& lines, const IsIndependent& is_independent) {
  const RaisedError* best = nullptr;
  int best_worth = 0;
  const auto chains = python_errors(lines);
  for (const auto& chain : chains) {
    const auto& error = chain.origin();
    if (error.aside == Aside::ignored) continue;
    const int worth = (is_independent(error.text) ? 3 : 1) + (error.aside == Aside::no ? 1 : 0);
    if (worth >= best_worth) best = &error;
    best_worth = std::max(worth, best_worth);
  }
  if (best == nullptr) return std::nullopt;
  return OwnError{Kind::exception, best->text, best->line};
}

std::vector<std::string> cleaned(const std::vector<std::string_view>& lines) {
  std::vector<std::string> result;
  result.reserve(lines.size());
  for (const auto line : lines) result.push_back(matchable(line, MatcherLimits().line));
  return result;
}

}  // namespace

std::optional<OwnError> own_error(const std::vector<std::string_view>& lines, const IsIndependent& is_independent) {
  const auto texts = cleaned(lines);
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  if (auto error = raised(views, is_independent)) return error;
  if (auto error = uncaught(views)) return error;
  if (auto error = by_form(views)) return error;
  return message(views);
}

bool is_about_others(std::string_view text) {
  static const re2::RE2 pattern(
      R"((?i)\bconnection|\bconnect |\bpeer\b|socket|broken ?pipe|timed? ?-?out|timeout|\bnccl|\bgloo|\bucx\b|\bucc\b|)"
      R"(\b(?:tcp|file|dist|hash|prefix)?store\b|store->|)"
      R"(rendezvous|process ?group|DistBackend|DistNetwork|DistStore|barrier|collective|\bEOF|remote|heartbeat|)"
      R"(KeyboardInterrupt|SignalException|SystemExit|coordination|(?-i:UNAVAILABLE)|DEADLINE_EXCEEDED|)"
      R"(closed by|(?:was|been|is|already|likely) closed|closed (?:socket|pipe|channel|transport)|)"
      R"(Cancelled|terminated|shut ?down|exited unexpectedly|background loop|Stop_waiting|child failed|)"
      R"(ChildFailedError|ProcessExitedException|WorkerProc|EngineDead|ActorDied|died unexpectedly)",
      re2::RE2::Latin1);
  return re2::RE2::PartialMatch(piece(text), pattern);
}

bool is_about_connections(std::string_view text) {
  static const re2::RE2 pattern(
      R"((?i)connect|\bpeer\b|socket|broken ?pipe|\bEOF|remote|unreachable|no route|rendezvous|refused|reset by)",
      re2::RE2::Latin1);
  return re2::RE2::PartialMatch(piece(text), pattern);
}

}  // namespace gpulaunch
