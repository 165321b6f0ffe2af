use firstpass::exchange::content::Content;
use firstpass::exchange::files::{self, CHUNK_BYTES, Direction, Kept};
use firstpass::types::FileId;

use crate::support;

/// Bytes that do not repeat at a chunk's length.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|place| u8::try_from(place % 251).unwrap()).collect()
}

#[tokio::test]
async fn the_same_bytes_are_the_same_file() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let oak = world.organization("Oak Avenue").await;
    let keep = async |actor, bytes: &'static [u8], name| {
        world
            .db
            .transaction(actor, async |tx| files::keep(tx, bytes, name, Direction::In).await)
            .await
            .unwrap()
    };
    let first = keep(&elm, b"abc", "monday.835").await;
    assert!(!first.already);
    // SHA-256 of "abc", from FIPS 180-2, appendix B.1.
    assert_eq!(
        first.sha256.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(keep(&elm, b"abc", "tuesday.835").await, Kept { already: true, ..first });
    assert!(!keep(&oak, b"abc", "monday.835").await.already, "another practice's");
    let stored = world.db.transaction(&elm, async |tx| files::get(tx, first.id).await).await.unwrap();
    assert_eq!((stored.name.as_str(), stored.size_bytes), ("monday.835", 3));
}

#[tokio::test]
async fn two_at_once_with_the_same_bytes_keep_one_file() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let keep = || world.db.transaction(&elm, async |tx| files::keep(tx, b"abc", "x", Direction::In).await);
    let (a, b) = tokio::join!(keep(), keep());
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!(a.id, b.id);
    assert_ne!(a.already, b.already);
}

#[tokio::test]
async fn a_large_file_comes_back_byte_for_byte() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    for length in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 17 * CHUNK_BYTES + 5] {
        let content = bytes(length);
        let (whole, streamed, again, chunks) = world
            .db
            .transaction(&elm, async |tx| {
                let taken = Content::taken_from(&mut content.as_slice()).await.unwrap();
                let streamed = files::keep_content(tx, &taken, "big.837", Direction::Out).await?;
                let again = files::keep(tx, &content, "big.837", Direction::Out).await?;
                let mut reader = files::open(tx, streamed.id).await?;
                let mut chunks = Vec::new();
                while let Some(chunk) = reader.next(tx).await? {
                    chunks.push(chunk.len());
                }
                Ok((files::read(tx, streamed.id).await?, streamed, again, chunks))
            })
            .await
            .unwrap();
        assert!(whole == content, "{length} bytes");
        assert!(!streamed.already);
        assert_eq!(again, Kept { already: true, ..streamed });
        assert_eq!(chunks.len(), length.div_ceil(CHUNK_BYTES), "{length} bytes");
    }
}

#[tokio::test]
async fn a_part_of_a_file_is_read_across_its_chunks() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let content = bytes(3 * CHUNK_BYTES + 10);
    let id = world
        .db
        .transaction(&elm, async |tx| files::keep(tx, &content, "x", Direction::In).await)
        .await
        .unwrap()
        .id;
    let part =
        async |range| world.db.transaction(&elm, async |tx| files::read_range(tx, id, range).await).await;
    let chunk = CHUNK_BYTES as u64;
    for (from, to) in [(0, 0), (0, 1), (chunk - 1, chunk + 1), (chunk, 2 * chunk), (5, 3 * chunk + 10)] {
        let expected = &content[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()];
        assert!(part(from..to).await.unwrap() == expected, "{from}..{to}");
    }
    let fault = part(0..3 * chunk + 11).await.unwrap_err();
    assert_eq!(fault.refusal().unwrap().code, "files/range");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_found() {
    let world = support::world().await;
    let elm = world.organization("Elm Street").await;
    let id = FileId::new();
    let fault = world.db.transaction(&elm, async |tx| files::read(tx, id).await).await.unwrap_err();
    assert_eq!(fault.refusal().unwrap().code, "files/not-found");
}
