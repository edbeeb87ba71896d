// The preload shim itself, and what only it can bring about: faults on the way from clone to exec.
#include "catch.hpp"
#include "processes.hpp"

#include <fstream>
#include <sstream>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

struct Result {
  std::string output;
  Outcome outcome;
};

Result run(std::vector<std::string> arguments, std::vector<std::string> environment) {
  environment.insert(environment.end(), {"LD_PRELOAD=" FAULT_SHIM, "ASAN_OPTIONS=verify_asan_link_order=0"});
  auto out = make_pipe();
  Spawner spawner({});
  Command command(std::move(arguments), std::move(environment));
  command.spec.stdio[1] = out.write.get();
  command.spec.stdio[2] = out.write.get();
  const auto child = spawner.start(command.spec);
  REQUIRE(child);
  out.write.reset();
  auto output = read_to_end(out.read.get());
  return {std::move(output), wait_for(child->pid)};
}

// Starts /bin/true `times` times with `faults` in the spawning program alone.
std::string spawn_with(const std::string& faults, const std::string& times = "1",
                       const std::vector<std::string>& what = {"/bin/true"}) {
  std::vector<std::string> arguments{SPAWN_TIMES, times};
  arguments.insert(arguments.end(), what.begin(), what.end());
  const auto result = run(arguments, {"GPULAUNCH_FAULT=" + faults, "GPULAUNCH_FAULT_IN=spawn_times"});
  CHECK(result.outcome == Outcome::exited(0));
  return result.output;
}

const std::string fine = "exited with code 0\n";

}  // namespace

TEST_CASE("the shim passes on what it is not told to spoil") {
  CHECK(spawn_with("epoll_wait:1:EINTR", "3") == fine + fine + fine);
  CHECK(run({"/bin/sh", "-c", "echo in; cat /proc/self/comm | tr a-z A-Z"}, {}).output == "in\nCAT\n");
}

TEST_CASE("the shim spoils the n-th call, or each, and writes down that it did") {
  const TemporaryFolder folder;
  const auto log = folder.file("log");
  const auto result = run(
      {SPAWN_TIMES, "3", "/bin/true"},
      {"GPULAUNCH_FAULT=clone:2:EAGAIN,chdir:1:EIO", "GPULAUNCH_FAULT_IN=spawn_times", "GPULAUNCH_FAULT_LOG=" + log});
  CHECK(result.output == fine + "making the process: EAGAIN\n" + fine);
  std::stringstream logged;
  logged << std::ifstream(log).rdbuf();
  CHECK(logged.str() == "clone:2\n");
  CHECK(spawn_with("clone:*:EAGAIN", "2") == "making the process: EAGAIN\nmaking the process: EAGAIN\n");
}

TEST_CASE("the shim keeps to the program that it is told") {
  const auto result =
      run({SPAWN_TIMES, "1", "/bin/true"}, {"GPULAUNCH_FAULT=clone:*:EAGAIN", "GPULAUNCH_FAULT_IN=other"});
  CHECK(result.output == fine);
}

TEST_CASE("the shim refuses orders that it cannot read") {
  for (const auto* bad : {"clone", "clone:1", "clone:0:EAGAIN", "clone:x:EAGAIN", "nothing:1:EAGAIN", "read:1:EWHAT",
                          "read:1:UNSHARE", "clone:1:EAGAIN,"}) {
    CAPTURE(bad);
    const auto result = run({"/bin/true"}, {std::string("GPULAUNCH_FAULT=") + bad});
    CHECK(result.outcome == Outcome::exited(std::string_view(bad).ends_with(',') ? 0 : 70));
  }
}

TEST_CASE("a fault at any step of a start is told with its stage, and the next start works") {
  const auto fault_and_stage = GENERATE(table<std::string, std::string>({
      {"pipe2:1:EMFILE,pipe2:2:EMFILE", "making the status pipe: EMFILE"},
      {"mmap:*:ENOMEM", "making the process: ENOMEM"},
      {"clone:1:ENOMEM", "making the process: ENOMEM"},
      {"prctl:1:EINVAL", "tying it to the launcher's life: EINVAL"},
      {"setsid:1:EPERM", "giving it a session: EPERM"},
      {"fcntl:5:EMFILE", "placing its standard streams: EMFILE"},
      {"execve:1:EACCES", "running the program: EACCES"},
      {"prctl:1:SIGKILL", "tying it to the launcher's life: ECANCELED"},
      {"setsid:1:SIGKILL", "giving it a session: ECANCELED"},
      {"close_range:1:SIGKILL", "placing its standard streams: ECANCELED"},
      {"close_range:2:SIGKILL", "placing its standard streams: ECANCELED"},
  }));
  const auto& [fault, stage] = fault_and_stage;
  CAPTURE(fault);
  const bool for_ever = fault.find('*') != std::string::npos;
  CHECK(spawn_with(fault, "2") == stage + "\n" + (for_ever ? stage + "\n" : fine));
}

TEST_CASE("a start that shares the table of descriptors survives faults like the first") {
  CHECK(spawn_with("setsid:2:SIGKILL", "3") == fine + "giving it a session: ECANCELED\n" + fine);
  CHECK(spawn_with("close_range:3:EPERM", "3") == fine + "placing its standard streams: EPERM\n" + fine);
}

TEST_CASE("where vfork is a fork, starts and failures are still told apart") {
  CHECK(spawn_with("clone:*:UNSHARE", "3") == fine + fine + fine);
  CHECK(spawn_with("clone:2:UNSHARE", "3") == fine + fine + fine);
  CHECK(spawn_with("clone:*:UNSHARE", "2", {"/no/such/program"}) ==
        "running the program: ENOENT\nrunning the program: ENOENT\n");
  // Each fork counts in memory of its own: it is the first setsid for both.
  CHECK(spawn_with("clone:*:UNSHARE,setsid:1:SIGKILL", "2") ==
        "giving it a session: ECANCELED\ngiving it a session: ECANCELED\n");
}

TEST_CASE("old kernels without pidfds or close_range start ranks as clean") {
  CHECK(spawn_with("clone:1:EINVAL,pidfd_open:1:ENOSYS", "2") == "exited with code 0, no pidfd\n" + fine);
  CHECK(spawn_with("clone:1:EINVAL") == fine);
  const TemporaryFolder folder;
  const auto report_file = folder.file("report");
  const auto without_proc = GENERATE("", ",open:*:ENOENT");
  CAPTURE(without_proc);
  const auto leaky = make_pipe();
  const Fd inherited(::dup(leaky.read.get()));
  CHECK(spawn_with(std::string("close_range:*:ENOSYS") + without_proc, "2",
                   {"/bin/sh", "-c", "exec 7</dev/null; exec \"$@\"", "sh", SPAWN_TIMES, "1", AUDIT_PROGRAM,
                    report_file}) == "exited with code 0\n" + fine + "exited with code 0\n" + fine);
  CHECK(read_report(report_file)["fds"] == "0 1 2");
}

TEST_CASE("a Ctrl-Z while a child is being made in front does not stop it before it runs") {
  CHECK(spawn_with("close_range:2:SIGTSTP,close_range:4:SIGTTIN", "2", {"--group", "/bin/true"}) == fine + fine);
}
