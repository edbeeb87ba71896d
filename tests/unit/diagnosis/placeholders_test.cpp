#include "gpulaunch/diagnosis/matching/placeholders.hpp"

#include "catch.hpp"

using namespace gpulaunch;

TEST_CASE("placeholders are names in braces and nothing else") {
  CHECK(placeholders("{a} {b_2} {} {a b} {{c}} {d") == std::set<std::string>{"a", "b_2", "c"});
}

TEST_CASE("placeholders are filled with what was caught, as often as they stand there") {
  CHECK(filled("Port {port} of {host} ({port}) is taken.", {{"port", "29500"}, {"host", "a"}}) ==
        "Port 29500 of a (29500) is taken.");
}

TEST_CASE("a placeholder that caught nothing leaves a readable sentence") {
  CHECK(filled("Port {port} is taken.", {}) == "Port is taken.");
  CHECK(filled("The port is taken ({port}).", {}) == "The port is taken.");
  CHECK(filled("Install '{name}' first.", {}) == "Install first.");
  CHECK(filled("Install `{name}`.", {{"name", ""}}) == "Install.");
  CHECK(filled("{what}", {}) == "");
}

TEST_CASE("what was caught is not filled again") { CHECK(filled("{a}", {{"a", "{b}"}, {"b", "x"}}) == "{b}"); }

TEST_CASE("braces that are no placeholder stay") { CHECK(filled("{} {x y} {", {}) == "{} {x y} {"); }
