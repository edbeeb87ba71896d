#include "gpulaunch/diagnosis/wording.hpp"

#include "gpulaunch/base/rank_set.hpp"
#include "gpulaunch/base/signals.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpulaunch {
namespace {

using Ground = Blame::Ground;

constexpr int sigill = 4;
constexpr int sigbus = 7;
constexpr int sigfpe = 8;
constexpr int sigsegv = 11;

std::string shortened(std::string text) {
  constexpr std::size_t longest = 300;
  if (text.size() > longest) {
    auto end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not within a character
    text = text.substr(0, end) + "...";
  }
  while (text.ends_with(':') || (text.ends_with('.') && !text.ends_with("..."))) text.pop_back();
  return text;
}

std::string error_sentence(const OwnError& error) {
  const auto text = shortened(error.text);
  switch (error.kind) {
    case OwnError::Kind::exception: return fmt::format("The program raised {}.", text);
    case OwnError::Kind::terminate:
      return fmt::format("The program ended by a C++ exception that nobody caught: {}.", text);
    case OwnError::Kind::assertion: return fmt::format("An assertion of the program failed: {}.", text);
    case OwnError::Kind::sanitizer: return fmt::format("A sanitizer found an error in the program: {}.", text);
    case OwnError::Kind::abort: return fmt::format("The program's memory was found to be damaged: {}.", text);
    case OwnError::Kind::panic: return fmt::format("The program gave up: {}.", text);
    case OwnError::Kind::message: break;
  }
  return fmt::format("The last error that it printed: {}.", text);
}

std::string signal_sentence(int signo) {
  switch (signo) {
    case sigsegv: return "It crashed in native code: it touched memory that is not its own (SIGSEGV).";
    case sigbus:
      return "It touched memory that could not be provided (SIGBUS), as when /dev/shm is full or a mapped file shrank.";
    case sigill: return "It ran an instruction that this processor does not have (SIGILL).";
    case sigfpe: return "It divided by zero or overflowed in native code (SIGFPE).";
    case signo::abrt: return "It aborted itself (SIGABRT) without saying why.";
    case signo::kill: return "It was killed (SIGKILL): by the kernel for lack of memory, or by somebody from outside.";
    default: return fmt::format("It was ended by {}, which this launcher did not send.", signal_name(signo));
  }
}

std::string end_sentence(const RankAccount& account) {
  if (account.killed_by_outside) {
    return fmt::format("Another process, not this launcher, sent it {}.", signal_name(*account.killed_by_outside));
  }
  if (!account.outcome) return {};
  if (account.outcome->kind == Outcome::Kind::signaled) return signal_sentence(account.outcome->value);
  return fmt::format("It {} and left no word of why.", account.outcome->describe());
}

std::string capital(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

std::vector<int> ranks_of(const std::vector<const Testimony*>& some) {
  std::vector<int> ranks;
  ranks.reserve(some.size());
  for (const auto* one : some) ranks.push_back(one->rank());
  return ranks;
}

template <class Predicate>
std::vector<int> ranks_where(const std::vector<Testimony>& all, Predicate predicate) {
  std::vector<int> ranks;
  for (const auto& one : all) {
    if (predicate(one)) ranks.push_back(one.rank());
  }
  return ranks;
}

// "ALLREDUCE 808"
std::string operation_text(const Testimony* speaker) {
  if (speaker == nullptr || !speaker->waiting) return "an operation";
  const auto& waiting = *speaker->waiting;
  const auto name = waiting.operation.empty() ? std::string("a collective operation") : waiting.operation;
  return waiting.sequence ? fmt::format("{} {}", name, *waiting.sequence) : name;
}

// "1.2 s", "40 ms"
std::string span_text(Nanos span) {
  const double seconds = std::chrono::duration<double>(span).count();
  return seconds < 0.1 ? fmt::format("{:.0f} ms", seconds * 1000) : fmt::format("{:.1f} s", seconds);
}

const Testimony* next_to_fail(const Blame& blame, const std::vector<Testimony>& all) {
  const Testimony* next = nullptr;
  for (const auto& one : all) {
    const bool blamed = std::find(blame.culprits.begin(), blame.culprits.end(), &one) != blame.culprits.end();
    if (blamed || !one.failed() || !one.account->ended) continue;
    if (next == nullptr || *one.account->ended < *next->account->ended) next = &one;
  }
  return next;
}

// Who of the two ended first, and what the earlier end means where the culprit's was the later one.
std::string order_reason(const Blame& blame, const std::vector<Testimony>& all) {
  const bool own = blame.ground == Ground::own;
  const auto* next = next_to_fail(blame, all);
  if ((!own && blame.ground != Ground::first_to_end) || blame.everyone || next == nullptr ||
      !blame.speaker->account->ended)
    return {};
  const auto& culprit = *blame.speaker;
  const auto lead = *next->account->ended - *culprit.account->ended;
  if (lead >= std::chrono::milliseconds(1))
    return fmt::format("rank {} failed {} before rank {}", culprit.rank(), span_text(lead), next->rank());
  if (!own || next->standing == WordStanding::own) return {};
  if (-lead < std::chrono::milliseconds(1))
    return fmt::format("ranks {} and {} failed within a millisecond, but only rank {} has a cause of its own",
                       std::min(culprit.rank(), next->rank()), std::max(culprit.rank(), next->rank()), culprit.rank());
  return fmt::format("rank {} ended {} earlier, but has no cause of its own", next->rank(), span_text(-lead));
}

std::string told_reason(const Blame& blame, const std::vector<Testimony>& all) {
  const auto told = ranks_where(all, [&](const Testimony& one) {
    const bool blamed = std::find(blame.culprits.begin(), blame.culprits.end(), &one) != blame.culprits.end();
    return !blamed && one.failed() &&
           (one.standing == WordStanding::secondary || one.standing == WordStanding::waiting);
  });
  if (told.empty()) return {};
  return fmt::format("{} only {} of others that were gone or late", name_ranks(told),
                     told.size() == 1 ? "tells" : "tell");
}

// Ranks that we stopped, but that had said the same as the culprits.
std::string stopped_alike(const Blame& blame, const std::vector<Testimony>& all) {
  if (blame.ground != Ground::own || !blame.speaker->word) return {};
  const auto stopped = ranks_where(all, [&](const Testimony& one) {
    return one.account->fate == Fate::stopped && one.standing == WordStanding::own && one.word &&
           one.likeness() == blame.speaker->likeness();
  });
  return stopped.empty() ? std::string()
                         : fmt::format("{}, which {} stopped, said the same", name_ranks(stopped),
                                       stopped.size() == 1 ? "was" : "were");
}

// A program that catches its exception, prints it and returns leaves with 0.
std::string said_before_leaving(const Blame& blame) {
  if (blame.ground != Ground::finished_early || blame.culprits.size() != 1) return {};
  const auto& gone = *blame.culprits.front();
  const auto error = own_error(gone.lines, [](std::string_view) { return true; });
  if (!error || error->kind != OwnError::Kind::exception) return {};
  return fmt::format("rank {} had printed {}", gone.rank(), shortened(error->text));
}

std::string ground_reason(const Blame& blame, const std::vector<Testimony>& all) {
  const auto who = name_ranks(ranks_of(blame.culprits));
  const auto waited = ranks_where(all, [](const Testimony& one) { return one.waiting.has_value(); });
  switch (blame.ground) {
    case Ground::accused: return fmt::format("{} named {}", name_ranks(waited), who);
    case Ground::silent: return fmt::format("{} timed out waiting, {} did not", name_ranks(waited), who);
    case Ground::behind: return fmt::format("of the ranks that timed out, {} had come least far", who);
    case Ground::spoke_before: return fmt::format("{} told of it before the others failed", who);
    case Ground::finished_early: return fmt::format("{} exited with code 0 while others went on", who);
    default: return {};
  }
}

}  // namespace

std::string cause_of(const Testimony& testimony) {
  const bool ended_by_signal =
      testimony.account->outcome && testimony.account->outcome->kind == Outcome::Kind::signaled;
  if (testimony.error && (!ended_by_signal || testimony.error->kind != OwnError::Kind::message))
    return error_sentence(*testimony.error);
  if (testimony.waiting) return fmt::format("It waited for {} until it timed out.", operation_text(&testimony));
  if (testimony.failed()) return end_sentence(*testimony.account);
  return {};
}

std::string fix_of(const Testimony& testimony) {
  const auto& outcome = testimony.account->outcome;
  if (testimony.error || testimony.waiting || !outcome || outcome->kind != Outcome::Kind::signaled) return {};
  if (outcome->value == signo::kill && !testimony.account->killed_by_outside)
    return "Look for out-of-memory kills in the kernel's log (dmesg) and for whoever may have killed it.";
  if (outcome->value == sigsegv || outcome->value == signo::abrt)
    return "Look at the stack: PYTHONFAULTHANDLER=1 for Python programs, or a core file in gdb.";
  return {};
}

std::string cause_of(const Blame& blame) {
  const auto who = capital(name_ranks(ranks_of(blame.culprits)));
  const auto what = operation_text(blame.speaker);
  switch (blame.ground) {
    case Ground::accused: return fmt::format("{} did not come to {} for which the other ranks waited.", who, what);
    case Ground::silent:
      return blame.culprits.size() == 1
                 ? fmt::format("{} did not take part in {}, for which the others waited until they timed out.", who,
                               what)
                 : fmt::format("One of {} did not take part in {}, for which the others waited until they timed out.",
                               name_ranks(ranks_of(blame.culprits)), what);
    case Ground::behind:
      return fmt::format("{} fell behind: the others had gone on to {} and timed out waiting.", who, what);
    case Ground::odd_one:
      return fmt::format("{} called another collective than the others, or with another shape.", who);
    case Ground::vanished:
      return fmt::format("Nothing more was heard of {}, and the others lost their connections.",
                         name_ranks(ranks_of(blame.culprits)));
    case Ground::from_outside:
      return fmt::format("All ranks that ended were told to by {} from another process than this launcher.",
                         signal_name(*blame.speaker->account->killed_by_outside));
    case Ground::finished_early: return fmt::format("{} left with exit code 0 while others still communicated.", who);
    case Ground::unfinished:
      return fmt::format("{} did not end after the others had: something there hangs, or waits for ranks that left.",
                         who);
    default: return {};
  }
}

std::vector<std::string> reasons(const Blame& blame, const std::vector<Testimony>& all) {
  std::vector<std::string> found;
  if (blame.everyone) found.push_back(fmt::format("all {} ranks failed alike", blame.culprits.size()));
  if (auto text = ground_reason(blame, all); !text.empty()) found.push_back(std::move(text));
  if (auto text = order_reason(blame, all); !text.empty()) found.push_back(std::move(text));
  for (auto text : {told_reason(blame, all), stopped_alike(blame, all), said_before_leaving(blame)}) {
    if (!text.empty()) found.push_back(std::move(text));
  }
  return found;
}

}  // namespace gpulaunch
