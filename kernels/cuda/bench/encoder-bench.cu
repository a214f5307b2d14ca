// The whole encoder: clips a second from preprocessed pixels on the device, the graph of a batch replayed; one JSON line a
// size. Arguments: names of sizes (ti, s, m) and of frames (8, 16, ...); none: all.
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
  std::set<std::string> wanted(arguments + 1, arguments + count);
  const auto isWanted = [&](const std::string& name, std::initializer_list<const char*> kinds) {
    if (wanted.count(name) > 0) return true;
    for (const char* kind : kinds) {
      if (wanted.count(kind) > 0) return false;
    }
    return true;
  };
  const Size sizes[] = {{"ti", 192, 24, 12}, {"s", 384, 24, 24}, {"m", 576, 32, 36}};
  for (const Size& size : sizes) {
    if (!isWanted(size.name, {"ti", "s", "m"})) continue;
    for (const int frames : {8, 16, 64, 256}) {
      if (!isWanted(std::to_string(frames), {"8", "16", "64", "256"})) continue;
      VideoEncoderConfig config;
      config.width = size.width, config.depth = size.depth, config.dtRank = size.dtRank;
      config.frames = frames, config.outputs = 512;
      config.maxBatch = std::max(1, 512 / frames);
      RandomModel model(config, 1);
      std::unique_ptr<VideoEncoder> encoder;
      const Status status = createVideoEncoder(config, model.tensors(), encoder);
      if (!status.ok()) {
        std::fprintf(stderr, "%s\n", status.message.c_str());
        return 2;
      }
      const std::size_t pixelsOfClip = static_cast<std::size_t>(frames) * 3 * config.imageSize * config.imageSize;
      std::vector<float> pixels(config.maxBatch * pixelsOfClip);
      for (float& value : pixels) value = static_cast<float>(model.random()() % 4096) / 1024.0f - 2.0f;
      std::vector<float> vectors(config.maxBatch * config.outputs);
      EncodeOutputs outputs;
      outputs.vectors = vectors.data();
      // With nothing to upload, what is measured is the device: the pixels of the first call stay where they are.
      std::vector<double> all, device;
      for (int run = -2; run < 7; ++run) {
        const double seconds = secondsOf(*encoder, pixels.data(), config.maxBatch, outputs);
        if (run >= 0) all.push_back(seconds);
      }
      encoder->encodePixels(pixels.data(), config.maxBatch, outputs);
      for (int run = 0; run < 9; ++run) device.push_back(encoder->secondsOnDevice(config.maxBatch));
      std::sort(all.begin(), all.end());
      std::sort(device.begin(), device.end());
      const double median = device[device.size() / 2];
      std::printf("{\"bench\":\"encoder\",\"device\":\"%s\",\"size\":\"%s\",\"frames\":%d,\"batch\":%d,\"precision\":\"bf16\","
                  "\"clipsPerSecond\":%.2f,\"millisecondsOfBatch\":%.3f,\"clipsPerSecondWithUpload\":%.2f,\"deviceBytes\":%zu}\n",
                  encoder->device().name.c_str(), size.name, frames, config.maxBatch, config.maxBatch / median,
                  1e3 * median, config.maxBatch / all[all.size() / 2], encoder->deviceBytes());
      std::fflush(stdout);
    }
  }
}
