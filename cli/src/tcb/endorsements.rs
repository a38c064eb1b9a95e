//! What vendors say about platforms, from files or from their services, and the root of a network's that vouches for it.

use std::path::{Path, PathBuf};

use adyton_attestation::{
    CheckedCollateral, Collateral, IntelRefusal, IntelRoot,
    snp::{SnpProduct, SnpRoot},
    verify_collateral_with,
};
use adyton_attestation_platform::fetch::{AmdProduct, Fetcher, IntelRequest, IntelTee};
use adyton_client::{
    RootKey,
    protocol::{
        ids::Digest,
        record::{CollateralRef, EvidenceKind},
    },
};
use anyhow::{Result, ensure};

use super::{chain::Root, submission::Submission};
use crate::{
    attest::{Part, Remembering, intel_authority, read_collateral, read_file},
    output::misuse,
    worker::date,
};

/// The most files that are read.
const MOST_FILES: usize = 64;

/// An endorsement and where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endorsement {
    /// A file or a service.
    pub name: String,
    /// What it says.
    pub content: Content,
}

/// Raw, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Intel's collateral.
    Collateral(Box<Collateral>),
    /// AMD's revocation list (DER).
    List(Vec<u8>),
}

/// What a service is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Intel's collateral of a platform family.
    Intel(IntelRequest),
    /// AMD's revocation list of a line.
    Amd(AmdProduct),
}

/// What a root of the network's vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// For which evidence.
    pub kind: EvidenceKind,
    /// The root.
    pub root: Digest,
    /// What it says, checked.
    pub says: Says,
}

/// What was checked under a root, and is in its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// Intel's collateral.
    Collateral(Box<CheckedCollateral>),
    /// AMD's revocation list.
    List {
        /// Of which line.
        product: SnpProduct,
        /// When it was issued (Unix seconds).
        issued_at: u64,
        /// The last second at which it is valid.
        valid_until: u64,
    },
}

/// What the files have; a folder stands for the files in it.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Endorsement>> {
    let mut endorsements = Vec::new();
    for path in files(paths)? {
        let file = read_file(&path)?;
        let name = file.name();
        if file.bytes.windows(8).any(|window| window == b"tcb_info") {
            let collateral = read_collateral(&file)?.map_err(|refusal| misuse(format!("{name}: {refusal}")))?;
            endorsements.push(Endorsement { name, content: Content::Collateral(Box::new(collateral)) });
            continue;
        }
        let parts = Part::of(&file)?;
        let lists: Vec<_> = parts.iter().filter_map(Part::revocation_list).collect();
        if lists.is_empty() {
            return Err(misuse(format!(
                "{name} has neither Intel's collateral nor a revocation list of AMD's in it: give what `adyton attest fetch` wrote"
            )));
        }
        let of_file = |list: &&[u8]| Endorsement { name: name.clone(), content: Content::List(list.to_vec()) };
        endorsements.extend(lists.iter().map(of_file));
    }
    Ok(endorsements)
}

fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(files_in(path)?);
        } else {
            files.push(path.clone());
        }
        if files.len() > MOST_FILES {
            return Err(misuse(format!("at most {MOST_FILES} files are read")));
        }
    }
    Ok(files)
}

/// In the order of their names, so that a run can be told from another.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |error: std::io::Error| misuse(format!("cannot read {}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)?.take(MOST_FILES + 1) {
        files.push(entry.map_err(unreadable)?.path());
    }
    files.retain(|path| path.is_file());
    if files.is_empty() {
        return Err(misuse(format!("{} has no files in it", folder.display())));
    }
    files.sort();
    Ok(files)
}

impl Request {
    /// In words.
    pub fn name(&self) -> String {
        match self {
            Self::Intel(request) => {
                let tee = if request.tee == IntelTee::Sgx { "sgx" } else { "tdx" };
                format!("Intel's collateral of {tee} platforms {}", hex::encode(request.fmspc))
            }
            Self::Amd(product) => format!("AMD's revocation list of {}", product.name()),
        }
    }

    /// What the first service has that says it about what was asked for, under one of `roots` at `now` (Unix seconds).
    pub async fn fetch(
        &self,
        fetcher: &Fetcher,
        roots: &[Root],
        now: u64,
        signatures: &Remembering,
    ) -> Result<Endorsement> {
        let (content, source) = match self {
            Self::Intel(request) => {
                let accept = |collateral: &Collateral| {
                    let vouched = Vouched::of_collateral(collateral, roots, now, signatures)?;
                    require_about(&vouched.says, request)
                };
                let fetched = fetcher.intel(request, now, accept).await?;
                (Content::Collateral(Box::new(fetched.value.collateral)), fetched.source)
            }
            Self::Amd(product) => {
                let of_line: Vec<Root> = roots.iter().filter(|root| line_of(root) == Some(*product)).cloned().collect();
                ensure!(!of_line.is_empty(), "the network accepts no root of {}", product.name());
                let accept = |list: &[u8]| Vouched::of_list(list, &of_line, now, signatures).map(|_| ());
                let fetched = fetcher.amd_revocation_list(*product, now, accept).await?;
                (Content::List(fetched.value), fetched.source)
            }
        };
        Ok(Endorsement { name: format!("{} from {source}", self.name()), content })
    }
}

