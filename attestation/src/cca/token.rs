//! The collection of a platform's and a realm's signed claims, cut apart. Nothing here is trusted yet.

use super::{CcaProfile, CcaRefusal, CcaToken, platform::PlatformClaims, realm::RealmClaims};
use crate::{
    cbor::{Cbor, Key, Map},
    cose::{Algorithm, CoseFault, Sign1, Tagging},
};

/// The longest token that is read; emulated ones have 1 to 3 KiB.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// A collection of EAT drafts, each entry a byte string.
const EAT_COLLECTION: u64 = 399;
/// A collection of conceptual messages (draft-ietf-rats-msg-wrap), each entry with its content format.
const CMW_COLLECTION: u64 = 907;
/// The content format `application/eat+cwt`.
const EAT_CWT: u64 = 263;

const PLATFORM_TOKEN: Key<'static> = Key::Integer(44234);
const REALM_TOKEN: Key<'static> = Key::Integer(44241);
const MOST_ENTRIES: usize = 4;

/// A token in one of its accepted forms.
pub(super) struct Token<'a> {
    pub(super) platform_message: Sign1<'a>,
    pub(super) platform: PlatformClaims<'a>,
    pub(super) realm_message: Sign1<'a>,
    pub(super) realm: RealmClaims<'a>,
}

impl<'a> Token<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, CcaRefusal> {
        if bytes.len() > MAX_TOKEN_BYTES {
            let found = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            return Err(CcaRefusal::TooLarge { found, most: MAX_TOKEN_BYTES as u32 });
        }
        let (tag, mut collection) = Cbor::whole(bytes, |cbor| {
            let tag = cbor.tag()?.ok_or(CcaRefusal::CollectionUntagged)?;
            match tag {
                EAT_COLLECTION | CMW_COLLECTION => (),
                other => return Err(CcaRefusal::CollectionTag(other)),
            }
            Ok((tag, cbor.map(MOST_ENTRIES)?))
        })?;
        let platform = entry(&mut collection, tag, PLATFORM_TOKEN, CcaToken::Platform)?;
        let realm = entry(&mut collection, tag, REALM_TOKEN, CcaToken::Realm)?;
        if !collection.is_empty() {
            return Err(CcaRefusal::UnknownEntry);
        }
        let platform_message = message(platform, CcaToken::Platform)?;
        let realm_message = message(realm, CcaToken::Realm)?;
        if realm_message.algorithm != Algorithm::Es384 {
            let fault = CoseFault::Algorithm(realm_message.algorithm.number()); // its key is on P-384
            return Err(CcaRefusal::Message(CcaToken::Realm, fault));
        }
        let platform = PlatformClaims::parse(platform_message.payload)?;
        let realm = RealmClaims::parse(realm_message.payload)?;
        match (platform.platform.profile, realm.profile) {
            // Realm managers took up the profiles of 2023 before the firmware that makes platform tokens did.
            (CcaProfile::Legacy, CcaProfile::Legacy | CcaProfile::Arm2023)
            | (CcaProfile::Arm2023, CcaProfile::Arm2023) => (),
            (CcaProfile::Arm2023, CcaProfile::Legacy) => return Err(CcaRefusal::MixedProfiles),
        }
        Ok(Self { platform, platform_message, realm, realm_message })
    }
}

fn entry<'a>(collection: &mut Map<'a>, tag: u64, key: Key<'_>, token: CcaToken) -> Result<&'a [u8], CcaRefusal> {
    let mut value = collection.take(key).ok_or(CcaRefusal::MissingToken(token))?;
    if tag == CMW_COLLECTION {
        if value.array(2)? != 2 {
            return Err(CcaRefusal::MissingToken(token));
        }
        match value.unsigned()? {
            EAT_CWT => (),
            found => return Err(CcaRefusal::ContentFormat { token, found }),
        }
    }
    Ok(value.bytes()?)
}

fn message(bytes: &[u8], token: CcaToken) -> Result<Sign1<'_>, CcaRefusal> {
    Sign1::parse(bytes, Tagging::Required).map_err(|fault| CcaRefusal::Message(token, fault))
}
