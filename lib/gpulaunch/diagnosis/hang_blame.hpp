// What is different about blame where a job hangs: its ranks are alive, and what was seen of them (CaseFile::view)
// counts.
//   - a rank that stacks, the kernel or NCCL show to be late is the one, before anybody's words; its own words say why
//   - an error that a rank printed and then went on from is none
//   - who is busy and who sleeps names somebody only where nothing else does
// blame.cpp and verdict.cpp ask it.
#pragma once

#include "gpulaunch/diagnosis/blame.hpp"
#include "gpulaunch/diagnosis/verdict.hpp"

#include <vector>

namespace gpulaunch {

// A rank that runs and made progress long after the words that could be its cause.
[[nodiscard]] bool went_on(const Testimony& one);

[[nodiscard]] Blame seen_for_sure(const CaseFile& file, const std::vector<Testimony>& testimonies);
[[nodiscard]] Blame seen_perhaps(const CaseFile& file, const std::vector<Testimony>& testimonies);

// Completes the diagnosis of a hang, of which the ranks' words tell a part at most.
void tell_of_hang(Diagnosis& diagnosis, const CaseFile& file, const Blame& blame,
                  const std::vector<Testimony>& testimonies);

}  // namespace gpulaunch
