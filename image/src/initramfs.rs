//! Writes an initial RAM file system, the same bytes for the same content on every machine.
//! Source: Linux, `Documentation/driver-api/early-userspace/buffer-format.rst` ("newc").
//!
//! Everything that a host could put into an archive without meaning to is fixed: the order is that of the paths, owner
//! and group are root, times are zero, inode numbers count up. It is not compressed, because compressors change from
//! version to version; the kernel takes it as it is.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use crate::ImageError;

/// The longest path.
pub const MAX_PATH_BYTES: usize = 1024;
/// The most content of one file: what the format's numbers hold.
pub const MAX_FILE_BYTES: u64 = u32::MAX as u64;
const MAGIC: &str = "070701";
const LAST: &str = "TRAILER!!!";

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A folder; those above what is added are made by themselves.
    Folder,
    /// A file.
    File {
        /// Its content.
        content: Vec<u8>,
        /// Whether it can be executed.
        executable: bool,
    },
    /// A symbolic link, and where to.
    Link(String),
    /// A device for characters, by its major and minor number: the console has to be there before anything runs.
    Device(u32, u32),
}

impl Node {
    /// Kind and permissions, as `st_mode` has them.
    const fn mode(&self) -> u32 {
        match self {
            Self::Folder => 0o040_755,
            Self::File { executable: true, .. } => 0o100_755,
            Self::File { executable: false, .. } => 0o100_644,
            Self::Link(_) => 0o120_777,
            Self::Device(..) => 0o020_600,
        }
    }

    fn content(&self) -> &[u8] {
        match self {
            Self::File { content, .. } => content,
            Self::Link(target) => target.as_bytes(),
            Self::Folder | Self::Device(..) => &[],
        }
    }

    const fn device(&self) -> (u32, u32) {
        match self {
            Self::Device(major, minor) => (*major, *minor),
            Self::Folder | Self::File { .. } | Self::Link(_) => (0, 0),
        }
    }
}

/// A file system that is being put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Initramfs {
    nodes: BTreeMap<String, Node>,
}

impl Initramfs {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `node` at `path`, which is absolute, and the folders above it.
    ///
    /// # Errors
    /// [`ImageError::Form`] for a path that is not plain (empty parts, `.`, `..`, zeros), is there already, or leads
    /// through something that is no folder; [`ImageError::TooLarge`] for content or a path beyond its bound.
    pub fn add(&mut self, path: &str, node: Node) -> Result<(), ImageError> {
        let name = plain(path)?;
        if node.content().len() as u64 > MAX_FILE_BYTES {
            return Err(ImageError::TooLarge { what: "a file of the initial file system", limit: MAX_FILE_BYTES });
        }
        for (end, _) in name.match_indices('/') {
            match self.nodes.entry(name[..end].to_owned()).or_insert(Node::Folder) {
                Node::Folder => (),
                Node::File { .. } | Node::Link(_) | Node::Device(..) => return Err(taken(path)),
            }
        }
        match self.nodes.get(name) {
            None => {
                self.nodes.insert(name.to_owned(), node);
                Ok(())
            }
            Some(Node::Folder) if node == Node::Folder => Ok(()),
            Some(_) => Err(taken(path)),
        }
    }

    /// Writes the archive.
    ///
    /// # Errors
    /// What writing fails with.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut inode = 0;
        for (name, node) in &self.nodes {
            inode += 1;
            entry(to, inode, name, node)?;
        }
        // The kernel knows the end by this name.
        entry(to, 0, LAST, &Node::File { content: Vec::new(), executable: false })
    }
}

fn taken(path: &str) -> ImageError {
    ImageError::form("the initial file system", format!("something else at or above {path:?}"), "each path once")
}

/// A path without the slash before it.
fn plain(path: &str) -> Result<&str, ImageError> {
    if path.len() > MAX_PATH_BYTES {
        return Err(ImageError::TooLarge { what: "a path in the initial file system", limit: MAX_PATH_BYTES as u64 });
    }
    let good = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains('\0');
    path.strip_prefix('/').filter(|name| name.split('/').all(good) && *name != LAST).ok_or_else(|| {
        ImageError::form("a path in the initial file system", format!("{path:?}"), "an absolute one of plain names")
    })
}

