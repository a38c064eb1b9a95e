//! What a network accepts and holds of endorsements and policies. Each item is proven; which roots and which collateral
//! there are is the node's word, so that a node can leave some out.

use adyton_attestation::{AuthorityId, CheckedCollateral, IntelPolicy, ListFloors, nitro::NitroPolicy, snp::SnpPolicy};
use adyton_client::{
    Client, RootKey,
    protocol::{
        ids::Digest,
        record::{CollateralRef, EvidenceKind},
        scheduled::Scheduled,
        storage,
    },
};
use anyhow::{Context, Result, ensure};
use codec::{Decode, DecodeAll};

/// The most roots of any network (`MAX_ROOTS` of the attestation pallet).
const MAX_ROOTS: usize = 32;
/// The most collaterals that are looked at.
const MAX_COLLATERALS: usize = 256;

/// A root that the network accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// For which evidence.
    pub kind: EvidenceKind,
    /// Its identity.
    pub id: Digest,
    /// What it verifies with.
    pub key: RootKey,
}

/// What the network accepts of the platforms of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Decode)]
pub enum KindPolicy {
    /// Of Intel TDX.
    #[codec(index = 0)]
    IntelTdx(IntelPolicy),
    /// Of Intel SGX.
    #[codec(index = 1)]
    IntelSgx(IntelPolicy),
    /// Of AMD SEV-SNP.
    #[codec(index = 2)]
    AmdSnp(Box<SnpPolicy>),
    /// Of AWS Nitro Enclaves.
    #[codec(index = 3)]
    AwsNitro(NitroPolicy),
}

impl KindPolicy {
    /// The kind that it is for.
    pub const fn kind(&self) -> EvidenceKind {
        match self {
            Self::IntelTdx(_) => EvidenceKind::IntelTdx,
            Self::IntelSgx(_) => EvidenceKind::IntelSgx,
            Self::AmdSnp(_) => EvidenceKind::AmdSnp,
            Self::AwsNitro(_) => EvidenceKind::AwsNitro,
        }
    }
}

/// AMD's revocation list as the chain keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Decode)]
pub struct StoredList {
    /// The list (DER).
    pub list: Vec<u8>,
    /// When AMD issued it (Unix seconds).
    pub issued_at: u64,
    /// The last second at which it is valid.
    pub valid_until: u64,
}

/// A network's roots, and the way to the rest.
pub struct Chain<'a> {
    client: &'a Client,
    /// The chain's time (Unix seconds).
    pub now: u64,
    /// The roots that hold at that time.
    pub roots: Vec<Root>,
}

impl<'a> Chain<'a> {
    /// Reads the roots.
    pub async fn read(client: &'a Client) -> Result<Self> {
        let head = client.reader().head().await?;
        let listed = client.reader().unproven_keys(&head, &storage::roots_prefix(), MAX_ROOTS + 1).await?;
        ensure!(
            listed.len() <= MAX_ROOTS,
            "the node lists more than {MAX_ROOTS} roots, which no network has: use another node"
        );
        let named: Vec<_> = listed.iter().filter_map(|key| root_of(key)).collect();
        let keys: Vec<_> =
            named.iter().flat_map(|(kind, id)| [storage::roots(*kind, id), storage::root_keys(*kind, id)]).collect();
        let facts = client.facts_at(&head, &keys).await?;
        let now = facts.time_ms()? / 1000;
        let mut roots = Vec::new();
        for (kind, id) in named {
            let is_accepted = facts.root(kind, &id)?.is_some_and(|root| root.at(now).is_some());
            let key = facts.item(&storage::root_keys(kind, &id), "a root's key")?;
            if let (true, Some(key)) = (is_accepted, key) {
                roots.push(Root { kind, id, key });
            }
        }
        Ok(Self { client, now, roots })
    }

    /// Intel's collateral that the network holds: what each is for, and the hash of its authority.
    pub async fn collaterals(&self) -> Result<Vec<(CollateralRef, AuthorityId)>> {
        let head = self.client.reader().head().await?;
        let prefix = storage::collateral_prefix();
        let keys = self.client.reader().unproven_keys(&head, &prefix, MAX_COLLATERALS + 1).await?;
        ensure!(
            keys.len() <= MAX_COLLATERALS,
            "the node lists more than {MAX_COLLATERALS} collaterals, and no more are looked at: name the platforms with --kind, --family and --authority"
        );
        keys.iter().map(|key| collateral_of(key).context("the node lists what is no key of collateral")).collect()
    }

