#include "gpulaunch/inspection/rank_place.hpp"

#include "gpulaunch/inspection/stacks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gpulaunch {
namespace {

constexpr auto not_there = std::string_view::npos;

// Nobody calls anything else so.
constexpr std::array<std::string_view, 24> collective_names{
    "all_reduce",
    "all_reduce_coalesced",
    "all_gather",
    "all_gather_object",
    "all_gather_single",
    "all_gather_into_tensor",
    "all_to_all",
    "all_to_all_single",
    "reduce_scatter",
    "reduce_scatter_tensor",
    "broadcast_object_list",
    "gather_object",
    "scatter_object_list",
    "monitored_barrier",
    "barrier",
    "init_process_group",
    "destroy_process_group",
    "new_group",
    "_store_based_barrier",
    "rendezvous",
    "allreduce",
    "allgather",
    "init_device_mesh",
    "_sync_module_states",
};

// Only in a library for distributed work.
constexpr std::array<std::string_view, 10> common_names{"wait", "send",    "recv",      "reduce",      "gather",
                                                        "get",  "scatter", "broadcast", "synchronize", "set"};

constexpr std::array<std::string_view, 5> distributed_folders{"torch/distributed/", "torch/cuda/", "horovod/",
                                                              "mpi4py/", "deepspeed/comm/"};

constexpr std::array<std::string_view, 11> native_beginnings{"nccl",
                                                             "pnccl",
                                                             "c10d::",
                                                             "gloo::",
                                                             "MPI_",
                                                             "PMPI_",
                                                             "cudaStreamSynchronize",
                                                             "cudaDeviceSynchronize",
                                                             "cudaEventSynchronize",
                                                             "cuStreamSynchronize",
                                                             "cuCtxSynchronize"};

constexpr std::array<std::string_view, 6> library_folders{"torch/",  "horovod/",    "deepspeed/",
                                                          "mpi4py/", "accelerate/", "multiprocessing/"};
constexpr std::array<std::string_view, 8> library_files{
    "threading.py:",  "selectors.py:",  "queue.py:",       "socket.py:",
    "subprocess.py:", "contextlib.py:", "_contextlib.py:", "ssl.py:"};

template <class Words>
bool begins_with_any(std::string_view text, const Words& words) {
  return std::ranges::any_of(words, [&](auto word) { return text.starts_with(word); });
}

template <class Words>
bool is_any(std::string_view text, const Words& words) {
  return std::ranges::find(words, text) != words.end();
}

struct PlaceFrame {
  std::string_view function;
  std::string_view where;
  bool python = false;
};

bool ends_in_line_number(std::string_view where) {
  const auto last = where.find_last_not_of("0123456789");
  return last != not_there && last + 1 < where.size() && where[last] == ':';
}

// "train.py:31 in step", or "pause (libc.so.6)".
PlaceFrame frame_of(std::string_view line) {
  const auto in = line.find(" in ");
  const auto where = in == not_there ? std::string_view() : line.substr(0, in);
  if (ends_in_line_number(where)) return {line.substr(in + 4), where, true};
  const auto place = line.rfind(" (");
  if (place == not_there || !line.ends_with(')')) return {line, {}, false};
  return {line.substr(0, place), line.substr(place + 2, line.size() - place - 3), false};
}

bool is_library(std::string_view where) {
  return begins_with_any(where, library_folders) || begins_with_any(where, library_files) || where.starts_with('<');
}

using Stack = std::vector<std::string>;

// The line of the user's that led to this call.
std::string_view users_line(const Stack& stack, Stack::const_iterator from) {
  for (auto frame = from; frame != stack.end(); ++frame) {
    const auto where = frame_of(*frame).where;
    if (!is_library(where)) return where;
  }
  return frame_of(*from).where;
}

RankPlace place_in(const Stack& stack) {
  const auto waiting = std::ranges::find_if(stack, waits_for_others);
  const auto shown = waiting == stack.end() ? stack.begin() : waiting;
  const auto frame = frame_of(*shown);
  // Of a wait, the line that called for it: a function of the user's own may wait in several places.
  const bool has_caller = waiting != stack.end() && waiting + 1 != stack.end();
  const auto where = frame.python ? users_line(stack, has_caller ? shown + 1 : shown) : frame.where;
  return {waiting != stack.end(), is_any(frame.function, collective_names), std::string(frame.function),
          std::string(where)};
}

}  // namespace

std::string RankPlace::text() const { return where.empty() ? function : fmt::format("{} ({})", function, where); }

bool waits_for_others(std::string_view line) {
  const auto frame = frame_of(line);
  if (!frame.python) return begins_with_any(frame.function, native_beginnings);
  return is_any(frame.function, collective_names) ||
         (is_any(frame.function, common_names) && begins_with_any(frame.where, distributed_folders));
}

std::optional<RankPlace> place_of(const RankFindings& rank) {
  const bool has_python = !rank.python_stack.empty();
  if (!has_python && rank.native_stack.empty()) return std::nullopt;
  if (!has_python) return place_in(rank.native_stack);
  auto place = place_in(rank.python_stack);
  if (!place.waits) place.waits = std::ranges::any_of(rank.native_stack, waits_for_others);
  return place;
}

std::optional<RankPlace> place_of_kind(const RankFindings& rank, const Findings& findings) {
  if (!rank.native_stack.empty()) return place_of(rank);
  for (const auto& other : findings.ranks) {
    if (!other.native_stack.empty() && same_kind(rank, other)) return place_of(other);
  }
  return place_of(rank);
}

}  // namespace gpulaunch
