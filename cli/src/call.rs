//! `adyton call`: a private call, or one in the open where that is asked for, whose answer is shown when its receipt
//! holds; with `--stream` as it comes, and called provisional until then.

use std::{
    fs,
    io::{self, IsTerminal, Read, Write},
    path::PathBuf,
};

use adyton_client::{Provisional, Request, VerifiedAnswer, chain::extrinsic::Signer, protocol::call::Fields};
use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Args;
use serde_json::{Value, json};

use crate::{
    connection::Connection,
    output::{Output, misuse},
    whole_file::{check_place, write_whole},
    worker::demand,
};

/// The most bytes of content that are read.
const MAX_DATA: u64 = 17 * 1024 * 1024;

/// What to call.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton call counter GET /count\n  adyton call counter POST /increment --from //Alice --receipt receipt.json\n  adyton call 0x4f..aa POST /notes --data @note.json --header 'content-type: application/json'\n  adyton call story POST /tell --data 'a cat' --stream\n  adyton call scores GET /best --public --receipt receipt.json"
)]
pub struct CallArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// The method, such as GET or POST.
    method: String,
    /// The path, with its query.
    path: String,
    /// The content: a text, @FILE, or - for standard input.
    #[arg(long, value_name = "DATA", allow_hyphen_values = true)]
    data: Option<String>,
    /// A header field, `name: value`; any number of them.
    #[arg(long, value_name = "FIELD")]
    header: Vec<String>,
    /// Sign the call as this account, so that the contract knows who calls.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
    /// Save the receipt with its proofs, for `adyton verify`.
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// Leave request and response out of the saved receipt: only their digests go in.
    #[arg(long, requires = "receipt")]
    digests_only: bool,
    /// Show the answer as it comes. It is provisional until the receipt is checked, at its end: if that fails, or the
    /// call breaks off, what was shown is void and the exit code is 1. With --json, one line for each part.
    #[arg(long)]
    stream: bool,
    /// Call in the open: the gateway and whoever is on the way can read request and answer, and of a contract whose
    /// answers can be disputed everybody. Only contracts with `public_calls` answer; the receipt is checked as ever.
    #[arg(long, conflicts_with_all = ["from", "stream"])]
    public: bool,
    /// Before anything is sent, judge the evidence of the contract's worker here, as `adyton worker verify` does.
    #[arg(long)]
    verify_evidence: bool,
    /// The policy for that, if not the built-in one that `adyton attest policy` prints.
    #[arg(long, value_name = "FILE", requires = "verify_evidence")]
    evidence_policy: Option<PathBuf>,
}

/// Makes the call.
pub async fn run(args: &CallArgs, connection: &Connection<'_>) -> Result<()> {
    let request = request(args)?;
    let demand = args.verify_evidence.then(|| demand(args.evidence_policy.as_deref())).transpose()?;
    let client = connection.client()?;
    let client = match demand {
        Some(demand) => client.demanding(demand),
        None => client,
    };
    let network = client.network().clone();
    let contract = connection.contract(&network, &args.contract)?;
    let caller = args.from.as_deref().map(|name| connection.account(&network, Some(name))).transpose()?;
    // Before the call, which cannot be taken back, so that its receipt has a place.
    if let Some(path) = &args.receipt {
        check_place(path).map_err(|error| misuse(format!("{error:#}")))?;
    }
    let signer = caller.as_ref().map(|account| account as &dyn Signer);
    let mut parts = args.stream.then(|| Parts::new(connection.output));
    let answer = match &mut parts {
        Some(parts) => client.call_streamed(&contract, &request, signer, &mut |part| parts.show(part)).await?,
        None if args.public => client.call_public(&contract, &request).await?,
        None => client.call(&contract, &request, signer).await?,
    };
    // Before the answer is shown, which may fail: there is no second one.
    let saved = args.receipt.as_deref().map(|path| {
        let bundle = answer.bundle(&network, !args.digests_only)?;
        write_whole(path, bundle.to_json().as_bytes()).map(|()| path)
    });
    let shown = match parts {
        Some(parts) => parts.end(&answer),
        None => show(&answer, connection.output),
    };
    if let Some(path) = saved.transpose()? {
        connection.output.progress(format!(
            "The receipt with its proofs is in {0}; check it with: adyton verify {0}\nSo that it outlives its worker, add its anchor, soon: adyton receipt anchor {0}",
            path.display()
        ));
    }
    shown
}

