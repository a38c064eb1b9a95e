//! What a platform is short of: its versions against the levels of collateral. Source: Intel PCS API v4, "TCB Info
//! model" and "Enclave identity model".

use core::fmt;

use adyton_attestation::{Collateral, IntelPolicy, TcbStatus, intel::SecurityVersions};
use serde::{Deserialize, Serialize};

use super::watch::accepts;

/// A part whose version is too low.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Short {
    /// The part, as Intel numbers and names it.
    pub part: String,
    /// Its version.
    pub found: u16,
    /// The least that is good enough.
    pub wanted: u16,
    /// What raises it.
    pub raised_by: &'static str,
}

impl fmt::Display for Short {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, found, wanted, raised_by } = self;
        write!(formatter, "short: {part} is at {found}, and {wanted} is wanted; {raised_by} raises it")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TcbInfo {
    #[serde(default)]
    tdx_module_identities: Vec<Module>,
    tcb_levels: Vec<Level>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Level {
    tcb: Tcb,
    tcb_status: TcbStatus,
}

#[derive(Deserialize)]
struct Tcb {
    sgxtcbcomponents: Vec<Component>,
    #[serde(default)]
    tdxtcbcomponents: Vec<Component>,
    pcesvn: u16,
}

#[derive(Deserialize)]
struct Component {
    svn: u16,
    #[serde(default)]
    category: String,
    #[serde(default, rename = "type")]
    kind: String,
}

/// An enclave or a module, whose levels have one version each.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Module {
    #[serde(default)]
    id: String,
    tcb_levels: Vec<PartLevel>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PartLevel {
    tcb: PartTcb,
    tcb_status: TcbStatus,
}

#[derive(Deserialize)]
struct PartTcb {
    isvsvn: u16,
}

/// What is short of the nearest level that the policy accepts, over all parts. Nothing is, where a status is about
/// how the platform is configured. `collateral` must have been authenticated.
pub fn shortfall(collateral: &Collateral, versions: &SecurityVersions, policy: &IntelPolicy) -> Vec<Short> {
    let info = serde_json::from_slice::<TcbInfo>(&collateral.tcb_info);
    let identity = serde_json::from_slice::<Module>(&collateral.qe_identity);
    let (Ok(info), Ok(identity)) = (info, identity) else { return Vec::new() };
    let accepted = info.tcb_levels.iter().filter(|level| accepts(policy, level.tcb_status));
    let nearest = accepted.map(|level| of_platform(level, versions)).min_by_key(Vec::len);
    // Some families have no level that a strict policy accepts; their best one is what can be reached.
    let best = || info.tcb_levels.first().map(|level| of_platform(level, versions));
    let mut short = nearest.or_else(best).unwrap_or_default();
    // Before version 1 the module is judged with the platform.
    if let Some([svn, version, ..]) = versions.tdx.filter(|tdx| tdx[1] > 0) {
        let name = format!("TDX_{version:02X}");
        let module = info.tdx_module_identities.iter().find(|module| module.id.eq_ignore_ascii_case(&name));
        short.extend(module.and_then(|module| {
            of_part(&module.tcb_levels, u16::from(svn), policy, &format!("TDX module {version}"), MODULE)
        }));
    }
    short.extend(of_part(&identity.tcb_levels, versions.quoting_enclave, policy, "quoting enclave", ENCLAVES));
    short
}

const BIOS: &str = "a BIOS update of the machine's maker, and a new registration of the platform with Intel,";
const LATE: &str = "a microcode update by the host's system or a BIOS update, and a restart,";
const MODULE: &str = "a newer TDX module, which the host's system or BIOS loads,";
const LOADER: &str = "a newer TDX module loader (SEAMLDR), which comes with the host's system or BIOS,";
const ENCLAVES: &str = "a newer release of Intel's enclaves (DCAP) on the host";
const UNNAMED: &str = "a platform update of the machine's maker";

fn of_platform(level: &Level, versions: &SecurityVersions) -> Vec<Short> {
    let Tcb { sgxtcbcomponents, tdxtcbcomponents, pcesvn } = &level.tcb;
    let sgx = (1..).zip(sgxtcbcomponents.iter().zip(versions.sgx));
    let mut short: Vec<Short> =
        sgx.filter_map(|(number, (least, found))| component("SGX", number, least, found)).collect();
    if let Some(found) = &versions.tdx {
        // With a versioned module the first two are the module's own, which its identity judges.
        let skipped = if found[1] == 0 { 0 } else { 2 };
        let tdx = (1..).zip(tdxtcbcomponents.iter().zip(found)).skip(skipped);
        short.extend(tdx.filter_map(|(number, (least, found))| component("TDX", number, least, *found)));
    }
    if versions.pce < *pcesvn {
        let part = "provisioning certification enclave (PCE)".into();
        short.push(Short { part, found: versions.pce, wanted: *pcesvn, raised_by: ENCLAVES });
    }
    short
}

fn component(of: &str, number: u8, least: &Component, found: u8) -> Option<Short> {
    let found = u16::from(found);
    let name = if least.kind.is_empty() { &least.category } else { &least.kind };
    let name = name.chars().filter(|character| !character.is_control()).take(64).collect::<String>();
    let name = if name.is_empty() { String::new() } else { format!(" ({name})") };
    (found < least.svn).then(|| Short {
        part: format!("{of} component {number}{name}"),
        found,
        wanted: least.svn,
        raised_by: raised_by(least),
    })
}

fn raised_by(component: &Component) -> &'static str {
    let (category, kind) = (component.category.as_str(), component.kind.as_str());
    match () {
        () if kind.contains("SEAMLDR") => LOADER,
        () if kind.contains("TDX Module") => MODULE,
        () if kind.contains("Late Microcode") => LATE,
        () if category == "BIOS" => BIOS,
        () if category == "OS/VMM" => LATE,
        () => UNNAMED,
    }
}

