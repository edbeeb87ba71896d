#include "gpulaunch/diagnosis/testimony.hpp"

#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/options/text.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
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
    if (account_.fate != Fate::failed && account_.fate != Fate::running) return;
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

  // A fact about the whole machine does not tell which of its ranks it was.
  [[nodiscard]] bool is_of_this_rank(const Word& word) const {
    if (word.line) return true;
    if (word.facts.empty()) return false;  // by its end alone, which says less than any words
    return !word.signature->ends.empty() || has_fact_of_rank(word);
  }
  [[nodiscard]] static bool has_fact_of_rank(const Word& word) {
    return std::any_of(word.facts.begin(), word.facts.end(), [](const Fact* fact) { return fact->rank.has_value(); });
  }

  // The error file's first, then the heavier, then the earlier.
  [[nodiscard]] std::tuple<bool, int, long> worth(const Word& word) const {
    const long line = word.line ? static_cast<long>(*word.line) : -1;
    return {word.line && *word.line < heard_.from_error_file, word.signature->weight, -line};
  }

  template <class Predicate>
  [[nodiscard]] const Word* best(Predicate fits) const {
    const Word* found = nullptr;
    for (const auto& word : words_) {
      if (fits(word) && (found == nullptr || worth(word) > worth(*found))) found = &word;
    }
    return found;
  }
  [[nodiscard]] const Word* best(Role role) const {
    return best([&](const Word& word) { return word.signature->role == role && is_of_this_rank(word); });
  }
  // What its end makes likely, with the facts if there are any.
  [[nodiscard]] const Word* best_by_end() const {
    const auto* told =
        best([](const Word& word) { return !word.line && !word.facts.empty() && !word.signature->ends.empty(); });
    if (told != nullptr || account_.killed_by_outside) return told;
    return best([](const Word& word) { return !word.line && !word.signature->ends.empty(); });
  }

  // A fact about the whole machine and an end that others may have brought about, as an abort: no cause of its own
  // where it only tells of them.
  [[nodiscard]] bool may_follow(const Word& word) const {
    if (word.line || (account_.outcome && account_.outcome->exit_code() == 128 + signo::kill)) return false;
    return !has_fact_of_rank(word) && (heard_.waiting || best(Role::secondary) != nullptr);
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

  [[nodiscard]] std::optional<OwnError> find_error() const {
    if (account_.error && !account_.error->message.empty()) {
      const auto& message = account_.error->message;
      return OwnError{OwnError::Kind::exception, message.substr(0, message.find('\n')), 0};
    }
    return own_error(heard_.lines, [&](std::string_view text) { return is_independent(text); });
  }

  // Whether a signature of one of these roles knows the text.
  [[nodiscard]] bool is_known(std::string_view text, std::initializer_list<Role> known) const {
    const auto found = matcher_.sight({text}).found;
    return std::any_of(found.begin(), found.end(), [&](const Sighting& one) {
      return std::find(known.begin(), known.end(), signatures_[one.signature].role) != known.end();
    });
  }
  // The text tells of nothing that another rank's end may have brought about.
  [[nodiscard]] bool is_independent(std::string_view text) const {
    return !is_about_others(text) && !is_known(text, {Role::ambiguous, Role::secondary, Role::pointer});
  }

  void judge() {
    heard_.waiting = waiting_of(heard_.lines);
    if (heard_.waiting) heard_.waiting->accused.erase(account_.rank);
    heard_.machine = machine_word();
    if (const auto* hint = best(Role::hint)) heard_.hint = *hint;
    error_ = find_error();
    const auto* cause = best(Role::cause);
    if (cause != nullptr && may_follow(*cause)) cause = nullptr;
    if (cause != nullptr && cause->signature->weight >= umbrella) {
      return accuses(*cause) ? settle(WordStanding::waiting, cause) : settle_on_cause(*cause);
    }
    if (error_ && error_->kind != OwnError::Kind::message && is_independent(error_->text)) return settle_on_error();
    const bool told = error_ && error_->kind != OwnError::Kind::message;  // and what it told of were others
    if (cause != nullptr && (!cause->line || (!told && is_independent(heard_.lines[*cause->line]))))
      return settle_on_cause(*cause);
    judge_the_rest();
  }

  [[nodiscard]] std::optional<Word> machine_word() const {
    const auto* word = best([](const Word& one) { return !one.line && !one.facts.empty() && !has_fact_of_rank(one); });
    return word != nullptr ? std::optional(*word) : std::nullopt;
  }

  void settle_on_cause(const Word& cause) {
    heard_.doubtful = cause.line && cause.facts.empty() && error_ && is_known(error_->text, {Role::secondary});
    settle(WordStanding::own, &cause);
  }

  // An umbrella signature that knows the error lends its name and its fix; the words are the program's.
  void settle_on_error() {
    heard_.error = error_;
    heard_.standing = WordStanding::own;
    for (auto& sighting : matcher_.sight({error_->text}).found) {
      const auto& signature = signatures_[sighting.signature];
      const bool better = !heard_.umbrella || signature.weight > heard_.umbrella->signature->weight;
      if (signature.role == Role::cause && better)
        heard_.umbrella = Word{&signature, error_->line, std::move(sighting.names), {}, {}};
    }
  }

  void judge_the_rest() {
    const auto* secondary = best(Role::secondary);
    const auto* ambiguous = best(Role::ambiguous);
    if (ambiguous != nullptr && !ambiguous->facts.empty()) return settle(WordStanding::own, ambiguous);
    const auto* pointer = best(Role::pointer);
    const auto outweighs = [&](const Word* word) { return word == nullptr || worth(*pointer) > worth(*word); };
    if (pointer != nullptr && outweighs(secondary) && outweighs(ambiguous))
      return settle(pointer->facts.empty() ? WordStanding::pointer : WordStanding::own, pointer);
    if (died_by_itself(secondary != nullptr || ambiguous != nullptr || tells_of_others())) return settle_on_signal();
    if (heard_.waiting) return settle(WordStanding::waiting, ambiguous != nullptr ? ambiguous : secondary);
    if (ambiguous != nullptr && (secondary == nullptr || worth(*ambiguous) > worth(*secondary)))
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
    settle(WordStanding::own, best_by_end());
    if (!heard_.word && error_ && !is_about_others(error_->text)) heard_.error = error_;
  }

  void settle_without_signature() {
    heard_.error = error_;
    if (error_ && (error_->kind != OwnError::Kind::message || tells_of_others()))
      return settle(WordStanding::ambiguous, nullptr);
    if (account_.fate != Fate::failed) return settle(WordStanding::nothing, nullptr);
    const auto* word = best_by_end();
    settle(WordStanding::wordless, word != nullptr ? word : best(Role::hint));
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
