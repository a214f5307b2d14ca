// The reference's selective scan behind a C function, so that it runs without its extension's build. Compiled by
// kernels.py with the reference's sources and PyTorch's headers on the include path; only the variant is instantiated
// that the reference launches for more than 1,024 tokens which 2,048 does not divide: every clip of 8 or more frames
// at 224 px.
#include <algorithm>
#include <cmath>

#include "selective_scan_fwd_kernel.cuh"

struct ScanCall {
  int batch, channels, length, states, chunks;
  // Of elements: between sequences and between channels.
  unsigned uBatch, uChannel, deltaBatch, deltaChannel, zBatch, zChannel, outBatch, outChannel, gatedBatch, gatedChannel;
  unsigned bcBatch, bcState;  // B and C are alike
  void *u, *delta, *A, *B, *C, *D, *z, *deltaBias, *out, *states_, *gated;
};

template <class Input>
int launch(const ScanCall& call, cudaStream_t stream) {
  SSMParamsBase params{};
  params.batch = call.batch;
  params.dim = call.channels;
  params.seqlen = call.length;
  params.dstate = call.states;
  params.n_groups = 1;
  params.n_chunks = call.chunks;
  params.dim_ngroups_ratio = call.channels;
  params.is_variable_B = params.is_variable_C = params.delta_softplus = true;
  params.A_d_stride = static_cast<unsigned>(call.states);
  params.A_dstate_stride = 1;
  params.B_batch_stride = params.C_batch_stride = call.bcBatch;
  params.B_group_stride = params.C_group_stride = call.bcBatch;
  params.B_dstate_stride = params.C_dstate_stride = call.bcState;
  params.u_batch_stride = call.uBatch;
  params.u_d_stride = call.uChannel;
  params.delta_batch_stride = call.deltaBatch;
  params.delta_d_stride = call.deltaChannel;
  params.z_batch_stride = call.zBatch;
  params.z_d_stride = call.zChannel;
  params.out_batch_stride = call.outBatch;
  params.out_d_stride = call.outChannel;
  params.out_z_batch_stride = call.gatedBatch;
  params.out_z_d_stride = call.gatedChannel;
  params.u_ptr = call.u;
  params.delta_ptr = call.delta;
  params.A_ptr = call.A;
  params.B_ptr = call.B;
  params.C_ptr = call.C;
  params.D_ptr = call.D;
  params.z_ptr = call.z;
  params.delta_bias_ptr = call.deltaBias;
  params.out_ptr = call.out;
  params.x_ptr = call.states_;
  params.out_z_ptr = call.gated;

  using Traits = Selective_Scan_fwd_kernel_traits<128, 16, 1, false, true, true, true, Input, float>;
  constexpr int sharedBytes = Traits::kSmemSize + MAX_DSTATE * sizeof(typename Traits::scan_t);
  const auto kernel = &selective_scan_fwd_kernel<Traits>;
  cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, sharedBytes);
  kernel<<<dim3(params.batch, params.dim), Traits::kNThreads, sharedBytes, stream>>>(params);
  return static_cast<int>(cudaGetLastError());
}

/** @param isHalf 1: float16, 0: bfloat16 @returns CUDA's error */
extern "C" int reference_scan(const ScanCall* call, int isHalf, void* stream) {
  if (call->length <= 1024 || call->length % 2048 == 0) return static_cast<int>(cudaErrorInvalidValue);
  return isHalf ? launch<at::Half>(*call, static_cast<cudaStream_t>(stream))
                : launch<at::BFloat16>(*call, static_cast<cudaStream_t>(stream));
}
