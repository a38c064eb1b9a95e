//! Why a TPM quote is refused.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{check::TpmCheck, hash::HashAlgorithm};
use crate::{CertificateHash, x509::Fault};

/// Why a TPM quote is refused. The SCALE indexes are frozen.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
    thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum TpmRefusal {
    /// The policy accepts no bank of registers at all, so nothing can pass it.
    #[error("the policy accepts no bank of registers, so nothing can pass")]
    #[codec(index = 0)]
    PolicyAcceptsNothing,

    /// Longer than [`super::MAX_QUOTE_BYTES`].
    #[error("the quote has {0} bytes; at most 1024 are read")]
    #[codec(index = 10)]
    QuoteTooLarge(u32),
    /// Shorter than its own lengths say, or a field longer than the TPM's types allow.
    #[error("the quote is truncated or one of its lengths is out of bounds")]
    #[codec(index = 11)]
    QuoteLengths,
    /// Bytes after the end.
    #[error("the quote is followed by {0} bytes; nothing may follow")]
    #[codec(index = 12)]
    QuoteTrailingBytes(u16),
    /// Not made by a TPM: anybody who may use the key can have such bytes signed.
    #[error("the magic number is {0:#010x}, not 0xff544347: no tpm made this")]
    #[codec(index = 13)]
    Magic(u32),
    /// Another kind of attestation: certify, time, audit, creation.
    #[error("the attestation is of type {0:#06x}, not a quote (0x8018)")]
    #[codec(index = 14)]
    AttestationType(u16),
    /// Neither 0 nor 1 where the TPM says yes or no.
    #[error("the clock's safety is {0}, neither 0 nor 1")]
    #[codec(index = 15)]
    YesNo(u8),
    /// More banks than any TPM has.
    #[error("the quote selects from {0} banks; at most 8 are read")]
    #[codec(index = 16)]
    TooManySelections(u32),
    /// Not one to three bytes of register bits.
    #[error("a selection has {0} bytes instead of 1 to 3")]
    #[codec(index = 17)]
    SelectionSize(u8),
    /// The signature's lengths contradict each other or are out of bounds.
    #[error("the signature is truncated, too long, or followed by something")]
    #[codec(index = 18)]
    SignatureLengths,
    /// Only RSASSA with SHA-256 or SHA-384, RSAPSS with SHA-384 and ECDSA with SHA-256 or SHA-384 are known.
    #[error("signature algorithm {algorithm:#06x} with hash {hash:#06x} is not supported")]
    #[codec(index = 19)]
    SignatureScheme {
        /// The TCG's number for the algorithm.
        algorithm: u16,
        /// The TCG's number for the hash.
        hash: u16,
    },

    /// The evidence has no attestation key and the caller gave none.
    #[error("there is no attestation key")]
    #[codec(index = 20)]
    NoKey,
    /// The public area or the public key cannot be read.
    #[error("the attestation key cannot be read")]
    #[codec(index = 21)]
    KeyEncoding,
    /// Of a type, curve or size that is not supported.
    #[error("the attestation key is neither rsa of 2048 to 4096 bits nor on p-256 or p-384")]
    #[codec(index = 22)]
    KeyType,
    /// Not a restricted signing key that was made in its TPM and cannot leave it.
    #[error("the attestation key's attributes are {0:#010x}: not a restricted signing key fixed to its tpm")]
    #[codec(index = 23)]
    KeyAttributes(u32),

    /// The public area and the public key are not of one key.
    #[error("the evidence gives two different attestation keys")]
    #[codec(index = 24)]
    KeyMismatch,

    /// The signature does not verify.
    #[error("the attestation key did not sign the quote")]
    #[codec(index = 30)]
    QuoteSignature,

    /// A bank of SHA-1 registers, which proves nothing.
    #[error("the quote selects sha-1 registers; a stronger bank is wanted")]
    #[codec(index = 40)]
    Sha1Bank,
    /// A bank whose hash algorithm is unknown here.
    #[error("the quote selects registers of unknown algorithm {0:#06x}")]
    #[codec(index = 41)]
    UnknownBank(u16),
    /// A bank that the policy does not accept.
    #[error("the quote selects {0} registers, which the policy does not accept")]
    #[codec(index = 42)]
    BankNotAccepted(HashAlgorithm),
    /// The same bank twice.
    #[error("the quote selects {0} registers twice")]
    #[codec(index = 43)]
    RepeatedBank(HashAlgorithm),
    /// No register at all.
    #[error("the quote selects no register")]
    #[codec(index = 44)]
    EmptySelection,
    /// A register that the policy requires is not selected.
    #[error("the quote does not select register {0}, which the policy requires")]
    #[codec(index = 45)]
    PcrMissing(u8),

    /// The digest is not of the signature's hash algorithm.
    #[error("the digest over the registers has {found} bytes, and the signature's hash has {wanted}")]
    #[codec(index = 50)]
    PcrDigestLength {
        /// Bytes of the digest.
        found: u16,
        /// Bytes of the signature's hash.
        wanted: u8,
    },
    /// The values do not give the signed digest.
    #[error("the register values do not give the digest that was signed")]
    #[codec(index = 51)]
    PcrDigest,
    /// A value of a register that was not signed for.
    #[error("a value is given for register {0}, which the quote does not select")]
    #[codec(index = 52)]
    PcrNotSelected(u8),
    /// Two values for one register.
    #[error("two values are given for register {0}")]
    #[codec(index = 53)]
    RepeatedPcr(u8),
    /// A value of another length than its bank's.
    #[error("the value of register {index} has {found} bytes, and its bank's have {wanted}")]
    #[codec(index = 54)]
    PcrLength {
        /// The register.
        index: u8,
        /// Bytes of its value.
        found: u16,
        /// Bytes of a value in its bank.
        wanted: u8,
    },
    /// A selected or required register has no value.
    #[error("no value is given for register {0}")]
    #[codec(index = 55)]
    PcrValueMissing(u8),

    /// Something is wrong with a certificate; the leaf is number 0.
    #[error("certificate {position} of the attestation key's chain: {fault}")]
    #[codec(index = 60)]
    Certificate {
        /// Which one.
        position: u8,
        /// What is wrong with it.
        fault: Fault,
    },
    /// More certificates than are read.
    #[error("the attestation key's chain has {0} certificates; at most 4 are read")]
    #[codec(index = 61)]
    ChainLength(u8),
    /// The chain does not lead to a pinned root.
    #[error("the attestation key's certificates end with one of sha-256 {0}; one that a pinned root issued is wanted")]
    #[codec(index = 62)]
    UntrustedRoot(CertificateHash),
    /// The certificate is of another key than the one that signed.
    #[error("the certificate is of another key than the one that signed the quote")]
    #[codec(index = 63)]
    CertificateKey,

    /// A certificate names where its issuer's revocation list is, but the list was not given.
    #[error("there is no revocation list of the issuer of certificate {0}")]
    #[codec(index = 70)]
    RevocationListMissing(u8),
    /// Something is wrong with a revocation list.
    #[error("the revocation list of the issuer of certificate {position}: {fault}")]
    #[codec(index = 71)]
    RevocationList {
        /// The certificate.
        position: u8,
        /// What is wrong with the list.
        fault: Fault,
    },
    /// On its issuer's list.
    #[error("certificate {0} of the attestation key's chain is revoked")]
    #[codec(index = 72)]
    Revoked(u8),

    /// Neither pinned nor certified.
    #[error("nothing vouches for the attestation key: it is not pinned and has no certificate")]
    #[codec(index = 80)]
    KeyNotTrusted,

    /// A register has another value than the policy names.
    #[error("register {0} has none of the values that the policy names")]
    #[codec(index = 90)]
    PcrValue(u8),

    /// The TPM's firmware is older than the policy's floor.
    #[error("the tpm's firmware version {found:#x} is below {floor:#x}")]
    #[codec(index = 100)]
    FirmwareVersion {
        /// What the quote says.
        found: u64,
        /// The policy's floor.
        floor: u64,
    },
    /// Fewer resets than the relying party has seen before.
    #[error("the tpm's reset count {found} is below {floor}")]
    #[codec(index = 101)]
    ResetCount {
        /// What the quote says.
        found: u32,
        /// The policy's floor.
        floor: u32,
    },
    /// The clock may have gone back.
    #[error("the tpm says that its clock may have gone back")]
    #[codec(index = 102)]
    UnsafeClock,

    /// The quote carries another challenge, or none.
    #[error("the quote is not about the expected challenge (nonce)")]
    #[codec(index = 110)]
    Nonce,
    /// The expected challenge is empty or all zero: that is no challenge.
    #[error("an empty or all-zero challenge is none")]
    #[codec(index = 111)]
    NoChallenge,
}

