// The whole encoder in double precision, one token after the other: what the GPU's is checked against. Nothing in it is
// shared with what it checks but the sizes. Follows Li et al. 2024, "VideoMamba", as the reference computes it.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "random-model.h"
#include "scan-oracle.h"

namespace videre::cuda {

using Doubles = std::vector<double>;

class EncoderOracle {
 public:
  explicit EncoderOracle(const RandomModel& model)
      : model_(model), c_(model.config()), C(c_.width), E(c_.width * c_.expand), edge_(c_.imageSize / c_.patchSize),
        P(edge_ * edge_), steps_(c_.frames / c_.tubelet), L(1 + steps_ * P),
        prefix_(c_.kind == ModelKind::retrieval ? "vision_encoder." : "") {}

  struct Result {
    Doubles tokens;  // [L, C] after the last norm
    Doubles pooled, projected, vector;
  };

  Result encode(const float* pixels) const {
    Doubles residual = embed(pixels);
    for (int i = 0; i < c_.depth; ++i) addBlock(residual, i);
    Result result;
    const bool isRetrieval = c_.kind == ModelKind::retrieval;
    result.tokens = normalized(residual, weight(isRetrieval ? "norm.weight" : "norm_f.weight"));
    if (isRetrieval) pool(result);
    else result.vector = linear(result.tokens, 1, C, model_["head.weight"], c_.outputs, model_["head.bias"]);
    return result;
  }

 private:
  const float* weight(const std::string& name) const { return model_[prefix_ + name]; }

  // y [rows, outputs] = x [rows, inputs] w^T + bias
  static Doubles linear(const Doubles& x, std::size_t rows, int inputs, const float* w, int outputs, const float* bias) {
    Doubles y(rows * outputs);
    for (std::size_t r = 0; r < rows; ++r) {
      for (int o = 0; o < outputs; ++o) {
        double sum = bias == nullptr ? 0.0 : bias[o];
        for (int i = 0; i < inputs; ++i) sum += x[r * inputs + i] * w[static_cast<std::size_t>(o) * inputs + i];
        y[r * outputs + o] = sum;
      }
    }
    return y;
  }

  Doubles normalized(const Doubles& x, const float* gamma) const {
    Doubles y(x.size());
    for (std::size_t row = 0; row < x.size() / C; ++row) {
      double squares = 0.0;
      for (int c = 0; c < C; ++c) squares += x[row * C + c] * x[row * C + c];
      const double scale = 1.0 / std::sqrt(squares / C + c_.normEps);
      for (int c = 0; c < C; ++c) y[row * C + c] = x[row * C + c] * scale * gamma[c];
    }
    return y;
  }

  Doubles embed(const float* pixels) const {
    const int S = c_.imageSize, p = c_.patchSize, tubelet = c_.tubelet;
    Doubles x(static_cast<std::size_t>(L) * C);
    for (int c = 0; c < C; ++c) x[c] = weight("cls_token")[c] + weight("pos_embed")[c];
    for (int t = 0; t < steps_; ++t) {
      for (int patch = 0; patch < P; ++patch) {
        for (int c = 0; c < C; ++c) {
          double sum = weight("patch_embed.proj.bias")[c] + weight("pos_embed")[(1 + patch) * C + c] +
                       weight("temporal_pos_embedding")[t * C + c];
          const float* kernel = weight("patch_embed.proj.weight") + static_cast<std::size_t>(c) * 3 * tubelet * p * p;
          for (int channel = 0; channel < 3; ++channel) {
            for (int d = 0; d < tubelet; ++d) {
              for (int y = 0; y < p; ++y) {
                for (int xx = 0; xx < p; ++xx) {
                  const std::size_t plane = static_cast<std::size_t>(t * tubelet + d) * 3 + channel;
                  const int row = patch / edge_ * p + y, column = patch % edge_ * p + xx;
                  sum += pixels[(plane * S + row) * S + column] * *kernel++;
                }
              }
            }
          }
          x[(1 + static_cast<std::size_t>(t) * P + patch) * C + c] = sum;
        }
      }
    }
    return x;
  }

