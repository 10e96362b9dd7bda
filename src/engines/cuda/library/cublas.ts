/** cuBLAS multiplies matrices. */
import { type FormatName, formatOf } from "../../../formats";
import type { ProductWork } from "../cells";
import { type Argument, functions, type Handle, type Library } from "./bindings";

const prototypes = {
  create: "int cublasCreate_v2(void* handle)",
  property: "int cublasGetProperty(int type, void* value)",
  setStream: "int cublasSetStream_v2(uint64 handle, uint64 stream)",
  setWorkspace: "int cublasSetWorkspace_v2(uint64 handle, uint64 workspace, uint64 bytes)",
  setMathMode: "int cublasSetMathMode(uint64 handle, int mode)",
  product:
    "int cublasGemmEx(uint64 handle, int ta, int tb, int m, int n, int k, void* alpha, uint64 a, int typeA, int lda, uint64 b, int typeB, int ldb, void* beta, uint64 c, int typeC, int ldc, int compute, int algorithm)",
  products:
    "int cublasGemmStridedBatchedEx(uint64 handle, int ta, int tb, int m, int n, int k, void* alpha, uint64 a, int typeA, int lda, int64 strideA, uint64 b, int typeB, int ldb, int64 strideB, void* beta, uint64 c, int typeC, int ldc, int64 strideC, int count, int compute, int algorithm)",
} as const;

export type Products = Record<keyof typeof prototypes, (...values: Argument[]) => void>;

export const bindProducts = (library: Library, check: (status: number, call: string) => void): Products =>
  functions(library, prototypes, check);

/** "12.8.4" */
export function productsVersion(blas: Products): string {
  const parts = [0, 1, 2].map((type) => {
    const value = Buffer.alloc(4);
    blas.property(type, value);
    return value.readInt32LE();
  });
  return parts.join(".");
}

/** Sums of products in 16 bits are added in f32, in parts too. */
export const NO_REDUCED_PRECISION = 16;

const TYPES: Partial<Record<FormatName, number>> = { f16: 2, bf16: 14, f32: 0, f64: 1 };
const COMPUTE = { f32: 68, f64: 70, tf32: 77 } as const;
const DEFAULT_ALGORITHM = -1;

/** Formats that are stored as numbers of their carriers are these for cuBLAS. */
const typeOf = (format: FormatName): number => TYPES[format] ?? TYPES[formatOf(format).carrier]!;

const scalar = (value: number, isDouble: boolean): Buffer => {
  const buffer = Buffer.alloc(8);
  if (isDouble) buffer.writeDoubleLE(value);
  else buffer.writeFloatLE(value);
  return buffer;
};
const ONE = { f32: scalar(1, false), f64: scalar(1, true) };
const ZERO = scalar(0, true); // the same bits in both

export interface Addresses {
  readonly a: Handle;
  readonly b: Handle;
  readonly c: Handle;
}

/**
 * Row-major C = op(A)·op(B). cuBLAS counts columns first, where the same memory holds the transposes: Cᵀ = op(B)ᵀ·op(A)ᵀ.
 * @param formats of the factors and of the result
 */
export function multiply(
  blas: Products,
  handle: Handle,
  work: ProductWork,
  { a, b, c }: Addresses,
  formats: { readonly factor: FormatName; readonly result: FormatName; readonly tf32: boolean },
): void {
  const { m, n, k, transposeA, transposeB, stack, strides } = work;
  const isDouble = formats.result === "f64";
  const single = formats.tf32 && formats.factor === "f32" ? COMPUTE.tf32 : COMPUTE.f32;
  const compute = isDouble ? COMPUTE.f64 : single;
  const one = isDouble ? ONE.f64 : ONE.f32;
  const [ta, tb] = [Number(transposeA), Number(transposeB)];
  const [lda, ldb] = [transposeA ? m : k, transposeB ? k : n];
  const [factor, result] = [typeOf(formats.factor), typeOf(formats.result)];
  const last = [compute, DEFAULT_ALGORITHM] as const;
  if (stack === undefined)
    blas.product(handle, tb, ta, n, m, k, one, b, factor, ldb, a, factor, lda, ZERO, c, result, n, ...last);
  else {
    const [sa, sb, sc] = strides;
    blas.products(
      handle,
      tb,
      ta,
      n,
      m,
      k,
      one,
      b,
      factor,
      ldb,
      sb,
      a,
      factor,
      lda,
      sa,
      ZERO,
      c,
      result,
      n,
      sc,
      stack,
      ...last,
    );
  }
}
