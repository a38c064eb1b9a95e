//! The joined evaluation, and the contract's secret that comes out of it.

use adyton_protocol::{domain, key_label::KeyLabel};
use codec::Encode as _;
use commonware_codec::Encode as _;
use commonware_cryptography::bls12381::primitives::variant::Variant as Scheme;
use hkdf::Hkdf;
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

use crate::Variant;

/// The threshold evaluation of one label: the same from every sufficient subset of the committee. Wiped when
/// dropped.
pub struct Evaluation {
    label: KeyLabel,
    value: Zeroizing<[u8; 48]>,
}

/// A contract's secret for one purpose and key epoch. Wiped when dropped.
#[derive(Clone)]
pub struct ContractSecret(Zeroizing<[u8; 32]>);

impl Evaluation {
    pub(crate) fn new(label: KeyLabel, point: &<Variant as Scheme>::Signature) -> Self {
        let mut value = Zeroizing::new([0; 48]);
        value.copy_from_slice(&Zeroizing::new(point.encode().to_vec()));
        Self { label, value }
    }

    /// The label that was evaluated.
    pub fn label(&self) -> &KeyLabel {
        &self.label
    }

    /// HKDF-SHA256 (RFC 5869) without salt: the input key is the compressed point, the info names the network
    /// and the whole label.
    pub fn contract_secret(&self) -> ContractSecret {
        let info = domain::encode_bound(domain::CONTRACT_SECRET, &self.label.network, &[&self.label.encode()]);
        let mut out = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, &*self.value)
            .expand(&info, &mut *out)
            .expect("32 bytes are below HKDF's limit of 8160");
        ContractSecret(out)
    }
}

impl ContractSecret {
    /// The 32 secret bytes, for deriving further keys.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Evaluation({:?})", self.label)
    }
}

impl fmt::Debug for ContractSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContractSecret(..)")
    }
}
