#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "thread-pool.h"

namespace videre {

/**
 * Calls `run(task, scratch)` once for each task from 0 to `tasks` - 1, on at most `threads` threads, each with
 * `scratchFloats` floats of its own, on a cache line.
 * @throws std::bad_alloc if there is no room for scratch memory; no task has run then.
 */
void runTasks(ThreadPool& pool, int threads, std::int64_t tasks, std::size_t scratchFloats,
              const std::function<void(std::int64_t task, float* scratch)>& run);

}  // namespace videre
