#include "gpulaunch/diagnosis/testimony.hpp"

#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/diagnosis/progress_lines.hpp"
#include "gpulaunch/options/text.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <utility>

namespace gpulaunch {
namespace {

// An umbrella error below this weight says less than the program's own exception.
constexpr int umbrella = 30;

void add_lines(Testimony& testimony, const std::vector<CaseLine>& lines) {
  for (const auto& line : lines) {
    testimony.lines.emplace_back(line.text);
    testimony.times.push_back(line.at);
  }
}

void add_error_file(Testimony& testimony, const ErrorRecord& record) {
  for (const auto* text : {&record.message, &record.callstack}) {
    if (text->empty()) continue;
    for (const auto line : text::split(*text, '\n')) testimony.lines.push_back(line);
  }
  testimony.from_error_file = testimony.lines.size();
  testimony.times.resize(testimony.lines.size());
}

class Hearing {
 public:
  Hearing(const RankAccount& account, const Matcher& matcher, const std::vector<Signature>& signatures,
          const Facts& facts)
      : account_(account), matcher_(matcher), signatures_(signatures), words_(account, facts) {
    heard_.account = &account;
  }

  Testimony hear() {
    if (account_.error) add_error_file(heard_, *account_.error);
    add_lines(heard_, account_.err);
    note_progress(heard_.from_error_file);
    add_lines(heard_, account_.out);
    note_progress(heard_.from_error_file + account_.err.size());
    words_.collect(matcher_.sight(lines_that_count()).found, signatures_, heard_.lines, heard_.from_error_file);
    if (ended_badly()) judge();
    return std::move(heard_);
  }

 private:
  [[nodiscard]] bool ended_badly() const { return account_.fate != Fate::finished; }

  // Of the stream whose lines begin there. Where it is not known whether the rank failed, that shows what it overcame.
  void note_progress(std::size_t begin) {
    if (account_.fate != Fate::unknown) return;
    if (const auto last = last_progress(std::span(heard_.lines).subspan(begin)))
      overcome_.emplace_back(begin, begin + *last);
  }
  // Each at its place; empty where it was overcome.
  [[nodiscard]] std::vector<std::string_view> lines_that_count() const {
    auto lines = heard_.lines;
    for (const auto& [begin, end] : overcome_) {
      const auto first = lines.begin() + static_cast<std::ptrdiff_t>(begin);
      std::fill(first, lines.begin() + static_cast<std::ptrdiff_t>(end), std::string_view());
    }
    return lines;
  }

  // A fact about the whole machine and an end that others may have brought about, as an abort: no cause of its own
  // where it only tells of them.
  [[nodiscard]] bool may_follow(const Word& word) const {
    if (word.line || (account_.outcome && account_.outcome->exit_code() == 128 + signo::kill)) return false;
    return !Words::has_fact_of_rank(word) && (heard_.waiting || words_.best(Role::secondary) != nullptr);
  }

  // The very line names another rank as missing.
  [[nodiscard]] bool accuses(const Word& word) const {
    if (!word.line || !heard_.waiting) return false;
    const auto waiting = waiting_of({heard_.lines[*word.line]});
    return waiting && !waiting->accused.empty();
  }

  void settle(WordStanding standing, const Word* word) {
    heard_.standing = standing;
    if (word != nullptr) heard_.word = *word;
  }

  // A launcher inside of this rank names a rank of its own there; what that one said stands below.
  [[nodiscard]] static bool is_launchers(const std::string& message) { return message.starts_with("gpulaunch: "); }

  [[nodiscard]] std::optional<OwnError> find_error() const {
    if (account_.error && !account_.error->message.empty() && !is_launchers(account_.error->message)) {
      const auto& message = account_.error->message;
      return OwnError{OwnError::Kind::exception, message.substr(0, message.find('\n')), 0};
    }
    return own_error(lines_that_count(), [&](std::string_view text) { return is_independent(text); });
  }

