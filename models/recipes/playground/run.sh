#!/usr/bin/env bash
# Builds the training kernels and runs train.py with the arguments given. Needs an NVIDIA GPU (sm_90), nvcc and PyTorch;
# out/sprites.npz must be there (python3 sprites.py, on a machine with the emoji font).
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p out
library=out/libtraining_scan.so
if [ ! -e "$library" ] || [ training_scan.cu -nt "$library" ]; then
    nvcc -O3 -std=c++17 -arch=sm_90 --shared -Xcompiler -fPIC -cudart static -o "$library" training_scan.cu
fi
exec python3 train.py "$@"
