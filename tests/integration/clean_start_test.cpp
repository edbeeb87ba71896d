#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

#include <sched.h>
#include <signal.h>

using namespace harness;

namespace {

const std::string clean_signals = "blocked 0000000000000000 ignored 0000000000000000";

std::string mask_of(int signo) {
  constexpr auto digits = "0123456789abcdef";
  std::string mask(16, '0');
  const auto bit = static_cast<std::size_t>(signo - 1);
  mask[15 - bit / 4] = digits[1U << (bit % 4)];
  return mask;
}

std::string open_files_line() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return "open files " + std::to_string(limit.rlim_cur) + ' ' + std::to_string(limit.rlim_max);
}

}  // namespace

TEST_CASE("a rank has the descriptors 0 1 2 and no other") {
  for (const int ranks : {1, 3}) {
    const auto finished =
        Launch{}.ranks(ranks).flag("--label", "never").leaking_descriptors().worker("fds").expect_exit(0);
    finished.expect_lines(std::vector<std::string>(static_cast<std::size_t>(ranks), "fds 0 1 2"));
  }
}

TEST_CASE("a rank has no descriptor more with every kind of output and input") {
  const ScratchDir folder;
  for (const auto& flags : std::vector<std::vector<std::string>>{{"--pty"}, {"--stdin", "all"}, {"--stdin", "0"}}) {
    Launch launch;
    launch.flag("--log", folder.file("all.log")).flag("--tee", "3").flag("--log-dir", folder.path());
    launch.flag("--events", folder.file("events")).input("");
    for (const auto& flag : flags) launch.flag(flag);
    launch.worker("fds").expect_exit(0).expect_out_has("fds 0 1 2").expect_out_lacks("fds 0 1 2 ");
  }
}

TEST_CASE("a rank starts with an empty signal mask and default dispositions") {
  Launch{}
      .blocking(SIGTERM)
      .blocking(SIGUSR1)
      .blocking(SIGCHLD)
      .ignoring(SIGPIPE)
      .ignoring(SIGCHLD)
      .ignoring(SIGTERM)
      .worker("signals")
      .expect_exit(0)
      .expect_out(clean_signals + '\n');
}

TEST_CASE("a rank inherits that HUP INT and QUIT are ignored") {
  for (const int signo : {SIGHUP, SIGINT, SIGQUIT})
    Launch{}.ignoring(signo).worker("signals").expect_exit(0).expect_out("blocked 0000000000000000 ignored " +
                                                                         mask_of(signo) + '\n');
}

TEST_CASE("each rank has a session and a group of its own") {
  Launch{}.ranks(2).worker("whose").expect_exit(0).expect_lines(
      {labelled(0, "own session, own group"), labelled(1, "own session, own group")});
}

TEST_CASE("ranks get the limits that we were given") {
  Launch{}.worker("limits").expect_exit(0).expect_out(open_files_line() + '\n');
}

TEST_CASE("ranks get the limits that we were given also where we need more") {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (skipped_unless(limit.rlim_max >= 2048, "the hard limit of open files is below 2048")) return;
  const auto finished = Launch{}.ranks(100).open_files(64, limit.rlim_max).worker("limits").expect_exit(0);
  CHECK(count_of(finished.out, "open files 64 " + std::to_string(limit.rlim_max)) == 100);
}

TEST_CASE("a hard limit that is too low for the job is an error before anything starts") {
  const ScratchDir folder;
  const auto finished = Launch{}.ranks(1024).open_files(256, 256).worker("touch " + folder.file("{rank}")).run();
  finished.expect_exit(125).expect_out("").expect_err_has("1024").expect_err_has("256").expect_err_has("ulimit -Hn");
  CHECK(split_lines(finished.err).size() == 1);
  CHECK(files_below(folder.path()).empty());
}

TEST_CASE("working directory and umask and CPUs stay as they are") {
  const ScratchDir folder;
  cpu_set_t cpus;
  ::sched_getaffinity(0, sizeof cpus, &cpus);
  Launch{}
      .in_directory(folder.path())
      .with_umask(027)
      .worker("place")
      .expect_exit(0)
      .expect_out("directory " + folder.path().string() + " umask 23 cpus " + std::to_string(CPU_COUNT(&cpus)) + '\n');
}
