#include "ranks.hpp"

#include "catch.hpp"
#include "gpulaunch/process/proc_tree.hpp"
#include "leftovers.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <stdlib.h>
#include <thread>

namespace gpulaunch::testing {
namespace {

constexpr auto patience = std::chrono::seconds(30);

pid_t fork_rank(const std::function<void()>& act) {
  std::array<int, 2> ready{-1, -1};
  REQUIRE(::pipe2(ready.data(), O_CLOEXEC) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (int signo = 1; signo < SIGRTMIN; ++signo) ::signal(signo, SIG_DFL);
    ::setsid();
    ::close(ready[0]);
    ::close(ready[1]);
    act();
    ::_exit(0);
  }
  ::close(ready[1]);
  char byte = 0;
  static_cast<void>(::read(ready[0], &byte, 1));
  ::close(ready[0]);
  REQUIRE(pid > 1);
  return pid;
}

void execute(std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

}  // namespace

PlayedRank::PlayedRank(const std::function<void()>& act) : pid_(fork_rank(act)) {}

PlayedRank::PlayedRank(std::vector<std::string> words) : pid_(fork_rank([&] { execute(words); })) {}

PlayedRank::~PlayedRank() {
  if (pid_ <= 1) return;
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void PlayedRank::wait_for_stop() const {
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOWAIT) == 0);
}

void PlayedRank::wait_for_state(char state) const {
  REQUIRE(comes_true([&] { return harness::process_state(pid_) == state; }));
}

bool comes_true(const std::function<bool()>& condition) {
  const auto limit = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

void wait_for_file(const std::string& path) {
  INFO(path);
  REQUIRE(comes_true([&] { return std::filesystem::exists(path); }));
}

bool nobody_with_cookie(const std::string& cookie) {
  return comes_true([&] { return harness::processes_with_cookie(cookie).empty(); });
}

SearchPath::SearchPath(const std::string& path) : before_(::getenv("PATH")) { ::setenv("PATH", path.c_str(), 1); }

SearchPath::~SearchPath() { ::setenv("PATH", before_.c_str(), 1); }

void sleep_for_ever() {
  while (true) ::pause();
}

void spin_for_ever() {
  volatile unsigned count = 0;
  while (true) count = count + 1;
}

Findings findings_of(const InspectionSpec& spec) {
  auto inspection = Inspection::start(spec);
  REQUIRE(inspection);
  bool through = false;
  while (!through) {
    pollfd ready{inspection->fd(), POLLIN, 0};
    REQUIRE(::poll(&ready, 1, 60'000) == 1);
    through = inspection->advance();
  }
  return inspection->finish();
}

std::vector<pid_t> children() { return own_children(); }

std::vector<std::string> entries_of(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

std::size_t open_descriptors() { return entries_of("/proc/self/fd").size(); }

}  // namespace gpulaunch::testing
