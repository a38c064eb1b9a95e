//! `adyton gov tracks`.

use adyton_client::chain::governance::{Share, Track, tracks::SUBMISSION_DEPOSIT};
use anyhow::Result;
use serde_json::{Value, json};

use super::rules::Rules;
use crate::{account::pha, connection::Connection};

/// What a track decides, in words.
fn decides(track: Track) -> &'static str {
    match track {
        Track::Root => "everything: the chain's code, and the periods of all tracks",
        Track::TeePolicy => {
            "which evidence is accepted: policies, roots, measurements, floors, capacities, who is denied"
        }
        Track::Emergency => "only to freeze registrations, and to deny machines, operators and providers",
        Track::SmallSpender => "to spend up to 10000 PHA of the treasury at once",
        Track::BigSpender => "to spend up to 1000000 PHA of the treasury at once",
        Track::Economy => {
            "the parameters of stake, rewards, slashes, disputes, gas and validators, and to cancel slashes"
        }
    }
}

/// Lists them.
pub async fn run(connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let rules = Rules::of(&client.facts(&Rules::keys()).await?)?;
    let json: Vec<Value> = Track::ALL.into_iter().map(|track| as_json(track, &rules)).collect();
    connection.output.result(&json, || {
        let lines: String = Track::ALL.into_iter().map(|track| text(track, &rules)).collect();
        format!("{lines}A proposal takes {} PHA of its own beside the decision's deposit.", pha(SUBMISSION_DEPOSIT))
    })
}

fn as_json(track: Track, rules: &Rules) -> Value {
    let (info, periods) = (track.info(), rules.periods(track));
    let percent = |(begin, end): (u32, u32)| json!([Share(begin).percent(), Share(end).percent()]);
    json!({
        "track": track.number(),
        "name": info.name,
        "decides": decides(track),
        "deposit": info.deposit.to_string(),
        "submission_deposit": SUBMISSION_DEPOSIT.to_string(),
        "decided_at_once": info.deciding,
        "blocks": {
            "prepare": periods.prepare,
            "decision": periods.decision,
            "confirm": periods.confirm,
            "enactment": periods.enactment,
        },
        "slot_ms": rules.blocks.slot_ms,
        "approval_percent": percent(info.approval),
        "support_percent": percent(info.support),
    })
}

fn text(track: Track, rules: &Rules) -> String {
    let (info, periods) = (track.info(), rules.periods(track));
    let span = |blocks: u32| format!("{blocks} blocks ({})", rules.blocks.span(blocks));
    let falls =
        |(begin, end): (u32, u32)| format!("{} % falling to {} %", Share(begin).percent(), Share(end).percent());
    format!(
        "{} {}\n  decides    {}\n  deposit    {} PHA\n  prepares   {}\n  decides in {}\n  confirms   {}\n  enacts in  {}\n  approval   {} of the votes\n  support    {} of all PHA\n",
        track.number(),
        info.name,
        decides(track),
        pha(info.deposit),
        span(periods.prepare),
        span(periods.decision),
        span(periods.confirm),
        span(periods.enactment),
        falls(info.approval),
        falls(info.support),
    )
}

#[cfg(test)]
mod tests {
    use super::{super::rules::tests::rules, *};

    #[test]
    fn a_track_says_what_it_takes() {
        let text = text(Track::TeePolicy, &rules());
        for part in [
            "1 tee-policy",
            "5000 PHA",
            "600 blocks (1 h)",
            "100800 blocks (7 d)",
            "80.00 % falling to 50.00 %",
            "25.00 % falling to 5.00 %",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let json = as_json(Track::Emergency, &rules());
        assert_eq!((&json["track"], &json["blocks"]["enactment"]), (&json!(2), &json!(1)));
        assert_eq!(json["support_percent"], json!(["10.00", "2.00"]));
    }
}
