//! `adyton image`: what a platform will measure of an image, and the initial file system of one.

use std::{
    fs::{self, File},
    io::{BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use adyton_image::{
    MAX_FIRMWARE_BYTES, Sha384Digest,
    initramfs::{Initramfs, Node},
    nitro, sgx, snp, tdx,
};
use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::output::{Output, misuse};

/// The longest kernel that is read whole.
const MAX_KERNEL_BYTES: u64 = 512 * 1024 * 1024;
/// The longest of the other small files.
const MAX_SMALL_BYTES: u64 = 64 * 1024;

/// What to do with an image.
#[derive(Debug, Subcommand)]
pub enum ImageCommand {
    /// Predict what a platform measures when it launches an image.
    Measure(MeasureArgs),
    /// Write an initial file system, the same bytes for the same content.
    Initramfs(InitramfsArgs),
}

/// A platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// AMD SEV-SNP under QEMU and KVM: the launch digest.
    Snp,
    /// Intel TDX under QEMU and KVM: MRTD, RTMR1 and RTMR2.
    Tdx,
    /// AWS Nitro: PCR0, PCR1, PCR2 and PCR8.
    Nitro,
    /// Intel SGX: what an enclave's signature says.
    Sgx,
}

impl Kind {
    /// As it is typed.
    const fn name(self) -> &'static str {
        match self {
            Self::Snp => "snp",
            Self::Tdx => "tdx",
            Self::Nitro => "nitro",
            Self::Sgx => "sgx",
        }
    }
}

/// The files of an image.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton image measure --kind snp --firmware OVMF.fd --kernel bzImage --initrd initramfs.cpio --append 'console=ttyS0' --vcpus 2 --vcpu EPYC-Milan\n  adyton image measure --kind tdx --firmware OVMF.fd --kernel bzImage --initrd initramfs.cpio\n  adyton image measure --kind nitro --eif worker.eif\n  adyton image measure --kind sgx --sigstruct adyton-worker.sig"
)]
pub struct MeasureArgs {
    /// The platform.
    #[arg(long, value_enum)]
    kind: Kind,
    /// snp, tdx: the firmware (OVMF), in one file.
    #[arg(long, value_name = "FILE")]
    firmware: Option<PathBuf>,
    /// snp, tdx, nitro: the kernel.
    #[arg(long, value_name = "FILE")]
    kernel: Option<PathBuf>,
    /// snp, tdx, nitro: the kernel's initial file system; nitro takes several, in their order.
    #[arg(long, value_name = "FILE", requires = "kernel")]
    initrd: Vec<PathBuf>,
    /// snp, tdx, nitro: the kernel's command line, if it is not empty.
    #[arg(long, value_name = "TEXT", requires = "kernel")]
    append: Option<String>,
    /// snp: how many virtual processors, if not 1.
    #[arg(long, value_name = "NUMBER")]
    vcpus: Option<u32>,
    /// snp: their type, as QEMU names it, or their signature in hexadecimal, if not EPYC-v4.
    #[arg(long, value_name = "TYPE")]
    vcpu: Option<String>,
    /// snp: the guest features (SEV_FEATURES) of the host's kernel, if not 0x1.
    #[arg(long, value_name = "HEX", value_parser = hexadecimal)]
    guest_features: Option<u64>,
    /// tdx: the firmware is an older EDK II, which names the initial file system behind the command line.
    #[arg(long, requires = "initrd")]
    initrd_name_last: bool,
    /// nitro: the image, instead of its parts.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kernel", "initrd", "append", "certificate"])]
    eif: Option<PathBuf>,
    /// nitro: the certificate (PEM) with which the image will be signed.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// sgx: the enclave's signature, as gramine-sgx-sign wrote it.
    #[arg(long, value_name = "FILE")]
    sigstruct: Option<PathBuf>,
}

impl MeasureArgs {
    /// The kernel's, which is empty unless one is given.
    fn command_line(&self) -> &str {
        self.append.as_deref().unwrap_or_default()
    }
}

