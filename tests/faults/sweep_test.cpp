// Every system call of start, watch and teardown fails once, the first, the second, and so on until a job has no more
// of them: the launcher then does without it, or ends with 125 and says why. It never hangs, and never leaves anybody.
// The three guardians are counted together, so that one call of one of them fails in each run.
#include "catch.hpp"
#include "launch.hpp"

#include <algorithm>

using namespace harness;
using namespace std::chrono_literals;

namespace {

struct Fault {
  std::string call;
  std::string error;
  std::string others{};  // orders that bring the launcher to where it makes the call
};

constexpr int most_calls = 40;

struct Spoiled {
  Finished finished;
  bool reached = false;
};

std::string order_of(const Fault& fault, int nth) {
  return fault.others + fault.call + ':' + std::to_string(nth) + ':' + fault.error;
}

Spoiled run_spoiled(Launch launch, const Fault& fault, int nth) {
  const ScratchDir folder;
  launch.env("LD_PRELOAD", FAULT_SHIM)
      .env("GPULAUNCH_FAULT", order_of(fault, nth))
      .env("GPULAUNCH_FAULT_IN", "gpulaunch")
      .env("GPULAUNCH_FAULT_TOGETHER", "1")
      .env("GPULAUNCH_FAULT_LOG", folder.file("log"));
  auto finished = launch.within(30s).run();
  const auto line = fault.call + ':' + std::to_string(nth) + '\n';
  return {std::move(finished), contains('\n' + read_file(folder.file("log")), '\n' + line)};
}

// What the launcher may say to a fault: nothing where it does without the call, else why it gave up.
void expect_honest(const Finished& finished, const std::vector<int>& honest_codes) {
  const auto code = finished.ending.value;
  CHECK_FALSE(finished.ending.by_signal);
  CHECK(std::find(honest_codes.begin(), honest_codes.end(), code) != honest_codes.end());
  const bool said_why = finished.err.starts_with("gpulaunch: ");
  const bool complete = code == 0 && count_of(finished.out, "hi") == 2;
  CHECK((said_why || complete));
}

void sweep(const Launch& launch, const std::vector<Fault>& faults, const std::vector<int>& honest_codes) {
  if (skipped_unless(can_spoil(), "the faults would hit the sanitizer")) return;
  std::size_t hits = 0;
  for (const auto& fault : faults) {
    bool reached = true;
    for (int nth = 1; reached && nth <= most_calls; ++nth) {
      const auto spoiled = run_spoiled(launch, fault, nth);
      INFO(order_of(fault, nth) << '\n' << spoiled.finished.describe());
      expect_honest(spoiled.finished, honest_codes);
      reached = spoiled.reached;
      hits += reached ? 1 : 0;
    }
  }
  CHECK(hits > faults.size());  // which kernel and which rights we have decides what is called at all
}

Launch short_job() { return Launch{}.ranks(2).worker("print hi"); }

// Its end is a teardown: a rank that waits, and somebody who has to be found.
Launch failing_job() {
  return Launch{}
      .ranks(2)
      .flag("--grace", "200ms")
      .flag("--linger", "20ms")
      .worker("daemon close; sleep forever", "exit 3 if rank==1", "sleep forever");
}

}  // namespace

TEST_CASE("a fault while the launcher sets itself up is survived or explained") {
  sweep(short_job(),
        {{"fork", "EAGAIN"},
         {"socketpair", "EMFILE"},
         {"signalfd", "EMFILE"},
         {"epoll_create1", "EMFILE"},
         {"epoll_ctl", "ENOMEM"},
         {"timerfd_create", "EMFILE"},
         {"socket", "EMFILE"},
         {"bind", "EADDRINUSE"},
         {"mlock", "ENOMEM"},
         {"mmap", "ENOMEM"},
         {"getrandom", "ENOSYS"},
         {"mkdir", "EACCES"},
         {"prctl", "EPERM"}},
        {0, 125});
}

TEST_CASE("a fault while ranks are started is survived or explained") {
  sweep(short_job(),
        {{"clone", "EAGAIN", "flock:*:EAGAIN,"},
         {"pipe2", "EMFILE"},
         {"fcntl", "EINVAL"},
         {"fstat", "EIO"},
         {"setsid", "EPERM"},
         {"setrlimit", "EPERM"},
         {"dup2", "EBUSY"},
         {"dup3", "EBUSY"},
         {"open", "EMFILE"},
         {"execve", "EACCES"}},
        {0, 125, 126});
}

TEST_CASE("no output is lost where standard output and error do not say what they are") {
  if (skipped_unless(can_spoil(), "the faults would hit the sanitizer")) return;
  Launch{}
      .env("LD_PRELOAD", FAULT_SHIM)
      .env("GPULAUNCH_FAULT", "fstat:*:EIO")
      .env("GPULAUNCH_FAULT_IN", "gpulaunch")
      .ranks(2)
      .worker("print hi", "warn ho")
      .expect_exit(0)
      .expect_lines({labelled(0, "hi"), labelled(1, "hi")})
      .expect_err_has(labelled(0, "ho"))
      .expect_err_has(labelled(1, "ho"));
}

TEST_CASE("a fault while the job is watched is survived or explained") {
  sweep(short_job(),
        {{"sendmsg", "ENOBUFS"},
         {"recvmsg", "ENOMEM"},
         {"waitid", "EINTR"},
         {"epoll_wait", "EINTR"},
         {"poll", "EINTR"},
         {"read", "EINTR"},
         {"write", "EINTR"},
         {"rmdir", "EBUSY"}},
        {0, 125});
}

TEST_CASE("a fault while the job is torn down is survived or explained") {
  sweep(failing_job(),
        {{"pidfd_open", "EMFILE"},
         {"pidfd_send_signal", "EPERM"},
         {"kill", "EPERM"},
         {"waitid", "EINTR"},
         {"poll", "EINTR"},
         {"epoll_wait", "EINTR"},
         {"sendmsg", "ENOBUFS"},
         {"timerfd_settime", "EINVAL"}},
        {3, 125});
}

// What is left of a folder that cannot be read is a matter for whoever cleans up there.
TEST_CASE("a fault while files are looked at is survived or explained") {
  sweep(short_job().may_leave_files(), {{"openat", "EMFILE"}, {"readlink", "EACCES"}}, {0, 125});
}
