//! TCB information as Intel publishes it (PCS API v4, version 3), and how it becomes compact.

use alloc::{string::String, vec::Vec};
use bounded_collections::BoundedVec;
use serde::Deserialize;

use super::{
    checked::{Advisories, AdvisoryList, Level, Module, ModuleIdentity, Modules, PartLevel},
    quote::Environment,
    time,
};
use crate::{Advisory, Document, IntelRefusal, TcbStatus, x509::Window};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TcbInfoJson<'a> {
    id: &'a str,
    version: u32,
    issue_date: &'a str,
    next_update: &'a str,
    fmspc: &'a str,
    pce_id: &'a str,
    tcb_type: u32,
    tcb_evaluation_data_number: u32,
    #[serde(borrow, default)]
    tdx_module: Option<ModuleIdentityJson<'a>>,
    #[serde(borrow, default)]
    tdx_module_identities: Option<Vec<ModuleJson<'a>>>,
    #[serde(borrow)]
    tcb_levels: Vec<LevelJson<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ModuleIdentityJson<'a> {
    mrsigner: &'a str,
    attributes: &'a str,
    attributes_mask: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ModuleJson<'a> {
    id: &'a str,
    mrsigner: &'a str,
    attributes: &'a str,
    attributes_mask: &'a str,
    #[serde(borrow)]
    tcb_levels: Vec<PartLevelJson<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LevelJson<'a> {
    tcb: TcbJson,
    tcb_date: &'a str,
    tcb_status: &'a str,
    #[serde(borrow, default, rename = "advisoryIDs")]
    advisories: Vec<&'a str>,
}

#[derive(Deserialize)]
struct TcbJson {
    sgxtcbcomponents: [ComponentJson; 16],
    #[serde(default)]
    tdxtcbcomponents: Option<[ComponentJson; 16]>,
    pcesvn: u16,
}

#[derive(Deserialize)]
struct ComponentJson {
    svn: u8,
}

/// One level of a part with a single version number, as Intel writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PartLevelJson<'a> {
    tcb: SvnJson,
    tcb_date: &'a str,
    tcb_status: &'a str,
    #[serde(borrow, default, rename = "advisoryIDs")]
    advisories: Vec<&'a str>,
}

#[derive(Deserialize)]
struct SvnJson {
    isvsvn: u16,
}

/// TCB information, read.
pub(super) struct TcbInfo {
    pub(super) environment: Environment,
    pub(super) window: Window,
    pub(super) fmspc: [u8; 6],
    pub(super) pce_id: [u8; 2],
    pub(super) evaluation_number: u32,
    pub(super) levels: Vec<Level>,
    /// For TDX; none for SGX.
    pub(super) modules: Option<Modules>,
}

const MALFORMED: IntelRefusal = IntelRefusal::Malformed(Document::TcbInfo);

impl TcbInfo {
    /// Reads `text`, whose signature the caller has checked; advisories go into `table`.
    pub(super) fn read(text: &[u8], table: &mut Advisories) -> Result<Self, IntelRefusal> {
        const WRONG_KIND: IntelRefusal = IntelRefusal::WrongKind(Document::TcbInfo);
        let json: TcbInfoJson<'_> =
            serde_json::from_slice(text).map_err(|_| KindJson::refusal(text, environment, WRONG_KIND, MALFORMED))?;
        let environment = environment(json.id, json.version).ok_or(WRONG_KIND)?;
        if json.tcb_type != 0 {
            return Err(WRONG_KIND);
        }
        let levels: Vec<Level> =
            json.tcb_levels.iter().map(|level| read_level(level, environment, table)).collect::<Result<_, _>>()?;
        require_order(&levels)?;
        Ok(Self {
            environment,
            window: window(json.issue_date, json.next_update).ok_or(MALFORMED)?,
            fmspc: octets(json.fmspc).ok_or(MALFORMED)?,
            pce_id: octets(json.pce_id).ok_or(MALFORMED)?,
            evaluation_number: json.tcb_evaluation_data_number,
            levels,
            modules: read_modules(&json, environment, table)?,
        })
    }
}

/// Which environment TCB information of this kind is for; `None` if it is of no known kind.
fn environment(id: &str, version: u32) -> Option<Environment> {
    match (id, version) {
        ("SGX", 3) => Some(Environment::Sgx),
        ("TDX", 3) => Some(Environment::Tdx),
        _ => None,
    }
}

/// The two fields that say what a document is. They are read apart only of one that does not have its kind's shape: it
/// may be of another kind.
#[derive(Deserialize)]
pub(super) struct KindJson<'a> {
    id: &'a str,
    version: u32,
}

impl<'a> KindJson<'a> {
    /// Why the document `text` could not be read: it is of another kind than `known` knows, or it is malformed.
    pub(super) fn refusal<T>(
        text: &'a [u8],
        known: impl Fn(&str, u32) -> Option<T>,
        wrong_kind: IntelRefusal,
        malformed: IntelRefusal,
    ) -> IntelRefusal {
        match serde_json::from_slice::<Self>(text) {
            Ok(kind) if known(kind.id, kind.version).is_none() => wrong_kind,
            Ok(_) | Err(_) => malformed,
        }
    }
}

