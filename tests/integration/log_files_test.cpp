#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

#include <regex>

using namespace harness;

namespace {

// The one folder that a job has made in the log folder: <run id>_<8 random characters>.
std::filesystem::path job_folder(const ScratchDir& logs) {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(logs.path())) folders.push_back(entry.path());
  REQUIRE(folders.size() == 1);
  return folders.front();
}

Launch logging(const ScratchDir& logs) {
  Launch launch;
  launch.ranks(3).flag("--log-dir", logs.path()).flag("--rdzv-id", "night");
  return launch;
}

}  // namespace

TEST_CASE("option --redirects writes torchrun's layout and nothing to the console") {
  const ScratchDir logs;
  logging(logs)
      .flag("-r", "3")
      .worker("print out {rank}", "warn err {rank}")
      .expect_exit(0)
      .expect_out("")
      .expect_err("");
  const auto folder = job_folder(logs);
  CHECK(std::regex_match(folder.filename().string(), std::regex("night_[A-Za-z0-9_]{8}")));
  CHECK(files_below(folder) == std::vector<std::string>{"attempt_0/0/stderr.log", "attempt_0/0/stdout.log",
                                                        "attempt_0/1/stderr.log", "attempt_0/1/stdout.log",
                                                        "attempt_0/2/stderr.log", "attempt_0/2/stdout.log"});
  CHECK(read_file(folder / "attempt_0/2/stdout.log") == "out 2\n");
  CHECK(read_file(folder / "attempt_0/1/stderr.log") == "err 1\n");
}

TEST_CASE("option --tee writes files and console") {
  const ScratchDir logs;
  logging(logs)
      .flag("-t", "3")
      .worker("print out {rank}")
      .expect_exit(0)
      .expect_lines({labelled(0, "out 0"), labelled(1, "out 1"), labelled(2, "out 2")});
  CHECK(read_file(job_folder(logs) / "attempt_0/1/stdout.log") == "out 1\n");
}

TEST_CASE("maps choose streams by local rank also beyond nine") {
  const ScratchDir logs;
  Launch{}
      .ranks(12)
      .flag("--log-dir", logs.path())
      .flag("--redirects", "0:1,11:2")
      .worker("print out {rank}", "warn err {rank}")
      .expect_exit(0)
      .expect_out_lacks("out 0\n")
      .expect_out_has("out 11")
      .expect_err_lacks("err 11")
      .expect_err_has("err 0");
  CHECK(files_below(job_folder(logs)) == std::vector<std::string>{"attempt_0/0/stdout.log", "attempt_0/11/stderr.log"});
}

TEST_CASE("log files have the rank's bytes exactly") {
  const ScratchDir logs;
  logging(logs).flag("-t", "1").worker("partial \\xff\\r50%\\rdone, no newline").expect_exit(0);
  CHECK(read_file(job_folder(logs) / "attempt_0/0/stdout.log") == "\xff\r50%\rdone, no newline");
}

TEST_CASE("filters copy the lines that hold a word to a file of all ranks") {
  const ScratchDir logs;
  logging(logs)
      .flag("-t", "3")
      .flag("--duplicate-stdout-filters", "loss,accuracy")
      .worker("print loss {rank}", "print nothing", "print accuracy {rank}")
      .expect_exit(0);
  const auto filtered = read_file(job_folder(logs) / "attempt_0/filtered_stdout.log");
  CHECK(count_of(filtered, "loss") == 3);
  CHECK(count_of(filtered, "accuracy") == 3);
  CHECK(count_of(filtered, "nothing") == 0);
}

TEST_CASE("option --log has all lines of all ranks, labelled") {
  const ScratchDir folder;
  Launch{}.ranks(2).flag("--log", folder.file("all.log")).worker("print out", "warn err").expect_exit(0);
  const auto log = read_file(folder.file("all.log"));
  CHECK(split_lines(log).size() == 4);
  for (const int rank : {0, 1}) {
    CHECK(contains(log, labelled(rank, "out\n")));
    CHECK(contains(log, labelled(rank, "err\n")));
  }
}

TEST_CASE("option --log has what --local-ranks-filter hides") {
  const ScratchDir folder;
  Launch{}
      .ranks(2)
      .flag("--local-ranks-filter", "0")
      .flag("--log", folder.file("all.log"))
      .worker("print x")
      .expect_exit(0)
      .expect_out(labelled(0, "x\n"));
  CHECK(contains(read_file(folder.file("all.log")), labelled(1, "x\n")));
}

TEST_CASE("option --log has the report of a failure too") {
  const ScratchDir folder;
  Launch{}.ranks(2).flag("--log", folder.file("all.log")).worker("exit 3 if rank==1", "sleep forever").expect_exit(3);
  CHECK(contains(read_file(folder.file("all.log")), "rank 1 exited with code 3"));
}

TEST_CASE("files that cannot be written are usage errors before anything starts") {
  const ScratchDir folder;
  write_file(folder.file("a-file"), "");
  const auto started = folder.file("started");
  expect_usage_error(Launch{}.flag("--log", "/no/such/dir/all.log").worker("touch " + started).run(),
                     {"--log", "/no/such/dir/all.log"});
  expect_usage_error(Launch{}.flag("-r", "3").flag("--log-dir", folder.file("a-file")).worker("touch " + started).run(),
                     {"--log-dir", "a-file"});
  expect_usage_error(Launch{}.flag("--events", "/no/such/dir/events").worker("touch " + started).run(),
                     {"--events", "/no/such/dir/events"});
  expect_usage_error(Launch{}.flag("--junit", "/no/such/dir/junit.xml").worker("touch " + started).run(),
                     {"--junit", "/no/such/dir/junit.xml"});
  CHECK_FALSE(std::filesystem::exists(started));
}

TEST_CASE("a log folder of /dev/null turns logs and error files off") {
  Launch{}
      .ranks(2)
      .flag("--log-dir", "/dev/null")
      .worker("env TORCHELASTIC_ERROR_FILE if rank==0")
      .expect_exit(0)
      .expect_out(labelled(0, "TORCHELASTIC_ERROR_FILE=\n"));
}

TEST_CASE("with a log folder the error files are kept there") {
  const ScratchDir logs;
  logging(logs)
      .flag("-r", "3")
      .worker("error-file new bad loss if rank==1", "exit 1 if rank==1", "sleep forever")
      .expect_exit(1);
  CHECK(contains(read_file(job_folder(logs) / "attempt_0/1/error.json"), "bad loss"));
}
