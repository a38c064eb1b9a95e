//! Intel's recorded evidence and mutations of it, judged by ours and by an independent verifier. The folder is named by
//! `ADYTON_EVIDENCE`; without it, these tests say so and pass.

#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

#[path = "../../../fuzz/tests/mutations/mutate.rs"]
mod mutate;
#[path = "../../tests/support/mod.rs"]
mod support;

use adyton_attestation::{Collateral, IntelPolicy, IntelRefusal, IntelRoot, IntelVerdict};
use adyton_attestation_oracle::{compare, judge, translated_file};
use dcap_qvl::verify::{QuoteVerifier, VerifiedReport};
use mutate::Random;
use serde_json::{Value, json};
use support::recorded::{self, Case};

/// How many mutations of its quote, and of its collateral, each case gets.
const MUTATIONS: usize = 60;

fn ours(quote: &[u8], file: &Value, now: u64) -> Result<IntelVerdict, IntelRefusal> {
    let collateral = Collateral::from_json(file.to_string().as_bytes())?;
    judge(quote, &collateral, &IntelRoot::intel(), IntelPolicy::strict(0), now)
}

fn theirs(quote: &[u8], file: &Value, now: u64) -> Result<VerifiedReport, String> {
    QuoteVerifier::new_prod().verify(quote, &translated_file(file), now).map_err(|error| format!("{error:#}"))
}

/// Each case with its collateral's file, chains and all.
fn cases() -> Vec<(Case, Value)> {
    let file = |case: &Case| {
        let path = recorded::folder().unwrap().join("collateral").join(case.text("collateral"));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    let cases = recorded::cases("").into_iter();
    cases.map(|case| (file(&case), case)).map(|(file, case)| (case, file)).collect()
}

/// What was judged, in how many cases ours accepts, and where the two disagree.
#[derive(Default)]
struct Tally {
    judged: usize,
    accepted: usize,
    disagreements: Vec<String>,
}

impl Tally {
    fn judge(&mut self, name: &str, quote: &[u8], file: &Value, now: u64) {
        self.judged += 1;
        match compare(name, ours(quote, file, now), theirs(quote, file, now)) {
            Ok(accepted) => self.accepted += usize::from(accepted),
            Err(disagreement) => self.disagreements.push(disagreement),
        }
    }

    fn finish(self) {
        println!("{} judged, {} accepted with any status", self.judged, self.accepted);
        let Self { judged, disagreements, .. } = self;
        assert!(disagreements.is_empty(), "{} of {judged}:\n{}", disagreements.len(), disagreements.join("\n"));
    }
}

#[test]
fn recorded_quotes_are_judged_alike_by_both() {
    let mut tally = Tally::default();
    for (case, file) in &cases() {
        tally.judge(&case.name, &case.quote, file, case.number("verify_at"));
    }
    tally.finish();
}

#[test]
fn mutations_of_recorded_quotes_are_judged_alike_by_both() {
    let cases = cases();
    let quotes: Vec<_> = cases.iter().map(|(case, _)| case.quote.clone()).collect();
    let (mut random, mut tally) = (Random::new(7), Tally::default());
    for (case, file) in &cases {
        for number in 0..MUTATIONS {
            // Half of them of this case's own quote, half with a piece of another's.
            let seeds = if number % 2 == 0 { std::slice::from_ref(&case.quote) } else { quotes.as_slice() };
            let quote = mutate::mutated(seeds, &mut random);
            tally.judge(&format!("{}, mutation {number}", case.name), &quote, file, case.number("verify_at"));
        }
    }
    tally.finish();
}

#[test]
fn mutations_of_recorded_collateral_are_judged_alike_by_both() {
    const FIELDS: [&str; 9] = [
        "root_ca_crl",
        "pck_crl",
        "tcb_info",
        "tcb_info_signature",
        "qe_identity",
        "qe_identity_signature",
        "pck_crl_issuer_chain",
        "tcb_info_issuer_chain",
        "qe_identity_issuer_chain",
    ];
    let (mut random, mut tally) = (Random::new(11), Tally::default());
    for (case, file) in &cases() {
        for number in 0..MUTATIONS {
            let field = FIELDS[number % FIELDS.len()];
            let mut file = file.clone();
            file[field] = mutated_field(file[field].as_str().unwrap(), &mut random);
            let name = format!("{}, {field}, mutation {number}", case.name);
            tally.judge(&name, &case.quote, &file, case.number("verify_at"));
        }
    }
    tally.finish();
}

/// The bytes behind hexadecimal digits, or the text, with a few changes. Of a chain only the first certificate is
/// changed: ours does not read the root behind it, which is pinned.
fn mutated_field(text: &str, random: &mut Random) -> Value {
    const END: &str = "-----END CERTIFICATE-----";
    if let Ok(bytes) = hex::decode(text) {
        return json!(hex::encode(mutate::mutated(&[bytes], random)));
    }
    let first = text.find(END).map_or(text.len(), |end| end + END.len());
    let (first, rest) = text.split_at(first);
    let mutated = mutate::mutated(&[first.into()], random);
    json!(String::from_utf8_lossy(&mutated) + rest)
}

/// A quote with another case's collateral: of another family, another time, the other environment.
#[test]
fn recorded_quotes_with_other_cases_collateral_are_judged_alike_by_both() {
    let (cases, mut tally) = (cases(), Tally::default());
    for (case, _) in &cases {
        for (other, file) in cases.iter().step_by(4) {
            let name = format!("{} under {}", case.name, other.name);
            tally.judge(&name, &case.quote, file, other.number("verify_at"));
        }
    }
    tally.finish();
}

/// Times around the ends of all documents.
#[test]
fn recorded_quotes_are_judged_alike_at_other_times() {
    let mut tally = Tally::default();
    for (case, file) in &cases() {
        let Some((first, last)) = case.fields["valid_from"].as_u64().zip(case.fields["valid_until"].as_u64()) else {
            continue;
        };
        for now in [first - 1, first, first.midpoint(last), last + 1, last + 400 * 24 * 60 * 60] {
            tally.judge(&format!("{} at {now}", case.name), &case.quote, file, now);
        }
    }
    tally.finish();
}
