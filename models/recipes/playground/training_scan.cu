// Selective scan for training: forward with saved states, and backward. Channel-last, one thread a channel with its N
// states in registers, both directions of a block in one launch.
//
//   d_t = softplus(delta_t + bias);  h_t = exp(d_t A) h_{t-1} + d_t B_t u_t;  y_t = C_t . h_t + D u_t
//
// (Mamba, Gu & Dao 2023, section 3.2; the backward pass is the chain rule run over tokens in reverse.)
// The forward pass saves the state in front of every chunk of CHUNK tokens; the backward pass recomputes the states
// inside a chunk and keeps them in shared memory as bf16, so that neither device memory nor registers overflow.
// dB and dC are sums over channels: a butterfly leaves each lane of a warp with one of the 2 N sums of a token (31
// shuffles instead of 160), added to device memory by one coalesced atomic.
//
// Shapes (K = 2 directions, direction 1 runs from the last token to the first; tensors in natural token order):
//   u, delta, y [K, B, L, E] bf16;  bc [K, B, L, 2N] bf16 (B then C);  A2 [K, E, N] = A log2(e), D, bias [K, E] f32;
//   states [K, B, ceil(L / CHUNK), N, E] f32.
#include <cuda_bf16.h>
#include <cuda_runtime.h>

namespace {

constexpr int N = 16;
constexpr int CHUNK = 16;
constexpr int THREADS = 128;
constexpr float LN2 = 0.6931471805599453f;

struct Shape {
    int batch, length, channels;
    __device__ int chunks() const { return (length + CHUNK - 1) / CHUNK; }
};

__device__ __forceinline__ float exp2_fast(float x) {
    float r;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(x));
    return r;
}
__device__ __forceinline__ float softplus(float x) { return x > 20.f ? x : __logf(1.f + __expf(x)); }
__device__ __forceinline__ float load(const __nv_bfloat16* p) { return __bfloat162float(*p); }

// Row of a [.., 2N] tensor for CHUNK tokens into shared memory, in scan order.
__device__ __forceinline__ void stage_bc(float (*shared)[2 * N], const __nv_bfloat16* bc, int first, int count,
                                         int length, bool reverse) {
    for (int i = threadIdx.x; i < count * 2 * N; i += THREADS) {
        const int step = first + i / (2 * N);
        const int token = reverse ? length - 1 - step : step;
        shared[i / (2 * N)][i % (2 * N)] = load(bc + static_cast<size_t>(token) * 2 * N + i % (2 * N));
    }
}

__global__ __launch_bounds__(THREADS) void scan_forward(Shape s, const __nv_bfloat16* u, const __nv_bfloat16* delta,
                                                       const float* A2, const __nv_bfloat16* bc, const float* D,
                                                       const float* bias, __nv_bfloat16* y, float* states) {
    __shared__ float shared[CHUNK][2 * N];
    const int e = blockIdx.x * THREADS + threadIdx.x, k = blockIdx.z;
    const bool reverse = k == 1, active = e < s.channels;
    const int channel = active ? e : 0;
    const size_t sequence = static_cast<size_t>(k) * s.batch + blockIdx.y;
    u += sequence * s.length * s.channels + channel;
    delta += sequence * s.length * s.channels + channel;
    y += sequence * s.length * s.channels + channel;
    bc += sequence * s.length * 2 * N;
    states += sequence * s.chunks() * N * s.channels + channel;
    float a[N], h[N];
#pragma unroll
    for (int n = 0; n < N; n++) {
        a[n] = A2[(static_cast<size_t>(k) * s.channels + channel) * N + n];
        h[n] = 0.f;
    }
    const float d_skip = D[k * s.channels + channel], b0 = bias[k * s.channels + channel];
    for (int first = 0, chunk = 0; first < s.length; first += CHUNK, chunk++) {
        const int count = min(CHUNK, s.length - first);
        __syncthreads();
        stage_bc(shared, bc, first, count, s.length, reverse);
        __syncthreads();
        if (active) {
#pragma unroll
            for (int n = 0; n < N; n++) states[(static_cast<size_t>(chunk) * N + n) * s.channels] = h[n];
        }
        for (int i = 0; i < count; i++) {
            const int token = reverse ? s.length - 1 - first - i : first + i;
            const size_t at = static_cast<size_t>(token) * s.channels;
            const float x = load(u + at), d = softplus(load(delta + at) + b0), dx = d * x;
            float out0 = d_skip * x, out1 = 0.f;
#pragma unroll
            for (int n = 0; n < N; n++) {
                h[n] = fmaf(exp2_fast(d * a[n]), h[n], dx * shared[i][n]);
                if (n & 1) out0 = fmaf(h[n], shared[i][N + n], out0);
                else out1 = fmaf(h[n], shared[i][N + n], out1);
            }
            if (active) y[at] = __float2bfloat16(out0 + out1);
        }
    }
}

