//! A share at rest: one sealed file (`sealed_file` has its layout). A keyholder has two: that of the master secret, and
//! that of the beacon's key, each under a context of its own, so that one file is none of the other's.
//!
//! The contents are the SCALE encoding of commitments and share. The file is written once and never replaced: a share that
//! cannot be opened is an error for people to look at, not a reason to make a new one. Beside it there is a
//! [checkpoint](crate::checkpoint), without which a share is not used.

use adyton_protocol::{
    domain::{self, Domain},
    ids::Digest,
};
use adyton_threshold::{GroupPublic, MAX_GROUP_BYTES, SHARE_BYTES, Share, ThresholdError};
use codec::{Decode, DecodeAll, Encode};
use std::{io, path::PathBuf};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::sealed_file::{SealedFile, Unopened};

/// The most bytes of commitments and share, encoded.
const MOST: usize = 8 + MAX_GROUP_BYTES + SHARE_BYTES;

/// Where a keyholder's share is kept.
pub struct ShareStore {
    file: SealedFile,
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
        Self { file: SealedFile::new(context, path, configuration, sealing_key, MOST) }
    }

    /// The share in the file; `None` if there is no file.
    pub fn open(&self) -> Result<Option<HeldShare>, StoreError> {
        let path = || self.file.path().to_owned();
        let plain = match self.file.open() {
            Ok(Some(plain)) => plain,
            Ok(None) => return Ok(None),
            Err(Unopened::Io(source)) => return Err(StoreError::Io { path: path(), source }),
            Err(Unopened::Sealed) => return Err(StoreError::Sealed(path())),
        };
        let unsound = |source| StoreError::Unsound { path: path(), source };
        let mut contents =
            Contents::decode_all(&mut &plain[..]).map_err(|_| unsound(ThresholdError::Encoding("sealed share")))?;
        let share = Share::from_bytes(&contents.share);
        contents.share.zeroize();
        let group = GroupPublic::from_bytes(&contents.group).map_err(unsound)?;
        HeldShare::new(group, share.map_err(unsound)?).map(Some).map_err(unsound)
    }

    /// Writes a new share, so that it is there whole or not at all, whenever the power fails.
    pub fn create(&self, held: &HeldShare) -> Result<(), StoreError> {
        let mut contents = Contents { group: held.group.to_bytes(), share: *held.share.to_bytes() };
        let plain = Zeroizing::new(contents.encode());
        contents.share.zeroize();
        let path = || self.file.path().to_owned();
        self.file.create(&plain).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => StoreError::Exists(path()),
            _ => StoreError::Io { path: path(), source },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_threshold::deal_insecure_single;
    use rand_core::OsRng;
    use std::fs;

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
