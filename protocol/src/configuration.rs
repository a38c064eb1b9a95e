//! What of a measured program's configuration the network knows: its digest.
//!
//! A configuration has a *profile*, every measured value but the network and the chain it starts from, and the
//! chain accepts a measurement together with one profile. The digest in the attested statement adds the network
//! and the genesis, so that a program which was started on somebody's own chain cannot be registered on this one.

use crate::{
    domain,
    ids::{BlockHash, Digest, NetworkId},
    statement::Role,
};

/// The profile of a configuration for `role`: `values` is every measured value but network and genesis, in the
/// fixed order that the program documents.
pub fn profile(role: Role, values: &[&[u8]]) -> Digest {
    let mut parts = alloc::vec![role.name().as_bytes()];
    parts.extend_from_slice(values);
    Digest(domain::hash(domain::CONFIG_PROFILE, &parts))
}

/// What [`crate::statement::AttestedStatement::config`] is for a program that was started with `profile` on the
/// chain whose first block is `genesis`.
pub fn digest(network: &NetworkId, genesis: &BlockHash, profile: &Digest) -> Digest {
    Digest(domain::bound(domain::CONFIG, network, &[&genesis.0, &profile.0]))
}

/// Several texts as one value of a profile: each with its length before it.
pub fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> alloc::vec::Vec<u8> {
    let mut out = alloc::vec::Vec::new();
    for text in texts {
        out.extend_from_slice(&(text.len() as u32).to_le_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_genesis_role_and_every_value_change_the_digest() {
        let base = (NetworkId([1; 32]), BlockHash([2; 32]), profile(Role::Worker, &[b"a", b"b"]));
        let of = |(network, genesis, profile): &(NetworkId, BlockHash, Digest)| digest(network, genesis, profile);
        for other in [
            (NetworkId([9; 32]), base.1, base.2),
            (base.0, BlockHash([9; 32]), base.2),
            (base.0, base.1, profile(Role::Keyholder, &[b"a", b"b"])),
            (base.0, base.1, profile(Role::Worker, &[b"ab", b""])),
        ] {
            assert_ne!(of(&other), of(&base));
        }
    }

    #[test]
    fn a_list_tells_its_texts_apart() {
        assert_ne!(list(["a b"]), list(["a", "b"]));
        assert_ne!(list(["ab"]), list(["a", "b"]));
    }
}
