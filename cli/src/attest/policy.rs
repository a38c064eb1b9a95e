//! The policy's file: the library's plain data as TOML, with roots named by files of certificates instead of keys
//! that nobody can read.

use std::path::{Path, PathBuf};

use adyton_attestation::{
    IntelRoot, Policy, Roots,
    cca::CcaPlatformKey,
    nitro::NitroRoot,
    nvidia::{Chain, NvidiaRoot, NvidiaRoots},
    snp::{SnpProduct, SnpRoot},
    tpm::TpmRoot,
};
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use toml::{Table, Value};

use super::{der::Certificate, endorsement::Part, file::File};
use crate::output::misuse;

/// The built-in policy, with every field explained.
pub const BUILT_IN: &str = include_str!("policy.toml");

/// The sections that name roots of certificates of attestation keys.
const SECTIONS_WITH_ROOTS: [&str; 2] = ["azure", "tpm"];

/// The policy in the file, or the built-in one.
pub fn read(path: Option<&Path>) -> Result<Policy> {
    let Some(path) = path else { return Ok(Policy::command()) };
    let file = File::read(path)?;
    let parsed = String::from_utf8(file.bytes)
        .context("it is not text")
        .and_then(|text| parse(&text, path.parent().unwrap_or(Path::new(""))));
    parsed.map_err(|error| misuse(format!("{}: {error:#}", path.display())))
}

/// Files with certificates are relative to `folder`.
fn parse(text: &str, folder: &Path) -> Result<Policy> {
    let mut table: Table = toml::from_str(text)?;
    let roots = table.remove("roots");
    for section in SECTIONS_WITH_ROOTS {
        if let Some(named) = table.get_mut(section).and_then(|section| section.get_mut("roots")) {
            let names: Vec<String> = named.clone().try_into().with_context(|| format!("{section}.roots"))?;
            let roots = names.iter().map(|name| tpm_root(name, folder)).collect::<Result<Vec<TpmRoot>>>()?;
            *named = Value::try_from(roots)?;
        }
    }
    let mut policy: Policy = table.try_into()?;
    if let Some(roots) = roots {
        policy.roots = roots.try_into::<NamedRoots>().context("roots")?.read(folder)?;
    }
    Ok(policy)
}

/// A root under which attestation keys of TPMs are certified: one of Microsoft's by name, or a file.
fn tpm_root(name: &str, folder: &Path) -> Result<TpmRoot> {
    match name {
        "azure-virtual-tpm-2023" => Ok(TpmRoot::azure_virtual_tpm_2023()),
        "microsoft-rsa-devices-2021" => Ok(TpmRoot::microsoft_rsa_devices_2021()),
        file => {
            let path = folder.join(file);
            TpmRoot::from_certificate(&certificate(&path)?).with_context(|| path.display().to_string())
        }
    }
}

/// Roots of the vendors' evidence, as they stand in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NamedRoots {
    vendors: bool,
    danger_intel: Vec<PathBuf>,
    danger_snp: Vec<PathBuf>,
    danger_nitro: Vec<PathBuf>,
    danger_nvidia: Vec<NvidiaFiles>,
    cca: Vec<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NvidiaFiles {
    devices: PathBuf,
    manifests: PathBuf,
}