// Sums v[0..31] over the lanes of a warp; lane i returns the total of v[i]. A template, so that every index is constant
// and v stays in registers.
template <int HALF>
__device__ __forceinline__ float butterfly(float* v, int lane) {
    const bool upper = lane & HALF;
#pragma unroll
    for (int i = 0; i < HALF; i++) {
        const float keep = upper ? v[i + HALF] : v[i], give = upper ? v[i] : v[i + HALF];
        v[i] = keep + __shfl_xor_sync(0xffffffffu, give, HALF);
    }
    if constexpr (HALF > 1) return butterfly<HALF / 2>(v, lane);
    else return v[0];
}

__global__ __launch_bounds__(THREADS) void scan_backward(Shape s, const __nv_bfloat16* u, const __nv_bfloat16* delta,
                                                        const float* A2, const __nv_bfloat16* bc, const float* D,
                                                        const float* bias, const float* states,
                                                        const __nv_bfloat16* dy, __nv_bfloat16* du,
                                                        __nv_bfloat16* ddelta, float* dbc, float* dA2, float* dD,
                                                        float* dbias) {
    extern __shared__ __nv_bfloat162 history[];  // [CHUNK][N / 2][THREADS], the state in front of each token
    __shared__ float shared[CHUNK][2 * N];
    const int e = blockIdx.x * THREADS + threadIdx.x, k = blockIdx.z, lane = threadIdx.x & 31;
    const bool reverse = k == 1, active = e < s.channels;
    const int channel = active ? e : 0;
    const size_t sequence = static_cast<size_t>(k) * s.batch + blockIdx.y;
    const size_t offset = sequence * s.length * s.channels + channel;
    u += offset, delta += offset, dy += offset, du += offset, ddelta += offset;
    bc += sequence * s.length * 2 * N;
    dbc += sequence * s.length * 2 * N;
    states += sequence * s.chunks() * N * s.channels + channel;
    float a[N], g[N], da[N];
#pragma unroll
    for (int n = 0; n < N; n++) {
        a[n] = A2[(static_cast<size_t>(k) * s.channels + channel) * N + n];
        g[n] = da[n] = 0.f;
    }
    const float d_skip = D[k * s.channels + channel], b0 = bias[k * s.channels + channel];
    float sum_dD = 0.f, sum_dbias = 0.f;
    for (int chunk = s.chunks() - 1; chunk >= 0; chunk--) {
        const int first = chunk * CHUNK, count = min(CHUNK, s.length - first);
        __syncthreads();
        stage_bc(shared, bc, first, count, s.length, reverse);
        __syncthreads();
        {
            float h[N];
#pragma unroll
            for (int n = 0; n < N; n++) h[n] = states[(static_cast<size_t>(chunk) * N + n) * s.channels];
            for (int i = 0; i < count; i++) {
                const int token = reverse ? s.length - 1 - first - i : first + i;
                const size_t at = static_cast<size_t>(token) * s.channels;
                const float x = load(u + at), d = softplus(load(delta + at) + b0), dx = d * x;
#pragma unroll
                for (int n = 0; n < N; n++) {
                    if (n % 2 == 0) {
                        history[(i * N + n) / 2 * THREADS + threadIdx.x] = __floats2bfloat162_rn(h[n], h[n + 1]);
                    }
                    h[n] = fmaf(exp2_fast(d * a[n]), h[n], dx * shared[i][n]);
                }
            }
        }
        for (int i = count - 1; i >= 0; i--) {
            const int token = reverse ? s.length - 1 - first - i : first + i;
            const size_t at = static_cast<size_t>(token) * s.channels;
            const float raw = load(delta + at) + b0, x = load(u + at), d = softplus(raw);
            const float gy = active ? load(dy + at) : 0.f;
            const float dx = d * x;
            float sums[2 * N];
            float grad_u = 0.f, grad_d = 0.f;
#pragma unroll
            for (int n = 0; n < N; n++) {
                const __nv_bfloat162 pair = history[(i * N + n) / 2 * THREADS + threadIdx.x];
                const float before = n % 2 == 0 ? __low2float(pair) : __high2float(pair);
                const float decayed = exp2_fast(d * a[n]);
                const float carried = decayed * before, b = shared[i][n];
                g[n] = fmaf(gy, shared[i][N + n], g[n]);
                sums[n] = g[n] * dx;
                sums[N + n] = gy * fmaf(dx, b, carried);
                grad_u = fmaf(g[n], b, grad_u);             // times d, below
                const float through = g[n] * carried;       // d h / d (d A2) up to ln 2
                grad_d = fmaf(through, a[n], grad_d);       // times ln 2, below
                da[n] = fmaf(through, d, da[n]);            // times ln 2, at the end
                g[n] *= decayed;
            }
            const float grad_delta = fmaf(grad_d, LN2, grad_u * x) / (1.f + __expf(-raw));
            if (active) {
                du[at] = __float2bfloat16(fmaf(grad_u, d, d_skip * gy));
                ddelta[at] = __float2bfloat16(grad_delta);
                sum_dD = fmaf(gy, x, sum_dD);
                sum_dbias += grad_delta;
            }
            const float total = butterfly<16>(sums, lane);
            atomicAdd(dbc + static_cast<size_t>(token) * 2 * N + lane, total);
        }
    }
    if (!active) return;
    const size_t row = static_cast<size_t>(k) * s.channels + channel;
#pragma unroll
    for (int n = 0; n < N; n++) atomicAdd(dA2 + row * N + n, da[n] * LN2);
    atomicAdd(dD + row, sum_dD);
    atomicAdd(dbias + row, sum_dbias);
}

