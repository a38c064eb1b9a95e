// Where a contract's bundle begins: the globals first, then the program, which finds them in place.

import "./prelude.js";
import program from "adyton:program";
import { serviceOf } from "./service.js";

export const service = serviceOf(program);
