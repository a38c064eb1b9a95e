//! The development TDX device: quotes and sealing keys on a unix socket.
//!
//! It believes whatever role it is told. The socket's permissions (owner only) are all that protects it.

use adyton_attestation_platform::{
    PlatformError,
    device::{self, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, Request, Response},
};
use std::{
    fs, io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{UnixListener, UnixStream},
    sync::Semaphore,
    time::timeout,
};

use crate::{DevelopmentRoot, Device, Role};

const MOST_CONNECTIONS: usize = 64;
const PATIENCE: Duration = Duration::from_secs(30);

/// Why the device does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A path of a unix socket has about a hundred bytes at most.
    #[error("the socket's path is too long: {0}")]
    PathTooLong(PathBuf),
    /// Something that is not a socket is in the way.
    #[error("there is already something that is not a socket at {0}")]
    NotASocket(PathBuf),
    /// Somebody serves there.
    #[error("another device already serves at {0}")]
    InUse(PathBuf),
    /// The socket cannot be made or used.
    #[error("cannot serve the development device")]
    Io(#[from] io::Error),
}

/// The device, listening.
pub struct Server {
    listener: UnixListener,
    path: PathBuf,
    state: Arc<State>,
}

struct State {
    root: DevelopmentRoot,
    roles: Vec<Role>,
    connections: Semaphore,
}

impl Server {
    /// Listens at `path` for programs of `roles`, readable and writable by the owner only. A socket that an
    /// earlier device left behind is replaced.
    ///
    /// # Errors
    /// [`ServerError`]; in particular if another device serves there.
    pub async fn bind(root: DevelopmentRoot, roles: Vec<Role>, path: &Path) -> Result<Self, ServerError> {
        if path.as_os_str().len() > 100 {
            return Err(ServerError::PathTooLong(path.to_owned()));
        }
        make_way(path).await?;
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        let state = State { root, roles, connections: Semaphore::new(MOST_CONNECTIONS) };
        Ok(Self { listener, path: path.to_owned(), state: Arc::new(state) })
    }

    /// Serves until the future is dropped.
    ///
    /// # Errors
    /// [`ServerError::Io`] if the socket fails.
    pub async fn run(self) -> Result<(), ServerError> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            let state = Arc::clone(&self.state);
            tokio::spawn(async move {
                if let Err(error) = serve(stream, &state).await {
                    tracing::debug!(%error, "a program's connection to the development device ended");
                }
            });
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the development device's socket was already gone");
        }
    }
}

async fn make_way(path: &Path) -> Result<(), ServerError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
        Ok(found) if !found.file_type().is_socket() => Err(ServerError::NotASocket(path.to_owned())),
        Ok(_) if UnixStream::connect(path).await.is_ok() => Err(ServerError::InUse(path.to_owned())),
        Ok(_) => Ok(fs::remove_file(path)?),
    }
}

async fn serve(mut stream: UnixStream, state: &State) -> Result<(), PlatformError> {
    let Ok(_permit) = state.connections.try_acquire() else {
        return device::write(&mut stream, &Response::Refused("too many connections".into()), MAX_RESPONSE_BYTES).await;
    };
    loop {
        let request = timeout(PATIENCE, device::read(&mut stream, MAX_REQUEST_BYTES));
        let Some(request) = request.await.map_err(|_| PlatformError::Timeout)?? else { return Ok(()) };
        let response = answer(request, state);
        let sent = timeout(PATIENCE, device::write(&mut stream, &response, MAX_RESPONSE_BYTES));
        sent.await.map_err(|_| PlatformError::Timeout)??;
    }
}

fn answer(request: Request, state: &State) -> Response {
    let device = |role: &str| -> Option<Device> {
        state.roles.iter().find(|known| known.name() == role).map(|role| state.root.device(role.clone()))
    };
    match request {
        Request::Quote { role, report_data } => device(&role).map(|device| Response::Quote(device.quote(report_data))),
        Request::SealingKey { role, label } => {
            device(&role).map(|device| Response::SealingKey(*device.sealing_key(&label)))
        }
    }
    .unwrap_or_else(|| Response::Refused("this device does not know that role".into()))
}
