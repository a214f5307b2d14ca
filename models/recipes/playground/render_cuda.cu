// The playground on the GPU. Built by renderer.py: nvcc -O3 -arch=sm_90 --shared -Xcompiler -fPIC -cudart static.
#include <cuda_runtime.h>

#define RENDER_INLINE __device__ __forceinline__
#include "render.inl"

namespace {

constexpr int kThreads = 256;

__global__ void render(const float *backgrounds, const float *states, const unsigned char *atlas, int frames,
                       int height, int width, unsigned char *out) {
  __shared__ float background[BACKGROUND_COLUMNS];
  __shared__ float objects[OBJECTS * STATE_COLUMNS];
  const size_t frame = blockIdx.x;
  if (threadIdx.x < BACKGROUND_COLUMNS) {
    background[threadIdx.x] = backgrounds[frame / frames * BACKGROUND_COLUMNS + threadIdx.x];
  }
  if (threadIdx.x < OBJECTS * STATE_COLUMNS) {
    objects[threadIdx.x] = states[frame * OBJECTS * STATE_COLUMNS + threadIdx.x];
  }
  __syncthreads();
  const int pixel = blockIdx.y * kThreads + threadIdx.x;
  if (pixel >= height * width) return;
  render_pixel(background, objects, atlas, pixel % width, pixel / width, height, width,
               out + (frame * height * width + pixel) * 3);
}

}  // namespace

// Device pointers, laid out as for render_cpu; runs on `stream` (a cudaStream_t, 0: the default) and does not wait.
// Returns a cudaError_t.
extern "C" int launch_render(const float *backgrounds, const float *states, const unsigned char *atlas, int clips,
                             int frames, int height, int width, unsigned char *out, void *stream) {
  const dim3 grid(clips * frames, (height * width + kThreads - 1) / kThreads);
  render<<<grid, kThreads, 0, static_cast<cudaStream_t>(stream)>>>(backgrounds, states, atlas, frames, height, width,
                                                                  out);
  return static_cast<int>(cudaGetLastError());
}
