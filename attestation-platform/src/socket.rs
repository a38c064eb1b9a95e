//! A device behind a unix socket.

use adyton_attestation::EvidenceKind;
use async_trait::async_trait;
use std::{path::PathBuf, time::Duration};
use tokio::{net::UnixStream, time::timeout};
use zeroize::Zeroizing;

use crate::{
    Platform, PlatformError,
    device::{self, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, Request, Response},
    report_data::require_in_tdx_quote,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// A device behind a unix socket, which is told the program's role because it cannot measure it.
#[derive(Clone, Debug)]
pub struct Socket {
    path: PathBuf,
    role: String,
}

impl Socket {
    /// The device at `path`, for the program that is `role`.
    pub fn new(path: PathBuf, role: String) -> Self {
        Self { path, role }
    }

    async fn ask(&self, request: Request) -> Result<Response, PlatformError> {
        let exchange = async {
            let mut stream =
                UnixStream::connect(&self.path).await.map_err(PlatformError::io("connect to the device's socket"))?;
            device::write(&mut stream, &request, MAX_REQUEST_BYTES).await?;
            device::read(&mut stream, MAX_RESPONSE_BYTES).await?.ok_or(PlatformError::Protocol)
        };
        timeout(PATIENCE, exchange).await.map_err(|_| PlatformError::Timeout)?
    }
}

#[async_trait]
impl Platform for Socket {
    async fn quote(&self, report_data: [u8; 64]) -> Result<Vec<u8>, PlatformError> {
        match self.ask(Request::Quote { role: self.role.clone(), report_data }).await? {
            Response::Quote(quote) => require_in_tdx_quote(&quote, &report_data).map(|()| quote),
            Response::Refused(reason) => Err(PlatformError::Refused(reason)),
            Response::SealingKey(_) => Err(PlatformError::Protocol),
        }
    }

    async fn sealing_key(&self, label: &[u8]) -> Result<Option<Zeroizing<[u8; 32]>>, PlatformError> {
        match self.ask(Request::SealingKey { role: self.role.clone(), label: label.to_vec() }).await? {
            Response::SealingKey(key) => Ok(Some(Zeroizing::new(key))),
            Response::Refused(reason) => Err(PlatformError::Refused(reason)),
            Response::Quote(_) => Err(PlatformError::Protocol),
        }
    }

    fn kind(&self) -> EvidenceKind {
        EvidenceKind::IntelTdx
    }

    fn name(&self) -> &'static str {
        "socket"
    }
}
