// `evm` without any grant.

import { Response, bytes, evm } from "adyton";

export default () => new Response(bytes.toHex(evm.abi.selector("baz(uint32,bool)")));
