//! The story from step 4 on, over a small real chain; the test is its operator and its block author.

use std::sync::Arc;

use adyton_attestation::EvidenceKind as Kind;
use adyton_attestation_platform::PlatformError;
use adyton_chain_client::{
    extrinsic::{Call, SPECIFICATION_NAME, SPECIFICATION_VERSION, calls},
    facts::runtime_code_key,
    fixture::{FixtureChain, FixtureSource},
    rpc::Reader,
};
use adyton_development_root::{DevelopmentRoot, Role as DeviceRole};
use adyton_protocol::{
    ids::{AccountId, Digest},
    record::{CommitteeRecord, EvidenceKind, Heartbeat, MachineId, NetworkRecord, VerdictFacts, WorkerRecord},
    registered::RegisteredEvidence,
};
use async_trait::async_trait;
use codec::{Compact, Decode, Encode};

use super::*;

/// The development device, in this process.
pub(crate) struct Device {
    pub(crate) sealing: bool,
}

#[async_trait]
impl Platform for Device {
    async fn quote(&self, report_data: [u8; 64]) -> Result<Vec<u8>, PlatformError> {
        let root = DevelopmentRoot::insecure_from_seed([1; 32]);
        Ok(root.device(DeviceRole::new("keyholder").unwrap()).quote(report_data))
    }

    async fn sealing_key(&self, _: &[u8]) -> Result<Option<Zeroizing<[u8; 32]>>, PlatformError> {
        Ok(self.sealing.then(|| Zeroizing::new([1; 32])))
    }

    fn kind(&self) -> Kind {
        Kind::IntelTdx
    }

    fn name(&self) -> &'static str {
        "test"
    }
}

pub(crate) fn config(folder: &tempfile::TempDir) -> Config {
    let text = include_str!("../../keyholder.default.toml");
    let mut config = Config::parse(text).unwrap();
    config.measured.insecure_single = true;
    config.measured.genesis = chain().checkpoint().genesis_hash;
    config.local.data = folder.path().to_owned();
    config.local.collateral = folder.path().join("collateral.scale");
    std::fs::write(&config.local.collateral, b"collateral").unwrap();
    config
}

pub(crate) fn chain() -> FixtureChain {
    let mut chain = FixtureChain::new(3);
    let network = NetworkRecord {
        id: adyton_protocol::ids::NetworkId([0; 32]),
        name: b"test-insecure".to_vec().try_into().unwrap(),
        lease_blocks: 50,
        staleness_blocks: 5,
    };
    chain.set(storage::network(), network.encode());
    chain.set(runtime_code_key(), (Compact(SPECIFICATION_VERSION), SPECIFICATION_NAME).encode());
    chain.seal(&[], &[]);
    chain
}

pub(crate) fn record(statement: &AttestedStatement) -> WorkerRecord {
    WorkerRecord {
        operator: statement.operator,
        role: Role::Keyholder,
        signing_key: statement.signing_key,
        encryption_key: statement.encryption_key,
        statement: statement.digest(),
        verdict: VerdictFacts {
            kind: EvidenceKind::IntelTdx,
            root: Digest([7; 32]),
            measurement: Digest([8; 32]),
            profile: Digest([9; 32]),
            machine: MachineId::None,
            provider: None,
            tier: 0,
            evaluation: 1,
            judged_at: 1,
            valid_until: u64::MAX,
            evidence: Digest([9; 32]),
        },
        endpoint: Default::default(),
        boot: 1,
        registered_at: 1,
        opted_in: true,
        active_until: 1000,
        heartbeat: Heartbeat { nonce: [0; 32], block: 0 },
    }
}

/// What the keyholder says when its evidence is asked for: the status, and JSON.
pub(crate) async fn asked(url: &str) -> (u16, Vec<u8>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let answer = reqwest::Client::new().get(format!("{url}/v1/evidence")).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
}

/// What the keyholder shows to everybody; none before it is registered.
async fn shown(url: &str) -> Option<RegisteredEvidence> {
    let (status, said) = asked(url).await;
    assert!(status == 200 || status == 503, "{status}");
    (status == 200).then(|| serde_json::from_slice(&said).unwrap())
}

/// What the keyholder's interface offers its operator.
async fn offered(url: &str) -> AttestedStatement {
    #[derive(serde::Deserialize)]
    struct Offered {
        statement_encoded: String,
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let answer =
        reqwest::Client::new().get(format!("{url}/v1/registration")).send().await.unwrap().error_for_status().unwrap();
    let offered: Offered = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    AttestedStatement::decode(&mut &hex::decode(&offered.statement_encoded[2..]).unwrap()[..]).unwrap()
}

/// Serves `shared` on a port of its own.
pub(crate) async fn listen(shared: &Shared) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, api::router(shared.clone())).into_future());
    url
}