fn show(answer: &VerifiedAnswer, output: Output) -> Result<()> {
    say_verified(answer, output);
    if output.is_json() {
        return output.result(&as_json(answer), String::new);
    }
    let content = &answer.response().content;
    checked(write(&[content, line_end(content)]))
}

fn say_verified(answer: &VerifiedAnswer, output: Output) {
    output.progress(format!(
        "HTTP {}; verified as of block {}: {} checks passed{}",
        answer.response().status,
        answer.contract().block().number,
        answer.checks().len(),
        if answer.contract().is_development() { " (on a development root)" } else { "" },
    ));
}

/// What ends the last line of `content` on a terminal.
fn line_end(content: &[u8]) -> &'static [u8] {
    let open = !content.ends_with(b"\n") && !content.is_empty();
    if open && io::stdout().is_terminal() { b"\n" } else { b"" }
}

/// Writes to standard output, now.
fn write(pieces: &[&[u8]]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    pieces.iter().try_for_each(|piece| out.write_all(piece))?;
    out.flush()
}

/// How writing went. A reader who wanted no more is no fault; the receipt is saved all the same.
fn checked(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// An answer that is shown as it comes.
struct Parts {
    output: Output,
    /// How writing went. After a failure nothing more is written, and the call goes on for its receipt.
    written: io::Result<()>,
}

impl Parts {
    fn new(output: Output) -> Self {
        Self { output, written: Ok(()) }
    }

    fn show(&mut self, part: Provisional) {
        if let Provisional::Head { status, .. } = &part {
            self.output.progress(format!("HTTP {status}; what follows is provisional until its receipt is checked"));
        }
        if self.written.is_err() {
            return;
        }
        self.written = match &part {
            part if self.output.is_json() => write(&[event(part).to_string().as_bytes(), b"\n"]),
            Provisional::Head { .. } => Ok(()),
            Provisional::Content(bytes) => write(&[bytes]),
        };
    }

    /// All of the verified answer was shown; this says that it is verified.
    fn end(self, answer: &VerifiedAnswer) -> Result<()> {
        let Self { output, written } = self;
        let written = written.and_then(|()| match output.is_json() {
            true => write(&[json!({ "answer": as_json(answer) }).to_string().as_bytes(), b"\n"]),
            false => write(&[line_end(&answer.response().content)]),
        });
        say_verified(answer, output);
        checked(written)
    }
}

/// A part as a line of JSON has it.
fn event(part: &Provisional) -> Value {
    let provisional = match part {
        Provisional::Head { status, fields } => json!({ "status": status, "headers": headers(fields) }),
        Provisional::Content(bytes) => {
            let (text, base64) = content_json(bytes);
            json!({ "content": text, "content_base64": base64 })
        }
    };
    json!({ "provisional": provisional })
}

fn headers(fields: &Fields) -> Vec<Value> {
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    fields.iter().map(|(name, value)| json!([text(name), text(value)])).collect()
}

/// As text, or as base64 where it is none: a part may end within a character.
fn content_json(bytes: &[u8]) -> (Option<&str>, Option<String>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Some(text), None),
        Err(_) => (None, Some(STANDARD.encode(bytes))),
    }
}