impl TpmRefusal {
    /// A frozen number for it: the SCALE index, without the details.
    pub fn code(&self) -> u8 {
        self.using_encoded(|bytes| bytes.first().copied().unwrap_or(u8::MAX))
    }

    /// The check that failed.
    pub const fn check(&self) -> TpmCheck {
        match self {
            Self::PolicyAcceptsNothing => TpmCheck::Policy,
            Self::QuoteTooLarge(_)
            | Self::QuoteLengths
            | Self::QuoteTrailingBytes(_)
            | Self::Magic(_)
            | Self::AttestationType(_)
            | Self::YesNo(_)
            | Self::TooManySelections(_)
            | Self::SelectionSize(_)
            | Self::SignatureLengths
            | Self::SignatureScheme { .. } => TpmCheck::QuoteFormat,
            Self::NoKey | Self::KeyEncoding | Self::KeyType | Self::KeyAttributes(_) | Self::KeyMismatch => {
                TpmCheck::AttestationKey
            }
            Self::QuoteSignature => TpmCheck::QuoteSignature,
            Self::Sha1Bank
            | Self::UnknownBank(_)
            | Self::BankNotAccepted(_)
            | Self::RepeatedBank(_)
            | Self::EmptySelection
            | Self::PcrMissing(_) => TpmCheck::PcrSelection,
            Self::PcrDigestLength { .. }
            | Self::PcrDigest
            | Self::PcrNotSelected(_)
            | Self::RepeatedPcr(_)
            | Self::PcrLength { .. }
            | Self::PcrValueMissing(_) => TpmCheck::PcrDigest,
            Self::Certificate { .. } | Self::ChainLength(_) | Self::UntrustedRoot(_) | Self::CertificateKey => {
                TpmCheck::CertificateChain
            }
            Self::RevocationListMissing(_) | Self::RevocationList { .. } | Self::Revoked(_) => TpmCheck::Revocation,
            Self::KeyNotTrusted => TpmCheck::KeyTrust,
            Self::PcrValue(_) => TpmCheck::PcrValues,
            Self::FirmwareVersion { .. } | Self::ResetCount { .. } | Self::UnsafeClock => TpmCheck::TpmState,
            Self::Nonce | Self::NoChallenge => TpmCheck::Nonce,
        }
    }
}
