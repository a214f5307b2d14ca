// Errors inside the CUDA part are exceptions that carry the Status they become at its border (`statusOf`).
#pragma once

#include <cuda_runtime_api.h>

#include <exception>
#include <new>
#include <string>
#include <utility>

#include "../include/video_encoder_cuda.h"

namespace videre::cuda {

class Failure : public std::exception {
 public:
  Failure(ErrorCode code, std::string message) : status_{code, std::move(message)} {}
  const char* what() const noexcept override { return status_.message.c_str(); }
  const Status& status() const { return status_; }

 private:
  Status status_;
};

/** @throws Failure unless `error` is success; `doing` completes the sentence "While ...". */
inline void check(cudaError_t error, const char* doing) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // an error that is reported must not be found again by the next call
  const std::string cause = std::string("While ") + doing + ": " + cudaGetErrorString(error) + ".";
  switch (error) {
    case cudaErrorMemoryAllocation:
      throw Failure(ErrorCode::outOfMemory, cause + " A smaller batch takes less memory.");
    case cudaErrorNoDevice:
    case cudaErrorInsufficientDriver:
    case cudaErrorInvalidDevice:
      throw Failure(ErrorCode::noDevice, cause + " An NVIDIA GPU and its driver are needed; nvidia-smi lists what is there.");
    case cudaErrorNoKernelImageForDevice:
      throw Failure(ErrorCode::unsupportedDevice, cause + " Build the CUDA engine on this machine: npm run build:cuda.");
    default:
      throw Failure(ErrorCode::deviceFailure, cause);
  }
}

/** Calls `body`, and turns what it throws into a Status. */
template <class Body>
Status statusOf(Body body) noexcept {
  try {
    body();
    return {};
  } catch (const Failure& failure) {
    return failure.status();
  } catch (const std::bad_alloc&) {
    return {ErrorCode::outOfMemory, "There is no host memory left."};
  } catch (const std::exception& error) {
    return {ErrorCode::deviceFailure, error.what()};
  }
}

}  // namespace videre::cuda
