//! `adyton attest show`: what is in a file, without judging it. Nothing here makes a verdict: whatever it prints may
//! be forged.

mod cbor;
mod documents;
mod reports;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Args;
use serde_json::{Map, Value, json};

use super::{
    der::printable,
    endorsement::Part,
    file::{self, File},
    kind::Kind,
    snp,
};
use crate::output::{Output, misuse};

/// What to print.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton attest show quote.bin\n  adyton attest show gpus.json --kind nvidia --json\n\nAlso certificates, revocation lists, Intel's collateral, NVIDIA's manifests, event logs, and\nkeys and reference values of Arm's platforms. Without --kind the file is recognized by its content. NOTHING here is\nchecked: `adyton attest verify` judges."
)]
pub struct ShowArgs {
    /// The file.
    #[arg(value_name = "FILE", required_unless_present = "evidence")]
    file: Option<PathBuf>,
    /// The file, as the other commands name it.
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    evidence: Option<PathBuf>,
    /// What made it, if its content does not tell.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Evidence(Kind),
    Collateral,
    EventLog,
    Parts,
    /// Keys of Arm platforms, or reference values.
    Arm,
}

/// Prints.
pub fn run(args: &ShowArgs, output: Output) -> Result<ExitCode> {
    let path = args.file.as_ref().or(args.evidence.as_ref()).expect("clap wants one of them");
    let file = file::read(path)?;
    let form = match args.kind {
        Some(kind) => Form::Evidence(kind),
        None => recognize(&file).ok_or_else(|| {
            misuse(format!("{} is of no form that is known; say with --kind what made it", file.name()))
        })?,
    };
    let unreadable = |why: String| misuse(format!("{} cannot be read as {}: {why}", file.name(), form.name()));
    let contents = contents(&file, form).map_err(unreadable)?;
    let shown = json!({ "form": form.name(), "checked": false, "contents": contents });
    output.result(&shown, || format!("{} (NOT checked)\n{}", form.name(), lines(&contents)))?;
    Ok(ExitCode::SUCCESS)
}

impl Form {
    const fn name(self) -> &'static str {
        match self {
            Self::Evidence(kind) => kind.name(),
            Self::Collateral => "intel collateral",
            Self::EventLog => "event log",
            Self::Parts => "endorsements",
            Self::Arm => "arm endorsements",
        }
    }
}

/// What a file is by its content, as far as that tells.
fn recognize(file: &File) -> Option<Form> {
    let text = String::from_utf8_lossy(&file.bytes);
    let has = |name: &str| text.contains(name);
    if file.starts_with(b"{[") || has("_base64: ") {
        return Some(match () {
            () if has("\"tcb_info_signature\"") => Form::Collateral,
            () if has("hcl_report") || has("\"report\"") && has("pcrs") => Form::Evidence(azure_kind(&text)),
            () if has("\"ak_public\"") => Form::Evidence(Kind::Tpm),
            () if has("\"certificate\"") && has("\"nonce\"") => Form::Evidence(Kind::Nvidia),
            () if has("\"outblob\"") && has("sev_guest") => Form::Evidence(Kind::Snp),
            () if has("\"attestation_report\"") && has("\"report_id_ma\"") => Form::Evidence(Kind::Snp),
            () if has("\"quote\"") => Form::Evidence(Kind::Tdx),
            () if has("event_type") => Form::EventLog,
            () => return documents::arm(&file.bytes).map(|_| Form::Arm),
        });
    }
    if has("tcb_info_signature: ") {
        return Some(Form::Collateral);
    }
    if file.starts_with(b"-<") {
        return Some(Form::Parts);
    }
    // An extended report begins like a quote of SGX, but for its certificates; a quote may have a header.
    binary(&snp::report(file)).or_else(|| binary(&super::intel::quote(file).quote))
}

fn azure_kind(text: &str) -> Kind {
    if text.contains("td_quote") || text.contains("tdx_quote") { Kind::AzureTdx } else { Kind::AzureSnp }
}

