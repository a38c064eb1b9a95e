//! The keyholder's own evidence, for whoever wants to know what holds a share: that of this boot which the chain's
//! record names, in the form in which a worker shows its own ([`adyton_protocol::registered`]).
//!
//! Public data only: the chain has the evidence in a block, and the vendor gives the collateral to everybody. The
//! statement in it names the signing key, by which the record names this boot; nothing of it has to be believed.
//! Evidence that the record does not name is not shown. Anybody may ask: the answer, or that there is none, is made at
//! most once in a few seconds and held once, however many ask for it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use adyton_admission::{AdmissionError, ChainReader, Offer, Registrar, counter};
use adyton_chain_client::facts::Facts as Proven;
use adyton_protocol::{ids::WorkerId, registered::RegisteredEvidence, storage};
use axum::body::Bytes;
use tokio::sync::Mutex;
use tracing::warn;

/// For how long an answer is given again: about a block, so that a renewal shows soon.
const AGE: Duration = Duration::from_secs(3);
/// How often the record is read if nobody asks: before what it names would no longer be among the kept offers.
const FOLLOW: Duration = Duration::from_secs(60);

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
enum NotShown {
    /// The chain cannot be read or proven now.
    #[error("the chain cannot be read or proven: {0}")]
    Chain(#[from] AdmissionError),
    /// The chain's record names evidence that this boot did not make, or there is no record.
    #[error("the chain's record names no evidence of this boot")]
    NotRegistered,
    /// The collateral's file.
    #[error("the collateral (local.collateral) cannot be read: {0}")]
    Collateral(#[from] std::io::Error),
    /// Nobody would read it; which part.
    #[error("the {0} is longer than it may be")]
    TooLong(&'static str),
}

/// Shows the evidence that is registered.
pub struct OwnEvidence {
    registrar: Arc<Registrar>,
    reader: Arc<ChainReader>,
    keyholder: WorkerId,
    collateral: PathBuf,
    age: Duration,
    /// When it was made, and the answer; none where there was nothing to show. Locked while one is made.
    made: Mutex<Option<(Duration, Option<Bytes>)>>,
}

impl OwnEvidence {
    /// Of `keyholder`, whose boot offers its evidence through `registrar`; the file `collateral` is read for each answer
    /// that is made.
    pub fn new(registrar: Arc<Registrar>, reader: Arc<ChainReader>, keyholder: WorkerId, collateral: PathBuf) -> Self {
        Self { registrar, reader, keyholder, collateral, age: AGE, made: Mutex::default() }
    }

    /// What everybody gets: the evidence of this boot that the chain's record names, with the collateral, as the JSON of
    /// [`RegisteredEvidence`]. None where it cannot be shown now; the log says why.
    pub async fn answer(&self) -> Option<Bytes> {
        let mut made = self.made.lock().await;
        if let Some((at, answer)) = &*made
            && counter().saturating_sub(*at) < self.age
        {
            return answer.clone();
        }
        let answer = match self.json().await {
            Ok(json) => Some(json),
            Err(error) => {
                warn!(%error, "the registered evidence cannot be shown");
                None
            }
        };
        *made = Some((counter(), answer.clone()));
        answer
    }

    /// Looks for ever at which evidence the record names, so that it stays at hand though nobody asks for it.
    pub async fn follow(&self) {
        loop {
            self.answer().await;
            tokio::time::sleep(FOLLOW).await;
        }
    }

    async fn json(&self) -> Result<Bytes, NotShown> {
        Ok(serde_json::to_vec(&self.shown().await?).expect("plain data with text keys encodes").into())
    }

    async fn shown(&self) -> Result<RegisteredEvidence, NotShown> {
        let offer = self.registered().await?.ok_or(NotShown::NotRegistered)?;
        let collateral = tokio::fs::read(&self.collateral).await?;
        let kind = offer.registration.kind;
        let shown = RegisteredEvidence { statement: offer.statement, kind, evidence: offer.evidence, collateral };
        match shown.oversized() {
            Some(part) => Err(NotShown::TooLong(part)),
            None => Ok(shown),
        }
    }

    /// The offer that the record names.
    async fn registered(&self) -> Result<Option<Offer>, AdmissionError> {
        let tip = self.reader.read(&[storage::workers(&self.keyholder)]).await?;
        let record = Proven::from(tip.values).worker(&self.keyholder)?;
        Ok(record.and_then(|record| self.registrar.registered(&record.statement)))
    }
}

#[cfg(test)]
mod tests {
    use adyton_chain_client::fixture::FixtureSource;
    use adyton_protocol::{
        ids::{AccountId, BlockHash, BlockRef, Digest, EncryptionKey, NetworkId, SigningKey},
        record::WorkerRecord,
        registered::MAX_COLLATERAL,
        statement::{AttestedStatement, Role},
    };
    use codec::Encode;

    use super::*;
    use crate::{
        api::Shared,
        boot::tests::{Device, asked, chain, listen, reader, record},
    };

    const KEYHOLDER: WorkerId = WorkerId([2; 32]);

    /// A boot that offers evidence, on a small real chain.
    struct Scene {
        source: Arc<FixtureSource>,
        registrar: Arc<Registrar>,
        own: OwnEvidence,
        folder: tempfile::TempDir,
    }

    fn scene() -> Scene {
        let (source, folder) = (Arc::new(FixtureSource::new(chain())), tempfile::tempdir().unwrap());
        let (reader, key) = (reader(&source), ed25519_dalek::SigningKey::from_bytes(&[3; 32]));
        let template = AttestedStatement {
            network: NetworkId([0; 32]),
            worker: KEYHOLDER,
            operator: AccountId([4; 32]),
            role: Role::Keyholder,
            signing_key: SigningKey(key.verifying_key().to_bytes()),
            encryption_key: EncryptionKey([5; 32]),
            config: Digest([6; 32]),
            recent: BlockRef { number: 0, hash: BlockHash([0; 32]) },
        };
        let (endpoint, name) = ("http://127.0.0.1:1".to_owned(), "keyholder".to_owned());
        let device = Box::new(Device { sealing: true });
        let registrar = Arc::new(Registrar::new(device, reader.clone(), template, key, endpoint, name));
        let collateral = folder.path().join("collateral.scale");
        std::fs::write(&collateral, b"collateral").unwrap();
        let own = OwnEvidence::new(registrar.clone(), reader, KEYHOLDER, collateral);
        Scene { source, registrar, own: OwnEvidence { age: Duration::ZERO, ..own }, folder }
    }

    impl Scene {
        async fn offered(&self) -> Offer {
            self.registrar.offer().await.unwrap()
        }

        fn register(&self, record: &WorkerRecord) {
            let mut chain = self.source.chain();
            chain.set(storage::workers(&KEYHOLDER), record.encode());
            chain.seal(&[], &[]);
        }
    }

    #[tokio::test]
    async fn the_evidence_that_the_record_names_is_shown_and_after_a_renewal_the_newer_one() {
        let scene = scene();
        let first = scene.offered().await;
        scene.register(&record(&first.statement));
        let shown = scene.own.shown().await.unwrap();
        assert_eq!((&shown.statement, &shown.evidence), (&first.statement, &first.evidence));
        assert_eq!((shown.kind, &shown.collateral[..]), (first.registration.kind, &b"collateral"[..]));
        let second = scene.offered().await;
        assert_ne!(second.statement, first.statement);
        assert_eq!(scene.own.shown().await.unwrap().statement, first.statement, "it is not registered yet");
        scene.register(&record(&second.statement));
        assert_eq!(scene.own.shown().await.unwrap().statement, second.statement);
    }

    #[tokio::test]
    async fn evidence_that_the_record_does_not_name_is_not_shown() {
        let scene = scene();
        let offer = scene.offered().await;
        assert!(matches!(scene.own.shown().await, Err(NotShown::NotRegistered)));
        scene.register(&WorkerRecord { statement: Digest([9; 32]), ..record(&offer.statement) });
        assert!(matches!(scene.own.shown().await, Err(NotShown::NotRegistered)));
    }

    #[tokio::test]
    async fn the_answer_is_made_once_in_a_while_and_all_who_ask_share_it() {
        let scene = scene();
        scene.register(&record(&scene.offered().await.statement));
        let own = OwnEvidence { age: Duration::from_secs(3600), ..scene.own };
        let first = own.answer().await.unwrap();
        let read: RegisteredEvidence = serde_json::from_slice(&first).unwrap();
        assert_eq!(read, own.shown().await.unwrap());
        let before = scene.source.requests();
        for _ in 0..5 {
            assert_eq!(own.answer().await.unwrap().as_ptr(), first.as_ptr());
        }
        assert_eq!(scene.source.requests(), before);
    }

    #[tokio::test]
    async fn a_chain_that_cannot_be_proven_is_asked_once_in_a_while_too_and_everybody_is_told_to_wait() {
        let scene = scene();
        scene.register(&record(&scene.offered().await.statement));
        scene.source.forge().proof = Some(Vec::clear);
        assert!(matches!(scene.own.shown().await, Err(NotShown::Chain(_))));
        let own = Arc::new(OwnEvidence { age: Duration::from_secs(3600), ..scene.own });
        assert_eq!(own.answer().await, None);
        let before = scene.source.requests();
        let shared = Shared::new();
        shared.show(own.clone());
        let url = listen(&shared).await;
        for _ in 0..5 {
            let (status, said) = asked(&url).await;
            let said: serde_json::Value = serde_json::from_slice(&said).unwrap();
            assert_eq!((status, &said["code"], &said["passing"]), (503, &"no-evidence".into(), &true.into()));
        }
        assert_eq!(scene.source.requests(), before);
    }

    #[tokio::test]
    async fn what_could_not_be_shown_is_shown_when_it_is_looked_at_again() {
        let scene = scene();
        scene.register(&record(&scene.offered().await.statement));
        scene.source.forge().proof = Some(Vec::clear);
        assert_eq!(scene.own.answer().await, None);
        scene.source.forge().proof = None;
        assert!(scene.own.answer().await.is_some());
    }

    #[tokio::test]
    async fn without_collateral_or_with_too_much_of_it_nothing_is_shown() {
        let scene = scene();
        scene.register(&record(&scene.offered().await.statement));
        let file = scene.folder.path().join("collateral.scale");
        std::fs::write(&file, vec![0; MAX_COLLATERAL + 1]).unwrap();
        assert!(matches!(scene.own.shown().await, Err(NotShown::TooLong("collateral"))));
        std::fs::remove_file(&file).unwrap();
        assert!(matches!(scene.own.shown().await, Err(NotShown::Collateral(_))));
    }
}
