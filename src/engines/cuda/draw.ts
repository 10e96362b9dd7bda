/** Random streams on the device: Threefry-2x32-20, the same bits as `Stream` gives (util/random.ts). */
import { isFloat } from "../../formats";
import { size, wrap } from "../../ir";
import { fail } from "../../util";
import type { UniformDraw } from "../engine";
import type { Cell } from "./cells";
import { BLOCK, type Kernel, kernel } from "./code/kernel";
import { literal, storedAs } from "./code/numbers";
import type { Device } from "./device";
import { bytesOf } from "./memory-plan";
import { DeviceTensor, Memory, upload } from "./tensors";

const leaf = (format: Cell["format"], length: number): Cell => ({
  format,
  length,
  source: { kind: "input", name: "" },
});

/** Each thread draws one number: word (position + i) of its stream, as low + (high − low) · u with u on a grid of 2^−24. */
function drawKernel({ format, shape, bound, keys, position }: UniformDraw): Kernel {
  const own = size(shape) / keys.length;
  const { round, store, carrier } = storedAs(format);
  const body = `const index network = t / ${own};
const unsigned long long at = ${position}ull + t % ${own}, block = at / 2;
const unsigned k0 = x0[2 * network], k1 = x0[2 * network + 1], k[3] = {k0, k1, 0x1bd11bdau ^ k0 ^ k1};
const int rotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
unsigned a = (unsigned)block + k0, b = (unsigned)(block >> 32) + k1;
#pragma unroll
for (int r = 0; r < 20; r++) {
  const int n = rotations[r % 8];
  a += b;
  b = (b << n | b >> (32 - n)) ^ a;
  if (r % 4 == 3) { const int i = r / 4 + 1; a += k[i % 3]; b += k[(i + 1) % 3] + i; }
}
const double u = ((at % 2 == 0 ? a : b) >> 8) * ${literal("f64", 2 ** -24)};
const float drawn = (float)(${literal("f64", -bound)} + ${literal("f64", 2 * bound)} * u);
y0[t] = ${store(round(`(${carrier})drawn`))};`;
  const threads = size(shape);
  return kernel({ inputs: [leaf("i32", 2 * keys.length)], outputs: [leaf(format, threads)], threads, body });
}

export function draw(device: Device, uniform: UniformDraw): DeviceTensor {
  const { keys, format, shape } = uniform;
  if (!isFloat(format)) fail("draw", "format must be floating-point", format);
  if (shape[0] !== keys.length) fail("draw", "must have a stream for each part of the first axis", keys.length);
  const own = drawKernel(uniform);
  device.load([own]);
  const streams = upload(device, wrap("i32", Int32Array.from(keys.flat()), [2 * keys.length]));
  const words = streams.shared();
  streams.dispose();
  try {
    const bytes = bytesOf({ format, length: own.threads });
    const memory = new Memory(device.allocate(bytes), (address) => device.free(address, bytes)).take();
    try {
      const addresses = [words.address, memory.address];
      device.use(() => device.launch(device.kernel(own.name), Math.ceil(own.threads / BLOCK), BLOCK, addresses));
      return new DeviceTensor(device, uniform, memory);
    } finally {
      memory.drop();
    }
  } finally {
    words.drop();
  }
}
