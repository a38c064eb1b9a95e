//! The worker's side of key release: a contract's secrets, for as long as the worker leases it.
//!
//! In the flow: the worker has posted `keys.request_release` and it is finalized; [`client::obtain`] asks each
//! keyholder with the worker's raw evidence, opens the sealed answers, checks every partial evaluation against
//! the committee's commitments on the chain, combines them, and derives [`ContractSecrets`]: the key of the
//! store, the key that opens what the owner sealed to the contract, and the secrets of the contract's named keys. The
//! contract itself never sees any of them: it names a key, and the engine signs or opens. It sees only what is derived
//! for its own use.
//!
//! What must always hold: a secret is used only after every partial that made it was checked; secrets are wiped
//! when dropped and are never printed; another contract, key epoch, purpose, use or name is another key.
//!
//! Refused: an answer for another worker, boot, request or keyholder; a wrong partial; fewer answers than the
//! threshold; an answer above its bound; a sealed secret of another contract, name or version, and one older than
//! the newest that its contract has seen; a key of sealed code of another contract or component, and sealed code that is
//! not the component.
//!
//! ```
//! use adyton_client::seal_secret;
//! use adyton_keys::{ContractSecrets, Gathering, Scheme};
//! use adyton_protocol::{ids::{ContractId, NetworkId, WorkerId, Digest}, key_label::Purpose};
//! use adyton_threshold::{deal_insecure_single, release::{RecipientSecret, ReleaseBinding}};
//!
//! // What a keyholder does after its decision:
//! let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
//! let boot = RecipientSecret::derive(&[7; 32]);
//! let binding = ReleaseBinding {
//!     network: NetworkId([1; 32]), contract: ContractId([2; 32]), epoch: 0, worker: WorkerId([3; 32]),
//!     statement: Digest([4; 32]), requested_at: 5, keyholder: WorkerId([6; 32]),
//! };
//! let partials: Vec<_> = Purpose::ALL.iter().map(|purpose| (*purpose, share.evaluate(&binding.label(*purpose)))).collect();
//! let answer = binding.seal(&boot.public(), &partials).unwrap();
//!
//! // What the worker does with it:
//! let mut gathering = Gathering::new(group);
//! gathering.add(&binding, &boot, &answer).unwrap();
//! let secrets: ContractSecrets = gathering.finish(&binding).unwrap();
//! let key = secrets.named_secret(Scheme::Ed25519, "prices").unwrap();
//! assert_eq!(key.len(), 32);
//!
//! // What the owner does, and what the worker reads:
//! let sealed = seal_secret(&secrets.secret_recipient(), "api-key", 1, b"hunter2").unwrap();
//! assert_eq!(&secrets.open_secret(&sealed, 1).unwrap()[..], b"hunter2");
//! ```
#![forbid(unsafe_code)]

pub mod client;
mod code;
mod contract;
pub mod error;
mod gathering;
mod naming;

pub use code::CodeKey;
pub use contract::ContractSecrets;
pub use error::KeysError;
pub use gathering::Gathering;
pub use naming::Scheme;
