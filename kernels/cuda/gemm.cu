#include "gemm.h"

#include <limits>
#include <string>

#include "device-memory.h"
#include "failure.h"

namespace videre::cuda {
namespace {

constexpr int candidates = 8;
constexpr int trials = 3;

void check(cublasStatus_t status, const char* doing) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  const bool isMissing = status == CUBLAS_STATUS_NOT_INITIALIZED || status == CUBLAS_STATUS_ARCH_MISMATCH;
  throw Failure(isMissing ? ErrorCode::missingLibrary : ErrorCode::deviceFailure,
                std::string("While ") + doing + ": " + cublasLtGetStatusString(status) + ".");
}

cudaDataType_t dataType(NumberType type) {
  switch (type) {
    case NumberType::float32: return CUDA_R_32F;
    case NumberType::float16: return CUDA_R_16F;
    case NumberType::bfloat16: return CUDA_R_16BF;
  }
  return CUDA_R_32F;
}

// cuBLASLt's matrices are column-major: a row-major [rows, columns] is its [columns, rows].
cublasLtMatrixLayout_t layout(NumberType type, std::int64_t rows, std::int64_t columns, std::int64_t stride, int count,
                              std::int64_t distance) {
  cublasLtMatrixLayout_t result = nullptr;
  check(cublasLtMatrixLayoutCreate(&result, dataType(type), columns, rows, stride), "describing a matrix");
  if (count > 1) {
    check(cublasLtMatrixLayoutSetAttribute(result, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count),
          "describing a matrix");
    check(cublasLtMatrixLayoutSetAttribute(result, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &distance,
                                           sizeof distance),
          "describing a matrix");
  }
  return result;
}

}  // namespace

GemmLibrary::GemmLibrary() { check(cublasLtCreate(&handle_), "starting cuBLASLt"); }
GemmLibrary::~GemmLibrary() { cublasLtDestroy(handle_); }

Gemm::Gemm(const GemmLibrary& library, const GemmShape& shape, const void* x, const void* w, void* y, void* workspace,
           cudaStream_t stream)
    : handle_(library.handle()), beta_(shape.adds ? 1.0f : 0.0f) {
  check(cublasLtMatmulDescCreate(&product_, CUBLAS_COMPUTE_32F, CUDA_R_32F), "describing a product");
  const cublasOperation_t transposed = CUBLAS_OP_T;
  check(cublasLtMatmulDescSetAttribute(product_, CUBLASLT_MATMUL_DESC_TRANSA, &transposed, sizeof transposed),
        "describing a product");
  wLayout_ = layout(shape.type, shape.outputs, shape.inputs, shape.inputs, shape.count, shape.wDistance);
  xLayout_ = layout(shape.type, shape.rows, shape.inputs, shape.xStride, shape.count, shape.xDistance);
  yLayout_ = layout(shape.outputType, shape.rows, shape.outputs, shape.outputs, shape.count, shape.yDistance);

  cublasLtMatmulPreference_t preference = nullptr;
  check(cublasLtMatmulPreferenceCreate(&preference), "choosing an algorithm");
  const std::size_t bytes = GemmLibrary::workspaceBytes;
  cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &bytes, sizeof bytes);
  cublasLtMatmulHeuristicResult_t results[candidates];
  int found = 0;
  const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(handle_, product_, wLayout_, xLayout_, yLayout_, yLayout_,
                                                               preference, candidates, results, &found);
  cublasLtMatmulPreferenceDestroy(preference);
  check(status, "choosing an algorithm");

  float best = std::numeric_limits<float>::infinity();
  StreamTimer timer;
  for (int i = 0; i < found; ++i) {
    const auto& algorithm = results[i].algo;
    if (tryAlgorithm(algorithm, x, w, y, workspace, stream) != CUBLAS_STATUS_SUCCESS) continue;
    const float milliseconds = timer.milliseconds(stream, [&] {
      for (int trial = 0; trial < trials; ++trial) tryAlgorithm(algorithm, x, w, y, workspace, stream);
    });
    if (milliseconds < best) {
      best = milliseconds;
      algorithm_ = algorithm;
    }
  }
  if (found == 0 || best == std::numeric_limits<float>::infinity()) {
    throw Failure(ErrorCode::deviceFailure, "cuBLASLt knows no algorithm for a product this model needs.");
  }
}

Gemm::~Gemm() {
  if (wLayout_ != nullptr) cublasLtMatrixLayoutDestroy(wLayout_);
  if (xLayout_ != nullptr) cublasLtMatrixLayoutDestroy(xLayout_);
  if (yLayout_ != nullptr) cublasLtMatrixLayoutDestroy(yLayout_);
  if (product_ != nullptr) cublasLtMatmulDescDestroy(product_);
}

void Gemm::launch(const void* x, const void* w, void* y, void* workspace, cudaStream_t stream) const {
  check(tryAlgorithm(algorithm_, x, w, y, workspace, stream), "launching a product");
}

cublasStatus_t Gemm::tryAlgorithm(const cublasLtMatmulAlgo_t& algorithm, const void* x, const void* w, void* y,
                                  void* workspace, cudaStream_t stream) const {
  const float alpha = 1.0f;
  return cublasLtMatmul(handle_, product_, &alpha, w, wLayout_, x, xLayout_, &beta_, y, yLayout_, y, yLayout_, &algorithm,
                        workspace, GemmLibrary::workspaceBytes, stream);
}

}  // namespace videre::cuda