/// Registers what the keyholder offers, then takes its two kinds of extrinsic into blocks.
async fn author(source: Arc<FixtureSource>, shared: Shared, url: String) {
    while shared.phase() != Phase::AwaitingRegistration {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let statement = offered(&url).await;
    assert!(shown(&url).await.is_none(), "nothing is registered yet");
    let mut record = record(&statement);
    source.chain().set(storage::workers(&statement.worker), record.encode());
    source.chain().seal(&[], &[]);
    let mut nonce = 0u32;
    loop {
        let taken: Vec<_> = source.pool().drain(..).collect();
        for extrinsic in taken {
            let mut chain = source.chain();
            let tail = &extrinsic[extrinsic.len().saturating_sub(34)..];
            if tail[..2] == Call::Workers(calls::Workers::Heartbeat { nonce: [0; 32] }).encoded()[..2] {
                record.heartbeat.nonce.copy_from_slice(&tail[2..]);
                record.heartbeat.block = chain.head().at.number + 1;
                chain.set(storage::workers(&statement.worker), record.encode());
            } else {
                chain.set(storage::committee(), committee(&extrinsic, statement.worker).encode());
            }
            nonce += 1;
            let info = ((nonce, 0u32, 0u32, 1u32), (0u128, 0u128, 0u128, 0u128));
            chain.set(storage::account(&AccountId(statement.signing_key.0)), info.encode());
            chain.seal(&[], &[extrinsic]);
            source.forge().next_nonce = Some(nonce);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The committee record at the end of `keys.publish_committee`.
fn committee(extrinsic: &[u8], keyholder: WorkerId) -> CommitteeRecord {
    let place = extrinsic.windows(32).position(|window| window == keyholder.0).expect("the record names the keyholder");
    // Epoch, threshold and the list's length of one stand in front of the first member.
    let record = CommitteeRecord::decode(&mut &extrinsic[place - 9..]).expect("a committee stands there");
    assert_eq!((record.epoch, record.threshold, record.keyholders.len()), (0, 1, 1));
    record
}

pub(crate) fn reader(source: &Arc<FixtureSource>) -> Arc<ChainReader> {
    let checkpoint = source.chain().checkpoint();
    Arc::new(Reader::new(source.clone(), checkpoint))
}

/// Steps 3 to 5, without serving the beacon: the reader that starts where it has to, and what is sealed in the folder.
pub(crate) async fn start(config: &Config, source: &Arc<FixtureSource>) -> anyhow::Result<(Arc<ChainReader>, Shares)> {
    let mut folder = Folder::new(&config.local.data, &config.measured, &[1; 32]);
    let found = folder.open()?;
    let checkpoint = found.start.clone().unwrap_or_else(|| source.chain().checkpoint());
    let reader: Arc<ChainReader> = Arc::new(Reader::new(source.clone(), checkpoint));
    let network = check_network(&reader, config.measured.network).await?;
    let shares = folder.shares(found, &config.measured, &reader, &network).await?;
    Ok((reader, Shares { beacon: None, ..shares }))
}

/// Runs the story until it serves; gives the commitments it serves with.
async fn serve(source: &Arc<FixtureSource>, folder: &tempfile::TempDir) -> Vec<u8> {
    let config = config(folder);
    let (reader, held) = start(&config, source).await.unwrap();
    let group = held.master.group().to_bytes();
    let shared = Shared::new();
    let keys = BootKeys::generate().unwrap();
    let (url, own) = (listen(&shared).await, keys.signing_key());
    let story = boot(config, keys, Box::new(Device { sealing: true }), reader, held, shared.clone());
    let serving = async {
        while shared.phase() != Phase::Serving {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(offered(&url).await.signing_key, own, "a registered keyholder does not offer itself for renewal");
        let shown = shown(&url).await.expect("a registered keyholder does not show its evidence");
        assert_eq!((shown.statement.signing_key, shown.statement.role), (own, Role::Keyholder));
        assert_eq!(shown.collateral, b"collateral");
    };
    tokio::select! {
        ended = story => panic!("the story ended: {ended:?}"),
        () = author(source.clone(), shared.clone(), url.clone()) => unreachable!("blocks are made for ever"),
        () = serving => {}
        () = tokio::time::sleep(Duration::from_secs(20)) => panic!("stuck in {:?}", shared.phase()),
    }
    group
}

#[tokio::test]
async fn the_story_ends_in_service_and_a_restart_serves_with_the_same_share() {
    let (folder, source) = (tempfile::tempdir().unwrap(), Arc::new(FixtureSource::new(chain())));
    let first = serve(&source, &folder).await;
    source.forge().next_nonce = None;
    assert_eq!(serve(&source, &folder).await, first);
}

#[tokio::test]
async fn the_registered_evidence_is_kept_before_there_is_a_committee_though_nobody_asks_for_it() {
    let (folder, source) = (tempfile::tempdir().unwrap(), Arc::new(FixtureSource::new(chain())));
    let config = config(&folder);
    let (reader, held) = start(&config, &source).await.unwrap();
    let (shared, keys) = (Shared::new(), BootKeys::generate().unwrap());
    let url = listen(&shared).await;
    let story = boot(config, keys, Box::new(Device { sealing: true }), reader, held, shared.clone());
    let operator = async {
        while shared.phase() != Phase::AwaitingRegistration {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let registered = offered(&url).await;
        source.chain().set(storage::workers(&registered.worker), record(&registered).encode());
        source.chain().seal(&[], &[]);
        // Nobody takes the committee into a block. What is offered is another one once this one is registered and kept.
        while offered(&url).await == registered {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(shared.phase(), Phase::Publishing);
        assert_eq!(shown(&url).await.expect("it is shown").statement, registered);
    };
    tokio::select! {
        ended = story => panic!("the story ended: {ended:?}"),
        () = operator => {}
        () = tokio::time::sleep(Duration::from_secs(20)) => panic!("stuck in {:?}", shared.phase()),
    }
}

#[tokio::test]
async fn a_keyholder_whose_share_is_gone_does_not_start_where_the_chain_has_a_committee() {
    let (folder, source) = (tempfile::tempdir().unwrap(), Arc::new(FixtureSource::new(chain())));
    serve(&source, &folder).await;
    let empty = tempfile::tempdir().unwrap();
    let refused = start(&config(&empty), &source).await.err().expect("there is no share");
    assert!(refused.to_string().contains("no share of it is sealed here"), "{refused}");
}

#[tokio::test]
async fn a_platform_without_a_sealing_key_ends_the_boot() {
    let error = sealing_key(&Device { sealing: false }).await.unwrap_err();
    assert!(error.to_string().contains("no sealing key"));
}
