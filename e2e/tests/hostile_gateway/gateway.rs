//! Lies of a gateway. It hands over answers, and nothing else that a call depends on: the contract's record, the
//! worker and its keys come from the chain, with proofs.

use std::{
    sync::{Condvar, Mutex, PoisonError},
    thread,
};

use adyton_e2e::proxy::{Asked, Said, Target};
use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::json;

use super::{PATIENCE, Stage};

/// What a client says of an answer that does not open.
const NOT_OURS: &str = "the answer does not open: it was altered on its way, or belongs to another call";

pub fn is_call(asked: &Asked) -> bool {
    asked.method == Method::POST && asked.path.ends_with("/call")
}

/// Changes the answers to calls.
fn answers(change: impl Fn(&mut Said) + Send + Sync) -> impl Fn(&Asked, &Target) -> Said + Send + Sync {
    move |asked, gateway| {
        let mut said = gateway.ask(asked);
        if is_call(asked) {
            change(&mut said);
        }
        said
    }
}

pub fn an_answer_altered_by_one_bit_is_not_shown(stage: &Stage) -> Result<()> {
    // In the nonce at the beginning, in the middle, and in the tag at the end.
    for part in 0..3 {
        stage.gateway.play(answers(move |said| {
            let at = (said.body.len() - 1) * part / 2;
            said.body[at] ^= 1;
        }));
        stage.update()?.refused(NOT_OURS)?;
    }
    Ok(())
}

pub fn an_answer_cut_short_is_not_shown(stage: &Stage) -> Result<()> {
    stage.gateway.play(answers(|said| said.body.truncate(said.body.len() - 1)));
    stage.update()?.refused(NOT_OURS)
}

pub fn two_answers_that_were_swapped_are_both_not_shown(stage: &Stage) -> Result<()> {
    let (both, arrived) = (Mutex::new(Vec::<Said>::new()), Condvar::new());
    stage.gateway.play(move |asked, gateway| {
        let said = gateway.ask(asked);
        let mut answers = both.lock().unwrap_or_else(PoisonError::into_inner);
        let own = answers.len();
        answers.push(said.clone());
        arrived.notify_all();
        let waited = arrived.wait_timeout_while(answers, PATIENCE, |answers| answers.len() < 2);
        waited.unwrap_or_else(PoisonError::into_inner).0.get(own ^ 1).cloned().unwrap_or(said)
    });
    let both = thread::scope(|scope| {
        let calls = [scope.spawn(|| stage.read("lying-gateway")), scope.spawn(|| stage.read("lying-gateway"))];
        calls.map(|call| call.join().expect("the thread does not panic"))
    });
    for done in both {
        done?.refused(NOT_OURS)?;
    }
    Ok(())
}

pub fn an_earlier_answer_is_not_shown_again(stage: &Stage) -> Result<()> {
    let first = Mutex::new(None::<Said>);
    stage.gateway.play(move |asked, gateway| {
        let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| gateway.ask(asked)).clone()
    });
    let shown = stage.update()?;
    ensure!(shown.code == 0, "the first answer is good: {}", shown.err);
    stage.update()?.refused(NOT_OURS)
}

pub fn an_answer_in_plain_is_not_shown(stage: &Stage) -> Result<()> {
    stage.gateway.play(|_, _| Said::json(200, &json!({ "pair": "PHA/USD", "price": "1000000" })));
    stage.update()?.refused("it answered with something else than a call's answer")
}

pub fn a_gateway_that_denies_the_contract_is_quoted_and_not_believed(stage: &Stage) -> Result<()> {
    let words = json!({ "code": "not-held", "message": "\u{1b}[2Jno such contract" });
    stage.gateway.play(move |_, _| Said::json(404, &words));
    let done = stage.update()?;
    ensure!(!done.err.contains('\u{1b}'), "the gateway writes to the terminal: {:?}", done.err);
    done.refused("the gateway says: [2Jno such contract (not-held, HTTP status 404)")
}

pub fn what_a_gateway_says_about_a_contract_stands_beside_what_is_proven(stage: &Stage) -> Result<()> {
    let words = json!({ "status": "failed", "reason": "the gateway's own words", "worker": "0x00" });
    stage.gateway.play(move |asked, gateway| match asked.method == Method::GET {
        true => Said::json(200, &words),
        false => gateway.ask(asked),
    });
    let show = ["--network", "lying-gateway", "contract", "show", &stage.sample, "--json"];
    let shown = stage.network.json(&show)?;
    ensure!(shown["stage"]["stage"] == "failed" && shown["callable"] == true, "{shown}");
    ensure!(stage.update()?.code == 0, "it is called all the same");
    Ok(())
}

pub fn a_gateway_that_stores_another_component_is_refused(stage: &Stage) -> Result<()> {
    let other = format!("0x{}", "11".repeat(32));
    let stored = json!({ "code": other });
    stage.gateway.play(move |asked, gateway| match asked.method == Method::PUT {
        true => Said::json(201, &stored),
        false => gateway.ask(asked),
    });
    let project = stage.network.programs().join("sample");
    let project = project.to_str().unwrap();
    let deploy = ["--network", "lying-gateway", "deploy", "--dir", project, "--from", "//Alice"];
    stage.network.adyton(&deploy)?.refused(&format!("the gateway stored {other}, not "))
}
