// Training programs that save their work when they are told to stop, with processes of their own that feed them data:
// those must live until the last step is done, though they die of SIGTERM as any process does.
#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"
#include "shared_memory.hpp"

#include <signal.h>

#include <chrono>

using namespace harness;
using namespace std::chrono_literals;

namespace {

// A batch is more than a pipe holds: a worker that has died leaves one behind that is not whole.
constexpr auto pipe_trainer = R"(
import os, signal, sys
stopping = False
def stop(signo, frame):
  global stopping
  stopping = True
signal.signal(signal.SIGTERM, stop)
batch_size = 1 << 20
def worker(to):
  signal.signal(signal.SIGTERM, signal.SIG_DFL)
  while True: os.write(to, b'x' * batch_size)
sources = []
for _ in range(2):
  source, to = os.pipe()
  if os.fork() == 0: worker(to)
  os.close(to)
  sources.append(os.fdopen(source, 'rb'))
def train_step():
  if any(len(source.read(batch_size)) < batch_size for source in sources): sys.exit('a worker has died')
steps = 0
while not stopping:
  train_step()
  steps += 1
  if steps == 3: print('training', flush=True)
for _ in range(3): train_step()
with open(sys.argv[1] + '/checkpoint-' + os.environ['RANK'], 'w') as file: file.write('complete')
)";

constexpr auto ddp_trainer = R"(
import signal, sys, torch, torch.distributed as dist, torch.utils.data as data
stopping = False
def stop(signo, frame):
  global stopping
  stopping = True
class Numbers(data.Dataset):
  def __len__(self): return 1 << 24
  def __getitem__(self, index): return torch.full((4096,), float(index % 7))
def main():
  dist.init_process_group('gloo')
  model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(4096, 1))
  optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
  loader = data.DataLoader(Numbers(), batch_size=4, num_workers=2)
  signal.signal(signal.SIGTERM, stop)
  steps_left = None
  for step, batch in enumerate(loader):
    optimizer.zero_grad()
    model(batch).mean().backward()
    optimizer.step()
    if step == 3: print('training', flush=True)
    told = torch.tensor([float(stopping)])
    dist.all_reduce(told)
    if told.item() > 0 and steps_left is None: steps_left = 20
    if steps_left is not None: steps_left -= 1
    if steps_left == 0: break
  if dist.get_rank() == 0: torch.save({'model': model.module.state_dict(), 'step': step}, sys.argv[1] + '/checkpoint')
  dist.barrier()
  del loader
  dist.destroy_process_group()
if __name__ == '__main__': main()
)";

constexpr auto load_checkpoint = R"(
import sys, torch
checkpoint = torch.load(sys.argv[1])
print(checkpoint['step'] > 20, checkpoint['model']['weight'].numel())
)";

Job start_training(Launch launch, const ScratchDir& folder, const char* script) {
  write_file(folder.file("train.py"), script);
  launch.env("PYTHON_EXEC", std::string(debian_python)).ranks(2).flag("--stop-grace", "100s").within(200s);
  auto job = launch.may_leave_files().program(folder.file("train.py"), folder.path().string()).start();
  job.wait_for_out("training", 2);
  return job;
}

}  // namespace

TEST_CASE("a trainer that is told to stop saves its work while its workers still feed it") {
  const ScratchDir folder;
  const auto before = shared_tensors();
  start_training({}, folder, pipe_trainer).signal(SIGTERM).finish().expect_killed_by(SIGTERM).expect_err_lacks("died");
  for (const auto* rank : {"0", "1"}) CHECK(read_file(folder.file("checkpoint-" + std::string(rank))) == "complete");
  CHECK(shared_tensors_left_since(before) == std::vector<std::string>{});
}

TEST_CASE("a trainer whose workers are told to stop as well cannot save its work") {
  const ScratchDir folder;
  auto job = start_training(Launch{}.flag("--signal-scope", "group"), folder, pipe_trainer);
  job.signal(SIGTERM).finish().expect_killed_by(SIGTERM).expect_err_has("a worker has died");
  CHECK(files_below(folder.path()) == std::vector<std::string>{"train.py"});
}

TEST_CASE("a PyTorch DDP trainer with data loaders that is told to stop saves a checkpoint that can be loaded") {
  if (skipped_unless(ask_python("import torch, torch.distributed", {}).exit_code == 0, "Debian's Python has no torch"))
    return;
  const ScratchDir folder;
  const auto before = shared_tensors();
  auto job = start_training({}, folder, ddp_trainer);
  job.signal(SIGTERM).finish().expect_killed_by(SIGTERM).expect_err_lacks("DataLoader worker");
  const auto loaded = ask_python(load_checkpoint, {folder.file("checkpoint")});
  CHECK(loaded.output == "True 4096\n");
  CHECK(shared_tensors_left_since(before) == std::vector<std::string>{});
}
