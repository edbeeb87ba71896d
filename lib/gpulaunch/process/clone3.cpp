#include "gpulaunch/process/clone3.hpp"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>

namespace gpulaunch {
namespace {

// The call returns twice, in the child on an empty stack, so that no compiled code may lie between it and `run`; both
// are handed over in registers that the kernel leaves alone.
#if defined(__x86_64__)
long call_clone3(clone_args& arguments, int (*run)(void*) noexcept, void* argument) noexcept {
  long result = SYS_clone3;
  register auto run_in asm("r12") = run;
  register auto argument_in asm("r13") = argument;
  asm volatile(
      "syscall\n\t"
      "testq %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xorl %%ebp, %%ebp\n\t"  // the outermost frame
      "movq %%r13, %%rdi\n\t"
      "callq *%%r12\n\t"
      "hlt\n"
      "1:"
      : "+a"(result)
      : "D"(&arguments), "S"(sizeof arguments), "r"(run_in), "r"(argument_in)
      : "rcx", "r11", "memory", "cc");
  return result;
}
#elif defined(__aarch64__)
long call_clone3(clone_args& arguments, int (*run)(void*) noexcept, void* argument) noexcept {
  register long number asm("x8") = SYS_clone3;
  register auto result asm("x0") = reinterpret_cast<long>(&arguments);
  register auto size asm("x1") = sizeof arguments;
  register auto run_in asm("x20") = run;
  register auto argument_in asm("x21") = argument;
  asm volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"  // the outermost frame
      "mov x0, x21\n\t"
      "blr x20\n\t"
      "brk #0\n"
      "1:"
      : "+r"(result)
      : "r"(number), "r"(size), "r"(run_in), "r"(argument_in)
      : "memory", "cc");
  return result;
}
#else
long call_clone3(clone_args&, int (*)(void*) noexcept, void*) noexcept { return -ENOSYS; }
#endif

}  // namespace

long clone3_vfork(const Clone3Request& request) noexcept {
  clone_args arguments{};
  arguments.flags = request.flags | CLONE_VM | CLONE_VFORK;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(request.pidfd);
  arguments.exit_signal = SIGCHLD;
  arguments.stack = reinterpret_cast<std::uintptr_t>(request.stack.data());
  arguments.stack_size = request.stack.size();
  arguments.cgroup = static_cast<std::uint64_t>(request.cgroup);
  return call_clone3(arguments, request.run, request.argument);
}

}  // namespace gpulaunch
