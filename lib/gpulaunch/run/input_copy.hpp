// --stdin all: copies the launcher's standard input to every rank. A chunk is read only when every rank has taken the
// one before, so that the slowest rank sets the pace and nothing piles up; a rank that closes its input drops out.
#pragma once

#include "gpulaunch/base/fd.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace gpulaunch {

class InputCopy {
 public:
  explicit InputCopy(int source) : source_(source) {}

  void add(Fd rank_input);
  // Reads and writes as far as possible without blocking on the ranks. `source_ready`: a read will not block.
  void pump(bool source_ready);
  // End of input or no reader left: every rank sees end of file.
  [[nodiscard]] bool finished() const { return ended_; }
  [[nodiscard]] bool wants_source() const { return !ended_ && blocked_.empty(); }
  // The ranks' ends that could not take everything.
  [[nodiscard]] std::vector<int> blocked_fds() const;
  void close();

 private:
  struct Target {
    Fd fd;
    std::size_t sent = 0;
  };
  void write_chunk();
  bool read_chunk();

  int source_;
  std::vector<Target> targets_;
  std::vector<std::size_t> blocked_;
  std::string chunk_;
  bool ended_ = false;
};

}  // namespace gpulaunch
