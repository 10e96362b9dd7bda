export { type TfjsOptions, tfjsEngine } from "./tfjs";
