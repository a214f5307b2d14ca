#include "thread-pool.h"

#include <algorithm>
#include <system_error>

namespace videre {

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  jobMayBeJoined_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

void ThreadPool::run(int threads, const std::function<void()>& work) {
  Job job{work, threads, threads - 1};
  {
    const std::lock_guard lock(mutex_);
    ++threadsAtWork_;
    startHelpers(threads - 1);
    jobs_.push_back(&job);
  }
  jobMayBeJoined_.notify_all();
  work();
  {
    std::unique_lock lock(mutex_);
    jobs_.remove(&job);
    helperLeft_.wait(lock, [&] { return job.helpersAtWork == 0; });
    --threadsAtWork_;
  }
  // Now there may be room for a helper in another caller's job.
  jobMayBeJoined_.notify_all();
}

void ThreadPool::startHelpers(int count) {
  while (static_cast<int>(helpers_.size()) < count) {
    try {
      helpers_.emplace_back([this] { helperLoop(); });
    } catch (const std::system_error&) {
      return;  // No more threads to be had; the work gets done by those there are.
    }
  }
}

void ThreadPool::helperLoop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    Job* job = nullptr;
    jobMayBeJoined_.wait(lock, [&] { return stopping_ || (job = jobToJoin()) != nullptr; });
    if (stopping_) return;
    --job->helpersWanted;
    ++job->helpersAtWork;
    ++threadsAtWork_;
    lock.unlock();
    job->work();
    lock.lock();
    --threadsAtWork_;
    if (--job->helpersAtWork == 0) helperLeft_.notify_all();
  }
}

ThreadPool::Job* ThreadPool::jobToJoin() {
  const auto job = std::find_if(jobs_.begin(), jobs_.end(), [&](const Job* candidate) {
    return candidate->helpersWanted > 0 && threadsAtWork_ < candidate->threads;
  });
  return job == jobs_.end() ? nullptr : *job;
}

}  // namespace videre
