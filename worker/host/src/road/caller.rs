//! Who calls: an account's signature inside the seal, checked before the contract is told.

use adyton_protocol::{
    call::{AccountScheme, CallerAuthorization, caller_message},
    manifest::Callers,
    path,
    receipt::Caller,
};

use super::request::Call;
use crate::error::Refusal;

/// The context under which Substrate's accounts sign with sr25519.
const CONTEXT: &[u8] = b"substrate";

/// The caller of a call from outside, if it is signed; refused if the signature is wrong, or missing where it is
/// required, and where no such call is answered. The worker's own paths are an account's there too: the owner's.
pub fn authenticate(call: &Call, rule: Callers) -> Result<Caller, Refusal> {
    let Some(authorization) = &call.fields.caller else {
        return match rule {
            Callers::Anyone => Ok(Caller::Anonymous),
            Callers::Account => Err(Refusal::CallerRequired),
            Callers::Contract => Err(Refusal::ContractsOnly),
        };
    };
    match rule {
        Callers::Contract if !path::is_reserved(&call.path) => return Err(Refusal::ContractsOnly),
        Callers::Anyone | Callers::Account | Callers::Contract => {}
    }
    let fields = &call.fields;
    let message = caller_message(&fields.network, &fields.contract, &call.digest, fields.not_after);
    // Browser wallets sign bytes only between these marks.
    let wrapped = [b"<Bytes>".as_slice(), &message, b"</Bytes>"].concat();
    if verifies(authorization, &message) || verifies(authorization, &wrapped) {
        Ok(Caller::Account(authorization.account))
    } else {
        Err(Refusal::BadCaller)
    }
}

fn verifies(authorization: &CallerAuthorization, message: &[u8]) -> bool {
    let (account, signature) = (&authorization.account.0, &authorization.signature);
    match authorization.scheme {
        AccountScheme::Sr25519 => {
            let key = schnorrkel::PublicKey::from_bytes(account);
            let signature = schnorrkel::Signature::from_bytes(signature);
            matches!((key, signature), (Ok(key), Ok(signature)) if key.verify_simple(CONTEXT, message, &signature).is_ok())
        }
        AccountScheme::Ed25519 => ed25519_dalek::VerifyingKey::from_bytes(account)
            .is_ok_and(|key| key.verify_strict(message, &signature.into()).is_ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_protocol::ids::{AccountId, Digest};
    use ed25519_dalek::Signer;

    fn call(authorization: Option<CallerAuthorization>) -> Call {
        let fields =
            adyton_protocol::call::CallFields { caller: authorization, ..super::super::request::tests::fields() };
        Call {
            fields,
            method: "GET".into(),
            path: "/".into(),
            headers: vec![],
            content: vec![],
            digest: Digest([7; 32]),
            fresh: false,
        }
    }

    fn message(call: &Call) -> Vec<u8> {
        caller_message(&call.fields.network, &call.fields.contract, &call.digest, call.fields.not_after)
    }

    fn signed(scheme: AccountScheme, wrap: bool) -> Call {
        let bare = message(&call(None));
        let message = if wrap { [b"<Bytes>".as_slice(), &bare, b"</Bytes>"].concat() } else { bare };
        let (account, signature) = match scheme {
            AccountScheme::Ed25519 => {
                let key = ed25519_dalek::SigningKey::from_bytes(&[3; 32]);
                (key.verifying_key().to_bytes(), key.sign(&message).to_bytes())
            }
            AccountScheme::Sr25519 => {
                let mini = schnorrkel::MiniSecretKey::from_bytes(&[3; 32]).expect("32 bytes");
                let pair = mini.expand_to_keypair(schnorrkel::ExpansionMode::Ed25519);
                (pair.public.to_bytes(), pair.sign_simple(CONTEXT, &message).to_bytes())
            }
        };
        call(Some(CallerAuthorization { account: AccountId(account), scheme, signature }))
    }

    #[test]
    fn both_schemes_are_accepted_bare_and_as_wallets_wrap_them() {
        for scheme in [AccountScheme::Ed25519, AccountScheme::Sr25519] {
            for wrap in [false, true] {
                assert!(matches!(authenticate(&signed(scheme, wrap), Callers::Account), Ok(Caller::Account(_))));
            }
        }
    }

    #[test]
    fn a_signature_over_another_request_is_refused() {
        for scheme in [AccountScheme::Ed25519, AccountScheme::Sr25519] {
            let moved = Call { digest: Digest([8; 32]), ..signed(scheme, false) };
            assert_eq!(authenticate(&moved, Callers::Anyone), Err(Refusal::BadCaller));
        }
    }

    #[test]
    fn a_signature_of_another_account_is_refused() {
        let mut other = signed(AccountScheme::Ed25519, false);
        if let Some(authorization) = &mut other.fields.caller {
            authorization.account =
                AccountId(ed25519_dalek::SigningKey::from_bytes(&[4; 32]).verifying_key().to_bytes());
        }
        assert_eq!(authenticate(&other, Callers::Anyone), Err(Refusal::BadCaller));
    }

    #[test]
    fn an_unsigned_call_is_anonymous_where_that_is_allowed_and_refused_elsewhere() {
        assert_eq!(authenticate(&call(None), Callers::Anyone), Ok(Caller::Anonymous));
        assert_eq!(authenticate(&call(None), Callers::Account), Err(Refusal::CallerRequired));
    }

    #[test]
    fn where_only_contracts_are_answered_a_call_from_outside_is_refused_but_for_the_owners_paths() {
        assert_eq!(authenticate(&call(None), Callers::Contract), Err(Refusal::ContractsOnly));
        let signed = signed(AccountScheme::Ed25519, false);
        assert_eq!(authenticate(&signed, Callers::Contract), Err(Refusal::ContractsOnly));
        let owners = |call: Call| Call { path: "/.adyton/logs".into(), ..call };
        assert!(matches!(authenticate(&owners(signed), Callers::Contract), Ok(Caller::Account(_))));
        assert_eq!(authenticate(&owners(call(None)), Callers::Contract), Err(Refusal::ContractsOnly));
    }
}