fn as_json(answer: &VerifiedAnswer) -> Value {
    let response = answer.response();
    let (text, base64) = content_json(&response.content);
    json!({
        "status": response.status,
        "headers": headers(&response.fields),
        "content": text,
        "content_base64": base64,
        "request_id": answer.request_id(),
        "verified": {
            "block": answer.contract().block(),
            "development": answer.contract().is_development(),
            "worker": answer.contract().lease().holder,
            "lease": answer.fields().lease,
            "incarnation": answer.fields().incarnation,
            "state": answer.fields().after,
            "fuel": answer.fields().fuel,
            "checks": answer.checks(),
        },
        "receipt": format!("0x{}", hex::encode(answer.receipt().to_bytes())),
    })
}

fn request(args: &CallArgs) -> Result<Request> {
    let misused = |error: adyton_client::Error| misuse(error.to_string());
    let mut request = Request::new(&args.method.to_ascii_uppercase(), &args.path).map_err(misused)?;
    for field in &args.header {
        let (name, value) = field
            .split_once(':')
            .ok_or_else(|| misuse(format!("'{field}' is no header field: write 'name: value'")))?;
        request = request.field(name.trim(), value.trim()).map_err(misused)?;
    }
    match &args.data {
        None => Ok(request),
        Some(data) => Ok(request.content(content(data)?)),
    }
}

fn content(data: &str) -> Result<Vec<u8>> {
    let read = |name: &str, from: &mut dyn Read| {
        let mut bytes = Vec::new();
        from.take(MAX_DATA + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| misuse(format!("cannot read {name}: {error}")))?;
        if bytes.len() as u64 > MAX_DATA {
            return Err(misuse(format!("{name} has more than {MAX_DATA} bytes")));
        }
        Ok(bytes)
    };
    match data.strip_prefix('@') {
        Some(path) => {
            let mut file = fs::File::open(path).map_err(|error| misuse(format!("cannot read {path}: {error}")))?;
            read(path, &mut file)
        }
        None if data == "-" => read("standard input", &mut io::stdin().lock()),
        None => Ok(data.as_bytes().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(data: Option<&str>, header: &[&str]) -> CallArgs {
        CallArgs {
            contract: "c".into(),
            method: "post".into(),
            path: "/x".into(),
            data: data.map(Into::into),
            header: header.iter().map(|field| (*field).into()).collect(),
            from: None,
            receipt: None,
            digests_only: false,
            stream: false,
            public: false,
            verify_evidence: false,
            evidence_policy: None,
        }
    }

    #[test]
    fn method_fields_and_content_are_read() {
        let request = request(&args(Some("text"), &["X-One: a:b ", "x-two:"])).unwrap();
        assert_eq!((request.method(), request.body()), ("POST", &b"text"[..]));
        let fields: Vec<_> =
            request.fields().iter().map(|(n, v)| (String::from_utf8_lossy(n), String::from_utf8_lossy(v))).collect();
        assert_eq!(fields, [("x-one".into(), "a:b".into()), ("x-two".into(), "".into())]);
    }

    #[test]
    fn a_field_without_a_colon_is_bad_use() {
        assert!(request(&args(None, &["nonsense"])).unwrap_err().is::<crate::output::Misuse>());
    }

    #[test]
    fn a_part_is_marked_as_provisional_and_is_text_where_it_can_be() {
        let fields = vec![(b"x-a".to_vec(), b"1".to_vec())];
        let head = event(&Provisional::Head { status: 200, fields });
        assert_eq!(head, json!({ "provisional": { "status": 200, "headers": [["x-a", "1"]] } }));
        let text = event(&Provisional::Content(b"one".to_vec()));
        assert_eq!(text, json!({ "provisional": { "content": "one", "content_base64": null } }));
        // The first byte of two.
        let half = event(&Provisional::Content(vec![0xc3]));
        assert_eq!(half, json!({ "provisional": { "content": null, "content_base64": "ww==" } }));
    }

    #[test]
    fn content_comes_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        fs::write(&path, b"\xff\x00").unwrap();
        let data = format!("@{}", path.display());
        assert_eq!(request(&args(Some(&data), &[])).unwrap().body(), b"\xff\x00");
        assert!(request(&args(Some("@/nowhere/at/all"), &[])).unwrap_err().is::<crate::output::Misuse>());
    }
}
