#include "gpulaunch/plan/rank_count.hpp"

#include <fmt/format.h>

#include <string_view>

namespace gpulaunch {
namespace {

Result<int> count_gpus(const Job& job, const DevicePool& pool) {
  if (job.options.job.devices == DeviceMode::none) {
    return fail(ErrorKind::usage, "--nproc gpu counts the GPUs that --devices none hides; give a number");
  }
  if (pool.visible_gpus() == 0) return fail(ErrorKind::usage, "--nproc gpu: no GPU is visible here");
  return pool.visible_gpus();
}

Result<int> requested_ranks(const Job& job, const Topology& topology, const DevicePool& pool) {
  const NprocRequest& nproc = job.options.job.nproc;
  const bool gpus_wanted = job.options.job.devices != DeviceMode::none;
  switch (nproc.kind) {
    case NprocRequest::Kind::count: return nproc.count;
    case NprocRequest::Kind::gpu: return count_gpus(job, pool);
    case NprocRequest::Kind::automatic:
      if (gpus_wanted && pool.visible_gpus() > 0) return pool.visible_gpus();
      return topology.usable_cpus();
    case NprocRequest::Kind::cpu: break;
  }
  return topology.usable_cpus();
}

Result<void> check_isolation(const Job& job, const DevicePool& pool) {
  if (job.options.job.devices == DeviceMode::isolate && pool.tokens.empty()) {
    return fail(ErrorKind::usage, "--devices isolate gives each rank a GPU of its own, and no GPU is visible here");
  }
  return {};
}

// Isolation needs a GPU for each rank even where nothing vouches for the user's list.
int gpus_to_share(const Job& job, const DevicePool& pool) {
  switch (job.options.job.devices) {
    case DeviceMode::none: return 0;
    case DeviceMode::isolate: return static_cast<int>(pool.tokens.size());
    case DeviceMode::all: break;
  }
  return pool.visible_gpus();
}

Result<void> check_oversubscription(const Job& job, const DevicePool& pool, RankCount& count) {
  const int gpus = gpus_to_share(job, pool);
  if (gpus == 0 || count.ranks <= gpus || job.options.job.oversubscribe) return {};
  const auto visible = fmt::format("{} visible GPU{}", gpus, gpus == 1 ? "" : "s");
  if (job.options.mode == Mode::torchrun) {
    count.notices.push_back(fmt::format("{} ranks share {}", count.ranks, visible));
    return {};
  }
  return fail(ErrorKind::usage, fmt::format("--nproc {}: more ranks than the {}; --oversubscribe lets ranks share a "
                                            "GPU, --devices none runs them without",
                                            count.ranks, visible));
}

Result<void> check_rank(std::string_view flag, int rank, int ranks) {
  if (rank < ranks) return {};
  const auto there = ranks == 1 ? std::string("rank 0 alone") : fmt::format("ranks 0 to {}", ranks - 1);
  return fail(ErrorKind::usage, fmt::format("{} names rank {}, and this job has {}", flag, rank, there));
}

// Sets are sorted, so the last one is the largest.
Result<void> check_set(std::string_view flag, const RankSet& set, int ranks) {
  return set.empty() ? Result<void>{} : check_rank(flag, set.back(), ranks);
}

Result<void> check_map(std::string_view flag, const StreamMap& map, int ranks) {
  return map.by_local_rank.empty() ? Result<void>{} : check_rank(flag, map.by_local_rank.rbegin()->first, ranks);
}

Result<void> check_stdin(const StdinRequest& request, int ranks) {
  if (request.kind != StdinRequest::Kind::one_rank) return {};
  return check_rank(fmt::format("--stdin {}", request.rank), request.rank, ranks);
}

}  // namespace

Result<RankCount> resolve_rank_count(const Job& job, const Topology& topology, const DevicePool& pool) {
  const auto ranks = requested_ranks(job, topology, pool);
  if (!ranks) return tl::unexpected(ranks.error());
  if (*ranks < 1 || *ranks > max_ranks_per_node) {
    return fail(ErrorKind::usage, fmt::format("--nproc: {} ranks; 1 to {} are allowed", *ranks, max_ranks_per_node));
  }
  RankCount count{.ranks = *ranks, .notices = {}};
  const auto allowed = check_isolation(job, pool).and_then([&] { return check_oversubscription(job, pool, count); });
  if (!allowed) return tl::unexpected(allowed.error());
  return count;
}

Result<void> check_named_ranks(const Options& options, int ranks) {
  const OutputOptions& output = options.output;
  auto ours = check_stdin(output.standard_input, ranks).and_then([&] {
    return check_set("--wrap-ranks", options.job.wrap_ranks, ranks);
  });
  // torchrun passes over ranks that are not there, and PET_* variables of a whole cluster rely on it.
  if (!ours || options.mode == Mode::torchrun) return ours;
  return check_set("--local-ranks-filter", output.local_ranks_filter, ranks)
      .and_then([&] { return check_map("--redirects", output.redirects, ranks); })
      .and_then([&] { return check_map("--tee", output.tee, ranks); });
}

}  // namespace gpulaunch
