#include "gpulaunch/base/rank_set.hpp"

#include "catch.hpp"

#include <vector>

using namespace gpulaunch;

TEST_CASE("runs of ranks are joined, in any order and with repeats") {
  CHECK(format_rank_set(std::vector{7, 1, 0, 4, 1}) == "0-1,4,7");
  CHECK(format_rank_set({}).empty());
}

TEST_CASE("ranks are named in prose") {
  CHECK(name_ranks(std::vector{3}) == "rank 3");
  CHECK(name_ranks(std::vector{0, 1, 2, 5}) == "ranks 0-2, 5");
}

TEST_CASE("prose has blanks between runs of ranks") {
  CHECK(list_ranks(std::vector{0, 1, 2, 4, 6, 7}) == "0-2, 4, 6-7");
  CHECK(list_ranks(std::vector{3}) == "3");
  CHECK(list_ranks({}).empty());
}
