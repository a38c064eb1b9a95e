//! Where verification starts: a block that is taken for granted, and who votes after it.

use std::{fmt, str::FromStr, time::Duration};

use adyton_protocol::{
    ids::{BlockHash, BlockNumber, BlockRef},
    storage,
};
use codec::{Decode, DecodeAll, Encode};
use finality_grandpa::voter_set::VoterSet;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{
    FinalizedHeader, ProvenValues, Refusal,
    finality::verify_finality,
    header::{self, Header},
    refusal::bounded,
    storage::verify_storage,
};

/// The most authorities that a set may have.
pub const MAX_AUTHORITIES: usize = 1024;

/// An authority's Ed25519 public key (RFC 8032; signatures are accepted by the rule of ZIP 215, as the chain
/// accepts them).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct AuthorityKey(pub [u8; 32]);

/// For how long a checkpoint can be trusted: a day less than its authorities' bonds take to leave, on a chain with the
/// default parameters. After that, who voted then could sign another chain without losing anything. The day is for those
/// whose bond left already while they still served, two sessions, and for whoever has to report them.
pub const CHECKPOINT_LIFE: Duration = Duration::from_secs(27 * 24 * 60 * 60);

/// One who votes, and the weight of the vote. Its SCALE encoding is that of the chain's own list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// The public key.
    pub key: AuthorityKey,
    /// Its weight, at least 1.
    pub weight: u64,
}

/// A block taken for granted, and the GRANDPA authorities that finalize what comes after it.
///
/// Where it comes from decides what is proven: from the measured image, from a sealed store, or from the
/// network's genesis hash by [`Checkpoint::from_genesis`]. Whoever can choose it can choose the chain.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The hash of the chain's first block, to which every extrinsic is bound.
    pub genesis_hash: BlockHash,
    /// The block's number.
    pub number: BlockNumber,
    /// The block's hash.
    pub hash: BlockHash,
    /// The number of the authority set.
    pub set_id: u64,
    /// The set.
    pub authorities: Vec<Authority>,
    /// The chain's proven time at the block, Unix milliseconds; none where it is not known, as at a genesis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<u64>,
}

/// What shows that one set of authorities handed over to the next: the last block that it finalized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// SCALE encoding of the header.
    pub header: Vec<u8>,
    /// SCALE encoding of the justification.
    pub justification: Vec<u8>,
}

impl Checkpoint {
    /// The checkpoint at the genesis: the authorities are proven under the genesis hash, which alone is
    /// taken for granted. `header` is the genesis header's SCALE encoding, `proof` the storage proof of
    /// [`Checkpoint::genesis_keys`] at the genesis.
    pub fn from_genesis(genesis_hash: BlockHash, header: &[u8], proof: &[Vec<u8>]) -> Result<Self, Refusal> {
        let header = Header::decode_exact(header)?;
        if header.hash != genesis_hash || header.number != 0 {
            return Err(Refusal::NotTheCheckpoint { number: 0 });
        }
        let header = FinalizedHeader::new(header, genesis_hash, 0);
        let (set_id, authorities) = named_in(&verify_storage(&header, proof, &Self::genesis_keys())?)?;
        let checkpoint = Self { genesis_hash, number: 0, hash: genesis_hash, set_id, authorities, time_ms: None };
        checkpoint.voters()?;
        Ok(checkpoint)
    }

    /// The storage keys whose proof [`Checkpoint::from_genesis`] and [`Checkpoint::check_state`] need.
    pub fn genesis_keys() -> Vec<Vec<u8>> {
        vec![storage::grandpa_authorities(), storage::grandpa_set_id()]
    }

    /// Refuses a checkpoint whose block's own state, proven by `values`, names another set of authorities.
    ///
    /// A set of long ago can sign a block of the real chain as well as a forged one, and whoever believes that it still
    /// votes takes the block for final and believes it about the next one too. The state of a real block says who votes.
    pub fn check_state(&self, values: &ProvenValues) -> Result<(), Refusal> {
        if values.block() != (BlockRef { number: self.number, hash: self.hash }) {
            return Err(Refusal::OtherBlock);
        }
        let (set_id, authorities) = named_in(values)?;
        let same = set_id == self.set_id && authorities == self.authorities;
        if same { Ok(()) } else { Err(Refusal::OtherAuthorities { number: self.number }) }
    }

