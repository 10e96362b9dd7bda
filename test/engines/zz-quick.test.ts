import { it } from "vitest";
import "../helpers/engines";
import { engines } from "/work/w-fmt/src/engines";
import { examine, kinkTrials, operationTrials } from "/work/w-fmt/src/engines/conformance";
import { opNames } from "/work/w-fmt/src/ops";
it("x", async () => {
  const e = engines.find((r) => r.id === (process.env.E ?? "onnx-cpu"))!.create({}, () => []);
  const { preload } = await import("../software-cuda/preload");
  const { computes } = await import("../../src/engines/conformance");
  for (const f of (process.env.F ?? "tf32,e4m3,e5m2,e8p12,e5p11,e8p24,e8p5,e6p9-flush,e9p20,e4p4-flush,e2p2").split(",")) {
    if (process.env.E === "cuda") await preload(opNames.flatMap((name) => [...operationTrials(name, f as never), ...kinkTrials(name, f as never, "multiply"), ...kinkTrials(name, f as never, "overwrite")]).map((t) => t.graph).filter((g) => computes(e, g)));
    let bad = 0, n = 0; const t0 = Date.now();
    for (const name of opNames) for (const t of [...operationTrials(name, f as never), ...kinkTrials(name, f as never, "multiply"), ...kinkTrials(name, f as never, "overwrite")]) {
      try { const v = await examine(e, t); n++; if (v.wrong) { if (bad++ < 6) console.log(f, name, t.title, v.wrong); } }
      catch (err) { if (bad++ < 6) console.log(f, name, t.title, (err as Error).message.slice(0, 300)); }
    }
    console.log(f, "bad", bad, "of", n, Date.now() - t0, "ms");
  }
}, 600000);
