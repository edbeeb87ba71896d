/* A small but real data-parallel trainer without dependencies: every rank holds the same multi-layer perceptron, sees
 * its own share of the data, and after each step the gradients are averaged over all ranks (rank 0 as the hub), as
 * DistributedDataParallel does with an all-reduce. It learns z = sin(2x) * cos(y) on a square.
 * Exit code 0 means: it learned, and all ranks ended with bit for bit the same parameters.
 *
 *   gpulaunch -n 4 train_mlp                    trains for 20 epochs
 *   gpulaunch -n 4 train_mlp --fail-rank 2      rank 2 fails in epoch 3, with exit code 7 */
#include "rendezvous.h"

#include <math.h>

enum { inputs = 2, hidden = 24, samples = 768, batch = 32, default_epochs = 20, failing_epoch = 3, failing_code = 7 };
/* All parameters in one vector: hidden weights, hidden biases, output weights, output bias. What a step sends around
 * is the gradient in the same order and, behind it, the loss. */
enum { bias_at = hidden * inputs, output_at = bias_at + hidden, parameters = output_at + hidden + 1 };
enum { loss_at = parameters, step_size = parameters + 1 };

struct settings {
  int epochs;
  int fail_rank;
};
struct sample {
  double in[inputs];
  double target;
};

/* A number in [-1, 1) from a splitmix64 generator: the same on every machine. */
static double uniform(uint64_t* state) {
  uint64_t bits = *state += 0x9e3779b97f4a7c15u;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
  bits ^= bits >> 31;
  return (double)(bits >> 11) / (double)(1ull << 52) - 1.0;
}

static void make_samples(struct sample* data, int rank) {
  uint64_t state = 1000u + (uint64_t)rank;
  for (int i = 0; i < samples; ++i) {
    for (int k = 0; k < inputs; ++k) data[i].in[k] = 1.5 * uniform(&state);
    data[i].target = sin(2.0 * data[i].in[0]) * cos(data[i].in[1]);
  }
}

/* Adds the gradient of the squared error of one sample, found by back-propagation. */
static void add_gradient(const double* weight, const struct sample* sample, double* step) {
  double activation[hidden];
  double out = weight[parameters - 1];
  for (int j = 0; j < hidden; ++j) {
    double sum = weight[bias_at + j];
    for (int k = 0; k < inputs; ++k) sum += weight[j * inputs + k] * sample->in[k];
    activation[j] = tanh(sum);
    out += weight[output_at + j] * activation[j];
  }
  const double error = out - sample->target;
  step[loss_at] += error * error;
  step[parameters - 1] += 2.0 * error;
  for (int j = 0; j < hidden; ++j) {
    const double back = 2.0 * error * weight[output_at + j] * (1.0 - activation[j] * activation[j]);
    step[output_at + j] += 2.0 * error * activation[j];
    step[bias_at + j] += back;
    for (int k = 0; k < inputs; ++k) step[j * inputs + k] += back * sample->in[k];
  }
}

/* The mean over all ranks, summed in the order of ranks so that the result does not depend on who was first. */
static void average(const struct star* star, double* step) {
  const size_t bytes = step_size * sizeof *step;
  if (star->rank != 0) send_all(star, star->peer[0], step, bytes);
  for (int rank = 1; star->rank == 0 && rank < star->size; ++rank) {
    double theirs[step_size];
    receive_all(star, star->peer[rank], theirs, bytes);
    for (int i = 0; i < step_size; ++i) step[i] += theirs[i];
  }
  for (int i = 0; star->rank == 0 && i < step_size; ++i) step[i] /= star->size;
  broadcast(star, step, bytes);
}

/* One pass over this rank's data; returns the mean loss over all ranks. Adam keeps its moments in `moment`. */
static double train_epoch(const struct star* star, const struct sample* data, double* weight, double (*moment)[2],
                          int epoch) {
  double total = 0.0;
  for (int first = 0, turn = epoch * (samples / batch) + 1; first < samples; first += batch, ++turn) {
    double step[step_size] = {0.0};
    for (int i = first; i < first + batch; ++i) add_gradient(weight, &data[i], step);
    average(star, step);
    total += step[loss_at];
    for (int p = 0; p < parameters; ++p) {
      const double gradient = step[p] / batch;
      moment[p][0] = 0.9 * moment[p][0] + 0.1 * gradient;
      moment[p][1] = 0.99 * moment[p][1] + 0.01 * gradient * gradient;
      const double speed = moment[p][0] / (1.0 - pow(0.9, turn));
      weight[p] -= 0.02 * speed / (sqrt(moment[p][1] / (1.0 - pow(0.99, turn))) + 1e-8);
    }
  }
  return total / samples;
}

/* FNV-1a over the bytes of the parameters. */
static uint64_t checksum(const double* weight) {
  const unsigned char* bytes = (const unsigned char*)weight;
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < parameters * sizeof *weight; ++i) hash = (hash ^ bytes[i]) * 0x100000001b3u;
  return hash;
}

/* Every rank compares its parameters with rank 0's. */
static int agrees(const struct star* star, uint64_t mine) {
  uint64_t reference = mine;
  broadcast(star, &reference, sizeof reference);
  return reference == mine;
}

static struct settings read_settings(int count, char** words) {
  struct settings settings = {default_epochs, -1};
  for (int i = 1; i < count; i += 2) {
    const int known = strcmp(words[i], "--epochs") == 0 || strcmp(words[i], "--fail-rank") == 0;
    if (!known || i + 1 == count) {
      fprintf(stderr, "usage: train_mlp [--epochs N] [--fail-rank RANK]\n");
      exit(2);
    }
    *(words[i][2] == 'e' ? &settings.epochs : &settings.fail_rank) = atoi(words[i + 1]);
  }
  return settings;
}

int main(int count, char** words) {
  static struct star star;
  static struct sample data[samples];
  double weight[parameters];
  double moment[parameters][2] = {{0.0}};
  double first = 0.0;
  double loss = 0.0;
  uint64_t state = 7; /* every rank starts from the same weights */
  const struct settings settings = read_settings(count, words);
  setvbuf(stdout, NULL, _IOLBF, 0);
  form_star(&star);
  make_samples(data, star.rank);
  for (int p = 0; p < parameters; ++p) weight[p] = 0.7 * uniform(&state);
  printf("rank %d of %d: %d samples of my own, %d parameters\n", star.rank, star.size, samples, parameters);
  for (int epoch = 0; epoch < settings.epochs; ++epoch) {
    if (star.rank == settings.fail_rank && epoch + 1 == failing_epoch) {
      fprintf(stderr, "rank %d: fails in epoch %d, as --fail-rank asks\n", star.rank, epoch + 1);
      return failing_code;
    }
    loss = train_epoch(&star, data, weight, moment, epoch);
    if (epoch == 0) first = loss;
    if (star.rank == 0 && (epoch == 0 || (epoch + 1) % 5 == 0)) printf("epoch %3d  loss %.6f\n", epoch + 1, loss);
  }
  const uint64_t mine = checksum(weight);
  const int same = agrees(&star, mine);
  printf("rank %d: checksum %016llx, %s\n", star.rank, (unsigned long long)mine,
         same ? "the same as rank 0" : "NOT the same as rank 0");
  const int learned = settings.epochs < 2 || loss < first / 4;
  if (!learned) fprintf(stderr, "rank %d: the loss went from %.6f to %.6f only\n", star.rank, first, loss);
  return same && learned ? 0 : 1;
}
