import { kv } from "adyton";

const count = kv.getJson("count");
export default () => Response.json(count);
