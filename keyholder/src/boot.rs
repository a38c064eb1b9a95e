//! Boot, as one story. Each step needs what the one before it made; a step that fails ends the process. Nothing
//! is released before the last.
//!
//! 1. Read the configuration; an unknown key or a value without sense ends it here.
//! 2. Make the keys of this boot. They exist in this process only.
//! 3. Find where evidence and the sealing key come from; without a sealing key it ends here, because a share
//!    would not survive a restart. Open what is sealed: the shares, and the checkpoint that belongs to them, without
//!    which it ends here too.
//! 4. Reach the node and prove the chain from that checkpoint, or where there is no share from the genesis that the
//!    configuration names; check that it is the network that the configuration names.
//! 5. Check the share against the chain's committee, or make one if nobody has yet and that is allowed. The same with
//!    the share of the beacon's key, without which all but the beacon goes on.
//! 6. Listen, offer statement and evidence to the operator from here on (a verdict ends, and is renewed without a
//!    restart), and wait until the chain proves this boot registered.
//!    From then on the evidence that is registered is shown to everybody.
//! 7. Publish the committee if the chain has none, and find this keyholder's seat in it.
//! 8. Answer workers.
//! 9. Post nonces for as long as the process lives: until one is proven, and whenever the last has grown old,
//!    releases are refused. Beside it, sign the beacon's rounds as they are due, and seal newer checkpoints.

use std::{path::Path, sync::Arc, time::Duration};

use adyton_admission::{AdmissionError, ChainReader, Registrar, check_network, connect, resume, told_to_stop};
use adyton_attestation_platform::Platform;
use adyton_chain_client::{extrinsic::Ed25519, facts::Facts as Proven};
use adyton_listener::Listener;
use adyton_protocol::{
    ids::{BlockHash, BlockRef, EncryptionKey, SigningKey, WorkerId},
    statement::{AttestedStatement, Role},
    storage,
};
use adyton_threshold::release::RecipientSecret;
use anyhow::{Context, ensure};
use rand_core::{OsRng, RngCore};
use tokio::net::TcpListener;
use tracing::{info, warn};
use zeroize::Zeroizing;

use crate::{
    api::{self, Phase, Releaser, Shared},
    chain::LightView,
    checkpoint::Keeper,
    committee,
    config::{Config, MAX_FILE},
    decision::Keyholder,
    evidence::OwnEvidence,
    folder::{Folder, Shares},
    remembered::Remembered,
};

/// How often the chain is asked whether this boot is registered.
const POLL: Duration = Duration::from_millis(250);
/// The label of the key that everything is sealed under.
const SHARE_LABEL: &[u8] = b"keyholder-share";

/// Keys of one boot. They are made at boot and die with the process.
struct BootKeys {
    signing: ed25519_dalek::SigningKey,
    encryption: EncryptionKey,
}

/// Runs the keyholder, from step 2 on, until the process is told to stop.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let keys = BootKeys::generate().context("making the keys of this boot")?;
    let platform = config.local.evidence.open().context("finding where evidence comes from")?;
    let sealing_key = sealing_key(&*platform).await?;
    let mut folder = Folder::new(&config.local.data, &config.measured, &sealing_key);
    drop(sealing_key);
    let found = folder.open()?;
    let (node, measured) = (&config.local.node, &config.measured);
    let reader = match found.start.clone() {
        Some(checkpoint) => resume(node, checkpoint),
        None => connect(node, measured.genesis).await,
    };
    let reader = Arc::new(reader.with_context(|| format!("reaching {node}"))?);
    let network = check_network(&reader, measured.network).await;
    let network = network.with_context(|| {
        format!("{node} shows no chain of this network that goes on from block {}", reader.checkpoint().number)
    })?;
    let held = folder.shares(found, measured, &reader, &network).await?;

    let listener = TcpListener::bind(config.local.listen).await;
    let listener = listener.with_context(|| format!("listening on {}", config.local.listen))?;
    let shared = Shared::new();
    let doors = Listener::new(config.local.limits.listener());
    let story = boot(config, keys, platform, reader, held, shared.clone());
    tokio::select! {
        () = doors.serve(listener, api::router(shared), told_to_stop()) => Ok(()),
        failed = story => failed.context("booting"),
    }
}

/// Steps 6 to 9; comes back only with an error.
async fn boot(
    config: Config,
    keys: BootKeys,
    platform: Box<dyn Platform>,
    reader: Arc<ChainReader>,
    held: Shares,
    shared: Shared,
) -> anyhow::Result<()> {
    let id = WorkerId::derive(&config.measured.network, &config.local.operator, &config.local.name);
    let registrar = Arc::new(registrar(&config, &keys, platform, reader.clone(), id));
    let own = OwnEvidence::new(registrar.clone(), reader.clone(), id, config.local.collateral.clone());
    let own = Arc::new(own);
    await_registration(&config, &keys, registrar, &reader, id, &shared).await?;
    shared.show(own.clone());
    // From now on: it may be long until the committee is in force, and the offer that is registered is kept by looking.
    tokio::select! {
        ended = serve(&config, &keys, reader, held, id, &shared) => ended,
        () = own.follow() => Ok(()),
    }
}

