// The sentences of a diagnosis: what happened where no signature says it, and why this rank and not another one.
// verdict.cpp calls it; it decides nothing.
#pragma once

#include "gpulaunch/diagnosis/blame.hpp"

#include <string>
#include <vector>

namespace gpulaunch {

// What ended the rank, by its own error or its end: "The program raised ValueError: bad."
[[nodiscard]] std::string cause_of(const Testimony& testimony);
// What to do about it; may be empty.
[[nodiscard]] std::string fix_of(const Testimony& testimony);

// What the culprits did to those that waited: "Rank 3 did not take part in ALLREDUCE 808, …". Empty where the speaker's
// own words say more.
[[nodiscard]] std::string cause_of(const Blame& blame);

// Why these ranks: who failed when, and who only told of others.
[[nodiscard]] std::vector<std::string> reasons(const Blame& blame, const std::vector<Testimony>& testimonies);

}  // namespace gpulaunch
