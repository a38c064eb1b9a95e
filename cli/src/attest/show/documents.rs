//! What the library reads without judging: quotes, machines of Azure, TPM files, collateral, event logs; and what
//! vendors sign.

use adyton_attestation::{
    IntelRoot,
    azure::{
        HclEvidence,
        files::{AzureFile, HardwareFile},
    },
    cca::{CcaPlatformKey, CcaReferenceValues},
    eventlog::{Event, EventLog},
    intel,
    tpm::{AttestationKey, PcrValue, TpmEvidence, files::TpmFile},
};
use adyton_judgement::tpms_attest;
use serde_json::{Value, json};

use super::{reports, text};
use crate::attest::{
    der::{Certificate, RevocationList, common_name},
    endorsement::Part,
    file::File,
    intel::collateral as read_collateral,
    nvidia, pem,
};

/// An Intel quote, with what stands between it and Intel's root.
pub fn quote(bytes: &[u8]) -> Result<Value, String> {
    let contents = intel::inspect(bytes, &IntelRoot::intel()).map_err(|refusal| refusal.to_string())?;
    let signatures = match contents.signatures {
        None => "they lead to Intel's root; time, revocation and level are not looked at".into(),
        Some(refusal) => refusal.to_string(),
    };
    let mut shown = json!(contents);
    shown["signatures"] = json!(signatures);
    Ok(shown)
}

/// A machine of Azure.
pub fn azure(bytes: &[u8]) -> Result<Value, String> {
    let AzureFile { evidence, hardware } = AzureFile::read(bytes).map_err(|error| error.to_string())?;
    let (HclEvidence::Report(hcl) | HclEvidence::RuntimeData(hcl)) = &evidence.hcl;
    let hardware = match hardware {
        HardwareFile::Snp { vcek } => json!({
            "report": hcl.get(32..32 + reports::SNP_REPORT_BYTES).map(reports::snp).transpose()?,
            "vcek": vcek.map(|der| part(&Part::Certificate(der))),
        }),
        HardwareFile::Tdx { quote: bytes } => quote(&bytes)?,
    };
    let runtime_data = hcl.iter().position(|byte| *byte == b'{').and_then(|start| hcl.get(start..));
    let runtime_data = runtime_data
        .and_then(|rest| serde_json::Deserializer::from_slice(rest).into_iter::<Value>().next().and_then(Result::ok));
    Ok(json!({
        "hardware": hardware,
        "runtime_data": runtime_data,
        "quote": tpms_attest(&evidence.quote)?,
        "pcrs": registers(&evidence.pcrs),
        "certificates": evidence.certificates.into_iter().map(|der| part(&Part::Certificate(der))).collect::<Vec<_>>(),
    }))
}

fn registers(values: &[PcrValue]) -> Value {
    super::object(values.iter().map(|pcr| (format!("{:#06x}:{}", pcr.bank, pcr.index), json!(hex::encode(&pcr.value)))))
}

/// GPUs and switches.
pub fn nvidia(file: &File) -> Result<Value, String> {
    let devices = nvidia::of_file(file, &[]).map_err(|error| error.to_string())?;
    let device = |device: &nvidia::Device| -> Result<Value, String> {
        let mut shown = reports::spdm(device.evidence().report)?;
        let certificates = pem::certificates(&device.certificate_chain).unwrap_or_default();
        shown["certificates"] = certificates.into_iter().map(|der| part(&Part::Certificate(der))).collect();
        Ok(shown)
    };
    devices.iter().map(device).collect()
}

/// Quotes of a TPM.
pub fn tpm(file: &File) -> Result<Value, String> {
    let read = TpmFile::read(&file.bytes).or_else(|error| TpmFile::read(&file.binary()).map_err(|_| error));
    if read.is_err() && file.bytes.starts_with(b"\xffTCG") {
        return tpms_attest(&file.bytes);
    }
    let read = read.map_err(|error| error.to_string())?;
    let quote = |quote: &TpmEvidence| -> Result<Value, String> {
        let key = &quote.key;
        let of_area = key.public_area.as_deref().and_then(|area| AttestationKey::from_public_area(area).ok());
        let of_key = || key.public_key.as_deref().and_then(|key| AttestationKey::from_public_key(key).ok());
        let mut shown = tpms_attest(&quote.message)?;
        // By this a policy names the keys that it trusts.
        shown["key_id"] = json!(of_area.or_else(of_key).map(|key| key.id()));
        shown["pcrs"] = registers(&quote.pcrs);
        shown["certificates"] = key.certificates.iter().map(|der| part(&Part::Certificate(der.clone()))).collect();
        Ok(shown)
    };
    Ok(json!({
        "quotes": read.quotes.iter().map(quote).collect::<Result<Vec<_>, _>>()?,
        "event_log_bytes": read.event_log.map(|log| log.len()),
    }))
}

