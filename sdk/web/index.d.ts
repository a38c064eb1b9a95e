/** What made the evidence. */
export type Kind = "sgx" | "tdx" | "snp" | "azure-snp" | "azure-tdx" | "nitro" | "nvidia" | "tpm" | "cca";

/** The bytes of a file, or its text. */
export type Bytes = ArrayBuffer | ArrayBufferView | string;

/** A file: its bytes, and what messages about it call it. */
export type File = Bytes | { name?: string; bytes: Bytes };

/** What is judged, and by what. Evidence and endorsements may be bytes, hexadecimal digits, Base64 or PEM. */
export interface Input {
  kind: Kind;
  evidence: File;
  /** Intel's collateral (sgx, tdx, azure-tdx): JSON in the form `QuoteCollateralV3`, or YAML. */
  collateral?: File | null;
  /** Certificates, revocation lists, manifests, event logs; each is recognized by its content. 64 at most. */
  endorsements?: Iterable<File> | null;
  /** A policy as `adyton attest policy` prints it (TOML); the built-in one if there is none. */
  policy?: File | null;
  /** The files of certificates that the policy names, by the names that it has for them. */
  policyFiles?: Iterable<{ name: string; bytes: Bytes }> | null;
  /** Which of several devices' evidence in the file is meant, from 0 (nvidia). */
  entry?: number | null;
  /** What the evidence has to be about: bytes, or hexadecimal digits. Unchecked if there is none. */
  reportData?: Bytes | null;
  /** The time to judge at (Unix seconds); this machine's clock if there is none. */
  at?: number | null;
}

/** One check. What is `unchecked` is for the caller to check. */
export interface Check {
  name: string;
  result: "passed" | "failed" | "unchecked";
  detail: string;
}

/** The word on the evidence: what `adyton attest verify --json` prints. */
export interface Judgement {
  verdict: "accept" | "reject";
  /** Why not, or what was left unchecked. */
  reason: string;
  checks: Check[];
  /** The platform's security level, where it is known. */
  tcb_status: string | null;
  tier: number | null;
  advisories: string[];
  machine: unknown;
  measurements: unknown;
  /** What the evidence is about, in hexadecimal digits. */
  report_data: string | null;
  /** The last second at which this is true (Unix seconds). */
  not_after: number | null;
  /** The same as an attestation result (EAR). */
  ear: unknown;
  details: unknown;
}

/** What was given cannot be judged; nothing is said about the evidence. */
export class Misuse extends Error {
  private constructor();

  /** What the vendor has to be asked for, if that is what is missing. */
  readonly lacks: "collateral" | "certificate" | null;
}

/** The verifier. One is enough for any number of judgements. */
export class Verifier {
  private constructor();

  /** Loads the WebAssembly module, by default from beside this file. */
  static load(source?: URL | string | Response | ArrayBuffer | ArrayBufferView | WebAssembly.Module): Promise<Verifier>;

  /**
   * Judges evidence. Rejected evidence is a judgement too: look at `verdict`.
   *
   * @throws {Misuse} What was given cannot be judged.
   * @throws {TypeError} An argument is of another type.
   * @throws {Error} The verifier stopped; there is no judgement.
   */
  verify(input: Input): Promise<Judgement>;
}
