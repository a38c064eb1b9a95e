//! The two sets of flags in a report: what the guest's owner permits, and how the platform is set up.

use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A set of named bits of a 64-bit field. In files it is the list of their names.
macro_rules! flags {
    ($(#[$about:meta])* $name:ident { $($(#[$flag_about:meta])* $flag:ident = $bit:literal $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen,
            TypeInfo,
        )]
        pub struct $name(pub u64);

        impl $name {
            $($(#[$flag_about])* pub const $flag: Self = Self(1 << $bit);)+
            const NAMES: &[(Self, &'static str)] = &[$((Self::$flag, $text)),+];

            /// What is in this or in `other`.
            #[must_use]
            pub const fn with(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// What is in this and not in `other`.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// What is in both.
            #[must_use]
            pub const fn and(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }

            /// Whether all of `other` is in this.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether nothing is in it.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The names of its flags.
            pub fn names(self) -> Vec<&'static str> {
                Self::NAMES.iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, name)| *name).collect()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.names().join(", "))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.names())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Vec::<String>::deserialize(deserializer)?.iter().try_fold(Self(0), |set, text| {
                    let known = Self::NAMES.iter().find(|(_, name)| name == text);
                    known.map(|(flag, _)| set.with(*flag)).ok_or_else(|| D::Error::custom("unknown flag"))
                })
            }
        }
    };
}

flags! {
    /// What the guest's owner permits, in the guest's policy (AMD 56860 §4.3), without the versions in its lower half.
    GuestPolicy {
        /// It may run where multithreading is on.
        SMT = 16 "smt",
        /// A migration agent may move it.
        MIGRATION_AGENT = 18 "migration-agent",
        /// The host may debug it.
        DEBUG = 19 "debug",
        /// It runs on one socket only.
        SINGLE_SOCKET = 20 "single-socket",
        /// It may use memory behind CXL.
        CXL = 21 "cxl",
        /// Its memory is encrypted with AES-256-XTS.
        AES_256_XTS = 22 "aes-256-xts",
        /// The running average power limit is off, which hides a side channel.
        RAPL_DISABLED = 23 "rapl-disabled",
        /// The host cannot read its ciphertext.
        CIPHERTEXT_HIDING = 24 "ciphertext-hiding",
        /// The host cannot swap its pages out.
        PAGE_SWAP_DISABLED = 25 "page-swap-disabled",
    }
}

impl GuestPolicy {
    /// What weakens a guest when it is permitted; a relying party has to permit it too.
    pub const WEAKENING: Self = Self::SMT.with(Self::MIGRATION_AGENT).with(Self::DEBUG).with(Self::CXL);
}

flags! {
    /// How the platform is set up (AMD 56860 §7.3, `PLATFORM_INFO`).
    PlatformInfo {
        /// Multithreading is on.
        SMT = 0 "smt",
        /// All memory is encrypted, the host's too.
        TSME = 1 "tsme",
        /// Memory has error correction.
        ECC = 2 "ecc",
        /// The running average power limit is off.
        RAPL_DISABLED = 3 "rapl-disabled",
        /// The host cannot read guests' ciphertext.
        CIPHERTEXT_HIDING = 4 "ciphertext-hiding",
        /// Memory aliases were looked for since the last reset (AMD-SB-3015).
        ALIAS_CHECK_COMPLETE = 5 "alias-check-complete",
        /// Without a name in the specification at hand; real platforms of the Turin line set it.
        UNNAMED_6 = 6 "unnamed-6",
        /// Trusted I/O is on.
        TRUSTED_IO = 7 "trusted-io",
    }
}

#[cfg(test)]
mod tests {
    use super::{GuestPolicy, PlatformInfo};

    #[test]
    fn flags_are_written_by_name() {
        let set = PlatformInfo(0x25);
        assert_eq!(set.names(), ["smt", "ecc", "alias-check-complete"]);
        let text = serde_json::to_string(&set).expect("flags are strings");
        assert_eq!(serde_json::from_str::<PlatformInfo>(&text).expect("the same names"), set);
        assert!(serde_json::from_str::<GuestPolicy>("[\"ecc\"]").is_err());
    }
}
