// What the output tests share: plans of a few ranks, pipes read without waiting, simulated time, and a router whose
// consoles are pipes.
#pragma once

#include "catch.hpp"
#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/output/router.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

namespace gpulaunch::test {

using namespace std::chrono_literals;

inline void use_zone(const char* zone) {
  ::setenv("TZ", zone, 1);
  ::tzset();
}

// A time after the tests' beginning, the same in both clocks.
inline Instant at(Nanos since_start) { return {Mono(1'000'000s + since_start), Wall(1'795'349'148s + since_start)}; }

struct Pipe {
  Fd read;
  Fd write;
};

// The process ignores SIGPIPE from then on, as the launcher does.
inline Pipe make_pipe() {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2] = {-1, -1};
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  REQUIRE(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

// What is there now; never waits.
inline std::string read_available(int fd, std::size_t at_most = SIZE_MAX) {
  std::string all;
  std::string buffer(64UL * 1024, '\0');
  while (all.size() < at_most) {
    const ssize_t count = ::read(fd, buffer.data(), std::min(buffer.size(), at_most - all.size()));
    if (count <= 0) break;
    all.append(buffer, 0, static_cast<std::size_t>(count));
  }
  return all;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "output_test_XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline Plan plan_of(int ranks, bool labels = true) {
  Plan plan;
  plan.host = "node7";
  plan.labels = labels;
  for (int rank = 0; rank < ranks; ++rank) {
    RankPlan one;
    one.rank = Rank(rank);
    one.local_rank = LocalRank(rank);
    plan.ranks.push_back(one);
  }
  return plan;
}

inline StreamId out(int rank) { return {rank, Stream::out}; }
inline StreamId err(int rank) { return {rank, Stream::err}; }

// A router over one pipe (standard output and error the same), or over two.
class Harness {
 public:
  explicit Harness(const Plan& plan, const OutputOptions& options = {}, bool two_pipes = false)
      : out_(make_pipe()), err_(make_pipe()) {
    const int second = two_pipes ? err_.write.get() : out_.write.get();
    auto opened = OutputRouter::open(plan, options, {.out = out_.write.get(), .err = second});
    REQUIRE(opened);
    router = std::move(*opened);
  }

  // What the console got since the last call.
  [[nodiscard]] std::string shown() {
    router->flush();
    return read_available(out_.read.get());
  }
  [[nodiscard]] std::string shown_on_error() {
    router->flush();
    return read_available(err_.read.get());
  }
  void tick_at(Nanos time) { router->tick(at(time)); }
  void close_all(int ranks, Nanos time) {
    for (int rank = 0; rank < ranks; ++rank) {
      router->close(out(rank), at(time));
      router->close(err(rank), at(time));
    }
  }
  [[nodiscard]] Pipe& out_pipe() { return out_; }

  std::unique_ptr<OutputRouter> router;

 private:
  Pipe out_;
  Pipe err_;
};

}  // namespace gpulaunch::test
