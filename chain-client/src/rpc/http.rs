//! JSON-RPC 2.0 over HTTP, one request per question, with bounds on time and size.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use adyton_protocol::ids::{AccountId, BlockHash, BlockNumber};
use async_trait::async_trait;
use codec::{Compact, Decode, DecodeAll, Encode};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{FinalityProof, RawBlock, RuntimeVersion, Source};
use crate::{Error, address, verifier::Header};

/// The most bytes of an answer that is not a block or a proof.
const SMALL: usize = 1024 * 1024;
/// The most bytes of an answer that is a block or a proof, which comes as hexadecimal digits.
const LARGE: usize = 24 * 1024 * 1024;
/// How long an answer may take, unless it is said.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The most characters of a node's error message that are shown.
const MESSAGE: usize = 300;
/// Keys asked for at once, at most (the node's own limit).
const PAGE: u32 = 1000;
/// GRANDPA's engine identifier, under which a block carries its justification.
const GRANDPA: [u8; 4] = *b"FRNK";

/// A node behind an HTTP address.
pub struct HttpSource {
    url: String,
    client: reqwest::Client,
    requests: AtomicU64,
}

impl HttpSource {
    /// For the node at `url` (`http://` or `https://`). Redirects are not followed, proxies of the
    /// environment not used; TLS trusts the public web's roots, which decides about privacy only.
    pub fn new(url: &str) -> Result<Self, Error> {
        Self::with_timeout(url, TIMEOUT)
    }

    /// As [`HttpSource::new`], with the time that one answer may take.
    pub fn with_timeout(url: &str, timeout: Duration) -> Result<Self, Error> {
        let parsed = reqwest::Url::parse(url).map_err(|_| Error::BadAddress(url.into()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(Error::BadAddress(url.into()));
        }
        let client = reqwest::Client::builder()
            .use_preconfigured_tls(tls())
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .timeout(timeout)
            .build()
            .map_err(|error| Error::Unreachable { url: url.into(), reason: error.to_string() })?;
        Ok(Self { url: url.into(), client, requests: AtomicU64::new(0) })
    }

    /// How many requests were made so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: impl Serialize + Send,
        limit: usize,
    ) -> Result<Option<T>, Error> {
        let id = self.requests.fetch_add(1, Ordering::Relaxed);
        let request = Request { jsonrpc: "2.0", id, method, params };
        let body = serde_json::to_vec(&request).map_err(|_| Error::BadAnswer(method))?;
        let answer = self.post(method, body, limit).await?;
        let answer: Answer<T> = serde_json::from_slice(&answer).map_err(|_| Error::BadAnswer(method))?;
        match answer.error {
            Some(error) => Err(Error::Node { method, code: error.code, message: shown(&error) }),
            None => Ok(answer.result),
        }
    }