impl NamedRoots {
    fn read(self, folder: &Path) -> Result<Roots> {
        let each = |paths: Vec<PathBuf>| paths.into_iter().map(|path| folder.join(path));
        let mut roots = Roots { vendors: self.vendors, ..Roots::default() };
        for path in each(self.danger_intel) {
            let root = IntelRoot::from_certificate(&certificate(&path)?);
            roots.intel.push(root.with_context(|| path.display().to_string())?);
        }
        for path in each(self.danger_nitro) {
            let root = NitroRoot::from_certificate(&certificate(&path)?);
            roots.nitro.push(root.with_context(|| path.display().to_string())?);
        }
        for path in each(self.danger_snp) {
            roots.snp.push(snp_root(&path).with_context(|| path.display().to_string())?);
        }
        for NvidiaFiles { devices, manifests } in self.danger_nvidia {
            let root = |path: PathBuf, chain| {
                let path = folder.join(path);
                NvidiaRoot::from_certificate(&certificate(&path)?, chain).with_context(|| path.display().to_string())
            };
            let (device, manifest) = (root(devices, Chain::Device)?, root(manifests, Chain::Manifest)?);
            roots.nvidia.push(NvidiaRoots { device, manifest });
        }
        for path in each(self.cca) {
            let keys = CcaPlatformKey::from_file(&File::read(&path)?.bytes);
            roots.cca.append(&mut keys.with_context(|| path.display().to_string())?);
        }
        Ok(roots)
    }
}

/// The root of a product line: the certificates of its root (ARK) and of the authorities for chips' (ASK) and
/// providers' (ASVK) keys, in one file.
fn snp_root(path: &Path) -> Result<SnpRoot> {
    let certificates = certificates(path)?;
    let [ark, ask, asvk] = certificates.as_slice() else { bail!("it has not three certificates: ARK, ASK, ASVK") };
    let name = Certificate::read(ark).map(|certificate| certificate.common_name()).unwrap_or_default();
    let product = SnpProduct::ALL.into_iter().find(|product| name == format!("ARK-{product}"));
    let product = product.context("its first certificate is not called ARK- and a product line")?;
    Ok(SnpRoot::from_certificates(product, ark, ask, asvk)?)
}

fn certificate(path: &Path) -> Result<Vec<u8>> {
    let mut certificates = certificates(path)?;
    ensure!(certificates.len() == 1, "{} has not one certificate", path.display());
    Ok(certificates.remove(0))
}

