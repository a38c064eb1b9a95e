//! Published vectors, and endpoints that agree, err and lie.

use serde_json::{Value, json};

use super::*;
use crate::{Error, http::Response};

fn array<const N: usize>(digits: &str) -> [u8; N] {
    from_hex(&format!("0x{digits}")).unwrap().try_into().unwrap()
}

#[test]
fn keccak_256_is_not_sha3_256() {
    let empty = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
    let abc = "0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45";
    assert_eq!(keccak256(b"").to_string(), empty);
    assert_eq!(keccak256(b"abc").to_string(), abc);
}

/// The examples of EIP-55.
#[test]
fn an_address_has_a_checksum_and_a_wrong_one_is_refused() {
    for text in [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ] {
        let address: Address = text.parse().unwrap();
        assert_eq!(address.to_string(), text);
        assert_eq!(text.to_ascii_lowercase().parse::<Address>(), Ok(address));
        let first = 2 + text[2..].find(|c: char| c.is_ascii_alphabetic()).unwrap();
        let letter = &text[first..=first];
        let other = if letter.to_ascii_uppercase() == letter {
            letter.to_ascii_lowercase()
        } else {
            letter.to_ascii_uppercase()
        };
        let wrong = format!("{}{other}{}", &text[..first], &text[first + 1..]);
        assert!(wrong.parse::<Address>().is_err(), "{wrong}");
    }
    assert!("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae".parse::<Address>().is_err());
    assert!("0x5aaeb6053f3e94c9b9a09f33669435e7ef1bea".parse::<Address>().is_err());
}

#[test]
fn numbers_are_read_exactly_and_those_that_are_none_are_refused() {
    assert_eq!("0x0".parse::<U256>(), Ok(U256::ZERO));
    assert_eq!("0x0010".parse::<U256>().map(|number| number.to_string()), Ok("0x10".to_owned()));
    assert_eq!(u128::try_from(U256::from(u128::MAX)), Ok(u128::MAX));
    assert!(u64::try_from(U256::from(1_u128 << 64)).is_err());
    assert!(u128::try_from(U256::from_be_bytes([1; 32])).is_err());
    assert!(U256::from(256_u64) > U256::from(255_u64));
    for text in ["", "0x", "10", "0xg", "-0x1", &format!("0x{}", "1".repeat(65))] {
        assert!(text.parse::<U256>().is_err(), "{text}");
    }
}

