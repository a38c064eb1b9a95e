//! A TPM that knows the commands which evidence needs, and answers them in their form.

use adyton_attestation_platform::Tpm;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, io, sync::Mutex};

pub const REPORT_INDEX: u32 = 0x0140_0001;
pub const KEY_CERTIFICATE_INDEX: u32 = 0x01C1_01D0;
/// fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted, sign.
pub const ATTESTING: u32 = 0x0005_0072;

const SUCCESS: u32 = 0;
const NO_SUCH_INDEX: u32 = 0x18B;

pub struct EmulatedTpm {
    pub nv: BTreeMap<u32, Vec<u8>>,
    pub modulus: Vec<u8>,
    pub attributes: u32,
    /// Instead of the nonce that was asked for.
    pub nonce: Option<[u8; 32]>,
    /// How many of the next quotes come after a register was changed.
    pub changes: Mutex<u32>,
    /// How many of the next commands are put off.
    pub retries: Mutex<u32>,
    /// What becomes of every answer.
    pub spoil: fn(Vec<u8>) -> Vec<u8>,
    pub registers: Mutex<[[u8; 32]; 24]>,
}

impl EmulatedTpm {
    pub fn new(modulus: Vec<u8>, report: Vec<u8>) -> Self {
        Self {
            nv: BTreeMap::from([(REPORT_INDEX, report)]),
            modulus,
            attributes: ATTESTING,
            nonce: None,
            changes: Mutex::new(0),
            retries: Mutex::new(0),
            spoil: |answer| answer,
            registers: Mutex::new(std::array::from_fn(|index| [index as u8; 32])),
        }
    }

    /// Parameters of the answer, or the code of the refusal.
    fn run(&self, command: &[u8]) -> Result<Vec<u8>, u32> {
        match number(command, 6) {
            0x17A => Ok([&[0][..], &be(6), &be(1), &be(0x12C), &be(1024)].concat()),
            0x169 => {
                let index = number(command, 10);
                let size = self.nv.get(&index).ok_or(NO_SUCH_INDEX)?.len() as u16;
                let public = [&be(index)[..], &[0, 0x0B], &be(0x0002_0002), &sized(&[]), &size.to_be_bytes()].concat();
                Ok([sized(&public), sized(&[0; 34])].concat())
            }
            0x14E => {
                assert_eq!((number(command, 10), &command[18..31]), (0x4000_0001, &EMPTY_PASSWORD[..]));
                let content = self.nv.get(&number(command, 14)).ok_or(NO_SUCH_INDEX)?;
                let (size, offset) = (short(command, 31), short(command, 33));
                assert!(size <= 1024, "more than the buffer that the TPM says it has");
                Ok(sized(&content[offset..offset + size]))
            }
            0x173 => {
                let head = [&[0, 1, 0, 0x0B][..], &be(self.attributes), &sized(&[])].concat();
                let parameters = [0, 0x10, 0, 0x14, 0, 0x0B, 8, 0, 0, 0, 0, 0];
                let public = [&head[..], &parameters, &sized(&self.modulus)].concat();
                Ok([sized(&public), sized(&[0; 34]), sized(&[0; 34])].concat())
            }
            0x17E => Ok(self.read_registers(&command[10..])),
            0x158 => Ok(self.quote(command)),
            _ => Err(0x143), // no such command
        }
    }

    /// At most eight in one answer, as TPMs do.
    fn read_registers(&self, selection: &[u8]) -> Vec<u8> {
        assert_eq!(selection[..7], [0, 0, 0, 1, 0, 0x0B, 3]);
        let wanted = u32::from_le_bytes([selection[7], selection[8], selection[9], 0]);
        let read: Vec<usize> = (0..24).filter(|index| wanted & (1 << index) != 0).take(8).collect();
        let bits = read.iter().fold(0u32, |bits, index| bits | 1 << index).to_le_bytes();
        let mut answer = [&be(77)[..], &selection[..7], &bits[..3], &be(read.len() as u32)].concat();
        let registers = self.registers.lock().unwrap();
        read.iter().for_each(|index| answer.extend(sized(&registers[*index])));
        answer
    }

    fn quote(&self, command: &[u8]) -> Vec<u8> {
        assert_eq!((number(command, 10), &command[14..27]), (0x8100_0003, &EMPTY_PASSWORD[..]));
        let asked = &command[29..29 + short(command, 27)];
        let after = &command[29 + asked.len()..];
        assert_eq!(after, [0, 0x10, 0, 0, 0, 1, 0, 0x0B, 3, 0xFF, 0xFF, 0xFF], "no scheme, all registers");
        let mut changes = self.changes.lock().unwrap();
        if *changes > 0 {
            *changes -= 1;
            self.registers.lock().unwrap()[16][0] ^= 0xFF;
        }
        let nonce = self.nonce.as_ref().map_or(asked, |nonce| nonce);
        let digest = Sha256::digest(self.registers.lock().unwrap().as_flattened());
        let attest =
            [b"\xFFTCG\x80\x18", &sized(&[0; 34])[..], &sized(nonce), &[0; 17], &[0; 8], &after[2..], &sized(&digest)]
                .concat();
        [sized(&attest), vec![0, 0x14, 0, 0x0B], sized(&[0x51; 256])].concat()
    }
}

/// Length of the area, password session, no nonce, no attributes, empty password.
const EMPTY_PASSWORD: [u8; 13] = [0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0];

impl Tpm for EmulatedTpm {
    fn exchange(&self, command: &[u8]) -> io::Result<Vec<u8>> {
        assert_eq!(number(command, 2) as usize, command.len());
        let mut retries = self.retries.lock().unwrap();
        let result = if *retries > 0 {
            *retries -= 1;
            Err(0x922)
        } else {
            self.run(command)
        };
        let authorised = command[..2] == [0x80, 2];
        Ok((self.spoil)(match result {
            Err(code) => message(0x8001, code, &[]),
            Ok(parameters) if authorised => {
                let area = [&be(parameters.len() as u32)[..], &parameters, &[0, 0, 1, 0, 0]].concat();
                message(0x8002, SUCCESS, &area)
            }
            Ok(parameters) => message(0x8001, SUCCESS, &parameters),
        }))
    }
}

fn message(tag: u16, code: u32, rest: &[u8]) -> Vec<u8> {
    [&tag.to_be_bytes()[..], &be(10 + rest.len() as u32), &be(code), rest].concat()
}

fn be(number: u32) -> [u8; 4] {
    number.to_be_bytes()
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat()
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn short(bytes: &[u8], at: usize) -> usize {
    u16::from_be_bytes(bytes[at..at + 2].try_into().unwrap()).into()
}
