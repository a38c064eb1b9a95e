// Asking the sources.

import { ContractError, http, log, number } from "adyton";

import { DECIMALS } from "./price.js";

/** The prices of at least `quorum` of the sources, asked at once. A source that fails is left out. */
export async function ask(listed, quorum) {
  const urls = listed.split(/\s+/).filter((url) => url !== "");
  const answers = http.sendAll(urls.map((url) => [url, { timeoutMs: 3_000 }]));
  const quotes = [];
  for (const [at, answer] of answers.entries()) {
    try {
      quotes.push(await read(answer));
    } catch (error) {
      log.warn(`${urls[at]}: ${error.message}`);
    }
  }
  if (quotes.length < Math.max(quorum, 1)) {
    const reason = `${quotes.length} of ${urls.length} sources answered; ${quorum} are needed`;
    throw ContractError.unavailable(reason);
  }
  return quotes;
}

/** The price in an answer, in units of 10^-6. Throws why there is none. */
async function read(answer) {
  if (answer instanceof ContractError) throw answer;
  if (!answer.ok) throw ContractError.unavailable(`it answered with ${answer.status}`);
  const quote = await answer.json();
  if (typeof quote?.price !== "string") throw ContractError.invalid("it has no price, as a text");
  const price = number.parseDecimal(quote.price, DECIMALS);
  if (price === 0n) throw ContractError.invalid("a price of zero");
  return price;
}
