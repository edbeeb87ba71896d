#include "gpulaunch/diagnosis/matching/needed_literal.hpp"

#include "catch.hpp"
#include "gpulaunch/diagnosis/matching/matcher.hpp"
#include "gpulaunch/options/text.hpp"
#include "known_signatures.hpp"

using namespace gpulaunch;

TEST_CASE("the longest text outside of groups and classes is the literal") {
  CHECK(needed_literal("CUDA out of memory") == "cuda out of memory");
  CHECK(needed_literal(R"(GPU (?P<device>\d+) has fallen off the bus)") == " has fallen off the bus");
  CHECK(needed_literal(R"((?i)NCCL\s+WARN.*failed to open)") == "failed to open");
  CHECK(needed_literal(R"(libc10\.so: undefined)") == "libc10.so: undefined");
  CHECK(needed_literal("[abc(|]ending here") == "ending here");
  CHECK(needed_literal("[]x]ending[[:alpha:]]") == "ending");
}

TEST_CASE("what need not be there is no part of the literal") {
  CHECK(needed_literal("colours? of") == "colour");
  CHECK(needed_literal("abcdx*efgh1") == "efgh1");
  CHECK(needed_literal("abcdefx{0,3}gh") == "abcdef");
  CHECK(needed_literal("abcde+fgh") == "abcde");
  CHECK(needed_literal("one thing|another thing").empty());
  CHECK(needed_literal("(one thing|another thing)").empty());
  CHECK(needed_literal("abc").empty());
}

TEST_CASE("where the meaning is not certain there is no literal") {
  for (const auto* pattern :
       {R"(\Qa.b.c.d.e\E)", R"(\x41bcdefg)", R"(\p{Greek}letters)", "unclosed(group", "class[ab", R"(ends in \)"})
    CHECK(needed_literal(pattern).empty());
}

TEST_CASE("every sample that a built-in pattern fits has the pattern's literal") {
  const auto& signatures = testing::known_signatures();
  REQUIRE(signatures.size() > 200);
  std::size_t without = 0;
  std::size_t all = 0;
  for (const auto& signature : signatures) {
    auto patterns = signature.all;
    patterns.insert(patterns.end(), signature.any.begin(), signature.any.end());
    for (const auto& pattern : patterns) {
      const auto literal = needed_literal(pattern);
      ++all;
      without += literal.empty() ? 1U : 0U;
      Signature alone;
      alone.any = {pattern};
      const std::vector<Signature> one{alone};
      const Matcher matcher(one);
      for (const auto& sample : signature.samples) {
        for (const auto& line : sample.lines) {
          // Doubled by a group that says the same, the pattern has no literal and is tried for certain.
          Signature tried;
          tried.any = {"(" + pattern + ")"};
          const std::vector<Signature> certain{tried};
          const auto expected = Matcher(certain).sight({line}).found.size();
          INFO(pattern << " in " << line);
          CHECK(matcher.sight({line}).found.size() == expected);
          if (expected == 1) CHECK(text::lower(line).find(literal) != std::string::npos);
        }
      }
    }
  }
  CHECK(without * 4 < all);
}
