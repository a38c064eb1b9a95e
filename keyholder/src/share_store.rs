//! A share at rest: one file, sealed under the platform's key. A keyholder has two: that of the master secret, and that of
//! the beacon's key, each under a context of its own, so that one file is none of the other's.
//!
//! Layout: `0x01`, a nonce of 24 bytes, then XChaCha20-Poly1305 over the SCALE encoding of commitments and share.
//! The key comes from the platform's sealing key by HKDF-SHA256; its info and the associated data name the
//! measured configuration (network, genesis, roots, policy, caps), so that the same program with an operator's own
//! rules opens nothing. The file is written once and never replaced: a share that cannot be opened is an error for people to
//! look at, not a reason to make a new one.

use adyton_protocol::{
    domain::{self, Domain},
    ids::Digest,
};
use adyton_threshold::{GroupPublic, MAX_GROUP_BYTES, SHARE_BYTES, Share, ThresholdError};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use codec::{Decode, DecodeAll, Encode};
use hkdf::Hkdf;
use rand_core::{OsRng, RngCore};
use sha2::Sha256;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

const VERSION: u8 = 1;
const NONCE: usize = 24;
/// The longest file that is read, in bytes.
const MAX_FILE: u64 = (1 + NONCE + 8 + MAX_GROUP_BYTES + SHARE_BYTES + 16) as u64;

/// Where a keyholder's share is kept.
pub struct ShareStore {
    path: PathBuf,
    context: Domain,
    configuration: Digest,
    key: Zeroizing<[u8; 32]>,
}

/// A share and the commitments that it belongs to. The two were checked against each other.
#[derive(Debug)]
pub struct HeldShare {
    group: GroupPublic,
    share: Share,
}

/// Why there is no share.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A share is there already.
    #[error("{} exists already; a share is never replaced", .0.display())]
    Exists(PathBuf),
    /// The file was sealed by another machine, measurement or configuration, or it is damaged.
    #[error(
        "{} does not open under this machine's sealing key: it was sealed by another machine, another release or under \
         another measured configuration, or it is damaged; a lost share is replaced by resharing",
        .0.display()
    )]
    Sealed(PathBuf),
    /// What was sealed makes no sense; somebody who could seal wrote it.
    #[error("the share in {} is not sound: {source}", path.display())]
    Unsound {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ThresholdError,
    },
}

#[derive(Encode, Decode)]
struct Contents {
    group: Vec<u8>,
    share: [u8; SHARE_BYTES],
}

impl HeldShare {
    /// Puts the two together if they belong together.
    pub fn new(group: GroupPublic, share: Share) -> Result<Self, ThresholdError> {
        group.check_share(&share)?;
        Ok(Self { group, share })
    }

    /// The committee's commitments.
    pub fn group(&self) -> &GroupPublic {
        &self.group
    }

    /// The share.
    pub fn share(&self) -> &Share {
        &self.share
    }

    /// The two apart.
    pub fn into_parts(self) -> (GroupPublic, Share) {
        (self.group, self.share)
    }
}

impl ShareStore {
    /// The store at `path`, sealed under `sealing_key`, which the platform gives to this measurement on this
    /// machine alone.
    /// `configuration` is the digest of the measured configuration: under another one the share does not open.
    pub fn new(path: PathBuf, configuration: Digest, sealing_key: &[u8; 32]) -> Self {
        Self::under(domain::SEALED_SHARE, path, configuration, sealing_key)
    }

    /// As [`ShareStore::new`], for a share of the beacon's key.
    pub fn of_beacon(path: PathBuf, configuration: Digest, sealing_key: &[u8; 32]) -> Self {
        Self::under(domain::SEALED_BEACON_SHARE, path, configuration, sealing_key)
    }

    fn under(context: Domain, path: PathBuf, configuration: Digest, sealing_key: &[u8; 32]) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, sealing_key)
            .expand(&domain::encode(context, &[&configuration.0, b"key"]), &mut *key)
            .expect("32 bytes are below HKDF's limit of 8160");
        Self { path, context, configuration, key }
    }

    /// The share in the file; `None` if there is no file.
    pub fn open(&self) -> Result<Option<HeldShare>, StoreError> {
        let Some(bytes) = self.read()? else { return Ok(None) };
        let sealed = || StoreError::Sealed(self.path.clone());
        let unsound = |source| StoreError::Unsound { path: self.path.clone(), source };
        if bytes.len() < 1 + NONCE || bytes[0] != VERSION {
            return Err(sealed());
        }
        let (nonce, ciphertext) = bytes[1..].split_at(NONCE);
        let payload = Payload { msg: ciphertext, aad: &self.associated() };
        let plain = self.cipher().decrypt(XNonce::from_slice(nonce), payload).map_err(|_| sealed())?;
        let plain = Zeroizing::new(plain);
        let mut contents =
            Contents::decode_all(&mut &plain[..]).map_err(|_| unsound(ThresholdError::Encoding("sealed share")))?;
        let share = Share::from_bytes(&contents.share);
        contents.share.zeroize();
        let group = GroupPublic::from_bytes(&contents.group).map_err(unsound)?;
        HeldShare::new(group, share.map_err(unsound)?).map(Some).map_err(unsound)
    }

    /// Writes a new share, so that it is there whole or not at all, whenever the power fails.
    pub fn create(&self, held: &HeldShare) -> Result<(), StoreError> {
        let contents = Contents { group: held.group.to_bytes(), share: *held.share.to_bytes() };
        let plain = Zeroizing::new(contents.encode());
        let mut contents = contents;
        contents.share.zeroize();
        let mut nonce = [0; NONCE];
        OsRng.fill_bytes(&mut nonce);
        let payload = Payload { msg: &plain, aad: &self.associated() };
        let ciphertext = self
            .cipher()
            .encrypt(XNonce::from_slice(&nonce), payload)
            .expect("the plaintext is far below the cipher's limit of 256 GiB");
        let bytes = [&[VERSION][..], &nonce, &ciphertext].concat();
        write_new(&self.path, &bytes).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => StoreError::Exists(self.path.clone()),
            _ => StoreError::Io { path: self.path.clone(), source },
        })
    }

    fn read(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let failed = |source| StoreError::Io { path: self.path.clone(), source };
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mut bytes = Vec::new();
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MAX_FILE { Err(StoreError::Sealed(self.path.clone())) } else { Ok(Some(bytes)) }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.key).into())
    }

    fn associated(&self) -> Vec<u8> {
        domain::encode(self.context, &[&self.configuration.0, b"file", &[VERSION]])
    }
}

