//! What the local network begins with: a patch over the node's `local` preset.

use std::process::Command;

use adyton_client::protocol::{ids::Digest, record::EvidenceKind, statement};
use adyton_development_root::{DevelopmentRoot, Role};
use anyhow::{Context, Result, ensure};
use codec::Encode;
use serde_json::{Value, json};

use super::{
    layout::{Layout, Memory},
    process::programs,
};

/// The network's name, on the chain and in every client's output.
pub const NAME: &str = "local-development-insecure";
/// The release that the development device claims to have measured.
const RELEASE: &str = concat!("development ", env!("CARGO_PKG_VERSION"), " (measured by nothing)");
/// How long a heartbeat keeps leases alive: two minutes of 500 ms. Heartbeats are accepted eight times as often.
const LEASE_BLOCKS: u32 = 240;
/// How long a successor waits after a lease's end: a minute, the freshness window of workers.
const STALENESS_BLOCKS: u32 = 120;
/// For how many seconds programs of this network act on a proven nonce of theirs.
pub const FRESHNESS_SECONDS: u64 = 60;

/// The roles that the device has an image for.
pub fn roles() -> Result<[(Role, statement::Role); 2]> {
    let role = |role: statement::Role| -> Result<_> {
        Ok((Role::new(role.name()).context("naming a role of the development device")?, role))
    };
    Ok([role(statement::Role::Worker)?, role(statement::Role::Keyholder)?])
}

/// The identity under which the chain knows the development root.
pub fn root_id(root: &DevelopmentRoot) -> Digest {
    Digest(root.root().id().0)
}

/// The profile of the configuration that the program of `role` has in this network's folder.
fn profile(layout: &Layout, role: statement::Role) -> Result<String> {
    let program = programs()?.join(format!("adyton-{}", role.name()));
    let config = layout.path(&format!("{}/config.toml", role.name()));
    let done = Command::new(&program).arg("--print-profile").arg("--config").arg(config).output();
    let done = done.with_context(|| format!("running {}; build it with `make build`", program.display()))?;
    let said = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "{} does not read its configuration: {}", program.display(), said.trim());
    Ok(String::from_utf8(done.stdout).context("a profile is text")?.trim().to_owned())
}

/// The patch: identity, name, root of trust, measurements with the configurations they run with, collateral.
fn patch(layout: &Layout, memory: &Memory, root: &DevelopmentRoot) -> Result<Value> {
    let mut measurements = Vec::new();
    for (device, role) in roles()? {
        let (measurement, profile) = (Digest(root.measurement(&device).id()), profile(layout, role)?);
        measurements.push(json!({ "measurement": measurement, "role": role, "profile": profile, "release": RELEASE }));
    }
    let collateral = root.collateral(memory.collateral_at).encode();
    Ok(json!({
        "attestation": {
            "network": memory.network,
            "name": NAME,
            "leaseBlocks": LEASE_BLOCKS,
            "stalenessBlocks": STALENESS_BLOCKS,
            "roots": [{
                "kind": EvidenceKind::IntelTdx,
                "certificates": [prefixed(&root.root_certificate())],
                "development": true,
            }],
            "measurements": measurements,
            "collateral": [{
                "kind": EvidenceKind::IntelTdx,
                "root": root_id(root),
                "collateral": prefixed(&collateral),
                "at": memory.collateral_at,
            }],
            "policies": [{ "intel-tdx": root.policy() }],
        },
        "keys": { "dangerCommitteeOfOne": true },
    }))
}

/// Writes the chain's specification, once: it is the network. The programs' configurations are there already.
pub fn write_specification(layout: &Layout, memory: &Memory, root: &DevelopmentRoot) -> Result<()> {
    let patch = serde_json::to_vec_pretty(&patch(layout, memory, root)?).context("encoding the genesis")?;
    layout.write("genesis.json", &patch)?;
    let node = programs()?.join("adyton-node");
    ensure!(node.is_file(), "{} is not there; build it with `make build`", node.display());
    let made = Command::new(&node)
        .args(["build-spec", "--preset", "local", "--raw", "--patch"])
        .arg(layout.path("genesis.json"))
        .output()
        .with_context(|| format!("running {}", node.display()))?;
    ensure!(made.status.success(), "the genesis was not made: {}", String::from_utf8_lossy(&made.stderr).trim());
    layout.write("chain.json", &made.stdout)
}

/// `0x` and hexadecimal digits.
pub fn prefixed(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}
