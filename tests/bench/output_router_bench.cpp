// How fast the router alone is: 4 ranks, 2 million lines of 100 bytes, labelled, fed in chunks as the supervisor reads
// them. Usage: output_router_bench FILE [CHUNK_KIB] [plain|timestamps|log|collapse]; prints CPU time and MB/s.
#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/output/router.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <string>

using namespace gpulaunch;

namespace {

constexpr int ranks = 4;
constexpr int lines_per_rank = 500'000;
constexpr std::size_t line_length = 100;

Plan four_ranks() {
  Plan plan;
  plan.labels = true;
  for (int rank = 0; rank < ranks; ++rank) {
    RankPlan one;
    one.rank = Rank(rank);
    one.local_rank = LocalRank(rank);
    plan.ranks.push_back(one);
  }
  return plan;
}

// One chunk and a line more: the source stays in the cache, as what was just read from a pipe does.
std::string some_lines(std::size_t chunk) {
  std::string text;
  for (int number = 0; text.size() < chunk + line_length; ++number) {
    text += fmt::format("step {:>8} ", number);
    text.append(line_length - text.size() % line_length - 1, 'x');
    text += '\n';
  }
  return text;
}

double cpu_seconds(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](timeval time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void feed(OutputRouter& router, const std::string& source, std::size_t chunk) {
  constexpr std::size_t total = line_length * lines_per_rank;
  for (std::size_t done = 0; done < total; done += chunk) {
    for (int rank = 0; rank < ranks; ++rank) {
      const std::string_view read = std::string_view(source).substr(done % line_length, std::min(chunk, total - done));
      router.write({rank, Stream::out}, read, now());
    }
    router.flush();
  }
  for (int rank = 0; rank < ranks; ++rank) router.close({rank, Stream::out}, now());
  for (int rank = 0; rank < ranks; ++rank) router.close({rank, Stream::err}, now());
  router.flush();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string path = argc > 1 ? argv[1] : "/dev/null";
  const std::size_t chunk = 1024UL * (argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 64);
  const std::string mode = argc > 3 ? argv[3] : "plain";
  OutputOptions options;
  options.timestamps = mode == "timestamps";
  options.collapse = mode == "collapse";
  if (mode == "log") options.log_file = path + ".log";
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  auto router = OutputRouter::open(four_ranks(), options, {.out = file.get(), .err = file.get()});
  if (!file || !router) return 1;
  const std::string source = some_lines(chunk);
  const double before = cpu_seconds(RUSAGE_SELF);
  feed(**router, source, chunk);
  const double used = cpu_seconds(RUSAGE_SELF) - before;
  fmt::print("{} {} chunk {} KiB: {:.3f} s CPU, {:.0f} MB/s\n", path, mode, chunk / 1024, used,
             ranks * lines_per_rank * static_cast<double>(line_length) / 1e6 / used);
}