/// Keys of Arm platforms in JSON, or reference values; none in other files.
pub fn arm(json: &[u8]) -> Option<Value> {
    let shown = |platform: &CcaPlatformKey| {
        let mut shown = json!(platform);
        shown["id"] = json!(hex::encode(platform.key.id()));
        shown["published"] = json!(platform.key.is_published());
        shown
    };
    if let Some(keys) = CcaPlatformKey::from_file(json).ok().filter(|keys| !keys.is_empty()) {
        return Some(json!({ "keys": keys.iter().map(shown).collect::<Vec<_>>() }));
    }
    let values = CcaReferenceValues::from_json(json).ok().filter(|values| *values != CcaReferenceValues::NONE);
    values.map(|values| json!(values))
}

/// Intel's collateral.
pub fn collateral(file: &File) -> Result<Value, String> {
    let collateral =
        read_collateral(file).map_err(|error| error.to_string())?.map_err(|refusal| refusal.to_string())?;
    let tcb_info: Value = serde_json::from_slice(&collateral.tcb_info).map_err(|error| error.to_string())?;
    let identity: Value = serde_json::from_slice(&collateral.qe_identity).map_err(|error| error.to_string())?;
    let levels = |document: &Value| document["tcbLevels"].as_array().map_or(0, Vec::len);
    let document = |document: &Value| {
        json!({
            "id": document["id"],
            "version": document["version"],
            "issued": document["issueDate"],
            "next": document["nextUpdate"],
            "evaluation_number": document["tcbEvaluationDataNumber"],
            "levels": levels(document),
        })
    };
    let list = |der: &[u8]| part(&Part::RevocationList(der.to_vec()));
    let certificate = |der: &[u8]| part(&Part::Certificate(der.to_vec()));
    Ok(json!({
        "fmspc": tcb_info["fmspc"],
        "pce_id": tcb_info["pceId"],
        "evaluation_number": tcb_info["tcbEvaluationDataNumber"],
        "tcb_info": document(&tcb_info),
        "tcb_info_signer": certificate(&collateral.tcb_info_signer),
        "qe_identity": document(&identity),
        "qe_identity_signer": certificate(&collateral.qe_identity_signer),
        "root_crl": list(&collateral.root_crl),
        "pck_crl": list(&collateral.pck_crl),
        "pck_ca": certificate(&collateral.pck_ca),
    }))
}

/// A log of a trust domain's firmware, or of a guest of dstack, or of a TPM's registers.
pub fn event_log(file: &File) -> Result<Value, String> {
    let log = if file.starts_with(b"{[") {
        EventLog::of_dstack(&file.bytes)
    } else {
        EventLog::of_rtmrs(&file.bytes).or_else(|refusal| EventLog::of_pcrs(&file.bytes).map_err(|_| refusal))
    };
    let log = log.map_err(|refusal| refusal.to_string())?;
    let event = |event: &Event<'_>| {
        json!({
            "register": event.register,
            "type": format!("{:#010x}", event.kind),
            "name": event.name.as_deref().map(|name| text(name.as_bytes())),
            "measured_bytes": event.measured_data().map(<[u8]>::len),
        })
    };
    Ok(json!({
        "events": log.events().iter().map(event).collect::<Vec<_>>(),
        "rtmrs": log.replay_rtmrs().ok().map(|registers| registers.map(hex::encode)),
    }))
}

/// A part of a file of endorsements.
pub fn part(part: &Part) -> Value {
    let mut shown = match part {
        Part::Certificate(der) => Certificate::read(der).map(|certificate| {
            json!({
                "subject": certificate.common_name(),
                "issuer": common_name(certificate.issuer),
                "valid_from": certificate.validity[0],
                "valid_until": certificate.validity[1],
            })
        }),
        Part::RevocationList(der) => RevocationList::read(der).map(|list| {
            json!({
                "issuer": common_name(list.issuer),
                "issued": list.window[0],
                "next": list.window[1],
                "revoked": list.revoked,
            })
        }),
        Part::Manifest(xml) => {
            let xml = String::from_utf8_lossy(xml);
            let name = xml.split_once(" name=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(name, _)| name);
            let signers = pem::of_signed_xml(&xml);
            Some(json!({
                "name": text(name.unwrap_or_default().as_bytes()),
                "certificates": signers.into_iter().map(|der| self::part(&Part::Certificate(der))).collect::<Vec<_>>(),
            }))
        }
        Part::OcspResponse(_) | Part::PublicKey(_) | Part::Json(_) | Part::Bytes(_) => None,
    }
    .unwrap_or_else(|| json!({}));
    shown["form"] = json!(part.name());
    shown
}
