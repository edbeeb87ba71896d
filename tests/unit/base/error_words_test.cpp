#include "gpulaunch/base/error_words.hpp"

#include "catch.hpp"

#include <string>

using namespace gpulaunch;

TEST_CASE("words of errors are found in any case") {
  for (const auto* text : {"error",
                           "ValueError: bad",
                           "Traceback (most recent call last):",
                           "x [0] NCCL WARN net",
                           "FATAL",
                           "Aborted",
                           "Killed",
                           "`a < b' assertion",
                           "it failed",
                           "terminate called",
                           "Signal 11",
                           "eerror",
                           "fataerror",
                           "terror'",
                           "Segmentation fault",
                           "CUDA out of memory",
                           "No space left on device",
                           "sh: train: not found",
                           "Permission denied",
                           "Watchdog caught collective operation timeout",
                           "wait timed out",
                           "Broken pipe",
                           "Connection reset by peer",
                           "size mismatch",
                           "c10::Exception",
                           "rank 3 lost",
                           "connection refused",
                           "cannot open"}) {
    CAPTURE(text);
    CHECK(has_error_word(text));
  }
}

TEST_CASE("a word of an error is found at any place of a line") {
  for (std::size_t before = 0; before < 20; ++before) {
    for (std::size_t after = 0; after < 5; ++after) {
      CHECK(has_error_word(std::string(before, 'e') + "killed" + std::string(after, 'k')));
    }
  }
}

TEST_CASE("what healthy jobs print has no word of an error") {
  for (const auto* text : {"", "k", "err", "err or", "erro", "warn", "epoch 1 loss 0.3", "NCCL INFO ok", "default: 3",
                           "UserWarning: deprecated", "train 100%|####| 10/10 it/s", "E\xc5\xa9or", "ass ert"}) {
    CAPTURE(text);
    CHECK_FALSE(has_error_word(text));
  }
}