fn binary(bytes: &[u8]) -> Option<Form> {
    Some(match bytes {
        [2..=5, 0, 0, 0, ..] if bytes.len() == reports::SNP_REPORT_BYTES => Form::Evidence(Kind::Snp),
        [3, 0, _, 0, 0, 0, 0, 0, ..] => Form::Evidence(Kind::Sgx),
        [4 | 5, 0, _, 0, 0x81, 0, 0, 0, ..] => Form::Evidence(Kind::Tdx),
        [0x84, 0x44, ..] | [0xd2, 0x84, 0x44, ..] => Form::Evidence(Kind::Nitro),
        [0xd9, ..] => Form::Evidence(Kind::Cca),
        [0x11, 0xe0, ..] => Form::Evidence(Kind::Nvidia),
        [0xff, b'T', b'C', b'G', ..] => Form::Evidence(Kind::Tpm),
        // The first event of a log: register 1, no action.
        [_, 0, 0, 0, 3, 0, 0, 0, ..] => Form::EventLog,
        [0x30, ..] => Form::Parts,
        [b'r', ..] | [0x0a, ..] => Form::Evidence(Kind::Tpm),
        _ => return None,
    })
}

fn contents(file: &File, form: Form) -> Result<Value, String> {
    match form {
        Form::Evidence(Kind::Sgx | Kind::Tdx) => documents::quote(&super::intel::quote(file).quote),
        Form::Evidence(Kind::Snp) => reports::snp(&snp::report(file)),
        Form::Evidence(Kind::AzureSnp | Kind::AzureTdx) => documents::azure(&file.bytes),
        Form::Evidence(Kind::Nitro) => cbor::nitro(&file.binary()),
        Form::Evidence(Kind::Cca) => cbor::cca(&file.binary()),
        Form::Evidence(Kind::Nvidia) => documents::nvidia(file),
        Form::Evidence(Kind::Tpm) => documents::tpm(file),
        Form::Collateral => documents::collateral(file),
        Form::EventLog => documents::event_log(file),
        Form::Arm => documents::arm(&file.bytes).ok_or_else(|| "it has neither keys nor reference values".into()),
        Form::Parts => {
            let parts = Part::of(file).map_err(|error| error.to_string())?;
            Ok(Value::Array(parts.iter().map(documents::part).collect()))
        }
    }
}

/// A value as lines for people: one for each field, indented by depth.
fn lines(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                write_named(name, value, depth, out);
            }
        }
        Value::Array(values) => {
            for (place, value) in values.iter().enumerate() {
                write_named(&format!("[{place}]"), value, depth, out);
            }
        }
        other => *out += &format!("{indent}{}\n", scalar(other)),
    }
}

fn write_named(name: &str, value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Null => (),
        Value::Object(fields) if !fields.is_empty() => {
            *out += &format!("{indent}{name}\n");
            write(value, depth + 1, out);
        }
        Value::Array(values) if values.iter().any(|value| value.is_object() || value.is_array()) => {
            *out += &format!("{indent}{name}\n");
            write(value, depth + 1, out);
        }
        Value::Array(values) if values.iter().any(Value::is_string) && values.len() > 3 => {
            *out += &format!("{indent}{name}\n");
            write(value, depth + 1, out);
        }
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(scalar).collect();
            *out += &format!("{indent}{name}: {}\n", values.join(", "));
        }
        other => *out += &format!("{indent}{name}: {}\n", scalar(other)),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Text of a file in a value, without what would move a cursor.
fn text(bytes: &[u8]) -> Value {
    Value::String(printable(&String::from_utf8_lossy(bytes)))
}

