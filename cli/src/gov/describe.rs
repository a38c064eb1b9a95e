//! What a proposal does, in words: only what is known to the last byte, everything else as its bytes.

use adyton_attestation::nvidia::NvidiaPolicy;
use adyton_client::{
    chain::{
        address,
        extrinsic::{
            Call,
            calls::{Accepted, AcceptedDevices, Attestation, Beacon, Devices, Governance, System, Treasury, Utility},
        },
        governance::Track,
    },
    protocol::record::{EvidenceKind, Party},
};
use codec::{DecodeAll, Encode};
use serde::Serialize;
use serde_json::{Value, json};

use super::{economy, fitting::fits};
use crate::{account::pha, tcb::KindPolicy};

/// A call, with its arguments.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Described {
    /// Pallet and call.
    pub name: String,
    /// By their names.
    pub arguments: Value,
}

impl Described {
    pub(super) fn new(name: &str, arguments: Value) -> Self {
        Self { name: name.into(), arguments }
    }

    /// For people.
    pub fn text(&self) -> String {
        let Value::Object(arguments) = &self.arguments else { return self.name.clone() };
        let said = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let lines: String = arguments.iter().map(|(name, value)| format!("\n    {name}: {}", said(value))).collect();
        format!("{}{lines}", self.name)
    }
}

/// What the bytes of a call do; none, if this version does not know all of it.
pub fn of_bytes(bytes: &[u8]) -> Option<Described> {
    of(&Call::read(bytes)?)
}

/// A warning, when the track's origin cannot do what the call asks for.
pub fn misfit(bytes: &[u8], track: Track) -> Option<String> {
    let call = Call::read(bytes)?;
    of(&call).filter(|_| !fits(&call, track))?;
    Some(format!("the track {} cannot do this: it will fail when it is enacted", track.info().name))
}

/// See [`of_bytes`].
pub fn of(call: &Call) -> Option<Described> {
    match call {
        Call::System(System::Remark(said)) => Some(Described::new("System.remark", json!({ "says": words(said) }))),
        Call::System(System::AuthorizeUpgrade(code)) => {
            let code = format!("0x{}", hex::encode(code));
            Some(Described::new("System.authorize_upgrade", json!({ "code_hash": code })))
        }
        Call::Attestation(call) => attestation(call),
        Call::Devices(call) => devices(call),
        Call::Governance(Governance::SetPeriods { track, periods }) => {
            let periods = periods.map(|periods| {
                json!({ "prepare": periods.prepare, "decision": periods.decision, "confirm": periods.confirm, "enactment": periods.enactment })
            });
            Some(Described::new("Governance.set_periods", json!({ "track": track, "periods": periods })))
        }
        Call::Governance(Governance::SetLock(blocks)) => {
            Some(Described::new("Governance.set_lock", json!({ "blocks": blocks })))
        }
        Call::Treasury(Treasury::Spend { amount, beneficiary, valid_from }) => Some(Described::new(
            "Treasury.spend",
            json!({ "amount_pha": pha(*amount), "beneficiary": address::encode(beneficiary), "valid_from": valid_from }),
        )),
        Call::Pools(_)
        | Call::Rewards(_)
        | Call::Slashing(_)
        | Call::Usage(_)
        | Call::Disputes(_)
        | Call::Validators(_) => economy::of(call),
        Call::Beacon(Beacon::SetRoundLength(blocks)) => {
            Some(Described::new("Beacon.set_round_length", json!({ "blocks": blocks })))
        }
        Call::Beacon(Beacon::RemoveKey) => Some(Described::new("Beacon.remove_key", json!({}))),
        Call::Utility(Utility::BatchAll(calls)) => {
            let calls = calls.iter().map(of).collect::<Option<Vec<_>>>()?;
            Some(Described::new("Utility.batch_all", json!({ "calls": calls })))
        }
        Call::Balances(_)
        | Call::Workers(_)
        | Call::Contracts(_)
        | Call::Keys(_)
        | Call::Messages(_)
        | Call::Preimage(_)
        | Call::Referenda(_)
        | Call::ConvictionVoting(_)
        | Call::Session(_)
        | Call::Multisig(_)
        | Call::System(System::ApplyAuthorizedUpgrade(_))
        | Call::Beacon(Beacon::PublishKey(_) | Beacon::Submit { .. })
        | Call::Treasury(Treasury::Payout(_)) => None,
    }
}

