//! AMD's reports, with the certificates of the keys that signed them.

use adyton_attestation::{
    Evidence, EvidenceKind, Refusal, Verdict,
    azure::AzureRefusal,
    snp::{MAX_SNP_REPORT_BYTES, SnpCheck, SnpEndorsements},
    verify_with,
};

use crate::{
    der::{self, Certificate, RevocationList},
    endorsement::{Endorsements, Part},
    error::{Lacking, Misuse, Result},
    file::File,
    input::Input,
    judgement::Judgement,
    snp_json,
};

/// AMD's certificates and revocation list, each in its place.
#[derive(Debug, Default)]
pub struct Certificates {
    /// The versioned key's.
    pub vek: Option<Vec<u8>>,
    authority: Option<Vec<u8>>,
    root: Option<Vec<u8>>,
    list: Option<Vec<u8>>,
}

impl Certificates {
    /// Takes those of AMD out of what was given. `is_other` says which are not AMD's.
    pub fn take(endorsements: &mut Endorsements, is_other: impl Fn(&str) -> bool) -> Result<Self> {
        let name = |der: &[u8]| Certificate::read(der).map(|certificate| certificate.common_name()).unwrap_or_default();
        let is_root = |name: &str| name.starts_with("ARK-");
        let is_leaf = |name: &str| matches!(name, "SEV-VCEK" | "SEV-VLEK");
        let is_authority = |name: &str| name.starts_with("SEV-") && !is_leaf(name);
        let mut only = |what: &str, wanted: &dyn Fn(&str) -> bool| {
            endorsements.only(what, |part| part.certificate().filter(|der| wanted(&name(der))).map(<[u8]>::to_vec))
        };
        let root = only("certificate of a root (ARK)", &is_root)?;
        let is_key = |name: &str| !is_other(name) && !is_authority(name);
        let vek = only("certificate of a key that signs reports (VCEK or VLEK)", &is_key)?;
        let issuer = vek.as_deref().and_then(Certificate::read).map(|vek| der::common_name(vek.issuer));
        let issuer = issuer.filter(|name| is_authority(name));
        let mut authority = only("certificate of this key's authority", &|name: &str| issuer.as_deref() == Some(name))?;
        if authority.is_some() {
            // AMD's set of a line has an authority for either kind of key; the other one is neither of use nor of harm.
            let other = issuer.as_deref().map(other_authority);
            only("certificate of the other authority of the line", &|name: &str| other.as_deref() == Some(name))?;
        } else {
            authority = only("certificate of an authority (ASK or ASVK)", &is_authority)?;
        }
        let of_amd = |part: &Part| part.revocation_list().filter(|list| is_amds(list)).map(<[u8]>::to_vec);
        Ok(Self { vek, authority, root, list: endorsements.only("revocation list of AMD's", of_amd)? })
    }

    /// Where nothing has the key's certificate yet, a file of unknown form is meant to be it: the verifier says what is
    /// wrong with it.
    pub fn take_unknown(&mut self, endorsements: &mut Endorsements) -> Result<()> {
        if self.vek.is_none() {
            let unknown = |part: &Part| part.bytes().map(<[u8]>::to_vec);
            self.vek = endorsements.only("key's certificate in a form that is not known", unknown)?;
        }
        Ok(())
    }

    /// Whether evidence was refused for nothing but that nobody gave the certificate of its key.
    pub fn are_missed_by(&self, result: &Result<Verdict, Refusal>) -> bool {
        let (Err(Refusal::Snp(refusal)) | Err(Refusal::Azure(AzureRefusal::Snp(refusal)))) = result else {
            return false;
        };
        self.vek.is_none() && refusal.check() >= SnpCheck::CertificateChain
    }

    /// As the verifier takes them.
    pub fn endorsements(&self) -> SnpEndorsements<'_> {
        SnpEndorsements {
            vek: self.vek.as_deref().unwrap_or_default(),
            authority: self.authority.as_deref(),
            root: self.root.as_deref(),
            revocation_list: self.list.as_deref(),
        }
    }
}

/// The authority of the other kind of key in the same line of chips: of SEV-VLEK-Milan, SEV-Milan, and the reverse.
fn other_authority(name: &str) -> String {
    match (name.strip_prefix("SEV-VLEK-"), name.strip_prefix("SEV-")) {
        (Some(line), _) => format!("SEV-{line}"),
        (None, Some(line)) => format!("SEV-VLEK-{line}"),
        (None, None) => String::new(),
    }
}

/// The report in a file, and what stands beside it.
fn read(file: &File) -> (Vec<u8>, Vec<Part>) {
    if let Some(of_json) = snp_json::read(file) {
        return of_json;
    }
    let bytes = file.binary();
    // An extended report: the host's table of certificates follows.
    if let Some((report, table)) = bytes.split_at_checked(MAX_SNP_REPORT_BYTES) {
        let parts = Part::of_table(table.to_vec());
        if parts.iter().any(|part| part.certificate().is_some()) {
            return (report.to_vec(), parts);
        }
    }
    (bytes, Vec::new())
}

/// The report in a file: bytes, digits or Base64, alone or with the table of certificates that its host gave; or JSON as
/// Linux or a guest of Confidential Containers gives it.
pub fn report(file: &File) -> Vec<u8> {
    read(file).0
}

/// Whether a revocation list is by one of AMD's roots, or cannot be read at all.
fn is_amds(list: &[u8]) -> bool {
    RevocationList::read(list).is_none_or(|list| der::common_name(list.issuer).starts_with("ARK-"))
}

/// Judges a report.
pub fn judge(input: &mut Input) -> Result<Judgement> {
    let (report, beside) = read(&input.evidence);
    input.endorsements.add(&input.evidence.path, beside);
    let mut certificates = Certificates::take(&mut input.endorsements, |_| false)?;
    certificates.take_unknown(&mut input.endorsements)?;
    let evidence = Evidence::Snp { report: &report, endorsements: certificates.endorsements() };
    let result = verify_with(&input.signatures, &evidence, &input.policy, input.now);
    if certificates.are_missed_by(&result) {
        return Err(Misuse::Lacks {
            what: Lacking::Certificate,
            said: "a report is judged with the certificate of the key that signed it (VCEK or VLEK)",
        });
    }
    Ok(Judgement::of(EvidenceKind::AmdSnp, result, input.expected.as_deref(), input.now))
}
