// Real programs that hang: whom the report names, how sure it is, and what was saved of the ranks before they were
// ended.
#include "catch.hpp"
#include "launch.hpp"

#include <signal.h>
#include <unistd.h>

#include <filesystem>

using namespace harness;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

const std::string hangs = std::string(GPULAUNCH_SOURCE_DIR) + "/tests/fixtures/hangs/";
constexpr auto system_python = "/usr/bin/python3";

// Programs that the launcher finds, and no others.
class Tools {
 public:
  explicit Tools(const std::vector<std::string>& names) {
    for (const auto& name : names) complete_ = complete_ && add(name);
  }
  [[nodiscard]] bool missing() const { return skipped_unless(complete_, missing_ + " is not installed"); }
  [[nodiscard]] std::string path() const { return folder_.path().string(); }

 private:
  bool add(const std::string& name) {
    missing_ = name;
    for (const std::string place : {GPULAUNCH_TEST_TOOLS, "/usr/bin", "/usr/local/bin"}) {
      if (!fs::exists(fs::path(place) / name)) continue;
      fs::create_symlink(fs::path(place) / name, folder_.path() / name);
      return true;
    }
    return false;
  }

  ScratchDir folder_;
  bool complete_ = true;
  std::string missing_;
};

// Longer than Python takes to start on a busy machine.
Launch hanging_program(const Tools& tools, const std::string& program) {
  Launch launch;
  launch.ranks(3).flag("--hang-timeout", "4s").within(120s).env("PATH", tools.path()).env("PYTHON_EXEC", system_python);
  launch.env("PYTHONDONTWRITEBYTECODE", "1").program(hangs + program);
  return launch;
}

bool lacks_python() { return skipped_unless(fs::exists(system_python), "there is no /usr/bin/python3"); }

// Yama's scopes 0 and 1 let the launcher look at its ranks, 0 alone at the programs of scripts, and any lets root.
bool may_not_trace(char highest_scope = '1') {
  const auto scope = read_file("/proc/sys/kernel/yama/ptrace_scope");
  return skipped_unless(scope.empty() || scope[0] <= highest_scope || ::geteuid() == 0, "Yama forbids this tracing");
}

}  // namespace

TEST_CASE("a rank whose thread raised and whose process lives on is named by its words") {
  if (lacks_python()) return;
  hanging_program(Tools({}), "feeder_raised.py")
      .expect_exit(124)
      .expect_err_has(
          "gpulaunch: no progress for 4s (--hang-timeout)\n  rank 1 said:\n  | ValueError: manifest is empty\n"
          "  cause (likely, rank 1): The program raised ValueError: manifest is empty.")
      .expect_err_has("process did not end")
      .expect_err_has("  fix: Let a process end when something in it fails")
      .expect_err_has("exit code 124 (no progress)");
}

TEST_CASE("a rank that raised and that a thread keeps alive is named, and its stack says where it stands") {
  const Tools tools({"py-spy"});
  if (lacks_python() || tools.missing() || may_not_trace()) return;
  hanging_program(tools, "main_raised.py")
      .expect_exit(124)
      .expect_err_has("cause (likely, rank 1): The program raised ValueError: manifest is empty.")
      .expect_err_has("while the others wait in barrier")
      .expect_err_has("rank 1: threading.py:");
}

TEST_CASE("a rank for which the others wait is named with the function in which py-spy finds it") {
  const Tools tools({"py-spy"});
  if (lacks_python() || tools.missing() || may_not_trace()) return;
  const ScratchDir folder;
  const auto finished = hanging_program(tools, "late.py").flag("--events", folder.file("events")).expect_exit(124);
  finished
      .expect_err_has(
          "cause (likely, rank 2): Rank 2 is held up in load (late.py:8); the others wait for it in barrier")
      .expect_err_has("rank 2: late.py:8 in load")
      .expect_err_has("  fix: See why it stays there (its stack follows). All ranks must call the same collective")
      .expect_err_has("in barrier (late.py:13)")
      .expect_err_lacks("evidence: ");
  const auto events = read_file(folder.file("events"));
  CHECK(contains(events, R"("event":"diagnosis")"));
  CHECK(contains(events, R"("laggards":[2])"));
  CHECK(contains(events, R"("python_stack":["late.py:8 in load","late.py:12 in <module>"])"));
}

TEST_CASE("a rank that a shell script runs is looked at, not the shell") {
  const Tools tools({"py-spy"});
  if (lacks_python() || tools.missing() || may_not_trace('0')) return;
  hanging_program(tools, "late.py")
      .program("/bin/sh", "-c", std::string(system_python) + " " + hangs + "late.py; true")
      .expect_exit(124)
      .expect_err_has("cause (likely, rank 2): Rank 2 is held up in load (late.py:8)");
}

TEST_CASE("ranks that all wait for each other are said to, and none is named") {
  const Tools tools({"py-spy"});
  if (lacks_python() || tools.missing() || may_not_trace()) return;
  hanging_program(tools, "all_wait.py")
      .expect_exit(124)
      .expect_err_has("cause (possible): All ranks wait for each other in barrier (all_wait.py:4)")
      .expect_err_lacks("cause (possible, rank");
}

TEST_CASE("where nothing shows why a job hangs no cause is told") {
  Launch launch;
  launch.ranks(2).flag("--hang-timeout", "300ms").env("PATH", "/nonexistent").within(120s);
  launch.worker("print up", "sleep forever").expect_exit(124).expect_err_lacks("cause (").expect_err_lacks("fix: ");
}

