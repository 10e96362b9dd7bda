#!/bin/sh
# Unpacks the archive that lies beside this file, and measures: run.sh [options of bench/gpu/index.ts]
# The causal test in place of the benchmark: run.sh harm [options of bench/gpu/harm.ts]
#
# Results are written after every row, to gpu.json and gpu.md in the folder where it is started, or in --out. Where Vulkan's loader
# finds no driver, VK_DRIVER_FILES names the driver's JSON file.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
unpacked=${NONSMOOTH_GPU_FOLDER:-$here}
root="$unpacked/nonsmooth-gpu"
[ -d "$root" ] || tar -xJf "$here/nonsmooth-gpu.tar.xz" -C "$unpacked"

# the loader of the machine itself comes first, where it has one
if ! ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1'; then
  export LD_LIBRARY_PATH="$root/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
# NVIDIA's driver without the file that tells Vulkan's loader of it
icd="$root/nvidia_icd.json"
if [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] && ldconfig -p 2>/dev/null | grep -q 'libGLX_nvidia\.so\.0' &&
  ! ls /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json >/dev/null 2>&1; then
  echo '{"file_format_version": "1.0.0", "ICD": {"library_path": "libGLX_nvidia.so.0", "api_version": "1.3.0"}}' >"$icd"
  export VK_DRIVER_FILES="$icd"
fi
program=index
if [ "${1:-}" = harm ]; then
  program=harm
  shift
fi
exec "$root/bin/node" "$root/bench/out/gpu/$program.js" "$@"
