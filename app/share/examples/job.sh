#!/usr/bin/env bash
# A shell script as a rank: works on its share of a list, and saves what it has when it is told to stop.
#
#   gpulaunch -n 4 ./job.sh                works through 24 items, 6 for each rank
#   SECONDS_PER_ITEM=5 gpulaunch -n 4 ./job.sh      slow enough for Ctrl-C: each rank says where it stopped
set -euo pipefail
: "${RANK:?start me with gpulaunch -n 4 ./job.sh}" "${WORLD_SIZE:?}"

items=24
done_items=0
at_work=""
stop() {
  echo "rank $RANK: told to stop, $done_items items are saved"
  [[ -z $at_work ]] || kill "$at_work" 2> /dev/null || true
  exit "$1"
}
trap 'stop 143' TERM
trap 'stop 130' INT

for ((item = RANK; item < items; item += WORLD_SIZE)); do
  # In the background, so that the trap runs at once and not when sleep is over.
  sleep "${SECONDS_PER_ITEM:-0.01}" &
  at_work=$!
  wait "$at_work"
  done_items=$((done_items + 1))
done
echo "rank $RANK: $done_items of $items items done"
