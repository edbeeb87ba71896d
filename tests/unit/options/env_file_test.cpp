#include "catch.hpp"
#include "gpulaunch/options/value_parsers.hpp"
#include "parse.hpp"

using namespace gpulaunch;
using namespace gpulaunch::test;

namespace {

using Assignments = std::vector<EnvAssignment>;

std::string file_error(std::string_view text) {
  const auto read = parse_env_file(text);
  return read ? "" : read.error().message;
}

}  // namespace

TEST_CASE("an env file is lines of NAME=VALUE with comments and blank lines") {
  CHECK(parse_env_file("# first\n\nA=1\n  B = x\n") .has_value() == false);
  CHECK(*parse_env_file("# first\n\n  A=1\n\t# more\nB=\nC=a=b\n") == Assignments{{"A", "1"}, {"B", ""}, {"C", "a=b"}});
  CHECK(parse_env_file("")->empty());
  CHECK(*parse_env_file("A=1") == Assignments{{"A", "1"}});
}

TEST_CASE("an env file may come from a shell, from Windows, or with a byte order mark") {
  CHECK(*parse_env_file("export A=1\nexport\tB=2\nexported=3\n") == Assignments{{"A", "1"}, {"B", "2"}, {"exported", "3"}});
  CHECK(*parse_env_file("\xef\xbb\xbf" "A=1\r\nB=2\r\n") == Assignments{{"A", "1"}, {"B", "2"}});
}

TEST_CASE("values of an env file may be quoted, and nothing is expanded") {
  CHECK(*parse_env_file("A='x # $HOME \\n'\nB=\"a\\tb\\n\\\"\\$\\\\ \\q\" # c\nC=$HOME\n") ==
        Assignments{{"A", "x # $HOME \\n"}, {"B", "a\tb\n\"$\\ \\q"}, {"C", "$HOME"}});
}

TEST_CASE("comments end a plain value only after a blank") {
  CHECK(*parse_env_file("A=x # c\nB=x#y\nC=#z\nD= # c\nE=a b  \n") ==
        Assignments{{"A", "x"}, {"B", "x#y"}, {"C", "#z"}, {"D", ""}, {"E", "a b"}});
}

TEST_CASE("a bad line of an env file is named by its number") {
  CHECK(file_error("A=1\nB\n").starts_with("line 2: 'B' is not an assignment"));
  CHECK(file_error("A='x\n") == "line 1: the quote ' is not closed on this line");
  CHECK(file_error("\nA=\"x\\\"\n") == "line 2: the quote \" is not closed on this line");
  CHECK(file_error("A='x' y\n") == "line 1: there is text after the closing quote");
  CHECK(file_error("=1\n").starts_with("line 1: '=1'"));
  CHECK(file_error(std::string_view("A=\0\n", 4)).starts_with("line 1: "));
  const World world{.files = {{"vars", "A=1\n\noops\n"}}};
  CHECK(error_of({"--env-file", "vars"}, world).starts_with("--env-file: vars: line 3: 'oops' is not an assignment"));
  CHECK(error_of({"--env-file", "gone"}, world) == "--env-file: cannot read gone: no such file");
}
