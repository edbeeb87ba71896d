#include "gpulaunch/diagnosis/matching/signature.hpp"

#include "catch.hpp"
#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/diagnosis/matching/fact_names.hpp"

using namespace gpulaunch;

namespace {

std::string error_of(std::string_view toml) {
  const auto parsed = parse_signatures(toml, "--signatures: my.toml");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().kind == ErrorKind::usage);
  return parsed.error().message;
}

// The error of one signature that is fine but for `line`, without origin.
std::string error_with(const std::string& line) {
  const auto error = error_of("[[signature]]\nid = 'a'\nany = ['b']\ncause = 'c'\n" + line + "\n");
  const std::string origin = "--signatures: my.toml:";
  REQUIRE(error.starts_with(origin));
  return error.substr(origin.size());
}

}  // namespace

TEST_CASE("a signature is read with all that it says") {
  const auto parsed = parse_signatures(R"(
[[signature]]
id = "shm-9"
role = "ambiguous"
weight = 70
all = ['one (?P<path>/\S+)']
any = ['two', 'three']
none = ['four']
exit = ["SIGKILL", 137, "core"]
evidence = ["oom-kill", "xid-79"]
strength = "possible"
certain_if = ["shm-full"]
cause = "It is {path}."
fix = "Do this."
runtime = "python"
[[signature.sample]]
lines = ["one /dev/shm", "two"]
exit = "SIGBUS"
also = ["other"]
)",
                                       "x.toml");
  REQUIRE(parsed);
  REQUIRE(parsed->size() == 1);
  const auto& one = parsed->front();
  CHECK(one.id == "shm-9");
  CHECK(one.role == Role::ambiguous);
  CHECK(one.weight == 70);
  CHECK(one.all == std::vector<std::string>{"one (?P<path>/\\S+)"});
  CHECK(one.any == std::vector<std::string>{"two", "three"});
  CHECK(one.none == std::vector<std::string>{"four"});
  REQUIRE(one.ends.size() == 3);
  CHECK(one.ends[0].signo == signo::kill);
  CHECK(one.ends[1].code == 137);
  CHECK(one.ends[2].core);
  CHECK(one.evidence == std::vector<std::string>{"oom-kill", "xid-79"});
  CHECK(one.strength == Strength::possible);
  CHECK(one.certain_if == std::vector<std::string>{"shm-full"});
  CHECK(one.cause == "It is {path}.");
  CHECK(one.fix == "Do this.");
  CHECK(one.runtime == "python");
  REQUIRE(one.samples.size() == 1);
  CHECK(one.samples[0].lines == std::vector<std::string>{"one /dev/shm", "two"});
  CHECK(one.samples[0].outcome == Outcome::signaled(7));
  CHECK(one.samples[0].also == std::vector<std::string>{"other"});
}

TEST_CASE("what a signature does not say has its default") {
  const auto parsed = parse_signatures("[[signature]]\nid = 'a'\nexit = ['SIGSEGV']\ncause = 'c'", "x");
  REQUIRE(parsed);
  CHECK(parsed->front().role == Role::cause);
  CHECK(parsed->front().weight == 50);
  CHECK(parsed->front().strength == Strength::likely);
}

TEST_CASE("a file without signatures is fine") { CHECK(parse_signatures("# nothing yet\n", "x")); }

TEST_CASE("text that is no TOML is refused with its line") {
  CHECK(error_of("[[signature]]\nid = \n").starts_with("--signatures: my.toml:2: "));
  CHECK(error_of("\n\n\xff").starts_with("--signatures: my.toml:"));
}

