#include "gpulaunch/process/spawn.hpp"

#include "catch.hpp"
#include "gpulaunch/process/family.hpp"
#include "processes.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <fstream>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

SpawnError error_of(const ChildSpec& spec) {
  Spawner spawner({});
  const auto child = spawner.start(spec);
  REQUIRE_FALSE(child);
  CHECK(peek_exit().none_left);
  return child.error();
}

std::string executable_file(const TemporaryFolder& folder, const std::string& content, mode_t mode = 0755) {
  auto path = folder.file("program");
  std::ofstream(path) << content;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
  return path;
}

int lowest_free_descriptor() {
  const Fd fd(::fcntl(0, F_DUPFD_CLOEXEC, 0));
  return fd.get();
}

}  // namespace

TEST_CASE("a child runs the program and is ours to reap") {
  Spawner spawner({});
  const Command command({"/bin/sh", "-c", "exit 7"});
  const auto child = spawner.start(command.spec);
  REQUIRE(child);
  CHECK(child->pidfd);
  CHECK(wait_readable(child->pidfd.get()));
  CHECK(wait_for(child->pid) == Outcome::exited(7));
}

TEST_CASE("arguments and environment arrive byte for byte") {
  const auto out = make_pipe();
  Spawner spawner({});
  Command command({"/bin/sh", "-c", "printf '%s|' \"$@\" \"$NAME\"", "sh", "", "a b", "\xff\n", "--"}, {"NAME=\x01 v"});
  command.spec.stdio[1] = out.write.get();
  const auto child = spawner.start(command.spec);
  REQUIRE(child);
  CHECK(wait_for(child->pid) == Outcome::exited(0));
  std::array<char, 64> text{};
  CHECK(::read(out.read.get(), text.data(), text.size()) > 0);
  CHECK(std::string(text.data()) == "|a b|\xff\n|--|\x01 v|");
}

TEST_CASE("a program that cannot be run is reported with its errno, and leaves no zombie") {
  const TemporaryFolder folder;
  SECTION("not there") {
    const auto error = error_of(Command({"/no/such/program"}).spec);
    CHECK(error.stage == SpawnStage::exec);
    CHECK(error.errnum == ENOENT);
  }
  SECTION("not executable") {
    const auto error = error_of(Command({executable_file(folder, "#!/bin/sh\n", 0644)}).spec);
    CHECK(error.stage == SpawnStage::exec);
    CHECK(error.errnum == EACCES);
  }
  SECTION("no interpreter line") {
    const auto error = error_of(Command({executable_file(folder, "echo hello\n")}).spec);
    CHECK(error.stage == SpawnStage::exec);
    CHECK(error.errnum == ENOEXEC);
  }
  SECTION("an argument longer than the kernel takes") {
    const auto error = error_of(Command({"/bin/true", std::string(1 << 20, 'x')}).spec);
    CHECK(error.stage == SpawnStage::exec);
    CHECK(error.errnum == E2BIG);
  }
}

