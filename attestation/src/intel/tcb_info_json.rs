//! TCB information as Intel publishes it (PCS API v4, version 3, for TDX), and how it becomes compact.

use alloc::{string::String, vec::Vec};
use bounded_collections::BoundedVec;
use serde::Deserialize;

use super::{
    checked::{Advisories, AdvisoryList, Level, Module, ModuleIdentity, PartLevel},
    time,
    window::Window,
};
use crate::{Document, Refusal, TcbStatus};

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
    #[serde(borrow)]
    tdx_module: ModuleIdentityJson<'a>,
    #[serde(borrow, default)]
    tdx_module_identities: Vec<ModuleJson<'a>>,
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
    tdxtcbcomponents: [ComponentJson; 16],
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

/// TCB information for TDX, read.
pub(super) struct TcbInfo {
    pub(super) window: Window,
    pub(super) fmspc: [u8; 6],
    pub(super) pce_id: [u8; 2],
    pub(super) evaluation_number: u32,
    pub(super) levels: Vec<Level>,
    pub(super) module: ModuleIdentity,
    pub(super) modules: Vec<Module>,
}

const MALFORMED: Refusal = Refusal::Malformed(Document::TcbInfo);

impl TcbInfo {
    /// Reads `text`, whose signature the caller has checked; advisories go into `table`.
    pub(super) fn read(text: &[u8], table: &mut Advisories) -> Result<Self, Refusal> {
        let kind: KindJson<'_> = serde_json::from_slice(text).map_err(|_| MALFORMED)?;
        if kind.id != "TDX" || kind.version != 3 {
            return Err(Refusal::WrongKind(Document::TcbInfo));
        }
        let json: TcbInfoJson<'_> = serde_json::from_slice(text).map_err(|_| MALFORMED)?;
        if json.id != kind.id || json.version != kind.version || json.tcb_type != 0 {
            return Err(Refusal::WrongKind(Document::TcbInfo));
        }
        let levels: Vec<Level> =
            json.tcb_levels.iter().map(|level| read_level(level, table)).collect::<Result<_, _>>()?;
        require_order(&levels)?;
        let modules: Vec<Module> =
            json.tdx_module_identities.iter().map(|module| read_module(module, table)).collect::<Result<_, _>>()?;
        let versions = modules.iter().enumerate();
        if versions.into_iter().any(|(index, one)| modules.iter().skip(index + 1).any(|two| one.version == two.version))
        {
            return Err(MALFORMED);
        }
        Ok(Self {
            window: window(json.issue_date, json.next_update).ok_or(MALFORMED)?,
            fmspc: octets(json.fmspc).ok_or(MALFORMED)?,
            pce_id: octets(json.pce_id).ok_or(MALFORMED)?,
            evaluation_number: json.tcb_evaluation_data_number,
            levels,
            module: identity(json.tdx_module.mrsigner, json.tdx_module.attributes, json.tdx_module.attributes_mask)?,
            modules,
        })
    }
}

/// The two fields that say what a document is, read before its shape is relied on.
#[derive(Deserialize)]
pub(super) struct KindJson<'a> {
    pub(super) id: &'a str,
    pub(super) version: u32,
}

fn read_level(json: &LevelJson<'_>, table: &mut Advisories) -> Result<Level, Refusal> {
    Ok(Level {
        sgx: core::array::from_fn(|index| json.tcb.sgxtcbcomponents.get(index).map_or(0, |one| one.svn)),
        tdx: core::array::from_fn(|index| json.tcb.tdxtcbcomponents.get(index).map_or(0, |one| one.svn)),
        pce_svn: json.tcb.pcesvn,
        status: TcbStatus::from_name(json.tcb_status).ok_or(MALFORMED)?,
        date: time::parse(json.tcb_date).ok_or(MALFORMED)?,
        advisories: intern(&json.advisories, table).ok_or(MALFORMED)?,
    })
}

/// Levels are tried in order, so a later one must not be at or above an earlier one.
fn require_order(levels: &[Level]) -> Result<(), Refusal> {
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

fn read_module(json: &ModuleJson<'_>, table: &mut Advisories) -> Result<Module, Refusal> {
    let digits = json.id.strip_prefix("TDX_").ok_or(MALFORMED)?;
    let [version] = octets(digits).ok_or(MALFORMED)?;
    let levels = read_part_levels(&json.tcb_levels, table).ok_or(MALFORMED)?;
    Ok(Module {
        version,
        identity: identity(json.mrsigner, json.attributes, json.attributes_mask)?,
        levels: BoundedVec::try_from(levels).map_err(|_| Refusal::TooLarge(Document::TcbInfo))?,
    })
}

fn identity(signer: &str, attributes: &str, mask: &str) -> Result<ModuleIdentity, Refusal> {
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
            status: TcbStatus::from_name(level.tcb_status)?,
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
                table.try_push(String::from(*name).into_bytes().try_into().ok()?).ok()?;
                table.len().checked_sub(1)?
            }
        };
        positions.try_push(u8::try_from(position).ok()?).ok()?;
    }
    Some(positions)
}
