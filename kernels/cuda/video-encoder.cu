// The encoder behind ../include/video_encoder_cuda.h: buffers, the order of the launches, and the way in and out.

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "../include/video_encoder_cuda.h"
#include "block-kernels.h"
#include "device-memory.h"
#include "encoder-sizes.h"
#include "encoder-weights.h"
#include "gemm.h"
#include "head-kernels.h"
#include "preprocess.h"
#include "selective-scan.h"

namespace videre::cuda {
namespace {

NumberType typeOf(Precision precision) {
  return precision == Precision::bfloat16 ? NumberType::bfloat16 : NumberType::float16;
}

// Places of the buffers in one piece of device memory. Those whose lives do not overlap share a place.
struct BufferLayout {
  std::size_t residual;    // float [B, L, C]
  std::size_t normalized;  // T [B, L, C]
  std::size_t xz;          // T [B, L, 2 E], x and its gate side by side; after the last block float tokens [B, T' P, C]
  std::size_t u;           // T [2, B, L, E]; before the first block patches, T [B, T' P, patchValues]
  std::size_t projected;   // T [2, B, L, P]: low-rank delta, B, C
  std::size_t delta;       // T [2, B, L, E]; before the first block pixels, float [B, T, 3, S, S]
  std::size_t scanned;     // T [B, L, E]
  std::size_t pooled;      // float [B, T', C]; classification: features [B, C]
  std::size_t steps;       // float [B, T', outputs], the projected time steps
  std::size_t vectors;     // float [B, outputs]
  std::size_t gemmWorkspace, scanWorkspace;
  std::size_t total = 0;

  BufferLayout(const VideoEncoderConfig& config, const EncoderSizes& s, std::size_t scanBytes) {
    const std::size_t B = config.maxBatch, rows = s.rows(config.maxBatch), E = s.channels, C = s.width;
    const std::size_t pixels = B * config.frames * 3 * config.imageSize * config.imageSize;
    residual = take(rows * C * 4);
    normalized = take(rows * C * 2);
    xz = take(std::max(rows * 2 * E * 2, rows * C * 4));
    u = take(std::max(2 * rows * E * 2, B * s.patches * s.patchValues * 2));
    projected = take(2 * rows * s.projected * 2);
    delta = take(std::max(2 * rows * E * 2, pixels * 4));
    scanned = take(rows * E * 2);
    pooled = take(B * s.timeSteps * C * 4);
    steps = take(B * s.timeSteps * config.outputs * 4);
    vectors = take(B * config.outputs * 4);
    gemmWorkspace = take(GemmLibrary::workspaceBytes);
    scanWorkspace = take(scanBytes);
  }

 private:
  std::size_t take(std::size_t bytes) {
    const std::size_t place = total;
    total += (bytes + 255) / 256 * 256;
    return place;
  }
};

// A scan of `batch` clips whose operands lie at whole multiples of 16 bytes, for planning.
DeviceScan scanShape(const VideoEncoderConfig& config, const EncoderSizes& sizes, int batch) {
  DeviceScan scan;
  scan.type = typeOf(config.precision);
  scan.batch = batch;
  scan.length = sizes.tokens;
  scan.channels = sizes.channels;
  scan.bcStride = sizes.projected;
  scan.zStride = 2 * sizes.channels;
  // Only whether they are there, and on 16 bytes, counts.
  scan.forward.u = scan.backward.u = reinterpret_cast<const void*>(256);
  return scan;
}

// The largest workspace of any batch up to the configured one: small batches are cut into chunks, large ones are not.
std::size_t scanBytesNeeded(const VideoEncoderConfig& config, const EncoderSizes& sizes) {
  std::size_t bytes = 0;
  for (int batch = 1; batch <= config.maxBatch; ++batch) {
    bytes = std::max(bytes, planScan(scanShape(config, sizes, batch)).workspaceBytes);
  }
  return bytes;
}

// Everything that depends on how many clips are computed at once.
struct BatchPlan {
  ScanPlan scan;
  std::unique_ptr<Gemm> patches, inProjection, projection, deltaProjection, outProjection;
  Graph graph;
};

class CudaVideoEncoder final : public VideoEncoder {
 public:
  CudaVideoEncoder(const VideoEncoderConfig& config, const TensorTable& tensors, const DeviceDescription& device)
      : config_(config),
        device_(device),
        sizes_(config),
        type_(typeOf(config.precision)),
        weights_(uploadWeights(config, sizes_, tensors)),
        layout_(config, sizes_, scanBytesNeeded(config, sizes_)),
        buffers_(layout_.total),
        resizer_(config, sizes_) {
    check(cudaMemsetAsync(buffers_.bytes(), 0, buffers_.size(), stream_), "clearing buffers");
    planOf(config.maxBatch);
    check(cudaEventCreateWithFlags(&done_, cudaEventBlockingSync | cudaEventDisableTiming), "making an event");
  }
  ~CudaVideoEncoder() override {
    cudaSetDevice(config_.device);
    cudaStreamSynchronize(stream_);
    cudaEventDestroy(done_);
  }