/// Requires that a service answered what it was asked: it may have genuine collateral of another family.
fn require_about(says: &Says, request: &IntelRequest) -> Result<(), String> {
    let Says::Collateral(checked) = says else { return Err("its answer is no collateral".into()) };
    let tee = match request.tee {
        IntelTee::Sgx => adyton_attestation::EvidenceKind::IntelSgx,
        IntelTee::Tdx => adyton_attestation::EvidenceKind::IntelTdx,
    };
    let authority = intel_authority(checked.authority_name());
    if (checked.kind(), checked.fmspc(), authority) == (tee, request.fmspc, Some(request.authority)) {
        return Ok(());
    }
    Err(format!(
        "its answer is about {} platforms {} of {}",
        checked.kind().name(),
        hex::encode(checked.fmspc()),
        checked.authority_name()
    ))
}

/// AMD's line that a root is of.
pub fn line_of(root: &Root) -> Option<AmdProduct> {
    let RootKey::Snp(key) = &root.key else { return None };
    Some(match key.product() {
        SnpProduct::Milan => AmdProduct::Milan,
        SnpProduct::Genoa => AmdProduct::Genoa,
        SnpProduct::Turin => AmdProduct::Turin,
    })
}

impl Vouched {
    /// Which of `roots` vouches for it at `now` (Unix seconds), or why none does.
    pub fn of(content: &Content, roots: &[Root], now: u64, signatures: &Remembering) -> Result<Self, String> {
        match content {
            Content::Collateral(collateral) => Self::of_collateral(collateral, roots, now, signatures),
            Content::List(list) => Self::of_list(list, roots, now, signatures),
        }
    }

    fn of_collateral(
        collateral: &Collateral,
        roots: &[Root],
        now: u64,
        signatures: &Remembering,
    ) -> Result<Self, String> {
        let mut refusals: Vec<IntelRefusal> = Vec::new();
        for (root, key) in roots.iter().filter_map(intel) {
            match verify_collateral_with(signatures, collateral, &key, now) {
                // A root may be accepted for one kind of evidence and not for the other.
                Ok(checked) if checked.kind().name() != root.kind.name() => {}
                Ok(checked) => {
                    let says = Says::Collateral(Box::new(checked));
                    return Ok(Self { kind: root.kind, root: root.id, says });
                }
                Err(refusal) => refusals.push(refusal),
            }
        }
        // Under another root than its own it comes less far.
        let telling = refusals.into_iter().max_by_key(IntelRefusal::check);
        Err(telling
            .map_or_else(|| "the network accepts no root for this kind of evidence".into(), |one| one.to_string()))
    }

    fn of_list(list: &[u8], roots: &[Root], now: u64, signatures: &Remembering) -> Result<Self, String> {
        let mut refusals = Vec::new();
        for (root, key) in roots.iter().filter_map(amd) {
            match key.check_revocation_list_with(signatures, list, now) {
                Ok(window) => {
                    let (product, issued_at, valid_until) = (key.product(), window.not_before, window.not_after);
                    let says = Says::List { product, issued_at, valid_until };
                    return Ok(Self { kind: root.kind, root: root.id, says });
                }
                Err(refusal) => refusals.push(format!("{}: {refusal}", key.product())),
            }
        }
        Err(if refusals.is_empty() { "the network accepts no root of AMD's".into() } else { refusals.join("; ") })
    }

    /// What the chain keeps it under.
    pub fn reference(&self) -> CollateralRef {
        let family = match &self.says {
            Says::Collateral(checked) => checked.fmspc(),
            Says::List { .. } => [0; 6],
        };
        CollateralRef { kind: self.kind, root: self.root, family }
    }

    /// `content`, which this vouches for, as the chain takes it.
    pub fn submission(&self, content: Content) -> Result<Submission> {
        match content {
            Content::Collateral(collateral) => Submission::of_collateral(self.kind, self.root, &collateral),
            Content::List(list) => Submission::of_list(self.root, list),
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        match &self.says {
            Says::Collateral(checked) => format!(
                "{} platforms {} of {}, evaluation {} of {}, valid until {}",
                self.kind,
                hex::encode(checked.fmspc()),
                checked.authority_name(),
                checked.evaluation_number(),
                date(checked.issued_at()),
                date(checked.valid_until())
            ),
            Says::List { product, issued_at, valid_until } => {
                format!("revocation list of {product} of {}, valid until {}", date(*issued_at), date(*valid_until))
            }
        }
    }
}

fn intel(root: &Root) -> Option<(&Root, IntelRoot)> {
    if let RootKey::Intel(key) = &root.key { Some((root, *key)) } else { None }
}

fn amd(root: &Root) -> Option<(&Root, &SnpRoot)> {
    if let RootKey::Snp(key) = &root.key { Some((root, &**key)) } else { None }
}

#[cfg(test)]
pub mod tests;
