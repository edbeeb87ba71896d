#include "gpulaunch/diagnosis/testimony.hpp"

#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/options/text.hpp"

#include <algorithm>
#include <array>
#include <tuple>

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

const Fact* fact_for(const Facts& facts, const std::string& name, int rank) {
  const Fact* found = nullptr;
  for (const auto& fact : facts) {
    if (fact.name != name || (fact.rank && *fact.rank != rank)) continue;
    if (found == nullptr || fact.rank) found = &fact;
  }
  return found;
}

// All of the named facts, or none where one does not hold.
std::optional<std::vector<const Fact*>> all_of(const Facts& facts, const std::vector<std::string>& names, int rank) {
  std::vector<const Fact*> found;
  for (const auto& name : names) {
    const auto* fact = fact_for(facts, name, rank);
    if (fact == nullptr) return std::nullopt;
    found.push_back(fact);
  }
  return found;
}

bool fits_end(const Signature& signature, const RankAccount& account) {
  if (signature.ends.empty()) return true;
  // A saved log does not say how its rank ended: the text alone has to do.
  if (!account.outcome) return account.fate == Fate::unknown && !(signature.all.empty() && signature.any.empty());
  return std::any_of(signature.ends.begin(), signature.ends.end(),
                     [&](const EndPattern& end) { return end.matches(*account.outcome); });
}

class Hearing {
 public:
  Hearing(const RankAccount& account, const Matcher& matcher, const std::vector<Signature>& signatures,
          const Facts& facts)
      : account_(account), matcher_(matcher), signatures_(signatures), facts_(facts) {
    heard_.account = &account;
  }

  Testimony hear() {
    if (account_.error) add_error_file(heard_, *account_.error);
    add_lines(heard_, account_.err);
    add_lines(heard_, account_.out);
    collect_words();
    if (ended_badly()) judge();
    return std::move(heard_);
  }

 private:
  [[nodiscard]] bool ended_badly() const { return account_.fate != Fate::finished; }

  void collect_words() {
    for (auto& sighting : matcher_.sight(heard_.lines).found) {
      add_word(signatures_[sighting.signature], sighting.line, std::move(sighting.names));
    }
    if (account_.fate != Fate::failed) return;
    for (const auto& signature : signatures_) {
      if (signature.all.empty() && signature.any.empty()) add_word(signature, std::nullopt, {});
    }
  }

  void add_word(const Signature& signature, std::optional<std::size_t> line, std::map<std::string, std::string> names) {
    auto facts = all_of(facts_, signature.evidence, account_.rank);
    if (!facts || !fits_end(signature, account_)) return;
    Word word{&signature, line, std::move(names), signature.strength, *std::move(facts)};
    for (const auto& name : signature.certain_if) {
      if (const auto* fact = fact_for(facts_, name, account_.rank)) {
        word.strength = Strength::certain;
        word.facts.push_back(fact);
      }
    }
    words_.push_back(std::move(word));
  }

  // What its end alone makes likely must not hide what the rank itself says.
  [[nodiscard]] static bool is_by_end_alone(const Word& word) { return !word.line && word.facts.empty(); }
  // A fact about the whole machine does not tell which of its ranks it was.
  [[nodiscard]] bool is_of_this_rank(const Word& word) const {
    return word.line ||
           std::any_of(word.facts.begin(), word.facts.end(), [&](const Fact* fact) { return fact->rank; }) ||
           !word.signature->ends.empty();
  }

  // The error file's first, then the heavier, then the earlier.
  [[nodiscard]] std::tuple<bool, bool, int, long> worth(const Word& word) const {
    const long line = word.line ? static_cast<long>(*word.line) : -1;
    return {!is_by_end_alone(word), word.line && *word.line < heard_.from_error_file, word.signature->weight, -line};
  }

  [[nodiscard]] const Word* best(Role role, bool of_this_rank = true) const {
    const Word* found = nullptr;
    for (const auto& word : words_) {
      if (word.signature->role != role || (of_this_rank && !is_of_this_rank(word))) continue;
      if (found == nullptr || worth(word) > worth(*found)) found = &word;
    }
    return found;
  }

  // A fact about the whole machine and an end that others may have brought about, as an abort: no cause of its own
  // where it only tells of them.
  [[nodiscard]] bool may_follow(const Word& word) const {
    if (word.line || (account_.outcome && account_.outcome->exit_code() == 128 + signo::kill)) return false;
    const bool told = std::any_of(word.facts.begin(), word.facts.end(), [](const Fact* fact) { return fact->rank; });
    return !told && (heard_.waiting || best(Role::secondary) != nullptr);
  }

