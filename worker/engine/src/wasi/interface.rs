//! How an interface of WASI is defined: every function of it charges before it works, and for bytes as soon as it
//! knows their number.

use wasmtime::component::{ComponentNamedList, Lift, Linker, LinkerInstance, Lower, Resource, ResourceType};

use super::{bindings::wasi::http::types::ErrorCode, full_name, handler, poll};
use crate::{
    call::{CallState, charge},
    costs::WASI_CALL,
};

/// What a function gives back, and the units that it costs besides [`WASI_CALL`]'s base. An error ends the call.
pub(super) type Reply<R> = wasmtime::Result<(R, u64)>;

/// A result that costs nothing more.
pub(super) fn reply<T>(value: T) -> Reply<(T,)> {
    Ok(((value,), 0))
}

/// A result that stands for `bytes` bytes which were passed or are returned.
pub(super) fn reply_bytes<T>(value: T, bytes: usize) -> Reply<(T,)> {
    Ok(((value,), WASI_CALL.bytes(bytes)))
}

/// The bytes of the texts in an error.
pub(super) fn text_in(code: &ErrorCode) -> usize {
    let text = match code {
        ErrorCode::DnsError(payload) => payload.rcode.as_ref(),
        ErrorCode::TlsAlertReceived(payload) => payload.alert_message.as_ref(),
        ErrorCode::HttpRequestHeaderSize(payload) => payload.as_ref().and_then(|field| field.field_name.as_ref()),
        ErrorCode::HttpRequestTrailerSize(payload)
        | ErrorCode::HttpResponseHeaderSize(payload)
        | ErrorCode::HttpResponseTrailerSize(payload) => payload.field_name.as_ref(),
        ErrorCode::HttpResponseTransferCoding(text)
        | ErrorCode::HttpResponseContentCoding(text)
        | ErrorCode::InternalError(text) => text.as_ref(),
        _without_text => None,
    };
    text.map_or(0, String::len)
}

/// Ends the call as the guest's mistake.
pub(super) fn trap<T>(reason: impl Into<String>) -> wasmtime::Result<T> {
    let reason: String = reason.into();
    Err(wasmtime::Error::msg(reason))
}

/// An interface that is being defined.
pub(super) struct Interface<'a> {
    instance: LinkerInstance<'a, CallState>,
}

impl<'a> Interface<'a> {
    /// Begins with `name`, as in `io/poll`.
    pub(super) fn of(linker: &'a mut Linker<CallState>, name: &str) -> wasmtime::Result<Self> {
        Ok(Self { instance: linker.instance(&full_name(name))? })
    }

    /// Defines a resource whose values stand in the call's table.
    pub(super) fn resource<T: Send + 'static>(&mut self, name: &str) -> wasmtime::Result<()> {
        self.instance.resource(name, ResourceType::host::<T>(), |mut store, number| {
            store.data_mut().wasi.table.delete(Resource::<T>::new_own(number))?;
            Ok(())
        })
    }

    /// Defines a function that never waits.
    pub(super) fn func<P, R>(
        &mut self,
        name: &str,
        function: impl Fn(&mut CallState, P) -> Reply<R> + Copy + Send + Sync + 'static,
    ) -> wasmtime::Result<()>
    where
        P: ComponentNamedList + Lift + Send + 'static,
        R: ComponentNamedList + Lower + Send + 'static,
    {
        self.define(name, None, function, false)
    }

    /// Defines a function that waits first until there is something to read of the input stream in the place of the
    /// table that `stream` gives.
    pub(super) fn func_on_arrival<P, R>(
        &mut self,
        name: &str,
        stream: fn(&P) -> u32,
        function: impl Fn(&mut CallState, P) -> Reply<R> + Copy + Send + Sync + 'static,
    ) -> wasmtime::Result<()>
    where
        P: ComponentNamedList + Lift + Send + 'static,
        R: ComponentNamedList + Lower + Send + 'static,
    {
        self.define(name, Some(stream), function, false)
    }

    /// Defines a function after which the host is given what there is of the answer.
    pub(super) fn func_and_give<P, R>(
        &mut self,
        name: &str,
        function: impl Fn(&mut CallState, P) -> Reply<R> + Copy + Send + Sync + 'static,
    ) -> wasmtime::Result<()>
    where
        P: ComponentNamedList + Lift + Send + 'static,
        R: ComponentNamedList + Lower + Send + 'static,
    {
        self.define(name, None, function, true)
    }

    fn define<P, R>(
        &mut self,
        name: &str,
        stream: Option<fn(&P) -> u32>,
        function: impl Fn(&mut CallState, P) -> Reply<R> + Copy + Send + Sync + 'static,
        gives: bool,
    ) -> wasmtime::Result<()>
    where
        P: ComponentNamedList + Lift + Send + 'static,
        R: ComponentNamedList + Lower + Send + 'static,
    {
        self.instance.func_wrap_async(name, move |mut store, parameters: P| {
            Box::new(async move {
                charge(&mut store, WASI_CALL.base).await?;
                if let Some(place) = stream.map(|stream| stream(&parameters)) {
                    poll::arrival(&mut store, place).await?;
                }
                let (value, units) = function(store.data_mut(), parameters)?;
                let units = units.saturating_add(std::mem::take(&mut store.data_mut().wasi.due));
                if units > 0 {
                    charge(&mut store, units).await?;
                }
                if gives {
                    handler::give(store.data_mut()).await?;
                }
                Ok(value)
            })
        })
    }

    /// For functions that wait.
    pub(super) fn instance(&mut self) -> &mut LinkerInstance<'a, CallState> {
        &mut self.instance
    }
}
