// The wording of a diagnosis, for the failure block of a job and for `gpulaunch explain`:
//   rank 3 of 8: cuda out of memory (likely)               diagnosis_headline
//     | RuntimeError: CUDA out of memory. Tried to …        diagnosis_lines, from here on
//     cause: …
//     fix: …
//     evidence: …
//     innocent: ranks 0-2, 4-7 (a peer was gone)
// Secrets are masked, control characters made visible. Pure.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/diagnosis/verdict.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace gpulaunch {

// What to call accounts that are no ranks with numbers: "the program", "node1".
using RankNames = std::map<int, std::string>;

struct DiagnosisStyle {
  std::size_t columns = 100;
  std::string cause_label = "cause";
  bool quote = true;
  bool innocents = true;
};

// The diagnosis with names in its sentences where these speak of accounts that are no ranks.
[[nodiscard]] Diagnosis with_names(Diagnosis diagnosis, const RankNames& names);

// Whether there is anything to say.
[[nodiscard]] bool says_something(const Diagnosis& diagnosis);

// "cuda out of memory (likely)", from a signature's name. For a diagnosis that has one.
[[nodiscard]] std::string signature_title(const Diagnosis& diagnosis);

// One line without an end: whom to look at and what it was; for what no signature knows, how that rank ended.
[[nodiscard]] std::string diagnosis_headline(const Diagnosis& diagnosis, const CaseFile& file,
                                             const RankNames& names = {});

// The line that convinced, as it may be shown.
[[nodiscard]] std::string quoted_line(const Quote& quote);

// The rest, each line indented by two blanks, sentences wrapped. Empty where nothing is known.
[[nodiscard]] std::vector<std::string> diagnosis_lines(const Diagnosis& diagnosis, const DiagnosisStyle& style = {},
                                                       const RankNames& names = {});

}  // namespace gpulaunch
