//! Certificate revocation lists (RFC 5280 §5).

use crate::{
    asn1,
    certificate::{Extension, Name, extension},
    keys::{Key, Keys},
};

/// Everything in a revocation list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlPlan {
    /// Who is named as issuer.
    pub issuer: Name,
    /// The key that signs.
    pub signer: Key,
    /// First second (Unix).
    pub this_update: u64,
    /// Last second (Unix); `None` leaves it out.
    pub next_update: Option<u64>,
    /// The serial numbers that are revoked.
    pub revoked: Vec<[u8; 20]>,
    /// Extensions in addition to the list's number.
    pub extensions: Vec<Extension>,
}

impl CrlPlan {
    pub(crate) fn issue(&self, keys: &Keys) -> Vec<u8> {
        let mut fields =
            vec![asn1::integer(&[1]), asn1::ecdsa_with_sha256(), self.issuer.encode(), asn1::time(self.this_update)];
        fields.extend(self.next_update.map(asn1::time));
        if !self.revoked.is_empty() {
            let entries = self.revoked.iter().map(|serial| {
                let reason = extension("2.5.29.21", false, &asn1::value(asn1::ENUMERATED, &[1]));
                asn1::sequence(&[asn1::integer(serial), asn1::time(self.this_update), asn1::sequence(&[reason])])
            });
            fields.push(asn1::sequence(&entries.collect::<Vec<_>>()));
        }
        let mut extensions = vec![extension("2.5.29.20", false, &asn1::integer(&[1]))];
        extensions.extend(self.extensions.iter().map(|one| extension(&one.oid, one.critical, &one.value)));
        fields.push(asn1::tagged(0, &asn1::sequence(&extensions)));

        let signed = asn1::sequence(&fields);
        let signature = asn1::bit_string(&keys.sign_der(&self.signer, &signed));
        asn1::sequence(&[signed, asn1::ecdsa_with_sha256(), signature])
    }
}
