//! `contracts`: calls of other contracts on the same worker.
//!
//! Who can be called, and what comes of it, is the worker's to say. Whom the manifest lets a contract call is looked up
//! here, and here a call is counted and paid for: it stands in the ledger with the requests that left by `http`.

use adyton_protocol::{
    call::{RESERVED_PATH, RESERVED_PREFIX},
    contract_call,
    ids::ContractId,
    path,
    receipt::EgressRecord,
};
use http::{HeaderName, HeaderValue};
use wasmtime::{StoreContextMut, component::Linker};

use super::{
    http::{is_connection_field, latin1},
    interface,
};
use crate::{
    bindings::phat::contract::{
        contracts::{Refusal, Request, Response},
        types::Field,
    },
    call::{CallState, charge, charge_bytes},
    costs,
    host::{ContractCall, ContractCalled},
    message,
};

/// The longest method, in bytes.
const MAX_METHOD: usize = 16;
/// The longest path with its query, in bytes.
const MAX_PATH: usize = 8 * 1024;
/// The most header fields of a request.
const MAX_FIELDS: usize = 64;
/// The most bytes of a request's header fields.
const MAX_FIELD_BYTES: usize = 16 * 1024;

type Reply = wasmtime::Result<(Result<Response, Refusal>,)>;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut contracts = linker.instance(&interface("contracts"))?;
    type Call = (Vec<u8>, Request, Option<u64>);
    contracts.func_wrap_async("call", |store, (contract, request, fuel_limit): Call| {
        Box::new(call(store, contract, request, fuel_limit))
    })
}

async fn call(
    mut store: StoreContextMut<'_, CallState>,
    contract: Vec<u8>,
    request: Request,
    fuel_limit: Option<u64>,
) -> Reply {
    charge_bytes(&mut store, costs::CONTRACTS_CALL, size(&request)).await?;
    let (contract, request) = match check(store.data(), &contract, request) {
        Ok(checked) => checked,
        Err(refusal) => return Ok((Err(refusal),)),
    };
    let left = store.get_fuel()?;
    let call = store.data_mut();
    let slot = call.ledger.open(request.body.len());
    let most = call.limits().egress_bytes as usize;
    let fuel = fuel_limit.map_or(left, |limit| limit.min(left));
    let called = call.host.call_contract(ContractCall { contract, request, fuel }).await?;
    let ContractCalled { outcome, fuel, digests } = called;
    call.called_fuel = call.called_fuel.saturating_add(fuel);
    if let Some((request, response)) = digests {
        let host = contract_call::host(&contract);
        slot.record(EgressRecord { host, certificate: None, request, response });
    }
    let received = outcome.as_ref().map_or(0, message::Response::size);
    charge(&mut store, fuel.saturating_add(costs::CONTRACTS_CALL.bytes(received))).await?;
    let outcome = outcome.and_then(|response| match response.body.len() > most {
        true => Err(Refusal::Limit(format!("a response may have {most} bytes of content"))),
        false => Ok(response),
    });
    if let Ok(response) = &outcome {
        slot.count(response.body.len());
    }
    Ok((outcome.map(into_guest),))
}

fn size(request: &Request) -> usize {
    let fields: usize = request.headers.iter().map(|field| field.name.len() + field.value.len()).sum();
    request.method.len() + request.path.len() + fields + request.body.len()
}

fn into_guest(response: message::Response) -> Response {
    let text = |bytes: Vec<u8>| bytes.into_iter().map(char::from).collect();
    let field = |(name, value)| Field { name: text(name), value: text(value) };
    Response { status: response.status, headers: response.fields.into_iter().map(field).collect(), body: response.body }
}

/// The same form as that of a call from outside, within the caller's own limits.
fn check(call: &CallState, contract: &[u8], request: Request) -> Result<(ContractId, message::Request), Refusal> {
    let limits = call.limits();
    if call.ledger.requests() >= limits.egress_requests {
        return Err(Refusal::Limit(format!("this call may send {} requests", limits.egress_requests)));
    }
    if request.body.len() > limits.egress_bytes as usize {
        return Err(Refusal::Limit(format!("a request may have {} bytes of content", limits.egress_bytes)));
    }
    let Ok(contract) = ContractId::try_from(contract) else {
        return Err(Refusal::Invalid("a contract's identifier has 32 bytes".into()));
    };
    if !call.contract.callees.allow(&contract) {
        return Err(Refusal::Denied(format!("the manifest does not let this contract call {contract}")));
    }
    Ok((contract, form(request)?))
}

