export { type TfjsOptions, tfjs, tfjsEngine } from "./tfjs";
