// The playground on the CPU. Built by renderer.py: g++ -O3 -shared -fPIC -pthread.
#include <math.h>
#include <stddef.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#define RENDER_INLINE static inline
#include "render.inl"

// backgrounds float [clips, BACKGROUND_COLUMNS], states float [clips, frames, OBJECTS, STATE_COLUMNS]
// -> out uint8 [clips, frames, height, width, 3]
extern "C" void render_cpu(const float *backgrounds, const float *states, const unsigned char *atlas, int clips,
                           int frames, int height, int width, unsigned char *out, int threads) {
  const int total = clips * frames;
  std::atomic<int> next{0};
  const auto work = [&] {
    for (int frame = next++; frame < total; frame = next++) {
      const float *background = backgrounds + (size_t)(frame / frames) * BACKGROUND_COLUMNS;
      const float *objects = states + (size_t)frame * OBJECTS * STATE_COLUMNS;
      unsigned char *pixels = out + (size_t)frame * height * width * 3;
      for (int row = 0; row < height; row++) {
        for (int column = 0; column < width; column++) {
          render_pixel(background, objects, atlas, column, row, height, width, pixels + 3 * (row * width + column));
        }
      }
    }
  };
  std::vector<std::thread> helpers;
  for (int i = 1; i < std::min(threads, total); i++) helpers.emplace_back(work);
  work();
  for (std::thread &helper : helpers) helper.join();
}