fn attestation(call: &Attestation) -> Option<Described> {
    let (name, arguments) = match call {
        Attestation::AddRoot { kind, certificate, development } => {
            ("add_root", json!({ "kind": kind, "certificates": hex::encode(certificate), "development": development }))
        }
        Attestation::RemoveRoot { kind, root } => ("remove_root", json!({ "kind": kind, "root": root })),
        Attestation::AcceptMeasurement { measurement, role, profile, release } => (
            "accept_measurement",
            json!({ "measurement": measurement, "role": role, "profile": profile, "release": words(release) }),
        ),
        Attestation::RevokeMeasurement(measurement) => ("revoke_measurement", json!({ "measurement": measurement })),
        Attestation::RaiseFloor { kind, root, evaluation } => {
            ("raise_floor", json!({ "kind": kind, "root": root, "evaluation": evaluation }))
        }
        Attestation::SetMachineDenied { machine, denied } => {
            ("set_machine_denied", json!({ "machine": machine.to_string(), "denied": denied }))
        }
        Attestation::SetOperatorDenied { operator, denied } => {
            ("set_operator_denied", json!({ "operator": address::encode(operator), "denied": denied }))
        }
        Attestation::SetFrozen(frozen) => ("set_frozen", json!({ "frozen": frozen })),
        Attestation::SetCapacity { machine, workers } => {
            ("set_capacity", json!({ "machine": machine.to_string(), "workers": workers }))
        }
        Attestation::SetPolicy(policy) => {
            let read = KindPolicy::decode_all(&mut &policy.encode()[..]).ok()?;
            ("set_policy", json!({ "kind": policy.kind, "policy": policy_json(&read)? }))
        }
        Attestation::RemovePolicy(kind) => ("remove_policy", json!({ "kind": kind })),
        Attestation::Cancel(what) => ("cancel", accepted(what)),
        Attestation::SetProviderDenied { provider: named, denied } => {
            ("set_provider_denied", json!({ "provider": words(named), "denied": denied }))
        }
        Attestation::SetClassCapacity { class, workers } => {
            ("set_class_capacity", json!({ "class": class, "workers": workers }))
        }
        Attestation::SetAllowed { party, allowed } => {
            let party = match party {
                Party::Operator(operator) => json!({ "operator": address::encode(operator) }),
                Party::Provider(named) => json!({ "provider": words(named) }),
            };
            ("set_allowed", json!({ "party": party, "allowed": allowed }))
        }
        Attestation::EndVerdicts { kind, root } => ("end_verdicts", json!({ "kind": kind, "root": root })),
        Attestation::SubmitCollateral { .. } => return None,
    };
    Some(Described::new(&format!("Attestation.{name}"), arguments))
}

fn accepted(what: &Accepted) -> Value {
    match what {
        Accepted::Root { kind, root } => json!({ "root": root, "kind": kind }),
        Accepted::Measurement(measurement) => json!({ "measurement": measurement }),
        Accepted::Policy(kind) => json!({ "policy_of": kind }),
    }
}

fn policy_json(policy: &KindPolicy) -> Option<Value> {
    let json = match policy {
        KindPolicy::IntelTdx(policy) | KindPolicy::IntelSgx(policy) => serde_json::to_value(policy),
        KindPolicy::AmdSnp(policy) => serde_json::to_value(policy),
        KindPolicy::AwsNitro(policy) => serde_json::to_value(policy),
    };
    json.ok()
}

