// Begins an answer where there is none.

import { reply } from "adyton";

export const init = () => reply.begin();
export const migrate = init;

export default () => reply.stream(["never"]);
