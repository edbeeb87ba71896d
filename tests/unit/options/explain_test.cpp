// gpulaunch explain [options] FILE...
#include "catch.hpp"
#include "parse.hpp"

using namespace gpulaunch;
using namespace gpulaunch::test;

TEST_CASE("explain takes files and its own options in any order") {
  const auto parsed =
      parse({"explain", "a.log", "--json", "--signatures", "x.toml", "-", "--signatures=y.toml", "--", "--b"});
  REQUIRE(parsed);
  CHECK(parsed->verb == Verb::explain);
  CHECK(parsed->explain.logs == Words{"a.log", "-", "--b"});
  CHECK(parsed->explain.signatures == Words{"x.toml", "y.toml"});
  CHECK(parsed->explain.json);
  CHECK_FALSE(parsed->explain.help);
  CHECK(parse({"explain", "-h"})->explain.help);
}

TEST_CASE("explain refuses what it cannot use with one line") {
  CHECK(parse({"explain"}).error().message ==
        "no FILE to explain (usage: gpulaunch explain [--signatures FILE] [--json] FILE...)");
  CHECK(parse({"explain", "--jsn", "x"}).error().message ==
        "explain has no option --jsn (allowed are --signatures FILE, --json and --help)");
  CHECK(parse({"explain", "x", "--signatures"}).error().message ==
        "--signatures: '' is not a path (allowed: the path of a TOML file)");
  CHECK(parse({"explain", ""}).error().kind == ErrorKind::usage);
}

TEST_CASE("explain is a verb as the first word alone") {
  CHECK(parse({"-n", "1", "explain", "x"})->options.command == Words{"explain", "x"});
  CHECK(parse({"./explain"})->options.command == Words{"./explain"});
  CHECK(parse({"explain"}, {.program = "torchrun"})->options.command == Words{"explain"});
}
