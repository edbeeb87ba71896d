// What a child is given, as the child itself sees it (tests/fixtures/audit.cpp).
#include "catch.hpp"
#include "gpulaunch/process/spawn.hpp"
#include "processes.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

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

}  // namespace

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

TEST_CASE("a heartbeat becomes descriptor 3, wherever it was and whatever else is open") {
  const auto pipe = make_pipe();
  const Fd high(::fcntl(pipe.write.get(), F_DUPFD_CLOEXEC, 200));
  const int number = GENERATE(0, 1);
  const int source = number == 0 ? pipe.write.get() : high.get();
  const auto report = audit([&](ChildSpec& spec) { spec.heartbeat = source; });
  CHECK(report.at("fds") == "0 1 2 3");
}

TEST_CASE("what is to be done before exec is done in the child, which is told of its parent") {
  const auto report = audit([](ChildSpec& spec) {
    spec.before_exec = [](pid_t parent) noexcept { ::umask(parent == ::getppid() ? 0123 : 0); };
  });
  CHECK(report.at("umask") == std::to_string(0123));
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

TEST_CASE("a rank in a group of its own stays in our session") {
  const auto report = audit([](ChildSpec& spec) { spec.session = SessionKind::own_group; });
  CHECK(report.at("session") == std::to_string(::getsid(0)));
  CHECK(report.at("group") == report.at("pid"));
  CHECK(report.at("fds") == "0 1 2");
}
