//! The policy's file: the library's plain data as TOML, with roots named by files of certificates instead of keys
//! that nobody can read.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
};

use adyton_attestation::{
    IntelRoot, Policy, Roots,
    cca::CcaPlatformKey,
    nitro::NitroRoot,
    nvidia::{Chain, NvidiaRoot, NvidiaRoots},
    snp::{SnpProduct, SnpRoot},
    tpm::TpmRoot,
};
use serde::Deserialize;
use toml::{Table, Value};

use crate::{
    der::Certificate,
    endorsement::Part,
    error::{Misuse, Result, misuse},
    file::File,
};

/// The built-in policy, with every field explained.
pub const BUILT_IN: &str = include_str!("policy.toml");

/// The sections that name roots of certificates of attestation keys.
const SECTIONS_WITH_ROOTS: [&str; 2] = ["azure", "tpm"];

/// Reads a file that a policy names.
pub type Reader<'a> = &'a dyn Fn(&Path) -> Result<File>;

/// The policy in a file's text; `read` reads the files with certificates that it names.
///
/// # Errors
/// It is no policy, or one of those files is not what it is named for; the text says which.
pub fn parse(bytes: &[u8], read: Reader<'_>) -> Result<Policy> {
    let text = std::str::from_utf8(bytes).map_err(|_| misuse("it is not text"))?;
    let mut table: Table = toml::from_str(text).map_err(|error| misuse(error.to_string()))?;
    let roots = table.remove("roots");
    for section in SECTIONS_WITH_ROOTS {
        if let Some(named) = table.get_mut(section).and_then(|section| section.get_mut("roots")) {
            let names: Vec<String> = named.clone().try_into().map_err(of(format!("{section}.roots")))?;
            let roots = names.iter().map(|name| tpm_root(name, read)).collect::<Result<Vec<TpmRoot>>>()?;
            *named = Value::try_from(roots).map_err(of(format!("{section}.roots")))?;
        }
    }
    let mut policy: Policy = table.try_into().map_err(|error: toml::de::Error| misuse(error.to_string()))?;
    if let Some(roots) = roots {
        policy.roots = roots.try_into::<NamedRoots>().map_err(of("roots"))?.read(read)?;
    }
    Ok(policy)
}

/// What is wrong, behind what it is wrong with.
fn of<E: Display>(what: impl Display) -> impl FnOnce(E) -> Misuse {
    move |error| misuse(format!("{what}: {error}"))
}