  const VideoEncoderConfig& config() const override { return config_; }
  const DeviceDescription& device() const override { return device_; }
  std::size_t deviceBytes() const override { return weights_.memory.size() + buffers_.size(); }

  Status encode(const ClipView* clips, std::size_t count, const EncodeOutputs& outputs) override {
    return statusOf([&] {
      checkClips(clips, count);
      inTurns(count, outputs, [&](std::size_t first, int batch) { uploadClips(clips + first, batch); });
    });
  }

  Status encodePixels(const float* pixels, std::size_t count, const EncodeOutputs& outputs) override {
    return statusOf([&] {
      if (pixels == nullptr && count > 0) throw Failure(ErrorCode::invalidInput, "There are no pixels.");
      inTurns(count, outputs, [&](std::size_t first, int batch) { uploadPixels(pixels + first * pixelsOfClip(), batch); });
    });
  }

  double secondsOnDevice(std::size_t count) override {
    float milliseconds = -1e3f;
    statusOf([&] {
      const std::lock_guard<std::mutex> lock(mutex_);
      check(cudaSetDevice(config_.device), "selecting the device");
      const BatchPlan& plan = planOf(static_cast<int>(count));
      StreamTimer timer;
      milliseconds = timer.milliseconds(stream_, [&] { plan.graph.launch(stream_); });
    });
    return milliseconds * 1e-3;
  }

 private:
  template <class T>
  T* at(std::size_t place) const {
    return reinterpret_cast<T*>(buffers_.bytes() + place);
  }
  std::size_t pixelsOfClip() const {
    return static_cast<std::size_t>(config_.frames) * 3 * config_.imageSize * config_.imageSize;
  }

  void checkClips(const ClipView* clips, std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      const ClipView& clip = clips[i];
      const bool isSized = clip.width > 0 && clip.height > 0 && clip.width <= 16384 && clip.height <= 16384;
      if (!isSized) {
        throw Failure(ErrorCode::invalidInput, "Clip " + std::to_string(i) + " has frames of " + std::to_string(clip.width) +
                                                   " x " + std::to_string(clip.height) +
                                                   " pixels; both must be between 1 and 16384.");
      }
      for (int t = 0; t < config_.frames; ++t) {
        if (clip.frames == nullptr || clip.frames[t] == nullptr) {
          throw Failure(ErrorCode::invalidInput, "Clip " + std::to_string(i) + " lacks frame " + std::to_string(t) + " of " +
                                                     std::to_string(config_.frames) + ".");
        }
      }
    }
  }

  template <class Upload>
  void inTurns(std::size_t count, const EncodeOutputs& outputs, Upload upload) {
    const std::lock_guard<std::mutex> lock(mutex_);
    check(cudaSetDevice(config_.device), "selecting the device");
    for (std::size_t first = 0; first < count; first += config_.maxBatch) {
      const int batch = static_cast<int>(std::min<std::size_t>(count - first, config_.maxBatch));
      const BatchPlan& plan = planOf(batch);
      upload(first, batch);
      plan.graph.launch(stream_);
      download(outputs, first, batch);
    }
  }

