#include "catch.hpp"
#include "gpulaunch/options/catalog.hpp"
#include "gpulaunch/options/command_line.hpp"
#include "gpulaunch/options/completion.hpp"
#include "gpulaunch/options/explain.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

using namespace gpulaunch;

namespace {

std::string file(const std::string& path) {
  std::ifstream stream(std::string(GPULAUNCH_SHARE) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::size_t longest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t longest = 0;
  for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
  return longest;
}

}  // namespace

TEST_CASE("long help names every option that is not hidden, and every variable") {
  const auto help = long_help();
  for (const auto* definition : make_catalog()) {
    const auto name = "--" + std::string(definition->name);
    CHECK(holds(help, name) == (definition->standing != Standing::hidden));
    CHECK(holds(help, definition->pet));
    CHECK(holds(help, definition->torchrun));
  }
}

TEST_CASE("short help shows the common options and where the others are") {
  const auto help = short_help();
  for (const auto* part :
       {"-n, --nproc N|gpu|auto|cpu", "--grace DURATION", "--dry-run[=text|json]", "--help shows all"}) {
    CHECK(holds(help, part));
  }
  CHECK_FALSE(holds(help, "--rdzv-conf"));
  CHECK_FALSE(holds(help, "--progress-regex"));
  CHECK(help.size() < long_help().size() / 2);
}

TEST_CASE("both helps fit into 100 columns") {
  CHECK(longest_line(short_help()) <= 100);
  CHECK(longest_line(long_help()) <= 100);
}

TEST_CASE("the man page has all its sections and names every option") {
  const auto page = man_page("1.2.3");
  for (const auto* section : {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "EXIT STATUS", "SIGNALS",
                              "FILES", "EXAMPLES", "SEE ALSO"}) {
    CHECK(holds(page, "\n.SH " + std::string(section) + "\n"));
  }
  CHECK(holds(page, "\"gpulaunch 1.2.3\""));
  CHECK(holds(page, "\\fB\\-n\\fR, \\fB\\-\\-nproc\\fR \\fIN|gpu|auto|cpu\\fR"));
  CHECK_FALSE(holds(page, "print\\-man"));
}

TEST_CASE("completions offer every option that works, and none that is hidden") {
  for (const std::string shell : {"bash", "zsh", "fish", "tcsh"}) {
    const auto script = completion_script(shell);
    for (const auto* definition : make_catalog()) {
      if (definition->standing == Standing::works) CHECK(holds(script, definition->name));
    }
    CHECK_FALSE(holds(script, "print-man"));
    CHECK(holds(script, "auto always never"));
  }
  CHECK(completion_script("ksh").empty());
}

TEST_CASE("completions know the verbs, and the options of explain as its help has them") {
  for (const auto& flag : explain_flags()) {
    CHECK(holds(explain_help(), flag.help));
    CHECK(parse_explain({std::string(flag.name), "x", "y"}));
  }
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const auto script = completion_script(shell);
    for (const auto& verb : completed_verbs) CHECK(holds(script, verb.name));
    for (const auto& flag : explain_flags()) CHECK(holds(script, flag.name.substr(flag.name.find_first_not_of('-'))));
  }
}

TEST_CASE("the installed man page and completions are those that the definitions make") {
  CHECK(file("man/gpulaunch.1") == man_page(GPULAUNCH_VERSION));
  CHECK(file("completions/gpulaunch.bash") == completion_script("bash"));
  CHECK(file("completions/_gpulaunch") == completion_script("zsh"));
  CHECK(file("completions/gpulaunch.fish") == completion_script("fish"));
}