fn form(request: Request) -> Result<message::Request, Refusal> {
    let Request { method, path, headers, body } = request;
    let invalid = |reason: String| Err(Refusal::Invalid(reason));
    if !(1..=MAX_METHOD).contains(&method.len()) || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return invalid(format!("a method has 1 to {MAX_METHOD} letters in upper case"));
    }
    let plain = path.len() <= MAX_PATH && path.bytes().all(|byte| byte.is_ascii_graphic());
    if !plain || !path.starts_with('/') {
        return invalid(format!("a path begins with / and has at most {MAX_PATH} visible ASCII characters"));
    }
    if path::is_reserved(&path) {
        return invalid(format!(
            "paths that begin with {RESERVED_PATH}, as they are, resolved or decoded, are the worker's"
        ));
    }
    let bytes: usize = headers.iter().map(|field| field.name.len() + field.value.len()).sum();
    if headers.len() > MAX_FIELDS || bytes > MAX_FIELD_BYTES {
        return invalid(format!("more than {MAX_FIELDS} header fields or {MAX_FIELD_BYTES} bytes of them"));
    }
    let fields = headers.iter().map(field).collect::<Result<_, _>>()?;
    Ok(message::Request { method, path, fields, body })
}

fn field(field: &Field) -> Result<(Vec<u8>, Vec<u8>), Refusal> {
    let name = HeaderName::from_bytes(field.name.as_bytes());
    let name = name.map_err(|_| Refusal::Invalid("the name of a field is malformed".into()))?;
    if name.as_str().starts_with(RESERVED_PREFIX) || is_connection_field(name.as_str()) {
        return Err(Refusal::Invalid(format!("the field {name} is not the contract's to set")));
    }
    match latin1(&field.value).and_then(|bytes| HeaderValue::from_bytes(&bytes).ok()) {
        Some(value) => Ok((name.as_str().as_bytes().to_vec(), value.as_bytes().to_vec())),
        None => Err(Refusal::Invalid(format!("the value of the field {name} is malformed"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formed(change: impl FnOnce(&mut Request)) -> Result<message::Request, Refusal> {
        let mut request = Request { method: "GET".into(), path: "/a".into(), headers: Vec::new(), body: Vec::new() };
        change(&mut request);
        form(request)
    }

    fn headers(name: &str, value: &str) -> Vec<Field> {
        vec![Field { name: name.into(), value: value.into() }]
    }

    #[test]
    fn a_request_is_passed_on_with_names_in_lower_case() {
        let request = formed(|request| request.headers = headers("X-Name", "caf\u{e9}")).expect("well-formed");
        assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/a"));
        assert_eq!(request.fields, vec![(b"x-name".to_vec(), b"caf\xe9".to_vec())]);
    }

    #[test]
    fn a_method_or_path_that_no_call_from_outside_has_is_refused() {
        for method in ["", "get", "G T", &"G".repeat(17)] {
            assert!(matches!(formed(|request| request.method = method.into()), Err(Refusal::Invalid(_))), "{method}");
        }
        let long = format!("/{}", "a".repeat(MAX_PATH));
        for path in ["", "a", "/a b", "/\u{e9}", "/.adyton/logs", "/x/../.adyton/message", "/%2eadyton/message", &long]
        {
            assert!(matches!(formed(|request| request.path = path.into()), Err(Refusal::Invalid(_))), "{path}");
        }
    }

    #[test]
    fn fields_that_are_not_the_contracts_to_set_are_refused() {
        for (name, value) in
            [("adyton-schedule", "x"), ("Adyton-Call", "x"), ("connection", "close"), ("a b", "x"), ("a", "x\r\ny")]
        {
            let refused = formed(|request| request.headers = headers(name, value));
            assert!(matches!(refused, Err(Refusal::Invalid(_))), "{name}");
        }
        let many = formed(|request| request.headers = vec![headers("a", "b").remove(0); MAX_FIELDS + 1]);
        assert!(matches!(many, Err(Refusal::Invalid(_))));
        let long = formed(|request| request.headers = headers("a", &"b".repeat(MAX_FIELD_BYTES)));
        assert!(matches!(long, Err(Refusal::Invalid(_))));
    }
}
