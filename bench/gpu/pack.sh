#!/bin/sh
# Packs the benchmark on a GPU for a bare machine (Linux on x64): pack.sh OUT
#
# Needs the project built and this folder compiled (npm run build:bench). OUT gets nonsmooth-gpu.tar.xz and run.sh, with which
# the other machine needs a driver, tar and xz, and for the peers a Python with PyTorch.
set -eu
out=${1:?usage: pack.sh OUT}
project=$(cd "$(dirname "$0")/../.." && pwd)
loaded="$project/bench/out/gpu/loaded.js"
[ -f "$loaded" ] || { echo "pack.sh: must find $loaded; run: npm run build:bench" >&2; exit 1; }

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
root="$staging/nonsmooth-gpu"
mkdir -p "$root/bench/peers" "$root/bin" "$root/lib" "$root/node_modules" "$out"

cd "$project"
cp package.json "$root/"
cp bin/nonsmooth.js "$root/bin/"
find dist bench/out -name '*.js' | tar -cf - -T - | tar -xf - -C "$root"
cp bench/peers/gpu_*.py bench/peers/networks.py bench/peers/protocol.py "$root/bench/peers/"
node "$loaded" | tar -cf - -T - | tar -xf - -C "$root"
ln -s .. "$root/node_modules/nonsmooth"

# what is loaded by its place, not by its name
runtime=node_modules/onnxruntime-node/bin/napi-v6/linux/x64
dawn=node_modules/webgpu
for file in "$runtime"/*.so* "$runtime"/*.node "$dawn/index.js" "$dawn/package.json" "$dawn/dist/linux-x64/dawn.node"; do
  mkdir -p "$root/$(dirname "$file")"
  cp -L "$file" "$root/$file"
done
cp -L "$(command -v node)" "$root/bin/node"
strip --strip-unneeded "$root/bin/node" 2>/dev/null || true # smaller, where there is a strip
vulkan=$(ldconfig -p 2>/dev/null | sed -n 's/.*libvulkan\.so\.1 .*=> //p' | head -n 1)
[ -z "$vulkan" ] || cp -L "$vulkan" "$root/lib/"

XZ_OPT="${XZ_OPT:--6}" tar -cJf "$out/nonsmooth-gpu.tar.xz" -C "$staging" nonsmooth-gpu
cp bench/gpu/run.sh "$out/"
du -k "$out/nonsmooth-gpu.tar.xz"
