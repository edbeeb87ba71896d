#include "gpulaunch/process/terminal.hpp"

#include "catch.hpp"
#include "processes.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <cstdlib>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

struct Terminal {
  Fd master;
  Fd worker;
};

Terminal open_terminal() {
  Terminal terminal;
  terminal.master.reset(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(::grantpt(terminal.master.get()) == 0);
  REQUIRE(::unlockpt(terminal.master.get()) == 0);
  terminal.worker.reset(::ioctl(terminal.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(terminal.worker);
  return terminal;
}

// Runs `act` as the leader of a session that has a terminal of its own as standard input, as a shell has.
Outcome in_session_with_terminal(const std::function<void()>& act) {
  const auto terminal = open_terminal();
  return wait_for(fork_actor([&] {
    REQUIRE(::setsid() > 0);
    REQUIRE(::ioctl(terminal.worker.get(), TIOCSCTTY, 0) == 0);
    REQUIRE(::dup2(terminal.worker.get(), 0) == 0);
    act();
  }));
}

// A group of one process that lives until it is killed.
class SleepingGroup {
 public:
  SleepingGroup() : pid_(fork_actor([] { sleep_for_ever(); })) { REQUIRE(::setpgid(pid_, pid_) == 0); }
  SleepingGroup(const SleepingGroup&) = delete;
  SleepingGroup& operator=(const SleepingGroup&) = delete;
  ~SleepingGroup() {
    ::kill(pid_, SIGKILL);
    wait_for(pid_);
  }
  [[nodiscard]] pid_t id() const { return pid_; }

 private:
  pid_t pid_;
};

bool echoes() {
  termios modes{};
  REQUIRE(::tcgetattr(0, &modes) == 0);
  return (modes.c_lflag & ECHO) != 0;
}

void set_echo(bool on) {
  termios modes{};
  REQUIRE(::tcgetattr(0, &modes) == 0);
  modes.c_lflag = on ? modes.c_lflag | ECHO : modes.c_lflag & ~tcflag_t{ECHO};
  REQUIRE(::tcsetattr(0, TCSANOW, &modes) == 0);
}

// What a shell does for the job in front.
void put_in_front(pid_t group) {
  ::signal(SIGTTOU, SIG_IGN);
  REQUIRE(::tcsetpgrp(0, group) == 0);
  ::signal(SIGTTOU, SIG_DFL);
}

}  // namespace

TEST_CASE("without a terminal on standard input there is nothing to lend") {
  const auto pipe = make_pipe();
  CHECK(wait_for(fork_actor([&] {
          ::dup2(pipe.read.get(), 0);
          ::_exit(TerminalLoan::take(::getpgrp()) ? 1 : 0);
        })) == Outcome::exited(0));
}

TEST_CASE("the terminal goes to the rank and comes back, and each has its own modes") {
  const auto outcome = in_session_with_terminal([] {
    auto loan = TerminalLoan::take(::getpgrp());
    REQUIRE(loan);
    REQUIRE(loan->owner() == ::getpgrp());
    REQUIRE(loan->fd() > 2);
    const SleepingGroup rank;
    REQUIRE(loan->give_to(rank.id()));
    REQUIRE(::tcgetpgrp(0) == rank.id());
    ::signal(SIGTTOU, SIG_IGN);  // the modes are changed in the rank's name
    set_echo(false);
    ::signal(SIGTTOU, SIG_DFL);
    loan->take_back();
    REQUIRE(::tcgetpgrp(0) == ::getpgrp());
    REQUIRE(echoes());
    REQUIRE(loan->give_to(rank.id()));
    REQUIRE(::tcgetpgrp(0) == rank.id());
    REQUIRE_FALSE(echoes());
    loan->take_back();
    REQUIRE(echoes());
  });
  CHECK(outcome == Outcome::exited(0));
}

TEST_CASE("modes that the shell has set before it continues us are ours from then on") {
  const auto outcome = in_session_with_terminal([] {
    auto loan = TerminalLoan::take(::getpgrp());
    REQUIRE(loan);
    const SleepingGroup rank;
    set_echo(false);
    REQUIRE(loan->give_to(rank.id()));
    loan->take_back();
    REQUIRE_FALSE(echoes());
  });
  CHECK(outcome == Outcome::exited(0));
}

TEST_CASE("in the background nothing is lent, and the shell keeps its terminal") {
  const auto outcome = in_session_with_terminal([] {
    const pid_t launcher = fork_actor([] {
      ::setpgid(0, 0);
      auto loan = TerminalLoan::take(::getpgrp());
      ::_exit(loan && !loan->in_front() && !loan->give_to(::getpgrp()) ? 0 : 1);
    });
    REQUIRE(wait_for(launcher) == Outcome::exited(0));
    REQUIRE(::tcgetpgrp(0) == ::getpgrp());
  });
  CHECK(outcome == Outcome::exited(0));
}

TEST_CASE("a launcher that was continued in the background neither gives nor takes the terminal") {
  const auto outcome = in_session_with_terminal([] {
    const SleepingGroup rank;
    const pid_t launcher = fork_actor([&] {
      ::setpgid(0, 0);
      put_in_front(::getpgrp());
      auto loan = TerminalLoan::take(::getpgrp());
      REQUIRE(loan);
      REQUIRE(loan->give_to(rank.id()));
      loan->take_back();
      ::raise(SIGSTOP);
      REQUIRE_FALSE(loan->give_to(rank.id()));
      loan->take_back();
    });
    wait_for_stop(launcher);
    REQUIRE(::tcgetpgrp(0) == launcher);
    put_in_front(::getpgrp());
    ::kill(launcher, SIGCONT);  // `bg`
    REQUIRE(wait_for(launcher) == Outcome::exited(0));
    REQUIRE(::tcgetpgrp(0) == ::getpgrp());
  });
  CHECK(outcome == Outcome::exited(0));
}

TEST_CASE("a job of a rank that is a shell loses the terminal to the launcher too") {
  const auto outcome = in_session_with_terminal([] {
    auto loan = TerminalLoan::take(::getpgrp());
    REQUIRE(loan);
    const SleepingGroup rank;
    const SleepingGroup job_of_rank;
    REQUIRE(loan->give_to(rank.id()));
    put_in_front(job_of_rank.id());
    loan->take_back();
    REQUIRE(::tcgetpgrp(0) == ::getpgrp());
  });
  CHECK(outcome == Outcome::exited(0));
}

TEST_CASE("a child that is started in front has the terminal before it runs") {
  const TemporaryFolder folder;
  const auto outcome = in_session_with_terminal([&] {
    auto loan = TerminalLoan::take(::getpgrp());
    REQUIRE(loan);
    Spawner spawner({});
    Command command({AUDIT_PROGRAM, folder.file("report")});
    command.spec.session = SessionKind::own_group;
    command.spec.foreground_of = loan->fd();
    for (int i = 0; i < 2; ++i) {
      const auto child = spawner.start(command.spec);
      REQUIRE(child);
      REQUIRE(loan->give_to(child->pid));
      REQUIRE(wait_for(child->pid) == Outcome::exited(0));
      loan->take_back();
      REQUIRE(::tcgetpgrp(0) == ::getpgrp());
    }
  });
  CHECK(outcome == Outcome::exited(0));
  auto report = read_report(folder.file("report"));
  CHECK(report["foreground"] == report["pid"]);
  CHECK(report["group"] == report["pid"]);
  CHECK(report["session"] != report["pid"]);
  CHECK(report["fds"] == "0 1 2");
}

TEST_CASE("a pty of its own becomes the controlling terminal of a rank") {
  const TemporaryFolder folder;
  const auto terminal = open_terminal();
  Spawner spawner({});
  Command command({AUDIT_PROGRAM, folder.file("report")});
  const int worker = terminal.worker.get();
  command.spec.stdio = {worker, worker, worker};
  command.spec.controlling_terminal = true;
  for (int i = 0; i < 2; ++i) {
    const auto child = spawner.start(command.spec);
    REQUIRE(child);
    CHECK(wait_for(child->pid) == Outcome::exited(0));
    auto report = read_report(folder.file("report"));
    CHECK(report["session"] == report["pid"]);
    CHECK(report["foreground"] == report["pid"]);
    CHECK(report["stderr"] == inode_of(worker));
  }
}
