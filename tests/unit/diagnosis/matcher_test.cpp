#include "gpulaunch/diagnosis/matching/matcher.hpp"

#include "catch.hpp"

using namespace gpulaunch;

namespace {

Signature with(std::vector<std::string> all, std::vector<std::string> any = {}, std::vector<std::string> none = {}) {
  Signature signature;
  signature.all = std::move(all);
  signature.any = std::move(any);
  signature.none = std::move(none);
  return signature;
}

Sightings sight(const std::vector<Signature>& signatures, const std::vector<std::string_view>& lines,
                const MatcherLimits& limits = {}) {
  return Matcher(signatures, limits).sight(lines);
}

}  // namespace

TEST_CASE("all texts may be found in different lines, in any order") {
  const std::vector signatures{with({"first thing", "second thing"})};
  CHECK(sight(signatures, {"second thing", "noise", "first thing"}).found.size() == 1);
  CHECK(sight(signatures, {"second thing", "noise"}).found.empty());
}

TEST_CASE("the line of a sighting is where the first text was found first") {
  const auto found =
      sight({with({"first thing", "second thing"})}, {"second thing", "x", "first thing", "first thing"}).found;
  REQUIRE(found.size() == 1);
  CHECK(found[0].line == 2);
}

TEST_CASE("a sighting ends with the last line that it needs, which an alternative does not prolong") {
  const auto found = sight({with({"first thing", "second thing"}), with({}, {"noise", "second thing"})},
                           {"first thing", "noise", "second thing", "second thing"})
                         .found;
  REQUIRE(found.size() == 2);
  CHECK(found[0].last == 2);
  CHECK(found[1].last == 1);
}

TEST_CASE("one of several alternatives is enough, but one is needed") {
  const std::vector signatures{with({}, {"error 3", "error=3"}), with({"error"}, {"seven"})};
  const auto found = sight(signatures, {"an error=3 here"}).found;
  REQUIRE(found.size() == 1);
  CHECK(found[0].signature == 0);
}

TEST_CASE("a text that must not be there rules a signature out, in whatever line it is") {
  const std::vector signatures{with({"no memory"}, {}, {"Errno 12"})};
  CHECK(sight(signatures, {"no memory", "fine"}).found.size() == 1);
  CHECK(sight(signatures, {"no memory", "Errno 12"}).found.empty());
  CHECK(sight(signatures, {"Errno 12", "no memory"}).found.empty());
}

TEST_CASE("named groups are caught from all patterns of a signature") {
  const auto found =
      sight({with({"port (?P<port>\\d+)", "host (?P<host>\\S+)"})}, {"host a.b", "port 29500 taken"}).found;
  REQUIRE(found.size() == 1);
  CHECK(found[0].names == std::map<std::string, std::string>{{"host", "a.b"}, {"port", "29500"}});
}

TEST_CASE("what a group caught is one line without control characters") {
  const auto found = sight({with({"say (?P<what>.+)"})}, {"say a\tb\x01"
                                                          "c"})
                         .found;
  REQUIRE(found.size() == 1);
  CHECK(found[0].names.at("what") == "a b c");
}

TEST_CASE("bytes that are no UTF-8 neither hide a text nor break a group") {
  const auto found =
      sight({with({"cannot open (?P<path>.+): denied"})}, {"\xff\xfe cannot open /a\xc3\x28: denied \x80"}).found;
  REQUIRE(found.size() == 1);
  CHECK(found[0].names.at("path") == "/a\xc3\x28");
}

TEST_CASE("a pattern beyond ASCII finds the same bytes") {
  CHECK(sight({with({"Gerät nicht da"})}, {"Fehler: Gerät nicht da"}).found.size() == 1);
}

TEST_CASE("terminal escapes within a text do not hide it") {
  CHECK(sight({with({"^CUDA out of memory$"})}, {"\x1b[1;31mCUDA\x1b[0m out of \x1b]0;title\x07memory\x1b[K"})
            .found.size() == 1);
  CHECK(matchable("a\x1b]8;;x\x1b\\b\x1b(c\x1b[", 4096) == "abc");
  CHECK(matchable("a\x1b", 4096) == "a");
}

TEST_CASE("of a long line the beginning and the end are looked at") {
  const std::string middle(1 << 20, 'x');
  const std::string line = "begin here " + middle + " and the end";
  CHECK(sight({with({"begin here", "and the end"})}, {line}).found.size() == 1);
  CHECK(matchable(line, 4096).size() <= 4097);
  CHECK(matchable(std::string(5000, 'y'), 4096).size() <= 4097);
}

TEST_CASE("patterns in upper and lower case are kept apart unless they say otherwise") {
  const std::vector signatures{with({"Broken Pipe"}), with({"(?i)broken pipe"})};
  const auto found = sight(signatures, {"BROKEN PIPE"}).found;
  REQUIRE(found.size() == 1);
  CHECK(found[0].signature == 1);
}

TEST_CASE("patterns without any literal are searched too") {
  CHECK(sight({with({"^\\d+$"}), with({"some literal"})}, {"12345"}).found.size() == 1);
}

TEST_CASE("a pattern that RE2 refuses finds nothing and rules nothing out") {
  CHECK(sight({with({"(x"}), with({"fine text"}, {}, {"(y"})}, {"(x (y fine text"}).found.size() == 1);
}

TEST_CASE("no signatures and no lines are no trouble") {
  CHECK(sight({}, {"text"}).found.empty());
  CHECK(sight({Signature()}, {"text"}).found.empty());
  CHECK(sight({with({"text"})}, {}).found.empty());
}

TEST_CASE("lines that no pattern can fit cost no search") {
  const std::vector signatures{with({"CUDA out of memory"}), with({"Address already in use"})};
  const std::vector<std::string_view> lines(1000, "step 17 loss 0.3");
  CHECK(sight(signatures, lines).searches == 0);
}

TEST_CASE("a text that was found is not searched again") {
  const std::vector<std::string_view> lines(1000, "CUDA out of memory");
  CHECK(sight({with({"CUDA out of memory"})}, lines).searches == 1);
}

TEST_CASE("hostile text costs one search for each pattern and line at most") {
  const std::vector signatures{with({"(a+)+b"}), with({"(a|aa)*c"}), with({"a*a*a*a*a*d"})};
  const std::string hostile(4096, 'a');
  const std::vector<std::string_view> lines(20, hostile);
  const auto result = sight(signatures, lines);
  CHECK(result.found.empty());
  CHECK(result.searches <= 60);
}

TEST_CASE("of many patterns that begin alike the right one is found with one search") {
  std::vector<Signature> signatures;
  for (int i = 0; i < 200; ++i)
    signatures.push_back(with({"the failure with number " + std::to_string(i) + " exactly"}));
  const auto result = sight(signatures, {"it was the failure with number 150 exactly"});
  REQUIRE(result.found.size() == 1);
  CHECK(result.found[0].signature == 150);
  CHECK(result.searches == 1);
}