/// What goes into an initial file system.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  adyton image initramfs --out initramfs.cpio --executable /init=adyton-init --device /dev/console=5:1 --folder /proc"
)]
pub struct InitramfsArgs {
    /// Where it is written.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A file that can be executed.
    #[arg(long, value_name = "PATH=SOURCE")]
    executable: Vec<String>,
    /// A file.
    #[arg(long, value_name = "PATH=SOURCE")]
    file: Vec<String>,
    /// A symbolic link.
    #[arg(long, value_name = "PATH=TARGET")]
    link: Vec<String>,
    /// A device for characters.
    #[arg(long, value_name = "PATH=MAJOR:MINOR")]
    device: Vec<String>,
    /// An empty folder.
    #[arg(long, value_name = "PATH")]
    folder: Vec<String>,
}

/// Does it.
pub fn run(command: &ImageCommand, output: Output) -> Result<()> {
    match command {
        ImageCommand::Measure(args) => {
            let measured = measure(args)?;
            output.result(&measured, || text(&measured))?;
        }
        ImageCommand::Initramfs(args) => {
            let written = initramfs(args)?;
            output.result(&written, || text(&written))?;
        }
    }
    Ok(())
}

fn measure(args: &MeasureArgs) -> Result<Value> {
    require_used(args)?;
    match args.kind {
        Kind::Snp => snp(args),
        Kind::Tdx => tdx(args),
        Kind::Nitro => nitro(args),
        Kind::Sgx => {
            let signature = sgx::Signature::read(&whole(needed(&args.sigstruct, "--sigstruct")?, MAX_SMALL_BYTES)?)?;
            Ok(with_kind(Kind::Sgx, json!(signature)))
        }
    }
}

/// Requires that each option that was given counts for the kind: whoever gives one believes that it is measured.
fn require_used(args: &MeasureArgs) -> Result<()> {
    use Kind::{Nitro, Sgx, Snp, Tdx};
    let options: [(&str, bool, &[Kind]); 11] = [
        ("--firmware", args.firmware.is_some(), &[Snp, Tdx]),
        ("--kernel", args.kernel.is_some(), &[Snp, Tdx, Nitro]),
        ("--initrd", !args.initrd.is_empty(), &[Snp, Tdx, Nitro]),
        ("--append", args.append.is_some(), &[Snp, Tdx, Nitro]),
        ("--vcpus", args.vcpus.is_some(), &[Snp]),
        ("--vcpu", args.vcpu.is_some(), &[Snp]),
        ("--guest-features", args.guest_features.is_some(), &[Snp]),
        ("--initrd-name-last", args.initrd_name_last, &[Tdx]),
        ("--eif", args.eif.is_some(), &[Nitro]),
        ("--certificate", args.certificate.is_some(), &[Nitro]),
        ("--sigstruct", args.sigstruct.is_some(), &[Sgx]),
    ];
    match options.iter().find(|(_, is_given, kinds)| *is_given && !kinds.contains(&args.kind)) {
        None => Ok(()),
        Some((option, ..)) => Err(misuse(format!("{option} has no use for --kind {}", args.kind.name()))),
    }
}

fn snp(args: &MeasureArgs) -> Result<Value> {
    let firmware = firmware(args)?;
    let vcpu = args.vcpu.as_deref().unwrap_or("EPYC-v4");
    let vcpu = vcpu.parse().map_err(|error: adyton_image::ImageError| misuse(error.to_string()))?;
    let guest_features = args.guest_features.unwrap_or(1);
    let machine = snp::Machine { vcpus: args.vcpus.unwrap_or(1), vcpu, guest_features };
    let boot = match &args.kernel {
        Some(kernel) => {
            let initrd: Box<dyn Read> = match at_most_one(args)? {
                Some(initrd) => Box::new(open(initrd)?),
                None => Box::new(std::io::empty()),
            };
            Some(snp::Boot::of_readers(open(kernel)?, initrd, args.command_line())?)
        }
        None => None,
    };
    let digest = snp::launch_digest(&firmware, boot.as_ref(), &machine)?;
    Ok(with_kind(Kind::Snp, json!({ "launch_digest": digest })))
}

