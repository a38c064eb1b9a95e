use std::fs;

use object_store::{ObjectStoreExt as _, PutMode};
use tempfile::TempDir;

use super::{journal::HALF, *};

fn name(at: usize) -> Path {
    Path::from(format!("contracts/one/wal/{at:020}.sst"))
}

fn body(at: usize) -> Vec<u8> {
    format!("log file {at} ").repeat(40).into_bytes()
}

async fn create(disk: &Arc<dyn ObjectStore>, at: usize) -> Result<PutResult> {
    disk.put_opts(&name(at), body(at).into(), PutMode::Create.into()).await
}

async fn holds(disk: &Arc<dyn ObjectStore>, at: usize) -> bool {
    match disk.get(&name(at)).await {
        Ok(found) => found.bytes().await.expect("it can be read") == body(at),
        Err(Error::NotFound { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

/// A folder with three files of a log. The first was put without the journal, which waits for a folder to be there.
async fn three() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = local_disk(folder.path()).expect("opens");
    for at in 0..3 {
        create(&disk, at).await.expect("is put");
    }
    folder
}

fn path(folder: &TempDir, at: usize) -> std::path::PathBuf {
    folder.path().join(name(at).as_ref())
}

fn open(folder: &TempDir) -> Arc<dyn ObjectStore> {
    local_disk(folder.path()).expect("opens")
}

/// Alters the half that was begun first and used until now.
fn alter(folder: &TempDir, change: impl FnOnce(&mut Vec<u8>)) {
    let half = folder.path().join("journal/0");
    let mut bytes = fs::read(&half).expect("there is a half");
    change(&mut bytes);
    fs::write(half, bytes).expect("it is written");
}

#[tokio::test]
async fn a_file_is_put_once_and_found() {
    let folder = three().await;
    let disk = open(&folder);
    for at in 0..3 {
        assert!(holds(&disk, at).await, "{at}");
        assert!(matches!(create(&disk, at).await, Err(Error::AlreadyExists { .. })), "{at}");
    }
    assert!(create(&disk, 3).await.is_ok() && holds(&disk, 3).await);
    let left: Vec<_> =
        fs::read_dir(folder.path().join("journal")).expect("is there").map(|at| at.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "a lock and two halves: {left:?}");
}

#[tokio::test]
async fn what_did_not_reach_the_disk_is_written_at_the_next_opening() {
    let torn: [fn(&mut Vec<u8>); 4] =
        [Vec::clear, |bytes| bytes.truncate(100), |bytes| bytes[200..].fill(0), |bytes| bytes.fill(0)];
    for tear in torn {
        let folder = three().await;
        let mut bytes = body(2);
        tear(&mut bytes);
        fs::write(path(&folder, 2), bytes).expect("is torn");
        fs::remove_file(path(&folder, 1)).expect("is lost");
        let disk = open(&folder);
        assert!(holds(&disk, 1).await && holds(&disk, 2).await);
        // Nothing of the journal counts any more, now that the files are on the disk.
        drop(disk);
        fs::remove_file(path(&folder, 1)).expect("is removed");
        assert!(!holds(&open(&folder), 1).await);
    }
}

#[tokio::test]
async fn a_file_that_differs_otherwise_is_left_alone() {
    for other in [b"something else".to_vec(), [body(2), b"more".to_vec()].concat()] {
        let folder = three().await;
        fs::write(path(&folder, 2), &other).expect("is altered");
        let disk = open(&folder);
        let found = disk.get(&name(2)).await.expect("is there").bytes().await.expect("is read");
        assert_eq!(found, other);
    }
}

#[tokio::test]
async fn what_was_removed_with_its_folder_stays_removed() {
    let folder = three().await;
    fs::remove_dir_all(folder.path().join("contracts/one")).expect("is removed");
    assert!(!holds(&open(&folder), 2).await);
    assert!(!folder.path().join("contracts/one").exists());
}

#[tokio::test]
async fn what_lost_against_a_file_of_that_name_is_not_written_in_its_place() {
    let folder = three().await;
    let disk = open(&folder);
    fs::write(path(&folder, 7), b"of another process").expect("is written");
    assert!(matches!(create(&disk, 7).await, Err(Error::AlreadyExists { .. })));
    drop(disk);
    fs::remove_file(path(&folder, 7)).expect("is removed");
    assert!(!holds(&open(&folder), 7).await);
}

#[tokio::test]
async fn a_journal_counts_up_to_the_first_record_that_is_not_whole() {
    let folder = three().await;
    // Files 1 and 2 went by way of it.
    alter(&folder, |half| {
        let second = half.windows(10).position(|at| at == b"log file 2").expect("there is one");
        half[second] ^= 1;
    });
    for at in [1, 2] {
        fs::remove_file(path(&folder, at)).expect("is lost");
    }
    let disk = open(&folder);
    assert!(holds(&disk, 1).await && !holds(&disk, 2).await);
}

#[tokio::test]
async fn a_journal_that_is_not_one_is_begun_anew() {
    let changes: [fn(&mut Vec<u8>); 4] =
        [|half| half[0] ^= 1, |half| half[20] ^= 1, |half| half.truncate(100), |half| half.push(0)];
    for change in changes {
        let folder = three().await;
        alter(&folder, change);
        fs::remove_file(path(&folder, 1)).expect("is lost");
        let disk = open(&folder);
        assert!(!holds(&disk, 1).await);
        assert!(create(&disk, 1).await.is_ok() && holds(&disk, 1).await);
        drop(disk);
        fs::remove_file(path(&folder, 1)).expect("is lost");
        assert!(holds(&open(&folder), 1).await, "the new one holds it");
    }
}

#[tokio::test]
async fn one_at_a_time_has_the_journal_and_another_puts_files_without_it() {
    let folder = three().await;
    let (first, second) = (open(&folder), open(&folder));
    assert!(create(&second, 3).await.is_ok() && create(&first, 4).await.is_ok());
    assert!(matches!(create(&first, 3).await, Err(Error::AlreadyExists { .. })));
    assert!(matches!(create(&second, 4).await, Err(Error::AlreadyExists { .. })));
    drop((first, second));
    for at in [3, 4] {
        fs::remove_file(path(&folder, at)).expect("is lost");
    }
    let disk = open(&folder);
    assert!(!holds(&disk, 3).await, "it was on the disk without the journal");
    assert!(holds(&disk, 4).await);
}

#[tokio::test]
async fn only_new_small_files_of_a_log_go_by_way_of_it() {
    let folder = three().await;
    let disk = open(&folder);
    let manifest = Path::from("contracts/one/manifest/00000000000000000001.manifest");
    disk.put_opts(&manifest, body(0).into(), PutMode::Create.into()).await.expect("is put");
    let large = vec![7; journal::MAX_OBJECT + 1];
    disk.put_opts(&name(3), large.clone().into(), PutMode::Create.into()).await.expect("is put");
    disk.put(&name(4), body(4).into()).await.expect("is put");
    let largest = vec![8; journal::MAX_OBJECT];
    disk.put_opts(&name(5), largest.clone().into(), PutMode::Create.into()).await.expect("is put");
    assert_eq!(disk.get(&name(3)).await.expect("is there").bytes().await.expect("is read"), large);
    drop(disk);
    for lost in [folder.path().join(manifest.as_ref()), path(&folder, 3), path(&folder, 4), path(&folder, 5)] {
        fs::remove_file(lost).expect("is lost");
    }
    let disk = open(&folder);
    assert!(matches!(disk.get(&manifest).await, Err(Error::NotFound { .. })));
    assert!(!holds(&disk, 3).await && !holds(&disk, 4).await);
    assert_eq!(disk.get(&name(5)).await.expect("is there").bytes().await.expect("is read"), largest);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_while_halves_are_filled_and_emptied() {
    let folder = three().await;
    let disk = open(&folder);
    // About three halves, by 16 at once.
    let (count, callers) = (3 * HALF as usize / body(1000).len(), 16);
    let all = (0..callers).map(|caller| {
        let disk = Arc::clone(&disk);
        tokio::spawn(async move {
            for at in (3..count).filter(|at| at % callers == caller) {
                create(&disk, at).await.expect("is put");
            }
        })
    });
    for one in all.collect::<Vec<_>>() {
        one.await.expect("ends");
    }
    drop(disk);
    // Whatever the halves hold was lost; what they do not hold was made durable before.
    let mut held = Vec::new();
    for half in ["0", "1"] {
        let half = fs::read(folder.path().join("journal").join(half)).expect("there is a half");
        for record in journal::read(&half).expect("it is one").records {
            let journal::Record::File { name, .. } = record else { panic!("nobody lost") };
            fs::write(folder.path().join(&name), b"").expect("is torn");
            held.push(name);
        }
    }
    assert!(held.len() > 100, "{}", held.len());
    let disk = open(&folder);
    for at in 0..count {
        assert!(holds(&disk, at).await, "{at}");
    }
}

#[tokio::test]
async fn a_half_whose_files_have_no_names_yet_is_not_written_over() {
    let folder = three().await;
    let files = LocalFileSystem::new_with_prefix(folder.path()).expect("is there").with_fsync(true);
    let journal = Arc::new(Journal::open(folder.path(), &files).expect("opens").expect("nobody has it"));
    let put = |at: usize| journal.create(name(at).as_ref(), &path(&folder, at), &vec![1; 100 << 10]).expect("works");
    let held = journal.publishing(0);
    let durable = (3..60).take_while(|at| put(*at) == Created::Durable).count();
    assert_eq!(durable, 2 * (HALF as usize / (100 << 10)), "two halves");
    assert_eq!(put(60), Created::Not);
    drop(held);
    let again = (0..1000).any(|at| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        put(100 + at) == Created::Durable
    });
    assert!(again, "it was emptied when they had");
}

#[test]
fn a_record_reads_as_it_was_written() {
    let generation: [u8; 16] = *b"sixteen bytes of";
    let half = journal::half(3, generation, &[journal::file("a/wal/1", b"one")]);
    // Made by hand: SHA-256 of what the module says, cut to 16 bytes.
    let made = "616479746f6e206a6f75726e616c203103000000000000007369787465656e206279746573206f66bb53a32eb1002e6f8159482f8696a781\
                1d000000000700612f77616c2f316f6e65f267c06e197fddc5a12b22d3196c1c74";
    assert_eq!(hex::encode(&half), made);
    let found = journal::read(&half).expect("is one");
    assert_eq!(found.number, 3);
    let journal::Record::File { name, bytes, .. } = &found.records[0] else { panic!("a file") };
    assert_eq!((name.as_str(), bytes.as_slice()), ("a/wal/1", b"one".as_slice()));
    let written = journal::record(&generation, 0, "a/wal/1", b"one").expect("is short");
    assert!(half.ends_with(&written), "the journal writes the same");
    for at in 0..half.len() {
        let mut other = half.clone();
        other[at] ^= 1;
        let read = journal::read(&other);
        assert!(read.is_none_or(|read| read.records.is_empty()), "byte {at}");
        assert!(journal::read(&half[..at]).is_none_or(|read| read.records.is_empty()), "cut at {at}");
    }
}

#[tokio::test]
async fn a_record_reaches_no_file_outside_a_log() {
    let names = ["../wal/one", "contracts/one/manifest/1", "/etc/wal/../one", "one", "contracts/one/wal/../../two", ""];
    for name in names {
        let folder = three().await;
        alter(&folder, |half| {
            let made = journal::half(9, [1; 16], &[journal::file(name, b"planted")]);
            half[..made.len()].copy_from_slice(&made);
        });
        let before = fs::read_dir(folder.path()).expect("is there").count();
        open(&folder);
        assert_eq!(fs::read_dir(folder.path()).expect("is there").count(), before, "{name}");
        assert!(!folder.path().join(name).is_file(), "{name}");
    }
}
