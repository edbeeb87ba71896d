#include "gpulaunch/diagnosis/logs/place_ranks.hpp"

#include <algorithm>
#include <utility>

namespace gpulaunch {
namespace {

class Assignment {
 public:
  Assignment(const LogFindings& found, const std::set<int>& named, const std::set<int>& failed)
      : found_(&found), failed_(&failed), known_(named), result_{{}, {}} {
    for (const auto& [rank, speaker] : found.ranks) known_.insert(rank);
    result_.of_place.resize(found.places.size());
  }

  PlaceRanks make() {
    for (std::size_t i = 0; i < found_->places.size(); ++i) settle(i, told(found_->places[i]));
    for (std::size_t i = 0; i < found_->places.size(); ++i)
      if (!result_.of_place[i] && !is_vague(found_->places[i])) settle(i, numbered(found_->places[i]));
    for (std::size_t i = 0; i < found_->places.size(); ++i)
      if (!result_.of_place[i]) assign_rest(i);
    return std::move(result_);
  }

 private:
  void settle(std::size_t place, std::optional<int> rank) {
    result_.of_place[place] = rank;
    if (rank) known_.insert(*rank);
  }

  // Several ranks wrote here: a node, an agent, the log of a whole job.
  [[nodiscard]] static bool is_vague(const Place& place) { return place.ranks.size() > 1; }

  // What the lines or the process say.
  [[nodiscard]] std::optional<int> told(const Place& place) const {
    if (place.form && place.ranks.size() == 1) return *place.ranks.begin();
    if (place.ranks.empty() && place.told_rank) return place.told_rank;
    if (!place.pid || !place.ranks.empty()) return std::nullopt;
    const auto rank = found_->rank_of_pid.find(*place.pid);
    return rank == found_->rank_of_pid.end() ? std::nullopt : std::optional(rank->second);
  }

  // The number in its prefix or in the file's name, unless others of its kind show that these are no ranks: one of them
  // is not the rank that its lines name, or two have the same ("train-master-0", "train-worker-0").
  [[nodiscard]] std::optional<int> numbered(const Place& place) const {
    if (!place.number) return std::nullopt;
    std::map<int, std::string_view> holders;
    for (const auto& other : found_->places) {
      if (other.form != place.form || !other.number || (place.form && other.file != place.file)) continue;
      if (!other.ranks.empty() && (is_vague(other) || *other.ranks.begin() != *other.number)) return std::nullopt;
      const auto [holder, is_first] = holders.emplace(*other.number, other.key);
      if (!is_first && holder->second != other.key) return std::nullopt;
    }
    return place.number;
  }

  // A place without a number: one of many files or hosts gets a name; the one log of a job belongs to the only rank
  // that it can belong to, or to nobody.
  void assign_rest(std::size_t index) {
    const auto& place = found_->places[index];
    if (const auto only = only_rank(place)) return settle(index, only);
    if (const auto rank = rank_of_file(place)) return settle(index, rank);
    const bool whole_job = !place.form && found_->files.size() == 1;
    if (is_vague(place) || (whole_job && !known_.empty())) return;
    const int number = known_.empty() ? 0 : *known_.rbegin() + 1;
    result_.names[number] = whole_job ? "the program" : place.label;
    settle(index, number);
  }

  // Who wrote a file for one rank is that rank, as long as nobody else of its kind wrote there.
  [[nodiscard]] std::optional<int> rank_of_file(const Place& place) const {
    std::optional<int> rank;
    for (std::size_t i = 0; i < found_->places.size(); ++i) {
      const auto& other = found_->places[i];
      if (other.file != place.file || &other == &place) continue;
      if (other.form == place.form) return std::nullopt;
      if (!other.form && other.number == result_.of_place[i]) rank = other.number;
    }
    return place.form && found_->files.size() > 1 ? rank : std::nullopt;
  }

  [[nodiscard]] std::optional<int> only_rank(const Place& place) const {
    const bool whole_job = !place.form && found_->files.size() == 1;
    auto candidates = place.ranks;
    if (whole_job) candidates = known_;
    if (candidates.size() == 1) return *candidates.begin();
    std::set<int> both;
    std::set_intersection(candidates.begin(), candidates.end(), failed_->begin(), failed_->end(),
                          std::inserter(both, both.end()));
    return both.size() == 1 ? std::optional(*both.begin()) : std::nullopt;
  }

  const LogFindings* found_;
  const std::set<int>* failed_;
  std::set<int> known_;
  PlaceRanks result_;
};

}  // namespace

PlaceRanks assign_places(const LogFindings& found, const std::set<int>& named, const std::set<int>& failed) {
  return Assignment(found, named, failed).make();
}

}  // namespace gpulaunch
