//! The examples of the Contract ABI Specification, and what is refused.

use super::*;
use crate::evm::{from_hex, hex};

/// The words of a call behind its selector, without the zeros that make them 32 bytes long: those of numbers stand in
/// front of them, and `"…` is text with its zeros behind it.
fn words(list: &[&str]) -> Vec<u8> {
    let word = |text: &&str| match text.strip_prefix('"') {
        Some(text) => format!("{:0<64}", hex(text.as_bytes()).trim_start_matches("0x")),
        None => format!("{text:0>64}"),
    };
    from_hex(&format!("0x{}", list.iter().map(word).collect::<String>())).unwrap()
}

fn numbers(list: &[u64]) -> Value {
    Value::Array(list.iter().map(|number| (*number).into()).collect())
}

/// That these values have this encoding, and are read back from it.
fn holds(signature: &str, selector: [u8; 4], values: &[Value], expected: &[&str]) {
    let call = call(signature, values).unwrap();
    assert_eq!(call[..4], selector, "{signature}");
    assert_eq!(hex(&call[4..]), hex(&words(expected)), "{signature}");
    let types = signature.split_once('(').unwrap().1.strip_suffix(')').unwrap();
    assert_eq!(decode(types, &call[4..]).unwrap(), values, "{signature}");
}

#[test]
fn values_that_stand_in_their_places() {
    holds("baz(uint32,bool)", [0xcd, 0xcd, 0x77, 0xc0], &[69_u64.into(), true.into()], &["45", "1"]);
    let texts = Value::Array(vec![b"abc".to_vec().into(), b"def".to_vec().into()]);
    holds("bar(bytes3[2])", [0xfc, 0xe3, 0x53, 0xf6], &[texts], &["\"abc", "\"def"]);
}

#[test]
fn values_that_stand_behind() {
    holds(
        "sam(bytes,bool,uint256[])",
        [0xa5, 0x64, 0x3b, 0xf2],
        &[b"dave".to_vec().into(), true.into(), numbers(&[1, 2, 3])],
        &["60", "1", "a0", "4", "\"dave", "3", "1", "2", "3"],
    );
    holds(
        "f(uint256,uint32[],bytes10,bytes)",
        [0x8b, 0xe6, 0x52, 0x46],
        &[0x123_u64.into(), numbers(&[0x456, 0x789]), b"1234567890".to_vec().into(), b"Hello, world!".to_vec().into()],
        &["123", "80", "\"1234567890", "e0", "2", "456", "789", "d", "\"Hello, world!"],
    );
}

#[test]
fn arrays_of_arrays_and_of_texts() {
    holds(
        "g(uint256[][],string[])",
        [0x22, 0x89, 0xb1, 0x8c],
        &[
            Value::Array(vec![numbers(&[1, 2]), numbers(&[3])]),
            Value::Array(vec!["one".into(), "two".into(), "three".into()]),
        ],
        &[
            "40", "140", "2", "40", "a0", "2", "1", "2", "1", "3", "3", "60", "a0", "e0", "3", "\"one", "3", "\"two",
            "5", "\"three",
        ],
    );
}

#[test]
fn tuples_and_fixed_arrays_are_read_back() {
    let inner = Value::Array(vec![Address([7; 20]).into(), "text".into()]);
    let values = [Value::Array(vec![inner.clone(), inner]), numbers(&[1, 2]), Hash([9; 32]).into()];
    let types = "(address,string)[2],uint8[2],bytes32";
    assert_eq!(decode(types, &encode(types, &values).unwrap()).unwrap(), values);
    assert!(decode("", &encode("", &[]).unwrap()).unwrap().is_empty());
}

#[test]
fn what_is_no_type_is_refused() {
    let names = ["", "uint", "uint7", "uint264", "uint08", "int256", "bytes0", "bytes33", "()", " bool", "bool,bool"];
    let arrays = ["bool[0]", "bool[01]", "bool[1025]", "bool[", "(bool", "bool)", "bool[][][][][][][][][]"];
    for text in names.into_iter().chain(arrays) {
        assert!(Type::parse(text).is_err(), "{text}");
    }
    assert!(call("(bool)", &[true.into()]).is_err());
    assert!(call("f(bool", &[true.into()]).is_err());
    assert!(encode("bool)[2", &[Value::Array(vec![true.into(), true.into()])]).is_err());
}

#[test]
fn values_of_other_types_are_refused() {
    for (types, value) in [
        ("uint8", Value::from(256_u64)),
        ("bool", 1_u64.into()),
        ("bytes4", vec![1_u8, 2, 3].into()),
        ("string", vec![1_u8].into()),
        ("uint8[2]", numbers(&[1])),
        ("(bool,bool)", Value::Array(vec![true.into()])),
    ] {
        assert!(encode(types, &[value]).is_err(), "{types}");
    }
    assert!(encode("bool", &[]).is_err());
}

#[test]
fn words_that_do_not_fit_their_types_are_refused() {
    let high = format!("1{}", "0".repeat(63));
    for (types, given) in [("uint8", "100"), ("bool", "2"), ("address", high.as_str()), ("bytes4", "1")] {
        assert!(decode(types, &words(&[given])).is_err(), "{types}");
    }
}

#[test]
fn data_that_is_shorter_than_it_says_is_refused() {
    let far = "f".repeat(64);
    let far = far.as_str();
    let short: [(&str, &[&str]); 7] = [
        ("uint256", &[]),
        ("bytes", &["20", "1"]),
        ("bytes", &["40"]),
        ("bytes", &[far]),
        ("bytes", &["20", far]),
        ("uint256[]", &["20", "2", "1"]),
        ("string", &["20", "1", far]),
    ];
    for (types, given) in short {
        assert!(decode(types, &words(given)).is_err(), "{types} {given:?}");
    }
}

#[test]
fn parts_that_overlap_are_refused_where_they_need_more_bytes_than_there_are() {
    // An array whose two elements are the same bytes: nested further, a few words would stand for any number of values.
    assert!(decode("uint256[][]", &words(&["20", "2", "40", "40", "1", "7"])).is_err());
    // The same with as many bytes behind it as it reads twice.
    let twice = decode("uint256[][]", &words(&["20", "2", "40", "40", "1", "7", "0", "0"])).unwrap();
    assert_eq!(twice, [Value::Array(vec![numbers(&[7]), numbers(&[7])])]);
    assert!(decode("uint256[][]", &words(&["20", "2", "40", "80", "1", "7", "1", "7"])).is_ok());
}
