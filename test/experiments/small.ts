/** A configuration for each experiment that takes a moment, with several units. */

const perceptron = { dataset: "glyphs", images: 256, batchSize: 64 };
const frequency = {
  dataset: "glyphs",
  precisions: [16],
  widths: [16],
  depths: [2],
  batchSizes: [64],
  sampleSizes: [256],
};
const networks = {
  dataset: "glyphs",
  widths: { mlp: [16, 16] },
  networks: ["mlp"],
  batchNorm: [false],
  precisions: [16, 32],
};
const pools = { dataset: "glyphs", images: 64, batchSize: 32, testImages: 32, precisions: [32], runs: 2 };

export const smallConfigs: Readonly<Record<string, Record<string, unknown>>> = {
  surprise: { ...perceptron, precisions: [32, 16], widths: [16, 8], runs: 2 },
  "zone-plane": { points: 4 },
  "bifurcation-frequency": { ...frequency, runs: 7, replicas: 2 },
  "bifurcation-frequency-networks": { ...networks, images: 128, batchSize: 64, batches: 2, runs: 2 },
  "relu-family": {
    ...{ dataset: "glyphs", images: 128, batchSize: 64, batches: 2, runs: 2, precisions: [32], widths: { mlp: [16] } },
    comparisons: [{ activation: "relu6", kinks: { "relu6.zero": [0, 1] } }],
  },
  "gradient-difference": { ...perceptron, precisions: [32], width: 16, depth: 2, runs: 5, replicas: 2 },
  law: {
    ...perceptron,
    networks: [{ network: "mlp", widths: [8] }],
    precisions: [16, 32],
    runs: 2,
    predictedRuns: 1,
    predictedImages: 64,
  },
  training: { ...perceptron, precisions: [32], testImages: 50, widths: [8], epochs: 2, values: [0, 1], runs: 2 },
  harm: { ...perceptron, precisions: [32], testImages: 50, widths: [8], epochs: 1, runs: 2 },
  "learning-rate-search": {
    ...{ ...perceptron, precisions: [32], widths: [8], epochs: 2, values: [0], runs: 1 },
    learningRates: [0.1, 0.01],
  },
  zeros: { ...perceptron, precisions: [32], testImages: 50, depths: [1, 2], widths: [16], epochs: 2, runs: 2 },
  "max-pool-ties": { ...pools, epochs: 1 },
  "max-pool-tie-counts": { dataset: "glyphs", images: 64, batchSize: 32, precisions: [32], runs: 3 },
};
