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

#include <algorithm>
#include <fstream>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

// Starts the audit program as `adjust` wants it, and returns what it found. A first start goes before it, since later
// ones take another way (a private table of descriptors).
template <class Adjust>
Report audit(Adjust adjust, const InheritedSignals& inherited = {}) {
  const TemporaryFolder folder;
  Spawner spawner(inherited);
  for (const auto* name : {"first", "second"}) {
    Command command({AUDIT_PROGRAM, folder.file(name)});
    adjust(command.spec);
    const auto child = spawner.start(command.spec);
    REQUIRE(child);
    REQUIRE(wait_for(child->pid) == Outcome::exited(0));
  }
  auto first = read_report(folder.file("first"));
  auto second = read_report(folder.file("second"));
  for (const auto* name : {"fds", "ignored", "blocked", "stdin", "stdout", "stderr", "cpus", "open_files"}) {
    CHECK(first[name] == second.at(name));
  }
  return second;
}

Report audit() {
  return audit([](ChildSpec&) {});
}

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
    command.spec.stdio[0] = pipe.read.get();
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

TEST_CASE("a rank starts clean: its own session, no mask, default signals, three descriptors") {
  struct sigaction handler {};
  handler.sa_handler = [](int) {};
  struct sigaction before {};
  const auto leaky = make_pipe();
  const Fd inheritable(::dup(leaky.read.get()));  // not close-on-exec
  ::sigaction(SIGUSR1, &handler, &before);
  const auto pipe_before = ::signal(SIGPIPE, SIG_IGN);
  // Signal 33 is glibc's own, and sigaction would refuse it.
  const std::array<void (*)(int), 4> ignored{SIG_IGN};
  REQUIRE(::syscall(SYS_rt_sigaction, 33, ignored.data(), nullptr, 8) == 0);
  sigset_t all{};
  sigset_t mask_before{};
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &mask_before);
  const auto report = audit();
  ::sigprocmask(SIG_SETMASK, &mask_before, nullptr);
  ::sigaction(SIGUSR1, &before, nullptr);
  ::signal(SIGPIPE, pipe_before);
  ::syscall(SYS_rt_sigaction, 33, std::array<void (*)(int), 4>{SIG_DFL}.data(), nullptr, 8);

  CHECK(report.at("fds") == "0 1 2");
  CHECK(report.at("blocked") == "0000000000000000");
  CHECK(report.at("ignored") == "0000000000000000");
  CHECK(report.at("session") == report.at("pid"));
  CHECK(report.at("group") == report.at("pid"));
  CHECK(report.at("parent") == std::to_string(::getpid()));
  CHECK(report.at("death_signal") == std::to_string(SIGKILL));
}

TEST_CASE("only those of HUP, INT and QUIT stay ignored that our caller ignored") {
  const pid_t helper = fork_actor([] {
    ::signal(SIGHUP, SIG_IGN);
    ::signal(SIGTERM, SIG_IGN);
    const auto inherited = inherited_signals();
    ::signal(SIGHUP, SIG_DFL);  // as a launcher with a signalfd does
    const auto report = audit([](ChildSpec&) {}, inherited);
    ::_exit(inherited.ignored == std::vector<int>{SIGHUP} && report.at("ignored") == "0000000000000001" ? 0 : 1);
  });
  CHECK(wait_for(helper) == Outcome::exited(0));
}

TEST_CASE("what is not asked for is inherited: limits, CPUs, umask, directory") {
  const auto report = audit();
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  CHECK(report.at("open_files") == std::to_string(limit.rlim_cur) + " " + std::to_string(limit.rlim_max));
  CHECK(report.at("directory") == std::filesystem::current_path().string());
  const mode_t mask = ::umask(0);
  ::umask(mask);
  CHECK(report.at("umask") == std::to_string(mask));
}