  // Frames go to the device through pinned memory, a clip at a time; the device resizes one while the next is copied.
  void uploadClips(const ClipView* clips, int batch) {
    std::size_t largest = 0, total = 0;
    for (int i = 0; i < batch; ++i) {
      const std::size_t bytes = bytesOf(clips[i]);
      largest = std::max(largest, bytes);
      total += bytes;
    }
    char* staged = staging_.reserve(total);
    if (frames_.size() < largest) frames_ = DeviceBuffer(largest);
    char* patches = at<char>(layout_.u);
    for (int i = 0; i < batch; ++i) {
      const std::size_t frameBytes = bytesOf(clips[i]) / config_.frames;
      for (int t = 0; t < config_.frames; ++t) std::memcpy(staged + t * frameBytes, clips[i].frames[t], frameBytes);
      const std::size_t bytes = bytesOf(clips[i]);
      check(cudaMemcpyAsync(frames_.bytes(), staged, bytes, cudaMemcpyHostToDevice, stream_), "uploading frames");
      resizer_.resize(frames_.as<unsigned char>(), clips[i].width, clips[i].height, patches, type_, stream_);
      staged += bytes;
      patches += static_cast<std::size_t>(sizes_.patches) * sizes_.patchValues * 2;
    }
  }
  std::size_t bytesOf(const ClipView& clip) const {
    return static_cast<std::size_t>(config_.frames) * clip.width * clip.height * 3;
  }

  void uploadPixels(const float* pixels, int batch) {
    const std::size_t bytes = batch * pixelsOfClip() * sizeof(float);
    float* const target = at<float>(layout_.delta);
    std::memcpy(staging_.reserve(bytes), pixels, bytes);
    check(cudaMemcpyAsync(target, staging_.reserve(bytes), bytes, cudaMemcpyHostToDevice, stream_), "uploading pixels");
    check(gatherPatches(target, at<void>(layout_.u), type_, patchGeometryOf(config_, sizes_), batch, stream_),
          "gathering patches");
  }

  void download(const EncodeOutputs& outputs, std::size_t first, int batch) {
    const bool isRetrieval = config_.kind == ModelKind::retrieval;
    const std::size_t tokens = static_cast<std::size_t>(sizes_.patches) * sizes_.width;
    const std::size_t pooled = static_cast<std::size_t>(sizes_.timeSteps) * sizes_.width;
    const std::size_t projected = static_cast<std::size_t>(sizes_.timeSteps) * config_.outputs;
    struct Part {
      float* target;
      std::size_t place, values;  // of a clip
    };
    std::vector<Part> parts{{outputs.vectors, layout_.vectors, static_cast<std::size_t>(config_.outputs)}};
    if (isRetrieval) {
      parts.push_back({outputs.pooled, layout_.pooled, pooled});
      parts.push_back({outputs.projected, layout_.steps, projected});
    } else {
      parts.push_back({outputs.features, layout_.pooled, static_cast<std::size_t>(sizes_.width)});
    }
    if (outputs.tokens != nullptr) {
      check(normalizePatches(at<float>(layout_.residual), weights_.lastNorm, at<float>(layout_.xz), batch, sizes_.tokens,
                             sizes_.width, config_.normEps, stream_),
            "normalizing tokens");
      parts.push_back({outputs.tokens, layout_.xz, tokens});
    }
    std::size_t total = 0;
    for (const Part& part : parts) total += part.target == nullptr ? 0 : batch * part.values;
    char* const staged = results_.reserve(total * sizeof(float));
    std::size_t offset = 0;
    for (const Part& part : parts) {
      if (part.target == nullptr) continue;
      const std::size_t bytes = batch * part.values * sizeof(float);
      check(cudaMemcpyAsync(staged + offset, at<char>(part.place), bytes, cudaMemcpyDeviceToHost, stream_),
            "downloading results");
      offset += bytes;
    }
    check(cudaEventRecord(done_, stream_), "encoding");
    check(cudaEventSynchronize(done_), "encoding");
    offset = 0;
    for (const Part& part : parts) {
      if (part.target == nullptr) continue;
      const std::size_t bytes = batch * part.values * sizeof(float);
      std::memcpy(part.target + first * part.values, staged + offset, bytes);
      offset += bytes;
    }
  }

