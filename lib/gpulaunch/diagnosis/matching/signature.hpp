// A signature: how one known failure is recognised, what caused it and how to fix it. Signatures are data (the TOML
// files in signatures/, compiled into the program, and what --signatures adds); this is their form in memory.
//
//   [[signature]]
//   id = "cuda-out-of-memory"             lower case, digits, dashes; unique; what events carry
//   role = "cause"                        see Role
//   weight = 60                           the more specific of two that match wins; default 50, umbrella errors 20
//   all = ['CUDA out of memory']          RE2, each found in some line of one rank; or
//   any = ['error 3', 'error=3']          … at least one of them. Both may be given.
//   none = ['Errno 12']                   … and none of these in any line of that rank
//   exit = ["SIGKILL", 137, "core"]       how the rank ended: any of these (a number, a signal's name, "core")
//   evidence = ["oom-kill"]               names of facts (fact_names.hpp), all of which must hold
//   strength = "likely"                   certain, likely, possible: how sure the text alone makes us
//   certain_if = ["shm-full"]             any of these facts makes it certain
//   cause = "…{device}…"                  one or two sentences; {name} is the named group (?P<name>…) of a pattern
//   fix = "…"                             what to do, likewise
//   runtime = "python/torch"
//   [[signature.sample]]                  real texts that it must recognise
//   lines = ["…", "…"]
//   exit = 1                              where the sample needs one: a code, or a signal's name
//   also = ["other-id"]                   other signatures that this text matches too, and why is known
//
// A signature without all and any is recognised by exit and evidence alone.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/outcome.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// What a text says about the rank that printed it.
enum class Role {
  cause,      // this rank's own mistake or its own surroundings
  ambiguous,  // its own, or the consequence of another rank's end: the others decide
  secondary,  // a peer or the launcher ended: never the cause while there is anybody else to be it
  pointer,    // a parent tells of a child's death: the child's own words are the cause
  hint,       // a warning that explains something only together with a hang or when nothing else is known
};

enum class Strength { possible, likely, certain };

// "certain", "likely", "possible"
[[nodiscard]] std::string_view strength_text(Strength strength);

// One way in which a rank may have ended; the first member that is set decides.
struct EndPattern {
  std::optional<int> code;
  std::optional<int> signo;
  bool core = false;

  [[nodiscard]] bool matches(const Outcome& outcome) const;
  [[nodiscard]] bool operator==(const EndPattern&) const = default;
};

struct Sample {
  std::vector<std::string> lines;
  std::optional<Outcome> outcome;
  std::vector<std::string> also;

  [[nodiscard]] bool operator==(const Sample&) const = default;
};

struct Signature {
  std::string id;
  Role role = Role::cause;
  int weight = 50;
  std::vector<std::string> all;
  std::vector<std::string> any;
  std::vector<std::string> none;
  std::vector<EndPattern> ends;
  std::vector<std::string> evidence;
  Strength strength = Strength::likely;
  std::vector<std::string> certain_if;
  std::string cause;
  std::string fix;
  std::string runtime;
  std::vector<Sample> samples;

  [[nodiscard]] bool operator==(const Signature&) const = default;
};

// Errors: usage, naming `origin` (a path, or the flag and the path), the line and what is wrong: TOML that cannot be
// read, an unknown key, role, strength, signal or fact, a pattern that RE2 refuses, a missing cause, an id that is used
// twice within the text.
[[nodiscard]] Result<std::vector<Signature>> parse_signatures(std::string_view toml, std::string_view origin);

}  // namespace gpulaunch
