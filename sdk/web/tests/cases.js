// The cases of evidence: those that were recorded, with the verdicts that their folder states, and those that
// `cli/tests/attest_synthetic.rs` makes. Files are named relative to a case's folder.

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** 2026-06-20: inside the time of all chips' certificates. */
const NOW = 1781913600;

const read = (folder) => JSON.parse(readFileSync(join(folder, "cases.json"), "utf8"));
const verdict = (stated) => (stated.startsWith("ACCEPT") ? "accept" : "reject");

/** @returns every recorded case below `evidence`, the folder that has `intel/cases.json` in it */
export function recorded(evidence) {
  const vendors = { intel, eventLogs, snp, azure, azureTdx, azureParts, nitro, nvidia, manifests, cca, tpm };
  return Object.entries(vendors).flatMap(([name, cases]) => {
    const folder = join(evidence, FOLDERS[name] ?? name);
    return cases(folder).map((one) => ({ folder, name: `${name}: ${nameOf(one)}`, ...one }));
  });
}

/** @returns the cases that a test of the command line wrote into `folder` */
export function synthetic(folder) {
  return read(folder).map((one) => ({ folder, ...one, name: `synthetic: ${one.name}` }));
}

const FOLDERS = { eventLogs: "intel", azureTdx: "azure", azureParts: "azure", manifests: "nvidia" };

function nameOf(one) {
  return [one.evidence, one.entry, one.collateral, ...(one.endorsements ?? []), one.at].filter((part) => part != null).join(" ");
}

function intel(folder) {
  return read(folder).map((one) => ({
    kind: one.quote.startsWith("sgx_") ? "sgx" : "tdx",
    evidence: `quotes/${one.quote}`,
    collateral: `collateral/${one.collateral}`,
    at: one.verify_at,
    expect: {
      verdict: verdict(one.strict_policy_verdict),
      tcb_status: one.tcb_status ?? null,
      ...(one.tcb_status == null ? {} : { advisories: one.advisories }),
    },
  }));
}

function eventLogs() {
  const gcp = ["tdx_v4_gcp_cos113.bin", "tdx_00806f050000_platform_eval17_2025-05-27.json", 1749669835];
  const near = ["tdx_v4_near_mpc_dstack.bin", "tdx_b0c06f000000_platform_eval18_2026-03-01.json", 1773203941];
  return [
    [gcp, "gcp_cos113_ccel_data.dat", "accept"],
    [gcp, "lunal_tdx_ccel_live2.dat", "reject"],
    [near, "tcb_info.json", "accept"],
    [gcp, "tcb_info.json", "reject"],
  ].map(([[quote, collateral, at], log, expected]) => ({
    kind: "tdx",
    evidence: `quotes/${quote}`,
    collateral: `collateral/${collateral}`,
    endorsements: [`eventlogs/${log}`],
    at,
    expect: { verdict: expected },
  }));
}

function snp(folder) {
  return read(folder).flatMap((one) => {
    const line = one.report.includes("turin") ? "turin_vcek" : one.report.includes("genoa") ? "genoa" : "milan";
    return [[one.vek], [one.vek, `certs/ask_ark_${line}.pem`]].map((endorsements) => ({
      kind: "snp",
      evidence: one.report,
      endorsements,
      at: 1790000000,
      expect: { verdict: verdict(one.default_verdict) },
    }));
  });
}

function azure(folder) {
  return read(folder).map((one) => ({
    kind: one.hcl === "SNP" ? "azure-snp" : "azure-tdx",
    evidence: one.file,
    at: NOW,
    expect: { verdict: verdict(one.default_verdict), report_data: one.nonce },
  }));
}

