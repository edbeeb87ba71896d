// Rows F26 to F31, F46, F48, F51 and F52: processes that get away from whoever has to end them.
#include "catch.hpp"
#include "hostile_job.hpp"
#include "leftovers.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

using namespace harness;
using namespace std::chrono_literals;

namespace {

constexpr auto linger_and_more = 10 * soon;

// A rank that starts something and ends well, and one that is still there when the front is killed: neither leaves
// anybody behind.
void expect_caught(const std::vector<std::string>& commands, std::chrono::nanoseconds bound = soon) {
  for (const bool ends : {true, false}) {
    INFO(commands.back() << (ends ? ", and the rank ends" : ", and the front is killed"));
    Witness witness;
    std::vector<std::string> all{"hold " + witness.path()};
    all.insert(all.end(), commands.begin(), commands.end());
    all.insert(all.end(), {"print in place", ends ? "exit 0" : "sleep forever"});
    HostileJob job(std::move(witness), with_worker(Launch{}, all).start());
    job.job().wait_for_out("in place");
    if (!ends) job.hit(Who::front, SIGKILL);
    const auto finished = job.expect_nobody_left(ends ? bound + linger_and_more : bound);
    CHECK(finished.ending == (ends ? Ending{} : Ending{true, SIGKILL, 0}));
  }
}

bool can_run(const std::vector<std::string>& wrapper) {
  return Launch{}.through(wrapper).program("true").run().ending == Ending{};
}

}  // namespace

TEST_CASE("F26 a daemon of a rank that ended well is killed") { expect_caught({"daemon close; sleep forever"}); }

TEST_CASE("F27 a daemon that ignores every signal and is stopped is killed") {
  expect_caught({"daemon close; ignore TERM,HUP,INT,QUIT; stop"});
}

TEST_CASE("F28 processes that change number and session all the time are killed") {
  expect_caught(std::vector<std::string>(16, "daemon close; hop"), 2 * soon);
}

TEST_CASE("F29 a thousand processes that fork are killed") {
  expect_caught({"fork close; bomb 1000"}, linger_and_more);
}

TEST_CASE("F30 a thousand processes that fork and leave their session are killed") {
  expect_caught({"fork close; bomb 1000 sessions"}, 60s);
}

TEST_CASE("F31 a child that waits for ever between vfork and exec is killed") {
  const ScratchDir folder;
  REQUIRE(::mkfifo(folder.file("silent").c_str(), 0600) == 0);
  expect_caught({"fork close; vfork " + folder.file("silent")});
}

TEST_CASE("F31 a child that was given to the launcher as its own is killed") {
  expect_caught({"sibling close; ignore TERM; sleep forever"});
}

TEST_CASE("F31 a child whose end sends no signal is killed and reaped") {
  expect_caught({"silent close; ignore TERM; sleep forever"});
}

TEST_CASE("F46 a process that has become another user is killed") {
  if (skipped_unless(::geteuid() == 0, "only root can become another user")) return;
  expect_caught({"fork close; user 65534; ignore TERM; sleep forever"});
  expect_caught({"daemon close; user 65534; sleep forever"});
}

TEST_CASE("F48 a process in a user and pid namespace of its own is killed") {
  const std::vector<std::string> inside{"/usr/bin/unshare", "--user", "--pid", "--fork", "--mount-proc"};
  if (skipped_unless(can_run(inside), "no user namespace can be made here")) return;
  Witness witness;
  auto words = inside;
  words.push_back(Launch::worker_path());
  for (auto& command : hostile_commands(witness.path(), {})) words.push_back(std::move(command));
  HostileJob job(std::move(witness), Launch{}.ranks(2).command(words).start());
  job.job().wait_for_out("in place", 2);
  job.hit(Who::front, SIGKILL).expect_nobody_left().expect_killed_by(SIGKILL);
}

TEST_CASE("F51 the orphans of a subreaper that died are killed") {
  expect_caught({"fork close; subreaper; daemon sleep forever; die KILL"});
  expect_caught({"subreaper", "daemon close; sleep forever"});
}

// It holds no witness and has no cookie: that it is gone says the kernel alone, when this process has no child left.
TEST_CASE("F52 a process without descriptors and variables is killed") {
  expect_caught({"fork bare sleep forever"});
  expect_caught({"daemon bare sleep forever"});
}
