// One replay of a job that went wrong, read from a text file: what the ranks did and printed, and what the verdict must
// be. The first lines say what is expected, then each rank follows:
//
//   title: one rank runs out of GPU memory, the others lose it
//   culprits: 1                          ranks ("0-3,5"), or none
//   signature: cuda-out-of-memory        alternatives by |; "-" for none
//   cause: memory                        a part of the cause, letters' case aside (optional)
//   strength: likely|certain             optional
//   everyone: yes                        optional
//   fact: oom-kill @2 the kernel …       a fact of rank 2; without @ of the machine
//   world: 8   hung: yes   timed-out: yes
//   view: 2 sure Rank 2 is held up …     what a look at ranks that hang has shown: of whom (or none), sure or perhaps
//   == rank 1 failed 1 at 12.5           failed CODE|SIGNAL [core], stopped, finished, running, unknown; at SECONDS;
//   Traceback (most recent call last):   last SECONDS: its progress; outside SIGNAL: sent by somebody else
//   -- out                               from here on stdout; -- err; -- error-file: the next line is the message, the
//   …                                    rest of it the call stack
//   %noise 60     60 lines as training prints them          %bytes    a line of bytes that are no text
//   %long 20000   a line of that many characters            %at 11.9  when the following lines were read
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/diagnosis/verdict.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gpulaunch::testing {

struct Expected {
  std::vector<int> culprits;
  std::vector<std::string> signatures;
  std::string cause;
  std::vector<std::string> strengths;
  bool everyone = false;
};

struct Scenario {
  std::string name;  // of the file
  std::string title;
  Expected expected;
  CaseFile file;
};

// Throws std::runtime_error that names file and line.
[[nodiscard]] Scenario read_scenario(const std::string& path);
// All of the folder, by name.
[[nodiscard]] std::vector<Scenario> read_scenarios(const std::string& folder);

struct Score {
  bool right_ranks = false;
  bool right_cause = false;
  std::vector<int> innocents_blamed;
};
[[nodiscard]] Score score(const Scenario& scenario, const Diagnosis& diagnosis);

}  // namespace gpulaunch::testing
