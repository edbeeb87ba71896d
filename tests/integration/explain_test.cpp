// gpulaunch explain, with the real program on saved logs.
#include "catch.hpp"
#include "launch.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace harness;

namespace {

std::string saved(const std::string& name) { return std::string(GPULAUNCH_TEST_LOGS) + "/" + name; }

template <class... Words>
Launch explain(Words... words) {
  Launch launch;
  launch.program("explain", std::string(words)...);
  return launch;
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("explain names the rank that failed in a torchrun log, and its cause") {
  explain(saved("torchrun_oom.log"))
      .expect_exit(0)
      .expect_out_has("explain: rank 1 of 4: ")
      .expect_out_has("| torch.OutOfMemoryError: CUDA out of memory.")
      .expect_out_has("  cause: ")
      .expect_out_has("  fix: ")
      .expect_err("");
}

TEST_CASE("explain reads what srun -l and mpirun --tag-output have written") {
  explain(saved("srun_label.log")).expect_exit(0).expect_out_has("rank 2 of 4: ").expect_out_has("flash_attn");
  explain(saved("mpirun_tagged.log")).expect_exit(0).expect_out_has("rank 3 of 4").expect_out_has("Segmentation fault");
}

TEST_CASE("explain reads a file for each rank, and a folder of them") {
  const ScratchDir folder;
  const auto job = std::filesystem::path(folder.path()) / "none_ab12cd34";
  write(job / "attempt_0" / "0" / "stderr.log", "ModuleNotFoundError: No module named 'first'\n");
  write(job / "attempt_1" / "0" / "stderr.log", "step 1\n");
  write(job / "attempt_1" / "1" / "stderr.log", "step 1\nModuleNotFoundError: No module named 'second'\n");
  explain(folder.path()).expect_exit(0).expect_out_has("rank 1 of 2: ").expect_out_has("'second'");
  explain((job / "attempt_1" / "0" / "stderr.log").string(), (job / "attempt_1" / "1" / "stderr.log").string())
      .expect_exit(0)
      .expect_out_has("rank 1 of 2: ");
}

TEST_CASE("explain does not take what was seen of ranks that hung for what they said") {
  const ScratchDir folder;
  Launch hung;
  hung.ranks(2).flag("--hang-timeout", "300ms").flag("-r", "3").flag("--log-dir", folder.path().string());
  hung.env("PATH", "/nonexistent").worker("print up", "sleep forever").expect_exit(124);
  std::string seen;
  for (const auto& file : files_below(folder.path()))
    if (file.ends_with("/inspection.txt")) seen = folder.path() / file;
  REQUIRE_FALSE(seen.empty());
  std::ofstream(seen, std::ios::app) << "  rank 1: ModuleNotFoundError: No module named 'seen'\n";
  explain(folder.path()).expect_exit(1).expect_out_has("nothing in these logs tells");
}

TEST_CASE("explain reads standard input") {
  explain("-")
      .input("ModuleNotFoundError: No module named 'numpy'\n")
      .expect_exit(0)
      .expect_out_has("explain: the program: ");
}

TEST_CASE("explain prints one JSON object") {
  const auto finished = explain("--json", saved("srun_label.log")).expect_exit(0);
  const auto json = nlohmann::json::parse(finished.out);
  CHECK(json["culprits"] == std::vector<int>{2});
  CHECK(json["world_size"] == 4);
  CHECK(json["explained"] == true);
}

TEST_CASE("explain says so when nothing is found") {
  explain("-")
      .input("all is well\n")
      .expect_exit(1)
      .expect_out("explain: nothing in these logs tells why the job failed\n");
}

TEST_CASE("explain knows the failures of the user's own signatures") {
  const ScratchDir folder;
  const auto path = std::filesystem::path(folder.path()) / "mine.toml";
  write(
      path,
      "[[signature]]\nid = \"flux-capacitor\"\nrole = \"cause\"\nall = ['flux is low']\ncause = \"The flux ran out.\"\n"
      "fix = \"Drive faster.\"\n");
  explain("--signatures", path.string(), "-")
      .input("oh: flux is low\n")
      .expect_exit(0)
      .expect_out_has("flux capacitor")
      .expect_out_has("fix: Drive faster.");
  write(path, "[[signature]]\nid = 7\n");
  expect_usage_error(explain("--signatures", path.string(), "-").run(), {"--signatures", path.string()});
}

TEST_CASE("what explain cannot read is one clear error") {
  const ScratchDir folder;
  const auto packed = (std::filesystem::path(folder.path()) / "a.log.gz").string();
  write(packed, "\x1f\x8b\x08 rest");
  expect_usage_error(explain("/no/such.log").run(), {"cannot read /no/such.log", "No such file"});
  expect_usage_error(explain(packed).run(), {packed, "is compressed", "gzip -dc"});
  expect_usage_error(explain().run(), {"no FILE to explain"});
  expect_usage_error(explain("--xml", "a").run(), {"--xml", "--json"});
}

TEST_CASE("explain shows its own help") {
  explain("--help").expect_exit(0).expect_out_has("Usage: gpulaunch explain").expect_err("");
}
