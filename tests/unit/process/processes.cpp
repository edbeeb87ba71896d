#include "processes.hpp"

#include "catch.hpp"
#include "gpulaunch/process/family.hpp"
#include "gpulaunch/process/kill_desk.hpp"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

namespace gpulaunch::testing {
namespace {

constexpr int patience_ms = 30'000;

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

pid_t fork_actor(const std::function<void()>& act) {
  const pid_t pid = ::fork();
  if (pid != 0) {
    INFO(std::strerror(errno));
    REQUIRE(pid > 0);
    return pid;
  }
  // Catch2's handlers would report a signal that is part of the act.
  for (int signo = 1; signo < SIGRTMIN; ++signo) {
    struct sigaction action {};
    if (::sigaction(signo, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) ::signal(signo, SIG_DFL);
  }
  try {
    act();
  } catch (...) {
    ::_exit(99);  // a REQUIRE failed; the rest of the tests is not the actor's to run
  }
  ::_exit(0);
}

void sleep_for_ever() {
  while (true) ::pause();
}

bool wait_readable(int fd) {
  pollfd ready{fd, POLLIN, 0};
  int count = 0;
  while ((count = ::poll(&ready, 1, patience_ms)) < 0 && errno == EINTR) continue;
  return count == 1;
}

std::string read_to_end(int fd) {
  std::string text;
  std::array<char, 4096> part{};
  while (true) {
    REQUIRE(wait_readable(fd));
    const auto size = ::read(fd, part.data(), part.size());
    if (size <= 0) return text;
    text.append(part.data(), std::size_t(size));
  }
}

bool everyone_let_go(int fd) {
  char byte = 0;
  while (wait_readable(fd)) {
    if (::read(fd, &byte, 1) <= 0) return true;
  }
  return false;
}

void send_pid(int fd, pid_t pid) {
  if (::write(fd, &pid, sizeof pid) != sizeof pid) ::abort();
}

pid_t receive_pid(int fd) {
  pid_t pid = -1;
  REQUIRE(wait_readable(fd));
  REQUIRE(::read(fd, &pid, sizeof pid) == sizeof pid);
  return pid;
}

Outcome wait_for(pid_t pid) {
  wait_for_zombie(pid);
  const auto exit = peek_exit_of(pid);
  reap(pid);
  REQUIRE(exit);
  return exit->outcome;
}

void wait_for_zombie(pid_t pid) {
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT | __WALL) == 0);
}

void wait_for_stop(pid_t pid) {
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, id_t(pid), &info, WSTOPPED | WNOWAIT) == 0);
}

Subreaper::Subreaper() { REQUIRE(become_subreaper()); }

Subreaper::~Subreaper() { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }

void clear_descendants() {
  KillDesk desk;
  siginfo_t info{};
  do {
    desk.kill_descendants();
    info = {};
  } while (::waitid(P_ALL, 0, &info, WEXITED | __WALL) == 0);
  REQUIRE(errno == ECHILD);
}

TemporaryFolder::TemporaryFolder() {
  auto pattern = (std::filesystem::temp_directory_path() / "gpulaunch-test-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Command::Command(std::vector<std::string> arguments, std::vector<std::string> environment)
    : arguments_(std::move(arguments)),
      environment_(std::move(environment)),
      argv_(pointers_to(arguments_)),
      envp_(pointers_to(environment_)) {
  spec.path = argv_.front();
  spec.argv = argv_.data();
  spec.envp = envp_.data();
}

Report read_report(const std::string& path) {
  Report report;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto space = line.find(' ');
    report[line.substr(0, space)] = space == std::string::npos ? "" : line.substr(space + 1);
  }
  return report;
}

std::string inode_of(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? std::to_string(status.st_ino) : "closed";
}

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace gpulaunch::testing