constexpr size_t HISTORY_BYTES = sizeof(__nv_bfloat16) * CHUNK * N * THREADS;

dim3 grid(int batch, int channels) { return dim3((channels + THREADS - 1) / THREADS, batch, 2); }

}  // namespace

extern "C" {

int training_scan_chunk() { return CHUNK; }

// Returns a cudaError_t; 0 is success.
int training_scan_forward(const void* u, const void* delta, const void* A2, const void* bc, const void* D,
                          const void* bias, void* y, void* states, int batch, int length, int channels, void* stream) {
    using bf16 = __nv_bfloat16;
    scan_forward<<<grid(batch, channels), THREADS, 0, static_cast<cudaStream_t>(stream)>>>(
        Shape{batch, length, channels}, static_cast<const bf16*>(u), static_cast<const bf16*>(delta),
        static_cast<const float*>(A2), static_cast<const bf16*>(bc), static_cast<const float*>(D),
        static_cast<const float*>(bias), static_cast<bf16*>(y), static_cast<float*>(states));
    return cudaGetLastError();
}

// dbc, dA2, dD and dbias are added to: the caller passes zeros.
int training_scan_backward(const void* u, const void* delta, const void* A2, const void* bc, const void* D,
                           const void* bias, const void* states, const void* dy, void* du, void* ddelta, void* dbc,
                           void* dA2, void* dD, void* dbias, int batch, int length, int channels, void* stream) {
    using bf16 = __nv_bfloat16;
    static const cudaError_t prepared = cudaFuncSetAttribute(
        scan_backward, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(HISTORY_BYTES));
    if (prepared != cudaSuccess) return prepared;
    scan_backward<<<grid(batch, channels), THREADS, HISTORY_BYTES, static_cast<cudaStream_t>(stream)>>>(
        Shape{batch, length, channels}, static_cast<const bf16*>(u), static_cast<const bf16*>(delta),
        static_cast<const float*>(A2), static_cast<const bf16*>(bc), static_cast<const float*>(D),
        static_cast<const float*>(bias), static_cast<const float*>(states), static_cast<const bf16*>(dy),
        static_cast<bf16*>(du), static_cast<bf16*>(ddelta), static_cast<float*>(dbc), static_cast<float*>(dA2),
        static_cast<float*>(dD), static_cast<float*>(dbias));
    return cudaGetLastError();
}

}  // extern "C"
