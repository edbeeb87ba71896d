#include "gpulaunch/output/label.hpp"

#include "support.hpp"

using namespace gpulaunch;
using namespace gpulaunch::test;

namespace {

const LabelFacts facts{"12", "4", "node7", "trainer"};

// 2026-11-22 12:05:48.123 UTC
const Wall noon(1795349148s + 123ms);

std::string text_of(std::string_view format, Prefix::Style style = {}) {
  const auto parsed = LabelFormat::parse(format);
  REQUIRE(parsed);
  style.label = &*parsed;
  Stamp stamp;
  return std::string(Prefix(style, facts).at(noon, stamp));
}

}  // namespace

TEST_CASE("the standard label is the rank in brackets") { CHECK(text_of(LabelFormat::standard) == "[12] "); }

TEST_CASE("placeholders of both styles are replaced") {
  CHECK(text_of("{host}/{role}:{local_rank}>{rank} ") == "node7/trainer:4>12 ");
  CHECK(text_of("${hostname} ${role_name} ${local_rank} ${rank}: ") == "node7 trainer 4 12: ");
  CHECK(text_of(LabelFormat::torchrun) == "[trainer4]:");
}

TEST_CASE("an unknown placeholder is refused by name, other braces stand for themselves") {
  const auto refused = LabelFormat::parse("{rnk} ");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::usage);
  CHECK(refused.error().message ==
        "--label-format '{rnk} ': unknown placeholder {rnk} (allowed are {rank}, {local_rank}, {host}, {role} and "
        "{time})");
  CHECK(text_of("{} {\"a\": {rank}} {") == "{} {\"a\": 12} {");
  CHECK(text_of("${pid} $5 ") == "${pid} $5 ");
}

TEST_CASE("times are local, to the millisecond, and change with the line") {
  use_zone("CET-1");
  CHECK(text_of("[{rank} {time}] ") == "[12 13:05:48.123] ");
  CHECK(text_of("[{rank}] ", {.timestamps = true}) == "13:05:48.123 [12] ");
  CHECK(text_of("[{rank}] ", {.timestamps = true, .dates = true}) == "2026-11-22T13:05:48.123 [12] ");

  Stamp stamp;
  Prefix prefix({.timestamps = true}, facts);
  CHECK(prefix.at(noon, stamp) == "13:05:48.123 ");
  CHECK(prefix.at(noon + 4ms, stamp) == "13:05:48.127 ");
  CHECK(prefix.at(noon + 1s, stamp) == "13:05:49.123 ");
  CHECK(prefix.at(noon, stamp) == "13:05:48.123 ");
}

TEST_CASE("a rank keeps its colour, which ends before the blank behind the label") {
  CHECK(text_of("[{rank}] ", {.colour = 1}) == "\033[32m[12]\033[0m ");
  CHECK(text_of("[{rank}] ", {.colour = 11}) == "\033[32m[12]\033[0m ");
  CHECK(text_of("[{rank}] ", {.colour = 2}) == "\033[33m[12]\033[0m ");
}
