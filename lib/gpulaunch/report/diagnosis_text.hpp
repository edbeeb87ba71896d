// A diagnosis as lines for people: the same in the block that a failed job leaves and in what `gpulaunch explain` says.
//   cause (likely): CUDA ran out of memory on GPU 2, nearly all of it in use by this very process.
//   | torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB …
//   fix: Smaller micro-batches, activation checkpointing or sharding; …
//   evidence: failed 1.2s before rank 0; the kernel log has Xid 31 for pid 4242
// Long texts are wrapped; what ranks printed is made printable and cut.
#pragma once

#include "gpulaunch/diagnosis/verdict.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gpulaunch {

// "rank 3", "ranks 0-2, 4": how a report calls ranks, given by index.
using RankNaming = std::function<std::string(std::span<const int>)>;

// Empty where nothing was found out. Innocent ranks are not among the lines. `named` is the rank that the reader has
// just been told about, if there is one: others to blame are named beside the cause.
[[nodiscard]] std::vector<std::string> diagnosis_lines(const Diagnosis& diagnosis, const RankNaming& names,
                                                       std::optional<int> named);

// One paragraph, each line at most `columns` wide where its words allow it; lines after the first are indented further.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

}  // namespace gpulaunch
