use std::fs;

use adyton_client::{
    chain::extrinsic::calls::Rewards,
    protocol::{
        cpu::CpuModel,
        record::{MachineClass, Party},
    },
};
use adyton_development_root::DevelopmentRoot;
use clap::Parser;

use super::{super::describe::of_bytes, *};
use crate::{output::Output, places::Places};

#[derive(Debug, Parser)]
struct Typed {
    #[command(subcommand)]
    what: What,
}

/// What these words behind `adyton gov propose` come to.
fn proposed(words: &[&str]) -> Result<(Vec<u8>, Track)> {
    let places = Places::of(|name| (name == "HOME").then(|| PathBuf::from("/none"))).expect("there is a home");
    let what = Typed::try_parse_from([&["propose"][..], words].concat())?.what;
    let bytes = what.bytes(&Connection::new(&places, None, Output::new(false)))?;
    let track = what.track(&bytes)?;
    Ok((bytes, track))
}

fn refused(words: &[&str]) -> String {
    proposed(words).unwrap_err().to_string()
}

#[test]
fn machines_are_read_as_they_are_shown() {
    let machines = [
        MachineId::IntelPpid([0xab; 16]),
        MachineId::AmdChip([7; 64]),
        MachineId::Instance { cloud: Cloud::Aws, name: InstanceName::new("i-0123").unwrap() },
        MachineId::Instance { cloud: Cloud::Azure, name: InstanceName::new("vm-1").unwrap() },
    ];
    for shown in machines {
        assert_eq!(machine(&shown.to_string()), Some(shown));
        assert_eq!(machine(&shown.to_string().replace(' ', ":")), Some(shown));
    }
    for bad in ["", "none", "intel-ppid:00", "amd-chip:zz", "aws-instance:", "tpm:00"] {
        assert_eq!(machine(bad), None, "{bad}");
    }
}

#[test]
fn what_is_typed_becomes_its_call_on_its_track() {
    assert_eq!(proposed(&["freeze"]).unwrap(), (vec![10, 8, 1], Track::Emergency));
    assert_eq!(proposed(&["freeze", "--track", "root"]).unwrap(), (vec![10, 8, 1], Track::Root));
    assert_eq!(proposed(&["unfreeze"]).unwrap(), (vec![10, 8, 0], Track::TeePolicy));
    let machine = ["deny-machine", "aws-instance:i-1"];
    assert_eq!(proposed(&machine).unwrap().1, Track::Emergency);
    assert_eq!(proposed(&[&machine[..], &["--undo"]].concat()).unwrap().1, Track::TeePolicy);
    assert_eq!(proposed(&["spend", "2500", "//Eve"]).unwrap().1, Track::SmallSpender);
    assert_eq!(proposed(&["call", "0x0a0801", "--track", "emergency"]).unwrap(), (vec![10, 8, 1], Track::Emergency));
}

#[test]
fn a_track_that_cannot_do_it_is_refused() {
    assert!(refused(&["unfreeze", "--track", "emergency"]).contains("the track emergency cannot do this"));
    assert!(refused(&["spend", "10001", "//Eve", "--track", "small-spender"]).contains("cannot do this"));
}

#[test]
fn a_call_of_bytes_and_a_remark_have_to_name_their_track() {
    assert!(refused(&["call", "0x0a0801"]).contains("name the track"));
    assert!(refused(&["remark", "hello"]).contains("name the track"));
}

#[test]
fn what_is_no_call_is_refused() {
    for call in ["0x0a080", "0x", "freeze"] {
        assert!(refused(&["call", call, "--track", "root"]).contains("hexadecimal digits"), "{call}");
    }
}

#[test]
fn what_is_no_machine_is_refused() {
    assert!(refused(&["deny-machine", "tpm:00"]).contains("is no machine"));
}

#[test]
fn what_is_no_amount_is_refused() {
    assert!(refused(&["spend", "1,5", "//Eve"]).contains("is no amount of PHA"));
}

#[test]
fn names_that_the_chain_would_not_take_are_refused() {
    let (long, digest) = ("a".repeat(65), Digest([7; 32]).to_string());
    assert!(refused(&["deny-provider", &long]).contains("at most 64 bytes"));
    for release in [&long[..], ""] {
        let accept = ["accept-measurement", &digest, "--profile", &digest, "--release", release];
        assert!(refused(&accept).contains("1 to 64 bytes"), "{release}");
    }
}