  void settle(Standing standing, const Word* word) {
    heard_.standing = standing;
    if (word != nullptr) heard_.word = *word;
  }

  // Whether a signature of this role knows the program's own error.
  [[nodiscard]] bool is_known(const OwnError& error, Role role) const {
    const auto found = matcher_.sight({error.text}).found;
    return std::any_of(found.begin(), found.end(),
                       [&](const Sighting& one) { return signatures_[one.signature].role == role; });
  }

  [[nodiscard]] std::optional<OwnError> find_error() const {
    if (account_.error && !account_.error->message.empty()) {
      const auto& message = account_.error->message;
      return OwnError{OwnError::Kind::exception, message.substr(0, message.find('\n')), 0};
    }
    return own_error(heard_.lines);
  }

  void judge() {
    heard_.waiting = waiting_of(heard_.lines);
    if (heard_.waiting) heard_.waiting->accused.erase(account_.rank);
    error_ = find_error();
    const auto* cause = best(Role::cause);
    if (cause != nullptr && (is_by_end_alone(*cause) || may_follow(*cause))) cause = nullptr;
    if (const auto* machine = best(Role::cause, /*of_this_rank=*/false); machine != nullptr && !machine->line)
      heard_.machine = *machine;
    const bool only_follows = error_ && is_known(*error_, Role::secondary);
    if (cause != nullptr && (cause->signature->weight >= umbrella || !says_more())) {
      heard_.doubtful = only_follows && cause->line.has_value() && cause->facts.empty();
      return settle(Standing::own, cause);
    }
    if (says_more()) return settle_on_error();
    judge_the_rest();
  }

  // The program's own error is none that a signature explains better, and none that others may have caused.
  [[nodiscard]] bool says_more() const {
    constexpr std::array known{Role::cause, Role::ambiguous, Role::secondary, Role::pointer, Role::hint};
    return error_ && error_->kind != OwnError::Kind::message && !is_about_others(error_->text) &&
           std::none_of(known.begin(), known.end(), [&](Role role) { return is_known(*error_, role); });
  }

  void settle_on_error() {
    heard_.error = error_;
    heard_.standing = Standing::own;
  }

  void judge_the_rest() {
    const auto* secondary = best(Role::secondary);
    const auto* ambiguous = best(Role::ambiguous);
    if (const auto* pointer = best(Role::pointer); pointer != nullptr && secondary == nullptr && ambiguous == nullptr)
      return settle(Standing::own, pointer);
    if (died_by_itself(secondary != nullptr || ambiguous != nullptr)) return settle_on_signal();
    if (heard_.waiting) return settle(Standing::waiting, ambiguous != nullptr ? ambiguous : secondary);
    if (ambiguous != nullptr && (secondary == nullptr || worth(*ambiguous) > worth(*secondary)))
      return settle(Standing::ambiguous, ambiguous);
    if (secondary != nullptr) return settle(Standing::secondary, secondary);
    settle_without_signature();
  }

  // A signal that no peer's end brings about. Words about others may have been noise before a kill, but a crash after
  // them can come of them as well as an abort does.
  [[nodiscard]] bool died_by_itself(bool with_words) const {
    if (account_.fate != Fate::failed || !account_.outcome || account_.outcome->exit_code() <= 128) return false;
    const int signo = account_.outcome->exit_code() - 128;  // a shell says so of what it ran
    const bool asked = signo == signo::term || signo == signo::intr || signo == signo::hup;
    if (account_.killed_by_outside || signo == signo::kill) return true;
    return !asked && !with_words && !heard_.waiting;
  }

  void settle_on_signal() {
    settle(Standing::own, best(Role::cause));
    if (!heard_.word && error_) heard_.error = error_;
  }

  void settle_without_signature() {
    if (error_) heard_.error = error_;
    if (error_ && error_->kind != OwnError::Kind::message) return settle(Standing::ambiguous, nullptr);
    if (account_.fate != Fate::failed) return settle(Standing::nothing, nullptr);
    const auto* word = best(Role::cause);
    settle(Standing::wordless, word != nullptr ? word : best(Role::hint));
  }

  const RankAccount& account_;
  const Matcher& matcher_;
  const std::vector<Signature>& signatures_;
  const Facts& facts_;
  std::vector<Word> words_;
  std::optional<OwnError> error_;
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
