use super::*;
use adyton_protocol::ids::CodeHash;

fn call_fields() -> CallFields {
    CallFields {
        network: NetworkId([1; 32]),
        contract: ContractId([2; 32]),
        code: CodeHash([3; 32]),
        lease: 4,
        request_id: RequestId([5; 16]),
        not_after: 6,
        caller: None,
    }
}

fn response(change: impl FnOnce(&mut Message)) -> Vec<u8> {
    let mut message = Message::response(bhttp::StatusCode::OK);
    message.put_header("x-own", "1");
    message.write_content(b"content");
    change(&mut message);
    let mut out = Vec::new();
    message.write_bhttp(Mode::KnownLength, &mut out).unwrap();
    out
}

fn refused(bytes: &[u8]) -> String {
    Opened::read(bytes, false).unwrap_err().to_string()
}

#[test]
fn a_request_carries_its_fields_in_order_and_the_call() {
    let request = Request::post("/x?y=1", "body").unwrap().field("X-One", "1").unwrap().field("x-two", "2").unwrap();
    let bytes = request.encode(&call_fields()).unwrap();
    let message = Message::read_bhttp(&mut std::io::Cursor::new(&bytes)).unwrap();
    assert_eq!(message.control().path(), Some(&b"/x?y=1"[..]));
    assert_eq!(message.control().authority(), Some("02".repeat(32).as_bytes()));
    let names: Vec<_> = message.header().fields().iter().map(|field| field.name().to_vec()).collect();
    assert_eq!(names, [b"x-one".to_vec(), b"x-two".to_vec(), CALL_FIELD.as_bytes().to_vec()]);
    let call = hex::decode(message.header().get(CALL_FIELD.as_bytes()).unwrap()).unwrap();
    assert_eq!(CallFields::from_bytes(&call), Some(call_fields()));
    assert_eq!(message.content(), b"body");
}

#[test]
fn a_field_that_is_reserved_malformed_or_too_much_is_refused() {
    let request = || Request::get("/").unwrap();
    for (name, value) in [("adyton-call", "x"), ("Adyton-X", "x"), ("", "x"), ("a b", "x"), ("a", "b\nc"), ("a", " b")]
    {
        assert!(matches!(request().field(name, value), Err(Error::BadRequest(_))), "{name}: {value}");
    }
    assert!(request().field("a", &"x".repeat(MAX_FIELD)).is_err());
    let full = (1..MAX_FIELDS).fold(request(), |request, _| request.field("a", "b").unwrap());
    assert!(full.field("a", "b").is_err());
}

#[test]
fn a_path_or_method_that_is_none_is_refused() {
    for path in ["", "x", "/a b", "/ä", "/a#b", "/a\n", &format!("/{}", "x".repeat(MAX_PATH))] {
        assert!(Request::get(path).is_err(), "{path}");
    }
    for method in ["", "get", "GE T", "VERYLONGMETHODNAME"] {
        assert!(Request::new(method, "/").is_err(), "{method}");
    }
}

#[test]
fn an_answer_without_a_receipt_is_refused() {
    assert!(matches!(Opened::read(&response(|_| {}), false), Err(Error::NoReceipt)));
}

#[test]
fn a_receipt_in_the_header_is_no_receipt() {
    let bytes = response(|message| message.put_header(RECEIPT_FIELD, "aaaa"));
    assert!(matches!(Opened::read(&bytes, false), Err(Error::NoReceipt)));
}

#[test]
fn two_receipts_or_one_that_is_none_are_refused() {
    assert!(
        refused(&response(|message| {
            message.put_trailer(RECEIPT_FIELD, "aaaa");
            message.put_trailer(RECEIPT_FIELD, "aaaa");
        }))
        .contains("two receipts")
    );
    assert!(refused(&response(|message| message.put_trailer(RECEIPT_FIELD, "a+/="))).contains("base64url"));
    assert!(refused(&response(|message| message.put_trailer(RECEIPT_FIELD, "aaaa"))).contains("receipt"));
    let long = "a".repeat(MAX_RECEIPT * 2);
    assert!(refused(&response(|message| message.put_trailer(RECEIPT_FIELD, long.as_str()))).contains("too long"));
}

#[test]
fn what_follows_a_message_may_only_be_padding() {
    let mut bytes = response(|message| message.put_header(ERROR_FIELD, "code"));
    bytes.extend([0; 10]);
    assert!(Opened::read(&bytes, false).is_ok());
    bytes.push(1);
    assert!(refused(&bytes).contains("after the message"));
}

#[test]
fn more_fields_than_are_allowed_are_not_decoded() {
    let many = response(|message| (0..MAX_FIELDS).for_each(|_| message.put_header("a", "")));
    assert!(refused(&many).contains("too many header fields"));
    let many = response(|message| (0..=MAX_FIELDS).for_each(|_| message.put_trailer("a", "")));
    assert!(refused(&many).contains("too many header fields"));
}

#[test]
fn a_request_in_an_answers_place_and_a_cut_message_are_refused() {
    let request = Request::get("/").unwrap().encode(&call_fields()).unwrap();
    assert!(matches!(Opened::read(&request, false), Err(Error::Malformed(_))));
    let bytes = response(|_| {});
    assert!(matches!(Opened::read(&bytes[..6], false), Err(Error::Malformed(_))));
    // RFC 9292 §3.8 lets whole parts be left out behind; without a receipt that is no answer either.
    assert!(matches!(Opened::read(&bytes[..3], false), Err(Error::NoReceipt)));
}

#[test]
fn the_workers_own_word_is_told_from_the_contracts() {
    let bytes = response(|message| message.put_header(ERROR_FIELD, "wrong-lease"));
    assert!(matches!(Opened::read(&bytes, false), Ok(Opened::Worker(_, Some(code))) if code == "wrong-lease"));
    // Under the worker's own paths no receipt belongs to an answer.
    assert!(matches!(Opened::read(&response(|_| {}), true), Ok(Opened::Worker(_, None))));
}

#[test]
fn reserved_fields_of_an_answer_are_not_the_contracts() {
    let bytes = response(|message| {
        message.put_header("adyton-anything", "x");
        message.put_header(ERROR_FIELD, "code");
    });
    let Ok(Opened::Worker(response, _)) = Opened::read(&bytes, false) else { panic!("the worker's word") };
    assert_eq!(response.fields, [(b"x-own".to_vec(), b"1".to_vec())]);
}
