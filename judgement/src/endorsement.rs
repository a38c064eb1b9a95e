//! What was given beside evidence: each file is recognized by its content, and each part of it is handed out once.
//! What nobody took is bad use: a person who gives a file believes that it counts. So is what cannot be read, and what
//! takes the place of another file's; the error then names the files and says what to do.

use std::path::{Path, PathBuf};

use adyton_attestation::snp::certificate_table;

use crate::{
    der::{self, Certificate, RevocationList},
    error::{Result, misuse},
    file::File,
    kind::Kind,
    pem,
};

/// The most files that may be given; each has its bound too.
pub const MOST_FILES: usize = 64;

/// What a part of a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A certificate (DER).
    Certificate(Vec<u8>),
    /// A revocation list (DER).
    RevocationList(Vec<u8>),
    /// A responder's answer about certificates (DER).
    OcspResponse(Vec<u8>),
    /// A public key (DER).
    PublicKey(Vec<u8>),
    /// XML: one of NVIDIA's manifests.
    Manifest(Vec<u8>),
    /// JSON: keys, reference values, an event log.
    Json(Vec<u8>),
    /// Something that only its kind knows.
    Bytes(Vec<u8>),
}

impl Part {
    /// What it is, in words.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Certificate(_) => "certificate",
            Self::RevocationList(_) => "revocation list",
            Self::OcspResponse(_) => "ocsp response",
            Self::PublicKey(_) => "public key",
            Self::Manifest(_) => "manifest",
            Self::Json(_) => "json file",
            Self::Bytes(_) => "file of a form that is not known",
        }
    }

    /// A certificate's DER, if it is one.
    pub fn certificate(&self) -> Option<&[u8]> {
        if let Self::Certificate(der) = self { Some(der) } else { None }
    }

    /// A revocation list's DER, if it is one.
    pub fn revocation_list(&self) -> Option<&[u8]> {
        if let Self::RevocationList(der) = self { Some(der) } else { None }
    }

    /// JSON, if it is that.
    pub fn json(&self) -> Option<&[u8]> {
        if let Self::Json(bytes) = self { Some(bytes) } else { None }
    }

    /// The bytes of what has no common form, if it has none.
    pub fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    /// The parts of a file.
    pub fn of(file: &File) -> Result<Vec<Self>> {
        let bytes = &file.bytes;
        if file.starts_with(b"-") {
            return of_pem(bytes).map_err(|fault| {
                misuse(format!(
                    "{} is not PEM that can be read: {fault}. Get the file again, or give it as DER",
                    file.name()
                ))
            });
        }
        Ok(match () {
            () if file.starts_with(b"<") => vec![Self::Manifest(bytes.clone())],
            () if file.starts_with(b"{[") => vec![Self::Json(bytes.clone())],
            () => Self::of_binary(file.binary()),
        })
    }

    /// The certificates in the table that a host puts beside an AMD report; one part of no common form if it is none.
    pub fn of_table(bytes: Vec<u8>) -> Vec<Self> {
        let certificates = certificate_table::certificates(&bytes).unwrap_or_default().all();
        let found: Vec<Self> = certificates.map(Self::Certificate).collect();
        if found.is_empty() { vec![Self::Bytes(bytes)] } else { found }
    }

    fn of_binary(bytes: Vec<u8>) -> Vec<Self> {
        let first = der::whole(&bytes).filter(|value| value.tag == der::SEQUENCE).and_then(|all| all.values().next());
        let tag_inside = first.and_then(|first| first.values().next()).map(|inside| inside.tag);
        vec![match first.map(|first| (first.tag, tag_inside)) {
            Some((der::SEQUENCE, Some(der::VERSION))) => Self::Certificate(without_padding(bytes)),
            Some((der::ENUMERATED, _)) => Self::OcspResponse(bytes),
            Some((der::SEQUENCE, Some(der::OBJECT_ID))) => Self::PublicKey(bytes),
            Some(_) if RevocationList::read(&bytes).is_some() => Self::RevocationList(bytes),
            Some(_) | None => return Self::of_table(bytes),
        }]
    }
}

