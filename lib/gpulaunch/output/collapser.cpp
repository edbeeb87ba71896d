#include "gpulaunch/output/collapser.hpp"

#include <algorithm>

namespace gpulaunch {

void Collapser::add(StreamId id, std::string_view text, Instant now) {
  std::uint64_t& last = last_of_rank_[static_cast<std::size_t>(id.rank)];
  Texts& texts = texts_[static_cast<std::size_t>(id.stream)];
  Texts::value_type& same = *texts.try_emplace(std::string(text)).first;
  const auto joined = std::ranges::upper_bound(same.second, last);
  if (joined != same.second.end()) {
    last = *joined;
    waiting_[last - front_number_].ranks.push_back(id.rank);
    return;
  }
  waiting_.push_back({id.stream, &same, {id.rank}, now});
  last = newest();
  same.second.push_back(last);
  bytes_ += cost(text);
}

std::optional<Collapser::Line> Collapser::next(Mono now) {
  if (waiting_.empty() || !may_leave(now)) return std::nullopt;
  Waiting& front = waiting_.front();
  Texts& texts = texts_[static_cast<std::size_t>(front.stream)];
  Line line{front.stream, front.text->first, std::move(front.ranks), front.first};
  std::vector<std::uint64_t>& numbers = front.text->second;
  numbers.erase(numbers.begin());
  if (numbers.empty()) texts.erase(line.text);
  bytes_ -= cost(line.text);
  waiting_.pop_front();
  ++front_number_;
  return line;
}

bool Collapser::may_leave(Mono now) const {
  const Waiting& front = waiting_.front();
  return front_number_ <= release_up_to_ || front.ranks.size() == last_of_rank_.size() ||
         front.first.mono + window <= now || bytes_ > max_bytes;
}

void Collapser::release(int rank) {
  release_up_to_ = std::max(release_up_to_, last_of_rank_[static_cast<std::size_t>(rank)]);
}

std::optional<Mono> Collapser::deadline() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().first.mono + window;
}

}  // namespace gpulaunch
