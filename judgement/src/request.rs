//! A judgement asked for in one message, and the answer: for callers that are no Rust, such as a page in a browser.
//!
//! A request is the length of its head in four bytes (little-endian), the head (JSON, [`Head`]), then the bytes of the
//! files that the head names, in the order of its fields. The answer is JSON: `{"judgement": ..}` as
//! `adyton attest verify --json` prints it, or `{"misuse": "..", "lacks": ".."}`.

use std::path::Path;

use adyton_attestation::Policy;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    endorsement::{Endorsements, MOST_FILES},
    error::{Lacking, Misuse, Result, misuse},
    file::File,
    input::{Input, judge, statement},
    kind::Kind,
    policy,
    signatures::remembering,
};

/// The most bytes of a request.
pub const MAX_REQUEST: usize = 64 * 1024 * 1024;
/// The most bytes of its head: a name and a length of each file, with room.
const MAX_HEAD: usize = 64 * 1024;

/// What is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Head {
    kind: String,
    evidence: Named,
    collateral: Option<Named>,
    #[serde(default)]
    endorsements: Vec<Named>,
    policy: Option<Named>,
    #[serde(default)]
    policy_files: Vec<Named>,
    entry: Option<usize>,
    report_data: Option<String>,
    at: u64,
}

/// A file: what to call it, and how many bytes it has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    length: usize,
}

/// Answers a request.
pub fn answer(request: &[u8]) -> Vec<u8> {
    let answer = match answered(request) {
        Ok(judgement) => json!({ "judgement": judgement }),
        Err(misuse) => {
            let lacks = match &misuse {
                Misuse::Lacks { what: Lacking::Collateral, .. } => Some("collateral"),
                Misuse::Lacks { what: Lacking::Certificate, .. } => Some("certificate"),
                Misuse::Other(_) => None,
            };
            json!({ "misuse": misuse.to_string(), "lacks": lacks })
        }
    };
    answer.to_string().into_bytes()
}

fn answered(request: &[u8]) -> Result<Value> {
    if request.len() > MAX_REQUEST {
        return Err(misuse(format!("a request has at most {MAX_REQUEST} bytes")));
    }
    let (head, mut rest) = split(request)?;
    let kind = Kind::named(&head.kind).ok_or_else(|| misuse("there is no kind of evidence of this name"))?;
    if head.endorsements.len() > MOST_FILES || head.policy_files.len() > MOST_FILES {
        return Err(misuse(format!("at most {MOST_FILES} files of endorsements, or of a policy's roots, are read")));
    }
    let mut take = |named: Named| -> Result<File> {
        let split = rest.split_at_checked(named.length);
        let (bytes, after) = split.ok_or_else(|| misuse("the request ends before its files do"))?;
        rest = after;
        Ok(File { path: named.name.into(), bytes: bytes.to_vec() })
    };
    let evidence = take(head.evidence)?;
    let collateral = head.collateral.map(&mut take).transpose()?.map(File::bounded).transpose()?;
    let endorsements = Endorsements::of(head.endorsements.into_iter().map(&mut take))?;
    let policy = head.policy.map(&mut take).transpose()?;
    let policy_files = head.policy_files.into_iter().map(&mut take).collect::<Result<Vec<File>>>()?;
    if !rest.is_empty() {
        return Err(misuse("the request goes on behind its files"));
    }
    let mut input = Input {
        kind,
        evidence,
        entry: head.entry,
        collateral,
        endorsements,
        is_built_in: policy.is_none(),
        policy: policy.map_or_else(|| Ok(Policy::command()), |file| read_policy(file, &policy_files))?,
        expected: head.report_data.map(|text| statement(kind, &text)).transpose()?,
        now: head.at,
        signatures: remembering(),
    };
    Ok(judge(&mut input)?.as_json())
}

/// The head, and what is behind it.
fn split(request: &[u8]) -> Result<(Head, &[u8])> {
    let cut = || misuse("the request is cut short");
    let (length, rest) = request.split_first_chunk::<4>().ok_or_else(cut)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= MAX_HEAD);
    let length = length.ok_or_else(|| misuse(format!("the head of a request has at most {MAX_HEAD} bytes")))?;
    let (head, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
    let head = serde_json::from_slice(head).map_err(|error| misuse(format!("the head of the request: {error}")))?;
    Ok((head, rest))
}

/// The policy in `file`; the files that it names are among `files`.
fn read_policy(file: File, files: &[File]) -> Result<Policy> {
    let read = |path: &Path| -> Result<File> {
        let found = files.iter().find(|file| file.path == path);
        found.cloned().ok_or_else(|| misuse(format!("{} is not among the policy's files", path.display())))?.bounded()
    };
    let file = file.bounded()?;
    policy::parse(&file.bytes, &read).map_err(|fault| misuse(format!("{}: {fault}", file.name())))
}

#[cfg(test)]
mod tests {
    use adyton_development_root::{DevelopmentRoot, Role};

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn request(head: &Value, files: &[&[u8]]) -> Vec<u8> {
        let head = head.to_string();
        let length = u32::try_from(head.len()).unwrap().to_le_bytes();
        [&length, head.as_bytes(), &files.concat()].concat()
    }

