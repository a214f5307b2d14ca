// A video encoder with random weights of the sizes a trained one has, for checks and benchmarks.
#pragma once

#include <cmath>
#include <deque>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "../../include/video_encoder_cuda.h"

namespace videre::cuda {

class RandomModel {
 public:
  RandomModel(const VideoEncoderConfig& config, unsigned seed) : config_(config), random_(seed) {
    const int C = config.width, E = C * config.expand, N = config.stateSize, R = config.dtRank, p = config.patchSize;
    const int edge = config.imageSize / p, steps = config.frames / config.tubelet;
    const bool isRetrieval = config.kind == ModelKind::retrieval;
    prefix_ = isRetrieval ? "vision_encoder." : "";
    normal("cls_token", {1, 1, C}, 0.0f, 0.5f);
    normal("pos_embed", {1, 1 + edge * edge, C}, 0.0f, 0.3f);
    normal("temporal_pos_embedding", {1, steps, C}, 0.0f, 0.3f);
    normal("patch_embed.proj.weight", {C, 3, config.tubelet, p, p}, 0.0f, 1.0f / std::sqrt(3.0f * config.tubelet * p * p));
    normal("patch_embed.proj.bias", {C}, 0.0f, 0.1f);
    for (int i = 0; i < config.depth; ++i) {
      const std::string layer = "layers." + std::to_string(i), mixer = layer + ".mixer.";
      normal(layer + ".norm.weight", {C}, 1.0f, 0.1f);
      normal(mixer + "in_proj.weight", {2 * E, C}, 0.0f, 1.0f / std::sqrt(static_cast<float>(C)));
      normal(mixer + "out_proj.weight", {C, E}, 0.0f, 1.0f / std::sqrt(static_cast<float>(E)));
      for (const std::string end : {"", "_b"}) {
        normal(mixer + "conv1d" + end + ".weight", {E, 1, config.convWidth}, 0.0f, 0.5f);
        normal(mixer + "conv1d" + end + ".bias", {E}, 0.0f, 0.1f);
        normal(mixer + "x_proj" + end + ".weight", {R + 2 * N, E}, 0.0f, 1.0f / std::sqrt(static_cast<float>(E)));
        normal(mixer + "dt_proj" + end + ".weight", {E, R}, 0.0f, 1.0f / std::sqrt(static_cast<float>(R)));
        // The inverse of softplus of steps between 0.001 and 0.1, as Mamba starts.
        fill(mixer + "dt_proj" + end + ".bias", {E}, [&](std::int64_t) {
          return std::log(std::expm1(std::exp(std::uniform_real_distribution<float>(-6.9f, -2.3f)(random_))));
        });
        fill(mixer + "A" + end + "_log", {E, N}, [&](std::int64_t j) { return std::log(1.0f + j % N) + 0.3f * gaussian(); });
        normal(mixer + "D" + end, {E}, 1.0f, 0.2f);
      }
    }
    normal(isRetrieval ? "norm.weight" : "norm_f.weight", {C}, 1.0f, 0.1f);
    if (isRetrieval) {
      normal("pool_norm.weight", {C}, 1.0f, 0.1f);
      normal("pool_norm.bias", {C}, 0.0f, 0.1f);
    }
    prefix_ = "";
    normal(isRetrieval ? "vision_proj.weight" : "head.weight", {config.outputs, C}, 0.0f, 1.0f / std::sqrt(static_cast<float>(C)));
    normal(isRetrieval ? "vision_proj.bias" : "head.bias", {config.outputs}, 0.0f, 0.1f);
  }

  const VideoEncoderConfig& config() const { return config_; }
  const TensorTable& tensors() const { return tensors_; }
  const float* operator[](const std::string& name) const {
    return static_cast<const float*>(tensors_.at(name).data);
  }
  float gaussian() { return std::normal_distribution<float>()(random_); }
  std::mt19937& random() { return random_; }

 private:
  void normal(const std::string& name, const std::vector<std::int64_t>& shape, float mean, float deviation) {
    fill(name, shape, [&](std::int64_t) { return mean + deviation * gaussian(); });
  }
  template <class Value>
  void fill(const std::string& name, const std::vector<std::int64_t>& shape, Value value) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    std::vector<float>& values = storage_.emplace_back(count);
    for (std::int64_t i = 0; i < count; ++i) values[i] = value(i);
    tensors_[prefix_ + name] = {values.data(), ElementType::float32, shape};
  }

  VideoEncoderConfig config_;
  std::mt19937 random_;
  std::string prefix_;
  std::deque<std::vector<float>> storage_;
  TensorTable tensors_;
};

}  // namespace videre::cuda