    /// What the network holds of one of them.
    pub async fn collateral(
        &self,
        reference: &CollateralRef,
        authority: &AuthorityId,
    ) -> Result<Option<CheckedCollateral>> {
        let key = storage::collateral(reference, &authority.0);
        let facts = self.client.facts(std::slice::from_ref(&key)).await?;
        Ok(facts.item(&key, "collateral")?)
    }

    /// The revocation list that the network holds of a root of AMD's.
    pub async fn list(&self, root: &Digest) -> Result<Option<StoredList>> {
        let key = storage::revocation_lists(root);
        let facts = self.client.facts(std::slice::from_ref(&key)).await?;
        Ok(facts.item(&key, "a revocation list")?)
    }

    /// The lowest generation of collateral that counts under a root, and the oldest of Intel's lists that do.
    pub async fn floors(&self, kind: EvidenceKind, root: &Digest) -> Result<(u32, ListFloors)> {
        let keys = [storage::evaluation_floors(kind, root), storage::revocation_floors(root)];
        let facts = self.client.facts(&keys).await?;
        let generation = facts.item(&keys[0], "a floor")?.unwrap_or_default();
        Ok((generation, facts.item(&keys[1], "the oldest revocation lists")?.unwrap_or_default()))
    }

    /// What the network accepts of platforms, of each kind that it accepts.
    pub async fn policies(&self) -> Result<Vec<Scheduled<KindPolicy>>> {
        let keys = EvidenceKind::ALL.map(storage::policies);
        let facts = self.client.facts(&keys).await?;
        let mut policies = Vec::new();
        for key in &keys {
            let policy: Option<Scheduled<KindPolicy>> = facts.item(key, "a policy for platforms")?;
            policies.extend(policy);
        }
        Ok(policies)
    }
}

/// Which root a key is of.
fn root_of(key: &[u8]) -> Option<(EvidenceKind, Digest)> {
    let id = Digest(*key.last_chunk::<32>()?);
    let kind = EvidenceKind::ALL.into_iter().find(|kind| storage::roots(*kind, &id) == key)?;
    Some((kind, id))
}

/// What a key of collateral is about.
fn collateral_of(key: &[u8]) -> Option<(CollateralRef, AuthorityId)> {
    let about = key.last_chunk::<71>()?;
    let (reference, authority) = <(CollateralRef, AuthorityId)>::decode_all(&mut &about[..]).ok()?;
    (storage::collateral(&reference, &authority.0) == key).then_some((reference, authority))
}

#[cfg(test)]
mod tests {
    use codec::Encode;

    use super::*;

    #[test]
    fn keys_say_what_they_are_about_and_others_are_none() {
        let id = Digest([7; 32]);
        for kind in EvidenceKind::ALL {
            assert_eq!(root_of(&storage::roots(kind, &id)), Some((kind, id)));
        }
        let about = (CollateralRef { kind: EvidenceKind::IntelSgx, root: id, family: [3; 6] }, AuthorityId([9; 32]));
        let key = storage::collateral(&about.0, &about.1.0);
        assert_eq!(collateral_of(&key), Some(about));
        let mut other = key.clone();
        other[40] ^= 1;
        for bad in [&other[..], &key[..70], &storage::network()] {
            assert_eq!((collateral_of(bad), root_of(bad)), (None, None));
        }
    }

    #[test]
    fn the_chains_policies_and_lists_are_read_in_their_layout() {
        let policy = [vec![2], SnpPolicy::strict().encode()].concat();
        let read = KindPolicy::decode_all(&mut &policy[..]).unwrap();
        assert_eq!(read, KindPolicy::AmdSnp(Box::new(SnpPolicy::strict())));
        assert_eq!(read.kind(), EvidenceKind::AmdSnp);
        let list = (vec![1u8, 2], 3u64, 4u64).encode();
        let read = StoredList::decode_all(&mut &list[..]).unwrap();
        assert_eq!(read, StoredList { list: vec![1, 2], issued_at: 3, valid_until: 4 });
    }
}