/// A certificate as a virtual TPM stores it, without the zeros after it.
fn without_padding(mut der: Vec<u8>) -> Vec<u8> {
    let length = der::whole(&der).map_or(der.len(), |value| value.whole.len());
    der.truncate(length);
    der
}

/// All blocks of a text, or what is wrong with it.
fn of_pem(bytes: &[u8]) -> Result<Vec<Part>, String> {
    let blocks = pem::blocks(bytes).map_err(|fault| fault.to_string())?;
    let part = |(number, (label, der)): (usize, (&str, Vec<u8>))| match label {
        "CERTIFICATE" => Ok(Part::Certificate(der)),
        "X509 CRL" => Ok(Part::RevocationList(der)),
        "PUBLIC KEY" => Ok(Part::PublicKey(der)),
        other => Err(format!(
            "block {number} has the label {}, and only CERTIFICATE, X509 CRL and PUBLIC KEY are read",
            der::printable(other)
        )),
    };
    (1..).zip(blocks).map(part).collect()
}

/// Everything that was given beside the evidence, as far as nobody took it yet.
#[derive(Debug, Default)]
pub struct Endorsements {
    parts: Vec<(PathBuf, Part)>,
}

impl Endorsements {
    /// Those of files, which are asked for one after the other.
    ///
    /// # Errors
    /// There are more than [`MOST_FILES`], one is not there or too long, or it is PEM that cannot be read.
    pub fn of(files: impl ExactSizeIterator<Item = Result<File>>) -> Result<Self> {
        if files.len() > MOST_FILES {
            return Err(misuse(format!("at most {MOST_FILES} files of endorsements are read")));
        }
        let mut parts = Vec::new();
        for file in files {
            let file = file?.bounded()?;
            let of_file = Part::of(&file)?;
            parts.extend(of_file.into_iter().map(|part| (file.path.clone(), part)));
        }
        Ok(Self { parts })
    }

    /// Adds what stands in the evidence's own file.
    pub fn add(&mut self, path: &Path, parts: Vec<Part>) {
        self.parts.extend(parts.into_iter().map(|part| (path.to_owned(), part)));
    }

    /// Takes every part of which `wanted` makes something, with the file that it stands in.
    fn take_named<T>(&mut self, wanted: impl Fn(&Part) -> Option<T>) -> Vec<(PathBuf, T)> {
        let mut taken = Vec::new();
        self.parts.retain(|(path, part)| match wanted(part) {
            Some(value) => {
                taken.push((path.clone(), value));
                false
            }
            None => true,
        });
        taken
    }

    /// The same without the files.
    fn take<T>(&mut self, wanted: impl Fn(&Part) -> Option<T>) -> Vec<T> {
        self.take_named(wanted).into_iter().map(|(_, value)| value).collect()
    }

    /// Takes the only part of which `wanted` makes something, if there is one; `what` is what to call it. The same part
    /// twice is one.
    pub fn only<T: PartialEq>(&mut self, what: &str, wanted: impl Fn(&Part) -> Option<T>) -> Result<Option<T>> {
        only(self.take_named(wanted), what)
    }

    /// The same where the `evidence` may be such a part itself: with its own, another one is too many.
    pub fn only_beside<T: PartialEq>(
        &mut self,
        evidence: Option<(PathBuf, T)>,
        what: &str,
        wanted: impl Fn(&Part) -> Option<T>,
    ) -> Result<Option<T>> {
        only(evidence.into_iter().chain(self.take_named(wanted)).collect(), what)
    }

    /// Takes all certificates (DER), in the order in which they were given.
    pub fn certificates(&mut self) -> Vec<Vec<u8>> {
        self.take(|part| part.certificate().map(<[u8]>::to_vec))
    }

    /// Takes the revocation lists (DER) of issuers that occur in `evidence`: the encoded names of the authorities
    /// in its chain do.
    pub fn lists_of_issuers_in(&mut self, evidence: &[&[u8]]) -> Vec<Vec<u8>> {
        let occurs = |name: &[u8]| evidence.iter().any(|bytes| contains(bytes, name));
        let is_wanted = |der: &&[u8]| RevocationList::read(der).is_none_or(|list| occurs(list.issuer));
        self.take(|part| part.revocation_list().filter(is_wanted).map(<[u8]>::to_vec))
    }

