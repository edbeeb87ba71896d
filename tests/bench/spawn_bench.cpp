// What one start costs, against posix_spawn: until the call returns, and until the child (/bin/true) is reaped; with
// few and with many descriptors open, as a launcher of many ranks has them. Prints medians of interleaved rounds.
#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/process/limits.hpp"
#include "gpulaunch/process/spawn.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <spawn.h>
#include <vector>

using namespace gpulaunch;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int rounds = 400;
const std::array<char*, 2> arguments{const_cast<char*>("/bin/true"), nullptr};

struct Samples {
  std::vector<double> returned, reaped;  // microseconds

  template <class Start>
  void measure(Start start) {
    const auto before = Clock::now();
    const pid_t pid = start();
    const auto after = Clock::now();
    siginfo_t info{};
    ::waitid(P_PID, id_t(pid), &info, WEXITED);
    returned.push_back(std::chrono::duration<double, std::micro>(after - before).count());
    reaped.push_back(std::chrono::duration<double, std::micro>(Clock::now() - before).count());
  }
};

double quantile(std::vector<double> values, std::size_t percent) {
  const auto at = values.begin() + std::ptrdiff_t(values.size() * percent / 100);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

void print(const char* name, std::size_t descriptors, const Samples& samples) {
  fmt::print("{:20} {:5} descriptors: returns after {:6.1f} / {:6.1f} us, reaped after {:6.1f} / {:6.1f} us\n", name,
             descriptors, quantile(samples.returned, 10), quantile(samples.returned, 50), quantile(samples.reaped, 10),
             quantile(samples.reaped, 50));
}

pid_t start_by_posix_spawn(const posix_spawnattr_t* attributes) {
  pid_t pid = -1;
  return ::posix_spawn(&pid, arguments[0], nullptr, attributes, arguments.data(), environ) == 0 ? pid : -1;
}

pid_t start_by_spawner(Spawner& spawner) {
  ChildSpec spec;
  spec.path = arguments[0];
  spec.argv = arguments.data();
  spec.envp = environ;
  const auto child = spawner.start(spec);
  return child ? child->pid : -1;
}

}  // namespace

int main() {
  if (!ensure_open_files(5000)) return 1;
  Spawner spawner(inherited_signals());
  posix_spawnattr_t with_session;
  ::posix_spawnattr_init(&with_session);
  ::posix_spawnattr_setflags(&with_session, POSIX_SPAWN_SETSID);
  std::vector<Fd> open;
  for (const std::size_t descriptors : {0U, 256U, 1000U, 4000U}) {
    while (open.size() < descriptors) open.emplace_back(::fcntl(0, F_DUPFD_CLOEXEC, 0));
    Samples ours;
    Samples theirs;
    Samples bare;
    for (int i = 0; i < rounds; ++i) {
      ours.measure([&] { return start_by_spawner(spawner); });
      theirs.measure([&] { return start_by_posix_spawn(&with_session); });
      bare.measure([] { return start_by_posix_spawn(nullptr); });
    }
    print("spawner", descriptors, ours);
    print("posix_spawn, setsid", descriptors, theirs);
    print("posix_spawn", descriptors, bare);
  }
}
