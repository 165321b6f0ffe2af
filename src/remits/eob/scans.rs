//! Scans of the paper: beside an EOB while it is entered, and with the remittance that comes of it.
//!
//! - A *scan* is a kept file ([`files`]) that is a PDF, PNG, JPEG or TIFF by its first bytes, whatever its sender
//!   calls it. The same bytes again are the same scan.
//! - A draft's scans are its person's own, and go over to the remittance when it is posted ([`hand_over`]). A draft
//!   that is dropped leaves the files, and nothing that leads to them.
//! - What a person attaches to a posted remittance stays on record with it. What was attached by mistake, such as
//!   another patient's paper, is withdrawn with a reason ([`withdraw`]): kept, and shown no more; the same bytes are
//!   not attached to that remittance again.
//!
//! Deliberately absent: reading what is on the paper; a scan of what came as an 835.

use std::fmt;

use chrono::{DateTime, Utc};
use diesel::result::OptionalExtension;
use diesel::sql_types::{BigInt, Binary, Bool, Text, Timestamptz, Uuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde::{Serialize, Serializer};
use serde_json::json;
use utoipa::ToSchema;

use crate::access::drafts;
use crate::db::{Tx, kept};
use crate::exchange::files::{self, Direction};
use crate::remits::receive::{no_remittance, reasoned};
use crate::types::{DraftId, Error, FileId, Id, Refusal, RemittanceId, Result, Status};

/// The largest scan: 20 MB.
pub const BYTES_MAX: usize = 20_000_000;

/// Scans of one EOB: each page may be a file of its own.
const SCANS_MAX: usize = 20;

/// What a scan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// PDF (ISO 32000-1, 7.5.2).
    Pdf,
    /// PNG (RFC 2083, 3.1).
    Png,
    /// JPEG (ITU T.81, B.1.1.3): start of image, then a marker.
    Jpeg,
    /// TIFF 6.0, of either byte order.
    Tiff,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 4] = [Kind::Pdf, Kind::Png, Kind::Jpeg, Kind::Tiff];

    /// What some bytes are, by how they begin.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Kind> {
        let begins = |kind: &Kind| match kind {
            Kind::Pdf => bytes.starts_with(b"%PDF-"),
            Kind::Png => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
            Kind::Jpeg => bytes.starts_with(b"\xff\xd8\xff"),
            Kind::Tiff => bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*"),
        };
        Kind::ALL.into_iter().find(begins)
    }

    /// As a header and the database write it.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Kind::Pdf => "application/pdf",
            Kind::Png => "image/png",
            Kind::Jpeg => "image/jpeg",
            Kind::Tiff => "image/tiff",
        }
    }

    /// How a file of it is called that a program sent: by no patient's name.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Kind::Pdf => "scan.pdf",
            Kind::Png => "scan.png",
            Kind::Jpeg => "scan.jpg",
            Kind::Tiff => "scan.tif",
        }
    }

    /// A browser shows it as a picture.
    #[must_use]
    pub const fn is_picture(self) -> bool {
        matches!(self, Kind::Png | Kind::Jpeg)
    }

    /// A browser shows it as a document.
    #[must_use]
    pub const fn is_document(self) -> bool {
        matches!(self, Kind::Pdf)
    }

    /// A browser shows it at all.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        self.is_picture() || self.is_document()
    }

    fn from_media_type(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.media_type() == text)
    }
}
impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.media_type())
    }
}
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Pdf => "PDF",
            Kind::Png => "PNG",
            Kind::Jpeg => "JPEG",
            Kind::Tiff => "TIFF",
        })
    }
}

/// A scan of an EOB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = EobScan)]
pub struct Scan {
    /// The kept file.
    pub file: FileId,
    /// What it is, by its content.
    #[serde(rename = "media_type")]
    #[schema(value_type = String, example = "application/pdf")]
    pub kind: Kind,
    /// Its length in bytes.
    pub size_bytes: i64,
    /// SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
    /// When it was attached.
    pub attached_at: DateTime<Utc>,
    /// Who attached it, as the audit trail writes it.
    pub attached_by: String,
}

/// What a scan stands beside.
#[derive(Clone, Copy, Debug)]
enum Of {
    Draft(DraftId),
    Remittance(RemittanceId),
}

impl Of {
    /// The table, and its column for what the scan stands beside.
    const fn table(self) -> (&'static str, &'static str) {
        match self {
            Of::Draft(_) => ("eob_draft_scans", "draft_id"),
            Of::Remittance(_) => ("remittance_scans", "remittance_id"),
        }
    }

