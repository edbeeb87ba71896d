// What launchers put before a line to say who wrote it, one prefix at a time: "[rank3]: ", "[1,3]<stderr>:", "3: ",
// "(VllmWorker rank=3 pid=17) ", "node1: ". Some forms are unmistakable. Others are what any program could print ("1:
// apples" in a list): those are read only where the survey of the whole log has found that they are prefixes.
#pragma once

#include <bitset>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gpulaunch {

enum class PrefixForm {
  rank_mark,  // "[rank3]: " (torch)
  old_role,   // "[trainer5|1]:" (older torchrun: rank, local rank)
  role,       // "[default3]:" (torchrun: a local rank)
  mpi,        // "[1,3]<stderr>:" (Open MPI, PRRTE, Horovod)
  tensor,     // "(Worker_TP3 pid=17) ", "[2026-04-22 21:34:20 TP3] " (serving engines)
  process,    // "(WorkerDict pid=17) ", "(VllmWorker rank=3 pid=17) ", "(pid=17) " (Ray, vLLM)
  pod,        // "[pod/train-worker-3/main] " (kubectl)
  glog,       // "[E ProcessGroupNCCL.cpp:916] [Rank 3] ": no prefix, but it names the rank; taken from the line
  nccl,       // "node1:4288:4421 [1] NCCL INFO": likewise, and it names host and process
  // What needs evidence:
  number,     // "3: " (srun -l, flux)
  bracketed,  // "[3] ", "[0-2,5] " (this program, MPICH)
  compose,    // "worker-3  | " (docker compose)
  named_pod,  // "train-worker-3 " (stern and the like)
  host,       // "node1: " (pdsh, DeepSpeed)
  tag,        // "argument<TAB>" (GNU parallel)
};

inline constexpr PrefixForm first_weak_form = PrefixForm::number;
inline constexpr std::size_t prefix_forms = static_cast<std::size_t>(PrefixForm::tag) + 1;

// Which of the forms that need evidence are taken for prefixes.
using PrefixForms = std::bitset<prefix_forms>;

struct LinePrefix {
  PrefixForm form = PrefixForm::rank_mark;
  std::size_t length = 0;       // bytes to take off; 0 where it belongs to the line
  std::optional<int> rank{};    // the rank's own number
  std::optional<int> number{};  // one that may be the rank's: a task, a local rank, a pod's ordinal
  std::string_view ranks{};     // several at once: "0-2,5"
  std::string_view place{};     // host, pod, actor, argument
  std::optional<int> pid{};
  bool to_stdout = false;  // known to have been written to standard output
};

class PrefixReader {
 public:
  PrefixReader();
  PrefixReader(PrefixReader&&) noexcept;
  PrefixReader& operator=(PrefixReader&&) noexcept;
  PrefixReader(const PrefixReader&) = delete;  // holds compiled patterns
  PrefixReader& operator=(const PrefixReader&) = delete;
  ~PrefixReader();

  // The prefix that `line` begins with: of an unmistakable form, or of one of `weak`. Points into `line`.
  [[nodiscard]] std::optional<LinePrefix> read(std::string_view line, PrefixForms weak) const;
  [[nodiscard]] std::optional<LinePrefix> read_as(std::string_view line, PrefixForm form) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

// The number at the end of "train-worker-3", "node01"; none where there is none or it is no rank's.
[[nodiscard]] std::optional<int> trailing_number(std::string_view name);

// `line` without colour sequences (ESC [ … letter); where there are any, the text lives in `storage`.
[[nodiscard]] std::string_view without_colours(std::string_view line, std::string& storage);

}  // namespace gpulaunch
