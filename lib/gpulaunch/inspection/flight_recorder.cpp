#include "gpulaunch/inspection/flight_recorder.hpp"

#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/base/rank_set.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdlib.h>

namespace gpulaunch {
namespace {

// A pipe that nobody reads cannot be opened for writing without waiting (ENXIO); a file of another kind is not ours to
// write to.
bool ask(const std::string& path) {
  const Fd pipe(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  return pipe && ::fstat(pipe.get(), &status) == 0 && S_ISFIFO(status.st_mode) && ::write(pipe.get(), "1", 1) == 1;
}

std::string place_of_dumps() {
  const char* prefix = ::getenv("TORCH_NCCL_DEBUG_INFO_TEMP_FILE");
  return prefix == nullptr ? "to torch's default place (TORCH_NCCL_DEBUG_INFO_TEMP_FILE chooses another)"
                           : fmt::format("to {}RANK", prefix);
}

}  // namespace

std::vector<std::string> ask_flight_recorders(const std::vector<InspectedRank>& ranks) {
  std::vector<int> asked;
  std::vector<int> deaf;
  for (const auto& rank : ranks) {
    if (!rank.flight_recorder.empty()) (ask(rank.flight_recorder) ? asked : deaf).push_back(rank.rank);
  }
  std::vector<std::string> notes;
  if (!asked.empty())
    notes.push_back(fmt::format("torch's flight recorder was asked to write what {} did last {}", name_ranks(asked),
                                place_of_dumps()));
  if (!deaf.empty()) notes.push_back(fmt::format("torch's flight recorder does not listen in {}", name_ranks(deaf)));
  return notes;
}

}  // namespace gpulaunch