    /// Takes the responses (DER) that speak of one of `certificates`, by their serial numbers.
    pub fn responses_about(&mut self, certificates: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let serials: Vec<&[u8]> = certificates.iter().filter_map(|der| Some(Certificate::read(der)?.serial)).collect();
        self.take(|part| match part {
            Part::OcspResponse(der) if serials.iter().any(|serial| contains(der, serial)) => Some(der.clone()),
            _ => None,
        })
    }

    /// Takes NVIDIA's manifests (XML).
    pub fn manifests(&mut self) -> Vec<Vec<u8>> {
        self.take(|part| match part {
            Part::Manifest(xml) => Some(xml.clone()),
            _ => None,
        })
    }

    /// Takes the public keys.
    pub fn public_keys(&mut self) -> Vec<Vec<u8>> {
        self.take(|part| match part {
            Part::PublicKey(bytes) => Some(bytes.clone()),
            _ => None,
        })
    }

    /// Takes the JSON files of which `wanted` makes something.
    pub fn json<T>(&mut self, wanted: impl Fn(&[u8]) -> Option<T>) -> Vec<T> {
        self.take(|part| part.json().and_then(&wanted))
    }

    /// Takes what is of no common form and `wanted` makes something of.
    pub fn bytes<T>(&mut self, wanted: impl Fn(&[u8]) -> Option<T>) -> Vec<T> {
        self.take(|part| part.bytes().and_then(&wanted))
    }

    /// Requires that all of it was taken.
    pub fn require_used(&self, kind: Kind) -> Result<()> {
        match self.parts.first() {
            None => Ok(()),
            Some((path, part)) => Err(misuse(format!(
                "{}: this {} has no use for this evidence of kind {}; leave it out, or name the kind that it is for",
                path.display(),
                part.name(),
                kind.name()
            ))),
        }
    }
}

