// A small data-parallel trainer on CUDA and NCCL, one rank per GPU. Rank, size and device come from the environment;
// NCCL's id goes from rank 0 to the others over MASTER_ADDR:MASTER_PORT. Every rank fits the same linear model to its
// own samples, and each step averages the gradients over all ranks with ncclAllReduce.
// Exit code 0 means: it learned, and all ranks ended with the same parameters.
//
//   gpulaunch -n gpu train_nccl                        one rank for each visible GPU
//   gpulaunch -n gpu --devices isolate train_nccl      the same, each rank seeing its own GPU alone
#include "../rendezvous.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cuda_runtime.h>
#include <nccl.h>
#include <vector>

namespace {

constexpr int features = 64;
constexpr int samples = 4096;
constexpr int epochs = 200;
constexpr float learning_rate = 0.05F;
constexpr int loss_at = features;  // the loss travels behind the gradient
constexpr int step_size = features + 1;

[[noreturn]] void fail(int rank, const char* what, const char* why) {
  std::fprintf(stderr, "rank %d: %s: %s\n", rank, what, why);
  std::exit(1);
}

void check(int rank, const char* what, cudaError_t result) {
  if (result != cudaSuccess) fail(rank, what, cudaGetErrorString(result));
}

void check(int rank, const char* what, ncclResult_t result) {
  if (result != ncclSuccess) fail(rank, what, ncclGetErrorString(result));
}

// The device of this rank: with several in sight the one of its local rank, with one alone that one.
int device_of(const star& job) {
  int visible = 0;
  check(job.rank, "cannot count devices", cudaGetDeviceCount(&visible));
  const int local_rank = environment_number("LOCAL_RANK", 0);
  if (visible > 1 && local_rank >= visible) fail(job.rank, "no device for this local rank", "more ranks than GPUs");
  return visible > 1 ? local_rank : 0;
}

ncclComm_t make_communicator(const star& job) {
  ncclUniqueId id;
  ncclComm_t communicator = nullptr;
  if (job.rank == 0) check(job.rank, "cannot make an NCCL id", ncclGetUniqueId(&id));
  broadcast(&job, &id, sizeof id);
  check(job.rank, "cannot join the NCCL communicator", ncclCommInitRank(&communicator, job.size, id, job.rank));
  return communicator;
}

// The same hash gives samples and true weights on every machine: a number in [-1, 1).
__host__ __device__ float noise(unsigned long long key) {
  key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9ULL;
  key = (key ^ (key >> 27)) * 0x94d049bb133111ebULL;
  return static_cast<float>((key ^ (key >> 31)) >> 40) / static_cast<float>(1 << 23) - 1.0F;
}

__device__ float feature(int rank, int sample, int index) {
  return noise((static_cast<unsigned long long>(rank) * samples + sample + 1) * 1000003ULL + index);
}

// One thread per sample: its error with the current weights, added to the mean gradient and the mean loss.
__global__ void add_gradients(int rank, const float* weight, float* step) {
  const int sample = blockIdx.x * blockDim.x + threadIdx.x;
  if (sample >= samples) return;
  float error = 0.0F;
  for (int k = 0; k < features; ++k) error += (weight[k] - noise(77ULL + k)) * feature(rank, sample, k);
  for (int k = 0; k < features; ++k) atomicAdd(&step[k], 2.0F * error * feature(rank, sample, k) / samples);
  atomicAdd(&step[loss_at], error * error / samples);
}

__global__ void descend(float* weight, const float* step, int size) {
  weight[threadIdx.x] -= learning_rate * step[threadIdx.x] / static_cast<float>(size);
}

// Device memory of one rank, freed with it.
struct Buffers {
  explicit Buffers(int of_rank) : rank(of_rank) {
    check(rank, "cannot allocate", cudaMalloc(&weight, features * sizeof(float)));
    check(rank, "cannot allocate", cudaMalloc(&step, step_size * sizeof(float)));
    check(rank, "cannot clear", cudaMemset(weight, 0, features * sizeof(float)));
  }
  Buffers(const Buffers&) = delete;  // owns device memory
  Buffers& operator=(const Buffers&) = delete;
  ~Buffers() {
    cudaFree(weight);
    cudaFree(step);
  }
  int rank;
  float* weight = nullptr;
  float* step = nullptr;
};

// One step over all samples of all ranks; returns the mean loss before it.
float train_step(const star& job, ncclComm_t communicator, Buffers& buffers) {
  float loss = 0.0F;
  check(job.rank, "cannot clear", cudaMemset(buffers.step, 0, step_size * sizeof(float)));
  add_gradients<<<samples / 256, 256>>>(job.rank, buffers.weight, buffers.step);
  check(job.rank, "cannot compute gradients", cudaGetLastError());
  check(job.rank, "cannot average gradients",
        ncclAllReduce(buffers.step, buffers.step, step_size, ncclFloat, ncclSum, communicator, nullptr));
  descend<<<1, features>>>(buffers.weight, buffers.step, job.size);
  check(job.rank, "cannot read the loss",
        cudaMemcpy(&loss, buffers.step + loss_at, sizeof loss, cudaMemcpyDeviceToHost));
  return loss / static_cast<float>(job.size);
}

// Compares this rank's parameters with rank 0's, bit for bit.
bool agrees(const star& job, const Buffers& buffers) {
  std::vector<float> mine(features);
  check(job.rank, "cannot read the parameters",
        cudaMemcpy(mine.data(), buffers.weight, features * sizeof(float), cudaMemcpyDeviceToHost));
  std::vector<float> reference = mine;
  broadcast(&job, reference.data(), features * sizeof(float));
  return std::memcmp(mine.data(), reference.data(), features * sizeof(float)) == 0;
}

}  // namespace

int main() {
  static star job;
  form_star(&job);
  const int device = device_of(job);
  check(job.rank, "cannot select the device", cudaSetDevice(device));
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::printf("rank %d of %d on device %d\n", job.rank, job.size, device);
  ncclComm_t communicator = make_communicator(job);
  float first = 0.0F;
  float loss = 0.0F;
  bool same = false;
  {
    Buffers buffers(job.rank);
    for (int epoch = 0; epoch < epochs; ++epoch) {
      loss = train_step(job, communicator, buffers);
      if (epoch == 0) first = loss;
      if (job.rank == 0 && (epoch == 0 || (epoch + 1) % 50 == 0))
        std::printf("epoch %3d  loss %.6f\n", epoch + 1, loss);
    }
    same = agrees(job, buffers);
  }
  check(job.rank, "cannot leave the NCCL communicator", ncclCommDestroy(communicator));
  std::printf("rank %d: parameters %s\n", job.rank, same ? "agree" : "DIFFER");
  return same && loss < first / 4.0F ? 0 : 1;
}
