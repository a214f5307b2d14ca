#include "encoder-weights.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>

#include "numbers.cuh"

namespace videre::cuda {
namespace {

using Floats = std::vector<float>;
using Shape = std::vector<std::int64_t>;

std::string textOf(const Shape& shape) {
  std::string text;
  for (const std::int64_t size : shape) text += (text.empty() ? "[" : ", ") + std::to_string(size);
  return text.empty() ? "[]" : text + "]";
}

Floats readTensor(const TensorTable& tensors, const std::string& name, const Shape& shape) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw Failure(ErrorCode::invalidModel, "The model lacks the tensor " + name + ".");
  const TensorView& view = found->second;
  if (view.shape != shape || view.data == nullptr) {
    throw Failure(ErrorCode::invalidModel, "The tensor " + name + " has the shape " + textOf(view.shape) +
                                               "; this model's sizes call for " + textOf(shape) + ".");
  }
  const std::size_t count = std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
  Floats values(count);
  switch (view.type) {
    case ElementType::float32:
      std::memcpy(values.data(), view.data, count * sizeof(float));
      break;
    case ElementType::float16:
      for (std::size_t i = 0; i < count; ++i) values[i] = __half2float(static_cast<const __half*>(view.data)[i]);
      break;
    case ElementType::bfloat16:
      for (std::size_t i = 0; i < count; ++i) values[i] = __bfloat162float(static_cast<const bfloat16*>(view.data)[i]);
      break;
  }
  return values;
}

// Collects arrays and their places first, uploads all at once.
class Packer {
 public:
  explicit Packer(Precision precision) : precision_(precision) {}

  void add(const float*& place, const Floats& values) {
    append(reinterpret_cast<const void**>(&place), values.data(), values.size() * sizeof(float));
  }
  /** In the number type of the activations. */
  void addRounded(const void*& place, const Floats& values) {
    std::vector<std::uint16_t> rounded(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (precision_ == Precision::bfloat16) {
        const bfloat16 value = __float2bfloat16(values[i]);
        std::memcpy(&rounded[i], &value, 2);
      } else {
        const float16 value = __float2half(values[i]);
        std::memcpy(&rounded[i], &value, 2);
      }
    }
    append(&place, rounded.data(), rounded.size() * 2);
  }
  DeviceBuffer upload() const {
    DeviceBuffer memory = videre::cuda::upload(bytes_);
    for (const auto& [place, offset] : places_) *place = memory.bytes() + offset;
    return memory;
  }

 private:
  void append(const void** place, const void* data, std::size_t size) {
    const std::size_t offset = bytes_.size();
    bytes_.resize(offset + (size + 255) / 256 * 256);
    std::memcpy(bytes_.data() + offset, data, size);
    places_.emplace_back(place, offset);
  }
  Precision precision_;
  std::vector<char> bytes_;
  std::vector<std::pair<const void**, std::size_t>> places_;
};

void appendTo(Floats& all, const Floats& more) { all.insert(all.end(), more.begin(), more.end()); }

class Reader {
 public:
  Reader(const VideoEncoderConfig& config, const EncoderSizes& sizes, const TensorTable& tensors)
      : config_(config), sizes_(sizes), tensors_(tensors),
        prefix_(config.kind == ModelKind::retrieval ? "vision_encoder." : "") {}

  // [L, C]: what the class token and each place in space and time add, and the patch embedding's bias.
  Floats positions() const {
    const int C = sizes_.width, P = sizes_.patchesPerFrame;
    const Floats classToken = read("cls_token", {1, 1, C}), space = read("pos_embed", {1, 1 + P, C});
    const Floats time = read("temporal_pos_embedding", {1, sizes_.timeSteps, C}), bias = read("patch_embed.proj.bias", {C});
    Floats table(static_cast<std::size_t>(sizes_.tokens) * C);
    for (int c = 0; c < C; ++c) table[c] = classToken[c] + space[c];
    for (int token = 1; token < sizes_.tokens; ++token) {
      const std::size_t t = (token - 1) / P, place = 1 + (token - 1) % P;
      for (int c = 0; c < C; ++c) {
        table[static_cast<std::size_t>(token) * C + c] = bias[c] + space[place * C + c] + time[t * C + c];
      }
    }
    return table;
  }

  Floats patchKernel() const {
    return read("patch_embed.proj.weight", {sizes_.width, 3, config_.tubelet, config_.patchSize, config_.patchSize});
  }