    /// The checkpoint's own block, which needs no proof but its hash. `header` is its SCALE encoding.
    pub fn block(&self, header: &[u8]) -> Result<FinalizedHeader, Refusal> {
        let header = Header::decode_exact(header)?;
        if header.hash != self.hash || header.number != self.number {
            return Err(Refusal::NotTheCheckpoint { number: self.number });
        }
        FinalizedHeader::before(header, self.genesis_hash, self.set_id)
    }

    /// A newer block that was proven by these authorities, with those that vote after it: the same, or where it is the
    /// last of their set, the next. Heads before it are refused from then on. Refuses a header of another chain or set,
    /// and one that is older.
    pub fn advance(&self, head: &FinalizedHeader) -> Result<Self, Refusal> {
        if head.genesis_hash() != self.genesis_hash {
            return Err(Refusal::OtherBlock);
        }
        header::not_before(self, head.number(), head.hash())?;
        if head.hash() == self.hash {
            return Ok(self.clone());
        }
        if head.set_id() != self.set_id {
            return Err(Refusal::OtherSet { expected: self.set_id, found: head.set_id() });
        }
        let (set_id, authorities) = match head.next_authorities()? {
            None => (self.set_id, self.authorities.clone()),
            Some(next) => {
                let last = Refusal::UnusableCheckpoint("its set is the last that can be numbered");
                (self.set_id.checked_add(1).ok_or(last)?, next)
            }
        };
        let genesis_hash = self.genesis_hash;
        let next = Self { genesis_hash, number: head.number(), hash: head.hash(), set_id, authorities, time_ms: None };
        next.voters()?;
        Ok(next)
    }

    /// The checkpoint at the end of the present set, with the next. Refuses a block that names no next authorities.
    pub fn follow(&self, handover: &Handover) -> Result<Self, Refusal> {
        let head = verify_finality(self, &handover.header, &handover.justification)?;
        let next = self.advance(&head)?;
        if next.set_id == self.set_id { Err(Refusal::NotAHandover { number: head.number() }) } else { Ok(next) }
    }

    /// Refuses a checkpoint that is older than [`CHECKPOINT_LIFE`] by a clock that shows `unix_ms` and that its reader
    /// trusts. One whose time is not known is as good as the reader's other reasons to believe it.
    pub fn check_age(&self, unix_ms: u64) -> Result<(), Refusal> {
        let age = Duration::from_millis(unix_ms.saturating_sub(self.time_ms.unwrap_or(unix_ms)));
        if age > CHECKPOINT_LIFE { Err(Refusal::OldCheckpoint { days: age.as_secs() / 86_400 }) } else { Ok(()) }
    }

    /// The voters. Refuses an empty set, one that is too large, repeated keys, and weights of zero or too
    /// much in sum.
    pub(crate) fn voters(&self) -> Result<VoterSet<AuthorityKey>, Refusal> {
        bounded("authorities", self.authorities.len(), MAX_AUTHORITIES)?;
        if self.authorities.iter().any(|authority| authority.weight == 0) {
            return Err(Refusal::UnusableCheckpoint("an authority has no weight"));
        }
        let voters = VoterSet::new(self.authorities.iter().map(|authority| (authority.key, authority.weight)))
            .ok_or(Refusal::UnusableCheckpoint("it has no authorities, or their weights are too large"))?;
        if voters.len().get() != self.authorities.len() {
            return Err(Refusal::UnusableCheckpoint("an authority is named twice"));
        }
        Ok(voters)
    }
}

/// The authorities that a state names, with the number of their set.
fn named_in(values: &ProvenValues) -> Result<(u64, Vec<Authority>), Refusal> {
    let absent = Refusal::UnusableCheckpoint("its state has no authorities");
    let authorities = values.value(&storage::grandpa_authorities())?.ok_or(absent)?;
    let authorities =
        Vec::<Authority>::decode_all(&mut &authorities[..]).map_err(|_| Refusal::UnreadableValue("the authorities"))?;
    let set_id = match values.value(&storage::grandpa_set_id())? {
        None => 0,
        Some(bytes) => u64::decode_all(&mut &bytes[..]).map_err(|_| Refusal::UnreadableValue("the set's number"))?,
    };
    Ok((set_id, authorities))
}

impl fmt::Display for AuthorityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl fmt::Debug for AuthorityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthorityKey({self})")
    }
}

impl FromStr for AuthorityKey {
    type Err = adyton_protocol::ids::InvalidIdentifier;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<BlockHash>().map(|bytes| Self(bytes.0))
    }
}

impl Serialize for AuthorityKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AuthorityKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
