//! A command that goes on while others are run.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
};

use anyhow::{Context, Result, bail, ensure};

use super::PATIENCE;

/// It ends with the test.
pub struct Running {
    process: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Running {
    /// Starts it.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (send, lines) = channel();
        forward(process.stdout.take().context("no output")?, send.clone());
        forward(process.stderr.take().context("no output")?, send);
        Ok(Self { process, lines, said: Vec::new() })
    }

    /// Waits until it has said these words, on whichever output.
    pub fn until(&mut self, words: &str) -> Result<()> {
        while !self.said.iter().any(|line| line.contains(words)) {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.said.push(line),
                Err(_) => bail!("it did not say '{words}' but {:?}", self.said),
            }
        }
        Ok(())
    }

    /// Waits until it has succeeded; all that it said.
    pub fn end(mut self) -> Result<Vec<String>> {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.said.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => bail!("it does not end, and said {:?}", self.said),
            }
        }
        let status = self.process.wait()?;
        ensure!(status.success(), "it ended with {status}, and said {:?}", self.said);
        Ok(std::mem::take(&mut self.said))
    }
}

fn forward(output: impl Read + Send + 'static, lines: Sender<String>) {
    thread::spawn(move || {
        let mut all = BufReader::new(output).lines().map_while(Result::ok);
        all.try_for_each(|line| lines.send(line))
    });
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