  void addBlock(Packer& packer, int index, BlockWeights& block) const {
    const int C = sizes_.width, E = sizes_.channels, N = sizes_.states, R = config_.dtRank;
    const std::string layer = "layers." + std::to_string(index), mixer = layer + ".mixer.";
    packer.add(block.norm, read(layer + ".norm.weight", {C}));
    packer.addRounded(block.inProjection, read(mixer + "in_proj.weight", {2 * E, C}));
    packer.addRounded(block.outProjection, read(mixer + "out_proj.weight", {C, E}));
    Floats taps, convolutionBias, projection, deltaProjection, deltaBias, A, D;
    for (const char* suffix : {"", "_b"}) {
      const std::string end = suffix;
      appendTo(taps, tapsOf(read(mixer + "conv1d" + end + ".weight", {E, 1, config_.convWidth})));
      appendTo(convolutionBias, read(mixer + "conv1d" + end + ".bias", {E}));
      appendTo(projection, padded(read(mixer + "x_proj" + end + ".weight", {R + 2 * N, E}), R, E, sizes_.rank));
      appendTo(deltaProjection, widened(read(mixer + "dt_proj" + end + ".weight", {E, R})));
      appendTo(deltaBias, read(mixer + "dt_proj" + end + ".bias", {E}));
      Floats logs = read(mixer + "A" + end + "_log", {E, N});
      for (float& value : logs) value = -std::exp(value);
      appendTo(A, logs);
      appendTo(D, read(mixer + "D" + end, {E}));
    }
    packer.add(block.taps, taps);
    packer.add(block.convolutionBias, convolutionBias);
    packer.addRounded(block.projection, projection);
    packer.addRounded(block.deltaProjection, deltaProjection);
    packer.add(block.deltaBias, deltaBias);
    packer.add(block.A, A);
    packer.add(block.D, D);
  }

  void addHead(Packer& packer, EncoderWeights& weights) const {
    const int C = sizes_.width, outputs = config_.outputs;
    const bool isRetrieval = config_.kind == ModelKind::retrieval;
    packer.add(weights.lastNorm, read(isRetrieval ? "norm.weight" : "norm_f.weight", {C}));
    if (isRetrieval) {
      packer.add(weights.poolNorm, read("pool_norm.weight", {C}));
      packer.add(weights.poolNormBias, read("pool_norm.bias", {C}));
    }
    const std::string head = isRetrieval ? "vision_proj" : "head";
    packer.add(weights.head, readTensor(tensors_, head + ".weight", {outputs, C}));
    packer.add(weights.headBias, readTensor(tensors_, head + ".bias", {outputs}));
  }

 private:
  Floats read(const std::string& name, const Shape& shape) const { return readTensor(tensors_, prefix_ + name, shape); }

  // [E, 1, W], the last the token's own -> [W, E], the first the token's own
  Floats tapsOf(const Floats& kernel) const {
    const int E = sizes_.channels, W = config_.convWidth;
    Floats taps(kernel.size());
    for (int tap = 0; tap < W; ++tap) {
      for (int e = 0; e < E; ++e) taps[tap * E + e] = kernel[e * W + W - 1 - tap];
    }
    return taps;
  }

  // Rows of zeros after the first `rows` of a matrix with `columns` columns, up to `paddedRows`.
  static Floats padded(const Floats& matrix, int rows, int columns, int paddedRows) {
    const std::ptrdiff_t head = static_cast<std::ptrdiff_t>(rows) * columns;
    Floats result(matrix.begin(), matrix.begin() + head);
    result.resize(static_cast<std::size_t>(paddedRows) * columns, 0.0f);
    result.insert(result.end(), matrix.begin() + head, matrix.end());
    return result;
  }

  // [E, R] -> [E, rank], zeros in the new columns
  Floats widened(const Floats& matrix) const {
    const int E = sizes_.channels, R = config_.dtRank, rank = sizes_.rank;
    Floats result(static_cast<std::size_t>(E) * rank, 0.0f);
    for (int e = 0; e < E; ++e) std::copy_n(&matrix[static_cast<std::size_t>(e) * R], R, &result[static_cast<std::size_t>(e) * rank]);
    return result;
  }

  const VideoEncoderConfig& config_;
  const EncoderSizes& sizes_;
  const TensorTable& tensors_;
  const std::string prefix_;
};

}  // namespace

std::size_t weightBytes(const VideoEncoderConfig& config, const EncoderSizes& s) {
  const auto array = [](std::size_t values, std::size_t size) { return (values * size + 255) / 256 * 256; };
  const std::size_t C = s.width, E = s.channels;
  const std::size_t block = array(C, 4) + array(2 * E * C, 2) + array(C * E, 2) + array(2 * config.convWidth * E, 4) +
                            3 * array(2 * E, 4) + array(2 * s.projected * E, 2) + array(2 * E * s.rank, 2) +
                            array(2 * E * s.states, 4);
  const std::size_t pool = config.kind == ModelKind::retrieval ? 2 * array(C, 4) : 0;
  return array(C * s.patchValues, 2) + array(s.tokens * C, 4) + config.depth * block + array(C, 4) + pool +
         array(config.outputs * C, 4) + array(config.outputs, 4);
}

EncoderWeights uploadWeights(const VideoEncoderConfig& config, const EncoderSizes& sizes, const TensorTable& tensors) {
  EncoderWeights weights;
  Packer packer(config.precision);
  const Reader reader(config, sizes, tensors);
  packer.addRounded(weights.patchKernel, reader.patchKernel());
  packer.add(weights.positions, reader.positions());
  weights.blocks.resize(config.depth);
  for (int i = 0; i < config.depth; ++i) reader.addBlock(packer, i, weights.blocks[i]);
  reader.addHead(packer, weights);
  // The places point into `weights`; moving the vector of blocks with it keeps them where they are filled now.
  weights.memory = packer.upload();
  return weights;
}

}  // namespace videre::cuda