  const BatchPlan& planOf(int batch) {
    const auto found = plans_.find(batch);
    if (found != plans_.end()) return found->second;
    BatchPlan plan;
    const auto rows = static_cast<std::int64_t>(sizes_.rows(batch));
    const std::int64_t C = sizes_.width, E = sizes_.channels, P = sizes_.projected, rank = sizes_.rank;
    const BlockWeights& block = weights_.blocks[0];
    void* const workspace = at<void>(layout_.gemmWorkspace);
    const auto make = [&](const GemmShape& shape, std::size_t x, const void* w, void* y) {
      return std::make_unique<Gemm>(library_, shape, at<void>(x), w, y, workspace, stream_);
    };
    GemmShape shape;
    shape.type = shape.outputType = type_;
    shape.rows = rows, shape.outputs = 2 * E, shape.inputs = shape.xStride = C;
    plan.inProjection = make(shape, layout_.normalized, block.inProjection, at<void>(layout_.xz));

    shape.outputs = P, shape.inputs = shape.xStride = E;
    shape.count = 2, shape.xDistance = rows * E, shape.wDistance = P * E, shape.yDistance = rows * P;
    plan.projection = make(shape, layout_.u, block.projection, at<void>(layout_.projected));

    shape.outputs = E, shape.inputs = rank, shape.xStride = P;
    shape.xDistance = rows * P, shape.wDistance = E * rank, shape.yDistance = rows * E;
    plan.deltaProjection = make(shape, layout_.projected, block.deltaProjection, at<void>(layout_.delta));

    GemmShape residual;
    residual.type = type_, residual.outputType = NumberType::float32, residual.adds = true;
    residual.rows = rows, residual.outputs = C, residual.inputs = residual.xStride = E;
    plan.outProjection = make(residual, layout_.scanned, block.outProjection, at<void>(layout_.residual));

    residual.adds = false;
    residual.rows = sizes_.patches, residual.inputs = residual.xStride = sizes_.patchValues;
    residual.count = batch, residual.xDistance = std::int64_t{sizes_.patches} * sizes_.patchValues;
    residual.yDistance = sizes_.tokens * C;
    plan.patches = make(residual, layout_.u, weights_.patchKernel, firstPatchRow());

    plan.scan = planScan(scanOf(batch, block));
    plan.graph = Graph(stream_, [&] { launchAll(batch, plan); });
    return plans_.emplace(batch, std::move(plan)).first->second;
  }

  // Rows of the class tokens lie between those of the patches.
  float* firstPatchRow() const { return at<float>(layout_.residual) + sizes_.width; }

  void launchAll(int batch, const BatchPlan& plan) {
    void* const workspace = at<void>(layout_.gemmWorkspace);
    plan.patches->launch(at<void>(layout_.u), weights_.patchKernel, firstPatchRow(), workspace, stream_);
    for (std::size_t i = 0; i < weights_.blocks.size(); ++i) {
      const BlockWeights& block = weights_.blocks[i];
      check(normalizeRows(at<float>(layout_.residual), i == 0 ? weights_.positions : nullptr, block.norm,
                          at<void>(layout_.normalized), type_, sizes_.rows(batch), sizes_.tokens, sizes_.width,
                          config_.normEps, stream_),
            "normalizing");
      plan.inProjection->launch(at<void>(layout_.normalized), block.inProjection, at<void>(layout_.xz), workspace, stream_);
      check(convolve(at<void>(layout_.xz), 2 * sizes_.channels, block.taps, block.convolutionBias, at<void>(layout_.u), type_,
                     batch, sizes_.tokens, sizes_.channels, stream_),
            "convolving");
      plan.projection->launch(at<void>(layout_.u), block.projection, at<void>(layout_.projected), workspace, stream_);
      plan.deltaProjection->launch(at<void>(layout_.projected), block.deltaProjection, at<void>(layout_.delta), workspace,
                                   stream_);
      check(launchScan(scanOf(batch, block), plan.scan, at<void>(layout_.scanWorkspace), stream_), "scanning");
      plan.outProjection->launch(at<void>(layout_.scanned), block.outProjection, at<void>(layout_.residual), workspace,
                                 stream_);
    }
    if (config_.kind == ModelKind::retrieval) launchPooling(batch);
    else launchClassification(batch);
  }

  DeviceScan scanOf(int batch, const BlockWeights& block) const {
    DeviceScan scan = scanShape(config_, sizes_, batch);
    const std::size_t rows = sizes_.rows(batch), E = sizes_.channels, size = 2;
    const auto directionOf = [&](std::size_t i) {
      const char* const projected = at<char>(layout_.projected) + i * rows * sizes_.projected * size;
      DeviceScanDirection direction;
      direction.u = at<char>(layout_.u) + i * rows * E * size;
      direction.delta = at<char>(layout_.delta) + i * rows * E * size;
      direction.A = block.A + i * E * sizes_.states;
      direction.B = projected + sizes_.rank * size;
      direction.C = projected + (sizes_.rank + sizes_.states) * size;
      direction.D = block.D + i * E;
      direction.deltaBias = block.deltaBias + i * E;
      return direction;
    };
    scan.forward = directionOf(0);
    scan.backward = directionOf(1);
    scan.z = at<char>(layout_.xz) + E * size;
    scan.out = at<void>(layout_.scanned);
    return scan;
  }

