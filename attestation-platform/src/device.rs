//! The protocol of a device behind a unix socket: one length-prefixed SCALE message each way, any number of
//! times per connection.
//!
//! A message is `u32 little-endian length ‖ SCALE encoding`, with at most [`MAX_REQUEST_BYTES`] or
//! [`MAX_RESPONSE_BYTES`] bytes after the length. Strings in it are bounded by the message.

use codec::{Decode, DecodeAll, Encode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::PlatformError;

/// The longest request.
pub const MAX_REQUEST_BYTES: usize = 1024;
/// The longest response.
pub const MAX_RESPONSE_BYTES: usize = adyton_attestation::tdx::MAX_QUOTE_BYTES + 1024;

/// What a program asks the device.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Request {
    /// A quote of `role` over `report_data`.
    #[codec(index = 1)]
    Quote {
        /// Which program asks; the device cannot measure it.
        role: String,
        /// What the quote is to be about.
        report_data: [u8; 64],
    },
    /// The secret of `role` for `label`.
    #[codec(index = 2)]
    SealingKey {
        /// Which program asks.
        role: String,
        /// What the secret is for.
        label: Vec<u8>,
    },
}

/// What the device answers.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub enum Response {
    /// The quote.
    #[codec(index = 1)]
    Quote(Vec<u8>),
    /// The secret.
    #[codec(index = 2)]
    SealingKey([u8; 32]),
    /// Why there is none.
    #[codec(index = 255)]
    Refused(String),
}

/// Reads one message of at most `limit` bytes; `None` if the other side closed the connection before it.
///
/// # Errors
/// [`PlatformError::TooLarge`], [`PlatformError::Protocol`] or [`PlatformError::Io`].
pub async fn read<T: Decode>(from: &mut (impl AsyncRead + Unpin), limit: usize) -> Result<Option<T>, PlatformError> {
    let mut length = [0; 4];
    match from.read_exact(&mut length).await {
        Ok(_) => (),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(PlatformError::io("read from the device's socket")(error)),
    }
    let length = usize::try_from(u32::from_le_bytes(length)).map_err(|_| PlatformError::TooLarge)?;
    if length > limit {
        return Err(PlatformError::TooLarge);
    }
    let mut message = zeroize::Zeroizing::new(vec![0; length]);
    from.read_exact(&mut message).await.map_err(PlatformError::io("read from the device's socket"))?;
    T::decode_all(&mut message.as_slice()).map(Some).map_err(|_| PlatformError::Protocol)
}

/// Writes one message of at most `limit` bytes.
///
/// # Errors
/// [`PlatformError::TooLarge`] or [`PlatformError::Io`].
pub async fn write(
    to: &mut (impl AsyncWrite + Unpin),
    message: &impl Encode,
    limit: usize,
) -> Result<(), PlatformError> {
    let message = zeroize::Zeroizing::new(message.encode());
    let length = u32::try_from(message.len()).map_err(|_| PlatformError::TooLarge)?;
    if message.len() > limit {
        return Err(PlatformError::TooLarge);
    }
    let failed = || PlatformError::io("write to the device's socket");
    to.write_all(&length.to_le_bytes()).await.map_err(failed())?;
    to.write_all(&message).await.map_err(failed())?;
    to.flush().await.map_err(failed())
}