TEST_CASE("the report of a hang is out before a rank that takes its time has ended") {
  const ScratchDir folder;
  Launch launch;
  launch.flag("--hang-timeout", "3s").flag("--grace", "60s").within(120s);
  const auto slow_end = "trap 'while [ ! -e " + folder.file("end") + " ]; do sleep 0.05; done; exit 0' TERM; ";
  auto job = launch.program("sh", "-c", slow_end + "echo up; while true; do sleep 0.1; done").start();
  job.wait_for_err("rank 0: last output ");
  CHECK_FALSE(job.child().ending());
  write_file(folder.file("end"), "");
  job.finish().expect_exit(124).expect_err_has("exit code 124");
}

TEST_CASE("without the diagnosis a hang is a hang, and nobody is blamed for it") {
  if (lacks_python()) return;
  hanging_program(Tools({}), "feeder_raised.py")
      .flag("--diagnosis", "off")
      .expect_exit(124)
      .expect_err_lacks("cause (");
}

TEST_CASE("a hang is judged by what ranks said before they were ended") {
  Launch launch;
  launch.ranks(2).flag("--hang-timeout", "4s").env("PATH", "/nonexistent").env("PYTHON_EXEC", system_python);
  launch.within(120s);
  if (lacks_python()) return;
  const ScratchDir folder;
  write_file(folder.file("end.py"),
             "import signal\n"
             "def end(*_):\n"
             "    raise ValueError('told to end')\n"
             "signal.signal(signal.SIGTERM, end)\n"
             "print('up', flush=True)\n"
             "while True: signal.pause()\n");
  launch.program(folder.file("end.py")).expect_exit(124).expect_err_has("told to end").expect_err_lacks("cause (");
}

TEST_CASE("what was seen of ranks that hang is saved in the log folder, with all stacks") {
  const Tools tools({"py-spy"});
  if (lacks_python() || tools.missing() || may_not_trace()) return;
  const ScratchDir folder;
  auto launch = hanging_program(tools, "late.py");
  const auto finished = launch.flag("--log-dir", folder.file("logs")).flag("-r", "3").expect_exit(124);
  const auto begin = finished.err.find("all stacks: ");
  REQUIRE(begin != std::string::npos);
  const auto path = finished.err.substr(begin + 12, finished.err.find('\n', begin) - begin - 12);
  const auto saved = read_file(path);
  INFO(saved);
  CHECK(contains(saved, "attempt 0: no progress for 4s (--hang-timeout)"));
  CHECK(contains(saved, "Python: late.py:8 in load"));
  CHECK(contains(saved, "in barrier"));
  CHECK(contains(saved, "rank 0: asleep"));
}

TEST_CASE("eu-stack takes native stacks where there is no gdb") {
  const Tools tools({"eu-stack"});
  if (tools.missing() || may_not_trace()) return;
  const ScratchDir folder;
  Launch launch;
  launch.ranks(2).flag("--hang-timeout", "3s").flag("--events", folder.file("events")).within(120s);
  launch.env("PATH", tools.path()).worker("print up", "sleep forever").expect_exit(124).expect_err_lacks("installed");
  const auto events = read_file(folder.file("events"));
  INFO(events);
  CHECK(contains(events, R"("native_stack":[")"));
  CHECK(contains(events, "__libc_start_main"));
}

TEST_CASE("gdb takes native stacks where it is found") {
  const Tools tools({"gdb"});
  if (tools.missing() || may_not_trace()) return;
  const ScratchDir folder;
  Launch launch;
  launch.ranks(1).flag("--hang-timeout", "300ms").flag("--events", folder.file("events")).within(120s);
  launch.env("PATH", tools.path()).worker("print up", "sleep forever").expect_exit(124);
  CHECK(contains(read_file(folder.file("events")), R"("native_stack":[")"));
}

// Under Yama's ptrace_scope 1 a tracer must be an ancestor, or named by the traced process, or descend from whom that
// named. Every rank names the core; whoever looks at ranks descends from it, and is no ancestor of theirs.
TEST_CASE("ranks name who may trace them where hangs are looked for, and nowhere else") {
  Launch launch;
  launch.through({NO_TRACER_MAY_BE_NAMED}).worker("exit 0");
  const auto plain = launch.run();
  if (skipped_unless(!(plain.ending == Ending{false, 77, 0}), "no seccomp filters here")) return;
  plain.expect_exit(0);
  launch.flag("--hang-timeout", "60s").expect_exit(128 + SIGSYS);
  Launch asked;
  asked.through({NO_TRACER_MAY_BE_NAMED}).flag("--dump-on", "USR1").worker("exit 0").expect_exit(128 + SIGSYS);
}

TEST_CASE("who looks at ranks descends from their parent, and is no ancestor of theirs") {
  const ScratchDir folder;
  // Called as gdb -p PID …
  write_program(folder.file("gdb"),
                "#!/bin/sh\nparent() { sed -n 's/^PPid:[^0-9]*//p' /proc/$1/status; }\n"
                "echo $(parent $PPID) $(parent $2) > " +
                    folder.file("parents") + "\n");
  Launch launch;
  launch.flag("--hang-timeout", "300ms").env("PATH", folder.path().string() + ":/usr/bin:/bin").within(120s);
  launch.worker("print up", "sleep forever").expect_exit(124);
  const auto parents = read_file(folder.file("parents"));
  const auto blank = parents.find(' ');
  REQUIRE(blank != std::string::npos);
  CHECK(parents.substr(0, blank) + '\n' == parents.substr(blank + 1));
}
