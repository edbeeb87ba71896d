#include "gpulaunch/diagnosis/logs/log_case.hpp"

#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/diagnosis/logs/place_ranks.hpp"

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
    first_end_ = first_end();
    end_origin_ = earliest_end();
    for (const auto& end : found_.ends.ends) take_end(end);
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
  void take_end(const LogEnd& end) {
    const auto rank = rank_of(end);
    if (!rank) return;
    auto& one = account(*rank);
    if (one.fate == Fate::unknown || (one.fate == Fate::failed && end.fate == Fate::stopped)) one.fate = end.fate;
    if (!one.outcome) one.outcome = end.outcome;
    if (!one.ended && end.fate == Fate::failed) one.ended = time_of(end);
  }

  // Where no end has a time, only who came first is known: whom the launcher calls the first, or tells of first. The
  // same holds within one second, where launchers give whole ones.
  [[nodiscard]] std::optional<Nanos> time_of(const LogEnd& end) const {
    const auto* first = first_end_;
    if (first == nullptr || &end == first) return end.at ? *end.at - end_origin_ : Nanos(0);
    if (!end.at || (first->at && *end.at <= *first->at)) return std::nullopt;
    return *end.at - end_origin_;
  }

  [[nodiscard]] const LogEnd* first_end() const {
    const LogEnd* first = nullptr;
    for (const auto& end : found_.ends.ends) {
      if (end.fate != Fate::failed) continue;
      if (end.called_first) return &end;
      const bool earlier = first != nullptr && end.at && first->at && *end.at < *first->at;
      if (first == nullptr || earlier) first = &end;
    }
    return first;
  }

  // Where the times of lines have no date, they cannot be compared with those of ends.
  [[nodiscard]] Nanos earliest_end() const {
    auto first = found_.dated ? found_.first_at.value_or(Nanos::max()) : Nanos::max();
    for (const auto& end : found_.ends.ends) first = std::min(first, end.at.value_or(Nanos::max()));
    return first == Nanos::max() ? Nanos(0) : first;
  }
  [[nodiscard]] Nanos line_origin() const { return found_.dated ? end_origin_ : found_.first_at.value_or(Nanos(0)); }

  [[nodiscard]] std::vector<CaseLine> in_order(std::vector<NumberedLine> lines) const {
    std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
    std::vector<CaseLine> result;
    for (auto& [number, line] : lines) {
      if (line.at) *line.at -= line_origin();
      result.push_back(std::move(line));
    }
    return result;
  }

  ReadLogs finished() {
    add_silent_stopped();
    ReadLogs logs;
    logs.names = std::move(places_.names);
    if (accounts_.contains(nameless_rank)) logs.names[nameless_rank] = "a rank that the log does not name";
    for (auto& [rank, one] : accounts_) {
      one.account.err = in_order(std::move(one.err));
      one.account.out = in_order(std::move(one.out));
      if (one.account.last_output) *one.account.last_output -= line_origin();
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
    const int size = world_size();
    for (int rank = 0; rank < size && open.size() <= unlisted; ++rank) {
      const auto known = accounts_.find(rank);
      if (known == accounts_.end() || known->second.account.fate == Fate::unknown) open.push_back(rank);
    }
    if (open.size() != unlisted) return;
    for (const int rank : open) account(rank).fate = Fate::stopped;
  }

  // The largest that was named, unless there are more ranks than that: sizes of parts of a job are named as well.
  [[nodiscard]] int world_size() const {
    int highest = 0;
    for (const auto& [rank, account] : accounts_)
      if (!places_.names.contains(rank)) highest = std::max(highest, rank + 1);
    if (highest == 0) highest = static_cast<int>(accounts_.size());
    const auto& sizes = found_.ends.world_sizes;
    return sizes.empty() ? highest : std::max(highest, sizes.rbegin()->first);
  }

  LogFindings found_;
  PlaceRanks places_;
  const LogEnd* first_end_ = nullptr;
  Nanos end_origin_{};
  std::map<int, Account> accounts_;
};

}  // namespace

ReadLogs make_case(LogFindings found) { return CaseMaker(std::move(found)).make(); }

}  // namespace gpulaunch
