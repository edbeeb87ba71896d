#include "gpulaunch/plan/environment.hpp"

#include "catch.hpp"
#include "gpulaunch/plan/overlay.hpp"

#include <array>

using namespace gpulaunch;

TEST_CASE("of a variable that is there twice the first one counts, as for getenv") {
  const std::array entries{"A=1", "A=2", "broken", "=x", "EMPTY=", "B=with=equals", static_cast<const char*>(nullptr)};
  const auto environment = Environment::from_entries(entries.data());
  CHECK(environment.get("A") == "1");
  CHECK(environment.get("EMPTY") == "");
  CHECK(environment.get("B") == "with=equals");
  CHECK(environment.variables().size() == 3);
  CHECK(environment.entries() == std::vector<std::string>{"A=1", "B=with=equals", "EMPTY="});
}

TEST_CASE("no environment at all is an empty one") { CHECK(Environment::from_entries(nullptr).variables().empty()); }

TEST_CASE("changes add, replace and remove variables, and leave the others as they are") {
  Environment from;
  from.set("SAME", "x");
  from.set("CHANGED", "old");
  from.set("GONE", "y");
  const auto to =
      apply(from, {{"ADDED", ""}, {"CHANGED", "new"}, {"GONE", std::nullopt}, {"NEVER_THERE", std::nullopt}});
  CHECK(to.entries() == std::vector<std::string>{"ADDED=", "CHANGED=new", "SAME=x"});
}

TEST_CASE("an overlay reports only what differs from its base") {
  Environment base;
  base.set("KEPT", "1");
  base.set("REMOVED", "1");
  EnvironmentOverlay overlay(base);
  overlay.set("KEPT", "1");
  overlay.set("NEW", "2");
  overlay.unset("REMOVED");
  overlay.unset("NEVER_THERE");
  CHECK(overlay.changes() == std::vector<EnvChange>{{"NEW", "2"}, {"REMOVED", std::nullopt}});
}

TEST_CASE("a default is written where the variable is unset or was removed, not where it is empty") {
  Environment base;
  base.set("EMPTY", "");
  base.set("REMOVED", "1");
  EnvironmentOverlay overlay(base);
  overlay.unset("REMOVED");
  for (const char* name : {"EMPTY", "REMOVED", "UNSET"}) overlay.set_default(name, "default");
  CHECK(overlay.get("EMPTY") == "");
  CHECK(overlay.get("REMOVED") == "default");
  CHECK(overlay.get("UNSET") == "default");
}