  void addBlock(Doubles& residual, int index) const {
    const std::string layer = "layers." + std::to_string(index), mixer = layer + ".mixer.";
    const Doubles normal = normalized(residual, weight(layer + ".norm.weight"));
    const Doubles xz = linear(normal, L, C, weight(mixer + "in_proj.weight"), 2 * E, nullptr);
    Doubles y(static_cast<std::size_t>(L) * E);
    addScan(xz, mixer, "", false, y);
    addScan(xz, mixer, "_b", true, y);
    for (int t = 0; t < L; ++t) {
      for (int e = 0; e < E; ++e) {
        const double z = xz[static_cast<std::size_t>(t) * 2 * E + E + e];
        y[static_cast<std::size_t>(t) * E + e] *= z / (1.0 + std::exp(-z));
      }
    }
    const Doubles out = linear(y, L, E, weight(mixer + "out_proj.weight"), C, nullptr);
    for (std::size_t i = 0; i < residual.size(); ++i) residual[i] += out[i];
  }

  void addScan(const Doubles& xz, const std::string& mixer, const std::string& end, bool backward, Doubles& y) const {
    const int N = c_.stateSize, R = c_.dtRank, W = c_.convWidth, width = R + 2 * N;
    const float* kernel = weight(mixer + "conv1d" + end + ".weight");
    Doubles u(static_cast<std::size_t>(L) * E);
    for (int t = 0; t < L; ++t) {
      for (int e = 0; e < E; ++e) {
        double sum = weight(mixer + "conv1d" + end + ".bias")[e];
        for (int d = 0; d < W; ++d) {
          const int from = backward ? t + d : t - d;
          if (from >= 0 && from < L) sum += kernel[e * W + W - 1 - d] * xz[static_cast<std::size_t>(from) * 2 * E + e];
        }
        u[static_cast<std::size_t>(t) * E + e] = sum / (1.0 + std::exp(-sum));
      }
    }
    const Doubles projected = linear(u, L, E, weight(mixer + "x_proj" + end + ".weight"), width, nullptr);
    const float* deltaWeight = weight(mixer + "dt_proj" + end + ".weight");
    for (int e = 0; e < E; ++e) {
      Doubles h(N, 0.0);
      for (int step = 0; step < L; ++step) {
        const int t = backward ? L - 1 - step : step;
        const double* row = &projected[static_cast<std::size_t>(t) * width];
        double raw = weight(mixer + "dt_proj" + end + ".bias")[e];
        for (int r = 0; r < R; ++r) raw += row[r] * deltaWeight[e * R + r];
        const double delta = raw > 40.0 ? raw : std::log1p(std::exp(raw)), x = u[static_cast<std::size_t>(t) * E + e];
        double sum = weight(mixer + "D" + end)[e] * x;
        for (int n = 0; n < N; ++n) {
          const double A = -std::exp(static_cast<double>(weight(mixer + "A" + end + "_log")[e * N + n]));
          h[n] = std::exp(delta * A) * h[n] + delta * row[R + n] * x;
          sum += row[R + N + n] * h[n];
        }
        y[static_cast<std::size_t>(t) * E + e] += sum;
      }
    }
  }

  void pool(Result& result) const {
    result.pooled.resize(static_cast<std::size_t>(steps_) * C);
    for (int t = 0; t < steps_; ++t) {
      Doubles sum(result.tokens.begin(), result.tokens.begin() + C);
      double mean = 0.0, variance = 0.0;
      for (int c = 0; c < C; ++c) {
        for (int p = 0; p < P; ++p) sum[c] += result.tokens[(1 + static_cast<std::size_t>(t) * P + p) * C + c] / P;
        mean += sum[c] / C;
      }
      for (int c = 0; c < C; ++c) variance += (sum[c] - mean) * (sum[c] - mean) / C;
      for (int c = 0; c < C; ++c) {
        result.pooled[t * C + c] = (sum[c] - mean) / std::sqrt(variance + c_.normEps) * weight("pool_norm.weight")[c] +
                                   weight("pool_norm.bias")[c];
      }
    }
    result.projected = linear(result.pooled, steps_, C, model_["vision_proj.weight"], c_.outputs, model_["vision_proj.bias"]);
    result.vector.assign(c_.outputs, 0.0);
    for (int t = 0; t < steps_; ++t) {
      double squares = 0.0;
      for (int o = 0; o < c_.outputs; ++o) squares += std::pow(result.projected[t * c_.outputs + o], 2);
      for (int o = 0; o < c_.outputs; ++o) {
        result.vector[o] += result.projected[t * c_.outputs + o] / std::sqrt(squares) / steps_;
      }
    }
  }

  const RandomModel& model_;
  const VideoEncoderConfig& c_;
  const int C, E, edge_, P, steps_, L;
  const std::string prefix_;
};

}  // namespace videre::cuda