/// The only one of several, or none; equal ones are one. Two different ones are bad use: which of them counts is the
/// person's to say.
fn only<T: PartialEq>(mut parts: Vec<(PathBuf, T)>, what: &str) -> Result<Option<T>> {
    let Some((path, first)) = parts.pop() else { return Ok(None) };
    match parts.into_iter().find(|(_, other)| *other != first) {
        None => Ok(Some(first)),
        Some((other, _)) if other == path => Err(misuse(format!(
            "{}: it has more than one {what}, and evidence has one; leave in it what is about this evidence",
            path.display()
        ))),
        Some((other, _)) => Err(misuse(format!(
            "{} and {}: each has a {what}, and evidence has one; leave out the file that is not about this evidence",
            other.display(),
            path.display()
        ))),
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_development_root::DevelopmentRoot;
    use base64::{Engine, engine::general_purpose::STANDARD};

    fn part(bytes: &[u8]) -> Part {
        let parts = Part::of(&File { path: "test".into(), bytes: bytes.into() }).unwrap();
        <[_; 1]>::try_from(parts).unwrap().into_iter().next().unwrap()
    }

    #[test]
    fn a_file_is_recognized_by_its_content_in_every_form() {
        let root = DevelopmentRoot::insecure_from_seed([1; 32]);
        let (certificate, list) = (root.root_certificate(), root.collateral(1_800_000_000).root_crl.to_vec());
        let texts = |der: &[u8], label| [hex::encode(der), STANDARD.encode(der), pem::encode(label, der)];
        for text in texts(&certificate, "CERTIFICATE") {
            assert_eq!(part(text.as_bytes()), Part::Certificate(certificate.clone()));
        }
        for text in texts(&list, "X509 CRL") {
            assert_eq!(part(text.as_bytes()), Part::RevocationList(list.clone()));
        }
        assert_eq!(part(&certificate), Part::Certificate(certificate.clone()));
        assert_eq!(part(&[&certificate[..], &[0; 100]].concat()), Part::Certificate(certificate.clone()));
        assert_eq!(part(&list), Part::RevocationList(list));
        assert!(matches!(part(&[0x30, 3, 0x0A, 1, 6]), Part::OcspResponse(_)));
        assert!(matches!(part(&[0x30, 5, 0x30, 3, 0x06, 1, 1]), Part::PublicKey(_)));
        assert!(matches!(part(b" <SoftwareIdentity/>"), Part::Manifest(_)));
        assert!(matches!(part(b"\n[{}]"), Part::Json(_)));
        assert!(matches!(part(b"\x00\x14\x00\x0b"), Part::Bytes(_)));
    }

    #[test]
    fn pem_with_anything_else_in_it_is_bad_use_that_says_where() {
        let one = pem::encode("CERTIFICATE", &[0x30, 0]);
        for (text, said) in [
            (format!("{one}words"), "where block 2 should begin"),
            (one.replace("END", "STOP"), "block 1 has no -----END"),
            (format!("{one}{}", pem::encode("PRIVATE KEY", &[1])), "block 2 has the label PRIVATE KEY"),
        ] {
            let file = File { path: "test.pem".into(), bytes: text.into_bytes() };
            let error = Part::of(&file).unwrap_err().to_string();
            assert!(
                error.starts_with("test.pem ") && error.contains(said) && error.contains("Get the file"),
                "{error}"
            );
        }
    }

    #[test]
    fn more_files_than_are_read_and_one_that_is_too_long_are_bad_use() {
        let file = |length| Ok(File { path: "long".into(), bytes: vec![0; length] });
        let many = (0..=MOST_FILES).map(|_| file(1)).collect::<Vec<_>>();
        assert!(Endorsements::of(many.into_iter()).unwrap_err().to_string().contains("at most 64 files"));
        let long = Endorsements::of([file(crate::file::MAX_FILE_BYTES + 1)].into_iter()).unwrap_err();
        assert!(long.to_string().starts_with("long has more than"), "{long}");
    }

    #[test]
    fn what_nobody_takes_is_bad_use() {
        let certificate = DevelopmentRoot::insecure_from_seed([1; 32]).root_certificate();
        let parts = vec![("a".into(), Part::Certificate(certificate.clone())), ("b".into(), Part::Json(b"{}".into()))];
        let mut endorsements = Endorsements { parts };
        assert_eq!(endorsements.certificates(), [certificate]);
        let error = endorsements.require_used(Kind::Snp).unwrap_err().to_string();
        assert!(error.starts_with("b: this json file"), "{error}");
        assert_eq!(endorsements.json(|bytes| Some(bytes.len())), [2]);
        endorsements.require_used(Kind::Snp).unwrap();
    }

    #[test]
    fn a_list_counts_only_where_its_issuer_occurs() {
        let root = DevelopmentRoot::insecure_from_seed([1; 32]);
        let list = root.collateral(1_800_000_000).root_crl.to_vec();
        let mut endorsements = Endorsements { parts: vec![("a".into(), Part::RevocationList(list.clone()))] };
        assert!(endorsements.lists_of_issuers_in(&[&b"nobody"[..]]).is_empty());
        let certificate = root.root_certificate();
        assert_eq!(endorsements.lists_of_issuers_in(&[&b"nobody"[..], &certificate]), [list]);
    }

    #[test]
    fn two_files_for_one_place_are_bad_use_unless_they_say_the_same() {
        let found = |parts: &[(&str, u8)]| {
            let parts = parts.iter().map(|(path, part)| (PathBuf::from(path), *part)).collect();
            only(parts, "key").map_err(|error| error.to_string())
        };
        assert_eq!(found(&[]), Ok(None));
        assert_eq!(found(&[("a", 1)]), Ok(Some(1)));
        assert_eq!(found(&[("a", 1), ("b", 1)]), Ok(Some(1)));
        let error = found(&[("a", 1), ("b", 1), ("c", 2)]).unwrap_err();
        assert!(error.starts_with("a and c: each has a key") && error.contains("leave out the file"), "{error}");
        let error = found(&[("a", 1), ("a", 2)]).unwrap_err();
        assert!(error.starts_with("a: it has more than one key"), "{error}");
    }
}
