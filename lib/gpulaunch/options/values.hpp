// The value types of the options: each is what one kind of text on the command line means once it was accepted.
// Parsers for them stand in value_parsers.hpp; a bad text never becomes one of these.
#pragma once

#include "gpulaunch/base/ids.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gpulaunch {

// --nproc: a number of ranks on this node, or what to count.
struct NprocRequest {
  enum class Kind { count, gpu, cpu, automatic };
  Kind kind = Kind::count;
  int count = 1;  // 1..max_ranks_per_node, with Kind::count alone
  friend bool operator==(const NprocRequest&, const NprocRequest&) = default;
};
inline constexpr int max_ranks_per_node = 1024;

// Which of a rank's two output streams: bits, as torchrun writes them (1 = stdout, 2 = stderr, 3 = both).
enum class StreamSet : std::uint8_t { none = 0, out = 1, err = 2, both = 3 };
[[nodiscard]] constexpr bool contains(StreamSet set, StreamSet part) {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(part)) == static_cast<unsigned>(part);
}

// -r/-t: "3" for every rank, or "0:1,12:3" by local rank (ranks not named: none).
struct StreamMap {
  StreamSet every_rank = StreamSet::none;
  std::map<int, StreamSet> by_local_rank;
  [[nodiscard]] StreamSet of(LocalRank rank) const {
    const auto found = by_local_rank.find(rank.value());
    return found == by_local_rank.end() ? every_rank : found->second;
  }
  [[nodiscard]] bool empty() const { return every_rank == StreamSet::none && by_local_rank.empty(); }
  friend bool operator==(const StreamMap&, const StreamMap&) = default;
};

// Sorted, distinct numbers from "0,2,4-7"; empty means that the option was not given (every rank).
using RankSet = std::vector<int>;

enum class When { automatic, always, never };
enum class DeviceMode { all, isolate, none };
enum class StdioMode { relay, inherit };
enum class OnFailure { kill, keep_going };
enum class Isolation { none, pid };
enum class SignalScope { automatic, leader, group };
enum class SignalPolicy { forward, stop, ignore };
enum class DryRun { off, text, json };
enum class CompatFamily { jax, mpi, horovod, slurm, tf };

// --stdin: who reads the launcher's standard input. `automatic`: the only rank of a one-rank job, else nobody.
struct StdinRequest {
  enum class Kind { automatic, none, all, one_rank };
  Kind kind = Kind::automatic;
  int rank = 0;  // with Kind::one_rank
  friend bool operator==(const StdinRequest&, const StdinRequest&) = default;
};

struct EnvAssignment {
  std::string name;
  std::string value;
  friend bool operator==(const EnvAssignment&, const EnvAssignment&) = default;
};

}  // namespace gpulaunch
