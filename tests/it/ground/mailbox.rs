use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use firstpass::exchange::mailbox::{DirectoryMailbox, Mailbox, Waiting};

/// A folder of one's own, gone with the value.
struct Folder(PathBuf);
impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("firstpass-mailbox-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Folder(path)
    }
    fn mailbox(&self) -> DirectoryMailbox {
        DirectoryMailbox::new(self.0.join("out"), self.0.join("in"))
    }
}
impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn names(waiting: &[Waiting]) -> Vec<&str> {
    waiting.iter().map(|file| file.name.as_str()).collect()
}

#[tokio::test]
async fn what_one_side_sends_the_other_finds_fetches_and_archives() {
    let folder = Folder::new("sides");
    let practice = folder.mailbox();
    let payer = practice.from_the_other_side();
    practice.send("b.837", b"second").await.unwrap();
    practice.send("a.837", b"first").await.unwrap();
    assert_eq!(practice.list().await.unwrap(), []);

    let waiting = payer.list().await.unwrap();
    assert_eq!(names(&waiting), ["a.837", "b.837"]);
    assert_eq!(waiting[0].size_bytes, 5);
    assert_eq!(&*payer.fetch("a.837").await.unwrap().bytes().unwrap(), b"first");
    payer.archive("a.837").await.unwrap();
    assert_eq!(names(&payer.list().await.unwrap()), ["b.837"]);
    assert_eq!(payer.fetch("a.837").await.unwrap_err().refusal().unwrap().code, "mailbox/not-found");
    assert_eq!(fs::read(folder.0.join("out/archive/a.837")).unwrap(), b"first");
}

#[tokio::test]
async fn sending_again_changes_nothing_and_other_bytes_are_refused() {
    let folder = Folder::new("again");
    let mailbox = folder.mailbox();
    mailbox.send("a.837", b"one").await.unwrap();
    mailbox.send("a.837", b"one").await.unwrap();
    let fault = mailbox.send("a.837", b"two").await.unwrap_err();
    assert_eq!(fault.refusal().unwrap().code, "mailbox/name-taken");
    assert_eq!(fs::read(folder.0.join("out/a.837")).unwrap(), b"one");
}

#[tokio::test]
async fn what_the_partner_has_taken_away_is_not_sent_to_it_again() {
    let folder = Folder::new("taken");
    let mailbox = folder.mailbox();
    mailbox.send("a.837", b"one").await.unwrap();
    fs::remove_file(folder.0.join("out/a.837")).unwrap();
    mailbox.send("a.837", b"one").await.unwrap();
    assert!(!folder.0.join("out/a.837").exists());
    mailbox.send("b.837", b"one").await.unwrap();
    assert!(folder.0.join("out/b.837").exists(), "another name is another file");
}

#[tokio::test]
async fn a_file_that_was_noted_and_not_placed_is_placed_by_the_next_attempt() {
    let folder = Folder::new("noted");
    let (mailbox, out) = (folder.mailbox(), folder.0.join("out"));
    mailbox.send("a.837", b"one").await.unwrap();
    // As a process leaves it that is killed before the last step.
    fs::rename(out.join("a.837"), out.join(".a.837.part")).unwrap();
    mailbox.send("a.837", b"one").await.unwrap();
    assert_eq!(fs::read(out.join("a.837")).unwrap(), b"one");
    assert!(!out.join(".a.837.part").exists());
}

#[tokio::test]
async fn a_file_that_is_being_written_does_not_wait_yet() {
    let folder = Folder::new("settling");
    let mailbox = folder.mailbox().settling(Duration::from_millis(500));
    mailbox.list().await.unwrap();
    let path = folder.0.join("in/remit.835");
    fs::write(&path, b"ISA*00").unwrap();
    assert_eq!(names(&mailbox.list().await.unwrap()), [""; 0]);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(names(&mailbox.list().await.unwrap()), ["remit.835"]);
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(3600)).unwrap();
    assert_eq!(names(&mailbox.list().await.unwrap()), ["remit.835"], "another clock keeps nothing waiting");
}

#[tokio::test]
async fn a_name_used_again_by_the_partner_overwrites_nothing_archived() {
    let folder = Folder::new("archive");
    let practice = folder.mailbox();
    let payer = practice.from_the_other_side();
    for content in [b"monday", b"friday"] {
        payer.send("remit.835", content).await.unwrap();
        practice.archive("remit.835").await.unwrap();
    }
    assert_eq!(fs::read(folder.0.join("in/archive/remit.835")).unwrap(), b"monday");
    assert_eq!(fs::read(folder.0.join("in/archive/remit.835.2")).unwrap(), b"friday");
}

#[tokio::test]
async fn unfinished_and_hidden_files_and_folders_do_not_wait() {
    let folder = Folder::new("unfinished");
    let incoming = folder.0.join("in");
    fs::create_dir_all(incoming.join("folder")).unwrap();
    for name in ["done.835", ".0123.part", "half.835.part", ".hidden"] {
        fs::write(incoming.join(name), b"x").unwrap();
    }
    assert_eq!(names(&folder.mailbox().list().await.unwrap()), ["done.835"]);
}

#[tokio::test]
async fn a_name_cannot_leave_the_folder() {
    let folder = Folder::new("names");
    let mailbox = folder.mailbox();
    for name in ["", "..", "../x", "/etc/passwd", "a/b", "a\\b", ".x", "x.part", "a\nb"] {
        for fault in [
            mailbox.send(name, b"x").await.unwrap_err(),
            mailbox.fetch(name).await.unwrap_err(),
            mailbox.archive(name).await.unwrap_err(),
        ] {
            assert_eq!(fault.refusal().unwrap().code, "mailbox/name", "{name:?}");
        }
    }
}