fn certificates(path: &Path) -> Result<Vec<Vec<u8>>> {
    let parts = Part::of(&File::read(path)?)?.into_iter();
    let certificates = parts.map(|part| match part {
        Part::Certificate(der) => Ok(der),
        other => Err(misuse(format!("{} is a {}, not a certificate", path.display(), other.name()))),
    });
    certificates.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_attestation::EvidenceKind;
    use adyton_development_root::DevelopmentRoot;

    fn refusal(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        std::fs::write(&path, text).unwrap();
        let error = read(Some(&path)).unwrap_err().to_string();
        assert!(error.contains("policy.toml: "), "{error}");
        error
    }

    #[test]
    fn the_printed_policy_is_the_built_in_one() {
        assert_eq!(parse(BUILT_IN, Path::new("")).unwrap(), Policy::command());
        assert_eq!(read(None).unwrap(), Policy::command());
    }

    #[test]
    fn the_floor_that_the_printed_policy_gives_as_an_example_can_be_added() {
        let commented = BUILT_IN.lines().find(|line| line.contains("AMD-SB-3023")).unwrap();
        let floor = commented.trim_start_matches(['#', ' ']);
        let text = BUILT_IN.replace("floors = [\n", &format!("floors = [\n  {floor}\n"));
        let policy = parse(&text, Path::new("")).unwrap();
        for product in SnpProduct::ALL {
            let floors = &policy.snp.product(product).unwrap().floors;
            assert!(floors.iter().any(|floor| floor.cpu.is_none() && floor.minimum.snp == 0x1b), "{product}");
        }
    }

    #[test]
    fn the_grace_that_the_printed_policy_gives_as_an_example_can_be_added() {
        let commented = BUILT_IN.lines().find(|line| line.contains("published = ")).unwrap();
        let grace = commented.trim_start_matches(['#', ' ']);
        let text = BUILT_IN.replace("grace = []", &format!("grace = [\n  {grace}\n]"));
        let grace = parse(&text, Path::new("")).unwrap().snp_advisories.grace;
        // 2025-03-05.
        assert_eq!(grace.iter().map(|one| (one.published, one.days)).collect::<Vec<_>>(), [(1_741_132_800, 365)]);
    }

    /// A comment above each field, and every field that the data has.
    #[test]
    fn every_field_of_the_printed_policy_is_there_and_explained() {
        let mut before = "";
        let mut met = Vec::new();
        for line in BUILT_IN.lines().map(str::trim) {
            if let Some((name, _)) = line.split_once(" = ").filter(|_| !line.starts_with(['#', '{', ']'])) {
                assert!(before.starts_with('#') || before.contains(" = "), "{name} is not explained");
                met.push(name.trim().to_owned());
            }
            before = line;
        }
        let mut wanted = Vec::new();
        fields(&Value::try_from(Policy::command()).unwrap(), &mut wanted);
        for name in wanted {
            let is_explained = met.contains(&name)
                || BUILT_IN.contains(&format!("{name}]"))
                || BUILT_IN.contains(&format!("{name} ="));
            assert!(is_explained, "{name} is missing");
        }
    }

    fn fields(value: &Value, names: &mut Vec<String>) {
        if let Value::Table(table) = value {
            for (name, value) in table {
                names.push(name.clone());
                // Roots stand in the file by the names of their certificates.
                if name != "roots" {
                    fields(value, names);
                }
            }
        }
    }

    #[test]
    fn what_is_not_named_is_not_accepted() {
        let policy = parse("kinds = [\"intel-tdx\"]", Path::new("")).unwrap();
        assert_eq!(policy, Policy { kinds: vec![EvidenceKind::IntelTdx], ..Policy::default() });
        assert!(policy.intel.accepts_nothing() && policy.roots.intel().next().is_none());
    }

    #[test]
    fn an_unknown_field_is_refused_wherever_it_stands() {
        for text in [
            "debug = true",
            "[roots]\nvendor = true",
            "[machines]\naccept_all = true",
            &BUILT_IN.replace("[nitro]", "[nitro]\nallow_debug = true"),
            &BUILT_IN.replace("[azure.pcrs]", "[azure.pcrs]\nbank = 1"),
        ] {
            assert!(refusal(text).contains("unknown field"), "{text}");
        }
        assert!(refusal("kinds = [").contains("TOML"));
        assert!(refusal("kinds = [\"amd-sev\"]").contains("amd-sev"));
    }

    #[test]
    fn other_roots_come_from_files_beside_the_policy() {
        let folder = tempfile::tempdir().unwrap();
        let root = DevelopmentRoot::insecure_from_seed([1; 32]);
        std::fs::write(folder.path().join("root.der"), root.root_certificate()).unwrap();
        let policy = parse("[roots]\ndanger_intel = [\"root.der\"]", folder.path()).unwrap();
        assert_eq!(policy.roots, Roots { intel: vec![root.root()], ..Roots::default() });
        for bad in ["[\"none\"]", "[\"policy\"]"] {
            std::fs::write(folder.path().join("policy"), "words").unwrap();
            assert!(parse(&format!("[roots]\ndanger_intel = {bad}"), folder.path()).is_err());
        }
        let not_amds = "[roots]\ndanger_snp = [\"root.der\"]";
        assert!(parse(not_amds, folder.path()).unwrap_err().to_string().contains("root.der"));
    }

    #[test]
    fn roots_of_attestation_keys_are_named_or_come_from_files() {
        let text = BUILT_IN.replace("\"azure-virtual-tpm-2023\", ", "");
        let policy = parse(&text, Path::new("")).unwrap();
        assert_eq!(policy.azure.roots, [TpmRoot::microsoft_rsa_devices_2021()]);
        let text = BUILT_IN.replace("azure-virtual-tpm-2023", "no-such-file");
        assert!(format!("{:#}", parse(&text, Path::new("")).unwrap_err()).contains("no-such-file"));
    }
}
