//! What a worker or keyholder offers its operator, and the call by which the operator registers it or renews its
//! verdict. `adyton worker` goes this way, and so does the local network, which is its own operator.

use std::time::Duration;

use adyton_client::{
    chain::extrinsic::calls::{Call, CollateralRef, Registration, Workers},
    gateway,
    protocol::{record::EvidenceKind, statement::AttestedStatement},
};
use anyhow::{Context, Result};
use codec::DecodeAll;
use serde::Deserialize;

/// The most bytes of an offer: of sixteen GPUs, each has 26 KiB of hexadecimal digits.
const MAX_OFFER: usize = 768 * 1024;
/// How long a program may take to make its evidence: its platform may take 60 s, AMD's service 20, its GPUs 120.
const TIMEOUT: Duration = Duration::from_secs(240);

/// What a program offers at `/v1/registration`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What its evidence vouches for.
    pub statement: AttestedStatement,
    /// What its operator calls it.
    pub name: String,
    /// The kind of its evidence.
    pub kind: EvidenceKind,
    /// The evidence of its GPUs.
    pub devices: Vec<OfferedDevice>,
    /// Why they gave none, if they were asked in vain.
    pub devices_failed: Option<String>,
    evidence: Vec<u8>,
    signature: [u8; 64],
    endpoint: String,
}

/// One GPU's evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedDevice {
    /// As [`adyton_client::protocol::device::DeviceEvidence`] travels.
    pub evidence: Vec<u8>,
    /// The program's key over [`adyton_client::protocol::device::message`].
    pub signature: [u8; 64],
}

/// An offer as it is sent.
#[derive(Deserialize)]
struct Sent {
    statement_encoded: String,
    kind: EvidenceKind,
    evidence: String,
    signature: String,
    endpoint: String,
    name: String,
    // A program of before GPUs sends neither.
    #[serde(default)]
    devices: Vec<SentDevice>,
    #[serde(default)]
    devices_failed: Option<String>,
}

/// One GPU's evidence as it is sent.
#[derive(Deserialize)]
struct SentDevice {
    evidence: String,
    signature: String,
}

impl SentDevice {
    fn read(&self) -> Result<OfferedDevice> {
        Ok(OfferedDevice { evidence: hexadecimal(&self.evidence)?, signature: signature(&self.signature)? })
    }
}

impl Offer {
    /// Asks the program at `url`, which makes evidence for it.
    pub async fn fetch(url: &str) -> Result<Self> {
        let offer = format!("{}/v1/registration", url.trim_end_matches('/'));
        let bytes = gateway::fetch(&offer, MAX_OFFER, TIMEOUT).await;
        Self::read(&bytes.with_context(|| format!("no registration from {url}"))?)
            .with_context(|| format!("{offer} answers with something else than a registration"))
    }

    fn read(bytes: &[u8]) -> Result<Self> {
        let sent: Sent = serde_json::from_slice(bytes)?;
        let statement = hexadecimal(&sent.statement_encoded)?;
        Ok(Self {
            statement: AttestedStatement::decode_all(&mut &statement[..]).context("the statement cannot be read")?,
            name: sent.name,
            kind: sent.kind,
            evidence: hexadecimal(&sent.evidence)?,
            signature: signature(&sent.signature)?,
            endpoint: sent.endpoint,
            devices: sent.devices.iter().map(SentDevice::read).collect::<Result<_>>()?,
            devices_failed: sent.devices_failed,
        })
    }

    /// The call that registers it, judged by `collateral`; the chain takes it as a renewal where the statement names
    /// the keys of the present boot.
    pub fn into_call(self, collateral: CollateralRef, opt_in: bool) -> Call {
        Call::Workers(Workers::Register(Box::new(Registration {
            statement: self.statement,
            name: self.name.into_bytes(),
            collateral,
            evidence: self.evidence,
            signature: self.signature,
            endpoint: self.endpoint.into_bytes(),
            opt_in,
        })))
    }
}

fn signature(text: &str) -> Result<[u8; 64]> {
    hexadecimal(text)?.try_into().ok().context("a signature does not have 64 bytes")
}

fn hexadecimal(text: &str) -> Result<Vec<u8>> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).context("it has something else than hexadecimal digits")
}

