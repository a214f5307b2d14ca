// Checks the whole encoder against double precision: random models of odd sizes, both kinds, both precisions, batches that
// need several turns, and 8 bit frames against the pixels they stand for. Exit code 1 if anything is wrong.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

#include "../../include/video_encoder_cuda.h"
#include "encoder-oracle.h"
#include "random-model.h"

using namespace videre::cuda;

namespace {

struct Case {
  const char* name;
  VideoEncoderConfig config;
  int clips;
};

VideoEncoderConfig retrieval(int width, int depth, int dtRank, int imageSize, int patchSize, int frames, int tubelet) {
  VideoEncoderConfig config;
  config.width = width, config.depth = depth, config.dtRank = dtRank, config.imageSize = imageSize;
  config.patchSize = patchSize, config.frames = frames, config.tubelet = tubelet, config.outputs = 40, config.maxBatch = 3;
  return config;
}
VideoEncoderConfig classification(VideoEncoderConfig config) {
  config.kind = ModelKind::classification;
  config.outputs = 13;
  return config;
}

double cosine(const float* a, const double* b, std::size_t count) {
  double ab = 0.0, aa = 0.0, bb = 0.0;
  for (std::size_t i = 0; i < count; ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return ab / std::sqrt(aa * bb);
}
double relativeError(const float* a, const double* b, std::size_t count) {
  double error = 0.0, norm = 0.0;
  for (std::size_t i = 0; i < count; ++i) error += (a[i] - b[i]) * (a[i] - b[i]), norm += b[i] * b[i];
  return std::sqrt(error / norm);
}

bool check(const Case& c, Precision precision, unsigned seed) {
  VideoEncoderConfig config = c.config;
  config.precision = precision;
  RandomModel model(config, seed);
  std::unique_ptr<VideoEncoder> encoder;
  Status status = createVideoEncoder(config, model.tensors(), encoder);
  if (!status.ok()) {
    std::printf("WRONG %s: %s\n", c.name, status.message.c_str());
    return false;
  }
  const int S = config.imageSize, steps = config.frames / config.tubelet, edge = S / config.patchSize;
  const std::size_t frameValues = static_cast<std::size_t>(S) * S * 3, clipValues = config.frames * frameValues;
  const std::size_t tokens = static_cast<std::size_t>(steps) * edge * edge * config.width;
  // Frames as large as the model's square: resizing leaves them as they are.
  std::vector<std::uint8_t> frames(c.clips * clipValues);
  std::vector<float> pixels(c.clips * clipValues);
  for (int i = 0; i < c.clips * config.frames; ++i) {
    for (std::size_t j = 0; j < frameValues; ++j) {
      const int level = static_cast<int>(model.random()() % 256), channel = j % 3;
      frames[i * frameValues + j] = static_cast<std::uint8_t>(level);
      pixels[i * frameValues + channel * S * S + j / 3] = (level / 255.0f - config.mean[channel]) / config.std[channel];
    }
  }
  std::vector<const std::uint8_t*> starts(c.clips * config.frames);
  for (std::size_t i = 0; i < starts.size(); ++i) starts[i] = &frames[i * frameValues];
  std::vector<ClipView> clips(c.clips);
  for (int i = 0; i < c.clips; ++i) clips[i] = {&starts[i * config.frames], S, S};

  const bool isRetrieval = config.kind == ModelKind::retrieval;
  std::vector<float> vectors(c.clips * config.outputs, NAN), again(vectors), tokenValues(c.clips * tokens, NAN);
  std::vector<float> pooled(c.clips * steps * config.width, NAN), projected(c.clips * steps * config.outputs, NAN);
  EncodeOutputs outputs;
  outputs.vectors = vectors.data(), outputs.tokens = tokenValues.data();
  if (isRetrieval) outputs.pooled = pooled.data(), outputs.projected = projected.data();
  status = encoder->encodePixels(pixels.data(), c.clips, outputs);
  if (status.ok()) {
    EncodeOutputs vectorsAlone;
    vectorsAlone.vectors = again.data();
    status = encoder->encode(clips.data(), c.clips, vectorsAlone);
  }
  if (!status.ok()) {
    std::printf("WRONG %s: %s\n", c.name, status.message.c_str());
    return false;
  }
  const EncoderOracle oracle(model);
  double worstCosine = 1.0, worstTokens = 0.0, worstPooled = 0.0, worstFrames = 0.0;
  for (const int i : {0, c.clips - 1}) {
    const auto expected = oracle.encode(&pixels[i * clipValues]);
    worstCosine = std::min(worstCosine, cosine(&vectors[i * config.outputs], expected.vector.data(), config.outputs));
    worstTokens = std::max(worstTokens, relativeError(&tokenValues[i * tokens], &expected.tokens[config.width], tokens));
    if (isRetrieval) {
      worstPooled = std::max(worstPooled, relativeError(&pooled[i * steps * config.width], expected.pooled.data(),
                                                        expected.pooled.size()));
      worstPooled = std::max(worstPooled, relativeError(&projected[i * steps * config.outputs], expected.projected.data(),
                                                        expected.projected.size()));
    }
  }
  for (int i = 0; i < c.clips; ++i) {
    std::vector<double> reference(again.begin() + i * config.outputs, again.begin() + (i + 1) * config.outputs);
    worstFrames = std::max(worstFrames, relativeError(&vectors[i * config.outputs], reference.data(), config.outputs));
  }
  const double limit = precision == Precision::bfloat16 ? 4e-2 : 6e-3;
  const bool passed = worstCosine >= 0.999 && worstTokens <= limit && worstPooled <= limit && worstFrames <= limit / 2;
  std::printf("{\"check\":\"encoder\",\"case\":\"%s\",\"precision\":\"%s\",\"seed\":%u,\"cosine\":%.6f,\"tokensError\":%.2e,"
              "\"pooledError\":%.2e,\"framesAgainstPixels\":%.2e,\"passed\":%s}\n",
              c.name, precision == Precision::bfloat16 ? "bf16" : "f16", seed, worstCosine, worstTokens, worstPooled,
              worstFrames, passed ? "true" : "false");
  std::fflush(stdout);
  return passed;
}

}  // namespace

int main() {
  const Case cases[] = {
      {"small", retrieval(64, 3, 4, 32, 8, 3, 1), 7},
      {"oddSizes", retrieval(72, 2, 5, 50, 16, 5, 1), 2},
      {"tubelet2", classification(retrieval(48, 2, 3, 32, 16, 6, 2)), 4},
      {"oneToken", classification(retrieval(40, 4, 3, 16, 16, 1, 1)), 1},
      {"mediumWidth", retrieval(576, 2, 36, 96, 16, 2, 1), 3},
      {"deepTiny", retrieval(192, 24, 12, 64, 16, 2, 1), 2},
  };
  bool passed = true;
  for (const Case& c : cases) {
    for (const Precision precision : {Precision::bfloat16, Precision::float16}) {
      passed = check(c, precision, std::random_device{}()) && passed;
    }
  }
  VideoEncoderConfig unknown = retrieval(64, 1, 4, 32, 8, 2, 1);
  unknown.stateSize = 8;
  std::unique_ptr<VideoEncoder> encoder;
  if (createVideoEncoder(unknown, {}, encoder).code != ErrorCode::invalidModel || encoder != nullptr) {
    std::printf("WRONG: a model of 8 states was not refused\n");
    passed = false;
  }
  if (createVideoEncoder(retrieval(64, 1, 4, 32, 8, 2, 1), {}, encoder).code != ErrorCode::invalidModel) {
    std::printf("WRONG: a model without tensors was not refused\n");
    passed = false;
  }
  return passed ? 0 : 1;
}
