//! A root of trust as the chain's own verifier keeps it (`specs/storage.md`, `RootKeys`).

use adyton_attestation::{IntelRoot, Roots, nitro::NitroRoot, snp::SnpRoot};
use codec::Decode;

/// A root as the chain's verifier has it.
#[derive(Debug, Clone, PartialEq, Eq, Decode)]
pub enum RootKey {
    /// Of Intel's shape.
    #[codec(index = 0)]
    Intel(IntelRoot),
    /// Of AMD's.
    #[codec(index = 1)]
    Snp(Box<SnpRoot>),
    /// Of AWS's.
    #[codec(index = 2)]
    Nitro(NitroRoot),
}

impl RootKey {
    /// Trusts it too.
    pub fn add_to(&self, roots: &mut Roots) {
        match self {
            Self::Intel(root) => roots.intel.push(*root),
            Self::Snp(root) => roots.snp.push((**root).clone()),
            Self::Nitro(root) => roots.nitro.push(*root),
        }
    }
}

#[cfg(test)]
mod tests {
    use adyton_attestation::snp::SnpProduct;
    use codec::{DecodeAll, Encode};

    use super::*;

    #[test]
    fn the_chains_roots_are_read_in_their_layout_and_stand_beside_those_of_their_vendor() {
        let (intel, amd, aws) = (IntelRoot::intel(), SnpRoot::amd(SnpProduct::Genoa), NitroRoot::aws());
        let stored = [(0, intel.encode()), (1, amd.encode()), (2, aws.encode())];
        let mut roots = Roots::default();
        for (shape, root) in stored {
            let bytes = [vec![shape], root].concat();
            RootKey::decode_all(&mut &bytes[..]).expect("is a root").add_to(&mut roots);
        }
        assert_eq!(roots, Roots { intel: vec![intel], snp: vec![amd], nitro: vec![aws], ..Roots::default() });
    }
}