  // Whether a signature of one of these roles knows the text.
  [[nodiscard]] bool is_known(std::string_view text, std::initializer_list<Role> known) const {
    const auto found = matcher_.sight({text}).found;
    return std::any_of(found.begin(), found.end(), [&](const Sighting& one) {
      return std::find(known.begin(), known.end(), signatures_[one.signature].role) != known.end();
    });
  }
  [[nodiscard]] bool tells_of_another_rank(std::string_view text) const {
    const auto told = rank_told_of(text);
    return told && *told != account_.rank;
  }
  // The text tells of nothing that another rank's end may have brought about.
  [[nodiscard]] bool is_independent(std::string_view text) const {
    return !is_about_others(text) && !tells_of_another_rank(text) &&
           !is_known(text, {Role::ambiguous, Role::secondary, Role::pointer});
  }

  // A C++ exception without a message is what a wait that timed out ends with.
  [[nodiscard]] bool is_own(const OwnError& error) const {
    if (error.kind == OwnError::Kind::terminate && heard_.waiting && error.text.find(": ") == std::string::npos)
      return false;
    return is_independent(error.text) && !words_.tells_of_others(error.line);
  }

  void judge() {
    heard_.waiting = waiting_of(heard_.lines);
    if (heard_.waiting) heard_.waiting->accused.erase(account_.rank);
    if (const auto* machine = words_.best_of_machine()) heard_.machine = *machine;
    for (const auto line : heard_.lines) {
      if (const auto told = rank_told_of(line); told && *told != account_.rank) heard_.tells_of.insert(*told);
    }
    if (const auto* hint = words_.best(Role::hint)) heard_.hint = *hint;
    error_ = find_error();
    const auto* cause = words_.best(Role::cause);
    if (cause != nullptr && was_overcome(*cause)) cause = words_.best_cause_to_stay();
    if (cause != nullptr && may_follow(*cause)) cause = nullptr;
    if (cause != nullptr && cause->signature->weight >= umbrella) {
      return accuses(*cause) ? settle(WordStanding::waiting, cause) : settle_on_cause(*cause);
    }
    if (error_ && error_->kind != OwnError::Kind::message && is_own(*error_)) return settle_on_error();
    const bool told = error_ && error_->kind != OwnError::Kind::message;  // and what it told of were others
    if (cause != nullptr && (!cause->line || (!told && is_independent(heard_.lines[*cause->line]))))
      return settle_on_cause(*cause);
    judge_the_rest();
  }

  // A later line says the same, and not that the program goes on.
  [[nodiscard]] bool came_again(const Word& cause) const {
    std::vector<std::string_view> later(heard_.lines.begin() + static_cast<std::ptrdiff_t>(*cause.line) + 1,
                                        heard_.lines.end());
    std::erase_if(later, tells_of_going_on);
    const auto found = matcher_.sight(later).found;
    return std::any_of(found.begin(), found.end(),
                       [&](const Sighting& one) { return &signatures_[one.signature] == cause.signature; });
  }

  // The program went on after it, and says later what it died of.
  [[nodiscard]] bool was_overcome(const Word& cause) const {
    if (!cause.overcome || !cause.line || came_again(cause)) return false;
    const auto is_later = [&](const Word* word) { return word != nullptr && word->line && *word->line > *cause.line; };
    return (error_ && error_->kind != OwnError::Kind::message && error_->line > *cause.line) ||
           (heard_.waiting && heard_.waiting->line > *cause.line) || is_later(words_.best(Role::ambiguous)) ||
           is_later(words_.best(Role::secondary));
  }

  // The words may be another rank's, repeated, and what the program died of may only tell of others.
  void settle_on_cause(const Word& cause) {
    const auto tells_of_others = [&](std::string_view text) {
      return tells_of_another_rank(text) || is_known(text, {Role::secondary});
    };
    heard_.doubtful = cause.line && cause.facts.empty() &&
                      (tells_of_another_rank(heard_.lines[*cause.line]) || (error_ && tells_of_others(error_->text)));
    settle(WordStanding::own, &cause);
  }

  // What knows the error alone: of those that say less than it, the name and the fix are lent, the words are the
  // program's.
  void settle_on_error() {
    heard_.error = error_;
    heard_.standing = WordStanding::own;
    for (auto& sighting : matcher_.sight({error_->text}).found) {
      const auto& signature = signatures_[sighting.signature];
      const bool better = !heard_.umbrella || signature.weight > heard_.umbrella->signature->weight;
      const bool by_text = signature.ends.empty() && signature.evidence.empty();
      if (signature.role != Role::cause || !better || !by_text) continue;
      heard_.umbrella =
          Word{&signature, error_->line, error_->line, std::move(sighting.names), signature.strength, {}, false};
    }
    if (!heard_.umbrella || heard_.umbrella->signature->weight < umbrella) return;
    heard_.word = std::exchange(heard_.umbrella, std::nullopt);
    heard_.error.reset();
  }