    fn uuid(self) -> uuid::Uuid {
        match self {
            Of::Draft(id) => id.uuid(),
            Of::Remittance(id) => id.uuid(),
        }
    }
}

/// Attaches a scan to a draft of the person who acts. Whether it is new there. Leaves the audit events
/// `files/keep`, or `files/keep-again`, and `remits/attach-scan`.
///
/// # Errors
/// `drafts/not-found`, `drafts/no-person`; `remits/scan-kind` for what is none of the four; `remits/scan-too-large`;
/// `remits/scan-too-many`.
pub async fn attach_to_draft(tx: &mut Tx, draft: DraftId, name: &str, bytes: &[u8]) -> Result<(Scan, bool)> {
    drafts::get(tx, drafts::Form::Eob, draft).await?;
    attach_to(tx, Of::Draft(draft), draft, name, bytes).await
}

/// The same to a remittance that was entered by hand.
///
/// # Errors
/// `remits/not-found`; `remits/scan-of-835` for one that came as an 835; `remits/scan-withdrawn` for a scan that was
/// withdrawn from it; the last three of [`attach_to_draft`].
pub async fn attach(tx: &mut Tx, remittance: RemittanceId, name: &str, bytes: &[u8]) -> Result<(Scan, bool)> {
    if !is_entered(tx, remittance).await? {
        let what = format!("{remittance} was not entered by hand");
        let next = "Look at its file: that is what the payer sent";
        return Err(Refusal::new("remits/scan-of-835", Status::Conflict, what, next).into());
    }
    attach_to(tx, Of::Remittance(remittance), remittance, name, bytes).await
}

