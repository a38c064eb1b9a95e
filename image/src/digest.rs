//! Digests that print as hexadecimal.

use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256, Sha384};
use std::{
    fmt,
    io::{self, Read},
};

use crate::ImageError;

/// Declares a digest of one length.
macro_rules! digest {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $hash:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(pub [u8; $bytes]);

        impl $name {
            /// All zeros: what most registers begin with.
            pub const ZERO: Self = Self([0; $bytes]);

            /// The digest of the parts, one after the other.
            pub fn of(parts: &[&[u8]]) -> Self {
                let mut hash = <$hash>::new();
                for part in parts {
                    hash.update(part);
                }
                Self(hash.finalize().into())
            }

            /// The digest of everything that `from` gives.
            ///
            /// # Errors
            /// What reading fails with.
            pub fn of_reader(from: impl Read) -> io::Result<Self> {
                let mut hash = <$hash>::new();
                feed(from, |part| hash.update(part))?;
                Ok(Self(hash.finalize().into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, out)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl std::str::FromStr for $name {
            type Err = ImageError;

            /// Hexadecimal of either case, without a prefix.
            fn from_str(text: &str) -> Result<Self, ImageError> {
                let mut bytes = [0; $bytes];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| ImageError::Digest { bytes: $bytes })?;
                Ok(Self(bytes))
            }
        }
    };
}

digest!(
    /// A SHA-256 digest.
    Sha256Digest,
    32,
    Sha256
);
digest!(
    /// A SHA-384 digest.
    Sha384Digest,
    48,
    Sha384
);

impl Sha384Digest {
    /// What a register holds after it held `self` and was extended with `event`.
    pub fn extended(self, event: Self) -> Self {
        Self::of(&[&self.0, &event.0])
    }
}

/// Gives `to` everything that `from` has, in parts.
pub(crate) fn feed(mut from: impl Read, mut to: impl FnMut(&[u8])) -> io::Result<()> {
    let mut part = vec![0; 64 * 1024];
    loop {
        match from.read(&mut part) {
            Ok(0) => return Ok(()),
            Ok(length) => to(&part[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        let digest = Sha384Digest::of(&[b"a", b"bc"]);
        assert_eq!(digest, Sha384Digest::of(&[b"abc"]));
        assert_eq!(digest, Sha384Digest::of_reader(&b"abc"[..]).unwrap());
        // FIPS 180-4's example.
        assert!(digest.to_string().starts_with("cb00753f45a35e8bb5a03d699ac65007"));
        assert_eq!(digest.to_string().to_uppercase().parse::<Sha384Digest>().unwrap(), digest);
    }

    #[test]
    fn what_is_not_a_digest_is_refused() {
        for text in ["", "00", &"0".repeat(95), &"0".repeat(97), &"g".repeat(96)] {
            assert!(matches!(text.parse::<Sha384Digest>(), Err(ImageError::Digest { bytes: 48 })), "{text}");
        }
    }
}
