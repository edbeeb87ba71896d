#include "gpulaunch/diagnosis/log_case.hpp"

#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/diagnosis/place_ranks.hpp"

#include <algorithm>
#include <utility>

namespace gpulaunch {
namespace {

struct Account {
  RankAccount account;
  std::vector<NumberedLine> err;
  std::vector<NumberedLine> out;
};

class CaseMaker {
 public:
  explicit CaseMaker(LogFindings found) : found_(std::move(found)) {}

  ReadLogs make() {
    settle_pids();
    places_ = assign_places(found_, named_by_ends(), failed_by_ends());
    for (auto& [rank, speaker] : found_.ranks) give(rank, std::move(speaker));
    for (std::size_t i = 0; i < found_.places.size(); ++i) give_place(i);
    for (std::size_t i = 0; i < found_.ends.ends.size(); ++i) take_end(found_.ends.ends[i], i);
    for (auto& [rank, error] : found_.ends.errors) account(rank).error = std::move(error);
    for (auto& [rank, error] : found_.errors) account(rank).error = std::move(error);
    return finished();
  }

 private:
  void settle_pids() {
    for (const auto& end : found_.ends.ends)
      if (end.rank && end.pid) found_.rank_of_pid.emplace(*end.pid, *end.rank);
    for (auto& end : found_.ends.ends) {
      const auto rank = end.pid ? found_.rank_of_pid.find(*end.pid) : found_.rank_of_pid.end();
      if (!end.rank && rank != found_.rank_of_pid.end()) end.rank = rank->second;
      if (was_stopped(end)) end.fate = Fate::stopped;
    }
  }

  // torchrun lists those whom it stopped itself as failures as well.
  [[nodiscard]] bool was_stopped(const LogEnd& end) const {
    const auto& stopped = found_.ends.stopped_pids;
    if (stopped.empty() || end.fate != Fate::failed || end.called_first) return false;
    if (end.pid) return stopped.contains(*end.pid);
    return end.outcome == Outcome::signaled(signo::term);
  }

  [[nodiscard]] std::set<int> named_by_ends() const {
    std::set<int> ranks;
    for (const auto& end : found_.ends.ends)
      if (end.rank) ranks.insert(*end.rank);
    return ranks;
  }

  [[nodiscard]] std::set<int> failed_by_ends() const {
    std::set<int> ranks;
    for (const auto& end : found_.ends.ends)
      if (end.rank && end.fate == Fate::failed) ranks.insert(*end.rank);
    for (const auto& end : found_.ends.ends)
      if (end.rank && end.fate != Fate::failed) ranks.erase(*end.rank);
    return ranks;
  }

  RankAccount& account(int rank) {
    auto& one = accounts_[rank];
    one.account.rank = rank;
    return one.account;
  }

  void give(int rank, Speaker speaker) {
    auto& one = account(rank);
    if (speaker.last_at) one.last_output = std::max(one.last_output.value_or(*speaker.last_at), *speaker.last_at);
    auto& lines = accounts_[rank];
    for (auto& line : std::move(speaker.err).take()) lines.err.push_back(std::move(line));
    for (auto& line : std::move(speaker.out).take()) lines.out.push_back(std::move(line));
  }

  // Of lines that are nobody's only those matter that tell of something.
  void give_place(std::size_t index) {
    auto& place = found_.places[index];
    if (place.speaker.err.bytes() + place.speaker.out.bytes() == 0) return;
    give(places_.of_place[index].value_or(nameless_rank), std::move(place.speaker));
  }

  [[nodiscard]] std::optional<int> rank_of(const LogEnd& end) const {
    if (end.rank) return end.rank;
    for (std::size_t i = 0; i < found_.places.size(); ++i) {
      const auto& place = found_.places[i];
      const bool is_it = !end.place.empty() && (place.key == end.place || place.label == end.place);
      if (is_it && places_.of_place[i]) return places_.of_place[i];
    }
    if (!end.place.empty()) return trailing_number(end.place);
    const bool alone = accounts_.size() == 1 && accounts_.begin()->first != nameless_rank;
    return alone ? std::optional(accounts_.begin()->first) : std::nullopt;
  }

  // The first word counts; a later one may only add what the first did not say.
  void take_end(const LogEnd& end, std::size_t order) {
    const auto rank = rank_of(end);
    if (!rank) return;
    auto& one = account(*rank);
    if (one.fate == Fate::unknown || (one.fate == Fate::failed && end.fate == Fate::stopped)) one.fate = end.fate;
    if (!one.outcome) one.outcome = end.outcome;
    if (!one.ended && end.fate == Fate::failed) one.ended = time_of(end, order);
  }

  // Where no end has a time, the order in which the launcher told of them stands for it.
  [[nodiscard]] Nanos time_of(const LogEnd& end, std::size_t order) const {
    const auto& ends = found_.ends.ends;
    const bool timed = std::any_of(ends.begin(), ends.end(), [](const auto& one) { return one.at.has_value(); });
    const auto hint = Nanos(end.called_first ? 0 : 1);
    if (!timed) return end.called_first ? Nanos(0) : Nanos(order + 1);
    return end.at.value_or(Nanos::max() - hint) - first_time() + (end.at ? hint : Nanos(0));
  }

  [[nodiscard]] Nanos first_time() const {
    auto first = found_.first_at.value_or(Nanos::max());
    for (const auto& end : found_.ends.ends) first = std::min(first, end.at.value_or(Nanos::max()));
    return first == Nanos::max() ? Nanos(0) : first;
  }

  [[nodiscard]] std::vector<CaseLine> in_order(std::vector<NumberedLine> lines) const {
    std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
    std::vector<CaseLine> result;
    for (auto& [number, line] : lines) {
      if (line.at) *line.at -= first_time();
      result.push_back(std::move(line));
    }
    return result;
  }

  ReadLogs finished() {
    add_silent_stopped();
    ReadLogs logs;
    logs.names = std::move(places_.names);
    for (auto& [rank, one] : accounts_) {
      one.account.err = in_order(std::move(one.err));
      one.account.out = in_order(std::move(one.out));
      if (one.account.last_output) *one.account.last_output -= first_time();
      logs.file.ranks.push_back(std::move(one.account));
    }
    logs.file.facts = std::move(found_.ends.facts);
    logs.file.world_size = world_size();
    logs.file.timed_out = found_.ends.timed_out;
    return logs;
  }

  // Ranks that the launcher's summary does not list because it stopped them.
  void add_silent_stopped() {
    std::size_t unlisted = 0;
    for (const int pid : found_.ends.stopped_pids) unlisted += found_.rank_of_pid.contains(pid) ? 0 : 1;
    std::vector<int> open;
    for (int rank = 0; rank < world_size() && open.size() <= unlisted; ++rank) {
      const auto known = accounts_.find(rank);
      if (known == accounts_.end() || known->second.account.fate == Fate::unknown) open.push_back(rank);
    }
    if (open.size() != unlisted || !places_.names.empty()) return;
    for (const int rank : open) account(rank).fate = Fate::stopped;
  }

  // The largest that was named, unless there are more ranks than that: sizes of parts of a job are named as well.
  [[nodiscard]] int world_size() const {
    const int highest = accounts_.empty() ? 0 : accounts_.rbegin()->first + 1;
    const auto& sizes = found_.ends.world_sizes;
    return sizes.empty() ? highest : std::max(highest, sizes.rbegin()->first);
  }

  LogFindings found_;
  PlaceRanks places_;
  std::map<int, Account> accounts_;
};

}  // namespace

ReadLogs make_case(LogFindings found) { return CaseMaker(std::move(found)).make(); }

}  // namespace gpulaunch