function azureTdx() {
  const withAuthorities = "azure-tdx-with-ak-intermediates-1780922561.yaml";
  const older = "azure-tdx-1764662251380464271.yaml";
  const june = "azure-collateral-with-ak-intermediates-1780922561.yaml";
  const other = "../intel/collateral/tdx_00806f050000_platform_eval17_2025-05-27.json";
  return [
    [withAuthorities, june, NOW, "accept"],
    ["tdx_lunal-live.json", june, NOW, "accept"],
    [older, "azure-collateral.yaml", 1772323200, "accept"],
    [older, "azure-collateral02.yaml", 1772323200, "accept"],
    [withAuthorities, june, 1880000000, "reject"],
    ["tdx_evidence-v0.json", other, 1749669835, "reject"],
    [withAuthorities, other, 1749669835, "reject"],
  ].map(([evidence, collateral, at, expected]) => ({
    kind: "azure-tdx",
    evidence,
    collateral,
    at,
    expect: { verdict: expected, ...(expected === "accept" ? { tcb_status: "UpToDate" } : {}) },
  }));
}

function azureParts() {
  const [evidence, ...endorsements] = [
    "cmc_tdxQuoteAzure.bin",
    "cmc_validVtpmQuote.bin",
    "cmc_validVtpmQuoteSig.bin",
    "cmc_validVtpmAkCert.bin",
    "cmc_validClaimsAzure.bin",
  ];
  const collateral = "../intel/collateral/tdx_90c06f000000_platform_eval18_2026-02-18.json";
  const at = 1772718607;
  const expect = { verdict: "accept", tcb_status: "UpToDate" };
  return [{ kind: "azure-tdx", evidence, endorsements, collateral, at, expect }];
}

function nitro(folder) {
  return read(folder).map((one) => ({
    kind: "nitro",
    evidence: one.doc,
    at: one.verify_at,
    expect: { verdict: verdict(one.default_verdict_at_timestamp) },
  }));
}

function nvidia(folder) {
  const others = {
    "hopperAttestationReportInvalidSignature.txt": "hopperCertChain.txt",
    "switchAttestationReportInvalidSignature.txt": "switchCertChain.txt",
  };
  return read(folder).map((one) => {
    const [, evidence, entry] = /^(.*?)(?:\[(\d+)\])?$/.exec(one.name);
    const chain = others[evidence] ?? evidence.replace("AttestationReport", "CertChain");
    return {
      kind: "nvidia",
      evidence,
      entry: entry === undefined ? undefined : Number(entry),
      endorsements: entry === undefined ? [chain] : [],
      reportData: one.nonce_expected ?? undefined,
      at: NOW,
      expect: { verdict: verdict(one.verdict) },
    };
  });
}

function manifests() {
  const switched = ["switchAttestationReport.txt", "switchCertChain.txt"];
  const hopper = ["hopperAttestationReport.txt", "hopperCertChain.txt"];
  const ofSwitch = "rims/switchVBIOSRim_NV_SWITCH_BIOS_5612_0002_890_9610550001.xml";
  const ofHopper = "rims/1010_0200_882_96005E0001_PROD.swidtag";
  return [
    [switched, ofSwitch, 1790000000, "accept"],
    [hopper, ofHopper, 1717200000, "accept"],
    [hopper, ofHopper, 1790000000, "reject"],
    [hopper, ofSwitch, 1790000000, "reject"],
  ].map(([[evidence, chain], manifest, at, expected]) => ({
    kind: "nvidia",
    evidence,
    endorsements: [chain, manifest],
    at,
    expect: { verdict: expected },
  }));
}

function cca() {
  return [
    ["tf-rmm_cca_token.cbor", ["tf-rmm_cca_platform.pub"], "accept"],
    ["cca-token-01.cbor", ["cpak.json"], "accept"],
    ["cca-token-01.cbor", ["cpak.json", "rv.json"], "accept"],
    ["cca-token-draft-ffm-00.cbor", ["cpak.json", "rv.json"], "reject"],
    ["cca-token-02.cbor", ["ta-02-bad.json"], "reject"],
    ["bug-33-repro.cbor", ["cpak.json"], "reject"],
    ["realm-claims-missing-challenge.cbor", ["cpak.json"], "reject"],
  ].map(([evidence, endorsements, expected]) => ({
    kind: "cca",
    evidence,
    endorsements,
    at: NOW,
    expect: { verdict: expected },
  }));
}

function tpm() {
  return ["tpm_evidence.json", "gce-cos-85-nonce9009.pb", "keylime_test-quote.txt"].map((evidence) => ({
    kind: "tpm",
    evidence,
    at: NOW,
    expect: { verdict: "reject" },
  }));
}
