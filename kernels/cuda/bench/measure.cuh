// Times work on the device: events around each run, the L2 cache written over before it, the median of the runs.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <vector>

#include "../check/device-tensors.cuh"

namespace videre::cuda {

class Stopwatch {
 public:
  Stopwatch() {
    require(cudaEventCreate(&begin_), "event");
    require(cudaEventCreate(&end_), "event");
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() {
    cudaEventDestroy(begin_);
    cudaEventDestroy(end_);
  }

  /** Milliseconds, the median of `runs` after two unmeasured ones. */
  template <class Work>
  double median(int runs, cudaStream_t stream, Work work) {
    std::vector<float> times;
    for (int run = -2; run < runs; ++run) {
      require(cudaMemsetAsync(scratch_.get(), run & 0xff, scratchBytes, stream), "clear L2");
      require(cudaEventRecord(begin_, stream), "event");
      work();
      require(cudaEventRecord(end_, stream), "event");
      require(cudaEventSynchronize(end_), "measured work");
      float milliseconds = 0.0f;
      require(cudaEventElapsedTime(&milliseconds, begin_, end_), "event");
      if (run >= 0) times.push_back(milliseconds);
    }
    std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
    return times[times.size() / 2];
  }

 private:
  static constexpr std::size_t scratchBytes = std::size_t{160} << 20;  // more than any L2
  DeviceBytes scratch_{scratchBytes};
  cudaEvent_t begin_, end_;
};

}  // namespace videre::cuda