  void launchPooling(int batch) {
    check(poolTimeSteps(at<float>(layout_.residual), weights_.lastNorm, weights_.poolNorm, weights_.poolNormBias,
                        at<float>(layout_.pooled), batch, sizes_.timeSteps, sizes_.patchesPerFrame, sizes_.width,
                        config_.normEps, stream_),
          "pooling");
    check(projectRows(at<float>(layout_.pooled), weights_.head, weights_.headBias, at<float>(layout_.steps),
                      batch * sizes_.timeSteps, sizes_.width, config_.outputs, stream_),
          "projecting");
    check(averageUnitVectors(at<float>(layout_.steps), at<float>(layout_.vectors), batch, sizes_.timeSteps, config_.outputs,
                             stream_),
          "averaging");
  }
  void launchClassification(int batch) {
    check(normalizeFirst(at<float>(layout_.residual), weights_.lastNorm, at<float>(layout_.pooled), batch, sizes_.tokens,
                         sizes_.width, config_.normEps, stream_),
          "normalizing");
    check(projectRows(at<float>(layout_.pooled), weights_.head, weights_.headBias, at<float>(layout_.vectors), batch,
                      sizes_.width, config_.outputs, stream_),
          "projecting");
  }

  const VideoEncoderConfig config_;
  const DeviceDescription device_;
  const EncoderSizes sizes_;
  const NumberType type_;
  std::mutex mutex_;
  Stream stream_;
  GemmLibrary library_;
  EncoderWeights weights_;
  const BufferLayout layout_;
  DeviceBuffer buffers_;
  ClipResizer resizer_;
  DeviceBuffer frames_;   // of one clip
  PinnedBuffer staging_;  // of the clips of one turn
  PinnedBuffer results_;
  std::map<int, BatchPlan> plans_;
  cudaEvent_t done_ = nullptr;
};

}  // namespace

Status describeDevice(int index, DeviceDescription& device) {
  return statusOf([&] {
    int count = 0;
    check(cudaGetDeviceCount(&count), "looking for GPUs");
    if (index < 0 || index >= count) {
      throw Failure(ErrorCode::noDevice, "There is no GPU " + std::to_string(index) + "; this machine has " +
                                             std::to_string(count) + ", counted from 0.");
    }
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, index), "reading the GPU's properties");
    check(cudaSetDevice(index), "selecting the GPU");
    DeviceDescription found;
    found.index = index;
    found.name = properties.name;
    found.computeMajor = properties.major;
    found.computeMinor = properties.minor;
    found.multiprocessors = properties.multiProcessorCount;
    check(cudaMemGetInfo(&found.freeBytes, &found.totalBytes), "reading the GPU's memory");
    check(cudaDriverGetVersion(&found.driverVersion), "reading the driver's version");
    check(cudaRuntimeGetVersion(&found.runtimeVersion), "reading CUDA's version");
    device = found;
  });
}

std::size_t deviceBytesNeeded(const VideoEncoderConfig& config) {
  std::size_t bytes = 0;
  statusOf([&] {
    const EncoderSizes sizes(config);
    bytes = weightBytes(config, sizes) + BufferLayout(config, sizes, scanBytesNeeded(config, sizes)).total;
  });
  return bytes;
}

Status createVideoEncoder(const VideoEncoderConfig& config, const TensorTable& tensors,
                          std::unique_ptr<VideoEncoder>& encoder) {
  DeviceDescription device;
  const Status found = describeDevice(config.device, device);
  if (!found.ok()) return found;
  return statusOf([&] {
    const EncoderSizes sizes(config);
    const std::size_t needed = deviceBytesNeeded(config);
    if (needed > device.freeBytes) {
      const auto mebibytes = [](std::size_t bytes) { return std::to_string(bytes >> 20) + " MiB"; };
      throw Failure(ErrorCode::outOfMemory, "The encoder needs " + mebibytes(needed) + " on " + device.name +
                                                " for batches of " + std::to_string(config.maxBatch) + "; " +
                                                mebibytes(device.freeBytes) + " of " + mebibytes(device.totalBytes) +
                                                " are free. A smaller batch takes less.");
    }
    encoder = std::make_unique<CudaVideoEncoder>(config, tensors, device);
  });
}

}  // namespace videre::cuda
