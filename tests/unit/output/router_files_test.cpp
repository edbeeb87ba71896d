// The router's files: byte-exact per rank, merged, filtered; and a terminal as the console.
#include "support.hpp"

#include "gpulaunch/output/line_splitter.hpp"
#include "gpulaunch/output/pty.hpp"

#include <sys/stat.h>

using namespace gpulaunch;
using namespace gpulaunch::test;

namespace {

std::string refusal(const Plan& plan, const OutputOptions& options) {
  const auto refused = OutputRouter::open(plan, options, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::usage);
  return refused.error().message;
}

}  // namespace

TEST_CASE("per-rank files hold exactly the bytes that were written") {
  const Folder folder;
  Plan plan = plan_of(2);
  plan.ranks[0].out.file = folder / "a/attempt_0/0/stdout.log";
  plan.ranks[1].err = {.console = false, .file = folder / "a/attempt_0/1/stderr.log"};
  Harness harness(plan);
  const std::string bytes("\r 1%\r 2%\n\0\xff partial", 19);
  harness.router->write(out(0), bytes, at(0ms));
  harness.router->write(err(1), "redirected\n", at(0ms));
  CHECK(harness.shown() == "[0] \r 1%\r 2%\n");
  CHECK(read_file(plan.ranks[0].out.file) == bytes);
  harness.close_all(2, 0ms);
  CHECK(read_file(plan.ranks[0].out.file) == bytes);
  CHECK(read_file(plan.ranks[1].err.file) == "redirected\n");
}

TEST_CASE("the merged log holds every rank's whole lines behind their labels, and our notices") {
  const Folder folder;
  OutputOptions options;
  options.log_file = folder / "job.log";
  options.color = When::always;
  Plan plan = plan_of(2, false);
  plan.ranks[1].out.console = false;
  Harness harness(plan, options);
  const std::string long_line(LineSplitter::limit, 'x');
  harness.router->write(out(0), "par", at(0ms));
  harness.router->write(out(1), "hidden\n", at(0ms));
  harness.router->write(out(0), "tial\n", at(200ms));
  harness.router->write(err(0), long_line + "y\nunfinished", at(200ms));
  harness.router->notice("gpulaunch: note", at(200ms));
  harness.close_all(2, 300ms);
  harness.router->flush();
  CHECK(read_file(options.log_file) == "[1] hidden\n[0] partial\n[0] " + long_line +
                                           "~>\n[0] ~>y\ngpulaunch: note\n[0] unfinished\n");
}

TEST_CASE("the merged log is begun anew, continued by later attempts, and goes on when the console is dead") {
  const Folder folder;
  OutputOptions options;
  options.log_file = folder / "job.log";
  std::ofstream(options.log_file) << "old\n";
  {
    Harness harness(plan_of(2), options);
    harness.out_pipe().read.reset();
    for (int line = 0; line < 3; ++line) {
      harness.router->write(out(0), "line\n", at(0ms));
      harness.router->flush();
    }
  }
  const std::string first = read_file(options.log_file);
  CHECK(first.starts_with("[0] line\ngpulaunch: cannot write to standard output and error (nobody reads it"));
  CHECK(first.ends_with("\n[0] line\n[0] line\n"));
  Plan second = plan_of(2);
  second.attempt = 1;
  Harness harness(second, options);
  harness.router->write(out(1), "again\n", at(0ms));
  CHECK(harness.shown() == "[1] again\n");
  CHECK(read_file(options.log_file) == first + "[1] again\n");
}

TEST_CASE("timestamps in the merged log have their date") {
  use_zone("UTC0");
  const Folder folder;
  OutputOptions options;
  options.log_file = folder / "job.log";
  options.timestamps = true;
  Harness harness(plan_of(2), options);
  harness.router->write(out(1), "x\n", at(5ms));
  CHECK(harness.shown() == "12:05:48.005 [1] x\n");
  CHECK(read_file(options.log_file) == "2026-11-22T12:05:48.005 [1] x\n");
}

TEST_CASE("filtered files hold the tee'd lines that contain one of the texts, prefixed as torchrun does it") {
  const Folder folder;
  OutputOptions options;
  options.tee.by_local_rank = {{0, StreamSet::both}, {1, StreamSet::out}};
  options.duplicate_stdout_filters = {"helloA", "loss"};
  options.duplicate_stderr_filters = {"rror"};
  Plan plan = plan_of(2);
  plan.filtered_out = folder / "attempt_0/filtered_stdout.log";
  plan.filtered_err = folder / "attempt_0/filtered_stderr.log";
  Harness harness(plan, options);
  harness.router->write(out(0), "helloA\nother\nthe loss", at(0ms));
  harness.router->write(out(1), "a loss\n", at(0ms));
  harness.router->write(err(0), "an error\n", at(0ms));
  harness.router->write(err(1), "an error\n", at(0ms));
  harness.close_all(2, 0ms);
  (void)harness.shown();
  CHECK(read_file(plan.filtered_out) == "[default0]:helloA\n[default1]:a loss\n[default0]:the loss\n");
  CHECK(read_file(plan.filtered_err) == "[default0]:an error\n");
}

