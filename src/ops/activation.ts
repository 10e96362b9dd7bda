/** Activations that are defined outside the library: a graph of operations with kinks of its own. */
import { F64_POINTS } from "./cases";
