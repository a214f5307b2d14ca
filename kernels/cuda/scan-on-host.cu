// The scan on operands in host memory; see ../include/video_encoder_cuda.h.

#include <string>
#include <vector>

#include "device-memory.h"
#include "selective-scan.h"

namespace videre::cuda {
namespace {

constexpr std::int64_t deviceStates = 16;

// Rows of `stride` values of which `values` are looked at; the last row may end where those do. On the device rows have
// `width` values, zeros after the first ones.
DeviceBuffer uploadRows(const float* rows, std::int64_t count, std::int64_t stride, std::int64_t values,
                        std::int64_t width) {
  DeviceBuffer buffer(static_cast<std::size_t>(count) * width * sizeof(float));
  check(cudaMemset(buffer.bytes(), 0, buffer.size()), "uploading");
  check(cudaMemcpy2D(buffer.bytes(), width * sizeof(float), rows, stride * sizeof(float), values * sizeof(float), count,
                     cudaMemcpyHostToDevice),
        "uploading");
  return buffer;
}
DeviceBuffer uploadRows(const float* rows, std::int64_t count, std::int64_t stride, std::int64_t values) {
  return uploadRows(rows, count, stride, values, values);
}

// delta [rows, E] from rows of low rank; small enough work for the host.
std::vector<float> expandedDelta(const ScanDirection& direction, std::int64_t rows, std::int64_t channels) {
  std::vector<float> delta(static_cast<std::size_t>(rows) * channels, 0.0f);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t r = 0; r < direction.deltaRank; ++r) {
      const float factor = direction.delta[row * direction.bcStride + r];
      const float* const projection = direction.deltaProjection + r * channels;
      for (std::int64_t e = 0; e < channels; ++e) delta[row * channels + e] += factor * projection[e];
    }
  }
  return delta;
}

struct UploadedDirection {
  DeviceBuffer u, delta, A, B, C, D, bias;

  UploadedDirection(const ScanDirection& direction, const ScanShape& shape) {
    const std::int64_t rows = shape.batch * shape.length, E = shape.channels, N = shape.states;
    u = uploadRows(direction.u, rows, E, E);
    if (direction.deltaProjection == nullptr) delta = uploadRows(direction.delta, rows, E, E);
    else delta = upload(expandedDelta(direction, rows, E));
    // States that B does not feed stay 0.
    A = uploadRows(direction.A, E, N, N, deviceStates);
    B = uploadRows(direction.B, rows, direction.bcStride, N, deviceStates);
    C = uploadRows(direction.C, rows, direction.bcStride, N, deviceStates);
    if (direction.D != nullptr) D = uploadRows(direction.D, 1, E, E);
    if (direction.deltaBias != nullptr) bias = uploadRows(direction.deltaBias, 1, E, E);
  }
  DeviceScanDirection view() const {
    return {u.bytes(), delta.bytes(), A.as<float>(), B.bytes(), C.bytes(), D.as<float>(), bias.as<float>()};
  }
};

}  // namespace

Status selectiveScan(const ScanParameters& parameters, int device) {
  DeviceDescription description;
  const Status found = describeDevice(device, description);
  if (!found.ok()) return found;
  return statusOf([&] {
    const ScanShape& shape = parameters.shape;
    if (shape.states < 1 || shape.states > deviceStates) {
      throw Failure(ErrorCode::invalidInput,
                    "The CUDA scan has 1 to 16 states a channel, not " + std::to_string(shape.states) + ".");
    }
    const std::int64_t rows = shape.batch * shape.length, E = shape.channels;
    if (rows * E == 0) return;
    DeviceScan scan;
    scan.type = NumberType::float32;
    scan.batch = static_cast<int>(shape.batch);
    scan.length = static_cast<int>(shape.length);
    scan.channels = static_cast<int>(E);
    scan.bcStride = deviceStates;
    std::vector<UploadedDirection> directions;
    directions.reserve(2);
    for (const auto& [source, target] : {std::pair{&parameters.forward, &scan.forward},
                                         std::pair{&parameters.backward, &scan.backward}}) {
      if (source->u == nullptr) continue;
      *target = directions.emplace_back(*source, shape).view();
    }
    DeviceBuffer z;
    if (parameters.z != nullptr) {
      z = uploadRows(parameters.z, rows, parameters.zStride, E);
      scan.z = z.bytes();
      scan.zStride = E;
    }
    const DeviceBuffer out(static_cast<std::size_t>(rows) * E * sizeof(float));
    scan.out = out.bytes();
    const ScanPlan plan = planScan(scan);
    const DeviceBuffer workspace(plan.workspaceBytes);
    check(launchScan(scan, plan, workspace.bytes(), nullptr), "scanning");
    check(cudaMemcpy(parameters.out, out.bytes(), out.size(), cudaMemcpyDeviceToHost), "scanning");
  });
}

}  // namespace videre::cuda