fn tdx(args: &MeasureArgs) -> Result<Value> {
    let mut measured = json!({ "mrtd": tdx::mrtd(&firmware(args)?)? });
    if let Some(kernel) = &args.kernel {
        let initrd = at_most_one(args)?.ok_or_else(|| misuse("--kind tdx with --kernel needs --initrd"))?;
        let initrd = Sha384Digest::of_reader(open(initrd)?)?;
        let name = if args.initrd_name_last { tdx::InitrdName::Last } else { tdx::InitrdName::First };
        let registers = tdx::boot_registers(&whole(kernel, MAX_KERNEL_BYTES)?, args.command_line(), initrd, name)?;
        measured["rtmr1"] = json!(registers.rtmr1);
        measured["rtmr2"] = json!(registers.rtmr2);
    }
    Ok(with_kind(Kind::Tdx, measured))
}

fn nitro(args: &MeasureArgs) -> Result<Value> {
    let registers = match &args.eif {
        Some(image) => nitro::registers(open(image)?)?,
        None => {
            let kernel =
                args.kernel.as_ref().ok_or_else(|| misuse("--kind nitro needs --eif, or --kernel and --initrd"))?;
            let initrds = args.initrd.iter().map(|file| open(file)).collect::<Result<Vec<_>>>()?;
            let certificate = args.certificate.as_ref().map(|file| whole(file, MAX_SMALL_BYTES)).transpose()?;
            nitro::registers_of_parts(open(kernel)?, args.command_line().as_bytes(), initrds, certificate.as_deref())?
        }
    };
    Ok(with_kind(Kind::Nitro, json!(registers)))
}

fn initramfs(args: &InitramfsArgs) -> Result<Value> {
    let mut initramfs = Initramfs::new();
    for folder in &args.folder {
        initramfs.add(folder, Node::Folder)?;
    }
    for (list, executable) in [(&args.executable, true), (&args.file, false)] {
        for (path, source) in list.iter().map(|pair| halves(pair)).collect::<Result<Vec<_>>>()? {
            let content = whole(Path::new(source), MAX_KERNEL_BYTES)?;
            initramfs.add(path, Node::File { content, executable })?;
        }
    }
    for pair in &args.link {
        let (path, target) = halves(pair)?;
        initramfs.add(path, Node::Link(target.into()))?;
    }
    for pair in &args.device {
        let (path, numbers) = halves(pair)?;
        let number = |text: &str| text.parse().map_err(|_| misuse(format!("{pair}: a device is MAJOR:MINOR")));
        let (major, minor) =
            numbers.split_once(':').ok_or_else(|| misuse(format!("{pair}: a device is MAJOR:MINOR")))?;
        initramfs.add(path, Node::Device(number(major)?, number(minor)?))?;
    }
    let failed = || format!("cannot write {}", args.out.display());
    let mut file = BufWriter::new(File::create(&args.out).with_context(failed)?);
    initramfs.write(&mut file).and_then(|()| file.flush()).with_context(failed)?;
    let digest = adyton_image::Sha256Digest::of_reader(open(&args.out)?)?;
    Ok(json!({ "file": args.out.display().to_string(), "sha256": digest }))
}

fn firmware(args: &MeasureArgs) -> Result<Vec<u8>> {
    whole(needed(&args.firmware, "--firmware")?, MAX_FIRMWARE_BYTES as u64)
}

fn at_most_one(args: &MeasureArgs) -> Result<Option<&PathBuf>> {
    match args.initrd.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(misuse("only --kind nitro takes several --initrd")),
    }
}

fn needed<'a>(file: &'a Option<PathBuf>, option: &str) -> Result<&'a PathBuf> {
    file.as_ref().ok_or_else(|| misuse(format!("this kind needs {option}")))
}

fn halves(pair: &str) -> Result<(&str, &str)> {
    pair.split_once('=').ok_or_else(|| misuse(format!("{pair}: a path, =, and what is there")))
}

fn open(file: &Path) -> Result<File> {
    File::open(file).map_err(|error| misuse(format!("{}: {error}", file.display())))
}

