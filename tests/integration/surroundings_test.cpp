// A launcher that is started in poor surroundings: standard descriptors are closed, the working directory is gone.
#include "catch.hpp"
#include "launch.hpp"

#include <algorithm>

using namespace harness;

namespace {

const std::vector<std::vector<int>> closed_descriptors = {{0}, {1}, {2}, {0, 1, 2}};

bool is_in(const std::vector<int>& descriptors, int fd) {
  return std::find(descriptors.begin(), descriptors.end(), fd) != descriptors.end();
}

// A shell does this in the test's folder and is then replaced by what it was given.
std::vector<std::string> after(const std::string& commands) {
  return {"/bin/bash", "-c", commands + " && exec \"$@\"", "bash"};
}

// The superuser may enter any folder, unless the capabilities for that are taken away.
std::vector<std::string> inside_a_closed_folder() {
  return after(
      "mkdir closed && cd closed && chmod 000 . && if [ $UID = 0 ]; then"
      " set -- setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search \"$@\";"
      " fi");
}

bool can_be_closed_to_us() {
  const ScratchDir folder;
  auto words = inside_a_closed_folder();
  for (const auto* word : {"sh", "-c", "ls . 2>&1 || exit 7"}) words.emplace_back(word);
  ChildProcess probe({.path = words.front(), .argv = words, .env = {"PATH=/usr/bin:/bin"}, .directory = folder.path()});
  probe.pump_until([] { return false; }, std::chrono::seconds(30));
  return probe.ending() == Ending{false, 7, 0};
}

}  // namespace

TEST_CASE("a job runs although standard descriptors are closed and no rank gets a file of ours in their place") {
  for (const auto& closed : closed_descriptors)
    for (const int ranks : {1, 3}) {
      const ScratchDir folder;
      const auto finished = Launch{}
                                .closing(closed)
                                .ranks(ranks)
                                .flag("--stdio", "inherit")
                                .flag("--on-failure", "continue")
                                .program("bash", "-c",
                                         "readlink /proc/$$/fd/{0,1,2} > " + folder.file("rank") +
                                             "$RANK; echo out; echo err >&2; exit $((RANK == 0 ? 3 : 0))")
                                .expect_exit(3);
      const auto times = static_cast<std::size_t>(ranks);
      CHECK(count_of(finished.out, "out\n") == (is_in(closed, 1) ? 0 : times));
      CHECK(count_of(finished.err, "err\n") == (is_in(closed, 2) ? 0 : times));
      for (int rank = 0; rank < ranks; ++rank) {
        const auto files = split_lines(read_file(folder.file("rank" + std::to_string(rank))));
        REQUIRE(files.size() == 3);
        for (const int fd : closed) CHECK(files[static_cast<std::size_t>(fd)] == "/dev/null");
      }
    }
}

TEST_CASE("a job runs in a working directory that was deleted") {
  for (const int ranks : {1, 2}) {
    const ScratchDir folder;
    Launch{}
        .in_directory(folder.path())
        .through(after("mkdir gone && cd gone && rmdir ../gone"))
        .ranks(ranks)
        .flag("--label", "never")
        .worker("print here")
        .expect_exit(0)
        .expect_lines(std::vector<std::string>(static_cast<std::size_t>(ranks), "here"))
        .expect_err("");
  }
}

TEST_CASE("a job runs in a working directory that may be neither read nor entered") {
  if (skipped_unless(can_be_closed_to_us(), "no folder can be closed to this user")) return;
  for (const int ranks : {1, 2}) {
    const ScratchDir folder;
    Launch{}
        .in_directory(folder.path())
        .through(inside_a_closed_folder())
        .ranks(ranks)
        .flag("--label", "never")
        .worker("print here")
        .expect_exit(0)
        .expect_lines(std::vector<std::string>(static_cast<std::size_t>(ranks), "here"))
        .expect_err("");
    std::filesystem::permissions(folder.file("closed"), std::filesystem::perms::owner_all);
  }
}