fn read_level(json: &LevelJson<'_>, environment: Environment, table: &mut Advisories) -> Result<Level, IntelRefusal> {
    let svns = |all: &[ComponentJson; 16]| core::array::from_fn(|index| all.get(index).map_or(0, |one| one.svn));
    Ok(Level {
        sgx: svns(&json.tcb.sgxtcbcomponents),
        tdx: match (environment, &json.tcb.tdxtcbcomponents) {
            (Environment::Sgx, None) => [0; 16],
            (Environment::Tdx, Some(all)) => svns(all),
            (Environment::Sgx, Some(_)) | (Environment::Tdx, None) => return Err(MALFORMED),
        },
        pce_svn: json.tcb.pcesvn,
        status: status(json.tcb_status).ok_or(MALFORMED)?,
        date: time::parse(json.tcb_date).ok_or(MALFORMED)?,
        advisories: intern(&json.advisories, table).ok_or(MALFORMED)?,
    })
}

/// Levels are tried in order, so a later one must not be at or above an earlier one.
fn require_order(levels: &[Level]) -> Result<(), IntelRefusal> {
    let at_or_above = |one: &Level, other: &Level| {
        one.pce_svn >= other.pce_svn
            && one.sgx.iter().zip(&other.sgx).all(|(one, other)| one >= other)
            && one.tdx.iter().zip(&other.tdx).all(|(one, other)| one >= other)
    };
    for (index, earlier) in levels.iter().enumerate() {
        if levels.iter().skip(index + 1).any(|later| at_or_above(later, earlier)) {
            return Err(MALFORMED);
        }
    }
    if levels.is_empty() { Err(MALFORMED) } else { Ok(()) }
}

/// The modules that TDX has and SGX has not.
fn read_modules(
    json: &TcbInfoJson<'_>,
    environment: Environment,
    table: &mut Advisories,
) -> Result<Option<Modules>, IntelRefusal> {
    let unversioned = match (environment, &json.tdx_module) {
        (Environment::Sgx, None) if json.tdx_module_identities.is_none() => return Ok(None),
        (Environment::Tdx, Some(module)) => identity(module.mrsigner, module.attributes, module.attributes_mask)?,
        (Environment::Sgx | Environment::Tdx, _) => return Err(MALFORMED),
    };
    let modules = json.tdx_module_identities.iter().flatten();
    let modules: Vec<Module> = modules.map(|module| read_module(module, table)).collect::<Result<_, _>>()?;
    let mut pairs = modules.iter().enumerate();
    if pairs.any(|(index, one)| modules.iter().skip(index + 1).any(|two| one.version == two.version)) {
        return Err(MALFORMED);
    }
    let versions = BoundedVec::try_from(modules).map_err(|_| IntelRefusal::TooLarge(Document::TcbInfo))?;
    Ok(Some(Modules { unversioned, versions }))
}

/// A status that Intel gives to levels.
fn status(name: &str) -> Option<TcbStatus> {
    TcbStatus::from_name(name).filter(|status| status.is_of_a_level())
}

fn read_module(json: &ModuleJson<'_>, table: &mut Advisories) -> Result<Module, IntelRefusal> {
    let digits = json.id.strip_prefix("TDX_").ok_or(MALFORMED)?;
    let [version] = octets(digits).ok_or(MALFORMED)?;
    let levels = read_part_levels(&json.tcb_levels, table).ok_or(MALFORMED)?;
    Ok(Module {
        version,
        identity: identity(json.mrsigner, json.attributes, json.attributes_mask)?,
        levels: BoundedVec::try_from(levels).map_err(|_| IntelRefusal::TooLarge(Document::TcbInfo))?,
    })
}

fn identity(signer: &str, attributes: &str, mask: &str) -> Result<ModuleIdentity, IntelRefusal> {
    Ok(ModuleIdentity {
        signer: octets(signer).ok_or(MALFORMED)?,
        attributes: octets(attributes).ok_or(MALFORMED)?,
        attributes_mask: octets(mask).ok_or(MALFORMED)?,
    })
}

/// The levels of a part, which must fall strictly; `None` if anything is wrong with them.
pub(super) fn read_part_levels(json: &[PartLevelJson<'_>], table: &mut Advisories) -> Option<Vec<PartLevel>> {
    let mut levels: Vec<PartLevel> = Vec::with_capacity(json.len());
    for level in json {
        if levels.last().is_some_and(|above| above.svn <= level.tcb.isvsvn) {
            return None;
        }
        levels.push(PartLevel {
            svn: level.tcb.isvsvn,
            status: status(level.tcb_status)?,
            date: time::parse(level.tcb_date)?,
            advisories: intern(&level.advisories, table)?,
        });
    }
    (!levels.is_empty()).then_some(levels)
}

/// The span from `issue_date` to `next_update`.
pub(super) fn window(issue_date: &str, next_update: &str) -> Option<Window> {
    Some(Window { not_before: time::parse(issue_date)?, not_after: time::parse(next_update)? })
}

/// Exactly `N` octets in hexadecimal.
pub(super) fn octets<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    hex::decode_to_slice(text, &mut out).ok()?;
    Some(out)
}

/// The positions of `names` in `table`, which grows by those that it does not hold yet.
fn intern(names: &[&str], table: &mut Advisories) -> Option<AdvisoryList> {
    let mut positions = AdvisoryList::default();
    for name in names {
        let position = match table.iter().position(|known| known.as_slice() == name.as_bytes()) {
            Some(position) => position,
            None => {
                Advisory::new(name)?;
                table.try_push(String::from(*name).into_bytes().try_into().ok()?).ok()?;
                table.len().checked_sub(1)?
            }
        };
        positions.try_push(u8::try_from(position).ok()?).ok()?;
    }
    Some(positions)
}