/// The secret key 1, whose public key is the curve's base point.
#[test]
fn a_public_key_has_its_account_and_what_is_none_is_refused() {
    let x = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    let address = address_of(&array::<33>(&format!("02{x}"))).unwrap();
    assert_eq!(address.to_string(), "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
    assert!(address_of(&[2; 32]).is_err());
    // No point has this x.
    assert!(address_of(&array::<33>(&format!("02{:0>64}", 5))).is_err());
}

/// A transaction of Ethereum: 0x0ec0…2ee0.
#[test]
fn a_transaction_has_the_digest_and_the_hash_that_it_has_on_the_chain() {
    let data = format!("a22cb465{:0>64}{:064}", "5eee75727d804a2b13038928d36f8b188945a57a", 0);
    let transaction = Transaction {
        chain_id: 1,
        nonce: 0x42,
        max_priority_fee_per_gas: 1_000_000_000,
        max_fee_per_gas: 20_000_000_000,
        gas_limit: 44_386,
        to: Some(Address(array("6069a6c32cf691f5982febae4faf8a6f3ab2f0f6"))),
        value: U256::ZERO,
        data: from_hex(&format!("0x{data}")).unwrap(),
        access_list: Vec::new(),
    };
    let digest = Hash(array("0d5688ac3897124635b6cf1bc0e29d6dfebceebdc10a54d74f2ef8b56535b682"));
    assert_eq!(transaction.digest(), digest);
    let signed = transaction.with_signature(&Signature {
        r: array("840cfc572845f5786e702984c2a582528cad4b49b2a10b9db1be7fca90058565"),
        s: array("25e7109ceb98168d95b09b18bbf6b685130e0562f233877d492b94eee0c5b6d1"),
        y_parity: 0,
    });
    let hash = Hash(array("0ec0b6a2df4d87424e5f6ad2a654e27aaeb7dac20ae9e8385cc09087ad532ee0"));
    assert_eq!(signed.hash(), hash);
    let stored = serde_json::to_string(&signed).unwrap();
    assert_eq!(serde_json::from_str::<SignedTransaction>(&stored).unwrap(), signed);
    assert!(serde_json::from_str::<SignedTransaction>("\"0x01\"").is_err());
}

#[test]
fn the_access_list_is_part_of_what_is_signed() {
    let with = |access_list| Transaction {
        chain_id: 1,
        nonce: 0,
        max_priority_fee_per_gas: 0,
        max_fee_per_gas: 0,
        gas_limit: 0,
        to: None,
        value: U256::ZERO,
        data: Vec::new(),
        access_list,
    };
    let list = vec![(Address([0x11; 20]), vec![Hash([0x22; 32])])];
    assert_eq!(
        with(Vec::new()).digest().to_string(),
        "0x85f23b4c1d3d39bb551f12847bf6123319ed584cbff9bdfc3e81409192d69edf"
    );
    assert_eq!(with(list).digest().to_string(), "0xf1c94d22241bd981df1f7ba63364c3ee1e4e48b62fff0e41736890e75cabffca");
}

/// The example of EIP-712, and its signature by the secret key `keccak256("cow")`.
#[test]
fn a_structure_has_the_digest_of_its_domain() {
    let person = "Person(string name,address wallet)";
    let domain = Domain {
        name: Some("Ether Mail".into()),
        version: Some("1".into()),
        chain_id: Some(1),
        verifying_contract: Some(Address([0xcc; 20])),
        salt: None,
    };
    let separator = "0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f";
    assert_eq!(domain.separator().unwrap().to_string(), separator);
    let somebody = |name: &str, wallet: &str| {
        let wallet: Address = wallet.parse().unwrap();
        struct_hash(person, &[name.into(), wallet.into()]).unwrap()
    };
    let cow = somebody("Cow", "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826");
    let bob = somebody("Bob", "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB");
    let definition = format!("Mail(Person from,Person to,string contents){person}");
    let mail = struct_hash(&definition, &[cow.into(), bob.into(), "Hello, Bob!".into()]).unwrap();
    assert_eq!(mail.to_string(), "0xc52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e");
    let digest = typed_digest(&domain, mail).unwrap();
    assert_eq!(digest.to_string(), "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
    let elsewhere = Domain { chain_id: Some(2), ..domain };
    assert_ne!(typed_digest(&elsewhere, mail).unwrap(), digest);
}

#[test]
fn members_that_are_not_those_of_the_structure_are_refused() {
    assert!(struct_hash("Price(uint256 value)", &[]).is_err());
    assert!(struct_hash("Price(uint256 value)", &["1".into()]).is_err());
    assert!(struct_hash("Price(uint256)", &[1_u64.into()]).is_err());
    assert!(struct_hash("Price", &[]).is_err());
    let list = |length: u64| abi::Value::Array((0..length).map(abi::Value::from).collect());
    assert!(struct_hash("Prices(uint256[2] values)", &[list(2)]).is_ok());
    assert!(struct_hash("Prices(uint256[2] values)", &[list(3)]).is_err());
}

#[test]
fn a_message_has_the_digest_that_wallets_sign() {
    let digest = "0xa1de988600a42c4b4ab089b619297c17d53cffae5d5120d82d8a92d0bb3b78f2";
    assert_eq!(personal_digest(b"Hello World").to_string(), digest);
}

#[test]
fn a_signature_is_given_as_solidity_wants_it() {
    let mut host = [7; 65];
    host[64] = 1;
    let signature = Signature::from_host(host);
    assert_eq!((signature.r, signature.s, signature.y_parity), ([7; 32], [7; 32], 1));
    assert_eq!(signature.to_bytes()[..64], [7; 64]);
    assert_eq!(signature.to_bytes()[64], 28);
}

const HOSTS: [&str; 3] = ["https://a.example/key", "https://b.example", "https://c.example:8545"];

/// Endpoints `a`, `b` and `c`, of which two are needed, and what each answers to a method with its parameters.
fn endpoints(answers: impl Fn(char, &str, &Value) -> Result<Value, Error> + 'static) -> Endpoints {
    let send = move |requests: &[crate::http::Request]| -> Vec<Result<Response, Error>> {
        let one = |request: &crate::http::Request| {
            let name = request.url.chars().nth(8).expect("a host");
            let body: Value = serde_json::from_slice(&request.body).expect("JSON");
            let method = body["method"].as_str().expect("a method");
            let answer = answers(name, method, &body["params"])?;
            Ok(response(200, &answer))
        };
        requests.iter().map(one).collect()
    };
    Endpoints::with(HOSTS.map(Endpoint::new).to_vec(), 2, Box::new(send)).unwrap()
}

fn response(status: u16, body: &Value) -> Response {
    Response { status, headers: Vec::new(), body: body.to_string().into_bytes(), tls_peer_sha256: None }
}

fn result(value: Value) -> Result<Value, Error> {
    Ok(json!({ "jsonrpc": "2.0", "id": 1, "result": value }))
}

fn refused(code: i64, message: &str) -> Result<Value, Error> {
    Ok(json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": code, "message": message } }))
}

/// A block of this number, on a chain that the byte names.
fn block(number: u64, chain: u8) -> Value {
    json!({ "number": U256::from(number), "hash": Hash([chain; 32]), "timestamp": "0x64", "baseFeePerGas": "0x7" })
}

/// Answers like an honest endpoint that has final block 10.
fn honest(params: &Value) -> Result<Value, Error> {
    let number = params[0].as_str().and_then(|text| text.parse().ok()).unwrap_or(U256::from(10_u64));
    result(block(number.try_into()?, 1))
}

fn disagreement(failure: Failure) -> Disagreement {
    match failure {
        Failure::Disagreement(found) => found,
        other => panic!("{other}"),
    }
}

#[test]
fn endpoints_that_could_agree_on_two_answers_are_refused() {
    let new = |count: usize, needed| {
        let all = (0..count).map(|number| Endpoint::new(format!("https://{number}.example"))).collect();
        Endpoints::new(all, needed).is_ok()
    };
    assert!(new(1, 1) && new(3, 2) && new(3, 3) && new(4, 3) && new(16, 9));
    assert!(!new(0, 0) && !new(3, 1) && !new(4, 2) && !new(3, 4) && !new(17, 9) && !new(3, usize::MAX));
}

#[test]
fn one_host_is_one_witness() {
    let new = |urls: [&str; 2]| Endpoints::new(urls.map(Endpoint::new).to_vec(), 2).is_ok();
    assert!(new(["https://a.example/1", "https://b.example/1"]));
    assert!(!new(["https://a.example/1", "https://A.example/2"]));
    assert!(!new(["https://a.example", "a.example"]));
    for other in ["https://a.example:443", "HTTPS://a.example./2", "https://a.example.:443", "http://a.example:80"] {
        assert!(!new(["https://a.example/1", other]), "{other}");
    }
    assert!(!new(["https://a.example:8545", "https://a.example.:8545"]));
    assert!(new(["https://a.example", "https://a.example:8545"]) && new(["http://a.example:443", "http://a.example"]));
}

#[test]
fn the_block_is_the_highest_that_enough_have_reached_whatever_one_of_them_says() {
    for claimed in [0, 1_000_000] {
        let all = endpoints(move |name, _, params| match (name, params[0].as_str()) {
            ('a', Some("finalized")) => result(block(claimed, 1)),
            ('b', Some("finalized")) => result(block(9, 1)),
            _ => honest(params),
        });
        let found = all.finalized().unwrap();
        assert_eq!(found.number(), if claimed == 0 { 9 } else { 10 });
        assert_eq!((found.hash(), found.timestamp(), found.base_fee()), (Hash([1; 32]), 100, Some(7)));
    }
}

#[test]
fn a_depth_is_counted_from_the_newest_block_of_enough() {
    let all = endpoints(|name, method, params| match (name, method) {
        ('a', "eth_blockNumber") => result(json!("0x20")),
        (_, "eth_blockNumber") => result(json!("0x1f")),
        _ => honest(params),
    });
    assert_eq!(all.below_latest(15).unwrap().number(), 16);
    assert_eq!(all.below_latest(100).unwrap().number(), 0);
}

#[test]
fn blocks_of_two_chains_are_a_disagreement_that_says_who_said_what() {
    let all = endpoints(|name, _, params| match (name, params[0].as_str()) {
        (_, Some("finalized")) => honest(params),
        ('a', _) => result(block(10, 1)),
        ('b', _) => result(block(10, 2)),
        _ => refused(-32_000, "no\nstate"),
    });
    let failure = all.finalized().unwrap_err();
    let text = failure.to_string();
    assert!(matches!(Error::from(failure.clone()), Error::Unavailable(_)));
    let found = disagreement(failure);
    assert_eq!((found.method.as_str(), found.needed, found.said.len()), ("eth_getBlockByNumber", 2, 3));
    assert_eq!(found.said[0].endpoint, "a.example");
    assert!(found.said[0].answer.as_ref().unwrap().contains("0x0101") && found.said[1].answer.is_ok());
    assert_eq!(found.said[2].answer, Err("error -32000: no state".to_owned()));
    assert!(text.contains("c.example:8545 failed") && !text.contains("key"), "{text}");
}

#[test]
fn a_block_that_too_few_have_is_none() {
    let all = endpoints(|name, _, params| if name == 'a' { honest(params) } else { result(Value::Null) });
    assert_eq!(disagreement(all.finalized().unwrap_err()).said[1].answer, Err("no such block".to_owned()));
}

#[test]
fn another_block_than_the_one_that_was_asked_for_is_no_answer() {
    let all = endpoints(|_, _, params| match params[0].as_str() {
        Some("finalized") => honest(params),
        _ => result(block(9, 1)),
    });
    assert_eq!(disagreement(all.finalized().unwrap_err()).said[0].answer, Err("another block".to_owned()));
}

/// Endpoints that agree on block 10, and what they answer then.
fn at_ten(answers: impl Fn(char, &str, &Value) -> Result<Value, Error> + 'static) -> (Endpoints, Block) {
    with_ten(|_| result(block(10, 1)), answers)
}

/// The same of endpoints that answer so when they are asked for block 10 by its hash.
fn with_ten(
    by_hash: impl Fn(char) -> Result<Value, Error> + 'static,
    answers: impl Fn(char, &str, &Value) -> Result<Value, Error> + 'static,
) -> (Endpoints, Block) {
    let all = endpoints(move |name, method, params| match method {
        "eth_getBlockByNumber" => honest(params),
        "eth_getBlockByHash" => {
            assert_eq!(params, &json!([Hash([1; 32]), false]));
            by_hash(name)
        }
        _ => answers(name, method, params),
    });
    let block = all.finalized().unwrap();
    (all, block)
}

/// Answers for block 10 by its hash of which `a` alone has it: `b` is behind, and `c` tells something else of it.
fn only_a_has_it(name: char) -> Result<Value, Error> {
    let mut told = block(10, 1);
    told["timestamp"] = json!("0x65");
    result(match name {
        'a' => block(10, 1),
        'b' => Value::Null,
        _ => told,
    })
}

#[test]
fn a_read_names_the_block_by_its_hash_and_two_spellings_of_a_number_agree() {
    let (all, block) = at_ten(|name, method, params| {
        assert_eq!(method, "eth_getBalance");
        assert_eq!(params[1], json!({ "blockHash": Hash([1; 32]), "requireCanonical": true }));
        match name {
            'a' => result(json!("0x1f")),
            'b' => result(json!("0x001F")),
            _ => result(json!("0x2f")),
        }
    });
    assert_eq!(all.balance(&block, Address::default()), Ok(U256::from(31_u64)));
}

#[test]
fn each_read_decodes_what_its_method_answers() {
    let (all, block) = at_ten(|_, method, params| match method {
        "eth_call" => {
            assert_eq!(params[0]["data"], "0x01");
            result(json!("0x0203"))
        }
        "eth_getTransactionCount" => result(json!("0x7")),
        "eth_getStorageAt" => {
            assert_eq!(params[1], json!(format!("0x{:064x}", 5)));
            result(json!(Hash([4; 32])))
        }
        "eth_chainId" => result(json!("0xaa36a7")),
        _ => refused(-32_601, "no such method"),
    });
    assert_eq!(all.call(&block, Address::default(), &[1]), Ok(vec![2, 3]));
    assert_eq!(all.nonce(&block, Address::default()), Ok(7));
    assert_eq!(all.storage(&block, Address::default(), U256::from(5_u64)), Ok(Hash([4; 32])));
    assert_eq!(all.chain_id(), Ok(11_155_111));
    assert!(all.balance(&block, Address::default()).is_err());
}

#[test]
fn what_is_no_answer_is_not_counted() {
    let (all, block) = at_ten(|name, _, _| match name {
        'a' => Ok(json!({ "jsonrpc": "2.0", "id": 2, "result": "0x1" })),
        'b' => result(json!("1")),
        _ => Err(Error::Denied("https://c.example:8545/secret".into())),
    });
    let found = disagreement(all.balance(&block, Address::default()).unwrap_err());
    let reasons: Vec<String> = found.said.into_iter().map(|one| one.answer.unwrap_err()).collect();
    assert_eq!(reasons[0], "status 200 and no answer of JSON-RPC");
    assert_eq!(reasons[1], "an answer with something else than a number");
    assert_eq!(reasons[2], "the manifest or the network does not allow it");
}

#[test]
fn an_answer_that_is_too_long_is_not_looked_at() {
    let (all, block) = at_ten(|_, _, _| result(json!(format!("0x{}", "00".repeat(200)))));
    assert!(all.call(&block, Address::default(), &[]).is_ok());
    let found = disagreement(all.max_answer(100).call(&block, Address::default(), &[]).unwrap_err());
    assert_eq!(found.said[0].answer, Err("an answer of more than 100 bytes".to_owned()));
}

#[test]
fn an_answer_is_put_into_words_only_as_far_as_they_are_shown() {
    struct Endless;
    impl std::fmt::Debug for Endless {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            loop {
                f.write_str("long\n")?;
            }
        }
    }
    assert_eq!(agreement::cut(format_args!("{Endless:?}")), "long ".repeat(32));
}

#[test]
fn what_endpoints_say_is_cut_in_the_error() {
    let (all, block) = at_ten(|_, _, _| refused(3, &"x".repeat(5000)));
    let failure = all.call(&block, Address::default(), &[]).unwrap_err();
    assert!(failure.to_string().len() < 3 * 200 + 100);
    assert!(disagreement(failure).said.iter().all(|one| one.answer.as_ref().unwrap_err().len() == 160));
}

/// The hash of a block of the chain that has block 10.
fn hash_of(number: u64) -> Hash {
    Hash(if number == 10 { [1; 32] } else { [3; 32] })
}

fn receipt(number: u64, status: &str) -> Value {
    json!({
        "transactionHash": Hash([5; 32]), "blockHash": hash_of(number), "blockNumber": U256::from(number),
        "status": status, "from": Address([1; 20]), "to": Address([2; 20]), "contractAddress": null,
        "gasUsed": "0x5208", "effectiveGasPrice": "0x1", "logs": [log(number, 0x11)],
    })
}

fn log(number: u64, address: u8) -> Value {
    json!({
        "address": Address([address; 20]), "topics": [Hash([6; 32])], "data": "0x01", "logIndex": "0x0",
        "transactionHash": Hash([5; 32]), "blockNumber": U256::from(number), "blockHash": hash_of(number),
    })
}

/// The same, but in another block of this number.
fn elsewhere(mut given: Value) -> Value {
    given["blockHash"] = json!(Hash([2; 32]));
    given
}

#[test]
fn a_receipt_counts_from_its_block_on() {
    let (all, block) = at_ten(|name, _, _| match name {
        'a' => result(receipt(10, "0x1")),
        'b' => result(Value::Null),
        _ => result(receipt(11, "0x1")),
    });
    // For b it is not there yet, and for c it is behind the block that is read.
    assert_eq!(all.receipt(&block, Hash([5; 32])), Ok(None));
    let (all, block) = at_ten(|_, _, _| result(receipt(10, "0x0")));
    let found = all.receipt(&block, Hash([5; 32])).unwrap().unwrap();
    assert_eq!((found.succeeded, found.gas_used, found.contract, found.logs.len()), (false, 21_000, None, 1));
    assert!(all.receipt(&block, Hash([9; 32])).is_err());
}

#[test]
fn a_receipt_of_another_block_at_the_height_that_is_read_is_no_answer() {
    let (all, block) = at_ten(|_, _, _| result(elsewhere(receipt(10, "0x1"))));
    let found = disagreement(all.receipt(&block, Hash([5; 32])).unwrap_err());
    assert_eq!(found.said[0].answer, Err("the receipt of another block".to_owned()));
    let (all, block) = at_ten(|_, _, _| result(elsewhere(receipt(9, "0x1"))));
    assert_eq!(all.receipt(&block, Hash([5; 32])).unwrap().unwrap().block, Hash([2; 32]));
}

#[test]
fn endpoints_without_the_block_are_not_counted_for_receipts_and_logs() {
    let range = LogFilter { from_block: Some(8), ..LogFilter::default() };
    let (all, block) = with_ten(only_a_has_it, |_, method, _| match method {
        "eth_getLogs" => result(json!([])),
        _ => result(Value::Null),
    });
    for failure in [all.receipt(&block, Hash([5; 32])).unwrap_err(), all.logs(&block, &range).unwrap_err()] {
        let found = disagreement(failure);
        assert!(found.said[0].answer.is_ok());
        assert_eq!(found.said[1].answer, Err("no such block".to_owned()));
        assert_eq!(found.said[2].answer, Err("another block".to_owned()));
    }
}

#[test]
fn a_receipt_with_an_unknown_status_is_no_answer() {
    let (all, block) = at_ten(|_, _, _| result(receipt(10, "0x2")));
    assert!(all.receipt(&block, Hash([5; 32])).is_err());
}

#[test]
fn log_entries_are_those_that_were_asked_for() {
    let filter = |from_block| LogFilter { from_block, address: Address([0x11; 20]), topics: vec![None] };
    let (all, block) = at_ten(|_, _, params| match params[0].get("fromBlock") {
        None => {
            assert_eq!(params[0]["blockHash"], json!(Hash([1; 32])));
            result(json!([log(10, 0x11)]))
        }
        Some(first) => {
            assert_eq!((first, &params[0]["toBlock"]), (&json!("0x8"), &json!("0xa")));
            result(json!([log(8, 0x11), log(10, 0x11)]))
        }
    });
    let found = all.logs(&block, &filter(None)).unwrap();
    assert_eq!((found[0].data.as_slice(), found[0].block_number), (&[1][..], 10));
    assert_eq!(all.logs(&block, &filter(Some(8))).unwrap().len(), 2);
    assert!(matches!(all.logs(&block, &filter(Some(11))), Err(Failure::Invalid(_))));
    let other = LogFilter { topics: vec![Some(Hash([7; 32]))], ..filter(None) };
    assert!(matches!(all.logs(&block, &other), Err(Failure::Disagreement(_))));
    for foreign in [log(10, 0x12), log(9, 0x11), elsewhere(log(10, 0x11))] {
        let (all, block) = at_ten(move |_, _, _| result(json!([foreign])));
        assert!(all.logs(&block, &filter(None)).is_err());
    }
    let (all, block) = at_ten(|_, _, _| result(json!([elsewhere(log(10, 0x11))])));
    assert!(all.logs(&block, &filter(Some(8))).is_err());
    let (all, block) = at_ten(|_, _, _| result(json!([elsewhere(log(9, 0x11))])));
    assert_eq!(all.logs(&block, &filter(Some(8))).unwrap()[0].block, Hash([2; 32]));
}

#[test]
fn a_transaction_is_sent_when_one_endpoint_has_it() {
    let signed = SignedTransaction::try_from("0x02c0".to_owned()).unwrap();
    let hash = signed.hash();
    let all = endpoints(move |name, method, params| {
        assert_eq!((method, &params[0]), ("eth_sendRawTransaction", &json!("0x02c0")));
        match name {
            'a' => refused(-32_000, "already known"),
            'b' => result(json!(Hash([0; 32]))),
            _ => refused(-32_000, "nonce too low"),
        }
    });
    let sent = all.send(&signed).unwrap();
    assert_eq!(sent.transaction, hash);
    assert_eq!(sent.said.iter().map(|one| one.answer.is_ok()).collect::<Vec<_>>(), [true, false, false]);
}

#[test]
fn an_unknown_transaction_is_not_a_known_one_and_what_is_cut_off_is_not_looked_at() {
    let signed = SignedTransaction::try_from("0x02c0".to_owned()).unwrap();
    let late = format!("{} already known", "x".repeat(160));
    for (message, taken) in [
        ("known transaction: 0x02", true),
        ("Already known", true),
        ("ALREADY_KNOWN", true),
        ("Transaction with the same hash was already imported.", true),
        ("unknown transaction type", false),
        (&late, false),
    ] {
        let said = message.to_owned();
        let all = endpoints(move |_, _, _| refused(-32_000, &said));
        assert_eq!(all.send(&signed).is_ok(), taken, "{message}");
    }
}

#[test]
fn a_transaction_that_nobody_takes_may_be_on_the_chain_nevertheless() {
    let signed = SignedTransaction::try_from("0x02c0".to_owned()).unwrap();
    let all = endpoints(|_, _, _| refused(-32_000, "nonce too low"));
    let failure = all.send(&signed).unwrap_err();
    assert!(failure.to_string().contains("nonce too low"));
    assert!(matches!(failure, Failure::Refused { transaction, .. } if transaction == signed.hash()));
}