TEST_CASE("what a signature cannot say is refused with its line and what is allowed") {
  CHECK(error_with("colour = 3") ==
        "5: unknown key 'colour' (allowed: id, role, weight, all, any, none, exit, evidence, strength, certain_if, "
        "cause, fix, runtime, sample)");
  CHECK(error_with("role = 'culprit'") ==
        "5: role 'culprit' is not known (allowed: cause, ambiguous, secondary, pointer, hint)");
  CHECK(error_with("strength = 'sure'") == "5: strength 'sure' is not known (allowed: certain, likely, possible)");
  CHECK(error_with("weight = 1.5") == "5: weight is not possible (allowed: a whole number from 0 to 100)");
  CHECK(error_with("weight = 101") == "5: weight is not possible (allowed: a whole number from 0 to 100)");
  CHECK(error_with("exit = ['SIGFOO']") == "5: exit is not possible (allowed: 0 to 255, a signal's name, \"core\")");
  CHECK(error_with("exit = [256]") == "5: exit is not possible (allowed: 0 to 255, a signal's name, \"core\")");
  CHECK(error_with("exit = 1") == "5: exit is no array");
  CHECK(error_with("all = 'x'") == "5: all is no array");
  CHECK(error_with("all = ['x', 3]") == "5: all: an element is no text");
  CHECK(error_with("all = ['']") == "5: all: pattern '': it would fit every line");
  CHECK(error_with("all = ['(x']") == "5: all: pattern '(x': missing ): (x");
  CHECK(error_with("none = ['x(?=y)']") == "5: none: pattern 'x(?=y)': invalid perl operator: (?=");
  CHECK(error_with("fix = 3") == "5: fix is no text");
  CHECK(error_with("sample = [3]") == "5: sample is no table");
  CHECK(error_with("[[signature.sample]]\ntext = 'x'") == "6: unknown key 'text' (allowed: lines, exit, also)");
  CHECK(error_with("evidence = ['oomkill']")
            .starts_with("5: evidence: fact 'oomkill' is not known (allowed: oom-kill, "));
  CHECK(error_with("certain_if = ['xid-']").starts_with("5: certain_if: fact 'xid-' is not known"));
  CHECK(error_with("fix = 'Set {device}.'") == "1: signature 'a': no pattern has a group that is named 'device'");
}

TEST_CASE("a signature needs an id, a cause, and something to be recognised by") {
  CHECK(error_of("[[signature]]\nany = ['b']\ncause = 'c'") == "--signatures: my.toml:1: a signature has no id");
  CHECK(error_of("[[signature]]\nid = 'A b'\nany = ['b']\ncause = 'c'") ==
        "--signatures: my.toml:2: id 'A b' is not possible (allowed: lower case letters, digits and dashes)");
  CHECK(error_of("[[signature]]\nid = 'a'\nany = ['b']") == "--signatures: my.toml:1: signature 'a' has no cause");
  CHECK(error_of("[[signature]]\nid = 'a'\ncause = 'c'") ==
        "--signatures: my.toml:1: signature 'a' needs at least one of all, any, exit, evidence");
}

TEST_CASE("an id that is used twice is refused") {
  const std::string one = "[[signature]]\nid = 'a'\nany = ['b']\ncause = 'c'\n";
  CHECK(error_of(one + one) == "--signatures: my.toml:5: signature 'a' is there already, at line 1");
}

TEST_CASE("a file of signatures holds nothing else") {
  CHECK(error_of("rules = 3") == "--signatures: my.toml:1: 'rules' is not possible here (allowed: [[signature]])");
  CHECK(error_of("[signature]\nid = 'a'") ==
        "--signatures: my.toml:1: 'signature' is not possible here (allowed: [[signature]])");
}

TEST_CASE("an end fits by code, by signal or by its core") {
  CHECK(EndPattern{.code = 3, .signo = {}, .core = false}.matches(Outcome::exited(3)));
  CHECK_FALSE(EndPattern{.code = 9, .signo = {}, .core = false}.matches(Outcome::signaled(9)));
  CHECK(EndPattern{.code = {}, .signo = 9, .core = false}.matches(Outcome::signaled(9)));
  CHECK_FALSE(EndPattern{.code = {}, .signo = 9, .core = false}.matches(Outcome::exited(9)));
  CHECK(EndPattern{.code = {}, .signo = {}, .core = true}.matches(Outcome::signaled(6, true)));
  CHECK_FALSE(EndPattern{.code = {}, .signo = {}, .core = true}.matches(Outcome::signaled(6)));
}

TEST_CASE("strengths have names") {
  CHECK(strength_text(Strength::certain) == "certain");
  CHECK(strength_text(Strength::likely) == "likely");
  CHECK(strength_text(Strength::possible) == "possible");
}

TEST_CASE("a fact is known by its name, and each Xid by its number") {
  CHECK(is_known_fact("oom-kill"));
  CHECK(is_known_fact("xid"));
  CHECK(is_known_fact("xid-79"));
  CHECK_FALSE(is_known_fact("xid-"));
  CHECK_FALSE(is_known_fact("xid-7a"));
  CHECK_FALSE(is_known_fact("xid-<n>"));
  CHECK_FALSE(is_known_fact(""));
}
