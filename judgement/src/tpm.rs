//! TPM quotes that stand alone, in the files that tools write.

use adyton_attestation::{
    Check, Evidence, EvidenceKind, Outcome,
    eventlog::{EventLog, EventLogRefusal},
    tpm::{HashAlgorithm, PcrSet, PcrValue, TpmCheck, TpmEndorsements, TpmEvidence, files::TpmFile},
    verify_with,
};

use crate::{error::Result, input::Input, judgement::Judgement};

/// Judges the strongest quote of a file.
pub fn judge(input: &mut Input) -> Result<Judgement> {
    let file = TpmFile::read(&input.evidence.bytes).or_else(|error| {
        let decoded = input.evidence.binary();
        if decoded == input.evidence.bytes { Err(error) } else { TpmFile::read(&decoded) }
    });
    let mut file = match file {
        Ok(file) => file,
        Err(error) => return Ok(Judgement::malformed(TpmCheck::QuoteFormat.name(), error.to_string())),
    };
    let Some(mut quote) = file.strongest().cloned() else {
        return Ok(Judgement::malformed(TpmCheck::QuoteFormat.name(), "the file has no quote"));
    };
    quote.key.certificates.extend(input.endorsements.certificates());
    let chain: Vec<&[u8]> = quote.key.certificates.iter().map(Vec::as_slice).collect();
    let endorsements = TpmEndorsements { revocation_lists: input.endorsements.lists_of_issuers_in(&chain) };
    let evidence = Evidence::Tpm { quote: &quote, endorsements: &endorsements };
    let result = verify_with(&input.signatures, &evidence, &input.policy, input.now);
    let mut judgement = Judgement::of(EvidenceKind::Tpm, result, input.expected.as_deref(), input.now);
    let given = input.endorsements.bytes(|bytes| Some(bytes.to_vec()));
    for log in file.event_log.take().into_iter().chain(given) {
        let check = require_log(&log, &quote, judgement.accepted);
        judgement.also(check);
    }
    Ok(judgement)
}

/// Requires that the firmware's log leads to those of the firmware's registers that are quoted.
fn require_log(log: &[u8], quote: &TpmEvidence, is_accepted: bool) -> Check {
    let line = |outcome, reason| Check { name: "event-log", outcome, reason };
    if !is_accepted {
        return line(Outcome::Unchecked, "an earlier check failed".into());
    }
    let Some(bank) = quote.pcrs.first().and_then(|pcr| HashAlgorithm::from_id(pcr.bank)) else {
        return line(Outcome::Unchecked, "the registers' values are not known, only their digest".into());
    };
    let quoted = quote.pcrs.iter().filter(|pcr| PcrSet::FIRMWARE.contains(pcr.index));
    let quoted = quoted.filter_map(|pcr| PcrSet::one(pcr.index)).fold(PcrSet::NONE, PcrSet::and);
    let log = match EventLog::of_pcrs(log) {
        Ok(log) => log,
        Err(refusal) => return line(Outcome::Failed, refusal.to_string()),
    };
    match log.require_pcrs(bank, quoted, &quote.pcrs) {
        Ok(()) => line(Outcome::Passed, "its events lead to the firmware's registers".into()),
        Err(refusal) => line(Outcome::Failed, difference(&log, bank, &quote.pcrs, refusal)),
    }
}

/// Why a log is not that of a quote with these registers, with both values of the one that differs.
fn difference(log: &EventLog<'_>, bank: HashAlgorithm, quoted: &[PcrValue], refusal: EventLogRefusal) -> String {
    let EventLogRefusal::Replay(register) = refusal else { return refusal.to_string() };
    let replayed = log.replay_pcr(bank, register).map(hex::encode).unwrap_or_default();
    let value = quoted.iter().find(|pcr| pcr.bank == bank.id() && pcr.index == register);
    let quoted = value.map(|pcr| hex::encode(&pcr.value)).unwrap_or_default();
    format!("{refusal}: it gives {replayed}, and the quote has {quoted}")
}
