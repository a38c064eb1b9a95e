//! One call of an exported `wasi:http/incoming-handler`.

use wasmtime::Store;

use super::{
    State,
    bindings::{ProxyPre, wasi::http::types::ErrorCode},
    body::{Buffer, Progress},
    fields::CONTENT_LENGTH,
    incoming::IncomingRequest,
    interface::trap,
    outgoing::{OutgoingResponse, ResponseOutparam},
};
use crate::{
    bindings::{
        exports::phat::contract::service::Response,
        phat::contract::types::{Error, Field},
    },
    call::CallState,
    host::Provisional,
    message::{self, InvalidResponse, Request},
};

/// Lets a fresh instance answer. The result is what `service.handle` would return; it is the caller's to check.
pub(crate) async fn handle(
    store: &mut Store<CallState>,
    component: &ProxyPre<CallState>,
    request: Request,
) -> wasmtime::Result<Result<Response, Error>> {
    let instance = component.instantiate_async(&mut *store).await?;
    let state = &mut store.data_mut().wasi;
    state.head = request.method == "HEAD";
    let request = state.table.push(IncomingRequest::new(request))?;
    let outparam = state.table.push(ResponseOutparam)?;
    instance.wasi_http_incoming_handler().call_handle(&mut *store, request, outparam).await?;
    let state = &mut store.data_mut().wasi;
    match state.answer.take() {
        Some(Ok(response)) => answer(&response, state.head).map(Ok),
        Some(Err(code)) => Ok(Err(error(code))),
        None => trap("the component returned without having set a response"),
    }
}

/// Gives the host what there is of the answer, where it was set, and was not given before. Only of a contract whose
/// manifest says so: others count on it that nobody sees an answer whose writes may yet be lost.
pub(super) async fn give(call: &mut CallState) -> wasmtime::Result<()> {
    if !call.contract.provisional {
        return Ok(());
    }
    for part in news(&mut call.wasi).map_err(InvalidResponse::into_error)? {
        call.host.provisional(part).await?;
    }
    Ok(())
}

fn news(state: &mut State) -> Result<Vec<Provisional>, InvalidResponse> {
    let mut parts = Vec::new();
    let Some(Ok(response)) = &state.answer else { return Ok(parts) };
    if state.given.is_none() {
        let message::Response { status, fields, .. } = message::Response::head(response.status, &headers(response))?;
        parts.push(Provisional::Head { status, fields });
    }
    let given = state.given.unwrap_or_default();
    let more = response.body.as_ref().map(|body| body.since(given)).unwrap_or_default();
    state.given = Some(given + more.len());
    if !more.is_empty() {
        parts.push(Provisional::Content(more));
    }
    Ok(parts)
}

/// The response, if it is whole.
fn answer(response: &OutgoingResponse, head: bool) -> wasmtime::Result<Response> {
    match response.body.as_ref().map(Buffer::progress) {
        Some(Progress::Finished) => {}
        Some(Progress::Open | Progress::Abandoned) => {
            return trap("the component returned without having finished its response's content");
        }
        // Without content, its length is nought.
        None if head || matches!(response.fields.content_length(), Ok(None | Some(0))) => {}
        None => return trap("the response has no content, and its content-length says that it has"),
    }
    let body = response.body.as_ref().map(Buffer::take).unwrap_or_default();
    Ok(Response { status: response.status, headers: headers(response), body })
}

/// Its header fields, without the content's length, which was checked, and is stated again on the way.
fn headers(response: &OutgoingResponse) -> Vec<Field> {
    let text = |value: &[u8]| value.iter().copied().map(char::from).collect();
    let fields = response.fields.iter().filter(|(name, _)| *name != CONTENT_LENGTH);
    fields.map(|(name, value)| Field { name: name.to_owned(), value: text(value) }).collect()
}

/// What a contract says with an error in the place of a response.
fn error(code: ErrorCode) -> Error {
    match code {
        ErrorCode::InternalError(text) => Error::Other(text.unwrap_or_else(|| "internal error".into())),
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => {
            Error::Denied("the contract may not send a request that it needs".into())
        }
        ErrorCode::DnsTimeout
        | ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => Error::Timeout,
        other => {
            let name = format!("{other:?}");
            Error::Other(name.strip_prefix("ErrorCode::").unwrap_or(&name).to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasi::{
        body::{Of, Quota},
        fields::Fields,
    };

    fn response(body: Option<Buffer>, length: Option<&str>) -> OutgoingResponse {
        let length = length.map(|length| (CONTENT_LENGTH.as_bytes(), length.as_bytes()));
        OutgoingResponse { status: 200, fields: Fields::incoming(length.into_iter()), body }
    }

    #[test]
    fn a_response_whose_content_is_open_or_was_dropped_is_none() {
        let body = Buffer::new(Of::Response, 10, None, &Quota::new(10));
        assert!(answer(&response(Some(body.clone()), None), false).is_err());
        body.abandon();
        assert!(answer(&response(Some(body), None), false).is_err());
    }

    #[test]
    fn a_length_without_content_is_refused_but_for_head() {
        assert!(answer(&response(None, Some("3")), false).is_err());
        assert!(answer(&response(None, Some("0")), false).is_ok());
        let answer = answer(&response(None, Some("3")), true).expect("an answer to HEAD");
        assert!(answer.headers.is_empty(), "the length is not the contract's to set");
    }

    #[test]
    fn an_error_in_the_place_of_a_response_is_told_in_words() {
        assert!(matches!(error(ErrorCode::InternalError(Some("why".into()))), Error::Other(text) if text == "why"));
        assert!(matches!(error(ErrorCode::ConnectionTimeout), Error::Timeout));
        assert!(matches!(error(ErrorCode::LoopDetected), Error::Other(text) if text.contains("LoopDetected")));
    }
}
