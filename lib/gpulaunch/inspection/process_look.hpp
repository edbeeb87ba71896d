// What /proc shows of ranks and their families. Two looks a moment apart tell how busy they are and whether an
// uninterruptible wait lasts. Only files that do not need the memory map's lock are read (stat, wchan, syscall):
// cmdline and environ of a process in trouble may block for as long as the trouble lasts.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/inspection/inspection.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace gpulaunch {

struct ProcessLook {
  char state = '?';
  int processes = 0;
  int threads = 0;
  std::uint64_t ticks = 0;               // processor time of the family, user and system
  std::vector<pid_t> uninterruptible{};  // threads of the leader in state D
};

struct Looks {
  Mono at;
  std::vector<ProcessLook> ranks;  // in the order of the ranks that were asked for
};

// One walk through /proc for all ranks.
[[nodiscard]] Looks look_at(const std::vector<InspectedRank>& ranks);

// State, family and wait channel of one rank from the later of two looks, `busy` from both.
[[nodiscard]] RankFindings compare_looks(const InspectedRank& rank, std::size_t place, const Looks& before,
                                         const Looks& after);

// User and system time in clock ticks: fields 14 and 15 of a stat line; 0 when it makes no sense.
[[nodiscard]] std::uint64_t processor_ticks(std::string_view stat_line);

}  // namespace gpulaunch
