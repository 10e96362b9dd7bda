export { graph, topologicalOrder } from "./graph";
export { print } from "./print";
export {
  broadcastShapes,
  formatType,
  normalizeAxes,
  requireLengths,
  sameShape,
  sameType,
  size,
  strides,
} from "./shapes";
export { converted, type Tensor, tensor, wrap } from "./tensor";
export type { Attribute, Attributes, Graph, NoAttributes, Operation, Shape, Type, Value } from "./types";
export {
  apply,
  constant,
  constantOp,
  constantValue,
  elements,
  input,
  inputName,
  inputOp,
  isConstant,
  isInput,
  requireScalar,
} from "./value";
export { verify } from "./verify";