/// An object of these fields.
fn object(fields: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Object(fields.into_iter().collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_development_root::{DevelopmentRoot, Role};

    fn file(bytes: &[u8]) -> File {
        File { path: "test".into(), bytes: bytes.into() }
    }

    fn shown(bytes: &[u8]) -> (Form, Value) {
        let file = file(bytes);
        let form = recognize(&file).unwrap();
        (form, contents(&file, form).unwrap())
    }

    #[test]
    fn a_quote_is_recognized_and_shown_in_every_form() {
        let root = DevelopmentRoot::insecure_from_seed([1; 32]);
        let quote = root.device(Role::new("worker").unwrap()).quote([7; 64]);
        for bytes in [quote.clone(), hex::encode(&quote).into_bytes()] {
            let (form, contents) = shown(&bytes);
            assert_eq!(form, Form::Evidence(Kind::Tdx));
            assert_eq!(contents["report_data"], "07".repeat(64));
            // Signed, but by nobody whom Intel knows.
            assert!(contents["signatures"].as_str().unwrap().contains("the pinned one is wanted"), "{contents}");
            assert!(lines(&contents).contains("mr_td: "));
        }
    }

    #[test]
    fn a_table_behind_a_report_and_a_header_before_a_quote_do_not_hide_what_it_is() {
        let report = [&[3, 0, 0, 0][..], &[0; reports::SNP_REPORT_BYTES - 4]].concat();
        let vcek = hex::decode("63da758de6644564adc5f4b93be8accd").unwrap();
        let table = [&vcek[..], &48_u32.to_le_bytes(), &2_u32.to_le_bytes(), &[0; 24], &[0x30, 0]].concat();
        assert_eq!(recognize(&file(&[report, table].concat())), Some(Form::Evidence(Kind::Snp)));
        let (header, quote) = ([1, 0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0], [3, 0, 2, 0, 0, 0, 0, 0]);
        assert_eq!(recognize(&file(&[&header[..], &quote].concat())), Some(Form::Evidence(Kind::Sgx)));
    }

    #[test]
    fn collateral_and_certificates_are_recognized_and_shown() {
        let root = DevelopmentRoot::insecure_from_seed([1; 32]);
        let collateral = root.collateral(1_800_000_000).to_json(&root.root_certificate()).unwrap();
        let (form, contents) = shown(collateral.as_bytes());
        assert_eq!((form, &contents["evaluation_number"]), (Form::Collateral, &json!(20)));
        let (form, contents) = shown(&root.root_certificate());
        assert_eq!((form, &contents[0]["subject"]), (Form::Parts, &json!("Intel SGX Root CA")));
    }

    #[test]
    fn keys_and_reference_values_of_arm_platforms_are_recognized_and_shown() {
        let number = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
        let key = json!({ "kty": "EC", "crv": "P-256", "x": number, "y": number });
        let bound = json!([{ "pkey": key, "instance-id": "01".repeat(33), "implementation-id": "02".repeat(32) }]);
        for (json, instance) in [(&key, Value::Null), (&bound, json!("01".repeat(33)))] {
            let (form, contents) = shown(json.to_string().as_bytes());
            assert_eq!((form, &contents["keys"][0]["instance_id"]), (Form::Arm, &instance));
            assert_eq!(contents["keys"][0]["published"], false);
            assert_eq!(contents["keys"][0]["id"].as_str().map(str::len), Some(64));
        }
        let realm = json!({ "realm": [{ "initial-measurement": "07".repeat(32) }] });
        let (form, contents) = shown(realm.to_string().as_bytes());
        assert_eq!((form, &contents["realm"][0]["initial-measurement"]), (Form::Arm, &json!("07".repeat(32))));
    }

    #[test]
    fn what_is_no_evidence_is_not_guessed() {
        for bytes in [&b""[..], b"words that are none", b"{\"a\": 1}", b"{}", b"[]", &[9, 9, 9]] {
            assert_eq!(recognize(&file(bytes)), None);
        }
    }

    #[test]
    fn no_kind_reads_anything_into_any_bytes() {
        let bytes: Vec<u8> = (0..2000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for kind in Kind::ALL {
            for bytes in [&bytes[..], &[], &[0x30], &[0xd9, 1], &[0x84, 0x44], &[0x11, 0xe0], b"{}", b"[]", b"-----"] {
                let _ = contents(&file(bytes), Form::Evidence(kind));
            }
        }
    }

    #[test]
    fn lines_have_names_and_depth() {
        let value = json!({ "a": { "b": [1, 2], "c": [{ "d": "x" }], "none": null }, "e": ["1", "2", "3", "4"] });
        assert_eq!(
            lines(&value),
            "a\n  b: 1, 2\n  c\n    [0]\n      d: x\ne\n  [0]: 1\n  [1]: 2\n  [2]: 3\n  [3]: 4\n"
        );
    }
}