TEST_CASE("each step on the way to exec says that it was the one that failed") {
  Command command({"/bin/true"});
  SECTION("the working directory") {
    command.spec.directory = "/no/such/folder";
    const auto error = error_of(command.spec);
    CHECK(error.stage == SpawnStage::directory);
    CHECK(error.errnum == ENOENT);
  }
  SECTION("a standard stream that is not open") {
    command.spec.stdio[2] = 999'999;
    const auto error = error_of(command.spec);
    CHECK(error.stage == SpawnStage::stdio);
    CHECK(error.errnum == EBADF);
  }
  SECTION("limits above the hard limit that the kernel allows") {
    command.spec.open_files = rlimit{2, 1};
    const auto error = error_of(command.spec);
    CHECK(error.stage == SpawnStage::limits);
    CHECK(error.errnum == EINVAL);
  }
  SECTION("CPUs that no machine has") {
    command.spec.cpus = {60'000};
    const auto error = error_of(command.spec);
    CHECK(error.stage == SpawnStage::affinity);
    CHECK(error.errnum == EINVAL);
  }
  SECTION("a CPU number that cannot be") {
    command.spec.cpus = {0, -1};
    CHECK(error_of(command.spec).stage == SpawnStage::affinity);
  }
  SECTION("a controlling terminal that is none") {
    const auto pipe = make_pipe();
    command.spec.stdio[1] = pipe.write.get();
    command.spec.controlling_terminal = true;
    CHECK(error_of(command.spec).stage == SpawnStage::terminal);
  }
}

TEST_CASE("every stage has its own words") {
  CHECK(describe(SpawnStage::pipe) == "making the status pipe");
  CHECK(describe(SpawnStage::directory) == "changing to the working directory");
  CHECK(describe(SpawnStage::exec) == "running the program");
}

TEST_CASE("a spawner serves on after failures and keeps neither descriptors nor zombies") {
  Spawner spawner({});
  const Command bad({"/no/such/program"});
  const Command good({"/bin/true"});
  const int before = lowest_free_descriptor();
  for (int i = 0; i < 50; ++i) {
    CHECK_FALSE(spawner.start(bad.spec));
    const auto child = spawner.start(good.spec);
    REQUIRE(child);
    CHECK(wait_for(child->pid) == Outcome::exited(0));
  }
  CHECK(peek_exit().none_left);
  CHECK(lowest_free_descriptor() == before);
}

TEST_CASE("a start leaves our errno, our signal mask and our descriptors as they were") {
  Spawner spawner({});
  sigset_t before{};
  sigset_t after{};
  ::sigprocmask(SIG_BLOCK, nullptr, &before);
  const Command command({"/bin/true"});
  errno = ENOTTY;
  const auto child = spawner.start(command.spec);
  CHECK(errno == ENOTTY);
  REQUIRE(child);
  ::sigprocmask(SIG_BLOCK, nullptr, &after);
  for (int signo = 1; signo < NSIG; ++signo) CHECK(::sigismember(&before, signo) == ::sigismember(&after, signo));
  CHECK(wait_for(child->pid) == Outcome::exited(0));
}

TEST_CASE("a path is looked up in the child's directory") {
  Spawner spawner({});
  Command command({"./true"});
  command.spec.directory = "/bin";
  const auto child = spawner.start(command.spec);
  REQUIRE(child);
  CHECK(wait_for(child->pid) == Outcome::exited(0));
}

TEST_CASE("streams with high numbers reach the child, and the launcher keeps no copy of them") {
  Spawner spawner({});
  const Command warm_up({"/bin/true"});
  const auto first = spawner.start(warm_up.spec);
  REQUIRE(first);
  CHECK(wait_for(first->pid) == Outcome::exited(0));

  auto out = make_pipe();
  Fd high(::fcntl(out.write.get(), F_DUPFD_CLOEXEC, 500));
  out.write.reset();
  Command command({"/bin/sh", "-c", "echo one; echo two >&2"});
  command.spec.stdio = {0, high.get(), high.get()};
  const auto child = spawner.start(command.spec);
  REQUIRE(child);
  high.reset();
  CHECK(read_to_end(out.read.get()) == "one\ntwo\n");
  CHECK(wait_for(child->pid) == Outcome::exited(0));
}

TEST_CASE("a rank dies with the launcher, even by SIGKILL") {
  const Subreaper reaper;
  auto witness = make_pipe();
  auto pids = make_pipe();
  const pid_t launcher = fork_actor([&] {
    witness.read.reset();
    Spawner spawner({});
    Command command({"/bin/sleep", "1000"});
    command.spec.stdio[1] = witness.write.get();
    const auto child = spawner.start(command.spec);
    witness.write.reset();
    send_pid(pids.write.get(), child ? child->pid : -1);
    sleep_for_ever();
  });
  witness.write.reset();
  const pid_t rank = receive_pid(pids.read.get());
  REQUIRE(rank > 0);
  ::kill(launcher, SIGKILL);
  const bool died_with_it = everyone_let_go(witness.read.get());
  if (!died_with_it) ::kill(rank, SIGTERM);  // so that the test ends, and fails
  CHECK(died_with_it);
  CHECK(wait_for(launcher) == Outcome::signaled(SIGKILL));
  CHECK(wait_for(rank) == Outcome::signaled(SIGKILL));
}

TEST_CASE("without room for a descriptor the start fails and says at which stage") {
  const pid_t helper = fork_actor([] {
    Spawner spawner({});
    const Command command({"/bin/true"});
    const auto first = spawner.start(command.spec);
    if (!first || wait_for(first->pid) != Outcome::exited(0)) ::_exit(1);
    std::vector<Fd> fill;
    const rlimit few{64, 64};
    ::setrlimit(RLIMIT_NOFILE, &few);
    do fill.emplace_back(::fcntl(0, F_DUPFD_CLOEXEC, 0));
    while (fill.back());
    const auto second = spawner.start(command.spec);
    ::_exit(!second && second.error().stage == SpawnStage::clone && second.error().errnum == EMFILE ? 0 : 2);
  });
  CHECK(wait_for(helper) == Outcome::exited(0));
}