/// What a part with one version is short of.
fn of_part(
    levels: &[PartLevel],
    found: u16,
    policy: &IntelPolicy,
    name: &str,
    raised_by: &'static str,
) -> Option<Short> {
    let accepted = levels.iter().filter(|level| accepts(policy, level.tcb_status));
    let wanted = accepted.map(|level| level.tcb.isvsvn).min()?;
    (found < wanted).then(|| Short { part: name.into(), found, wanted, raised_by })
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_attestation::intel::inspect;
    use adyton_development_root::{DevelopmentRoot, Role};

    const NOW: u64 = 1_800_000_000;

    fn short(change: impl Fn(&mut adyton_development_root::Plan), policy: &IntelPolicy) -> Vec<String> {
        let root = DevelopmentRoot::insecure_from_seed([1; 32]);
        let mut plan = root.plan(&Role::new("worker").unwrap(), [0; 64], NOW);
        let versions = inspect(&plan.issue().quote, &root.root()).unwrap().versions;
        change(&mut plan);
        let issued = plan.issue();
        shortfall(&issued.collateral, &versions, policy).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_machine_that_is_up_to_date_is_short_of_nothing() {
        assert!(short(|_| (), &IntelPolicy::strict(0)).is_empty());
    }

    #[test]
    fn the_component_that_is_short_is_named_with_what_raises_it() {
        let raise = |plan: &mut adyton_development_root::Plan| {
            let components = &mut plan.tcb_info.value["tcbLevels"][0]["tcb"]["sgxtcbcomponents"];
            components[0] = serde_json::json!({ "svn": 250, "category": "BIOS", "type": "Early Microcode Update" });
            components[1] =
                serde_json::json!({ "svn": 251, "category": "OS/VMM", "type": "SGX Late Microcode Update" });
        };
        let lines = short(raise, &IntelPolicy::strict(0));
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(
            lines[0].contains("SGX component 1 (Early Microcode Update)") && lines[0].contains("250 is wanted; a BIOS")
        );
        assert!(lines[1].contains("SGX component 2 (SGX Late Microcode Update)") && lines[1].contains("restart"));
    }

    #[test]
    fn enclaves_and_modules_have_levels_of_their_own() {
        let raise = |plan: &mut adyton_development_root::Plan| {
            plan.qe_identity.value["tcbLevels"][0]["tcb"]["isvsvn"] = 200.into();
            plan.tcb_info.value["tdxModuleIdentities"][0]["tcbLevels"][0]["tcb"]["isvsvn"] = 201.into();
            plan.tcb_info.value["tcbLevels"][0]["tcb"]["pcesvn"] = 202.into();
        };
        let lines = short(raise, &IntelPolicy::strict(0)).join("\n");
        for part in ["quoting enclave is at", "200 is wanted", "TDX module", "201 is wanted", "(PCE)", "202 is wanted"]
        {
            assert!(lines.contains(part), "{part}: {lines}");
        }
    }

    #[test]
    fn a_policy_that_accepts_nothing_wants_nothing_that_could_be_raised() {
        assert!(short(|_| (), &IntelPolicy::default()).is_empty());
    }
}
