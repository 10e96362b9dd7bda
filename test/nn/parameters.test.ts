import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { kinkSites } from "../../src/autodiff";
import { input, size } from "../../src/ir";
import {
  applyNetwork,
  createNetwork,
  type Layer,
  lenet5,
  type NetworkOptions,
  networkNames,
  networks,
  type Parameter,
  parameterInputs,
  resnet18,
  vgg,
} from "../../src/nn";
import { ops } from "../../src/ops";
import { torchShape } from "./formula";

interface Full {
  readonly network: string;
  readonly options: NetworkOptions;
  readonly count: number;
  readonly parameters: readonly [string, number[]][];
  readonly buffers: readonly [string, number[]][];
}
const golden = JSON.parse(readFileSync(join(__dirname, "golden", "parameters.json"), "utf8")) as { networks: Full[] };

const count = (net: Layer) => net.parameters.reduce((sum, { shape }) => sum + size(shape), 0);
const torchShapes = (kept: readonly Parameter[]) => kept.map(({ name, shape }) => [name, torchShape(shape)]);

describe("the full networks", () => {
  it.each(golden.networks.map((full) => ({ title: `${full.network} ${JSON.stringify(full.options)}`, full })))(
    "$title has the parameters and buffers of its module in PyTorch",
    ({ full }) => {
      const net = createNetwork(full.network, full.options);
      expect(count(net)).toBe(full.count);
      expect(torchShapes(net.parameters)).toEqual(full.parameters);
      expect(torchShapes(net.buffers)).toEqual(full.buffers);
    },
  );

  it("PyTorch's golden file has every network", () => {
    expect([...new Set(golden.networks.map(({ network }) => network))].sort()).toEqual([...networkNames].sort());
  });

  it("resnet18 and resnet50 have the numbers of parameters that torchvision states for ImageNet", () => {
    const imagenet = { inputShape: [224, 224, 3], classes: 1000 } as const;
    expect(count(resnet18({ ...imagenet, stem: "imagenet" }))).toBe(11_689_512);
    expect(count(createNetwork("resnet50", imagenet))).toBe(25_557_032);
  });
});

describe("kinks", () => {
  // as counted in the published modules
  it.each([
    ["mlp", 3, 0],
    ["lenet5", 4, 2],
    ["vgg11", 8, 5],
    ["resnet18", 17, 1],
    ["resnet18-cifar", 17, 0],
    ["resnet50", 49, 1],
  ])("%s has %i ReLUs and %i max-pools", (name, relus, pools) => {
    for (const batchNorm of [false, true]) {
      const net = createNetwork(name, { inputShape: [32, 32, 3], classes: 10, batchNorm });
      const { output } = applyNetwork(net, input("x", "f32", [4, 32, 32, 3]));
      const kinks = kinkSites([output]).map(({ kink }) => kink);
      expect(kinks.filter((kink) => kink === "relu.zero")).toHaveLength(relus);
      expect(kinks.filter((kink) => kink === "maxPool.tie")).toHaveLength(pools);
      expect(kinks).toHaveLength(relus + pools);
    }
  });

  it.each([
    ["mlp", false, ["fc1", "fc2"]],
    ["mlp", true, ["bn1", "bn2"]],
    ["lenet5", false, ["features.0", "features.4", "classifier.0", "classifier.3"]],
    ["resnet18", true, ["bn1", "layer1.0.bn1", "layer1.0.bn2", "layer2.0.bn1", "layer2.0.downsample.1"]],
  ] as const)("each ReLU of %s, batch-norm %s, has the layer before it", (name, batchNorm, layers) => {
    const widths = { mlp: [4, 4], lenet5: undefined, resnet18: [2, 2, 2, 2] }[name];
    const dropout = name === "mlp" ? 0.5 : 0;
    const shape = name === "resnet18" ? ([32, 32, 3] as const) : ([28, 28, 1] as const);
    const net = createNetwork(name, { inputShape: shape, classes: 10, batchNorm, widths, dropout });
    // as in mixed precision, where a weight is a cast of its master
    const weights = [...parameterInputs(net, "f32")].map(([key, value]) => [key, ops.cast(value, "f16")] as const);
    const { output } = applyNetwork(net, input("x", "f16", [4, ...shape]), { parameters: new Map(weights) });
    const found = kinkSites([output]).filter(({ kink }) => kink === "relu.zero");
    expect(found.map(({ layer }) => layer)).toEqual(expect.arrayContaining([...layers]));
    expect(new Set(found.map(({ layer }) => layer)).size).toBe(found.length);
  });

  it("a vgg11 with relu6 has the kinks of relu6 and of max-pools only", () => {
    const net = createNetwork("vgg11", { inputShape: [32, 32, 3], classes: 10, activation: "relu6" });
    const sites = kinkSites([applyNetwork(net, input("x", "f32", [1, 32, 32, 3])).output]);
    expect([...new Set(sites.map(({ kink }) => kink))]).toEqual(["relu6.zero", "relu6.six", "maxPool.tie"]);
  });
});

