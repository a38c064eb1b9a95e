//! A claim set: claims that are always there, claims that may be, and others, which are not looked at.

use super::{CcaClaim, CcaDigest, CcaHash, CcaRefusal, CcaToken};
use crate::cbor::{Cbor, CborFault, Key, Map};

/// The most claims in a set, known and unknown.
const MOST_CLAIMS: usize = 32;

/// The claims of one token, or of one component in it.
pub(super) struct Claims<'a> {
    token: CcaToken,
    map: Map<'a>,
}

impl<'a> Claims<'a> {
    /// The claim set that `payload` consists of.
    pub(super) fn parse(token: CcaToken, payload: &'a [u8]) -> Result<Self, CcaRefusal> {
        let map =
            Cbor::whole(payload, |cbor| cbor.map(MOST_CLAIMS)).map_err(|fault| CcaRefusal::Claims(token, fault))?;
        Ok(Self { token, map })
    }

    /// The claims of a part of `token`, at which `cbor` stands.
    pub(super) fn of_part(token: CcaToken, cbor: &mut Cbor<'a>) -> Result<Self, CcaRefusal> {
        let map = cbor.map(MOST_CLAIMS).map_err(|fault| CcaRefusal::Claims(token, fault))?;
        Ok(Self { token, map })
    }

    /// The refusal for claims that are not the CBOR that they should be.
    pub(super) fn refused(&self) -> impl Fn(CborFault) -> CcaRefusal + use<> {
        let token = self.token;
        move |fault| CcaRefusal::Claims(token, fault)
    }

    pub(super) fn required(&mut self, label: i64, claim: CcaClaim) -> Result<Cbor<'a>, CcaRefusal> {
        self.map.take(Key::Integer(label)).ok_or(CcaRefusal::MissingClaim(claim))
    }

    /// A byte string of `least` to `most` bytes.
    pub(super) fn bytes(
        &mut self,
        label: i64,
        claim: CcaClaim,
        least: usize,
        most: usize,
    ) -> Result<&'a [u8], CcaRefusal> {
        let bytes = self.required(label, claim)?.bytes().map_err(self.refused())?;
        require_length(claim, bytes.len(), least, most)?;
        Ok(bytes)
    }

    /// A byte string of `N` bytes.
    pub(super) fn array<const N: usize>(&mut self, label: i64, claim: CcaClaim) -> Result<&'a [u8; N], CcaRefusal> {
        let bytes = self.bytes(label, claim, N, N)?;
        bytes.try_into().map_err(|_| CcaRefusal::MissingClaim(claim))
    }

    /// A byte string as long as a hash.
    pub(super) fn digest(&mut self, label: i64, claim: CcaClaim) -> Result<CcaDigest, CcaRefusal> {
        let bytes = self.required(label, claim)?.bytes().map_err(self.refused())?;
        digest(claim, bytes)
    }

    /// A text of at most `most` bytes.
    pub(super) fn text(&mut self, label: i64, claim: CcaClaim, most: usize) -> Result<&'a str, CcaRefusal> {
        self.optional_text(label, claim, most)?.ok_or(CcaRefusal::MissingClaim(claim))
    }

    /// A text of at most `most` bytes, if it is there.
    pub(super) fn optional_text(
        &mut self,
        label: i64,
        claim: CcaClaim,
        most: usize,
    ) -> Result<Option<&'a str>, CcaRefusal> {
        let Some(mut value) = self.map.take(Key::Integer(label)) else { return Ok(None) };
        let text = value.text().map_err(self.refused())?;
        require_length(claim, text.len(), 0, most)?;
        if text.chars().any(char::is_control) { Err(CcaRefusal::Text(claim)) } else { Ok(Some(text)) }
    }

    /// The name of a hash.
    pub(super) fn hash(&mut self, label: i64, claim: CcaClaim) -> Result<CcaHash, CcaRefusal> {
        let name = self.required(label, claim)?.text().map_err(self.refused())?;
        CcaHash::from_name(name).ok_or(CcaRefusal::Hash(claim))
    }
}

/// A measurement or signer.
pub(super) fn digest(claim: CcaClaim, bytes: &[u8]) -> Result<CcaDigest, CcaRefusal> {
    let found = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    CcaDigest::new(bytes).ok_or(CcaRefusal::DigestLength { claim, found })
}

fn require_length(claim: CcaClaim, found: usize, least: usize, most: usize) -> Result<(), CcaRefusal> {
    if (least..=most).contains(&found) {
        return Ok(());
    }
    let [found, least, most] = [found, least, most].map(|length| u32::try_from(length).unwrap_or(u32::MAX));
    Err(CcaRefusal::ClaimLength { claim, found, least, most })
}
