#include "task-runner.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>
#include <thread>

namespace videre {
namespace {

constexpr std::align_val_t cacheLine{64};

struct AlignedDelete {
  void operator()(float* p) const { ::operator delete(p, cacheLine); }
};
using Scratch = std::unique_ptr<float, AlignedDelete>;

Scratch tryAllocate(std::size_t floats) {
  return Scratch(static_cast<float*>(::operator new(floats * sizeof(float), cacheLine, std::nothrow)));
}

}  // namespace

void runTasks(ThreadPool& pool, int threads, std::int64_t tasks, std::size_t scratchFloats,
              const std::function<void(std::int64_t task, float* scratch)>& run) {
  std::atomic<std::int64_t> nextTask{0};
  const auto runRest = [&](float* scratch) {
    for (std::int64_t task = nextTask++; task < tasks; task = nextTask++) run(task, scratch);
  };
  // The caller's scratch comes first: with it every task gets done, whether or not a helper finds room for its own.
  const Scratch ownScratch = tryAllocate(scratchFloats);
  if (ownScratch == nullptr) throw std::bad_alloc();
  const std::thread::id caller = std::this_thread::get_id();
  pool.run(static_cast<int>(std::min<std::int64_t>(threads, tasks)), [&] {
    if (std::this_thread::get_id() == caller) return runRest(ownScratch.get());
    if (const Scratch scratch = tryAllocate(scratchFloats)) runRest(scratch.get());
  });
}

}  // namespace videre
