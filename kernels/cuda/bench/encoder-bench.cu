// The whole encoder: clips a second, by the device's clock, from patches that lie on the device to vectors, one graph a batch
// replayed; one JSON line a size and length. Arguments: a size (ti, s or m) and numbers of frames; none: all.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "../../include/video_encoder_cuda.h"
#include "../check/random-model.h"

using namespace videre::cuda;

namespace {

struct Size {
  const char* name;
  int width, depth, dtRank;
};

double secondsOf(VideoEncoder& encoder, const float* pixels, std::size_t clips, const EncodeOutputs& outputs) {
  const auto begin = std::chrono::steady_clock::now();
  const Status status = encoder.encodePixels(pixels, clips, outputs);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.message.c_str());
    std::exit(2);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int count, char** arguments) {
  const std::set<std::string> wanted(arguments + 1, arguments + count);
  const Size sizes[] = {{"ti", 192, 24, 12}, {"s", 384, 24, 24}, {"m", 576, 32, 36}};
  // Batches that fill the device: a long clip is many tokens, but as few sequences as any other.
  const struct {
    int frames, batch;
    bool isForAll;
  } lengths[] = {{8, 64, true}, {16, 64, true}, {32, 64, false}, {64, 64, true}, {128, 44, false}, {256, 22, false}};
  for (const Size& size : sizes) {
    for (const auto& length : lengths) {
      const bool isChosen = wanted.count(size.name) > 0 && (wanted.size() == 1 || wanted.count(std::to_string(length.frames)) > 0);
      const bool isUsual = wanted.empty() && (length.isForAll || std::string(size.name) == "m");
      if (!isChosen && !isUsual) continue;
      VideoEncoderConfig config;
      config.width = size.width, config.depth = size.depth, config.dtRank = size.dtRank;
      config.frames = length.frames, config.outputs = 512, config.maxBatch = length.batch;
      RandomModel model(config, 1);
      std::unique_ptr<VideoEncoder> encoder;
      const Status status = createVideoEncoder(config, model.tensors(), encoder);
      if (!status.ok()) {
        std::fprintf(stderr, "%s\n", status.message.c_str());
        return 2;
      }
      // A few clips of noise from the host, for what an upload costs; the device keeps them for the runs that are timed
      // without one, in which the other clips of the batch are grey.
      const std::size_t uploaded = std::max(1, 512 / length.frames);
      std::vector<float> pixels(uploaded * length.frames * 3 * config.imageSize * config.imageSize);
      for (float& value : pixels) value = static_cast<float>(model.random()() % 4096) / 1024.0f - 2.0f;
      std::vector<float> vectors(uploaded * config.outputs);
      EncodeOutputs outputs;
      outputs.vectors = vectors.data();
      secondsOf(*encoder, pixels.data(), uploaded, outputs);
      const double whole = secondsOf(*encoder, pixels.data(), uploaded, outputs);
      std::vector<double> times;
      for (int run = -1; run < 5; ++run) {
        const double seconds = encoder->secondsOnDevice(config.maxBatch);
        if (seconds < 0.0) return 2;
        if (run >= 0) times.push_back(seconds);
      }
      std::sort(times.begin(), times.end());
      const double median = times[times.size() / 2];
      std::printf("{\"bench\":\"encoder\",\"device\":\"%s\",\"type\":\"bfloat16\",\"model\":\"%s\",\"frames\":%d,\"batch\":%d,"
                  "\"milliseconds\":%.3f,\"clipsPerSecond\":%.2f,\"millisecondsPerFrame\":%.5f,"
                  "\"clipsPerSecondFromHostPixels\":%.2f,\"deviceBytes\":%zu}\n",
                  encoder->device().name.c_str(), size.name, length.frames, config.maxBatch, 1e3 * median,
                  config.maxBatch / median, 1e3 * median / config.maxBatch / length.frames, uploaded / whole,
                  encoder->deviceBytes());
      std::fflush(stdout);
    }
  }
}