/// One entry: a head of numbers in hexadecimal, the name with a zero, the content; each filled to a multiple of 4.
fn entry(to: &mut impl Write, inode: u32, name: &str, node: &Node) -> io::Result<()> {
    let content = node.content();
    let links = 1 + u32::from(*node == Node::Folder);
    let (major, minor) = node.device();
    let number = |length: usize| u32::try_from(length).map_err(io::Error::other);
    // Inode, mode, owner, group, links, time, length, the host's device (2), the entry's device (2), the name's
    // length, and a checksum that this form does not use.
    let head =
        [inode, node.mode(), 0, 0, links, 0, number(content.len())?, 0, 0, major, minor, number(name.len() + 1)?, 0];
    write!(to, "{MAGIC}")?;
    for number in head {
        write!(to, "{number:08X}")?;
    }
    to.write_all(name.as_bytes())?;
    fill(to, 1, MAGIC.len() + 8 * head.len() + name.len())?;
    to.write_all(content)?;
    fill(to, 0, content.len())
}

/// At least `least` zeros, up to a multiple of 4 after `written` bytes.
fn fill(to: &mut impl Write, least: usize, written: usize) -> io::Result<()> {
    let end = (written + least).next_multiple_of(4);
    to.write_all(&[0; 4][..end - written])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &[u8], executable: bool) -> Node {
        Node::File { content: content.to_vec(), executable }
    }

    fn written(parts: &[(&str, Node)]) -> Vec<u8> {
        let mut initramfs = Initramfs::new();
        for (path, node) in parts {
            initramfs.add(path, node.clone()).unwrap();
        }
        let mut bytes = Vec::new();
        initramfs.write(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn an_archive_is_the_one_of_the_kernels_documentation() {
        let bytes = written(&[("/init", file(b"hello", true))]);
        let head = "07070100000001000081ED000000000000000000000001000000000000000500000000000000000000000000000000\
                    0000000500000000";
        let last = "07070100000000000081A4000000000000000000000001000000000000000000000000000000000000000000000000\
                    0000000B00000000";
        let expected = [head.as_bytes(), b"init\0\0", b"hello\0\0\0", last.as_bytes(), b"TRAILER!!!\0\0\0\0"].concat();
        assert_eq!(bytes, expected);
        assert_eq!(bytes.len() % 4, 0);
    }

    #[test]
    fn the_order_of_adding_does_not_count() {
        let parts = [
            ("/bin/worker", file(b"worker", true)),
            ("/dev/console", Node::Device(5, 1)),
            ("/etc/worker.toml", file(b"", false)),
            ("/bin", Node::Folder),
            ("/init", Node::Link("bin/worker".into())),
        ];
        let mut other = parts.clone();
        other.reverse();
        assert_eq!(written(&parts), written(&other));
    }

    #[test]
    fn folders_come_before_what_is_in_them() {
        let bytes = written(&[("/a/b/c", file(b"", false))]);
        let text = String::from_utf8(bytes).unwrap();
        let places = ["a\0", "a/b\0", "a/b/c\0"].map(|name| text.find(name).unwrap());
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn a_path_that_is_not_plain_is_refused() {
        let long = format!("/{}", "a".repeat(MAX_PATH_BYTES));
        for path in ["", "/", "a", "//a", "/a/", "/./a", "/a/../b", "/a\0", "/TRAILER!!!", &long] {
            assert!(Initramfs::new().add(path, Node::Folder).is_err(), "{path}");
        }
    }

    #[test]
    fn a_path_that_is_taken_is_refused() {
        let mut initramfs = Initramfs::new();
        initramfs.add("/a", file(b"", false)).unwrap();
        initramfs.add("/b", Node::Link("/".into())).unwrap();
        for path in ["/a", "/a/b", "/b/c"] {
            assert!(initramfs.add(path, file(b"", false)).is_err(), "{path}");
        }
        assert!(initramfs.add("/a", Node::Folder).is_err());
    }
}