/// Writes beside `path`, makes it durable, then gives it its name if nothing has that name yet.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    let named = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    named?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_threshold::deal_insecure_single;

    fn held() -> HeldShare {
        let (group, share) = deal_insecure_single(&mut OsRng);
        HeldShare::new(group, share).unwrap()
    }

    fn store(folder: &tempfile::TempDir, configuration: u8, key: u8) -> ShareStore {
        ShareStore::new(folder.path().join("share"), Digest([configuration; 32]), &[key; 32])
    }

    #[test]
    fn a_share_is_the_same_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        assert!(store(&folder, 1, 1).open().unwrap().is_none());
        let made = held();
        store(&folder, 1, 1).create(&made).unwrap();
        let read = store(&folder, 1, 1).open().unwrap().unwrap();
        assert_eq!(*read.share().to_bytes(), *made.share().to_bytes());
        assert_eq!(read.group(), made.group());
        assert!(!folder.path().join("share.new").exists());
    }

    #[test]
    fn another_sealing_key_or_measured_configuration_opens_nothing() {
        let folder = tempfile::tempdir().unwrap();
        store(&folder, 1, 1).create(&held()).unwrap();
        assert!(matches!(store(&folder, 1, 2).open(), Err(StoreError::Sealed(_))));
        assert!(matches!(store(&folder, 2, 1).open(), Err(StoreError::Sealed(_))));
    }

    #[test]
    fn a_share_of_one_key_does_not_open_as_one_of_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let of_beacon = ShareStore::of_beacon(folder.path().join("share"), Digest([1; 32]), &[1; 32]);
        store(&folder, 1, 1).create(&held()).unwrap();
        assert!(matches!(of_beacon.open(), Err(StoreError::Sealed(_))));
        fs::remove_file(folder.path().join("share")).unwrap();
        of_beacon.create(&held()).unwrap();
        assert!(of_beacon.open().unwrap().is_some());
        assert!(matches!(store(&folder, 1, 1).open(), Err(StoreError::Sealed(_))));
    }

    #[test]
    fn a_damaged_cut_or_oversized_file_is_an_error_and_not_a_missing_share() {
        let folder = tempfile::tempdir().unwrap();
        store(&folder, 1, 1).create(&held()).unwrap();
        let path = folder.path().join("share");
        let whole = fs::read(&path).unwrap();
        for bytes in [
            Vec::new(),
            vec![1],
            whole[..whole.len() - 1].to_vec(),
            [&whole[..30], &[whole[30] ^ 1], &whole[31..]].concat(),
            vec![1; 10_000],
        ] {
            fs::write(&path, bytes).unwrap();
            assert!(matches!(store(&folder, 1, 1).open(), Err(StoreError::Sealed(_))));
        }
    }

    #[test]
    fn a_share_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let first = held();
        store(&folder, 1, 1).create(&first).unwrap();
        assert!(matches!(store(&folder, 1, 1).create(&held()), Err(StoreError::Exists(_))));
        assert_eq!(store(&folder, 1, 1).open().unwrap().unwrap().group(), first.group());
    }

    #[test]
    fn what_a_crash_left_beside_the_file_does_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("share.new"), b"half").unwrap();
        store(&folder, 1, 1).create(&held()).unwrap();
        assert!(store(&folder, 1, 1).open().unwrap().is_some());
    }

    #[test]
    fn a_share_of_another_group_is_not_held() {
        let ((group, _), (_, share)) = (deal_insecure_single(&mut OsRng), deal_insecure_single(&mut OsRng));
        assert_eq!(HeldShare::new(group, share).unwrap_err(), ThresholdError::ForeignShare);
    }

    #[test]
    fn the_file_is_for_its_owner_only_and_shows_nothing_of_the_share() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let made = held();
        store(&folder, 1, 1).create(&made).unwrap();
        let path = folder.path().join("share");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let bytes = fs::read(&path).unwrap();
        let secret = &made.share().to_bytes()[5..];
        assert!(!bytes.windows(8).any(|window| window == &secret[..8]));
    }
}