async fn attach_to(tx: &mut Tx, of: Of, subject: impl Id, name: &str, bytes: &[u8]) -> Result<(Scan, bool)> {
    let kind = checked(bytes)?;
    let kept = files::keep(tx, bytes, name, Direction::In).await?;
    if let Of::Remittance(remittance) = of
        && is_withdrawn(tx, remittance, kept.id).await?
    {
        let what = format!("{} was withdrawn from {remittance}", kept.id);
        let next = "Attach the paper of this remittance; what was withdrawn by mistake is scanned anew";
        return Err(Refusal::new("remits/scan-withdrawn", Status::Conflict, what, next).into());
    }
    let before = all(tx, of).await?;
    if before.len() >= SCANS_MAX && before.iter().all(|scan| scan.file != kept.id) {
        let what = format!("there are {SCANS_MAX} scans already");
        let next = "Send several pages as one PDF";
        return Err(Refusal::new("remits/scan-too-many", Status::Conflict, what, next).into());
    }
    let (table, column) = of.table();
    let added = sql_query(format!(
        "insert into {table} (organization_id, {column}, file_id, media_type, attached_by)
         values ($1, $2, $3, $4, $5) on conflict do nothing"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(of.uuid())
    .bind::<Uuid, _>(kept.id)
    .bind::<Text, _>(kind.media_type())
    .bind::<Text, _>(tx.actor().who.to_string())
    .execute(tx.conn())
    .await?;
    let is_new = added == 1;
    tx.audit("remits/attach-scan", subject, Some(kept.id), json!({ "kind": kind, "new": is_new })).await?;
    Ok((one(tx, of, kept.id).await?, is_new))
}

/// What the bytes are.
///
/// # Errors
/// `remits/scan-too-large`; `remits/scan-kind`.
fn checked(bytes: &[u8]) -> Result<Kind> {
    if bytes.len() > BYTES_MAX {
        let what = format!("the scan has {} bytes, more than {BYTES_MAX}", bytes.len());
        let next = "Scan it in grey or with fewer dots an inch, or page by page";
        return Err(Refusal::new("remits/scan-too-large", Status::TooLarge, what, next).into());
    }
    Ok(Kind::of(bytes).ok_or_else(|| {
        let what = "the file is no PDF, PNG, JPEG or TIFF by its content";
        Refusal::new("remits/scan-kind", Status::WrongKind, what, "Scan the paper as one of these")
    })?)
}

/// The scans of a draft of the person who acts, in the order in which they were attached; none of one that is not
/// saved yet, and of somebody else's.
pub async fn of_draft(tx: &mut Tx, draft: DraftId) -> Result<Vec<Scan>> {
    match drafts::get(tx, drafts::Form::Eob, draft).await {
        Ok(_) => all(tx, Of::Draft(draft)).await,
        Err(Error::Refused(_)) => Ok(vec![]),
        Err(fault) => Err(fault),
    }
}

/// The scans of a remittance that were not withdrawn, in the order in which they were attached.
pub async fn of_remittance(tx: &mut Tx, remittance: RemittanceId) -> Result<Vec<Scan>> {
    all(tx, Of::Remittance(remittance)).await
}

/// A scan of a draft of the person who acts, with its content.
///
/// # Errors
/// `drafts/not-found`, `drafts/no-person`; `remits/no-scan` for another file, kept or not.
pub async fn read_of_draft(tx: &mut Tx, draft: DraftId, file: FileId) -> Result<(Scan, Vec<u8>)> {
    drafts::get(tx, drafts::Form::Eob, draft).await?;
    Ok((one(tx, Of::Draft(draft), file).await?, files::read(tx, file).await?))
}

/// A scan of a remittance, with its content.
///
/// # Errors
/// `remits/no-scan` for another file, kept or not, and for another practice's.
pub async fn read(tx: &mut Tx, remittance: RemittanceId, file: FileId) -> Result<(Scan, Vec<u8>)> {
    Ok((one(tx, Of::Remittance(remittance), file).await?, files::read(tx, file).await?))
}

/// Takes a scan away from a draft of the person who acts; the file stays. Leaves an audit event
/// `remits/detach-scan`.
///
/// # Errors
/// As [`read_of_draft`].
pub async fn detach(tx: &mut Tx, draft: DraftId, file: FileId) -> Result<()> {
    drafts::get(tx, drafts::Form::Eob, draft).await?;
    let scan = one(tx, Of::Draft(draft), file).await?;
    sql_query("delete from eob_draft_scans where organization_id = $1 and draft_id = $2 and file_id = $3")
        .bind::<Uuid, _>(tx.actor().organization)
        .bind::<Uuid, _>(draft)
        .bind::<Uuid, _>(file)
        .execute(tx.conn())
        .await?;
    tx.audit("remits/detach-scan", draft, Some(file), json!({ "kind": scan.kind })).await
}

/// Withdraws a scan of a remittance: it is on record and shown no more, neither is the file by itself. Leaves an
/// audit event `remits/withdraw-scan` with the reason.
///
/// # Errors
/// `remits/scan-reason` when the reason is too short or too long; `remits/no-scan` for another file, one that is
/// withdrawn already, and another practice's.
pub async fn withdraw(tx: &mut Tx, remittance: RemittanceId, file: FileId, reason: &str) -> Result<()> {
    let reason = reasoned("remits/scan-reason", "withdrawing a scan", reason)?;
    let scan = one(tx, Of::Remittance(remittance), file).await?;
    sql_query(
        "insert into remittance_scan_withdrawals (organization_id, remittance_id, file_id, reason, withdrawn_by)
         values ($1, $2, $3, $4, $5)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(remittance)
    .bind::<Uuid, _>(file)
    .bind::<Text, _>(reason)
    .bind::<Text, _>(tx.actor().who.to_string())
    .execute(tx.conn())
    .await?;
    let detail = json!({ "kind": scan.kind, "reason": reason });
    tx.audit("remits/withdraw-scan", remittance, Some(file), detail).await
}

async fn is_withdrawn(tx: &mut Tx, remittance: RemittanceId, file: FileId) -> Result<bool> {
    #[derive(QueryableByName)]
    struct Withdrawn {
        #[diesel(sql_type = Bool)]
        withdrawn: bool,
    }
    let row: Withdrawn = sql_query(
        "select exists (select from remittance_scan_withdrawals
            where organization_id = $1 and remittance_id = $2 and file_id = $3) as withdrawn",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(remittance)
    .bind::<Uuid, _>(file)
    .get_result(tx.conn())
    .await?;
    Ok(row.withdrawn)
}

/// The remittance that comes of a draft has its scans from here on. Asked before the draft is dropped. Leaves an
/// audit event `remits/attach-scan` for each.
pub async fn hand_over(tx: &mut Tx, draft: DraftId, remittance: RemittanceId) -> Result<()> {
    let scans = of_draft(tx, draft).await?;
    if scans.is_empty() {
        return Ok(());
    }
    sql_query(
        "insert into remittance_scans (organization_id, remittance_id, file_id, media_type, attached_at, attached_by)
         select $1, $3, s.file_id, s.media_type, s.attached_at, s.attached_by from eob_draft_scans s
         where s.organization_id = $1 and s.draft_id = $2 order by s.attached_at, s.file_id
         on conflict do nothing",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(draft)
    .bind::<Uuid, _>(remittance)
    .execute(tx.conn())
    .await?;
    for scan in scans {
        let detail = json!({ "kind": scan.kind, "draft": draft });
        tx.audit("remits/attach-scan", remittance, Some(scan.file), detail).await?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Uuid)]
    file_id: FileId,
    #[diesel(sql_type = Text)]
    media_type: String,
    #[diesel(sql_type = BigInt)]
    size_bytes: i64,
    #[diesel(sql_type = Binary)]
    sha256: Vec<u8>,
    #[diesel(sql_type = Timestamptz)]
    attached_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    attached_by: String,
}

async fn all(tx: &mut Tx, of: Of) -> Result<Vec<Scan>> {
    let sql = match of {
        Of::Draft(_) => kept(
            "select s.file_id, s.media_type, f.size_bytes, f.sha256, s.attached_at, s.attached_by
             from eob_draft_scans s join files f on f.organization_id = $1 and f.id = s.file_id
             where s.organization_id = $1 and s.draft_id = $2 order by s.attached_at, s.file_id",
        ),
        Of::Remittance(_) => kept(
            "select s.file_id, s.media_type, f.size_bytes, f.sha256, s.attached_at, s.attached_by
             from remittance_scans s join files f on f.organization_id = $1 and f.id = s.file_id
             where s.organization_id = $1 and s.remittance_id = $2
             and not exists (select from remittance_scan_withdrawals w
                where w.organization_id = $1 and w.remittance_id = $2 and w.file_id = s.file_id)
             order by s.attached_at, s.file_id",
        ),
    };
    let rows: Vec<Row> =
        sql.bind::<Uuid, _>(tx.actor().organization).bind::<Uuid, _>(of.uuid()).load(tx.conn()).await?;
    let read = |row: Row| {
        let kind = Kind::from_media_type(&row.media_type);
        Ok(Scan {
            file: row.file_id,
            kind: kind.ok_or_else(|| anyhow::anyhow!("{} is no scan: {}", row.file_id, row.media_type))?,
            size_bytes: row.size_bytes,
            sha256: row.sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            attached_at: row.attached_at,
            attached_by: row.attached_by,
        })
    };
    rows.into_iter().map(read).collect()
}

async fn one(tx: &mut Tx, of: Of, file: FileId) -> Result<Scan> {
    let found = all(tx, of).await?.into_iter().find(|scan| scan.file == file);
    Ok(found.ok_or_else(|| {
        let what = format!("{file} is no scan of it");
        Refusal::new("remits/no-scan", Status::NotFound, what, "Look at the list of its scans")
    })?)
}

/// Whether a remittance was entered by hand.
async fn is_entered(tx: &mut Tx, id: RemittanceId) -> Result<bool> {
    #[derive(QueryableByName)]
    struct Entered {
        #[diesel(sql_type = Bool)]
        entered: bool,
    }
    let row: Option<Entered> =
        sql_query("select entered from remittances where organization_id = $1 and id = $2")
            .bind::<Uuid, _>(tx.actor().organization)
            .bind::<Uuid, _>(id)
            .get_result(tx.conn())
            .await
            .optional()?;
    Ok(row.ok_or_else(|| no_remittance(id))?.entered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_is_told_by_its_first_bytes() {
        let check = |bytes: &[u8], kind: Option<Kind>| assert_eq!(Kind::of(bytes), kind, "{bytes:?}");
        check(b"%PDF-1.7\n", Some(Kind::Pdf));
        check(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some(Kind::Png));
        check(b"\xff\xd8\xff\xe0\0\x10JFIF", Some(Kind::Jpeg));
        check(b"II*\0\x08\0\0\0", Some(Kind::Tiff));
        check(b"MM\0*\0\0\0\x08", Some(Kind::Tiff));
        for other in
            [&b""[..], b"%PDF", b"<html>", b"<svg xmlns=", b" %PDF-1.7", b"GIF89a", b"PK\x03\x04", b"ISA*00*"]
        {
            check(other, None);
        }
    }

    #[test]
    fn what_is_too_large_or_no_scan_is_refused() {
        let code = |bytes: &[u8]| checked(bytes).map_err(|fault| fault.refusal().unwrap().code);
        let mut large = b"%PDF-1.7\n".to_vec();
        large.resize(BYTES_MAX, 0);
        assert_eq!(code(&large), Ok(Kind::Pdf));
        large.push(0);
        assert_eq!(code(&large), Err("remits/scan-too-large"));
        assert_eq!(code(b"<html>"), Err("remits/scan-kind"));
    }
}