    fn answer_to(head: &Value, files: &[&[u8]]) -> Value {
        serde_json::from_slice(&answer(&request(head, files))).unwrap()
    }

    fn misuse_of(answer: &Value) -> &str {
        assert!(answer["judgement"].is_null(), "{answer}");
        answer["misuse"].as_str().unwrap()
    }

    /// A quote with its collateral, and a policy that trusts its root.
    fn good() -> (Value, [Vec<u8>; 4]) {
        let root = DevelopmentRoot::insecure_from_seed([3; 32]);
        let files = [
            root.device(Role::new("worker").unwrap()).quote([7; 64]),
            root.collateral(NOW).to_json(&root.root_certificate()).unwrap().into(),
            policy::BUILT_IN.replace("danger_intel = []", "danger_intel = [\"root.der\"]").into_bytes(),
            root.root_certificate(),
        ];
        let named = |name: &str, file: &[u8]| json!({ "name": name, "length": file.len() });
        let head = json!({
            "kind": "tdx",
            "evidence": named("quote.bin", &files[0]),
            "collateral": named("collateral.json", &files[1]),
            "policy": named("policy.toml", &files[2]),
            "policyFiles": [named("root.der", &files[3])],
            "reportData": "07".repeat(64),
            "at": NOW,
        });
        (head, files)
    }

    fn answer_with(change: impl FnOnce(&mut Value, &mut [Vec<u8>; 4])) -> Value {
        let (mut head, mut files) = good();
        change(&mut head, &mut files);
        answer_to(&head, &files.each_ref().map(Vec::as_slice))
    }

    #[test]
    fn evidence_is_accepted_with_everything_that_belongs_to_it() {
        let judgement = &answer_with(|_, _| {})["judgement"];
        assert_eq!((&judgement["verdict"], &judgement["tcb_status"]), (&json!("accept"), &json!("UpToDate")));
        assert_eq!(judgement["report_data"], "07".repeat(64));
    }

    #[test]
    fn evidence_that_is_about_something_else_is_rejected() {
        let answer = answer_with(|head, _| head["reportData"] = "08".repeat(64).into());
        assert_eq!(answer["judgement"]["verdict"], "reject");
    }

    #[test]
    fn what_is_lacking_is_named() {
        let answer = answer_with(|head, files| {
            head["collateral"] = Value::Null;
            files[1].clear();
        });
        assert!(misuse_of(&answer).contains("collateral"), "{answer}");
        assert_eq!(answer["lacks"], "collateral");
    }

    #[test]
    fn a_root_that_is_not_among_the_policys_files_is_bad_use() {
        let answer = answer_with(|head, _| head["policyFiles"][0]["name"] = "other.der".into());
        assert_eq!(misuse_of(&answer), "policy.toml: root.der is not among the policy's files");
    }

    #[test]
    fn an_unknown_kind_is_bad_use() {
        assert!(misuse_of(&answer_with(|head, _| head["kind"] = "sev".into())).contains("no kind"));
    }

    #[test]
    fn an_unknown_field_of_the_head_is_bad_use() {
        assert!(misuse_of(&answer_with(|head, _| head["debug"] = true.into())).contains("unknown field"));
    }

    #[test]
    fn a_length_beyond_the_end_is_bad_use() {
        let answer = answer_with(|head, _| head["policyFiles"][0]["length"] = u32::MAX.into());
        assert_eq!(misuse_of(&answer), "the request ends before its files do");
    }

    #[test]
    fn bytes_behind_the_files_are_bad_use() {
        let answer = answer_with(|_, files| files[3].push(0));
        assert_eq!(misuse_of(&answer), "the request goes on behind its files");
    }

    #[test]
    fn more_files_than_are_read_are_bad_use() {
        let many: Vec<Value> = (0..=MOST_FILES).map(|_| json!({ "name": "a", "length": 0 })).collect();
        for field in ["endorsements", "policyFiles"] {
            let answer = answer_with(|head, _| head[field] = many.clone().into());
            assert!(misuse_of(&answer).starts_with("at most 64 files"), "{answer}");
        }
    }

    #[test]
    fn a_head_that_is_cut_short_or_too_long_is_bad_use() {
        for request in [&b""[..], &[1, 0, 0], &[1, 0, 0, 0], &[2, 0, 0, 0, b'{']] {
            let answer: Value = serde_json::from_slice(&answer(request)).unwrap();
            assert_eq!(misuse_of(&answer), "the request is cut short");
        }
        let answer: Value = serde_json::from_slice(&answer(&[0xff; 100])).unwrap();
        assert!(misuse_of(&answer).contains("at most 65536 bytes"), "{answer}");
    }

    #[test]
    fn a_request_that_is_too_long_is_bad_use() {
        let answer: Value = serde_json::from_slice(&answer(&vec![0; MAX_REQUEST + 1])).unwrap();
        assert!(misuse_of(&answer).starts_with("a request has at most"), "{answer}");
    }
}