#[cfg(test)]
pub mod tests {
    use adyton_attestation::{IntelRefusal, nitro::NitroRefusal, nvidia::NvidiaRefusal, snp::SnpRefusal};
    use adyton_client::{
        chain::extrinsic::refusal,
        protocol::{
            ids::{AccountId, BlockHash, BlockRef, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
            statement::Role,
        },
    };
    use codec::{Decode, Encode};
    use serde_json::{Value, json};

    use super::*;

    /// An offer as a program sends it.
    pub fn sent() -> (AttestedStatement, Value) {
        let statement = AttestedStatement {
            network: NetworkId([1; 32]),
            worker: WorkerId([2; 32]),
            operator: AccountId([3; 32]),
            role: Role::Worker,
            signing_key: SigningKey([4; 32]),
            encryption_key: EncryptionKey([5; 32]),
            config: Digest([6; 32]),
            recent: BlockRef { number: 7, hash: BlockHash([7; 32]) },
        };
        let offer = json!({
            "statement_encoded": format!("0x{}", hex::encode(statement.encode())),
            "kind": "amd-snp",
            "evidence": "0x0102",
            "signature": format!("0x{}", "ab".repeat(64)),
            "endpoint": "http://127.0.0.1:1",
            "name": "worker",
            "statement": "for people",
        });
        (statement, offer)
    }

    #[test]
    fn an_offer_is_registered_with_what_it_says() {
        let (statement, offer) = sent();
        let offer = Offer::read(offer.to_string().as_bytes()).unwrap();
        assert_eq!((&offer.statement, &offer.name[..]), (&statement, "worker"));
        let collateral = CollateralRef { kind: offer.kind, root: Digest([8; 32]), family: [9; 6] };
        assert_eq!(collateral.kind, EvidenceKind::AmdSnp);
        let Call::Workers(Workers::Register(registration)) = offer.into_call(collateral, false) else { panic!() };
        assert_eq!((registration.evidence, registration.signature), (vec![1, 2], [0xab; 64]));
        assert_eq!((registration.collateral, registration.opt_in), (collateral, false));
    }

    #[test]
    fn the_evidence_of_gpus_comes_with_an_offer_and_may_be_left_out() {
        let (_, mut offer) = sent();
        assert!(Offer::read(offer.to_string().as_bytes()).unwrap().devices.is_empty());
        offer["devices"] = json!([{ "evidence": "0x0304", "signature": format!("0x{}", "cd".repeat(64)) }]);
        offer["devices_failed"] = json!("one is off");
        let read = Offer::read(offer.to_string().as_bytes()).unwrap();
        assert_eq!(read.devices, [OfferedDevice { evidence: vec![3, 4], signature: [0xcd; 64] }]);
        assert_eq!(read.devices_failed.as_deref(), Some("one is off"));
        offer["devices"][0]["signature"] = json!("0x00");
        assert!(Offer::read(offer.to_string().as_bytes()).is_err());
    }

    #[test]
    fn something_else_than_an_offer_is_refused() {
        let (_, good) = sent();
        for (field, value) in
            [("statement_encoded", "0x00"), ("kind", "none"), ("evidence", "0xzz"), ("signature", "0x00")]
        {
            let mut changed = good.clone();
            changed[field] = json!(value);
            assert!(Offer::read(changed.to_string().as_bytes()).is_err(), "{field}");
        }
        assert!(Offer::read(b"{}").is_err());
    }

    /// Whether some value of `R` has the number.
    fn exists<R: Decode>(number: u8) -> bool {
        (0..32).any(|fill| R::decode(&mut &[&[number][..], &[fill; 128]].concat()[..]).is_ok())
    }

    #[test]
    fn every_refusal_of_a_verifier_on_the_chain_has_words() {
        for number in 0..=u8::MAX {
            let known = [
                ("Refused", exists::<IntelRefusal>(number)),
                ("SnpRefused", exists::<SnpRefusal>(number)),
                ("NitroRefused", exists::<NitroRefusal>(number)),
                ("NvidiaRefused", exists::<NvidiaRefusal>(number)),
            ];
            for (error, exists) in known {
                assert_eq!(refusal(error, number).is_some(), exists, "{error} {number}");
            }
        }
        assert_eq!(refusal("Frozen", 0), None);
    }
}
