#include "gpulaunch/inspection/lag_advice.hpp"

#include "gpulaunch/base/rank_set.hpp"
#include "gpulaunch/inspection/rank_place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gpulaunch {
namespace {

constexpr std::string_view same_calls =
    "All ranks must call the same collective operations in the same order: look for one under a condition (if rank == "
    "0), for unequal numbers of batches, and for an exception that was caught. TORCH_DISTRIBUTED_DEBUG=DETAIL compares "
    "the calls.";
constexpr std::string_view look_at_stack = "Its stack would say more: install py-spy (for Python) or gdb.";

// Calls in which a rank may stand for ever, told by a frame of its stack: a part of the file's path, and the function's
// name where that matters. Of one frame the first that fits counts.
struct HoldUp {
  std::string_view file;
  std::string_view function;
  std::string_view by;  // "is held up …"
  std::string_view fix;
};
constexpr std::array hold_ups{
    HoldUp{"torch/utils/data/", "", "by its data loader, which has no next batch",
           "Look at the loader's workers: num_workers=0 shows their error in the rank itself, timeout=60 makes a wait "
           "without end an error; a lock held at the fork (multiprocessing_context=\"spawn\") and slow storage are "
           "the usual reasons."},
    HoldUp{"pdb.py:", "", "at the prompt of Python's debugger",
           "Take breakpoint() out, or debug with one rank on a terminal (gpulaunch -n 1)."},
    HoldUp{"bdb.py:", "", "at the prompt of Python's debugger",
           "Take breakpoint() out, or debug with one rank on a terminal (gpulaunch -n 1)."},
    HoldUp{"torch/utils/file_baton.py:", "", "by the lock of an extension that somebody else builds or once built",
           "Delete the file 'lock' in the extension's folder (TORCH_EXTENSIONS_DIR, ~/.cache/torch_extensions), which "
           "a killed build leaves behind."},
    HoldUp{"filelock/", "", "by a lock file that another process holds",
           "See who holds it (fuser FILE); on a network file system such locks may never come: keep caches (HF_HOME) "
           "on a local disk."},
    HoldUp{"torch/_inductor/", "", "by torch.compile",
           "Compile before the ranks wait for each other, keep the cache (TORCHINDUCTOR_CACHE_DIR), or allow for it "
           "with a longer --hang-timeout."},
    HoldUp{"torch/serialization.py:", "", "by a checkpoint that it reads or writes",
           "Look at the storage; where rank 0 alone saves, let the others wait in a barrier with a time limit that is "
           "long enough, or save asynchronously."},
    HoldUp{"threading.py:", "_shutdown", "at the end of its program by threads that have not ended",
           "A thread that is no daemon keeps a process alive after its main thread has ended or raised: make it a "
           "daemon (daemon=True), or let it see the end."},
    HoldUp{"concurrent/futures/thread.py:", "_python_exit", "at the end of its program by threads that have not ended",
           "The threads of an executor keep a process alive: cancel what waits (shutdown(cancel_futures=True)) and let "
           "the running calls end."},
    HoldUp{"multiprocessing/util.py:", "_exit_function", "at the end of its program by child processes",
           "Children that are no daemons keep a process alive: end and join them where the program fails, too."},
    HoldUp{"multiprocessing/process.py:", "join", "by a child process that does not end",
           "Take everything out of the child's queues before join(), and look at the child itself (py-spy dump)."},
    HoldUp{"subprocess.py:", "", "by a program that it started",
           "Look at that program (pstree -p), and give it a time limit (timeout=)."},
    HoldUp{"ssl.py:", "", "by a server that does not answer", "Give requests a time limit (timeout=)."},
    HoldUp{"socket.py:", "", "by a server that does not answer", "Give requests a time limit (timeout=)."}};

const HoldUp* hold_up_of(const RankFindings& rank) {
  for (const auto& frame : rank.python_stack) {
    const auto fits = [&](const HoldUp& one) {
      return frame.starts_with(one.file) &&
             (one.function.empty() || frame.ends_with(fmt::format(" in {}", one.function)));
    };
    const auto found = std::ranges::find_if(hold_ups, fits);
    if (found != hold_ups.end()) return &*found;
  }
  return nullptr;
}

const RankFindings* findings_of_rank(const Findings& findings, int rank) {
  const auto found = std::ranges::find(findings.ranks, rank, &RankFindings::rank);
  return found == findings.ranks.end() ? nullptr : &*found;
}

// The call that the user's own code stands in.
std::string call_of(const RankFindings& rank) {
  const auto place = place_of(rank);
  return place ? place->text() : "a call of its own";
}

// "Rank 3 is", "Ranks 3, 5 are"
std::string who(const std::vector<int>& ranks, std::string_view one, std::string_view many) {
  auto name = name_ranks(ranks);
  name.front() = 'R';
  return fmt::format("{} {}", name, ranks.size() == 1 ? one : many);
}

std::string waiting_clause(const Findings& findings) {
  if (findings.ranks.size() < 2) return ".";
  const auto whom = findings.laggards.size() == 1 ? "it" : "them";
  const auto& place = findings.others_wait_in;
  return fmt::format("; the others wait for {}{}{}.", whom, place.empty() ? "" : " in ", place);
}

void tell_of_place(LagAdvice& advice, const Findings& findings) {
  const auto* rank = findings_of_rank(findings, advice.ranks.front());
  const auto* known = rank == nullptr ? nullptr : hold_up_of(*rank);
  const auto held = who(advice.ranks, "is held up", "are held up");
  if (known == nullptr) {
    const auto call = rank == nullptr ? "a call of its own" : call_of(*rank);
    advice.cause = fmt::format("{} in {}{}", held, call, waiting_clause(findings));
    advice.fix = fmt::format("See why it stays there (its stack follows). {}", same_calls);
    return;
  }
  advice.cause = fmt::format("{} {} ({}){}", held, known->by, call_of(*rank), waiting_clause(findings));
  advice.fix = known->fix;
}

void tell_of_stop(LagAdvice& advice, const Findings& findings) {
  const bool traced = findings.laggard_ground == LagGround::traced;
  advice.cause =
      fmt::format("{} stopped by {}{}", who(advice.ranks, "is", "are"),
                  traced ? "a debugger" : "a signal (SIGSTOP, Ctrl-Z, or SIGTTIN for reading from a terminal)",
                  waiting_clause(findings));
  advice.fix = traced
                   ? "Let the debugger continue or detach."
                   : "kill -CONT PID lets such a process go on; find out who stopped it: a debugger, a scheduler, or "
                     "the terminal that it read from.";
}

void tell_of_kernel(LagAdvice& advice, const Findings& findings) {
  const auto* rank = findings_of_rank(findings, advice.ranks.front());
  const auto wait = rank == nullptr || rank->waits_in.empty() ? "" : fmt::format(" ({})", rank->waits_in);
  advice.cause = fmt::format("{} stuck in the kernel{}: a file system or a driver does not answer{}",
                             who(advice.ranks, "is", "are"), wait, waiting_clause(findings));
  advice.fix = "Look at the network file systems that it uses, at the disks and at the driver's words in dmesg.";
}

void tell_of_nccl(LagAdvice& advice, const Findings& findings) {
  if (findings.laggard_ground == LagGround::behind_in_nccl) {
    advice.cause = fmt::format("{} launched fewer NCCL operations than the others, which wait for it.",
                               who(advice.ranks, "has", "have"));
    advice.fix = same_calls;
    return;
  }
  advice.cause = fmt::format("{} not answer NCCL, while the others do.", who(advice.ranks, "does", "do"));
  advice.fix = "Look at what it does (below), at its GPU (nvidia-smi) and for Xid errors in dmesg.";
}

void tell_of_load(LagAdvice& advice, const Findings& findings) {
  advice.sure = false;
  const bool busy = findings.laggard_ground == LagGround::alone_busy;
  advice.cause = fmt::format("{} while all others {}: they may be waiting for it.",
                             who(advice.ranks, busy ? "computes" : "sleeps", busy ? "compute" : "sleep"),
                             busy ? "sleep" : "are busy");
  advice.fix = look_at_stack;
}

LagAdvice advice_on_laggards(const Findings& findings) {
  LagAdvice advice{.ranks = findings.laggards, .sure = true, .shown = findings.laggard_reason};
  switch (findings.laggard_ground) {
    case LagGround::stopped:
    case LagGround::traced: tell_of_stop(advice, findings); break;
    case LagGround::missing_in_nccl:
    case LagGround::behind_in_nccl: tell_of_nccl(advice, findings); break;
    case LagGround::in_kernel: tell_of_kernel(advice, findings); break;
    case LagGround::other_operation:
    case LagGround::elsewhere: tell_of_place(advice, findings); break;
    case LagGround::alone_asleep:
    case LagGround::alone_busy:
    case LagGround::none: tell_of_load(advice, findings); break;
  }
  if (findings.laggard_ground == LagGround::other_operation) advice.fix = same_calls;
  return advice;
}

}  // namespace

std::optional<LagAdvice> lag_advice(const Findings& findings) {
  if (!findings.laggards.empty()) return advice_on_laggards(findings);
  if (!findings.all_wait_in.empty()) {
    return LagAdvice{.cause = fmt::format("All ranks wait for each other in {}; none of them is seen to be late.",
                                          findings.all_wait_in),
                     .fix =
                         "Look at the network between them (NCCL_DEBUG=INFO, NCCL_SOCKET_IFNAME), at the GPUs (Xid "
                         "errors in dmesg), and at shapes or groups that differ between ranks "
                         "(TORCH_DISTRIBUTED_DEBUG=DETAIL)."};
  }
  // A rank that is alone is held up by itself: only what is known to last is worth a word.
  if (findings.ranks.size() != 1 || hold_up_of(findings.ranks.front()) == nullptr) return std::nullopt;
  LagAdvice alone{.ranks = {findings.ranks.front().rank}, .sure = true};
  tell_of_place(alone, findings);
  return alone;
}

}  // namespace gpulaunch