describe("createNetwork", () => {
  it("a function of the options is a network of one's own, and must give a layer", () => {
    const options = { inputShape: [28, 28, 1], classes: 10, widths: [4] } as const;
    const own = (given: NetworkOptions) => createNetwork("mlp", { ...given, batchNorm: true });
    const names = ({ parameters }: Layer) => parameters.map(({ name, shape }) => `${name} ${shape}`);
    expect(names(createNetwork(own, options))).toEqual(names(createNetwork("mlp", { ...options, batchNorm: true })));
    const wrong = (() => 3) as never;
    expect(() => createNetwork(wrong, options)).toThrow("network wrong: must be a layer, got 3");
  });

  it("hardTanh and hardSwish are activations by name", () => {
    for (const activation of ["hardTanh", "hardSwish"] as const) {
      const net = createNetwork("mlp", { inputShape: [28, 28, 1], classes: 10, widths: [4], activation });
      const sites = kinkSites([applyNetwork(net, input("x", "f32", [1, 28, 28, 1])).output]);
      expect(sites.map(({ kink }) => kink)).toEqual([`${activation}.low`, `${activation}.high`]);
    }
  });

  const options: NetworkOptions = { inputShape: [32, 32, 3], classes: 10 };

  it("every network has a summary", () => {
    for (const name of networkNames) expect(networks[name].summary.length).toBeGreaterThan(10);
  });

  it.each([
    ["vgg12", options, /^network: must be one of mlp, .*, got "vgg12"\nHint: did you mean vgg1\d\?$/],
    ["toString", options, /^network: must be one of mlp, .*, got "toString"/],
    ["vgg11", { ...options, inputShape: [28, 28, 1] }, "vgg11, inputShape: images must have at least 32 × 32 pixels"],
    ["vgg11", { ...options, dropout: 0.5 }, "vgg11, dropout: must be 0; only mlp has dropout, got 0.5"],
    ["vgg11", { ...options, widths: [4, 4] }, "vgg11, widths: must be 5 numbers, got [4,4]"],
    ["lenet5", { ...options, inputShape: [32, 0, 3] }, "lenet5, inputShape: must be a positive integer, got 0"],
    ["resnet18", { ...options, classes: 0 }, "fc, outputs: must be a positive integer, got 0"],
    ["resnet50", { ...options, widths: [4, 4, 4, 0.5] }, "resnet50, width: must be a positive integer, got 0.5"],
    ["mlp", { ...options, dropout: 1 }, "dropout1: rate must be in [0, 1), got 1"],
    ["mlp", { ...options, inputShape: [784] }, "mlp, inputShape: must be [height, width, channels], got [784]"],
    ["mlp", { ...options, activation: "rleu" }, /^activation: must be one of .*\nHint: did you mean relu\?$/],
  ])("the network %s with %j is refused", (name, wrong, message) => {
    expect(() => createNetwork(name, wrong as NetworkOptions)).toThrow(message);
  });

  it("the linear layers of vgg11 and lenet5 fit larger images", () => {
    const colour = { inputShape: [32, 32, 3], classes: 10 } as const;
    expect(vgg(11, { ...colour, inputShape: [64, 96, 3] }).parameters.at(-2)!.shape).toEqual([10, 512 * 2 * 3]);
    expect(lenet5(colour).parameters.find(({ name }) => name === "classifier.0.weight")!.shape).toEqual([120, 400]);
  });
});