/// A root under which attestation keys of TPMs are certified: one of Microsoft's by name, or a file.
fn tpm_root(name: &str, read: Reader<'_>) -> Result<TpmRoot> {
    match name {
        "azure-virtual-tpm-2023" => Ok(TpmRoot::azure_virtual_tpm_2023()),
        "microsoft-rsa-devices-2021" => Ok(TpmRoot::microsoft_rsa_devices_2021()),
        file => TpmRoot::from_certificate(&certificate(file.as_ref(), read)?).map_err(of(file)),
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
    fn read(self, read: Reader<'_>) -> Result<Roots> {
        let mut roots = Roots { vendors: self.vendors, ..Roots::default() };
        for path in self.danger_intel {
            let root = IntelRoot::from_certificate(&certificate(&path, read)?);
            roots.intel.push(root.map_err(of(path.display()))?);
        }
        for path in self.danger_nitro {
            let root = NitroRoot::from_certificate(&certificate(&path, read)?);
            roots.nitro.push(root.map_err(of(path.display()))?);
        }
        for path in self.danger_snp {
            roots.snp.push(snp_root(&path, read)?);
        }
        for NvidiaFiles { devices, manifests } in self.danger_nvidia {
            let root = |path: &Path, chain| {
                NvidiaRoot::from_certificate(&certificate(path, read)?, chain).map_err(of(path.display()))
            };
            let (device, manifest) = (root(&devices, Chain::Device)?, root(&manifests, Chain::Manifest)?);
            roots.nvidia.push(NvidiaRoots { device, manifest });
        }
        for path in self.cca {
            let keys = CcaPlatformKey::from_file(&read(&path)?.bytes);
            roots.cca.append(&mut keys.map_err(of(path.display()))?);
        }
        Ok(roots)
    }
}

/// The root of a product line: the certificates of its root (ARK) and of the authorities for chips' (ASK) and
/// providers' (ASVK) keys, in one file.
fn snp_root(path: &Path, read: Reader<'_>) -> Result<SnpRoot> {
    let certificates = certificates(path, read)?;
    let no_root = |fault: &str| of(path.display())(fault);
    let [ark, ask, asvk] = certificates.as_slice() else {
        return Err(no_root("it has not three certificates: ARK, ASK, ASVK"));
    };
    let name = Certificate::read(ark).map(|certificate| certificate.common_name()).unwrap_or_default();
    let product = SnpProduct::ALL.into_iter().find(|product| name == format!("ARK-{product}"));
    let product = product.ok_or_else(|| no_root("its first certificate is not called ARK- and a product line"))?;
    SnpRoot::from_certificates(product, ark, ask, asvk).map_err(of(path.display()))
}

fn certificate(path: &Path, read: Reader<'_>) -> Result<Vec<u8>> {
    let [certificate] = <[_; 1]>::try_from(certificates(path, read)?)
        .map_err(|_| misuse(format!("{} has not one certificate", path.display())))?;
    Ok(certificate)
}

fn certificates(path: &Path, read: Reader<'_>) -> Result<Vec<Vec<u8>>> {
    let parts = Part::of(&read(path)?)?.into_iter();
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

    /// A policy beside files of these names.
    fn parsed(text: &str, files: &[(&str, &[u8])]) -> Result<Policy> {
        let read = |path: &Path| -> Result<File> {
            let found = files.iter().find(|(name, _)| path == Path::new(name));
            let (_, bytes) = found.ok_or_else(|| misuse(format!("cannot read {}", path.display())))?;
            Ok(File { path: path.into(), bytes: bytes.to_vec() })
        };
        parse(text.as_bytes(), &read)
    }

    fn refusal(text: &str) -> String {
        parsed(text, &[]).unwrap_err().to_string()
    }

    #[test]
    fn the_printed_policy_is_the_built_in_one() {
        assert_eq!(parsed(BUILT_IN, &[]).unwrap(), Policy::command());
    }

    #[test]
    fn the_floor_that_the_printed_policy_gives_as_an_example_can_be_added() {
        let commented = BUILT_IN.lines().find(|line| line.contains("AMD-SB-3023")).unwrap();
        let floor = commented.trim_start_matches(['#', ' ']);
        let text = BUILT_IN.replace("floors = [\n", &format!("floors = [\n  {floor}\n"));
        let policy = parsed(&text, &[]).unwrap();
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
        let grace = parsed(&text, &[]).unwrap().snp_advisories.grace;
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
        let policy = parsed("kinds = [\"intel-tdx\"]", &[]).unwrap();
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
        let root = DevelopmentRoot::insecure_from_seed([1; 32]);
        let certificate = root.root_certificate();
        let files: &[(&str, &[u8])] = &[("root.der", &certificate), ("policy", b"words")];
        let policy = parsed("[roots]\ndanger_intel = [\"root.der\"]", files).unwrap();
        assert_eq!(policy.roots, Roots { intel: vec![root.root()], ..Roots::default() });
        for bad in ["[\"none\"]", "[\"policy\"]"] {
            assert!(parsed(&format!("[roots]\ndanger_intel = {bad}"), files).is_err());
        }
        let not_amds = "[roots]\ndanger_snp = [\"root.der\"]";
        assert!(parsed(not_amds, files).unwrap_err().to_string().starts_with("root.der: "));
    }

    #[test]
    fn roots_of_attestation_keys_are_named_or_come_from_files() {
        let text = BUILT_IN.replace("\"azure-virtual-tpm-2023\", ", "");
        let policy = parsed(&text, &[]).unwrap();
        assert_eq!(policy.azure.roots, [TpmRoot::microsoft_rsa_devices_2021()]);
        let text = BUILT_IN.replace("azure-virtual-tpm-2023", "no-such-file");
        assert!(refusal(&text).contains("no-such-file"));
    }
}
