#include "gpulaunch/diagnosis/matching/packed_signature.hpp"

#include "catch.hpp"
#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/diagnosis/signatures/built_in_signatures.hpp"
#include "known_signatures.hpp"

#include <algorithm>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

Signature full_signature() {
  return {.id = "full",
          .role = Role::hint,
          .weight = 100,
          .all = {"12 colons: {", "line\nbreak", std::string("nothing\0here", 12), ""},
          .any = {"9"},
          .none = {"\xff\xfe"},
          .ends = {{.code = 0, .signo = {}, .core = false}, {.code = {}, .signo = signo::kill, .core = true}},
          .evidence = {"oom-kill"},
          .strength = Strength::certain,
          .certain_if = {"shm-full", "xid-79"},
          .cause = "It broke.",
          .fix = "Mend it.",
          .runtime = "python",
          .samples = {}};
}

std::vector<Signature> unpacked(std::string_view text) {
  std::vector<Signature> all;
  while (!text.empty()) all.push_back(unpack_signature(text));
  return all;
}

}  // namespace

TEST_CASE("packed signatures come back one after the other") {
  Signature plain;
  plain.id = "plain";
  const auto text = pack_signature(full_signature()) + pack_signature(plain) + pack_signature(full_signature());
  CHECK(unpacked(text) == std::vector{full_signature(), plain, full_signature()});
}

TEST_CASE("samples are not packed") {
  auto signature = full_signature();
  signature.samples = {{.lines = {"a"}, .outcome = {}, .also = {}}};
  CHECK(unpacked(pack_signature(signature)) == std::vector{full_signature()});
}

TEST_CASE("what is compiled in is what the files say, without samples") {
  auto expected = known_signatures();
  auto compiled = built_in_signatures();
  REQUIRE_FALSE(compiled.empty());
  for (auto& signature : expected) signature.samples.clear();
  std::ranges::sort(expected, {}, &Signature::id);
  std::ranges::sort(compiled, {}, &Signature::id);
  CHECK(std::ranges::adjacent_find(compiled, {}, &Signature::id) == compiled.end());
  CHECK((compiled == expected));
}
