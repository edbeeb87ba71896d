#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

#include <unistd.h>

#include <array>
#include <regex>

using namespace harness;

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

}  // namespace

TEST_CASE("labels can be asked for and refused") {
  Launch{}.flag("--label", "always").worker("print x").expect_exit(0).expect_out(labelled(0, "x\n"));
  Launch{}.ranks(2).flag("--label", "never").worker("print x").expect_exit(0).expect_out("x\nx\n");
}

TEST_CASE("option --label-format names rank, local rank, host and role") {
  Launch{}
      .ranks(2)
      .flag("--role", "trainer")
      .flag("--label-format", "<{rank}.{local_rank}@{host}:{role}> ")
      .worker("print x if rank==1")
      .expect_exit(0)
      .expect_out("<1.1@" + host_name() + ":trainer> x\n");
}

TEST_CASE("an unknown placeholder in --label-format is a usage error") {
  expect_usage_error(Launch{}.ranks(2).flag("--label-format", "{rang}").program("true").run(),
                     {"--label-format", "{rang}", "{rank}"});
}

TEST_CASE("option --timestamps puts the time before every line") {
  const auto finished = Launch{}.ranks(2).flag("--timestamps").worker("print x if rank==0").expect_exit(0);
  CHECK(std::regex_match(finished.out, std::regex(R"(\d\d:\d\d:\d\d\.\d+ \[0\] x\n)")));
}

TEST_CASE("option --local-ranks-filter chooses who is seen on the console") {
  Launch{}
      .ranks(4)
      .flag("--local-ranks-filter", "1,3")
      .worker("print x", "warn y")
      .expect_exit(0)
      .expect_lines({labelled(1, "x"), labelled(3, "x")});
}

TEST_CASE("on a terminal every rank's label has a colour of its own") {
  const auto finished = Launch{}.ranks(2).on_terminal().worker("print x").expect_exit(0);
  const std::regex coloured("\x1b\\[(\\d+)m\\[([01])\\]\x1b\\[0m x");
  std::map<std::string, std::string> colour_of;
  for (std::sregex_iterator found(finished.out.begin(), finished.out.end(), coloured), end; found != end; ++found)
    colour_of[(*found)[2]] = (*found)[1];
  REQUIRE(colour_of.size() == 2);
  CHECK(colour_of["0"] != colour_of["1"]);
}

TEST_CASE("NO_COLOR and --color never keep colours away and --color always forces them") {
  constexpr auto escape = "\x1b[";
  Launch{}.ranks(2).on_terminal().env("NO_COLOR", "1").worker("print x").expect_exit(0).expect_out_lacks(escape);
  Launch{}.ranks(2).on_terminal().flag("--color", "never").worker("print x").expect_exit(0).expect_out_lacks(escape);
  Launch{}.ranks(2).flag("--color", "always").worker("print x").expect_exit(0).expect_out_has(escape);
  Launch{}.ranks(2).worker("print x").expect_exit(0).expect_out_lacks(escape);
}

TEST_CASE("option --collapse makes one line of what all ranks say") {
  const ScratchDir folder;
  const auto finished = Launch{}
                            .ranks(4)
                            .flag("--collapse")
                            .worker("meet " + folder.path().string(), "print loading", "print I am {rank}")
                            .expect_exit(0);
  finished.expect_lines(
      {"[0-3] loading", labelled(0, "I am 0"), labelled(1, "I am 1"), labelled(2, "I am 2"), labelled(3, "I am 3")});
}

TEST_CASE("option --collapse keeps the order of each rank's lines") {
  const ScratchDir folder;
  const auto finished = Launch{}
                            .ranks(3)
                            .flag("--collapse")
                            .worker("meet " + folder.path().string(), "print one", "print two-{rank}", "print three")
                            .expect_exit(0);
  for (int rank = 0; rank < 3; ++rank) {
    const auto middle = finished.out.find("two-" + std::to_string(rank));
    CHECK(finished.out.find("one") < middle);
    CHECK(middle < finished.out.rfind("three"));
  }
}
