// A worker's sign that it gets on, for jobs that are started with --hang-timeout: call beat() once a step. It costs one
// system call, never blocks and never fails. Where nobody listens (no --hang-timeout, or another launcher) it does
// nothing at all. Safe from any thread.
//
// In other languages: write one byte, whatever it is, to the descriptor whose number GPULAUNCH_HEARTBEAT_FD holds; the
// descriptor does not block, and a write that fails for lack of room (EAGAIN) is as good as one that was heard. Helpers
// that inherit the descriptor may beat for the worker.
#pragma once

namespace gpulaunch::worker {

void beat() noexcept;

}  // namespace gpulaunch::worker