#[test]
fn who_is_let_in_and_how_many_workers_there_may_be_are_calls_of_their_own() {
    let read = |words: &[&str]| {
        let (bytes, track) = proposed(words).unwrap();
        assert_eq!(track, Track::TeePolicy, "{words:?}");
        assert!(of_bytes(&bytes).is_some(), "{words:?}");
        match Call::read(&bytes) {
            Some(Call::Attestation(call)) => call,
            other => panic!("{words:?}: {other:?}"),
        }
    };
    let provider = || Party::Provider(b"A cloud".to_vec().try_into().unwrap());
    let allowed = |party, allowed| Attestation::SetAllowed { party, allowed };
    assert_eq!(read(&["allow-provider", "A cloud"]), allowed(provider(), true));
    assert_eq!(read(&["allow-provider", "A cloud", "--undo"]), allowed(provider(), false));
    assert!(matches!(read(&["allow-operator", "//Eve"]), Attestation::SetAllowed { party: Party::Operator(_), .. }));

    let machine = MachineId::AmdChip([7; 64]);
    let of_machine = |workers| Attestation::SetCapacity { machine, workers };
    assert_eq!(read(&["set-capacity", &machine.to_string(), "4"]), of_machine(Some(4)));
    assert_eq!(read(&["set-capacity", &machine.to_string(), "--undo"]), of_machine(None));
    for (name, class) in [
        ("none", MachineClass::None),
        ("intel-ppid", MachineClass::IntelPpid),
        ("amd-chip", MachineClass::AmdChip),
        ("aws-instance", MachineClass::AwsInstance),
        ("azure-instance", MachineClass::AzureInstance),
    ] {
        assert_eq!(read(&["set-capacity", name, "0"]), Attestation::SetClassCapacity { class, workers: Some(0) });
    }
    assert!(refused(&["set-capacity", "tpm", "1"]).contains("neither a machine nor a class"));
    assert!(refused(&["set-capacity", "amd-chip"]).contains("required"), "a number, or --undo");
    assert!(refused(&["set-capacity", "amd-chip", "1", "--undo"]).contains("cannot be used with"));
    assert!(refused(&["allow-provider", &"a".repeat(65)]).contains("at most 64 bytes"));
    assert!(refused(&["allow-provider", ""]).contains("has a name"));
}

#[test]
fn how_much_capacity_counts_of_a_machine_goes_by_its_processor_or_by_evidence() {
    let read = |words: &[&str]| {
        let (bytes, track) = proposed(&[&["set-capacity-cap"][..], words].concat()).unwrap();
        assert_eq!(track, Track::Economy, "{words:?}");
        (Call::read(&bytes), of_bytes(&bytes).expect("it has words").text())
    };
    let model = CpuModel::IntelFmspc([0x00, 0x80, 0x6f, 0x05, 0x00, 0x00]);
    for (word, cap) in [("80000", Some(80_000)), ("--undo", None)] {
        let (call, said) = read(&["intel-fmspc:0x00806f050000", word]);
        assert_eq!(call, Some(Call::Rewards(Rewards::SetModelCap { model, cap })));
        assert!(said.contains("model: intel-fmspc 0x00806f050000"), "{said}");
    }
    let model = CpuModel::AmdCpuid { family: 0x19, model: 0x11 };
    let call = Some(Call::Rewards(Rewards::SetModelCap { model, cap: Some(0) }));
    assert_eq!(read(&["amd-cpuid:0x1911", "0"]).0, call);
    let call = Some(Call::Rewards(Rewards::SetCapacityCap { kind: EvidenceKind::AmdSnp, cap: 7 }));
    assert_eq!(read(&["amd-snp", "7"]).0, call);
}

#[test]
fn what_is_neither_evidence_nor_a_processor_has_no_cap_of_capacity() {
    let refused = |words: &[&str]| refused(&[&["set-capacity-cap"][..], words].concat());
    assert!(refused(&["amd-cpuid:0x19", "1"]).contains("is neither evidence nor a processor: expected"));
    assert!(refused(&["amd-snp", "--undo"]).contains("always has a cap"));
    assert!(refused(&["amd-snp"]).contains("required"), "a number, or --undo");
    assert!(refused(&["amd-cpuid:0x1911", "1", "--undo"]).contains("cannot be used with"));
}

#[test]
fn a_policys_file_becomes_the_policy_of_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    fs::write(&path, adyton_judgement::policy::BUILT_IN).unwrap();
    let path = path.to_str().unwrap();
    for kind in EvidenceKind::ALL {
        let (bytes, track) = proposed(&["set-policy", path, "--kind", kind.name()]).unwrap();
        let described = of_bytes(&bytes).expect("it is known to the last byte");
        assert_eq!((track, described.arguments["kind"].as_str()), (Track::TeePolicy, Some(kind.name())));
    }
    let (bytes, track) = proposed(&["set-device-policy", path]).unwrap();
    assert!(of_bytes(&bytes).is_some() && track == Track::TeePolicy);
}

#[test]
fn a_roots_file_has_the_certificates_of_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.der");
    let der = DevelopmentRoot::insecure_from_seed([1; 32]).root_certificate();
    fs::write(&path, &der).unwrap();
    let path = path.to_str().unwrap();
    let (bytes, _) = proposed(&["add-root", path, "--kind", "intel-tdx", "--development"]).unwrap();
    let expected = Attestation::AddRoot { kind: EvidenceKind::IntelTdx, certificate: der, development: true };
    assert_eq!(Call::read(&bytes), Some(Call::Attestation(expected)));
    assert!(refused(&["add-root", path, "--kind", "amd-snp"]).contains("it has not three certificates"));
    assert!(refused(&["add-root", path, "--kind", "aws-nitro"]).contains("root.der: "), "it is of another kind");
}

#[test]
fn certificates_stand_one_behind_the_other_with_their_lengths() {
    assert_eq!(framed(&[&[7, 8], &[]]), [2, 0, 0, 0, 7, 8, 0, 0, 0, 0]);
}

#[test]
fn a_slash_is_cancelled_by_its_number_among_offences_or_bonds() {
    let (bytes, track) = proposed(&["cancel-slash", "7"]).unwrap();
    assert_eq!((Call::read(&bytes), track), (Some(Call::Slashing(Slashing::Cancel(7))), Track::Economy));
    let (bytes, track) = proposed(&["cancel-slash", "7", "--bond"]).unwrap();
    assert_eq!((Call::read(&bytes), track), (Some(Call::Validators(Validators::CancelSlash(7))), Track::Economy));
    assert!(refused(&["cancel-slash", "4294967296", "--bond"]).contains("no slash of a bond"));
}
