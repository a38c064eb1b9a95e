// Runs in the browser: what the verifier says about each case, or why there is no judgement.

import { Misuse, Verifier } from "/index.js";

const fetched = new Map();

async function bytes(url) {
  if (!fetched.has(url)) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    fetched.set(url, await response.arrayBuffer());
  }
  return fetched.get(url);
}

const read = async (file) => (file == null ? undefined : { name: file.name, bytes: await bytes(file.url) });

export async function judgeAll(cases) {
  const verifier = await Verifier.load();
  const found = [];
  for (const { name, kind, entry, reportData, at, ...files } of cases) {
    const input = {
      kind,
      entry,
      reportData,
      at,
      evidence: await read(files.evidence),
      collateral: await read(files.collateral),
      endorsements: await Promise.all((files.endorsements ?? []).map(read)),
      policy: await read(files.policy),
      policyFiles: await Promise.all((files.policyFiles ?? []).map(read)),
    };
    try {
      found.push({ name, judgement: await verifier.verify(input) });
    } catch (error) {
      found.push({ name, error: String(error), isMisuse: error instanceof Misuse });
    }
  }
  return found;
}
