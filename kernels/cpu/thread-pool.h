#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace videre {

/**
 * Helper threads shared by all callers of a process. A caller always works itself, and helpers join it while there are
 * fewer threads at work (callers and helpers together) than it asked for: one caller gets the machine, and as many
 * callers as cores get a core each instead of fighting over them.
 */
class ThreadPool {
 public:
  ThreadPool() = default;
  /** Joins the helpers. No `run` may be in progress. */
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /**
   * Calls `work` on this thread and on at most `threads` - 1 helpers at the same time, and returns when all calls have
   * returned. `work` must not throw, and must be right whatever the number of helpers that come, none included: it
   * claims pieces of work until none is left.
   */
  void run(int threads, const std::function<void()>& work);

 private:
  struct Job {
    const std::function<void()>& work;
    const int threads;
    int helpersWanted;
    int helpersAtWork = 0;
  };

  void startHelpers(int count);
  void helperLoop();
  Job* jobToJoin();

  std::mutex mutex_;
  std::condition_variable jobMayBeJoined_;
  std::condition_variable helperLeft_;
  std::list<Job*> jobs_;
  std::vector<std::thread> helpers_;
  int threadsAtWork_ = 0;
  bool stopping_ = false;
};

}  // namespace videre
