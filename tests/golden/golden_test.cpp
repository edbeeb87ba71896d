// Texts that people read, and that change only when somebody means it. GPULAUNCH_UPDATE_GOLDEN=1 rewrites the files.
#include "catch.hpp"
#include "launch.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <regex>

using namespace harness;

namespace {

const std::filesystem::path tree = GPULAUNCH_SOURCE_DIR;

void check_golden(const std::filesystem::path& file, const std::string& text) {
  if (std::getenv("GPULAUNCH_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(file.parent_path());
    write_file(file, text);
  }
  INFO("the program prints something else than " << file << "; scripts/update-golden rewrites it");
  CHECK(text == read_file(file));
}

std::string output_of(const Launch& launch) { return launch.run().expect_exit(0).expect_err("").out; }

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

// Paths, names and numbers that differ from machine to machine and from run to run.
std::string normalised(std::string text, const ScratchDir& folder) {
  text = replaced(text, folder.path().string(), "FOLDER");
  text = replaced(text, host_name(), "HOST");
  text = std::regex_replace(text, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID");
  text = std::regex_replace(text, std::regex("(MASTER_PORT=|127\\.0\\.0\\.1:|localhost:)\\d+"), "$1PORT");
  text = std::regex_replace(text, std::regex("GPUs        .*"), "GPUs        HERE");
  text = std::regex_replace(text, std::regex("CPUs        \\S+ allowed, \\d+ cores? usable"), "CPUs        HERE");
  text = std::regex_replace(text, std::regex("OMP_NUM_THREADS=\\d+"), "OMP_NUM_THREADS=SHARE");
  return std::regex_replace(text, std::regex("/[^ \"=]*gpulaunch-[A-Za-z0-9._-]{6,}"), "RUN_FOLDER");
}

void check_dry_run(const std::string& name, Launch launch) {
  const ScratchDir folder;
  write_file(folder.file("train.py"), "");
  launch.in_directory(folder.path()).flag("--dry-run").program("train.py", "--lr", "0.1", "a b");
  check_golden(tree / "tests/golden/dry_run" / (name + ".txt"), normalised(output_of(launch), folder));
}

}  // namespace

TEST_CASE("the short help is the one in the tree") {
  check_golden(tree / "tests/golden/help/short.txt", output_of(Launch{}.flag("-h")));
}

TEST_CASE("the long help is the one in the tree") {
  check_golden(tree / "tests/golden/help/long.txt", output_of(Launch{}.flag("--help")));
}

TEST_CASE("the man page is the one in the tree") {
  check_golden(tree / "app/share/man/gpulaunch.1", output_of(Launch{}.flag("--print-man")));
}

TEST_CASE("the completions are the ones in the tree") {
  const auto folder = tree / "app/share/completions";
  check_golden(folder / "gpulaunch.bash", output_of(Launch{}.flag("--print-completion", "bash")));
  check_golden(folder / "_gpulaunch", output_of(Launch{}.flag("--print-completion", "zsh")));
  check_golden(folder / "gpulaunch.fish", output_of(Launch{}.flag("--print-completion", "fish")));
}

TEST_CASE("the dry run of one rank reads as it should") { check_dry_run("one_rank", Launch{}); }

TEST_CASE("the dry run of four ranks reads as it should") { check_dry_run("four_ranks", Launch{}.ranks(4)); }

TEST_CASE("the dry run through a link named torchrun reads as it should") {
  check_dry_run("torchrun", Launch{}.called("torchrun").flag("--standalone").flag("--nproc_per_node=2"));
}

TEST_CASE("the dry run of a job with many settings reads as it should") {
  check_dry_run("settings", Launch{}
                                .ranks(2)
                                .env("SLURM_PROCID", "3")
                                .env("MY_TOKEN", "secret")
                                .flag("--env", "WANDB_API_KEY=secret")
                                .flag("--env", "EPOCHS=3")
                                .flag("--stdin", "1")
                                .flag("--wrap", "env OUT=r{rank}")
                                .flag("--wrap-ranks", "0")
                                .flag("--max-restarts", "2")
                                .flag("--compat", "horovod"));
}
