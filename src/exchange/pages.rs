//! A kept file, segment by segment: where every number of a page comes from.

use actix_web::HttpResponse;
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use crate::exchange::files::{self, Direction, StoredFile};
use crate::exchange::map_x12::{self, Wanted, Window};
use crate::registry::organizations;
use crate::types::{Bytes, FileId, Refusal, Status};
use crate::web::{App, Caller, Chrome, Result, page, show};

/// The largest file that a page shows: larger ones are for the command line.
const SHOWN_BYTES_MAX: u64 = 64 << 20;

/// The address of a stretch of a file; with `segment` (`CAS*CO*197`) of the one segment in it.
/// `#hit` is where it begins.
#[must_use]
pub fn link(file: FileId, bytes: Bytes, segment: Option<&str>) -> String {
    let find = segment.map(|segment| format!("&find={segment}")).unwrap_or_default();
    format!("/files/{file}?from={}&to={}{find}#hit", bytes.first, bytes.last)
}

/// What of a file is asked for.
#[derive(Debug, Deserialize)]
pub struct Asked {
    /// First byte of the stretch.
    from: Option<u64>,
    /// Its last byte.
    to: Option<u64>,
    /// The segment in it: `CAS*CO*197`.
    find: Option<String>,
    /// The first segment, or line, to be shown.
    page: Option<usize>,
    /// The first line of interest of a file that is no X12, from 1.
    row: Option<usize>,
    /// The last.
    rows: Option<usize>,
}

#[derive(Template)]
#[template(path = "exchange/segments.html")]
struct SegmentsPage {
    chrome: Chrome,
    file: StoredFile,
    size: show::Markup,
    sha256: String,
    direction: &'static str,
    kept: show::Markup,
    bytes: Option<(u64, u64)>,
    /// The stretch, for the addresses of the next and the previous page.
    stretch: String,
    window: Window,
    lines: Vec<TextLine>,
}

/// A line of a file that is no X12.
struct TextLine {
    number: usize,
    offset: usize,
    text: String,
    hit: bool,
    first_hit: bool,
}

/// A scan is looked at where it is attached, and nowhere once it is withdrawn there. Pictures have zero bytes.
fn is_text(bytes: &[u8]) -> bool {
    !bytes.starts_with(b"%PDF-") && !bytes.contains(&0)
}

/// `GET /files/{id}`
pub async fn file(
    app: App,
    caller: Caller,
    chrome: Chrome,
    id: Path<FileId>,
    asked: Query<Asked>,
) -> Result<HttpResponse> {
    let (file, text, zone) = app
        .db
        .snapshot(&caller.actor, async |tx| {
            let file = files::get(tx, *id).await?;
            if file.size_bytes > SHOWN_BYTES_MAX {
                let detail = format!("{} has {} bytes: too many for a page", file.id, file.size_bytes);
                let next = "Look at it with: firstpass x12 check";
                return Err(Refusal::new("files/too-large", Status::Invalid, detail, next).into());
            }
            let text = files::read(tx, *id).await?;
            if !is_text(&text) {
                let detail = format!("{} is no text", file.id);
                let next = "Look at a scan beside its remittance";
                return Err(Refusal::new("files/no-text", Status::Invalid, detail, next).into());
            }
            Ok((file, text, organizations::current(tx).await?.time_zone))
        })
        .await?;
    let Asked { from, to, find, page: first, row, rows } = asked.into_inner();
    let bytes = from.map(|from| (from, to.unwrap_or(from)));
    let stretch = bytes.map(|(from, to)| format!("&from={from}&to={to}")).unwrap_or_default();
    let first = first.unwrap_or(0);
    let wanted_rows = row.map(|row| (row, rows.unwrap_or(row)));
    // Cutting a large file takes a while; other requests go on meanwhile.
    let (window, lines) = tokio::task::spawn_blocking(move || {
        let window = map_x12::window(&text, &Wanted { bytes, segment: find }, first);
        let lines = if window.total == 0 {
            text_lines(&text, first, wanted_rows.or_else(|| bytes.map(|bytes| rows_of(&text, bytes))))
        } else {
            vec![]
        };
        (window, lines)
    })
    .await
    .map_err(anyhow::Error::from)?;
    let direction = match file.direction {
        Direction::In => "received",
        Direction::Out => "made",
    };
    page(&SegmentsPage {
        size: show::count(i64::try_from(file.size_bytes).unwrap_or(i64::MAX)),
        sha256: file.sha256[..6].iter().map(|byte| format!("{byte:02x}")).collect(),
        direction,
        kept: show::moment(file.created_at, zone),
        chrome,
        file,
        bytes,
        stretch,
        window,
        lines,
    })
}

/// The first and the last line that a stretch of bytes is in.
fn rows_of(text: &[u8], (from, to): (u64, u64)) -> (usize, usize) {
    let row = |byte: u64| {
        let before = text.iter().take(usize::try_from(byte).unwrap_or(usize::MAX));
        1 + before.filter(|byte| **byte == b'\n').count()
    };
    (row(from), row(to))
}

fn text_lines(text: &[u8], first: usize, wanted: Option<(usize, usize)>) -> Vec<TextLine> {
    let begin = match (first, wanted) {
        (0, Some((row, _))) => row.saturating_sub(12).max(1),
        (first, _) => first.max(1),
    };
    let mut offset = 0;
    let mut lines = vec![];
    for (number, line) in (1..).zip(text.split_inclusive(|byte| *byte == b'\n')) {
        if number >= begin && number < begin + map_x12::SEGMENTS_A_PAGE {
            lines.push(TextLine {
                number,
                offset,
                text: String::from_utf8_lossy(line.trim_ascii_end()).into_owned(),
                hit: wanted.is_some_and(|(row, last)| (row..=last).contains(&number)),
                first_hit: wanted.is_some_and(|(row, _)| row == number),
            });
        }
        offset += line.len();
    }
    lines
}
