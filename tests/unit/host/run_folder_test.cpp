#include "gpulaunch/host/run_folder.hpp"

#include "catch.hpp"
#include "scratch_folder.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace gpulaunch;
namespace fs = std::filesystem;

namespace {

Environment with(std::initializer_list<std::pair<std::string, std::string>> variables) {
  Environment environment;
  for (const auto& [name, value] : variables) environment.set(name, value);
  return environment;
}

}  // namespace

TEST_CASE("a run folder is private and stands in XDG_RUNTIME_DIR") {
  const ScratchFolder runtime;
  const ScratchFolder temporary;
  const auto folder = RunFolder::create(with({{"XDG_RUNTIME_DIR", runtime.path()}, {"TMPDIR", temporary.path()}}));
  REQUIRE(folder.has_value());
  CHECK(fs::path(folder->path()).parent_path() == runtime.path());
  struct stat status {};
  REQUIRE(::stat(folder->path().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0700U);
}

TEST_CASE("whoever removes a run folder is told its path before it is made") {
  const ScratchFolder temporary;
  std::vector<std::string> told;
  const auto folder = RunFolder::create(with({{"TMPDIR", temporary.path()}}), [&](std::string_view path) {
    CHECK_FALSE(fs::exists(path));
    told.emplace_back(path);
  });
  REQUIRE(folder.has_value());
  CHECK(told == std::vector<std::string>{folder->path()});
}

TEST_CASE("without a usable XDG_RUNTIME_DIR it stands in TMPDIR") {
  const ScratchFolder temporary;
  const std::string runtime = GENERATE("/nonexistent/runtime", "relative", "");
  const auto folder = RunFolder::create(with({{"XDG_RUNTIME_DIR", runtime}, {"TMPDIR", temporary.path()}}));
  REQUIRE(folder.has_value());
  CHECK(fs::path(folder->path()).parent_path() == temporary.path());
}

TEST_CASE("where nobody chose a place, or a chosen one is not there, it stands in memory or in /tmp") {
  const auto environment = GENERATE(with({{"TMPDIR", "/nonexistent/tmp"}}), Environment());
  const auto folder = RunFolder::create(environment);
  REQUIRE(folder.has_value());
  const bool in_memory = ::access("/dev/shm", W_OK) == 0;
  CHECK(folder->path().starts_with(in_memory ? "/dev/shm/gpulaunch-" : "/tmp/gpulaunch-"));
}

TEST_CASE("a run folder goes away also when no file can be opened any more") {
  const ScratchFolder temporary;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  int opened = 0;
  {
    const auto folder = RunFolder::create(with({{"TMPDIR", temporary.path()}}));
    REQUIRE(folder.has_value());
    fs::create_directories(folder->path() + "/gpulaunch-inner/more");
    const int lowest = ::dup(0);
    ::close(lowest);
    const rlimit none{static_cast<rlim_t>(lowest), before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
    opened = ::dup(0);
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(opened == -1);
  CHECK(fs::is_empty(temporary.path()));
}

TEST_CASE("a launcher within a job has its run folder in that of the job, while it is there") {
  const ScratchFolder temporary;
  const ScratchFolder outer;
  const auto inner =
      RunFolder::create(with({{"GPULAUNCH_RUN_FOLDER", outer.path()}, {"XDG_RUNTIME_DIR", temporary.path()}}));
  REQUIRE(inner.has_value());
  CHECK(fs::path(inner->path()).parent_path() == outer.path());
  const auto alone =
      RunFolder::create(with({{"GPULAUNCH_RUN_FOLDER", "/nonexistent"}, {"XDG_RUNTIME_DIR", temporary.path()}}));
  REQUIRE(alone.has_value());
  CHECK(fs::path(alone->path()).parent_path() == temporary.path());
}

TEST_CASE("a run folder goes away with all its contents, and links are not followed") {
  const ScratchFolder elsewhere;
  elsewhere.write("precious/data", "keep me");
  const ScratchFolder temporary;
  std::string path;
  {
    const auto folder = RunFolder::create(with({{"TMPDIR", temporary.path()}}));
    REQUIRE(folder.has_value());
    path = folder->path();
    fs::create_directories(path + "/attempt_0/3");
    fs::create_directory_symlink(elsewhere.at("precious"), path + "/attempt_0/link");
    fs::create_symlink(elsewhere.at("precious/data"), path + "/file_link");
  }
  CHECK_FALSE(fs::exists(fs::symlink_status(path)));
  CHECK(fs::exists(elsewhere.at("precious/data")));
}

TEST_CASE("a run folder that was moved is removed once, by its last owner") {
  const ScratchFolder temporary;
  auto first = RunFolder::create(with({{"TMPDIR", temporary.path()}}));
  REQUIRE(first.has_value());
  const std::string path = first->path();
  {
    const RunFolder second(std::move(*first));
    CHECK(second.path() == path);
    CHECK(fs::exists(path));
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("run ids are random UUIDs of version 4") {
  std::set<std::string> ids;
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  for (int i = 0; i < 100; ++i) {
    const auto id = make_run_id();
    CHECK(std::regex_match(id, form));
    ids.insert(id);
  }
  CHECK(ids.size() == 100);
}

TEST_CASE("a log base is made below the log folder, with the run's id and a suffix of its own") {
  const ScratchFolder folder;
  const auto first = create_log_base(folder.at("deep/logs"), "job-1");
  const auto second = create_log_base(folder.at("deep/logs"), "job-1");
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(*first != *second);
  CHECK(fs::is_directory(*first));
  CHECK(std::regex_match(fs::path(*first).filename().string(), std::regex("job-1_[a-z0-9]{8}")));
  CHECK(fs::path(create_log_base(folder.path(), "a/../b").value()).parent_path() == folder.path());
}

TEST_CASE("a log folder that cannot be made is refused by flag and path") {
  const ScratchFolder folder;
  folder.write("file", "");
  const auto base = create_log_base(folder.at("file"), "job");
  REQUIRE_FALSE(base.has_value());
  CHECK(base.error().kind == ErrorKind::usage);
  CHECK_THAT(base.error().message, Catch::Contains("--log-dir " + folder.at("file")));
}

TEST_CASE("the temporary folder is TMPDIR, or /tmp where that is unset or empty") {
  CHECK(temporary_folder(with({{"TMPDIR", "/scratch"}})) == "/scratch");
  CHECK(temporary_folder(with({{"TMPDIR", ""}})) == "/tmp");
  CHECK(temporary_folder({}) == "/tmp");
}