fn devices(call: &Devices) -> Option<Described> {
    let (name, arguments) = match call {
        Devices::AddRoot { device, manifest, development } => (
            "add_root",
            json!({ "device": hex::encode(device), "manifest": hex::encode(manifest), "development": development }),
        ),
        Devices::RemoveRoot(root) => ("remove_root", json!({ "root": root })),
        Devices::SetPolicy(policy) => {
            let read = NvidiaPolicy::decode_all(&mut &policy.0[..]).ok()?;
            ("set_policy", json!({ "policy": serde_json::to_value(read).ok()? }))
        }
        Devices::RemovePolicy => ("remove_policy", json!({})),
        Devices::Cancel(AcceptedDevices::Root(root)) => ("cancel", json!({ "root": root })),
        Devices::Cancel(AcceptedDevices::Policy) => ("cancel", json!({ "policy": true })),
        Devices::SetDenied { device, denied } => {
            ("set_denied", json!({ "root": device.root, "device": device.to_string(), "denied": denied }))
        }
        Devices::EndVerdicts(root) => ("end_verdicts", json!({ "root": root })),
        Devices::CheckSignature(_) | Devices::SubmitManifest { .. } | Devices::Show(_) => return None,
    };
    Some(Described::new(&format!("Devices.{name}"), arguments))
}

/// All of a text, without what would move a terminal's cursor.
fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().filter(|character| !character.is_control()).collect()
}

/// The name of a kind, for people.
pub fn kind_named(text: &str) -> Result<EvidenceKind, String> {
    EvidenceKind::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = EvidenceKind::ALL.iter().map(|kind| kind.name()).collect();
        format!("it is one of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use adyton_attestation::snp::SnpPolicy;
    use adyton_client::{
        chain::extrinsic::calls::PlatformPolicy,
        protocol::{ids::Digest, record::MachineId},
    };

    use super::*;

    fn snp() -> Call {
        let policy = PlatformPolicy { kind: EvidenceKind::AmdSnp, policy: SnpPolicy::strict().encode() };
        Call::Attestation(Attestation::SetPolicy(policy))
    }

    #[test]
    fn what_is_proposed_is_named_with_its_arguments() {
        let frozen = of_bytes(&Call::Attestation(Attestation::SetFrozen(true)).encoded()).unwrap();
        assert_eq!(frozen.text(), "Attestation.set_frozen\n    frozen: true");
        let machine = MachineId::IntelPpid([9; 16]);
        let deny = of(&Call::Attestation(Attestation::SetMachineDenied { machine, denied: true })).unwrap();
        assert_eq!(deny.arguments["machine"], json!(machine.to_string()));
        let policy = of_bytes(&snp().encoded()).unwrap();
        assert_eq!(policy.arguments["kind"], json!("amd-snp"));
        assert!(policy.arguments["policy"].is_object());
    }

    #[test]
    fn what_is_not_known_to_the_last_byte_has_no_words() {
        let policy = snp().encoded();
        let followed = [&policy[..], &[0]].concat();
        assert_eq!(of_bytes(&followed), None, "a byte behind the policy");
        assert_eq!(of_bytes(&policy[..policy.len() - 1]), None);
        assert_eq!(of_bytes(&[0, 2, 8, 1, 2]), None, "System.set_code");
        assert_eq!(of_bytes(&[]), None);
        let hidden = Call::all(vec![
            snp(),
            Call::Workers(adyton_client::chain::extrinsic::calls::Workers::Heartbeat { nonce: [1; 32] }),
        ]);
        assert_eq!(of_bytes(&hidden.encoded()), None, "one call of several is not known");
    }

    #[test]
    fn several_calls_are_each_named() {
        let revoke = Call::Attestation(Attestation::RevokeMeasurement(Digest([7; 32])));
        let both = Call::all(vec![revoke, Call::Attestation(Attestation::SetFrozen(true))]);
        let text = of_bytes(&both.encoded()).unwrap().text();
        assert!(text.contains("revoke_measurement") && text.contains("set_frozen"), "{text}");
    }

    #[test]
    fn a_proposal_that_its_track_cannot_do_is_warned_of() {
        let unfreeze = Call::Attestation(Attestation::SetFrozen(false)).encoded();
        assert!(misfit(&unfreeze, Track::Emergency).is_some());
        assert_eq!(misfit(&unfreeze, Track::TeePolicy), None);
    }
}
