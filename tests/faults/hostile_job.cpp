#include "hostile_job.hpp"

#include "catch.hpp"
#include "leftovers.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>
#include <utility>

namespace harness {
namespace {

using Clock = std::chrono::steady_clock;

int milliseconds_left(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left, 0));
}

std::string command_name(pid_t pid) {
  auto name = read_file("/proc/" + std::to_string(pid) + "/comm");
  if (!name.empty()) name.pop_back();
  return name;
}

// What every process that we adopt sends at its end is kept until we look.
void become_subreaper() {
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child, nullptr);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void wait_for_a_child(int milliseconds) {
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  const timespec limit{milliseconds / 1000, milliseconds % 1000 * 1'000'000L};
  ::sigtimedwait(&child, nullptr, &limit);
}

Job start_hostile(Launch launch, const std::vector<std::string>& commands) {
  return with_worker(std::move(launch), commands).start();
}

}  // namespace

Witness::Witness() : path_(folder_.file("witness")) {
  become_subreaper();
  REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
  reader_ = gpulaunch::Fd(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  writer_ = gpulaunch::Fd(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
  ::chmod(folder_.path().c_str(), 0711);  // NOLINT: ranks may have changed their user
  ::chmod(path_.c_str(), 0622);
}

bool Witness::let_go_of_within(std::chrono::nanoseconds limit) {
  writer_.reset();
  pollfd end{reader_.get(), POLLIN, 0};
  ::poll(&end, 1, milliseconds_left(Clock::now() + limit));
  return (end.revents & POLLHUP) != 0;
}

std::string name_of(Who who) {
  if (who == Who::front) return "front";
  return who == Who::anchor ? "anchor" : "core";
}

std::vector<std::string> hostile_commands(const std::string& witness, const std::vector<std::string>& more) {
  std::vector<std::string> commands{"hold " + witness, "fork close; ignore TERM,HUP,INT; sleep forever",
                                    "session close; sleep forever", "daemon close; ignore TERM,HUP,INT; sleep forever",
                                    "daemon close; stop"};
  commands.insert(commands.end(), more.begin(), more.end());
  commands.insert(commands.end(), {"print in place", "sleep forever"});
  return commands;
}

pid_t only_child_of(pid_t pid) {
  const auto number = std::to_string(pid);
  std::istringstream list(read_file("/proc/" + number + "/task/" + number + "/children"));
  pid_t child = -1;
  list >> child;
  return child;
}

bool eventually(const std::function<bool()>& happened, std::chrono::nanoseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (!happened() && Clock::now() < deadline) ::poll(nullptr, 0, 5);
  return happened();
}

Launch with_worker(Launch launch, const std::vector<std::string>& commands) {
  std::vector<std::string> words{Launch::worker_path()};
  words.insert(words.end(), commands.begin(), commands.end());
  return launch.command(std::move(words));
}

HostileJob::HostileJob(Launch launch, const std::vector<std::string>& commands, int ranks)
    : job_(start_hostile(std::move(launch.ranks(ranks)), hostile_commands(witness_.path(), commands))) {
  job_.wait_for_out("in place", static_cast<std::size_t>(ranks));
  for (const auto who : {Who::front, Who::anchor, Who::core}) REQUIRE(pid_of(who) > 1);
}

HostileJob::HostileJob(Witness witness, Job job) : witness_(std::move(witness)), job_(std::move(job)) {}

pid_t HostileJob::pid_of(Who who) {
  auto& pid = guardians_[static_cast<std::size_t>(who)];
  if (pid > 0) return pid;
  if (who == Who::front) return pid = job_.pid();
  const auto child = only_child_of(pid_of(who == Who::anchor ? Who::front : Who::anchor));
  return pid = command_name(child) == "gl-" + name_of(who) ? child : -1;
}

HostileJob& HostileJob::hit(Who who, int signo) {
  REQUIRE(pid_of(who) > 1);
  ::kill(pid_of(who), signo);
  return *this;
}

// The launcher itself is reaped by the harness, whose child it is.
bool HostileJob::adopt_until_none_is_left(Clock::time_point deadline) {
  while (true) {
    while (::waitpid(-1, nullptr, WNOHANG | __WALL) > 0) continue;
    if (::waitpid(-1, nullptr, WNOHANG | __WALL) < 0) return true;
    if (Clock::now() >= deadline) return false;
    wait_for_a_child(milliseconds_left(deadline));
  }
}

Finished HostileJob::expect_nobody_left(std::chrono::nanoseconds bound, Where where) {
  const auto begin = Clock::now();
  const auto deadline = begin + bound;
  const auto let_go = witness_.let_go_of_within(bound);
  const auto witnessed = Clock::now() - begin;
  job_.child().pump_until([] { return false; }, deadline - Clock::now());
  const bool launcher_ended = job_.child().ending().has_value();
  const auto none_left = launcher_ended && adopt_until_none_is_left(deadline);
  const auto left = describe(processes_with_cookie(job_.cookie()));
  INFO(where.file_name() << ':' << where.line() << ": witness after "
                         << std::chrono::duration_cast<std::chrono::milliseconds>(witnessed).count() << " ms; left:\n"
                         << left);
  CHECK(let_go);
  CHECK(launcher_ended);
  CHECK(none_left);
  return job_.finish(where);
}

}  // namespace harness
