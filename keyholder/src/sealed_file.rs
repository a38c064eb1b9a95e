//! One file that only this program, on this machine, under this measured configuration, reads: how a keyholder keeps
//! what has to outlive a restart.
//!
//! Layout: `0x01`, a nonce of 24 bytes, then XChaCha20-Poly1305 of the contents. The key comes from the platform's
//! sealing key by HKDF-SHA256; its info and the associated data name what the file is and the measured configuration
//! (network, genesis, roots, policy, caps), so that one file is none of the other's, and the same program with an
//! operator's own rules opens nothing.

use adyton_protocol::{
    domain::{self, Domain},
    ids::Digest,
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use rand_core::{OsRng, RngCore};
use sha2::Sha256;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE: usize = 24;
const TAG: usize = 16;

/// A sealed file.
pub(crate) struct SealedFile {
    path: PathBuf,
    context: Domain,
    configuration: Digest,
    key: Zeroizing<[u8; 32]>,
    most: usize,
}

/// Why it gives nothing.
#[derive(Debug)]
pub(crate) enum Unopened {
    /// The file system.
    Io(io::Error),
    /// It was sealed by another machine, measurement or configuration, as another file, or it is damaged.
    Sealed,
}

impl SealedFile {
    /// The file at `path`, of the kind that `context` names and with at most `most` bytes of contents, sealed under
    /// `sealing_key`, which the platform gives to this measurement on this machine alone. `configuration` is the digest of
    /// the measured configuration.
    pub(crate) fn new(
        context: Domain,
        path: PathBuf,
        configuration: Digest,
        sealing_key: &[u8; 32],
        most: usize,
    ) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, sealing_key)
            .expand(&domain::encode(context, &[&configuration.0, b"key"]), &mut *key)
            .expect("32 bytes are below HKDF's limit of 8160");
        Self { path, context, configuration, key, most }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is in it; `None` if there is no file.
    pub(crate) fn open(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Unopened> {
        let Some(bytes) = self.read()? else { return Ok(None) };
        if bytes.len() < 1 + NONCE || bytes[0] != VERSION {
            return Err(Unopened::Sealed);
        }
        let (nonce, ciphertext) = bytes[1..].split_at(NONCE);
        let payload = Payload { msg: ciphertext, aad: &self.associated() };
        let plain = self.cipher().decrypt(XNonce::from_slice(nonce), payload).map_err(|_| Unopened::Sealed)?;
        Ok(Some(Zeroizing::new(plain)))
    }

    /// Writes it so that it is there whole or not at all, whenever the power fails. Refuses where a file has its name.
    pub(crate) fn create(&self, contents: &[u8]) -> io::Result<()> {
        let beside = self.write_beside(contents)?;
        let named = fs::hard_link(&beside, &self.path);
        fs::remove_file(&beside)?;
        named?;
        self.sync_folder()
    }

    /// Writes it in the place of what is there, so that one of the two is there whole, whenever the power fails.
    pub(crate) fn replace(&self, contents: &[u8]) -> io::Result<()> {
        fs::rename(self.write_beside(contents)?, &self.path)?;
        self.sync_folder()
    }

    fn read(&self) -> Result<Option<Vec<u8>>, Unopened> {
        let most = (1 + NONCE + self.most + TAG) as u64;
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Unopened::Io(error)),
        };
        let mut bytes = Vec::new();
        file.take(most + 1).read_to_end(&mut bytes).map_err(Unopened::Io)?;
        if bytes.len() as u64 > most { Err(Unopened::Sealed) } else { Ok(Some(bytes)) }
    }

    /// Seals `contents` into a durable file of another name; gives that name.
    fn write_beside(&self, contents: &[u8]) -> io::Result<PathBuf> {
        let mut nonce = [0; NONCE];
        OsRng.fill_bytes(&mut nonce);
        let payload = Payload { msg: contents, aad: &self.associated() };
        let ciphertext = self
            .cipher()
            .encrypt(XNonce::from_slice(&nonce), payload)
            .expect("the plaintext is far below the cipher's limit of 256 GiB");
        fs::create_dir_all(self.folder())?;
        let beside = self.path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(&[&[VERSION][..], &nonce, &ciphertext].concat())?;
        file.sync_all()?;
        Ok(beside)
    }

    fn sync_folder(&self) -> io::Result<()> {
        File::open(self.folder())?.sync_all()
    }

    fn folder(&self) -> &Path {
        self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.key).into())
    }

    fn associated(&self) -> Vec<u8> {
        domain::encode(self.context, &[&self.configuration.0, b"file", &[VERSION]])
    }
}
