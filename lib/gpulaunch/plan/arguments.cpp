#include "gpulaunch/plan/arguments.hpp"

#include "gpulaunch/plan/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpulaunch {
namespace {

bool is_wrapped(const Job& job, LocalRank rank) {
  const RankSet& chosen = job.options.job.wrap_ranks;
  return chosen.empty() || std::binary_search(chosen.begin(), chosen.end(), rank.value());
}

// How many words at the end of the command are the program's arguments, as typed.
std::size_t typed_arguments(const Job& job) { return job.options.command.size() - 1; }

}  // namespace

std::vector<std::string> rank_arguments(const Job& job, LocalRank rank, const std::string& host) {
  const auto number = std::to_string(rank.value());
  const Placeholders placeholders{{"rank", number}, {"local_rank", number}, {"host", host}};
  std::vector<std::string> words;
  if (is_wrapped(job, rank)) {
    for (const auto& word : job.wrap_words) words.push_back(replace_placeholders(word, placeholders));
  }
  const std::size_t first_argument = job.command.size() - typed_arguments(job);
  for (std::size_t i = 0; i < job.command.size(); ++i) {
    const bool expands = job.options.job.expand && i >= first_argument;
    words.push_back(expands ? replace_placeholders(job.command[i], placeholders) : job.command[i]);
  }
  if (job.options.job.local_rank_arg) words.push_back(fmt::format("--local-rank={}", number));
  return words;
}

}  // namespace gpulaunch