/// Steps 7 to 9.
async fn serve(
    config: &Config,
    keys: &BootKeys,
    reader: Arc<ChainReader>,
    held: Shares,
    id: WorkerId,
    shared: &Shared,
) -> anyhow::Result<()> {
    let Shares { master: held, beacon, checkpoints } = held;
    shared.enter(Phase::Publishing);
    let signer = keys.signer();
    let view = Arc::new(LightView::new(reader, id, config.measured.freshness()));
    let member = committee::establish(&view, &signer, id, held.group()).await?;
    ensure!(member == held.share().member(), "the share is not that of this keyholder's seat in the committee");
    let keyholder = Keyholder {
        genesis: config.measured.genesis,
        network: config.measured.network,
        id,
        signing_key: keys.signing_key(),
        group: held.group().clone(),
        member,
    };
    info!(keyholder = %id, member, committee = ?held.group(), "serving");
    shared.serve(Releaser {
        keyholder,
        held,
        judge: config.measured.judge()?,
        remembered: Remembered::default(),
        limits: config.measured.limits(),
        chain: view.clone(),
    });
    let rounds = async {
        if let Some(beacon) = &beacon {
            beacon.follow(&view, &signer, &config.measured.network).await;
        }
    };
    // Until the first nonce is proven, every release is refused as not fresh.
    tokio::join!(view.pulse(&signer), rounds, Keeper::new(checkpoints).follow(&view));
    Ok(())
}

/// Step 1.
pub fn read(file: &Path) -> anyhow::Result<Config> {
    let size = std::fs::metadata(file)?.len();
    ensure!(size <= MAX_FILE, "it has {size} bytes, more than {MAX_FILE}");
    Ok(Config::parse(&std::fs::read_to_string(file)?)?)
}

impl BootKeys {
    /// Step 2. Nothing is sealed to a keyholder yet, so the secret half of the encryption key is not kept.
    fn generate() -> anyhow::Result<Self> {
        let (mut signing, mut encryption) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
        for seed in [&mut signing, &mut encryption] {
            OsRng.try_fill_bytes(&mut seed[..])?;
        }
        Ok(Self {
            signing: ed25519_dalek::SigningKey::from_bytes(&signing),
            encryption: RecipientSecret::derive(&encryption).public(),
        })
    }

    fn signing_key(&self) -> SigningKey {
        SigningKey(self.signing.verifying_key().to_bytes())
    }

    fn signer(&self) -> Ed25519 {
        Ed25519::new(&Zeroizing::new(self.signing.to_bytes()))
    }
}

/// Step 3.
async fn sealing_key(platform: &dyn Platform) -> anyhow::Result<Zeroizing<[u8; 32]>> {
    let key = platform
        .sealing_key(SHARE_LABEL)
        .await
        .with_context(|| format!("asking {} for a sealing key", platform.name()))?;
    key.with_context(|| {
        format!(
            "{} has no sealing key: a share kept here would be lost with the next restart, so none is kept",
            platform.name()
        )
    })
}

/// What offers the operator this boot's statement and evidence.
fn registrar(
    config: &Config,
    keys: &BootKeys,
    platform: Box<dyn Platform>,
    reader: Arc<ChainReader>,
    id: WorkerId,
) -> Registrar {
    let template = AttestedStatement {
        network: config.measured.network,
        worker: id,
        operator: config.local.operator,
        role: Role::Keyholder,
        signing_key: keys.signing_key(),
        encryption_key: keys.encryption,
        config: config.measured.digest(),
        recent: BlockRef { number: 0, hash: BlockHash([0; 32]) },
    };
    let local = &config.local;
    Registrar::new(platform, reader, template, keys.signing.clone(), local.endpoint.clone(), local.name.clone())
}

/// Step 6. Waits until the chain proves that this boot's key is this keyholder's.
async fn await_registration(
    config: &Config,
    keys: &BootKeys,
    registrar: Arc<Registrar>,
    reader: &ChainReader,
    id: WorkerId,
    shared: &Shared,
) -> anyhow::Result<()> {
    loop {
        match look(keys, &registrar, reader, id, shared).await {
            Ok(true) => return Ok(()),
            Ok(false) if shared.phase() == Phase::Synchronizing => {
                shared.offer(registrar.clone());
                shared.enter(Phase::AwaitingRegistration);
                info!(keyholder = %id, operator = %config.local.operator, "waiting to be registered by the operator");
            }
            Ok(false) => {}
            // A program that cannot say what it is will never be registered.
            Err(AdmissionError::Platform(error)) => return Err(error).context("asking for evidence"),
            Err(error) => warn!(%error, "cannot read the chain"),
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Whether the chain proves this boot registered. If it does not, evidence can be had.
async fn look(
    keys: &BootKeys,
    registrar: &Registrar,
    reader: &ChainReader,
    id: WorkerId,
    shared: &Shared,
) -> Result<bool, AdmissionError> {
    let tip = reader.read(&[storage::workers(&id)]).await?;
    let record = Proven::from(tip.values).worker(&id)?;
    if record.is_some_and(|record| record.role == Role::Keyholder && record.signing_key == keys.signing_key()) {
        info!(keyholder = %id, block = tip.head.number(), "registered");
        return Ok(true);
    }
    if shared.phase() == Phase::Synchronizing {
        registrar.offer().await?;
    }
    Ok(false)
}

#[cfg(test)]
pub(crate) mod tests;
