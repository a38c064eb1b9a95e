//! Where a contract may send requests, and hosts that misbehave when it does.

use anyhow::{Result, ensure};

use super::Stage;

pub fn a_host_that_is_not_on_the_allow_list_is_not_asked(stage: &Stage) -> Result<()> {
    let done = stage.call("/ask", &format!("http://127.0.0.1:{}/", stage.good.port))?;
    ensure!(done.code == 0 && done.out == "200 hello", "a host on the list is asked: {done:?}");
    // A server that no rule names by this address, and one that no rule names at all.
    stage
        .call("/ask-after-writing", &format!("http://127.0.0.1:{}/", stage.private.port))?
        .refused("no egress rule of the manifest covers 127.0.0.1:")?;
    stage
        .call("/ask-after-writing", "https://example.org/")?
        .refused("no egress rule of the manifest covers example.org:443")?;
    ensure!(stage.private.requests() == 0, "it was asked");
    Ok(())
}

pub fn a_name_that_resolves_to_a_private_address_is_not_asked(stage: &Stage) -> Result<()> {
    stage
        .call("/ask-after-writing", &format!("http://localhost:{}/", stage.private.port))?
        .refused("denied: localhost has the address ")?;
    ensure!(stage.private.requests() == 0, "it was asked");
    Ok(())
}

pub fn a_redirect_to_a_private_address_is_not_followed(stage: &Stage) -> Result<()> {
    let redirecting = format!("http://127.0.0.1:{}/", stage.redirecting.port);
    stage.call("/follow", &redirecting)?.refused("denied: localhost has the address ")?;
    ensure!(stage.redirecting.requests() == 1 && stage.private.requests() == 0, "it was followed");
    Ok(())
}

pub fn a_host_that_answers_for_ever_is_cut_off(stage: &Stage) -> Result<()> {
    stage
        .call("/ask-after-writing", &format!("http://127.0.0.1:{}/", stage.endless.port))?
        .refused("has more than 65536 bytes")
}

pub fn a_host_that_never_answers_is_given_up(stage: &Stage) -> Result<()> {
    stage.call("/ask-after-writing", &format!("http://127.0.0.1:{}/", stage.silent.port))?.refused("it took too long")
}

pub fn a_host_with_a_bad_certificate_is_not_asked(stage: &Stage) -> Result<()> {
    let url = format!("https://127.0.0.1:{}/", stage.unvouched.port);
    stage.call("/ask-after-writing", &url)?.refused("127.0.0.1 has a bad certificate")?;
    ensure!(stage.unvouched.requests() == 0, "something was sent");
    Ok(())
}
