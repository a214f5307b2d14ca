// A whole VideoMamba video encoder on one NVIDIA GPU: from frames of 8 bit RGB, or from preprocessed values, to vectors.
// Plain C++: no CUDA header, no exception, no process exit crosses this border. Everything here may be called from any
// thread; calls on one encoder wait for one another (an encoder has one stream and one set of buffers), calls on
// different encoders do not.
// Gu & Dao 2023, "Mamba"; Li et al. 2024, "VideoMamba".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "selective_scan.h"

namespace videre::cuda {

enum class ErrorCode {
  none,
  noDevice,           // no driver, no GPU, or none visible to this process
  unsupportedDevice,  // older than the machine code in this build
  missingLibrary,     // cuBLASLt is not installed or is too old
  outOfMemory,        // on the device; a smaller `maxBatch` may help
  invalidModel,       // a tensor is missing or has another shape than the configuration says
  invalidInput,       // clips of no or too large a size, a null pointer
  deviceFailure,      // a CUDA or cuBLASLt call failed; the encoder is of no more use
};

struct Status {
  ErrorCode code = ErrorCode::none;
  std::string message;  // names the offending value, what is accepted, and what to do
  bool ok() const { return code == ErrorCode::none; }
};

struct DeviceDescription {
  int index = 0;
  std::string name;
  int computeMajor = 0;
  int computeMinor = 0;
  int multiprocessors = 0;
  std::size_t totalBytes = 0;
  std::size_t freeBytes = 0;
  int driverVersion = 0;   // as CUDA counts: 1000 * major + 10 * minor
  int runtimeVersion = 0;
};

/** @returns `noDevice` when there is none of this index. */
Status describeDevice(int index, DeviceDescription& device);

/**
 * The scan alone, on host memory: copies in, computes in float32, copies out. For tests and conformance.
 * `delta` of low rank is accepted. @returns `invalidInput` for more than 16 states.
 */
Status selectiveScan(const ScanParameters& parameters, int device);

enum class ModelKind { retrieval, classification };
enum class Precision { bfloat16, float16 };

// The names are `bundle.json`'s. Lengths in pixels and frames.
struct VideoEncoderConfig {
  ModelKind kind = ModelKind::retrieval;
  int width = 0;       // C
  int depth = 0;
  int stateSize = 16;  // N; this build knows 16
  int convWidth = 4;   // this build knows 4
  int expand = 2;
  int dtRank = 0;
  int patchSize = 16;
  int tubelet = 1;
  int imageSize = 224;
  int frames = 8;
  int outputs = 0;     // retrieval: `projection`; classification: `classes`
  float normEps = 1e-5f;
  bool antialias = false;
  float mean[3] = {0.485f, 0.456f, 0.406f};
  float std[3] = {0.229f, 0.224f, 0.225f};

  Precision precision = Precision::bfloat16;  // of weights and activations; residual, state and vectors are float32
  int maxBatch = 16;                          // clips computed at once; more are taken in turns
  int device = 0;
};

enum class ElementType { float32, float16, bfloat16 };

// A tensor in host memory, dense, row major; read during `createVideoEncoder` only.
struct TensorView {
  const void* data = nullptr;
  ElementType type = ElementType::float32;
  std::vector<std::int64_t> shape;
};

// Under the bundle's names: `vision_encoder.layers.0.mixer.in_proj.weight`, `vision_proj.weight`, ... for retrieval,
// `layers.0.mixer.in_proj.weight`, `norm_f.weight`, `head.weight`, ... for classification. Others are ignored.
using TensorTable = std::unordered_map<std::string, TensorView>;

// The frames of one clip: `frames[t]` points to `height * width * 3` bytes of RGB; `config.frames` of them. The same
// pointer may come several times.
struct ClipView {
  const std::uint8_t* const* frames = nullptr;
  int width = 0;
  int height = 0;
};

// Where results go, in host memory; null: not wanted.
struct EncodeOutputs {
  float* vectors = nullptr;  // [B, outputs]: the clip's vector (mean over time of unit vectors), or the class scores
  float* tokens = nullptr;   // [B, T' P, C] after the last norm, without the class token; retrieval: what the re-ranker
                             // and the decoder look at
  float* pooled = nullptr;   // [B, T', C] after the pooling norm; retrieval
  float* projected = nullptr;  // [B, T', outputs] before normalization; retrieval
  float* features = nullptr;   // [B, C], the class token after the last norm; classification
};

class VideoEncoder {
 public:
  virtual ~VideoEncoder() = default;

  virtual const VideoEncoderConfig& config() const = 0;
  virtual const DeviceDescription& device() const = 0;
  /** Device memory this encoder holds. */
  virtual std::size_t deviceBytes() const = 0;

  /** Resize, normalize, encode. Blocks the calling thread, not the processor, until the outputs are written. */
  virtual Status encode(const ClipView* clips, std::size_t count, const EncodeOutputs& outputs) = 0;

  /** As `encode`, of values [B, T, 3, S, S] that are resized and normalized already. */
  virtual Status encodePixels(const float* pixels, std::size_t count, const EncodeOutputs& outputs) = 0;

  /**
   * How long the device takes for `count` clips (at most `maxBatch`) from patches to vectors, upload and download left
   * out, over whatever clips it holds; for benchmarks. Below 0 if it failed.
   */
  virtual double secondsOnDevice(std::size_t count) = 0;
};

/** Device memory an encoder of this configuration will take, weights, buffers and cuBLASLt's workspace included. */
std::size_t deviceBytesNeeded(const VideoEncoderConfig& config);

/**
 * Uploads the weights, takes all device memory the encoder will ever need, and makes it ready; a second or two.
 * `encoder` is untouched unless the status is ok.
 */
Status createVideoEncoder(const VideoEncoderConfig& config, const TensorTable& tensors,
                          std::unique_ptr<VideoEncoder>& encoder);

}  // namespace videre::cuda
