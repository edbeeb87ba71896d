// What the watch over storms reads from the tail of a rank's output.
#include "catch.hpp"
#include "gpulaunch/diagnosis/repeated_error.hpp"
#include "gpulaunch/output/tail_buffer.hpp"

using namespace gpulaunch;

namespace {

// As long as what multiprocessing says when a pool is made without a main guard.
std::vector<std::string> long_traceback() {
  std::vector<std::string> lines{"Traceback (most recent call last):", "  File \"<string>\", line 1, in <module>"};
  while (lines.size() < 50) lines.emplace_back("    pool = multiprocessing.get_context(\"spawn\").Pool(4)");
  lines.emplace_back("RuntimeError: bad");
  while (lines.size() < 60) lines.emplace_back("        To fix this issue, refer to the documentation");
  return lines;
}

// Line by line, each of them further on than the next.
void write_mixed(int writers, TailBuffer& tail) {
  const auto traceback = long_traceback();
  const auto length = static_cast<int>(traceback.size());
  for (int at = 0; at < 4 * length; ++at) {
    for (int writer = 0; writer < writers; ++writer) {
      tail.append(traceback[static_cast<std::size_t>((at + writer * length / writers) % length)] + '\n');
    }
  }
}

}  // namespace

TEST_CASE("the error of several processes that fail over and over is in the tail of their output, whenever one looks") {
  TailBuffer tail;
  write_mixed(4, tail);
  for (const auto& line : long_traceback()) {
    tail.append(line + '\n');
    CHECK(repeated_error(tail.lines(TailBuffer::max_lines), 3) == "RuntimeError: bad");
  }
}
