/** danfojs-node with the packages that package.json's `overrides` puts in the place of its own. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as danfo from "danfojs-node";
import { describe, expect, it } from "vitest";

const frame = () => new danfo.DataFrame([[1], [3]], { columns: ["a"] });

async function served<T>(text: string, read: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((_, response) => response.end(text)).listen(0);
  await once(server, "listening");
  try {
    return await read(`http://localhost:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.close();
  }
}

describe("danfo", () => {
  it("scales, and gives tensors", () => {
    expect(new danfo.StandardScaler().fitTransform(frame()).values).toEqual([[-1], [1]]);
    expect(new danfo.MinMaxScaler().fitTransform(frame()).values).toEqual([[0], [1]]);
    expect(frame().tensor.arraySync()).toEqual([[1], [3]]);
    expect((frame() as unknown as { a: danfo.Series }).a.argMax()).toBe(1);
  });

  it("samples, concatenates and merges", async () => {
    expect((await frame().sample(1)).shape).toEqual([1, 1]);
    const concatenated = danfo.concat({ dfList: [frame(), frame()], axis: 0 });
    expect(concatenated.values.flat()).toEqual([1, 3, 1, 3]);
    expect(danfo.merge({ left: frame(), right: frame(), on: ["a"], how: "inner" }).shape[0]).toBe(2);
  });

  it("reads CSV and JSON from a URL", async () => {
    const csv = await served("a,b\n1,2\n", (url) => danfo.readCSV(url));
    expect(csv.values).toEqual([[1, 2]]);
    const rows: unknown[] = [];
    await served('[{"a":1},{"a":2}]', (url) => danfo.streamJSON(url, (row: danfo.DataFrame) => rows.push(row.values)));
    expect(rows).toEqual([[[1]], [[2]]]);
  });

  it("gives the whole of TensorFlow.js", () => {
    expect(
      danfo.tensorflow.sequential({ layers: [danfo.tensorflow.layers.dense({ units: 1, inputShape: [2] })] })
        .outputShape,
    ).toEqual([null, 1]);
  });
});
