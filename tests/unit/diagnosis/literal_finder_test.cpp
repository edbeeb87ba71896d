#include "gpulaunch/diagnosis/matching/literal_finder.hpp"

#include "catch.hpp"

using namespace gpulaunch;
using Numbers = std::vector<std::size_t>;

TEST_CASE("texts are found wherever they stand, each once") {
  LiteralFinder finder;
  CHECK(finder.add("error 3") == 0);
  CHECK(finder.add("error 35") == 1);
  CHECK(finder.add("nccl") == 2);
  CHECK(finder.add("error 3") == 0);
  CHECK(finder.size() == 3);
  CHECK(finder.find("error 3, nccl error 35") == Numbers{0, 1, 2});
  CHECK(finder.find("ncclncclnccl") == Numbers{2});
  CHECK(finder.find("an error 4").empty());
  CHECK(finder.find("error ").empty());
  CHECK(finder.find("ncc").empty());
  CHECK(finder.find("").empty());
}

TEST_CASE("bytes of any kind are texts") {
  LiteralFinder finder;
  finder.add(std::string("\0a\xff b", 5));
  CHECK(finder.find(std::string_view("x\0a\xff b", 6)) == Numbers{0});
}
