//! The realm's claims. Source: draft-ffm-rats-cca-token, "Realm Claims"; RMM specification §A.7.2.3 for the form
//! before it.

use super::{
    CcaClaim, CcaDigest, CcaHash, CcaMeasurement, CcaProfile, CcaRefusal, CcaToken,
    claims::{Claims, digest},
};
use crate::cbor::{Cbor, CborFault, Key};

const MAX_KEY_BYTES: usize = 256;

/// The realm's claims.
pub(super) struct RealmClaims<'a> {
    pub(super) profile: CcaProfile,
    pub(super) challenge: &'a [u8; 64],
    pub(super) measurement: CcaMeasurement,
    pub(super) key: RealmKey<'a>,
}

/// The realm manager's attestation key (RAK).
pub(super) struct RealmKey<'a> {
    /// x ‖ y on P-384.
    pub(super) point: [u8; 96],
    /// The claim, of which the platform's challenge is the hash.
    pub(super) claim: &'a [u8],
    /// That hash.
    pub(super) hash: CcaHash,
}

impl<'a> RealmClaims<'a> {
    pub(super) fn parse(payload: &'a [u8]) -> Result<Self, CcaRefusal> {
        let mut claims = Claims::parse(CcaToken::Realm, payload)?;
        let profile = match claims.optional_text(265, CcaClaim::RealmProfile, 128)? {
            None => CcaProfile::Legacy,
            Some("tag:arm.com,2023:realm#1.0.0") => CcaProfile::Arm2023,
            Some(_) => return Err(CcaRefusal::Profile(CcaToken::Realm)),
        };
        Ok(Self {
            profile,
            challenge: claims.array(10, CcaClaim::RealmChallenge)?,
            measurement: measurement(&mut claims)?,
            key: key(&mut claims, profile)?,
        })
    }
}

fn measurement(claims: &mut Claims<'_>) -> Result<CcaMeasurement, CcaRefusal> {
    Ok(CcaMeasurement {
        hash: claims.hash(44236, CcaClaim::RealmHash)?,
        initial: claims.digest(44238, CcaClaim::InitialMeasurement)?,
        extensible: extensible(claims)?,
        personalization: *claims.array(44235, CcaClaim::Personalization)?,
    })
}

fn extensible(claims: &mut Claims<'_>) -> Result<[CcaDigest; 4], CcaRefusal> {
    let mut list = claims.required(44239, CcaClaim::ExtensibleMeasurements)?;
    match list.array(usize::from(u8::MAX)).map_err(claims.refused())? {
        4 => (),
        other => return Err(CcaRefusal::ExtensibleCount(other as u8)),
    }
    let refused = claims.refused();
    let mut next = || digest(CcaClaim::ExtensibleMeasurements, list.bytes().map_err(&refused)?);
    Ok([next()?, next()?, next()?, next()?])
}

fn key<'a>(claims: &mut Claims<'a>, profile: CcaProfile) -> Result<RealmKey<'a>, CcaRefusal> {
    let claim = claims.bytes(44237, CcaClaim::RealmKey, 1, MAX_KEY_BYTES)?;
    let point = match profile {
        CcaProfile::Legacy => raw_point(claim),
        CcaProfile::Arm2023 => cose_key(claim),
    };
    Ok(RealmKey {
        point: point.ok_or(CcaRefusal::RealmKeyForm)?,
        claim,
        hash: claims.hash(44240, CcaClaim::RealmKeyHash)?,
    })
}

/// An uncompressed point (SEC 1 §2.3.3).
fn raw_point(claim: &[u8]) -> Option<[u8; 96]> {
    match claim {
        [4, coordinates @ ..] => coordinates.try_into().ok(),
        _ => None,
    }
}

/// A `COSE_Key` (RFC 9052 §7) with type, curve and coordinates, and nothing else.
fn cose_key(claim: &[u8]) -> Option<[u8; 96]> {
    const EC2: i64 = 2;
    const P384: i64 = 2;
    let mut map = Cbor::whole::<_, CborFault>(claim, |cbor| cbor.map(8)).ok()?;
    let mut take = |label| map.take(Key::Integer(label));
    let is_p384 = take(1)?.integer() == Ok(EC2) && take(-1)?.integer() == Ok(P384);
    let (x, y) = (take(-2)?.bytes().ok()?, take(-3)?.bytes().ok()?);
    if !is_p384 || x.len() != 48 || !map.is_empty() {
        return None;
    }
    [x, y].concat().try_into().ok()
}