TEST_CASE("a new attempt writes new files and forgets tails, while console and log go on") {
  const Folder folder;
  OutputOptions options;
  options.log_file = folder / "job.log";
  Plan plan = plan_of(2);
  plan.ranks[0].out.file = folder / "attempt_0/0/stdout.log";
  Harness harness(plan, options);
  harness.router->write(out(0), "first\nunfinished", at(0ms));
  plan.attempt = 1;
  plan.ranks[0].out.file = folder / "attempt_1/0/stdout.log";
  REQUIRE(harness.router->next_attempt(plan, at(10ms)));
  CHECK(harness.router->tail(out(0), 9).empty());
  harness.router->write(out(0), "second\n", at(20ms));
  CHECK(harness.shown() == "[0] first\n[0] unfinished\n[0] second\n");
  CHECK(read_file(folder / "attempt_0/0/stdout.log") == "first\nunfinished");
  CHECK(read_file(folder / "attempt_1/0/stdout.log") == "second\n");
  CHECK(read_file(options.log_file) == "[0] first\n[0] unfinished\n[0] second\n");
}

TEST_CASE("files that cannot be opened are usage errors that name flag, path and reason") {
  const Folder folder;
  OutputOptions options;
  options.log_file = folder / "missing/job.log";
  CHECK(refusal(plan_of(1), options) ==
        "--log " + options.log_file + ": cannot be opened for writing: No such file or directory");
  options.log_file = folder / "fifo";
  REQUIRE(::mkfifo(options.log_file.c_str(), 0600) == 0);
  CHECK(refusal(plan_of(1), options) ==
        "--log " + options.log_file + ": cannot be opened for writing: nobody has it open for reading");

  options.log_file.clear();
  options.log_dir = folder / "file";
  std::ofstream(options.log_dir) << "in the way";
  Plan plan = plan_of(1);
  plan.ranks[0].out.file = options.log_dir + "/0/stdout.log";
  CHECK(refusal(plan, options) == "--log-dir " + options.log_dir + ": cannot create " + options.log_dir +
                                      "/0: Not a directory");
}

TEST_CASE("a full disk under the log drops it with one notice, and the console goes on") {
  OutputOptions options;
  options.log_file = "/dev/full";
  Plan plan = plan_of(2);
  Harness harness(plan, options);
  for (int line = 0; line < 3; ++line) {
    harness.router->write(out(0), "line\n", at(0ms));
    harness.router->flush();
  }
  CHECK(harness.shown() ==
        "[0] line\ngpulaunch: cannot write to --log /dev/full (No space left on device): what comes is dropped there, "
        "the job goes on\n[0] line\n[0] line\n");
}

TEST_CASE("a terminal gets coloured labels and bars drawn over, unless NO_COLOR or TERM speak against it") {
  const auto pty = open_pty(-1);
  REQUIRE(pty);
  const int fd = pty->worker.get();
  ConsoleStyle style;
  std::string bar = "\033[32m[1]\033[0m  10%\r\033[32m[1]\033[0m  20%\n";
  SECTION("as it is") {}
  SECTION("with NO_COLOR") {
    style.no_color = true;
    bar = "[1]  10%\r[1]  20%\n";
  }
  SECTION("on a dumb terminal") {
    style.dumb_terminal = true;
    bar = "[1] \r 10%\r 20%\n";
  }
  auto router = OutputRouter::open(plan_of(2), {}, {.out = fd, .err = fd}, style);
  REQUIRE(router);
  (*router)->write(out(1), "\r 10%", at(0ms));
  (*router)->tick(at(100ms));
  (*router)->write(out(1), "\r 20%", at(200ms));
  (*router)->write(out(1), "\n", at(300ms));
  (*router)->flush();
  CHECK(read_available(pty->master.get()) == bar);
}

TEST_CASE("a wiped bar on a terminal is drawn again by the next tick") {
  const auto pty = open_pty(-1);
  REQUIRE(pty);
  const int fd = pty->worker.get();
  OutputOptions options;
  options.color = When::never;
  auto router = OutputRouter::open(plan_of(2), options, {.out = fd, .err = fd});
  REQUIRE(router);
  (*router)->write(out(0), "\r 10%", at(0ms));
  (*router)->tick(at(100ms));
  (*router)->write(out(1), "step\n", at(150ms));
  while ((*router)->deadline() && *(*router)->deadline() <= at(250ms).mono) {
    (*router)->tick({*(*router)->deadline(), at(0ms).wall});
  }
  (*router)->notice("gpulaunch: note", at(260ms));
  (*router)->flush();
  CHECK(read_available(pty->master.get()) ==
        "[0]  10%\r\033[K[1] step\n[0]  10%\r\033[Kgpulaunch: note\n");
}

TEST_CASE("a terminal whose other end has gone does not stop the job") {
  auto pty = open_pty(-1);
  REQUIRE(pty);
  auto router = OutputRouter::open(plan_of(2), {}, {.out = pty->worker.get(), .err = pty->worker.get()});
  REQUIRE(router);
  pty->master.reset();
  (*router)->write(out(0), "line\n", at(0ms));
  (*router)->flush();
  CHECK((*router)->drained());
  (*router)->write(out(0), "line\n", at(0ms));
  CHECK((*router)->drained());
}