TEST_CASE("limits, CPUs and the directory are set where they are asked for") {
  cpu_set_t allowed{};
  REQUIRE(::sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  int last = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) last = CPU_ISSET(std::size_t(cpu), &allowed) ? cpu : last;
  const TemporaryFolder folder;
  const auto report = audit([&](ChildSpec& spec) {
    spec.cpus = {last, 20'000};  // the kernel passes over CPUs that it does not have
    spec.open_files = rlimit{100, 200};
    spec.directory = "/usr";
  });
  CHECK(report.at("cpus") == std::to_string(last));
  CHECK(report.at("open_files") == "100 200");
  CHECK(report.at("directory") == "/usr");
}

TEST_CASE("a path is looked up in the child's directory") {
  Spawner spawner({});
  Command command({"./true"});
  command.spec.directory = "/bin";
  const auto child = spawner.start(command.spec);
  REQUIRE(child);
  CHECK(wait_for(child->pid) == Outcome::exited(0));
}

TEST_CASE("standard streams come out right for every way in which they overlap") {
  const auto sources = GENERATE(std::array{0, 1, 2}, std::array{2, 0, 1}, std::array{1, 2, 0}, std::array{1, 0, 2},
                                std::array{0, 2, 1}, std::array{2, 1, 0}, std::array{1, 1, 0}, std::array{0, 0, 0},
                                std::array{2, 2, 2}, std::array{3, 0, 3}, std::array{1, 3, 4}, std::array{4, 3, 1});
  CAPTURE(sources[0], sources[1], sources[2]);
  const pid_t helper = fork_actor([&] {
    const std::array pipes{make_pipe(), make_pipe(), make_pipe(), make_pipe(), make_pipe()};
    // Close-on-exec everywhere, so that a descriptor that stays where it is must lose the mark.
    for (int fd = 0; fd < 5; ++fd) {
      const Fd high(::fcntl(pipes[std::size_t(fd)].read.get(), F_DUPFD_CLOEXEC, 100));
      ::dup3(high.get(), fd, O_CLOEXEC);
    }
    std::array<std::string, 5> inodes;
    for (int fd = 0; fd < 5; ++fd) inodes[std::size_t(fd)] = inode_of(fd);
    const auto report = audit([&](ChildSpec& spec) { spec.stdio = sources; });
    const bool right = report.at("fds") == "0 1 2" && report.at("stdin") == inodes[std::size_t(sources[0])] &&
                       report.at("stdout") == inodes[std::size_t(sources[1])] &&
                       report.at("stderr") == inodes[std::size_t(sources[2])];
    ::_exit(right ? 0 : 1);
  });
  CHECK(wait_for(helper) == Outcome::exited(0));
}

TEST_CASE("a launcher without standard streams of its own still starts children with theirs") {
  const TemporaryFolder folder;
  const auto kept = make_pipe();
  const pid_t helper = fork_actor([&] {
    const Fd in(::fcntl(kept.read.get(), F_DUPFD_CLOEXEC, 20));
    for (int fd = 0; fd < 3; ++fd) ::close(fd);
    Spawner spawner({});
    Command command({AUDIT_PROGRAM, folder.file("report")});
    command.spec.stdio = {in.get(), in.get(), in.get()};
    for (int i = 0; i < 2; ++i) {
      const auto child = spawner.start(command.spec);
      if (!child || wait_for(child->pid) != Outcome::exited(0)) ::_exit(1);
    }
  });
  REQUIRE(wait_for(helper) == Outcome::exited(0));
  auto report = read_report(folder.file("report"));
  CHECK(report["fds"] == "0 1 2");
  CHECK(report["stdout"] == inode_of(kept.read.get()));
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
  CHECK(everyone_let_go(witness.read.get()));
  CHECK(wait_for(launcher) == Outcome::signaled(SIGKILL));
  CHECK(wait_for(rank) == Outcome::signaled(SIGKILL));
}

TEST_CASE("a rank in a group of its own stays in our session") {
  const auto report = audit([](ChildSpec& spec) { spec.session = SessionKind::own_group; });
  CHECK(report.at("session") == std::to_string(::getsid(0)));
  CHECK(report.at("group") == report.at("pid"));
  CHECK(report.at("fds") == "0 1 2");
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
