// What shells offer for a command line that has been begun, asked of the shells themselves with the scripts that the
// program prints.
#include "catch.hpp"
#include "child_process.hpp"
#include "launch.hpp"

#include <filesystem>

using namespace harness;

namespace {

constexpr auto no_fish = "there is no fish";
const std::string fish_path = "/usr/bin/fish";

std::string output_of_shell(const std::string& path, const std::vector<std::string>& words) {
  const ScratchDir home;  // fish makes folders there
  ChildOptions options{.path = path, .argv = {path}};
  options.argv.insert(options.argv.end(), words.begin(), words.end());
  options.env = {"PATH=/usr/bin:/bin", "HOME=" + home.path().string()};
  ChildProcess shell(options);
  shell.pump_until([] { return false; }, std::chrono::seconds(60));
  INFO(shell.err());
  REQUIRE(shell.ending());
  return shell.out();
}

// One offered word a line; the last of `words` is the one that is being typed.
std::string bash_offers(const std::vector<std::string>& words) {
  const ScratchDir folder;
  write_file(folder.file("script"), Launch{}.flag("--print-completion", "bash").run().expect_exit(0).out);
  // The number of the word under the cursor counts the program's name as 0.
  const std::string code =
      "source \"$1\"; shift; COMP_WORDS=(gpulaunch \"$@\"); COMP_CWORD=$#; _gpulaunch; printf '%s\\n' "
      "\"${COMPREPLY[@]}\"";
  std::vector<std::string> all{"--norc", "-c", code, "bash", folder.file("script")};
  all.insert(all.end(), words.begin(), words.end());
  return output_of_shell("/bin/bash", all);
}

std::string fish_offers(const std::string& line) {
  const ScratchDir folder;
  write_file(folder.file("script"), Launch{}.flag("--print-completion", "fish").run().expect_exit(0).out);
  return output_of_shell(fish_path, {"--no-config", "-c", "source $argv[1]; complete -C $argv[2]",
                                     folder.file("script"), "gpulaunch " + line});
}

}  // namespace

TEST_CASE("bash offers the verbs as the first word alone") {
  CHECK(contains(bash_offers({"expl"}), "explain\n"));
  CHECK(contains(bash_offers({"gua"}), "guard\n"));
  CHECK_FALSE(contains(bash_offers({"--timeout", "10", "expl"}), "explain\n"));
}

TEST_CASE("bash offers after explain its options and files, and none of a job's") {
  CHECK(bash_offers({"explain", "-"}) == "--signatures\n--json\n--help\n-h\n");
  const ScratchDir folder;
  write_file(folder.file("job.log"), "");
  for (const std::string before : {"explain", "--json", "--signatures"})
    CHECK(bash_offers({"explain", before, folder.file("jo")}) == folder.file("job.log") + "\n");
  CHECK(bash_offers({"explain", folder.file("no")}) == "\n");
}

TEST_CASE("bash offers options of the diagnosis and of hangs, and those of guard after guard") {
  const auto offers = bash_offers({"--"});
  for (const auto* option : {"--signatures", "--diagnosis", "--hang-timeout", "--progress-regex", "--dump-on"})
    CHECK(contains(offers, std::string(option) + "\n"));
  CHECK(bash_offers({"--diagnosis", ""}) == "on\noff\n");
  CHECK(bash_offers({"guard", "--hang"}) == "--hang-timeout\n");
}

TEST_CASE("fish offers the verbs, and after explain its options and files") {
  if (skipped_unless(std::filesystem::exists(fish_path), no_fish)) return;
  CHECK(contains(fish_offers("expl"), "explain\tSay from saved logs"));
  const auto options = fish_offers("explain --");
  CHECK(contains(options, "--signatures\t"));
  CHECK(contains(options, "--json\t"));
  CHECK_FALSE(contains(options, "--nproc"));
  const ScratchDir folder;
  write_file(folder.file("job.log"), "");
  CHECK(contains(fish_offers("explain --json " + folder.file("jo")), "job.log"));
}

TEST_CASE("fish offers a job's options before a program and after guard") {
  if (skipped_unless(std::filesystem::exists(fish_path), no_fish)) return;
  CHECK(contains(fish_offers("--hang"), "--hang-timeout\t"));
  CHECK(contains(fish_offers("guard --hang"), "--hang-timeout\t"));
  CHECK_FALSE(contains(fish_offers("./train --hang"), "--hang-timeout\t"));
}