    async fn post(&self, method: &'static str, body: Vec<u8>, limit: usize) -> Result<Vec<u8>, Error> {
        let unreachable = |error: reqwest::Error| Error::Unreachable { url: self.url.clone(), reason: reason(&error) };
        let request = self.client.post(&self.url).header("content-type", "application/json").body(body);
        let mut response = request.send().await.map_err(unreachable)?;
        if !response.status().is_success() {
            let reason = format!("HTTP status {}", response.status().as_u16());
            return Err(Error::Unreachable { url: self.url.clone(), reason });
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if bytes.len() + chunk.len() > limit {
                return Err(Error::AnswerTooLarge { method, limit });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

#[async_trait]
impl Source for HttpSource {
    async fn finalized_hash(&self) -> Result<BlockHash, Error> {
        let method = "chain_getFinalizedHead";
        self.call(method, [(); 0], SMALL).await?.ok_or(Error::BadAnswer(method))
    }

    async fn block_hash(&self, number: BlockNumber) -> Result<Option<BlockHash>, Error> {
        self.call("chain_getBlockHash", [number], SMALL).await
    }

    async fn header(&self, block: BlockHash) -> Result<Option<Vec<u8>>, Error> {
        let header = self.call::<JsonHeader>("chain_getHeader", [block], SMALL).await?;
        Ok(header.map(|header| header.encoded()))
    }

    async fn block(&self, block: BlockHash) -> Result<Option<RawBlock>, Error> {
        let answer = self.call::<JsonSignedBlock>("chain_getBlock", [block], LARGE).await?;
        Ok(answer.map(|signed| RawBlock {
            header: signed.block.header.encoded(),
            extrinsics: signed.block.extrinsics.into_iter().map(|Hex(bytes)| bytes).collect(),
            justification: signed
                .justifications
                .and_then(|all| all.into_iter().find_map(|(engine, bytes)| (engine == GRANDPA).then_some(bytes))),
        }))
    }

    async fn prove_finality(&self, known: BlockNumber) -> Result<Option<FinalityProof>, Error> {
        match self.call::<JsonProof>("adyton_proveFinality", [known], LARGE).await {
            Err(Error::Node { code: NO_METHOD, .. }) => {}
            answer => return Ok(answer?.map(JsonProof::decoded)),
        }
        let method = "grandpa_proveFinality";
        match self.call::<Hex>(method, [known], LARGE).await? {
            None => Ok(None),
            Some(Hex(bytes)) => decode_finality_proof(&bytes).ok_or(Error::BadAnswer(method)).map(Some),
        }
    }

    async fn read_proof(&self, keys: &[Vec<u8>], at: BlockHash) -> Result<Vec<Vec<u8>>, Error> {
        let method = "state_getReadProof";
        let keys: Vec<_> = keys.iter().map(|key| prefixed(key)).collect();
        let answer = self.call::<JsonReadProof>(method, (keys, at), LARGE).await?.ok_or(Error::BadAnswer(method))?;
        Ok(answer.proof.into_iter().map(|Hex(bytes)| bytes).collect())
    }

    async fn keys_paged(
        &self,
        prefix: &[u8],
        count: u32,
        after: Option<&[u8]>,
        at: BlockHash,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let method = "state_getKeysPaged";
        let params = (prefixed(prefix), count.min(PAGE), after.map(prefixed), at);
        let keys = self.call::<Vec<Hex>>(method, params, SMALL).await?.ok_or(Error::BadAnswer(method))?;
        Ok(keys.into_iter().map(|Hex(bytes)| bytes).collect())
    }

    async fn runtime_version(&self) -> Result<RuntimeVersion, Error> {
        let method = "state_getRuntimeVersion";
        let version = self.call::<JsonVersion>(method, [(); 0], SMALL).await?.ok_or(Error::BadAnswer(method))?;
        Ok(RuntimeVersion { specification: version.spec_version, transaction: version.transaction_version })
    }

    async fn next_nonce(&self, account: &AccountId) -> Result<u32, Error> {
        let method = "system_accountNextIndex";
        self.call(method, [address::encode(account)], SMALL).await?.ok_or(Error::BadAnswer(method))
    }

    async fn fee(&self, extrinsic: &[u8]) -> Result<u128, Error> {
        let method = "payment_queryInfo";
        let info = self.call::<JsonFee>(method, [prefixed(extrinsic)], SMALL).await?.ok_or(Error::BadAnswer(method))?;
        info.partial_fee.parse().map_err(|_| Error::BadAnswer(method))
    }

    async fn submit(&self, extrinsic: &[u8]) -> Result<(), Error> {
        self.call::<BlockHash>("author_submitExtrinsic", [prefixed(extrinsic)], SMALL).await.map(|_| ())
    }
}

#[derive(Serialize)]
struct Request<P> {
    jsonrpc: &'static str,
    id: u64,
    method: &'static str,
    params: P,
}

/// JSON-RPC's code for a method that a node does not have.
const NO_METHOD: i64 = -32601;

#[derive(Deserialize)]
struct Answer<T> {
    result: Option<T>,
    error: Option<JsonError>,
}

#[derive(Deserialize)]
struct JsonError {
    code: i64,
    #[serde(default)]
    message: Words,
    #[serde(default)]
    data: Words,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonHeader {
    parent_hash: BlockHash,
    #[serde(deserialize_with = "number")]
    number: BlockNumber,
    state_root: BlockHash,
    extrinsics_root: BlockHash,
    digest: JsonDigest,
}

#[derive(Deserialize)]
struct JsonDigest {
    logs: Vec<Hex>,
}

#[derive(Deserialize)]
struct JsonSignedBlock {
    block: JsonBlock,
    justifications: Option<Vec<([u8; 4], Vec<u8>)>>,
}

#[derive(Deserialize)]
struct JsonBlock {
    header: JsonHeader,
    extrinsics: Vec<Hex>,
}

#[derive(Deserialize)]
struct JsonReadProof {
    proof: Vec<Hex>,
}

#[derive(Deserialize)]
struct JsonProof {
    block: BlockHash,
    header: Hex,
    justification: Hex,
}

impl JsonProof {
    fn decoded(self) -> FinalityProof {
        FinalityProof { block: self.block, justification: self.justification.0, headers: vec![self.header.0] }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonVersion {
    spec_version: u32,
    transaction_version: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonFee {
    partial_fee: String,
}

/// A node's words, fit to be shown: at most [`MESSAGE`] characters, none of them a control character. Lists and
/// objects are read over and not kept: in memory they would be many times as large as the answer.
#[derive(Default)]
struct Words(String);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordsVisitor)
    }
}

struct WordsVisitor;

impl<'de> Visitor<'de> for WordsVisitor {
    type Value = Words;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Words, E> {
        Ok(Words(text.chars().filter(|character| !character.is_control()).take(MESSAGE).collect()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Words, E> {
        Ok(Words(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Words, E> {
        Ok(Words(number.to_string()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Words, E> {
        Ok(Words::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Words, E> {
        Ok(Words::default())
    }

    fn visit_unit<E>(self) -> Result<Words, E> {
        Ok(Words::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Words, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Words::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Words, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Words::default())
    }
}

/// Bytes as hexadecimal digits with `0x` in front.
struct Hex(Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let digits = text.strip_prefix("0x").ok_or_else(|| D::Error::custom("no 0x"))?;
        hex::decode(digits).map(Self).map_err(|_| D::Error::custom("not hexadecimal"))
    }
}

impl JsonHeader {
    fn encoded(&self) -> Vec<u8> {
        let mut bytes = (self.parent_hash, Compact(self.number), self.state_root, self.extrinsics_root).encode();
        Compact(self.digest.logs.len() as u32).encode_to(&mut bytes);
        self.digest.logs.iter().for_each(|Hex(log)| bytes.extend_from_slice(log));
        bytes
    }
}

/// A block's number, which comes as hexadecimal digits of any length.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BlockNumber, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digits = text.strip_prefix("0x").ok_or_else(|| D::Error::custom("no 0x"))?;
    BlockNumber::from_str_radix(digits, 16).map_err(|_| D::Error::custom("not a block number"))
}

/// Decodes polkadot-sdk's `FinalityProof`: block, justification, headers.
fn decode_finality_proof(bytes: &[u8]) -> Option<FinalityProof> {
    let input = &mut &bytes[..];
    let block = BlockHash::decode(input).ok()?;
    let justification = Vec::<u8>::decode(input).ok()?;
    let count = Compact::<u32>::decode(input).ok()?.0;
    let mut headers = Vec::new();
    for _ in 0..count {
        let start = *input;
        Header::decode_from(input).ok()?;
        headers.push(start[..start.len() - input.len()].to_vec());
    }
    <()>::decode_all(input).ok()?;
    Some(FinalityProof { block, justification, headers })
}

fn prefixed(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// What a node says about an error: message, then data.
fn shown(error: &JsonError) -> String {
    let (Words(message), Words(data)) = (&error.message, &error.data);
    let text = if data.is_empty() { message.clone() } else { format!("{message}: {data}") };
    text.chars().take(MESSAGE).collect()
}

/// The innermost reason of a transport error, without the address that is named anyway.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it takes too long".into();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn tls() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has the cipher suites of TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