/// A file's content, which has to be within `limit`.
fn whole(file: &Path, limit: u64) -> Result<Vec<u8>> {
    let unreadable = |reason: String| misuse(format!("{}: {reason}", file.display()));
    let length = fs::metadata(file).map_err(|error| unreadable(error.to_string()))?.len();
    if length > limit {
        return Err(unreadable(format!("it is longer than {limit} bytes")));
    }
    let mut content = Vec::new();
    let read = open(file)?.take(limit + 1).read_to_end(&mut content).map_err(|error| unreadable(error.to_string()))?;
    if read as u64 > limit { Err(unreadable(format!("it is longer than {limit} bytes"))) } else { Ok(content) }
}

fn hexadecimal(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    u64::from_str_radix(digits, 16).map_err(|_| "has to be hexadecimal, as in 0x21".into())
}

fn with_kind(kind: Kind, mut measured: Value) -> Value {
    measured["kind"] = json!(kind.name());
    measured
}

/// A line for each field; the kind first.
fn text(measured: &Value) -> String {
    let fields = measured.as_object().into_iter().flatten();
    let line = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name:<18} {text}\n"),
        Value::Null => format!("{name:<18} none\n"),
        other => format!("{name:<18} {other}\n"),
    };
    fields.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_hexadecimal() {
        assert_eq!(hexadecimal("0x21"), Ok(0x21));
        assert_eq!(hexadecimal("21"), Ok(0x21));
        assert!(hexadecimal("0xg").is_err());
    }

    #[test]
    fn an_initial_file_system_is_the_same_twice() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        fs::write(&source, b"program").unwrap();
        let written = |name: &str, turned: bool| {
            let mut folders = vec!["/proc".to_owned(), "/sys".into()];
            if turned {
                folders.reverse();
            }
            let args = InitramfsArgs {
                out: folder.path().join(name),
                executable: vec![format!("/init={}", source.display())],
                file: vec![],
                link: vec!["/etc/resolv.conf=/proc/net/pnp".into()],
                device: vec!["/dev/console=5:1".into()],
                folder: folders,
            };
            let value = initramfs(&args).unwrap();
            (fs::read(folder.path().join(name)).unwrap(), value["sha256"].clone())
        };
        assert_eq!(written("one", false), written("two", true));
    }

    /// What is typed after `adyton image measure`.
    fn measured(text: &str) -> Result<Value, String> {
        #[derive(clap::Parser)]
        struct Typed {
            #[command(flatten)]
            args: MeasureArgs,
        }
        let words = ["measure"].into_iter().chain(text.split_whitespace());
        let typed = <Typed as clap::Parser>::try_parse_from(words).map_err(|error| error.to_string())?;
        measure(&typed.args).map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_kind_needs_is_said() {
        for (kind, option) in [("snp", "--firmware"), ("tdx", "--firmware"), ("nitro", "--eif"), ("sgx", "--sigstruct")]
        {
            let error = measured(&format!("--kind {kind}")).unwrap_err();
            assert!(error.contains(option), "{error}");
        }
    }

    #[test]
    fn an_option_that_a_kind_does_not_use_is_bad_use() {
        for text in [
            "snp --firmware none --initrd-name-last --kernel none --initrd none",
            "snp --firmware none --sigstruct none",
            "tdx --firmware none --vcpus 2",
            "tdx --firmware none --vcpu EPYC-v4",
            "tdx --firmware none --guest-features 0x1",
            "tdx --firmware none --eif none",
            "nitro --eif none --firmware none",
            "sgx --sigstruct none --kernel none",
            "sgx --sigstruct none --certificate none",
        ] {
            let error = measured(&format!("--kind {text}")).unwrap_err();
            assert!(error.contains("has no use for --kind"), "{text}: {error}");
        }
    }

    #[test]
    fn what_belongs_to_a_kernel_needs_one() {
        for text in [
            "snp --firmware none --initrd none",
            "tdx --firmware none --append quiet",
            "nitro --initrd none",
            "tdx --firmware none --kernel none --initrd-name-last",
        ] {
            let error = measured(&format!("--kind {text}")).unwrap_err();
            assert!(error.contains("required arguments"), "{text}: {error}");
        }
        for text in ["--append quiet", "--initrd none", "--kernel none", "--certificate none"] {
            let error = measured(&format!("--kind nitro --eif none {text}")).unwrap_err();
            assert!(error.contains("cannot be used with"), "{text}: {error}");
        }
    }
}