  void judge_the_rest() {
    const auto* secondary = words_.best(Role::secondary);
    const auto* ambiguous = words_.best(Role::ambiguous);
    if (ambiguous != nullptr && !ambiguous->facts.empty()) return settle(WordStanding::own, ambiguous);
    const auto* pointer = words_.best(Role::pointer);
    const auto outweighs = [&](const Word* word) { return word == nullptr || words_.says_more(*pointer, *word); };
    if (pointer != nullptr && outweighs(secondary) && outweighs(ambiguous))
      return settle(pointer->facts.empty() ? WordStanding::pointer : WordStanding::own, pointer);
    if (died_by_itself(secondary != nullptr || ambiguous != nullptr || tells_of_others())) return settle_on_signal();
    if (heard_.waiting) return settle(WordStanding::waiting, ambiguous != nullptr ? ambiguous : secondary);
    if (ambiguous != nullptr && (secondary == nullptr || words_.says_more(*ambiguous, *secondary)))
      return settle(WordStanding::ambiguous, ambiguous);
    if (secondary != nullptr) return settle(WordStanding::secondary, secondary);
    settle_without_signature();
  }

  [[nodiscard]] bool tells_of_others() const { return error_ && is_about_others(error_->text); }

  // A signal that no peer's end brings about. Words about others may have been noise before a kill, but a crash after
  // them can come of them, and so does many an abort.
  [[nodiscard]] bool died_by_itself(bool with_words) const {
    if (account_.fate != Fate::failed || !account_.outcome || account_.outcome->exit_code() <= 128) return false;
    const int signo = account_.outcome->exit_code() - 128;  // a shell says so of what it ran
    constexpr std::array brought_about{signo::term, signo::intr, signo::hup, signo::abrt, signo::pipe};
    if (account_.killed_by_outside || signo == signo::kill) return true;
    const bool may_follow = std::find(brought_about.begin(), brought_about.end(), signo) != brought_about.end();
    return !may_follow && !with_words && !heard_.waiting;
  }

  void settle_on_signal() {
    const auto* kill = words_.best_of_kill();
    settle(WordStanding::own, kill != nullptr ? kill : words_.best_by_end());
    if (!heard_.word && error_ && !is_about_others(error_->text)) heard_.error = error_;
  }

  void settle_without_signature() {
    heard_.error = error_;
    if (error_ && (error_->kind != OwnError::Kind::message || tells_of_others()))
      return settle(WordStanding::ambiguous, nullptr);
    if (account_.fate == Fate::running) return settle(WordStanding::nothing, words_.best(Role::hint));
    if (account_.fate != Fate::failed) return settle(WordStanding::nothing, nullptr);
    const auto* word = words_.best_by_end();
    settle(WordStanding::wordless, word != nullptr ? word : words_.best(Role::hint));
  }

  const RankAccount& account_;
  const Matcher& matcher_;
  const std::vector<Signature>& signatures_;
  Words words_;
  std::optional<OwnError> error_;
  std::vector<std::pair<std::size_t, std::size_t>> overcome_;  // lines from the first to before the second
  Testimony heard_;
};

std::string without_digits(std::string text) {
  std::erase_if(text, text::is_digit);
  return text;
}

}  // namespace

std::optional<std::size_t> Testimony::line() const {
  if (word && word->line) return word->line;
  if (error) return error->line;
  if (waiting) return waiting->line;
  return std::nullopt;
}

std::string Testimony::likeness() const {
  if (word) return word->signature->id;
  if (error) return without_digits(error->text);
  return account->outcome ? account->outcome->describe() : std::string();
}

Testimony hear(const RankAccount& account, const Matcher& matcher, const std::vector<Signature>& signatures,
               const Facts& facts) {
  return Hearing(account, matcher, signatures, facts).hear();
}

}  // namespace gpulaunch
