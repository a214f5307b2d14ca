// Matrix products by cuBLASLt: Y[rows, outputs] = X[rows, inputs] W[outputs, inputs]^T, everything row-major, W as torch
// stores it; several of them at once, at equal distances.
#pragma once

#include <cublasLt.h>

#include <cstddef>
#include <cstdint>

#include "selective-scan.h"

namespace videre::cuda {

struct GemmShape {
  NumberType type = NumberType::bfloat16;        // of X and W
  NumberType outputType = NumberType::bfloat16;  // of Y
  bool adds = false;                             // Y += X W^T
  std::int64_t rows = 0, outputs = 0, inputs = 0;
  std::int64_t xStride = 0;                      // values from a row of X to the next
  int count = 1;                                 // products at once; values from one's matrices to the next's:
  std::int64_t xDistance = 0, wDistance = 0, yDistance = 0;
};

class GemmLibrary {
 public:
  GemmLibrary();
  GemmLibrary(const GemmLibrary&) = delete;
  GemmLibrary& operator=(const GemmLibrary&) = delete;
  ~GemmLibrary();
  cublasLtHandle_t handle() const { return handle_; }

  static constexpr std::size_t workspaceBytes = std::size_t{32} << 20;

 private:
  cublasLtHandle_t handle_ = nullptr;
};

/** A product of one shape, with the algorithm that was fastest when it was made. */
class Gemm {
 public:
  /** Tries the library's candidates on the operands that will be used; what they hold does not matter, but Y is written. */
  Gemm(const GemmLibrary& library, const GemmShape& shape, const void* x, const void* w, void* y, void* workspace,
       cudaStream_t stream);
  Gemm(const Gemm&) = delete;
  Gemm& operator=(const Gemm&) = delete;
  ~Gemm();

  void launch(const void* x, const void* w, void* y, void* workspace, cudaStream_t stream) const;

 private:
  cublasStatus_t tryAlgorithm(const cublasLtMatmulAlgo_t& algorithm, const void* x, const void* w, void* y,
                              void* workspace, cudaStream_t stream) const;
  cublasLtHandle_t handle_;
  float beta_;
  cublasLtMatmulDesc_t product_ = nullptr;
  cublasLtMatrixLayout_t wLayout_ = nullptr, xLayout_ = nullptr, yLayout_ = nullptr;
  cublasLtMatmulAlgo_t algorithm_{};
};

}  // namespace videre::cuda
